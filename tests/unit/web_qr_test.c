/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_qr_test.c - a QR code's path draws the modules that readers look for, and its file is XML.
 */
#include "tests/unit/test.h"

#include <libxml/parser.h>
#include <qrencode.h>

#include "node/web/html.h"
#include "node/web/qr.h"
#include "proto/buf.h"
#include "proto/err.h"

#define SIDE_MAX 200

static int dark[SIDE_MAX][SIDE_MAX];

/* Draw the strokes of a path as a pen would: M and m move, h draws; 0 when it holds anything else. */
static int
draw(const char *path)
{
	int x = 0, y = 0, a, n, used;

	memset(dark, 0, sizeof dark);
	for (; *path != '\0'; path += used) {
		if (sscanf(path, "M%d %d.5h%d%n", &x, &y, &n, &used) != 3) {
			if (sscanf(path, "m%d 0h%d%n", &a, &n, &used) != 2)
				return 0;
			x += a;
		}
		for (; n > 0; n--, x++) {
			if (x < 0 || y < 0 || x >= SIDE_MAX || y >= SIDE_MAX)
				return 0;
			dark[y][x] = 1;
		}
	}
	return 1;
}

static void
test_path_draws_the_modules(void **state)
{
	static const struct { const char *why, *text; } row[] = {
		{ "a short address", "http://a.example/" },
		{ "a record's address", "https://essaim.example.org/i/did:key:z6MkhYAm53Mk3ZfEVJHMLxGAMGeQLo1WpJRkNrYhs65fgC2S"
		    "/initiative/enokboi5ij5gsecw" },
		{ "bytes beyond ASCII", "https://é.example/\"<&" },
	};
	size_t i;
	int x, y;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct arena a = { 0 };
		struct qr q = qr_make(&a, row[i].text);
		QRcode *code = QRcode_encodeString8bit(row[i].text, 0, QR_ECLEVEL_M);

		assert_non_null(code);
		CHECK_ROW(row[i].why, q.path != NULL && q.size == code->width + 2 * QR_QUIET && draw(q.path));
		for (y = 0; y < q.size; y++)
			for (x = 0; x < q.size; x++) {
				int cx = x - QR_QUIET, cy = y - QR_QUIET, in = cx >= 0 && cy >= 0 &&
				    cx < code->width && cy < code->width;

				CHECK_ROW(row[i].why, dark[y][x] == (in && (code->data[cy * code->width + cx] & 1)));
			}
		QRcode_free(code);
		arena_clear(&a);
	}
}

static void
test_what_has_no_code(void **state)
{
	static char longest[QR_TEXT_BYTES_MAX + 1], longer[QR_TEXT_BYTES_MAX + 2];
	struct buf out = BUF_INIT(64 * 1024);
	struct arena a = { 0 };
	struct err e;

	(void)state;
	memset(longest, 'x', sizeof longest - 1);
	memset(longer, 'x', sizeof longer - 1);
	assert_null(qr_make(&a, "").path);
	assert_non_null(qr_make(&a, longest).path);
	assert_null(qr_make(&a, longer).path);
	assert_int_equal(qr_svg(&a, longer, &out, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_clear(&out);
	arena_clear(&a);
}

static void
test_file_is_xml(void **state)
{
	struct buf out = BUF_INIT(64 * 1024);
	struct arena a = { 0 };
	struct err e;
	xmlDoc *doc;

	(void)state;
	assert_int_equal(qr_svg(&a, "https://essaim.example.org/\"><script>", &out, &e), 0);
	doc = xmlReadMemory(out.ptr, (int)out.len, "qr.svg", NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_string_equal((const char *)xmlDocGetRootElement(doc)->name, "svg");
	assert_int_equal(xmlChildElementCount(xmlDocGetRootElement(doc)), 2);
	xmlFreeDoc(doc);
	buf_clear(&out);
	arena_clear(&a);
}

static void
test_data_cannot_end_its_element(void **state)
{
	static const struct { const char *why, *text, *is; } row[] = {
		{ "an end tag", "{\"a\":\"</script><b>\"}", "{\"a\":\"\\u003c/script\\u003e\\u003cb\\u003e\"}" },
		{ "a comment that would swallow the end", "\"<!--<script>\"", "\"\\u003c!--\\u003cscript\\u003e\"" },
		{ "an entity", "\"&lt;\"", "\"\\u0026lt;\"" },
		{ "nothing to change", "{\"a\":[1,\"é\\\\\"]}", "{\"a\":[1,\"é\\\\\"]}" },
		{ "nothing", NULL, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf out = BUF_INIT(1024);
		struct err e;

		CHECK_ROW(row[i].why, html_data(&out, row[i].text, &e) == 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&out), row[i].is));
		buf_clear(&out);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_draws_the_modules),
		cmocka_unit_test(test_what_has_no_code),
		cmocka_unit_test(test_file_is_xml),
		cmocka_unit_test(test_data_cannot_end_its_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
