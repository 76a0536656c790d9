/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue.c - /catalogue: words, filters with their counts, nearness, pages; all of it addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/catalogue.h"
#include "node/core/gazetteer.h"
#include "node/web/plot.h"
#include "node/web/inside.h"
#include "node/web/leave.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/vocab.h"

#define PER_PAGE	20
#define PAGE_MAX	500
#define HREF_BYTES_MAX	8192
#define HREF_BYTES_USUAL 256
#define FACET_FIRST	10

/* A filter: the query's name for it, the facet that counts it, where its labels come from. */
static const struct filter {
	const char *name;
	enum search_facet facet;
	const char *prefix;		/* of the labels' keys; NULL: the facet says them itself */
	int many;			/* several values may hold at once */
} filter_table[] = {
	{ "kind",	FACET_KIND,	"kinds_",	1 },
	{ "axis",	FACET_AXIS,	"axis_",	1 },
	{ "practice",	FACET_PRACTICE,	"practice_",	0 },
	{ "access",	FACET_ACCESS,	"access_",	1 },
	{ "status",	FACET_STATUS,	"status_",	1 },
	{ "terms",	FACET_TERMS,	"terms_",	1 },
	{ "commune",	FACET_COMMUNE,	NULL,		0 },
	{ "territory",	FACET_AUTHOR,	NULL,		0 },
	{ "language",	FACET_LANG,	"language_",	0 },
};

#define FILTERS (sizeof filter_table / sizeof filter_table[0])
_Static_assert(FILTERS == LIST_FILTERS, "a list has room for every filter");

/* What else the address may hold, kept by every link but the paging. */
static const char *const other_param[] = { "q", "near", "within", "sort", "bbox", "together", "lang" };

/* --- the address as data ----------------------------------------------------------------------- */

static const struct filter *
filter_find(const char *name)
{
	size_t i;

	for (i = 0; i < FILTERS; i++)
		if (strcmp(filter_table[i].name, name) == 0)
			return &filter_table[i];
	return NULL;
}

static int
is_other(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof other_param / sizeof other_param[0]; i++)
		if (strcmp(other_param[i], name) == 0)
			return 1;
	return 0;
}

static int
holds(const struct params *p, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (strcmp(p->at[i].name, name) == 0 && strcmp(p->at[i].value, value) == 0)
			return 1;
	return 0;
}

void
list_read(struct list *l, const char *path)
{
	const struct request *req = l->v.req;
	struct params *p = &l->params;
	size_t i;

	l->path = path;
	l->on_map = strstr(path, "/map") != NULL;
	for (i = 0; i < req->query.count && p->count < PARAMS_MAX; i++) {
		const struct pair *at = &req->query.at[i];

		if (*at->value == '\0' || holds(p, at->name, at->value) ||
		    (filter_find(at->name) == NULL && !is_other(at->name)))
			continue;
		p->at[p->count++] = (struct hidden){ at->name, at->value };
	}
}

static int
is_dropped(const struct list *l, const struct hidden *p, const struct change *c)
{
	if (strcmp(p->name, "lang") == 0)
		return l->v.frame.sticky == NULL;
	if (c->filters_off)
		return 1;
	return c->name != NULL && strcmp(p->name, c->name) == 0 &&
	    (c->value == NULL || strcmp(p->value, c->value) == 0);
}

static int
add_param(struct buf *b, char *sep, const char *name, const char *value, struct err *e)
{
	if (buf_addc(b, *sep, e) == -1 || buf_adds(b, name, e) == -1 || buf_addc(b, '=', e) == -1)
		return -1;
	*sep = '&';
	return html_url(b, value, e);
}

