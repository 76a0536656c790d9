/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cli.h - the command line as a table: each subcommand is a row, parsed, explained and run one way.
 *
 * A subcommand gets what was given, prints its result on c->out and returns 0, or -1 with the
 * reason, which main prints; the error's code says the exit status (err.h).  With --json
 * it prints what the API answered, else words for people.
 */
#ifndef TOOLS_CLI_CLI_H
#define TOOLS_CLI_CLI_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/buf.h"
#include "proto/err.h"

#define CLI_ARGS_MAX	4
#define CLI_GIVEN_MAX	32
#define CLI_DATA_DEFAULT "./var"

struct cli;

struct cli_option {
	const char *name;	/* without the dashes; NULL ends a table */
	const char *value;	/* what stands for its value in the help; NULL: a flag */
	const char *help;
};

struct command {
	const char *name;	/* one or two words */
	const char *args;	/* as the help shows them */
	unsigned args_min, args_max;
	const struct cli_option *option;	/* besides those of every command; may be NULL */
	const char *summary;	/* one line */
	const char *more;	/* what else there is to know, or NULL */
	const char *example;
	int (*run)(struct cli *c, struct err *e);
};

extern const struct command	cli_command[];
extern const size_t		cli_command_count;
extern const struct cli_option	cli_common[];	/* of every command */

/* One command line, taken apart.  Everything borrows from argv. */
struct cli {
	const struct command *command;	/* NULL: none was named */
	const char *data;		/* the node's folder */
	int json, progress;
	const char *arg[CLI_ARGS_MAX];
	size_t arg_count;
	struct {
		const char *name, *value;	/* value "" for a flag */
	} given[CLI_GIVEN_MAX];
	size_t given_count;
	FILE *out, *messages;		/* stdout and stderr */
	int json_done;			/* what failed is told in the JSON already */
};

/* Take argv apart.  ERR_USAGE says what is wrong and which help to ask for. */
int	cli_parse(int argc, const char *const *argv, struct cli *c, struct err *e);

/* The command of one or two words, or NULL. */
const struct command *cli_find(const char *first, const char *second);

/* An option's value ("" for a flag), or NULL when it was not given. */
const char *cli_option(const struct cli *c, const char *name);
int	cli_has(const struct cli *c, const char *name);
/* A whole number in min..max, or fallback when not given. */
int	cli_number(const struct cli *c, const char *name, int64_t min, int64_t max, int64_t fallback,
	    int64_t *out, struct err *e);

/* help.c */
void	help_overview(FILE *out);
void	help_command(FILE *out, const struct command *cmd);
void	help_man(FILE *out);		/* a page for man(1) */

/* Read a whole file, or standard input for "-"; bounded by out->max. */
int	cli_read_file(const char *path, struct buf *out, struct err *e);

/* Ask a yes-or-no question on the terminal; 1 for yes.  Without a terminal: 0. */
int	cli_confirm(const struct cli *c, const char *question);

/* commands, one file per family */
int	cmd_init(struct cli *c, struct err *e);
int	cmd_serve(struct cli *c, struct err *e);
int	cmd_status(struct cli *c, struct err *e);
int	cmd_config(struct cli *c, struct err *e);
int	cmd_login(struct cli *c, struct err *e);
int	cmd_stop(struct cli *c, struct err *e);
int	cmd_backup(struct cli *c, struct err *e);
int	cmd_restore(struct cli *c, struct err *e);
int	cmd_doctor(struct cli *c, struct err *e);
int	cmd_help(struct cli *c, struct err *e);

int	cmd_record_put(struct cli *c, struct err *e);
int	cmd_record_get(struct cli *c, struct err *e);
int	cmd_record_delete(struct cli *c, struct err *e);
int	cmd_record_confirm(struct cli *c, struct err *e);
int	cmd_twins(struct cli *c, struct err *e);
int	cmd_record_list(struct cli *c, struct err *e);
int	cmd_author_add(struct cli *c, struct err *e);
int	cmd_author_list(struct cli *c, struct err *e);
int	cmd_author_take(struct cli *c, struct err *e);
int	cmd_author_leave(struct cli *c, struct err *e);

int	cmd_key_list(struct cli *c, struct err *e);
int	cmd_key_create(struct cli *c, struct err *e);
int	cmd_key_delegate(struct cli *c, struct err *e);
int	cmd_key_revoke(struct cli *c, struct err *e);
int	cmd_key_rotate(struct cli *c, struct err *e);
int	cmd_key_succeed(struct cli *c, struct err *e);
int	cmd_key_request(struct cli *c, struct err *e);
int	cmd_key_sign(struct cli *c, struct err *e);
int	cmd_key_apply(struct cli *c, struct err *e);
int	cmd_key_lock(struct cli *c, struct err *e);
int	cmd_key_sheet(struct cli *c, struct err *e);
int	cmd_key_recover(struct cli *c, struct err *e);

int	cmd_peer_add(struct cli *c, struct err *e);
int	cmd_peer_list(struct cli *c, struct err *e);
int	cmd_peer_remove(struct cli *c, struct err *e);
int	cmd_sync(struct cli *c, struct err *e);
int	cmd_vouch(struct cli *c, struct err *e);
int	cmd_trust(struct cli *c, struct err *e);
int	cmd_block(struct cli *c, struct err *e);
int	cmd_unblock(struct cli *c, struct err *e);
int	cmd_block_list(struct cli *c, struct err *e);
int	cmd_block_export(struct cli *c, struct err *e);
int	cmd_block_import(struct cli *c, struct err *e);

int	cmd_erase(struct cli *c, struct err *e);

int	cmd_import(struct cli *c, struct err *e);
int	cmd_source_add(struct cli *c, struct err *e);
int	cmd_source_list(struct cli *c, struct err *e);
int	cmd_source_show(struct cli *c, struct err *e);
int	cmd_source_poll(struct cli *c, struct err *e);
int	cmd_source_pause(struct cli *c, struct err *e);
int	cmd_source_resume(struct cli *c, struct err *e);
int	cmd_source_remove(struct cli *c, struct err *e);
int	cmd_source_answer(struct cli *c, struct err *e);
int	cmd_source_decide(struct cli *c, struct err *e);
int	cmd_places_import(struct cli *c, struct err *e);
int	cmd_export(struct cli *c, struct err *e);
int	cmd_bundle_export(struct cli *c, struct err *e);
int	cmd_bundle_import(struct cli *c, struct err *e);
int	cmd_verify(struct cli *c, struct err *e);
int	cmd_canon(struct cli *c, struct err *e);

#endif
