/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a handler sees of a request: decoded paths, queries, forms, cookies and entity tags. */
#include "node/http/request.h"
#include "proto/err.h"
#include "tests/unit/test.h"

static void
test_percent_decode(void **state)
{
	static const struct {
		const char *why, *in, *out;	/* out NULL: refused */
		int plus;
	} table[] = {
		{ "plain text is itself", "abc", "abc", 0 },
		{ "hexadecimal digits of either case", "%c3%A9", "\xc3\xa9", 0 },
		{ "a plus is a space in forms", "a+b", "a b", 1 },
		{ "and a plus in paths", "a+b", "a+b", 0 },
		{ "an encoded plus is a plus", "a%2Bb", "a+b", 1 },
		{ "an encoded percent is not decoded twice", "%2541", "%41", 1 },
		{ "nothing after the sign", "a%", NULL, 0 },
		{ "one digit only", "a%4", NULL, 0 },
		{ "not digits", "%zz", NULL, 0 },
		{ "second digit wrong", "%4g", NULL, 0 },
		{ "an encoded NUL would end the text early", "a%00b", NULL, 0 },
		{ "bytes that are not UTF-8", "%ff", NULL, 0 },
		{ "overlong UTF-8", "%c0%af", NULL, 0 },
		{ "a surrogate", "%ed%a0%80", NULL, 0 },
		{ "nothing", "", "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct err e = { 0 };
		char *out = percent_decode(span_str(table[i].in), table[i].plus, &arena, &e);

		CHECK_ROW(table[i].why, (out == NULL) == (table[i].out == NULL));
		if (out == NULL)
			CHECK_ROW(table[i].why, e.code == ERR_INPUT);
		else
			CHECK_ROW(table[i].why, strcmp(out, table[i].out) == 0);
		arena_clear(&arena);
	}
}

static void
test_target(void **state)
{
	static const struct {
		const char *why, *target;
		enum err_code code;
		const char *path, *query;
		size_t segments;
		const char *last;
	} table[] = {
		{ "the root has no segments", "/", ERR_NONE, "/", "", 0, NULL },
		{ "two segments", "/a/b", ERR_NONE, "/a/b", "", 2, "b" },
		{ "a final slash is an empty segment", "/a/", ERR_NONE, "/a/", "", 2, "" },
		{ "an encoded slash separates nothing", "/a%2Fb", ERR_NONE, "/a/b", "", 1, "a/b" },
		{ "the query is kept as sent", "/a?x=%41&y", ERR_NONE, "/a", "x=%41&y", 1, "a" },
		{ "only the first question mark cuts", "/a?b?c", ERR_NONE, "/a", "b?c", 1, "a" },
		{ "colons of a DID need no encoding", "/i/did:key:z6/k", ERR_NONE,
		    "/i/did:key:z6/k", "", 3, "k" },
		{ "dots are left alone", "/a/../b", ERR_NONE, "/a/../b", "", 3, "b" },
		{ "a bad escape in the path", "/a%2", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "a bad escape in the query", "/a?b=%", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "a NUL in the path", "/a%00", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "absolute form", "http://x/", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "asterisk form", "*", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "nothing", "", ERR_INPUT, NULL, NULL, 0, NULL },
		{ "25 segments", "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5", ERR_INPUT,
		    NULL, NULL, 0, NULL },
		{ "24 segments", "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4", ERR_NONE,
		    "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4", "", 24, "4" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct request req;
		struct err e = { 0 };
		int rc = request_init(&req, METHOD_GET, table[i].target, &arena, &e);

		CHECK_ROW(table[i].why, (rc == 0) == (table[i].code == ERR_NONE));
		CHECK_ROW(table[i].why, e.code == table[i].code);
		if (rc == 0) {
			CHECK_ROW(table[i].why, strcmp(req.path, table[i].path) == 0);
			CHECK_ROW(table[i].why, strcmp(req.raw_query, table[i].query) == 0);
			CHECK_ROW(table[i].why, req.segment_count == table[i].segments);
			if (table[i].last != NULL)
				CHECK_ROW(table[i].why,
				    strcmp(req.segment[req.segment_count - 1], table[i].last) == 0);
		}
		arena_clear(&arena);
	}
}

static void
test_target_too_long(void **state)
{
	char target[TARGET_BYTES_MAX + 2];
	struct arena arena = { 0 };
	struct request req;
	struct err e = { 0 };

	(void)state;
	memset(target, 'a', sizeof target);
	target[0] = '/';
	target[TARGET_BYTES_MAX] = '\0';
	assert_int_equal(request_init(&req, METHOD_GET, target, &arena, &e), 0);
	target[TARGET_BYTES_MAX] = 'a';
	target[TARGET_BYTES_MAX + 1] = '\0';
	assert_int_equal(request_init(&req, METHOD_GET, target, &arena, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	arena_clear(&arena);
}

static void
test_query_fields(void **state)
{
	struct arena arena = { 0 };
	struct request req;
	struct err e = { 0 };
	const char *v;
	size_t i = 0;

	(void)state;
	assert_int_equal(request_init(&req, METHOD_GET,
	    "/c?q=jardin+partag%C3%A9&axis=1&axis=2&&empty=&bare&a%3Db=c%26d", &arena, &e), 0);
	assert_string_equal(request_query(&req, "q"), "jardin partag\xc3\xa9");
	assert_string_equal(request_query(&req, "empty"), "");
	assert_string_equal(request_query(&req, "bare"), "");
	assert_string_equal(request_query(&req, "a=b"), "c&d");
	assert_null(request_query(&req, "absent"));
	assert_int_equal(req.query.count, 6);
	v = fields_next(&req.query, "axis", &i);
	assert_string_equal(v, "1");
	v = fields_next(&req.query, "axis", &i);
	assert_string_equal(v, "2");
	assert_null(fields_next(&req.query, "axis", &i));
	arena_clear(&arena);
}

static void
test_too_many_fields(void **state)
{
	char target[2 + 3 * (QUERY_FIELDS_MAX + 1)];
	struct arena arena = { 0 };
	struct request req;
	struct err e = { 0 };
	size_t i;

	(void)state;
	memcpy(target, "/?", 2);
	for (i = 0; i <= QUERY_FIELDS_MAX; i++)
		memcpy(target + 2 + 3 * i, "a=&", 3);
	target[2 + 3 * QUERY_FIELDS_MAX - 1] = '\0';
	assert_int_equal(request_init(&req, METHOD_GET, target, &arena, &e), 0);
	assert_int_equal(req.query.count, QUERY_FIELDS_MAX);
	target[2 + 3 * QUERY_FIELDS_MAX - 1] = '&';
	target[2 + 3 * (QUERY_FIELDS_MAX + 1) - 1] = '\0';
	assert_int_equal(request_init(&req, METHOD_GET, target, &arena, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	arena_clear(&arena);
}

static void
test_form(void **state)
{
	static const struct {
		const char *why, *type, *body;
		enum err_code code;
		const char *a;
	} table[] = {
		{ "a plain form", "application/x-www-form-urlencoded", "a=1", ERR_NONE, "1" },
		{ "parameters of the type do not matter",
		    "application/x-www-form-urlencoded; charset=UTF-8", "a=%31", ERR_NONE, "1" },
		{ "types know no case", "Application/X-WWW-form-urlencoded", "a=1", ERR_NONE, "1" },
		{ "lines survive", "application/x-www-form-urlencoded", "a=1%0D%0A2", ERR_NONE,
		    "1\r\n2" },
		{ "an empty form", "application/x-www-form-urlencoded", "", ERR_NONE, NULL },
		{ "another type", "application/json", "a=1", ERR_TYPE, NULL },
		{ "a type that only begins alike", "application/x-www-form-urlencoded2", "a=1",
		    ERR_TYPE, NULL },
		{ "no type", NULL, "a=1", ERR_TYPE, NULL },
		{ "a bad escape", "application/x-www-form-urlencoded", "a=%1", ERR_INPUT, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct request req;
		struct fields form = { 0 };
		struct err e = { 0 };
		const char *a;

		assert_int_equal(request_init(&req, METHOD_POST, "/", &arena, &e), 0);
		req.header[HEADER_CONTENT_TYPE] = table[i].type;
		req.body = span_str(table[i].body);
		request_form(&req, &form, &e);
		CHECK_ROW(table[i].why, e.code == table[i].code);
		a = e.code == ERR_NONE ? fields_get(&form, "a") : NULL;
		CHECK_ROW(table[i].why, (a == NULL) == (table[i].a == NULL));
		if (a != NULL)
			CHECK_ROW(table[i].why, strcmp(a, table[i].a) == 0);
		arena_clear(&arena);
	}
}

static void
test_cookie(void **state)
{
	static const struct {
		const char *why, *header, *value;
	} table[] = {
		{ "alone", "s=abc", "abc" },
		{ "among others", "a=1; s=abc; b=2", "abc" },
		{ "the first of two", "s=1; s=2", "1" },
		{ "an equals sign within", "s=a=b", "a=b" },
		{ "quotes are not part of it", "s=\"abc\"", "abc" },
		{ "no space after the semicolon", "a=1;s=abc", "abc" },
		{ "a longer name is another", "ss=1; xs=2", NULL },
		{ "names know case", "S=1", NULL },
		{ "empty", "s=", "" },
		{ "no header", NULL, NULL },
		{ "only separators", ";;;", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct arena arena = { 0 };
		struct request req = { .arena = &arena };
		const char *value;

		req.header[HEADER_COOKIE] = table[i].header;
		value = request_cookie(&req, "s");
		CHECK_ROW(table[i].why, (value == NULL) == (table[i].value == NULL));
		if (value != NULL)
			CHECK_ROW(table[i].why, strcmp(value, table[i].value) == 0);
		arena_clear(&arena);
	}
}

static void
test_matches(void **state)
{
	static const struct {
		const char *why, *header;
		int match;
	} table[] = {
		{ "the tag itself", "\"k1\"", 1 },
		{ "weak comparison", "W/\"k1\"", 1 },
		{ "in a list", "\"a\", \"k1\"", 1 },
		{ "anything", "*", 1 },
		{ "another", "\"k2\"", 0 },
		{ "without quotes it is no tag", "k1", 0 },
		{ "a start is not the whole", "\"k\"", 0 },
		{ "no header", NULL, 0 },
		{ "empty", "", 0 },
		{ "a lone quote", "\"", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct request req = { 0 };

		req.header[HEADER_IF_NONE_MATCH] = table[i].header;
		CHECK_ROW(table[i].why, request_matches(&req, "k1") == table[i].match);
	}
}

static void
test_methods(void **state)
{
	(void)state;
	assert_int_equal(method_parse("GET"), METHOD_GET);
	assert_int_equal(method_parse("HEAD"), METHOD_GET);
	assert_int_equal(method_parse("DELETE"), METHOD_DELETE);
	assert_int_equal(method_parse("get"), METHOD__COUNT);
	assert_int_equal(method_parse("PUT"), METHOD__COUNT);
	assert_string_equal(method_name(METHOD_POST), "POST");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percent_decode),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_target_too_long),
		cmocka_unit_test(test_query_fields),
		cmocka_unit_test(test_too_many_fields),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
