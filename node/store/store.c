/* SPDX-License-Identifier: AGPL-3.0-or-later
 * store.c - opening and closing, the writer thread and its group commit; see store.h.
 */
#include "node/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "node/core/log.h"
#include "node/store/inside.h"
#include "proto/err.h"

#define EXPIRE_BATCH 2000
#define PURGE_BATCH 64
#define PURGE_AFTER_S (30LL * DAY_S)

/* --- the transaction ------------------------------------------------------------------------- */

static int
load_set(struct store *s, struct err *e)
{
	struct set_item *item = NULL;
	size_t n = 0, cap = 0;
	struct set *set = NULL;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_SET_ALL);
	int rc;

	while ((rc = db_row(&s->w, st, e)) == 1) {
		if (n == cap) {
			struct set_item *p = realloc(item, (cap = cap == 0 ? 4096 : cap * 2) * sizeof *p);

			if (p == NULL) {
				sqlite3_reset(st);
				rc = err_memory(e);
				break;
			}
			item = p;
		}
		item[n].ts = (uint64_t)sqlite3_column_int64(st, 0);
		memcpy(item[n++].id, db_get_span(st, 1).ptr, 32);
	}
	if (rc == 0 && (set = set_load(item, n, e)) == NULL)
		rc = -1;
	free(item);
	if (rc == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	set_free(s->set);
	s->set = set;
	shelf_clear(s->shelf);
	pthread_rwlock_unlock(&s->lock);
	return 0;
}

static int
load_seq(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_SEQ_MAX);

	if (db_row(&s->w, st, e) != 1)
		return -1;
	s->seq = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return 0;
}

static int
load(struct store *s, struct err *e)
{
	s->op_count = 0;
	if (roster_load(s, e) == -1 || load_set(s, e) == -1 || load_seq(s, e) == -1 || shed_load(s, e) == -1)
		return -1;
	s->unsynced = 0;
	return 0;
}

static int
apply_ops(struct store *s, struct err *e)
{
	size_t i;
	int rc = 0;

	pthread_rwlock_wrlock(&s->lock);
	for (i = 0; i < s->op_count && rc != -1; i++) {
		const struct set_op *op = &s->op[i];

		const char *did = s->roster.author[op->author].info.did;

		if (op->insert) {
			rc = set_insert(s->set, (uint64_t)op->created, op->id, e);
			shelf_insert(s->shelf, did, op->kind, (uint64_t)op->created, op->id);
		} else {
			set_delete(s->set, (uint64_t)op->created, op->id);
			shelf_delete(s->shelf, did, op->kind, (uint64_t)op->created, op->id);
		}
	}
	s->committed = s->seq;
	pthread_rwlock_unlock(&s->lock);
	s->op_count = 0;
	return rc == -1 ? -1 : 0;
}

/* Read all again after a failure, inside the transaction: which has what the jobs before it did, so that their
 * pending operations are rightly gone.  While this fails no job runs: memory would steer it wrongly. */
static int
resync(struct store *s, struct err *e)
{
	if (!s->unsynced)
		return 0;
	return load(s, e) == -1 || roster_admit(s, e) == -1 ? -1 : 0;
}

static void
run_job(struct store *s, struct job *j)
{
	struct err ignored;

	if ((j->rc = resync(s, &j->err)) == -1 || (j->rc = db_exec(&s->w, "SAVEPOINT job", &j->err)) == -1)
		return;
	if ((j->rc = j->run(s, j->ctx, &j->err)) == -1) {
		db_exec(&s->w, "ROLLBACK TO job", &ignored);
		s->unsynced = 1;
	}
	db_exec(&s->w, "RELEASE job", &ignored);
	resync(s, &ignored);
}

static void
fail_all(struct job *list, const struct err *e)
{
	for (; list != NULL; list = list->next) {
		list->rc = -1;
		list->err = *e;
	}
}

