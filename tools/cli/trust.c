/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.c - whose records are taken and why, what is blocked, and other operators' lists of that. */
#include <inttypes.h>
#include <string.h>

#include "proto/limits.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/show.h"

static int
is_true(json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* A name where there is one, and the did. */
static void
print_who(FILE *out, json_t *a)
{
	if (*show_str(a, "name") != '\0')
		fprintf(out, "\"%s\" ", show_str(a, "name"));
	fputs(show_str(a, "did"), out);
}

/* --- trust ----------------------------------------------------------------------------------------------- */

static void
print_pool(FILE *out, int64_t pool)
{
	if (pool < 0)
		fputs("any number of", out);
	else
		fprintf(out, "%" PRId64, pool);
}

static void
print_standing(FILE *out, json_t *a)
{
	fputs("    ", out);
	if (is_true(a, "own"))
		fputs("its keys are here", out);
	else if (is_true(a, "blocked"))
		fputs("blocked here", out);
	else if (!is_true(a, "admitted"))
		fputs("not admitted: no vouch for it counts here", out);
	else {
		fputs(is_true(a, "listed") ? "admitted by direct choice, " : "admitted, ", out);
		fprintf(out, "%" PRId64 " hops left, up to ", show_int(a, "hops"));
		print_pool(out, show_int(a, "pool"));
		fputs(" records", out);
	}
	fprintf(out, "; %" PRId64 " live here, %" PRId64 " deletions", show_int(a, "live"), show_int(a, "tombstones"));
	if (show_int(a, "subjects") > 0)
		fprintf(out, "; it vouches for %" PRId64, show_int(a, "subjects"));
	fputc('\n', out);
}

static void
print_then(FILE *out, json_t *then)
{
	if (then == NULL)
		return;
	fputs("    without what ", out);
	fprintf(out, "%s says: ", show_str(then, "without"));
	if (!is_true(then, "admitted"))
		fputs("not admitted, its records go\n", out);
	else {
		fprintf(out, "admitted, %" PRId64 " hops left, up to ", show_int(then, "hops"));
		print_pool(out, show_int(then, "pool"));
		fputs(" records\n", out);
	}
}

static void
print_path(FILE *out, json_t *path)
{
	json_t *step;
	size_t i;

	json_array_foreach(path, i, step) {
		fputs(i == 0 ? "    let in by " : "      who was let in by ", out);
		print_who(out, step);
		fprintf(out, " (%" PRId64 " hops)\n", show_int(step, "hops"));
	}
}

/* Each vouch with its sum: "hops min(3 - 1, 2) = 2; records min(20000, 100000 / 4) = 20000". */
static void
print_voucher(FILE *out, json_t *v)
{
	static const struct { const char *why, *text; } reason[] = {
		{ "voucher-not-admitted", "does not count: whoever says so is not admitted here" },
		{ "no-hops-left", "does not count: its author was let in alone, with no hops to pass on" },
		{ "blocked", "does not count: the author is blocked here" },
		{ "repeated", "does not count: another vouch by the same author does" },
	};
	int64_t pool = show_int(v, "voucher_pool");
	size_t i;

	fputs("    vouch of ", out);
	print_who(out, v);
	fputs("\n      ", out);
	for (i = 0; i < sizeof reason / sizeof reason[0]; i++)
		if (strcmp(show_str(v, "why"), reason[i].why) == 0)
			fprintf(out, "%s\n", reason[i].text);
	if (!is_true(v, "counts"))
		return;
	fprintf(out, "hops: the lesser of %" PRId64 " - 1 and %" PRId64 " = %" PRId64 "\n      records: the lesser of %" PRId64
	    " and ", show_int(v, "voucher_hops"), show_int(v, "hops"), show_int(v, "gives_hops"), show_int(v, "budget"));
	if (pool < 0)
		fputs("any number", out);
	else
		fprintf(out, "%" PRId64 " / %" PRId64 " vouched for", pool, show_int(v, "subjects"));
	fprintf(out, " = %" PRId64 "\n", show_int(v, "gives_pool"));
}

static void
print_origin(FILE *out, json_t *b)
{
	fprintf(out, "%s  since %s  %s", show_str(b, "what"), show_time(show_int(b, "since")).text, show_str(b, "reason"));
	if (*show_str(b, "origin") != '\0')
		fprintf(out, "  (advised by %s)", show_str(b, "origin"));
	fputc('\n', out);
}

static void
show_trust(const struct cli *c, json_t *a)
{
	json_t *item;
	size_t i;

	print_who(c->out, a);
	fputc('\n', c->out);
	print_standing(c->out, a);
	print_then(c->out, json_object_get(a, "then"));
	print_path(c->out, json_object_get(a, "path"));
	json_array_foreach(json_object_get(a, "vouchers"), i, item)
		print_voucher(c->out, item);
	json_array_foreach(json_object_get(a, "blocks"), i, item) {
		fputs("    block: ", c->out);
		print_origin(c->out, item);
	}
	json_array_foreach(json_object_get(a, "branches"), i, item)
		fprintf(c->out, "    WARNING: its root %" PRId64 " named two next roots.  Kept: %s\n"
		    "             refused, seen %s: %s\n"
		    "             Somebody else may have that root: ask the author by another way.\n",
		    show_int(item, "generation"), show_str(item, "kept"), show_time(show_int(item, "seen")).text,
		    show_str(item, "refused"));
	json_array_foreach(json_object_get(a, "two_writers"), i, item)
		fprintf(c->out, "    WARNING: two writers with one key: %s, seen %s (a restored backup does this innocently)\n",
		    show_str(item, "ref"), show_time(show_int(item, "seen")).text);
	if (*show_str(a, "next") != '\0')
		fprintf(c->out, "    its next root must match %s\n", show_str(a, "next"));
	if (json_object_get(a, "retired") != NULL)
		fprintf(c->out, "    retired on %s\n", show_time(show_int(a, "retired")).text);
}

int
cmd_trust(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/trust", e) == -1 || target_add(&target, "did", c->arg[0], e) == -1 ||
	    target_add(&target, "without", cli_option(c, "without"), e) == -1 ? -1
	    : show_lines(c, METHOD_GET, target.ptr, (struct span){ 0 }, show_trust, e);

	buf_clear(&target);
	return rc;
}

/* --- blocks ---------------------------------------------------------------------------------------------- */

static void
show_block(const struct cli *c, json_t *v)
{
	const char *b = show_str(v, "blocked");
	int64_t others = show_int(v, "entries") - 1;

	if (*b == '\0') {
		fprintf(c->out, "unblocked %s\n", show_str(v, "unblocked"));
		return;
	}
	if (cli_has(c, "only-vouched"))
		fprintf(c->out, "blocked %" PRId64 " authors whom %s alone brings", others + 1, b);
	else if (others > 0)
		fprintf(c->out, "blocked %s and %" PRId64 " authors whom it alone brings", b, others);
	else
		fprintf(c->out, "blocked %s", b);
	fprintf(c->out, "; %" PRId64 " records are gone from here\n", show_int(v, "records"));
}

int
cmd_block(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	const char *vouched = cli_has(c, "only-vouched") ? "only" : cli_has(c, "with-vouched") ? "with" : NULL;
	int rc;

	if (c->arg_count == 0)
		return cmd_block_list(c, e);
	rc = buf_adds(&target, "/api/v1/blocks", e) == -1 || target_add(&target, "what", c->arg[0], e) == -1 ||
	    target_add(&target, "reason", cli_option(c, "reason"), e) == -1 ||
	    target_add(&target, "vouched", vouched, e) == -1 ? -1
	    : show_call(c, METHOD_POST, target.ptr, (struct span){ 0 }, show_block, e);
	buf_clear(&target);
	return rc;
}

int
cmd_unblock(struct cli *c, struct err *e)
{
	return show_with(c, METHOD_DELETE, "/api/v1/blocks", "what", c->arg[0], show_block, e);
}

static void
show_blocks(const struct cli *c, json_t *all)
{
	json_t *b;
	size_t i;

	json_array_foreach(all, i, b)
		print_origin(c->out, b);
	if (json_array_size(all) == 0)
		fputs("nothing is blocked here\n", c->out);
}

int
cmd_block_list(struct cli *c, struct err *e)
{
	return show_call(c, METHOD_GET, "/api/v1/blocks", (struct span){ 0 }, show_blocks, e);
}

int
cmd_block_export(struct cli *c, struct err *e)
{
	struct buf out = BUF_INIT(BLOCKLIST_BYTES_MAX);
	struct client *node = NULL;
	FILE *f = strcmp(c->arg[0], "-") == 0 ? c->out : NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == -1 ||
	    client_call(node, METHOD_GET, "/api/v1/blocks/signed", (struct span){ 0 }, &out, e) == -1)
		goto out;
	if (f == NULL && (f = fopen(c->arg[0], "wb")) == NULL) {
		err_set(e, ERR_IO, "%s cannot be written", c->arg[0]);
		goto out;
	}
	rc = fwrite(out.ptr, 1, out.len, f) == out.len ? 0 : err_set(e, ERR_IO, "%s cannot be written", c->arg[0]);
	if (f != c->out && fclose(f) != 0)
		rc = err_set(e, ERR_IO, "%s cannot be written", c->arg[0]);
out:
	client_close(node);
	buf_clear(&out);
	return rc;
}

