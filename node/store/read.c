/* SPDX-License-Identifier: AGPL-3.0-or-later
 * read.c - readers: a pool of query_only connections, and what they can be asked; see store.h.
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"
#include "proto/part.h"

int
store_read(struct store *s, struct reader **out, struct err *e)
{
	struct reader *r;

	pthread_mutex_lock(&s->pool_mutex);
	if ((r = s->pool) != NULL) {
		s->pool = r->next;
		s->pool_count--;
	}
	pthread_mutex_unlock(&s->pool_mutex);
	if (r == NULL) {
		if ((r = calloc(1, sizeof *r)) == NULL)
			return err_memory(e);
		r->store = s;
		if (db_open(&r->db, s->config.path, 1, e) == -1) {
			free(r);
			return -1;
		}
	}
	if (db_run(&r->db, db_stmt(&r->db, STMT_READ_BEGIN), e) == -1) {
		db_close(&r->db);
		free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
store_read_end(struct reader *r)
{
	struct store *s;
	int keep;

	if (r == NULL)
		return;
	s = r->store;
	db_run(&r->db, db_stmt(&r->db, STMT_READ_END), &(struct err){0});
	pthread_mutex_lock(&s->pool_mutex);
	if ((keep = s->pool_count < READERS_KEPT)) {
		r->next = s->pool;
		s->pool = r;
		s->pool_count++;
	}
	pthread_mutex_unlock(&s->pool_mutex);
	if (!keep) {
		db_close(&r->db);
		free(r);
	}
}

/* --- one row --------------------------------------------------------------------------------- */

static int
read_row(sqlite3_stmt *st, struct arena *a, struct stored *out, struct err *e)
{
	struct span body = db_get_span(st, 4), id = db_get_span(st, 5);
	char *copy = arena_copy(a, body);

	if (copy == NULL)
		return err_memory(e);
	out->seq = sqlite3_column_int64(st, 0);
	out->in_set = sqlite3_column_int(st, 1);
	out->received = sqlite3_column_int64(st, 2);
	out->peer = db_get_text(st, 3, a);
	if (id.len != ID_BYTES ||
	    record_reread((struct span){ copy, body.len }, (const uint8_t *)id.ptr, &out->record, e) == -1)
		return err_wrap(e, "a stored record is damaged (run essaim doctor)");
	return 0;
}

static int
get(struct reader *r, sqlite3_stmt *st, struct arena *a, struct stored *out, struct err *e)
{
	int rc = db_row(&r->db, st, e);

	if (rc == 1 && read_row(st, a, out, e) == -1)
		rc = -1;
	sqlite3_reset(st);
	return rc;
}

int
store_get(struct reader *r, const struct ref *ref, struct arena *a, struct stored *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_GET_NAME);

	db_text(st, 1, ref->author);
	db_text(st, 2, ref->kind);
	db_text(st, 3, ref->rid);
	return get(r, st, a, out, e);
}

int
store_get_id(struct reader *r, const uint8_t id[32], struct arena *a, struct stored *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_GET_ID);

	db_blob(st, 1, id, 32);
	return get(r, st, a, out, e);
}

int
store_is_blocked(struct reader *r, const struct ref *ref, struct err *e)
{
	char name[REF_CHARS_MAX + 1];
	struct span what[2] = { ref->author, { name, 0 } };
	size_t i;
	int rc = 0;

	if (r->store->blocks == 0)
		return 0;
	ref_format(ref, name);
	what[1] = span_str(name);
	for (i = 0; i < 2 && rc == 0; i++) {
		sqlite3_stmt *st = db_stmt(&r->db, STMT_BLOCK_GET);

		db_text(st, 1, what[i]);
		rc = db_row(&r->db, st, e);
		sqlite3_reset(st);
	}
	if (rc == 0 && (rc = erased(&r->db, name, e)) == 2)
		rc = 0;
	return rc;
}

int
store_blocked(struct reader *r, const char *what, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_BLOCK_GET);
	int rc;

	if (r->store->blocks == 0)
		return 0;
	db_str(st, 1, what);
	rc = db_row(&r->db, st, e);
	sqlite3_reset(st);
	return rc;
}

/* --- walks ----------------------------------------------------------------------------------- */

