/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.c - see report.h. */
#include "tools/import/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "node/api/emit.h"
#include "proto/err.h"

#define JSON_BYTES_MAX ((size_t)8 << 20)
#define TEXT_BYTES_MAX ((size_t)4 << 20)

const char *const import_result_name[ROW__COUNT] = {
	[ROW_NEW] = "new", [ROW_CHANGED] = "changed", [ROW_SAME] = "same", [ROW_REFUSED] = "refused",
	[ROW_DIFFERS] = "differs", [ROW_VANISHED] = "vanished",
};

enum import_result
import_result_find(const char *name)
{
	int i;

	for (i = 0; i < ROW__COUNT; i++)
		if (strcmp(import_result_name[i], name) == 0)
			return (enum import_result)i;
	return ROW_REFUSED;
}

struct report *
report_new(int in_words, struct err *e)
{
	struct report *r = calloc(1, sizeof *r);

	if (r == NULL) {
		err_memory(e);
		return NULL;
	}
	r->remarks.max = JSON_BYTES_MAX;
	r->text.max = TEXT_BYTES_MAX;
	r->source = r->format = "";
	r->in_words = in_words;
	if ((r->rows = tmpfile()) == NULL) {
		err_set(e, ERR_IO, "no temporary file for the report: %s", strerror(errno));
		report_free(r);
		return NULL;
	}
	return r;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	if (r->rows != NULL)
		fclose(r->rows);
	buf_clear(&r->remarks);
	arena_clear(&r->text);
	free(r);
}

/* --- rows and remarks ---------------------------------------------------------------------------- */

static int
is_notable(const struct report_row *row)
{
	return row->result == ROW_REFUSED || row->result == ROW_DIFFERS || row->result == ROW_VANISHED || *row->why != '\0';
}

static void
put_row(struct emit *j, const struct report_row *row)
{
	emit_object(j);
	if (row->row > 0)
		emit_put_int(j, "row", row->row);
	emit_put_text(j, "result", import_result_name[row->result]);
	emit_put_text(j, "ref", row->ref);
	if (*row->field != '\0')
		emit_put_text(j, "field", row->field);
	if (*row->why != '\0')
		emit_put_text(j, "why", row->why);
	emit_object_end(j);
}

static void
say_row(FILE *out, const struct report_row *row)
{
	if (row->result == ROW_VANISHED)
		fprintf(out, "vanished   %s\n", row->ref);
	else
		fprintf(out, "%-9s  row %" PRId64 ": %s%s%s\n", import_result_name[row->result], row->row, row->field,
		    *row->field == '\0' ? "" : " ", row->why);
}

int
report_add(struct report *r, const struct report_row *row, struct err *e)
{
	struct buf text = BUF_INIT(65536);
	struct emit j;
	int rc;

	r->count[row->result]++;
	if ((r->brief || r->in_words) && !is_notable(row))
		return 0;
	if (r->in_words) {
		say_row(r->rows, row);
		return 0;
	}
	if (r->rows_max > 0 && r->row_count >= r->rows_max) {
		r->row_count++;
		return 0;
	}
	emit_start(&j, &text, e);
	put_row(&j, row);
	if ((rc = emit_end(&j)) == 0)
		fprintf(r->rows, "%s%s", r->row_count++ > 0 ? ",\n" : "", text.ptr);
	buf_clear(&text);
	return rc;
}

int
report_remark(struct report *r, size_t row, const char *field, const char *text, struct err *e)
{
	struct emit j;

	if (r->remark_count++ >= REPORT_REMARKS_MAX)
		return 0;
	if (r->in_words)
		return buf_addf(&r->remarks, e, "remark     row %zu: %s%s%s\n", row, field, *field == '\0' ? "" : " ", text);
	emit_start(&j, &r->remarks, e);
	j.comma = r->remarks.len > 0;
	emit_object(&j);
	emit_put_int(&j, "row", (int64_t)row);
	emit_put_text(&j, "field", field);
	emit_put_text(&j, "text", text);
	emit_object_end(&j);
	return emit_end(&j);
}

