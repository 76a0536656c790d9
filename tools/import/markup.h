/* SPDX-License-Identifier: AGPL-3.0-or-later
 * markup.h - says with Markdown what somebody's HTML says to a reader: paragraphs, lists and links; nothing else
 * survives, so that no markup of theirs ever reaches a page of ours. */
#ifndef TOOLS_IMPORT_MARKUP_H
#define TOOLS_IMPORT_MARKUP_H

#include "proto/buf.h"

struct err;

/* Is there a tag or an entity of HTML in it?  "a < b & c" has none. */
int	markup_is(struct span text);

/* Append html's text to out.  multiline: paragraphs and list items on lines of their own, links as
 * [text](address) when they are http or https; else all on one line, without addresses.  Comments, scripts and
 * styles say nothing.  A "<" that HTML escaped stays escaped, for Markdown.  html: UTF-8. */
int	markup_text(struct span html, int multiline, struct buf *out, struct err *e);

#endif
