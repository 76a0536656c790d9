/* SPDX-License-Identifier: AGPL-3.0-or-later
 * family.c - /lineage/AUTHOR/KIND/RID: from where an initiative comes and what became of it elsewhere, as a
 * tree (lineage.h); and the news of one's own initiatives taken up, for the operator's desk. */
#include <string.h>

#include "node/core/keyring.h"
#include "node/store/store.h"
#include "node/web/family.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/lineage.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/canon.h"

#define LINKS_MAX	48	/* looked at for the takers of one record */
#define PER_AUTHOR	6	/* of those, shown of one author: nobody fills the tree alone */
#define NEWS_LOOKED	24
#define NEWS_MAX	6
#define NEWS_S		(180 * INT64_C(86400))

/* --- whom the walk asks ---------------------------------------------------------------------------- */

static int
get_initiative(struct visit *v, const char *text, struct stored *out, struct err *e)
{
	struct ref ref;
	enum kind k;

	if (ref_parse(span_str(text), &ref, e) == -1 || item_get_ref(v, &ref, out, &k, e) == -1)
		return -1;
	return k == KIND_INITIATIVE ? 0 : err_set(e, ERR_NOT_FOUND, "not an initiative");
}

static int
origin(void *ctx, const char *ref, const char **out, struct err *e)
{
	struct visit *v = ctx;
	struct stored s;

	if (get_initiative(v, ref, &s, e) == -1)
		return -1;
	*out = member(v, s.record.content, "adapted_from");
	if (**out == '\0')
		return LINEAGE_FIRST;
	if (get_initiative(v, *out, &s, e) == 0)
		return LINEAGE_FROM;
	return e->code == ERR_NOT_FOUND || e->code == ERR_GONE || e->code == ERR_INPUT ? LINEAGE_AWAY : -1;
}

static int
of_author(const struct search_links *l, size_t before, const char *author)
{
	int n = 0;

	while (before-- > 0)
		n += strcmp(l->link[before].author, author) == 0;
	return n;
}

/* The oldest first, as the story goes. */
static int
takers(void *ctx, const char *ref, const char **out, size_t max, int *more, struct err *e)
{
	struct visit *v = ctx;
	struct search_reader *r = visit_search(v, e);
	struct search_links found;
	size_t i;
	int n = 0;

	if (r == NULL || search_related_as(r, span_str(ref), "adapted_from", v->now_s, LINKS_MAX, v->arena,
	    &found, e) == -1)
		return -1;
	*more = found.count == LINKS_MAX;
	for (i = found.count; i-- > 0;) {
		const struct search_link *l = &found.link[i];

		if (l->kind != KIND_INITIATIVE || l->card == NULL)
			continue;
		if ((size_t)n == max || of_author(&found, i, l->author) >= PER_AUTHOR) {
			*more = 1;
			continue;
		}
		out[n++] = printed(v, "%s/initiative/%s", l->author, l->rid);
	}
	return n;
}

/* --- the page -------------------------------------------------------------------------------------- */

/* A record can go between two looks: its step is then left blank, not the tree torn. */
static struct lineage_item
item_of(struct visit *v, const struct lineage_step *step, const char *asked)
{
	struct lineage_item item = { .title = text_get(v->lang, TEXT_not_here), .author = "", .author_href = "",
		.where = "", .when = "", .more = step->more, .current = strcmp(step->ref, asked) == 0 };
	const char *since, *changed;
	struct stored s;
	struct err e;

	if (get_initiative(v, step->ref, &s, &e) == -1)
		return item;
	const char *did = printed(v, "%.*s", (int)s.record.author.len, s.record.author.ptr);

	item.title = item_title(v, KIND_INITIATIVE, s.record.content);
	item.href = ref_href(v, step->ref, item.title);
	item.lang = lang_mark(v, printed(v, "%.*s", (int)s.record.lang.len,
	    s.record.lang.ptr == NULL ? "" : s.record.lang.ptr));
	item.author = author_name(v, did);
	item.author_href = visit_href(v, printed(v, "/territory/%s", did));
	item.where = member(v, s.record.content, "commune");
	since = member(v, s.record.content, "since");
	item.when = *since == '\0' ? date_ago(v->arena, v->lang, s.record.updated, v->now_s)
	    : date_long(v->arena, v->lang, since);
	item.dated = *since != '\0';
	changed = member(v, s.record.content, "adapted_text");
	if (step->depth > 0 && *changed != '\0')
		item.changed = mkmd(v->arena, span_str(changed), 4, &e);
	return item;
}

