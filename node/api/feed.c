/* SPDX-License-Identifier: AGPL-3.0-or-later
 * feed.c - what peers exchange: changes, records by id, offered batches, reconciliation (SPEC: Sync). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/cursor.h"
#include "node/api/emit.h"
#include "node/core/intake.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/version.h"
#include "node/store/store.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/negentropy.h"
#include "proto/part.h"
#include "proto/set.h"

#define GZIP_LEVEL_SYNC 6	/* records compress well, and peers may be far away */

/* --- changes ------------------------------------------------------------------------------- */

struct changes {
	struct changes_filter filter;
	int64_t since, limit, wait_s;
	int reset;
};

static int
read_filter(const struct request *req, struct changes_filter *f, struct err *e)
{
	struct part part;

	f->author = param_text(req, "author");
	f->kind = param_text(req, "kind");
	f->part = param_text(req, "part");
	if (f->part != NULL && part_parse(span_str(f->part), &part, e) == -1)
		return -1;
	if (f->kind != NULL && !ref_kind_ok(span_str(f->kind)))
		return err_set(e, ERR_USAGE, "kind is not the name of a kind: [a-z-]{1,24}");
	if (f->author != NULL && strncmp(f->author, "did:key:", 8) != 0)
		return err_set(e, ERR_USAGE, "author is not a did:key");
	return 0;
}

static struct shelf_filter
as_key(const struct changes_filter *f)
{
	return (struct shelf_filter){ .author = f->author, .kind = f->kind, .part = f->part };
}

static int
read_changes(const struct node *node, const struct request *req, struct changes *c, struct err *e)
{
	struct shelf_filter key;

	if (read_filter(req, &c->filter, e) == -1 ||
	    param_int(req, "limit", 1, INT32_MAX, CHANGES_RECORDS_MAX, &c->limit, e) == -1 ||
	    param_int(req, "wait", 0, INT32_MAX, 0, &c->wait_s, e) == -1)
		return -1;
	if (c->limit > CHANGES_RECORDS_MAX)
		c->limit = CHANGES_RECORDS_MAX;
	if (c->wait_s > CHANGES_WAIT_S_MAX)
		c->wait_s = CHANGES_WAIT_S_MAX;
	key = as_key(&c->filter);
	c->reset = !cursor_read(span_str(request_query(req, "since")), store_epoch(node->store), &key,
	    &c->since) || c->since > store_seq(node->store);
	return 0;
}

/* The state of the part that is asked for: from the shelf, where it is kept in step.  When a client probes it
 * is put there, since the comparison that follows wants it too. */
static void
put_part(const struct node *node, const struct changes *c, struct emit *j)
{
	uint8_t state[SET_FINGERPRINT_BYTES];
	const struct set *set;
	struct err e;

	if (c->filter.part == NULL || store_set_part(node->store, &c->filter, !c->reset, &set, &e) == -1)
		return;
	set_state(set, state);
	emit_put_hex(j, "part_state", state, sizeof state);
	emit_put_int(j, "part_count", (int64_t)set_count(set));
	store_set_done(node->store);
}

static int
put_holds(const struct node *node, struct emit *j, struct err *e)
{
	struct buf part = BUF_INIT(PART_CHARS_MAX);
	int rc = store_part(node->store, &part, e);

	if (rc == 0 && part.len > 0)
		emit_put_text(j, "holds", part.ptr);
	buf_clear(&part);
	return rc;
}

/* The line that ends each page: where to go on, whether there is more at once, and the whole set's
 * fingerprint, read after the rows: a state later than the cursor does no harm. */