static void
call_hooks(struct store *s, int64_t before)
{
	const struct store_hooks *h = &s->config.hooks;

	if (h->committed != NULL && s->seq != before)
		h->committed(h->ctx, s->seq);
	if (h->loosened != NULL && (s->loosened_all || s->loosened[0] != '\0'))
		h->loosened(h->ctx, s->loosened_all ? NULL : s->loosened);
	s->loosened_all = 0;
	s->loosened[0] = '\0';
}

static void
run_group(struct store *s, struct job *list)
{
	int64_t before = s->seq;
	struct err e = {0};
	struct job *j;

	if (db_exec(&s->w, "BEGIN IMMEDIATE", &e) == -1) {
		fail_all(list, &e);
		return;
	}
	for (j = list; j != NULL; j = j->next)
		if (!j->bare)
			run_job(s, j);
	if (db_exec(&s->w, "COMMIT", &e) == -1) {
		log_line(s->config.log, LEVEL_ERROR, "store", "commit failed", "error", e.text, NULL);
		db_exec(&s->w, "ROLLBACK", &(struct err){0});
		fail_all(list, &e);
		s->unsynced = 1;
		resync(s, &e);
		return;
	}
	s->unscrubbed = 1;
	if (!s->unsynced && apply_ops(s, &e) == -1)
		s->unsynced = 1;
	if (resync(s, &e) == -1)
		log_line(s->config.log, LEVEL_ERROR, "store", "set index out of step", "error", e.text, NULL);
	for (j = list; j != NULL; j = j->next)
		if (j->bare)
			j->rc = j->run(s, j->ctx, &j->err);
	call_hooks(s, before);
}

static void *
writer(void *arg)
{
	struct store *s = arg;
	struct job *list, *next;

	pthread_mutex_lock(&s->mutex);
	for (;;) {
		while (s->head == NULL && !s->stopping)
			pthread_cond_wait(&s->queued, &s->mutex);
		if (s->head == NULL)
			break;
		list = s->head;
		s->head = NULL;
		s->tail = &s->head;
		pthread_mutex_unlock(&s->mutex);
		run_group(s, list);
		pthread_mutex_lock(&s->mutex);
		for (; list != NULL; list = next) {
			next = list->next;
			list->done = 1;
		}
		pthread_cond_broadcast(&s->finished);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static int
queue_job(struct store *s, struct job *j, struct err *e)
{
	pthread_mutex_lock(&s->mutex);
	if (s->stopping) {
		pthread_mutex_unlock(&s->mutex);
		return err_set(e, ERR_BUSY, "the node is stopping");
	}
	*s->tail = j;
	s->tail = &j->next;
	pthread_cond_signal(&s->queued);
	while (!j->done)
		pthread_cond_wait(&s->finished, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
	if (j->rc == -1)
		*e = j->err;
	return j->rc;
}

int
store_job(struct store *s, int (*run)(struct store *, void *, struct err *), void *ctx, struct err *e)
{
	struct job j = { .run = run, .ctx = ctx };

	return queue_job(s, &j, e);
}

int
store_job_bare(struct store *s, int (*run)(struct store *, void *, struct err *), void *ctx, struct err *e)
{
	struct job j = { .run = run, .ctx = ctx, .bare = 1 };

	return queue_job(s, &j, e);
}

/* --- opening and closing --------------------------------------------------------------------- */

static void
random_text(char *out, size_t bytes)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[32];
	size_t i;

	randombytes_buf(raw, bytes);
	for (i = 0; i < bytes; i++) {
		out[2 * i] = hex[raw[i] >> 4];
		out[2 * i + 1] = hex[raw[i] & 15];
	}
	out[2 * bytes] = '\0';
}

static int
load_history(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_META_GET);
	int rc;

	db_str(st, 1, "history");
	if ((rc = db_row(&s->w, st, e)) == 1)
		snprintf(s->history, sizeof s->history, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_reset(st);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	random_text(s->history, 16);
	st = db_stmt(&s->w, STMT_META_PUT);
	db_str(st, 1, "history");
	db_str(st, 2, s->history);
	return db_run(&s->w, st, e);
}

static int
first_walk(struct store *s, void *ctx, struct err *e)
{
	(void)ctx;
	return roster_admit(s, e);
}

int
store_open(const struct store_config *c, struct store **out, struct err *e)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL || (s->path = strdup(c->path)) == NULL ||
	    (s->scope_id = strdup(c->scope.id == NULL ? "" : c->scope.id)) == NULL) {
		if (s != NULL)
			free(s->path);
		free(s);
		return err_memory(e);
	}
	s->config = *c;
	s->config.scope.id = s->scope_id;
	s->config.path = s->path;	/* readers are opened later */
	s->tail = &s->head;
	s->unscrubbed = 1;	/* whoever wrote last may have been cut off */
	pthread_rwlock_init(&s->lock, NULL);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_mutex_init(&s->pool_mutex, NULL);
	pthread_cond_init(&s->queued, NULL);
	pthread_cond_init(&s->finished, NULL);
	random_text(s->epoch, 8);
	if ((s->shelf = shelf_new(SHELF_SETS_MAX, SHELF_ITEMS_MAX)) == NULL) {
		err_memory(e);
		goto fail;
	}
	if (db_open(&s->w, c->path, 0, e) == -1 || db_migrate(&s->w, e) == -1 || load_history(s, e) == -1 ||
	    load(s, e) == -1)
		goto fail;
	s->committed = s->seq;
	if (pthread_create(&s->thread, NULL, writer, s) != 0) {
		err_set(e, ERR_MEMORY, "cannot start the writer thread");
		goto fail;
	}
	s->started = 1;
	if (store_job(s, first_walk, NULL, e) == -1)
		goto fail;
	*out = s;
	return 0;
fail:
	store_close(s);
	return err_wrap(e, "opening %s", c->path);
}

