/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy_test.c - nothing missed and nothing wrong, whatever the sets, the cuts and the frame
 * limits of the two sides; the protocol's known answers; refusals of what is no message.
 *
 * NEGENTROPY_PAIRS=n in the environment tries n random pairs of sets instead of the usual number.
 */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/negentropy.h"
#include "proto/set.h"

#define PAIRS 1500
#define FOUND_MAX 8192

static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* --- a session between two views, and what it must have found --- */

struct ids {
	uint8_t id[FOUND_MAX][SET_ID_BYTES];
	size_t n;
};

struct outcome {
	struct ids have, need;
	size_t messages, longest;
};

static int
ids_add(struct ids *ids, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	if (ids->n == FOUND_MAX)
		return err_set(e, ERR_LIMIT, "more found than there is");
	memcpy(ids->id[ids->n++], id, SET_ID_BYTES);
	return 0;
}

static int
on_have(void *arg, const struct set_item *item, struct err *e)
{
	return ids_add(&((struct outcome *)arg)->have, item->id, e);
}

static int
on_need(void *arg, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	return ids_add(&((struct outcome *)arg)->need, id, e);
}

static void
note_message(struct outcome *o, const struct buf *m)
{
	o->messages++;
	if (m->len > o->longest)
		o->longest = m->len;
}

static int
session_run(const struct negentropy_params *pc, struct set_view *client,
    const struct negentropy_params *ps, struct set_view *server, struct outcome *o, struct err *e)
{
	struct negentropy_found found = { .have = on_have, .need = on_need, .arg = o };
	struct buf ask = BUF_INIT(RECONCILE_BYTES_MAX), answer = BUF_INIT(RECONCILE_BYTES_MAX);
	struct negentropy *n;
	int rc = -1;

	o->have.n = o->need.n = o->messages = o->longest = 0;
	n = negentropy_new(pc, client, &found, e);
	if (n == NULL || negentropy_initiate(n, &ask, e) == -1)
		goto out;
	while (ask.len > 0) {
		note_message(o, &ask);
		if (pc->frame_bytes_max != 0 && ask.len > pc->frame_bytes_max)
			goto out;
		if (negentropy_respond(ps, server, buf_span(&ask), &answer, e) == -1)
			goto out;
		note_message(o, &answer);
		if (ps->frame_bytes_max != 0 && answer.len > ps->frame_bytes_max)
			goto out;
		if (negentropy_step(n, buf_span(&answer), &ask, e) == -1)
			goto out;
	}
	rc = 0;
out:
	negentropy_free(n);
	buf_clear(&ask);
	buf_clear(&answer);
	return rc;
}

static int
id_cmp(const void *a, const void *b)
{
	return memcmp(a, b, SET_ID_BYTES);
}

/* Each id of `mine` that `other` lacks was found exactly once, and nothing else was. */
static int
found_exactly(struct ids *found, const struct set *mine, const struct set *other)
{
	struct set_item item;
	size_t missing = 0;

	qsort(found->id, found->n, SET_ID_BYTES, id_cmp);
	for (size_t i = 1; i < found->n; i++)
		if (id_cmp(found->id[i - 1], found->id[i]) == 0)
			return 0;
	for (uint64_t i = 0; i < set_count(mine); i++) {
		set_at(mine, i, &item);
		if (set_has(other, item.ts, item.id))
			continue;
		missing++;
		if (bsearch(item.id, found->id, found->n, SET_ID_BYTES, id_cmp) == NULL)
			return 0;
	}
	return missing == found->n;
}

/* --- pairs of sets --- */

enum { COMMON, ONLY_A, ONLY_B };

/* Runs of items that one side lacks, mixed with scattered ones; timestamps from all equal to all
 * different; ids that often begin alike. */
