/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.c - essaim import: read a file's items, send them in batches, report row by row.
 *
 * Memory does not grow with the file: items are mapped one at a time, the report goes to a temporary
 * file, and of each identifier eight bytes are kept to tell what comes twice and what vanished.
 */
#include "tools/import/import.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "node/api/emit.h"
#include "node/core/node.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/idset.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

#define BATCH_ROWS	500
#define BATCH_BYTES	((size_t)4 << 20)
#define REMARKS_MAX	1000
#define COLUMNS_MAX	200

enum result { ROW_NEW, ROW_CHANGED, ROW_SAME, ROW_REFUSED, ROW_DIFFERS, ROW_VANISHED, ROW__COUNT };

static const char *const result_name[] = {
	[ROW_NEW] = "new", [ROW_CHANGED] = "changed", [ROW_SAME] = "same", [ROW_REFUSED] = "refused",
	[ROW_DIFFERS] = "differs", [ROW_VANISHED] = "vanished",
};

struct import {
	struct cli *c;
	struct client *node;
	struct mapping mapping;
	struct mapped mapped;
	const char *source;
	struct buf target, batch, answer;
	size_t batch_rows;
	struct idset seen;
	struct progress progress;
	FILE *rows;			/* the report's rows, as JSON with --json */
	uint64_t count[ROW__COUNT], items;
	struct buf remarks;		/* JSON values with commas between */
	uint64_t remark_count, emails;
	struct buf columns;		/* names of ignored columns, one a line */
	size_t column_count;
	int32_t lat_e7, lon_e7;		/* of the first item that has a position */
	uint64_t positions, same_positions;
};

/* --- the report ----------------------------------------------------------------------------------- */

struct report_row {
	enum result result;
	int64_t row;			/* 0: none, it vanished */
	const char *ref, *field, *why;
};

static int
report_json(struct import *im, const struct report_row *r, struct err *e)
{
	struct buf text = BUF_INIT(65536);
	struct emit j;
	int rc;

	emit_start(&j, &text, e);
	emit_object(&j);
	if (r->row > 0)
		emit_put_int(&j, "row", r->row);
	emit_put_text(&j, "result", result_name[r->result]);
	emit_put_text(&j, "ref", r->ref);
	if (*r->field != '\0')
		emit_put_text(&j, "field", r->field);
	if (*r->why != '\0')
		emit_put_text(&j, "why", r->why);
	emit_object_end(&j);
	rc = emit_end(&j);
	if (rc == 0)
		fprintf(im->rows, "%s%s", ftell(im->rows) > 0 ? ",\n" : "", text.ptr);
	buf_clear(&text);
	return rc;
}

static int
report(struct import *im, const struct report_row *r, struct err *e)
{
	im->count[r->result]++;
	if (im->c->json)
		return report_json(im, r, e);
	if (r->result == ROW_VANISHED)
		fprintf(im->rows, "vanished   %s\n", r->ref);
	else if (r->result == ROW_REFUSED || *r->why != '\0')
		fprintf(im->rows, "%-9s  row %" PRId64 ": %s%s%s\n", result_name[r->result], r->row, r->field,
		    *r->field == '\0' ? "" : " ", r->why);
	return 0;
}

static int
remark(struct import *im, size_t row, const char *field, const char *text, struct err *e)
{
	struct emit j;

	if (im->remark_count++ >= REMARKS_MAX)
		return 0;
	emit_start(&j, &im->remarks, e);
	j.comma = im->remarks.len > 0;
	emit_object(&j);
	emit_put_int(&j, "row", (int64_t)row);
	emit_put_text(&j, "field", field);
	emit_put_text(&j, "text", text);
	emit_object_end(&j);
	return emit_end(&j);
}

/* Names of columns are few; each once. */
static void
ignore_column(void *ctx, const char *column)
{
	struct import *im = ctx;
	struct span rest = buf_span(&im->columns);
	struct err full = { 0 };

	while (rest.len > 0)
		if (span_is(span_cut(&rest, '\n'), column))
			return;
	if (im->column_count == COLUMNS_MAX || strchr(column, '\n') != NULL)
		return;
	im->column_count += buf_addf(&im->columns, &full, "%s\n", column) == 0;
}

/* --- batches ------------------------------------------------------------------------------------------ */

static enum result
find_result(const char *name)
{
	int i;

	for (i = 0; i < ROW_VANISHED; i++)
		if (strcmp(result_name[i], name) == 0)
			return (enum result)i;
	return ROW_REFUSED;
}

