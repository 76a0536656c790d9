/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip.c - whom a simulated node talks to, when, about what: node/gossip/neighbour.c in virtual time. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/sim/mem.h"
#include "tools/sim/world.h"

#define COMPARE_MS 1200
#define DAY_MS ((uint64_t)DAY_S * 1000)
#define BACK_OFF_MS_MAX 3600000
#define BACK_OFF_DOUBLINGS 6
#define LISTEN_S 50
#define TICK_MS 60000

static void
no_later(uint64_t *when, uint64_t ms)
{
	if (*when > ms)
		*when = ms;
}

static void
plan_at(struct world *w, struct node *n, uint32_t peer, uint64_t at_ms)
{
	struct peer *p = n->peer[peer];

	at_ms = at_ms > w->now_ms ? at_ms : w->now_ms;
	if (at_ms >= p->plan_ms || at_ms == SIM_NEVER)
		return;
	p->plan_ms = at_ms;
	net_at(w, at_ms, &(struct event){ .type = EVENT_PLAN, .node = n->number, .peer = peer });
}

struct peer *
gossip_peer(struct world *w, struct node *n, uint32_t other)
{
	struct peer *p;
	size_t i;

	for (i = 0; i < n->peers; i++)
		if (n->peer[i]->node == other)
			return n->peer[i];
	p = mem_new(1, sizeof *p);
	*p = (struct peer){ .node = other, .pushed_seq = -1, .tell_ms = SIM_NEVER, .plan_ms = SIM_NEVER };
	p->compare_ms = p->listen_ms = w->now_ms + rng_below(&w->will, 200);
	mem_fit(&n->peer, &n->peer_cap, n->peers, sizeof *n->peer);
	n->peer[n->peers++] = p;
	return p;
}

static int
callable(const struct node *n, const struct node *other)
{
	return n != other && !other->nat;
}

void
gossip_begin(struct world *w, struct node *n)
{
	size_t sticky = 0, tries;

	for (tries = 0; sticky < (size_t)w->c.policy.sticky && tries < 64 * (size_t)w->c.policy.sticky; tries++) {
		const struct node *other = &w->node[rng_below(&w->will, (uint64_t)w->c.nodes)];
		struct peer *p;

		if (!callable(n, other))
			continue;
		p = gossip_peer(w, n, other->number);
		sticky += !p->sticky;
		p->sticky = 1;
	}
	for (tries = 0; tries < n->peers; tries++)
		plan_at(w, n, (uint32_t)tries, n->peer[tries]->compare_ms);
	n->visit_ms = w->now_ms + rng_jitter(&w->will, 1000 * (uint64_t)w->c.policy.visit_s);
	net_at(w, w->now_ms + rng_jitter(&w->will, TICK_MS), &(struct event){ .type = EVENT_TICK,
	    .node = n->number });
}

/* --- what to do when -------------------------------------------------------------------------- */

static void
begin(struct world *w, struct node *n, uint32_t peer, enum slot_name slot, const struct sync_params *p)
{
	struct peer *to = n->peer[peer];

	to->talk[slot] = talk_new(w, n, peer, slot, p);
	if (slot == SLOT_LISTEN)
		to->began_ms = w->now_ms;
	talk_move(to->talk[slot]);
}

void
gossip_compare(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];
	struct sync_params params = { .what = SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE };

	if (p->pushed_seq >= 0 && w->phase < PHASE_QUIET)	/* the last comparison is to move nothing at all */
		params.what |= SYNC_RETRY;
	p->whole = 1;
	begin(w, n, peer, SLOT_LISTEN, &params);
}

static void
begin_listen(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];
	struct sync_params params = { .what = SYNC_PULL };

	p->whole = 0;
	if (p->catch_up || !w->c.policy.listen)
		params.what |= SYNC_PROBE;
	else {
		params.wait_s = LISTEN_S;
		params.page_records = (unsigned)w->c.policy.page;
		params.pages_max = 1;
	}
	begin(w, n, peer, SLOT_LISTEN, &params);
}

static void
begin_tell(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];
	struct sync_params params = { .what = SYNC_PUSH };

	p->tell_ms = SIM_NEVER;
	if (p->pushed_seq < (int64_t)n->store.seq)
		begin(w, n, peer, SLOT_TELL, &params);
}

