/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exchange.c - the catalogue in the forms that other software reads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "node/forms/forms.h"
#include "proto/record.h"
#include "tools/cli/beside.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/feed.h"
#include "tools/cli/files.h"
#include "tools/cli/move.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

static void
show_written(const struct cli *c, const char *file, uint64_t count)
{
	FILE *out = strcmp(file, "-") == 0 ? c->messages : c->out;

	if (c->json && out == c->out)
		fprintf(out, "{\"records\":%" PRIu64 "}\n", count);
	else if (!c->json)
		fprintf(out, "%" PRIu64 " records written\n", count);
}

/* --- export ----------------------------------------------------------------------------------------------- */

struct export {
	struct forming forming;
	struct buf out;
	FILE *file;
	const char *name, *author, *kind;
};

static int
pour(struct export *x, struct err *e)
{
	if (x->out.len > 0 && fwrite(x->out.ptr, 1, x->out.len, x->file) != x->out.len)
		return err_set(e, ERR_IO, "%s: it cannot be written (is the disk full?)", x->name);
	buf_reset(&x->out);
	return 0;
}

static int
export_line(void *ctx, struct span line, struct err *e)
{
	struct export *x = ctx;
	struct record r;
	enum reason why;

	if (record_parse(line, &r, &why, e) == -1)
		return -1;
	if (r.deleted || r.kind == KIND_UNKNOWN || !(kind_info(r.kind)->flags & KIND_CONTENT) ||
	    (x->kind != NULL && !span_is(r.kind_name, x->kind)) ||
	    (x->author != NULL && !span_is(r.author, x->author)))
		return 0;
	if (form_row(&x->forming, &r, e) == -1)
		return -1;
	return x->out.len > 65536 ? pour(x, e) : 0;
}

/* What the forms say about where the list comes from. */
static int
describe(struct export *x, json_t *about, struct cli *c, struct err *e)
{
	const char *format = cli_option(c, "format");
	enum kind k = KIND_UNKNOWN;

	x->forming = (struct forming){ .form = form_find(format == NULL ? "ndjson" : format), .out = &x->out,
		.title = show_str(about, "name"), .publisher = show_str(about, "name"),
		.base = show_str(about, "url"), .self = "/catalogue", .now_s = show_int(about, "now") };
	x->author = cli_option(c, "author");
	x->kind = cli_option(c, "kind");
	if (x->forming.form == NULL)
		return err_set(e, ERR_USAGE, "there is no format '%s': ndjson, csv, geojson, jsonld, atom, ics, "
		    "gogofull, gogocompact, gogosync, murmurations", format);
	if (x->kind != NULL && (k = kind_find(span_str(x->kind))) == KIND_UNKNOWN)
		return err_set(e, ERR_USAGE, "there is no kind '%s'", x->kind);
	x->forming.kinds = k == KIND_UNKNOWN ? 0 : UINT32_C(1) << k;
	return 0;
}

static int
write_export(struct export *x, struct cli *c, struct client *node, struct err *e)
{
	struct progress p;
	int rc;

	progress_start(&p, c, "export");
	rc = form_begin(&x->forming, e) == -1 ||
	    feed_read(node, &(struct feed_query){ .author = x->author, .kind = x->kind }, &p, export_line, x, e) == -1 ||
	    form_end(&x->forming, e) == -1 || pour(x, e) == -1 ? -1 : 0;
	progress_end(&p);
	if (rc == -1)
		form_clear(&x->forming);
	if (fflush(x->file) == EOF && rc == 0)
		rc = err_set(e, ERR_IO, "%s: %s", x->name, strerror(errno));
	return rc;
}

static int
run_export(struct export *x, struct cli *c, struct client *node, struct err *e)
{
	char temp[4096];
	int fd, rc;

	if ((fd = beside_open(x->name, temp, sizeof temp, e)) == -1)
		return -1;
	if ((x->file = fdopen(fd, "wb")) == NULL) {
		close(fd);
		return err_memory(e);
	}
	rc = write_export(x, c, node, e);
	fclose(x->file);
	return beside_settle(temp, x->name, rc, e);
}

static int
export_catalogue(struct cli *c, struct err *e)
{
	struct export x = { .out = BUF_INIT((size_t)4 << 20), .name = c->arg_count == 0 ? "-" : c->arg[0] };
	struct buf answer = BUF_INIT((size_t)1 << 20);
	struct client *node = NULL;
	json_t *about = NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == 0 &&
	    client_call(node, METHOD_GET, "/.well-known/essaim", (struct span){ 0 }, &answer, e) == 0 &&
	    (about = show_parse(buf_span(&answer), e)) != NULL && describe(&x, about, c, e) == 0)
		rc = run_export(&x, c, node, e);
	if (rc == 0 && (rc = files_note(node, x.name, "export", e)) == 0)
		show_written(c, x.name, x.forming.count);
	json_decref(about);
	client_close(node);
	buf_clear(&answer);
	buf_clear(&x.out);
	return rc;
}

int
cmd_export(struct cli *c, struct err *e)
{
	return cli_has(c, "everything") ? move_export(c, e) : export_catalogue(c, e);
}
