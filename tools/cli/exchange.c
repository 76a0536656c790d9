/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exchange.c - the catalogue as files: bundles for nodes, exports for other software.
 *
 * A bundle is gzip of NDJSON: a header line, then records as they are signed (SPEC: Bundles).  Reading
 * one is what a peer's batch is: each record is judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <zlib.h>

#include "node/api/emit.h"
#include "node/forms/forms.h"
#include "proto/canon.h"
#include "proto/limits.h"
#include "proto/reason.h"
#include "proto/record.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/feed.h"
#include "tools/cli/files.h"
#include "tools/cli/lines.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

/* --- bundle export ---------------------------------------------------------------------------------- */

struct bundle {
	gzFile gz;
	const char *file;
	uint64_t count;
};

static int
bundle_line(void *ctx, struct span line, struct err *e)
{
	struct bundle *b = ctx;

	if (gzwrite(b->gz, line.ptr, (unsigned)line.len) != (int)line.len || gzputc(b->gz, '\n') == -1)
		return err_set(e, ERR_IO, "%s: it cannot be written (is the disk full?)", b->file);
	b->count++;
	return 0;
}

/* {"essaim":"bundle","v":1,…}: from whom and when, so that the file explains itself. */
static int
bundle_header(struct bundle *b, struct client *node, struct err *e)
{
	struct buf answer = BUF_INIT(65536), line = BUF_INIT(65536);
	json_t *s = NULL;
	struct emit j;
	int rc = -1;

	if (client_call(node, METHOD_GET, "/api/v1/status", (struct span){ 0 }, &answer, e) == -1 ||
	    (s = show_parse(buf_span(&answer), e)) == NULL)
		goto out;
	emit_start(&j, &line, e);
	emit_object(&j);
	emit_put_int(&j, "created", show_int(s, "now"));
	emit_put_text(&j, "did", show_str(s, "did"));
	emit_put_text(&j, "essaim", "bundle");
	emit_put_text(&j, "name", show_str(s, "name"));
	emit_put_text(&j, "state", show_str(s, "state"));
	emit_put_int(&j, "v", 1);
	emit_object_end(&j);
	if (emit_end(&j) == 0)
		rc = bundle_line(b, buf_span(&line), e);
	b->count = 0;
out:
	json_decref(s);
	buf_clear(&answer);
	buf_clear(&line);
	return rc;
}

/* Written beside its place and moved there when whole; "-" is standard output. */
static int
open_beside(const char *file, char *temp, size_t size, struct err *e)
{
	int fd;

	if (strcmp(file, "-") == 0) {
		temp[0] = '\0';
		return dup(STDOUT_FILENO);
	}
	if (snprintf(temp, size, "%s.part", file) >= (int)size)
		return err_set(e, ERR_USAGE, "%s: the name is too long", file);
	if ((fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) == -1)
		return err_set(e, ERR_IO, "%s: %s", temp, strerror(errno));
	return fd;
}

static int
move_in_place(const char *temp, const char *file, int rc, struct err *e)
{
	if (temp[0] == '\0')
		return rc;
	if (rc == 0 && rename(temp, file) == -1)
		rc = err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
	if (rc == -1)
		unlink(temp);
	return rc;
}

static void
show_written(const struct cli *c, const char *file, uint64_t count)
{
	FILE *out = strcmp(file, "-") == 0 ? c->messages : c->out;

	if (c->json && out == c->out)
		fprintf(out, "{\"records\":%" PRIu64 "}\n", count);
	else if (!c->json)
		fprintf(out, "%" PRIu64 " records written\n", count);
}

int
cmd_bundle_export(struct cli *c, struct err *e)
{
	struct bundle b = { .file = c->arg[0] };
	struct client *node = NULL;
	struct progress p;
	char temp[4096];
	int fd, rc = -1;

	if (client_open(c->data, &node, e) == -1)
		return -1;
	if ((fd = open_beside(b.file, temp, sizeof temp, e)) == -1)
		goto out;
	if ((b.gz = gzdopen(fd, "wb6")) == NULL) {
		close(fd);
		err_memory(e);
		goto out;
	}
	progress_start(&p, c, "bundle");
	rc = bundle_header(&b, node, e) == -1 ? -1
	    : feed_read(node, cli_option(c, "author"), cli_option(c, "kind"), &p, bundle_line, &b, e);
	progress_end(&p);
	if (gzclose(b.gz) != Z_OK && rc == 0)
		rc = err_set(e, ERR_IO, "%s: it cannot be written (is the disk full?)", b.file);
	rc = move_in_place(temp, b.file, rc, e);
	if (rc == 0 && (rc = files_note(node, b.file, "bundle", e)) == 0)
		show_written(c, b.file, b.count);
out:
	client_close(node);
	return rc;
}

/* --- bundle import --------------------------------------------------------------------------------------- */

struct intake {
	struct cli *c;
	struct client *node;
	struct progress progress;
	struct buf batch, answer;
	uint64_t lines, by[VERDICT__COUNT], by_reason[REASON__COUNT];
	size_t rows;
};

