/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rows.c - the few ways a row of record changes; each keeps the database, the set (through
 * operations applied after the commit) and the counts in step.
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

int64_t
row_next_seq(struct store *s)
{
	return ++s->seq;
}

static int
set_later(struct store *s, int insert, uint32_t author, struct span kind, int64_t created,
    const uint8_t id[32], struct err *e)
{
	struct set_op *op;

	if (s->op_count == s->op_cap) {
		size_t cap = s->op_cap == 0 ? 256 : s->op_cap * 2;
		struct set_op *p = realloc(s->op, cap * sizeof *p);

		if (p == NULL)
			return err_memory(e);
		s->op = p;
		s->op_cap = cap;
	}
	op = &s->op[s->op_count++];
	*op = (struct set_op){ .insert = insert, .author = author, .created = created };
	memcpy(op->kind, kind.ptr, kind.len);
	memcpy(op->id, id, 32);
	return 0;
}

enum record_class
row_class(const struct record *r)
{
	int cap = admission_kind_cap((int)r->kind);

	if (r->deleted)
		return CLASS_TOMBSTONE;
	return cap < 0 ? CLASS_LIVE : cap == 1 ? CLASS_FREE : CLASS_VOUCH;
}

void
row_read(sqlite3_stmt *st, int col, struct row *out)
{
	struct span kind = db_get_span(st, col + 1), rid = db_get_span(st, col + 2),
	    id = db_get_span(st, col + 3);

	out->seq = sqlite3_column_int64(st, col);
	out->kind = kind_find(kind);
	memcpy(out->kind_name, kind.ptr, kind.len);
	out->kind_name[kind.len] = '\0';
	memcpy(out->rid, rid.ptr, rid.len);
	out->rid[rid.len] = '\0';
	memcpy(out->id, id.ptr, 32);
	out->created = sqlite3_column_int64(st, col + 4);
	out->in_set = sqlite3_column_int(st, col + 5);
	out->class = (enum record_class)sqlite3_column_int(st, col + 6);
}

int
row_insert(struct store *s, const struct record *r, uint32_t author, unsigned generation,
    enum record_class class, int in_set, const char *peer, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_INSERT);

	db_int(st, 1, row_next_seq(s));
	db_int(st, 2, author);
	db_text(st, 3, r->kind_name);
	db_text(st, 4, r->rid);
	db_blob(st, 5, r->id, sizeof r->id);
	db_int(st, 6, class);
	db_int(st, 7, generation);
	db_int(st, 8, r->updated);
	db_int(st, 9, r->created);
	db_int(st, 10, r->expires);
	db_int(st, 11, in_set);
	db_int(st, 12, s->config.now(s->config.now_ctx));
	db_str(st, 13, peer);
	db_blob(st, 14, r->line.ptr, r->line.len);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	roster_count(s, author, r->kind, class, in_set, 1);
	return in_set ? set_later(s, 1, author, r->kind_name, r->created, r->id, e) : 0;
}

static int
log_removed(struct store *s, uint32_t author, const char *kind, const char *rid, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_REMOVED_PUT);

	db_int(st, 1, row_next_seq(s));
	db_str(st, 2, s->roster.author[author].info.did);
	db_str(st, 3, kind);
	db_str(st, 4, rid);
	return db_run(&s->w, st, e);
}

/* What a vouch said ends with its row's time in the set. */
static int
forget_vouch(struct store *s, const struct row *row, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_VOUCH_DELETE);

	if (row->kind != KIND_VOUCH)
		return 0;
	db_int(st, 1, row->author);
	db_str(st, 2, row->rid);
	s->admission_stale = 1;
	return db_run(&s->w, st, e);
}

/* What memory knows of an author is what its rows say. */
static void
forget_standing(struct store *s, const struct row *row)
{
	struct author_info *a = &s->roster.author[row->author].info;

	if (row->kind == KIND_TERRITORY)
		scope_note(s, row->author, (struct span){ 0 });
	if (row->kind != KIND_IDENTITY && row->kind != KIND_RETIRE)
		return;
	pthread_rwlock_wrlock(&s->lock);
	if (row->kind == KIND_IDENTITY)
		a->has_identity = 0;
	else
		a->retired = -1;
	pthread_rwlock_unlock(&s->lock);
}

int
row_quota_taken(const struct store *s, const struct row *row)
{
	const struct author *a = &s->roster.author[row->author];

	return (row->class == CLASS_LIVE && a->info.live == a->info.pool) ||
	    (row->class == CLASS_VOUCH && a->vouches == VOUCHES_MAX);
}

int
row_delete(struct store *s, const struct row *row, int successor, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_DELETE);

	db_int(st, 1, row->seq);
	if (db_run(&s->w, st, e) == -1 || forget_vouch(s, row, e) == -1 || shed(s, e) == -1)
		return -1;
	if (!successor && row_quota_taken(s, row))
		roster_loosen(s, span_str(s->roster.author[row->author].info.did));
	roster_count(s, row->author, row->kind, row->class, row->in_set, -1);
	if (row->in_set && set_later(s, 0, row->author, span_str(row->kind_name), row->created, row->id, e) == -1)
		return -1;
	if (successor)
		return 0;
	forget_standing(s, row);
	return log_removed(s, row->author, row->kind_name, row->rid, e);
}

