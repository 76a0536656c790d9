/* SPDX-License-Identifier: AGPL-3.0-or-later
 * main.c - the program essaim: parse, run, report. */
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>

#include <sodium.h>

#include "node/api/emit.h"
#include "node/core/config.h"
#include "node/core/version.h"
#include "tools/cli/cli.h"
#include "tools/cli/secret.h"

#define LARGE_BYTES (256 * 1024)
#define HEAPS_MAX 2

/* What went wrong: a sentence on standard error, or JSON on standard output. */
static void
report(const struct cli *c, const struct err *e)
{
	struct buf text = BUF_INIT(4096);
	struct err ignored = { 0 };
	struct emit j;

	if (c->json_done)
		return;
	if (!c->json) {
		fprintf(c->messages, "essaim: %s\n", e->text);
		return;
	}
	emit_start(&j, &text, &ignored);
	emit_object(&j);
	emit_put_text(&j, "error", err_info(e->code)->name);
	emit_put_text(&j, "message", e->text);
	emit_object_end(&j);
	if (emit_end(&j) == 0)
		fprintf(c->out, "%s\n", text.ptr);
	buf_clear(&text);
}

int
cmd_help(struct cli *c, struct err *e)
{
	const struct command *cmd;

	if (cli_has(c, "man"))
		help_man(c->out);
	else if (cli_has(c, "conf"))
		config_print_sample(c->out);
	else if (c->arg_count == 0)
		help_overview(c->out);
	else if ((cmd = cli_find(c->arg[0], c->arg_count > 1 ? c->arg[1] : NULL)) != NULL)
		help_command(c->out, cmd);
	else
		return err_set(e, ERR_USAGE, "there is no command '%s'; 'essaim help' lists them", c->arg[0]);
	return 0;
}

static int
run(struct cli *c, struct err *e)
{
	if (cli_has(c, "version"))
		fprintf(c->out, "essaim " ESSAIM_VERSION "\n");
	else if (c->command == NULL && !cli_has(c, "help")) {
		help_overview(c->messages);
		return err_set(e, ERR_USAGE, "name a command");
	} else if (c->command == NULL)
		help_overview(c->out);
	else if (cli_has(c, "help"))
		help_command(c->out, c->command);
	else
		return c->command->run(c, e);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct err e = { 0 };
	struct cli c;
	int rc;

	/* Pages of records are megabytes and pass between threads: give them back at once, and share heaps. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	mallopt(M_ARENA_MAX, HEAPS_MAX);
	if (sodium_init() == -1) {
		fputs("essaim: the cryptographic library does not start\n", stderr);
		return 1;
	}
	rc = cli_parse(argc, (const char *const *)argv, &c, &e);
	if (rc == 0)
		rc = secret_source(&c, &e);
	if (rc == 0)
		rc = run(&c, &e);
	if (rc == -1)
		report(&c, &e);
	if (fflush(c.out) == EOF && rc == 0) {
		fputs("essaim: what was to be printed could not be written\n", stderr);
		return 1;
	}
	return rc == 0 ? 0 : err_info(e.code)->exit_status;
}
