/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A log line stays one line, whatever the values are. */
#include "node/core/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/test.h"

static void
test_escape(void **state)
{
	static const struct {
		const char *why, *in, *out;
	} table[] = {
		{ "plain", "abc 1/2", "abc 1/2" },
		{ "letters of any language", "v\xc3\xa9lo \xe2\x82\xac", "v\xc3\xa9lo \xe2\x82\xac" },
		{ "quotes cannot end the value", "a\"b", "a\\\"b" },
		{ "nor can a backslash hide one", "a\\\"", "a\\\\\\\"" },
		{ "a newline cannot begin a line", "a\nlevel=error", "a\\nlevel=error" },
		{ "nor a carriage return go back", "a\rb", "a\\x0db" },
		{ "nor an escape sequence colour it", "\x1b[31m", "\\x1b[31m" },
		{ "nor its eight-bit form", "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
		{ "nor a line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },
		{ "nor a change of direction", "\xe2\x80\xae" "cba", "\\xe2\\x80\\xaecba" },
		{ "bytes that are not UTF-8", "\xff\xc3", "\\xff\\xc3" },
		{ "nothing", "", "" },
	};
	char out[LOG_VALUE_BYTES_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		int n = log_escape(table[i].in, out, sizeof out);

		CHECK_ROW(table[i].why, strcmp(out, table[i].out) == 0);
		CHECK_ROW(table[i].why, n == (int)strlen(out));
	}
}

static void
test_escape_room(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(log_escape("1234567", out, sizeof out), 7);
	assert_string_equal(out, "1234567");
	assert_int_equal(log_escape("12345678", out, sizeof out), 7);
	assert_string_equal(out, "1234...");
	log_escape("123\n\n\n", out, sizeof out);
	assert_string_equal(out, "123...");	/* an escape is never cut in two */
}

/* Everything written to a log whose level is INFO. */
static size_t
written(char *out, size_t room, enum log_level level, const char *value)
{
	struct log log = { .level = LEVEL_INFO };
	int fd[2];
	ssize_t n;

	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	log.fd = fd[1];
	log_line(&log, level, "gossip", "pulled", "peer", value, "records", LOG_NUM(-12), "none",
	    NULL, NULL);
	n = read(fd[0], out, room - 1);
	close(fd[0]);
	close(fd[1]);
	out[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static void
test_line(void **state)
{
	char out[8192], long_value[5000];

	(void)state;
	written(out, sizeof out, LEVEL_WARN, "http://x\n");
	assert_string_equal(out, "level=warn mod=gossip msg=\"pulled\" peer=\"http://x\\n\" "
	    "records=\"-12\" none=\"\"\n");
	assert_int_equal(written(out, sizeof out, LEVEL_DEBUG, "x"), 0);
	memset(long_value, '\n', sizeof long_value);
	long_value[sizeof long_value - 1] = '\0';
	assert_true(written(out, sizeof out, LEVEL_ERROR, long_value) < LOG_LINE_BYTES_MAX);
	assert_non_null(strstr(out, "...\" records="));
	log_line(NULL, LEVEL_ERROR, "m", "nobody listens", NULL);
}

static void
test_levels(void **state)
{
	enum log_level level = LEVEL_ERROR;

	(void)state;
	assert_int_equal(log_level_parse("debug", &level), 0);
	assert_int_equal(level, LEVEL_DEBUG);
	assert_int_equal(log_level_parse("loud", &level), -1);
	assert_string_equal(log_level_name(LEVEL_WARN), "warn");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_room),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
