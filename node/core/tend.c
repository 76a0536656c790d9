/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tend.c - see tend.h. */
#include "node/core/tend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/keyring.h"
#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/own.h"

#define PEERS_FOR_MEDIAN 3
#define PEERS_MAX 512
#define PULL_FRESH_S (7LL * DAY_S)
#define RENEW_BATCH 500

/* --- the clock ------------------------------------------------------------------------------- */

static int
by_offset(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct peers_seen {
	size_t known, fresh;		/* known: named here or once met; fresh: answered within a day */
	int64_t median;			/* of the fresh ones' clocks, minus ours */
	int64_t last_ok;
};

static int
look_at_peers(struct node *n, struct peers_seen *out, struct err *e)
{
	int64_t offset[PEERS_MAX], now = node_now(n);
	struct reader *r;
	struct arena a = {0};
	struct peer *peer;
	size_t count, i;
	int rc;

	memset(out, 0, sizeof *out);
	if (store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_peers(r, &a, &peer, &count, e)) == 0)
		for (i = 0; i < count && out->fresh < PEERS_MAX; i++) {
			out->known += peer[i].sticky != 0 || peer[i].last_ok > 0;
			if (peer[i].last_ok > out->last_ok)
				out->last_ok = peer[i].last_ok;
			if (peer[i].last_ok > 0 && llabs(now - peer[i].last_ok) < DAY_S)
				offset[out->fresh++] = peer[i].clock_offset_s;
		}
	if (out->fresh > 0) {
		qsort(offset, out->fresh, sizeof *offset, by_offset);
		out->median = offset[out->fresh / 2];
	}
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

int
clock_check(struct node *n, struct err *e)
{
	struct peers_seen seen;

	if (look_at_peers(n, &seen, e) == -1)
		return -1;
	if (seen.fresh >= PEERS_FOR_MEDIAN) {
		if (llabs(seen.median) <= FUTURE_S) {
			n->clock_leapt = 0;
			return 0;
		}
		return err_set(e, ERR_CONFLICT, "this machine's clock is %lld s %s that of its neighbours: set it"
		    " right (systemctl enable --now systemd-timesyncd), nothing is signed until then",
		    (long long)llabs(seen.median), seen.median > 0 ? "behind" : "ahead of");
	}
	if (n->clock_leapt)
		return err_set(e, ERR_CONFLICT, "this machine's clock leapt more than %lld days since the node last"
		    " ran: if it is right now, say \"essaim doctor --confirm-clock\"",
		    (long long)(CLOCK_LEAP_S / DAY_S));
	return 0;
}

static int
read_note_time(struct node *n, const char *key, int64_t *out, struct err *e)
{
	struct reader *r;
	struct arena a = {0};
	const char *value;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_note(r, key, &a, &value, e)) == 1)
		*out = strtoll(value, NULL, 10);
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

static int
note_time(struct node *n, struct err *e)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)node_now(n));
	return store_note_put(n->store, "last-time", text, e);
}

/* A clock without a battery starts years back and is then set right: the note stays at the latest, so that this
 * is no leap. */
int
clock_start(struct node *n, struct err *e)
{
	int64_t last = 0, now = node_now(n);
	int rc = read_note_time(n, "last-time", &last, e);

	if (rc == -1)
		return -1;
	if (rc == 1 && now - last > CLOCK_LEAP_S)
		n->clock_leapt = 1;
	return n->clock_leapt || now <= last ? 0 : note_time(n, e);
}

int
clock_confirm(struct node *n, struct err *e)
{
	n->clock_leapt = 0;
	return note_time(n, e);
}

/* --- after a restore ------------------------------------------------------------------------- */

#define RESTORED "restored"

/* What the backup says of earlier exchanges is no exchange since. */
static void
forget_exchange(void *ctx, struct peer *p)
{
	(void)ctx;
	p->last_ok = 0;
}

int
restore_note(struct node *n, struct err *e)
{
	struct reader *r = NULL;
	struct arena a = {0};
	struct peer *peer;
	char text[24];
	size_t count, i;
	int rc = store_read(n->store, &r, e);

	if (rc == 0)
		rc = store_peers(r, &a, &peer, &count, e);
	store_read_end(r);
	for (i = 0; rc != -1 && i < count; i++)
		rc = store_peer_change(n->store, peer[i].url, forget_exchange, NULL, e);
	snprintf(text, sizeof text, "%lld", rc == -1 || count == 0 ? 0 : (long long)node_now(n));
	arena_clear(&a);
	return rc == -1 ? -1 : store_note_put(n->store, RESTORED, text, e);
}

