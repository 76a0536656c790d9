/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How a command line is taken apart, on a table of commands of the test's own. */
#include "tools/cli/cli.c"

#include "tests/unit/test.h"

static const struct cli_option put_options[] = {
	{ "kind", "K", "a value" }, { "fast", NULL, "a flag" }, { NULL, NULL, NULL },
};

const struct command cli_command[] = {
	{ .name = "status", .args = "" },
	{ .name = "record put", .args = "FILE", .args_min = 1, .args_max = 2, .option = put_options },
	{ .name = "record list", .args = "" },
	{ .name = "block", .args = "[WHAT]", .args_max = 1 },
};
const size_t cli_command_count = sizeof cli_command / sizeof cli_command[0];

struct row {
	const char *why, *words[8];
	const char *command, *arg, *kind, *data;	/* what is understood, */
	const char *says;				/* or what the refusal says */
};

static const struct row table[] = {
	{ "one word", { "status" }, "status", NULL, NULL, "./var", NULL },
	{ "two words and a file", { "record", "put", "f" }, "record put", "f", NULL, "./var", NULL },
	{ "an option before the command", { "--data", "d", "status" }, "status", NULL, NULL, "d", NULL },
	{ "an option within it", { "record", "--kind", "k", "put", "f" }, "record put", "f", "k", "./var", NULL },
	{ "an option after it", { "record", "put", "f", "--kind", "k" }, "record put", "f", "k", "./var", NULL },
	{ "with an equals sign", { "record", "put", "--kind=k=2", "f" }, "record put", "f", "k=2", "./var", NULL },
	{ "an empty value", { "record", "put", "--kind=", "f" }, "record put", "f", "", "./var", NULL },
	{ "the last of two counts", { "record", "put", "--kind", "a", "--kind", "b", "f" }, "record put", "f", "b",
	  "./var", NULL },
	{ "a value that is an argument's name", { "record", "put", "--kind", "status", "f" }, "record put", "f", "status",
	  "./var", NULL },
	{ "standard input is no option", { "record", "put", "-" }, "record put", "-", NULL, "./var", NULL },
	{ "after -- nothing is", { "record", "put", "--", "--kind" }, "record put", "--kind", NULL, "./var", NULL },
	{ "an argument that may be left out", { "block" }, "block", NULL, NULL, "./var", NULL },
	{ "help needs no arguments", { "record", "put", "--help" }, "record put", NULL, NULL, "./var", NULL },
	{ "nothing at all is main's to refuse", { NULL }, NULL, NULL, NULL, "./var", NULL },

	{ "half a command", { "record" }, NULL, NULL, NULL, NULL, "no command 'record'" },
	{ "no such command", { "record", "fly" }, NULL, NULL, NULL, NULL, "no command 'record fly'" },
	{ "no such option", { "status", "--fly" }, NULL, NULL, NULL, NULL, "no option --fly for status" },
	{ "another command's option", { "status", "--kind", "k" }, NULL, NULL, NULL, NULL, "no option --kind" },
	{ "no value", { "record", "put", "f", "--kind" }, NULL, NULL, NULL, NULL, "--kind needs a value" },
	{ "a value where none goes", { "record", "put", "f", "--fast=1" }, NULL, NULL, NULL, NULL, "takes no value" },
	{ "too few", { "record", "put" }, NULL, NULL, NULL, NULL, "the form is: essaim record put FILE" },
	{ "too many", { "record", "put", "a", "b", "c" }, NULL, NULL, NULL, NULL, "the form is" },
};

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_parse(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		const struct row *r = &table[i];
		const char *argv[9] = { "essaim" };
		struct err e = { 0 };
		struct cli c;
		int argc = 1, rc;

		for (; argc < 9 && r->words[argc - 1] != NULL; argc++)
			argv[argc] = r->words[argc - 1];
		rc = cli_parse(argc, argv, &c, &e);
		if (r->says != NULL) {
			CHECK_ROW(r->why, rc == -1 && e.code == ERR_USAGE);
			if (strstr(e.text, r->says) == NULL)
				fail_msg("%s: %s", r->why, e.text);
			continue;
		}
		if (rc == -1)
			fail_msg("%s: %s", r->why, e.text);
		CHECK_ROW(r->why, same(c.command == NULL ? NULL : c.command->name, r->command));
		CHECK_ROW(r->why, same(c.arg_count == 0 ? NULL : c.arg[0], r->arg));
		CHECK_ROW(r->why, same(cli_option(&c, "kind"), r->kind));
		CHECK_ROW(r->why, same(c.data, r->data));
	}
}

static void
test_numbers(void **state)
{
	static const struct { const char *why, *value; int rc; int64_t n; } row[] = {
		{ "a number", "--kind=7", 0, 7 },
		{ "not given", NULL, 0, 3 },
		{ "empty", "--kind=", -1, 0 },
		{ "too large", "--kind=11", -1, 0 },
		{ "words", "--kind=7x", -1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		const char *argv[] = { "essaim", "record", "put", "f", row[i].value };
		struct err e = { 0 };
		struct cli c;
		int64_t n;

		assert_int_equal(cli_parse(row[i].value == NULL ? 4 : 5, argv, &c, &e), 0);
		CHECK_ROW(row[i].why, cli_number(&c, "kind", 0, 10, 3, &n, &e) == row[i].rc);
		if (row[i].rc == 0)
			CHECK_ROW(row[i].why, n == row[i].n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
