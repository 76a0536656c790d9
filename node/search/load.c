/* SPDX-License-Identifier: AGPL-3.0-or-later
 * load.c - fills the columns in memory from search.db; see search_impl.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/search_impl.h"
#include "proto/err.h"
#include "proto/record.h"

int32_t
search_day(int64_t unix_s)
{
	return (int32_t)(unix_s / DAY_S);
}

static int
load_authors(struct conn *c, struct columns *out, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(c, SQL_LOAD_AUTHORS, e);
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (names_set(out, NAME_AUTHOR, (uint32_t)sqlite3_column_int64(st, 0), conn_text(st, 1),
		    conn_text(st, 3), (struct span){ "", 0 }, sqlite3_column_int(st, 2), e) == -1)
			return -1;
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : conn_fail(c, e);
}

/* Twice: a practice's parent may have come after it. */
static int
load_terms(struct conn *c, struct columns *out, struct err *e)
{
	sqlite3_stmt *st;
	int pass, rc, sort;

	for (pass = 0; pass < 2; pass++) {
		st = conn_stmt(c, SQL_LOAD_TERMS, e);
		if (st == NULL)
			return -1;
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			sort = sqlite3_column_int(st, 0);
			if (sort <= NAME_AUTHOR || sort >= NAME__COUNT)
				return err_set(e, ERR_IO, "search index: a term of no sort");
			if (names_set(out, (enum name_sort)sort, (uint32_t)sqlite3_column_int64(st, 1),
			    conn_text(st, 2), conn_text(st, 3), conn_text(st, 4), 0, e) == -1)
				return -1;
		}
		if (rc != SQLITE_DONE)
			return conn_fail(c, e);
	}
	return 0;
}

static int32_t
position(sqlite3_stmt *st, int at)
{
	return sqlite3_column_type(st, at) == SQLITE_NULL ? NO_POSITION : sqlite3_column_int(st, at);
}

static void
read_row(sqlite3_stmt *st, struct column *row)
{
	const void *practices = sqlite3_column_blob(st, 14);
	size_t bytes = (size_t)sqlite3_column_bytes(st, 14);

	memset(row, 0, sizeof *row);
	row->author = (uint32_t)sqlite3_column_int64(st, 1);
	row->kind = (uint8_t)sqlite3_column_int(st, 2);
	row->updated = sqlite3_column_int64(st, 3);
	row->lapse_day = search_day(expiry_day(sqlite3_column_int64(st, 4)));
	row->lang = (uint16_t)sqlite3_column_int(st, 5);
	row->title = token_title_key(conn_text(st, 6));
	row->commune = (uint32_t)sqlite3_column_int64(st, 7);
	row->lat_e7 = position(st, 8);
	row->lon_e7 = position(st, 9);
	row->axes = (uint8_t)sqlite3_column_int(st, 10);
	row->access = (uint8_t)sqlite3_column_int(st, 11);
	row->terms = (uint16_t)sqlite3_column_int(st, 12);
	row->status = (int8_t)sqlite3_column_int(st, 13);
	if (bytes > sizeof row->practice)
		bytes = sizeof row->practice;
	if (bytes > 0)
		memcpy(row->practice, practices, bytes);
	row->practices = (uint8_t)(bytes / sizeof row->practice[0]);
	row->type = (uint16_t)sqlite3_column_int(st, 15);
	row->flags = (uint8_t)sqlite3_column_int(st, 16);
	row->from_min = sqlite3_column_int(st, 17);
	row->to_min = sqlite3_column_int(st, 18);
}

/* Do all the numbers of a row name something?  A damaged file must not index past an array. */
static int
row_holds(const struct columns *c, const struct column *row)
{
	size_t i;

	for (i = 0; i < row->practices; i++)
		if (row->practice[i] >= c->names[NAME_PRACTICE].count)
			return 0;
	return row->kind > KIND_UNKNOWN && row->kind < KIND__COUNT &&
	    row->author < c->names[NAME_AUTHOR].count &&
	    (row->commune == 0 || row->commune < c->names[NAME_COMMUNE].count) &&
	    (row->type == 0 || row->type < c->names[NAME_TYPE].count) &&
	    (row->lang == 0 || row->lang < c->names[NAME_LANG].count);
}

