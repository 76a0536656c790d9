/* SPDX-License-Identifier: AGPL-3.0-or-later
 * run.c - see run.h.
 *
 * Memory does not grow with the file: items are mapped one at a time, the report's rows go to a temporary
 * file, and of each identifier eight bytes are kept to tell what comes twice and what vanished.
 */
#include "tools/import/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "node/api/emit.h"
#include "node/core/call.h"
#include "node/core/target.h"
#include "proto/err.h"
#include "tools/import/idset.h"
#include "tools/import/labels.h"
#include "tools/import/rules.h"

#define BATCH_ROWS	1000
#define BATCH_BYTES	((size_t)4 << 20)
#define ANSWER_BYTES	((size_t)16 << 20)
#define TARGET_BYTES	4096

struct run {
	const struct importer_job *job;
	import_call_fn *call;
	void *ctx;
	struct report *report;
	struct rules *rules, *defaults;
	struct labels *labels;
	const char *source;
	struct mapping mapping;
	struct mapped mapped;
	struct buf target, batch, answer;
	size_t batch_rows;
	struct idset seen, deleted;
	int partial;		/* what the file lacks has not vanished */
};

/* --- batches ------------------------------------------------------------------------------------------ */

static const char *
text_of(json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "" : s;
}

/* The node asks which commune is meant. */
static void
take_place(struct run *run, json_t *v)
{
	char *candidates = json_dumps(json_object_get(v, "candidates"), JSON_COMPACT);

	if (candidates != NULL)
		report_count(run->report, &run->report->places, span_str(text_of(v, "place")), candidates, -1);
	free(candidates);
}

static int
read_answer(struct run *run, struct span line, struct err *e)
{
	json_t *v = json_loadb(line.ptr, line.len, 0, NULL);
	struct report_row r;
	int rc;

	if (v == NULL)
		return err_set(e, ERR_IO, "the node's answer is not understood");
	r = (struct report_row){ import_result_find(text_of(v, "result")),
		json_integer_value(json_object_get(v, "row")), text_of(v, "ref"), text_of(v, "field"), text_of(v, "why") };
	if (*text_of(v, "place") != '\0')
		take_place(run, v);
	run->report->placed += json_is_true(json_object_get(v, "placed"));
	rc = report_add(run->report, &r, e);
	json_decref(v);
	return rc;
}

static int
flush(struct run *run, struct err *e)
{
	struct span rest, line;
	int rc = 0;

	if (run->batch_rows == 0)
		return 0;
	buf_reset(&run->answer);
	if (run->call(run->ctx, METHOD_POST, run->target.ptr, buf_span(&run->batch), &run->answer, e) == -1)
		return err_wrap(e, "after %" PRIu64 " rows", run->report->items - run->batch_rows);
	rest = buf_span(&run->answer);
	while (rc == 0 && rest.len > 0)
		if ((line = span_cut(&rest, '\n')).len > 0)
			rc = read_answer(run, line, e);
	buf_reset(&run->batch);
	run->batch_rows = 0;
	if (run->job->progress != NULL)
		run->job->progress(run->job->ctx, run->report->items);
	return rc;
}

static int
queue(struct run *run, size_t row, struct err *e)
{
	const struct mapped *m = &run->mapped;
	struct emit j;

	emit_start(&j, &run->batch, e);
	emit_object(&j);
	emit_key(&j, "content");
	emit_raw(&j, buf_span(&m->content));
	emit_put_span(&j, "id", buf_span(&m->id));
	emit_put_text(&j, "kind", kind_info(m->kind)->name);
	if (m->lang[0] != '\0')
		emit_put_text(&j, "lang", m->lang);
	if (m->license[0] != '\0')
		emit_put_text(&j, "license", m->license);
	emit_put_int(&j, "row", (int64_t)row);
	emit_object_end(&j);
	emit_line(&j);
	if (emit_end(&j) == -1)
		return -1;
	if (++run->batch_rows < BATCH_ROWS && run->batch.len < BATCH_BYTES)
		return 0;
	return flush(run, e);
}

/* --- items --------------------------------------------------------------------------------------------- */

static void
on_column(void *ctx, const char *column, const char *field, struct span value)
{
	report_column(((struct run *)ctx)->report, column, field, value);
}

static void
on_category(void *ctx, struct span word)
{
	struct run *run = ctx;

	report_count(run->report, &run->report->categories, word, NULL, -1);
}

static void
on_licence(void *ctx, struct span declared, enum licence_verdict verdict)
{
	struct run *run = ctx;

	report_count(run->report, &run->report->licences, declared, NULL, (int)verdict);
}

