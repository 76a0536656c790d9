/* SPDX-License-Identifier: AGPL-3.0-or-later
 * booklet.c - /booklet: a list as a printed directory, its entries numbered, with an index by commune and one by
 * practice that cite the numbers: a browser prints page numbers but cannot cite them. */
#include <stdlib.h>
#include <string.h>

#include "node/api/query.h"
#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/leave.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/when.h"

#define ENTRIES_MAX	400
#define ABOUT_MAX	40
#define FACTS_MAX	16
#define LICENCES_MAX	8
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

_Static_assert(ENTRIES_MAX <= SEARCH_LIMIT_MAX, "one search finds a whole booklet");

struct booklet {
	struct visit v;
	struct search_query query;
	struct search_result found;
	struct entry *entry;
	struct view_booklet view;
};

/* --- order ------------------------------------------------------------------------------------------ */

/* Chapters in the order of a directory: what one joins, where, when, what is exchanged, what is read. */
static const enum kind chapter_order[] = {
	KIND_INITIATIVE, KIND_ORGANISATION, KIND_PLACE, KIND_EVENT, KIND_OFFER, KIND_NEED, KIND_RESOURCE, KIND_DOCUMENT,
	KIND_SYNTHESIS, KIND_QUESTION, KIND_TERRITORY, KIND_PRACTICE,
};

struct ordered {
	size_t chapter;
	const char *key;		/* of a title: plain letters; of a meeting: its date */
	struct search_card card;
};

static int
compare_ordered(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->chapter != y->chapter)
		return x->chapter < y->chapter ? -1 : 1;
	return strcmp(x->key, y->key);
}

static size_t
chapter_of(enum kind k)
{
	size_t i;

	for (i = 0; i < COUNT(chapter_order) && chapter_order[i] != k; i++)
		continue;
	return i;
}

