/* SPDX-License-Identifier: AGPL-3.0-or-later
 * facet.c - counters by number and their lists; see facet.h. */
#include "node/search/facet.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

#define BITS 32
#define PRACTICES_LISTED_MAX 120	/* the tree whole, and local additions */

/* Where a facet's values come from: bits of a vocabulary, numbers of a sort of name, or kinds. */
enum source { SOURCE_KIND, SOURCE_VOCAB, SOURCE_NAME };

static const struct facet_row {
	enum source source;
	enum vocab_name vocab;
	enum name_sort sort;
	unsigned listed_max;
} facet_table[FACET__COUNT] = {
	[FACET_KIND]	= { SOURCE_KIND, 0, 0, KIND__COUNT },
	[FACET_AXIS]	= { SOURCE_VOCAB, VOCAB_AXIS, 0, BITS },
	[FACET_PRACTICE] = { SOURCE_NAME, 0, NAME_PRACTICE, PRACTICES_LISTED_MAX },
	[FACET_ACCESS]	= { SOURCE_VOCAB, VOCAB_ACCESS, 0, BITS },
	[FACET_STATUS]	= { SOURCE_VOCAB, VOCAB_STATUS, 0, BITS },
	[FACET_TERMS]	= { SOURCE_VOCAB, VOCAB_EXCHANGE_TERMS, 0, BITS },
	[FACET_TYPE]	= { SOURCE_NAME, 0, NAME_TYPE, SEARCH_FACET_VALUES_MAX },
	[FACET_AUTHOR]	= { SOURCE_NAME, 0, NAME_AUTHOR, SEARCH_FACET_VALUES_MAX },
	[FACET_COMMUNE]	= { SOURCE_NAME, 0, NAME_COMMUNE, SEARCH_FACET_VALUES_MAX },
	[FACET_LANG]	= { SOURCE_NAME, 0, NAME_LANG, SEARCH_FACET_VALUES_MAX },
};

static uint32_t
values_of(const struct columns *c, enum search_facet facet)
{
	const struct facet_row *row = &facet_table[facet];

	switch (row->source) {
	case SOURCE_KIND: return KIND__COUNT;
	case SOURCE_VOCAB: return BITS;
	case SOURCE_NAME: return c->names[row->sort].count > 0 ? c->names[row->sort].count : 1;
	}
	return 1;
}

int
facets_make(const struct columns *c, unsigned asked, struct arena *a, struct facets *out, struct err *e)
{
	unsigned i;

	*out = (struct facets){ .columns = c, .asked = asked & FACET_ALL };
	for (i = 0; i < FACET__COUNT; i++) {
		if (!(asked >> i & 1))
			continue;
		out->size[i] = values_of(c, (enum search_facet)i);
		out->count[i] = arena_alloc(a, out->size[i] * sizeof(uint32_t));
		if (out->count[i] == NULL)
			return err_memory(e);
	}
	return 0;
}

/* Values of a key: an addition for each row. */
static void
count_numbers(uint32_t *count, const uint32_t *number, const struct picks *picks)
{
	size_t i;

	for (i = 0; i < picks->count; i++) {
		const uint32_t *from = number + (size_t)picks->pick[i].at * PLANE_BITS;
		uint64_t left = picks->pick[i].bits;

		for (; left != 0; left &= left - 1)
			count[from[__builtin_ctzll(left)]]++;
	}
}

/* A practice with those right below it: a row that has two of them counts once. */
static int
count_practices(struct facets *f, const struct picks *picks, struct arena *a, struct err *e)
{
	const struct columns *c = f->columns;
	const struct names *n = &c->names[NAME_PRACTICE];
	uint32_t i, k, size = f->size[FACET_PRACTICE];
	uint32_t *first = arena_alloc(a, 2 * size * sizeof *first);	/* below a practice, then the next beside it */
	const struct plane **plane = arena_alloc(a, (size + 1) * sizeof *plane);
	size_t planes;

	if (first == NULL || plane == NULL)
		return err_memory(e);
	for (k = size - 1; k > 0; k--)
		if (n->name[k].parent > 0 && n->name[k].parent < size) {
			first[size + k] = first[n->name[k].parent];
			first[n->name[k].parent] = k;
		}
	for (i = 1; i < size; i++) {
		planes = 0;
		for (k = i; k != 0; k = k == i ? first[i] : first[size + k])
			if (k < c->planes[FACET_PRACTICE] && c->plane[FACET_PRACTICE][k].ones > 0)
				plane[planes++] = &c->plane[FACET_PRACTICE][k];
		f->count[FACET_PRACTICE][i] = planes == 0 ? 0 : picks_count(picks, plane, planes);
	}
	return 0;
}

