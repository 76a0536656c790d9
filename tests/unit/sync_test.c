/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync_test.c - two nodes in memory: whatever is lost on the way, they come to hold the same set; what
 * one refuses is not listed again; and no answer makes a conversation go on for ever.
 */
#include "tests/unit/sim_node.h"

#define ALL (SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE | SYNC_SETTLE)

/* --- the wire ---------------------------------------------------------------------------------------- */

struct line {
	struct sim_node *peer;
	uint64_t seed;
	unsigned loss;		/* of 100 requests, before or after they take effect */
	size_t requests;
};

static int
serve_line(void *ctx, const struct sync_http *h, struct buf *out)
{
	struct line *l = ctx;
	unsigned fate = (unsigned)(sim_random(&l->seed) % 100);
	int status;

	l->requests++;
	if (fate < l->loss / 2)
		return -1;
	status = sim_serve(l->peer, h, out);
	return fate < l->loss ? -1 : status;
}

static struct sync_report
talk(struct sim_node *n, struct sim_node *peer, unsigned what)
{
	struct line l = { peer, 99, 0, 0 };
	struct sim_wire w = { serve_line, &l, 7, 10000 };
	struct sync_report r = sim_talk(n, what, &w);

	if (r.failure.code != ERR_NONE)
		fail_msg("%s", r.failure.text);
	return r;
}

/* a: some of its own, b: some of its own, both: some that each has. */
static void
fill(struct sim_node *a, struct sim_node *b, uint64_t *seed, unsigned each)
{
	struct sim_node *n[2] = { a, b };

	for (unsigned i = 0; i < 2; i++) {
		sim_know(n[i], 1);
		sim_know(n[i], 2);
	}
	for (unsigned i = 0; i < each; i++) {
		int author = 1 + (int)(sim_random(seed) % 2), deleted = sim_random(seed) % 8 == 0;
		unsigned where = (unsigned)(sim_random(seed) % 5);	/* 0, 1: a; 2, 3: b; 4: both */
		int64_t when = T0 + (int64_t)(sim_random(seed) % 900);

		if (where == 4) {
			sim_write(a, author, i, when, deleted);
			sim_write(b, author, i, when, deleted);
		} else
			sim_write(n[where / 2], author, i, when, deleted);
		if (where == 4 && sim_random(seed) % 2 == 0)	/* and one has a later version of it */
			sim_write(n[i % 2], author, i, when + 50, 0);
	}
}

static void
test_converge(void **state)
{
	(void)state;
	for (uint64_t round = 1; round <= 12; round++) {
		uint64_t seed = round * 0x9e3779b97f4a7c15;
		struct sim_node a, b;
		struct line l = { &b, seed + 1, round % 3 == 0 ? 0 : 30, 0 };
		struct sim_wire w = { serve_line, &l, seed + 2, 10000 };
		struct sync_report r = { .equal = 0 };
		int tries;

		sim_init(&a);
		sim_init(&b);
		b.page_max = 1 + round % 7;
		fill(&a, &b, &seed, 20 + 20 * (unsigned)(round % 4));
		for (tries = 0; tries < 200 && !r.equal; tries++)
			r = sim_talk(&a, ALL, &w);
		if (!r.equal || !sim_equal(&a, &b))
			fail_msg("seed %llu: not equal after %d conversations", (unsigned long long)round, tries);
		r = talk(&a, &b, ALL);		/* steps over what came back of our own */
		assert_true(r.equal && r.requests <= 2 && r.pulled + r.pushed == 0);
		r = talk(&a, &b, ALL);
		assert_int_equal(1, r.requests);
		assert_int_equal(0, r.pulled + r.pushed);
		sim_clear(&a);
		sim_clear(&b);
	}
}

/* --- what a cursor saves ------------------------------------------------------------------------------- */

