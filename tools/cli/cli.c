/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cli.c - takes a command line apart; see cli.h. */
#include "tools/cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct cli_option cli_common[] = {
	{ "data", "DIR", "the node's folder (default " CLI_DATA_DEFAULT ")" },
	{ "json", NULL, "print JSON" },
	{ "progress", NULL, "show progress although standard error is no terminal" },
	{ "passphrase-fd", "N", "read passphrases from this descriptor, one a line, instead of the terminal" },
	{ "help", NULL, "show this help" },
	{ NULL, NULL, NULL },
};

const struct command *
cli_find(const char *first, const char *second)
{
	const struct command *found = NULL;
	char two[64] = "";
	size_t i;

	if (second != NULL)
		snprintf(two, sizeof two, "%s %s", first, second);
	for (i = 0; i < cli_command_count; i++) {
		if (strcmp(cli_command[i].name, two) == 0)
			return &cli_command[i];
		if (strcmp(cli_command[i].name, first) == 0)
			found = &cli_command[i];
	}
	return found;
}

static const struct cli_option *
find_option(const struct cli_option *o, struct span name)
{
	for (; o != NULL && o->name != NULL; o++)
		if (span_is(name, o->name))
			return o;
	return NULL;
}

static const struct cli_option *
known_option(const struct command *cmd, struct span name)
{
	const struct cli_option *o = find_option(cli_common, name);

	return o == NULL && cmd != NULL ? find_option(cmd->option, name) : o;
}

static const char *
command_name(const struct command *cmd)
{
	return cmd == NULL ? "" : cmd->name;
}

/* Is this word of argv an option (so: neither a name nor "-", which is standard input)? */
static int
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Which options take the next word, before the command is known: asked of every command. */
static int
takes_value(const char *word)
{
	struct span name = span_str(word + (word[1] == '-' ? 2 : 1));
	const struct cli_option *o = find_option(cli_common, name);
	size_t i;

	for (i = 0; o == NULL && i < cli_command_count; i++)
		o = find_option(cli_command[i].option, name);
	return o != NULL && o->value != NULL;
}

/* The first two words that are no options name the command; used[] marks them. */
static int
find_command(int argc, const char *const *argv, struct cli *c, int used[2], struct err *e)
{
	int at[2] = { 0, 0 }, n = 0, i;

	for (i = 1; i < argc && n < 2; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		if (!is_option(argv[i]))
			at[n++] = i;
		else if (strchr(argv[i], '=') == NULL && takes_value(argv[i]))
			i++;
	}
	used[0] = used[1] = 0;
	if (n == 0)
		return 0;
	c->command = cli_find(argv[at[0]], n == 2 ? argv[at[1]] : NULL);
	if (c->command == NULL)
		return err_set(e, ERR_USAGE, "there is no command '%s%s%s'; 'essaim help' lists them",
		    argv[at[0]], n == 2 ? " " : "", n == 2 ? argv[at[1]] : "");
	used[0] = at[0];
	used[1] = strchr(c->command->name, ' ') != NULL ? at[1] : 0;
	return 0;
}

static int
give(struct cli *c, const char *name, const char *value, struct err *e)
{
	if (c->given_count == CLI_GIVEN_MAX)
		return err_set(e, ERR_USAGE, "more than %d options", CLI_GIVEN_MAX);
	c->given[c->given_count].name = name;
	c->given[c->given_count++].value = value;
	return 0;
}

/* One option at argv[*i]; moves *i past its value. */
static int
take_option(int argc, const char *const *argv, int *i, struct cli *c, struct err *e)
{
	const char *word = argv[*i], *value = strchr(word, '=');
	struct span name = span_str(strcmp(word, "-h") == 0 ? "help" : word + (word[1] == '-' ? 2 : 1));
	const struct cli_option *o;

	if (value != NULL)
		name.len = (size_t)(value++ - name.ptr);
	if ((o = known_option(c->command, name)) == NULL)
		return err_set(e, ERR_USAGE, "there is no option %s%s%s; 'essaim help%s%s' lists them", word,
		    c->command == NULL ? "" : " for ", command_name(c->command),
		    c->command == NULL ? "" : " ", command_name(c->command));
	if (o->value == NULL && value != NULL)
		return err_set(e, ERR_USAGE, "--%s takes no value", o->name);
	if (o->value != NULL && value == NULL) {
		if (*i + 1 == argc)
			return err_set(e, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->value);
		value = argv[++*i];
	}
	return give(c, o->name, value == NULL ? "" : value, e);
}

static int
take_words(int argc, const char *const *argv, const int used[2], struct cli *c, struct err *e)
{
	int i, plain = 0;

	for (i = 1; i < argc; i++) {
		if (i == used[0] || (i == used[1] && used[1] != 0))
			continue;
		if (!plain && strcmp(argv[i], "--") == 0)
			plain = 1;
		else if (!plain && is_option(argv[i])) {
			if (take_option(argc, argv, &i, c, e) == -1)
				return -1;
		} else if (c->arg_count == CLI_ARGS_MAX)
			return err_set(e, ERR_USAGE, "too many words; 'essaim help %s' shows the form",
			    command_name(c->command));
		else
			c->arg[c->arg_count++] = argv[i];
	}
	return 0;
}

int
cli_parse(int argc, const char *const *argv, struct cli *c, struct err *e)
{
	int used[2];

	*c = (struct cli){ .out = stdout, .messages = stderr };
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return give(c, "version", "", e);
	if (find_command(argc, argv, c, used, e) == -1 || take_words(argc, argv, used, c, e) == -1)
		return -1;
	c->data = cli_has(c, "data") ? cli_option(c, "data") : CLI_DATA_DEFAULT;
	c->json = cli_has(c, "json");
	c->progress = cli_has(c, "progress");
	if (c->command == NULL || cli_has(c, "help"))
		return 0;
	if (c->arg_count < c->command->args_min || c->arg_count > c->command->args_max)
		return err_set(e, ERR_USAGE, "the form is: essaim %s %s", c->command->name, c->command->args);
	return 0;
}

const char *
cli_option(const struct cli *c, const char *name)
{
	size_t i = c->given_count;

	while (i-- > 0)
		if (strcmp(c->given[i].name, name) == 0)
			return c->given[i].value;
	return NULL;
}

int
cli_has(const struct cli *c, const char *name)
{
	return cli_option(c, name) != NULL;
}

int
cli_number(const struct cli *c, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *out,
    struct err *e)
{
	const char *v = cli_option(c, name);
	char *end;
	long long n;

	*out = fallback;
	if (v == NULL)
		return 0;
	errno = 0;
	n = strtoll(v, &end, 10);
	if (errno != 0 || end == v || *end != '\0' || n < min || n > max)
		return err_set(e, ERR_USAGE, "--%s must be a whole number from %" PRId64 " to %" PRId64, name,
		    min, max);
	*out = n;
	return 0;
}

int
cli_read_file(const char *path, struct buf *out, struct err *e)
{
	int is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "rb");
	char chunk[65536];
	size_t n;
	int rc = 0;

	if (f == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
	while (rc == 0 && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		rc = buf_add(out, chunk, n, e);
	if (rc == 0 && ferror(f))
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	else if (rc == -1)
		err_wrap(e, "%s", path);
	if (!is_stdin)
		fclose(f);
	return rc;
}

int
cli_confirm(const struct cli *c, const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return 0;
	fprintf(c->messages, "%s [y/N] ", question);
	fflush(c->messages);
	if (fgets(answer, sizeof answer, stdin) == NULL)
		return 0;
	return strchr("yYoO", answer[0]) != NULL && answer[0] != '\0';
}