static int
cursor_line(const struct node *node, const struct changes *c, int64_t seq, int more, struct buf *out,
    struct err *e)
{
	const struct set *set;
	uint8_t state[SET_FINGERPRINT_BYTES];
	struct shelf_filter key = as_key(&c->filter);
	char text[CURSOR_CHARS_MAX + 1];
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	if (c->reset) {
		emit_put_bool(&j, "reset", 1);
		emit_put_text(&j, "software", ESSAIM_PROTOCOL " essaim " ESSAIM_VERSION);
	}
	cursor_format(store_epoch(node->store), seq, &key, text);
	emit_put_text(&j, "cursor", text);
	if (!c->reset)
		emit_put_bool(&j, "more", more);
	set = store_set(node->store);
	set_state(set, state);
	emit_put_hex(&j, "state", state, sizeof state);
	emit_put_int(&j, "count", (int64_t)set_count(set));
	store_set_done(node->store);
	put_part(node, c, &j);
	if (put_holds(node, &j, e) == -1)
		return -1;
	emit_put_int(&j, "now", node_now(node));
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_changes(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct changes c = { 0 };
	struct reader *r = NULL;
	int64_t last = 0, until;
	size_t count = 0;
	int more = 0, rc = -1;

	if (read_changes(node, req, &c, e) == -1)
		return -1;
	res->type = TYPE_NDJSON;
	res->cache_control = "no-store";
	res->gzip_level = GZIP_LEVEL_SYNC;
	if (c.reset)
		return cursor_line(node, &c, store_seq(node->store), 0, &res->body, e);
	if (store_read(node->store, &r, e) == -1 ||
	    store_changes_raw(r, c.since, &c.filter, (size_t)c.limit, BATCH_BYTES_MAX, &res->body, &last,
	    &more, &count, e) == -1)
		goto out;
	until = req->first_ms + c.wait_s * 1000;
	if (count == 0 && !more && until > req->now_ms)
		res->park_until_ms = until;
	rc = cursor_line(node, &c, last > c.since ? last : c.since, more, &res->body, e);
out:
	store_read_end(r);
	return rc;
}

/* --- records -------------------------------------------------------------------------------- */

#define GET_SLICE 64

/* The records that fit one answer, whole slices at a time; whoever asked asks again for the rest. */
static int
get_records(struct reader *r, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e)
{
	size_t i, found, slice;

	for (i = 0; i < n; i += slice) {
		slice = n - i < GET_SLICE ? n - i : GET_SLICE;
		if (out->len + slice * (RECORD_BYTES_MAX + 1) > BATCH_BYTES_MAX)
			return 0;
		if (store_get_raw(r, id + i, slice, out, &found, e) == -1)
			return -1;
	}
	return 0;
}

int
api_records_get(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	size_t n = req->body.len / ID_BYTES;
	struct reader *r = NULL;
	uint8_t (*id)[ID_BYTES];
	int rc;

	if (req->body.len % ID_BYTES != 0)
		return err_set(e, ERR_INPUT, "the body is %zu bytes, not a row of %d-byte ids",
		    req->body.len, ID_BYTES);
	if (n > IDS_MAX)
		return err_set(e, ERR_LIMIT, "%zu ids, limit %d: ask in several requests", n, IDS_MAX);
	if ((id = arena_alloc(req->arena, req->body.len + 1)) == NULL)
		return err_memory(e);
	if (req->body.len > 0)
		memcpy(id, req->body.ptr, req->body.len);
	if (store_read(node->store, &r, e) == -1)
		return -1;
	res->type = TYPE_NDJSON;
	res->cache_control = "no-store";
	res->gzip_level = GZIP_LEVEL_SYNC;
	rc = get_records(r, (const uint8_t (*)[ID_BYTES])id, n, &res->body, e);
	store_read_end(r);
	return rc;
}

static size_t
count_lines(struct span body)
{
	size_t n = 0;

	while (body.len > 0)
		if (span_cut(&body, '\n').len > 0)
			n++;
	return n;
}

/* How far ahead of us the writer's clock is, for the one who can put it right. */
static const char *
held_detail(const struct offer_line *l, int64_t now, char *out, size_t size)
{
	int64_t at = l->record.created > l->record.updated ? l->record.created : l->record.updated;

	snprintf(out, size, "dated %" PRId64 " s ahead of this node's clock: check the clock it was signed by",
	    at - now);
	return out;
}

static void
print_offer(struct emit *j, const struct offer_line *l, int64_t now)
{
	char held[128];
	const char *detail = l->detail;
	int parsed = l->reason != REASON_SIZE && l->reason != REASON_CANONICAL &&
	    l->reason != REASON_ENVELOPE;

	if (l->reason == REASON_FUTURE)
		detail = held_detail(l, now, held, sizeof held);
	else if (detail[0] == '\0' && l->reason != REASON_NONE)
		detail = reason_text(l->reason);
	emit_object(j);
	if (parsed)
		emit_put_hex(j, "id", l->record.id, ID_BYTES);
	else {
		emit_key(j, "id");
		emit_null(j);
	}
	emit_put_text(j, "result", verdict_name(reason_verdict(l->reason)));
	emit_put_text(j, "reason", reason_name(l->reason));
	emit_put_text(j, "detail", detail);
	emit_object_end(j);
	emit_line(j);
}

int
api_records_offer(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct intake_result result = { 0 };
	struct emit j;
	size_t i, n = count_lines(req->body);
	int rc;

	if (n > BATCH_RECORDS_MAX)
		return err_set(e, ERR_LIMIT, "%zu records in one batch, limit %d: send several", n,
		    BATCH_RECORDS_MAX);
	if (intake_run(node->intake, req->body, req->client, &result, e) == -1)
		return -1;
	res->type = TYPE_NDJSON;
	res->cache_control = "no-store";
	emit_start(&j, &res->body, e);
	for (i = 0; i < result.count; i++)
		print_offer(&j, &result.line[i], node_now(node));
	rc = emit_end(&j);
	intake_result_clear(&result);
	return rc;
}

static int
record_ref(const struct request *req, struct ref *ref, struct err *e)
{
	const char *text = arena_printf(req->arena, "%s/%s/%s", request_arg(req, 0), request_arg(req, 1),
	    request_arg(req, 2));

	if (text == NULL)
		return err_memory(e);
	return ref_parse(span_str(text), ref, e);
}

/* What left the set because its author did is kept a while and not shown; own records that lapsed are. */
static int
find_record(struct node *node, struct reader *r, const struct request *req, struct stored *found,
    struct err *e)
{
	struct ref ref;
	int n;

