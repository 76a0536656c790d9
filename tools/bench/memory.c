/* SPDX-License-Identifier: AGPL-3.0-or-later
 * memory.c - what a serving node keeps in memory when it has read everything and some people looked.
 */
#include <stdio.h>
#include <string.h>

#include "node/core/node.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "proto/set.h"
#include "tools/bench/bench.h"
#include "tools/bench/child.h"
#include "tools/bench/client.h"
#include "tools/bench/fill.h"

#define LOOKS 40

/* What the parts say of themselves. */
struct parts {
	double set_mib, search_mib, search_db_mib;
};

static int
ask_parts(const char *dir, struct parts *out, struct err *e)
{
	struct search_sizes sizes;
	struct node *n;

	if (node_open(dir, &n, e) == -1)
		return -1;
	out->set_mib = (double)set_bytes(store_set(n->store)) / (1 << 20);
	store_set_done(n->store);
	search_measure(n->search, &sizes);
	out->search_mib = (double)(sizes.columns_bytes + sizes.words_bytes) / (1 << 20);
	out->search_db_mib = (double)sizes.file_bytes / (1 << 20);
	node_close(n);
	return 0;
}

static int
look_around(const struct child *c, struct err *e)
{
	static const char *const target[] = { "/", "/catalogue", "/catalogue?q=jardin", "/api/v1/search?q=v%C3%A9lo",
		"/api/v1/status", "/agenda", "/library", "/api/v1/changes?limit=200" };
	struct endpoint at = { .port = c->port };
	struct buf body = BUF_INIT((size_t)32 << 20);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < LOOKS; i++)
		rc = client_request(at, "GET", target[i % (sizeof target / sizeof target[0])], "",
		    (struct span){ "", 0 }, &body, e);
	buf_clear(&body);
	return rc;
}

static int
measure(struct bench *b, size_t count, double hold_mib, struct err *e)
{
	struct report_line l = { .row = "memory", .unit = UNIT_MIB, .better = BETTER_LOW, .limit = hold_mib,
		.hold = hold_mib > 0 ? 1 : 0 };
	struct child node = {0};
	struct parts parts;
	struct records r;
	char dir[600];
	double peak, fresh;
	int rc = -1;

	if (records_open(b->cache, GENERATED_SEED, count, &r, e) == -1)
		return -1;
	if (bench_dir(b, "memory", dir, sizeof dir, e) == -1 || fill_init(dir, "memory", e) == -1 ||
	    fill_store(dir, &r, 0, r.count, e) == -1 || fill_index(dir, e) == -1 || ask_parts(dir, &parts, e) == -1 ||
	    child_serve(b->essaim, dir, &node, e) == -1 || child_memory(&node, &fresh, &peak, e) == -1 ||
	    look_around(&node, e) == -1 || child_memory(&node, &l.value, &peak, e) == -1)
		goto out;
	snprintf(l.what, sizeof l.what, "%zu records: resident while serving, less the search's own", count);
	snprintf(l.limit_what, sizeof l.limit_what, hold_mib > 0 ? "DESIGN" : "");
	snprintf(l.note, sizeof l.note, "%.0f MiB in all, %.0f before the first page, peak %.0f; of it set %.1f, search"
	    " %.1f; search.db %.0f MiB on disk", l.value, fresh, peak, parts.set_mib, parts.search_mib,
	    parts.search_db_mib);
	l.value -= parts.search_mib;
	report_add(&b->report, &l);
	rc = 0;
out:
	child_stop(&node);
	bench_remove(dir);
	records_close(&r);
	return rc;
}

int
row_memory(struct bench *b, struct err *e)
{
	if (measure(b, 10000, 64, e) == -1)
		return -1;
	if (b->quick)
		return 0;
	if (measure(b, 100000, 0, e) == -1)
		return -1;
	return measure(b, 1000000, 256, e);
}
