/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set_test.c - the set index and its views against a plain sorted array that adds up byte by byte. */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/err.h"
#include "proto/set.h"

#define MODEL_MAX 60000

/* The same set, held in the dullest way. */
struct model {
	struct set_item *items;
	size_t n;
};

static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Few timestamps, and ids whose first bytes often agree: ties are where orders go wrong. */
static struct set_item
random_item(uint64_t *state, uint64_t spread)
{
	struct set_item item = { .ts = 1700000000 + random_next(state) % spread };

	for (size_t i = 0; i < SET_ID_BYTES; i++)
		item.id[i] = (uint8_t)random_next(state);
	if (random_next(state) % 3 == 0)
		memset(item.id, (int)(random_next(state) % 2 * 255), 20);
	return item;
}

static void
model_new(struct model *m)
{
	m->n = 0;
	m->items = malloc(MODEL_MAX * sizeof(*m->items));
	assert_non_null(m->items);
}

static size_t
model_lower_bound(const struct model *m, const struct set_item *bound)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct set_item *at = &m->items[mid];
		int below = at->ts != bound->ts ? at->ts < bound->ts
		    : memcmp(at->id, bound->id, SET_ID_BYTES) < 0;
		if (below)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
model_has(const struct model *m, const struct set_item *item)
{
	size_t i = model_lower_bound(m, item);

	return i < m->n && m->items[i].ts == item->ts
	    && memcmp(m->items[i].id, item->id, SET_ID_BYTES) == 0;
}

static int
model_insert(struct model *m, const struct set_item *item)
{
	size_t i = model_lower_bound(m, item);

	if (model_has(m, item))
		return 1;
	assert_true(m->n < MODEL_MAX);
	memmove(m->items + i + 1, m->items + i, (m->n - i) * sizeof(*item));
	m->items[i] = *item;
	m->n++;
	return 0;
}

static int
model_delete(struct model *m, const struct set_item *item)
{
	size_t i = model_lower_bound(m, item);

	if (!model_has(m, item))
		return 0;
	m->n--;
	memmove(m->items + i, m->items + i + 1, (m->n - i) * sizeof(*item));
	return 1;
}

static void
model_fingerprint(const struct model *m, size_t begin, size_t end, uint8_t out[16])
{
	uint8_t in[32 + 10] = {0}, digits[10], hash[32];
	size_t len = 32, nd = 0, count = end - begin;

	for (size_t i = begin; i < end; i++) {
		unsigned carry = 0;
		for (size_t k = 0; k < 32; k++) {
			carry += in[k] + m->items[i].id[k];
			in[k] = (uint8_t)carry;
			carry >>= 8;
		}
	}
	do {
		digits[nd++] = (uint8_t)(count % 128);
		count /= 128;
	} while (count > 0);
	while (nd > 0) {
		nd--;
		in[len++] = (uint8_t)(digits[nd] | (nd > 0 ? 128 : 0));
	}
	crypto_hash_sha256(hash, in, len);
	memcpy(out, hash, 16);
}

static void
check_fingerprint(const struct model *m, const struct set_view *v, size_t begin, size_t end)
{
	uint8_t want[16], got[16];
	struct set_cursor from = SET_CURSOR(v), to;

	model_fingerprint(m, begin, end, want);
	set_cursor_seek(&from, begin);
	to = from;
	set_cursor_seek(&to, end);
	set_cursor_fingerprint(&from, &to, got);
	assert_memory_equal(want, got, 16);
	if (v->nchanges == 0) {
		set_fingerprint(v->base, begin, end, got);
		assert_memory_equal(want, got, 16);
	}
}

/* A view of anything shows what the model shows: every item, random ranges, random bounds. */
static void
check_same(const struct model *m, const struct set_view *v, uint64_t *seed)
{
	struct set_cursor c = SET_CURSOR(v), d = SET_CURSOR(v);
	const struct set_item *at;

	assert_int_equal(m->n, set_view_count(v));
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(i, c.index);
		at = set_cursor_next(&c);
		assert_non_null(at);
		assert_memory_equal(at, &m->items[i], sizeof(*at));
	}
	assert_null(set_cursor_next(&c));
	check_fingerprint(m, v, 0, m->n);
	for (int k = 0; k < 40; k++) {
		size_t a = random_next(seed) % (m->n + 1), b = random_next(seed) % (m->n + 1);
		struct set_item bound = random_item(seed, 50);

		check_fingerprint(m, v, a < b ? a : b, a < b ? b : a);
		if (k % 2 == 0 && a < m->n)
			bound = m->items[a];
		set_cursor_find(&d, &bound);
		assert_int_equal(model_lower_bound(m, &bound), d.index);
		set_cursor_seek(&c, d.index);
		assert_memory_equal(&c.sum, &d.sum, sizeof(c.sum));
		at = set_cursor_next(&d);
		assert_true((at == NULL) == (c.index == m->n));
		if (at != NULL)
			assert_memory_equal(at, &m->items[c.index], sizeof(*at));
	}
}