const char *
list_address(struct list *l, const struct change *c)
{
	struct buf b = BUF_INIT(HREF_BYTES_MAX);
	char sep = '?';
	const char *made = NULL;
	struct err e;
	size_t i;
	int rc = buf_reserve(&b, HREF_BYTES_USUAL, &e) == -1 ? -1 : buf_adds(&b, c->path == NULL ? l->path : c->path, &e);

	for (i = 0; rc == 0 && i < l->params.count; i++) {
		const struct hidden *p = &l->params.at[i];

		if (!is_dropped(l, p, c))
			rc = add_param(&b, &sep, p->name, p->value, &e);
	}
	if (rc == 0 && c->with != NULL)
		rc = add_param(&b, &sep, c->name, c->with, &e);
	if (rc == 0 && c->page > 1)
		rc = buf_addf(&b, &e, "%cpage=%ld", sep, c->page);
	if (rc == 0)
		made = arena_copy(l->v.arena, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? l->path : made;
}

/* --- the question ------------------------------------------------------------------------------ */

static uint32_t
mask_of(const struct request *req, const char *name, enum vocab_name vocab)
{
	const char *value;
	uint32_t mask = 0;
	size_t i = 0;

	while ((value = fields_next(&req->query, name, &i)) != NULL) {
		int at = vocab_index(vocab, span_str(value));

		if (at >= 0 && at < 32)
			mask |= UINT32_C(1) << at;
	}
	return mask;
}

static uint32_t
kinds_of(const struct request *req)
{
	const char *value;
	uint32_t mask = 0;
	size_t i = 0;

	while ((value = fields_next(&req->query, "kind", &i)) != NULL)
		mask |= UINT32_C(1) << kind_find(span_str(value));
	return mask & ~UINT32_C(1);
}

static long
number_of(const struct request *req, const char *name, long fallback, long max)
{
	const char *value = request_query(req, name);
	char *end = NULL;
	long n = value == NULL ? fallback : strtol(value, &end, 10);

	return value != NULL && (*value == '\0' || *end != '\0' || n < 1) ? fallback : n > max ? max : n;
}

const char *
list_text(const struct request *req, const char *name)
{
	const char *value = request_query(req, name);

	return value == NULL ? "" : value;
}

static int
ask_near(struct list *l, struct err *e)
{
	const char *near = list_text(l->v.req, "near");
	struct search_reader *r;

	if (*near == '\0')
		return 0;
	if ((r = visit_search(&l->v, e)) == NULL)
		return -1;
	whereis_find(l->v.node->gazetteer, r, span_str(near), &l->at);
	l->query.near = l->at.how >= WHEREIS_POINT;
	l->query.lat_e7 = l->at.lat_e7;
	l->query.lon_e7 = l->at.lon_e7;
	if (l->query.near)
		l->query.within_m = (uint32_t)number_of(l->v.req, "within", 0, 500) * 1000;
	return 0;
}

static const struct {
	const char *key;
	enum search_sort sort;
} sort_table[] = {
	{ "best", SEARCH_BEST }, { "newest", SEARCH_NEWEST }, { "nearest", SEARCH_NEAREST },
	{ "title", SEARCH_TITLE }, { "soonest", SEARCH_SOONEST },
};

static enum search_sort
sort_of(const struct list *l)
{
	const char *key = list_text(l->v.req, "sort");
	size_t i;

	for (i = 0; i < sizeof sort_table / sizeof sort_table[0]; i++)
		if (strcmp(sort_table[i].key, key) == 0 &&
		    (sort_table[i].sort != SEARCH_NEAREST || l->query.near))
			return sort_table[i].sort;
	return l->query.near && *list_text(l->v.req, "q") == '\0' ? SEARCH_NEAREST : SEARCH_BEST;
}

static const struct {
	const char *key;
	enum search_together together;
	enum text label;
} together_table[] = {
	{ "believed", SEARCH_TOGETHER, TEXT_together_believed }, { "apart", SEARCH_APART, TEXT_together_apart },
	{ "all", SEARCH_TOGETHER_ALL, TEXT_together_all },
};

#define WAYS (sizeof together_table / sizeof together_table[0])

/* Whom to believe about what is one thing: the reader's choice, else the site's. */
static size_t
together_of(const struct list *l)
{
	const char *asked[] = { list_text(l->v.req, "together"), l->v.node->config.together };
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < WAYS; i++)
			if (strcmp(together_table[i].key, asked[k]) == 0)
				return i;
	return 0;
}

