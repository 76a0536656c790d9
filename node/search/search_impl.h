/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_impl.h - what the files of node/search share; see search.h for what it does.
 *
 * Order of locks: pool_lock alone; lock alone.  The writer commits, and changes columns, only with
 * lock held for writing; a reader holds it for reading from its first statement to its last, so that
 * rows in memory and rows in the file are always of one state.
 */
#ifndef NODE_SEARCH_SEARCH_IMPL_H
#define NODE_SEARCH_SEARCH_IMPL_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

#include "node/search/column.h"
#include "node/search/search.h"
#include "node/search/stmt.h"
#include "node/search/words.h"

#define READERS_IDLE_MAX 16
#define WAL_PAGES_SOFT 4096	/* 16 MiB: checkpoint what readers allow */
#define STEPS_PER_TICK 4096
#define TICKS_PER_QUERY 4096
#define WAL_PAGES_HARD 16384	/* 64 MiB: wait for the readers, start the log afresh */

/* A connection and its statements, prepared when first used. */
struct conn {
	sqlite3 *db;
	int damaged;		/* SQLite found the file to be no database, or a broken one */
	sqlite3_stmt *stmt[SQL__COUNT];
};

/* What a batch does to one row and its words, by stem.  One block of memory, at was. */
struct change {
	uint32_t id;
	struct column row;
	struct weighed *was, *now;
	size_t was_count, now_count;
};

struct search {
	char *path;
	struct conn conn;		/* the writer's */
	int64_t seq;
	int dirty, in_batch, wal_pages;
	struct change *change;		/* of the batch: applied to columns at its commit */
	size_t changes, change_cap;
	struct group_claim *claim;	/* all there are, as of the last look */
	size_t claims, claim_cap;
	uint32_t *free_id;		/* numbers of rows given up */
	size_t free_ids, free_cap;
	uint32_t next_id;

	pthread_rwlock_t lock;
	struct columns columns;
	struct words words;

	pthread_mutex_t pool_lock;
	struct search_reader *idle[READERS_IDLE_MAX];
	size_t idle_count;
	size_t taken;
	int damaged;			/* found by a reader */
	int renewing;			/* no reader is given */
};

struct search_reader {
	struct search *search;
	struct conn conn;
	struct stemmer *stemmer;
	struct match match;
	struct picks candidates, hits, others;	/* of the query being run */
	uint64_t *zeroed;		/* a word for each PLANE_BITS rows, 0 between queries */
	uint32_t zeroed_words;
	unsigned ticks;			/* of STEPS_PER_TICK virtual machine steps: what this query may still use */
};

/* --- conn.c ------------------------------------------------------------------------------------ */

enum conn_role { CONN_WRITES, CONN_READS };
int	conn_open(struct conn *c, const char *path, enum conn_role role, struct err *e);
void	conn_close(struct conn *c);
/* The statement, reset and with all parameters NULL. */
sqlite3_stmt *conn_stmt(struct conn *c, enum search_stmt which, struct err *e);
/* Step a statement that returns no row, or whose row does not matter, and reset it. */
int	conn_run(struct conn *c, sqlite3_stmt *st, struct err *e);
int	conn_fail(struct conn *c, struct err *e);	/* err_set from the connection's own message; -1 */
int	conn_exec(struct conn *c, const char *sql, struct err *e);
void	conn_bind(sqlite3_stmt *st, int at, struct span text);		/* borrowed until the reset */
void	conn_bind_str(sqlite3_stmt *st, int at, const char *text);		/* NULL binds NULL */
struct span conn_text(sqlite3_stmt *st, int at);

/* --- load.c ------------------------------------------------------------------------------------ */

/* Read columns, words and the free numbers out of the file; what was there before is replaced only
 * when all went well.  Takes lock for writing to put them in place. */
int	search_load(struct search *s, struct err *e);
int	search_load_names(struct search *s, struct err *e);	/* the names alone, likewise */
int32_t	search_day(int64_t unix_s);

/* --- claims.c: what is said to be one thing ------------------------------------------------------- */

/* Read all claims again out of the file, the batch's changes with them. */
int	claims_read(struct search *s, struct err *e);
/* Group the rows of c, which nobody else reads yet or the lock is held for writing, as they say. */
int	claims_apply(const struct search *s, struct columns *c, struct err *e);

/* --- intern.c: numbers for names ----------------------------------------------------------------- */

/* 1 and the number, 0 when unknown, -1. */
int	intern_author_find(struct search *s, struct span did, uint32_t *id, int *own, struct err *e);
int	intern_author(struct search *s, struct span did, int own, uint32_t *id, struct err *e);
/* The author's own presentation names it in every list: its territory record, else its node's. */
int	intern_author_name(struct search *s, uint32_t id, const struct search_doc *doc, const char *name,
	    struct err *e);
/* A territory's own practice: its label, and where it stands in the tree. */
int	intern_practice_name(struct search *s, struct span key, struct span label, struct span parent, struct err *e);
int	intern_practice_forget(struct search *s, struct span label, struct err *e);	/* its record went */
/* Number all names of a record into row. */
struct extract;
int	intern_names(struct search *s, const struct search_doc *doc, const struct extract *x,
	    struct column *row, struct err *e);

/* --- weigh.c: a record's words ------------------------------------------------------------------- */

struct weighing {
	struct weighed *by_number, *by_stem;	/* rising */
	size_t numbers, stems;
};

/* Cut, number (adding to the dictionary) and weigh the words of x; the lists live in a. */
int	weigh(struct search *s, const struct extract *x, struct arena *a, struct weighing *out, struct err *e);
/* By stem, what the bytes in the file say. */
int	weigh_stored(const struct words *w, struct span bytes, struct arena *a, struct weighing *out,
	    struct err *e);

/* --- index.c ----------------------------------------------------------------------------------- */

/* Commit in the file and apply to what is in memory, as one step for every reader. */
int	search_batch_commit(struct search *s, struct err *e);
void	search_batch_forget(struct search *s);		/* the changes not applied */

/* --- card.c ------------------------------------------------------------------------------------ */

/* The card of row id; lock is held for reading.  ERR_NOT_FOUND when there is none. */
int	search_card_read(struct search_reader *r, uint32_t id, int64_t now_s, struct arena *a,
	    struct search_card *out, struct err *e);

#endif