static void
check_set(const struct model *m, const struct set *s, uint64_t *seed)
{
	struct set_view v = SET_VIEW(s);
	uint8_t want[16], got[16];
	struct set_item item;

	assert_int_equal(m->n, set_count(s));
	model_fingerprint(m, 0, m->n, want);
	set_state(s, got);
	assert_memory_equal(want, got, 16);
	for (int k = 0; k < 40 && m->n > 0; k++) {
		size_t i = random_next(seed) % m->n;

		set_at(s, i, &item);
		assert_memory_equal(&item, &m->items[i], sizeof(item));
		assert_true(set_has(s, item.ts, item.id));
		assert_int_equal(i, set_lower_bound(s, &item));
		item = random_item(seed, 50);
		assert_int_equal(model_lower_bound(m, &item), set_lower_bound(s, &item));
	}
	check_same(m, &v, seed);
}

static void
test_random_changes(void **state)
{
	/* percent of deletions; 100 empties the set */
	static const unsigned phases[] = { 0, 30, 50, 80, 20, 90, 100, 5 };
	uint64_t seed = 1;
	struct set *s = set_new();
	struct model m;
	struct err e;

	(void)state;
	model_new(&m);
	assert_non_null(s);
	check_set(&m, s, &seed);
	for (size_t p = 0; p < COUNT(phases); p++) {
		for (int k = 0; k < 2500; k++) {
			struct set_item item = random_item(&seed, 50);
			if (random_next(&seed) % 100 < phases[p]) {
				if (m.n > 0 && random_next(&seed) % 8 != 0)
					item = m.items[random_next(&seed) % m.n];
				assert_int_equal(model_delete(&m, &item), set_delete(s, item.ts, item.id));
			} else {
				assert_int_equal(model_insert(&m, &item),
				    set_insert(s, item.ts, item.id, &e));
				assert_int_equal(1, set_insert(s, item.ts, item.id, &e));
			}
			if (k % 1250 == 0)
				check_set(&m, s, &seed);
		}
		check_set(&m, s, &seed);
	}
	set_free(s);
	free(m.items);
}

/* Enough items for several chunks of blocks, changed everywhere. */
static void
test_many(void **state)
{
	uint64_t seed = 7;
	struct model m;
	struct set *s;
	struct err e;

	(void)state;
	model_new(&m);
	for (size_t i = 0; i < 30000; i++)
		m.items[m.n++] = random_item(&seed, 20000);
	s = set_load(m.items, m.n, &e);
	assert_non_null(s);
	check_set(&m, s, &seed);
	assert_true(set_bytes(s) < m.n * 43);
	for (int k = 0; k < 6000; k++) {
		struct set_item item = random_item(&seed, 20000);
		assert_int_equal(model_insert(&m, &item), set_insert(s, item.ts, item.id, &e));
		item = m.items[random_next(&seed) % m.n];
		if (k % 2 == 0)
			assert_int_equal(model_delete(&m, &item), set_delete(s, item.ts, item.id));
	}
	check_set(&m, s, &seed);
	while (m.n > 15000) {		/* from one end: blocks empty out and go */
		struct set_item item = m.items[--m.n];
		assert_int_equal(1, set_delete(s, item.ts, item.id));
	}
	check_set(&m, s, &seed);
	while (m.n > 2000) {		/* everywhere: blocks thin out and join */
		struct set_item item = m.items[random_next(&seed) % m.n];
		assert_int_equal(1, model_delete(&m, &item));
		assert_int_equal(1, set_delete(s, item.ts, item.id));
	}
	check_set(&m, s, &seed);
	assert_true(set_bytes(s) < 2000 * 40 * 4 + 500 * 100);
	set_free(s);
	free(m.items);
}

