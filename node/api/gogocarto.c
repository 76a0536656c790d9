/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gogocarto.c - the addresses at which GoGoCarto maps ask each other for their elements, so that one of them
 * (Transiscope, say) takes this node in as a source like any other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/lists.h"
#include "node/core/indexer.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "node/web/locale.h"
#include "proto/ref.h"

#define GOGO_ELEMENTS_MAX 50000
#define CATEGORIES_MAX 128
#define DEGREES_PER_UNIT 1e7

/* What an element must be, beside what the search was asked. */
struct gogo_ask {
	uint32_t axes;			/* bits 1 << vocab_index; with practice[] alternatives */
	const char *practice[CATEGORIES_MAX];
	size_t practices;
	int by_category, own_only;
};

static int
has_word(const char *words, const char *word)
{
	struct span rest = span_str(words);

	while (rest.len > 0)
		if (span_is(span_cut(&rest, ' '), word))
			return 1;
	return 0;
}

static int
is_wanted(void *ctx, const struct search_card *c)
{
	const struct gogo_ask *ask = ctx;
	size_t i;

	if (!c->has_position || (ask->own_only && !c->own))
		return 0;
	if (!ask->by_category || (c->axes & ask->axes) != 0)
		return 1;
	for (i = 0; i < ask->practices; i++)
		if (has_word(c->practices, ask->practice[i]))
			return 1;
	return 0;
}

/* A broader practice stands for the narrower ones below it too. */
static void
add_category(struct gogo_ask *ask, unsigned long id)
{
	const struct vocab *axes = vocab_get(VOCAB_AXIS), *practices = vocab_get(VOCAB_PRACTICE);
	size_t i;

	for (i = 0; i < axes->count; i++)
		if (gogo_option(VOCAB_AXIS, span_str(axes->term[i].key)) == id)
			ask->axes |= UINT32_C(1) << i;
	for (i = 0; i < practices->count && ask->practices < CATEGORIES_MAX; i++) {
		const struct term *t = &practices->term[i];

		if (gogo_option(VOCAB_PRACTICE, span_str(t->key)) == id || (t->parent != NULL &&
		    gogo_option(VOCAB_PRACTICE, span_str(t->parent)) == id))
			ask->practice[ask->practices++] = t->key;
	}
}

static void
read_categories(const char *text, struct gogo_ask *ask)
{
	char *end;

	for (; text != NULL && *text != '\0'; text = *end == '\0' ? end : end + 1) {
		ask->by_category = 1;
		add_category(ask, strtoul(text, &end, 10));
	}
}

/* "lng1,lat1,lng2,lat2": the corners of what a map shows. */
static int
read_bounds(const char *text, struct search_query *q, struct err *e)
{
	static const double most[] = { 180, 90, 180, 90 };
	double at[4];
	char *end;
	size_t i;

	if (text == NULL || *text == '\0')
		return 0;
	for (i = 0; i < 4; i++, text = end + 1) {
		at[i] = strtod(text, &end);
		if (end == text || *end != (i < 3 ? ',' : '\0') || !(at[i] >= -most[i] && at[i] <= most[i]))
			return err_set(e, ERR_USAGE, "bounds are lng1,lat1,lng2,lat2 in degrees");
	}
	q->boxed = 1;
	q->west = (int32_t)(at[0] * DEGREES_PER_UNIT);
	q->south = (int32_t)((at[1] < at[3] ? at[1] : at[3]) * DEGREES_PER_UNIT);
	q->east = (int32_t)(at[2] * DEGREES_PER_UNIT);
	q->north = (int32_t)((at[1] < at[3] ? at[3] : at[1]) * DEGREES_PER_UNIT);
	return 0;
}

static const struct form *
ontology_of(const struct request *req, struct err *e)
{
	const char *name = param_text(req, "ontology");
	const struct form *form = form_find(name == NULL ? "gogofull" : name);

	if (form == NULL || strncmp(form->name, "gogo", 4) != 0) {
		err_set(e, ERR_USAGE, "there are the ontologies gogofull, gogocompact and gogosync");
		return NULL;
	}
	return form;
}

static struct forming
forming_of(struct node *n, const struct request *req, struct response *res, const struct form *form)
{
	res->type = form->type;
	res->body.max = LIST_BYTES_MAX;
	return (struct forming){ .form = form, .out = &res->body, .title = n->config.name, .publisher = n->config.name,
		.base = list_base(n, req), .self = req->raw_path, .now_s = node_now(n) };
}