/* What was found, put in the order of the chapters. */
static int
put_in_order(struct booklet *b, struct err *e)
{
	size_t i, n = b->found.count;
	struct ordered *o = arena_alloc(b->v.arena, (n + 1) * sizeof *o);

	if (o == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		o[i] = (struct ordered){ chapter_of(b->found.hit[i].kind), *b->found.hit[i].starts != '\0'
		    ? b->found.hit[i].starts : slug_of(b->v.arena, b->found.hit[i].title), b->found.hit[i] };
	qsort(o, n, sizeof *o, compare_ordered);
	for (i = 0; i < n; i++)
		b->found.hit[i] = o[i].card;
	return 0;
}

/* --- entries ----------------------------------------------------------------------------------------- */

/* What somebody with the booklet in hand needs. */
static const char *const essential[] = {
	"where", "recurrence", "hours", "access", "access_text", "attendance", "terms", "terms_text",
	"for_whom", "phone", "email", "website", "contact_form", "url",
};

_Static_assert(COUNT(essential) <= FACTS_MAX, "every fact has room");

static void
fill_facts(struct visit *v, enum kind k, struct span content, struct entry *out)
{
	static const char *const way_in[] = { "take_part", "booking", "activities" };
	struct row *row = arena_alloc(v->arena, COUNT(essential) * sizeof *row), prose;
	size_t i, n = 0;

	for (i = 0; row != NULL && i < COUNT(essential); i++)
		n += (size_t)item_row(v, k, content, essential[i], &row[n]);
	out->fact = (struct rows){ row, n };
	for (i = 0; out->take_part == NULL && i < COUNT(way_in); i++)
		if (item_row(v, k, content, way_in[i], &prose))
			out->take_part = prose.prose;
}

static int
fill_entry(struct booklet *b, const struct search_card *c, const struct card *card, struct entry *out, struct err *e)
{
	struct ref ref = { span_str(c->author), span_str(kind_info(c->kind)->name), span_str(c->rid) };
	struct reader *r = visit_store(&b->v, e);
	struct arena own = { 0 };
	struct stored row;
	int rc = r == NULL ? -1 : store_get(r, &ref, &own, &row, e);

	*out = (struct entry){ .card = card, .when = card->when };
	if (rc == 1 && !row.record.deleted) {
		if (c->kind == KIND_EVENT)
			out->when = when_event(&b->v, row.record.content);
		fill_facts(&b->v, c->kind, row.record.content, out);
	}
	arena_clear(&own);
	out->qr = qr_make(b->v.arena, leave_address(&b->v, ref.author, c->kind, ref.rid));
	return rc == -1 ? -1 : 0;
}

static int
fill_entries(struct booklet *b, struct err *e)
{
	struct cards cards = cards_of(&b->v, b->found.hit, b->found.count);
	size_t i;

	b->entry = arena_alloc(b->v.arena, (b->found.count + 1) * sizeof *b->entry);
	if (b->entry == NULL || cards.count != b->found.count)
		return err_memory(e);
	for (i = 0; i < b->found.count; i++) {
		if (fill_entry(b, &b->found.hit[i], &cards.at[i], &b->entry[i], e) == -1)
			return -1;
		b->entry[i].number = (long long)i + 1;
	}
	return 0;
}

static int
fill_chapters(struct booklet *b, struct err *e)
{
	struct chapter *at = arena_alloc(b->v.arena, KIND__COUNT * sizeof *at);
	const struct search_card *hit = b->found.hit;
	size_t i = 0, first, n = 0;

	if (at == NULL)
		return err_memory(e);
	while (i < b->found.count) {
		for (first = i++; i < b->found.count && hit[i].kind == hit[first].kind; i++)
			continue;
		at[n++] = (struct chapter){ kind_plural(b->v.lang, hit[first].kind), &b->entry[first], i - first,
			(long long)first + 1, (long long)i };
	}
	b->view.chapter = at;
	b->view.chapter_count = n;
	return 0;
}

/* --- indexes ----------------------------------------------------------------------------------------- */

/* One place where a word of an index leads. */
struct cite {
	const char *key, *label;
	long long number;
};

static int
compare_cites(const void *a, const void *b)
{
	const struct cite *x = a, *y = b;
	int d = strcmp(x->key, y->key);

	if (d == 0)
		d = strcmp(x->label, y->label);
	return d != 0 ? d : x->number < y->number ? -1 : x->number > y->number;
}

/* Those of one label become a line. */
static struct paper_index
index_of(struct visit *v, struct cite *cite, size_t count)
{
	struct index_line *line = arena_alloc(v->arena, (count + 1) * sizeof *line);
	long long *number = arena_alloc(v->arena, (count + 1) * sizeof *number);
	size_t i, n = 0;

	if (line == NULL || number == NULL)
		return (struct paper_index){ NULL, 0 };
	qsort(cite, count, sizeof *cite, compare_cites);
	for (i = 0; i < count; i++) {
		number[i] = cite[i].number;
		if (n == 0 || strcmp(line[n - 1].label, cite[i].label) != 0)
			line[n++] = (struct index_line){ cite[i].label, &number[i], 0 };
		line[n - 1].count++;
	}
	return (struct paper_index){ line, n };
}

static struct paper_index
by_commune(struct booklet *b)
{
	struct cite *cite = arena_alloc(b->v.arena, (b->found.count + 1) * sizeof *cite);
	size_t i, n = 0;

	for (i = 0; cite != NULL && i < b->found.count; i++)
		if (*b->found.hit[i].commune != '\0')
			cite[n++] = (struct cite){ slug_of(b->v.arena, b->found.hit[i].commune),
			    b->found.hit[i].commune, (long long)i + 1 };
	return cite == NULL ? (struct paper_index){ NULL, 0 } : index_of(&b->v, cite, n);
}

static size_t
count_words(const char *words)
{
	size_t n = *words != '\0';

	for (; *words != '\0'; words++)
		n += *words == ' ';
	return n;
}

static struct paper_index
by_practice(struct booklet *b)
{
	struct cite *cite;
	size_t i, n = 0, most = 1;

	for (i = 0; i < b->found.count; i++)
		most += count_words(b->found.hit[i].practices);
	if ((cite = arena_alloc(b->v.arena, most * sizeof *cite)) == NULL)
		return (struct paper_index){ NULL, 0 };
	for (i = 0; i < b->found.count; i++) {
		struct span rest = span_str(b->found.hit[i].practices);

		while (rest.len > 0 && n < most) {
			struct span key = span_cut(&rest, ' ');
			const char *label = practice_label(&b->v, printed(&b->v, "%.*s", (int)key.len, key.ptr));

			cite[n++] = (struct cite){ slug_of(b->v.arena, label), label, (long long)i + 1 };
		}
	}
	return index_of(&b->v, cite, n);
}

/* --- the title page ---------------------------------------------------------------------------------- */

/* Filters whose values have labels of their own. */
static const char *
value_label(struct booklet *b, const char *name, const char *value)
{
	static const struct { const char *name, *prefix; } labelled[] = {
		{ "kind", "kinds_" }, { "axis", "axis_" }, { "access", "access_" }, { "status", "status_" },
		{ "terms", "terms_" }, { "type", "item_type_" },
	};
	size_t i;

	if (strcmp(name, "practice") == 0)
		return practice_label(&b->v, value);
	for (i = 0; i < COUNT(labelled); i++)
		if (strcmp(labelled[i].name, name) == 0)
			return text_find(b->v.lang, labelled[i].prefix, value);
	return NULL;
}

/* The commune a list was narrowed to, by name: the address may have its INSEE code. */
static const char *
commune_name(const struct booklet *b, const char *value)
{
	return b->found.count > 0 && *b->found.hit[0].commune != '\0' ? b->found.hit[0].commune : value;
}

static void
fill_about(struct booklet *b)
{
	const struct fields *q = &b->v.req->query;
	struct link *at = arena_alloc(b->v.arena, ABOUT_MAX * sizeof *at);
	size_t i, n = 0;

	for (i = 0; at != NULL && i < q->count && n < ABOUT_MAX; i++) {
		const char *name = q->at[i].name, *value = q->at[i].value, *label = value_label(b, name, value);

		if (*value == '\0')
			continue;
		if (strcmp(name, "q") == 0)
			label = text_make(b->v.arena, text_get(b->v.lang, TEXT_booklet_words),
			    (const struct html_arg[]){ { .name = "words", .text = value }, { .name = NULL } });
		else if (strcmp(name, "commune") == 0)
			label = commune_name(b, value);
		else if (strcmp(name, "near") == 0 && b->query.near)
			label = text_make(b->v.arena, text_get(b->v.lang, TEXT_booklet_near),
			    (const struct html_arg[]){ { .name = "place", .text = value }, { .name = NULL } });
		if (label != NULL)
			at[n++] = (struct link){ .text = label, .note = "" };
	}
	b->view.about = (struct links){ at, n };
}

/* The terms of reuse of what is printed, each once. */
static void
fill_licences(struct booklet *b)
{
	struct link *at = arena_alloc(b->v.arena, LICENCES_MAX * sizeof *at);
	size_t i, k, n = 0;

	for (i = 0; at != NULL && i < b->found.count && n < LICENCES_MAX; i++) {
		const char *licence = b->found.hit[i].license;

		for (k = 0; k < n && strcmp(at[k].text, licence) != 0; k++)
			continue;
		if (k == n && *licence != '\0')
			at[n++] = (struct link){ .text = licence, .note = "" };
	}
	b->view.licence = (struct links){ at, n };
}

static void
fill_title(struct booklet *b)
{
	struct view_booklet *w = &b->view;
	const char *query = leave_query(&b->v), *author = request_query(b->v.req, "territory");
	char today[11];

	date_of(b->v.now_s, today);
	w->lang = b->v.lang;
	w->frame = &b->v.frame;
	w->title = author == NULL || *author == '\0' ? b->v.frame.site : author_name(&b->v, author);
	w->printed = date_long(b->v.arena, w->lang, printed(&b->v, "%s", today));
	w->back = visit_href(&b->v, printed(&b->v, "/catalogue%s%s", *query == '\0' ? "" : "?", query));
	w->address = *b->v.base == '\0' ? "" : printed(&b->v, "%s/catalogue%s%s", b->v.base, *query == '\0' ? "" : "?",
	    query);
	w->qr = qr_make(b->v.arena, w->address);
	w->count = (long long)b->found.count;
	w->total = (long long)b->found.total;
	b->v.frame.paper = b->v.frame.hidden = 1;
	b->v.frame.section = "catalogue";
	b->v.frame.title = text_make(b->v.arena, text_get(w->lang, TEXT_booklet_title), (const struct html_arg[]){
	    { .name = "name", .text = w->title }, { .name = NULL } });
}

/* --- the page ----------------------------------------------------------------------------------------- */

static int
fill_booklet(struct booklet *b, struct err *e)
{
	struct search_reader *r = visit_search(&b->v, e);

	if (r == NULL)
		return -1;
	query_read(b->v.node, b->v.req, r, &b->query);
	b->query.lang = (struct span){ NULL, 0 };	/* the page's language, here */
	b->query.facets = 0;
	b->query.offset = 0;
	b->query.limit = ENTRIES_MAX;
	if (visit_find(&b->v, &b->query, &b->found, e) == -1 || put_in_order(b, e) == -1 ||
	    fill_entries(b, e) == -1 || fill_chapters(b, e) == -1)
		return -1;
	b->view.commune = by_commune(b);
	b->view.practice = by_practice(b);
	fill_title(b);
	fill_about(b);
	fill_licences(b);
	return 0;
}

int
booklet_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct booklet *b = arena_alloc(req->arena, sizeof *b);
	int rc = -1;

	if (b == NULL)
		return err_memory(e);
	if (visit_begin(&b->v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_booklet(b, e) == 0)
		rc = page_booklet(&b->view, &res->body, e);
	return visit_end(&b->v, rc, e);
}