static void
test_cursor(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&b, 1);
	for (unsigned i = 0; i < 100; i++)
		sim_write(&b, 1, i, T0 + i, 0);
	r = talk(&a, &b, SYNC_PULL);
	assert_int_equal(101, r.taken[VERDICT_STORED]);
	assert_int_equal(1, r.requests);	/* an empty node reads from the start and lists no ids */
	assert_int_equal(0, b.asked_ids);

	for (unsigned i = 0; i < 10; i++)
		sim_write(&b, 1, i, T0 + 500, i < 5);
	r = talk(&a, &b, SYNC_PULL);
	assert_int_equal(10, r.pulled);
	assert_int_equal(1, r.requests);
	assert_true(r.equal && sim_equal(&a, &b));

	sim_write(&a, 1, 200, T0, 0);
	r = talk(&a, &b, SYNC_PUSH);		/* its position is known: only what is new is told */
	assert_int_equal(1, r.pushed);
	assert_int_equal(1, r.requests);
	assert_true(sim_equal(&a, &b));
	r = talk(&a, &b, SYNC_PUSH);
	assert_int_equal(0, r.requests);

	b.epoch++;				/* a restart of the peer: reset, one comparison, a new cursor */
	sim_write(&b, 1, 300, T0 + 600, 0);
	r = talk(&a, &b, SYNC_PULL);
	assert_int_equal(1, r.pulled);
	assert_int_equal(1, b.asked_ids);
	assert_true(sim_equal(&a, &b));
	r = talk(&a, &b, SYNC_PULL);
	assert_int_equal(0, r.pulled);
	assert_int_equal(1, r.requests);

	a.cursor[0] = '\0';			/* a full node that meets another: a probe is enough when equal */
	r = talk(&a, &b, ALL);
	assert_int_equal(1, r.requests);
	assert_true(r.equal);
	sim_clear(&a);
	sim_clear(&b);
}

/* --- identities ----------------------------------------------------------------------------------------- */

/* The peer's feed brings records before the identity (it was renewed since). */
static void
test_identity_later(void **state)
{
	struct sim_node a, b;
	struct sync_report r;
	struct sim_entry first;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&b, 1);
	for (unsigned i = 0; i < 9; i++)
		sim_write(&b, 1, i, T0 + i, 0);
	first = b.entry[0];			/* move it to the end of the feed */
	memmove(b.entry, b.entry + 1, 9 * sizeof first);
	first.seq = ++b.seq;
	b.entry[9] = first;
	r = talk(&a, &b, SYNC_PULL);
	assert_true(r.equal && sim_equal(&a, &b));
	assert_int_equal(9, r.taken[VERDICT_UNRESOLVED]);
	assert_int_equal(0, a.phantoms);
	sim_clear(&a);
	sim_clear(&b);
}

/* The peer has never heard of the author: it is told, then the records are offered again. */
static void
test_identity_pushed(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&b, 1);
	for (unsigned i = 0; i < 5; i++)
		sim_write(&b, 1, i, T0 + i, 0);
	talk(&a, &b, ALL);
	sim_know(&a, 2);
	for (unsigned i = 0; i < 5; i++)
		sim_write(&a, 2, i, T0 - 10 + i, 0);
	a.pushed_seq = a.seq - 5;		/* the identity itself is not news any more */
	r = talk(&a, &b, SYNC_PUSH);
	assert_int_equal(5, r.answered[VERDICT_UNRESOLVED]);
	assert_int_equal(6, r.answered[VERDICT_STORED]);
	assert_true(sim_equal(&a, &b));
	sim_clear(&a);
	sim_clear(&b);
}

/* --- policies that differ ---------------------------------------------------------------------------------- */

static void
differing(struct sim_node *a, struct sim_node *b)
{
	sim_init(a);
	sim_init(b);
	for (int author = 1; author <= 3; author++) {
		if (author != 3)
			sim_know(a, author);
		if (author != 2)
			sim_know(b, author);
	}
	for (unsigned i = 0; i < 40; i++) {
		sim_write(i % 2 == 0 ? a : b, 1, i, T0 + i, 0);
		sim_write(a, 2, i, T0 + i, 0);
		sim_write(b, 3, i, T0 + i, 0);
	}
	b->refuses = 1 << 2;
	a->refuses = 1 << 3;
}