static int
take_remarks(struct run *run, size_t row, struct err *e)
{
	const struct mapped *m = &run->mapped;
	size_t i;

	for (i = 0; i < m->note_count; i++)
		if (report_remark(run->report, row, m->note[i].field, m->note[i].text, e) == -1)
			return -1;
	report_position(run->report, m->has_position, m->lat_e7, m->lon_e7);
	run->report->scrubbed.emails += m->scrubbed.emails;
	run->report->scrubbed.phones += m->scrubbed.phones;
	if (m->scrubbed.emails + m->scrubbed.phones > 0)
		return report_remark(run->report, row, "", "a contact within a text was taken out", e);
	return 0;
}

static int
take_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct report_row refused = { ROW_REFUSED, (int64_t)item->row, "", "", "" };
	struct run *run = ctx;
	struct mapped *m = &run->mapped;
	int is_new;

	if (import_map(&run->mapping, item, m, e) == -1)
		return -1;
	if (m->deleted)
		return idset_add(&run->deleted, buf_span(&m->id), e) == -1 ? -1 : 0;
	run->report->items++;
	if ((is_new = idset_add(&run->seen, buf_span(&m->id), e)) == -1 || take_remarks(run, item->row, e) == -1)
		return -1;
	if (m->why != NULL) {
		refused.field = m->field;
		refused.why = m->why;
	} else if (!is_new)
		refused.why = m->id_made ? "is the same as an earlier row: same name, same place"
		    : "has the same identifier as an earlier row";
	return *refused.why != '\0' ? report_add(run->report, &refused, e) : queue(run, item->row, e);
}

/* --- what vanished --------------------------------------------------------------------------------------- */

static int
take_source_item(struct run *run, struct span line, struct buf *last, struct err *e)
{
	json_t *v = json_loadb(line.ptr, line.len, 0, NULL);
	struct span item = span_str(text_of(v, "item"));
	int gone = run->partial ? idset_has(&run->deleted, item) : !idset_has(&run->seen, item), rc = 0;

	if (v == NULL)
		return err_set(e, ERR_IO, "the node's answer is not understood");
	if (gone)
		rc = report_add(run->report, &(struct report_row){ ROW_VANISHED, 0, text_of(v, "ref"), "", "" }, e);
	buf_reset(last);
	if (rc == 0)
		rc = buf_addspan(last, item, e);
	json_decref(v);
	return rc;
}

/* One page of what earlier imports had; 1 when there may be more. */
static int
read_source_page(struct run *run, struct buf *last, struct err *e)
{
	struct buf target = BUF_INIT(2 * TARGET_BYTES);
	struct span rest, line;
	int rc, any = 0;

	buf_reset(&run->answer);
	rc = buf_adds(&target, "/api/v1/sources", e) == -1 || target_add(&target, "source", run->source, e) == -1 ||
	    target_add(&target, "after", last->len == 0 ? NULL : last->ptr, e) == -1 ||
	    run->call(run->ctx, METHOD_GET, target.ptr, (struct span){ 0 }, &run->answer, e) == -1 ? -1 : 0;
	rest = buf_span(&run->answer);
	while (rc == 0 && rest.len > 0)
		if ((line = span_cut(&rest, '\n')).len > 0) {
			any = 1;
			rc = take_source_item(run, line, last, e);
		}
	buf_clear(&target);
	return rc == -1 ? -1 : any;
}

/* What an earlier import had and this file has not, or calls deleted. */
static int
find_vanished(struct run *run, struct err *e)
{
	struct buf last = BUF_INIT(1024);
	int rc;

	while ((rc = read_source_page(run, &last, e)) == 1)
		;
	buf_clear(&last);
	return rc;
}

/* --- setting out ------------------------------------------------------------------------------------------ */

static const char *
source_name(const struct importer_job *job)
{
	const char *name = job->source != NULL ? job->source : job->name == NULL ? "" : job->name;
	const char *slash = strrchr(name, '/');

	return job->source != NULL || strstr(name, "://") != NULL || slash == NULL ? name : slash + 1;
}

static int
make_target(struct run *run, struct err *e)
{
	const struct importer_job *job = run->job;

	return buf_adds(&run->target, "/api/v1/import", e) == -1 ||
	    target_add(&run->target, "source", run->source, e) == -1 ||
	    target_add(&run->target, "author", job->author, e) == -1 ||
	    target_add(&run->target, "license", job->license, e) == -1 ||
	    target_add(&run->target, "lang", job->lang, e) == -1 ||
	    target_add(&run->target, "dry_run", job->dry_run ? "1" : NULL, e) == -1 ||
	    target_add(&run->target, "overwrite", job->overwrite ? "1" : NULL, e) == -1 ? -1 : 0;
}

