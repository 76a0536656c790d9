/* SPDX-License-Identifier: AGPL-3.0-or-later
 * intake.c - foreign records taken in on all cores: parsed, verified, judged, stored, committed.
 *
 * First against bare verification of the same signatures; then with the indexer behind it, from the
 * first byte to the last word searchable, against the floor.
 */
#include <stdlib.h>
#include <string.h>

#include "node/core/intake.h"
#include "node/core/node.h"
#include "node/core/indexer.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "tools/bench/bench.h"
#include "tools/bench/floor.h"
#include "tools/bench/fill.h"

#define BATCH 2000
#define TURNS 3

struct taken {
	size_t stored, other;
	int failed;
	char detail[128];
};

static void
batch_done(void *ctx, const struct intake_result *r, int rc, const struct err *e)
{
	struct taken *t = ctx;
	size_t i;

	if (rc == -1) {
		t->failed = 1;
		snprintf(t->detail, sizeof t->detail, "%.100s", e->text);
		return;
	}
	t->stored += r->by_verdict[VERDICT_STORED];
	t->other += r->count - r->by_verdict[VERDICT_STORED];
	for (i = 0; i < r->count && t->detail[0] == '\0'; i++)
		if (r->line[i].reason != REASON_NONE)
			snprintf(t->detail, sizeof t->detail, "%.100s", r->line[i].detail);
}

/* Batches are handed over as a puller would: the next is on its way while one is committed. */
static int
feed(struct node *n, const struct records *r, size_t begin, struct err *e)
{
	struct taken t = {0};
	size_t i = begin, end;
	int rc = 0;

	while (rc == 0 && i < r->count) {
		struct buf body = BUF_INIT(BATCH_BYTES_MAX);

		for (end = i + BATCH; rc == 0 && i < r->count && i < end; i++)
			if (buf_addspan(&body, r->line[i], e) == -1 || buf_addc(&body, '\n', e) == -1)
				rc = -1;
		if (rc == 0)
			rc = intake_submit(n->intake, &body, "http://bench.example", batch_done, &t, e);
		buf_clear(&body);
	}
	intake_stop(n->intake);		/* all is committed when it returns */
	n->intake = NULL;
	if (rc == 0 && (t.failed || t.stored + t.other != r->count - begin || t.other > 0))
		rc = err_set(e, ERR_INTERNAL, "%zu stored, %zu not: %s", t.stored, t.other, t.detail);
	return rc;
}

/* Without and with the indexer at work meanwhile. */
static int
take_in(struct bench *b, const char *name, const struct records *r, int index, double *seconds, struct err *e)
{
	char dir[600];
	struct node *n = NULL;
	double start;
	int rc = -1;

	if (bench_dir(b, name, dir, sizeof dir, e) == -1 || fill_init(dir, name, e) == -1 ||
	    node_open(dir, &n, e) == -1)
		goto out;
	start = clock_s();
	if (index && indexer_start(n->indexer, e) == -1)
		goto out;
	if (feed(n, r, 0, e) == -1 || (index && indexer_catch_up(n->indexer, e) == -1))
		goto out;
	*seconds = clock_s() - start;
	rc = 0;
out:
	node_close(n);
	bench_remove(dir);
	return rc;
}

struct figures {
	double bare_per_s, alone_s, indexed_s, floor_s;
};

static double
least(double best, double one)
{
	return best == 0 || one < best ? one : best;
}

/* All in turn, the best of each: other work on the machine only ever takes away. */
static int
measure(struct bench *b, const struct records *r, struct figures *best, struct err *e)
{
	struct floor_result fl;
	double bare, alone, indexed;
	char dir[600];
	int i;

	for (i = 0; i < TURNS; i++) {
		if (floor_verify(r, &bare, e) == -1 || take_in(b, "intake-alone", r, 0, &alone, e) == -1 ||
		    bench_dir(b, "floor", dir, sizeof dir, e) == -1 || floor_run(r, 0, r->count, dir, &fl, e) == -1 ||
		    take_in(b, "intake", r, 1, &indexed, e) == -1)
			return -1;
		bench_remove(dir);
		best->bare_per_s = bare > best->bare_per_s ? bare : best->bare_per_s;
		best->alone_s = least(best->alone_s, alone);
		best->indexed_s = least(best->indexed_s, indexed);
		best->floor_s = least(best->floor_s, fl.seconds);
	}
	return 0;
}

int
row_intake(struct bench *b, struct err *e)
{
	struct report_line l = { .row = "intake", .unit = UNIT_PER_S, .better = BETTER_HIGH };
	struct figures f = { .bare_per_s = 0 };
	struct records r;
	int rc;

	if (records_open(b->cache, GENERATED_SEED, b->quick ? 5000 : 20000, &r, e) == -1)
		return -1;
	if ((rc = measure(b, &r, &f, e)) == 0) {
		snprintf(l.what, sizeof l.what, "%zu records taken in: committed", r.count);
		snprintf(l.limit_what, sizeof l.limit_what, "bare libsodium verification on the same cores");
		l.value = (double)r.count / f.alone_s;
		l.limit = f.bare_per_s;
		report_add(&b->report, &l);
		snprintf(l.what, sizeof l.what, "the floor itself, %zu records", r.count);
		l.value = (double)r.count / f.floor_s;
		report_add(&b->report, &l);
		snprintf(l.what, sizeof l.what, "%zu records taken in: committed and searchable", r.count);
		snprintf(l.limit_what, sizeof l.limit_what, "the floor: fetch, verify, insert, index");
		l.limit = l.value;
		l.value = (double)r.count / f.indexed_s;
		l.hold = 1 / 1.3;
		report_add(&b->report, &l);
	}
	records_close(&r);
	return rc;
}
