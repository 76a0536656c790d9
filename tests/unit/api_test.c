/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the API is made of: JSON that holds whatever it is given, cursors that are ours alone, a table of routes
 * in which each can be reached. */
#include "node/api/api.h"
#include "node/api/cursor.h"
#include "node/api/emit.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "tests/unit/test.h"

/* --- JSON ------------------------------------------------------------------------------------- */

static void
test_escape(void **state)
{
	static const struct { const char *why, *in, *out; } row[] = {
		{ "plain text", "vélo 日本", "vélo 日本" },
		{ "quotes and backslashes", "a\"b\\c", "a\\\"b\\\\c" },
		{ "newline and tab are short", "a\nb\tc", "a\\nb\\tc" },
		{ "other controls", "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
		{ "bytes that are no text", "a\xff\xc3(", "a\xef\xbf\xbd\xef\xbf\xbd(" },
		{ "half a character at the end", "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a surrogate in UTF-8 is none", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "nothing", "", "" },
	};
	struct buf out = BUF_INIT(4096);
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&out);
		CHECK_ROW(row[i].why, emit_escape(span_str(row[i].in), &out, &e) == 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&out), row[i].out));
	}
	buf_clear(&out);
}

static void
test_emit(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct err e = { 0 };
	struct emit j;

	(void)state;
	emit_start(&j, &out, &e);
	emit_object(&j);
	emit_put_text(&j, "a", "x");
	emit_put_text(&j, "none", NULL);
	emit_key(&j, "list");
	emit_array(&j);
	emit_int(&j, INT64_MIN);
	emit_bool(&j, 1);
	emit_object(&j);
	emit_object_end(&j);
	emit_array(&j);
	emit_array_end(&j);
	emit_raw(&j, SPAN("{\"r\":1}"));
	emit_array_end(&j);
	emit_put_hex(&j, "h", (const uint8_t *)"\x00\xff", 2);
	emit_object_end(&j);
	emit_line(&j);
	emit_null(&j);
	CHECK(emit_end(&j) == 0);
	assert_string_equal(out.ptr, "{\"a\":\"x\",\"none\":null,\"list\":[-9223372036854775808,true,{},[],{\"r\":1}],"
	    "\"h\":\"00ff\"}\nnull");
	buf_clear(&out);
}

/* A failure sticks, whatever is written after it, and nothing is written past it. */
static void
test_emit_full(void **state)
{
	struct buf out = BUF_INIT(16);
	struct err e = { 0 };
	struct emit j;

	(void)state;
	emit_start(&j, &out, &e);
	emit_object(&j);
	emit_put_text(&j, "text", "far too long for so small a buffer");
	emit_object_end(&j);
	CHECK(emit_end(&j) == -1);
	CHECK(e.code == ERR_LIMIT);
	CHECK(out.len <= 16);
	buf_clear(&out);
}

/* --- cursors ------------------------------------------------------------------------------------- */

static void
test_cursor(void **state)
{
	static const char epoch[] = "53446095d02f9a59", did[] = "did:key:z6MkvPAcyswMHxy6b9MdnhaaEetCb3c7sHVnXzKo3i2iL6co";
	char mine[CURSOR_CHARS_MAX + 1];
	const struct { const char *why, *text, *epoch, *author, *kind, *part; int ok; } row[] = {
		{ "its own", mine, epoch, did, NULL, NULL, 1 },
		{ "the beginning", "", epoch, did, NULL, NULL, 1 },
		{ "after a restart", mine, "0000000000000000", did, NULL, NULL, 0 },
		{ "of another author", mine, epoch, NULL, NULL, NULL, 0 },
		{ "of another kind", mine, epoch, did, "offer", NULL, 0 },
		{ "of a part", mine, epoch, did, NULL, ":abcdefgh", 0 },
		{ "author and kind do not run together", mine, epoch, NULL, did, NULL, 0 },
		{ "a probe", "-", epoch, did, NULL, NULL, 0 },
		{ "half of it", "53446095d02f9a59.7", epoch, did, NULL, NULL, 0 },
		{ "a leading zero", "53446095d02f9a59.07.0", epoch, did, NULL, NULL, 0 },
		{ "a sign", "53446095d02f9a59.-7.0", epoch, did, NULL, NULL, 0 },
		{ "too large a number", "53446095d02f9a59.99999999999999999999.0", epoch, did, NULL, NULL, 0 },
	};
	int64_t seq;
	size_t i;

	(void)state;
	cursor_format(epoch, 7, &(struct shelf_filter){ .author = did }, mine);
	for (i = 0; i < COUNT(row); i++) {
		struct shelf_filter f = { .author = row[i].author, .kind = row[i].kind, .part = row[i].part };

		CHECK_ROW(row[i].why, cursor_read(span_str(row[i].text), row[i].epoch, &f, &seq) == row[i].ok);
		if (row[i].ok)
			CHECK_ROW(row[i].why, seq == (row[i].text[0] == '\0' ? 0 : 7));
	}
}

/* --- routes -------------------------------------------------------------------------------------- */

static void
test_routes(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < api_routes.count; i++) {
		const struct route *r = &api_routes.route[i];

		CHECK_ROW(r->pattern, r->handler != NULL && r->summary != NULL && *r->summary != '\0');
		CHECK_ROW(r->pattern, r->method == METHOD_POST || r->body_max == 0);
		for (k = 0; k < i; k++)
			CHECK_ROW(r->pattern, api_routes.route[k].method != r->method ||
			    strcmp(api_routes.route[k].pattern, r->pattern) != 0);
	}
}

static void
test_parameters(void **state)
{
	static const struct { const char *why, *target; int rc; int64_t n; } row[] = {
		{ "a number", "/x?n=12", 0, 12 },
		{ "absent: the fallback", "/x", 0, 5 },
		{ "empty is absent", "/x?n=", 0, 5 },
		{ "below its range", "/x?n=0", -1, 0 },
		{ "above it", "/x?n=101", -1, 0 },
		{ "beyond any number", "/x?n=99999999999999999999", -1, 0 },
		{ "words", "/x?n=ten", -1, 0 },
		{ "a number and more", "/x?n=12a", -1, 0 },
	};
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		struct request req;
		int64_t n;

		assert_int_equal(request_init(&req, METHOD_GET, row[i].target, &arena, &e), 0);
		CHECK_ROW(row[i].why, param_int(&req, "n", 1, 100, 5, &n, &e) == row[i].rc);
		if (row[i].rc == 0)
			CHECK_ROW(row[i].why, n == row[i].n);
		else
			CHECK_ROW(row[i].why, e.code == ERR_USAGE);
	}
	arena_clear(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_emit),
		cmocka_unit_test(test_emit_full),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
