/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search.c - how long a question takes over a hundred thousand records: common and rare words, with
 * every facet, nearby, by prefix.  Processor time, so that others on the machine do not count.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/indexer.h"
#include "node/core/node.h"
#include "node/search/search.h"
#include "proto/err.h"
#include "tools/bench/bench.h"
#include "tools/bench/fill.h"

#define RUNS_MAX 4000

static const struct question {
	const char *name;
	const char *text[4];
	int facets, near;
} question[] = {
	{ "common words, 20 best with facets", { "jardin", "vélos", "atelier réparation", "légumes saison" }, 1, 0 },
	{ "rare names, 20 best with facets", { "Kerlanmor", "Gwenplou", "Mornevzen", "Pentalcoz" }, 1, 0 },
	{ "common and rare word, with facets", { "jardin kergwen", "vélo moryan", "four plouros", "café talhir" }, 1, 0 },
	{ "beginning of a word, with facets", { "jar", "répa", "coop", "kerl" }, 1, 0 },
	{ "within 10 km of a place, with facets", { "", "", "", "" }, 1, 1 },
	{ "common words within 10 km, with facets", { "jardin", "vélos", "livres", "repas" }, 1, 1 },
	{ "everything, newest first, with facets", { "", "", "", "" }, 1, 0 },
	{ "common words, without facets", { "jardin", "vélos", "atelier", "légumes" }, 0, 0 },
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int
ask(struct search *s, const struct question *q, size_t turn, uint64_t *total, struct err *e)
{
	static const int32_t place[4][2] = { { 481158000, -16885000 }, { 484083000, -45006000 },
		{ 476576000, -27484000 }, { 485967000, -38216000 } };
	struct search_query query = { .now_s = (int64_t)time(NULL), .text = span_str(q->text[turn % 4]) };
	struct search_reader *r = search_take(s, e);
	struct search_result result;
	struct arena a = {0};
	int rc;

	if (r == NULL)
		return -1;
	query.facets = q->facets ? FACET_ALL : 0;
	if (q->near) {
		query.near = 1;
		query.lat_e7 = place[turn % 4][0];
		query.lon_e7 = place[turn % 4][1];
		query.within_m = 10000;
	}
	if ((rc = search_run(r, &query, &a, &result, e)) == 0)
		*total += result.total;
	arena_clear(&a);
	search_give(s, r);
	return rc;
}

/* The same, as questions a second of one core. */
static void
report_rate(struct bench *b, const char *p99, double per_s)
{
	struct report_line l = { .row = "search", .unit = UNIT_PER_S, .better = BETTER_HIGH, .limit = 5000, .hold = 1,
		.limit_what = "DESIGN: postings, a core", .value = per_s };

	snprintf(l.what, sizeof l.what, "%.*s: a second", (int)(strlen(p99) - strlen(": p99")), p99);
	report_add(&b->report, &l);
}

static int
measure(struct bench *b, struct search *s, size_t docs, const struct question *q, struct err *e)
{
	struct report_line l = { .row = "search", .unit = UNIT_MS, .better = BETTER_LOW, .limit = 20, .hold = 1,
		.limit_what = "DESIGN: p99 with postings" };
	double *took = calloc(RUNS_MAX, sizeof *took), start = clock_s(), budget = b->quick ? 0.5 : 2;
	double sum = 0;
	uint64_t total = 0;
	size_t n, warm;
	int rc = took == NULL ? err_memory(e) : 0;

	for (warm = 0; rc == 0 && warm < 8; warm++)
		rc = ask(s, q, warm, &total, e);
	total = 0;
	for (n = 0, start = clock_s(); rc == 0 && n < RUNS_MAX && (n < 40 || clock_s() - start < budget); n++) {
		double t = thread_cpu_s();

		rc = ask(s, q, n, &total, e);
		took[n] = (thread_cpu_s() - t) * 1e3;
		sum += took[n];
	}
	if (rc == 0) {
		qsort(took, n, sizeof *took, compare);
		snprintf(l.what, sizeof l.what, "%zu records, %s: p99", docs, q->name);
		l.value = took[n * 99 / 100];
		snprintf(l.note, sizeof l.note, "p50 %.3f ms, %.0f/s on one core, %.0f matches on average",
		    took[n / 2], (double)n * 1e3 / sum, (double)total / (double)n);
		report_add(&b->report, &l);
		report_rate(b, l.what, (double)n * 1e3 / sum);
	}
	free(took);
	return rc;
}

static void
report_index(struct bench *b, struct search *s, double seconds)
{
	struct report_line l = { .row = "search", .unit = UNIT_PER_S, .better = BETTER_HIGH };
	struct search_sizes sizes;

	search_measure(s, &sizes);
	snprintf(l.what, sizeof l.what, "%zu records indexed from record.db", sizes.docs);
	l.value = (double)sizes.docs / seconds;
	snprintf(l.note, sizeof l.note, "search.db %.1f MiB; in memory columns %.1f MiB, %zu words"
	    " %.1f MiB", (double)sizes.file_bytes / (1 << 20), (double)sizes.columns_bytes / (1 << 20), sizes.words,
	    (double)sizes.words_bytes / (1 << 20));
	report_add(&b->report, &l);
}

int
row_search(struct bench *b, struct err *e)
{
	struct records r;
	struct node *n = NULL;
	char dir[600];
	double start;
	size_t i;
	int rc = -1;

	if (records_open(b->cache, GENERATED_SEED, b->quick ? 10000 : 100000, &r, e) == -1)
		return -1;
	if (bench_dir(b, "search", dir, sizeof dir, e) == -1 || fill_init(dir, "search", e) == -1 ||
	    fill_store(dir, &r, 0, r.count, e) == -1 || node_open(dir, &n, e) == -1)
		goto out;
	start = clock_s();
	if (indexer_catch_up(n->indexer, e) == -1)
		goto out;
	report_index(b, n->search, clock_s() - start);
	for (i = 0, rc = 0; rc == 0 && i < sizeof question / sizeof question[0]; i++)
		rc = measure(b, n->search, r.count, &question[i], e);
out:
	node_close(n);
	bench_remove(dir);
	records_close(&r);
	return rc;
}
