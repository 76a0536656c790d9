/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lists.c - offers and needs, library, territories: the pages that are lists. */
#include "node/web/lists.h"

#include <stdio.h>
#include <string.h>

#include "node/web/inside.h"
#include "node/web/leave.h"
#include "node/web/page.h"

#define BIT(k)		(UINT32_C(1) << (k))
#define SIDE_MAX	30
#define SHELF_MAX	8
#define LIBRARY		(BIT(KIND_DOCUMENT) | BIT(KIND_SYNTHESIS) | BIT(KIND_QUESTION))

/* --- pieces ------------------------------------------------------------------------------------- */

int
list_cards(struct visit *v, struct search_query *q, struct cards *out, long long *total, struct err *e)
{
	struct search_result found;

	if (visit_find(v, q, &found, e) == -1)
		return -1;
	*out = cards_of(v, found.hit, found.count);
	if (total != NULL)
		*total = (long long)found.total;
	return 0;
}

static long long
count_of(const struct search_result *r, enum search_facet f, const char *key)
{
	size_t i;

	for (i = 0; i < r->facet[f].count; i++)
		if (strcmp(r->facet[f].value[i].key, key) == 0)
			return r->facet[f].value[i].count;
	return 0;
}

int
list_axes(struct visit *v, const struct axis **out, size_t *count, struct err *e)
{
	const struct vocab *vocab = vocab_get(VOCAB_AXIS);
	struct axis *axis = arena_alloc(v->arena, vocab->count * sizeof *axis);
	struct search_query q = { .limit = 1, .facets = 1u << FACET_AXIS };
	struct search_result found;
	size_t i;

	if (axis == NULL)
		return err_memory(e);
	if (visit_find(v, &q, &found, e) == -1)
		return -1;
	for (i = 0; i < vocab->count; i++) {
		const char *key = vocab->term[i].key;

		axis[i] = (struct axis){ .key = key, .label = text_label(v->lang, "axis_", key),
			.hint = text_label(v->lang, "axis_hint_", key),
			.href = visit_href(v, printed(v, "/axis/%s", key)),
			.count = count_of(&found, FACET_AXIS, key) };
	}
	*out = axis;
	*count = vocab->count;
	return 0;
}

int
list_territories(struct visit *v, const struct territory_row **out, size_t *count, long long *total,
    struct err *e)
{
	struct search_reader *r = visit_search(v, e);
	struct search_totals t;
	struct territory_row *row;
	size_t i;

	if (r == NULL || search_count_by_author(r, v->now_s, v->arena, &t, e) == -1)
		return -1;
	if ((row = arena_alloc(v->arena, (t.count + 1) * sizeof *row)) == NULL)
		return err_memory(e);
	for (i = 0; i < t.count; i++) {
		const struct search_total *a = &t.author[i];

		row[i] = (struct territory_row){ .own = a->own, .total = a->total,
			.name = *a->author_name == '\0' ? printed(v, "…%s", a->author + strlen(a->author) - 8)
			    : a->author_name,
			.href = visit_href(v, printed(v, "/territory/%s", a->author)),
			.initiatives = a->by_kind[KIND_INITIATIVE],
			.newest = date_ago(v->arena, v->lang, a->newest, v->now_s) };
	}
	*out = row;
	*count = t.count;
	*total = t.total;
	return 0;
}

/* --- offers and needs ----------------------------------------------------------------------------- */

/* Ways to narrow both sides at once, by what is exchanged. */
static struct links
item_types(struct visit *v, const char *chosen)
{
	const struct vocab *vocab = vocab_get(VOCAB_ITEM_TYPE);
	struct link *link = arena_alloc(v->arena, (vocab->count + 1) * sizeof *link);
	size_t i;

	if (link == NULL)
		return (struct links){ NULL, 0 };
	link[0] = (struct link){ .text = text_get(v->lang, TEXT_everything), .href = visit_href(v, "/offers"),
		.note = "", .current = *chosen == '\0' };
	for (i = 0; i < vocab->count; i++)
		link[i + 1] = (struct link){ .text = text_label(v->lang, "item_type_", vocab->term[i].key),
			.href = visit_href(v, printed(v, "/offers?type=%s", vocab->term[i].key)), .note = "",
			.current = strcmp(chosen, vocab->term[i].key) == 0 };
	return (struct links){ link, vocab->count + 1 };
}

