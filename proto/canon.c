/* SPDX-License-Identifier: AGPL-3.0-or-later
 * canon.c - see canon.h. */
#include "proto/canon.h"

#include <assert.h>
#include <string.h>

#include "proto/err.h"
#include "proto/jcs.h"

/* One open array or object: the last member name, to hold the next against. */
struct level {
	struct span key;
	int is_object, has_key, key_escaped;
};

struct scan {
	const unsigned char *start, *p, *end;
	struct canon_limits lim;
	unsigned depth;
	struct level level[CANON_DEPTH_MAX];
};

static int
refuse(const struct scan *s, struct err *e, const char *why)
{
	return err_set(e, ERR_INPUT, "not canonical at byte %zu: %s", (size_t)(s->p - s->start), why);
}

static struct span
rest(const struct scan *s)
{
	return (struct span){ (const char *)s->p, (size_t)(s->end - s->p) };
}

static int
refuse_here(const struct scan *s, struct err *e, const char *expected)
{
	if (s->p == s->end)
		return refuse(s, e, "ends too early");
	if (memchr(" \t\r\n", *s->p, 4) != NULL)
		return refuse(s, e, "white space outside a string");
	return refuse(s, e, expected);
}

int
utf16_order(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len, i = 0;
	unsigned char x, y;

	while (i < n && a.ptr[i] == b.ptr[i])
		i++;
	if (i == n)
		return a.len < b.len ? -1 : a.len > b.len;
	x = (unsigned char)a.ptr[i];
	y = (unsigned char)b.ptr[i];
	/* 0xEE, 0xEF lead U+E000..U+FFFF; from 0xF0 on, what UTF-16 writes with surrogates */
	if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0))
		return x >= 0xF0 ? -1 : 1;
	return x < y ? -1 : 1;
}

size_t
utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n, i;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
	if (n == 0 || n > s.len)
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] >= 0x90))
		return 0;
	return n;
}

/* The byte an escape at p stands for, and its length; 0 when it is not one RFC 8785 writes.  An escape
 * always stands for one ASCII byte, never U+0000. */
static int
escape_value(const unsigned char *p, const unsigned char *end, size_t *len)
{
	static const char name[] = "btnfr\"\\", value[] = "\b\t\n\f\r\"\\";
	static const char hex[] = "0123456789abcdef";
	const char *at;
	int c;

	*len = 2;
	if (end - p < 2)
		return 0;
	if ((at = memchr(name, p[1], sizeof name - 1)) != NULL)
		return value[at - name];
	*len = 6;
	if (end - p < 6 || memcmp(p, "\\u00", 4) != 0 || (p[4] != '0' && p[4] != '1') ||
	    (at = memchr(hex, p[5], sizeof hex - 1)) == NULL)
		return 0;
	c = (p[4] - '0') * 16 + (int)(at - hex);
	return c == 0 || memchr(value, c, 5) != NULL ? 0 : c;
}

/* The next byte of a raw string, its escapes undone; -1 at the end. */
static int
raw_byte(const unsigned char **p, const unsigned char *end)
{
	size_t len = 1;
	int c;

	if (*p == end)
		return -1;
	c = **p == '\\' ? escape_value(*p, end, &len) : **p;
	*p += len < (size_t)(end - *p) ? len : (size_t)(end - *p);
	return c;
}

