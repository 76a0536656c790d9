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

/* --- against the definition ----------------------------------------------------------------------- */

#define WEB_AUTHORS 24
#define WEB_VOUCHES (WEB_AUTHORS * WEB_AUTHORS)

/* A random network: several roots, some of them blocked, some vouches twice, cycles and all. */
struct web {
	uint32_t seed;
	struct admission_root root[3];
	struct admission_vouch vouch[WEB_VOUCHES];
	size_t root_count, vouch_count;
	uint8_t blocked[WEB_AUTHORS];
};

static uint32_t
draw(struct web *w, uint32_t below)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % below;
}

static void
make_web(struct web *w, uint32_t seed)
{
	uint32_t y, x, dense;

	*w = (struct web){ .seed = seed * 2654435761u + 1 };
	w->root_count = 1 + draw(w, 3);
	dense = 4 + draw(w, 12);
	for (x = 0; x < w->root_count; x++)
		w->root[x] = (struct admission_root){ draw(w, 6), (int)draw(w, 10), draw(w, 4) == 0 ? INT64_MAX :
		    draw(w, 50000) };
	for (x = 0; x < WEB_AUTHORS; x++)
		w->blocked[x] = draw(w, 8) == 0;
	for (y = 0; y < WEB_AUTHORS; y++)
		for (x = 0; x < WEB_AUTHORS && w->vouch_count < WEB_VOUCHES - 1; x++)
			if (draw(w, dense) == 0)
				for (uint32_t n = 1 + (draw(w, 5) == 0); n > 0; n--)
					w->vouch[w->vouch_count++] = (struct admission_vouch){ y, x,
					    (int)draw(w, 9), draw(w, 4000) };
}

/* Does vouch k stand for its pair: the greatest hops, then the greatest budget, the first of equals? */
static int
stands(const struct web *w, size_t k)
{
	const struct admission_vouch *v = &w->vouch[k], *o;
	size_t i;

	for (i = 0; i < w->vouch_count; i++) {
		o = &w->vouch[i];
		if (i != k && o->from == v->from && o->to == v->to && (o->hops > v->hops ||
		    (o->hops == v->hops && (o->budget > v->budget || (o->budget == v->budget && i < k)))))
			return 0;
	}
	return v->from != v->to;
}

/* SPEC's definition iterated from nothing until nothing changes: slow, and plainly what it says. */
static void
by_definition(const struct web *w, struct admission_result *out)
{
	int64_t live[WEB_AUTHORS] = { 0 };
	int changed = 1;
	size_t i, k;

	for (i = 0; i < WEB_AUTHORS; i++)
		out[i] = (struct admission_result){ -1, 0, NONE };
	for (i = 0; i < w->root_count; i++) {
		const struct admission_root *r = &w->root[i];
		struct admission_result *x = &out[r->author];
		int hops = r->hops > 8 ? 8 : r->hops;

		if (w->blocked[r->author])
			continue;
		*x = (struct admission_result){ hops > x->hops ? hops : x->hops, r->pool > x->pool ? r->pool : x->pool,
		    r->author };
	}
	for (k = 0; k < w->vouch_count; k++)
		live[w->vouch[k].from] += stands(w, k);
	while (changed)
		for (changed = 0, k = 0; k < w->vouch_count; k++) {
			const struct admission_vouch *v = &w->vouch[k];
			struct admission_result *y = &out[v->from], *x = &out[v->to];
			int hops = y->hops - 1 < v->hops ? y->hops - 1 : v->hops;
			int64_t pool;

			if (!stands(w, k) || y->hops < 1 || w->blocked[v->from] || w->blocked[v->to])
				continue;
			pool = y->pool / live[v->from] < v->budget ? y->pool / live[v->from] : v->budget;
			changed |= hops > x->hops || pool > x->pool;
			x->hops = hops > x->hops ? hops : x->hops;
			x->pool = pool > x->pool ? pool : x->pool;
		}
}

static void
compute(const struct web *w, struct admission_result *out)
{
	struct err e = { 0 };

	if (admission_compute(ADMIT_VOUCHED, w->root, w->root_count, w->vouch, w->vouch_count, w->blocked,
	    WEB_AUTHORS, out, &e) == -1)
		fail_msg("%s", e.text);
}

