/* SPDX-License-Identifier: AGPL-3.0-or-later
 * html.c - escaping; see html.h. */
#include "node/web/html.h"

#include <string.h>

#include "proto/buf.h"

#define ISOLATE_OPEN	"\xe2\x81\xa8"	/* U+2068 FIRST STRONG ISOLATE */
#define ISOLATE_CLOSE	"\xe2\x81\xa9"	/* U+2069 POP DIRECTIONAL ISOLATE */

typedef int write_fn(struct buf *out, const char *text, size_t len, struct err *e);

int
html_raw(struct buf *out, const char *literal, size_t len, struct err *e)
{
	return buf_add(out, literal, len, e);
}

static int
escape(struct buf *out, const char *text, size_t len, struct err *e)
{
	static const char *const entity[256] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;",
	};
	const char *run = text, *end = text + len;

	for (; text < end; text++) {
		const char *ent = entity[(unsigned char)*text];

		if (ent == NULL)
			continue;
		if (buf_add(out, run, (size_t)(text - run), e) == -1 || buf_adds(out, ent, e) == -1)
			return -1;
		run = text + 1;
	}
	return buf_add(out, run, (size_t)(end - run), e);
}

static int
plain(struct buf *out, const char *text, size_t len, struct err *e)
{
	return buf_add(out, text, len, e);
}

int
html_text(struct buf *out, const char *text, struct err *e)
{
	return text == NULL ? 0 : escape(out, text, strlen(text), e);
}

int
html_data(struct buf *out, const char *json, struct err *e)
{
	const char *run = json;

	for (; json != NULL && *json != '\0'; json++) {
		if (*json != '<' && *json != '>' && *json != '&')
			continue;
		if (buf_add(out, run, (size_t)(json - run), e) == -1 ||
		    buf_addf(out, e, "\\u%04x", (unsigned)*json) == -1)
			return -1;
		run = json + 1;
	}
	return json == NULL ? 0 : buf_add(out, run, (size_t)(json - run), e);
}

int
html_int(struct buf *out, long long n, struct err *e)
{
	return buf_addf(out, e, "%lld", n);
}

/* RFC 3986 2.3 */
static int
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

int
html_url(struct buf *out, const char *part, struct err *e)
{
	static const char digit[] = "0123456789ABCDEF";
	const char *run = part;

	for (; *part != '\0'; part++) {
		unsigned char c = (unsigned char)*part;
		char coded[3] = { '%', digit[c >> 4], digit[c & 15] };

		if (is_unreserved(c))
			continue;
		if (buf_add(out, run, (size_t)(part - run), e) == -1 || buf_add(out, coded, sizeof coded, e) == -1)
			return -1;
		run = part + 1;
	}
	return buf_add(out, run, (size_t)(part - run), e);
}

/* Does it hold Hebrew, Arabic, Syriac, Thaana, N'Ko or their presentation forms? */
static int
is_rtl(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (; *p != '\0'; p++)
		if ((*p >= 0xd6 && *p <= 0xdf) || (p[0] == 0xe0 && p[1] >= 0xa0 && p[1] <= 0xa3) ||
		    (p[0] == 0xef && p[1] >= 0xac && p[1] <= 0xbb))
			return 1;
	return 0;
}

static const struct html_arg *
find_arg(const struct html_arg *args, struct span name)
{
	for (; args != NULL && args->name != NULL; args++)
		if (span_is(name, args->name))
			return args;
	return NULL;
}

static int
fill_arg(struct buf *out, const struct html_arg *a, write_fn *write, struct err *e)
{
	int rtl;

	if (a->text == NULL)
		return buf_addf(out, e, "%lld", a->number);
	rtl = is_rtl(a->text);
	if ((rtl && buf_adds(out, ISOLATE_OPEN, e) == -1) ||
	    write(out, a->text, strlen(a->text), e) == -1)
		return -1;
	return rtl ? buf_adds(out, ISOLATE_CLOSE, e) : 0;
}

/* A {name} that nobody gave a value for is left as it stands. */
static int
fill(struct buf *out, const char *text, const struct html_arg *args, write_fn *write, struct err *e)
{
	const char *open, *shut;

	while ((open = strchr(text, '{')) != NULL && (shut = strchr(open, '}')) != NULL) {
		const struct html_arg *a = find_arg(args,
		    (struct span){ open + 1, (size_t)(shut - open) - 1 });

		if (write(out, text, (size_t)(open - text), e) == -1)
			return -1;
		if ((a != NULL ? fill_arg(out, a, write, e)
		    : write(out, open, (size_t)(shut - open) + 1, e)) == -1)
			return -1;
		text = shut + 1;
	}
	return write(out, text, strlen(text), e);
}

int
html_fill(struct buf *out, const char *text, const struct html_arg *args, struct err *e)
{
	return fill(out, text, args, escape, e);
}

int
text_fill(struct buf *out, const char *text, const struct html_arg *args, struct err *e)
{
	return fill(out, text, args, plain, e);
}
