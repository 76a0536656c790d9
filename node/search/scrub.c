/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scrub.c - makes what was deleted vanish from the file; see search_impl.h. */
#include <stdlib.h>

#include "node/search/search_impl.h"
#include "proto/err.h"

/* --- names ------------------------------------------------------------------------------------- */

static int
drop_name(struct search *s, enum name_sort sort, uint32_t id, struct err *e)
{
	sqlite3_stmt *st;

	st = conn_stmt(&s->conn, sort == NAME_AUTHOR ? SQL_AUTHOR_DELETE : SQL_TERM_DELETE, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, sort == NAME_AUTHOR ? id : (uint32_t)sort);
	if (sort != NAME_AUTHOR)
		sqlite3_bind_int64(st, 2, id);
	return conn_run(&s->conn, st, e);
}

static void
mark_used(const struct columns *c, enum name_sort sort, uint8_t *used)
{
	const struct column *row;
	uint32_t i, k;

	for (row = c->row; row < c->row + c->count; row++) {
		if (row->kind == KIND_UNKNOWN)
			continue;
		switch (sort) {
		case NAME_AUTHOR: used[row->author] = 1; break;
		case NAME_COMMUNE: used[row->commune] = 1; break;
		case NAME_TYPE: used[row->type] = 1; break;
		case NAME_LANG: used[row->lang] = 1; break;
		case NAME_PRACTICE:
			for (k = 0; k < row->practices; k++)
				used[row->practice[k]] = 1;
			break;
		case NAME__COUNT: break;
		}
	}
	for (i = 1; i < c->names[sort].count; i++)
		if (used[i])
			used[c->names[sort].name[i].parent] = 1;
}

/* 1 when an author without a card still has a name or a relation. */
static int
author_linked(struct search *s, uint32_t id, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (*names_label(&s->columns, NAME_AUTHOR, id) != '\0')
		return 1;
	st = conn_stmt(&s->conn, SQL_AUTHOR_LINKED, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

/* Names that no row has any more were somebody's words too. */
static int
drop_unused(struct search *s, enum name_sort sort, struct err *e)
{
	const struct names *n = &s->columns.names[sort];
	uint8_t *used = calloc(n->count + 1, 1);
	uint32_t id;
	int keep, rc = -1;

	if (used == NULL)
		return err_memory(e);
	mark_used(&s->columns, sort, used);
	for (id = 1; id < n->count; id++) {
		keep = used[id] || n->name[id].key == NULL;
		if (!keep && sort == NAME_AUTHOR && (keep = author_linked(s, id, e)) == -1)
			goto out;
		if (!keep && drop_name(s, sort, id, e) == -1)
			goto out;
	}
	rc = 0;
out:
	free(used);
	return rc;
}

/* --- words ------------------------------------------------------------------------------------- */

static int
mark_used_words(struct search *s, uint8_t *used, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DOC_WORDS_ALL, e);
	struct weighed item;
	struct span bytes;
	uint32_t last;
	size_t at;
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		bytes = conn_text(st, 0);
		for (at = 0, last = 0; weighed_read(bytes, &at, &last, &item); )
			if (item.number < s->words.word_count)
				used[item.number] = 1;
	}
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

static int
drop_unused_words(struct search *s, const uint8_t *used, struct err *e)
{
	sqlite3_stmt *st;
	uint32_t id;

	for (id = 0; id < s->words.word_count; id++) {
		if (used[id])
			continue;
		st = conn_stmt(&s->conn, SQL_WORD_DELETE, e);
		if (st == NULL)
			return -1;
		sqlite3_bind_int64(st, 1, id);
		if (conn_run(&s->conn, st, e) == -1)
			return -1;
	}
	return 0;
}

/* --- all --------------------------------------------------------------------------------------- */

static int
scrub_tables(struct search *s, uint8_t *used_words, struct err *e)
{
	sqlite3_stmt *st;
	int sort;

	for (sort = 0; sort < NAME__COUNT; sort++)
		if (drop_unused(s, (enum name_sort)sort, e) == -1)
			return -1;
	st = conn_stmt(&s->conn, SQL_COMMUNE_LABELS, e);
	if (st == NULL || conn_run(&s->conn, st, e) == -1 || mark_used_words(s, used_words, e) == -1)
		return -1;
	return drop_unused_words(s, used_words, e);
}

/* From the tables, then from memory. */
static int
scrub_rows(struct search *s, struct err *e)
{
	uint8_t *used = calloc(s->words.word_count + 1u, 1);
	int rc = -1;

	if (used == NULL)
		return err_memory(e);
	if (search_begin(s, e) == -1)
		goto out;
	if (scrub_tables(s, used, e) == -1 || search_batch_commit(s, e) == -1) {
		search_abort(s);
		goto out;
	}
	pthread_rwlock_wrlock(&s->lock);
	words_keep(&s->words, used);
	pthread_rwlock_unlock(&s->lock);
	rc = search_load_names(s, e);
out:
	free(used);
	return rc;
}

/* From the pages: those split or merged keep stale copies in their gaps, only a file written anew has
 * none.  Then from the log, which no reader may be looking at. */
static int
scrub_pages(struct search *s, struct err *e)
{
	int rc;

	if (conn_exec(&s->conn, "VACUUM", e) == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	rc = sqlite3_wal_checkpoint_v2(s->conn.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	pthread_rwlock_unlock(&s->lock);
	return rc == SQLITE_OK ? 0 : conn_fail(&s->conn, e);
}

static int
set_clean(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DIRTY_SET, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, 0);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	s->dirty = 0;
	return 0;
}

int
search_scrub(struct search *s, struct err *e)
{
	if (!s->dirty)
		return 0;
	if (scrub_rows(s, e) == -1 || scrub_pages(s, e) == -1 || set_clean(s, e) == -1)
		return err_wrap(e, "scrubbing the search index");
	return 0;
}

int
search_dirty(const struct search *s)
{
	return s->dirty;
}
