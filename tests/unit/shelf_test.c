/* SPDX-License-Identifier: AGPL-3.0-or-later
 * shelf_test.c - filtered sets follow the whole, and stay within their limits. */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/err.h"
#include "proto/set.h"
#include "proto/shelf.h"

static const struct {
	const char *why;
	struct shelf_filter filter;
	const char *author, *kind;
	int holds;
} rows[] = {
	{ "no filter", { NULL, NULL, NULL }, "did:key:a", "offer", 1 },
	{ "the author", { "did:key:a", NULL, NULL }, "did:key:a", "offer", 1 },
	{ "another author", { "did:key:a", NULL, NULL }, "did:key:b", "offer", 0 },
	{ "the kind", { NULL, "offer", NULL }, "did:key:b", "offer", 1 },
	{ "another kind", { NULL, "offer", NULL }, "did:key:b", "offers", 0 },
	{ "both", { "did:key:a", "offer", NULL }, "did:key:a", "offer", 1 },
	{ "only one of both", { "did:key:a", "offer", NULL }, "did:key:b", "offer", 0 },
	{ "identities always", { "did:key:a", "offer", NULL }, "did:key:b", "identity", 1 },
	{ "retirements always", { "did:key:a", "offer", NULL }, "did:key:b", "retire", 1 },
	{ "a part", { NULL, NULL, "offer:abcdefgh" }, "did:key:z6Mkabcdefghij", "offer", 1 },
	{ "another author than the part's", { NULL, NULL, "offer:abcdefgh" }, "did:key:z6Mkabcdefgij", "offer", 0 },
	{ "another kind than the part's", { NULL, NULL, "offer:abcdefgh" }, "did:key:z6Mkabcdefghij", "need", 0 },
	{ "a part and a kind", { NULL, "need", ":abcdefgh" }, "did:key:z6Mkabcdefghij", "offer", 0 },
	{ "identities in every part", { NULL, NULL, "offer:abcdefgh" }, "did:key:b", "identity", 1 },
	{ "other network kinds do not", { "did:key:a", NULL, NULL }, "did:key:b", "vouch", 0 },
};

static void
test_filter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].why, shelf_filter_holds(&rows[i].filter, rows[i].author,
		    rows[i].kind) == rows[i].holds);
}

static void
id_make(uint64_t i, uint8_t id[SET_ID_BYTES])
{
	crypto_hash_sha256(id, (const unsigned char *)&i, sizeof(i));
}

/* Every kept set equals the one that would be built from nothing. */
static void
test_follows(void **state)
{
	static const char *const authors[] = { "did:key:a", "did:key:b", "did:key:c" };
	static const char *const kinds[] = { "offer", "need", "identity" };
	struct shelf *s = shelf_new(COUNT(rows), 100000);
	uint8_t id[SET_ID_BYTES], a[16], b[16];
	struct err e;

	(void)state;
	assert_non_null(s);
	for (size_t r = 0; r < COUNT(rows); r++)
		assert_int_equal(0, shelf_put(s, &rows[r].filter, set_new(), &e));
	for (uint64_t i = 0; i < 900; i++) {
		id_make(i, id);
		shelf_insert(s, authors[i % 3], kinds[i / 3 % 3], i, id);
	}
	for (uint64_t i = 0; i < 900; i += 7) {
		id_make(i, id);
		shelf_delete(s, authors[i % 3], kinds[i / 3 % 3], i, id);
	}
	for (size_t r = 0; r < COUNT(rows); r++) {
		struct set *want = set_new();
		for (uint64_t i = 0; i < 900; i++) {
			id_make(i, id);
			if (i % 7 != 0 && shelf_filter_holds(&rows[r].filter, authors[i % 3],
			    kinds[i / 3 % 3]))
				assert_int_equal(0, set_insert(want, i, id, &e));
		}
		assert_non_null(shelf_get(s, &rows[r].filter));
		set_state(want, a);
		set_state(shelf_get(s, &rows[r].filter), b);
		CHECK_ROW(rows[r].why, memcmp(a, b, 16) == 0);
		set_free(want);
	}
	shelf_clear(s);
	assert_null(shelf_get(s, &rows[0].filter));
	shelf_free(s);
}

static struct set *
set_of(size_t n)
{
	struct set *set = set_new();
	uint8_t id[SET_ID_BYTES];
	struct err e;

	assert_non_null(set);
	for (uint64_t i = 0; i < n; i++) {
		id_make(i, id);
		assert_int_equal(0, set_insert(set, i, id, &e));
	}
	return set;
}

static void
test_limits(void **state)
{
	const struct shelf_filter a = { .author = "a" }, b = { .author = "b" }, c = { .kind = "a" };
	struct shelf *s = shelf_new(2, 100);
	uint8_t id[SET_ID_BYTES] = {0};
	struct err e;

	(void)state;
	assert_non_null(s);
	assert_int_equal(0, shelf_put(s, &a, set_of(10), &e));
	assert_int_equal(0, shelf_put(s, &b, set_of(20), &e));
	assert_null(shelf_get(s, &c));
	assert_int_equal(0, shelf_put(s, &c, set_of(30), &e));
	assert_null(shelf_get(s, &a));			/* the oldest went */
	assert_int_equal(20, set_count(shelf_get(s, &b)));
	assert_int_equal(0, shelf_put(s, &b, set_of(40), &e));	/* instead of the one there */
	assert_int_equal(40, set_count(shelf_get(s, &b)));
	assert_int_equal(30, set_count(shelf_get(s, &c)));
	assert_int_equal(0, shelf_put(s, &b, set_of(70), &e));
	assert_int_equal(30, set_count(shelf_get(s, &c)));	/* a hundred items are just allowed */
	shelf_insert(s, "b", "need", 1000, id);
	assert_null(shelf_get(s, &c));			/* a hundred and one are not */
	assert_int_equal(71, set_count(shelf_get(s, &b)));
	assert_int_equal(-1, shelf_put(s, &a, set_of(101), &e));
	assert_int_equal(ERR_LIMIT, e.code);
	assert_int_equal(71, set_count(shelf_get(s, &b)));
	shelf_free(s);
	shelf_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_limits),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