static void
ways_together(struct list *l)
{
	struct link *way = arena_alloc(l->v.arena, WAYS * sizeof *way);
	size_t i, now = together_of(l);

	if (way == NULL || (!l->result.grouped && *list_text(l->v.req, "together") == '\0'))
		return;
	for (i = 0; i < WAYS; i++)
		way[i] = (struct link){ .text = text_get(l->v.lang, together_table[i].label), .note = "", .current = i == now,
			.href = list_address(l, &(struct change){ .name = "together", .with = together_table[i].key }) };
	l->view.together = (struct links){ way, WAYS };
}

int
list_ask(struct list *l, struct err *e)
{
	const struct request *req = l->v.req;
	struct search_query *q = &l->query;

	q->text = span_str(list_text(req, "q"));
	q->kinds = kinds_of(req);
	q->axes = mask_of(req, "axis", VOCAB_AXIS);
	q->access = mask_of(req, "access", VOCAB_ACCESS);
	q->status = mask_of(req, "status", VOCAB_STATUS);
	q->terms = mask_of(req, "terms", VOCAB_EXCHANGE_TERMS);
	q->practice = span_str(list_text(req, "practice"));
	q->author = span_str(list_text(req, "territory"));
	q->commune = span_str(list_text(req, "commune"));
	q->lang = span_str(list_text(req, "language"));
	q->together = together_table[together_of(l)].together;
	q->facets = FACET_ALL & ~(1u << FACET_TYPE);
	if (ask_near(l, e) == -1)
		return -1;
	q->sort = sort_of(l);
	l->boxed = box_parse(request_query(req, "bbox"), &l->box);
	return 0;
}

/* The page asked for, within the box when there is one. */
static int
find(struct list *l, struct err *e)
{
	struct search_query *q = &l->query;

	q->limit = PER_PAGE;
	l->view.page = number_of(l->v.req, "page", 1, PAGE_MAX);
	q->offset = (unsigned)(l->view.page - 1) * PER_PAGE;
	q->boxed = l->boxed;
	q->south = l->box.south;
	q->west = l->box.west;
	q->north = l->box.north;
	q->east = l->box.east;
	return visit_find(&l->v, q, &l->result, e);
}

/* --- the answer -------------------------------------------------------------------------------- */

static const char *
value_label(struct list *l, const struct filter *f, const char *key, const char *label)
{
	if (f->facet == FACET_PRACTICE)
		return practice_label(&l->v, key);
	return f->prefix != NULL ? text_label(l->v.lang, f->prefix, key) : *label != '\0' ? label : key;
}

static void
facet_value(struct list *l, const struct filter *f, const struct search_count *c, struct link *out)
{
	int on = holds(&l->params, f->name, c->key);
	struct change add = { .name = f->name, .with = c->key, .value = f->many ? "" : NULL };
	struct change drop = { .name = f->name, .value = c->key };

	*out = (struct link){ .text = value_label(l, f, c->key, c->label), .count = c->count,
		.current = on, .note = "", .href = list_address(l, on ? &drop : &add) };
}

/* A facet is worth showing when it parts the results, or is in force. */
static void
facets(struct list *l)
{
	size_t i, k, n, shown = 0;

	for (i = 0; i < FILTERS; i++) {
		const struct filter *f = &filter_table[i];
		const struct search_count *c = l->result.facet[f->facet].value;
		struct link *value;

		n = l->result.facet[f->facet].count;
		if (n < 2 && request_query(l->v.req, f->name) == NULL)
			continue;
		if (n == 0 || (value = arena_alloc(l->v.arena, n * sizeof *value)) == NULL)
			continue;
		for (k = 0; k < n; k++)
			facet_value(l, f, &c[k], &value[k]);
		l->facet[shown] = (struct facet){ .name = f->name,
			.label = text_label(l->v.lang, "filter_", f->name), .value = { value, n },
			.first = n > FACET_FIRST + 2 ? FACET_FIRST : n,
			.open = shown < 3 || request_query(l->v.req, f->name) != NULL };
		shown++;
	}
	l->view.facet = l->facet;
	l->view.facet_count = shown;
}

