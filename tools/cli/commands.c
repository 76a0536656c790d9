/* SPDX-License-Identifier: AGPL-3.0-or-later
 * commands.c - every subcommand as a row; help and the manual page are printed from here. */
#include "tools/cli/cli.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define END { NULL, NULL, NULL }

static const struct cli_option init_options[] = {
	{ "name", "NAME", "what the node is called, as visitors read it (required)" },
	{ "territory", "INSEE,...", "the area: codes of communes, departements or EPCI" },
	{ "areas", "INSEE,...", "hold only what concerns these places (default: everywhere)" },
	{ "kinds", "K,...", "hold only these kinds of record (default: all)" },
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
static const struct cli_option key_list_options[] = {
	{ "author", "A", "only of this author" }, END
};
static const struct cli_option key_create_options[] = {
	{ "role", "R", "operating (default), root or next-root" },
	{ "author", "DID", "whose it is to be, when that is known" },
	{ "encrypt", NULL, "lock the file by a passphrase" }, END
};
#define KEY_AUTHOR { "author", "A", "for this author (default: the node's own)" }
#define KEY_ROOT_FILE { "root", "FILE", "the author's root key (default: the one in DIR/keys)" }
#define KEY_DAYS { "days", "N", "how long the new key may sign (default ten years)" }
#define KEY_OTHERS \
	{ "keep-others", NULL, "sign again what this node did not write, too: it is yours" }, \
	{ "drop-others", NULL, "let go what this node did not write: a thief may have" }
static const struct cli_option key_delegate_options[] = {
	KEY_AUTHOR, KEY_ROOT_FILE, KEY_DAYS,
	{ "key", "DID", "the key, of 'key create' on another machine (default: a new one, with which this node signs)" }, END
};
static const struct cli_option key_revoke_options[] = { KEY_AUTHOR, KEY_ROOT_FILE, KEY_OTHERS, END };
static const struct cli_option key_rotate_options[] = { KEY_AUTHOR, KEY_ROOT_FILE, KEY_DAYS, KEY_OTHERS, END };
static const struct cli_option key_succeed_options[] = {
	KEY_AUTHOR, { "root", "FILE", "the next root, made with the first one (required)" },
	{ "next", "FILE", "where to write the root after it (default: the root's file with .next)" },
	{ "encrypt", NULL, "lock that file by a passphrase" }, KEY_OTHERS, END
};
static const struct cli_option key_request_options[] = {
	KEY_AUTHOR, KEY_DAYS,
	{ "key", "DID", "which key to revoke, or whose to delegate" },
	{ "name", "NAME", "what to call the author here, when none of its keys is here yet" }, END
};
static const struct cli_option key_sign_options[] = {
	{ "root", "FILE", "the author's root key; its next one for a succession (required)" },
	{ "next", "FILE", "for a succession: where to write the root after it" },
	{ "encrypt", NULL, "lock that file by a passphrase" },
	{ "yes", NULL, "do not ask" }, END
};
static const struct cli_option key_sheet_options[] = {
	{ "author", "NAME", "of this author (default: the node's own)" },
	{ "root", "FILE", "its root key (default: the one in DIR/keys, if it is there)" },
	{ "next", "FILE", "its next root (likewise)" },
	{ "lang", "LANG", "fr (default) or en" }, END
};
static const struct cli_option key_recover_options[] = {
	{ "out", "FILE", "the key file to write (required)" },
	{ "author", "DID", "whose it is, for a next root" },
	{ "encrypt", NULL, "lock the file by a passphrase" }, END
};
static const struct cli_option key_lock_options[] = {
	{ "remove", NULL, "no longer lock them" }, END
};
static const struct cli_option key_apply_options[] = { KEY_OTHERS, END };
static const struct cli_option peer_add_options[] = {
	{ "vouch", NULL, "vouch for its author too, so that its records are taken" },
	{ "yes", NULL, "do not ask" }, END
};
static const struct cli_option vouch_options[] = {
	{ "hops", "N", "how far its own vouches carry: 0 lets in the author alone (default 3)" },
	{ "budget", "N", "how many live records it may bring, with those it vouches for (default 20000)" },
	{ "revoke", NULL, "no longer vouch for it" }, END
};
static const struct cli_option block_options[] = {
	{ "reason", "TEXT", "why, for yourself" },
	{ "with-vouched", NULL, "the author and all whom it alone brings, in one step" },
	{ "only-vouched", NULL, "all whom the author alone brings, and not itself" }, END
};
static const struct cli_option block_import_options[] = {
	{ "apply", "WHAT,...", "block these of its entries, or 'all'; without it nothing is blocked" }, END
};
static const struct cli_option trust_options[] = {
	{ "without", "DID", "who would go, and who would have less room, without what this author says" }, END
};
static const struct cli_option twins_options[] = {
	{ "author", "A", "only with a record of this author: a name or did of 'author list', or any did" }, END
};
static const struct cli_option confirm_options[] = {
	{ "all-older-than", "DAYS", "confirm all that nobody confirmed or changed for so many days" }, END
};
static const struct cli_option erase_options[] = {
	{ "status", NULL, "which neighbour has forgotten it, and when" },
	{ "list", NULL, "everything that was erased" },
	{ "undo", NULL, "let it come back: an own record under a new name, with the next import" },
	{ "files", NULL, "remove the bundles and exports that hold it (never backups)" }, END
};
static const struct cli_option doctor_options[] = {
	{ "confirm-clock", NULL, "say that this machine's clock is right after all" }, END
};
static const struct cli_option verify_options[] = {
	{ "document", NULL, "one JSON document with an eddsa-jcs-2022 proof, from whichever software" }, END
};
static const struct cli_option export_options[] = {
	{ "format", "F", "ndjson (signed lines, default), csv, geojson, jsonld, atom, ics, gogofull, gogocompact, gogosync, "
	    "murmurations" },
	{ "author", "DID", "only this author's" },
	{ "kind", "K", "only this kind" },
	{ "everything", NULL, "an author (default: the node's own) with all that is its own, for another node: records, keys, "
	    "rows and mappings of its sources" },
	{ "plain", NULL, "with --everything: do not lock the keys" },
	{ "yes", NULL, "do not ask" }, END
};
static const struct cli_option take_options[] = {
	{ "name", "NAME", "what to call it here (default: as it was called)" }, END
};
static const struct cli_option leave_options[] = {
	{ "yes", NULL, "do not ask" }, END
};
static const struct cli_option bundle_import_options[] = {
	{ "salvage", NULL, "take what is sound of a file that is cut off, damaged or changed" }, END
};
static const struct cli_option bundle_options[] = {
	{ "since", "POSITION|DATE|last", "only what came here since: as an earlier export printed it, or a date, or since "
	    "the last one --to the same" },
	{ "to", "NAME", "for whom it is: remembered, for --since last" },
	{ "author", "DID", "only this author's records" },
	{ "kind", "K", "only this kind; identities come along" }, END
};
static const struct cli_option help_options[] = {
	{ "man", NULL, "the manual page, for man(1)" },
	{ "conf", NULL, "a sample configuration" }, END
};
static const struct cli_option import_options[] = {
	{ "format", "F", "the file's format, when it is not recognised" },
	{ "mapping", "FILE", "what the source's columns and categories mean here" },
	{ "labels", "FILE|URL", "what the keys of its lists mean: a GoGoCarto taxonomy, a YesWiki form or lists" },
	{ "suggest", NULL, "print such a file, proposed for this source, and change nothing" },
	{ "author", "A", "in whose name (default: the node's own)" },
	{ "kind", "K", "what the rows are when they do not say (default initiative)" },
	{ "source", "NAME", "what the source is called (default: the file's name or address): a later import under the "
	    "same name finds the same records" },
	{ "license", "SPDX", "the licence that you state for all of it, whatever the source declares (default: what it "
	    "declares, else etalab-2.0)" },
	{ "lang", "LANG", "language of the texts (default: the node's)" },
	{ "keep-contacts", NULL, "leave e-mail addresses and phone numbers in texts" },
	{ "dry-run", NULL, "say what would happen and change nothing" },
	{ "overwrite", NULL, "take the source's version of what was changed by hand on both sides" }, END
};
static const struct cli_option source_add_options[] = {
	{ "name", "NAME", "what people call it (default: its address)" },
	{ "format", "F", "its format, when it is not recognised: 'essaim help import' lists them" },
	{ "mapping", "FILE", "how its fields and words become records: 'essaim import --suggest' writes one" },
	{ "every", "TIME", "how often: 30min, 6h (default), 1d" },
	{ "author", "A", "in whose name (default: the node's own)" },
	{ "kind", "K", "what its rows are when they do not say (default initiative)" },
	{ "license", "SPDX", "licence of the texts" },
	{ "lang", "LANG", "language of the texts (default: the node's)" }, END
};
static const struct cli_option source_poll_options[] = {
	{ "anew", NULL, "ask for everything, though nothing may have changed" }, END
};
static const struct cli_option source_answer_options[] = {
	{ "delete", NULL, "let the records go, here and in the network; those changed by hand here stay" },
	{ "keep", NULL, "keep them here, as the node's own" }, END
};
static const struct cli_option source_decide_options[] = {
	{ "keep", "FIELD,...", "as it is here" },
	{ "take", "FIELD,...", "as the source says" }, END
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
	{ "record confirm", "[REF] [OPTIONS]", 0, 1, confirm_options, "say that a record still holds; list those to ask about",
	  "Records stay alive by themselves; only a person can say that they are still true.  Without REF: those that\n"
	  "nobody confirmed or changed for eleven months.",
	  "essaim record confirm did:key:z6Mk.../place/k3v9abcdefghijkl", cmd_record_confirm },
	{ "record list", "[OPTIONS]", 0, 0, list_options, "own records", NULL,
	  "essaim record list --kind offer", cmd_record_list },
	{ "twins", "[OPTIONS]", 0, 0, twins_options, "records that may tell of one thing, with a score and why",
	  "Nothing is joined by itself: say so on the page \"Same thing twice?\", or write a record of kind same.",
	  "essaim twins --author repair-cafe", cmd_twins },
	{ "author add", "NAME", 1, 1, NULL, "a new author with keys of its own, vouched for by this node",
	  "An association's records are its own from the first day and can move with it.",
	  "essaim author add \"Repair Café\"", cmd_author_add },
	{ "author take", "FILE [OPTIONS]", 1, 1, take_options, "go on here for an author that left another node",
	  "FILE is what 'essaim export --everything' wrote there.  Its imports find their records again.",
	  "essaim author take repair-cafe.tar.gz", cmd_author_take },
	{ "author leave", "AUTHOR [OPTIONS]", 1, 1, leave_options, "sign for an author no longer, once another node does",
	  "Its key is deleted here; its records stay as a neighbour's.", "essaim author leave repair-cafe", cmd_author_leave },
	{ "author list", "", 0, 0, NULL, "the authors whose keys are here", NULL, "essaim author list",
	  cmd_author_list },
	{ "key list", "[OPTIONS]", 0, 0, key_list_options, "which keys may sign, from when to when, and where the roots are",
	  NULL, "essaim key list", cmd_key_list },
	{ "key create", "[FILE] [OPTIONS]", 0, 1, key_create_options, "a new key pair in a file; prints the public key",
	  "Without a name the file is essaim.key.  It signs nothing until an identity lists it: essaim key delegate.",
	  "essaim key create operating.key --encrypt", cmd_key_create },
	{ "key delegate", "[OPTIONS]", 0, 0, key_delegate_options, "let another key sign for an author",
	  "Needs the author's root.  Where that is on another machine: key request delegate, there key sign, and\n"
	  "here key apply.", "essaim key delegate --root /media/usb/root.key --days 730", cmd_key_delegate },
	{ "key revoke", "KEY [OPTIONS]", 1, 1, key_revoke_options, "take a key back: what only it signed goes",
	  "First what this node wrote is signed again by the key that stays.  What the key signed elsewhere is\n"
	  "shown, and waits for your word.", "essaim key revoke did:key:z6Mk... --drop-others", cmd_key_revoke },
	{ "key rotate", "[OPTIONS]", 0, 0, key_rotate_options, "a new key for this node, and the one it had taken back",
	  "After a theft, or once in a while.", "essaim key rotate --root /media/usb/root.key --drop-others", cmd_key_rotate },
	{ "key succeed", "--root NEXTKEY [OPTIONS]", 0, 0, key_succeed_options, "the next root takes over from a lost one",
	  "Nobody else can: the identity commits to the next root from the start.  Commits to a new next one.",
	  "essaim key succeed --root /media/usb/next-root.key --next /media/usb2/next-root.key", cmd_key_succeed },
	{ "key request", "WHAT [FILE] [OPTIONS]", 1, 2, key_request_options, "what to ask of a root on another machine",
	  "WHAT is delegate, revoke, rotate or succeed.  Nothing in the file is secret.  With --author DID --name NAME\n"
	  "a node asks to sign for an author whose keys were lost with another machine.",
	  "essaim key request rotate request.json", cmd_key_request },
	{ "key sign", "REQUEST [FILE] --root FILE [OPTIONS]", 1, 2, key_sign_options, "sign a request, where the root is",
	  "Needs no node and no network.  Shows what it signs, and asks.", "essaim key sign request.json signed.ndjson --root root.key",
	  cmd_key_sign },
	{ "key apply", "FILE|- [OPTIONS]", 1, 1, key_apply_options, "publish what the root signed", NULL,
	  "essaim key apply signed.ndjson", cmd_key_apply },
	{ "key sheet", "FILE [OPTIONS]", 1, 1, key_sheet_options, "a page to print with the root and the next root",
	  "As letters with a check in each line, and as a square code.  Print it from a browser, then delete it.",
	  "essaim key sheet /media/usb/sheet.html --root /media/usb/root.key", cmd_key_sheet },
	{ "key recover", "[FILE|-] --out FILE [OPTIONS]", 0, 1, key_recover_options, "a key from what is typed off its sheet",
	  "Blanks, hyphens and case mean nothing; 0 and O, 1 and I, 8 and B are the same.  A slip is told by its line.",
	  "essaim key recover --out root.key", cmd_key_recover },
	{ "key lock", "[OPTIONS]", 0, 0, key_lock_options, "lock the key files of this folder by a passphrase, or another one",
	  "'essaim serve' asks for it when it starts: in the terminal, from --passphrase-fd, or as the systemd\n"
	  "credential essaim-passphrase.  Without it the keys are lost; the recovery sheet still holds the roots.",
	  "essaim key lock", cmd_key_lock },
	{ "peer add", "URL [OPTIONS]", 1, 1, peer_add_options, "meet another node and exchange with it from now on",
	  "Shows who is there, its fingerprint to compare by another way, its charter and who vouches for it,\n"
	  "and asks.  Without a vouch by somebody known here its records are not taken.",
	  "essaim peer add https://essaim.example.org --vouch", cmd_peer_add },
	{ "peer list", "", 0, 0, NULL, "the neighbours, and when they were last reached", NULL, "essaim peer list",
	  cmd_peer_list },
	{ "peer remove", "URL", 1, 1, NULL, "no longer exchange with a node", "What came from it stays.",
	  "essaim peer remove https://essaim.example.org", cmd_peer_remove },
	{ "sync", "[URL]", 0, 1, NULL, "exchange with one peer, or all of them, now",
	  "A running node does so by itself; this waits and tells.", "essaim sync", cmd_sync },
	{ "vouch", "DID [OPTIONS]", 1, 1, vouch_options, "let an author in, here and where you are trusted", NULL,
	  "essaim vouch did:key:z6Mk... --hops 1 --budget 5000", cmd_vouch },
	{ "trust", "[DID] [OPTIONS]", 0, 1, trust_options, "whose records are taken, how many, by whose vouch, and why",
	  "Of one author: by whom it is let in, what each vouch gives and how that is computed, blocks, the next root.\n"
	  "Without an author: all of them; with --without those who would go or have less room.",
	  "essaim trust did:key:z6Mk...", cmd_trust },
	{ "block", "[WHAT] [OPTIONS]", 0, 1, block_options,
	  "block an author, a record or a node here; list what is blocked",
	  "WHAT is did:key:..., did:key:.../kind/rid, or the address of a node, which is no longer called.  What was\n"
	  "written by a blocked author, or under a blocked reference, is erased here at once.",
	  "essaim block did:key:z6Mk... --reason spam", cmd_block },
	{ "block list", "", 0, 0, NULL, "what is blocked here, why, and on whose advice", NULL, "essaim block list",
	  cmd_block_list },
	{ "block export", "FILE|-", 1, 1, NULL, "what is blocked here as a signed list, for another operator",
	  "The reasons are in it.  With 'publish-blocks = yes' others can fetch it from this node.",
	  "essaim block export blocks.json", cmd_block_export },
	{ "block import", "FILE|URL [OPTIONS]", 1, 1, block_import_options,
	  "another operator's list beside what is here: advice",
	  "URL is the address of a node that publishes its list.  The list's author must be let in here.  Nothing is\n"
	  "blocked but what --apply names; each entry keeps where it came from.",
	  "essaim block import https://essaim.example.org", cmd_block_import },
	{ "unblock", "WHAT", 1, 1, NULL, "no longer block it", "It comes back with the next exchange.",
	  "essaim unblock did:key:z6Mk...", cmd_unblock },
	{ "erase", "[REF] [OPTIONS]", 0, 1, erase_options, "forget a record, and see who else has forgotten it",
	  "An own record is deleted everywhere, another author's on this node alone.  No later import or exchange\n"
	  "brings it back.  Then each neighbour is asked whether it shows it still; those out of reach are asked\n"
	  "again for as long as it takes.", "essaim erase did:key:z6Mk.../offer/k3v9abcdefghijkl", cmd_erase },
	{ "import", "[OPTIONS] FILE|URL|-", 1, 1, import_options,
	  "bring in records from another directory's export",
	  "Run again later it finds the same records: new, changed, same, refused and vanished ones are\n"
	  "reported; nothing is deleted.", "essaim import --dry-run --kind place lieux.csv", cmd_import },
	{ "source add", "URL [OPTIONS]", 1, 1, source_add_options,
	  "look at another directory again and again, and take in what is new",
	  "A source that is down, empty, too slow or unreadable never deletes anything.  What vanished from it goes\n"
	  "after two complete answers without it; when that is too much at once the operator is asked first.  What\n"
	  "was changed by hand here stays.  Added again, its settings change.",
	  "essaim source add https://carte.example.org/api/elements.json --every 6h", cmd_source_add },
	{ "source list", "", 0, 0, NULL, "the sources: how they answered, when next, what is asked", NULL,
	  "essaim source list", cmd_source_list },
	{ "source show", "URL", 1, 1, NULL, "one source, and the fields that changed both here and there", NULL,
	  "essaim source show https://carte.example.org/api/elements.json", cmd_source_show },
	{ "source poll", "[URL] [OPTIONS]", 0, 1, source_poll_options, "look at a source, or all of them, now",
	  "A running node does so by itself; this waits and tells.", "essaim source poll", cmd_source_poll },
	{ "source pause", "URL", 1, 1, NULL, "do not look at a source for a while", NULL,
	  "essaim source pause https://carte.example.org/api/elements.json", cmd_source_pause },
	{ "source resume", "URL", 1, 1, NULL, "look at it again", NULL,
	  "essaim source resume https://carte.example.org/api/elements.json", cmd_source_resume },
	{ "source remove", "URL", 1, 1, NULL, "no longer look at a source", "What came from it stays.",
	  "essaim source remove https://carte.example.org/api/elements.json", cmd_source_remove },
	{ "source answer", "URL --delete|--keep", 1, 1, source_answer_options,
	  "say what becomes of records that vanished from a source", NULL,
	  "essaim source answer https://carte.example.org/api/elements.json --keep", cmd_source_answer },
	{ "source decide", "URL ITEM [OPTIONS]", 2, 2, source_decide_options,
	  "say whose a field is that changed both here and there",
	  "What was decided is remembered until the source changes that field again.",
	  "essaim source decide https://carte.example.org/api/elements.json 1a2 --keep phone --take hours",
	  cmd_source_decide },
	{ "places import", "FILE|URL|-", 1, 1, NULL, "load where the communes lie, so that rows without a position get one",
	  "The file is a list of communes as geo.api.gouv.fr gives it, each with its code and centre.",
	  "essaim places import 'https://geo.api.gouv.fr/communes?fields=code,nom,centre'", cmd_places_import },
	{ "export", "[OPTIONS] [FILE]", 0, 1, export_options, "the catalogue in a form other software reads",
	  "A table (csv) can be changed and imported again: its column id holds the references.\n"
	  "With --everything an association leaves: 'author take' on another node goes on from the file.",
	  "essaim export --format csv --kind place lieux.csv", cmd_export },
	{ "bundle export", "FILE|- [OPTIONS]", 1, 1, bundle_options, "signed records in one file, for another node",
	  "For filling an empty node, or carrying records on a USB stick, deletions too.  The file says who made it,\n"
	  "and whether it is whole.", "essaim bundle export --to riec --since last stick/essaim.ndjson.gz",
	  cmd_bundle_export },
	{ "bundle import", "FILE|- [OPTIONS]", 1, 1, bundle_import_options, "take in the records of a bundle",
	  "Each record is judged as if a peer had sent it.  A file that is cut off or was changed is refused whole.\n"
	  "Interrupted, the same command goes on where it was.", "essaim bundle import essaim.ndjson.gz",
	  cmd_bundle_import },
	{ "verify", "FILE|- [OPTIONS]", 1, 1, verify_options, "check signed records, or a document, without a node",
	  "FILE holds records one a line, or is a bundle.  Says of each bad line what is wrong.",
	  "essaim verify essaim.ndjson.gz", cmd_verify },
	{ "canon", "FILE|-", 1, 1, NULL, "print the canonical form of JSON (RFC 8785)",
	  "Or the line and column where it is no JSON that can be signed.", "essaim canon record.json", cmd_canon },
	{ "login", "", 0, 0, NULL, "print a link that opens the operator's pages once", NULL, "essaim login",
	  cmd_login },
	{ "backup", "FILE", 1, 1, NULL, "the whole node in one file, also while it runs",
	  "Records, settings and keys, as gzip of a tar, readable by you alone.",
	  "essaim backup essaim-$(date +%F).tar.gz", cmd_backup },
	{ "restore", "FILE", 1, 1, NULL, "make a node from a backup, in an empty folder", NULL,
	  "essaim restore essaim-2026-11-21.tar.gz --data ./var", cmd_restore },
	{ "doctor", "[OPTIONS]", 0, 0, doctor_options, "look for trouble and say what to do",
	  "Databases, keys, clock, disk, peers, settings: one line each.  Exit status 1 when something is to do.",
	  "essaim doctor", cmd_doctor },
	{ "config", "", 0, 0, NULL, "print a sample of DIR/essaim.conf with every option", NULL,
	  "essaim config > essaim.conf.sample", cmd_config },
	{ "help", "[COMMAND]", 0, 2, help_options, "show this list, or a command's help", NULL,
	  "essaim help import", cmd_help },
};

const size_t cli_command_count = COUNT(cli_command);