void
store_close(struct store *s)
{
	struct reader *r;

	if (s == NULL)
		return;
	if (s->started) {
		pthread_mutex_lock(&s->mutex);
		s->stopping = 1;
		pthread_cond_signal(&s->queued);
		pthread_mutex_unlock(&s->mutex);
		pthread_join(s->thread, NULL);
	}
	while ((r = s->pool) != NULL) {
		s->pool = r->next;
		db_close(&r->db);
		free(r);
	}
	if (s->w.handle != NULL)
		wipe_last(s);
	db_close(&s->w);
	set_free(s->set);
	shelf_free(s->shelf);
	roster_clear(&s->roster);
	free(s->op);
	free(s->path);
	free(s->scope_id);
	pthread_cond_destroy(&s->finished);
	pthread_cond_destroy(&s->queued);
	pthread_mutex_destroy(&s->pool_mutex);
	pthread_mutex_destroy(&s->mutex);
	pthread_rwlock_destroy(&s->lock);
	free(s);
}

/* --- choices of the operator ----------------------------------------------------------------- */

struct choice {
	const char *what;
	int flag;
};

static int
own_job(struct store *s, void *ctx, struct err *e)
{
	struct choice *c = ctx;
	sqlite3_stmt *st;
	uint32_t num;

	if (roster_add(s, span_str(c->what), &num, e) == -1)
		return -1;
	if (s->roster.author[num].info.own == c->flag)
		return 0;
	st = db_stmt(&s->w, STMT_AUTHOR_OWN);
	db_int(st, 1, num);
	db_int(st, 2, c->flag);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	s->roster.author[num].info.own = c->flag;
	pthread_rwlock_unlock(&s->lock);
	s->admission_stale = 1;
	return roster_admit(s, e);
}

int
store_own_author(struct store *s, const char *did, struct err *e)
{
	struct choice c = { .what = did, .flag = 1 };

	return store_job(s, own_job, &c, e);
}

int
store_disown_author(struct store *s, const char *did, struct err *e)
{
	struct choice c = { .what = did, .flag = 0 };

	return store_job(s, own_job, &c, e);
}

