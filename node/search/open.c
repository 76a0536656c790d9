/* SPDX-License-Identifier: AGPL-3.0-or-later
 * open.c - opening search.db, beginning it anew where it is not ours, and the pool of readers. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/search/search_impl.h"
#include "proto/err.h"

/* --- the file ---------------------------------------------------------------------------------- */

static int
unlink_if_there(const char *path, const char *suffix, struct err *e)
{
	char name[4096];

	if ((size_t)snprintf(name, sizeof name, "%s%s", path, suffix) >= sizeof name)
		return err_set(e, ERR_LIMIT, "path of the search index is too long");
	if (unlink(name) == -1 && errno != ENOENT)
		return err_set(e, ERR_IO, "cannot delete %s: %s", name, strerror(errno));
	return 0;
}

static int
unlink_all(const char *path, struct err *e)
{
	if (unlink_if_there(path, "", e) == -1 || unlink_if_there(path, "-wal", e) == -1)
		return -1;
	return unlink_if_there(path, "-shm", e);
}

static int
begin_anew(struct search *s, const char *epoch, struct err *e)
{
	char version[64];
	sqlite3_stmt *st;

	conn_close(&s->conn);
	if (unlink_all(s->path, e) == -1)
		return -1;
	if (conn_open(&s->conn, s->path, CONN_WRITES, e) == -1 || conn_exec(&s->conn, "BEGIN", e) == -1 ||
	    conn_exec(&s->conn, search_schema, e) == -1)
		return -1;
	st = conn_stmt(&s->conn, SQL_STATE_SET, e);
	if (st == NULL)
		return -1;
	conn_bind_str(st, 1, epoch);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	/* last, so that a file cut short in the middle is of no version */
	snprintf(version, sizeof version, "PRAGMA user_version = %d; COMMIT", SEARCH_SCHEMA_VERSION);
	return conn_exec(&s->conn, version, e);
}

static int
version_is_ours(struct conn *c)
{
	sqlite3_stmt *st = NULL;
	int version = 0;

	if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return version == SEARCH_SCHEMA_VERSION;
}

/* 1 when the file is ours, whole as far as reading all its rows tells, and of this epoch. */
static int
take_over(struct search *s, const char *epoch, struct err *e)
{
	sqlite3_stmt *st;
	int same;

	if (conn_open(&s->conn, s->path, CONN_WRITES, e) == -1 || !version_is_ours(&s->conn))
		return 0;
	st = conn_stmt(&s->conn, SQL_STATE_GET, e);
	if (st == NULL || sqlite3_step(st) != SQLITE_ROW)
		return 0;
	same = span_is(conn_text(st, 0), epoch);
	s->seq = sqlite3_column_int64(st, 1);
	s->dirty = sqlite3_column_int(st, 2);
	sqlite3_reset(st);
	return same && search_load(s, e) == 0;
}

static int
count_pages(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct search *s = ctx;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static struct search *
search_new(const char *path, struct err *e)
{
	struct search *s = calloc(1, sizeof *s);
	pthread_rwlockattr_t attr;

	if (s == NULL || (s->path = strdup(path)) == NULL) {
		free(s);
		err_memory(e);
		return NULL;
	}
	/* a waiting commit goes before new readers, or a busy site would never be brought up to date */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&s->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&s->pool_lock, NULL);
	s->next_id = 1;
	return s;
}

int
search_open(const char *path, const char *epoch, struct search **out, struct err *e)
{
	struct search *s = search_new(path, e);
	struct err why = {0};
	int anew = 0;

	*out = NULL;
	if (s == NULL)
		return -1;
	if (!take_over(s, epoch, &why)) {
		if (why.code == ERR_MEMORY || why.code == ERR_BUSY) {
			*e = why;
			goto fail;
		}
		anew = 1;
		s->seq = 0;
		s->dirty = 0;
		if (begin_anew(s, epoch, e) == -1 || search_load(s, e) == -1)
			goto fail;
	}
	sqlite3_wal_hook(s->conn.db, count_pages, s);
	*out = s;
	return anew;
fail:
	search_close(s);
	return err_wrap(e, "opening %s", path);
}

static void
reader_free(struct search_reader *r)
{
	conn_close(&r->conn);
	stemmer_free(r->stemmer);
	match_free(&r->match);
	picks_free(&r->candidates);
	picks_free(&r->hits);
	picks_free(&r->others);
	free(r->zeroed);
	free(r);
}

