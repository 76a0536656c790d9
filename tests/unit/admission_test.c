/* SPDX-License-Identifier: AGPL-3.0-or-later
 * admission_test.c - who gets in through whom, with how much; and that the walk always ends. */
#include "tests/unit/test.h"

#include "proto/admission.h"
#include "proto/err.h"
#include "proto/kind.h"
#include "proto/limits.h"

#define AUTHORS_MAX 8
#define NONE UINT32_MAX

struct scene {
	const char *why;
	size_t author_count, root_count, vouch_count;
	struct admission_root root[2];
	struct admission_vouch vouch[12];
	uint8_t blocked[AUTHORS_MAX];
	struct admission_result expect[AUTHORS_MAX];
};

#define ROOT { 0, 3, 100000 }

static const struct scene scene[] = {
	{ "a chain carries three hops, the fourth author is outside", 5, 1, 4, { ROOT },
	    { { 0, 1, 8, 20000 }, { 1, 2, 8, 20000 }, { 2, 3, 8, 20000 }, { 3, 4, 8, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 20000, 0 }, { 1, 20000, 1 }, { 0, 20000, 2 }, { -1, 0, NONE } } },
	{ "hops 0 admits the subject alone", 3, 1, 2, { ROOT },
	    { { 0, 1, 0, 500 }, { 1, 2, 8, 500 } }, { 0 },
	    { { 3, 100000, 0 }, { 0, 500, 0 }, { -1, 0, NONE } } },
	{ "a budget bounds a pool", 3, 1, 2, { ROOT },
	    { { 0, 1, 3, 300 }, { 1, 2, 3, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 300, 0 }, { 1, 300, 1 } } },
	{ "a careless voucher spends its own pool", 6, 1, 5, { ROOT },
	    { { 0, 1, 3, 1000 }, { 0, 2, 3, 1000 }, { 1, 3, 3, 20000 }, { 1, 4, 3, 20000 },
	      { 1, 5, 3, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 1000, 0 }, { 2, 1000, 0 }, { 1, 333, 1 }, { 1, 333, 1 }, { 1, 333, 1 } } },
	{ "the best of two vouchers, separately for hops and pool", 4, 1, 4, { ROOT },
	    { { 0, 1, 3, 100 }, { 0, 2, 1, 5000 }, { 1, 3, 3, 9000 }, { 2, 3, 0, 9000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 100, 0 }, { 1, 5000, 0 }, { 1, 5000, 2 } } },
	{ "a cycle gains nothing", 4, 1, 4, { ROOT },
	    { { 0, 1, 3, 1000 }, { 1, 2, 8, 20000 }, { 2, 3, 8, 20000 }, { 3, 1, 8, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 1000, 0 }, { 1, 1000, 1 }, { 0, 1000, 2 } } },
	{ "an island of friends stays outside", 4, 1, 3, { ROOT },
	    { { 1, 2, 8, 20000 }, { 2, 3, 8, 20000 }, { 3, 1, 8, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { -1, 0, NONE }, { -1, 0, NONE }, { -1, 0, NONE } } },
	{ "a blocked author is out, and whom it brought", 4, 1, 3, { ROOT },
	    { { 0, 1, 3, 1000 }, { 1, 2, 3, 1000 }, { 0, 3, 3, 1000 } }, { 0, 1, 0, 0 },
	    { { 3, 100000, 0 }, { -1, 0, NONE }, { -1, 0, NONE }, { 2, 1000, 0 } } },
	{ "a blocked root is no root", 2, 1, 1, { ROOT }, { { 0, 1, 3, 1000 } }, { 1, 0 },
	    { { -1, 0, NONE }, { -1, 0, NONE } } },
	{ "a vouch for oneself counts for nothing", 2, 1, 2, { ROOT },
	    { { 0, 0, 8, 1000000 }, { 0, 1, 3, 1000000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 100000, 0 } } },
	{ "several vouches for one subject count once, the greatest hops first", 3, 1, 4, { ROOT },
	    { { 0, 1, 0, 9000 }, { 0, 1, 2, 10 }, { 0, 1, 2, 70 }, { 0, 2, 3, 60000 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 70, 0 }, { 2, 50000, 0 } } },
	{ "a budget of nothing admits, without room", 2, 1, 1, { ROOT }, { { 0, 1, 3, 0 } }, { 0 },
	    { { 3, 100000, 0 }, { 2, 0, 0 } } },
	{ "two roots, each a voucher of the other, keep what they have", 2, 2, 2,
	    { { 0, 3, 100000 }, { 1, 3, 100000 } }, { { 0, 1, 8, 20000 }, { 1, 0, 8, 20000 } }, { 0 },
	    { { 3, 100000, 0 }, { 3, 100000, 1 } } },
	{ "an own author's pool has no end", 2, 1, 1, { { 0, 3, INT64_MAX } }, { { 0, 1, 3, 10000000 } }, { 0 },
	    { { 3, INT64_MAX, 0 }, { 2, 10000000, 0 } } },
	{ "hops beyond eight are eight", 3, 1, 2, { { 0, 99, 1000 } },
	    { { 0, 1, 99, 1000 }, { 1, 2, 99, 1000 } }, { 0 },
	    { { 8, 1000, 0 }, { 7, 1000, 0 }, { 6, 1000, 1 } } },
};

static void
check_scene(const struct scene *s, const struct admission_vouch *vouch)
{
	struct admission_result got[AUTHORS_MAX];
	struct err e = { 0 };
	size_t i;

	if (admission_compute(ADMIT_VOUCHED, s->root, s->root_count, vouch, s->vouch_count, s->blocked,
	    s->author_count, got, &e) == -1)
		fail_msg("%s: %s", s->why, e.text);
	for (i = 0; i < s->author_count; i++)
		if (got[i].hops != s->expect[i].hops || got[i].pool != s->expect[i].pool ||
		    got[i].via != s->expect[i].via)
			fail_msg("%s: author %zu: hops %d, pool %lld, via %u", s->why, i, got[i].hops,
			    (long long)got[i].pool, got[i].via);
}

/* In the order given, and the other way round. */
static void
scenes(void **state)
{
	struct admission_vouch turned[12];
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(scene); i++) {
		check_scene(&scene[i], scene[i].vouch);
		for (k = 0; k < scene[i].vouch_count; k++)
			turned[k] = scene[i].vouch[scene[i].vouch_count - 1 - k];
		check_scene(&scene[i], turned);
	}
}

