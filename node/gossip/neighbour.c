/* SPDX-License-Identifier: AGPL-3.0-or-later
 * neighbour.c - see neighbour.h. */
#include "node/gossip/neighbour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "node/core/log.h"
#include "node/core/node.h"
#include "node/gossip/fetch.h"
#include "node/gossip/talk.h"
#include "node/store/store.h"
#include "proto/canon.h"
#include "proto/err.h"

#define NEVER		UINT64_MAX
#define LISTEN_S	50	/* how long a neighbour may keep us waiting for news */
#define LISTEN_RECORDS	256	/* news in one answer; more is read a little later, when it has settled */
#define TELL_MS		600	/* after a commit, so that several make one batch and listeners come first */
#define COMPARE_MS	1200	/* after something was loosened */
#define SETTLE_MS	2000
#define DAY_MS		((uint64_t)DAY_S * 1000)
#define VISIT_INTERVALS	10	/* between two visits to learnt peers */
#define BACK_OFF_MS_MAX	3600000
#define BACK_OFF_DOUBLINGS 6
#define DEMOTE_FAILURES	3	/* in a row; then another learnt peer has its place */
#define FORGET_FAILURES	10	/* a learnt peer that failed so often in a row is forgotten */

_Static_assert(LISTEN_S <= CHANGES_WAIT_S_MAX, "peers are asked for no longer wait than they grant");

enum slot { LISTEN, TELL, SLOTS };

struct neighbour {
	char url[512], did[64];	/* did: whose it is, or "" */
	int sticky, promoted, listed;	/* chosen, or one of the learnt that stand in for it */
	int answers;		/* as far as we know */
	struct talk *talk[SLOTS];
	int whole;		/* the talk in LISTEN is a comparison, and nothing else may go on beside it */
	int wants_pause;	/* the long poll was cut for something more urgent */
	int catch_up;		/* its feed has more than we took */
	unsigned failures;
	int64_t pushed_seq;
	char *holds;		/* the part it says it holds; NULL: everything */
	uint64_t began_ms;
	uint64_t not_before_ms, listen_ms, tell_ms, compare_ms;
};

struct neighbours {
	struct node *node;
	struct carrier *carrier;
	struct neighbour *peer[STICKY_MAX + LEARNT_MAX];
	size_t count;
	uint64_t visit_ms;
};

/* --- chance -------------------------------------------------------------------------------------------- */

/* Around ms, from three quarters to five quarters of it. */
static uint64_t
jitter(uint64_t ms)
{
	return ms - ms / 4 + randombytes_uniform((uint32_t)(ms / 2 < UINT32_MAX ? ms / 2 + 1 : UINT32_MAX));
}

static uint64_t
interval_ms(const struct neighbours *all)
{
	int64_t s = all->node->config.sync_interval_s;

	return 1000 * (uint64_t)(s < 1 ? 1 : s);
}

static uint64_t
back_off(const struct neighbours *all, unsigned failures)
{
	unsigned doublings = failures < BACK_OFF_DOUBLINGS ? failures : BACK_OFF_DOUBLINGS;
	uint64_t ms = (interval_ms(all) / 2) << doublings;

	return jitter(ms < BACK_OFF_MS_MAX ? ms : BACK_OFF_MS_MAX);
}

static void
no_later(uint64_t *when, uint64_t ms)
{
	if (*when > ms)
		*when = ms;
}

/* --- who is there ----------------------------------------------------------------------------------------- */

int
neighbours_new(struct node *n, struct carrier *c, struct neighbours **out, struct err *e)
{
	struct neighbours *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(e);
	all->node = n;
	all->carrier = c;
	*out = all;
	return 0;
}

static void
neighbour_free(struct neighbour *p)
{
	talk_free(p->talk[LISTEN]);
	talk_free(p->talk[TELL]);
	free(p->holds);
	free(p);
}

void
neighbours_free(struct neighbours *all)
{
	size_t i;

	for (i = 0; all != NULL && i < all->count; i++)
		neighbour_free(all->peer[i]);
	free(all);
}

static struct neighbour *
find(const struct neighbours *all, const char *url)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (strcmp(all->peer[i]->url, url) == 0)
			return all->peer[i];
	return NULL;
}

static size_t
count_sticky(const struct neighbours *all)
{
	size_t i, n = 0;

	for (i = 0; i < all->count; i++)
		n += all->peer[i]->sticky && all->peer[i]->listed ? 1 : 0;
	return n;
}

