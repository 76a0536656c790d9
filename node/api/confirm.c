/* SPDX-License-Identifier: AGPL-3.0-or-later
 * confirm.c - "still true": own records that nobody stood by for long, and saying that they still hold. */
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/confirm.h"
#include "node/core/node.h"
#include "proto/canon.h"

#define DAYS_MAX 36500

struct listing {
	struct emit j;
	int64_t now;
	size_t n;
};

static int
print_row(void *ctx, const struct stored *row, int64_t since, struct err *e)
{
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	struct listing *l = ctx;
	char name[REF_CHARS_MAX + 1];
	struct span raw;

	(void)e;
	ref_format(&ref, name);
	emit_object(&l->j);
	emit_put_text(&l->j, "ref", name);
	emit_key(&l->j, "name");
	if (canon_get(row->record.content, "name", &raw) && canon_is_string(raw))
		emit_raw(&l->j, raw);
	else
		emit_text(&l->j, "");
	emit_put_int(&l->j, "since", since);
	emit_put_int(&l->j, "days", (l->now - since) / DAY_S);
	emit_object_end(&l->j);
	return ++l->n == CONFIRM_MAX;
}

static int
days_of(const struct request *req, int64_t *older_s, struct err *e)
{
	if (param_int(req, "days", 0, DAYS_MAX, CONFIRM_ASK_S / DAY_S, older_s, e) == -1)
		return -1;
	*older_s *= DAY_S;
	return 0;
}

int
api_stale_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct listing l = { .now = node_now(node) };
	struct reader *r = NULL;
	int64_t older_s;
	int rc;

	if (days_of(req, &older_s, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	emit_start(&l.j, &res->body, e);
	emit_array(&l.j);
	rc = confirm_list(node, r, older_s, print_row, &l, e);
	store_read_end(r);
	emit_array_end(&l.j);
	emit_line(&l.j);
	return rc == -1 ? -1 : emit_end(&l.j);
}

struct collecting {
	struct arena *arena;
	const char **ref;
	size_t n;
};

static int
collect(void *ctx, const struct stored *row, int64_t since, struct err *e)
{
	struct ref ref = { row->record.author, row->record.kind_name, row->record.rid };
	struct collecting *c = ctx;
	char name[REF_CHARS_MAX + 1];

	(void)since;
	ref_format(&ref, name);
	if ((c->ref[c->n++] = arena_copy(c->arena, span_str(name))) == NULL)
		return err_memory(e);
	return c->n == CONFIRM_MAX;
}

/* One by its name, or as many as are older. */
static int
which(struct node *node, const struct request *req, struct collecting *c, struct err *e)
{
	const char *ref = param_text(req, "ref");
	struct reader *r = NULL;
	int64_t older_s;
	int rc;

	if (ref != NULL) {
		c->ref[c->n++] = ref;
		return 0;
	}
	if (param_text(req, "days") == NULL)
		return err_set(e, ERR_USAGE, "say which: ref, or days");
	if (days_of(req, &older_s, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	rc = confirm_list(node, r, older_s, collect, c, e);
	store_read_end(r);
	return rc;
}

int
api_confirm(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct collecting c = { .arena = req->arena, .ref = arena_alloc(req->arena, CONFIRM_MAX * sizeof *c.ref) };
	struct emit j;
	size_t done;

	if (c.ref == NULL)
		return err_memory(e);
	if (which(node, req, &c, e) == -1 || confirm_records(node, c.ref, c.n, &done, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_int(&j, "confirmed", (int64_t)done);
	emit_put_bool(&j, "more", c.n == CONFIRM_MAX);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}