static void
pair_make(uint64_t *seed, struct set *a, struct set *b)
{
	static const unsigned sizes[] = { 0, 1, 7, 30, 40, 300, 1500 }, stays[] = { 1, 3, 20, 120 };
	static const unsigned steps[] = { 1, 2, 5, 1000 };
	unsigned n = sizes[random_next(seed) % COUNT(sizes)];
	unsigned stay = stays[random_next(seed) % COUNT(stays)];
	unsigned step = steps[random_next(seed) % COUNT(steps)];
	unsigned alike = (unsigned)(random_next(seed) % 5), rare = (unsigned)(random_next(seed) % 16 + 1);
	struct set_item item = { .ts = 1000 };
	int side = COMMON;
	struct err e;

	for (unsigned i = 0; i < n; i++) {
		if (random_next(seed) % stay == 0)
			side = random_next(seed) % rare != 0 ? COMMON : (int)(1 + random_next(seed) % 2);
		item.ts += random_next(seed) % step;
		for (size_t k = 0; k < SET_ID_BYTES; k++)
			item.id[k] = (uint8_t)random_next(seed);
		if (random_next(seed) % 5 < alike)
			memset(item.id, 0, 1 + random_next(seed) % 24);
		if (side != ONLY_B)
			assert_int_equal(0, set_insert(a, item.ts, item.id, &e));
		if (side != ONLY_A)
			assert_int_equal(0, set_insert(b, item.ts, item.id, &e));
	}
}

static struct negentropy_params
random_params(uint64_t *seed)
{
	static const size_t frames[] = { 0, 4096, 4096, 4165, 4395, 5000, 9000, 30000 };
	struct negentropy_params p = NEGENTROPY_REFERENCE;

	if (random_next(seed) % 2 == 0) {
		p.buckets = (unsigned)(2 + random_next(seed) % 63);
		p.list_below = p.buckets + (unsigned)(random_next(seed) % (65 - p.buckets));
	}
	p.frame_bytes_max = frames[random_next(seed) % COUNT(frames)];
	p.rounds_max = 2000;
	return p;
}

static void
test_random_pairs(void **state)
{
	const char *env = getenv("NEGENTROPY_PAIRS");
	unsigned long pairs = env == NULL ? PAIRS : strtoul(env, NULL, 10);
	struct outcome *o = malloc(sizeof(*o));

	(void)state;
	assert_non_null(o);
	for (unsigned long k = 0; k < pairs; k++) {
		uint64_t seed = k;
		struct set *a = set_new(), *b = set_new();
		struct set_view va = SET_VIEW(a), vb = SET_VIEW(b);
		struct negentropy_params pa, pb;
		struct err e = {0};

		pair_make(&seed, a, b);
		pa = random_params(&seed);
		pb = random_params(&seed);
		if (session_run(&pa, &va, &pb, &vb, o, &e) == -1)
			fail_msg("pair %lu: %s (longest message %zu)", k, e.text, o->longest);
		if (!found_exactly(&o->have, a, b) || !found_exactly(&o->need, b, a))
			fail_msg("pair %lu: %zu have, %zu need: not the difference", k, o->have.n,
			    o->need.n);
		set_free(a);
		set_free(b);
	}
	free(o);
}

/* --- the message, word by word --- */

struct range {
	struct set_item start, end;
	unsigned mode;
	const uint8_t *payload;
	uint64_t n;	/* ids, in a list */
};

static uint64_t
take_varint(const uint8_t **p)
{
	uint64_t v = 0;

	do
		v = v << 7 | (**p & 127);
	while (*(*p)++ & 128);
	return v;
}

/* The range at p, which starts where the last one ended. */
static const uint8_t *
take_range(const uint8_t *p, struct range *r)
{
	uint64_t ts, len;

	r->start = r->end;
	memset(r->end.id, 0, sizeof(r->end.id));
	ts = take_varint(&p);
	r->end.ts = ts == 0 ? SET_TS_INFINITY : r->start.ts + ts - 1;
	len = take_varint(&p);
	memcpy(r->end.id, p, len);
	p += len;
	r->mode = (unsigned)take_varint(&p);
	r->n = r->mode == 2 ? take_varint(&p) : 0;
	r->payload = p;
	return p + (r->mode == 1 ? 16 : r->n * SET_ID_BYTES);
}

/* Every fingerprint and every list speaks of exactly the items between its two bounds.  This is where
 * implementations have gone wrong: in the last fingerprint of a message that got full. */
