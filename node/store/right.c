/* SPDX-License-Identifier: AGPL-3.0-or-later
 * right.c - what a wrong clock left behind is put right, once the clock is (SPEC: Clocks). */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

#define BATCH 500

struct righting {
	int64_t left, back;
	int more;
};

/* --- versions from the future --------------------------------------------------------------------- */

struct early {
	struct row row;
	char *peer, *body;
	size_t len;
};

static int
put_aside(struct store *s, const struct early *x, int64_t now, struct err *e)
{
	int64_t due = x->row.created - FUTURE_S;
	sqlite3_stmt *st;

	if (due > now + ASIDE_KEPT_S)
		return 0;
	st = db_stmt(&s->w, STMT_ASIDE_PUT);
	db_blob(st, 1, x->row.id, 32);
	db_str(st, 2, s->roster.author[x->row.author].info.did);
	db_int(st, 3, due);
	db_int(st, 4, now);
	db_str(st, 5, x->peer);
	db_blob(st, 6, x->body, x->len);
	return db_run(&s->w, st, e);
}

static int
read_early(struct store *s, struct early *x, size_t *n, struct arena *a, int64_t now, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_EARLY);
	int rc;

	db_int(st, 1, now + FUTURE_S);
	db_int(st, 2, BATCH);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		struct early *one = &x[(*n)++];
		struct span body = db_get_span(st, 8);

		one->row.author = (uint32_t)sqlite3_column_int64(st, 0);
		row_read(st, 1, &one->row);
		one->len = body.len;
		one->body = arena_copy(a, body);
		one->peer = sqlite3_column_type(st, 9) == SQLITE_NULL ? NULL : arena_copy(a, db_get_span(st, 9));
		if (one->body == NULL) {
			sqlite3_reset(st);
			return err_memory(e);
		}
	}
	return rc;
}

static int
drop_early(struct store *s, struct righting *w, struct err *e)
{
	int64_t now = s->config.now(s->config.now_ctx);
	struct arena a = { 0 };
	struct early *x = arena_alloc(&a, BATCH * sizeof *x);
	size_t n = 0, i;
	int rc = x == NULL ? err_memory(e) : read_early(s, x, &n, &a, now, e);

	for (i = 0; rc == 0 && i < n; i++)
		if ((rc = put_aside(s, &x[i], now, e)) == 0)
			rc = row_delete(s, &x[i].row, 0, e);
	w->left += (int64_t)n;
	w->more = n == BATCH;
	arena_clear(&a);
	return rc;
}

/* --- own records that had lapsed ------------------------------------------------------------------ */

static int
return_vouches(struct store *s, uint32_t author, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_OF_AUTHOR);
	struct arena a = { 0 };
	struct span *body = NULL;
	size_t n = 0, i;
	int rc;

	db_int(st, 1, author);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		struct span line = db_get_span(st, 7);

		if (sqlite3_column_int(st, 6) != CLASS_VOUCH || !sqlite3_column_int(st, 5))
			continue;
		if ((body = arena_more(&a, body, n, sizeof *body)) == NULL ||
		    (body[n].ptr = arena_copy(&a, line)) == NULL) {
			sqlite3_reset(st);
			rc = err_memory(e);
			break;
		}
		body[n++].len = line.len;
	}
	for (i = 0; rc == 0 && i < n; i++) {
		struct record r;
		enum reason why;

		if ((rc = record_parse(body[i], &r, &why, e)) == 0)
			rc = offer_take_vouch(s, author, &r, e);
	}
	arena_clear(&a);
	return rc;
}

static int
return_own(struct store *s, struct righting *w, struct err *e)
{
	int64_t lapsed = s->roster.lapsed;
	uint32_t i;

	for (i = 0; i < s->roster.count; i++)
		if (s->roster.author[i].info.own && (row_enter_author(s, i, e) == -1 || return_vouches(s, i, e) == -1))
			return -1;
	w->back += lapsed - s->roster.lapsed;
	return 0;
}

static int
right_job(struct store *s, void *ctx, struct err *e)
{
	struct righting *w = ctx;

	if (drop_early(s, w, e) == -1 || (!w->more && return_own(s, w, e) == -1))
		return -1;
	roster_loosen(s, (struct span){ 0 });
	return roster_admit(s, e);
}

int
store_set_right(struct store *s, int64_t *left, int64_t *back, struct err *e)
{
	struct righting w = { .left = 0 };
	int rc;

	do
		rc = store_job(s, right_job, &w, e);
	while (rc == 0 && w.more);
	*left = w.left;
	*back = w.back;
	return rc;
}

/* --- versions dated anew ---------------------------------------------------------------------------- */

struct replacing {
	struct offer_line *line;
	size_t n;
	int64_t limit;
};

static int
replace_one(struct store *s, struct offer_line *line, int64_t limit, struct err *e)
{
	const struct record *r = &line->record;
	uint32_t author = roster_find(&s->roster, r->author);
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_BY_NAME);
	struct row row = { .author = author };
	int found;

	db_int(st, 1, author);
	db_text(st, 2, r->kind_name);
	db_text(st, 3, r->rid);
	if ((found = db_row(&s->w, st, e)) == 1)
		row_read(st, 0, &row);
	sqlite3_reset(st);
	if (found == -1 || (found == 1 && row.created > limit && row_delete(s, &row, 1, e) == -1) ||
	    offer_one(s, line, NULL, e) == -1)
		return -1;
	return line->reason == REASON_NONE ? 0 : err_set(e, ERR_CONFLICT, "%s: %s", reason_name(line->reason),
	    line->detail);
}

static int
replace_job(struct store *s, void *ctx, struct err *e)
{
	struct replacing *w = ctx;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (replace_one(s, &w->line[i], w->limit, e) == -1)
			return -1;
	return roster_admit(s, e);
}

int
store_replace(struct store *s, struct offer_line *line, size_t n, int64_t limit, struct err *e)
{
	struct replacing w = { line, n, limit };

	return store_job(s, replace_job, &w, e);
}
