/* SPDX-License-Identifier: AGPL-3.0-or-later
 * markup.c - one pass over tags and text, without a tree; see markup.h. */
#include "tools/import/markup.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/import/encoding.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TAG_CHARS_MAX 12
#define ENTITY_CHARS_MAX 10
#define URL_CHARS_MAX 500

enum effect {
	EFFECT_NONE,	/* known, and says nothing about lines */
	EFFECT_SPACE,
	EFFECT_LINE,	/* a line of its own */
	EFFECT_BLOCK,	/* a paragraph of its own */
	EFFECT_ITEM,	/* of a list */
	EFFECT_LINK,
	EFFECT_SILENT,	/* what is within is not for readers */
};

static const struct tag {
	const char *name;
	enum effect effect;
} tag_table[] = {
	{ "a", EFFECT_LINK }, { "abbr", EFFECT_NONE }, { "article", EFFECT_BLOCK }, { "b", EFFECT_NONE },
	{ "blockquote", EFFECT_BLOCK }, { "br", EFFECT_LINE }, { "caption", EFFECT_LINE }, { "center", EFFECT_LINE },
	{ "code", EFFECT_NONE }, { "dd", EFFECT_LINE }, { "div", EFFECT_LINE }, { "dl", EFFECT_BLOCK },
	{ "dt", EFFECT_LINE }, { "em", EFFECT_NONE }, { "figcaption", EFFECT_LINE }, { "figure", EFFECT_BLOCK },
	{ "font", EFFECT_NONE }, { "footer", EFFECT_BLOCK }, { "form", EFFECT_BLOCK }, { "h1", EFFECT_BLOCK },
	{ "h2", EFFECT_BLOCK }, { "h3", EFFECT_BLOCK }, { "h4", EFFECT_BLOCK }, { "h5", EFFECT_BLOCK },
	{ "h6", EFFECT_BLOCK }, { "head", EFFECT_SILENT }, { "header", EFFECT_BLOCK }, { "hr", EFFECT_BLOCK },
	{ "i", EFFECT_NONE }, { "iframe", EFFECT_SILENT }, { "img", EFFECT_SPACE }, { "li", EFFECT_ITEM },
	{ "main", EFFECT_BLOCK }, { "object", EFFECT_SILENT }, { "ol", EFFECT_BLOCK }, { "p", EFFECT_BLOCK },
	{ "pre", EFFECT_BLOCK }, { "s", EFFECT_NONE }, { "script", EFFECT_SILENT }, { "section", EFFECT_BLOCK },
	{ "small", EFFECT_NONE }, { "span", EFFECT_NONE }, { "strong", EFFECT_NONE }, { "style", EFFECT_SILENT },
	{ "sub", EFFECT_NONE }, { "sup", EFFECT_NONE }, { "svg", EFFECT_SILENT }, { "table", EFFECT_BLOCK },
	{ "tbody", EFFECT_NONE }, { "td", EFFECT_SPACE }, { "template", EFFECT_SILENT }, { "th", EFFECT_SPACE },
	{ "thead", EFFECT_NONE }, { "title", EFFECT_SILENT }, { "tr", EFFECT_LINE }, { "u", EFFECT_NONE },
	{ "ul", EFFECT_BLOCK },
};

struct render {
	struct buf *out;
	struct err *e;
	size_t start;		/* where our text begins in out */
	const char *last;	/* the last ">" */
	int multiline;
	int lines, space;	/* owed before the next character: line ends, a space */
	int item;		/* the next line is a list's */
	char url[URL_CHARS_MAX + 1];	/* of the link that is open, or "" */
	size_t url_len, link_at;	/* where its text begins in out */
};

/* --- what is written ------------------------------------------------------------------------------ */

static void
owe_lines(struct render *r, int lines)
{
	if (lines > r->lines)
		r->lines = lines;
}

/* What is owed, once there is something to say. */
static int
pay(struct render *r)
{
	int rc = 0, first = r->out->len == r->start;

	if (!r->multiline)
		rc = !first && (r->lines > 0 || r->space) ? buf_addc(r->out, ' ', r->e) : 0;
	else if (r->lines > 0 && !first)
		rc = buf_adds(r->out, r->lines > 1 ? "\n\n" : "\n", r->e);
	else if (r->space && !first)
		rc = buf_addc(r->out, ' ', r->e);
	if (rc == 0 && r->item && r->multiline)
		rc = buf_adds(r->out, "- ", r->e);
	r->lines = r->space = r->item = 0;
	return rc;
}

static int
put(struct render *r, struct span text)
{
	return pay(r) == -1 ? -1 : buf_addspan(r->out, text, r->e);
}

static int
put_code(struct render *r, unsigned c)
{
	if (c == 0xa0 || c == 0x202f || c == 0x2009 || c == ' ' || c == '\n' || c == '\t') {
		r->space = 1;
		return 0;
	}
	if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if (c == '<' && r->multiline)
		return put(r, SPAN("\\<"));
	return pay(r) == -1 ? -1 : encoding_put(c, r->out, r->e);
}

