/* SPDX-License-Identifier: AGPL-3.0-or-later
 * When bodies are compressed, and that a small one cannot become a huge one. */
#include "node/http/gzip.h"

#include "proto/err.h"
#include "tests/unit/test.h"

static void
test_accepted(void **state)
{
	static const struct {
		const char *why, *header;
		int yes;
	} table[] = {
		{ "what browsers send", "gzip, deflate, br", 1 },
		{ "coding names know no case", "GZIP", 1 },
		{ "with a weight", "br;q=1.0, gzip;q=0.8", 1 },
		{ "the smallest weight", "gzip;q=0.001", 1 },
		{ "refused", "gzip;q=0", 0 },
		{ "refused at length", "gzip; q=0.000", 0 },
		{ "something else", "br", 0 },
		{ "only the whole name", "xgzip, gzipx", 0 },
		{ "nothing asked for", NULL, 0 },
		{ "asked for none", "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		CHECK_ROW(table[i].why, gzip_is_accepted(table[i].header) == table[i].yes);
}

static void
test_worth(void **state)
{
	static const struct {
		const char *why, *type;
		size_t len;
		int yes;
	} table[] = {
		{ "a page", "text/html; charset=utf-8", 5000, 1 },
		{ "too short", "text/html; charset=utf-8", GZIP_BYTES_MIN - 1, 0 },
		{ "just long enough", "text/css", GZIP_BYTES_MIN, 1 },
		{ "JSON", "application/json", 5000, 1 },
		{ "a JSON of a kind", "application/geo+json", 5000, 1 },
		{ "with a parameter", "application/ld+json; charset=utf-8", 5000, 1 },
		{ "records", "application/x-ndjson", 5000, 1 },
		{ "a feed", "application/atom+xml", 5000, 1 },
		{ "a drawing", "image/svg+xml", 5000, 1 },
		{ "a picture is compressed already", "image/png", 5000, 0 },
		{ "so is a bundle", "application/gzip", 5000, 0 },
		{ "an unknown binary", "application/octet-stream", 5000, 0 },
		{ "JSON only by its end", "application/jsonx", 5000, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++)
		CHECK_ROW(table[i].why, gzip_is_worth(table[i].type, table[i].len) == table[i].yes);
}

static void
test_limit(void **state)
{
	static char zeros[100000];
	struct buf packed = BUF_INIT(1 << 20), plain = BUF_INIT(sizeof zeros - 1);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(gzip_pack((struct span){ zeros, sizeof zeros }, 9, &packed, &e), 0);
	assert_true(packed.len < 200);
	assert_int_equal(gzip_unpack(buf_span(&packed), &plain, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_true(plain.len <= sizeof zeros - 1);
	buf_clear(&plain);

	plain.max = sizeof zeros;
	assert_int_equal(gzip_unpack(buf_span(&packed), &plain, &e), 0);
	assert_int_equal(plain.len, sizeof zeros);
	buf_reset(&plain);
	assert_int_equal(gzip_unpack((struct span){ packed.ptr, packed.len - 1 }, &plain, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	buf_reset(&plain);
	assert_int_equal(gzip_unpack((struct span){ "", 0 }, &plain, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	buf_clear(&packed);
	buf_clear(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_worth),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