static void
other_modes(void **state)
{
	static const struct admission_root root = { 1, 3, 77 };
	static const struct admission_vouch vouch = { 1, 2, 3, 1000 };
	static const uint8_t blocked[4] = { 0, 0, 0, 1 };
	struct admission_result r[4];
	struct err e = { 0 };

	(void)state;
	CHECK(admission_compute(ADMIT_LISTED, &root, 1, &vouch, 1, blocked, 4, r, &e) == 0);
	CHECK(r[0].hops == -1 && r[1].hops == 3 && r[1].pool == 77 && r[2].hops == -1 && r[3].hops == -1);
	CHECK(admission_compute(ADMIT_OPEN, &root, 1, &vouch, 1, blocked, 4, r, &e) == 0);
	CHECK(r[0].hops == 0 && r[0].pool == DIRECT_POOL_DEFAULT && r[0].via == NONE);
	CHECK(r[1].hops == 3 && r[2].hops == 0 && r[3].hops == -1);
	CHECK(admission_compute(ADMIT_VOUCHED, NULL, 0, NULL, 0, NULL, 0, r, &e) == 0);
	CHECK(admission_compute(ADMIT_VOUCHED, NULL, 0, &vouch, 1, NULL, 4, r, &e) == 0);
	CHECK(r[1].hops == -1 && r[2].hops == -1);
}

/* The definition, iterated until nothing changes: slow, and plainly what SPEC says. */
static void
by_definition(const struct admission_root *root, const struct admission_vouch *v, size_t n,
    size_t authors, struct admission_result *out)
{
	size_t i, k, live[64] = { 0 };
	int changed = 1;

	for (i = 0; i < authors; i++)
		out[i] = (struct admission_result){ -1, 0, NONE };
	out[root->author] = (struct admission_result){ root->hops, root->pool, root->author };
	for (i = 0; i < n; i++)
		live[v[i].from]++;
	while (changed) {
		changed = 0;
		for (k = 0; k < n; k++) {
			struct admission_result *y = &out[v[k].from], *x = &out[v[k].to];
			int hops = y->hops - 1 < v[k].hops ? y->hops - 1 : v[k].hops;
			int64_t pool = y->pool / (int64_t)live[v[k].from];

			pool = v[k].budget < pool ? v[k].budget : pool;
			if (y->hops >= 1 && hops > x->hops) {
				x->hops = hops;
				changed = 1;
			}
			if (y->hops >= 1 && pool > x->pool) {
				x->pool = pool;
				changed = 1;
			}
		}
	}
}

/* Random webs of vouches, one vouch for each ordered pair at most, cycles and all. */
static void
the_walk_is_the_definition(void **state)
{
	static struct admission_vouch v[30 * 30];
	uint32_t seed = 42;
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct admission_root root = { 0, 1 + round % 8, 5000 };
		struct admission_result want[30], got[30];
		struct err e = { 0 };
		size_t n = 0;
		uint32_t y, x;

		for (y = 0; y < 30; y++)
			for (x = 0; x < 30; x++) {
				seed = seed * 1664525u + 1013904223u;
				if (x != y && (seed >> 16) % 10 == 0)
					v[n++] = (struct admission_vouch){ y, x, (int)(seed >> 8) % 9,
					    (seed >> 4) % 4000 };
			}
		by_definition(&root, v, n, 30, want);
		CHECK(admission_compute(ADMIT_VOUCHED, &root, 1, v, n, NULL, 30, got, &e) == 0);
		for (x = 0; x < 30; x++)
			CHECK(got[x].hops == want[x].hops && got[x].pool == want[x].pool);
	}
}

static void
caps_of_kinds(void **state)
{
	static const struct { enum kind kind; int cap; } row[] = {
		{ KIND_IDENTITY, 1 }, { KIND_NODE, 1 }, { KIND_TERRITORY, 1 }, { KIND_RETIRE, 1 },
		{ KIND_VOUCH, VOUCHES_MAX }, { KIND_INITIATIVE, -1 }, { KIND_SAME, -1 }, { KIND_UNKNOWN, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(kind_info(row[i].kind)->name, admission_kind_cap((int)row[i].kind) == row[i].cap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scenes),
		cmocka_unit_test(other_modes),
		cmocka_unit_test(the_walk_is_the_definition),
		cmocka_unit_test(caps_of_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
