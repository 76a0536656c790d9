/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scene.c - the network at the start, what its authors write, what goes wrong, and how it heals. */
#include <stdlib.h>

#include "tools/sim/mem.h"
#include "tools/sim/pen.h"

#define FOUNDERS_ONE_IN 8	/* authors for one founder, whom every node lists */
#define LIAR_BUDGET 60
#define CHAIN_AUTHORS 8	/* the first ones may vouch for each other; later ones have a founder's vouch */
#define COMMIT_MS 1500

enum mishap { MISHAP_SPLIT, MISHAP_JOIN, MISHAP_DOWN, MISHAP_UP, MISHAP_CRASH, MISHAP_BLOCK, MISHAP_UNBLOCK };

static int64_t
founders(const struct world *w)
{
	return (w->c.authors + FOUNDERS_ONE_IN - 1) / FOUNDERS_ONE_IN;
}

/* What others may pass on is more than they will need, but for liars. */
static int64_t
budget(const struct node *n)
{
	return n->lies != 0 ? LIAR_BUDGET : VOUCH_BUDGET_DEFAULT;
}

/* --- the start ---------------------------------------------------------------------------------- */

static int64_t
skew(struct world *w)
{
	static const int64_t skews[] = { 300, -300, DAY_S, -DAY_S, 3650LL * DAY_S, -3650LL * DAY_S };

	return skews[rng_below(&w->will, sizeof skews / sizeof skews[0])];
}

static unsigned
lies(struct world *w)
{
	unsigned first = 1U << rng_below(&w->will, 7), second = 1U << rng_below(&w->will, 7);

	return (first | second) & LIES_ALL;
}

static void
set_node(struct world *w, uint32_t i)
{
	struct node *n = &w->node[i];
	const struct trouble *f = &w->c.faults;
	int64_t a;

	n->number = i;
	n->epoch = 1;
	n->parked_ms = SIM_NEVER;
	store_init(&n->store, w->archive);
	for (a = 0; a < founders(w); a++)
		store_list(&n->store, pen_author(w, (uint32_t)a), 0);
	if (i < w->c.authors)
		store_list(&n->store, pen_author(w, i), 1);
	if (i >= founders(w)) {
		n->nat = rng_chance(&w->will, f->nat);
		n->lies = rng_chance(&w->will, f->liars) ? lies(w) : 0;
	}
	if (n->lies == 0) {
		n->store.watch = check_change;
		n->store.watch_ctx = w;
	}
}

/* Each author tells its identity at home; whoever lets it in says so: a founder, or in small networks any
 * author that came before, so that vouches are chains. */
static void
set_author(struct world *w, uint32_t i)
{
	struct node *home = &w->node[i], *voucher;
	uint32_t item = pen_identity(w, i, SIM_EPOCH - 1000), by;
	enum reason why;

	world_offer(w, home, &item, 1, NULL, &why);
	if (i < founders(w))
		return;
	by = (uint32_t)rng_below(&w->will, (uint64_t)(i < CHAIN_AUTHORS ? i : founders(w)));
	voucher = &w->node[by];
	if (voucher->lies != 0 || voucher->depth >= VOUCH_HOPS_DEFAULT)
		voucher = &w->node[by = 0];
	home->depth = voucher->depth + 1;
	if (by >= founders(w))		/* at home its vouch carries further than elsewhere */
		voucher->policy_hash = rng_mix(by, 1);
	item = pen_vouch(w, by, i, VOUCH_HOPS_DEFAULT, budget(home), SIM_EPOCH - 900);
	world_offer(w, voucher, &item, 1, NULL, &why);
}

static void
fault_at(struct world *w, double share, uint32_t node, enum mishap what)
{
	net_at(w, (uint64_t)(share * 1000 * (double)w->c.fault_s), &(struct event){ .type = EVENT_FAULT,
	    .node = node, .serial = what });
}

static double
fraction(struct world *w, double low, double high)
{
	return low + (high - low) * (double)rng_below(&w->will, 1000) / 1000;
}

