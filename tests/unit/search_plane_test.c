/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_plane_test.c - sets of rows as bits say what sets of rows say: each operation against a loop over bytes. */
#include "tests/unit/test.h"

#include "node/search/plane.h"
#include "proto/err.h"

#define ROWS 1000
#define PLANES 4

struct model {
	struct plane plane[PLANES];
	uint8_t in[PLANES][ROWS], picked[ROWS];
	struct picks picks;
	uint64_t zeroed[ROWS / PLANE_BITS + 1];
	uint32_t random;
};

static uint32_t
next(struct model *m)
{
	m->random = m->random * 1664525u + 1013904223u;
	return m->random >> 8;
}

static void
start(struct model *m)
{
	struct err e;
	uint32_t i, p;

	memset(m, 0, sizeof *m);
	m->random = 7;
	CHECK(picks_room(&m->picks, ROWS, &e) == 0);
	for (p = 0; p < PLANES; p++)
		for (i = 0; i < 3 * ROWS; i++) {
			uint32_t id = next(m) % (p == 0 ? ROWS : 100 * p);
			int in = next(m) % 3 != 0;

			CHECK(plane_put(&m->plane[p], id, in, &e) == 0);
			m->in[p][id] = (uint8_t)in;
		}
}

static void
stop(struct model *m)
{
	uint32_t p;

	for (p = 0; p < PLANES; p++)
		plane_free(&m->plane[p]);
	picks_free(&m->picks);
}

static void
check(const struct model *m, const char *why)
{
	uint8_t seen[ROWS] = {0};
	uint32_t total = 0, i;
	size_t k;

	for (k = 0; k < m->picks.count; k++) {
		const struct pick *at = &m->picks.pick[k];

		CHECK_ROW(why, at->bits != 0 && (k == 0 || at[-1].at < at->at));
		for (i = 0; i < PLANE_BITS; i++)
			if (at->bits >> i & 1)
				seen[at->at * PLANE_BITS + i] = 1;
	}
	for (i = 0; i < ROWS; i++)
		total += m->picked[i];
	CHECK_ROW(why, memcmp(seen, m->picked, ROWS) == 0);
	CHECK_ROW(why, picks_total(&m->picks) == total);
}

static void
take_all(struct model *m)
{
	picks_from_plane(&m->picks, &m->plane[0]);
	memcpy(m->picked, m->in[0], ROWS);
}

static int
is_odd(const void *ctx, uint32_t id)
{
	(void)ctx;
	return id % 2 == 1;
}

static void
test_planes(void **state)
{
	struct model m;
	struct err e;
	uint32_t p, i, ones;

	(void)state;
	start(&m);
	for (p = 0; p < PLANES; p++) {
		for (ones = 0, i = 0; i < ROWS; i++)
			ones += m.in[p][i];
		CHECK(m.plane[p].ones == ones);
	}
	ones = m.plane[1].ones;
	CHECK(plane_put(&m.plane[1], 1u << 27, 0, &e) == 0 && m.plane[1].ones == ones);
	stop(&m);
}

static void
test_keep_and_drop(void **state)
{
	const struct plane *two[2];
	struct model m;
	uint32_t i;

	(void)state;
	start(&m);
	take_all(&m);
	check(&m, "all of a plane");
	two[0] = &m.plane[1];
	two[1] = &m.plane[3];
	picks_keep(&m.picks, two, 2);
	for (i = 0; i < ROWS; i++)
		m.picked[i] &= m.in[1][i] | m.in[3][i];
	check(&m, "in one of two");
	picks_drop(&m.picks, &m.plane[2]);
	for (i = 0; i < ROWS; i++)
		m.picked[i] &= !m.in[2][i];
	check(&m, "not in a third");
	picks_sift(&m.picks, is_odd, NULL);
	for (i = 0; i < ROWS; i++)
		m.picked[i] &= i % 2 == 1;
	check(&m, "of an odd number");
	picks_keep(&m.picks, two, 0);
	memset(m.picked, 0, ROWS);
	check(&m, "in none of no planes");
	stop(&m);
}

static void
test_counts(void **state)
{
	const struct plane *two[2];
	uint32_t p, i, one, both;
	struct model m;

	(void)state;
	start(&m);
	take_all(&m);
	for (p = 1; p < PLANES; p++) {
		for (one = both = 0, i = 0; i < ROWS; i++) {
			one += m.picked[i] && m.in[p][i];
			both += m.picked[i] && (m.in[p][i] || m.in[1][i]);
		}
		two[0] = &m.plane[p];
		two[1] = &m.plane[1];
		CHECK(picks_count(&m.picks, two, 1) == one);
		CHECK(picks_count(&m.picks, two, 2) == both);
	}
	stop(&m);
}

static void
test_rows_in_any_order(void **state)
{
	static const uint32_t id[] = { 999, 3, 64, 63, 3, 128, 65 };
	struct picks copy = {0};
	struct model m;
	struct err e;
	size_t i;

	(void)state;
	start(&m);
	picks_from_rows(&m.picks, id, COUNT(id), m.zeroed, COUNT(m.zeroed));
	memset(m.picked, 0, ROWS);
	for (i = 0; i < COUNT(id); i++)
		m.picked[id[i]] = 1;
	check(&m, "rows by number, one of them twice");
	for (i = 0; i < COUNT(m.zeroed); i++)
		CHECK(m.zeroed[i] == 0);
	CHECK(picks_room(&copy, ROWS, &e) == 0);
	picks_copy(&copy, &m.picks);
	picks_free(&m.picks);
	m.picks = copy;
	check(&m, "a copy");
	stop(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planes),
		cmocka_unit_test(test_keep_and_drop),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_rows_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