static void
check_truthful(const char *why, const struct buf *m, const struct set *s, unsigned *full)
{
	const uint8_t *p = (const uint8_t *)m->ptr + 1, *end = (const uint8_t *)m->ptr + m->len;
	struct range r = {0};
	struct set_item item;
	uint8_t fp[16];

	while (p < end) {
		uint64_t from, to;
		p = take_range(p, &r);
		assert_true(p <= end);
		from = set_lower_bound(s, &r.start);
		to = set_lower_bound(s, &r.end);
		set_fingerprint(s, from, to, fp);
		CHECK_ROW(why, r.mode != 1 || memcmp(fp, r.payload, 16) == 0);
		CHECK_ROW(why, r.mode != 2 || r.n == to - from);
		for (uint64_t i = 0; i < r.n; i++) {
			set_at(s, from + i, &item);
			assert_memory_equal(item.id, r.payload + i * SET_ID_BYTES, SET_ID_BYTES);
		}
		*full += r.mode == 1 && r.end.ts == SET_TS_INFINITY && to - from > 200;
	}
}

/* A session in which every message of both sides is checked; returns how many the client sent. */
static unsigned
check_session(unsigned cut, size_t client_limit, size_t server_limit, const struct set *a,
    const struct set *b, unsigned *full)
{
	struct negentropy_params pc = { .buckets = cut, .list_below = 2 * cut }, ps = pc;
	struct buf ask = BUF_INIT(RECONCILE_BYTES_MAX), answer = BUF_INIT(RECONCILE_BYTES_MAX);
	struct negentropy_found found = { .have = on_have, .need = on_need };
	struct set_view va = SET_VIEW(a), vb = SET_VIEW(b);
	struct outcome *o = calloc(1, sizeof(*o));
	unsigned messages = 0, unused = 0;
	struct negentropy *n;
	struct err e;

	assert_non_null(o);
	found.arg = o;
	pc.frame_bytes_max = client_limit;
	ps.frame_bytes_max = server_limit;
	n = negentropy_new(&pc, &va, &found, &e);
	assert_non_null(n);
	assert_int_equal(0, negentropy_initiate(n, &ask, &e));
	for (; ask.len > 0; messages++) {
		check_truthful("what the client says", &ask, a, &unused);
		assert_int_equal(0, negentropy_respond(&ps, &vb, buf_span(&ask), &answer, &e));
		check_truthful("what the server says", &answer, b, full);
		assert_int_equal(0, negentropy_step(n, buf_span(&answer), &ask, &e));
	}
	assert_true(found_exactly(&o->have, a, b));
	assert_true(found_exactly(&o->need, b, a));
	negentropy_free(n);
	buf_clear(&ask);
	buf_clear(&answer);
	free(o);
	return messages;
}

static void
test_full_messages_are_truthful(void **state)
{
	static const size_t limits[] = { 4395, 4165, 4096, 4777 };
	unsigned full = 0;

	(void)state;
	for (uint64_t k = 0; k < 120; k++) {
		uint64_t seed = 1000000 + k;
		struct set *a = set_new(), *b = set_new();

		pair_make(&seed, a, b);
		check_session(16, limits[k % COUNT(limits)], limits[(k + 1) % COUNT(limits)], a, b,
		    &full);
		set_free(a);
		set_free(b);
	}
	assert_true(full > 10);		/* messages did get full */
}

/* Far more to ask about than fits a frame: the client's queue is what is left of it each time. */
static void
test_long_queue(void **state)
{
	struct set *a = set_new(), *b = set_new();
	uint64_t seed = 5;
	unsigned full = 0;
	struct err e;

	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		struct set_item item = { .ts = 1000 + i * 7 };
		uint64_t r = random_next(&seed) % (i % 6000 < 3000 ? 30 : 1000);

		for (size_t k = 0; k < SET_ID_BYTES; k++)
			item.id[k] = (uint8_t)random_next(&seed);
		if (r != 1)
			assert_int_equal(0, set_insert(a, item.ts, item.id, &e));
		if (r != 2)
			assert_int_equal(0, set_insert(b, item.ts, item.id, &e));
	}
	for (unsigned cut = 2; cut <= 16; cut *= 2) {
		assert_in_range(check_session(cut, 4096, 0, a, b, &full), 5, 200);
		assert_in_range(check_session(cut, 4096, 4096, a, b, &full), 10, 400);
		assert_in_range(check_session(cut, 0, 4096, a, b, &full), 10, 400);
	}
	set_free(a);
	set_free(b);
}

