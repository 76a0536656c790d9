/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_recur_test.c - a meeting that comes again stands on the days its rule means, as libical reads it too; it is
 * said in words; and no rule keeps anybody waiting.
 */
#include "tests/unit/test.h"

#include <libical/ical.h>

#include "node/web/locale.h"
#include "node/web/recur.h"

#define DAYS_MAX 400

/* Rules in which libical and we must agree: each falls on its own first day. */
static const struct { const char *rule, *starts, *fr, *en; } agreed[] = {
	{ "FREQ=DAILY", "2026-11-02T18:00", "tous les jours", "every day" },
	{ "FREQ=DAILY;INTERVAL=3", "2026-11-02T18:00", "tous les 3 jours", "every 3 days" },
	{ "FREQ=WEEKLY;BYDAY=TU", "2026-11-03T18:00", "tous les mardis", "every Tuesday" },
	{ "FREQ=WEEKLY", "2026-11-03T18:00", "tous les mardis", "every Tuesday" },
	{ "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-03T18:00", "du lundi au vendredi", "Monday to Friday" },
	{ "FREQ=WEEKLY;BYDAY=SA,TU", "2026-11-03T18:00", "tous les mardis et samedis", "every Tuesday and Saturday" },
	{ "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "2026-11-03T18:00", "une semaine sur deux, les mardis et jeudis",
	    "every other week, on Tuesday and Thursday" },
	{ "FREQ=WEEKLY;INTERVAL=3;WKST=MO", "2026-11-03T18:00", "toutes les 3 semaines, les mardis",
	    "every 3 weeks, on Tuesday" },
	{ "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231", "2026-11-03T18:00", "tous les mardis, jusqu’au 31 décembre 2026",
	    "every Tuesday, until 31 December 2026" },
	{ "FREQ=WEEKLY;BYDAY=TU;COUNT=5", "2026-11-03T18:00", "tous les mardis, 5 fois", "every Tuesday, 5 times" },
	{ "FREQ=WEEKLY;BYDAY=TU;BYMONTH=1,11,12", "2026-11-03T18:00", "tous les mardis, en janvier, novembre et décembre",
	    "every Tuesday, in January, November and December" },
	{ "FREQ=MONTHLY;BYDAY=1SA", "2026-11-07T10:00", "le premier samedi de chaque mois",
	    "the first Saturday of each month" },
	{ "FREQ=MONTHLY;BYDAY=1SA,3SA", "2026-11-07T10:00", "le premier samedi et le troisième samedi de chaque mois",
	    "the first Saturday and the third Saturday of each month" },
	{ "FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27T10:00", "le dernier vendredi de chaque mois",
	    "the last Friday of each month" },
	{ "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "2026-11-27T10:00", "le dernier vendredi de chaque mois",
	    "the last Friday of each month" },
	{ "FREQ=MONTHLY;BYMONTHDAY=15", "2026-11-15T10:00", "le 15 de chaque mois", "day 15 of each month" },
	{ "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30T10:00", "le dernier jour de chaque mois",
	    "the last day of each month" },
	{ "FREQ=MONTHLY;INTERVAL=2", "2026-11-05T10:00", "le 5, tous les 2 mois", "day 5, every 2 months" },
	{ "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "2026-11-02T10:00", NULL, NULL },
	{ "FREQ=YEARLY", "2026-11-05T10:00", "chaque année en novembre, le 5", "every year in November, day 5" },
	{ "FREQ=YEARLY;BYMONTH=5;BYDAY=1SA", "2026-05-02T10:00", "chaque année en mai, le premier samedi",
	    "every year in May, the first Saturday" },
	{ "FREQ=YEARLY;INTERVAL=2;BYMONTH=5;BYMONTHDAY=2", "2026-05-02T10:00", "tous les 2 ans en mai, le 2",
	    "every 2 years in May, day 2" },
};

static size_t
by_libical(const char *rule, const char *starts, int64_t from, int64_t to, int64_t *out)
{
	struct icalrecurrencetype r = icalrecurrencetype_from_string(rule);
	char text[20], day[11];
	icalrecur_iterator *it;
	struct icaltimetype t;
	size_t n = 0;

	snprintf(text, sizeof text, "%.4s%.2s%.2sT%.2s%.2s00", starts, starts + 5, starts + 8, starts + 11, starts + 14);
	it = icalrecur_iterator_new(r, icaltime_from_string(text));
	assert_non_null(it);
	for (t = icalrecur_iterator_next(it); !icaltime_is_null_time(t); t = icalrecur_iterator_next(it)) {
		snprintf(day, sizeof day, "%04u-%02u-%02u", (unsigned)t.year % 10000, (unsigned)t.month % 100,
		    (unsigned)t.day % 100);
		if (date_days(day) > to)
			break;
		if (date_days(day) >= from && n < DAYS_MAX)
			out[n++] = date_days(day);
	}
	icalrecur_iterator_free(it);
	return n;
}

static void
test_days_are_those_of_libical(void **state)
{
	static int64_t ours[DAYS_MAX], theirs[DAYS_MAX];
	int64_t from = date_days("2026-12-01"), to = from + 390;
	struct recur r;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(agreed); i++) {
		assert_int_equal(recur_read(agreed[i].rule, agreed[i].starts, &r), 1);
		n = recur_list(&r, from, to, ours, DAYS_MAX);
		CHECK_ROW(agreed[i].rule, n == by_libical(agreed[i].rule, agreed[i].starts, from, to, theirs));
		CHECK_ROW(agreed[i].rule, memcmp(ours, theirs, n * sizeof *ours) == 0);
	}
}