/* What a reader kept of the old file goes with it. */
static void
empty_pool(struct search *s)
{
	while (s->idle_count > 0)
		reader_free(s->idle[--s->idle_count]);
}

void
search_close(struct search *s)
{
	struct err ignored = {0};
	int damaged;

	if (s == NULL)
		return;
	assert(s->taken == 0);
	damaged = search_damaged(s);
	empty_pool(s);
	conn_close(&s->conn);
	if (damaged)
		unlink_all(s->path, &ignored);
	columns_free(&s->columns);
	words_free(&s->words);
	search_batch_forget(s);
	pthread_rwlock_destroy(&s->lock);
	pthread_mutex_destroy(&s->pool_lock);
	free(s->change);
	free(s->free_id);
	free(s->claim);
	free(s->path);
	free(s);
}

int
search_damaged(struct search *s)
{
	int damaged;

	pthread_mutex_lock(&s->pool_lock);
	damaged = s->damaged || s->conn.damaged;
	pthread_mutex_unlock(&s->pool_lock);
	return damaged;
}

static int
renew(struct search *s, const char *epoch, struct err *e)
{
	s->seq = 0;
	s->dirty = s->in_batch = s->wal_pages = 0;
	s->free_ids = 0;
	s->next_id = 1;
	if (begin_anew(s, epoch, e) == -1)
		return -1;
	sqlite3_wal_hook(s->conn.db, count_pages, s);
	return search_load(s, e);
}

int
search_renew(struct search *s, const char *epoch, struct err *e)
{
	int free, rc;

	pthread_mutex_lock(&s->pool_lock);
	s->renewing = 1;
	if ((free = s->taken == 0))
		empty_pool(s);
	pthread_mutex_unlock(&s->pool_lock);
	if (!free)
		return 0;
	rc = renew(s, epoch, e);
	pthread_mutex_lock(&s->pool_lock);
	s->damaged = rc == -1;
	s->renewing = rc == -1;
	pthread_mutex_unlock(&s->pool_lock);
	return rc == -1 ? err_wrap(e, "building %s anew", s->path) : 1;
}

int64_t
search_seq(const struct search *s)
{
	return s->seq;
}

void
search_measure(struct search *s, struct search_sizes *out)
{
	struct stat st;

	pthread_rwlock_rdlock(&s->lock);
	out->docs = s->columns.live;
	out->columns_bytes = columns_bytes(&s->columns);
	out->words_bytes = words_bytes(&s->words);
	out->words = s->words.by_word.used;
	pthread_rwlock_unlock(&s->lock);
	out->file_bytes = stat(s->path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* --- the pool ---------------------------------------------------------------------------------- */

/* Runs now and then in long statements; not 0 ends them. */
static int
tick(void *ctx)
{
	struct search_reader *r = ctx;

	return r->ticks == 0 || --r->ticks == 0;
}

static struct search_reader *
reader_ready(struct search *s, struct search_reader *r)
{
	r->search = s;
	r->ticks = TICKS_PER_QUERY;
	sqlite3_progress_handler(r->conn.db, STEPS_PER_TICK, tick, r);
	return r;
}

struct search_reader *
search_take(struct search *s, struct err *e)
{
	struct search_reader *r = NULL;
	int renewing;

	pthread_mutex_lock(&s->pool_lock);
	renewing = s->renewing;
	s->taken += !renewing;
	if (!renewing && s->idle_count > 0)
		r = s->idle[--s->idle_count];
	pthread_mutex_unlock(&s->pool_lock);
	if (renewing)
		err_set(e, ERR_BUSY, "the search index is about to be built anew");
	if (r != NULL || renewing)
		return r;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		err_memory(e);
	else if ((r->stemmer = stemmer_new(e)) != NULL && conn_open(&r->conn, s->path, CONN_READS, e) == 0)
		return reader_ready(s, r);
	if (r != NULL)
		reader_free(r);
	pthread_mutex_lock(&s->pool_lock);
	s->taken--;
	pthread_mutex_unlock(&s->pool_lock);
	return NULL;
}

void
search_give(struct search *s, struct search_reader *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&s->pool_lock);
	s->taken--;
	s->damaged |= r->conn.damaged;
	if (s->idle_count < READERS_IDLE_MAX) {
		s->idle[s->idle_count++] = r;
		r = NULL;
	}
	pthread_mutex_unlock(&s->pool_lock);
	if (r != NULL)
		reader_free(r);
}