/* --- what is told once ----------------------------------------------------------------------------- */

static const char *
keep(struct report *r, const char *text)
{
	return text == NULL ? NULL : arena_copy(&r->text, span_str(text));
}

static const char *
sample(struct report *r, struct span value)
{
	char text[REPORT_SAMPLE_BYTES + 1], whole[4 * REPORT_SAMPLE_BYTES + 1];
	char *p;

	snprintf(whole, sizeof whole, "%.*s", (int)(value.len < sizeof whole - 1 ? value.len : sizeof whole - 1), value.ptr);
	text_clip(text, sizeof text, whole);
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	return keep(r, text);
}

static void
add_sample(struct report *r, struct report_column *c, struct span value)
{
	size_t i;

	for (i = 0; i < REPORT_SAMPLES && c->sample[i] != NULL; i++)
		if (strncmp(c->sample[i], value.ptr, value.len < 40 ? value.len : 40) == 0)
			return;
	if (i < REPORT_SAMPLES)
		c->sample[i] = sample(r, value);
}

void
report_column(struct report *r, const char *name, const char *field, struct span value)
{
	struct report_column *c;
	size_t i;

	for (i = 0; i < r->column_count && strcmp(r->column[i].name, name) != 0; i++)
		;
	if (i == REPORT_COLUMNS_MAX)
		return;
	c = &r->column[i];
	if (i == r->column_count) {
		*c = (struct report_column){ .name = keep(r, name) };
		if (c->name == NULL)
			return;
		r->column_count++;
	}
	if (c->field == NULL)
		c->field = keep(r, field);
	c->filled++;
	add_sample(r, c, value);
}

void
report_count(struct report *r, struct report_words *words, struct span text, const char *more, int verdict)
{
	struct report_word *w;
	size_t i;

	for (i = 0; i < words->count && !span_is(text, words->at[i].text); i++)
		;
	if (i == REPORT_WORDS_MAX) {
		words->beyond++;
		return;
	}
	w = &words->at[i];
	if (i == words->count) {
		*w = (struct report_word){ .text = arena_copy(&r->text, text), .more = keep(r, more), .verdict = verdict };
		if (w->text == NULL)
			return;
		words->count++;
	}
	w->count++;
}

void
report_position(struct report *r, int has_position, int32_t lat_e7, int32_t lon_e7)
{
	if (!has_position)
		return;
	if (r->positions++ == 0) {
		r->lat_e7 = lat_e7;
		r->lon_e7 = lon_e7;
	}
	r->same_positions += lat_e7 == r->lat_e7 && lon_e7 == r->lon_e7;
}

const char *
report_warning(const struct report *r)
{
	if (r->items == 0)
		return "the file holds no items: nothing was imported, and nothing is taken for vanished";
	if (r->positions > 5 && r->same_positions == r->positions)
		return "all items are at the same position: is the column of coordinates right?";
	if (r->positions + r->placed == 0 && r->items > 5)
		return "no item has a position: none will be on the map";
	return "";
}

/* --- as JSON ---------------------------------------------------------------------------------------------- */

/* Columns that nobody knows, or that are left out. */
static void
put_columns(struct emit *j, const struct report *r, const char *name, int dropped)
{
	size_t i;

	emit_key(j, name);
	emit_array(j);
	for (i = 0; i < r->column_count; i++) {
		const struct report_column *c = &r->column[i];

		if (dropped ? c->field != NULL && strcmp(c->field, MARK_DROP) == 0 : c->field == NULL)
			emit_text(j, c->name);
	}
	emit_array_end(j);
}

