/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reconcile.c - two sets of a million that differ in a few: processor time of both ends, bytes, rounds.
 *
 * The limit beside it is one pass over one of the sets, adding up its ids: what a node without
 * running sums would pay for a single fingerprint.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"
#include "proto/limits.h"
#include "proto/negentropy.h"
#include "proto/set.h"
#include "tools/bench/bench.h"

#define FRAME_SMALL ((size_t)16 * 1024)
#define ROUNDS_MAX 4096
#define TURNS 3			/* the best counts: other work on the machine only ever takes away */
#define FRAME_NONE ((size_t)64 << 20)

struct pair {
	struct set_item *item;
	size_t count;
	struct set *set[2];		/* the client's and the server's */
};

struct outcome {
	double cpu_ms[2];
	size_t bytes, rounds, have, need;
};

static int
count_have(void *arg, const struct set_item *item, struct err *e)
{
	(void)item, (void)e;
	((struct outcome *)arg)->have++;
	return 0;
}

static int
count_need(void *arg, const uint8_t id[32], struct err *e)
{
	(void)id, (void)e;
	((struct outcome *)arg)->need++;
	return 0;
}

/* Items ordered by time, as records of 200 days. */
static int
make_items(struct pair *p, size_t count, struct err *e)
{
	uint8_t seed[randombytes_SEEDBYTES] = { 7 };
	size_t i;

	if ((p->item = malloc(count * sizeof *p->item)) == NULL)
		return err_memory(e);
	p->count = count;
	randombytes_buf_deterministic(p->item, count * sizeof *p->item, seed);
	for (i = 0; i < count; i++)
		p->item[i].ts = UINT64_C(1780000000) + i * (200 * DAY_S) / count;
	return 0;
}

/* Of every difference one end lacks the item: the client the even ones, the server the odd ones. */
static int
make_sets(struct pair *p, size_t differences, int clustered, struct err *e)
{
	size_t step = clustered || differences == 0 ? 1 : p->count / differences, start = p->count / 3, i;
	int end;

	for (end = 0; end < 2; end++) {
		struct set_item *copy = malloc(p->count * sizeof *copy);

		if (copy == NULL)
			return err_memory(e);
		memcpy(copy, p->item, p->count * sizeof *copy);
		p->set[end] = set_load(copy, p->count, e);
		free(copy);
		if (p->set[end] == NULL)
			return -1;
		for (i = (size_t)end; i < differences; i += 2) {
			const struct set_item *x = &p->item[(start + i * step) % p->count];

			set_delete(p->set[end], x->ts, x->id);
		}
	}
	return 0;
}

static void
free_sets(struct pair *p)
{
	set_free(p->set[0]);
	set_free(p->set[1]);
	p->set[0] = p->set[1] = NULL;
}

static int
converse(struct pair *p, size_t frame, struct outcome *out, struct err *e)
{
	struct negentropy_params asking = negentropy_fit(set_count(p->set[0])), answering = NEGENTROPY_COMPACT;
	struct negentropy_found found = { count_have, count_need, out };
	struct set_view ours = SET_VIEW(p->set[0]), theirs = SET_VIEW(p->set[1]);
	struct buf ask = BUF_INIT(frame), answer = BUF_INIT(frame);
	struct negentropy *n;
	double t;
	int rc = -1;

	memset(out, 0, sizeof *out);
	asking.frame_bytes_max = asking.read_bytes_max = frame;
	answering.frame_bytes_max = answering.read_bytes_max = frame;
	asking.rounds_max = ROUNDS_MAX;
	asking.read_ranges_max = answering.read_ranges_max = frame;
	t = thread_cpu_s();
	if ((n = negentropy_new(&asking, &ours, &found, e)) == NULL || negentropy_initiate(n, &ask, e) == -1)
		goto out;
	out->cpu_ms[0] += (thread_cpu_s() - t) * 1e3;
	while (ask.len > 0) {
		t = thread_cpu_s();
		if (negentropy_respond(&answering, &theirs, buf_span(&ask), &answer, e) == -1)
			goto out;
		out->cpu_ms[1] += (thread_cpu_s() - t) * 1e3;
		out->bytes += ask.len + answer.len;
		out->rounds++;
		t = thread_cpu_s();
		if (negentropy_step(n, buf_span(&answer), &ask, e) == -1)
			goto out;
		out->cpu_ms[0] += (thread_cpu_s() - t) * 1e3;
	}
	rc = 0;
out:
	negentropy_free(n);
	buf_clear(&ask);
	buf_clear(&answer);
	return rc;
}