static int
list_job(struct store *s, void *ctx, struct err *e)
{
	struct choice *c = ctx;
	sqlite3_stmt *st;
	uint32_t num;

	if (roster_add(s, span_str(c->what), &num, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_AUTHOR_LISTED);
	db_int(st, 1, num);
	db_int(st, 2, c->flag);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	s->roster.author[num].info.listed = c->flag;
	pthread_rwlock_unlock(&s->lock);
	s->admission_stale = 1;
	return roster_admit(s, e);
}

int
store_list_author(struct store *s, const char *did, int listed, struct err *e)
{
	uint8_t key[32];
	struct choice c = { .what = did, .flag = listed };

	if (didkey_parse(span_str(did), key, e) == -1)
		return -1;
	return store_job(s, list_job, &c, e);
}

static int
everything(void *ctx, const struct row *row, struct span body, struct err *e)
{
	(void)ctx, (void)row, (void)body, (void)e;
	return 1;
}

static int
named(void *ctx, const struct row *row, struct span body, struct err *e)
{
	const struct ref *ref = ctx;

	(void)body, (void)e;
	return span_is(ref->kind, row->kind_name) && span_is(ref->rid, row->rid);
}

static int
is_address(const char *what)
{
	return strncmp(what, "http://", 7) == 0 || strncmp(what, "https://", 8) == 0;
}

/* The row of the table. */
static int
note_block(struct store *s, const struct block *b, int block, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, block ? STMT_BLOCK_PUT : STMT_BLOCK_DELETE);

	db_str(st, 1, b->what);
	if (block) {
		db_str(st, 2, b->reason == NULL ? "" : b->reason);
		db_int(st, 3, s->config.now(s->config.now_ctx));
		db_str(st, 4, b->origin == NULL ? "" : b->origin);
		s->blocks++;
	}
	return db_run(&s->w, st, e);
}

/* What stands under a block changes with it; the walk of admission is the caller's. */
static int
set_block(struct store *s, const struct block *b, int block, struct err *e)
{
	struct span did = span_str(b->what);
	struct ref ref = { .kind = {0} };
	sqlite3_stmt *st;
	uint32_t num;

	if (note_block(s, b, block, e) == -1)
		return -1;
	if (is_address(b->what))
		return 0;
	if (memchr(did.ptr, '/', did.len) != NULL) {
		if (ref_parse(did, &ref, e) == -1)
			return -1;
		did = ref.author;
	}
	roster_loosen(s, did);
	if ((num = roster_find(&s->roster, did)) == NO_AUTHOR)
		return 0;
	if (ref.kind.len == 0) {
		pthread_rwlock_wrlock(&s->lock);
		s->roster.author[num].info.blocked = block;
		pthread_rwlock_unlock(&s->lock);
		s->admission_stale = 1;
	}
	if (!block)
		return 0;
	st = db_stmt(&s->w, STMT_ASIDE_DELETE_AUTHOR);
	db_text(st, 1, did);
	return db_run(&s->w, st, e) == -1 || shed(s, e) == -1 ? -1 :
	    row_purge_author(s, num, ref.kind.len == 0 ? everything : named, &ref, e);
}

struct block_list {
	const struct block *at;
	size_t count;
	int block;		/* 0: unblock */
};

static int
block_job(struct store *s, void *ctx, struct err *e)
{
	const struct block_list *list = ctx;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (set_block(s, &list->at[i], list->block, e) == -1)
			return -1;
	return roster_admit(s, e);
}

static int
check_what(const char *what, struct err *e)
{
	uint8_t key[32];
	struct ref ref;

	if (is_address(what))
		return 0;
	if (strchr(what, '/') != NULL)
		return ref_parse(span_str(what), &ref, e);
	return didkey_parse(span_str(what), key, e);
}

/* Others refuse a whole list in which one reason is longer than this, as JSON text. */
static int
check_reason(const char *reason, struct err *e)
{
	size_t n = 2;

	for (; reason != NULL && *reason != '\0'; reason++)
		n += (unsigned char)*reason < 0x20 ? 6 : *reason == '"' || *reason == '\\' ? 2 : 1;
	return n <= BLOCKLIST_REASON_BYTES_MAX ? 0 : err_set(e, ERR_LIMIT, "the reason is too long: %d bytes at most",
	    BLOCKLIST_REASON_BYTES_MAX - 2);
}

