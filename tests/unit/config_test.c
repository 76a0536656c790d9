/* SPDX-License-Identifier: AGPL-3.0-or-later
 * config_test.c - the table of options: read, refused with the line, written and read back the same.
 */
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "node/core/config.h"
#include "node/core/file.h"
#include "proto/err.h"

static char dir[] = "/tmp/essaim-config-XXXXXX", path[64];

static int
setup_all(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/essaim.conf", dir);
	return 0;
}

static int
teardown_all(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int
load(const char *text, struct config *c, struct err *e)
{
	assert_int_equal(file_write(path, span_str(text), 0600, e), 0);
	assert_int_equal(config_init(c, e), 0);
	return config_load(c, path, e);
}

static void
test_values(void **state)
{
	static const struct {
		const char *why, *text, *name, *notice;
		int64_t interval, push;
	} row[] = {
		{ "nothing said: the defaults", "", "", "", 60, 1 },
		{ "spaces around are not part of it", "  name =  Pays de Brest \n", "Pays de Brest", "", 60, 1 },
		{ "no newline at the end", "name=A", "A", "", 60, 1 },
		{ "remarks, sections and empty lines", "# name = B\n; x\n[node]\n\nname = C\n", "C", "", 60, 1 },
		{ "a # within a value is no remark", "name = a # b\n", "a # b", "", 60, 1 },
		{ "only the first = parts", "name = a=b\n", "a=b", "", 60, 1 },
		{ "Windows line ends", "name = A\r\nsync-interval-s = 5\r\n", "A", "", 5, 1 },
		{ "a line break in a value", "legal-notice = un\\ndeux\\\\n\n", "", "un\ndeux\\n", 60, 1 },
		{ "the last one counts", "name = A\nname = B\n", "B", "", 60, 1 },
		{ "yes and no in their forms", "push = off\n", "", "", 60, 0 },
		{ "the largest number", "sync-interval-s = 86400\n", "", "", 86400, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct config c;
		struct err e = {0};

		if (load(row[i].text, &c, &e) == -1)
			fail_msg("%s: %s", row[i].why, e.text);
		CHECK_ROW(row[i].why, strcmp(c.name, row[i].name) == 0);
		CHECK_ROW(row[i].why, strcmp(c.legal_notice, row[i].notice) == 0);
		CHECK_ROW(row[i].why, c.sync_interval_s == row[i].interval && c.push == row[i].push);
		config_clear(&c);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} row[] = {
		{ "no such option", "name = a\ncolor = #123456\n", "line 2: unknown option \"color\"" },
		{ "not key = value", "name\n", "line 1: expected" },
		{ "a number out of range", "sync-interval-s = 0\n", "from 1 to 86400" },
		{ "a number past 64 bits", "sync-interval-s = 99999999999999999999\n", "from 1 to 86400" },
		{ "a number with a tail", "threads = 4x\n", "threads is a number" },
		{ "an empty number", "threads =\n", "threads is a number" },
		{ "neither yes nor no", "push = maybe\n", "push is yes or no" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct config c;
		struct err e = {0};

		CHECK_ROW(row[i].why, load(row[i].text, &c, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_USAGE);
		if (strstr(e.text, row[i].says) == NULL || strstr(e.text, path) == NULL)
			fail_msg("%s: %s", row[i].why, e.text);
		config_clear(&c);
	}
}

static void
test_limits(void **state)
{
	struct config c;
	struct err e = {0};
	char *text = malloc(300000);

	(void)state;
	CHECK(text != NULL);
	assert_int_equal(config_init(&c, &e), 0);
	memset(text, 'a', 300000);
	text[16 * 1024] = '\0';
	assert_int_equal(config_set(&c, "legal-notice", text, &e), 0);
	assert_int_equal(strlen(c.legal_notice), 16 * 1024);
	text[16 * 1024] = 'a';
	text[16 * 1024 + 1] = '\0';
	assert_int_equal(config_set(&c, "legal-notice", text, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(strlen(c.legal_notice), 16 * 1024);	/* what stood stands */
	text[16 * 1024 + 1] = 'a';
	text[299999] = '\0';
	assert_int_equal(file_write(path, span_str(text), 0600, &e), 0);
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(file_write(path, (struct span){ "name = a\0b\n", 11 }, 0600, &e), 0);
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	config_clear(&c);
	free(text);
}

static void
test_missing_file_is_fine(void **state)
{
	struct config c;
	struct err e = {0};

	(void)state;
	unlink(path);
	assert_int_equal(config_init(&c, &e), 0);
	assert_int_equal(config_load(&c, path, &e), 0);
	assert_string_equal(c.listen, "127.0.0.1:8420");
	config_clear(&c);
}

static void
test_written_and_read_back(void **state)
{
	static const char *const odd = "# un \\ deux\n\\n trois = quatre; cinq\n\nsix";
	struct config c, d;
	struct stat st;
	struct err e = {0};
	size_t i;

	(void)state;
	assert_int_equal(config_init(&c, &e), 0);
	for (i = 0; i < config_option_count; i++) {
		const struct config_option *o = &config_option[i];

		if (o->type == CONFIG_TEXT)
			assert_int_equal(config_set(&c, o->key, odd, &e), 0);
		else
			assert_int_equal(config_set(&c, o->key, o->type == CONFIG_BOOL ? "yes" : "7", &e), 0);
	}
	assert_int_equal(config_write(&c, path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(config_init(&d, &e), 0);
	assert_int_equal(config_load(&d, path, &e), 0);
	assert_string_equal(d.legal_notice, odd);
	assert_string_equal(d.name, odd);
	assert_true(d.workers == 7 && d.allow_private == 1 && d.clock_offset_s == 7);
	config_clear(&c);
	config_clear(&d);
}

/* Every default is a value that the option takes, and the sample says nothing but defaults. */
static void
test_sample(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct config c, d;
	struct err e = {0};
	FILE *f = fopen(path, "w");
	size_t i;

	(void)state;
	CHECK(f != NULL);
	config_print_sample(f);
	fclose(f);
	assert_int_equal(config_init(&c, &e), 0);
	assert_int_equal(config_load(&c, path, &e), 0);
	assert_int_equal(config_init(&d, &e), 0);
	assert_string_equal(c.name, d.name);
	assert_int_equal(file_read(path, &text, &e), 0);
	assert_int_equal(buf_addc(&text, '\0', &e), 0);
	for (i = 0; i < config_option_count; i++) {
		CHECK_ROW(config_option[i].key, strstr(text.ptr, config_option[i].key) != NULL);
		CHECK_ROW(config_option[i].key, strstr(text.ptr, config_option[i].help) != NULL);
	}
	buf_clear(&text);
	config_clear(&c);
	config_clear(&d);
}

static void
test_admission(void **state)
{
	static const struct {
		const char *word;
		int rc;
		enum admission_mode mode;
	} row[] = {
		{ "listed", 0, ADMIT_LISTED }, { "vouched", 0, ADMIT_VOUCHED }, { "open", 0, ADMIT_OPEN },
		{ "Open", -1, 0 }, { "", -1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		enum admission_mode mode = ADMIT_VOUCHED;
		struct config c;
		struct err e = {0};

		assert_int_equal(config_init(&c, &e), 0);
		assert_int_equal(config_set(&c, "admission", row[i].word, &e), 0);
		CHECK_ROW(row[i].word, config_admission(&c, &mode, &e) == row[i].rc);
		CHECK_ROW(row[i].word, row[i].rc == -1 || mode == row[i].mode);
		config_clear(&c);
	}
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_missing_file_is_fine), cmocka_unit_test(test_written_and_read_back),
		cmocka_unit_test(test_sample), cmocka_unit_test(test_admission),
	};

	return cmocka_run_group_tests(test, setup_all, teardown_all);
}