static int
read_answer(struct import *im, struct span line, struct err *e)
{
	json_t *v = show_parse(line, e);
	struct report_row r;
	int rc;

	if (v == NULL)
		return -1;
	r = (struct report_row){ find_result(show_str(v, "result")), show_int(v, "row"), show_str(v, "ref"),
		show_str(v, "field"), show_str(v, "why") };
	rc = report(im, &r, e);
	json_decref(v);
	return rc;
}

static int
flush(struct import *im, struct err *e)
{
	struct span rest, line;
	int rc = 0;

	if (im->batch_rows == 0)
		return 0;
	buf_reset(&im->answer);
	if (client_call(im->node, METHOD_POST, im->target.ptr, buf_span(&im->batch), &im->answer, e) == -1)
		return err_wrap(e, "after %" PRIu64 " rows", im->items - im->batch_rows);
	rest = buf_span(&im->answer);
	while (rc == 0 && rest.len > 0)
		if ((line = span_cut(&rest, '\n')).len > 0)
			rc = read_answer(im, line, e);
	buf_reset(&im->batch);
	im->batch_rows = 0;
	progress_step(&im->progress, im->items, "rows");
	return rc;
}

static int
queue(struct import *im, size_t row, struct err *e)
{
	struct emit j;

	emit_start(&j, &im->batch, e);
	emit_object(&j);
	emit_key(&j, "content");
	emit_raw(&j, buf_span(&im->mapped.content));
	emit_put_span(&j, "id", buf_span(&im->mapped.id));
	emit_put_text(&j, "kind", kind_info(im->mapped.kind)->name);
	if (im->mapped.lang[0] != '\0')
		emit_put_text(&j, "lang", im->mapped.lang);
	if (im->mapped.license[0] != '\0')
		emit_put_text(&j, "license", im->mapped.license);
	emit_put_int(&j, "row", (int64_t)row);
	emit_object_end(&j);
	emit_line(&j);
	if (emit_end(&j) == -1)
		return -1;
	if (++im->batch_rows < BATCH_ROWS && im->batch.len < BATCH_BYTES)
		return 0;
	return flush(im, e);
}

/* --- items --------------------------------------------------------------------------------------------- */

static int
take_remarks(struct import *im, size_t row, struct err *e)
{
	const struct mapped *m = &im->mapped;
	size_t i;

	for (i = 0; i < m->note_count; i++)
		if (remark(im, row, m->note[i].field, m->note[i].text, e) == -1)
			return -1;
	if (m->has_position) {
		if (im->positions++ == 0) {
			im->lat_e7 = m->lat_e7;
			im->lon_e7 = m->lon_e7;
		}
		im->same_positions += m->lat_e7 == im->lat_e7 && m->lon_e7 == im->lon_e7;
	}
	if (m->has_email_in_text && im->emails++ < 20)
		return remark(im, row, "", "an e-mail address within a text: is it meant to be public?", e);
	return 0;
}

static int
take_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct report_row refused = { ROW_REFUSED, (int64_t)item->row, "", "", "" };
	struct import *im = ctx;
	struct mapped *m = &im->mapped;
	int is_new;

	if (import_map(&im->mapping, item, m, e) == -1)
		return -1;
	im->items++;
	if ((is_new = idset_add(&im->seen, buf_span(&m->id), e)) == -1 || take_remarks(im, item->row, e) == -1)
		return -1;
	if (m->why != NULL) {
		refused.field = m->field;
		refused.why = m->why;
	} else if (!is_new)
		refused.why = m->id_made ? "is the same as an earlier row: same name, same place"
		    : "has the same identifier as an earlier row";
	return *refused.why != '\0' ? report(im, &refused, e) : queue(im, item->row, e);
}

/* What an earlier import had and this file has not. */
static int
find_vanished(struct import *im, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	struct span rest, line;
	int rc;

	buf_reset(&im->answer);
	rc = buf_adds(&target, "/api/v1/sources", e) == -1 || target_add(&target, "source", im->source, e) == -1 ||
	    client_call(im->node, METHOD_GET, target.ptr, (struct span){ 0 }, &im->answer, e) == -1 ? -1 : 0;
	rest = buf_span(&im->answer);
	while (rc == 0 && rest.len > 0) {
		json_t *v;

		if ((line = span_cut(&rest, '\n')).len == 0)
			continue;
		if ((v = show_parse(line, e)) == NULL)
			rc = -1;
		else if (!idset_has(&im->seen, span_str(show_str(v, "item"))))
			rc = report(im, &(struct report_row){ ROW_VANISHED, 0, show_str(v, "ref"), "", "" }, e);
		json_decref(v);
	}
	buf_clear(&target);
	return rc;
}

