/* SPDX-License-Identifier: AGPL-3.0-or-later
 * replicate.c - two real nodes on loopback: one empty, then a hundred records changed, then nothing;
 * directly, and over a network of 40 ms round trip.
 *
 * Strangers compare their sets, once, as "essaim sync URL" does; neighbours listen to each other's feed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/bench/bench.h"
#include "tools/bench/child.h"
#include "tools/bench/client.h"
#include "tools/bench/fill.h"
#include "tools/bench/floor.h"
#include "tools/bench/proxy.h"

#define CHANGED 100
#define ROUND_TRIP_MS 40
#define QUIET_S 1.5
#define PATIENCE_S 300
#define BODY_BYTES_MAX ((size_t)16 << 20)

/* What one exchange did, as the network and the clock saw it. */
struct exchange {
	double seconds;			/* until its end, as told by the node */
	double searchable_s;		/* until the last record can be found */
	struct proxy_counts wire;
	double requests, pulled;
	double cpu_s;			/* of both nodes */
	double more_mib;		/* of the pulling node's highest memory */
};

struct pairing {
	struct bench *b;
	const struct records *r;
	struct child full, empty;
	struct proxy *proxy;
	char full_dir[600], empty_dir[600];
	unsigned revision;
};

/* --- one exchange ---------------------------------------------------------------------------- */

static int
start_job(const struct child *c, uint16_t port, double *number, struct err *e)
{
	struct endpoint control = { .path = c->socket };
	struct buf body = BUF_INIT(BODY_BYTES_MAX);
	char target[128];
	const char *p;
	int rc;

	snprintf(target, sizeof target, "/api/v1/sync?url=http%%3A%%2F%%2F127.0.0.1%%3A%u", (unsigned)port);
	rc = client_request(control, "POST", target, "Content-Length: 0\r\n", (struct span){ "", 0 }, &body, e);
	if (rc == 0 && (p = strstr(body.ptr, "\"job\":")) != NULL)
		*number = strtod(p + 6, NULL);
	else if (rc == 0)
		rc = err_set(e, ERR_INPUT, "no job in the answer");
	buf_clear(&body);
	return rc;
}

/* Wait for the job by long-poll; its report is left in body. */
static int
wait_for_job(const struct child *c, double number, struct buf *body, struct err *e)
{
	struct endpoint control = { .path = c->socket };
	double start = clock_s();
	char target[64];

	snprintf(target, sizeof target, "/api/v1/jobs/%.0f?wait=30", number);
	while (clock_s() - start < PATIENCE_S) {
		if (client_request(control, "GET", target, "", (struct span){ "", 0 }, body, e) == -1)
			return -1;
		if (strstr(body->ptr, "\"requests\":") != NULL)
			return strstr(body->ptr, "\"ok\":true") != NULL ? 0 :
			    err_set(e, ERR_IO, "the exchange failed: %.300s", body->ptr);
	}
	return err_set(e, ERR_TIMEOUT, "the exchange does not end");
}

static int
wait_until_searchable(const struct child *c, struct err *e)
{
	struct endpoint at = { .port = c->port };
	double start = clock_s(), seq = 0, search_seq = -1;

	while (search_seq < seq && clock_s() - start < PATIENCE_S) {
		if (client_number(at, "/api/v1/status", "seq", &seq, e) == -1 ||
		    client_number(at, "/api/v1/status", "search_seq", &search_seq, e) == -1)
			return -1;
		if (search_seq < seq)
			sleep_ms(2);
	}
	return search_seq >= seq ? 0 : err_set(e, ERR_TIMEOUT, "the index does not catch up");
}

static double
member(const struct buf *body, const char *name)
{
	char key[32];
	const char *p;

	snprintf(key, sizeof key, "\"%s\":", name);
	p = strstr(body->ptr, key);
	return p == NULL ? -1 : strtod(p + strlen(key), NULL);
}

/* Processor time of both nodes, ever. */
static int
cpu_of_both(const struct pairing *p, double *seconds, struct err *e)
{
	double full;

	if (child_cpu(&p->full, &full, e) == -1 || child_cpu(&p->empty, seconds, e) == -1)
		return -1;
	*seconds += full;
	return 0;
}

