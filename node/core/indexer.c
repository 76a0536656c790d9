/* SPDX-License-Identifier: AGPL-3.0-or-later
 * indexer.c - see indexer.h. */
#include "node/core/indexer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/tend.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "proto/err.h"

#define BATCH_RECORDS 2000
#define TEND_MS 60000
#define TEND_SOON_MS 2000		/* while the clock is in doubt: a neighbour's next word may settle it */
#define COMPLAIN_MS 60000
#define QUIET_MS 300		/* no news for so long: time to scrub */
#define SCRUB_SHARE 10		/* scrubbing takes at most a tenth of the time */

struct indexer {
	struct node *node;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	int started, stopping, woken;
	pthread_mutex_t turn;		/* held while indexing: the thread, or catch_up */
	_Atomic int64_t seq;
	int64_t scrub_after_ms, tend_at_ms, complain_at_ms;
};

static int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- following ------------------------------------------------------------------------------- */

struct step {
	struct indexer *x;
	int64_t last, last_removed;
	size_t count;
};

static int
put_row(void *ctx, const struct stored *row, struct err *e)
{
	struct step *step = ctx;
	struct node *n = step->x->node;
	const struct record *r = &row->record;
	struct err why = {0};
	struct search_doc doc = {
		.author = r->author, .kind = r->kind, .rid = r->rid, .seq = row->seq,
		.updated = r->updated, .created = r->created, .expires = r->expires,
		.lang = r->lang, .license = r->license, .content = r->content,
	};
	struct author_info a;

	step->last = row->seq;
	step->count++;
	if (r->kind == KIND_UNKNOWN)
		return 0;
	if (r->deleted)
		return search_delete(n->search, r->author, r->kind, r->rid, e);
	doc.own = store_author(n->store, r->author, &a) && a.own;
	doc.shown = kind_check(r->kind, r->content, NULL, &why) == 0;
	return search_put(n->search, &doc, e);
}

static int
remove_row(void *ctx, int64_t seq, const struct ref *ref, struct err *e)
{
	struct step *step = ctx;
	struct search *search = step->x->node->search;

	step->last_removed = seq;
	if (ref->kind.len == 0)
		return search_delete_author(search, ref->author, e);
	return search_delete(search, ref->author, kind_find(ref->kind), ref->rid, e);
}

/* One batch.  1: there may be more. */
static int
advance(struct indexer *x, struct err *e)
{
	struct node *n = x->node;
	static const struct changes_filter everything = { .lapsed_too = 1 };
	struct step step = { .x = x, .last = x->seq };
	struct reader *r = NULL;
	int64_t newest;
	int rc = -1, partial;

	if (store_seq(n->store) <= x->seq)
		return 0;
	if (store_read(n->store, &r, e) == -1 || search_begin(n->search, e) == -1)
		goto out;
	/* One snapshot.  Removals first: a name that has a row now has come back since, or never went.
	 * All of them are due in the first piece, rows follow in pieces. */
	if (store_read_seq(r, &newest, e) == -1 ||
	    store_removed(r, x->seq, INT64_MAX, remove_row, &step, e) == -1 ||
	    store_changes(r, x->seq, &everything, BATCH_RECORDS, put_row, &step, e) == -1) {
		search_abort(n->search);
		goto out;
	}
	partial = step.count == BATCH_RECORDS;
	if (!partial)			/* removals, and rows that are not in the set, have numbers too */
		step.last = newest;
	if (search_commit(n->search, step.last, e) == -1) {
		search_abort(n->search);
		goto out;
	}
	x->seq = step.last;
	rc = partial;
out:
	store_read_end(r);
	if (rc != -1 && step.last_removed > 0 && store_removed_trim(n->store, x->seq, e) == -1)
		return -1;
	return rc;
}

int
indexer_catch_up(struct indexer *x, struct err *e)
{
	int rc;

	pthread_mutex_lock(&x->turn);
	while ((rc = advance(x, e)) == 1)
		continue;
	pthread_mutex_unlock(&x->turn);
	return rc;
}

int
indexer_scrub(struct indexer *x, int *clean, struct err *e)
{
	int rc, done;

	if (indexer_catch_up(x, e) == -1)
		return -1;
	pthread_mutex_lock(&x->turn);
	rc = search_dirty(x->node->search) ? search_scrub(x->node->search, e) : 0;
	pthread_mutex_unlock(&x->turn);
	if (rc == -1 || (done = store_scrub(x->node->store, e)) == -1)
		return -1;
	*clean = done;
	return 0;
}