static int
fill_offers(struct visit *v, struct view_offers *w, struct err *e)
{
	const char *type = request_query(v->req, "type");
	struct search_query q = { .upcoming = 1, .sort = SEARCH_NEWEST, .limit = SIDE_MAX };

	if (type == NULL || vocab_find(VOCAB_ITEM_TYPE, span_str(type)) == NULL)
		type = "";
	*w = (struct view_offers){ .lang = v->lang, .frame = &v->frame, .type = item_types(v, type),
		.offers_href = visit_href(v, "/catalogue?kind=offer"),
		.needs_href = visit_href(v, "/catalogue?kind=need") };
	v->frame.section = "offers";
	v->frame.title = text_get(v->lang, TEXT_offers_title);
	v->frame.description = text_get(v->lang, TEXT_offers_lead);
	leave_list(v, "/offers", *type == '\0' ? "" : printed(v, "type=%s", type), BIT(KIND_OFFER) | BIT(KIND_NEED));
	q.type = span_str(type);
	q.kinds = BIT(KIND_OFFER);
	if (list_cards(v, &q, &w->offer, &w->offers, e) == -1)
		return -1;
	q.kinds = BIT(KIND_NEED);
	return list_cards(v, &q, &w->need, &w->needs, e);
}

int
offers_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_offers view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_offers(&v, &view, e) == 0)
		rc = page_offers(&view, &res->body, e);
	return visit_end(&v, rc, e);
}

/* --- library -------------------------------------------------------------------------------------- */

/* Each axis with its texts: what a group worked out, what to read, what is still asked. */
static int
fill_library(struct visit *v, struct view_library *w, struct err *e)
{
	const struct vocab *vocab = vocab_get(VOCAB_AXIS);
	struct axis *shelf = arena_alloc(v->arena, vocab->count * sizeof *shelf);
	struct search_query any = { .kinds = LIBRARY, .sort = SEARCH_NEWEST, .limit = 2 * SHELF_MAX };
	size_t i;

	if (shelf == NULL)
		return err_memory(e);
	for (i = 0; i < vocab->count; i++) {
		const char *key = vocab->term[i].key;
		struct search_query q = { .kinds = LIBRARY, .axes = UINT32_C(1) << i, .sort = SEARCH_NEWEST,
			.limit = SHELF_MAX };

		shelf[i] = (struct axis){ .key = key, .label = text_label(v->lang, "axis_", key),
			.hint = text_label(v->lang, "axis_hint_", key), .href = visit_href(v,
			    printed(v, "/catalogue?kind=document&kind=synthesis&kind=question&axis=%s", key)) };
		if (list_cards(v, &q, &shelf[i].card, &shelf[i].count, e) == -1)
			return -1;
	}
	*w = (struct view_library){ .lang = v->lang, .frame = &v->frame, .axis = shelf,
		.axis_count = vocab->count };
	v->frame.section = "library";
	v->frame.title = text_get(v->lang, TEXT_library_title);
	v->frame.description = text_get(v->lang, TEXT_library_lead);
	leave_list(v, "/library", "", LIBRARY);
	return list_cards(v, &any, &w->newest, NULL, e);
}

int
library_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_library view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_library(&v, &view, e) == 0)
		rc = page_library(&view, &res->body, e);
	return visit_end(&v, rc, e);
}

/* --- territories ---------------------------------------------------------------------------------- */

int
territories_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_territories view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	view = (struct view_territories){ .lang = v.lang, .frame = &v.frame };
	v.frame.section = "territories";
	v.frame.title = text_get(v.lang, TEXT_territories_title);
	v.frame.description = text_get(v.lang, TEXT_territories_lead);
	if (list_territories(&v, &view.row, &view.row_count, &view.total, e) == 0)
		rc = page_territories(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
