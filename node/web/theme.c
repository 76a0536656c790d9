/* SPDX-License-Identifier: AGPL-3.0-or-later
 * theme.c - /axis/KEY and /practice/KEY: all that one axis, or one practice of the tree, brings together. */
#include <string.h>

#include "node/web/inside.h"
#include "node/web/leave.h"
#include "node/web/lists.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/vocab.h"

#define BIT(k)		(UINT32_C(1) << (k))
#define GROUP_CARDS	6
#define CHILDREN_MAX	40

/* What a theme is made of, in the order of the page: first what was thought about it, then what is done. */
static const struct {
	uint32_t kinds;
	enum text label;
	const char *query;		/* the same in the catalogue's parameters */
	int upcoming;
} group_table[] = {
	{ BIT(KIND_SYNTHESIS) | BIT(KIND_QUESTION), TEXT_theme_thought, "kind=synthesis&kind=question", 0 },
	{ BIT(KIND_INITIATIVE), TEXT_kinds_initiative, "kind=initiative", 0 },
	{ BIT(KIND_PLACE) | BIT(KIND_ORGANISATION), TEXT_theme_actors, "kind=place&kind=organisation", 0 },
	{ BIT(KIND_OFFER) | BIT(KIND_NEED), TEXT_home_offers, "kind=offer&kind=need", 1 },
	{ BIT(KIND_RESOURCE), TEXT_kinds_resource, "kind=resource", 0 },
	{ BIT(KIND_EVENT), TEXT_home_events, "kind=event", 1 },
	{ BIT(KIND_DOCUMENT), TEXT_library_title, "kind=document", 0 },
};

#define GROUPS (sizeof group_table / sizeof group_table[0])

struct theme {
	struct visit v;
	struct view_theme view;
	struct search_query query;	/* what all its lists ask */
	const char *filter;		/* "axis=KEY" */
};

static int
fill_groups(struct theme *t, struct err *e)
{
	struct theme_group *group = arena_alloc(t->v.arena, GROUPS * sizeof *group);
	size_t i, n = 0;

	if (group == NULL)
		return err_memory(e);
	for (i = 0; i < GROUPS; i++) {
		struct search_query q = t->query;

		q.kinds = group_table[i].kinds;
		q.upcoming = group_table[i].upcoming;
		q.sort = (q.kinds & BIT(KIND_EVENT)) != 0 ? SEARCH_SOONEST : SEARCH_NEWEST;
		q.limit = GROUP_CARDS;
		if (list_cards(&t->v, &q, &group[n].card, &group[n].count, e) == -1)
			return -1;
		group[n].label = text_get(t->v.lang, group_table[i].label);
		group[n].href = visit_href(&t->v, printed(&t->v, "/catalogue?%s&%s", t->filter, group_table[i].query));
		n += group[n].card.count > 0;
	}
	t->view.group = group;
	t->view.group_count = n;
	return 0;
}

static struct link
practice_link(struct visit *v, const char *key)
{
	return (struct link){ .text = practice_label(v, key), .note = "",
		.href = visit_href(v, printed(v, "/practice/%s", url_part(v->arena, key))) };
}

/* The broader practice above, and those below. */
static void
fill_tree(struct theme *t, const char *key)
{
	const struct vocab *vocab = vocab_get(VOCAB_PRACTICE);
	const struct term *own = vocab_find(VOCAB_PRACTICE, span_str(key));
	struct link *link = arena_alloc(t->v.arena, CHILDREN_MAX * sizeof *link);
	size_t i, n = 0;

	for (i = 0; link != NULL && i < vocab->count && n < CHILDREN_MAX; i++)
		if (vocab->term[i].parent != NULL && strcmp(vocab->term[i].parent, key) == 0)
			link[n++] = practice_link(&t->v, vocab->term[i].key);
	t->view.below = (struct links){ link, n };
	if (own == NULL || own->parent == NULL || (link = arena_alloc(t->v.arena, sizeof *link)) == NULL)
		return;
	link[0] = practice_link(&t->v, own->parent);
	t->view.above = (struct links){ link, 1 };
}

/* All in all, and the page's frame. */
static int
finish(struct theme *t, struct err *e)
{
	struct cards ignored;
	struct search_query q = t->query;

	q.limit = 1;
	t->view.lang = t->v.lang;
	t->view.frame = &t->v.frame;
	t->view.catalogue = visit_href(&t->v, printed(&t->v, "/catalogue?%s", t->filter));
	t->view.map = visit_href(&t->v, printed(&t->v, "/map?%s", t->filter));
	t->v.frame.title = t->view.title;
	t->v.frame.description = t->view.hint;
	if (list_cards(&t->v, &q, &ignored, &t->view.total, e) == -1 || fill_groups(t, e) == -1)
		return -1;
	leave_list(&t->v, "/catalogue", t->filter, 0);
	return 0;
}

static int
fill_axis(struct theme *t, const char *key, struct err *e)
{
	int at = vocab_index(VOCAB_AXIS, span_str(key));

	if (at < 0)
		return err_set(e, ERR_NOT_FOUND, "there is no such axis");
	t->query.axes = UINT32_C(1) << at;
	t->filter = printed(&t->v, "axis=%s", key);
	t->view.key = key;
	t->view.over = text_get(t->v.lang, TEXT_filter_axis);
	t->view.title = text_label(t->v.lang, "axis_", key);
	t->view.hint = text_label(t->v.lang, "axis_hint_", key);
	return finish(t, e);
}

/* One of the tree, or one that somebody's records use. */
static int
fill_practice(struct theme *t, const char *key, struct err *e)
{
	t->query.practice = span_str(key);
	t->filter = printed(&t->v, "practice=%s", url_part(t->v.arena, key));
	t->view.key = "";
	t->view.over = text_get(t->v.lang, TEXT_filter_practice);
	t->view.title = practice_label(&t->v, key);
	t->view.hint = "";
	fill_tree(t, key);
	if (finish(t, e) == -1)
		return -1;
	if (t->view.total == 0 && vocab_find(VOCAB_PRACTICE, span_str(key)) == NULL && strcmp(t->view.title, key) == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no such practice");
	return 0;
}

static int
page(struct node *n, const struct request *req, struct response *res,
    int (*fill)(struct theme *t, const char *key, struct err *e), struct err *e)
{
	struct theme *t = arena_alloc(req->arena, sizeof *t);
	int rc = -1;

	if (t == NULL)
		return err_memory(e);
	if (visit_begin(&t->v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill(t, request_arg(req, 0), e) == 0)
		rc = page_theme(&t->view, &res->body, e);
	return visit_end(&t->v, rc, e);
}

int
axis_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	return page(n, req, res, fill_axis, e);
}

int
practice_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	return page(n, req, res, fill_practice, e);
}