static void
the_walk_is_the_definition(void **state)
{
	static struct web w;
	uint32_t seed, x;

	(void)state;
	for (seed = 0; seed < 400; seed++) {
		struct admission_result want[WEB_AUTHORS], got[WEB_AUTHORS];

		make_web(&w, seed);
		by_definition(&w, want);
		compute(&w, got);
		for (x = 0; x < WEB_AUTHORS; x++)
			if (got[x].hops != want[x].hops || got[x].pool != want[x].pool)
				fail_msg("seed %u, author %u: %d hops and %lld instead of %d and %lld", seed, x, got[x].hops,
				    (long long)got[x].pool, want[x].hops, (long long)want[x].pool);
	}
}

/* What is said of an author adds up to what was decided: the best of the vouches that count, unless it is a root;
 * and the way to it leads from a root, one hop less at each step at least. */
static void
the_explanation_adds_up(void **state)
{
	static struct web w;
	struct admission_result got[WEB_AUTHORS];
	struct admission_step step[WEB_VOUCHES];
	uint32_t subjects[WEB_AUTHORS], path[8], seed, x, at;
	struct err e = { 0 };

	(void)state;
	for (seed = 0; seed < 200; seed++) {
		make_web(&w, seed);
		compute(&w, got);
		CHECK(admission_subjects(w.vouch, w.vouch_count, WEB_AUTHORS, subjects, &e) == 0);
		for (x = 0; x < WEB_AUTHORS; x++) {
			size_t n = admission_explain(w.vouch, w.vouch_count, w.blocked, subjects, got, x, step, COUNT(step)), i;
			int hops = -1;
			int64_t pool = 0;

			for (i = 0; i < n; i++) {
				CHECK((step[i].why == ADMISSION_COUNTS) == (step[i].hops >= 0));
				hops = step[i].hops > hops ? step[i].hops : hops;
				pool = step[i].pool > pool ? step[i].pool : pool;
			}
			if (got[x].via != x)
				CHECK(hops == got[x].hops && pool == got[x].pool);
			else
				CHECK(hops <= got[x].hops && pool <= got[x].pool);
			n = admission_path(w.vouch, w.vouch_count, w.blocked, got, x, path, COUNT(path));
			CHECK((n > 0) == (got[x].hops >= 0 && got[x].via != x));
			for (i = 0, at = x; i < n; at = path[i++])
				CHECK(got[path[i]].hops > got[at].hops);
			CHECK(n == 0 || got[at].via == at);
		}
	}
}

/* However carelessly one author vouches, nobody has less than without it, and what any voucher gives is no more
 * than its own pool, whatever cycles they form. */
static void
carelessness_is_paid_by_the_careless(void **state)
{
	static struct web w, without;
	struct admission_result all[WEB_AUTHORS], rest[WEB_AUTHORS];
	struct admission_step step[WEB_VOUCHES];
	uint32_t subjects[WEB_AUTHORS], seed, x, y;
	struct err e = { 0 };
	size_t i, n;

	(void)state;
	for (seed = 0; seed < 200; seed++) {
		int64_t given[WEB_AUTHORS] = { 0 };

		make_web(&w, seed);
		y = draw(&w, WEB_AUTHORS);
		without = w;
		for (i = n = 0; i < w.vouch_count; i++)
			if (w.vouch[i].from != y)
				without.vouch[n++] = w.vouch[i];
		without.vouch_count = n;
		compute(&without, rest);
		for (x = 0; x < WEB_AUTHORS && w.vouch_count < WEB_VOUCHES; x++)	/* and now for everybody */
			w.vouch[w.vouch_count++] = (struct admission_vouch){ y, x, 8, 10000000 };
		compute(&w, all);
		CHECK(admission_subjects(w.vouch, w.vouch_count, WEB_AUTHORS, subjects, &e) == 0);
		for (x = 0; x < WEB_AUTHORS; x++) {
			CHECK(all[x].hops >= rest[x].hops && all[x].pool >= rest[x].pool);
			n = admission_explain(w.vouch, w.vouch_count, w.blocked, subjects, all, x, step, COUNT(step));
			for (i = 0; i < n; i++)
				given[step[i].from] += step[i].pool;
		}
		for (x = 0; x < WEB_AUTHORS; x++)
			CHECK(given[x] <= all[x].pool);
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
		cmocka_unit_test(the_explanation_adds_up),
		cmocka_unit_test(carelessness_is_paid_by_the_careless),
		cmocka_unit_test(caps_of_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