/* --- known answers --- */

/* Item i of the published sets: the hash of "item" and i in decimal, three to a second. */
static struct set *
known_set(size_t n, size_t without_every)
{
	struct set *s = set_new();
	uint8_t id[SET_ID_BYTES];
	char text[16];
	struct err e;

	assert_non_null(s);
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(text, sizeof(text), "item%zu", i);
		if (without_every != 0 && i % without_every == 0)
			continue;
		crypto_hash_sha256(id, (const unsigned char *)text, (unsigned long long)len);
		assert_int_equal(0, set_insert(s, 1700000000 + i / 3, id, &e));
	}
	return s;
}

static void
check_hex(const char *why, const char *want, const struct buf *got)
{
	char hex[4096];

	assert_true(got->len * 2 < sizeof(hex));
	sodium_bin2hex(hex, sizeof(hex), (const unsigned char *)got->ptr, got->len);
	CHECK_ROW(why, strcmp(want, hex) == 0);
}

static void
test_known_messages(void **state)
{
	static const struct {
		const char *why;
		size_t n, len;
		const char *hex;
	} rows[] = {
		{ "nothing is an empty list", 0, 5, "6100000200" },
		{ "one item is a list of one", 1, 37,
		    "6100000201351c042c21e4e51fbb0a78972db35ae6db9ef673091982e2055c6ae89fee29f9" },
		{ "under thirty-two is a list", 31, 997, NULL },
		{ "thirty-two are sixteen fingerprints, with the shortest bounds", 32, 356,
		    "6186aacfe20101df0142d3c4e76ef42e332576f567afe5d1b802012701922a7a88bd4b440cf89b"
		    "8273ae71c10d020001a5c9bce0b11cd5dbdb6c8227edce4f470101fa01e44784325066fa88e7a4"
		    "db0f9c0b5c810201ae01f702631d1d22aaf320c3a75d048602130200014b7415cf02a1230db4dd"
		    "c86fcf16ce640101a70157d8116c76f1c77f52210742f80b5d2b0201bc011eee969295ff7609a4"
		    "a7ff47b230e4320200018e7f12192759c0f45808cd48709797fc0101e7013968720beec75eb372"
		    "d687a65d56a2f602019901f836bce0557e8720045253aca9980f31020001a293df9f47cc0a17b2"
		    "03d96b502f91130101c5012675c6469fac32727853475f4351c4e60201440139c992682c175d98"
		    "2c88de712b434b9b020001678c19f19b4850970220211e94bdae3e000001c9ba919bd4be1df0ba"
		    "00385a5af8107d" },
	};
	struct negentropy_params p = NEGENTROPY_REFERENCE;
	struct negentropy_found found = { .have = on_have, .need = on_need };
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX);
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct set *s = known_set(rows[i].n, 0);
		struct set_view v = SET_VIEW(s);
		struct negentropy *n = negentropy_new(&p, &v, &found, &e);
		assert_non_null(n);
		CHECK_ROW(rows[i].why, negentropy_initiate(n, &out, &e) == 0);
		CHECK_ROW(rows[i].why, rows[i].hex == NULL ? out.len == rows[i].len : 1);
		if (rows[i].hex != NULL)
			check_hex(rows[i].why, rows[i].hex, &out);
		negentropy_free(n);
		set_free(s);
	}
	buf_clear(&out);
}