static void
test_load(void **state)
{
	static const uint64_t inf = SET_TS_INFINITY;
	uint64_t seed = 3;
	struct set_item items[400], bad = { .ts = inf };
	struct set *a = set_new(), *b;
	uint8_t fa[16], fb[16];
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++)
		items[i] = i < 300 ? random_item(&seed, 9) : items[i - 300];
	for (size_t i = 0; i < COUNT(items); i++)
		assert_true(set_insert(a, items[i].ts, items[i].id, &e) >= 0);
	b = set_load(items, COUNT(items), &e);
	assert_non_null(b);
	assert_int_equal(300, set_count(b));
	set_state(a, fa);
	set_state(b, fb);
	assert_memory_equal(fa, fb, 16);
	assert_int_equal(-1, set_insert(a, inf, bad.id, &e));
	assert_int_equal(ERR_INPUT, e.code);
	assert_null(set_load(&bad, 1, &e));
	set_free(a);
	set_free(b);
	set_free(NULL);
}

/* Fingerprints published with the protocol's known answers. */
static void
test_known_fingerprints(void **state)
{
	static const struct {
		const char *why;
		size_t n;
		uint8_t fp[16];
	} rows[] = {
		{ "nothing", 0, { 0x7f, 0x9c, 0x9e, 0x31, 0xac, 0x82, 0x56, 0xca, 0x2f, 0x25, 0x85,
		    0x83, 0xdf, 0x26, 0x2d, 0xbc } },
		{ "a hundred hashes", 100, { 0x47, 0x90, 0x42, 0xa6, 0xf2, 0x81, 0x05, 0xdc, 0x23,
		    0xc7, 0x7b, 0xc6, 0x55, 0x3f, 0xfb, 0x9f } },
	};
	uint8_t id[32], fp[16];
	char text[16];
	struct err e;

	(void)state;
	for (size_t r = 0; r < COUNT(rows); r++) {
		struct set *s = set_new();
		for (size_t i = 0; i < rows[r].n; i++) {
			int len = snprintf(text, sizeof(text), "item%zu", i);
			crypto_hash_sha256(id, (const unsigned char *)text, (unsigned long long)len);
			assert_int_equal(0, set_insert(s, 1700000000 + i / 3, id, &e));
		}
		set_state(s, fp);
		CHECK_ROW(rows[r].why, memcmp(fp, rows[r].fp, 16) == 0);
		set_free(s);
	}
}

/* A view with random phantoms and refusals, while its base goes on changing. */
static void
test_views(void **state)
{
	uint64_t seed = 11;
	struct err e;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct set *s = set_new();
		struct set_view v = SET_VIEW(s);
		struct model base, m;
		struct { struct set_item item; int hide; } last[200];
		size_t n = random_next(&seed) % 400, nlast = random_next(&seed) % COUNT(last);

		model_new(&base);
		model_new(&m);
		for (size_t i = 0; i < n; i++) {
			struct set_item item = random_item(&seed, 50);
			model_insert(&base, &item);
			assert_true(set_insert(s, item.ts, item.id, &e) >= 0);
		}
		for (size_t i = 0; i < nlast; i++) {
			last[i].hide = (int)(random_next(&seed) % 2);
			last[i].item = base.n > 0 && random_next(&seed) % 3 != 0
			    ? base.items[random_next(&seed) % base.n] : random_item(&seed, 50);
			assert_int_equal(0, (last[i].hide ? set_view_hide : set_view_add)(&v,
			    last[i].item.ts, last[i].item.id, &e));
		}
		for (int pass = 0; pass < 3; pass++) {
			m.n = base.n;
			memcpy(m.items, base.items, base.n * sizeof(*m.items));
			for (size_t i = 0; i < nlast; i++)
				(last[i].hide ? model_delete : model_insert)(&m, &last[i].item);
			assert_int_equal(0, set_view_refresh(&v, &e));
			check_same(&m, &v, &seed);
			for (size_t i = 0; i < nlast; i += 3) {	/* what was missing comes, and so on */
				struct set_item *item = &last[i].item;
				if (model_insert(&base, item) == 1) {
					model_delete(&base, item);
					assert_int_equal(1, set_delete(s, item->ts, item->id));
				} else {
					assert_int_equal(0, set_insert(s, item->ts, item->id, &e));
				}
			}
		}
		assert_int_equal(-1, set_view_add(&v, SET_TS_INFINITY, last[0].item.id, &e));
		set_view_clear(&v);
		assert_int_equal(0, set_view_refresh(&v, &e));
		check_same(&base, &v, &seed);
		set_free(s);
		free(base.items);
		free(m.items);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_fingerprints),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_random_changes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_views),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
