/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jcs_test.c - canonical JSON as RFC 8785 publishes it, and plain words for what it refuses. */
#include "tests/unit/test.h"

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"

static double
double_of(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

static const struct { const char *why; uint64_t bits; const char *text; } number[] = {
	/* RFC 8785 appendix B */
	{ "zero", 0x0000000000000000, "0" },
	{ "minus zero", 0x8000000000000000, "0" },
	{ "the least positive", 0x0000000000000001, "5e-324" },
	{ "the greatest negative", 0x8000000000000001, "-5e-324" },
	{ "the greatest", 0x7fefffffffffffff, "1.7976931348623157e+308" },
	{ "the least", 0xffefffffffffffff, "-1.7976931348623157e+308" },
	{ "2^53", 0x4340000000000000, "9007199254740992" },
	{ "-2^53", 0xc340000000000000, "-9007199254740992" },
	{ "about 2^68", 0x4430000000000000, "295147905179352830000" },
	{ "below 1e23", 0x44b52d02c7e14af5, "9.999999999999997e+22" },
	{ "1e23", 0x44b52d02c7e14af6, "1e+23" },
	{ "above 1e23", 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
	{ "well below 1e21", 0x444b1ae4d6e2ef4e, "999999999999999700000" },
	{ "just below 1e21", 0x444b1ae4d6e2ef4f, "999999999999999900000" },
	{ "1e21", 0x444b1ae4d6e2ef50, "1e+21" },
	{ "just below 1e-6", 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
	{ "1e-6", 0x3eb0c6f7a0b5ed8d, "0.000001" },
	{ "thirds 1", 0x41b3de4355555553, "333333333.3333332" },
	{ "thirds 2", 0x41b3de4355555554, "333333333.33333325" },
	{ "thirds 3", 0x41b3de4355555555, "333333333.3333333" },
	{ "thirds 4", 0x41b3de4355555556, "333333333.3333334" },
	{ "thirds 5", 0x41b3de4355555557, "333333333.33333343" },
	{ "a small negative", 0xbecbf647612f3696, "-0.0000033333333333333333" },
	{ "half-way rounds to even", 0x43143ff3c1cb0959, "1424953923781206.2" },
	/* ours */
	{ "2^-44: the nearest 16 digits do not read back, the next do", 0x3d30000000000000,
	  "5.684341886080802e-14" },
	{ "2^-1022, the least normal", 0x0010000000000000, "2.2250738585072014e-308" },
	{ "the greatest subnormal", 0x000fffffffffffff, "2.225073858507201e-308" },
	{ "one digit after the point", 0x3fe0000000000000, "0.5" },
	{ "an exponent without a fraction", 0x46293e5939a08cea, "1e+30" },
};

static void
numbers(void **state)
{
	char text[JCS_NUMBER_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(number); i++) {
		CHECK_ROW(number[i].why, jcs_number(double_of(number[i].bits), text) ==
		    (int)strlen(number[i].text));
		assert_string_equal(text, number[i].text);
		CHECK_ROW(number[i].why, jcs_is_number(span_str(text)));
	}
	CHECK(jcs_number(double_of(0x7ff0000000000000), text) == -1);
	CHECK(jcs_number(double_of(0x7fffffffffffffff), text) == -1);
}

/* Each is a number, and not as ECMAScript writes it. */
static void
number_spellings(void **state)
{
	static const char *const row[] = {
		"-0", "0.0", "1.0", "01", "+1", "1e0", "1E+30", "1e30", "10e+29", "1e+030", ".5", "5.", "0.50",
		"1e-6", "0.0000001", "1e+20", "1000000000000000000000", "9007199254740993", "1e400", "-1e400",
		"0x10", "nan", "inf", "", "-", "e", "1e", "1e+", "1.2.3", "0.1000000000000000055511151231257827",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i], !jcs_is_number(span_str(row[i])));
}

static void
published_texts(void **state)
{
	static const struct { const char *why, *in, *out; } row[] = {
		/* test data of RFC 8785's authors */
		{ "arrays", "[\n  56,\n  {\n    \"d\": true,\n    \"10\": null,\n    \"1\": [ ]\n  }\n]\n",
		  "[56,{\"1\":[],\"10\":null,\"d\":true}]" },
		{ "french", "{\n  \"peach\": \"This sorting order\",\n  \"péché\": \"is wrong according to "
		  "French\",\n  \"pêche\": \"but canonicalization MUST\",\n  \"sin\":   \"ignore locale\"\n}",
		  "{\"peach\":\"This sorting order\",\"péché\":\"is wrong according to French\",\"pêche\":"
		  "\"but canonicalization MUST\",\"sin\":\"ignore locale\"}" },
		{ "structures", "{\"1\": {\"f\": {\"f\": \"hi\",\"F\": 5} ,\"\\n\": 56.0},\"10\": { },\"\": "
		  "\"empty\",\"a\": { },\"111\": [ {\"e\": \"yes\",\"E\": \"no\" } ],\"A\": { }}",
		  "{\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},\"10\":{},\"111\":"
		  "[{\"E\":\"no\",\"e\":\"yes\"}],\"A\":{},\"a\":{}}" },
		{ "unicode is not normalised", "{\"Unnormalized Unicode\":\"A\\u030a\"}",
		  "{\"Unnormalized Unicode\":\"A\xcc\x8a\"}" },
		{ "values", "{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, "
		  "0.000000000000000000000000001],\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c"
		  "\\\\\\\"\\/\",\"literals\": [null, true, false]}",
		  "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
		  "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}" },
		{ "weird", "{\"\\u20ac\": \"Euro Sign\",\"\\r\": \"Carriage Return\",\"\\u000a\": \"Newline\","
		  "\"1\": \"One\",\"\\u0080\": \"Control\\u007f\",\"\\ud83d\\ude02\": \"Smiley\",\"\\u00f6\": "
		  "\"Latin Small Letter O With Diaeresis\",\"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\","
		  "\"</script>\": \"Browser Challenge\"}",
		  "{\"\\n\":\"Newline\",\"\\r\":\"Carriage Return\",\"1\":\"One\",\"</script>\":\"Browser "
		  "Challenge\",\"\xc2\x80\":\"Control\x7f\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":"
		  "\"Euro Sign\",\"😂\":\"Smiley\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}" },
		/* ours */
		{ "a value alone", " true ", "true" },
		{ "every short escape", "\"\\b\\t\\n\\f\\r\\\"\\\\\\/\"", "\"\\b\\t\\n\\f\\r\\\"\\\\/\"" },
		{ "other controls in lower case", "\"\\u001F\\u0001\"", "\"\\u001f\\u0001\"" },
		{ "integers past 2^53 are rounded", "[9007199254740993,123456789012345678901234567890]",
		  "[9007199254740992,1.2345678901234568e+29]" },
		{ "minus zero, too small", "[-0,-0.0,1e-400]", "[0,0,0]" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf out = BUF_INIT(4096);
		struct err e = { 0 };

		CHECK_ROW(row[i].why, jcs_canonicalize(span_str(row[i].in), &out, &e) == 0);
		assert_string_equal(out.ptr, row[i].out);
		CHECK_ROW(row[i].why, canon_check(buf_span(&out), CANON_DOCUMENT, &e) == 0);
		buf_clear(&out);
	}
}

static void
refused_texts(void **state)
{
	const struct { const char *why; struct span in; const char *place, *says; } row[] = {
		{ "nothing", SPAN(""), "line 1, column 1", "nothing" },
		{ "a member twice", SPAN("{\"a\":1,\n \"b\":2,\"a\":3}"), "line 2, column", "duplicate" },
		{ "twice by an escape", SPAN("{\"a\":1,\"\\u0061\":3}"), "line 1, column", "duplicate" },
		{ "a lone high surrogate", SPAN("[\"\\ud800\"]"), "line 1, column", "D800" },
		{ "a lone low surrogate", SPAN("[\"\\udc00x\"]"), "line 1, column", "DC00" },
		{ "U+0000 escaped", SPAN("[\n\"\\u0000\"]"), "line 2, column", "U+0000" },
		{ "U+0000 raw", SPAN("[\"\0\"]"), "line 1, column", "" },
		{ "U+0000 in a name", SPAN("{\"a\\u0000\":1}"), "line 1, column", "" },
		{ "not UTF-8", SPAN("[\"\xc3\x28\"]"), "line 1, column", "0xc3" },
		{ "overlong UTF-8", SPAN("[\"\xc0\xaf\"]"), "line 1, column", "0xc0" },
		{ "a surrogate in UTF-8", SPAN("[\"\xed\xa0\x80\"]"), "line 1, column", "0xed" },
		{ "a byte order mark", SPAN("\xef\xbb\xbf{}"), "line 1, column", "" },
		{ "beyond a double", SPAN("[1e400]"), "line 1, column", "overflow" },
		{ "cut short", SPAN("{\"a\":"), "line 1, column", "end of file" },
		{ "two values", SPAN("{}\n{}"), "line 2, column", "end of file expected" },
		{ "a trailing comma", SPAN("[1,]"), "line 1, column", "" },
		{ "single quotes", SPAN("{'a':1}"), "line 1, column", "" },
		{ "a leading zero", SPAN("[01]"), "line 1, column", "" },
		{ "a raw control", SPAN("[\"\x01\"]"), "line 1, column", "" },
		{ "not a number", SPAN("[NaN]"), "line 1, column", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf out = BUF_INIT(4096);
		struct err e = { 0 };

		CHECK_ROW(row[i].why, jcs_canonicalize(row[i].in, &out, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
		CHECK_ROW(e.text, strstr(e.text, row[i].place) == e.text);
		CHECK_ROW(e.text, strstr(e.text, row[i].says) != NULL);
		buf_clear(&out);
	}
}

static void
depth_and_size(void **state)
{
	char deep[2 * (JCS_DEPTH_MAX + 1) + 1];
	struct buf out = BUF_INIT(4096), small = BUF_INIT(8);
	struct err e = { 0 };

	(void)state;
	memset(deep, '[', JCS_DEPTH_MAX + 1);
	memset(deep + JCS_DEPTH_MAX + 1, ']', JCS_DEPTH_MAX + 1);
	deep[sizeof deep - 1] = '\0';
	CHECK(jcs_canonicalize((struct span){ deep + 1, 2 * JCS_DEPTH_MAX }, &out, &e) == 0);
	CHECK(jcs_canonicalize(span_str(deep), &out, &e) == -1);
	CHECK(e.code == ERR_LIMIT);
	assert_string_equal(e.text, "line 1, column 129: nested deeper than 128");
	CHECK(jcs_canonicalize(SPAN("\"[[[\\\"[[[\""), &small, &e) == -1);
	CHECK(e.code == ERR_LIMIT);
	buf_clear(&out);
	buf_clear(&small);
}

static void
brackets_in_strings_are_not_depth(void **state)
{
	char text[JCS_DEPTH_MAX * 2 + 8];
	struct buf out = BUF_INIT(4096);
	struct err e = { 0 };

	(void)state;
	memset(text, '[', sizeof text);
	memcpy(text, "\"\\\"", 3);
	text[sizeof text - 2] = '"';
	text[sizeof text - 1] = '\0';
	CHECK(jcs_canonicalize(span_str(text), &out, &e) == 0);
	assert_string_equal(out.ptr, text);
	buf_clear(&out);
}

/* A value built in memory, as the command line builds one. */
static void
emitted_value(void **state)
{
	json_t *v = json_pack("{s:i, s:[b,n,f], s:{}, s:s#}", "z", -7, "a", 1, 0.5, "é", "m", "x\"y", 3);
	struct buf out = BUF_INIT(4096);
	struct err e = { 0 };

	(void)state;
	CHECK(v != NULL && jcs_emit(v, &out, &e) == 0);
	assert_string_equal(out.ptr, "{\"a\":[true,null,0.5],\"m\":\"x\\\"y\",\"z\":-7,\"é\":{}}");
	json_decref(v);
	buf_reset(&out);
	v = json_stringn("a\0b", 3);
	CHECK(jcs_emit(v, &out, &e) == -1 && e.code == ERR_INPUT);
	json_decref(v);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(number_spellings),
		cmocka_unit_test(published_texts),
		cmocka_unit_test(refused_texts),
		cmocka_unit_test(depth_and_size),
		cmocka_unit_test(brackets_in_strings_are_not_depth),
		cmocka_unit_test(emitted_value),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
