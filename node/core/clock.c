/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clock.c - see clock.h. */
#include "node/core/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/log.h"
#include "node/core/node.h"
#include "node/core/redate.h"
#include "node/gossip/gossip.h"
#include "node/store/store.h"
#include "proto/err.h"

#define PEERS_FOR_MEDIAN 3
#define PEERS_MAX	512
#define FELL_S		DAY_S			/* a smaller step back does no harm */
#define PROGRAM_S	INT64_C(1704067200)	/* 2024-01-01: a clock before it was never set */
#define STEP_S		60			/* of the clock against the machine's own count */

/* --- what can be known ------------------------------------------------------------------------- */

static int
by_offset(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
peers_look(struct node *n, struct peers_seen *out, struct err *e)
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
			out->known += peer[i].sticky == PEER_CHOSEN || peer[i].last_ok > 0;
			if (peer[i].last_ok > out->last_ok)
				out->last_ok = peer[i].last_ok;
			/* an exchange that is yet to come was noted by another clock */
			if (peer[i].last_ok > 0 && peer[i].last_ok <= now + STEP_S && now - peer[i].last_ok < DAY_S)
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

/* The latest time at which this node was sure of its clock; 0: never. */
static int
last_time(struct node *n, int64_t *out, struct err *e)
{
	struct reader *r;
	struct arena a = {0};
	const char *value;
	int rc;

	*out = 0;
	if (store_read(n->store, &r, e) == -1)
		return -1;
	if ((rc = store_note(r, "last-time", &a, &value, e)) == 1)
		*out = strtoll(value, NULL, 10);
	store_read_end(r);
	arena_clear(&a);
	return rc == -1 ? -1 : 0;
}

static int
note_time(struct node *n, struct err *e)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)node_now(n));
	return store_note_put(n->store, "last-time", text, e);
}

/* --- judging ------------------------------------------------------------------------------------- */

static void
judge_clock(const struct peers_seen *seen, int64_t now, int64_t last, struct clock_view *v)
{
	int differs = seen->fresh > 0 && llabs(seen->median) > FUTURE_S;

	*v = (struct clock_view){ .peers = seen->fresh, .offset_s = -seen->median };
	if (seen->fresh >= PEERS_FOR_MEDIAN && differs)
		v->standing = CLOCK_WRONG;
	else if (now < PROGRAM_S)
		v->standing = CLOCK_UNSET;
	else if (seen->fresh > 0 && !differs)	/* those who agree with it vouch for it */
		v->standing = CLOCK_AGREES;
	else if (last > 0 && now - last > CLOCK_LEAP_S)
		v->standing = CLOCK_LEAPT;
	else if (now < last - FELL_S)
		v->standing = CLOCK_FELL;
	else
		v->standing = differs ? CLOCK_DIFFERS : CLOCK_AGREES;
	if (v->standing == CLOCK_LEAPT || v->standing == CLOCK_FELL)
		v->offset_s = now - last;
	v->trusted = v->standing == CLOCK_AGREES || v->standing == CLOCK_DIFFERS;
}

/* "12 seconds", "3 hours", "10 days". */
static void
in_words(int64_t s, char out[32])
{
	static const struct { int64_t from, unit; const char *name; } row[] = {
		{ 2 * DAY_S, DAY_S, "days" }, { 7200, 3600, "hours" }, { 120, 60, "minutes" }, { 0, 1, "seconds" },
	};
	size_t i = 0;

	s = llabs(s);
	while (s < row[i].from)
		i++;
	snprintf(out, 32, "%" PRId64 " %s", s / row[i].unit, row[i].name);
}

static void
say(struct clock_view *v)
{
	static const char *const advice[CLOCK__COUNT] = {
		[CLOCK_DIFFERS] = "one of the two is wrong, and what is dated ahead waits elsewhere until its time comes:"
		    " look at this one (systemctl enable --now systemd-timesyncd)",
		[CLOCK_WRONG] = "set it right (systemctl enable --now systemd-timesyncd), nothing is signed until then",
		[CLOCK_LEAPT] = "nothing is signed until a neighbour agrees; if it is right, say"
		    " \"essaim doctor --confirm-clock\"",
		[CLOCK_FELL] = "nothing is signed until a neighbour agrees; if it is right, say"
		    " \"essaim doctor --confirm-clock\"",
	};
	const char *side = v->offset_s > 0 ? "ahead of" : "behind";
	char by[32];

	in_words(v->offset_s, by);
	if (v->standing == CLOCK_AGREES)
		snprintf(v->text, sizeof v->text, v->peers == 0 ? "nobody to compare with"
		    : "agrees with that of its neighbours (%zu)", v->peers);
	else if (v->standing == CLOCK_UNSET)
		snprintf(v->text, sizeof v->text, "this machine's clock was never set: set it right (systemctl enable"
		    " --now systemd-timesyncd), nothing is signed until then");
	else if (v->standing == CLOCK_LEAPT || v->standing == CLOCK_FELL)
		snprintf(v->text, sizeof v->text, "this machine's clock is %s %s when the node last ran: %s", by, side,
		    advice[v->standing]);
	else
		snprintf(v->text, sizeof v->text, "this machine's clock is %s %s that of its neighbours: %s", by, side,
		    advice[v->standing]);
}