static void
test_known_difference(void **state)
{
	struct set *all = known_set(100, 0), *most = known_set(100, 10);
	struct set_view va = SET_VIEW(all), vm = SET_VIEW(most);
	struct negentropy_params p = NEGENTROPY_REFERENCE;
	struct outcome *o = malloc(sizeof(*o));
	struct err e;

	(void)state;
	assert_non_null(o);
	assert_int_equal(0, session_run(&p, &vm, &p, &va, o, &e));
	assert_int_equal(10, o->need.n);
	assert_int_equal(0, o->have.n);
	assert_int_equal(2, o->messages);
	assert_true(found_exactly(&o->need, all, most));
	/* Two phantoms make up for two of the ten; one item hidden counts as one more. */
	for (size_t i = 0; i < 20; i += 10) {
		uint8_t id[SET_ID_BYTES];
		crypto_hash_sha256(id, (const unsigned char *)(i == 0 ? "item0" : "item10"), i == 0 ? 5 : 6);
		assert_int_equal(0, set_view_add(&vm, 1700000000 + i / 3, id, &e));
		crypto_hash_sha256(id, (const unsigned char *)"item11", 6);
		assert_int_equal(0, set_view_hide(&vm, 1700000000 + 3, id, &e));
	}
	assert_int_equal(0, session_run(&p, &vm, &p, &va, o, &e));
	assert_int_equal(9, o->need.n);
	assert_int_equal(0, o->have.n);
	set_view_clear(&vm);
	assert_int_equal(0, session_run(&p, &va, &p, &va, o, &e));
	assert_int_equal(2, o->messages);	/* equal: one round, and a reply of one byte */
	set_free(all);
	set_free(most);
	free(o);
}

/* --- what is no message, or too much --- */

static const struct {
	const char *why, *hex;
	int server, client;	/* enum err_code; 0: accepted */
} bad_messages[] = {
	{ "nothing at all", "", ERR_INPUT, ERR_INPUT },
	{ "a version byte alone: all is equal", "61", 0, 0 },
	{ "a later version: the server says which it speaks", "62aabb", 0, ERR_INPUT },
	{ "another first byte", "51", ERR_INPUT, ERR_INPUT },
	{ "text", "7b7d", ERR_INPUT, ERR_INPUT },
	{ "a bound without mode", "610000", ERR_INPUT, ERR_INPUT },
	{ "a bound cut in its prefix", "6101030102", ERR_INPUT, ERR_INPUT },
	{ "a prefix of 33 bytes", "610121000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000", ERR_INPUT, ERR_INPUT },
	{ "a mode nobody knows", "61000003", ERR_INPUT, ERR_INPUT },
	{ "a fingerprint cut short", "61000001aabbcc", ERR_INPUT, ERR_INPUT },
	{ "a list longer than the message", "6100000201aa", ERR_INPUT, ERR_INPUT },
	{ "a list longer than anything", "61000002ffffffffffffffff7f", ERR_INPUT, ERR_INPUT },
	{ "a number of 65 bits", "6183ffffffffffffffff7f0000", ERR_INPUT, ERR_INPUT },
	{ "a number of eleven digits", "618181818181818181818181000000", ERR_INPUT, ERR_INPUT },
	{ "a number with a leading zero", "6180010000", ERR_INPUT, ERR_INPUT },
	{ "the last second before infinity", "6181ffffffffffffffff7f0000", 0, 0 },
	{ "timestamps past infinity", "6181ffffffffffffffff7e0000"
	    "81ffffffffffffffff7f0000", ERR_INPUT, ERR_INPUT },
	{ "bounds going backwards in one second", "610501ff00010100" "00", ERR_INPUT, ERR_INPUT },
	{ "something after infinity", "61000000050000", ERR_INPUT, ERR_INPUT },
	{ "infinity twice: an empty range beyond everything, as some servers end", "61000000"
	    "0000017f9c9e31ac8256ca2f258583df262dbc", 0, 0 },
	{ "an empty range is harmless", "610500000100000000" "00", 0, 0 },
	{ "skips only", "61050000050000000000", 0, 0 },
};

static size_t
unhex(const char *hex, uint8_t out[256])
{
	size_t n;

	assert_int_equal(0, sodium_hex2bin(out, 256, hex, strlen(hex), NULL, &n, NULL));
	return n;
}

