/* SPDX-License-Identifier: AGPL-3.0-or-later
 * commands.c - every subcommand as a row; help and the manual page are printed from here. */
#include "tools/cli/cli.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define END { NULL, NULL, NULL }

static const struct cli_option init_options[] = {
	{ "name", "NAME", "what the node is called, as visitors read it (required)" },
	{ "territory", "INSEE,...", "the area: codes of communes, departements or EPCI" },
	{ "url", "URL", "the address under which others reach the node" },
	{ "lang", "LANG", "language of the pages and of what is written here (default fr)" }, END
};
static const struct cli_option serve_options[] = {
	{ "listen", "ADDR:PORT", "where to listen instead of the configuration's address" },
	{ "allow-private", NULL, "call peers on private and loopback addresses (networks at home, tests)" }, END
};
static const struct cli_option put_options[] = {
	{ "kind", "K", "the kind of record (required): initiative, place, offer, need, event..." },
	{ "author", "A", "in whose name: a name or did of 'author list' (default: the node's own)" },
	{ "rid", "RID", "the record to change: the last part of its reference" },
	{ "lang", "LANG", "language of the text (default: the node's)" },
	{ "license", "SPDX", "licence of the text (default etalab-2.0)" }, END
};
static const struct cli_option list_options[] = {
	{ "kind", "K", "only this kind" },
	{ "author", "A", "of this author (default: the node's own)" },
	{ "deleted", NULL, "deleted ones too" }, END
};
static const struct cli_option help_options[] = {
	{ "man", NULL, "the manual page, for man(1)" },
	{ "conf", NULL, "a sample configuration" }, END
};
static const struct cli_option import_options[] = {
	{ "format", "F", "the file's format, when it is not recognised: csv, geojson" },
	{ "author", "A", "in whose name (default: the node's own)" },
	{ "kind", "K", "what the rows are when they do not say (default initiative)" },
	{ "source", "NAME", "what the source is called (default: the file's name): a later import under the "
	    "same name finds the same records" },
	{ "license", "SPDX", "licence of the texts (default etalab-2.0)" },
	{ "lang", "LANG", "language of the texts (default: the node's)" },
	{ "dry-run", NULL, "say what would happen and change nothing" },
	{ "overwrite", NULL, "take the source's version of what was changed by hand on both sides" }, END
};

const struct command cli_command[] = {
	{ "init", "--name NAME [OPTIONS]", 0, 0, init_options, "make a node: folder, keys, first records",
	  "The folder must not hold a node yet.  The root key is written to DIR/keys/root.key: move it to a\n"
	  "safe place off this machine; it is only needed to change keys.",
	  "essaim init --name \"Pays de Morlaix\" --territory 200065373", cmd_init },
	{ "serve", "[OPTIONS]", 0, 0, serve_options, "run the node until it is told to stop",
	  "Stops cleanly on SIGTERM or SIGINT, or by 'essaim stop'.",
	  "essaim serve --data /var/lib/essaim --listen 127.0.0.1:8420", cmd_serve },
	{ "status", "", 0, 0, NULL, "records, authors, peers, last exchanges",
	  "Two nodes with the same records print the same state.", "essaim status --json", cmd_status },
	{ "stop", "", 0, 0, NULL, "stop the node that runs on this folder", NULL, "essaim stop", cmd_stop },
	{ "record put", "--kind K [OPTIONS] FILE|-", 1, 1, put_options, "write a record from its content",
	  "FILE is a JSON object: the members of that kind, as SPEC.md lists them.  Prints the record's reference.",
	  "echo '{\"name\":\"Grainothèque\"}' | essaim record put --kind initiative -", cmd_record_put },
	{ "record get", "REF", 1, 1, NULL, "one record as it is signed",
	  "REF is did:key:.../kind/rid, as 'record put' and 'record list' print it.",
	  "essaim record get did:key:z6Mk.../initiative/k3v9abcdefghijkl", cmd_record_get },
	{ "record delete", "REF", 1, 1, NULL, "delete an own record, here and in the network",
	  "A signed deletion replaces the record and goes to every node; the reference is never used again.",
	  "essaim record delete did:key:z6Mk.../offer/k3v9abcdefghijkl", cmd_record_delete },
	{ "record list", "[OPTIONS]", 0, 0, list_options, "own records", NULL,
	  "essaim record list --kind offer", cmd_record_list },
	{ "author add", "NAME", 1, 1, NULL, "a new author with keys of its own, vouched for by this node",
	  "An association's records are its own from the first day and can move with it.",
	  "essaim author add \"Repair Café\"", cmd_author_add },
	{ "author list", "", 0, 0, NULL, "the authors whose keys are here", NULL, "essaim author list",
	  cmd_author_list },
	{ "import", "[OPTIONS] FILE|-", 1, 1, import_options,
	  "bring in records from another directory's export",
	  "Run again later it finds the same records: new, changed, same, refused and vanished ones are\n"
	  "reported; nothing is deleted.", "essaim import --dry-run --kind place lieux.csv", cmd_import },
	{ "config", "", 0, 0, NULL, "print a sample of DIR/essaim.conf with every option", NULL,
	  "essaim config > essaim.conf.sample", cmd_config },
	{ "help", "[COMMAND]", 0, 2, help_options, "show this list, or a command's help", NULL,
	  "essaim help import", cmd_help },
};

const size_t cli_command_count = COUNT(cli_command);