static int
list_one(struct neighbours *all, const struct peer *row, uint64_t now_ms, struct err *e)
{
	struct neighbour *p = find(all, row->url);
	int sticky = row->sticky == PEER_CHOSEN && ((p != NULL && p->sticky) || count_sticky(all) < STICKY_MAX);

	if (p == NULL) {
		if (all->count == STICKY_MAX + LEARNT_MAX)
			return 0;
		if ((p = calloc(1, sizeof *p)) == NULL)
			return err_memory(e);
		snprintf(p->url, sizeof p->url, "%s", row->url);
		p->pushed_seq = -1;
		p->tell_ms = NEVER;
		p->compare_ms = p->listen_ms = now_ms + randombytes_uniform(200);
		p->answers = row->last_ok > 0 && row->failures == 0;
		p->promoted = row->sticky == PEER_PROMOTED;
		all->peer[all->count++] = p;
	}
	snprintf(p->did, sizeof p->did, "%s", row->did);
	p->sticky = sticky;
	p->promoted = p->promoted && row->sticky != PEER_CHOSEN;
	p->listed = 1;
	return 0;
}

/* --- peers learnt from node records ------------------------------------------------------------------------- */

/* By its address, or by its author. */
static int
is_blocked(struct reader *r, const struct peer *p)
{
	struct err e;

	return store_blocked(r, p->url, &e) != 0 || (*p->did != '\0' && store_blocked(r, p->did, &e) != 0);
}

struct learning {
	struct neighbours *all;
	struct reader *reader;
	const struct peer *known;
	size_t count, learnt, met;	/* met: candidates so far */
	struct peer found[LEARNT_MAX];
};

static int
is_known(const struct learning *l, const char *url)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->known[i].url, url) == 0)
			return 1;
	for (i = 0; i < l->learnt; i++)
		if (strcmp(l->found[i].url, url) == 0)
			return 1;
	return strcmp(l->all->node->config.url, url) == 0;
}

/* The first address of an admitted author's node, whose record was verified when it came. */
static int
read_node(const struct learning *l, const struct stored *row, struct peer *p)
{
	struct author_info info;
	struct canon_iter it;
	struct span urls, v, url;
	struct err why;

	if (!row->in_set || row->record.deleted || store_author(l->all->node->store, row->record.author, &info) != 1 ||
	    info.own || info.hops < 0 || !canon_get(row->record.content, "urls", &urls))
		return 0;
	canon_array(urls, &it);
	if (!canon_item(&it, &v) || !canon_plain(v, &url) || url.len >= sizeof p->url)
		return 0;
	*p = (struct peer){ .added = node_now(l->all->node) };
	memcpy(p->url, url.ptr, url.len);
	memcpy(p->did, info.did, DIDKEY_CHARS);
	return !is_known(l, p->url) && fetch_url_ok(p->url, &why) == 0 && !is_blocked(l->reader, p);
}

/* Of more than there is room for, each as likely as any other: nobody's addresses fill the list by coming first. */
static int
visit_node(void *ctx, const struct stored *row, struct err *e)
{
	struct learning *l = ctx;
	size_t room = l->count < LEARNT_MAX ? LEARNT_MAX - l->count : 0, at;
	struct peer p;

	(void)e;
	if (room == 0)
		return 1;
	if (!read_node(l, row, &p))
		return 0;
	at = l->met++ < room ? l->learnt++ : randombytes_uniform((uint32_t)l->met);
	if (at < room)
		l->found[at] = p;
	return 0;
}

static int
learn(struct neighbours *all, struct reader *r, const struct peer *known, size_t count, uint64_t now_ms,
    struct err *e)
{
	struct learning *l = calloc(1, sizeof *l);
	size_t i;
	int rc;

	if (l == NULL)
		return err_memory(e);
	l->all = all;
	l->reader = r;
	l->known = known;
	l->count = count;
	rc = store_list(r, NULL, "node", 0, visit_node, l, e);
	for (i = 0; rc != -1 && i < l->learnt; i++)
		if ((rc = store_peer_put(all->node->store, &l->found[i], e)) == 0)
			rc = list_one(all, &l->found[i], now_ms, e);
	free(l);
	return rc == -1 ? -1 : 0;
}