static void
test_rules_in_words(void **state)
{
	struct arena a = {0};
	struct recur r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(agreed); i++) {
		const char *fr, *en;

		assert_int_equal(recur_read(agreed[i].rule, agreed[i].starts, &r), 1);
		fr = recur_words(&a, LANG_FR, &r);
		en = recur_words(&a, LANG_EN, &r);
		CHECK_ROW(agreed[i].rule, agreed[i].fr == NULL ? fr == NULL : fr != NULL && strcmp(fr, agreed[i].fr) == 0);
		CHECK_ROW(agreed[i].rule, agreed[i].en == NULL ? en == NULL : en != NULL && strcmp(en, agreed[i].en) == 0);
	}
	arena_clear(&a);
}

static void
test_what_is_no_rule(void **state)
{
	static const struct { const char *why, *rule; } row[] = {
		{ "words are none", "tous les mardis" }, { "nothing", "" }, { "no frequency", "BYDAY=TU" },
		{ "every second of a year is nobody's agenda", "FREQ=SECONDLY" }, { "nor every hour", "FREQ=HOURLY" },
		{ "an unknown part may change everything", "FREQ=WEEKLY;BYWEEKNO=3" },
		{ "a number is whole", "FREQ=DAILY;INTERVAL=2x" }, { "and not nothing", "FREQ=DAILY;INTERVAL=0" },
		{ "a day has a name", "FREQ=WEEKLY;BYDAY=ZZ" }, { "a date is one", "FREQ=DAILY;UNTIL=soon" },
		{ "the fifth Monday of a week is none", "FREQ=WEEKLY;BYDAY=5MO" },
		{ "days of a whole year are not followed", "FREQ=YEARLY;BYDAY=20MO" },
	};
	struct recur r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, !recur_read(row[i].rule, "2026-11-03T18:00", &r));
	assert_int_equal(recur_read("FREQ=DAILY", "no date", &r), 0);
}

static void
test_rules_that_never_fall(void **state)
{
	static const char *const rule[] = {
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
		"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31", "FREQ=YEARLY;INTERVAL=1000", "FREQ=DAILY;COUNT=10000;INTERVAL=1000",
	};
	int64_t day, from = date_days("2026-12-01");
	struct recur r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rule); i++) {
		assert_int_equal(recur_read(rule[i], "1970-01-02T10:00", &r), 1);
		CHECK_ROW(rule[i], recur_list(&r, from, INT64_MAX, &day, 1) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_are_those_of_libical), cmocka_unit_test(test_rules_in_words),
		cmocka_unit_test(test_what_is_no_rule), cmocka_unit_test(test_rules_that_never_fall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
