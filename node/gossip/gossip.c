/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip.c - the thread that keeps up with the neighbours; see gossip.h.
 *
 * Each near neighbour, chosen or promoted for want of chosen ones, is listened to by long-poll, told
 * what is new here shortly after a commit, and now and then compared with.  Of the other peers learnt from
 * node records one at random is compared with from time to time.  All of this is data of the thread; others leave it orders under a lock. */
#include "node/gossip/gossip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/log.h"
#include "node/core/node.h"
#include "node/gossip/carrier.h"
#include "node/gossip/neighbour.h"
#include "node/store/store.h"
#include "proto/err.h"

#define TURN_MS_MAX	1000
#define LOOSENED_MAX	64	/* authors named at once; more is everybody */
#define RELIST_MS	600000	/* read the peers and the node records again */

/* Left by other threads. */
struct orders {
	int stop, wake, relist, loosened_all;
	size_t loosened;
	char author[LOOSENED_MAX][DIDKEY_CHARS + 1];
};

struct gossip {
	struct node *node;
	struct carrier *carrier;
	pthread_t thread;
	pthread_mutex_t mutex;
	struct orders orders;	/* under mutex */
	struct neighbours *near;
	uint64_t relist_ms;
};

/* --- orders -------------------------------------------------------------------------------------------- */

static struct orders
take_orders(struct gossip *g)
{
	struct orders o;

	pthread_mutex_lock(&g->mutex);
	o = g->orders;
	g->orders = (struct orders){ .stop = o.stop };
	pthread_mutex_unlock(&g->mutex);
	return o;
}

void
gossip_wake(struct gossip *g)
{
	pthread_mutex_lock(&g->mutex);
	g->orders.wake = 1;
	pthread_mutex_unlock(&g->mutex);
	carrier_wake(g->carrier);
}

void
gossip_peers_changed(struct gossip *g)
{
	pthread_mutex_lock(&g->mutex);
	g->orders.relist = 1;
	pthread_mutex_unlock(&g->mutex);
	carrier_wake(g->carrier);
}

static void
note_loosened(struct orders *o, const char *author)
{
	size_t i;

	for (i = 0; author != NULL && i < o->loosened; i++)
		if (strcmp(o->author[i], author) == 0)
			return;
	if (author == NULL || strlen(author) != DIDKEY_CHARS || o->loosened == LOOSENED_MAX)
		o->loosened_all = 1;
	else
		memcpy(o->author[o->loosened++], author, DIDKEY_CHARS + 1);
}

void
gossip_loosened(struct gossip *g, const char *author)
{
	pthread_mutex_lock(&g->mutex);
	note_loosened(&g->orders, author);
	pthread_mutex_unlock(&g->mutex);
	carrier_wake(g->carrier);
}

/* --- the thread ------------------------------------------------------------------------------------------ */

/* For intervals: the machine's own count, which no one sets back. */
static uint64_t
ticks_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
loosen(struct gossip *g, const struct orders *o, uint64_t now_ms)
{
	struct store *s = g->node->store;
	struct err e;
	size_t i;
	int rc = 0;

	if (!o->loosened_all && o->loosened == 0)
		return;
	if (o->loosened_all)
		rc = store_phantom_clear(s, NULL, NULL, &e);
	for (i = 0; rc == 0 && !o->loosened_all && i < o->loosened; i++)
		rc = store_phantom_clear(s, NULL, o->author[i], &e);
	if (rc == -1)
		log_line(g->node->log, LEVEL_ERROR, "gossip", "cannot forget refusals", "why", e.text, NULL);
	neighbours_compare(g->near, now_ms);
}

static void
obey(struct gossip *g, const struct orders *o, uint64_t now_ms)
{
	struct err e;

	if (o->relist || now_ms >= g->relist_ms) {
		if (neighbours_list(g->near, now_ms, &e) == -1)
			log_line(g->node->log, LEVEL_ERROR, "gossip", "cannot read the peers", "why", e.text, NULL);
		g->relist_ms = now_ms + RELIST_MS;
	}
	loosen(g, o, now_ms);
	if (o->wake)
		neighbours_news(g->near, now_ms);
}

static void *
run(void *arg)
{
	struct gossip *g = arg;
	struct orders o = { .relist = 1 };
	struct err e;

	while (!o.stop || neighbours_talking(g->near)) {
		uint64_t now_ms = ticks_ms(), due_ms;

		if (o.stop)
			neighbours_cut(g->near);
		else
			obey(g, &o, now_ms);
		due_ms = neighbours_move(g->near, now_ms, o.stop);
		if (due_ms > now_ms + TURN_MS_MAX)
			due_ms = now_ms + TURN_MS_MAX;
		if (carrier_turn(g->carrier, due_ms <= now_ms ? 0 : (int)(due_ms - now_ms), &e) == -1) {
			log_line(g->node->log, LEVEL_ERROR, "gossip", e.text, NULL);
			neighbours_cut(g->near);
		}
		o = take_orders(g);
	}
	return NULL;
}

static void
gossip_free(struct gossip *g)
{
	neighbours_free(g->near);
	carrier_free(g->carrier);
	pthread_mutex_destroy(&g->mutex);
	free(g);
}

int
gossip_start(struct node *n, struct gossip **out, struct err *e)
{
	struct gossip *g = calloc(1, sizeof *g);

	if (g == NULL)
		return err_memory(e);
	g->node = n;
	pthread_mutex_init(&g->mutex, NULL);
	if (carrier_new(n, &g->carrier, e) == -1 || neighbours_new(n, g->carrier, &g->near, e) == -1)
		goto fail;
	if (pthread_create(&g->thread, NULL, run, g) != 0) {
		err_set(e, ERR_INTERNAL, "no thread for gossip");
		goto fail;
	}
	*out = g;
	return 0;
fail:
	gossip_free(g);
	return -1;
}

void
gossip_stop(struct gossip *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&g->mutex);
	g->orders.stop = 1;
	pthread_mutex_unlock(&g->mutex);
	carrier_wake(g->carrier);
	pthread_join(g->thread, NULL);
	gossip_free(g);
}