int
row_lapse(struct store *s, const struct row *row, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_LAPSE);

	db_int(st, 1, row->seq);
	if (db_run(&s->w, st, e) == -1 || forget_vouch(s, row, e) == -1 ||
	    set_later(s, 0, row->author, span_str(row->kind_name), row->created, row->id, e) == -1)
		return -1;
	roster_count(s, row->author, row->kind, row->class, 1, -1);
	roster_count(s, row->author, row->kind, row->class, 0, 1);
	return 0;
}

/* The rows that a statement selects for an author, read whole before any is changed. */
static int
collect(struct store *s, sqlite3_stmt *st, uint32_t author, struct row **out, size_t *n, struct err *e)
{
	size_t cap = 0;
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&s->w, st, e)) == 1) {
		if (*n == cap) {
			struct row *p = realloc(*out, (cap = cap == 0 ? 64 : cap * 2) * sizeof *p);

			if (p == NULL) {
				sqlite3_reset(st);
				return err_memory(e);
			}
			*out = p;
		}
		(*out)[*n].author = author;
		row_read(st, 0, &(*out)[(*n)++]);
	}
	return rc;
}

int
row_leave_author(struct store *s, uint32_t author, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_SET_OF_AUTHOR);
	struct row *row;
	size_t n, i;
	int rc;

	db_int(st, 1, author);
	rc = collect(s, st, author, &row, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = set_later(s, 0, author, span_str(row[i].kind_name), row[i].created, row[i].id, e);
		roster_count(s, author, row[i].kind, row[i].class, 1, -1);
		roster_count(s, author, row[i].kind, row[i].class, 0, 1);
	}
	free(row);
	if (rc == -1 || n == 0)
		return rc;
	st = db_stmt(&s->w, STMT_RECORD_LEAVE);
	db_int(st, 1, author);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	return log_removed(s, author, "", "", e);
}

int
row_enter_author(struct store *s, uint32_t author, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_ASIDE_OF_AUTHOR);
	int64_t now = s->config.now(s->config.now_ctx);
	struct row *row;
	size_t n, i;
	int rc;

	db_int(st, 1, author);
	db_int(st, 2, now - now % DAY_S);	/* an expiry takes effect at midnight */
	rc = collect(s, st, author, &row, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		st = db_stmt(&s->w, STMT_RECORD_REENTER);
		db_int(st, 1, row[i].seq);
		db_int(st, 2, row_next_seq(s));
		if ((rc = db_run(&s->w, st, e)) == -1)
			break;
		rc = set_later(s, 1, author, span_str(row[i].kind_name), row[i].created, row[i].id, e);
		roster_count(s, author, row[i].kind, row[i].class, 0, -1);
		roster_count(s, author, row[i].kind, row[i].class, 1, 1);
	}
	free(row);
	return rc;
}

int
row_purge_author(struct store *s, uint32_t author, row_test *test, void *ctx, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_OF_AUTHOR);
	struct row *doomed = NULL;
	size_t n = 0, cap = 0, i;
	int rc, verdict;

	db_int(st, 1, author);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		struct row row = { .author = author };

		row_read(st, 0, &row);
		if ((verdict = test(ctx, &row, db_get_span(st, 7), e)) == 0)
			continue;
		if (verdict == 1 && n == cap) {
			struct row *p = realloc(doomed, (cap = cap == 0 ? 64 : cap * 2) * sizeof *p);

			if (p == NULL)
				verdict = err_memory(e);
			else
				doomed = p;
		}
		if (verdict == -1) {
			sqlite3_reset(st);
			rc = -1;
			break;
		}
		doomed[n++] = row;
	}
	for (i = 0; rc == 0 && i < n; i++)
		rc = row_delete(s, &doomed[i], 0, e);
	free(doomed);
	return rc;
}

int
row_purge_older(struct store *s, uint32_t author, int64_t limit, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_OLDER);
	struct row *row;
	size_t n, i;
	int rc;

	db_int(st, 1, author);
	db_int(st, 2, limit);
	rc = collect(s, st, author, &row, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = row_delete(s, &row[i], 0, e);
	free(row);
	return rc;
}

int
row_trim(struct store *s, uint32_t author, enum record_class class, int64_t max, struct err *e)
{
	const struct author *a = &s->roster.author[author];
	const int64_t *count = class == CLASS_LIVE ? &a->info.live : class == CLASS_VOUCH ? &a->vouches :
	    &a->info.tombstones;
	int rc = 1;

	while (rc == 1 && *count > max) {
		sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_OLDEST);
		struct row row = { .author = author };

		db_int(st, 1, author);
		db_int(st, 2, class);
		if ((rc = db_row(&s->w, st, e)) != 1)
			break;
		row_read(st, 0, &row);
		sqlite3_reset(st);
		if (row_delete(s, &row, 0, e) == -1)
			return -1;
	}
	return rc == -1 ? -1 : 0;
}