/* utf16_order of two raw strings that have escapes. */
static int
raw_order(struct span a, struct span b)
{
	const unsigned char *p = (const unsigned char *)a.ptr, *p_end = p + a.len;
	const unsigned char *q = (const unsigned char *)b.ptr, *q_end = q + b.len;
	char x, y;
	int c, d;

	do {
		c = raw_byte(&p, p_end);
		d = raw_byte(&q, q_end);
	} while (c == d && c != -1);
	if (c == -1 || d == -1)
		return d == -1 ? c != -1 : -1;
	x = (char)c;
	y = (char)d;
	return utf16_order((struct span){ &x, 1 }, (struct span){ &y, 1 });
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Is any of 8 bytes a quote, a backslash, a control or not ASCII?  Exact for the answer no. */
static int
is_special8(const unsigned char *p)
{
	uint64_t w, quote, slash;

	memcpy(&w, p, sizeof w);
	quote = w ^ EACH('"');
	slash = w ^ EACH('\\');
	return ((w | (w - EACH(0x20)) | (quote - EACH(1)) | (slash - EACH(1))) & EACH(0x80)) != 0;
}

static const unsigned char *
skip_ordinary(const unsigned char *p, const unsigned char *end)
{
	while (end - p >= 8 && !is_special8(p))
		p += 8;
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* A string, its opening quote at s->p.  inside is raw. */
static int
scan_string(struct scan *s, struct span *inside, int *escaped, struct err *e)
{
	size_t len;

	*escaped = 0;
	inside->ptr = (const char *)++s->p;
	for (;;) {
		s->p = skip_ordinary(s->p, s->end);
		if (s->p == s->end)
			return refuse(s, e, "ends inside a string");
		if (*s->p == '"') {
			inside->len = (size_t)((const char *)s->p++ - inside->ptr);
			return 0;
		}
		if (*s->p == '\\') {
			if (escape_value(s->p, s->end, &len) == 0)
				return refuse(s, e, "an escape that canonical form does not write");
			*escaped = 1;
		} else if (*s->p < 0x20) {
			return refuse(s, e, "a control character that is not escaped");
		} else if ((len = utf8_length(rest(s))) == 0) {
			return refuse(s, e, "bytes that are not UTF-8");
		}
		s->p += len;
	}
}


/* The length of an integer within INTEGER_MAX of zero at the start of s, or 0. */
static size_t
integer_value(struct span s, int64_t *out)
{
	size_t i = s.len > 0 && s.ptr[0] == '-', first = i;
	int64_t n = 0;

	for (; i < s.len && i - first < 16 && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
		n = n * 10 + (s.ptr[i] - '0');
	if (i == first || n > INTEGER_MAX || (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'))
		return 0;
	if (s.ptr[first] == '0' && i > 1) /* "-0", "01" */
		return 0;
	*out = first == 1 ? -n : n;
	return i;
}

static int
scan_number(struct scan *s, struct err *e)
{
	struct span text = rest(s);
	size_t len = 0;
	int64_t n;

	while (len < text.len && memchr("+-.0123456789Ee", text.ptr[len], 15) != NULL)
		len++;
	text.len = len;
	if (integer_value(text, &n) == len) {
		s->p += len;
		return 0;
	}
	if (s->lim.integers_only)
		return refuse(s, e, "a number that is not a plain integer within 2^53 - 1 of zero");
	if (!jcs_is_number(text))
		return refuse(s, e, "a number not written as ECMAScript writes it");
	s->p += len;
	return 0;
}

static int
scan_word(struct scan *s, const char *word, struct err *e)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return refuse(s, e, "neither true, false nor null");
	s->p += len;
	return 0;
}

/* A member's name and colon, the name held against the one before. */
static int
scan_name(struct scan *s, struct err *e)
{
	struct level *l = &s->level[s->depth - 1];
	const unsigned char *at = s->p;
	struct span key;
	int escaped, order;

	if (s->p == s->end || *s->p != '"')
		return refuse_here(s, e, "a member name expected");
	if (scan_string(s, &key, &escaped, e) == -1)
		return -1;
	if (l->has_key) {
		order = escaped || l->key_escaped ? raw_order(l->key, key) : utf16_order(l->key, key);
		if (order >= 0) {
			s->p = at;
			return refuse(s, e, order == 0 ? "a member named twice" :
			    "members not in order");
		}
	}
	l->key = key;
	l->has_key = 1;
	l->key_escaped = escaped;
	if (s->p == s->end || *s->p != ':')
		return refuse_here(s, e, "a colon expected");
	s->p++;
	return 0;
}

/* What scan_begin found: a whole value, or an opening after which a value must come. */
enum { WHOLE, OPENED };

static int
scan_open(struct scan *s, struct err *e)
{
	int is_object = *s->p == '{';

	if (s->depth == s->lim.depth_max)
		return err_set(e, ERR_LIMIT, "nested deeper than %u at byte %zu", s->lim.depth_max,
		    (size_t)(s->p - s->start));
	if (++s->p < s->end && *s->p == (is_object ? '}' : ']')) {
		s->p++;
		return WHOLE;
	}
	s->level[s->depth].is_object = is_object;
	s->level[s->depth].has_key = 0;
	s->depth++;
	if (is_object && scan_name(s, e) == -1)
		return -1;
	return OPENED;
}

static int
scan_begin(struct scan *s, struct err *e)
{
	struct span inside;
	int escaped;

	switch (s->p < s->end ? *s->p : 0) {
	case '{':
	case '[':
		return scan_open(s, e);
	case '"':
		return scan_string(s, &inside, &escaped, e);
	case 't':
		return scan_word(s, "true", e);
	case 'f':
		return scan_word(s, "false", e);
	case 'n':
		return scan_word(s, "null", e);
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s, e);
	default:
		return refuse_here(s, e, "a value expected");
	}
}

/* After a whole value: close what ends here.  1 when another value must come, 0 at the end of all. */
static int
scan_after(struct scan *s, struct err *e)
{
	while (s->depth > 0) {
		struct level *l = &s->level[s->depth - 1];

		if (s->p < s->end && *s->p == ',') {
			s->p++;
			return l->is_object && scan_name(s, e) == -1 ? -1 : 1;
		}
		if (s->p == s->end || *s->p != (l->is_object ? '}' : ']'))
			return refuse_here(s, e, "a comma or the closing bracket expected");
		s->p++;
		s->depth--;
	}
	return 0;
}

int
canon_check(struct span bytes, struct canon_limits lim, struct err *e)
{
	struct scan s; /* its levels are set as they open */
	int rc;

	assert(lim.depth_max <= CANON_DEPTH_MAX);
	s.start = s.p = (const unsigned char *)bytes.ptr;
	s.end = s.start + bytes.len;
	s.lim = lim;
	s.depth = 0;
	do {
		if ((rc = scan_begin(&s, e)) == WHOLE)
			rc = scan_after(&s, e);
	} while (rc > 0);
	if (rc == 0 && s.p != s.end)
		return refuse(&s, e, "something after the value");
	return rc;
}

/* Past the string whose opening quote is at p; NULL when it does not end. */
static const char *
skip_string(const char *p, const char *end)
{
	const char *from = p + 1, *quote, *q;

	while ((quote = memchr(from, '"', (size_t)(end - from))) != NULL) {
		for (q = quote; q > p + 1 && q[-1] == '\\'; q--)
			;
		if ((quote - q) % 2 == 0)
			return quote + 1;
		from = quote + 1;
	}
	return NULL;
}

/* To the end of a number or a word, or where it cannot be either. */
static const char *
skip_scalar(const char *p, const char *end)
{
	while (p < end && *p != ',' && *p != ':' && *p != '{' && *p != '}' && *p != '[' && *p != ']' && *p != '"')
		p++;
	return p;
}

/* Past the value at p; NULL when it does not end. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p != NULL && p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			if (depth == 0)
				return NULL;
			depth--;
			p++;
		} else {
			p = skip_scalar(p, end);
			if (depth > 0 && p < end && (*p == ',' || *p == ':'))
				p++;
		}
		if (depth == 0)
			return p;
	}
	return NULL;
}

static void
walk(struct span v, char open, char close, struct canon_iter *it)
{
	int is = v.len >= 2 && v.ptr[0] == open && v.ptr[v.len - 1] == close;

	it->p = is ? v.ptr + 1 : v.ptr;
	it->end = is ? v.ptr + v.len - 1 : v.ptr;
}

void
canon_object(struct span object, struct canon_iter *it)
{
	walk(object, '{', '}', it);
}

void
canon_array(struct span array, struct canon_iter *it)
{
	walk(array, '[', ']', it);
}

int
canon_item(struct canon_iter *it, struct span *value)
{
	const char *end;

	if (it->p >= it->end || (end = skip_value(it->p, it->end)) == NULL || end == it->p)
		return 0;
	*value = (struct span){ it->p, (size_t)(end - it->p) };
	it->p = end < it->end ? end + 1 : end;
	return 1;
}

int
canon_next(struct canon_iter *it, struct span *key, struct span *value)
{
	const char *end;

	if (it->p >= it->end || *it->p != '"' || (end = skip_string(it->p, it->end)) == NULL ||
	    end == it->end)
		return 0;
	*key = (struct span){ it->p + 1, (size_t)(end - it->p) - 2 };
	it->p = end + 1;
	return canon_item(it, value);
}

int
canon_get(struct span object, const char *key, struct span *value)
{
	struct canon_iter it;
	struct span k, v;

	canon_object(object, &it);
	while (canon_next(&it, &k, &v)) {
		if (span_is(k, key)) {
			*value = v;
			return 1;
		}
	}
	return 0;
}

int
canon_is_string(struct span v)
{
	return v.len >= 2 && v.ptr[0] == '"';
}

int
canon_is_object(struct span v)
{
	return v.len >= 2 && v.ptr[0] == '{';
}

int
canon_is_array(struct span v)
{
	return v.len >= 2 && v.ptr[0] == '[';
}

int
canon_bool(struct span v, int *out)
{
	int yes = span_is(v, "true");

	if (!yes && !span_is(v, "false"))
		return 0;
	*out = yes;
	return 1;
}

int
canon_int(struct span v, int64_t *out)
{
	int64_t n;

	if (v.len == 0 || integer_value(v, &n) != v.len)
		return 0;
	*out = n;
	return 1;
}

int
canon_plain(struct span v, struct span *out)
{
	if (!canon_is_string(v) || memchr(v.ptr, '\\', v.len) != NULL)
		return 0;
	*out = (struct span){ v.ptr + 1, v.len - 2 };
	return 1;
}

int
canon_string(struct span v, struct buf *out, struct err *e)
{
	const char *p = v.ptr + 1, *end, *at;
	size_t len;
	int c;

	if (!canon_is_string(v))
		return err_set(e, ERR_INPUT, "a string expected");
	end = v.ptr + v.len - 1;
	while ((at = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		c = escape_value((const unsigned char *)at, (const unsigned char *)end, &len);
		if (c == 0)
			return err_set(e, ERR_INPUT, "an escape that canonical form does not write");
		if (buf_add(out, p, (size_t)(at - p), e) == -1 || buf_addc(out, (char)c, e) == -1)
			return -1;
		p = at + len;
	}
	return buf_add(out, p, (size_t)(end - p), e);
}
