/* SPDX-License-Identifier: AGPL-3.0-or-later
 * conn.c - one SQLite connection and its prepared statements; see search_impl.h. */
#include <string.h>

#include "node/search/search_impl.h"
#include "proto/err.h"

/* Erased text must not survive in free pages (secure_delete); only the writer ever checkpoints:
 * SQLite before 3.51 can corrupt a log that two connections reset at once. */
static const char writer_pragmas[] =
	"PRAGMA secure_delete = ON;"
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = NORMAL;"
	"PRAGMA wal_autocheckpoint = 0;"
	"PRAGMA mmap_size = 0;"
	"PRAGMA cache_size = -16384;";

static const char reader_pragmas[] =
	"PRAGMA query_only = ON;"
	"PRAGMA wal_autocheckpoint = 0;"
	"PRAGMA mmap_size = 0;"
	"PRAGMA cache_size = -8192;"
	"PRAGMA temp_store = MEMORY;";

int
conn_fail(struct conn *c, struct err *e)
{
	int code = c->db == NULL ? SQLITE_NOMEM : sqlite3_errcode(c->db);

	if (code == SQLITE_NOMEM)
		return err_memory(e);
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		c->damaged = 1;
	return err_set(e, code == SQLITE_BUSY ? ERR_BUSY : ERR_IO, "search index: %s",
	    sqlite3_errmsg(c->db));
}

int
conn_exec(struct conn *c, const char *sql, struct err *e)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : conn_fail(c, e);
}

int
conn_open(struct conn *c, const char *path, enum conn_role role, struct err *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	memset(c, 0, sizeof *c);
	if (role == CONN_WRITES)
		flags |= SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK)
		goto fail;
	sqlite3_busy_timeout(c->db, 2000);
	if (role == CONN_READS)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (conn_exec(c, role == CONN_WRITES ? writer_pragmas : reader_pragmas, e) == -1) {
		conn_close(c);
		return -1;
	}
	return 0;
fail:
	conn_fail(c, e);
	conn_close(c);
	return -1;
}

void
conn_close(struct conn *c)
{
	int i;

	for (i = 0; i < SQL__COUNT; i++)
		sqlite3_finalize(c->stmt[i]);
	sqlite3_close(c->db);
	memset(c, 0, sizeof *c);
}

sqlite3_stmt *
conn_stmt(struct conn *c, enum search_stmt which, struct err *e)
{
	sqlite3_stmt *st = c->stmt[which];

	if (st == NULL) {
		if (sqlite3_prepare_v3(c->db, search_sql[which], -1, SQLITE_PREPARE_PERSISTENT, &st,
		    NULL) != SQLITE_OK) {
			conn_fail(c, e);
			return NULL;
		}
		c->stmt[which] = st;
	}
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return st;
}

int
conn_run(struct conn *c, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		rc = SQLITE_DONE;
	if (rc != SQLITE_DONE)
		conn_fail(c, e);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

void
conn_bind(sqlite3_stmt *st, int at, struct span text)
{
	sqlite3_bind_text64(st, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void
conn_bind_str(sqlite3_stmt *st, int at, const char *text)
{
	if (text != NULL)
		sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

struct span
conn_text(sqlite3_stmt *st, int at)
{
	const unsigned char *text = sqlite3_column_text(st, at);

	return (struct span){ text != NULL ? (const char *)text : "",
	    text != NULL ? (size_t)sqlite3_column_bytes(st, at) : 0 };
}