static void
put_words(struct emit *j, const char *name, const struct report_words *words)
{
	static const char *const verdict[] = { [LICENCE_NONE] = "none", [LICENCE_OPEN] = "open",
		[LICENCE_FORBIDS] = "forbids", [LICENCE_UNKNOWN] = "unknown" };
	size_t i;

	emit_key(j, name);
	emit_array(j);
	for (i = 0; i < words->count; i++) {
		const struct report_word *w = &words->at[i];

		emit_object(j);
		emit_put_text(j, "text", w->text);
		emit_put_int(j, "rows", (int64_t)w->count);
		if (w->verdict >= 0)
			emit_put_text(j, "verdict", verdict[w->verdict]);
		if (w->more != NULL) {
			emit_key(j, "candidates");
			emit_raw(j, span_str(w->more));
		}
		emit_object_end(j);
	}
	emit_array_end(j);
}

static void
put_findings(struct emit *j, const struct report *r)
{
	put_columns(j, r, "ignored_columns", 0);
	put_columns(j, r, "dropped_columns", 1);
	put_words(j, "unknown_categories", &r->categories);
	put_words(j, "licences", &r->licences);
	put_words(j, "ambiguous_places", &r->places);
	emit_put_int(j, "with_position", (int64_t)r->positions);
	emit_put_int(j, "at_commune_centre", (int64_t)r->placed);
	emit_put_bool(j, "all_at_one_position", r->positions > 1 && r->same_positions == r->positions);
	emit_put_int(j, "emails_in_texts", (int64_t)r->scrubbed.emails);
	emit_put_int(j, "phones_in_texts", (int64_t)r->scrubbed.phones);
	emit_put_text(j, "warning", report_warning(r));
}

static void
copy_rows(const struct report *r, FILE *out)
{
	char chunk[16384];
	size_t n;

	rewind(r->rows);
	while ((n = fread(chunk, 1, sizeof chunk, r->rows)) > 0)
		fwrite(chunk, 1, n, out);
	fseek(r->rows, 0, SEEK_END);
}

int
report_json(const struct report *r, FILE *out, struct err *e)
{
	struct buf text = BUF_INIT(2 * JSON_BYTES_MAX);
	struct emit j;
	int i, rc;

	emit_start(&j, &text, e);
	emit_object(&j);
	emit_put_text(&j, "source", r->source);
	emit_put_text(&j, "format", r->format);
	emit_put_bool(&j, "dry_run", r->dry_run);
	emit_put_int(&j, "items", (int64_t)r->items);
	for (i = 0; i < ROW__COUNT; i++)
		emit_put_int(&j, import_result_name[i], (int64_t)r->count[i]);
	put_findings(&j, r);
	emit_key(&j, "remarks");
	emit_array(&j);
	if (r->remarks.len > 0)
		emit_raw(&j, buf_span(&r->remarks));
	emit_array_end(&j);
	emit_put_int(&j, "remarks_beyond", r->remark_count > REPORT_REMARKS_MAX
	    ? (int64_t)(r->remark_count - REPORT_REMARKS_MAX) : 0);
	emit_put_int(&j, "rows_beyond", r->rows_max > 0 && r->row_count > r->rows_max
	    ? (int64_t)(r->row_count - r->rows_max) : 0);
	emit_key(&j, "rows");
	if ((rc = emit_end(&j)) == 0) {
		fprintf(out, "%s[", text.ptr);
		copy_rows(r, out);
		fputs("]}\n", out);
	}
	buf_clear(&text);
	return rc;
}

/* --- in words -------------------------------------------------------------------------------------------- */

static void
say_columns(const struct report *r, FILE *out, const char *what, int dropped)
{
	int first = 1;
	size_t i;

	for (i = 0; i < r->column_count; i++) {
		const struct report_column *c = &r->column[i];

		if (dropped ? c->field == NULL || strcmp(c->field, MARK_DROP) != 0 : c->field != NULL)
			continue;
		fprintf(out, "%s%s", first ? what : ", ", c->name);
		first = 0;
	}
	if (!first)
		fputc('\n', out);
}