static int
exchange(struct pairing *p, struct exchange *out, struct err *e)
{
	struct buf body = BUF_INIT(BODY_BYTES_MAX);
	double number = 0, before, after, now, start, cpu;
	struct proxy_counts ignored;
	int rc = -1;

	memset(out, 0, sizeof *out);
	if (child_memory(&p->empty, &before, &now, e) == -1 || cpu_of_both(p, &cpu, e) == -1)
		return -1;
	proxy_counts(p->proxy, &ignored);
	start = clock_s();
	if (start_job(&p->empty, proxy_port(p->proxy), &number, e) == -1 ||
	    wait_for_job(&p->empty, number, &body, e) == -1)
		goto out;
	out->seconds = clock_s() - start;
	if (wait_until_searchable(&p->empty, e) == -1)
		goto out;
	out->searchable_s = clock_s() - start;
	proxy_counts(p->proxy, &out->wire);
	out->requests = member(&body, "requests");
	out->pulled = member(&body, "pulled");
	if (child_memory(&p->empty, &now, &after, e) == -1 || cpu_of_both(p, &out->cpu_s, e) == -1)
		goto out;
	out->more_mib = after - before;
	out->cpu_s -= cpu;
	rc = 0;
out:
	buf_clear(&body);
	return rc;
}

/* --- the nodes ------------------------------------------------------------------------------- */

static int
start_empty(struct pairing *p, unsigned round_trip_ms, struct err *e)
{
	if (bench_dir(p->b, "empty", p->empty_dir, sizeof p->empty_dir, e) == -1 ||
	    fill_init(p->empty_dir, "empty", e) == -1 || child_serve(p->b->essaim, p->empty_dir, &p->empty, e) == -1)
		return -1;
	return proxy_start(p->full.port, round_trip_ms, &p->proxy, e);
}

static void
stop_empty(struct pairing *p)
{
	child_stop(&p->empty);
	proxy_stop(p->proxy);
	p->proxy = NULL;
	bench_remove(p->empty_dir);
}

static int
start_full(struct pairing *p, struct err *e)
{
	if (bench_dir(p->b, "full", p->full_dir, sizeof p->full_dir, e) == -1 ||
	    fill_init(p->full_dir, "full", e) == -1 || fill_store(p->full_dir, p->r, 0, p->r->count, e) == -1 ||
	    fill_index(p->full_dir, e) == -1)
		return -1;
	return child_serve(p->b->essaim, p->full_dir, &p->full, e);
}

/* Newer versions of a hundred records, scattered, to the full node. */
static int
change(struct pairing *p, struct records *changed, struct buf *text, struct err *e)
{
	struct endpoint at = { .port = p->full.port };
	struct buf body = BUF_INIT(BODY_BYTES_MAX);
	struct generator *g = malloc(sizeof *g);
	struct span rest;
	size_t i;
	int rc = g == NULL ? err_memory(e) : 0;

	if (rc == 0)
		generator_init(g, GENERATED_SEED);
	p->revision++;
	buf_reset(text);
	for (i = 0; rc == 0 && i < CHANGED; i++)
		rc = generate_record(g, 2 * GENERATED_AUTHORS + i * (p->r->count / CHANGED - 1), p->revision, text, e);
	if (rc == 0)
		rc = client_request(at, "POST", "/api/v1/records", "Content-Type: application/x-ndjson\r\n",
		    buf_span(text), &body, e);
	for (rest = buf_span(text), i = 0; rc == 0 && i < CHANGED; i++)
		changed->line[i] = span_cut(&rest, '\n');
	changed->count = CHANGED;
	if (rc == 0)
		rc = wait_until_searchable(&p->full, e);
	free(g);
	buf_clear(&body);
	return rc;
}

/* --- lines ----------------------------------------------------------------------------------- */

static void
add(struct pairing *p, const char *what, enum unit unit, double value, const char *limit_what, double limit,
    double hold, const char *note)
{
	struct report_line l = { .row = "replicate", .unit = unit, .better = BETTER_LOW, .value = value,
		.limit = limit, .hold = hold };

	snprintf(l.what, sizeof l.what, "%zu records: %s", p->r->count, what);
	snprintf(l.limit_what, sizeof l.limit_what, "%s", limit_what);
	snprintf(l.note, sizeof l.note, "%s", note);
	report_add(&p->b->report, &l);
}

