/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gazetteer_test.c - places are found by code, by however people write their name, and by postcode, in the table
 * that ships; ambiguity is counted; a broken table is refused, never read past.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "node/core/file.h"
#include "node/core/gazetteer.h"
#include "proto/err.h"

static struct gazetteer *g;

static int
open_table(void **state)
{
	struct err e = {0};

	(void)state;
	if (gazetteer_open(NULL, &g, &e) == -1) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int
close_table(void **state)
{
	(void)state;
	gazetteer_close(g);
	return 0;
}

static void
test_codes(void **state)
{
	static const struct {
		const char *why, *code, *name;
		char type;
	} row[] = {
		{ "a commune", "29195", "Plouguerneau", 'C' },
		{ "Corsica has letters", "2A004", "Ajaccio", 'C' },
		{ "an EPCI", "200000172", "CC Faucigny - Glières", 'E' },
		{ "a département", "01", "Ain", 'P' },
		{ "an arrondissement", "13201", "Marseille 1er Arrondissement", 'A' },
		{ "nothing of that code", "99999", NULL, 0 },
		{ "no code", "", NULL, 0 },
		{ "the first part of a code", "2919", NULL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		const struct place *p = gazetteer_code(g, span_str(row[i].code));

		CHECK_ROW(row[i].why, (p != NULL) == (row[i].name != NULL));
		CHECK_ROW(row[i].why, p == NULL || (p->type == row[i].type && span_is(p->name, row[i].name)));
	}
	assert_null(gazetteer_code(g, (struct span){ NULL, 0 }));
}

static void
test_names(void **state)
{
	static const struct {
		const char *why, *name, *postcode, *code;	/* code: the only one; NULL: none */
	} row[] = {
		{ "as written", "Plouguerneau", "", "29195" },
		{ "in capitals", "PLOUGUERNEAU", "", "29195" },
		{ "spaces around", "  Plouguerneau ", "", "29195" },
		{ "without accents", "Evreux", "", "27229" },
		{ "decomposed accents", "E\314\201vreux", "", "27229" },
		{ "an apostrophe", "L'Haÿ-les-Roses", "", "94038" },
		{ "a typographic one", "L\342\200\231Hay les Roses", "", "94038" },
		{ "Saint", "Saint-Denis", "93200", "93066" },
		{ "St", "St Denis", "93200", "93066" },
		{ "St.", "St. Denis", "93210", "93066" },
		{ "Sainte", "Sainte-Foy", "85150", "85214" },
		{ "Ste", "Ste Foy", "85150", "85214" },
		{ "St is not Sainte", "St Foy", "85150", NULL },
		{ "a ligature", "Vœuil-et-Giget", "", "16418" },
		{ "the ligature taken apart", "Voeuil et Giget", "", "16418" },
		{ "by postcode alone", "", "29242", "29155" },
		{ "the name with another's postcode", "Plouguerneau", "75001", NULL },
		{ "part of a name", "Plouguer", "", NULL },
		{ "part of a postcode", "", "2988", NULL },
		{ "nothing asked", "", "", NULL },
		{ "not UTF-8", "\377\376", "", NULL },
	};
	const struct place *p[4];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		n = gazetteer_find(g, span_str(row[i].name), span_str(row[i].postcode), p, COUNT(p));
		if (n != (row[i].code != NULL))
			fail_msg("%s: %zu found", row[i].why, n);
		CHECK_ROW(row[i].why, n == 0 || span_is(p[0]->code, row[i].code));
	}
}

static void
test_ambiguity_is_counted(void **state)
{
	const struct place *p[2] = { NULL, NULL };
	size_t n, all;

	(void)state;
	all = gazetteer_find(g, SPAN("saint denis"), SPAN(""), NULL, 0);
	assert_true(all >= 3);
	n = gazetteer_find(g, SPAN("Saint-Denis"), SPAN(""), p, 1);
	assert_int_equal(n, all);
	assert_non_null(p[0]);
	assert_null(p[1]);	/* no more than there is room for */
}

static void
test_longest_names(void **state)
{
	char name[5000];

	(void)state;
	memset(name, 'a', sizeof name);
	assert_int_equal(gazetteer_find(g, (struct span){ name, sizeof name }, SPAN(""), NULL, 0), 0);
	for (size_t i = 0; i + 1 < sizeof name; i += 3)
		memcpy(name + i, "st ", 3 < sizeof name - i ? 3 : sizeof name - i);
	assert_int_equal(gazetteer_find(g, (struct span){ name, sizeof name }, SPAN(""), NULL, 0), 0);
	for (size_t i = 0; i + 1 < sizeof name; i += 2)
		memcpy(name + i, "\305\223", 2);
	assert_int_equal(gazetteer_find(g, (struct span){ name, sizeof name }, SPAN(""), NULL, 0), 0);
}

static void
test_within(void **state)
{
	static const struct {
		const char *why, *commune, *area;
		int in;
	} row[] = {
		{ "itself", "29195", "29195", 1 },
		{ "its EPCI", "29195", "242900553", 1 },
		{ "its département", "29195", "29", 1 },
		{ "another département", "29195", "22", 0 },
		{ "another EPCI", "29195", "200000172", 0 },
		{ "an arrondissement in its commune", "13201", "13055", 1 },
		{ "... and through it its département", "13201", "13", 1 },
		{ "a commune is not in its arrondissement", "13055", "13201", 0 },
		{ "a former commune in its successor", "01003", "01165", 1 },
		{ "... and its département", "01003", "01", 1 },
		{ "unknown, but itself", "99999", "99999", 1 },
		{ "unknown", "99999", "29", 0 },
		{ "no area", "29195", "", 0 },
		{ "no commune", "", "29", 0 },
		{ "neither", "", "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why,
		    gazetteer_within(g, span_str(row[i].commune), span_str(row[i].area)) == row[i].in);
	assert_int_equal(gazetteer_within(g, (struct span){ NULL, 0 }, SPAN("29")), 0);
}

/* Tables of our own making, each opened, asked and closed. */
static void
test_odd_tables(void **state)
{
	static const struct {
		const char *why, *text;
		int rc;
	} row[] = {
		{ "empty", "", 0 },
		{ "remarks alone", "# a\n#b", 0 },
		{ "a type alone", "C\n", -1 },
		{ "no code", "C\t\tName\n", -1 },
		{ "a long type", "CC\t01001\tName\n", -1 },
		{ "a tab alone", "\t", -1 },
		{ "nothing after the code", "C\t01001", 0 },
		{ "a population of letters and too long", "C\t01001\tA\t9x99999999999999999\t2\t01\t84\t01400", 0 },
		{ "a former commune that follows itself", "D\t01003\tA\t\t01003\t01\t84\t\n", 0 },
		{ "two that follow each other", "D\t01003\tA\t\t01004\t01\t84\t\nD\t01004\tB\t\t01003\t01\t84\t\n", 0 },
		{ "more columns than we know", "C\t01001\tA\t1\t2\t3\t4\t5\t6\t7\t8\n", 0 },
	};
	char path[] = "/tmp/essaim-places-XXXXXX";
	struct gazetteer *own;
	const struct place *p[2];
	size_t i;
	int fd = mkstemp(path);

	(void)state;
	CHECK(fd != -1);
	close(fd);
	for (i = 0; i < COUNT(row); i++) {
		struct err e = {0};

		assert_int_equal(file_write(path, span_str(row[i].text), 0600, &e), 0);
		CHECK_ROW(row[i].why, gazetteer_open(path, &own, &e) == row[i].rc);
		if (row[i].rc == -1) {
			CHECK_ROW(row[i].why, e.code == ERR_INPUT && strstr(e.text, path) != NULL);
			continue;
		}
		gazetteer_find(own, SPAN("A"), SPAN("01400"), p, 2);
		CHECK_ROW(row[i].why, gazetteer_within(own, SPAN("01003"), SPAN("29")) == 0);
		gazetteer_close(own);
	}
	unlink(path);
}

/* As directories write it.  codes: what is found, in order of code; more than three are counted. */
static void
test_guess(void **state)
{
	static const struct { const char *why, *name, *postcode; size_t n; const char *code; } row[] = {
		{ "a mail-sorting office", "RENNES CEDEX 7", "35042", 1, "35238" },
		{ "without a postcode", "Rennes Cedex", "", 1, "35238" },
		{ "an arrondissement", "Paris 11e", "", 1, "75056" },
		{ "in words", "Lyon 3ème arrondissement", "69003", 1, "69123" },
		{ "with a 0 before it", "Marseille 01", "13001", 1, "13055" },
		{ "the departement in brackets settles it", "Saint-Denis (93)", "", 1, "93066" },
		{ "an abbreviated saint", "St-Malo", "", 1, "35288" },
		{ "one name, several communes", "Saint-Denis", "", 4, NULL },
		{ "which the postcode tells apart", "Saint-Denis", "97400", 1, "97411" },
		{ "also one that is in no table, by its beginning", "Saint-Denis", "93999", 1, "93066" },
		{ "Corsica's departements begin with 20", "Ajaccio", "20700", 1, "2A004" },
		{ "a former commune is now its successor", "Châtillon-en-Michaille", "01200", 1, "01033" },
		{ "a name of elsewhere is not guessed", "Rennes", "29000", 0, NULL },
		{ "nobody's name", "Nullepart", "", 0, NULL },
		{ "signs alone", "???", "", 0, NULL },
		{ "a postcode of one commune", "", "29200", 1, "29019" },
	};
	const struct place *found[3];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		size_t n = gazetteer_guess(g, span_str(row[i].name), span_str(row[i].postcode), found, 3);

		if (n != row[i].n)
			fail_msg("%s: %zu found", row[i].why, n);
		CHECK_ROW(row[i].why, row[i].code == NULL || span_is(found[0]->code, row[i].code));
	}
}

static void
test_centres(void **state)
{
	static const struct { const char *why, *text; } bad[] = {
		{ "a code is five characters", "3523\t481113000\t-16800000" },
		{ "the world ends at 90 degrees", "35238\t990000000\t-16800000" },
		{ "three columns", "35238\t481113000" },
		{ "nothing after them", "35238\t481113000\t-16800000\tx" },
		{ "words are no numbers", "35238\tnord\touest" },
	};
	struct err e = { 0 };
	int32_t lat, lon;
	size_t i, count;

	(void)state;
	CHECK(!gazetteer_centre(g, SPAN("35238"), &lat, &lon));
	CHECK(gazetteer_centres(g, SPAN("35238\t481113000\t-16800000\n2A004\t419268000\t87369000\n"), &count, &e) == 0);
	CHECK(count == 2);
	CHECK(gazetteer_centre(g, SPAN("2A004"), &lat, &lon) && lat == 419268000 && lon == 87369000);
	CHECK(!gazetteer_centre(g, SPAN("29019"), &lat, &lon));
	for (i = 0; i < COUNT(bad); i++)
		CHECK_ROW(bad[i].why, gazetteer_centres(g, span_str(bad[i].text), &count, &e) == -1);
	CHECK(gazetteer_centre(g, SPAN("35238"), &lat, &lon) && lat == 481113000 && lon == -16800000);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_codes), cmocka_unit_test(test_names), cmocka_unit_test(test_guess),
		cmocka_unit_test(test_centres),
		cmocka_unit_test(test_ambiguity_is_counted), cmocka_unit_test(test_longest_names),
		cmocka_unit_test(test_within), cmocka_unit_test(test_odd_tables),
	};

	return cmocka_run_group_tests(test, open_table, close_table);
}
