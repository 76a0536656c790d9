/* SPDX-License-Identifier: AGPL-3.0-or-later
 * help.c - help and manual page, printed from the table of commands. */
#include <string.h>

#include "node/core/config.h"
#include "node/core/version.h"
#include "tools/cli/cli.h"
#include "tools/import/import.h"

void
help_overview(FILE *out)
{
	size_t i;

	fprintf(out, "essaim " ESSAIM_VERSION " - a node of the federated catalogue of local initiatives\n\n"
	    "usage: essaim COMMAND [OPTIONS] [ARGUMENTS]\n\n");
	for (i = 0; i < cli_command_count; i++)
		fprintf(out, "  %-15s %s\n", cli_command[i].name, cli_command[i].summary);
	fprintf(out, "\nEvery command takes --data DIR (the node's folder, default " CLI_DATA_DEFAULT
	    ") and --json.\n'essaim help COMMAND' tells more.  Exit status: 0 done, 1 refused or failed,"
	    " 2 usage.\n");
}

static void
print_option(FILE *out, const struct cli_option *o)
{
	char left[48];

	snprintf(left, sizeof left, "--%s%s%s", o->name, o->value == NULL ? "" : " ",
	    o->value == NULL ? "" : o->value);
	fprintf(out, "  %-22s %s\n", left, o->help);
}

static void
print_options(FILE *out, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		print_option(out, o);
}

/* What may stand after --format. */
static void
print_formats(FILE *out)
{
	size_t i;

	fputs("\nFormats:\n", out);
	for (i = 0; i < import_format_count; i++)
		fprintf(out, "  %-22s %s\n", import_format[i].name, import_format[i].summary);
}

void
help_command(FILE *out, const struct command *cmd)
{
	fprintf(out, "usage: essaim %s%s%s\n\n%s.\n", cmd->name, *cmd->args == '\0' ? "" : " ", cmd->args,
	    cmd->summary);
	if (cmd->more != NULL)
		fprintf(out, "%s\n", cmd->more);
	fprintf(out, "\nOptions:\n");
	print_options(out, cmd->option);
	print_options(out, cli_common);
	if (cmd->run == cmd_import)
		print_formats(out);
	fprintf(out, "\nExample:\n  %s\n", cmd->example);
}

/* Text for troff: a leading dot or quote would be a request, a backslash an escape. */
static void
man_text(FILE *out, const char *s)
{
	int start = 1;

	for (; *s != '\0'; s++) {
		if (start && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else
			putc(*s, out);
		start = *s == '\n';
	}
}

static void
man_options(FILE *out, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		fprintf(out, ".TP\n.B \\-\\-");
		man_text(out, o->name);
		if (o->value != NULL)
			fprintf(out, " \\fI%s\\fR", o->value);
		fputs("\n", out);
		man_text(out, o->help);
		fputs("\n", out);
	}
}

static void
man_formats(FILE *out)
{
	size_t i;

	fputs(".PP\nFormats:\n", out);
	for (i = 0; i < import_format_count; i++) {
		fprintf(out, ".TP\n.B %s\n", import_format[i].name);
		man_text(out, import_format[i].summary);
		fputs("\n", out);
	}
}

static void
man_command(FILE *out, const struct command *cmd)
{
	fprintf(out, ".SS \"essaim %s %s\"\n", cmd->name, cmd->args);
	man_text(out, cmd->summary);
	fputs(".\n", out);
	if (cmd->more != NULL) {
		man_text(out, cmd->more);
		fputs("\n", out);
	}
	man_options(out, cmd->option);
	if (cmd->run == cmd_import)
		man_formats(out);
	fputs(".PP\nExample:\n.RS\n.nf\n", out);
	man_text(out, cmd->example);
	fputs("\n.fi\n.RE\n", out);
}

void
help_man(FILE *out)
{
	size_t i;

	fprintf(out, ".TH ESSAIM 1 \"\" \"essaim " ESSAIM_VERSION "\"\n.SH NAME\n"
	    "essaim \\- a node of the federated catalogue of local initiatives\n"
	    ".SH SYNOPSIS\n.B essaim\n.I command\n[options] [arguments]\n"
	    ".SH DESCRIPTION\nA territory's own node: it holds signed records of local initiatives and\n"
	    "exchanges them with other nodes.  With a node running on the folder the commands ask it\n"
	    "through its control socket; else they do the work themselves.\n"
	    ".SH OPTIONS OF EVERY COMMAND\n");
	man_options(out, cli_common);
	fputs(".SH COMMANDS\n", out);
	for (i = 0; i < cli_command_count; i++)
		man_command(out, &cli_command[i]);
	fputs(".SH CONFIGURATION\n.I essaim.conf\nin the node's folder, one \"key = value\" a line:\n", out);
	for (i = 0; i < config_option_count; i++) {
		fputs(".TP\n.B ", out);
		man_text(out, config_option[i].key);
		fputs("\n", out);
		man_text(out, config_option[i].help);
		fputs("\n", out);
	}
	fputs(".SH EXIT STATUS\n0 done, 1 refused or failed, 2 wrong usage.\n", out);
}
