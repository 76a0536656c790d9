/* SPDX-License-Identifier: AGPL-3.0-or-later
 * widen.c - the catalogue's help when little or nothing answers: each proposal is counted first, none leads to
 * another empty page. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "node/web/catalogue.h"

/* The filters, and where the question holds them. */
static const struct { const char *name; size_t at; int is_mask; } filter_table[] = {
	{ "kind", offsetof(struct search_query, kinds), 1 }, { "axis", offsetof(struct search_query, axes), 1 },
	{ "practice", offsetof(struct search_query, practice), 0 },
	{ "access", offsetof(struct search_query, access), 1 },
	{ "status", offsetof(struct search_query, status), 1 }, { "terms", offsetof(struct search_query, terms), 1 },
	{ "commune", offsetof(struct search_query, commune), 0 },
	{ "territory", offsetof(struct search_query, author), 0 },
	{ "language", offsetof(struct search_query, lang), 0 },
};

#define FILTERS (sizeof filter_table / sizeof filter_table[0])

/* How much another question would find. */
static long long
count_of(struct list *l, struct search_query q)
{
	struct search_result found;
	struct err ignored;

	q.limit = 1;
	q.offset = q.facets = 0;
	return visit_find(&l->v, &q, &found, &ignored) == -1 || found.loose ? 0 : (long long)found.total;
}

/* The same words as the records spell them. */
static void
propose_spelling(struct list *l)
{
	struct search_query q = l->query;
	struct search_reader *r;
	const char *meant;
	struct err ignored;

	if ((r = visit_search(&l->v, &ignored)) == NULL || !search_spelling(r, q.text, l->v.arena, &meant))
		return;
	q.text = span_str(meant);
	if ((l->view.meant_count = count_of(l, q)) == 0)
		return;
	l->view.meant = meant;
	l->view.meant_href = list_address(l, &(struct change){ .name = "q", .with = meant });
}

static void
add_wider(struct list *l, struct link *link, const struct search_query *q, const char *text,
    const struct change *c)
{
	long long count = count_of(l, *q);

	if (count > l->view.total)
		link[l->view.wider.count++] = (struct link){ .text = text, .note = "", .count = count,
			.href = list_address(l, c) };
}

/* Further from the place asked for, then anywhere. */
static void
add_radius(struct list *l, struct link *link)
{
	static const unsigned km[] = { 20, 50, 100 };
	struct search_query q = l->query;
	uint32_t asked_m = q.within_m;
	size_t i, before = l->view.wider.count;

	if (!q.near || q.within_m == 0)
		return;
	for (i = 0; i < sizeof km / sizeof km[0] && l->view.wider.count == before; i++) {
		char text[8];

		if (km[i] * 1000 <= asked_m)
			continue;
		snprintf(text, sizeof text, "%u", km[i]);
		q.within_m = km[i] * 1000;
		add_wider(l, link, &q, text_make(l->v.arena, text_get(l->v.lang, TEXT_wider_within),
		    (const struct html_arg[]){ { .name = "km", .text = text }, { .name = NULL } }),
		    &(struct change){ .name = "within", .with = arena_copy(l->v.arena, span_str(text)) });
	}
	q.within_m = 0;
	add_wider(l, link, &q, text_get(l->v.lang, TEXT_wider_anywhere), &(struct change){ .name = "within" });
}

/* The question without one of its filters. */
static struct search_query
without(const struct list *l, size_t which)
{
	struct search_query q = l->query;
	char *field = (char *)&q + filter_table[which].at;

	if (filter_table[which].is_mask)
		*(uint32_t *)(void *)field = 0;
	else
		*(struct span *)(void *)field = (struct span){ NULL, 0 };
	return q;
}

/* The words alone, without filters, place or distance. */
static void
add_words_alone(struct list *l, struct link *link)
{
	const char *words = list_text(l->v.req, "q");
	struct search_query q = { .text = l->query.text };

	if (*words != '\0' && l->view.wider.count == 0 && (l->view.chip.count > 0 || l->query.near))
		add_wider(l, link, &q, text_make(l->v.arena, text_get(l->v.lang, TEXT_wider_words),
		    (const struct html_arg[]){ { .name = "words", .text = words }, { .name = NULL } }),
		    &(struct change){ .filters_off = 1, .name = "q", .with = words });
}

/* When nothing answers, or only some of the words: the question put otherwise, each with what it finds. */
void
list_widen(struct list *l)
{
	struct link *link = arena_alloc(l->v.arena, (FILTERS + 4) * sizeof *link);
	size_t i;

	if (link == NULL || (l->result.count > 0 && !l->result.loose))
		return;
	propose_spelling(l);
	l->view.wider.at = link;
	if (l->result.count > 0)
		return;
	add_radius(l, link);
	for (i = 0; i < FILTERS; i++) {
		struct search_query q = without(l, i);

		if (request_query(l->v.req, filter_table[i].name) != NULL)
			add_wider(l, link, &q, text_label(l->v.lang, "wider_", filter_table[i].name),
			    &(struct change){ .name = filter_table[i].name });
	}
	add_words_alone(l, link);
}