static int
count_results(struct intake *in, struct span answer, struct err *e)
{
	while (answer.len > 0) {
		struct span line = span_cut(&answer, '\n');
		enum verdict v;
		enum reason r;
		json_t *o;

		if (line.len == 0)
			continue;
		if ((o = show_parse(line, e)) == NULL)
			return -1;
		if ((v = verdict_find(show_str(o, "result"))) < VERDICT__COUNT)
			in->by[v]++;
		if ((r = reason_find(show_str(o, "reason"))) < REASON__COUNT)
			in->by_reason[r]++;
		json_decref(o);
	}
	return 0;
}

static int
send_batch(struct intake *in, struct err *e)
{
	if (in->rows == 0)
		return 0;
	buf_reset(&in->answer);
	if (client_call(in->node, METHOD_POST, "/api/v1/records", buf_span(&in->batch), &in->answer, e) == -1 ||
	    count_results(in, buf_span(&in->answer), e) == -1)
		return err_wrap(e, "after %" PRIu64 " records", in->lines - in->rows);
	buf_reset(&in->batch);
	in->rows = 0;
	progress_step(&in->progress, in->lines, "records");
	return 0;
}

static int
is_header(struct span line)
{
	struct span raw;

	return line.len > 0 && line.ptr[0] == '{' && canon_get(line, "essaim", &raw);
}

static int
take_line(void *ctx, uint64_t number, struct span line, struct err *e)
{
	struct intake *in = ctx;

	if (number == 1 && is_header(line))
		return 0;
	if (in->batch.len + line.len + 1 > BATCH_BYTES_MAX && send_batch(in, e) == -1)
		return -1;
	if (buf_addspan(&in->batch, line, e) == -1 || buf_addc(&in->batch, '\n', e) == -1)
		return -1;
	in->lines++;
	return ++in->rows == BATCH_RECORDS_MAX ? send_batch(in, e) : 0;
}

static void
show_intake(const struct intake *in)
{
	int i, n = 0;

	if (in->c->json) {
		fprintf(in->c->out, "{\"records\":%" PRIu64, in->lines);
		for (i = 0; i < VERDICT__COUNT; i++)
			fprintf(in->c->out, ",\"%s\":%" PRIu64, verdict_name((enum verdict)i), in->by[i]);
		fputs(",\"reasons\":{", in->c->out);
		for (i = REASON_NONE + 1; i < REASON__COUNT; i++)
			if (in->by_reason[i] > 0)
				fprintf(in->c->out, "%s\"%s\":%" PRIu64, n++ == 0 ? "" : ",",
				    reason_name((enum reason)i), in->by_reason[i]);
		fputs("}}\n", in->c->out);
		return;
	}
	fprintf(in->c->out, "%" PRIu64 " records: ", in->lines);
	for (i = 0; i < VERDICT__COUNT; i++)
		if (in->by[i] > 0)
			fprintf(in->c->out, "%s%" PRIu64 " %s", n++ == 0 ? "" : ", ", in->by[i],
			    verdict_name((enum verdict)i));
	fputs(n == 0 ? "none\n" : "\n", in->c->out);
	for (i = REASON_NONE + 1; i < REASON__COUNT; i++)
		if (in->by_reason[i] > 0 && i != REASON_DUPLICATE && i != REASON_SUPERSEDED)
			fprintf(in->c->out, "  %" PRIu64 " %s: %s\n", in->by_reason[i], reason_name((enum reason)i),
			    reason_text((enum reason)i));
}

int
cmd_bundle_import(struct cli *c, struct err *e)
{
	struct intake in = { .c = c, .batch = BUF_INIT(BATCH_BYTES_MAX + 1), .answer = BUF_INIT(CLIENT_ANSWER_MAX) };
	int rc = -1;

	if (client_open(c->data, &in.node, e) == -1)
		return -1;
	progress_start(&in.progress, c, "bundle");
	rc = lines_read(c->arg[0], take_line, &in, e);
	if (rc == 0)
		rc = send_batch(&in, e);
	progress_end(&in.progress);
	if (rc == 0) {
		show_intake(&in);
		c->json_done = c->json;
		if (in.by[VERDICT_INVALID] > 0)
			rc = err_set(e, ERR_INPUT, "%s: %" PRIu64 " lines are not records; 'essaim verify %s' shows them",
			    c->arg[0], in.by[VERDICT_INVALID], c->arg[0]);
	}
	client_close(in.node);
	buf_clear(&in.batch);
	buf_clear(&in.answer);
	return rc;
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
		return err_set(e, ERR_USAGE, "there is no format '%s': ndjson, csv, geojson, jsonld, atom, ics", format);
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
	    feed_read(node, x->author, x->kind, &p, export_line, x, e) == -1 ||
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

	if ((fd = open_beside(x->name, temp, sizeof temp, e)) == -1)
		return -1;
	if ((x->file = fdopen(fd, "wb")) == NULL) {
		close(fd);
		return err_memory(e);
	}
	rc = write_export(x, c, node, e);
	fclose(x->file);
	return move_in_place(temp, x->name, rc, e);
}

int
cmd_export(struct cli *c, struct err *e)
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
