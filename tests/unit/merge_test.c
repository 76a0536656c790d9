/* SPDX-License-Identifier: AGPL-3.0-or-later
 * merge_test.c - merging is a total order, so the order of arrival never matters. */
#include "tests/unit/test.h"

#include "proto/merge.h"

static struct version
version(unsigned generation, int64_t updated, int deleted, int64_t created, uint8_t id)
{
	struct version v = { .generation = generation, .updated = updated, .created = created,
	    .deleted = deleted };

	v.id[0] = id;
	return v;
}

static void
rules_in_their_order(void **state)
{
	static const struct {
		const char *why;
		unsigned generation[2];
		int64_t updated[2];
		int deleted[2];
		int64_t created[2];
		uint8_t id[2];
	} row[] = {	/* the first of each pair stands */
		{ "a longer chain before all else", { 1, 0 }, { 1, 9 }, { 0, 1 }, { 1, 9 }, { 9, 1 } },
		{ "a later edit", { 0, 0 }, { 2, 1 }, { 0, 0 }, { 2, 9 }, { 9, 1 } },
		{ "a later edit over an earlier deletion", { 0, 0 }, { 2, 1 }, { 0, 1 }, { 2, 9 }, { 9, 1 } },
		{ "a deletion over a renewal of what it deletes", { 0, 0 }, { 1, 1 }, { 1, 0 }, { 1, 9 }, { 9, 1 } },
		{ "a renewal", { 0, 0 }, { 1, 1 }, { 0, 0 }, { 9, 1 }, { 9, 1 } },
		{ "a renewed deletion", { 0, 0 }, { 1, 1 }, { 1, 1 }, { 9, 1 }, { 9, 1 } },
		{ "the lower id when all else is equal", { 0, 0 }, { 1, 1 }, { 0, 0 }, { 1, 1 }, { 1, 9 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct version a = version(row[i].generation[0], row[i].updated[0], row[i].deleted[0],
		    row[i].created[0], row[i].id[0]);
		struct version b = version(row[i].generation[1], row[i].updated[1], row[i].deleted[1],
		    row[i].created[1], row[i].id[1]);

		CHECK_ROW(row[i].why, merge_compare(&a, &b) > 0);
		CHECK_ROW(row[i].why, merge_compare(&b, &a) < 0);
		CHECK_ROW(row[i].why, merge_compare(&a, &a) == 0);
	}
}

/* A small generator with a fixed start: the same versions each run. */
static uint32_t
draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static struct version
any_version(uint32_t *seed)
{
	return version(draw(seed, 2), draw(seed, 3), (int)draw(seed, 2), draw(seed, 3), (uint8_t)draw(seed, 3));
}

static int
sign_of(int n)
{
	return n > 0 ? 1 : n < 0 ? -1 : 0;
}

static void
it_is_a_total_order(void **state)
{
	uint32_t seed = 1;
	int n;

	(void)state;
	for (n = 0; n < 200000; n++) {
		struct version a = any_version(&seed), b = any_version(&seed), c = any_version(&seed);
		int ab = merge_compare(&a, &b), bc = merge_compare(&b, &c), ac = merge_compare(&a, &c);

		CHECK(sign_of(ab) == -sign_of(merge_compare(&b, &a)));
		CHECK((ab == 0) == (memcmp(&a.id, &b.id, 32) == 0 && a.generation == b.generation &&
		    a.updated == b.updated && a.created == b.created && a.deleted == b.deleted));
		if (ab >= 0 && bc >= 0)
			CHECK(ac >= 0 && (ac > 0 || (ab == 0 && bc == 0)));
	}
}

static const struct version *
winner(const struct version *v, const int *order, int n)
{
	const struct version *best = &v[order[0]];
	int i;

	for (i = 1; i < n; i++)
		if (merge_compare(&v[order[i]], best) > 0)
			best = &v[order[i]];
	return best;
}

static void
swap(int *a, int *b)
{
	int t = *a;

	*a = *b;
	*b = t;
}

/* Every arrival order of five versions, by Heap's method. */
static void
every_order_of_arrival_agrees(void **state)
{
	uint32_t seed = 7;
	int round;

	(void)state;
	for (round = 0; round < 200; round++) {
		struct version v[5];
		const struct version *first;
		int order[] = { 0, 1, 2, 3, 4 }, count[5] = { 0 }, i;

		for (i = 0; i < 5; i++)
			v[i] = any_version(&seed);
		first = winner(v, order, 5);
		for (i = 0; i < 5;) {
			if (count[i] < i) {
				swap(&order[i % 2 == 0 ? 0 : count[i]], &order[i]);
				CHECK(merge_compare(winner(v, order, 5), first) == 0);
				count[i]++;
				i = 0;
			} else {
				count[i++] = 0;
			}
		}
	}
}

static void
two_writers_are_noticed(void **state)
{
	struct version a = version(0, 1, 0, 1, 1), b = version(0, 1, 0, 1, 2);

	(void)state;
	CHECK(merge_is_conflict(&a, &b, 0));
	CHECK(merge_is_conflict(&b, &a, 0));
	CHECK(!merge_is_conflict(&a, &a, 0));
	CHECK(!merge_is_conflict(&a, &b, 1));	/* a renewal */
	b.updated = 2;
	CHECK(!merge_is_conflict(&a, &b, 0));	/* an edit */
	b.updated = 1;
	b.deleted = 1;
	CHECK(!merge_is_conflict(&a, &b, 0));	/* a deletion */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_in_their_order),
		cmocka_unit_test(it_is_a_total_order),
		cmocka_unit_test(every_order_of_arrival_agrees),
		cmocka_unit_test(two_writers_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