int
neighbours_list(struct neighbours *all, uint64_t now_ms, struct err *e)
{
	struct arena a = { 0 };
	struct reader *r = NULL;
	struct peer *row = NULL;
	size_t n = 0, i;
	int rc = -1;

	if (store_read(all->node->store, &r, e) == -1 || store_peers(r, &a, &row, &n, e) == -1)
		goto out;
	for (i = 0; i < all->count; i++)
		all->peer[i]->listed = 0;
	for (i = 0; i < n; i++)
		if (!is_blocked(r, &row[i]) && list_one(all, &row[i], now_ms, e) == -1)
			goto out;
	rc = learn(all, r, row, n, now_ms, e);
out:
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

/* --- standing in for too few chosen ------------------------------------------------------------------------- */

static int
is_near(const struct neighbour *p)
{
	return p->sticky || p->promoted;
}

static size_t
count_near(const struct neighbours *all)
{
	size_t i, n = 0;

	for (i = 0; i < all->count; i++)
		n += is_near(all->peer[i]) && all->peer[i]->listed ? 1 : 0;
	return n;
}

/* What the operator chose meanwhile stays chosen. */
static void
note_promoted(void *ctx, struct peer *row)
{
	const struct neighbour *p = ctx;

	if (row->sticky != PEER_CHOSEN)
		row->sticky = p->promoted ? PEER_PROMOTED : PEER_LEARNT;
}

static void
set_promoted(struct neighbours *all, struct neighbour *p, int promoted)
{
	struct err e;

	p->promoted = promoted;
	if (store_peer_change(all->node->store, p->url, note_promoted, p, &e) == -1)
		log_line(all->node->log, LEVEL_WARN, "gossip", "cannot note who is near", "peer", p->url, "why", e.text, NULL);
}

/* Under this address or another: nobody is listened to twice. */
static int
is_heard(const struct neighbours *all, const struct neighbour *p)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct neighbour *q = all->peer[i];

		if (q == p ? is_near(p) : is_near(q) && q->listed && q->failures == 0 && *p->did != '\0' &&
		    strcmp(q->did, p->did) == 0)
			return 1;
	}
	return 0;
}

/* The best learnt peer that may be called: one that answers, else one never tried, else any; among equals by chance. */
static struct neighbour *
candidate(const struct neighbours *all, uint64_t now_ms)
{
	struct neighbour *best = NULL;
	unsigned best_rank = 0, equals = 0;
	size_t i;

	for (i = 0; i < all->count; i++) {
		struct neighbour *p = all->peer[i];
		unsigned rank = p->answers ? 3 : p->failures == 0 ? 2 : 1;

		if (!p->listed || now_ms < p->not_before_ms || rank < best_rank || is_heard(all, p))
			continue;
		equals = rank == best_rank ? equals + 1 : 1;
		if (randombytes_uniform(equals) == 0)
			best = p;
		best_rank = rank;
	}
	return best;
}

/* Keep NEAR_MIN listened to, as far as there are any; no more than that by promotion. */
static void
promote(struct neighbours *all, uint64_t now_ms)
{
	size_t near = count_near(all), i;
	struct neighbour *p;

	for (i = 0; near > NEAR_MIN && i < all->count; i++)
		if (all->peer[i]->promoted && all->peer[i]->listed) {
			set_promoted(all, all->peer[i], 0);
			near--;
		}
	for (; near < NEAR_MIN && (p = candidate(all, now_ms)) != NULL; near++) {
		set_promoted(all, p, 1);
		no_later(&p->compare_ms, now_ms + randombytes_uniform(COMPARE_MS));
	}
}

/* --- what to do when ------------------------------------------------------------------------------------------ */

void
neighbours_news(struct neighbours *all, uint64_t now_ms)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (is_near(all->peer[i]) && all->node->config.push != 0)
			no_later(&all->peer[i]->tell_ms, now_ms + jitter(TELL_MS));
}

void
neighbours_compare(struct neighbours *all, uint64_t now_ms)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (is_near(all->peer[i]))
			no_later(&all->peer[i]->compare_ms, now_ms + jitter(COMPARE_MS));
}

static void
begin(struct neighbours *all, struct neighbour *p, enum slot slot, const struct talk_params *params,
    uint64_t now_ms)
{
	struct err e;

	if (talk_new(all->node, all->carrier, params, &p->talk[slot], &e) == 0) {
		if (slot == LISTEN)
			p->began_ms = now_ms;
		return;
	}
	p->failures++;
	p->not_before_ms = now_ms + back_off(all, p->failures);
	log_line(all->node->log, LEVEL_WARN, "gossip", "cannot talk", "peer", p->url, "why", e.text, NULL);
}