static int
replicate_all(struct pairing *p, double *direct_s, struct err *e)
{
	struct exchange x;
	struct floor_result fl;
	size_t gzip;
	char dir[600], note[200];

	if (bench_dir(p->b, "floor", dir, sizeof dir, e) == -1 ||
	    floor_run(p->r, 0, p->r->count, dir, &fl, e) == -1 ||
	    floor_gzip(p->r, 0, p->r->count, &gzip, e) == -1 || exchange(p, &x, e) == -1)
		return -1;
	bench_remove(dir);
	if (x.pulled < (double)p->r->count)
		return err_set(e, ERR_INTERNAL, "only %.0f records were pulled", x.pulled);
	*direct_s = x.searchable_s;
	snprintf(note, sizeof note, "stored after %.3f s; %.0f requests, %.0f records/s", x.seconds, x.requests,
	    (double)p->r->count / x.searchable_s);
	add(p, "to an empty node, verified and searchable", UNIT_S, x.searchable_s, "the floor", fl.seconds, 1.3, note);
	add(p, "processor time of both nodes", UNIT_S, x.cpu_s, "the floor's", fl.cpu_s, 1.3,
	    "tells more than the clock where others use the machine too");
	snprintf(note, sizeof note, "sent %llu B; %llu connections", (unsigned long long)x.wire.bytes_out,
	    (unsigned long long)x.wire.connections);
	add(p, "bytes received", UNIT_BYTES, (double)x.wire.bytes_in, "gzip -6 of the records", (double)gzip, 1.1, note);
	add(p, "more memory at the highest", UNIT_MIB, x.more_mib, "DESIGN", 64, 1, "VmHWM after, VmRSS before");
	return 0;
}

static int
replicate_changed(struct pairing *p, const char *how, struct err *e)
{
	struct buf text = BUF_INIT(BODY_BYTES_MAX);
	struct span line[CHANGED];
	struct records changed = { .line = line };
	struct floor_result fl;
	struct exchange x;
	char dir[600], note[200], what[80];
	int rc = -1, far = *how != '\0';

	if (change(p, &changed, &text, e) == -1 || bench_dir(p->b, "floor", dir, sizeof dir, e) == -1 ||
	    floor_run(&changed, 0, CHANGED, dir, &fl, e) == -1 || exchange(p, &x, e) == -1)
		goto out;
	bench_remove(dir);
	snprintf(note, sizeof note, "floor %.3f s, stored after %.3f s, %.0f records pulled", fl.seconds, x.seconds,
	    x.pulled);
	snprintf(what, sizeof what, "%d changed, strangers%s", CHANGED, how);
	add(p, what, UNIT_S, x.searchable_s, far ? "" : "DESIGN", far ? 0 : 0.08, far ? 0 : 1, note);
	snprintf(what, sizeof what, "%d changed, strangers%s, bytes both ways", CHANGED, how);
	add(p, what, UNIT_BYTES, (double)(x.wire.bytes_in + x.wire.bytes_out), "DESIGN", 55000, 1, "");
	snprintf(what, sizeof what, "%d changed, strangers%s, rounds", CHANGED, how);
	add(p, what, UNIT_ROUNDS, (double)x.wire.turns, "DESIGN", 4, 1, "");
	rc = 0;
out:
	buf_clear(&text);
	return rc;
}

/* --- as neighbours --------------------------------------------------------------------------- */

static int
same_state(const struct pairing *p, int *same, struct err *e)
{
	struct buf body = BUF_INIT(BODY_BYTES_MAX);
	struct endpoint at[2] = { { .port = p->full.port }, { .port = p->empty.port } };
	char state[2][33] = { "", "-" };
	const char *found;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < 2; i++) {
		rc = client_request(at[i], "GET", "/api/v1/status", "", (struct span){ "", 0 }, &body, e);
		if (rc == 0 && (found = strstr(body.ptr, "\"state\":\"")) != NULL)
			snprintf(state[i], sizeof state[i], "%.32s", found + 9);
	}
	*same = strcmp(state[0], state[1]) == 0;
	buf_clear(&body);
	return rc;
}

static int
wait_until_same(const struct pairing *p, struct err *e)
{
	double start = clock_s();
	int same = 0;

	while (!same && clock_s() - start < PATIENCE_S) {
		if (same_state(p, &same, e) == -1)
			return -1;
		if (!same)
			sleep_ms(1);
	}
	return same ? wait_until_searchable(&p->empty, e) : err_set(e, ERR_TIMEOUT, "the nodes do not become equal");
}

/* The empty node keeps the full one as a neighbour, and has said and heard all there was. */
static int
become_neighbours(const struct pairing *p, struct err *e)
{
	struct endpoint control = { .path = p->empty.socket };
	struct buf body = BUF_INIT(BODY_BYTES_MAX);
	struct proxy_counts counts;
	double start = clock_s(), quiet = start;
	char target[128];
	int rc;

	snprintf(target, sizeof target, "/api/v1/peers?url=http%%3A%%2F%%2F127.0.0.1%%3A%u",
	    (unsigned)proxy_port(p->proxy));
	rc = client_request(control, "POST", target, "Content-Length: 0\r\n", (struct span){ "", 0 }, &body, e);
	while (rc == 0 && clock_s() - quiet < QUIET_S && clock_s() - start < PATIENCE_S) {
		proxy_counts(p->proxy, &counts);
		if (counts.bytes_in + counts.bytes_out > 0)
			quiet = clock_s();
		sleep_ms(20);
	}
	buf_clear(&body);
	return rc;
}