static sqlite3_stmt *
changes_stmt(struct reader *r, int64_t since, const struct changes_filter *f)
{
	static const enum stmt pick[2][2] = {
		{ STMT_CHANGES, STMT_CHANGES_KIND }, { STMT_CHANGES_AUTHOR, STMT_CHANGES_AUTHOR_KIND },
	};
	int author = f != NULL && f->author != NULL, kind = f != NULL && f->kind != NULL;
	int own = f != NULL && f->lapsed_too, part = f != NULL && f->part != NULL;
	sqlite3_stmt *st = db_stmt(&r->db, own ? STMT_CHANGES_OWN_TOO : part ? STMT_CHANGES_PART :
	    pick[author][kind]);

	db_int(st, 1, since);
	if (author && !part)
		db_str(st, 2, f->author);
	if (kind && !part)
		db_str(st, 3, f->kind);
	return st;
}

/* What the statement does not sort out: rows outside a part, which may go with an author and a kind. */
struct sieve {
	int on;
	struct shelf_filter plain;	/* without the part */
	struct part part;
};

static int
sieve_open(struct sieve *v, const struct changes_filter *f, struct err *e)
{
	v->on = f != NULL && f->part != NULL;
	if (!v->on)
		return 0;
	v->plain = (struct shelf_filter){ .author = f->author, .kind = f->kind };
	return part_parse(span_str(f->part), &v->part, e);
}

/* The row that STMT_CHANGES_PART stands at. */
static int
sieve_passes(const struct sieve *v, sqlite3_stmt *st)
{
	return !v->on || (part_holds(&v->part, db_get_span(st, 6), db_get_span(st, 7)) &&
	    shelf_filter_holds(&v->plain, (const char *)sqlite3_column_text(st, 6),
	    (const char *)sqlite3_column_text(st, 7)));
}

static int
walk(struct reader *r, sqlite3_stmt *st, const struct sieve *sieve, size_t limit, int deleted_too,
    visit_fn *visit, void *ctx, struct err *e)
{
	struct arena a = {0};
	size_t n = 0;
	int rc = 0;

	while (n < limit && (rc = db_row(&r->db, st, e)) == 1) {
		struct stored row;

		if (sieve != NULL && !sieve_passes(sieve, st))
			continue;
		arena_clear(&a);
		if ((rc = read_row(st, &a, &row, e)) == -1)
			break;
		if (row.record.deleted && !deleted_too)
			continue;
		n++;
		if ((rc = visit(ctx, &row, e)) != 0)
			break;
	}
	sqlite3_reset(st);
	arena_clear(&a);
	return rc == -1 ? -1 : 0;
}

int
store_changes(struct reader *r, int64_t since, const struct changes_filter *f, size_t limit,
    visit_fn *visit, void *ctx, struct err *e)
{
	struct sieve sieve;

	if (sieve_open(&sieve, f, e) == -1)
		return -1;
	return walk(r, changes_stmt(r, since, f), &sieve, limit, 1, visit, ctx, e);
}

int
store_changes_raw(struct reader *r, int64_t since, const struct changes_filter *f, size_t limit,
    size_t bytes_max, struct buf *out, int64_t *last, int *more, size_t *count, struct err *e)
{
	size_t start = out->len;
	struct sieve sieve;
	sqlite3_stmt *st;
	int rc = 0;

	*last = since;
	*more = 0;
	*count = 0;
	if (sieve_open(&sieve, f, e) == -1)
		return -1;
	st = changes_stmt(r, since, f);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct span body;

		if (!sieve_passes(&sieve, st)) {
			*last = sqlite3_column_int64(st, 0);
			continue;
		}
		body = db_get_span(st, 4);
		if (*count == limit || (*count > 0 && out->len - start + body.len + 1 > bytes_max)) {
			*more = 1;
			rc = 0;
			break;
		}
		if ((rc = buf_addspan(out, body, e)) == -1 || (rc = buf_addc(out, '\n', e)) == -1)
			break;
		*last = sqlite3_column_int64(st, 0);
		(*count)++;
	}
	sqlite3_reset(st);
	return rc;
}

int
store_get_raw(struct reader *r, const uint8_t (*id)[32], size_t n, struct buf *out, size_t *found,
    struct err *e)
{
	size_t i;
	int rc;

