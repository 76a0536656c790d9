/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reason_test.c - each reason has a name of its own, a sentence, and the verdict the wire expects. */
#include "tests/unit/test.h"

#include "proto/reason.h"

static const struct { enum reason r; const char *name, *verdict; int may_pass; } row[] = {
	{ REASON_NONE, "", "stored", 0 },
	{ REASON_SIZE, "size", "invalid", 0 },
	{ REASON_CANONICAL, "canonical", "invalid", 0 },
	{ REASON_ENVELOPE, "envelope", "invalid", 0 },
	{ REASON_BLOCKED, "blocked", "refused", 1 },
	{ REASON_ADMISSION, "admission", "refused", 1 },
	{ REASON_SCOPE, "scope", "refused", 1 },
	{ REASON_FUTURE, "future", "held", 1 },
	{ REASON_EXPIRED, "expired", "refused", 0 },
	{ REASON_DUPLICATE, "duplicate", "duplicate", 0 },
	{ REASON_SUPERSEDED, "superseded", "superseded", 0 },
	{ REASON_RETIRED, "retired", "refused", 0 },
	{ REASON_IDENTITY, "identity", "unresolved", 1 },
	{ REASON_KEY, "key", "refused", 1 },
	{ REASON_SUCCESSION, "succession", "refused", 0 },
	{ REASON_SIGNATURE, "signature", "refused", 0 },
	{ REASON_QUOTA, "quota", "refused", 1 },
	{ REASON_BUSY, "busy", "refused", 1 },
};

static void
the_table_is_whole(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(COUNT(row), REASON__COUNT);
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].name, (size_t)row[i].r == i);
		assert_string_equal(reason_name(row[i].r), row[i].name);
		CHECK_ROW(row[i].name, reason_find(row[i].name) == row[i].r);
		assert_string_equal(verdict_name(reason_verdict(row[i].r)), row[i].verdict);
		CHECK_ROW(row[i].name, reason_may_pass(row[i].r) == row[i].may_pass);
		CHECK_ROW(row[i].name, strlen(reason_text(row[i].r)) > 10);
	}
}

static void
names_are_found(void **state)
{
	unsigned v;

	(void)state;
	for (v = 0; v < VERDICT__COUNT; v++)
		CHECK(verdict_find(verdict_name((enum verdict)v)) == v);
	CHECK(verdict_find("") == VERDICT__COUNT && verdict_find("Stored") == VERDICT__COUNT);
	CHECK(reason_find("sizes") == REASON__COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