static void
test_bad_messages(void **state)
{
	struct negentropy_params p = NEGENTROPY_REFERENCE;
	struct negentropy_found found = { .have = on_have, .need = on_need };
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX);
	struct set *s = known_set(100, 0);
	struct set_view v = SET_VIEW(s);
	uint8_t raw[256];

	(void)state;
	for (size_t i = 0; i < COUNT(bad_messages); i++) {
		struct span in = { (const char *)raw, unhex(bad_messages[i].hex, raw) };
		struct negentropy *n;
		struct err e = {0};
		int rc = negentropy_respond(&p, &v, in, &out, &e);

		CHECK_ROW(bad_messages[i].why, rc == (bad_messages[i].server == 0 ? 0 : -1));
		CHECK_ROW(bad_messages[i].why, (int)e.code == bad_messages[i].server);
		if (bad_messages[i].server == 0)
			check_hex(bad_messages[i].why, "61", &out);
		memset(&e, 0, sizeof(e));
		n = negentropy_new(&p, &v, &found, &e);
		assert_non_null(n);
		assert_int_equal(0, negentropy_initiate(n, &out, &e));
		rc = negentropy_step(n, in, &out, &e);
		CHECK_ROW(bad_messages[i].why, rc == (bad_messages[i].client == 0 ? 0 : -1));
		CHECK_ROW(bad_messages[i].why, (int)e.code == bad_messages[i].client);
		CHECK_ROW(bad_messages[i].why, rc == -1 || out.len == 0);
		negentropy_free(n);
	}
	set_free(s);
	buf_clear(&out);
}

/* Five bytes ask for every id there is: the frame limit is what the answer costs. */
static void
test_request_for_everything(void **state)
{
	static const uint8_t request[] = { 0x61, 0, 0, 2, 0 };
	struct negentropy_params p = { .frame_bytes_max = 4096 };
	struct buf out = BUF_INIT(4096);
	struct set *s = known_set(5000, 0);
	struct set_view v = SET_VIEW(s);
	unsigned full = 0;
	struct err e;

	(void)state;
	assert_int_equal(0, negentropy_respond(&p, &v,
	    (struct span){ (const char *)request, sizeof(request) }, &out, &e));
	assert_in_range(out.len, 3000, 4096);
	check_truthful("as many ids as fit, and one fingerprint", &out, s, &full);
	assert_int_equal(1, full);
	set_free(s);
	buf_clear(&out);
}

/* What a lying server can make a client do ends at each limit, one row a limit. */
static void
test_limits(void **state)
{
	static const struct {
		const char *why;
		struct negentropy_params p;
		size_t n;
		const char *answer;
		enum err_code code;
	} rows[] = {
		{ "as many differences as allowed", { .ids_max = 20 }, 20, "6100000200", ERR_NONE },
		{ "one more", { .ids_max = 19 }, 20, "6100000200", ERR_LIMIT },
		{ "message of five bytes, limit four", { .read_bytes_max = 4 }, 20, "6100000200", ERR_LIMIT },
		{ "as many ranges as allowed", { .read_ranges_max = 2 }, 20, "610500000100000000" "00",
		    ERR_LIMIT },
		{ "three ranges, limit three", { .read_ranges_max = 3 }, 20, "610500000100000000" "00",
		    ERR_NONE },
		{ "one id twice in a list", {0}, 0, "6100000202"
		    "351c042c21e4e51fbb0a78972db35ae6db9ef673091982e2055c6ae89fee29f9"
		    "351c042c21e4e51fbb0a78972db35ae6db9ef673091982e2055c6ae89fee29f9", ERR_INPUT },
	};
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX);
	struct outcome *o = malloc(sizeof(*o));
	struct negentropy_found found = { .have = on_have, .need = on_need, .arg = o };
	uint8_t raw[256];

	(void)state;
	assert_non_null(o);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span in = { (const char *)raw, unhex(rows[i].answer, raw) };
		struct set *s = known_set(rows[i].n, 0);
		struct set_view v = SET_VIEW(s);
		struct err e = {0};
		struct negentropy *n = negentropy_new(&rows[i].p, &v, &found, &e);

		assert_non_null(n);
		o->have.n = o->need.n = 0;
		assert_int_equal(0, negentropy_initiate(n, &out, &e));
		negentropy_step(n, in, &out, &e);
		CHECK_ROW(rows[i].why, e.code == rows[i].code);
		negentropy_free(n);
		set_free(s);
	}
	buf_clear(&out);
	free(o);
}