static int
fill_lineage(struct visit *v, struct view_lineage *w, struct err *e)
{
	struct lineage_source source = { v, origin, takers };
	struct lineage *l = arena_alloc(v->arena, sizeof *l);
	const char *ref = printed(v, "%s/%s/%s", request_arg(v->req, 0), request_arg(v->req, 1),
	    request_arg(v->req, 2));
	struct lineage_item *item;
	struct stored s;
	enum kind k;
	size_t i;

	if (l == NULL)
		return err_memory(e);
	if (item_get(v, &s, &k, e) == -1)
		return -1;
	if (k != KIND_INITIATIVE)
		return err_set(e, ERR_NOT_FOUND, "initiatives have a lineage, nothing else");
	if (lineage_make(&source, ref, l, e) == -1)
		return -1;
	if ((item = arena_alloc(v->arena, l->count * sizeof *item)) == NULL)
		return err_memory(e);
	for (i = 0; i < l->count; i++) {
		unsigned next = i + 1 < l->count ? l->step[i + 1].depth : 0;

		item[i] = item_of(v, &l->step[i], ref);
		item[i].opens = next > l->step[i].depth;
		item[i].closes = (int)(l->step[i].depth - (next > l->step[i].depth ? l->step[i].depth : next));
	}
	*w = (struct view_lineage){ .lang = v->lang, .frame = &v->frame, .item = item, .count = l->count,
		.away = l->away, .older = l->older, .title = item_title(v, k, s.record.content),
		.adopt = record_path(v, "adopt", request_arg(v->req, 0), k, request_arg(v->req, 2)) };
	w->href = ref_href(v, ref, w->title);
	v->frame.title = text_make(v->arena, text_get(v->lang, TEXT_lineage_title), (const struct html_arg[]){
	    { .name = "title", .text = w->title }, { .name = NULL } });
	return 0;
}

int
lineage_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_lineage view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_lineage(&v, &view, e) == 0)
		rc = page_lineage(&view, &res->body, e);
	return visit_end(&v, rc, e);
}

/* --- the desk -------------------------------------------------------------------------------------- */

int
family_news(struct visit *v, const char *did, struct cards *out, struct err *e)
{
	struct search_reader *r = visit_search(v, e);
	struct card *card = arena_alloc(v->arena, NEWS_MAX * sizeof *card);
	struct search_links found;
	size_t i, n = 0;

	if (card == NULL)
		return err_memory(e);
	if (r == NULL || search_related_as(r, span_str(did), "adapted_from", v->now_s, NEWS_LOOKED, v->arena,
	    &found, e) == -1)
		return -1;
	for (i = 0; i < found.count && n < NEWS_MAX; i++) {
		const struct search_link *l = &found.link[i];

		if (l->card == NULL || l->updated < v->now_s - NEWS_S ||
		    keyring_find(v->node->keys, span_str(l->author)) != NULL)
			continue;
		card[n] = cards_of(v, l->card, 1).at[0];
		card[n].summary = text_make(v->arena, text_get(v->lang, TEXT_desk_taken_from),
		    (const struct html_arg[]){ { .name = "title", .text = item_link(v, l->target).text },
		    { .name = "when", .text = date_ago(v->arena, v->lang, l->updated, v->now_s) }, { .name = NULL } });
		card[n].lang = NULL;
		n++;
	}
	*out = (struct cards){ card, n };
	return 0;
}