/* The kind of items that do not say: as asked, else as the mapping files say. */
static enum kind
default_kind(const struct run *run)
{
	const char *name = rules_constant(run->rules, "kind");

	if (run->job->kind != KIND_UNKNOWN)
		return run->job->kind;
	if (name == NULL)
		name = rules_constant(run->defaults, "kind");
	return name == NULL ? KIND_INITIATIVE : kind_find(span_str(name));
}

static int
prepare(struct run *run, const struct import_format *format, struct err *e)
{
	const struct importer_job *job = run->job;

	if (job->labels.len > 0 && labels_read(job->labels, &run->labels, e) == -1)
		return err_wrap(e, "the file of labels");
	if (job->mapping.len > 0 && rules_parse(job->mapping, &run->rules, e) == -1)
		return err_wrap(e, "the mapping file");
	if (format->mapping != NULL && rules_parse(span_str(format->mapping), &run->defaults, e) == -1)
		return err_wrap(e, "the mapping of %s", format->name);
	run->report->format = format->name;
	run->report->source = run->source;
	run->report->dry_run = job->dry_run;
	run->report->brief = job->brief;
	run->report->rows_max = job->rows_max;
	run->mapping = (struct mapping){ .kind = default_kind(run), .source_name = job->said != NULL ? job->said : job->source,
		.license = job->license,
		.rules = run->rules, .defaults = run->defaults, .keep_contacts = job->keep_contacts,
		.column = on_column, .category = on_category, .licence = on_licence, .ctx = run };
	return make_target(run, e);
}

static int
read_file(struct run *run, struct err *e)
{
	const struct import_format *format = NULL;
	struct import_input in;

	if (import_input_init(&in, run->job->file, run->job->name, e) == -1 ||
	    import_choose(run->job->format, &in, &format, e) == -1 || prepare(run, format, e) == -1)
		return -1;
	in.labels = run->labels;
	run->partial = run->job->partial || format->latest;
	if (format->read(&in, take_item, run, e) == -1 || flush(run, e) == -1)
		return -1;
	return run->report->items == 0 && !run->partial ? 0 : find_vanished(run, e);
}

int
import_run(const struct importer_job *job, import_call_fn *call, void *ctx, struct report *r, struct err *e)
{
	struct run run = { .job = job, .call = call, .ctx = ctx, .report = r, .source = source_name(job),
		.mapped = MAPPED_INIT, .target = BUF_INIT(TARGET_BYTES), .batch = BUF_INIT(2 * BATCH_BYTES),
		.answer = BUF_INIT(ANSWER_BYTES) };
	int rc = read_file(&run, e);

	rules_free(run.rules);
	rules_free(run.defaults);
	labels_free(run.labels);
	mapped_clear(&run.mapped);
	idset_clear(&run.seen);
	idset_clear(&run.deleted);
	buf_clear(&run.target);
	buf_clear(&run.batch);
	buf_clear(&run.answer);
	return rc;
}

/* --- for the node --------------------------------------------------------------------------------------------- */

static int
call_node(void *ctx, enum method method, const char *target, struct span body, struct buf *out, struct err *e)
{
	size_t start = out->len;
	long status = 0;

	if (node_call(ctx, method, target, body, out, &status, e) == -1)
		return -1;
	if (status < 400)
		return 0;
	return err_set(e, ERR_CONFLICT, "%.*s", (int)(out->len - start < 300 ? out->len - start : 300), out->ptr + start);
}

static int
run_in_node(struct node *n, const struct importer_job *job, FILE *out, struct importer_counts *counts, struct err *e)
{
	struct report *r = report_new(0, e);
	int rc = r == NULL ? -1 : import_run(job, call_node, n, r, e);

	if (rc == 0)
		rc = report_json(r, out, e);
	if (r != NULL && counts != NULL)
		*counts = (struct importer_counts){ r->items, r->count[ROW_NEW], r->count[ROW_CHANGED], r->count[ROW_SAME],
			r->count[ROW_REFUSED], r->count[ROW_VANISHED] };
	report_free(r);
	return rc;
}

static const char *
since_parameter(const char *name, const char *url)
{
	const struct import_format *format = import_format_find(name);

	return format == NULL || format->since == NULL || strstr(url, format->since_path) == NULL ? NULL : format->since;
}

const struct importer importer_table = { .run = run_in_node, .since = since_parameter, .suggest = import_suggest };