	*found = 0;
	for (i = 0; i < n; i++) {
		sqlite3_stmt *st = db_stmt(&r->db, STMT_GET_ID);

		db_blob(st, 1, id[i], 32);
		rc = db_row(&r->db, st, e);
		if (rc == 1 && sqlite3_column_int(st, 1) == 1) {
			(*found)++;
			if (buf_addspan(out, db_get_span(st, 4), e) == -1 || buf_addc(out, '\n', e) == -1)
				rc = -1;
		}
		sqlite3_reset(st);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
store_check(struct store *s, struct buf *seen, struct err *e)
{
	struct reader *r;
	sqlite3_stmt *st;
	int rc, sound = 1;

	if (store_read(s, &r, e) == -1)
		return -1;
	st = db_stmt(&r->db, STMT_INTEGRITY);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct span line = db_get_span(st, 0);
		struct err full;

		if (span_is(line, "ok"))
			continue;
		sound = 0;
		if (buf_addspan(seen, line, &full) == 0)
			buf_adds(seen, "; ", &full);
	}
	store_read_end(r);
	return rc == -1 ? -1 : sound;
}

int
store_list(struct reader *r, const char *author, const char *kind, int deleted_too, visit_fn *visit,
    void *ctx, struct err *e)
{
	static const enum stmt pick[2][2] = {
		{ STMT_LIST_ALL, STMT_LIST_KIND }, { STMT_LIST_AUTHOR, STMT_LIST_AUTHOR_KIND },
	};
	enum stmt name = author == NULL && kind != NULL && strcmp(kind, "node") == 0 ? STMT_LIST_NODES :
	    pick[author != NULL][kind != NULL];
	sqlite3_stmt *st = db_stmt(&r->db, name);

	if (author != NULL)
		db_str(st, 1, author);
	if (kind != NULL && name != STMT_LIST_NODES)
		db_str(st, 2, kind);
	return walk(r, st, NULL, SIZE_MAX, deleted_too, visit, ctx, e);
}

int
store_list_ending(struct reader *r, int64_t until, visit_fn *visit, void *ctx, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_LIST_ENDING);

	db_int(st, 1, until);
	return walk(r, st, NULL, SIZE_MAX, 0, visit, ctx, e);
}

int
store_read_seq(struct reader *r, int64_t *seq, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_SEQ_MAX);
	int rc = db_row(&r->db, st, e);

	if (rc == 1)
		*seq = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == 1 ? 0 : -1;
}

int
store_seq_at(struct reader *r, int64_t when, int64_t *seq, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_SEQ_AT);
	int rc;

	db_int(st, 1, when);
	if ((rc = db_row(&r->db, st, e)) == 1)
		*seq = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == 1 ? 0 : -1;
}

int
store_removed(struct reader *r, int64_t since, int64_t until, removed_fn *visit, void *ctx, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_REMOVED_RANGE);
	int rc;

	db_int(st, 1, since);
	db_int(st, 2, until);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct ref ref = { db_get_span(st, 1), db_get_span(st, 2), db_get_span(st, 3) };

		if ((rc = visit(ctx, sqlite3_column_int64(st, 0), &ref, e)) != 0)
			break;
	}
	sqlite3_reset(st);
	return rc == 1 ? 0 : rc;
}

/* --- counts ---------------------------------------------------------------------------------- */

int
store_counts(struct reader *r, struct store_counts *out, struct err *e)
{
	struct store *s = r->store;
	sqlite3_stmt *st = db_stmt(&r->db, STMT_ASIDE_COUNTS);
	int rc;

	memset(out, 0, sizeof *out);
	if ((rc = db_row(&r->db, st, e)) == 1) {
		out->held = sqlite3_column_int64(st, 0);
		out->unresolved = sqlite3_column_int64(st, 1);
	}
	sqlite3_reset(st);
	if (rc == -1)
		return -1;
	pthread_rwlock_rdlock(&s->lock);
	out->live = s->roster.live;
	out->tombstones = s->roster.tombstones;
	out->lapsed = s->roster.lapsed;
	out->records = (int64_t)set_count(s->set);
	memcpy(out->by_kind, s->roster.by_kind, sizeof out->by_kind);
	for (size_t i = 0; i < s->roster.count; i++)
		out->authors += s->roster.author[i].info.hops >= 0;
	pthread_rwlock_unlock(&s->lock);
	return 0;
}
