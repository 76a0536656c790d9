/* SPDX-License-Identifier: AGPL-3.0-or-later
 * own.c - the operator's own records and authors. */
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/clock.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "proto/limits.h"

#define LIST_ROWS_DEFAULT 1000
#define LIST_ROWS_MAX 5000

/* The author a request means: a name or did of ours; the node's own when it says nothing. */
static int
own_author(const struct node *node, const char *who, const struct keyring_author **out, struct err *e)
{
	*out = who == NULL ? (keyring_count(node->keys) > 0 ? keyring_at(node->keys, 0) : NULL)
	    : keyring_find(node->keys, span_str(who));
	if (*out == NULL)
		return err_set(e, ERR_NOT_FOUND,
		    "no key of author %s is here; 'essaim author list' shows whose are", who == NULL ? "?" : who);
	return 0;
}

/* --- list ----------------------------------------------------------------------------------- */

struct listing {
	struct buf *out;
	const char *after;
	int64_t left;
};

static int
list_row(void *ctx, const struct stored *row, struct err *e)
{
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	struct listing *l = ctx;
	char name[REF_CHARS_MAX + 1];

	ref_format(&ref, name);
	if (l->after != NULL && strcmp(name, l->after) <= 0)
		return 0;
	if (l->left-- == 0)
		return 1;
	return buf_addspan(l->out, row->record.line, e) == -1 || buf_addc(l->out, '\n', e) == -1 ? -1 : 0;
}

int
api_own_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct listing l = { .out = &res->body, .after = param_text(req, "after") };
	const struct keyring_author *author;
	struct reader *r = NULL;
	int rc;

	if (own_author(node, param_text(req, "author"), &author, e) == -1 ||
	    param_int(req, "limit", 1, LIST_ROWS_MAX, LIST_ROWS_DEFAULT, &l.left, e) == -1 ||
	    store_read(node->store, &r, e) == -1)
		return -1;
	res->type = TYPE_NDJSON;
	rc = store_list(r, author->did, param_text(req, "kind"), param_flag(req, "deleted"), list_row, &l, e);
	store_read_end(r);
	return rc;
}

/* --- put, delete ----------------------------------------------------------------------------- */

static const char *const outcome_name[] = {
	[PUT_SAME] = "same", [PUT_NEW] = "new", [PUT_CHANGED] = "changed",
};

/* Every fault at once, so that a form or a file is put right in one go. */
static int
answer_faults(const struct node_put_result *done, struct response *res, struct err *e)
{
	struct emit j;
	size_t i;

	res->status = err_info(done->err.code)->http_status;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "error", err_info(done->err.code)->name);
	emit_put_text(&j, "message", done->err.text);
	emit_key(&j, "faults");
	emit_array(&j);
	for (i = 0; i < done->faults.count; i++) {
		emit_object(&j);
		emit_put_text(&j, "field", done->faults.fault[i].name);
		emit_put_text(&j, "why", done->faults.fault[i].why);
		emit_put_text(&j, "text", fault_text(done->faults.fault[i].why));
		emit_object_end(&j);
	}
	emit_array_end(&j);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_own_put(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct node_put p = { .author = param_text(req, "author"), .rid = param_text(req, "rid"),
		.lang = param_text(req, "lang"), .license = param_text(req, "license"),
		.content = req->body };
	struct node_put_result *done = arena_alloc(req->arena, sizeof *done);
	struct clock_view clock;
	const char *kind;
	struct emit j;

	if (done == NULL)
		return err_memory(e);
	if (param_need(req, "kind", &kind, e) == -1)
		return -1;
	if ((p.kind = kind_find(span_str(kind))) == KIND_UNKNOWN || !(kind_info(p.kind)->flags & KIND_FORM))
		return err_set(e, ERR_USAGE, "%s is not a kind of record that can be written by hand", kind);
	if (node_put(node, &p, done, e) == -1)
		return done->faults.count > 0 ? answer_faults(done, res, e) : -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "ref", done->ref);
	emit_put_text(&j, "outcome", outcome_name[done->outcome]);
	if (clock_look(node, &clock, e) == -1)
		return -1;
	if (clock.standing != CLOCK_AGREES)
		emit_put_text(&j, "warning", clock.text);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_own_delete(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *text = arena_printf(req->arena, "%s/%s/%s", request_arg(req, 0), request_arg(req, 1),
	    request_arg(req, 2));
	struct ref ref;
	struct emit j;

	if (text == NULL)
		return err_memory(e);
	if (ref_parse(span_str(text), &ref, e) == -1 || node_delete(node, &ref, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "ref", text);
	emit_put_text(&j, "outcome", "deleted");
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- authors --------------------------------------------------------------------------------- */

int
api_author_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct emit j;
	size_t i;

	(void)req;
	emit_start(&j, &res->body, e);
	emit_array(&j);
	for (i = 0; i < keyring_count(node->keys); i++) {
		const struct keyring_author *a = keyring_at(node->keys, i);
		struct author_info info = { 0 };

		store_author(node->store, span_str(a->did), &info);
		emit_object(&j);
		emit_put_text(&j, "name", a->name);
		emit_put_text(&j, "did", a->did);
		emit_put_bool(&j, "root_here", a->has_root);
		emit_put_int(&j, "live", info.live);
		emit_put_int(&j, "tombstones", info.tombstones);
		emit_object_end(&j);
	}
	emit_array_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_author_add(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char did[DIDKEY_CHARS + 1];
	const char *name;
	struct emit j;

	if (param_need(req, "name", &name, e) == -1 || node_author_add(node, name, did, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "name", name);
	emit_put_text(&j, "did", did);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}