static void
test_refusals(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	differing(&a, &b);
	r = talk(&a, &b, ALL);
	assert_false(r.equal);
	assert_int_equal(82, a.phantoms);	/* 40 records and the identity each way */
	r = talk(&a, &b, ALL);			/* nothing is listed again */
	assert_int_equal(0, r.pulled + r.pushed);
	assert_true(r.rounds <= 2);
	a.cursor[0] = '\0';			/* nor when everything is compared anew */
	r = talk(&a, &b, ALL);
	assert_int_equal(0, r.pulled + r.pushed);
	assert_true(r.rounds <= 2);
	sim_clear(&a);
	sim_clear(&b);
}

static void
test_loosened(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	differing(&a, &b);
	talk(&a, &b, ALL);
	a.refuses = 0;				/* found out by the conversation itself */
	r = talk(&a, &b, ALL);
	assert_int_equal(41, r.taken[VERDICT_STORED]);
	b.refuses = 0;				/* unknown here, until one record of the author is tried again */
	r = talk(&a, &b, ALL);
	assert_int_equal(0, r.pushed);
	r = talk(&a, &b, SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE | SYNC_RETRY);
	assert_true(r.equal && sim_equal(&a, &b));
	talk(&a, &b, ALL);
	assert_int_equal(0, a.phantoms);
	sim_clear(&a);
	sim_clear(&b);
}

/* A phantom that the peer has given up is forgotten, and so is one that came true. */
static void
test_phantoms_end(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	differing(&a, &b);
	talk(&a, &b, ALL);
	b.refuses = 0;
	for (unsigned i = 0; i < 40; i++)
		sim_write(&b, 3, i, T0 + 100 + i, 1);	/* deleted: new versions, refused once more */
	r = talk(&a, &b, ALL);
	assert_int_equal(40, r.taken[VERDICT_REFUSED]);
	talk(&a, &b, ALL);
	assert_int_equal(82, a.phantoms);
	r = talk(&a, &b, ALL);
	assert_int_equal(0, r.pulled + r.pushed);
	sim_clear(&a);
	sim_clear(&b);
}

/* A peer whose clock is behind holds what we push: not offered again until it is due there. */
static void
test_clocks(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&a, 1);
	sim_know(&b, 1);
	b.now = a.now - 2000;
	sim_write(&a, 1, 1, a.now, 0);
	r = talk(&a, &b, ALL);
	assert_int_equal(1, r.answered[VERDICT_HELD]);
	assert_true(r.clock_known);
	assert_int_equal(-2000, r.clock_offset_s);
	r = talk(&a, &b, ALL);
	assert_int_equal(0, r.pushed);
	b.now += 1500;
	r = talk(&a, &b, ALL);
	assert_int_equal(1, r.answered[VERDICT_STORED]);
	assert_true(r.equal);
	sim_clear(&a);
	sim_clear(&b);
}

/* A clock ten years ahead takes everything for expired.  Set right, it comes to hold what it refused; and what is
 * refused anew, for another reason, is remembered although the old refusal was given up a moment before. */
static void
test_clock_set_right(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&a, 1);
	for (int author = 1; author <= 2; author++) {
		sim_know(&b, author);
		for (unsigned i = 0; i < 20; i++)
			sim_write(&b, author, i, T0 + i, 0);
	}
	a.now += 3650LL * DAY_S;
	r = talk(&a, &b, ALL);
	assert_int_equal(40, r.taken[VERDICT_REFUSED]);
	a.now = b.now;
	a.refuses = 1 << 2;
	r = talk(&a, &b, ALL);
	assert_int_equal(20, r.taken[VERDICT_STORED]);
	assert_int_equal(20, r.taken[VERDICT_REFUSED]);
	r = talk(&a, &b, ALL);
	assert_int_equal(0, r.pulled + r.pushed);
	sim_clear(&a);
	sim_clear(&b);
}

