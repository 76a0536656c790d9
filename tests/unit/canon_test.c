/* SPDX-License-Identifier: AGPL-3.0-or-later
 * canon_test.c - canonical or refused, and what is read from bytes that passed. */
#include "tests/unit/test.h"

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"

#define T(literal) { (literal), sizeof(literal) - 1 }

struct text {
	const char *ptr;
	size_t len;
};

static struct span
of(struct text t)
{
	return (struct span){ t.ptr, t.len };
}

static void
canonical(void **state)
{
	static const struct { const char *why; struct text in; } row[] = {
		{ "an empty object", T("{}") },
		{ "an empty array", T("[]") },
		{ "words", T("[true,false,null]") },
		{ "integers", T("[0,-1,1,9007199254740991,-9007199254740991]") },
		{ "an empty name", T("{\"\":{\"\":[]}}") },
		{ "a name before its extension", T("{\"a\":1,\"aa\":1,\"b\":1}") },
		{ "capitals first", T("{\"B\":1,\"a\":1}") },
		{ "a control before a letter", T("{\"\\n\":1,\"\\r\":1,\"\\u001f\":1,\" \":1}") },
		{ "an escaped quote after !", T("{\"!\":1,\"\\\"\":1,\"#\":1}") },
		{ "a backslash between [ and ]", T("{\"[\":1,\"\\\\\":1,\"]\":1}") },
		{ "a backslash before a longer one", T("{\"\\\\\":1,\"\\\\\\\\\":1}") },
		{ "UTF-16 order: U+10000 before U+FB33", T("{\"\xf0\x90\x80\x80\":1,\"\xef\xac\xb3\":1}") },
		{ "UTF-16 order: U+D7FF before U+10000", T("{\"\xed\x9f\xbf\":1,\"\xf0\x90\x80\x80\":1}") },
		{ "UTF-16 order: U+10FFFF before U+E000", T("{\"\xf4\x8f\xbf\xbf\":1,\"\xee\x80\x80\":1}") },
		{ "UTF-16 order beside an escape", T("{\"\\n\xf0\x90\x80\x80\":1,\"\\n\xef\xac\xb3\":1}") },
		{ "each object has its own order", T("[{\"b\":{\"a\":1}},{\"a\":1}]") },
		{ "the escapes canonical form writes", T("\"\\b\\t\\n\\f\\r\\\"\\\\\\u0001\\u000b\\u001f\"") },
		{ "DEL, slash and C1 controls are not escaped", T("\"\x7f/\xc2\x80\"") },
		{ "the ends of UTF-8", T("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"
		  "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"") },
		{ "white space inside a string", T("\"a b c d e f g h\"") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };

		if (canon_check(of(row[i].in), CANON_RECORD, &e) == -1)
			fail_msg("%s: %s", row[i].why, e.text);
		CHECK_ROW(row[i].why, canon_check(of(row[i].in), CANON_DOCUMENT, &e) == 0);
	}
}

/* Refused as a record; at is the byte the message names, doc says whether a document may have it. */
static void
refused(void **state)
{
	static const struct { const char *why; struct text in; int at, doc; } row[] = {
		{ "nothing", T(""), 0, 0 },
		{ "a byte order mark", T("\xef\xbb\xbf{}"), 0, 0 },
		{ "white space before", T(" {}"), 0, 0 },
		{ "white space after", T("{}\n"), 2, 0 },
		{ "white space in an object", T("{ }"), 1, 0 },
		{ "white space after a colon", T("{\"a\": 1}"), 5, 0 },
		{ "white space after a comma", T("[1, 2]"), 3, 0 },
		{ "white space before a comma", T("[1 ,2]"), 2, 0 },
		{ "two values", T("{}{}"), 2, 0 },
		{ "an object not closed", T("{\"a\":1"), 6, 0 },
		{ "closed by the other bracket", T("{\"a\":1]"), 6, 0 },
		{ "an array closed by a brace", T("[1}"), 2, 0 },
		{ "closed twice", T("[]]"), 2, 0 },
		{ "a trailing comma in an array", T("[1,]"), 3, 0 },
		{ "a trailing comma in an object", T("{\"a\":1,}"), 7, 0 },
		{ "a comma alone", T("[,1]"), 1, 0 },
		{ "no colon", T("{\"a\"1}"), 4, 0 },
		{ "no value", T("{\"a\":}"), 5, 0 },
		{ "a name that is no string", T("{1:1}"), 1, 0 },
		{ "names out of order", T("{\"b\":1,\"a\":1}"), 7, 0 },
		{ "a name twice", T("{\"a\":1,\"a\":1}"), 7, 0 },
		{ "a name twice, escaped", T("{\"\\n\":1,\"\\n\":1}"), 8, 0 },
		{ "the longer name first", T("{\"aa\":1,\"a\":1}"), 8, 0 },
		{ "order by the escape's letters", T("{\"a\":1,\"\\n\":1}"), 7, 0 },
		{ "UTF-8 order instead of UTF-16", T("{\"\xef\xac\xb3\":1,\"\xf0\x90\x80\x80\":1}"), 9, 0 },
		{ "a string not closed", T("\"abc"), 4, 0 },
		{ "an escape not ended", T("\"abc\\"), 4, 0 },
		{ "a needless escape", T("\"\\/\""), 1, 0 },
		{ "an escaped letter", T("\"ab\\u0061\""), 3, 0 },
		{ "a short escape written long", T("\"\\u000a\""), 1, 0 },
		{ "hex in capitals", T("\"\\u001F\""), 1, 0 },
		{ "U+0000 escaped", T("\"\\u0000\""), 1, 0 },
		{ "DEL escaped", T("\"\\u007f\""), 1, 0 },
		{ "an escaped surrogate pair", T("\"\\ud83d\\ude02\""), 1, 0 },
		{ "an escape of no name", T("\"\\v\""), 1, 0 },
		{ "an escape cut short", T("\"\\u00\""), 1, 0 },
		{ "U+0000 raw", T("\"\0\""), 1, 0 },
		{ "a raw line end", T("\"a\nb\""), 2, 0 },
		{ "a raw control, far in", T("\"0123456789abcdef\x1f\""), 17, 0 },
		{ "a continuation byte alone", T("\"\x80\""), 1, 0 },
		{ "a sequence cut short", T("\"\xc3\""), 1, 0 },
		{ "overlong in two", T("\"\xc1\xbf\""), 1, 0 },
		{ "overlong in three", T("\"\xe0\x9f\xbf\""), 1, 0 },
		{ "overlong in four", T("\"\xf0\x8f\xbf\xbf\""), 1, 0 },
		{ "a surrogate", T("\"\xed\xa0\x80\""), 1, 0 },
		{ "past U+10FFFF", T("\"\xf4\x90\x80\x80\""), 1, 0 },
		{ "five bytes", T("\"\xf8\x88\x80\x80\x80\""), 1, 0 },
		{ "minus zero", T("[-0]"), 1, 0 },
		{ "a leading zero", T("[01]"), 1, 0 },
		{ "a plus sign", T("[+1]"), 1, 0 },
		{ "a minus alone", T("[-]"), 1, 0 },
		{ "a whole fraction", T("[1.0]"), 1, 0 },
		{ "a needless exponent", T("[1e3]"), 1, 0 },
		{ "2^53 in a record", T("[9007199254740992]"), 1, 1 },
		{ "-2^53 in a record", T("[-9007199254740992]"), 1, 1 },
		{ "not a double", T("[9007199254740993]"), 1, 0 },
		{ "twenty digits", T("[10000000000000000000]"), 1, 1 },
		{ "a fraction in a record", T("[0.5]"), 1, 1 },
		{ "an exponent in a record", T("[1e+30]"), 1, 1 },
		{ "a double not in its shortest form", T("[0.50]"), 1, 0 },
		{ "beyond a double", T("[1e+400]"), 1, 0 },
		{ "a word cut short", T("tru"), 0, 0 },
		{ "a word run on", T("truer"), 4, 0 },
		{ "a word in capitals", T("[True]"), 1, 0 },
		{ "not a number", T("[NaN]"), 1, 0 },
		{ "a comment", T("/**/1"), 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		char place[40];

		CHECK_ROW(row[i].why, canon_check(of(row[i].in), CANON_RECORD, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
		snprintf(place, sizeof place, "not canonical at byte %d: ", row[i].at);
		if (strncmp(e.text, place, strlen(place)) != 0)
			fail_msg("%s: %s", row[i].why, e.text);
		CHECK_ROW(row[i].why, (canon_check(of(row[i].in), CANON_DOCUMENT, &e) == 0) == row[i].doc);
	}
}

/* Strings are read eight bytes at a time where they can be: what is refused is refused in any place. */
static void
any_place(void **state)
{
	static const char bad[] = { '\0', '\x01', '\x1f', '\x80', '\xc0', '\xff', '\\' };
	char text[34];
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof bad; i++) {
		for (at = 1; at < sizeof text - 2; at++) {
			struct span s = { text, sizeof text };
			struct err e = { 0 };
			char place[40];

			memset(text, '~', sizeof text);
			text[0] = text[sizeof text - 1] = '"';
			CHECK(canon_check(s, CANON_RECORD, &e) == 0);
			text[at] = bad[i];
			CHECK(canon_check(s, CANON_RECORD, &e) == -1);
			snprintf(place, sizeof place, "not canonical at byte %zu: ", at);
			CHECK_ROW(e.text, strncmp(e.text, place, strlen(place)) == 0);
			text[at] = '"';
			CHECK_ROW("a quote ends it", canon_check(s, CANON_RECORD, &e) == -1);
		}
	}
}

static void
depth(void **state)
{
	const struct canon_limits three = { .depth_max = 3 }, none = { .depth_max = 0 };
	struct err e = { 0 };

	(void)state;
	CHECK(canon_check(SPAN("[{\"a\":[1]}]"), three, &e) == 0);
	CHECK(canon_check(SPAN("[[[]],[[]]]"), three, &e) == 0);
	CHECK(canon_check(SPAN("[{\"a\":[[]]}]"), three, &e) == -1 && e.code == ERR_LIMIT);
	CHECK(canon_check(SPAN("[{\"a\":[{\"b\":1}]}]"), three, &e) == -1 && e.code == ERR_LIMIT);
	CHECK(canon_check(SPAN("1"), none, &e) == 0);
	CHECK(canon_check(SPAN("[]"), none, &e) == -1 && e.code == ERR_LIMIT);
}

static const char sample[] = "{\"\\n\\\"\":\"\\\\\",\"a\":[1,[],{\"b\":\"]}\"},\"\\\"\",true],\"b\":false,"
			     "\"n\":-12,\"s\":\"t\xc3\xa9\\u0001\\\"x\\n\",\"z\":null}";

static void
walk_object(void **state)
{
	static const struct { const char *key, *value; } want[] = {
		{ "\\n\\\"", "\"\\\\\"" },
		{ "a", "[1,[],{\"b\":\"]}\"},\"\\\"\",true]" },
		{ "b", "false" },
		{ "n", "-12" },
		{ "s", "\"t\xc3\xa9\\u0001\\\"x\\n\"" },
		{ "z", "null" },
	};
	struct span key, value;
	struct canon_iter it;
	struct err e = { 0 };
	size_t i;

	(void)state;
	CHECK(canon_check(SPAN(sample), CANON_RECORD, &e) == 0);
	canon_object(SPAN(sample), &it);
	for (i = 0; i < COUNT(want); i++) {
		CHECK_ROW(want[i].key, canon_next(&it, &key, &value));
		CHECK_ROW(want[i].key, span_is(key, want[i].key) && span_is(value, want[i].value));
	}
	CHECK(!canon_next(&it, &key, &value));
}

static void
walk_array(void **state)
{
	static const char *const want[] = { "1", "[]", "{\"b\":\"]}\"}", "\"\\\"\"", "true" };
	struct span array, value;
	struct canon_iter it;
	size_t i;

	(void)state;
	CHECK(canon_get(SPAN(sample), "a", &array));
	canon_array(array, &it);
	for (i = 0; i < COUNT(want); i++)
		CHECK_ROW(want[i], canon_item(&it, &value) && span_is(value, want[i]));
	CHECK(!canon_item(&it, &value));
	canon_array(SPAN("[]"), &it);
	CHECK(!canon_item(&it, &value));
	canon_object(SPAN("{}"), &it);
	CHECK(!canon_next(&it, &array, &value));
	canon_object(array, &it);
	CHECK(!canon_next(&it, &array, &value));
}

static void
typed_readers(void **state)
{
	struct buf text = BUF_INIT(64);
	struct span v = { 0 };
	struct err e = { 0 };
	int64_t n = 7;
	int yes = 7;

	(void)state;
	CHECK(canon_get(SPAN(sample), "n", &v) && canon_int(v, &n) && n == -12);
	CHECK(!canon_is_string(v) && !canon_bool(v, &yes) && !canon_plain(v, &v) && yes == 7);
	CHECK(canon_string(v, &text, &e) == -1 && e.code == ERR_INPUT);
	CHECK(canon_get(SPAN(sample), "b", &v) && canon_bool(v, &yes) && yes == 0);
	CHECK(!canon_int(v, &n) && n == -12);
	CHECK(canon_bool(SPAN("true"), &yes) && yes == 1);
	CHECK(canon_get(SPAN(sample), "s", &v) && canon_is_string(v) && !canon_plain(v, &v));
	CHECK(canon_string(v, &text, &e) == 0);
	assert_string_equal(text.ptr, "t\xc3\xa9\x01\"x\n");
	CHECK(canon_plain(SPAN("\"t\xc3\xa9\""), &v) && span_is(v, "t\xc3\xa9"));
	CHECK(canon_plain(SPAN("\"\""), &v) && v.len == 0);
	CHECK(canon_is_object(SPAN("{}")) && !canon_is_object(SPAN("[]")));
	CHECK(canon_is_array(SPAN("[]")) && !canon_is_array(SPAN("{}")));
	CHECK(!canon_get(SPAN(sample), "c", &v) && !canon_get(SPAN("[]"), "a", &v));
	CHECK(canon_int(SPAN("9007199254740991"), &n) && n == INTEGER_MAX);
	CHECK(!canon_int(SPAN("9007199254740992"), &n) && !canon_int(SPAN("0.5"), &n));
	buf_clear(&text);
}

static void
too_small_for_the_text(void **state)
{
	struct buf text = BUF_INIT(2);
	struct err e = { 0 };

	(void)state;
	CHECK(canon_string(SPAN("\"abc\""), &text, &e) == -1 && e.code == ERR_LIMIT);
	buf_clear(&text);
}

/* Every single-byte change, insertion and removal of a record: canon_check takes it if and only if it
 * is its own canonical form. */
static void
check_edited(const char *bytes, size_t len)
{
	struct buf again = BUF_INIT(1024);
	struct span s = { bytes, len };
	struct err e = { 0 };
	int is = canon_check(s, CANON_DOCUMENT, &e) == 0;
	int own = jcs_canonicalize(s, &again, &e) == 0 && span_eq(s, buf_span(&again));

	if (is != own)
		fail_msg("canon_check says %d, jcs_canonicalize %d: %.*s", is, own, (int)len, bytes);
	buf_clear(&again);
}

static void
every_edit(void **state)
{
	static const char text[] = "{\"\\n\":\"\\\\\xc3\xa9\",\"a\":[1,-20,{\"b\":\"]\"}],\"ab\":0.5,"
				   "\"\xf0\x9f\x98\x82\":true,\"\xef\xac\xb3\":\"\\u001f\"}";
	char edited[sizeof text + 1];
	size_t len = sizeof text - 1, i;
	int c;

	(void)state;
	check_edited(text, len);
	for (i = 0; i < len; i++) {
		memcpy(edited, text, i);
		memcpy(edited + i, text + i + 1, len - i - 1);
		check_edited(edited, len - 1);
		for (c = 0; c < 256; c++) {
			memcpy(edited, text, len);
			edited[i] = (char)c;
			check_edited(edited, len);
			memcpy(edited + i + 1, text + i, len - i);
			check_edited(edited, len + 1);
		}
	}
}

static void
order(void **state)
{
	static const struct { const char *why, *a, *b; int want; } row[] = {
		{ "equal", "a", "a", 0 },
		{ "both empty", "", "", 0 },
		{ "prefix first", "a", "ab", -1 },
		{ "by unit", "é", "z", 1 },
		{ "surrogates below U+E000", "\xf0\x90\x80\x80", "\xee\x80\x80", -1 },
		{ "surrogates above U+D7FF", "\xf0\x90\x80\x80", "\xed\x9f\xbf", 1 },
		{ "both beyond the plane", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", -1 },
		{ "both in the private area", "\xee\x80\x80", "\xef\xbf\xbf", -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct span a = span_str(row[i].a), b = span_str(row[i].b);

		CHECK_ROW(row[i].why, utf16_order(a, b) == row[i].want);
		CHECK_ROW(row[i].why, utf16_order(b, a) == -row[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(canonical),
		cmocka_unit_test(refused),
		cmocka_unit_test(any_place),
		cmocka_unit_test(depth),
		cmocka_unit_test(walk_object),
		cmocka_unit_test(walk_array),
		cmocka_unit_test(typed_readers),
		cmocka_unit_test(too_small_for_the_text),
		cmocka_unit_test(every_edit),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