static void
set_node_faults(struct world *w, uint32_t i)
{
	const struct trouble *f = &w->c.faults;
	double at;

	if (rng_chance(&w->will, f->churn * 0.5)) {
		at = fraction(w, 0, 0.8);
		fault_at(w, at, i, MISHAP_DOWN);
		fault_at(w, fraction(w, at, 1), i, MISHAP_UP);
	}
	if (rng_chance(&w->will, f->crash * 0.6)) {
		at = fraction(w, 0, 0.95);
		fault_at(w, at, i, MISHAP_CRASH);
		fault_at(w, at + 0.02, i, MISHAP_UP);
	}
	if (i > 0 && w->node[i].lies == 0 && rng_chance(&w->will, f->blocks * 0.3)) {
		at = fraction(w, 0, 0.7);
		fault_at(w, at, i, MISHAP_BLOCK);
		if (rng_chance(&w->will, 0.5))
			fault_at(w, fraction(w, at, 1), i, MISHAP_UNBLOCK);
	}
	if (f->crash > 0)
		net_at(w, rng_below(&w->will, COMMIT_MS), &(struct event){ .type = EVENT_COMMIT, .node = i });
	if (w->node[i].lies != 0)
		net_at(w, rng_below(&w->will, 8000), &(struct event){ .type = EVENT_LIE, .node = i });
}

void
scene_set(struct world *w)
{
	const struct trouble *f = &w->c.faults;
	uint32_t i;
	double at;

	w->node = mem_new((size_t)w->c.nodes, sizeof *w->node);
	for (i = 0; i < w->c.nodes; i++)
		set_node(w, i);
	for (i = 0; i < w->c.authors; i++)
		set_author(w, i);
	for (i = 0; i < w->c.nodes; i++) {
		store_settle(&w->node[i].store);
		w->node[i].committed = w->node[i].store.seq;
		if (i >= founders(w) && rng_chance(&w->will, f->clock * 0.4))
			w->node[i].skew_s = skew(w);
		gossip_begin(w, &w->node[i]);
		set_node_faults(w, i);
	}
	if (f->partition > 0 && rng_chance(&w->will, f->partition)) {
		at = fraction(w, 0, 0.6);
		fault_at(w, at, 0, MISHAP_SPLIT);
		fault_at(w, fraction(w, at, 1), 0, MISHAP_JOIN);
	}
	net_at(w, 0, &(struct event){ .type = EVENT_WRITE });
	net_at(w, 1000 * (uint64_t)w->c.fault_s, &(struct event){ .type = EVENT_HEAL });
	net_at(w, 1000, &(struct event){ .type = EVENT_CHECK });
}

void
scene_clear(struct world *w)
{
	size_t i, k;

	for (i = 0; i < (size_t)w->c.nodes; i++) {
		struct node *n = &w->node[i];

		for (k = 0; k < n->parks; k++)
			message_free(n->parked[k]);
		free(n->parked);
		for (k = 0; k < n->peers; k++) {
			talk_free(n->peer[k]->talk[SLOT_LISTEN]);
			talk_free(n->peer[k]->talk[SLOT_TELL]);
			kept_clear(&n->peer[k]->kept);
			kept_clear(&n->peer[k]->committed);
			free(n->peer[k]);
		}
		free(n->peer);
		store_clear(&n->store);
	}
	free(w->node);
}

/* --- writing -------------------------------------------------------------------------------------- */

/* A node whose clock is off from its neighbours' does not sign (SPEC: Time). */
static int
may_write(const struct node *n)
{
	return !n->down && n->skew_s <= FUTURE_S && n->skew_s >= -FUTURE_S;
}

static uint32_t
write_something(struct world *w, uint32_t author, int64_t now)
{
	uint64_t what = rng_below(&w->pen, 100);
	uint32_t item = 0;

	if (what < 10)
		item = pen_edit(w, author, now);
	else if (what < 16)
		item = pen_delete(w, author, now);
	else if (what < 20)
		item = pen_renew(w, author, now);
	else if (what == 20 && w->c.authors > 2 && w->c.records < 1000 && rng_chance(&w->pen, 0.2))
		item = pen_retire(w, author, now);
	return item != 0 ? item : pen_new(w, author, now);
}

