/* SPDX-License-Identifier: AGPL-3.0-or-later
 * html.h - the only functions a page may write with.
 *
 * Templates call html_NAME for "{{ value | NAME }}" and html_text for a value without a filter.
 * Whatever comes from people or from the network goes through html_text, html_fill or html_url;
 * html_raw is for the literal parts of a template, and markup made from Markdown is the type struct safe_html
 * (md.h).  All return 0, or -1 when out is full.
 */
#ifndef NODE_WEB_HTML_H
#define NODE_WEB_HTML_H

#include <stddef.h>

struct buf;
struct err;

/* One {name} of a text: its replacement is text, or number when text is NULL.  A list ends with a
 * NULL name. */
struct html_arg {
	const char *name, *text;
	long long number;
};

int	html_raw(struct buf *out, const char *literal, size_t len, struct err *e);

/* Escaped: safe between tags and inside quoted attributes.  NULL writes nothing. */
int	html_text(struct buf *out, const char *text, struct err *e);

/* One part of an address, percent-encoded (RFC 3986 2.3): a path segment, a query value. */
int	html_url(struct buf *out, const char *part, struct err *e);

/* JSON inside a <script> data block: what could end the element is written as an escape of JSON's own, so
 * that any text is inert there (HTML 4.12.1.3).  NULL writes nothing. */
int	html_data(struct buf *out, const char *json, struct err *e);

int	html_int(struct buf *out, long long n, struct err *e);

/* An escaped text with its {names} replaced by escaped values.  A value with right-to-left letters is
 * set apart from its surroundings (Unicode UAX 9, isolates). */
int	html_fill(struct buf *out, const char *text, const struct html_arg *args, struct err *e);

/* The same without escaping, for texts that become values of a view. */
int	text_fill(struct buf *out, const char *text, const struct html_arg *args, struct err *e);

#endif
