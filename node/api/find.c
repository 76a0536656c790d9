/* SPDX-License-Identifier: AGPL-3.0-or-later
 * find.c - search and suggestions as JSON. */
#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/query.h"
#include "node/core/node.h"
#include "node/search/search.h"
#include "proto/vocab.h"

#define SUGGESTIONS 10

static void
print_terms(struct emit *j, const char *name, enum vocab_name vocab, uint32_t mask)
{
	const struct vocab *v = vocab_get(vocab);
	size_t i;

	if (mask == 0)
		return;
	emit_key(j, name);
	emit_array(j);
	for (i = 0; i < v->count && i < 32; i++)
		if (mask & UINT32_C(1) << i)
			emit_text(j, v->term[i].key);
	emit_array_end(j);
}

static void
put_if(struct emit *j, const char *name, const char *s)
{
	if (*s != '\0')
		emit_put_text(j, name, s);
}

static void
print_words(struct emit *j, const char *name, const char *words)
{
	struct span rest = span_str(words);

	if (rest.len == 0)
		return;
	emit_key(j, name);
	emit_array(j);
	while (rest.len > 0)
		emit_span(j, span_cut(&rest, ' '));
	emit_array_end(j);
}

static void
print_place(struct emit *j, const struct search_card *c)
{
	put_if(j, "commune", c->commune);
	put_if(j, "insee", c->insee);
	put_if(j, "postcode", c->postcode);
	if (c->has_position) {
		emit_put_int(j, "lat_e7", c->lat_e7);
		emit_put_int(j, "lon_e7", c->lon_e7);
	}
	if (c->distance_m >= 0)
		emit_put_int(j, "distance_m", c->distance_m);
}

static void
print_card(struct emit *j, const struct search_card *c)
{
	const char *kind = kind_info(c->kind)->name;
	struct ref ref = { span_str(c->author), span_str(kind), span_str(c->rid) };
	char name[REF_CHARS_MAX + 1];

	ref_format(&ref, name);
	emit_object(j);
	emit_put_text(j, "ref", name);
	emit_put_text(j, "kind", kind);
	emit_put_text(j, "title", c->title);
	put_if(j, "summary", c->summary);
	emit_put_text(j, "author", c->author);
	put_if(j, "author_name", c->author_name);
	print_place(j, c);
	print_terms(j, "axes", VOCAB_AXIS, c->axes);
	print_words(j, "practices", c->practices);
	print_terms(j, "access", VOCAB_ACCESS, c->access);
	print_terms(j, "terms", VOCAB_EXCHANGE_TERMS, c->terms);
	if (c->status >= 0)
		emit_put_text(j, "status", vocab_get(VOCAB_STATUS)->term[c->status].key);
	put_if(j, "type", c->type);
	put_if(j, "by", c->by);
	put_if(j, "starts", c->starts);
	put_if(j, "ends", c->ends);
	put_if(j, "until", c->until);
	put_if(j, "published", c->published);
	put_if(j, "event_status", c->event_status);
	put_if(j, "hours", c->hours);
	put_if(j, "lang", c->lang);
	put_if(j, "license", c->license);
	emit_put_int(j, "updated", c->updated);
	emit_put_int(j, "expires", c->expires);
	emit_put_bool(j, "example", c->example);
	emit_put_bool(j, "lapsed", c->lapsed);
	emit_object_end(j);
}

static const char *const facet_name[FACET__COUNT] = {
	[FACET_KIND] = "kind", [FACET_AXIS] = "axis", [FACET_PRACTICE] = "practice",
	[FACET_ACCESS] = "access", [FACET_STATUS] = "status", [FACET_TERMS] = "terms",
	[FACET_TYPE] = "type", [FACET_AUTHOR] = "territory", [FACET_COMMUNE] = "commune",
	[FACET_LANG] = "lang",
};

static void
print_facets(struct emit *j, const struct search_result *found)
{
	size_t f, i;

	emit_key(j, "facets");
	emit_object(j);
	for (f = 0; f < FACET__COUNT; f++) {
		if (found->facet[f].count == 0)
			continue;
		emit_key(j, facet_name[f]);
		emit_array(j);
		for (i = 0; i < found->facet[f].count; i++) {
			emit_object(j);
			emit_put_text(j, "key", found->facet[f].value[i].key);
			put_if(j, "label", found->facet[f].value[i].label);
			emit_put_int(j, "count", found->facet[f].value[i].count);
			emit_object_end(j);
		}
		emit_array_end(j);
	}
	emit_object_end(j);
}

int
api_search(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct search_reader *r = search_take(node->search, e);
	struct search_result found = { 0 };
	struct search_query q;
	struct emit j;
	size_t i;
	int rc;

	if (r == NULL)
		return -1;
	query_read(node, req, r, &q);
	rc = search_run(r, &q, req->arena, &found, e);
	search_give(node->search, r);
	if (rc == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_int(&j, "total", (int64_t)found.total);
	emit_put_bool(&j, "cut", found.cut);
	emit_put_bool(&j, "loose", found.loose);
	emit_put_int(&j, "offset", q.offset);
	emit_key(&j, "hits");
	emit_array(&j);
	for (i = 0; i < found.count; i++)
		print_card(&j, &found.hit[i]);
	emit_array_end(&j);
	print_facets(&j, &found);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_suggest(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct search_query q = { .text = span_str(request_query(req, "q")), .titles_only = 1,
		.limit = SUGGESTIONS, .now_s = node_now(node) };
	struct search_reader *r = search_take(node->search, e);
	struct search_result found = { 0 };
	struct emit j;
	size_t i;
	int rc;

	if (r == NULL)
		return -1;
	rc = q.text.len == 0 ? 0 : search_run(r, &q, req->arena, &found, e);
	search_give(node->search, r);
	if (rc == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_array(&j);
	for (i = 0; i < found.count; i++)
		print_card(&j, &found.hit[i]);
	emit_array_end(&j);
	emit_line(&j);
	return emit_end(&j);
}