void
scene_write(struct world *w)
{
	uint64_t span_ms = 1000 * (uint64_t)w->c.write_s, gap;
	uint32_t author, item;
	enum reason why;
	int tries;

	if (w->written >= w->c.records)
		return;
	for (tries = 0; tries < 50; tries++) {
		author = (uint32_t)rng_below(&w->pen, (uint64_t)w->c.authors);
		if (may_write(&w->node[author]))
			break;
	}
	if (may_write(&w->node[author])) {
		item = write_something(w, author, world_clock(w, &w->node[author]));
		world_offer(w, &w->node[author], &item, 1, NULL, &why);
	}
	w->written++;
	w->quiet_ms = w->now_ms > w->quiet_ms ? w->now_ms : w->quiet_ms;
	gap = span_ms / (uint64_t)w->c.records;
	net_at(w, w->now_ms + (gap == 0 ? (uint64_t)w->written * span_ms / (uint64_t)w->c.records - w->now_ms :
	    rng_below(&w->pen, 2 * gap + 1)), &(struct event){ .type = EVENT_WRITE });
}

/* --- faults ---------------------------------------------------------------------------------------- */

void
scene_commit(struct world *w, struct node *n)
{
	size_t i;

	if (w->healed)
		return;
	n->committed = n->store.seq;
	for (i = 0; i < n->peers; i++)
		kept_copy(&n->peer[i]->committed, &n->peer[i]->kept);
	net_at(w, w->now_ms + rng_jitter(&w->will, COMMIT_MS), &(struct event){ .type = EVENT_COMMIT,
	    .node = n->number });
}

static void
go_down(struct world *w, struct node *n)
{
	if (n->down)
		return;
	n->down = 1;
	gossip_stop(w, n);
}

/* What was written down before the crash is all that is left. */
static void
crash(struct world *w, struct node *n)
{
	size_t i;

	if (n->down)
		return;
	go_down(w, n);
	store_rewind(&n->store, n->committed);
	for (i = 0; i < n->peers; i++)
		kept_copy(&n->peer[i]->kept, &n->peer[i]->committed);
	n->committed = n->store.seq;
}

static void
go_up(struct world *w, struct node *n)
{
	if (!n->down)
		return;
	n->down = 0;
	gossip_restart(w, n);
}

static void
split(struct world *w)
{
	uint32_t i;

	w->split = 1;
	for (i = 0; i < w->c.nodes; i++)
		w->node[i].side = (int)rng_below(&w->will, 2);
}

/* The operator blocks an author, or thinks better of it. */
static void
block(struct world *w, struct node *n, int on)
{
	uint64_t own = n->number, a = 0;
	size_t i;

	for (i = 0; i < n->store.authors; i++)
		if (!on && n->store.author[i].blocked)
			store_block(&n->store, (uint32_t)i, 0);
	if (on) {
		a = rng_below(&w->will, (uint64_t)w->c.authors);
		if (a == own)
			return;
		store_block(&n->store, pen_author(w, (uint32_t)a), 1);
	}
	store_settle(&n->store);
	n->policy_hash ^= on ? n->blocked_hash ^ rng_mix(a, 2) : n->blocked_hash;
	n->blocked_hash = on ? rng_mix(a, 2) : 0;
	gossip_news(w, n);
}

void
scene_fault(struct world *w, const struct event *e)
{
	struct node *n = &w->node[e->node];

	switch ((enum mishap)e->serial) {
	case MISHAP_SPLIT:
		split(w);
		break;
	case MISHAP_JOIN:
		w->split = 0;
		break;
	case MISHAP_DOWN:
		go_down(w, n);
		break;
	case MISHAP_UP:
		go_up(w, n);
		break;
	case MISHAP_CRASH:
		crash(w, n);
		break;
	case MISHAP_BLOCK:
		block(w, n, 1);
		break;
	case MISHAP_UNBLOCK:
		block(w, n, 0);
		break;
	}
}

void
scene_heal(struct world *w)
{
	uint32_t i;

	w->healed = 1;
	w->split = 0;
	w->quiet_ms = w->now_ms > w->quiet_ms ? w->now_ms : w->quiet_ms;
	for (i = 0; i < w->c.nodes; i++) {
		w->node[i].skew_s = 0;
		go_up(w, &w->node[i]);
	}
}