int
restore_waits(struct node *n, int64_t *since, struct err *e)
{
	struct peers_seen seen;
	int rc;

	*since = 0;
	if ((rc = read_note_time(n, RESTORED, since, e)) != 1 || *since == 0)
		return rc == -1 ? -1 : 0;
	if (look_at_peers(n, &seen, e) == -1)
		return -1;
	return seen.last_ok == 0;
}

/* The first exchange after a restore is over: what this node says of itself is up to it again. */
static int
end_restore(struct node *n, struct err *e)
{
	int64_t since;
	int rc = restore_waits(n, &since, e);

	if (rc != 0 || since == 0)
		return rc == -1 ? -1 : 0;
	log_line(n->log, LEVEL_INFO, "tend", "restored, and has heard from a peer", NULL);
	return store_note_put(n->store, RESTORED, "0", e) == -1 || node_announce(n, e) == -1 ? -1 : 0;
}

/* --- renewal --------------------------------------------------------------------------------- */

struct renewal {
	struct own_batch batch;
	int64_t now, renewed;
};

static int
flush(struct renewal *w, struct err *e)
{
	struct node *n = w->batch.node;
	size_t i;

	if (own_batch_store(&w->batch, e) == -1)
		return -1;
	for (i = 0; i < w->batch.count; i++)
		w->renewed += w->batch.offer[i].reason == REASON_NONE;
	own_batch_clear(&w->batch);
	return own_batch_init(&w->batch, n, RENEW_BATCH, e);
}

static int
renew_row(void *ctx, const struct stored *row, struct err *e)
{
	struct renewal *w = ctx;
	const struct record *r = &row->record;
	const struct keyring_author *author = keyring_find(w->batch.node->keys, r->author);
	struct record_draft d = {
		.kind = r->kind, .rid = r->rid, .lang = r->lang, .license = r->license, .content = r->content,
		.updated = r->updated, .created = w->now,
	};

	if (author == NULL || r->kind == KIND_UNKNOWN || r->kind == KIND_IDENTITY || r->kind == KIND_RETIRE ||
	    r->expires <= w->now || r->created >= w->now)
		return 0;
	if (own_batch_sign(&w->batch, author, &d, e) == -1)
		return -1;
	return w->batch.count == RENEW_BATCH ? flush(w, e) : 0;
}

int
renew_own(struct node *n, int64_t *renewed, struct err *e)
{
	struct renewal w = { .now = node_now(n) };
	struct peers_seen seen;
	struct reader *r = NULL;
	int64_t since;
	int rc;

	*renewed = 0;
	if ((rc = restore_waits(n, &since, e)) != 0)
		return rc == -1 ? -1 : 0;
	rc = -1;
	if (look_at_peers(n, &seen, e) == -1)
		return -1;
	if (seen.known > 0 && w.now - seen.last_ok > PULL_FRESH_S)
		return 0;
	if (own_batch_init(&w.batch, n, RENEW_BATCH, e) == -1 || store_read(n->store, &r, e) == -1)
		goto out;
	if (store_list_ending(r, w.now + RENEW_BEFORE_S, renew_row, &w, e) == -1 || flush(&w, e) == -1)
		goto out;
	*renewed = w.renewed;
	rc = 0;
out:
	store_read_end(r);
	own_batch_clear(&w.batch);
	return rc;
}

/* --- each minute ----------------------------------------------------------------------------- */

/* The clock may leap under a running node too.  Neighbours who agree with it vouch for it. */
static int
watch_clock(struct node *n, struct err *e)
{
	struct peers_seen seen;

	if (look_at_peers(n, &seen, e) == -1)
		return -1;
	if (seen.fresh < PEERS_FOR_MEDIAN)
		return clock_start(n, e) == -1 ? -1 : clock_check(n, e);
	return clock_check(n, e) == -1 ? -1 : note_time(n, e);
}

void
tend_node(struct node *n)
{
	struct err e = {0};
	int64_t renewed = 0;

	if (watch_clock(n, &e) == -1) {
		log_line(n->log, LEVEL_WARN, "clock", "not trusted", "why", e.text, NULL);
		return;
	}
	if (store_tend(n->store, &e) == -1 || end_restore(n, &e) == -1 || renew_own(n, &renewed, &e) == -1)
		log_line(n->log, LEVEL_ERROR, "tend", "failed", "error", e.text, NULL);
	if (renewed > 0)
		log_line(n->log, LEVEL_INFO, "tend", "renewed", "records", LOG_NUM(renewed), NULL);
}

void
tend_indexed(struct node *n)
{
	node_wake_http(n);
}
