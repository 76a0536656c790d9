/* SPDX-License-Identifier: AGPL-3.0-or-later
 * world.h - the simulated network: nodes, time, and what goes wrong between them.
 *
 * Everything happens in events, in the order of virtual time; chance comes from the seed alone.  So one
 * seed and one set of options is one history, on any machine.
 */
#ifndef TOOLS_SIM_WORLD_H
#define TOOLS_SIM_WORLD_H

#include "proto/sync.h"
#include "tools/sim/archive.h"
#include "tools/sim/rng.h"
#include "tools/sim/store.h"

#define SIM_EPOCH 1795255200LL	/* virtual time 0: 2026-11-21T10:00:00Z */
#define SIM_NEVER UINT64_MAX
#define HEAD_OUT 220		/* bytes of an HTTP request's head, and of an answer's */
#define HEAD_IN 190

/* How nodes keep up with each other: node/gossip's constants, as options. */
struct policy {
	int64_t sticky;		/* neighbours listened to all the time */
	int64_t push;		/* rumour: tell them what is new */
	int64_t listen;		/* long poll; else read once an interval */
	int64_t interval_s;	/* between two readings of a neighbour that grants no long poll */
	int64_t visit_s;	/* repair: between two comparisons with a peer at random */
	int64_t page;		/* records in one answer to a listener */
	int64_t tell_ms;	/* from a commit to the rumour */
	int64_t settle_ms;	/* before what did not fit one answer is read */
};

/* What goes wrong while the faults last. */
struct trouble {
	double loss, delay, dup;	/* of messages: share lost, much delayed, carried out twice */
	double nat, liars;		/* of nodes: share that nobody can call, share that lies */
	double partition, churn, crash, clock, blocks;	/* how much of it: 0 none, 1 the usual */
};

struct config {
	int64_t nodes, records, authors;
	uint64_t seed;
	int64_t write_s;	/* the records are written over this time */
	int64_t fault_s;	/* the faults end after this time */
	int64_t limit_s;	/* virtual time after which the network counts as not converging */
	struct policy policy;
	struct trouble faults;
	int trace;		/* tell each conversation on standard error */
};

/* One request and its answer on their way. */
struct message {
	uint32_t client, server, peer;
	uint8_t slot, again;		/* again: carried out a second time, its answer dropped */
	uint64_t serial, deadline_ms;
	char path[320];
	struct buf body, answer;
	size_t answer_max;
	unsigned wait_s;
	int status;			/* -1: no answer came */
	int lose_answer;
};

enum event_type {
	EVENT_REQUEST, EVENT_ANSWER, EVENT_JUDGE, EVENT_WAKE, EVENT_PLAN, EVENT_NEWS, EVENT_PARKED, EVENT_TICK,
	EVENT_WRITE, EVENT_FAULT, EVENT_LIE, EVENT_COMMIT, EVENT_HEAL, EVENT_CHECK,
};

struct event {
	uint64_t at_ms, order;
	enum event_type type;
	uint8_t slot;
	uint32_t node, peer;
	uint64_t serial;
	struct message *message;
};

enum slot_name { SLOT_LISTEN, SLOT_TELL, SLOTS };

/* What is remembered of a peer over a restart. */
struct kept {
	char cursor[CURSOR_CHARS_MAX + 1];
	struct sync_phantom *phantom;
	size_t phantoms, cap;
};

struct talk;
struct pens;

/* Another node, as this one knows it: struct neighbour of node/gossip. */
struct peer {
	uint32_t node;
	uint8_t sticky, whole, wants_pause, catch_up, compared;
	unsigned failures;
	int64_t pushed_seq;
	uint64_t began_ms, not_before_ms, listen_ms, tell_ms, compare_ms, plan_ms;
	struct talk *talk[SLOTS];
	struct kept kept, committed;
};

enum lie {
	LIE_WITHHOLD = 1, LIE_REPLAY = 2, LIE_FLOOD = 4, LIE_EQUIVOCATE = 8, LIE_VOUCH = 16, LIE_FORGE = 32,
	LIE_GARBAGE = 64, LIES_ALL = 127
};

