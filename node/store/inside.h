/* SPDX-License-Identifier: AGPL-3.0-or-later
 * inside.h - what the files of node/store share: the writer's state and its small verbs.
 *
 * Everything here marked (writer) is touched by the writer thread alone, or under the
 * write lock by it and under the read lock by others.
 */
#ifndef NODE_STORE_INSIDE_H
#define NODE_STORE_INSIDE_H

#include <pthread.h>
#include <stdint.h>

#include "node/store/db.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "proto/set.h"
#include "proto/shelf.h"

struct log;

/* What a row counts as: one by its name, live in the quota, a tombstone, a vouch. */
enum record_class { CLASS_FREE, CLASS_LIVE, CLASS_TOMBSTONE, CLASS_VOUCH };

#define NO_AUTHOR UINT32_MAX

/* One author as memory knows it; info.num is its index. */
struct author {
	struct author_info info;
	int64_t lost;		/* when admission was lost; 0 */
	int meets;		/* its territory's areas and ours: 1, 0, -1 it names none */
	int64_t vouches;
};

struct roster {
	struct author *author;
	size_t count, cap;
	uint32_t *slot;		/* open addressing, did -> num + 1 */
	size_t slots;
	int64_t by_kind[KIND__COUNT];	/* live, in the set */
	int64_t live, tombstones, lapsed;
};

struct set_op {
	int insert;
	uint32_t author;
	char kind[KIND_CHARS_MAX + 1];
	int64_t created;
	uint8_t id[32];
};

struct job {
	int (*run)(struct store *s, void *ctx, struct err *e);
	void *ctx;
	int bare;			/* outside any transaction, after the others of its group */
	int rc, done;
	struct err err;
	struct job *next;
};

struct store {
	struct store_config config;
	char *path;		/* owned; config.path */
	char *scope_id;		/* owned; config.scope.id */
	char epoch[24], history[40];
	struct db w;			/* the writer's connection */

	pthread_rwlock_t lock;		/* guards set, roster and seq against readers */
	struct set *set;
	struct shelf *shelf;		/* filtered sets beside it */
	struct roster roster;
	int64_t seq;			/* (writer) the last one given out */
	int64_t committed;		/* the last one on disk */

	/* (writer) of the transaction under way */
	struct set_op *op;
	size_t op_count, op_cap;
	int admission_stale;		/* vouches, choices or territories changed since the last walk */
	int scope_walked;		/* who is outside is known since the start */
	int unsynced;			/* memory and database may differ: read all again before anything else */
	char loosened[DIDKEY_CHARS + 1];/* one author whose refusals may pass now */
	int loosened_all;
	_Atomic int blocks;		/* how many blocks and erasures there are: 0 spares the look-up, readers' too */
	int shed;			/* content was deleted since the file was last wiped */
	_Atomic int unscrubbed;		/* the log may hold what is deleted */

	pthread_t thread;
	pthread_mutex_t mutex;		/* guards the queue */
	pthread_cond_t queued, finished;
	struct job *head, **tail;
	int stopping, started;

	pthread_mutex_t pool_mutex;
	struct reader *pool;
	size_t pool_count;
};

struct reader {
	struct store *store;
	struct db db;
	struct reader *next;
};

#define READERS_KEPT 16
#define SHELF_SETS_MAX 16
#define SHELF_ITEMS_MAX 1000000

/* store.c: run a job on the writer thread, in the next commit; waits. */
int	store_job(struct store *s, int (*run)(struct store *, void *, struct err *), void *ctx, struct err *e);
/* The same outside any transaction. */
int	store_job_bare(struct store *s, int (*run)(struct store *, void *, struct err *), void *ctx,
	    struct err *e);

/* erase.c: is the name on the list of erased ones?  0, 1, 2 allowed again, -1. */
int	erased(struct db *db, const char *ref, struct err *e);