static void
count_planes(struct facets *f, enum search_facet facet, const struct picks *picks)
{
	const struct columns *c = f->columns;
	const struct plane *plane;
	uint32_t i;

	for (i = 0; i < c->planes[facet] && i < f->size[facet]; i++) {
		plane = &c->plane[facet][i];
		f->count[facet][i] = plane->ones == 0 ? 0 : picks_count(picks, &plane, 1);
	}
}

int
facets_count(struct facets *f, enum search_facet facet, const struct picks *picks, struct arena *a, struct err *e)
{
	const struct column_key *key = &f->columns->key;

	switch (facet) {
	case FACET_AUTHOR:
		count_numbers(f->count[facet], key->author, picks);
		break;
	case FACET_COMMUNE:
		count_numbers(f->count[facet], key->commune, picks);
		break;
	case FACET_TYPE:
		count_numbers(f->count[facet], key->type, picks);
		break;
	case FACET_PRACTICE:
		return count_practices(f, picks, a, e);
	default:
		count_planes(f, facet, picks);
	}
	return 0;
}

/* --- lists ------------------------------------------------------------------------------------- */

static const char *
value_key(const struct columns *c, const struct facet_row *row, uint32_t i)
{
	const struct vocab *v;

	switch (row->source) {
	case SOURCE_KIND:
		return kind_info((enum kind)i)->name;
	case SOURCE_VOCAB:
		v = vocab_get(row->vocab);
		return i < v->count ? v->term[i].key : "";
	case SOURCE_NAME:
		return names_key(c, row->sort, i);
	}
	return "";
}

static int
by_count(const void *a, const void *b)
{
	const struct search_count *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->key, y->key);
}

/* The most frequent of many: a list kept in order, its last one dropped for each better one. */
static void
keep_best(struct search_count *list, size_t *count, size_t max, const struct search_count *value)
{
	size_t at = *count;

	if (*count == max) {
		if (by_count(value, &list[max - 1]) >= 0)
			return;
		at = max - 1;
	} else {
		++*count;
	}
	for (; at > 0 && by_count(value, &list[at - 1]) < 0; at--)
		list[at] = list[at - 1];
	list[at] = *value;
}

static int
copy_texts(struct search_count *list, size_t count, struct arena *a, struct err *e)
{
	size_t i;

	for (i = 0; i < count; i++) {
		list[i].key = arena_copy(a, span_str(list[i].key));
		list[i].label = arena_copy(a, span_str(list[i].label));
		if (list[i].key == NULL || list[i].label == NULL)
			return err_memory(e);
	}
	return 0;
}

static int
list_one(const struct facets *f, enum search_facet facet, struct arena *a, struct search_result *out,
    struct err *e)
{
	const struct facet_row *row = &facet_table[facet];
	struct search_count value, *list = arena_alloc(a, row->listed_max * sizeof *list);
	size_t count = 0;
	uint32_t i;

	if (list == NULL)
		return err_memory(e);
	for (i = 0; i < f->size[facet]; i++) {
		if (f->count[facet][i] == 0)
			continue;
		value.key = value_key(f->columns, row, i);
		value.label = row->source == SOURCE_NAME ? names_label(f->columns, row->sort, i) : "";
		value.count = f->count[facet][i];
		if (*value.key != '\0')
			keep_best(list, &count, row->listed_max, &value);
	}
	out->facet[facet].value = list;
	out->facet[facet].count = count;
	return copy_texts(list, count, a, e);
}

int
facets_list(const struct facets *f, struct arena *a, struct search_result *out, struct err *e)
{
	unsigned i;

	for (i = 0; i < FACET__COUNT; i++)
		if (f->count[i] != NULL && list_one(f, (enum search_facet)i, a, out, e) == -1)
			return -1;
	return 0;
}