/* --- entities ---------------------------------------------------------------------------------------- */

static int
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "&#8217;", "&#x2019;": its length, or 0. */
static size_t
numeric_entity(struct span s, unsigned *c)
{
	size_t i = 2, digits = 0;
	int hex = s.len > 2 && (s.ptr[2] == 'x' || s.ptr[2] == 'X');

	*c = 0;
	for (i += (size_t)hex; i < s.len && digits < 8; i++, digits++) {
		char ch = s.ptr[i];
		unsigned d = ch >= '0' && ch <= '9' ? (unsigned)(ch - '0')
		    : hex && ch >= 'a' && ch <= 'f' ? (unsigned)(ch - 'a') + 10
		    : hex && ch >= 'A' && ch <= 'F' ? (unsigned)(ch - 'A') + 10 : 16;

		if (d == 16)
			break;
		*c = *c * (hex ? 16 : 10) + d;
	}
	return digits > 0 && i < s.len && s.ptr[i] == ';' ? i + 1 : 0;
}

/* Length of the entity that s begins with and its character; 0: it begins with none. */
static size_t
entity(struct span s, unsigned *c)
{
	char name[ENTITY_CHARS_MAX + 1];
	const htmlEntityDesc *found;
	size_t n = 0;

	if (s.len < 4 || s.ptr[0] != '&')
		return 0;
	if (s.ptr[1] == '#')
		return numeric_entity(s, c);
	while (n < ENTITY_CHARS_MAX && n + 1 < s.len && is_name_char(s.ptr[n + 1])) {
		name[n] = s.ptr[n + 1];
		n++;
	}
	name[n] = '\0';
	if (n + 1 >= s.len || s.ptr[n + 1] != ';')
		return 0;
	if (strcmp(name, "apos") == 0)	/* XML's, and HTML 5's */
		*c = '\'';
	else if ((found = htmlEntityLookup((const xmlChar *)name)) != NULL)
		*c = found->value;
	else
		return 0;
	return n + 2;
}

/* --- tags ---------------------------------------------------------------------------------------------- */

struct found_tag {
	size_t len;		/* with its brackets */
	const struct tag *tag;
	int closes;
	struct span inside;	/* after the name */
};

/* The end of a tag: the first ">" outside quotes, or the first at all when a quote stays open. */
static const char *
tag_end(struct span s)
{
	char quote = 0;
	size_t i;

	for (i = 1; i < s.len; i++) {
		if (quote != 0)
			quote = s.ptr[i] == quote ? 0 : quote;
		else if (s.ptr[i] == '>')
			return s.ptr + i;
		else if ((s.ptr[i] == '"' || s.ptr[i] == '\'') && s.ptr[i - 1] == '=')
			quote = s.ptr[i];
	}
	return memchr(s.ptr, '>', s.len);
}

static const struct tag *
tag_named(struct span name)
{
	size_t i;

	for (i = 0; i < COUNT(tag_table); i++)
		if (strlen(tag_table[i].name) == name.len && strncasecmp(tag_table[i].name, name.ptr, name.len) == 0)
			return &tag_table[i];
	return NULL;
}

/* Is a tag of HTML at the start of s?  last: the last ">" of the whole text, so that no end is looked for where
 * there is none. */
static int
find_tag(struct span s, const char *last, struct found_tag *out)
{
	size_t at = 1, n = 0;
	const char *end;

	if (s.len < 3 || s.ptr[0] != '<' || s.ptr > last)
		return 0;
	out->closes = s.ptr[1] == '/';
	at += (size_t)out->closes;
	while (n < TAG_CHARS_MAX && at + n < s.len && is_name_char(s.ptr[at + n]))
		n++;
	if (n == 0 || at + n >= s.len || strchr(" \t\r\n/>", s.ptr[at + n]) == NULL || s.ptr[at + n] == '\0' ||
	    (out->tag = tag_named((struct span){ s.ptr + at, n })) == NULL || (end = tag_end(s)) == NULL)
		return 0;
	out->len = (size_t)(end - s.ptr) + 1;
	out->inside = (struct span){ s.ptr + at + n, (size_t)(end - s.ptr) - at - n };
	return 1;
}

/* Up to the closing tag of one whose inside says nothing; to the end when none follows. */
static size_t
silent_length(struct span s, const struct found_tag *t)
{
	size_t i, n = strlen(t->tag->name);

	for (i = t->len; i + n + 2 < s.len; i++)
		if (s.ptr[i] == '<' && s.ptr[i + 1] == '/' && strncasecmp(s.ptr + i + 2, t->tag->name, n) == 0 &&
		    !is_name_char(s.ptr[i + 2 + n]))
			return i;
	return s.len;
}