/* The peer stops an answer where it gets too long: the rest is asked for again. */
static void
test_cut_answers(void **state)
{
	struct sim_node a, b;
	struct sync_report r;

	(void)state;
	sim_init(&a);
	sim_init(&b);
	sim_know(&a, 1);
	sim_know(&b, 1);
	for (unsigned i = 0; i < 80; i++)
		sim_write(&a, 1, i, T0 + i, 0);
	for (unsigned i = 80; i < 160; i++)
		sim_write(&b, 1, i, T0 + i, 0);
	r = talk(&a, &b, ALL);
	assert_true(r.equal);
	assert_int_equal(80, b.asked_ids);
	sim_clear(&a);
	sim_clear(&b);
}

/* --- a hostile peer ------------------------------------------------------------------------------------------ */

struct villain {
	struct sim_node *peer;
	unsigned count;
	int (*serve)(struct villain *v, const struct sync_http *h, struct buf *out);
};

static int
is_probe(const struct sync_http *h)
{
	return strstr(h->path, "since=-") != NULL;
}

static int
put(struct buf *out, const char *text)
{
	struct err e;

	assert_int_equal(0, buf_adds(out, text, &e));
	return 200;
}

/* Each page is one valid record and says there is another. */
static int
endless_pages(struct villain *v, const struct sync_http *h, struct buf *out)
{
	struct err e;

	if (is_probe(h) || strncmp(h->path, "/api/v1/changes", 15) != 0)
		return sim_serve(v->peer, h, out);
	assert_int_equal(0, buf_addspan(out, buf_span(&v->peer->entry[0].line), &e));
	assert_int_equal(0, buf_addf(out, &e, "\n{\"cursor\":\"c%u\",\"more\":true}\n", v->count++));
	return 200;
}

static int
still_cursor(struct villain *v, const struct sync_http *h, struct buf *out)
{
	struct err e;

	(void)h;
	assert_int_equal(0, buf_addspan(out, buf_span(&v->peer->entry[0].line), &e));
	return put(out, "\n{\"cursor\":\"same\",\"more\":true}\n");
}

static int
empty_more(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	return put(out, "{\"cursor\":\"a\",\"more\":true}\n");
}

static int
garbage_lines(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	for (int i = 0; i < 200; i++)
		put(out, "{\"not\":\"a record\"}\n\xff\xfe{\n");
	return put(out, "{\"cursor\":\"a\",\"more\":false}\n");
}

static int
no_cursor(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	return put(out, "<html>welcome</html>\n");
}

static int
nothing(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h, (void)out;
	return 200;
}

static int
long_cursor(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	put(out, "{\"cursor\":\"");
	for (int i = 0; i < 97; i++)
		put(out, "a");
	return put(out, "\",\"more\":false}\n");
}

static int
wild_cursor(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	return put(out, "{\"cursor\":\"a HTTP/1.1\\r\\nHost: b\",\"more\":false}\n");
}

static int
reset_at_start(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	return put(out, "{\"cursor\":\"a\",\"reset\":true}\n");
}

static int
crowded_page(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h;
	for (int i = 0; i <= CHANGES_RECORDS_MAX; i++)
		put(out, "{}\n");
	return put(out, "{\"cursor\":\"a\",\"more\":false}\n");
}

static int
huge_answer(struct villain *v, const struct sync_http *h, struct buf *out)
{
	struct err e;

	(void)v;
	assert_int_equal(0, buf_reserve(out, h->response_bytes_max + 1, &e));
	memset(out->ptr, 'a', h->response_bytes_max + 1);
	out->len = h->response_bytes_max + 1;
	return 200;
}

static int
error_500(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h, (void)out;
	return 500;
}

