/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lists.c - any list of the pages, and any record, in another form: the same path and query with an ending.
 */
#include <stdio.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/lists.h"
#include "node/api/query.h"
#include "node/core/indexer.h"
#include "node/core/node.h"
#include "node/forms/forms.h"
#include "node/search/search.h"
#include "node/store/store.h"

#define LIST_ROWS_MAX 5000
#define BIT(k) (1u << (k))

/* What each list holds when the query says nothing else. */
static const struct list {
	const char *path, *title;
	uint32_t kinds;
	int upcoming;
	enum search_sort sort;
} list_table[] = {
	{ "/catalogue.", "catalogue", 0, 0, SEARCH_BEST },
	{ "/offers.", "propose, cherche", BIT(KIND_OFFER) | BIT(KIND_NEED), 1, SEARCH_NEWEST },
	{ "/agenda.", "agenda", BIT(KIND_EVENT), 1, SEARCH_SOONEST },
	{ "/library.", "bibliothèque", BIT(KIND_DOCUMENT) | BIT(KIND_SYNTHESIS) | BIT(KIND_QUESTION), 0,
	    SEARCH_NEWEST },
};

static const struct list *
list_find(const char *path)
{
	for (size_t i = 0; i < sizeof list_table / sizeof list_table[0]; i++)
		if (strncmp(path, list_table[i].path, strlen(list_table[i].path)) == 0)
			return &list_table[i];
	return NULL;
}

static const struct form *
form_of(const char *name, struct err *e)
{
	const struct form *form = form_find(name);

	if (form == NULL)
		err_set(e, ERR_NOT_FOUND, "no form \"%s\": there are ndjson, csv, geojson, jsonld, atom, ics, gogofull, gogocompact, "
		    "gogosync and murmurations", name);
	return form;
}

const char *
list_base(struct node *n, const struct request *req)
{
	const char *host = req->header[HEADER_HOST];

	if (n->config.url[0] != '\0')
		return n->config.url;
	if (host == NULL || host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")]
	    != '\0')
		return "";
	host = arena_printf(req->arena, "%s://%s", req->https ? "https" : "http", host);
	return host == NULL ? "" : host;
}

int
list_unchanged(struct node *n, const struct request *req, struct response *res)
{
	res->etag = arena_printf(req->arena, "%lld-%llx", (long long)indexer_seq(n->indexer),
	    (unsigned long long)(node_now(n) / 86400));
	if (res->etag == NULL || !request_matches(req, res->etag))
		return 0;
	response_not_modified(res, res->etag);
	return 1;
}

static int
write_hits(struct reader *r, const struct list_walk *w, const struct search_result *found, struct forming *f,
    struct err *e)
{
	for (size_t i = 0; i < found->count && f->count < w->rows_max; i++) {
		const struct search_card *c = &found->hit[i];
		struct ref ref = { span_str(c->author), span_str(kind_info(c->kind)->name), span_str(c->rid) };
		struct arena a = {0};
		struct stored row;
		int rc;

		if (w->wanted != NULL && !w->wanted(w->ctx, c))
			continue;
		if ((rc = store_get(r, &ref, &a, &row, e)) == 1)
			rc = form_row(f, &row.record, e);
		arena_clear(&a);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
list_write(struct node *n, struct search_reader *sr, const struct list_walk *w, struct forming *f, struct err *e)
{
	struct search_query *q = w->q;
	struct reader *r;
	int rc;

	q->limit = SEARCH_LIMIT_MAX;
	q->facets = 0;
	f->kinds = q->kinds;
	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = form_begin(f, e);
	for (q->offset = 0; rc == 0 && q->offset < w->looked_max && f->count < w->rows_max; q->offset += SEARCH_LIMIT_MAX) {
		struct arena a = {0};
		struct search_result found;

		if ((rc = search_run(sr, q, &a, &found, e)) == 0)
			rc = write_hits(r, w, &found, f, e);
		arena_clear(&a);
		if (rc == 0 && found.count < SEARCH_LIMIT_MAX)
			break;
	}
	store_read_end(r);
	if (rc == 0)
		rc = form_end(f, e);
	if (rc == -1)
		form_clear(f);
	return rc;
}

static int
write_list(struct node *n, const struct request *req, const struct list *list, struct search_reader *sr,
    struct forming *f, struct err *e)
{
	struct search_query q = {0};

	query_read(n, req, sr, &q);
	if (q.kinds == 0)
		q.kinds = list->kinds;
	else if (list->kinds != 0)
		q.kinds &= list->kinds;
	if (request_query(req, "upcoming") == NULL)
		q.upcoming = list->upcoming;
	if (q.sort == SEARCH_BEST && q.text.len == 0)
		q.sort = list->sort;
	return list_write(n, sr, &(struct list_walk){ .q = &q, .rows_max = LIST_ROWS_MAX, .looked_max = LIST_ROWS_MAX }, f, e);
}

int
api_list(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const struct list *list = list_find(req->path);
	const struct form *form = form_of(request_arg(req, 0), e);
	struct forming f = { .form = form, .out = &res->body, .publisher = n->config.name,
	    .base = list_base(n, req), .now_s = node_now(n) };
	struct search_reader *sr;
	int rc;

	if (form == NULL)
		return -1;
	if (list == NULL)
		return err_set(e, ERR_NOT_FOUND, "no such list");
	if (list_unchanged(n, req, res))
		return 0;
	f.title = arena_printf(req->arena, "%s – %s", n->config.name, list->title);
	f.self = arena_printf(req->arena, "%s%s%s", req->raw_path, req->raw_query[0] == '\0' ? "" : "?",
	    req->raw_query);
	if (f.title == NULL || f.self == NULL)
		return err_memory(e);
	if ((sr = search_take(n->search, e)) == NULL)
		return -1;
	res->type = form->type;
	res->cross_origin = 1;
	res->body.max = LIST_BYTES_MAX;
	rc = write_list(n, req, list, sr, &f, e);
	search_give(n->search, sr);
	return rc;
}

int
api_record_form(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct ref ref = { span_str(request_arg(req, 0)), span_str(request_arg(req, 1)),
	    span_str(request_arg(req, 2)) };
	const struct form *form = form_of(request_arg(req, 3), e);
	struct forming f = { .form = form, .out = &res->body, .publisher = n->config.name,
	    .base = list_base(n, req), .self = req->raw_path, .now_s = node_now(n), .title = n->config.name };
	struct stored row;
	struct reader *r;
	int rc;

	if (form == NULL || store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_get(r, &ref, req->arena, &row, e);
	store_read_end(r);
	if (rc != 1)
		return rc == -1 ? -1 : err_set(e, ERR_NOT_FOUND, "no such record");
	if (row.record.deleted)
		return err_set(e, ERR_GONE, "this record was deleted by its author");
	res->type = form->type;
	res->cross_origin = 1;
	f.kinds = BIT(row.record.kind);
	if (form_begin(&f, e) == -1 || form_row(&f, &row.record, e) == -1 || form_end(&f, e) == -1) {
		form_clear(&f);
		return -1;
	}
	return f.count > 0 ? 0 : err_set(e, ERR_NOT_FOUND, "a record of this kind has no such form");
}