/* From offering a hundred new versions to one node until they can be found at the other. */
static int
replicate_news(struct pairing *p, const char *how, struct err *e)
{
	struct buf text = BUF_INIT(BODY_BYTES_MAX);
	struct span line[CHANGED];
	struct records changed = { .line = line };
	struct proxy_counts wire;
	char what[80], note[120];
	double start;
	int rc = -1;

	if (become_neighbours(p, e) == -1)
		goto out;
	proxy_counts(p->proxy, &wire);
	start = clock_s();
	if (change(p, &changed, &text, e) == -1 || wait_until_same(p, e) == -1)
		goto out;
	start = clock_s() - start;
	sleep_ms(300);
	proxy_counts(p->proxy, &wire);
	snprintf(what, sizeof what, "%d changed, neighbours%s", CHANGED, how);
	snprintf(note, sizeof note, "from offering them to one until they are searchable at the other");
	add(p, what, UNIT_S, start, *how == '\0' ? "DESIGN" : "", *how == '\0' ? 0.08 : 0, *how == '\0', note);
	snprintf(what, sizeof what, "%d changed, neighbours%s, bytes both ways", CHANGED, how);
	snprintf(note, sizeof note, "%llu in, %llu out", (unsigned long long)wire.bytes_in,
	    (unsigned long long)wire.bytes_out);
	add(p, what, UNIT_BYTES, (double)(wire.bytes_in + wire.bytes_out), "DESIGN", 55000, 1, note);
	snprintf(what, sizeof what, "%d changed, neighbours%s, rounds", CHANGED, how);
	add(p, what, UNIT_ROUNDS, (double)wire.turns, "DESIGN", 4, 1, "");
	rc = 0;
out:
	buf_clear(&text);
	return rc;
}

static int
replicate_nothing(struct pairing *p, const char *how, struct err *e)
{
	struct exchange x;
	char what[64];

	if (exchange(p, &x, e) == -1)
		return -1;
	snprintf(what, sizeof what, "nothing changed%s", how);
	add(p, what, UNIT_S, x.seconds, "", 0, 0, "");
	snprintf(what, sizeof what, "nothing changed%s, bytes both ways", how);
	add(p, what, UNIT_BYTES, (double)(x.wire.bytes_in + x.wire.bytes_out), "DESIGN", 600, 1, "");
	snprintf(what, sizeof what, "nothing changed%s, rounds", how);
	add(p, what, UNIT_ROUNDS, (double)x.wire.turns, "DESIGN", 1, 1, "");
	return 0;
}

/* The same network from far away: what counts is how often one waits for the other. */
static int
replicate_far(struct pairing *p, double direct_s, struct err *e)
{
	struct exchange x;
	char note[200];

	if (exchange(p, &x, e) == -1)
		return -1;
	snprintf(note, sizeof note, "%.0f requests, %llu turns, direct %.3f s", x.requests,
	    (unsigned long long)x.wire.turns, direct_s);
	add(p, "to an empty node, 40 ms away", UNIT_S, x.searchable_s, "direct + 6 round trips",
	    direct_s + 6 * ROUND_TRIP_MS / 1000.0, 1, note);
	return 0;
}

static int
measure(struct bench *b, const struct records *r, struct err *e)
{
	struct pairing p = { .b = b, .r = r };
	double direct_s = 0;
	int rc = -1;

	if (start_full(&p, e) == -1 || start_empty(&p, 0, e) == -1 || replicate_all(&p, &direct_s, e) == -1 ||
	    replicate_changed(&p, "", e) == -1 || replicate_nothing(&p, "", e) == -1 ||
	    replicate_news(&p, "", e) == -1)
		goto out;
	stop_empty(&p);
	if (start_empty(&p, ROUND_TRIP_MS, e) == -1 || replicate_far(&p, direct_s, e) == -1 ||
	    replicate_changed(&p, ", 40 ms away", e) == -1 || replicate_nothing(&p, ", 40 ms away", e) == -1 ||
	    replicate_news(&p, ", 40 ms away", e) == -1)
		goto out;
	rc = 0;
out:
	stop_empty(&p);
	child_stop(&p.full);
	bench_remove(p.full_dir);
	return rc;
}

int
row_replicate(struct bench *b, struct err *e)
{
	static const size_t sizes[] = { 10000, 100000 };
	struct records r;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < (b->quick ? 1 : 2); i++) {
		if (records_open(b->cache, GENERATED_SEED, b->quick ? 3000 : sizes[i], &r, e) == -1)
			return -1;
		rc = measure(b, &r, e);
		records_close(&r);
	}
	return rc;
}
