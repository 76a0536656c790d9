/* SPDX-License-Identifier: AGPL-3.0-or-later
 * md.h - Markdown (CommonMark) from strangers becomes markup that cannot harm.
 *
 * struct safe_html is known to md.c alone: whoever holds one got it from mkmd, so a page can write
 * it without escaping and nothing else.  libcmark parses; the tags come from a table here.  Raw
 * HTML is shown as the text it is, an image becomes a link to it (nothing is fetched from elsewhere),
 * headings go below the page's own, links keep http, https, mailto and tel only.
 */
#ifndef NODE_WEB_MD_H
#define NODE_WEB_MD_H

#include "proto/buf.h"

struct err;
struct safe_html;

/* Lives in the arena.  NULL with e set when memory or the arena is exhausted; heading is the
 * level (2..6) that a first-level heading gets. */
const struct safe_html	*mkmd(struct arena *a, struct span text, int heading, struct err *e);

/* The writer for pages: {{ v->text | safe }}.  NULL writes nothing. */
int	html_safe(struct buf *out, const struct safe_html *s, struct err *e);

#endif
