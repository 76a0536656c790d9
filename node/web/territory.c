/* SPDX-License-Identifier: AGPL-3.0-or-later
 * territory.c - /territory/AUTHOR: a territory presents itself, and its state of play in counts. */
#include <string.h>

#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/leave.h"
#include "node/web/lists.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define NEWEST_MAX	8
#define BARS_MAX	12
#define MISSING_MAX	60

/* The facets that make the charts, and the filter of the catalogue that each bar leads to. */
static const struct {
	enum search_facet facet;
	const char *prefix, *filter;
} chart_table[] = {
	{ FACET_KIND,	  "kinds_",	"kind" },
	{ FACET_AXIS,	  "axis_",	"axis" },
	{ FACET_PRACTICE, "practice_",	"practice" },
	{ FACET_ACCESS,	  "access_",	"access" },
	{ FACET_STATUS,	  "status_",	"status" },
	{ FACET_TERMS,	  "terms_",	"terms" },
};

#define CHARTS (sizeof chart_table / sizeof chart_table[0])

static struct chart
chart_of(struct visit *v, const struct search_result *found, size_t which, const char *did)
{
	const struct search_count *c = found->facet[chart_table[which].facet].value;
	size_t i, n = found->facet[chart_table[which].facet].count;
	struct bar *bar;

	if (n > BARS_MAX)
		n = BARS_MAX;
	if (n == 0 || (bar = arena_alloc(v->arena, n * sizeof *bar)) == NULL)
		return (struct chart){ .count = 0 };
	for (i = 0; i < n; i++)
		bar[i] = (struct bar){ .label = chart_table[which].facet == FACET_PRACTICE
			    ? practice_label(v, c[i].key) : text_label(v->lang, chart_table[which].prefix, c[i].key),
			.href = visit_href(v, printed(v, "/catalogue?territory=%s&%s=%s", did,
			    chart_table[which].filter, url_part(v->arena, c[i].key))),
			.count = c[i].count, .share = ((long long)c[i].count * 100 + c[0].count - 1) / c[0].count };
	return (struct chart){ text_label(v->lang, "filter_", chart_table[which].filter), bar, n };
}

/* The axes and families of practices nobody here has told of yet: not a reproach, an invitation. */
static struct links
missing_practices(struct visit *v, const struct search_result *found)
{
	const struct vocab *vocab = vocab_get(VOCAB_PRACTICE), *axis = vocab_get(VOCAB_AXIS);
	struct link *link = arena_alloc(v->arena, MISSING_MAX * sizeof *link);
	size_t i, k, n = 0;

	for (i = 0; link != NULL && i < axis->count; i++) {
		const char *key = axis->term[i].key;

		for (k = 0; k < found->facet[FACET_AXIS].count; k++)
			if (strcmp(found->facet[FACET_AXIS].value[k].key, key) == 0)
				break;
		if (k == found->facet[FACET_AXIS].count)
			link[n++] = (struct link){ .text = text_label(v->lang, "axis_", key), .note = "",
				.href = visit_href(v, printed(v, "/axis/%s", key)) };
	}
	for (i = 0; link != NULL && i < vocab->count && n < MISSING_MAX; i++) {
		const char *key = vocab->term[i].key;
		int told = vocab->term[i].parent != NULL;

		for (k = 0; !told && k < found->facet[FACET_PRACTICE].count; k++) {
			const char *here = found->facet[FACET_PRACTICE].value[k].key;
			const struct term *t = vocab_find(VOCAB_PRACTICE, span_str(here));

			told = strcmp(here, key) == 0 || (t != NULL && t->parent != NULL && strcmp(t->parent, key) == 0);
		}
		if (!told)
			link[n++] = (struct link){ .text = text_label(v->lang, "practice_", key), .note = "",
				.href = visit_href(v, printed(v, "/practice/%s", key)) };
	}
	return (struct links){ link, n };
}

static int
fill_counts(struct visit *v, const char *did, struct view_territory *w, struct err *e)
{
	struct chart *chart = arena_alloc(v->arena, CHARTS * sizeof *chart);
	struct search_query q = { .author = span_str(did), .sort = SEARCH_NEWEST, .limit = NEWEST_MAX,
		.facets = FACET_ALL };
	struct search_result found;
	size_t i;

	if (chart == NULL)
		return err_memory(e);
	if (visit_find(v, &q, &found, e) == -1)
		return -1;
	for (i = 0; i < CHARTS; i++) {
		chart[w->chart_count] = chart_of(v, &found, i, did);
		w->chart_count += chart[w->chart_count].count > 0;
	}
	w->chart = chart;
	w->total = (long long)found.total;
	w->newest = cards_of(v, found.hit, found.count);
	w->missing = found.total == 0 ? (struct links){ NULL, 0 } : missing_practices(v, &found);
	return 0;
}

/* What its own record says: presentation, charter, how to reach it. */
static void
fill_presentation(struct visit *v, const struct stored *s, const char *did, struct view_territory *w)
{
	struct span content = s->record.content;
	struct rows prose;
	struct err e;

	w->name = item_title(v, KIND_TERRITORY, content);
	w->summary = member(v, content, "summary");
	w->description = mkmd(v->arena, span_str(member(v, content, "description")), 2, &e);
	if (*member(v, content, "charter") != '\0')
		w->charter = mkmd(v->arena, span_str(member(v, content, "charter")), 3, &e);
	item_rows(v, KIND_TERRITORY, content, &prose, &w->fact);
	w->content_lang = lang_mark(v, printed(v, "%.*s", (int)s->record.lang.len,
	    s->record.lang.ptr == NULL ? "" : s->record.lang.ptr));
	w->reciprocity = record_path(v, "reciprocity", did, KIND_TERRITORY, "self");
	w->page = record_href(v, did, KIND_TERRITORY, "self", w->name);
}

static int
fill_territory(struct visit *v, struct view_territory *w, struct err *e)
{
	const char *did = request_arg(v->req, 0);
	struct ref ref = { span_str(did), SPAN("territory"), SPAN("self") };
	struct stored stored;
	struct author_info author;
	struct err why = { .code = ERR_NONE };
	enum kind k;

	*w = (struct view_territory){ .lang = v->lang, .frame = &v->frame, .summary = "",
		.catalogue = visit_href(v, printed(v, "/catalogue?territory=%s", url_part(v->arena, did))) };
	if (store_author(v->node->store, span_str(did), &author) != 1)
		return err_set(e, ERR_NOT_FOUND, "nobody by that name is known here");
	if (item_get_ref(v, &ref, &stored, &k, &why) == 0)
		fill_presentation(v, &stored, did, w);
	else if (why.code == ERR_NOT_FOUND)
		w->name = author_name(v, did);
	else
		return err_set(e, why.code, "%s", why.text);
	v->frame.section = "territories";
	v->frame.title = w->name;
	v->frame.description = w->summary;
	leave_list(v, "/catalogue", printed(v, "territory=%s", url_part(v->arena, did)), 0);
	return fill_counts(v, did, w, e);
}

int
territory_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_territory view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_territory(&v, &view, e) == 0)
		rc = page_territory(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