static int
load_words(struct conn *c, struct words *out, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(c, SQL_LOAD_WORDS, e);
	int64_t id;
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		id = sqlite3_column_int64(st, 0);
		if (id < 0 || id >= UINT32_MAX)
			return err_set(e, ERR_IO, "search index: a word of no number");
		if (words_add(out, (uint32_t)id, conn_text(st, 1), e) == -1)
			return -1;
	}
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? words_order(out, e) : conn_fail(c, e);
}

static int
load_docs(struct conn *c, struct columns *out, struct words *words, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(c, SQL_LOAD_DOCS, e);
	struct column row;
	int64_t id;
	int rc;

	if (st == NULL)
		return -1;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		id = sqlite3_column_int64(st, 0);
		read_row(st, &row);
		if (id < 1 || id > UINT32_MAX || !row_holds(out, &row))
			return err_set(e, ERR_IO, "search index: row %lld is not ours", (long long)id);
		if (columns_set(out, (uint32_t)id, &row, e) == -1 ||
		    words_load(words, (uint32_t)id, conn_text(st, 19), e) == -1)
			return -1;
	}
	sqlite3_reset(st);
	columns_settle(out);
	return rc == SQLITE_DONE ? 0 : conn_fail(c, e);
}

/* The numbers below next_id that no row has. */
static int
find_free(struct search *s, struct err *e)
{
	uint32_t id, holes = 0;
	uint32_t *array;

	s->next_id = s->columns.count > 0 ? s->columns.count : 1;
	holes = s->next_id - 1 - s->columns.live;
	if (holes > s->free_cap) {
		array = realloc(s->free_id, holes * sizeof *array);
		if (array == NULL)
			return err_memory(e);
		s->free_id = array;
		s->free_cap = holes;
	}
	s->free_ids = 0;
	for (id = s->next_id - 1; id >= 1; id--)
		if (s->columns.row[id].kind == KIND_UNKNOWN)
			s->free_id[s->free_ids++] = id;
	return 0;
}

int
search_load(struct search *s, struct err *e)
{
	struct columns columns = {0}, old_columns;
	struct words words = {0}, old_words;
	int rc = -1;

	if (words_init(&words, e) == -1 || load_authors(&s->conn, &columns, e) == -1 ||
	    load_terms(&s->conn, &columns, e) == -1 || load_words(&s->conn, &words, e) == -1 ||
	    load_docs(&s->conn, &columns, &words, e) == -1 || claims_read(s, e) == -1 ||
	    claims_apply(s, &columns, e) == -1)
		goto out;
	pthread_rwlock_wrlock(&s->lock);
	old_columns = s->columns;
	old_words = s->words;
	s->columns = columns;
	s->words = words;
	pthread_rwlock_unlock(&s->lock);
	columns = old_columns;
	words = old_words;
	search_batch_forget(s);
	rc = find_free(s, e);
out:
	columns_free(&columns);
	words_free(&words);
	return rc;
}

int
search_load_names(struct search *s, struct err *e)
{
	struct columns fresh = {0};
	struct names old;
	int sort, rc = -1;

	if (load_authors(&s->conn, &fresh, e) == -1 || load_terms(&s->conn, &fresh, e) == -1)
		goto out;
	pthread_rwlock_wrlock(&s->lock);
	for (sort = 0; sort < NAME__COUNT; sort++) {
		old = s->columns.names[sort];
		s->columns.names[sort] = fresh.names[sort];
		fresh.names[sort] = old;
	}
	pthread_rwlock_unlock(&s->lock);
	rc = 0;
out:
	columns_free(&fresh);
	return rc;
}