/* The label of a chosen value, from the facet when the key does not say it. */
static const char *
chosen_label(struct list *l, const struct filter *f, const char *key)
{
	size_t i;

	for (i = 0; f->prefix == NULL && i < l->result.facet[f->facet].count; i++)
		if (strcmp(l->result.facet[f->facet].value[i].key, key) == 0)
			return value_label(l, f, key, l->result.facet[f->facet].value[i].label);
	return value_label(l, f, key, "");
}

static void
chips(struct list *l)
{
	struct link *chip = arena_alloc(l->v.arena, PARAMS_MAX * sizeof *chip);
	struct hidden *hidden = arena_alloc(l->v.arena, PARAMS_MAX * sizeof *hidden);
	size_t i, n = 0, h = 0;

	if (chip == NULL || hidden == NULL)
		return;
	for (i = 0; i < l->params.count; i++) {
		const struct hidden *p = &l->params.at[i];
		const struct filter *f = filter_find(p->name);

		int box = strcmp(p->name, "bbox") == 0 && l->boxed;

		if (f == NULL && (!box || l->on_map))
			continue;
		hidden[h++] = *p;
		chip[n++] = (struct link){ .note = "",
			.text = box ? text_get(l->v.lang, TEXT_chip_box) : chosen_label(l, f, p->value),
			.href = list_address(l, &(struct change){ .name = p->name, .value = p->value }) };
	}
	l->view.chip = (struct links){ chip, n };
	l->view.hidden = hidden;
	l->view.hidden_count = h;
	l->view.filtered = n > 0;
	l->view.reset = list_address(l, &(struct change){ .filters_off = 1 });
}

static void
choices(struct list *l)
{
	static const char *const radius[] = { "", "2", "5", "10", "20", "50", "100" };
	size_t i, n = sizeof sort_table / sizeof sort_table[0], m = sizeof radius / sizeof radius[0];
	struct option *sort = arena_alloc(l->v.arena, n * sizeof *sort);
	struct option *within = arena_alloc(l->v.arena, m * sizeof *within);

	if (sort == NULL || within == NULL)
		return;
	for (i = 0; i < n; i++)
		sort[i] = (struct option){ i == 0 ? "" : sort_table[i].key,
			text_label(l->v.lang, "sort_", sort_table[i].key),
			strcmp(list_text(l->v.req, "sort"), sort_table[i].key) == 0 };
	for (i = 0; i < m; i++)
		within[i] = (struct option){ radius[i],
			i == 0 ? text_get(l->v.lang, TEXT_within_any) : printed(&l->v, "%s km", radius[i]),
			strcmp(list_text(l->v.req, "within"), radius[i]) == 0 };
	l->view.sort = (struct options){ sort, n };
	l->view.radius = (struct options){ within, m };
}

static void
paging(struct list *l)
{
	struct view_catalogue *w = &l->view;
	char page[24], pages[24];

	w->pages = (w->total + PER_PAGE - 1) / PER_PAGE;
	if (w->pages > PAGE_MAX)
		w->pages = PAGE_MAX;
	snprintf(page, sizeof page, "%lld", w->page);
	snprintf(pages, sizeof pages, "%lld", w->pages);
	w->page_text = text_make(l->v.arena, text_get(l->v.lang, TEXT_page_of), (const struct html_arg[]){
	    { .name = "page", .text = page }, { .name = "pages", .text = pages }, { .name = NULL } });
	if (w->page > 1)
		w->previous = list_address(l, &(struct change){ .page = (long)w->page - 1 });
	if (w->page < w->pages)
		w->next = list_address(l, &(struct change){ .page = (long)w->page + 1 });
}