/* --- advice ------------------------------------------------------------------------------------------------ */

static void
show_advice(const struct cli *c, json_t *v)
{
	json_t *entry;
	int64_t fresh = 0, records = 0;
	size_t i;

	fprintf(c->out, "List of \"%s\" %s of %s:\n", show_str(v, "name"), show_str(v, "author"),
	    show_time(show_int(v, "created")).text);
	json_array_foreach(json_object_get(v, "entries"), i, entry) {
		const char *here = show_str(entry, "here");

		fprintf(c->out, "  %s", show_str(entry, "what"));
		if (*show_str(entry, "name") != '\0')
			fprintf(c->out, "  \"%s\"", show_str(entry, "name"));
		fprintf(c->out, "\n    there: %s, since %s\n    here: ", show_str(entry, "reason"),
		    show_time(show_int(entry, "since")).text);
		if (strcmp(here, "new") == 0) {
			fresh++;
			records += show_int(entry, "records");
			fprintf(c->out, "not blocked, %" PRId64 " records would go\n", show_int(entry, "records"));
		} else
			fprintf(c->out, "%s\n", strcmp(here, "taken") == 0 ? "blocked now" : strcmp(here, "own") == 0
			    ? "of this node itself, never blocked" : "blocked already");
	}
	if (show_int(v, "blocked") > 0)
		fprintf(c->out, "%" PRId64 " blocked now.\n", show_int(v, "blocked"));
	if (fresh > 0)
		fprintf(c->out, "Nothing%s is blocked yet: --apply all, or --apply WHAT,WHAT, would block up to %" PRId64
		    ", with %" PRId64 " records here.\n", show_int(v, "blocked") > 0 ? " else" : "", fresh, records);
}

int
cmd_block_import(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), list = BUF_INIT(BLOCKLIST_BYTES_MAX);
	int far = strncmp(c->arg[0], "http://", 7) == 0 || strncmp(c->arg[0], "https://", 8) == 0;
	int rc = buf_adds(&target, "/api/v1/blocks/advice", e);

	if (rc == 0)
		rc = far ? target_add(&target, "url", c->arg[0], e) : cli_read_file(c->arg[0], &list, e);
	if (rc == 0 && (rc = target_add(&target, "apply", cli_option(c, "apply"), e)) == 0)
		rc = show_call(c, METHOD_POST, target.ptr, buf_span(&list), show_advice, e);
	buf_clear(&target);
	buf_clear(&list);
	return rc;
}
