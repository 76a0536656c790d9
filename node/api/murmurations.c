/* SPDX-License-Identifier: AGPL-3.0-or-later
 * murmurations.c - Murmurations profiles, each at an address that stays, and the list of these addresses for the
 * operator to tell an index.  This node tells none by itself.
 *
 * An index forgets a profile when its address answers 404, so everything that is gone answers so, whatever the reason.
 */
#include <string.h>

#include "node/api/api.h"
#include "node/api/lists.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "node/web/locale.h"
#include "proto/canon.h"

#define PROFILES_MAX 50000

int
api_shown_record(struct node *n, const struct request *req, const struct ref *ref, struct stored *row, struct err *e)
{
	struct reader *r;
	struct err why;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_is_blocked(r, ref, e)) == 0)
		rc = store_get(r, ref, req->arena, row, e);
	else if (rc == 1)
		rc = 0;
	store_read_end(r);
	if (rc == 1 && (row->record.deleted || !row->in_set || row->record.kind == KIND_UNKNOWN ||
	    kind_check(row->record.kind, row->record.content, NULL, &why) == -1))
		return 0;
	return rc;
}

/* Has its last day passed? */
static int
is_over(const struct record *r, int64_t now_s)
{
	struct span raw, until;
	char today[11];

	date_of(now_s, today);
	return canon_get(r->content, "until", &raw) && canon_plain(raw, &until) && until.len == 10 &&
	    memcmp(until.ptr, today, 10) < 0;
}

int
api_murmurations_profile(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct ref ref = { span_str(request_arg(req, 0)), span_str(request_arg(req, 1)), span_str(request_arg(req, 2)) };
	struct forming f = { .form = form_find("murmurations"), .out = &res->body, .title = n->config.name,
		.publisher = n->config.name, .base = list_base(n, req), .self = req->raw_path, .now_s = node_now(n),
		.single = 1 };
	struct stored row;
	int rc = api_shown_record(n, req, &ref, &row, e);

	if (rc == -1)
		return -1;
	if (rc == 0 || is_over(&row.record, f.now_s))
		return err_set(e, ERR_NOT_FOUND, "there is no such profile");
	if (form_begin(&f, e) == -1 || form_row(&f, &row.record, e) == -1 || form_end(&f, e) == -1) {
		form_clear(&f);
		return -1;
	}
	return f.count > 0 ? 0 : err_set(e, ERR_NOT_FOUND, "a record of this kind has no profile");
}

static int
is_own(void *ctx, const struct search_card *c)
{
	(void)ctx;
	return c->own;
}

int
api_murmurations_list(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct search_query q = { .now_s = node_now(n), .upcoming = 1, .sort = SEARCH_NEWEST };
	struct forming f = { .form = form_find("murmurations-addresses"), .out = &res->body, .title = n->config.name,
		.publisher = n->config.name, .base = list_base(n, req), .self = req->raw_path, .now_s = q.now_s };
	struct search_reader *sr;
	int rc;

	if (list_unchanged(n, req, res))
		return 0;
	if ((sr = search_take(n->search, e)) == NULL)
		return -1;
	q.kinds = f.form->kinds;
	res->type = f.form->type;
	res->body.max = LIST_BYTES_MAX;
	rc = list_write(n, sr, &(struct list_walk){ .q = &q, .rows_max = PROFILES_MAX, .looked_max = PROFILES_MAX,
	    .wanted = is_own }, &f, e);
	search_give(n->search, sr);
	return rc;
}