static void
begin_compare(struct neighbours *all, struct neighbour *p, uint64_t now_ms)
{
	struct talk_params params = { .url = p->url, .pushed_seq = p->pushed_seq,
	    .what = SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE, .holds = p->holds };

	if (p->pushed_seq >= 0)		/* not the first time */
		params.what |= SYNC_RETRY;
	p->whole = 1;
	begin(all, p, LISTEN, &params, now_ms);
}

static void
begin_listen(struct neighbours *all, struct neighbour *p, uint64_t now_ms)
{
	struct talk_params params = { .url = p->url, .what = SYNC_PULL, .pushed_seq = p->pushed_seq,
	    .holds = p->holds };

	p->whole = 0;
	if (p->catch_up)
		params.what |= SYNC_PROBE;
	else {
		params.wait_s = LISTEN_S;
		params.page_records = LISTEN_RECORDS;
		params.pages_max = 1;
	}
	begin(all, p, LISTEN, &params, now_ms);
}

/* A listener that reads our feed has already told us that it has the news: its state was ours. */
static void
begin_tell(struct neighbours *all, struct neighbour *p, uint64_t now_ms)
{
	struct talk_params params = { .url = p->url, .what = SYNC_PUSH, .pushed_seq = p->pushed_seq,
	    .holds = p->holds };

	p->tell_ms = NEVER;
	if (p->pushed_seq < store_seq(all->node->store))
		begin(all, p, TELL, &params, now_ms);
}

/* Start what is due with one that is listened to; when to look again. */
static uint64_t
plan(struct neighbours *all, struct neighbour *p, uint64_t now_ms)
{
	uint64_t next = p->compare_ms;

	if (now_ms < p->not_before_ms)
		return p->not_before_ms;
	if (now_ms >= p->compare_ms && p->talk[TELL] == NULL) {
		if (p->talk[LISTEN] == NULL)
			begin_compare(all, p, now_ms);
		else if (!p->whole && !p->wants_pause) {
			p->wants_pause = 1;
			talk_cut(p->talk[LISTEN]);
		}
		return now_ms + 100;
	}
	if (p->talk[LISTEN] == NULL) {
		if (now_ms >= p->listen_ms)
			begin_listen(all, p, now_ms);
		no_later(&next, p->listen_ms);
	}
	if (p->talk[TELL] == NULL && !(p->talk[LISTEN] != NULL && p->whole)) {
		if (now_ms >= p->tell_ms)
			begin_tell(all, p, now_ms);
		no_later(&next, p->tell_ms);
	}
	return next > now_ms ? next : now_ms + 10;
}

/* --- how it went ------------------------------------------------------------------------------------------------ */

static void
log_outcome(const struct neighbours *all, const struct neighbour *p, const struct sync_report *r)
{
	if (r->failure.code != ERR_NONE)
		log_line(all->node->log, LEVEL_WARN, "gossip", "failed", "peer", p->url, "why", r->failure.text,
		    "failures", LOG_NUM(p->failures), NULL);
	else if (r->pulled + r->pushed > 0)
		log_line(all->node->log, LEVEL_INFO, "gossip", "exchanged", "peer", p->url,
		    "pulled", LOG_NUM(r->pulled), "stored", LOG_NUM(r->taken[VERDICT_STORED]),
		    "pushed", LOG_NUM(r->pushed), "taken", LOG_NUM(r->answered[VERDICT_STORED]),
		    "rounds", LOG_NUM(r->rounds), "equal", r->equal ? "yes" : "no", NULL);
}

static void
failed(struct neighbours *all, struct neighbour *p, uint64_t now_ms)
{
	struct err e;

	p->failures++;
	p->answers = 0;
	p->not_before_ms = now_ms + back_off(all, p->failures);
	if (p->promoted && p->failures >= DEMOTE_FAILURES)
		set_promoted(all, p, 0);
	no_later(&p->tell_ms, p->not_before_ms);
	if (!p->sticky && p->failures >= FORGET_FAILURES) {
		p->listed = 0;
		(void)store_peer_delete(all->node->store, p->url, &e);
	}
}

