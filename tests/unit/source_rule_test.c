/* SPDX-License-Identifier: AGPL-3.0-or-later
 * source_rule_test.c - when an answer of a source is believed, when the operator is asked, when to ask again. */
#include "node/core/fields.h"
#include "node/core/source_rule.h"
#include "proto/err.h"
#include "tests/unit/test.h"

static void
test_judge(void **state)
{
	static const struct { const char *why; struct source_seen seen; enum source_state expect; } row[] = {
		{ "the first answer of a source is taken", { 0, 40, 40, 0, 10 }, SOURCE_FINE },
		{ "a new source may have nothing yet", { 0, 0, 0, 0, 10 }, SOURCE_FINE },
		{ "an empty list where there were items is a fault", { 40, 0, 0, 40, 10 }, SOURCE_EMPTY },
		{ "even where there was one", { 1, 0, 0, 1, 10 }, SOURCE_EMPTY },
		{ "items of which none is usable: another format, a lost column", { 40, 40, 0, 0, 10 }, SOURCE_USELESS },
		{ "also at first", { 0, 40, 0, 0, 10 }, SOURCE_USELESS },
		{ "five of a hundred go quietly", { 100, 95, 95, 5, 10 }, SOURCE_FINE },
		{ "ten of a hundred are the share", { 100, 90, 90, 10, 10 }, SOURCE_FINE },
		{ "eleven are more", { 100, 89, 89, 11, 10 }, SOURCE_ASKS },
		{ "five of twelve are above the share, and few", { 12, 7, 7, 5, 10 }, SOURCE_FINE },
		{ "six of twelve are not", { 12, 6, 6, 6, 10 }, SOURCE_ASKS },
		{ "three of four: few, but most of it", { 4, 1, 1, 3, 10 }, SOURCE_ASKS },
		{ "two of four: not most", { 4, 2, 2, 2, 10 }, SOURCE_FINE },
		{ "one of one was replaced", { 1, 1, 1, 1, 10 }, SOURCE_FINE },
		{ "all new identifiers: everything would be doubled and deleted", { 30, 30, 30, 30, 10 }, SOURCE_ASKS },
		{ "an operator who wants to be asked always", { 100, 94, 94, 6, 0 }, SOURCE_ASKS },
		{ "and one who lets a third go", { 100, 70, 70, 30, 33 }, SOURCE_FINE },
		{ "a hundred thousand do not overflow", { 100000, 95000, 95000, 5000, 10 }, SOURCE_FINE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, source_judge(&row[i].seen) == row[i].expect);
}

static void
test_page(void **state)
{
	static const struct { const char *why, *type, *head; int page; } row[] = {
		{ "an error page that says 200", "text/html; charset=utf-8", "<!doctype html><title>Maintenance", 1 },
		{ "also when it says it is data", "application/json", "\n <!DOCTYPE HTML PUBLIC", 1 },
		{ "also as XHTML", "application/xml", "<?xml version=\"1.0\"?>\n<html xmlns=", 1 },
		{ "also behind a byte order mark", "text/csv", "\xef\xbb\xbf<html>", 1 },
		{ "a fragment that is called a page", "text/html", "<p>Bonjour", 1 },
		{ "a feed is none", "application/rss+xml", "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel>", 0 },
		{ "JSON that a server calls HTML is data", "text/html", "{\"data\":[]}", 0 },
		{ "a table that mentions HTML", "text/csv", "nom;description\nA;<html>", 0 },
		{ "nothing at all", "text/plain", "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, source_is_page(row[i].type, span_str(row[i].head)) == row[i].page);
}

static void
test_wait(void **state)
{
	static const struct { const char *why; int64_t every, failures, after, low, high; } row[] = {
		{ "after success its interval, give or take a tenth", 21600, 0, 0, 19440, 23760 },
		{ "a first failure is tried again soon", 21600, 1, 0, 270, 330 },
		{ "then twice as late", 21600, 2, 0, 540, 660 },
		{ "and so on", 21600, 5, 0, 4320, 5280 },
		{ "but once a day", 21600, 40, 0, 77760, 95040 },
		{ "a weekly source no more often than weekly in the end", 604800, 30, 0, 544320, 665280 },
		{ "one looked at each minute is no exception", 60, 1, 0, 54, 66 },
		{ "who says when to come back is heard", 21600, 1, 7200, 7200, 7200 },
		{ "also after success", 3600, 0, 9000, 9000, 9000 },
	};
	uint32_t r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		for (r = 0; r < 4000000000u; r += 99999999u) {
			int64_t wait = source_wait_s(row[i].every, row[i].failures, row[i].after, r);

			CHECK_ROW(row[i].why, wait >= row[i].low && wait <= row[i].high);
		}
}

static void
test_host(void **state)
{
	static const struct { const char *why, *url, *host; } row[] = {
		{ "a secret path is not shown", "https://a.example.org/private-1234/basic.ics", "a.example.org" },
		{ "nor a query", "http://a.example.org:81?key=1", "a.example.org:81" },
		{ "a bare host", "https://a.example.org", "a.example.org" },
		{ "the name of a file", "lieux.csv", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, span_is(source_host(row[i].url), row[i].host));
}

static void
test_states_are_named(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i < SOURCE__COUNT; i++)
		for (k = 0; k < i; k++)
			CHECK_ROW(source_state_name((enum source_state)i), strcmp(source_state_name((enum source_state)i),
			    source_state_name((enum source_state)k)) != 0);
	assert_false(source_state_is_failure(SOURCE_ASKS));
	assert_true(source_state_is_failure(SOURCE_EMPTY));
	assert_string_equal(source_state_name(SOURCE__COUNT), "");
}

/* --- whose is each field ----------------------------------------------------------------------------- */

static void
test_merge(void **state)
{
	static const struct { const char *why, *base, *ours, *theirs, *merged, *asked; } row[] = {
		{ "nobody changed anything", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "" },
		{ "the source changed", "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}", "{\"a\":3,\"b\":2}", "{\"a\":3,\"b\":2}", "" },
		{ "we changed", "{\"a\":1,\"b\":2}", "{\"a\":9,\"b\":2}", "{\"a\":1,\"b\":2}", "{\"a\":9,\"b\":2}", "" },
		{ "each another field", "{\"a\":1,\"b\":2}", "{\"a\":9,\"b\":2}", "{\"a\":1,\"b\":7}", "{\"a\":9,\"b\":7}", "" },
		{ "both the same field differently", "{\"a\":1,\"b\":2}", "{\"a\":9,\"b\":2}", "{\"a\":8,\"b\":7}",
		  "{\"a\":9,\"b\":7}", "a" },
		{ "both to the same value", "{\"a\":1}", "{\"a\":5}", "{\"a\":5}", "{\"a\":5}", "" },
		{ "we added", "{}", "{\"a\":1}", "{}", "{\"a\":1}", "" },
		{ "they added", "{\"b\":1}", "{\"b\":1}", "{\"a\":1,\"b\":1}", "{\"a\":1,\"b\":1}", "" },
		{ "we took away, they kept", "{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"a\":1,\"b\":1}", "{\"b\":1}", "" },
		{ "they took away, we kept", "{\"a\":1,\"b\":1}", "{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"b\":1}", "" },
		{ "we took away what they changed", "{\"a\":1}", "{}", "{\"a\":2}", "{}", "a" },
		{ "we changed what they took away", "{\"a\":1}", "{\"a\":2}", "{}", "{\"a\":2}", "a" },
		{ "both added differently", "{}", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "a" },
		{ "half a position is no position", "{\"lat_e7\":1,\"lon_e7\":1}", "{\"lat_e7\":2,\"lon_e7\":1}",
		  "{\"lat_e7\":1,\"lon_e7\":5}", "{\"lat_e7\":2,\"lon_e7\":1}", "lat_e7 lon_e7" },
		{ "a whole one moves", "{\"lat_e7\":1,\"lon_e7\":1,\"n\":1}", "{\"lat_e7\":1,\"lon_e7\":1,\"n\":2}",
		  "{\"lat_e7\":4,\"lon_e7\":4,\"n\":1}", "{\"lat_e7\":4,\"lon_e7\":4,\"n\":2}", "" },
		{ "lists are one value", "{\"l\":[1,2]}", "{\"l\":[1,2]}", "{\"l\":[2,1]}", "{\"l\":[2,1]}", "" },
		{ "names with escapes are names too", "{\"a\\\"b\":1}", "{\"a\\\"b\":2}", "{\"a\\\"b\":3}", "{\"a\\\"b\":2}",
		  "a\\\"b" },
	};
	struct fields_merged m = FIELDS_MERGED_INIT(4096);
	struct buf base = BUF_INIT(4096), asked = BUF_INIT(4096);
	struct err e;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&base);
		buf_reset(&asked);
		assert_int_equal(fields_digest(span_str(row[i].base), &base, &e), 0);
		assert_int_equal(fields_merge(buf_span(&base), span_str(row[i].ours), span_str(row[i].theirs), NULL, 0,
		    &m, &e), 0);
		for (k = 0; k < m.asked_count; k++)
			assert_int_equal(buf_addf(&asked, &e, "%s%.*s", k > 0 ? " " : "", (int)m.asked[k].name.len,
			    m.asked[k].name.ptr), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&m.content), row[i].merged));
		CHECK_ROW(row[i].why, span_is(buf_span(&asked), row[i].asked));
		/* The same answer once more changes nothing and asks the same. */
		buf_reset(&base);
		assert_int_equal(buf_addspan(&base, buf_span(&m.digest), &e), 0);
		assert_int_equal(buf_addspan(&asked, buf_span(&m.content), &e), 0);
		k = m.asked_count;
		assert_int_equal(fields_merge(buf_span(&base), span_str(row[i].merged), span_str(row[i].theirs), NULL,
		    0, &m, &e), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&m.content), row[i].merged) && m.asked_count == k);
	}
	buf_clear(&base);
	buf_clear(&asked);
	fields_merged_clear(&m);
}