/* The value of href, when it is an address that a page may link to. */
static void
open_link(struct render *r, struct span inside)
{
	const char *href = memmem(inside.ptr, inside.len, "href=", 5);
	struct span url;
	size_t i;

	r->url_len = 0;
	if (href == NULL || href + 6 >= inside.ptr + inside.len || (href[5] != '"' && href[5] != '\''))
		return;
	url = (struct span){ href + 6, (size_t)(inside.ptr + inside.len - href - 6) };
	url = span_cut(&url, href[5]);
	if (url.len > URL_CHARS_MAX || (strncmp(url.ptr, "http://", 7) != 0 && strncmp(url.ptr, "https://", 8) != 0))
		return;
	for (i = 0; i < url.len; i++)
		if ((unsigned char)url.ptr[i] <= 0x20 || strchr("<>()[]\\\"", url.ptr[i]) != NULL)
			return;
	memcpy(r->url, url.ptr, url.len);
	r->url_len = url.len;
	r->link_at = r->out->len;
}

static int
close_link(struct render *r)
{
	struct buf text = BUF_INIT(r->out->max);
	struct span said;
	int rc = 0;

	if (r->url_len == 0 || r->out->len <= r->link_at)
		goto out;
	said = (struct span){ r->out->ptr + r->link_at, r->out->len - r->link_at };
	while (said.len > 0 && (said.ptr[0] == ' ' || said.ptr[0] == '\n' || said.ptr[0] == '-')) {
		said.ptr++;
		said.len--;
	}
	if (said.len == 0 || memchr(said.ptr, '\n', said.len) != NULL || memchr(said.ptr, '[', said.len) != NULL ||
	    memchr(said.ptr, ']', said.len) != NULL || span_eq(said, (struct span){ r->url, r->url_len }))
		goto out;
	rc = buf_addc(&text, '[', r->e) == -1 || buf_addspan(&text, said, r->e) == -1 ||
	    buf_adds(&text, "](", r->e) == -1 || buf_add(&text, r->url, r->url_len, r->e) == -1 ||
	    buf_addc(&text, ')', r->e) == -1 ? -1 : 0;
	r->out->len -= said.len;
	if (rc == 0)
		rc = buf_addspan(r->out, buf_span(&text), r->e);
out:
	buf_clear(&text);
	r->url_len = 0;
	return rc;
}

static int
take_tag(struct render *r, const struct found_tag *t)
{
	switch (t->tag->effect) {
	case EFFECT_SPACE:
		r->space = 1;
		break;
	case EFFECT_LINE:
		owe_lines(r, 1);
		break;
	case EFFECT_BLOCK:
		owe_lines(r, 2);
		break;
	case EFFECT_ITEM:
		owe_lines(r, 1);
		r->item |= !t->closes;
		break;
	case EFFECT_LINK:
		if (t->closes)
			return r->multiline ? close_link(r) : 0;
		open_link(r, t->inside);
		break;
	case EFFECT_NONE:
	case EFFECT_SILENT:
		break;
	}
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------------------- */

int
markup_is(struct span s)
{
	const char *last = s.len == 0 ? NULL : memrchr(s.ptr, '>', s.len);
	struct found_tag t;
	unsigned c;

	for (; s.len > 0; s.ptr++, s.len--)
		if ((s.ptr[0] == '<' && (find_tag(s, last, &t) || (s.len > 4 && memcmp(s.ptr, "<!--", 4) == 0))) ||
		    (s.ptr[0] == '&' && entity(s, &c) > 0))
			return 1;
	return 0;
}

/* What s begins with is read; its length. */
static size_t
step(struct render *r, struct span s, int *rc)
{
	struct found_tag t;
	const char *end;
	unsigned c;
	size_t n;

	if (s.ptr[0] == '<' && s.len > 4 && memcmp(s.ptr, "<!--", 4) == 0) {
		end = memmem(s.ptr + 4, s.len - 4, "-->", 3);
		return end == NULL ? s.len : (size_t)(end - s.ptr) + 3;
	}
	if (s.ptr[0] == '<' && find_tag(s, r->last, &t)) {
		if (t.tag->effect == EFFECT_SILENT && !t.closes && s.ptr[t.len - 2] != '/')
			return silent_length(s, &t);
		*rc = take_tag(r, &t);
		return t.len;
	}
	if (s.ptr[0] == '&' && (n = entity(s, &c)) > 0) {
		*rc = put_code(r, c);
		return n;
	}
	if (strchr(" \t\r\n", s.ptr[0]) != NULL && s.ptr[0] != '\0') {
		r->space = 1;
		return 1;
	}
	n = utf8_length(s);
	if (n > 0 && ((unsigned char)s.ptr[0] >= 0x20 && s.ptr[0] != 0x7f))
		*rc = put(r, (struct span){ s.ptr, n });
	return n == 0 ? 1 : n;
}

int
markup_text(struct span html, int multiline, struct buf *out, struct err *e)
{
	struct render r = { .out = out, .e = e, .start = out->len, .multiline = multiline,
		.last = html.len == 0 ? NULL : memrchr(html.ptr, '>', html.len) };
	int rc = 0;

	while (rc == 0 && html.len > 0) {
		size_t n = step(&r, html, &rc);

		html.ptr += n;
		html.len -= n;
	}
	return rc;
}
