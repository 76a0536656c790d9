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

#define PULL_FRESH_S (7LL * DAY_S)
#define RENEW_BATCH 500

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
	if (peers_look(n, &seen, e) == -1)
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
	if (peers_look(n, &seen, e) == -1)
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

void
tend_node(struct node *n)
{
	struct err e = {0};
	int64_t renewed = 0;
	int sure = clock_watch(n, &e);

	if (sure == -1)
		log_line(n->log, LEVEL_ERROR, "clock", "cannot be judged", "error", e.text, NULL);
	if (sure != 1)
		return;
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