int
api_gogo_elements(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct search_query q = { .now_s = node_now(n), .upcoming = 1, .sort = SEARCH_NEWEST };
	const struct form *form = ontology_of(req, e);
	struct gogo_ask ask = { .own_only = param_flag(req, "excludeExternal") };
	struct search_reader *sr;
	struct forming f;
	int64_t limit;
	int rc;

	if (form == NULL || read_bounds(param_text(req, "bounds"), &q, e) == -1 ||
	    param_int(req, "limit", 1, GOGO_ELEMENTS_MAX, GOGO_ELEMENTS_MAX, &limit, e) == -1)
		return -1;
	if (list_unchanged(n, req, res))
		return 0;
	read_categories(param_text(req, "categories"), &ask);
	q.kinds = form->kinds;
	f = forming_of(n, req, res, form);
	if ((sr = search_take(n->search, e)) == NULL)
		return -1;
	rc = list_write(n, sr, &(struct list_walk){ .q = &q, .rows_max = (size_t)limit, .looked_max = GOGO_ELEMENTS_MAX,
	    .wanted = is_wanted, .ctx = &ask }, &f, e);
	search_give(n->search, sr);
	return rc == -1 && e->code == ERR_LIMIT ? err_wrap(e, "ask with bounds, limit or ontology=gogosync") : rc;
}

/* "did:key:…/initiative/k3v9…" with ".json" after it or not. */
static int
read_id(const struct request *req, struct ref *ref, struct err *e)
{
	const char *text = request_arg(req, 0);
	struct span rest = span_str(text);

	if (rest.len > 5 && strcmp(text + rest.len - 5, ".json") == 0)
		rest.len -= 5;
	return ref_parse(rest, ref, e) == 0 ? 0 : err_set(e, ERR_NOT_FOUND, "there is no such element");
}

int
api_gogo_element(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct forming f = forming_of(n, req, res, form_find("gogofull"));
	struct stored row;
	struct ref ref;
	int rc;

	if (read_id(req, &ref, e) == -1)
		return -1;
	if ((rc = api_shown_record(n, req, &ref, &row, e)) != 1)
		return rc == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "there is no such element");
	f.single = 1;
	if (form_begin(&f, e) == -1 || form_row(&f, &row.record, e) == -1 || form_end(&f, e) == -1) {
		form_clear(&f);
		return -1;
	}
	return f.count > 0 ? 0 : err_set(e, ERR_NOT_FOUND, "this record has no place on a map");
}

/* --- what the elements are told apart by ------------------------------------------------------------ */

/* A group of options needs a number of its own, unlike those of the terms. */
static void
open_group(struct emit *j, enum vocab_name vocab, const char *key, const char *name)
{
	char text[64];
	int n = snprintf(text, sizeof text, "%s/", key);

	emit_object(j);
	emit_put_int(j, "id", gogo_option(vocab, (struct span){ text, (size_t)n }));
	emit_put_text(j, "name", name);
	emit_put_int(j, "index", 0);
	emit_put_bool(j, "singleOption", 0);
	emit_key(j, "options");
	emit_array(j);
}

static void
close_group(struct emit *j)
{
	emit_array_end(j);
	emit_object_end(j);
}

static void
print_option(struct emit *j, enum vocab_name vocab, size_t i)
{
	const struct vocab *v = vocab_get(vocab);
	const char *key = v->term[i].key;
	size_t k, below = 0;

	emit_object(j);
	emit_put_int(j, "id", gogo_option(vocab, span_str(key)));
	emit_put_text(j, "name", gogo_label(vocab, key));
	emit_put_text(j, "customId", key);
	emit_put_int(j, "index", (int64_t)i);
	emit_key(j, "subcategories");
	emit_array(j);
	for (k = 0; k < v->count; k++)
		if (v->term[k].parent != NULL && strcmp(v->term[k].parent, key) == 0) {
			if (below++ == 0)
				open_group(j, vocab, key, gogo_label(vocab, key));
			print_option(j, vocab, k);
		}
	if (below > 0)
		close_group(j);
	emit_array_end(j);
	emit_object_end(j);
}

int
api_gogo_taxonomy(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	static const struct { enum vocab_name vocab; enum text title; } tree[] = {
		{ VOCAB_AXIS, TEXT_filter_axis }, { VOCAB_PRACTICE, TEXT_filter_practice },
	};
	struct emit j;
	size_t t, i;

	(void)n;
	(void)req;
	emit_start(&j, &res->body, e);
	emit_array(&j);
	for (t = 0; t < sizeof tree / sizeof tree[0]; t++) {
		const struct vocab *v = vocab_get(tree[t].vocab);

		open_group(&j, tree[t].vocab, "", text_get(LANG_FR, tree[t].title));
		for (i = 0; i < v->count; i++)
			if (v->term[i].parent == NULL)
				print_option(&j, tree[t].vocab, i);
		close_group(&j);
	}
	emit_array_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_gogo_project(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct search_query q = { .now_s = node_now(n), .upcoming = 1, .kinds = form_find("gogosync")->kinds, .limit = 1 };
	struct search_grid_ask nowhere = { .columns = 1, .rows = 1 };
	struct search_grid found;
	struct search_reader *sr = search_take(n->search, e);
	struct emit j;
	int rc;

	if (sr == NULL)
		return -1;
	rc = search_grid(sr, &q, &nowhere, req->arena, &found, e);
	search_give(n->search, sr);
	if (rc == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "name", n->config.name);
	emit_put_text(&j, "url", list_base(n, req));
	emit_put_text(&j, "description", "");
	emit_put_int(&j, "dataSize", (int64_t)found.located);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}
