/* SPDX-License-Identifier: AGPL-3.0-or-later
 * buf.c - see buf.h. */
#include "proto/buf.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

struct span
span_str(const char *s)
{
	return (struct span){ s, s == NULL ? 0 : strlen(s) };
}

int
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int
span_is(struct span a, const char *s)
{
	size_t i;

	for (i = 0; i < a.len; i++)
		if (s[i] == '\0' || s[i] != a.ptr[i])
			return 0;
	return s[i] == '\0';
}

struct span
span_cut(struct span *rest, char sep)
{
	const char *at = rest->len == 0 ? NULL : memchr(rest->ptr, sep, rest->len);
	struct span head = *rest;

	if (at == NULL) {
		rest->ptr += rest->len;
		rest->len = 0;
		return head;
	}
	head.len = (size_t)(at - head.ptr);
	rest->len -= head.len + 1;
	rest->ptr = at + 1;
	return head;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && memchr(" \t\r\n\f\v", s.ptr[0], 6) != NULL) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && memchr(" \t\r\n\f\v", s.ptr[s.len - 1], 6) != NULL)
		s.len--;
	return s;
}

void
text_clip(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	assert(size > 0);
	if (n >= size)
		for (n = size - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

int
buf_reserve(struct buf *b, size_t more, struct err *e)
{
	size_t need, cap;
	char *p;

	assert(b->len <= b->max);
	if (more > b->max - b->len)
		return err_set(e, ERR_LIMIT, "%zu bytes, limit %zu", b->len + more, b->max);
	need = b->len + more + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	p = realloc(b->ptr, cap);
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for %zu bytes", cap);
	b->ptr = p;
	b->cap = cap;
	b->ptr[b->len] = '\0';
	return 0;
}

int
buf_add(struct buf *b, const void *data, size_t len, struct err *e)
{
	if (buf_reserve(b, len, e) == -1)
		return -1;
	if (len > 0)
		memcpy(b->ptr + b->len, data, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s, struct err *e)
{
	return buf_add(b, s, strlen(s), e);
}

int
buf_addspan(struct buf *b, struct span s, struct err *e)
{
	return buf_add(b, s.ptr, s.len, e);
}

int
buf_addc(struct buf *b, char c, struct err *e)
{
	return buf_add(b, &c, 1, e);
}

int
buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
{
	size_t room = b->cap > b->len ? b->cap - b->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->ptr + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_set(e, ERR_INTERNAL, "cannot format \"%s\"", fmt);
	if ((size_t)n >= room || (size_t)n > b->max - b->len) {
		if (room > 0)
			b->ptr[b->len] = '\0';
		if (buf_reserve(b, (size_t)n, e) == -1)
			return -1;
		va_start(ap, fmt);
		vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
	return 0;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->ptr, b->len };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

void
buf_clear(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ .max = b->max };
}

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	alignas(max_align_t) char data[];
};

#define ARENA_BLOCK_BYTES ((size_t)16 << 10)

void *
arena_alloc(struct arena *a, size_t len)
{
	size_t max = a->max != 0 ? a->max : ARENA_BYTES_MAX;
	size_t need = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *b = a->block;
	char *p;

	if (need < len || need > max - a->used)
		return NULL;
	if (b == NULL || b->cap - b->used < need) {
		size_t cap = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;

		if ((b = malloc(sizeof *b + cap)) == NULL)
			return NULL;
		*b = (struct arena_block){ .next = a->block, .cap = cap };
		a->block = b;
	}
	p = b->data + b->used;
	b->used += need;
	a->used += need;
	return memset(p, 0, need);
}

void *
arena_more(struct arena *a, void *old, size_t n, size_t size)
{
	void *p;

	if (n != 0 && (n < 8 || (n & (n - 1)) != 0))
		return old;
	if ((p = arena_alloc(a, (n == 0 ? 8 : 2 * n) * size)) != NULL && n > 0)
		memcpy(p, old, n * size);
	return p;
}

char *
arena_copy(struct arena *a, struct span s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (p != NULL && s.len > 0)
		memcpy(p, s.ptr, s.len);
	return p;
}

/* Most texts are short: written to the stack first, they are printed once. */
char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char shorter[128], *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(shorter, sizeof shorter, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(a, (size_t)n + 1)) == NULL)
		return NULL;
	if ((size_t)n < sizeof shorter)
		return memcpy(p, shorter, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_clear(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->block; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ .max = a->max };
}
