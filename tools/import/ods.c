/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ods.c - the first sheet of an OpenDocument spreadsheet (ODF 1.3 part 3, chapter 9).
 *
 * Cells and rows say how often they repeat: what is empty is only counted, what is not stops at the columns
 * and rows a sheet can have.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/spread.h"

#define REPEATED_ROWS_MAX 1000	/* of one row that holds something */

struct doc {
	struct spread sheet;
	struct err *e;
	size_t row, column;		/* last ended; counted from 1 */
	struct buf cells;		/* of the row: column, length and value, one after another */
	int row_times, times, spanned;	/* of the row; of the cell, and how many rows it covers */
	int in_cell, in_text, note;	/* depth within annotations and shapes, whose text is not the cell's */
	int typed;			/* the value stands in an attribute */
	int done;
};

int
ods_recognise(const struct import_input *in)
{
	struct span head = import_input_head(in);

	if (head.len < 4 || memcmp(head.ptr, "PK\3\4", 4) != 0)
		return SURE_NOT;
	if (memmem(head.ptr, head.len, "opendocument.spreadsheet", 24) != NULL || import_input_is_named(in, ".ods"))
		return SURE_YES;
	return memmem(head.ptr, head.len, "content.xml", 11) != NULL ? SURE_LIKELY : SURE_NOT;
}

/* "PT14H30M00S": "14:30". */
static int
add_duration(struct buf *out, const char *s, struct err *e)
{
	int hours = 0, minutes = 0;

	if (sscanf(s, "PT%5dH%5dM", &hours, &minutes) < 1)
		return 0;
	return buf_addf(out, e, "%02d:%02d", hours, minutes);
}

/* The value that the cell's attributes give, or none: then its text counts. */
static int
read_typed(struct doc *d)
{
	struct archive *a = d->sheet.archive;
	struct buf *out = &d->sheet.value;
	char type[16], value[64];

	text_clip(type, sizeof type, archive_attr(a, "value-type"));
	d->typed = 1;
	if (strcmp(type, "date") == 0) {
		text_clip(value, sizeof value, archive_attr(a, "date-value"));
		value[strlen(value) > 16 ? 16 : strlen(value)] = '\0';	/* without seconds */
		return buf_adds(out, value, d->e);
	}
	if (strcmp(type, "time") == 0)
		return add_duration(out, archive_attr(a, "time-value"), d->e);
	if (strcmp(type, "boolean") == 0)
		return buf_adds(out, strcmp(archive_attr(a, "boolean-value"), "true") == 0 ? "1" : "0", d->e);
	if (strcmp(type, "float") == 0 || strcmp(type, "currency") == 0 || strcmp(type, "percentage") == 0)
		return spread_number(strtod(archive_attr(a, "value"), NULL), out, d->e);
	d->typed = 0;
	return 0;
}

static void
start_row(struct doc *d)
{
	struct archive *a = d->sheet.archive;

	d->row_times = archive_attr_int(a, "number-rows-repeated", 1);
	d->row++;
	d->sheet.table->row = d->row - 1;
	d->column = 0;
	buf_reset(&d->cells);
}

/* One cell of the row, kept until the row is known to repeat or not. */
static int
keep_cell(struct doc *d, size_t column, struct span value)
{
	uint32_t head[2] = { (uint32_t)column, (uint32_t)value.len };

	return buf_add(&d->cells, head, sizeof head, d->e) == -1 || buf_addspan(&d->cells, value, d->e) == -1 ? -1 : 0;
}

static int
end_cell(struct doc *d)
{
	struct span value = span_trim(buf_span(&d->sheet.value));
	int times = d->times < 1 ? 1 : d->times, i;

	if (value.len == 0) {
		d->column += (size_t)times;
		return 0;
	}
	for (i = 0; i < times && d->column <= IMPORT_CELLS_MAX; i++) {
		d->column++;
		if (d->spanned > 1 && spread_carry(&d->sheet, d->column, d->row + (size_t)d->spanned - 1, value, d->e) == -1)
			return -1;
		if (keep_cell(d, d->column, value) == -1)
			return -1;
	}
	return 0;
}