/* --- the end --------------------------------------------------------------------------------------------- */

static const char *
warning(const struct import *im)
{
	if (im->items == 0)
		return "the file holds no items: nothing was imported, and nothing is taken for vanished";
	if (im->positions > 5 && im->same_positions == im->positions)
		return "all items are at the same position: is the column of coordinates right?";
	return "";
}

static void
copy_rows(struct import *im)
{
	char chunk[16384];
	size_t n;

	rewind(im->rows);
	while ((n = fread(chunk, 1, sizeof chunk, im->rows)) > 0)
		fwrite(chunk, 1, n, im->c->out);
}

static int
show_json(struct import *im, struct err *e)
{
	struct span rest = buf_span(&im->columns);
	struct buf text = BUF_INIT((size_t)1 << 22);
	struct emit j;
	int i, rc;

	emit_start(&j, &text, e);
	emit_object(&j);
	emit_put_text(&j, "source", im->source);
	emit_put_bool(&j, "dry_run", cli_has(im->c, "dry-run"));
	emit_put_int(&j, "items", (int64_t)im->items);
	for (i = 0; i < ROW__COUNT; i++)
		emit_put_int(&j, result_name[i], (int64_t)im->count[i]);
	emit_key(&j, "ignored_columns");
	emit_array(&j);
	while (rest.len > 0)
		emit_span(&j, span_cut(&rest, '\n'));
	emit_array_end(&j);
	emit_put_int(&j, "emails_in_texts", (int64_t)im->emails);
	emit_put_text(&j, "warning", warning(im));
	emit_key(&j, "remarks");
	emit_array(&j);
	if (im->remarks.len > 0)
		emit_raw(&j, buf_span(&im->remarks));
	emit_array_end(&j);
	emit_key(&j, "rows");
	if ((rc = emit_end(&j)) == 0) {
		fprintf(im->c->out, "%s[", text.ptr);
		copy_rows(im);
		fputs("]}\n", im->c->out);
	}
	buf_clear(&text);
	return rc;
}

static int
show_remarks(struct import *im, struct err *e)
{
	json_t *all, *v;
	size_t i;
	struct buf text = BUF_INIT((size_t)1 << 22);

	if (buf_addf(&text, e, "[%s]", im->remarks.ptr == NULL ? "" : im->remarks.ptr) == -1 ||
	    (all = show_parse(buf_span(&text), e)) == NULL) {
		buf_clear(&text);
		return -1;
	}
	json_array_foreach(all, i, v)
		fprintf(im->c->out, "remark     row %" PRId64 ": %s%s%s\n", show_int(v, "row"), show_str(v, "field"),
		    *show_str(v, "field") == '\0' ? "" : " ", show_str(v, "text"));
	if (im->remark_count > REMARKS_MAX)
		fprintf(im->c->out, "           and %" PRIu64 " remarks more\n", im->remark_count - REMARKS_MAX);
	json_decref(all);
	buf_clear(&text);
	return 0;
}

static int
show_words(struct import *im, struct err *e)
{
	struct span rest = buf_span(&im->columns);
	int first = 1, i;

	copy_rows(im);
	if (show_remarks(im, e) == -1)
		return -1;
	for (; rest.len > 0; first = 0) {
		struct span name = span_cut(&rest, '\n');

		fprintf(im->c->out, "%s%.*s", first ? "ignored    columns: " : ", ", (int)name.len, name.ptr);
	}
	if (!first)
		fputc('\n', im->c->out);
	if (*warning(im) != '\0')
		fprintf(im->c->out, "warning    %s\n", warning(im));
	fputs(cli_has(im->c, "dry-run") ? "would be: " : "", im->c->out);
	for (i = 0; i < ROW__COUNT; i++)
		fprintf(im->c->out, "%s%" PRIu64 " %s", i == 0 ? "" : ", ", im->count[i], result_name[i]);
	fputc('\n', im->c->out);
	return 0;
}

/* --- setting out ------------------------------------------------------------------------------------------ */

