/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db.h - one SQLite connection with its prepared statements, and errors as ours.
 *
 * A connection is one thread's at a time.  Statements are named (stmt.h) and
 * prepared at their first use; db_row says "one row read" and resets at the end, so
 * that a forgotten reset cannot hold a snapshot open.
 */
#ifndef NODE_STORE_DB_H
#define NODE_STORE_DB_H

#include <stdint.h>

#include <sqlite3.h>

#include "node/store/stmt.h"
#include "proto/buf.h"

struct err;

#define BUSY_MS 10000	/* how long a connection waits for another's lock */

struct db {
	sqlite3 *handle;
	sqlite3_stmt *stmt[STMT__COUNT];
};

int	db_open(struct db *d, const char *path, int readonly, struct err *e);
void	db_close(struct db *d);
/* Run the migrations that the file lacks, each in a transaction of its own. */
int	db_migrate(struct db *d, struct err *e);

/* The statement, reset and unbound.  Never NULL: preparing is tested, its failure is ERR_INTERNAL through db_step. */
sqlite3_stmt *db_stmt(struct db *d, enum stmt name);
void	db_int(sqlite3_stmt *st, int at, int64_t v);
void	db_text(sqlite3_stmt *st, int at, struct span v);	/* borrowed until the reset */
void	db_str(sqlite3_stmt *st, int at, const char *v);	/* NULL binds NULL */
void	db_blob(sqlite3_stmt *st, int at, const void *v, size_t n);

/* 1 a row, 0 done (and reset), -1 failed (and reset). */
int	db_row(struct db *d, sqlite3_stmt *st, struct err *e);
/* Run to the end, rows ignored. */
int	db_run(struct db *d, sqlite3_stmt *st, struct err *e);
int	db_exec(struct db *d, const char *sql, struct err *e);
int	db_fail(struct db *d, struct err *e);	/* -1 with what SQLite says */

struct span db_get_span(sqlite3_stmt *st, int col);		/* borrowed until the next step */
const char *db_get_text(sqlite3_stmt *st, int col, struct arena *a);	/* copy; NULL for NULL */

#endif
