/* SPDX-License-Identifier: AGPL-3.0-or-later
 * home.c - / : what this is, what is new, what is looked for, and who is here. */
#include <string.h>

#include "node/core/keyring.h"
#include "node/web/inside.h"
#include "node/web/leave.h"
#include "node/web/lists.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define BIT(k) (UINT32_C(1) << (k))

/* The lists of the home page, each a search. */
static int
fill_lists(struct visit *v, struct view_home *w, struct err *e)
{
	uint32_t begun = UINT32_C(1) << vocab_index(VOCAB_STATUS, SPAN("idea")) |
	    UINT32_C(1) << vocab_index(VOCAB_STATUS, SPAN("emerging"));
	const struct { struct search_query query; struct cards *out; } list[] = {
		{ { .kinds = BIT(KIND_INITIATIVE) | BIT(KIND_PLACE) | BIT(KIND_ORGANISATION) | BIT(KIND_RESOURCE),
		    .sort = SEARCH_NEWEST, .limit = 6 }, &w->newest },
		{ { .kinds = BIT(KIND_INITIATIVE), .status = begun, .sort = SEARCH_NEWEST, .limit = 3 }, &w->emerging },
		{ { .kinds = BIT(KIND_EVENT), .upcoming = 1, .sort = SEARCH_SOONEST, .limit = 3 }, &w->event },
		{ { .kinds = BIT(KIND_OFFER), .upcoming = 1, .sort = SEARCH_NEWEST, .limit = 3 }, &w->offer },
		{ { .kinds = BIT(KIND_NEED), .upcoming = 1, .sort = SEARCH_NEWEST, .limit = 3 }, &w->need },
	};
	size_t i;

	for (i = 0; i < sizeof list / sizeof list[0]; i++) {
		struct search_query q = list[i].query;

		if (list_cards(v, &q, list[i].out, NULL, e) == -1)
			return -1;
	}
	return 0;
}

/* The territory whose node this is. */
static void
fill_territory(struct visit *v, struct view_home *w)
{
	const struct keyring_author *own = keyring_at(v->node->keys, 0);
	struct search_reader *r;
	struct search_card card;
	struct err e;

	if (own == NULL || (r = visit_search(v, &e)) == NULL || search_get(r, span_str(own->did),
	    KIND_TERRITORY, SPAN("self"), v->now_s, v->arena, &card, &e) == -1)
		return;
	w->territory = card.title;
	w->territory_summary = card.summary;
	w->territory_href = visit_href(v, printed(v, "/territory/%s", own->did));
}

static int
fill_home(struct visit *v, struct view_home *w, struct err *e)
{
	const struct config *c = &v->node->config;

	*w = (struct view_home){ .lang = v->lang, .frame = &v->frame,
		.contact = c->contact == NULL ? "" : c->contact };
	if (c->home_text != NULL && *c->home_text != '\0' &&
	    (w->text = mkmd(v->arena, span_str(c->home_text), 3, e)) == NULL)
		return -1;
	fill_territory(v, w);
	v->frame.description = text_get(v->lang, TEXT_home_lead);
	leave_list(v, "/catalogue", "sort=newest", 0);
	if (fill_lists(v, w, e) == -1 || list_axes(v, &w->axis, &w->axis_count, e) == -1)
		return -1;
	return list_territories(v, &w->row, &w->row_count, &w->total, e);
}

int
home_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_home view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_home(&v, &view, e) == 0)
		rc = page_home(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