/* What was decided is no question again until the source says something new. */
static void
test_decided_is_remembered(void **state)
{
	static const struct { const char *why; int theirs; const char *decided, *next, *later; int asked; } row[] = {
		{ "ours, and they say the same again", 0, "{\"a\":2,\"b\":7}", "{\"a\":3,\"b\":7}", "{\"a\":2,\"b\":7}", 0 },
		{ "ours, and they change another field", 0, "{\"a\":2,\"b\":7}", "{\"a\":3,\"b\":8}", "{\"a\":2,\"b\":8}", 0 },
		{ "ours, and they change it again", 0, "{\"a\":2,\"b\":7}", "{\"a\":4,\"b\":7}", "{\"a\":2,\"b\":7}", 1 },
		{ "theirs, and they change it again", 1, "{\"a\":3,\"b\":7}", "{\"a\":4,\"b\":7}", "{\"a\":4,\"b\":7}", 0 },
	};
	const struct span ours = SPAN("{\"a\":2,\"b\":7}"), theirs = SPAN("{\"a\":3,\"b\":7}");
	struct fields_merged m = FIELDS_MERGED_INIT(4096);
	struct buf base = BUF_INIT(4096);
	struct field_choice choice = { SPAN("a"), 0 };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		choice.theirs = row[i].theirs;
		buf_reset(&base);
		assert_int_equal(fields_digest(SPAN("{\"a\":1,\"b\":7}"), &base, &e), 0);
		assert_int_equal(fields_merge(buf_span(&base), ours, theirs, &choice, 1, &m, &e), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&m.content), row[i].decided) && m.asked_count == 0);
		buf_reset(&base);
		assert_int_equal(buf_addspan(&base, buf_span(&m.digest), &e), 0);
		assert_int_equal(fields_merge(buf_span(&base), span_str(row[i].decided), span_str(row[i].next), NULL, 0,
		    &m, &e), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&m.content), row[i].later));
		CHECK_ROW(row[i].why, (int)m.asked_count == row[i].asked);
	}
	buf_clear(&base);
	fields_merged_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_states_are_named),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_decided_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