/* A server that always differs and never lists is left after rounds_max answers. */
static void
test_rounds_end(void **state)
{
	static const uint8_t different[19] = { 0x61, 0, 0, 1, 7 };
	struct negentropy_params p = { .rounds_max = 5 };
	struct negentropy_found found = { .have = on_have, .need = on_need };
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX);
	struct set *s = known_set(200, 0);
	struct set_view v = SET_VIEW(s);
	uint8_t raw[20];
	struct negentropy *n;
	struct err e = {0};
	unsigned rounds = 0;

	(void)state;
	memset(raw, 7, sizeof(raw));
	memcpy(raw, different, 4);
	n = negentropy_new(&p, &v, &found, &e);
	assert_non_null(n);
	assert_int_equal(-1, negentropy_step(n, SPAN("a"), &out, &e));	/* not initiated */
	assert_int_equal(ERR_INTERNAL, e.code);
	assert_int_equal(0, negentropy_initiate(n, &out, &e));
	while (negentropy_step(n, (struct span){ (const char *)raw, sizeof(raw) }, &out, &e) == 0) {
		assert_true(out.len > 0);
		rounds++;
	}
	assert_int_equal(5, rounds);
	assert_int_equal(ERR_LIMIT, e.code);
	negentropy_free(n);
	set_free(s);
	buf_clear(&out);
}

/* The fit keeps rounds and bytes low at every size: the reference cut would take up to twice as many. */
static void
test_fit(void **state)
{
	static const struct {
		uint64_t count;
		unsigned buckets;
	} rows[] = {
		{ 0, 4 }, { 20, 4 }, { 60, 10 }, { 1000, 5 }, { 10000, 4 }, { 100000, 7 }, { 300000, 10 },
		{ 1000000, 5 }, { 10000000, 8 }, { UINT64_MAX, 8 },
	};
	struct negentropy_params server = NEGENTROPY_COMPACT, p;
	struct set *a = set_new(), *b = set_new();
	struct set_view va = SET_VIEW(a), vb = SET_VIEW(b);
	struct outcome *o = malloc(sizeof(*o));
	uint64_t seed = 3;
	struct err e;

	(void)state;
	assert_non_null(o);
	for (size_t i = 0; i < COUNT(rows); i++) {
		p = negentropy_fit(rows[i].count);
		assert_int_equal(rows[i].buckets, p.buckets);
		assert_in_range(p.list_below, p.buckets, 64);
	}
	for (uint64_t i = 0; i < 30000; i++) {
		struct set_item item = { .ts = i };
		for (size_t k = 0; k < SET_ID_BYTES; k++)
			item.id[k] = (uint8_t)random_next(&seed);
		if (i % 600 != 17)
			assert_int_equal(0, set_insert(a, item.ts, item.id, &e));
		if (i % 600 != 317)
			assert_int_equal(0, set_insert(b, item.ts, item.id, &e));
	}
	p = negentropy_fit(set_count(a));
	assert_int_equal(0, session_run(&p, &va, &server, &vb, o, &e));
	assert_true(found_exactly(&o->have, a, b) && found_exactly(&o->need, b, a));
	assert_in_range(o->messages, 2, 6);
	set_free(a);
	set_free(b);
	free(o);
}

static void
test_bad_params(void **state)
{
	static const struct {
		const char *why;
		struct negentropy_params p;
	} rows[] = {
		{ "one bucket never ends", { .buckets = 1 } },
		{ "more buckets than fit a frame", { .buckets = 65 } },
		{ "buckets that could be empty", { .buckets = 16, .list_below = 15 } },
		{ "lists longer than a frame", { .list_below = 65 } },
		{ "a frame below the minimum", { .frame_bytes_max = 4095 } },
	};
	struct set *s = set_new();
	struct set_view v = SET_VIEW(s);
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX);
	struct negentropy_found found = { .have = on_have, .need = on_need };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = {0};
		CHECK_ROW(rows[i].why, negentropy_respond(&rows[i].p, &v, SPAN("a"), &out, &e) == -1);
		CHECK_ROW(rows[i].why, e.code == ERR_USAGE);
		CHECK_ROW(rows[i].why, negentropy_new(&rows[i].p, &v, &found, &e) == NULL);
	}
	negentropy_free(NULL);
	set_free(s);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_messages),
		cmocka_unit_test(test_known_difference),
		cmocka_unit_test(test_bad_messages),
		cmocka_unit_test(test_request_for_everything),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rounds_end),
		cmocka_unit_test(test_bad_params),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_full_messages_are_truthful),
		cmocka_unit_test(test_long_queue),
		cmocka_unit_test(test_random_pairs),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("negentropy", tests, NULL, NULL);
}