int
clock_look(struct node *n, struct clock_view *out, struct err *e)
{
	struct peers_seen seen;
	int64_t last;

	if (peers_look(n, &seen, e) == -1 || last_time(n, &last, e) == -1)
		return -1;
	judge_clock(&seen, node_now(n), last, out);
	say(out);
	return 0;
}

int
clock_check(struct node *n, struct err *e)
{
	struct clock_view v;

	if (clock_look(n, &v, e) == -1)
		return -1;
	return v.trusted ? 0 : err_set(e, ERR_CONFLICT, "%s", v.text);
}

/* --- putting right --------------------------------------------------------------------------------- */

/* The clock was ahead when things were written here, and is now known to be right. */
static int
put_right(struct node *n, struct err *e)
{
	int64_t left, back, dated;

	if (store_set_right(n->store, &left, &back, e) == -1)
		return -1;
	redate_own(n, &dated);
	log_line(n->log, LEVEL_WARN, "clock", "is right again", "waiting", LOG_NUM(left), "returned", LOG_NUM(back),
	    "dated-anew", LOG_NUM(dated), NULL);
	return note_time(n, e);
}

static void
compare_now(struct node *n)
{
	struct gossip *g;

	pthread_mutex_lock(&n->called);
	if ((g = n->gossip) != NULL)
		gossip_loosened(g, NULL);
	pthread_mutex_unlock(&n->called);
}

/* The clock against the machine's own count, which nobody sets: a step is somebody setting it. */
static int
has_stepped(struct node *n)
{
	struct timespec t;
	int64_t base, was = n->clock_base_s;

	clock_gettime(CLOCK_BOOTTIME, &t);
	base = node_now(n) - (int64_t)t.tv_sec;
	n->clock_base_s = base;
	return was != 0 && llabs(base - was) > STEP_S;
}

static int
settle(struct node *n, const struct clock_view *v, int64_t last, struct err *e)
{
	int fell = node_now(n) < last - FUTURE_S;

	n->clock_fell = fell;
	if (fell && v->peers > 0 && v->standing == CLOCK_AGREES) {
		if (put_right(n, e) == -1)
			return -1;
		n->clock_fell = 0;
		return 1;
	}
	if (node_now(n) > last && note_time(n, e) == -1)
		return -1;
	return 0;
}

int
clock_watch(struct node *n, struct err *e)
{
	int stepped = has_stepped(n), doubted = n->clock_doubted, righted;
	struct clock_view v;
	int64_t last;

	if (clock_look(n, &v, e) == -1 || last_time(n, &last, e) == -1)
		return -1;
	n->clock_doubted = !v.trusted;
	if (!v.trusted) {
		if (!doubted)
			log_line(n->log, LEVEL_WARN, "clock", "not trusted", "why", v.text, NULL);
		return 0;
	}
	if ((righted = settle(n, &v, last, e)) == -1)
		return -1;
	if (righted || stepped || doubted)
		compare_now(n);
	return 1;
}

int
clock_waits(const struct node *n)
{
	return n->clock_doubted || n->clock_fell;
}

int
clock_start(struct node *n, struct err *e)
{
	struct clock_view v;
	int64_t last;

	has_stepped(n);
	if (clock_look(n, &v, e) == -1 || last_time(n, &last, e) == -1)
		return -1;
	return v.trusted && node_now(n) > last ? note_time(n, e) : 0;
}

int
clock_confirm(struct node *n, struct err *e)
{
	int64_t last;

	if (last_time(n, &last, e) == -1)
		return -1;
	if (node_now(n) < last - FUTURE_S ? put_right(n, e) == -1 : note_time(n, e) == -1)
		return -1;
	n->clock_doubted = n->clock_fell = 0;
	compare_now(n);
	return 0;
}