struct node {
	uint32_t number;
	struct store store;
	struct peer **peer;
	size_t peers, peer_cap;
	struct message **parked;
	size_t parks, parked_cap;
	uint64_t parked_ms;	/* when the parked are looked at next; SIM_NEVER */
	int news_due;
	unsigned epoch;
	int down;		/* switched off */
	int nat, side;
	unsigned lies;		/* enum lie; 0: honest */
	int64_t skew_s;
	uint64_t policy_hash;	/* equal on nodes that must come to equal states */
	int depth;		/* of its author in the chain of vouches; 0: a founder */
	uint64_t blocked_hash;	/* the part of it that a block makes */
	uint64_t visit_ms;
	uint32_t committed;	/* seq */
};

struct violation {
	char text[300];
};

/* After convergence neighbours compare again.  A deletion by an author who is no longer let in is taken by the
 * first of these comparisons, refused from then on by the second; the third must find nothing. */
enum phase { PHASE_RUN, PHASE_SETTLE, PHASE_SETTLE_AGAIN, PHASE_QUIET, PHASE_LEFT_OUT };

#define VIOLATIONS_KEPT 16
#define DELAY_BUCKETS 64

struct tally {
	uint64_t bytes, messages, requests_lost;
	uint64_t delivered, stored;		/* records that moved; that were news */
	uint64_t moved;				/* by comparisons that should have found nothing */
	uint64_t payload;			/* bytes of those that were news */
	uint64_t rounds;			/* of reconciliation */
	uint64_t talks, talks_failed, judged;
	uint64_t hops_max;
	uint64_t delay[DELAY_BUCKETS];		/* written to stored, by eighths of a doubling of ms */
	uint64_t violations;
	struct violation violation[VIOLATIONS_KEPT];
};

struct world {
	struct config c;
	struct rng wire, will, pen;	/* chance of the network, of nodes and faults, of authors */
	struct archive *archive;
	struct pens *pens;		/* pen.c */
	struct node *node;
	struct event *heap;
	size_t events, heap_cap;
	uint64_t order, now_ms, serial;
	int split, healed;
	int64_t written;
	uint64_t *born;			/* by item: when it was written, ms */
	size_t born_cap;
	uint64_t changed_ms;		/* the last change in an honest node */
	uint64_t quiet_ms;		/* the last write, and the end of the faults */
	uint64_t converged_ms;		/* SIM_NEVER: not yet */
	int phase;			/* run.c: how far the run is after convergence */
	uint64_t began_ms, phase_ms;	/* of this phase: its beginning and end */
	int over;
	struct tally tally;
};

/* Who gave a batch: read from its feed, or offered by it. */
struct giver {
	const struct node *node;
	int read;
};

/* --- world.c --------------------------------------------------------------------------------- */

/* Virtual Unix seconds by this node's clock. */
int64_t	world_clock(const struct world *w, const struct node *n);
/* Carry a batch to a node's store as one of its commits, and tell those who wait for news; by is NULL for what was
 * written there. */
void	world_offer(struct world *w, struct node *n, const uint32_t *item, size_t count, const struct giver *by,
	    enum reason *why);