static int
moved_301(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h, (void)out;
	return 301;
}

static int
not_there(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h, (void)out;
	return 404;
}

static int
always_busy(struct villain *v, const struct sync_http *h, struct buf *out)
{
	(void)v, (void)h, (void)out;
	return 503;
}

/* The feed is honest and ends in a comparison, which is not. */
static int
honest_feed(struct villain *v, const struct sync_http *h, struct buf *out)
{
	return sim_serve(v->peer, h, out);
}

static int
reconcile_garbage(struct villain *v, const struct sync_http *h, struct buf *out)
{
	if (strcmp(h->path, "/api/v1/reconcile") != 0)
		return honest_feed(v, h, out);
	return put(out, "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
}

/* Every fingerprint differs, for ever. */
static int
reconcile_endless(struct villain *v, const struct sync_http *h, struct buf *out)
{
	struct set *set = set_new();
	struct sim_node liar = *v->peer;
	struct err e;
	int status;

	if (strcmp(h->path, "/api/v1/reconcile") != 0) {
		set_free(set);
		return honest_feed(v, h, out);
	}
	for (unsigned i = 0; i < 500; i++) {
		uint8_t id[32] = { (uint8_t)i, (uint8_t)(i >> 8), (uint8_t)v->count, (uint8_t)(v->count >> 8), 1 };

		assert_int_equal(0, set_insert(set, (uint64_t)(T0 + i), id, &e));
	}
	v->count++;
	liar.set = set;
	status = sim_serve(&liar, h, out);
	set_free(set);
	return status;
}

/* Wants everything, again and again: a fingerprint of everything that never matches. */
static int
reconcile_again(struct villain *v, const struct sync_http *h, struct buf *out)
{
	struct err e;

	if (strcmp(h->path, "/api/v1/reconcile") != 0)
		return honest_feed(v, h, out);
	v->count++;
	put(out, "a");
	assert_int_equal(0, buf_add(out, "\0\0\1", 3, &e));	/* up to infinity, fingerprint */
	return put(out, "0123456789abcdef");
}

static int
silent_results(struct villain *v, const struct sync_http *h, struct buf *out)
{
	return strcmp(h->path, "/api/v1/records") == 0 ? 200 : honest_feed(v, h, out);
}

static int
wrong_results(struct villain *v, const struct sync_http *h, struct buf *out)
{
	if (strcmp(h->path, "/api/v1/records") != 0)
		return honest_feed(v, h, out);
	for (int i = 0; i < 200; i++)
		put(out, "{\"result\":\"eaten\"}\n");
	return 200;
}

static int
too_many_results(struct villain *v, const struct sync_http *h, struct buf *out)
{
	if (strcmp(h->path, "/api/v1/records") != 0)
		return honest_feed(v, h, out);
	for (int i = 0; i < 400; i++)
		put(out, "{\"result\":\"stored\",\"reason\":\"\"}\n");
	return 200;
}

static int
more_records_than_ids(struct villain *v, const struct sync_http *h, struct buf *out)
{
	if (strcmp(h->path, "/api/v1/records/get") != 0)
		return honest_feed(v, h, out);
	for (int i = 0; i < 400; i++)
		put(out, "{}\n");
	return 200;
}

static int
probe_is_a_page(struct villain *v, const struct sync_http *h, struct buf *out)
{
	return is_probe(h) ? put(out, "{\"cursor\":\"a\",\"more\":false}\n") : honest_feed(v, h, out);
}

static int
never_those_ids(struct villain *v, const struct sync_http *h, struct buf *out)
{
	if (strcmp(h->path, "/api/v1/records/get") == 0)
		return 413;
	return honest_feed(v, h, out);
}

static int
serve_villain(void *ctx, const struct sync_http *h, struct buf *out)
{
	struct villain *v = ctx;

	return v->serve(v, h, out);
}

static const struct {
	const char *why;
	int (*serve)(struct villain *v, const struct sync_http *h, struct buf *out);
	int empty;		/* the client holds nothing and reads the feed */
	const char *failure;	/* words in it; NULL: none, the conversation just ends */
	size_t requests_max;
} hostile[] = {
	{ "a feed without end is read in portions", endless_pages, 1, NULL, SYNC_PAGES_MAX + 4 },
	{ "a cursor that stands still", still_cursor, 1, "does not move on", 2 },
	{ "more, and nothing with it", empty_more, 1, "does not move on", 1 },
	{ "lines that are no records", garbage_lines, 1, "no record", 2 },
	{ "a web page", no_cursor, 1, "cursor line", 1 },
	{ "an empty answer", nothing, 1, "cursor line", 1 },
	{ "a cursor too long", long_cursor, 1, "cursor is empty, too long", 1 },
	{ "a cursor that is a header", wild_cursor, 1, "not URL-safe", 1 },
	{ "a reset without a cursor", reset_at_start, 1, "reset at its very start", 1 },
	{ "more records than a page holds", crowded_page, 1, "in a page of", 1 },
	{ "an answer longer than allowed", huge_answer, 1, "answer of", 1 },
	{ "a broken server", error_500, 1, "HTTP 500", 1 },
	{ "a redirect is not followed", moved_301, 1, "HTTP 301", 1 },
	{ "no node there", not_there, 1, "no node of this protocol", 1 },
	{ "busy for ever", always_busy, 1, "HTTP 503", 1 + SYNC_BUSY_MAX },
	{ "a probe answered by a page", probe_is_a_page, 0, "a cursor of its own", 1 },
	{ "rounds of garbage", reconcile_garbage, 0, "reconciliation message", 3 },
	{ "rounds that never agree", reconcile_endless, 0, NULL, RECONCILE_ROUNDS_MAX * SYNC_PASSES_MAX + 200 },
	{ "one round for ever", reconcile_again, 0, "", RECONCILE_ROUNDS_MAX * SYNC_PASSES_MAX + 200 },
	{ "no answers to what is pushed", silent_results, 0, "fewer lines", 8 },
	{ "answers in other words", wrong_results, 0, "is not one", 8 },
	{ "more answers than lines", too_many_results, 0, "more lines", 8 },
	{ "more records than ids", more_records_than_ids, 0, "for 80 ids", 8 },
	{ "ids that cannot be had", never_those_ids, 0, NULL, 300 },
};

static void
test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct sim_node a, b;
		struct villain v = { &b, 0, hostile[i].serve };
		struct sim_wire w = { serve_villain, &v, 5, 100000 };
		struct sync_report r;

		sim_init(&a);
		sim_init(&b);
		sim_know(&b, 1);
		if (!hostile[i].empty)
			sim_know(&a, 1);
		for (unsigned k = 0; k < 80; k++) {
			sim_write(&b, 1, k, T0 + k, 0);
			if (!hostile[i].empty)
				sim_write(&a, 1, 100 + k, T0 + k, 0);
		}
		r = sim_talk(&a, ALL, &w);
		CHECK_ROW(hostile[i].why, r.requests <= hostile[i].requests_max);
		if (hostile[i].failure == NULL && r.failure.code != ERR_NONE)
			fail_msg("%s: %s", hostile[i].why, r.failure.text);
		if (hostile[i].failure != NULL && (r.failure.code == ERR_NONE ||
		    strstr(r.failure.text, hostile[i].failure) == NULL))
			fail_msg("%s: \"%s\"", hostile[i].why, r.failure.text);
		sim_clear(&a);
		sim_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_converge),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_identity_later),
		cmocka_unit_test(test_identity_pushed),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_loosened),
		cmocka_unit_test(test_phantoms_end),
		cmocka_unit_test(test_clocks), cmocka_unit_test(test_clock_set_right),
		cmocka_unit_test(test_cut_answers),
		cmocka_unit_test(test_hostile),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