static void
listened(struct neighbours *all, struct neighbour *p, const struct sync_report *r, uint64_t now_ms)
{
	if (p->whole)
		p->compare_ms = now_ms + (r->unfinished ? SETTLE_MS : jitter(DAY_MS));
	p->catch_up = !p->whole && r->unfinished;
	if (p->catch_up)
		p->listen_ms = now_ms + jitter(SETTLE_MS);
	else if (r->listed > 0 || p->whole || now_ms - p->began_ms >= LISTEN_S * 1000 / 2)
		p->listen_ms = now_ms + 50;
	else	/* it does not wait for news */
		p->listen_ms = now_ms + jitter(interval_ms(all));
}

/* A peer that holds more than before wants what it was not offered until now. */
static void
note_holds(struct neighbour *p, const struct sync_report *r, uint64_t now_ms)
{
	if (!r->holds_changed)
		return;
	free(p->holds);
	p->holds = r->holds[0] == '\0' ? NULL : strdup(r->holds);
	if (!p->whole)
		no_later(&p->compare_ms, now_ms + jitter(COMPARE_MS));
}

static void
ended(struct neighbours *all, struct neighbour *p, enum slot slot, uint64_t now_ms)
{
	const struct sync_report *r = talk_report(p->talk[slot]);
	int cut = talk_was_cut(p->talk[slot]);

	if (r->pushed_seq > p->pushed_seq)
		p->pushed_seq = r->pushed_seq;
	note_holds(p, r, now_ms);
	if (cut)
		p->wants_pause = 0;
	else if (r->failure.code != ERR_NONE)
		failed(all, p, now_ms);
	else {
		p->failures = 0;
		p->answers = 1;
		if (slot == LISTEN)
			listened(all, p, r, now_ms);
	}
	if (!cut)
		log_outcome(all, p, r);
	talk_free(p->talk[slot]);
	p->talk[slot] = NULL;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

/* Compare with one learnt peer at random: what the neighbours never heard of comes in this way. */
static void
visit(struct neighbours *all, uint64_t now_ms)
{
	struct neighbour *p;
	size_t at, i;

	if (now_ms < all->visit_ms || all->count == 0)
		return;
	all->visit_ms = now_ms + jitter(VISIT_INTERVALS * interval_ms(all));
	at = randombytes_uniform((uint32_t)all->count);
	for (i = 0; i < all->count; i++) {
		p = all->peer[(at + i) % all->count];
		if (!is_near(p) && p->listed && p->talk[LISTEN] == NULL && now_ms >= p->not_before_ms) {
			begin_compare(all, p, now_ms);
			return;
		}
	}
}

static int
busy(const struct neighbour *p)
{
	return p->talk[LISTEN] != NULL || p->talk[TELL] != NULL;
}

/* Plan, then let every conversation do what it can; when to come back. */
static uint64_t
move(struct neighbours *all, struct neighbour *p, uint64_t now_ms, int stopping)
{
	uint64_t next = NEVER;
	int slot;

	if (!stopping && p->listed && is_near(p))
		next = plan(all, p, now_ms);
	for (slot = LISTEN; slot < SLOTS; slot++) {
		struct talk *t = p->talk[slot];

		if (t == NULL)
			continue;
		if (!p->listed)
			talk_cut(t);
		if (talk_move(t)) {
			ended(all, p, (enum slot)slot, now_ms);
			next = now_ms;
		} else if (talk_until_ms(t) != NEVER)
			no_later(&next, now_ms + 100);
	}
	return next;
}

uint64_t
neighbours_move(struct neighbours *all, uint64_t now_ms, int stopping)
{
	uint64_t next = NEVER;
	size_t i = 0;

	if (!stopping) {
		promote(all, now_ms);
		visit(all, now_ms);
	}
	while (i < all->count) {
		struct neighbour *p = all->peer[i];

		no_later(&next, move(all, p, now_ms, stopping));
		if (p->listed || busy(p)) {
			i++;
			continue;
		}
		neighbour_free(p);
		all->peer[i] = all->peer[--all->count];
	}
	return next;
}

int
neighbours_talking(const struct neighbours *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (busy(all->peer[i]))
			return 1;
	return 0;
}

void
neighbours_cut(struct neighbours *all)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->peer[i]->talk[LISTEN] != NULL)
			talk_cut(all->peer[i]->talk[LISTEN]);
		if (all->peer[i]->talk[TELL] != NULL)
			talk_cut(all->peer[i]->talk[TELL]);
	}
}