/* The lines of a body as numbers of items, newly allocated; *n of them. */
uint32_t *world_items(struct world *w, struct span body, size_t *n);
/* Note the time of birth of an item just written. */
void	world_born(struct world *w, uint32_t item);
/* A random node that is up and honest and not this one; NULL: none. */
struct node *world_any(struct world *w, struct rng *r, const struct node *but);
void	world_violation(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- net.c: the event queue and the wire ------------------------------------------------------- */

void	net_at(struct world *w, uint64_t at_ms, const struct event *e);
int	net_next(struct world *w, struct event *out);	/* 0: nothing is left to happen */
/* Send a request; its answer, or the news that none came, is an EVENT_ANSWER. */
void	net_send(struct world *w, struct message *m);
void	net_request(struct world *w, struct message *m);	/* it has arrived */
void	net_answer(struct world *w, struct message *m);		/* the server has said status and answer */
void	message_free(struct message *m);
void	net_clear(struct world *w);

/* --- serve.c: the server half ------------------------------------------------------------------ */

/* Answer into m->status and m->answer.  0: there is nothing to say yet, and the client is willing to wait. */
int	serve(struct world *w, struct node *n, struct message *m);
/* Park a request that waits for news; look at the parked ones when something came or time is up. */
void	serve_park(struct world *w, struct node *n, struct message *m);
void	serve_parked(struct world *w, struct node *n);
void	serve_drop(struct world *w, struct node *n);	/* the node goes down: all connections end */

/* --- talk.c: the client half ------------------------------------------------------------------- */

struct talk *talk_new(struct world *w, struct node *n, uint32_t peer, enum slot_name slot,
	    const struct sync_params *p);
void	talk_free(struct talk *t);
void	talk_move(struct talk *t);		/* may end the talk: gossip_ended is then called */
void	talk_cut(struct talk *t);
int	talk_is(const struct talk *t, uint64_t serial);
void	talk_answered(struct talk *t, struct message *m);
void	talk_judge(struct talk *t);
void	kept_copy(struct kept *to, const struct kept *from);
void	kept_clear(struct kept *k);
void	kept_loosen(struct kept *k, const char *did);	/* NULL: all */

/* --- gossip.c: whom to talk to, when, about what ------------------------------------------------- */

struct peer *gossip_peer(struct world *w, struct node *n, uint32_t other);	/* made when unknown */
void	gossip_begin(struct world *w, struct node *n);		/* choose the sticky neighbours */
void	gossip_plan(struct world *w, struct node *n, uint32_t peer);
void	gossip_news(struct world *w, struct node *n);		/* the store has changed */
void	gossip_tick(struct world *w, struct node *n);
void	gossip_compare(struct world *w, struct node *n, uint32_t peer);	/* now, whatever the plan */
void	gossip_ended(struct world *w, struct node *n, uint32_t peer, enum slot_name slot,
	    const struct sync_report *r, int cut);
void	gossip_stop(struct world *w, struct node *n);		/* end all talks */
void	gossip_restart(struct world *w, struct node *n);	/* up again: a new epoch, nothing told yet */

/* --- scene.c: what the authors write and what goes wrong --------------------------------------- */

void	scene_set(struct world *w);		/* nodes, authors, admission, first events */
void	scene_write(struct world *w);
void	scene_fault(struct world *w, const struct event *e);
void	scene_commit(struct world *w, struct node *n);
void	scene_heal(struct world *w);
void	scene_clear(struct world *w);

/* --- liar.c -------------------------------------------------------------------------------------- */

void	liar_act(struct world *w, struct node *n);
int	liar_hides(const struct node *n, uint32_t item);	/* withheld from everybody */
int	liar_answers(struct world *w, struct node *n, struct message *m);	/* 1: it has, with garbage */

/* --- check.c: what must always hold, and what must hold at the end --------------------------------- */

void	check_change(void *world, const struct store *s, uint32_t was, uint32_t is);
/* Do all honest nodes that are up agree?  Equal policies have equal states, and nobody lacks what it would
 * take.  With say, what is wrong becomes a violation. */
int	check_agree(struct world *w, int say);
/* Sets are what their items add up to; states do not depend on the order of arrival. */
void	check_states(struct world *w);

/* --- run.c -------------------------------------------------------------------------------------- */

struct outcome {
	int converged, quiet;	/* quiet: neighbours who compared twice moved nothing the second time */
	double converge_s;	/* from the last write or fault to the last change */
	double virtual_s, cpu_s;
	uint64_t items, memory_kib;
	double p50_s, p99_s, max_s;	/* written to stored, over records and nodes */
	struct tally tally;
	struct config c;
};

void	run(const struct config *c, struct outcome *out);

#endif