static uint64_t
plan_compare(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];

	if (p->talk[SLOT_LISTEN] == NULL)
		gossip_compare(w, n, peer);
	else if (!p->whole && !p->wants_pause) {
		p->wants_pause = 1;
		talk_cut(p->talk[SLOT_LISTEN]);
	}
	return w->now_ms + 100;
}

static uint64_t
plan(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];
	uint64_t next = p->compare_ms;

	if (w->now_ms < p->not_before_ms)
		return p->not_before_ms;
	if (w->now_ms >= p->compare_ms && p->talk[SLOT_TELL] == NULL)
		return p->talk[SLOT_LISTEN] != NULL && p->whole ? SIM_NEVER : plan_compare(w, n, peer);
	if (p->talk[SLOT_LISTEN] == NULL) {
		if (w->now_ms >= p->listen_ms)
			begin_listen(w, n, peer);
		else
			no_later(&next, p->listen_ms);
	}
	if (p->talk[SLOT_TELL] == NULL && !(p->talk[SLOT_LISTEN] != NULL && p->whole)) {
		if (w->now_ms >= p->tell_ms)
			begin_tell(w, n, peer);
		no_later(&next, p->tell_ms);
	}
	return next > w->now_ms ? next : w->now_ms + 10;
}

void
gossip_plan(struct world *w, struct node *n, uint32_t peer)
{
	struct peer *p = n->peer[peer];

	p->plan_ms = SIM_NEVER;
	if (!n->down && p->sticky)
		plan_at(w, n, peer, plan(w, n, peer));
}

/* --- the store has changed ---------------------------------------------------------------------- */

static void
loosen(struct world *w, struct node *n)
{
	struct store *s = &n->store;
	size_t a, i;

	for (a = 0; a < s->authors; a++) {
		if (!s->author[a].loosened)
			continue;
		s->author[a].loosened = 0;
		for (i = 0; i < n->peers; i++)
			kept_loosen(&n->peer[i]->kept, archive_names_of(w->archive, (uint32_t)a)->did);
	}
	s->loosened = 0;
	for (i = 0; i < n->peers; i++)
		if (n->peer[i]->sticky)
			no_later(&n->peer[i]->compare_ms, w->now_ms + rng_jitter(&w->will, COMPARE_MS));
}

void
gossip_news(struct world *w, struct node *n)
{
	uint32_t i;

	n->news_due = 0;
	if (n->down)
		return;
	serve_parked(w, n);
	if (n->store.loosened)
		loosen(w, n);
	for (i = 0; i < n->peers; i++) {
		struct peer *p = n->peer[i];

		if (!p->sticky)
			continue;
		if (w->c.policy.push)
			no_later(&p->tell_ms, w->now_ms + rng_jitter(&w->will, (uint64_t)w->c.policy.tell_ms));
		plan_at(w, n, i, p->tell_ms < p->compare_ms ? p->tell_ms : p->compare_ms);
	}
}

/* --- how it went ---------------------------------------------------------------------------------- */

static void
failed(struct world *w, struct peer *p)
{
	unsigned doublings = ++p->failures < BACK_OFF_DOUBLINGS ? p->failures : BACK_OFF_DOUBLINGS;
	uint64_t ms = (1000 * (uint64_t)w->c.policy.interval_s / 2) << doublings;

	p->not_before_ms = w->now_ms + rng_jitter(&w->will, ms < BACK_OFF_MS_MAX ? ms : BACK_OFF_MS_MAX);
	no_later(&p->tell_ms, p->not_before_ms);
	w->tally.talks_failed++;
}

static void
listened(struct world *w, struct peer *p, const struct sync_report *r)
{
	if (p->whole)
		p->compare_ms = w->now_ms + (r->unfinished ? (uint64_t)w->c.policy.settle_ms :
		    rng_jitter(&w->will, DAY_MS));
	p->catch_up = !p->whole && r->unfinished;
	if (p->catch_up)
		p->listen_ms = w->now_ms + rng_jitter(&w->will, (uint64_t)w->c.policy.settle_ms);
	else if (w->c.policy.listen && (r->listed > 0 || p->whole || w->now_ms - p->began_ms >= LISTEN_S * 1000 / 2))
		p->listen_ms = w->now_ms + 50;
	else
		p->listen_ms = w->now_ms + rng_jitter(&w->will, 1000 * (uint64_t)w->c.policy.interval_s);
}

