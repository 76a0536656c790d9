/* SPDX-License-Identifier: AGPL-3.0-or-later
 * run.c - one history from the first event to the verdict; see world.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tools/sim/mem.h"
#include "tools/sim/pen.h"
#include "tools/sim/world.h"

#define QUIET_MS 120000		/* for each of the last comparisons */
#define QUIET_NODES_MAX 64	/* they are left out in larger networks */

/* --- after convergence: does it stay quiet? --------------------------------------------------------- */

static void
compare_all(struct world *w)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < w->c.nodes; i++)
		for (k = 0; k < w->node[i].peers; k++)
			w->node[i].peer[k]->compare_ms = w->now_ms;
	for (i = 0; i < w->c.nodes; i++)
		gossip_news(w, &w->node[i]);
	w->began_ms = w->now_ms;
	w->phase_ms = w->now_ms + QUIET_MS;
}

/* A liar may still let go of what it withheld.  Then they have to agree anew, before the same limit. */
static void
again(struct world *w)
{
	w->phase = PHASE_RUN;
	w->tally.moved = 0;
	w->converged_ms = SIM_NEVER;
}

static void
conclude(struct world *w)
{
	if (w->tally.moved > 0)
		world_violation(w, "%llu records moved when neighbours who agree compared again",
		    (unsigned long long)w->tally.moved);
	if (!check_agree(w, 1))
		world_violation(w, "the agreement did not last");
	check_states(w);
	w->over = 1;
}

static void
await_agreement(struct world *w)
{
	if (check_agree(w, 0)) {
		w->converged_ms = w->changed_ms;
		w->phase = w->c.nodes > QUIET_NODES_MAX ? PHASE_LEFT_OUT : PHASE_SETTLE;
		if (w->phase == PHASE_SETTLE)
			compare_all(w);
	} else if (w->now_ms > w->quiet_ms + 1000 * (uint64_t)w->c.limit_s) {
		check_agree(w, 1);
		w->over = 1;
	}
}

static void
event_check(struct world *w)
{
	net_at(w, w->now_ms + 1000, &(struct event){ .type = EVENT_CHECK });
	if (!w->healed || w->written < w->c.records || w->now_ms < w->phase_ms)
		return;
	if (w->phase == PHASE_RUN)
		await_agreement(w);
	else if (w->phase == PHASE_LEFT_OUT)
		conclude(w);
	else if (w->changed_ms > w->began_ms || !check_agree(w, 0))
		again(w);
	else if (w->phase == PHASE_QUIET)
		conclude(w);
	else {
		w->phase++;
		compare_all(w);
	}
}

/* --- events --------------------------------------------------------------------------------------------- */

static struct talk *
talk_of(struct world *w, uint32_t node, uint32_t peer, unsigned slot, uint64_t serial)
{
	struct node *n = &w->node[node];
	struct talk *t = peer < n->peers ? n->peer[peer]->talk[slot] : NULL;

	return talk_is(t, serial) ? t : NULL;
}

static void
event_answer(struct world *w, struct message *m)
{
	struct talk *t = talk_of(w, m->client, m->peer, m->slot, m->serial);

	if (t != NULL) {
		talk_answered(t, m);
		talk_move(t);
	}
	message_free(m);
}

static void
event_talk(struct world *w, const struct event *e)
{
	struct talk *t = talk_of(w, e->node, e->peer, e->slot, e->serial);

	if (t == NULL)
		return;
	if (e->type == EVENT_JUDGE)
		talk_judge(t);
	talk_move(t);
}

static void
event_node(struct world *w, const struct event *e)
{
	struct node *n = &w->node[e->node];

	switch (e->type) {
	case EVENT_PLAN:
		if (n->peer[e->peer]->plan_ms == e->at_ms)
			gossip_plan(w, n, e->peer);
		break;
	case EVENT_NEWS:
		gossip_news(w, n);
		break;
	case EVENT_PARKED:
		if (n->parked_ms == e->at_ms)
			serve_parked(w, n);
		break;
	case EVENT_TICK:
		gossip_tick(w, n);
		break;
	case EVENT_LIE:
		liar_act(w, n);
		break;
	default:
		scene_commit(w, n);
	}
}

static void
happen(struct world *w, const struct event *e)
{
	w->now_ms = e->at_ms;
	switch (e->type) {
	case EVENT_REQUEST:
		net_request(w, e->message);
		break;
	case EVENT_ANSWER:
		event_answer(w, e->message);
		break;
	case EVENT_JUDGE:
	case EVENT_WAKE:
		event_talk(w, e);
		break;
	case EVENT_WRITE:
		scene_write(w);
		break;
	case EVENT_FAULT:
		scene_fault(w, e);
		break;
	case EVENT_HEAL:
		scene_heal(w);
		break;
	case EVENT_CHECK:
		event_check(w);
		break;
	default:
		event_node(w, e);
	}
}

/* --- the verdict ------------------------------------------------------------------------------------------ */

/* The upper end of a bucket of check.c, in seconds. */
static double
bucket_s(size_t bucket)
{
	size_t b = bucket * 4 + 3;
	double ms = 9 + (double)(b % 8);

	for (; b >= 8; b -= 8)
		ms *= 2;
	return ms / 1000;
}

static double
percentile(const struct tally *t, double share)
{
	uint64_t all = 0, seen = 0;
	size_t i;

	for (i = 0; i < DELAY_BUCKETS; i++)
		all += t->delay[i];
	for (i = 0; i < DELAY_BUCKETS; i++) {
		seen += t->delay[i];
		if (seen > 0 && (double)seen >= share * (double)all)
			return bucket_s(i);
	}
	return 0;
}

static uint64_t
judged(const struct world *w)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < w->c.nodes; i++)
		n += w->node[i].store.judged;
	return n;
}

static void
measure(struct world *w, struct outcome *out)
{
	struct rusage use;

	w->tally.judged = judged(w);
	getrusage(RUSAGE_SELF, &use);
	*out = (struct outcome){
		.converged = w->converged_ms != SIM_NEVER,
		.quiet = w->phase == PHASE_QUIET && w->tally.moved == 0,
		.virtual_s = (double)w->now_ms / 1000,
		.items = archive_items(w->archive),
		.memory_kib = (uint64_t)use.ru_maxrss,
		.p50_s = percentile(&w->tally, 0.5),
		.p99_s = percentile(&w->tally, 0.99),
		.max_s = percentile(&w->tally, 1),
		.tally = w->tally,
		.c = w->c,
	};
	if (out->converged && w->converged_ms > w->quiet_ms)
		out->converge_s = (double)(w->converged_ms - w->quiet_ms) / 1000;
}

void
run(const struct config *c, struct outcome *out)
{
	struct world w = { .c = *c, .wire = rng_of(c->seed, 1), .will = rng_of(c->seed, 2),
	    .pen = rng_of(c->seed, 3), .converged_ms = SIM_NEVER };
	clock_t began = clock();
	struct event e;

	w.archive = archive_new();
	scene_set(&w);
	while (!w.over && net_next(&w, &e))
		happen(&w, &e);
	measure(&w, out);
	out->cpu_s = (double)(clock() - began) / CLOCKS_PER_SEC;
	net_clear(&w);
	scene_clear(&w);
	pen_free(&w);
	archive_free(w.archive);
	free(w.born);
}