/* One pass over all items, nothing kept: the sum of a million ids. */
static double
one_pass_ms(const struct pair *p)
{
	struct set_sum sum = {{0}};
	uint8_t out[SET_FINGERPRINT_BYTES];
	double t = thread_cpu_s();
	size_t i;
	int k;

	for (i = 0; i < p->count; i++) {
		uint64_t w[4], carry = 0;

		memcpy(w, p->item[i].id, sizeof w);
		for (k = 0; k < 4; k++) {
			uint64_t with = w[k] + carry;

			carry = with < carry;
			sum.w[k] += with;
			carry += sum.w[k] < with;
		}
	}
	set_sum_fingerprint(&sum, p->count, out);
	return (thread_cpu_s() - t) * 1e3;
}

/* --- lines ----------------------------------------------------------------------------------- */

static const struct reconcile_case {
	size_t differences;
	int clustered;
	size_t frame;
	double hold_ms, hold_bytes;	/* 0: none */
	const char *name;
} cases[] = {
	{ 0, 0, RECONCILE_BYTES_MAX, 0.1, 0, "equal" },
	{ 100, 0, RECONCILE_BYTES_MAX, 12, 85000, "100 scattered" },
	{ 100, 1, RECONCILE_BYTES_MAX, 0, 0, "100 in one place" },
	{ 100, 0, FRAME_SMALL, 0, 0, "100 scattered, frames of 16 KiB" },
	{ 10000, 0, RECONCILE_BYTES_MAX, 150, 0, "10,000 scattered" },
	{ 10000, 1, RECONCILE_BYTES_MAX, 0, 0, "10,000 in one place" },
	{ 10000, 0, FRAME_SMALL, 0, 0, "10,000 scattered, frames of 16 KiB" },
	{ 10000, 0, FRAME_NONE, 0, 0, "10,000 scattered, frames unlimited" },
};

static void
add_lines(struct bench *b, const struct pair *p, const struct reconcile_case *c, const struct outcome *o,
    double pass_ms)
{
	struct report_line l = { .row = "reconcile", .unit = UNIT_MS, .better = BETTER_LOW };

	snprintf(l.what, sizeof l.what, "%zu items, %s: CPU of both ends", p->count, c->name);
	l.value = o->cpu_ms[0] + o->cpu_ms[1];
	l.limit = c->hold_ms > 0 ? c->hold_ms : pass_ms;
	l.hold = c->hold_ms > 0 ? 1 : 0;
	snprintf(l.limit_what, sizeof l.limit_what, c->hold_ms > 0 ? "DESIGN" : "one pass over the ids");
	snprintf(l.note, sizeof l.note, "client %.2f ms, server %.2f ms; one pass over the ids %.2f ms; %zu rounds",
	    o->cpu_ms[0], o->cpu_ms[1], pass_ms, o->rounds);
	report_add(&b->report, &l);
	l.note[0] = '\0';
	snprintf(l.what, sizeof l.what, "%zu items, %s: bytes", p->count, c->name);
	l.unit = UNIT_BYTES;
	l.value = (double)o->bytes;
	l.limit = c->hold_bytes > 0 ? c->hold_bytes : 32.0 * (double)c->differences;
	l.hold = c->hold_bytes > 0 ? 1 : 0;
	snprintf(l.limit_what, sizeof l.limit_what, c->hold_bytes > 0 ? "DESIGN" :
	    c->differences > 0 ? "the ids that differ" : "");
	report_add(&b->report, &l);
}

static int
run_case(struct bench *b, struct pair *p, const struct reconcile_case *c, double pass_ms, struct err *e)
{
	struct outcome o = { .rounds = 0 }, one;
	int rc = -1, i;

	if (make_sets(p, c->differences, c->clustered, e) == -1)
		goto out;
	for (i = 0; i < TURNS; i++) {
		if (converse(p, c->frame, &one, e) == -1)
			goto out;
		if (i == 0 || one.cpu_ms[0] + one.cpu_ms[1] < o.cpu_ms[0] + o.cpu_ms[1])
			o = one;
	}
	if (o.have != c->differences / 2 || o.need != c->differences / 2) {
		err_set(e, ERR_INTERNAL, "%s: found %zu and %zu of %zu", c->name, o.have, o.need, c->differences);
		goto out;
	}
	add_lines(b, p, c, &o, pass_ms);
	rc = 0;
out:
	free_sets(p);
	return rc;
}

int
row_reconcile(struct bench *b, struct err *e)
{
	struct pair p = {0};
	double pass_ms;
	size_t i;
	int rc = make_items(&p, b->quick ? 100000 : 1000000, e);

	if (rc == 0) {
		pass_ms = one_pass_ms(&p);
		for (i = 0; rc == 0 && i < sizeof cases / sizeof cases[0]; i++)
			rc = run_case(b, &p, &cases[i], pass_ms, e);
	}
	free(p.item);
	return rc;
}