static void
say_words(FILE *out, const char *what, const struct report_words *words, const char *advice)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		fprintf(out, "%s%s (%" PRIu64 ")", i == 0 ? what : ", ", words->at[i].text, words->at[i].count);
	if (words->count > 0)
		fprintf(out, "%s\n", advice);
}

static void
say_licences(const struct report *r, FILE *out)
{
	static const char *const says[] = { [LICENCE_NONE] = "none declared", [LICENCE_OPEN] = "open",
		[LICENCE_FORBIDS] = "does not allow sharing: refused unless --license states that you may",
		[LICENCE_UNKNOWN] = "not known: refused unless --license says which holds" };
	size_t i;

	for (i = 0; i < r->licences.count; i++) {
		const struct report_word *w = &r->licences.at[i];

		fprintf(out, "licence    %s%s%s (%" PRIu64 " rows)\n", w->text, *w->text == '\0' ? "" : ": ", says[w->verdict],
		    w->count);
	}
}

/* "Saint-Jean (31488, departement 31)" and so on. */
static void
say_candidates(const char *json, FILE *out)
{
	json_t *all = json_loads(json == NULL ? "[]" : json, 0, NULL), *v;
	size_t i;

	json_array_foreach(all, i, v) {
		const char *code = json_string_value(json_object_get(v, "code"));
		const char *name = json_string_value(json_object_get(v, "name"));
		const char *departement = json_string_value(json_object_get(v, "departement"));

		if (code != NULL && name != NULL && departement != NULL)
			fprintf(out, "%s%s (%s, departement %s)", i == 0 ? "" : ", ", name, code, departement);
	}
	json_decref(all);
}

static void
say_places(const struct report *r, FILE *out)
{
	size_t i;

	for (i = 0; i < r->places.count; i++) {
		const struct report_word *w = &r->places.at[i];

		fprintf(out, "place      %s (%" PRIu64 " rows): ", w->text, w->count);
		if (w->more == NULL || strcmp(w->more, "[]") == 0)
			fputs("no commune of that name is known", out);
		else
			fputs("which one?  ", out);
		say_candidates(w->more, out);
		fprintf(out, "; write \"%s = CODE\" under [places] of a mapping file\n", w->text);
	}
}

static void
say_counts(const struct report *r, FILE *out)
{
	int i;

	fputs(r->dry_run ? "would be: " : "", out);
	for (i = 0; i < ROW__COUNT; i++)
		fprintf(out, "%s%" PRIu64 " %s", i == 0 ? "" : ", ", r->count[i], import_result_name[i]);
	fputc('\n', out);
}

void
report_words(const struct report *r, FILE *out)
{
	copy_rows(r, out);
	if (r->remarks.len > 0)
		fputs(r->remarks.ptr, out);
	if (r->remark_count > REPORT_REMARKS_MAX)
		fprintf(out, "           and %" PRIu64 " remarks more\n", r->remark_count - REPORT_REMARKS_MAX);
	say_columns(r, out, "ignored    columns that nobody knows: ", 0);
	say_columns(r, out, "left out   columns, on purpose: ", 1);
	say_words(out, "categories without a meaning here, kept as tags unless they are numbers: ", &r->categories,
	    "; give them one under [categories] of a mapping file");
	say_licences(r, out);
	say_places(r, out);
	if (r->scrubbed.emails + r->scrubbed.phones > 0)
		fprintf(out, "contacts   taken out of texts: %u e-mail addresses, %u phone numbers\n", r->scrubbed.emails,
		    r->scrubbed.phones);
	if (r->positions < r->items)
		fprintf(out, "positions  %" PRIu64 " of %" PRIu64 " items have none and are kept; %" PRIu64 " stand at their "
		    "commune's centre\n", r->items - r->positions, r->items, r->placed);
	if (*report_warning(r) != '\0')
		fprintf(out, "warning    %s\n", report_warning(r));
	say_counts(r, out);
}
