/* SPDX-License-Identifier: AGPL-3.0-or-later
 * part.c - see part.h. */
#include "proto/part.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/ref.h"

#define DID_STEM "did:key:z6Mk"
#define STEM_CHARS (sizeof DID_STEM - 1)

/* The characters as one number, so that a list of them is sorted and searched fast. */
static uint64_t
pack(const char *chars)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < PART_AUTHOR_CHARS; i++)
		n = n << 8 | (unsigned char)chars[i];
	return n;
}

static int
is_base58(struct span s)
{
	static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	size_t i;

	for (i = 0; i < s.len; i++)
		if (memchr(alphabet, s.ptr[i], sizeof alphabet - 1) == NULL)
			return 0;
	return 1;
}

static int
number_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
read_authors(struct part *p, struct part_term *t, struct span list, struct err *e)
{
	t->first = p->authors;
	while (list.len > 0) {
		struct span one = span_cut(&list, ',');

		if (one.len != PART_AUTHOR_CHARS || !is_base58(one))
			return err_set(e, ERR_USAGE, "an author of a part is the %d characters after " DID_STEM,
			    PART_AUTHOR_CHARS);
		if (p->authors == PART_AUTHORS_MAX)
			return err_set(e, ERR_LIMIT, "a part names at most %d authors", PART_AUTHORS_MAX);
		p->author[p->authors++] = pack(one.ptr);
	}
	t->count = p->authors - t->first;
	if (t->count > 0)
		qsort(p->author + t->first, t->count, sizeof p->author[0], number_cmp);
	return 0;
}

static int
read_kinds(struct part_term *t, struct span list, struct err *e)
{
	t->kinds = list;
	while (list.len > 0)
		if (!ref_kind_ok(span_cut(&list, ',')))
			return err_set(e, ERR_USAGE, "a kind of a part is [a-z-]{1,24}");
	return 0;
}

int
part_parse(struct span text, struct part *out, struct err *e)
{
	out->terms = out->authors = 0;
	if (text.len == 0 || text.len > PART_CHARS_MAX)
		return err_set(e, ERR_LIMIT, "a part has 1 to %d characters", PART_CHARS_MAX);
	while (text.len > 0) {
		struct span authors = span_cut(&text, '.'), kinds;
		struct part_term *t = &out->term[out->terms];

		if (out->terms++ == PART_TERMS_MAX)
			return err_set(e, ERR_LIMIT, "a part has at most %d terms", PART_TERMS_MAX);
		if (authors.len == 0 || memchr(authors.ptr, ':', authors.len) == NULL)
			return err_set(e, ERR_USAGE, "a term of a part is KINDS:AUTHORS");
		kinds = span_cut(&authors, ':');
		if (read_kinds(t, kinds, e) == -1 || read_authors(out, t, authors, e) == -1)
			return -1;
	}
	return 0;
}

static int
names_kind(struct span kinds, struct span kind)
{
	while (kinds.len > 0)
		if (span_eq(span_cut(&kinds, ','), kind))
			return 1;
	return 0;
}

int
part_holds(const struct part *p, struct span author, struct span kind)
{
	uint64_t number = author.len < STEM_CHARS + PART_AUTHOR_CHARS ? 0 : pack(author.ptr + STEM_CHARS);
	size_t i;

	if (span_is(kind, "identity") || span_is(kind, "retire"))
		return 1;
	for (i = 0; i < p->terms; i++) {
		const struct part_term *t = &p->term[i];

		if ((t->kinds.len == 0 || names_kind(t->kinds, kind)) &&
		    (t->count == 0 || bsearch(&number, p->author + t->first, t->count, sizeof number,
		    number_cmp) != NULL))
			return 1;
	}
	return 0;
}

int
part_add_author(struct buf *out, const char *did, struct err *e)
{
	if (strncmp(did, DID_STEM, STEM_CHARS) != 0 || strlen(did) < STEM_CHARS + PART_AUTHOR_CHARS)
		return err_set(e, ERR_USAGE, "%.80s is no did:key of an Ed25519 key", did);
	return buf_add(out, did + STEM_CHARS, PART_AUTHOR_CHARS, e);
}
