/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db.c - see db.h. */
#include "node/store/db.h"

#include <string.h>

#include "sql_record.h"
#include "proto/err.h"

/* The writer alone checkpoints (SQLite before 3.50.3 could corrupt a log that several connections reset);
 * a commit is on disk before it is acknowledged; what is deleted is overwritten. */
static const char writer_pragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16000;"
    "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;";
static const char reader_pragmas[] =
    "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-2000;"
    "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;";

int
db_fail(struct db *d, struct err *e)
{
	int code = d->handle == NULL ? SQLITE_NOMEM : sqlite3_errcode(d->handle) & 0xff;

	if (code == SQLITE_FULL)
		return err_set(e, ERR_IO, "the disk is full");
	if (code == SQLITE_NOMEM)
		return err_memory(e);
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return err_set(e, ERR_BUSY, "the database is busy");
	return err_set(e, code == SQLITE_MISUSE || code == SQLITE_ERROR ? ERR_INTERNAL : ERR_IO,
	    "database: %s", d->handle == NULL ? "cannot open" : sqlite3_errmsg(d->handle));
}

int
db_exec(struct db *d, const char *sql, struct err *e)
{
	return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_fail(d, e);
}

int
db_open(struct db *d, const char *path, int readonly, struct err *e)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (readonly ? 0 : SQLITE_OPEN_CREATE);

	memset(d, 0, sizeof *d);
	if (sqlite3_open_v2(path, &d->handle, flags, NULL) != SQLITE_OK) {
		db_fail(d, e);
		db_close(d);
		return err_wrap(e, "%s", path);
	}
	sqlite3_busy_timeout(d->handle, BUSY_MS);
	sqlite3_limit(d->handle, SQLITE_LIMIT_ATTACHED, 1);	/* VACUUM INTO attaches its target */
	sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (db_exec(d, readonly ? reader_pragmas : writer_pragmas, e) == -1) {
		db_close(d);
		return err_wrap(e, "%s", path);
	}
	return 0;
}

void
db_close(struct db *d)
{
	size_t i;

	for (i = 0; i < STMT__COUNT; i++)
		sqlite3_finalize(d->stmt[i]);
	sqlite3_close(d->handle);
	memset(d, 0, sizeof *d);
}

static int
user_version(struct db *d, struct err *e)
{
	sqlite3_stmt *st;
	int v = -1;

	if (sqlite3_prepare_v2(d->handle, "PRAGMA user_version", -1, &st, NULL) != SQLITE_OK)
		return db_fail(d, e);
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int(st, 0);
	else
		db_fail(d, e);
	sqlite3_finalize(st);
	return v;
}

int
db_migrate(struct db *d, struct err *e)
{
	size_t n = sizeof sql_record / sizeof sql_record[0], i;
	int have = user_version(d, e);
	char done[48];

	if (have == -1)
		return -1;
	if ((size_t)have > n)
		return err_set(e, ERR_CONFLICT, "the database was written by a newer essaim (schema %d, this one"
		    " knows %zu): update the program", have, n);
	for (i = (size_t)have; i < n; i++) {
		sqlite3_snprintf(sizeof done, done, "PRAGMA user_version=%d", (int)i + 1);
		if (db_exec(d, "BEGIN IMMEDIATE", e) == -1 || db_exec(d, sql_record[i].text, e) == -1 ||
		    db_exec(d, done, e) == -1 || db_exec(d, "COMMIT", e) == -1) {
			sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
			return err_wrap(e, "migration %s", sql_record[i].name);
		}
	}
	return 0;
}

sqlite3_stmt *
db_stmt(struct db *d, enum stmt name)
{
	if (d->stmt[name] == NULL)
		sqlite3_prepare_v3(d->handle, stmt_sql[name], -1, SQLITE_PREPARE_PERSISTENT,
		    &d->stmt[name], NULL);
	else {
		sqlite3_reset(d->stmt[name]);
		sqlite3_clear_bindings(d->stmt[name]);
	}
	return d->stmt[name];
}

void
db_int(sqlite3_stmt *st, int at, int64_t v)
{
	sqlite3_bind_int64(st, at, v);
}

void
db_text(sqlite3_stmt *st, int at, struct span v)
{
	sqlite3_bind_text(st, at, v.ptr == NULL ? "" : v.ptr, (int)v.len, SQLITE_STATIC);
}

void
db_str(sqlite3_stmt *st, int at, const char *v)
{
	sqlite3_bind_text(st, at, v, -1, SQLITE_STATIC);
}

void
db_blob(sqlite3_stmt *st, int at, const void *v, size_t n)
{
	sqlite3_bind_blob(st, at, v, (int)n, SQLITE_STATIC);
}

int
db_row(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE) {
		sqlite3_reset(st);
		return 0;
	}
	db_fail(d, e);
	sqlite3_reset(st);
	return -1;
}

int
db_run(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc;

	while ((rc = db_row(d, st, e)) == 1)
		continue;
	return rc;
}

struct span
db_get_span(sqlite3_stmt *st, int col)
{
	const void *p = sqlite3_column_blob(st, col);

	return (struct span){ p, (size_t)sqlite3_column_bytes(st, col) };
}

const char *
db_get_text(sqlite3_stmt *st, int col, struct arena *a)
{
	if (sqlite3_column_type(st, col) == SQLITE_NULL)
		return NULL;
	return arena_copy(a, db_get_span(st, col));
}