static int
hand_over(struct doc *d, size_t row)
{
	struct span rest = buf_span(&d->cells);

	d->sheet.table->row = row - 1;
	while (rest.len >= 2 * sizeof(uint32_t)) {
		uint32_t head[2];

		memcpy(head, rest.ptr, sizeof head);
		rest.ptr += sizeof head;
		rest.len -= sizeof head;
		if (spread_cell(&d->sheet, head[0], (struct span){ rest.ptr, head[1] }) == -1)
			return -1;
		rest.ptr += head[1];
		rest.len -= head[1];
	}
	return spread_row(&d->sheet, row);
}

static int
end_row(struct doc *d)
{
	size_t i, times = d->row_times < 1 ? 1 : (size_t)d->row_times;

	if (d->cells.len == 0 && times > 1) {
		d->row += times - 1;
		return 0;
	}
	if (times > REPEATED_ROWS_MAX)
		return err_set(d->e, ERR_LIMIT, "row %zu is repeated %zu times", d->row, times);
	for (i = 0; i < times; i++)
		if (hand_over(d, d->row + i) == -1)
			return -1;
	d->row += times - 1;
	return 0;
}

static int
start_element(struct doc *d, const char *name)
{
	struct archive *a = d->sheet.archive;
	int empty = archive_is_empty(a);

	if (d->note > 0 || strcmp(name, "annotation") == 0 || strcmp(name, "shapes") == 0) {
		d->note += !empty;
		return 0;
	}
	if (strcmp(name, "table-row") == 0) {
		start_row(d);
		return empty ? end_row(d) : 0;
	}
	if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
		buf_reset(&d->sheet.value);
		d->times = archive_attr_int(a, "number-columns-repeated", 1);
		d->spanned = archive_attr_int(a, "number-rows-spanned", 1);
		d->in_cell = !empty;
		if (read_typed(d) == -1)
			return -1;
		return empty ? end_cell(d) : 0;
	} else if (d->in_cell && !d->typed && strcmp(name, "p") == 0) {
		d->in_text = !empty;
		return d->sheet.value.len > 0 ? buf_addc(&d->sheet.value, '\n', d->e) : 0;
	} else if (d->in_text && (strcmp(name, "s") == 0 || strcmp(name, "tab") == 0))
		return buf_addc(&d->sheet.value, ' ', d->e);
	else if (d->in_text && strcmp(name, "line-break") == 0)
		return buf_addc(&d->sheet.value, '\n', d->e);
	return 0;
}

static int
end_element(struct doc *d, const char *name)
{
	if (d->note > 0) {
		d->note--;
		return 0;
	}
	if (strcmp(name, "p") == 0)
		d->in_text = 0;
	else if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
		d->in_cell = 0;
		return end_cell(d);
	} else if (strcmp(name, "table-row") == 0)
		return end_row(d);
	else if (strcmp(name, "table") == 0)
		d->done = 1;
	return 0;
}

static int
read_rows(struct doc *d)
{
	struct archive *a = d->sheet.archive;
	const char *name;
	int type, rc = 0;

	while (!d->done && (rc = archive_next(a, &type, &name, d->e)) == 1) {
		if (type == XML_READER_TYPE_ELEMENT)
			rc = start_element(d, name);
		else if (type == XML_READER_TYPE_END_ELEMENT)
			rc = end_element(d, name);
		else if (d->in_text && d->note == 0 && (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
		    type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE))
			rc = buf_addspan(&d->sheet.value, archive_text(a), d->e);
		if (rc == -1)
			return err_wrap(d->e, "row %zu", d->row);
		if (d->row > SPREAD_ROWS_MAX && d->cells.len > 0)
			return err_set(d->e, ERR_LIMIT, "the sheet has more than %d rows", SPREAD_ROWS_MAX);
	}
	return rc == -1 ? -1 : 0;
}

int
ods_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct doc *d = calloc(1, sizeof *d);
	int rc = -1;

	if (d == NULL)
		return err_memory(e);
	d->e = e;
	d->cells.max = 2 * IMPORT_ITEM_BYTES_MAX;
	if (spread_init(&d->sheet, in, each, ctx, e) == 0 && archive_start(d->sheet.archive, "content.xml", e) == 0 &&
	    read_rows(d) == 0)
		rc = table_end(d->sheet.table);
	spread_clear(&d->sheet);
	buf_clear(&d->cells);
	free(d);
	return rc;
}