int
store_block_many(struct store *s, const struct block *b, size_t n, struct err *e)
{
	struct block_list list = { b, n, 1 };
	struct author_info a;
	size_t i;

	for (i = 0; i < n; i++) {
		if (check_what(b[i].what, e) == -1 || check_reason(b[i].reason, e) == -1)
			return -1;
		if (store_author(s, span_str(b[i].what), &a) && a.own)
			return err_set(e, ERR_CONFLICT, "the keys of %s are here: blocking it would erase its records",
			    b[i].what);
	}
	return n == 0 ? 0 : store_job(s, block_job, &list, e);
}

int
store_block(struct store *s, const char *what, const char *reason, struct err *e)
{
	struct block b = { .what = what, .reason = reason };

	return store_block_many(s, &b, 1, e);
}

int
store_unblock(struct store *s, const char *what, struct err *e)
{
	struct block b = { .what = what };
	struct block_list list = { &b, 1, 0 };

	return check_what(what, e) == -1 ? -1 : store_job(s, block_job, &list, e);
}

/* --- tending --------------------------------------------------------------------------------- */

/* Rows past their day: own ones leave the set and stay, the others go.  *more: there were as many as one
 * transaction should hold. */
static int
expire(struct store *s, int64_t now, int *more, struct err *e)
{
	int64_t day = now - now % DAY_S;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_EXPIRED);
	struct row *row = calloc(EXPIRE_BATCH, sizeof *row);
	size_t n = 0, i;
	int rc;

	if (row == NULL)
		return err_memory(e);
	db_int(st, 1, day);
	db_int(st, 2, EXPIRE_BATCH);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		row[n].author = (uint32_t)sqlite3_column_int64(st, 0);
		row_read(st, 1, &row[n++]);
	}
	for (i = 0; rc == 0 && i < n; i++)
		if (!s->roster.author[row[i].author].info.own || row[i].class == CLASS_TOMBSTONE)
			rc = row_delete(s, &row[i], 0, e);
		else if (row[i].in_set)
			rc = row_lapse(s, &row[i], e);
	*more |= n == EXPIRE_BATCH;
	free(row);
	return rc;
}

static int
purge_lost(struct store *s, int64_t now, int *more, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_AUTHOR_LOST_BEFORE);
	uint32_t num[PURGE_BATCH];
	size_t n = 0, i;
	int rc;

	db_int(st, 1, now - PURGE_AFTER_S);
	db_int(st, 2, PURGE_BATCH);
	while ((rc = db_row(&s->w, st, e)) == 1)
		num[n++] = (uint32_t)sqlite3_column_int64(st, 0);
	if (rc == -1)
		return -1;
	*more |= n == PURGE_BATCH;
	for (i = 0; i < n; i++)
		if (row_purge_author(s, num[i], everything, NULL, e) == -1)
			return -1;
	return 0;
}