/* --- housekeeping ---------------------------------------------------------------------------- */

static void
scrub(struct indexer *x)
{
	struct node *n = x->node;
	int64_t start = monotonic_ms(), took;
	struct err e = {0};

	if (start < x->scrub_after_ms || (!store_unscrubbed(n->store) && !search_dirty(n->search)))
		return;
	pthread_mutex_lock(&x->turn);
	if (search_dirty(n->search) && search_scrub(n->search, &e) == -1)
		log_line(n->log, LEVEL_WARN, "indexer", "scrub failed", "error", e.text, NULL);
	pthread_mutex_unlock(&x->turn);
	if (store_scrub(n->store, &e) == -1)
		log_line(n->log, LEVEL_WARN, "indexer", "scrub failed", "error", e.text, NULL);
	took = monotonic_ms() - start;
	x->scrub_after_ms = start + QUIET_MS + took * SCRUB_SHARE;
}

static void
wait_for_news(struct indexer *x)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += QUIET_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&x->mutex);
	if (!x->woken && !x->stopping)
		pthread_cond_timedwait(&x->wake, &x->mutex, &until);
	x->woken = 0;
	pthread_mutex_unlock(&x->mutex);
}

/* Once a minute. */
static void
complain(struct indexer *x, const struct err *e)
{
	int64_t now = monotonic_ms();

	if (now < x->complain_at_ms)
		return;
	x->complain_at_ms = now + COMPLAIN_MS;
	log_line(x->node->log, LEVEL_ERROR, "indexer", "cannot index", "error", e->text, NULL);
}

/* A damaged search.db is thrown away and built anew from record.db, which is the truth, while everything goes on. */
static void
mend(struct indexer *x)
{
	struct node *n = x->node;
	struct err e = {0};
	int rc;

	if (!search_damaged(n->search))
		return;
	pthread_mutex_lock(&x->turn);
	rc = search_renew(n->search, store_history(n->store), &e);
	if (rc == 1)
		x->seq = search_seq(n->search);
	pthread_mutex_unlock(&x->turn);
	if (rc == 1)
		log_line(n->log, LEVEL_WARN, "indexer", "search.db was damaged: it is being built anew", NULL);
	else if (rc == -1)
		complain(x, &e);
}

static void *
run(void *arg)
{
	struct indexer *x = arg;
	struct err e = {0};
	int stopping = 0;

	while (!stopping) {
		int64_t was = x->seq;

		mend(x);
		if (indexer_catch_up(x, &e) == -1)
			complain(x, &e);
		if (x->seq != was)
			tend_indexed(x->node);
		else
			scrub(x);
		if (monotonic_ms() >= x->tend_at_ms) {
			tend_node(x->node);
			x->tend_at_ms = monotonic_ms() + (clock_waits(x->node) ? TEND_SOON_MS : TEND_MS);
		}
		wait_for_news(x);
		pthread_mutex_lock(&x->mutex);
		stopping = x->stopping;
		pthread_mutex_unlock(&x->mutex);
	}
	return NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

int
indexer_open(struct node *n, struct indexer **out, struct err *e)
{
	struct indexer *x = calloc(1, sizeof *x);

	if (x == NULL)
		return err_memory(e);
	x->node = n;
	x->seq = search_seq(n->search);
	pthread_mutex_init(&x->mutex, NULL);
	pthread_mutex_init(&x->turn, NULL);
	pthread_cond_init(&x->wake, NULL);
	*out = x;
	return 0;
}

int
indexer_start(struct indexer *x, struct err *e)
{
	if (pthread_create(&x->thread, NULL, run, x) != 0)
		return err_set(e, ERR_MEMORY, "cannot start the indexer thread");
	x->started = 1;
	return 0;
}

void
indexer_halt(struct indexer *x)
{
	if (!x->started)
		return;
	pthread_mutex_lock(&x->mutex);
	x->stopping = 1;
	pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->mutex);
	pthread_join(x->thread, NULL);
	x->started = 0;
}

void
indexer_free(struct indexer *x)
{
	if (x == NULL)
		return;
	pthread_cond_destroy(&x->wake);
	pthread_mutex_destroy(&x->turn);
	pthread_mutex_destroy(&x->mutex);
	free(x);
}

void
indexer_wake(struct indexer *x)
{
	pthread_mutex_lock(&x->mutex);
	x->woken = 1;
	pthread_cond_signal(&x->wake);
	pthread_mutex_unlock(&x->mutex);
}

int64_t
indexer_seq(const struct indexer *x)
{
	return x->seq;
}