static int
make_target(struct import *im, struct err *e)
{
	struct cli *c = im->c;

	return buf_adds(&im->target, "/api/v1/import", e) == -1 ||
	    target_add(&im->target, "source", im->source, e) == -1 ||
	    target_add(&im->target, "author", cli_option(c, "author"), e) == -1 ||
	    target_add(&im->target, "license", cli_option(c, "license"), e) == -1 ||
	    target_add(&im->target, "lang", cli_option(c, "lang"), e) == -1 ||
	    target_add(&im->target, "dry_run", cli_has(c, "dry-run") ? "1" : NULL, e) == -1 ||
	    target_add(&im->target, "overwrite", cli_has(c, "overwrite") ? "1" : NULL, e) == -1 ? -1 : 0;
}

static int
is_url(const char *path)
{
	return strncmp(path, "https://", 8) == 0 || strncmp(path, "http://", 7) == 0;
}

static int
read_options(struct import *im, struct err *e)
{
	const char *kind = cli_option(im->c, "kind"), *path = im->c->arg[0], *slash = strrchr(path, '/');

	im->mapping = (struct mapping){ .kind = KIND_INITIATIVE, .ignored = ignore_column, .ctx = im };
	if (kind != NULL && ((im->mapping.kind = kind_find(span_str(kind))) == KIND_UNKNOWN ||
	    !(kind_info(im->mapping.kind)->flags & KIND_CONTENT) ||
	    (kind_info(im->mapping.kind)->flags & KIND_SELF)))
		return err_set(e, ERR_USAGE, "%s is not a kind that can be imported", kind);
	im->source = cli_option(im->c, "source");
	if (im->source == NULL && strcmp(path, "-") == 0)
		return err_set(e, ERR_USAGE, "say what the source is called: --source NAME");
	im->mapping.source_name = im->source;
	if (im->source == NULL && is_url(path))
		im->source = path;
	else if (im->source == NULL)
		im->source = slash == NULL ? path : slash + 1;
	return make_target(im, e);
}

static int
read_items(struct import *im, FILE *f, struct err *e)
{
	const char *name = cli_option(im->c, "format");
	const struct import_format *format = NULL;
	struct import_input in;

	if (name != NULL && (format = import_format_find(name)) == NULL)
		return err_set(e, ERR_USAGE, "there is no format '%s'; 'essaim help import' lists them", name);
	if (import_input_init(&in, f, im->c->arg[0], e) == -1 ||
	    (format == NULL && import_format_guess(&in, &format, e) == -1))
		return -1;
	return format->read(&in, take_item, im, e);
}

/* An address is fetched whole first: half of a source must not pass for all of it. */
static FILE *
open_source(const char *path, struct err *e)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : is_url(path) ? tmpfile() : fopen(path, "rb");

	if (f == NULL)
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
	else if (is_url(path)) {
		if (client_fetch(path, f, e) == -1) {
			fclose(f);
			return NULL;
		}
		rewind(f);
	}
	return f;
}

static int
run(struct import *im, struct err *e)
{
	const char *path = im->c->arg[0];
	FILE *f = open_source(path, e);
	int rc;

	if (f == NULL)
		return -1;
	rc = read_items(im, f, e);
	if (f != stdin)
		fclose(f);
	if (rc == 0)
		rc = flush(im, e);
	if (rc == -1)
		return err_wrap(e, "%s", path);
	return im->items == 0 ? 0 : find_vanished(im, e);
}

int
cmd_import(struct cli *c, struct err *e)
{
	struct import im = { .c = c, .mapped = MAPPED_INIT, .target = BUF_INIT(TARGET_BYTES_MAX),
		.batch = BUF_INIT(2 * BATCH_BYTES), .answer = BUF_INIT(CLIENT_ANSWER_MAX),
		.remarks = BUF_INIT((size_t)1 << 21), .columns = BUF_INIT(65536) };
	int rc = -1;

	if (read_options(&im, e) == -1 || client_open(c->data, &im.node, e) == -1)
		goto out;
	if ((im.rows = tmpfile()) == NULL) {
		err_set(e, ERR_IO, "no temporary file for the report: %s", strerror(errno));
		goto out;
	}
	progress_start(&im.progress, c, "import");
	rc = run(&im, e);
	progress_end(&im.progress);
	if (rc == 0)
		rc = c->json ? show_json(&im, e) : show_words(&im, e);
out:
	if (im.rows != NULL)
		fclose(im.rows);
	client_close(im.node);
	mapped_clear(&im.mapped);
	idset_clear(&im.seen);
	buf_clear(&im.target);
	buf_clear(&im.batch);
	buf_clear(&im.answer);
	buf_clear(&im.remarks);
	buf_clear(&im.columns);
	return rc;
}