static int
tend_job(struct store *s, void *ctx, struct err *e)
{
	int64_t now = s->config.now(s->config.now_ctx);
	sqlite3_stmt *st;

	if (expire(s, now, ctx, e) == -1 || purge_lost(s, now, ctx, e) == -1 || roster_admit(s, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_ASIDE_DUE);
	db_int(st, 1, now);
	db_int(st, 2, PENDING_MAX);
	if (offer_aside(s, st, e) == -1 || roster_admit(s, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_ASIDE_FORGET);	/* unresolved for two days: the peer will offer it again */
	db_int(st, 1, now - 2 * DAY_S);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	return sqlite3_changes(s->w.handle) > 0 ? shed(s, e) : 0;
}

int
store_tend(struct store *s, struct err *e)
{
	int more, rc;

	do {
		more = 0;
		rc = store_job(s, tend_job, &more, e);
	} while (rc == 0 && more);
	return rc;
}

int
store_backup(struct store *s, const char *path, struct err *e)
{
	struct reader *r;
	sqlite3_stmt *st = NULL;
	int rc;

	if (store_read(s, &r, e) == -1)
		return -1;
	db_exec(&r->db, "COMMIT; PRAGMA query_only=OFF", e);
	rc = sqlite3_prepare_v2(r->db.handle, "VACUUM INTO ?1", -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
	}
	if (rc != SQLITE_DONE)
		db_fail(&r->db, e);
	sqlite3_finalize(st);
	db_exec(&r->db, "PRAGMA query_only=ON; BEGIN", &(struct err){0});
	store_read_end(r);
	return rc == SQLITE_DONE ? 0 : err_wrap(e, "backup to %s", path);
}

/* --- shared memory --------------------------------------------------------------------------- */

const struct set *
store_set(struct store *s)
{
	pthread_rwlock_rdlock(&s->lock);
	return s->set;
}

static int
collect_item(void *ctx, const struct stored *row, struct err *e)
{
	return set_insert(ctx, (uint64_t)row->record.created, row->record.id, e) == -1 ? -1 : 0;
}

/* List the part of the set that a filter shows, and put it on the shelf if nothing changed meanwhile. */
static int
build_part(struct store *s, const struct changes_filter *f, struct err *e)
{
	struct shelf_filter key = { f->author, f->kind, f->part };
	struct set *part = set_new();
	struct reader *r = NULL;
	int64_t seq = store_seq(s);
	int rc = -1;

	if (part == NULL)
		return err_memory(e);
	if (store_read(s, &r, e) == 0)
		rc = store_changes(r, 0, f, SIZE_MAX, collect_item, part, e);
	store_read_end(r);
	if (rc == -1) {
		set_free(part);
		return -1;
	}
	pthread_rwlock_wrlock(&s->lock);
	if (s->committed == seq)
		rc = shelf_put(s->shelf, &key, part, e);
	else
		set_free(part);
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

int
store_set_part(struct store *s, const struct changes_filter *f, int ready_only, const struct set **out,
    struct err *e)
{
	struct shelf_filter key = { f->author, f->kind, f->part };
	int tries;

	if (f->author == NULL && f->kind == NULL && f->part == NULL)
		return *out = store_set(s), 0;
	for (tries = 0; tries < 5; tries++) {
		pthread_rwlock_rdlock(&s->lock);
		if ((*out = shelf_get(s->shelf, &key)) != NULL)
			return 0;
		pthread_rwlock_unlock(&s->lock);
		if (ready_only)
			break;
		if (build_part(s, f, e) == -1)
			return -1;
	}
	return err_set(e, ERR_BUSY, "records are arriving too fast to compare a part of them; try again");
}

void
store_set_done(struct store *s)
{
	pthread_rwlock_unlock(&s->lock);
}

int64_t
store_seq(struct store *s)
{
	int64_t seq;

	pthread_rwlock_rdlock(&s->lock);
	seq = s->committed;
	pthread_rwlock_unlock(&s->lock);
	return seq;
}

const char *
store_epoch(const struct store *s)
{
	return s->epoch;
}

const char *
store_history(const struct store *s)
{
	return s->history;
}

int
store_author(struct store *s, struct span did, struct author_info *out)
{
	uint32_t num;

	pthread_rwlock_rdlock(&s->lock);
	num = roster_find(&s->roster, did);
	if (num != NO_AUTHOR)
		*out = s->roster.author[num].info;
	pthread_rwlock_unlock(&s->lock);
	return num != NO_AUTHOR;
}

int
store_author_at(struct store *s, uint32_t num, struct author_info *out)
{
	int found;

	pthread_rwlock_rdlock(&s->lock);
	if ((found = num < s->roster.count))
		*out = s->roster.author[num].info;
	pthread_rwlock_unlock(&s->lock);
	return found;
}

size_t
store_author_count(struct store *s)
{
	size_t n;

	pthread_rwlock_rdlock(&s->lock);
	n = s->roster.count;
	pthread_rwlock_unlock(&s->lock);
	return n;
}
