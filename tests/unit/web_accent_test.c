/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_accent_test.c - whatever colour an operator chooses, words in it and on it can be read, by day and by
 * night.
 */
#include "tests/unit/test.h"

#include <math.h>

#include "node/web/accent.h"
#include "proto/buf.h"
#include "proto/err.h"

/* Relative luminance and contrast as WCAG 2.2 defines them, of "#rrggbb". */
static double
luminance(const char *hex)
{
	static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
	double sum = 0;
	int i;

	for (i = 0; i < 3; i++) {
		char pair[3] = { hex[1 + 2 * i], hex[2 + 2 * i], '\0' };
		double c = (double)strtol(pair, NULL, 16) / 255;

		sum += weight[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double
contrast(const char *a, const char *b)
{
	double x = luminance(a), y = luminance(b);

	return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

/* The value of a property in the first (day) or second (night) rule. */
static const char *
value(const char *css, const char *property, int night)
{
	const char *at = strstr(css, property);

	if (night)
		at = strstr(at + 1, property);
	assert_non_null(at);
	return at + strlen(property);
}

static void
test_every_colour_can_be_read(void **state)
{
	static const struct { const char *why, *colour; } row[] = {
		{ "the palest", "#ffffff" }, { "the darkest", "#000000" }, { "yellow", "#ffff00" },
		{ "red", "#ff0000" }, { "blue", "#0000ff" }, { "lime", "#00FF00" }, { "grey", "#808080" },
		{ "the usual green", "#1d6548" }, { "pink", "#ffc0cb" }, { "violet", "#8a2be2" },
	};
	/* the grounds of style.css: page, sheet */
	static const char *const ground[2][2] = { { "#fbf8f1", "#fffefb" }, { "#1a1917", "#242220" } };
	struct buf css = BUF_INIT(4096);
	struct err e = { .code = ERR_NONE };
	size_t i;
	int night, k;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&css);
		assert_int_equal(accent_css(row[i].colour, &css, &e), 0);
		for (night = 0; night < 2; night++) {
			const char *green = value(css.ptr, "--green: ", night);

			CHECK_ROW(row[i].why, contrast(green, value(css.ptr, "--green-ink: ", night)) >= 4.5);
			CHECK_ROW(row[i].why, contrast(green, value(css.ptr, "--wash: ", night)) >= 4.5);
			for (k = 0; k < 2; k++)
				CHECK_ROW(row[i].why, contrast(green, ground[night][k]) >= 4.5);
		}
	}
	buf_clear(&css);
}

static void
test_a_good_colour_stays(void **state)
{
	struct buf css = BUF_INIT(4096);
	struct err e;

	(void)state;
	assert_int_equal(accent_css("#1d6548", &css, &e), 0);
	assert_memory_equal(value(css.ptr, "--green: ", 0), "#1d6548", 7);
	buf_clear(&css);
}

static void
test_what_is_no_colour(void **state)
{
	static const char *const text[] = { "", "green", "#12345", "#1234567", "#12345g", "123456#", "#+1+2+3",
		"#000; }" };
	struct buf css = BUF_INIT(4096);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(text); i++) {
		struct err e = { .code = ERR_NONE };

		CHECK_ROW(text[i], accent_css(text[i], &css, &e) == -1 && e.code == ERR_INPUT && css.len == 0);
	}
	buf_clear(&css);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_every_colour_can_be_read),
		cmocka_unit_test(test_a_good_colour_stays),
		cmocka_unit_test(test_what_is_no_colour),
	};

	return cmocka_run_group_tests_name("web accent", test, NULL, NULL);
}