	if (record_ref(req, &ref, e) == -1)
		return -1;
	if ((n = store_is_blocked(r, &ref, e)) == -1)
		return -1;
	if (n == 1)
		return err_set(e, ERR_GONE, "this node no longer shows that record");
	if ((n = store_get(r, &ref, req->arena, found, e)) == -1)
		return -1;
	if (n == 0 && store_is_outside(node->store, &ref))
		return err_set(e, ERR_SCOPE, "this node does not hold that record: it keeps only some areas or kinds;"
		    " another node may have it");
	if (n == 0 || (!found->in_set && keyring_find(node->keys, ref.author) == NULL))
		return err_set(e, ERR_NOT_FOUND, "this node has no such record; another node may");
	if (found->record.deleted)
		return err_set(e, ERR_GONE, "its author deleted that record");
	return 0;
}

int
api_record(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char *tag = arena_alloc(req->arena, HEX_CHARS(ID_BYTES) + 1);
	struct stored found = { 0 };
	struct reader *r = NULL;
	int rc = -1;

	if (tag == NULL)
		return err_memory(e);
	if (store_read(node->store, &r, e) == -1 || find_record(node, r, req, &found, e) == -1)
		goto out;
	hex_encode(found.record.id, ID_BYTES, tag, HEX_CHARS(ID_BYTES) + 1);
	if (request_matches(req, tag)) {
		rc = response_not_modified(res, tag);
		goto out;
	}
	res->etag = tag;
	rc = buf_addspan(&res->body, found.record.line, e);
out:
	store_read_end(r);
	return rc;
}

/* --- reconciliation -------------------------------------------------------------------------- */

static int
respond(const struct set *set, const struct request *req, struct response *res, struct err *e)
{
	struct negentropy_params params = NEGENTROPY_COMPACT;
	struct set_view view = SET_VIEW(set);

	return negentropy_respond(&params, &view, req->body, &res->body, e);
}

int
api_reconcile(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct changes_filter f = { 0 };
	const struct set *set = NULL;
	int rc;

	if (read_filter(req, &f, e) == -1)
		return -1;
	res->type = "application/octet-stream";
	res->cache_control = "no-store";
	res->body.max = RECONCILE_BYTES_MAX;
	if (store_set_part(node->store, &f, 0, &set, e) == -1)
		return -1;
	rc = respond(set, req, res, e);
	store_set_done(node->store);
	return rc;
}