/* "Saint-Martin (35)". */
static const char *
place_name(struct visit *v, const struct place *p)
{
	if (p == NULL)
		return "";
	return p->type == 'C' ? printed(v, "%.*s (%.*s)", (int)p->name.len, p->name.ptr, (int)p->departement.len,
	    p->departement.ptr) : printed(v, "%.*s", (int)p->name.len, p->name.ptr);
}

/* What the place asked for turned out to be, where that is worth a word; and its namesakes. */
static void
tell_place(struct list *l)
{
	static const enum text says[] = {
		[WHEREIS_UNKNOWN] = TEXT_place_unknown, [WHEREIS_MUTE] = TEXT_place_mute,
		[WHEREIS_AROUND] = TEXT_place_around,
	};
	struct link *same = arena_alloc(l->v.arena, WHEREIS_SAME_MAX * sizeof *same);
	size_t i;

	if (*l->view.near == '\0' || same == NULL)
		return;
	for (i = 0; i < l->at.same_count; i++) {
		const char *name = place_name(&l->v, l->at.same[i]);

		same[i] = (struct link){ .text = name, .note = "", .href = list_address(l,
		    &(struct change){ .name = "near", .with = name }) };
	}
	l->view.same = (struct links){ same, l->at.same_count };
	if (l->at.how == WHEREIS_POINT || l->at.how == WHEREIS_COMMUNE)
		return;
	l->view.place = text_make(l->v.arena, text_get(l->v.lang, says[l->at.how]), (const struct html_arg[]){
	    { .name = "place", .text = l->at.commune == NULL ? l->view.near : place_name(&l->v, l->at.commune) },
	    { .name = "area", .text = place_name(&l->v, l->at.around) }, { .name = NULL } });
}

void
list_fill(struct list *l)
{
	struct view_catalogue *w = &l->view;

	w->lang = l->v.lang;
	w->frame = &l->v.frame;
	w->q = list_text(l->v.req, "q");
	w->near = list_text(l->v.req, "near");
	w->path = l->path;
	w->total = (long long)l->result.total;
	w->cut = l->result.cut;
	w->loose = l->result.loose;
	w->other = list_address(l, &(struct change){ .path = l->on_map ? "/catalogue" : "/map" });
	tell_place(l);
	chips(l);
	facets(l);
	choices(l);
	leave_list(&l->v, "/catalogue", NULL, l->query.kinds);
}

static void
answer(struct list *l)
{
	struct view_catalogue *w = &l->view;

	list_fill(l);
	w->heading = text_get(w->lang, TEXT_catalogue_title);
	w->card = cards_of(&l->v, l->result.hit, l->result.count);
	ways_together(l);
	paging(l);
	list_widen(l);
	l->v.frame.section = "catalogue";
	l->v.frame.title = *w->q == '\0' ? w->heading : printed(&l->v, "%s – %s", w->q, w->heading);
	l->v.frame.description = text_get(w->lang, TEXT_catalogue_description);
}

int
catalogue_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct list *l = arena_alloc(req->arena, sizeof *l);
	int rc = -1;

	if (l == NULL)
		return err_memory(e);
	if (visit_begin(&l->v, n, req, res, VISIT_CACHED))
		return 0;
	list_read(l, "/catalogue");
	if (list_ask(l, e) == 0 && find(l, e) == 0) {
		answer(l);
		rc = page_catalogue(&l->view, &res->body, e);
	}
	return visit_end(&l->v, rc, e);
}

int
embed_list(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct list *l = arena_alloc(req->arena, sizeof *l);
	int rc = -1;

	if (l == NULL)
		return err_memory(e);
	if (visit_begin(&l->v, n, req, res, VISIT_CACHED))
		return 0;
	list_read(l, "/embed/list");
	if (list_ask(l, e) == 0 && find(l, e) == 0) {
		answer(l);
		visit_embed(&l->v, list_address(l, &(struct change){ .path = "/catalogue" }), "");
		rc = page_embed(&l->view, &res->body, e);
	}
	return visit_end(&l->v, rc, e);
}