static void
trace(const struct world *w, const struct node *n, const struct peer *p, const struct sync_report *r, int cut)
{
	if (!w->c.trace || (r->pulled + r->pushed + r->rounds == 0 && r->failure.code == ERR_NONE))
		return;
	fprintf(stderr, "%10.3f node %u with %u: pulled %zu (%zu stored, %zu refused, %zu held, %zu unresolved),"
	    " pushed %zu (%zu stored), rounds %zu, %s%s%s%s\n", (double)w->now_ms / 1000, n->number, p->node, r->pulled,
	    r->taken[VERDICT_STORED], r->taken[VERDICT_REFUSED], r->taken[VERDICT_HELD], r->taken[VERDICT_UNRESOLVED],
	    r->pushed, r->answered[VERDICT_STORED], r->rounds, r->equal ? "equal" : "differ", cut ? ", cut" : "",
	    r->failure.code == ERR_NONE ? "" : ", ", r->failure.code == ERR_NONE ? "" : r->failure.text);
}

/* Of two comparisons that went well, one after the other, the second is to find nothing. */
static void
compared(struct world *w, struct peer *p, const struct sync_report *r, int cut)
{
	int well = !cut && r->failure.code == ERR_NONE && !r->unfinished;

	if (w->phase == PHASE_QUIET && p->compared && well)
		w->tally.moved += r->pulled + r->pushed;
	p->compared = (uint8_t)well;
}

void
gossip_ended(struct world *w, struct node *n, uint32_t peer, enum slot_name slot, const struct sync_report *r,
    int cut)
{
	struct peer *p = n->peer[peer];

	trace(w, n, p, r, cut);
	if (r->pushed_seq > p->pushed_seq)
		p->pushed_seq = r->pushed_seq;
	if (slot == SLOT_LISTEN && p->whole && w->phase > 0 && n->lies == 0 && w->node[p->node].lies == 0)
		compared(w, p, r, cut);
	if (cut)
		p->wants_pause = 0;
	else if (r->failure.code != ERR_NONE)
		failed(w, p);
	else {
		p->failures = 0;
		if (slot == SLOT_LISTEN)
			listened(w, p, r);
	}
	talk_free(p->talk[slot]);
	p->talk[slot] = NULL;
	if (p->sticky && !n->down)
		plan_at(w, n, peer, w->now_ms + 1);
}

/* --- from time to time ----------------------------------------------------------------------------- */

static void
visit(struct world *w, struct node *n)
{
	const struct node *other = &w->node[rng_below(&w->will, (uint64_t)w->c.nodes)];
	struct peer *p;
	uint32_t i;

	n->visit_ms = w->now_ms + rng_jitter(&w->will, 1000 * (uint64_t)w->c.policy.visit_s);
	if (!callable(n, other))
		return;
	p = gossip_peer(w, n, other->number);
	if (p->sticky || p->talk[SLOT_LISTEN] != NULL || w->now_ms < p->not_before_ms)
		return;
	for (i = 0; n->peer[i] != p; i++)
		;
	gossip_compare(w, n, i);
}

void
gossip_tick(struct world *w, struct node *n)
{
	uint32_t seq;

	net_at(w, w->now_ms + rng_jitter(&w->will, TICK_MS), &(struct event){ .type = EVENT_TICK,
	    .node = n->number });
	if (n->down)
		return;
	seq = n->store.seq;
	store_due(&n->store, world_clock(w, n));
	if (n->store.seq != seq)
		gossip_news(w, n);
	if (w->c.policy.visit_s > 0 && w->now_ms >= n->visit_ms && w->phase == 0)	/* a first contact moves much */
		visit(w, n);
}

/* --- down and up ------------------------------------------------------------------------------------ */

void
gossip_stop(struct world *w, struct node *n)
{
	size_t i;
	int slot;

	serve_drop(w, n);
	for (i = 0; i < n->peers; i++)
		for (slot = 0; slot < SLOTS; slot++) {
			talk_free(n->peer[i]->talk[slot]);
			n->peer[i]->talk[slot] = NULL;
		}
}

void
gossip_restart(struct world *w, struct node *n)
{
	uint32_t i;

	n->epoch++;
	for (i = 0; i < n->peers; i++) {
		struct peer *p = n->peer[i];

		p->pushed_seq = -1;
		p->failures = 0;
		p->whole = p->wants_pause = p->catch_up = 0;
		p->not_before_ms = 0;
		p->tell_ms = SIM_NEVER;
		p->compare_ms = p->listen_ms = w->now_ms + rng_below(&w->will, 200);
		if (p->sticky)
			plan_at(w, n, i, p->compare_ms);
	}
}
