/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scope_test.c - areas named by code are resolved to all that shares ground with them; what is no code is
 * refused with a word on what would do. */
#include "tests/unit/test.h"

#include "node/core/gazetteer.h"
#include "node/core/scope.h"
#include "proto/err.h"

static struct gazetteer *g;

static int
open_table(void **state)
{
	struct err e = { 0 };

	(void)state;
	return gazetteer_open(NULL, &g, &e);
}

static int
close_table(void **state)
{
	(void)state;
	gazetteer_close(g);
	return 0;
}

/* Landerneau and Brest lie in the Finistere; Rennes does not. */
static const struct {
	const char *why, *areas, *content;
	int meets;
} row[] = {
	{ "a commune in the departement", "29", "{\"areas\":[\"29103\"],\"name\":\"x\"}", 1 },
	{ "an EPCI in the departement", "29", "{\"areas\":[\"242900314\"]}", 1 },
	{ "the departement itself", "29", "{\"areas\":[\"29\"]}", 1 },
	{ "elsewhere", "29", "{\"areas\":[\"35238\"]}", 0 },
	{ "another departement", "29", "{\"areas\":[\"35\"]}", 0 },
	{ "here and elsewhere", "29", "{\"areas\":[\"35238\",\"29103\"]}", 1 },
	{ "one of two areas", "35, 29", "{\"areas\":[\"29103\"]}", 1 },
	{ "a departement around the commune held", "29103", "{\"areas\":[\"29\"]}", 1 },
	{ "the commune's EPCI", "29019", "{\"areas\":[\"242900314\"]}", 1 },
	{ "its neighbour", "29019", "{\"areas\":[\"29103\"]}", 0 },
	{ "a commune of the EPCI held", "242900314", "{\"areas\":[\"29019\"]}", 1 },
	{ "a commune beside the EPCI held", "242900314", "{\"areas\":[\"29103\"]}", 0 },
	{ "an arrondissement of the city held", "75056", "{\"areas\":[\"75111\"]}", 1 },
	{ "the city around the arrondissement held", "75111", "{\"areas\":[\"75056\"]}", 1 },
	{ "codes that nobody knows are somewhere else", "29", "{\"areas\":[\"29999\"]}", 0 },
	{ "no areas named", "29", "{\"name\":\"x\"}", -1 },
	{ "an empty list names none", "29", "{\"areas\":[]}", -1 },
	{ "areas that are no list", "29", "{\"areas\":\"29103\"}", -1 },
};

static void
test_meets(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct scope *s = NULL;
		struct store_scope rule;
		struct err e = { 0 };

		CHECK_ROW(row[i].why, scope_open(row[i].areas, "", g, &s, &e) == 0);
		rule = scope_rule(s);
		CHECK_ROW(row[i].why, rule.meets(rule.ctx, span_str(row[i].content)) == row[i].meets);
		scope_close(s);
	}
}

static const struct {
	const char *why, *areas, *kinds, *said;
} bad[] = {
	{ "a name with one place", "Landerneau", "", "Landerneau is 29103" },
	{ "a name with several", "Saint-Denis", "", "several have that name" },
	{ "no code", "29999", "", "no place has the code \"29999\"" },
	{ "a region is none of the three", "53, R53x", "", "R53x" },
	{ "no kind", "", "event, jardin", "\"jardin\"" },
	{ "what the network needs is not chosen", "", "vouch", "initiative" },
};

static void
test_faults(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct scope *s = NULL;
		struct err e = { 0 };

		CHECK_ROW(bad[i].why, scope_open(bad[i].areas, bad[i].kinds, g, &s, &e) == -1);
		CHECK_ROW(bad[i].why, e.code == ERR_USAGE);
		CHECK_ROW(e.text, strstr(e.text, bad[i].said) != NULL);
	}
}

static void
test_rule(void **state)
{
	struct scope *s = NULL;
	struct store_scope rule;
	char first[64];
	struct err e;

	(void)state;
	assert_int_equal(scope_open("", " , ", g, &s, &e), 0);
	rule = scope_rule(s);
	assert_true(scope_is_whole(s) && rule.meets == NULL && rule.kinds == 0);
	assert_true(rule.id == NULL || *rule.id == '\0');
	scope_close(s);
	assert_int_equal(scope_open("29", "event, offer", g, &s, &e), 0);
	rule = scope_rule(s);
	assert_int_equal(rule.kinds, 1U << KIND_EVENT | 1U << KIND_OFFER);
	snprintf(first, sizeof first, "%s", rule.id);
	scope_close(s);
	assert_int_equal(scope_open("29", "event", g, &s, &e), 0);
	assert_string_not_equal(first, scope_rule(s).id);
	scope_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meets), cmocka_unit_test(test_faults), cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, open_table, close_table);
}