/* roster.c */
uint32_t roster_find(const struct roster *r, struct span did);	/* NO_AUTHOR */
/* (writer) The author's number, made when it is new. */
int	roster_add(struct store *s, struct span did, uint32_t *num, struct err *e);
int	roster_load(struct store *s, struct err *e);	/* (writer) everything from the database again */
void	roster_clear(struct roster *r);
/* (writer) Count a row in or out (n is +1 or -1). */
void	roster_count(struct store *s, uint32_t author, enum kind kind, enum record_class class, int in_set, int n);
/* (writer) Walk admission again when it is stale, and act on what changed. */
int	roster_admit(struct store *s, struct err *e);
void	roster_loosen(struct store *s, struct span did);	/* empty: everybody */
/* What an own or listed author begins the walk with. */
struct admission_root roster_root(const struct author_info *a);
struct admission_vouch vouch_read(sqlite3_stmt *st);	/* a row of STMT_VOUCH_ALL */

/* scope.c (writer), but scope_outside, which reads memory only */
struct scope_vouch {
	uint32_t from, to;
};
int	scope_load(struct db *db, const struct store_scope *scope, struct roster *r, struct err *e);
void	scope_note(struct store *s, uint32_t author, struct span content);	/* empty: no territory any more */
/* Who is inside now, given the vouches that count; drop what is outside and forget refusals of who came in. */
int	scope_walk(struct store *s, const struct scope_vouch *vouch, size_t n, struct err *e);
int	scope_outside(const struct store *s, const struct author_info *a, enum kind kind);

/* rows.c: the few ways a row changes, each keeping database, set and counts together. (writer) */
struct row {
	int64_t seq;
	uint32_t author;
	enum kind kind;
	char kind_name[KIND_CHARS_MAX + 1];
	char rid[RID_CHARS + 1];
	uint8_t id[32];
	int64_t created;
	int in_set;
	enum record_class class;
};
int64_t	row_next_seq(struct store *s);
int	row_insert(struct store *s, const struct record *r, uint32_t author, unsigned generation,
	    enum record_class class, int in_set, const char *peer, struct err *e);
/* successor: the name lives on under a new row, so the search index needs no removal. */
int	row_delete(struct store *s, const struct row *row, int successor, struct err *e);
int	row_lapse(struct store *s, const struct row *row, struct err *e);	/* one row out of the set, kept */
int	row_leave_author(struct store *s, uint32_t author, struct err *e);	/* out of the set, kept */
int	row_enter_author(struct store *s, uint32_t author, struct err *e);	/* back into it */
/* Delete those rows of the author that test says (1 delete, 0 keep, -1 fail). */
typedef int row_test(void *ctx, const struct row *row, struct span body, struct err *e);
int	row_purge_author(struct store *s, uint32_t author, row_test *test, void *ctx, struct err *e);
/* Delete what the author last changed before limit, identity and retirement apart. */
int	row_purge_older(struct store *s, uint32_t author, int64_t limit, struct err *e);
/* Delete the author's lowest of a class by (updated, id) while there are more than max. */
int	row_trim(struct store *s, uint32_t author, enum record_class class, int64_t max, struct err *e);
/* Is the author's quota of this row's class taken, so that others are refused for it? */
int	row_quota_taken(const struct store *s, const struct row *row);
enum record_class row_class(const struct record *r);
void	row_read(sqlite3_stmt *st, int col, struct row *out);	/* seq, kind, rid, id, created, in_set, class */

/* offer.c (writer) */
int	offer_one(struct store *s, struct offer_line *line, const char *peer, struct err *e);
int	offer_aside(struct store *s, sqlite3_stmt *st, struct err *e);	/* judge again what st selects: id, body, peer */
int	offer_take_vouch(struct store *s, uint32_t author, const struct record *r, struct err *e);	/* what it says counts */
/* Drop what is kept aside of an author and that test says. */
typedef int aside_test(void *ctx, const struct record *r);
int	aside_drop(struct store *s, struct span author, aside_test *test, void *ctx, struct err *e);

/* wipe.c (writer) */
int	shed(struct store *s, struct err *e);	/* content was deleted in this transaction: to be wiped from the file */
int	shed_load(struct store *s, struct err *e);
void	wipe_last(struct store *s);		/* the writer has ended: what can be done now */

#endif
