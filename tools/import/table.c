/* SPDX-License-Identifier: AGPL-3.0-or-later
 * table.c - see table.h. */
#include "tools/import/table.h"

#include <stdlib.h>

#include "proto/err.h"

#define HEADER_BYTES_MAX 65536

struct table *
table_new(import_item_fn *each, void *ctx, struct err *e)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL) {
		err_memory(e);
		return NULL;
	}
	t->each = each;
	t->ctx = ctx;
	t->e = e;
	t->text.max = IMPORT_ITEM_BYTES_MAX * 3;
	t->header.max = HEADER_BYTES_MAX;
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	buf_clear(&t->text);
	buf_clear(&t->header);
	free(t);
}

size_t
table_cells(const struct table *t)
{
	return t->count;
}

void
table_cell_begin(struct table *t)
{
	if (t->count < IMPORT_CELLS_MAX)
		t->span[t->count].at = t->text.len;
}

static int
may_be_title(const struct table *t)
{
	return t->skips_titles && t->columns == 1 && !t->any;
}

/* Past the columns nothing is kept but that something was there. */
void
table_cell_end(struct table *t)
{
	size_t at = t->count < IMPORT_CELLS_MAX ? t->span[t->count].at : t->text.len;
	size_t len = t->text.len - at;

	t->filled += len > 0;
	if (t->count >= IMPORT_CELLS_MAX || (t->columns > 0 && t->count >= t->columns && !may_be_title(t))) {
		t->beyond += len > 0;
		t->text.len = at;
		return;
	}
	t->span[t->count++].len = len;
}

int
table_cell(struct table *t, struct span value)
{
	if (t->count >= IMPORT_CELLS_MAX) {
		t->beyond += value.len > 0;
		return 0;
	}
	table_cell_begin(t);
	if (buf_addspan(&t->text, value, t->e) == -1)
		return err_wrap(t->e, "row %zu", t->row + 1);
	table_cell_end(t);
	return 0;
}

int
table_cell_at(struct table *t, size_t column, struct span value)
{
	size_t before;

	while (t->count < column && t->count < IMPORT_CELLS_MAX) {
		before = t->count;
		if (table_cell(t, (struct span){ 0 }) == -1)
			return -1;
		if (t->count == before) {	/* past the columns */
			t->beyond += value.len > 0;
			t->filled += value.len > 0;
			return 0;
		}
	}
	return table_cell(t, value);
}

static int
keep_header(struct table *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		struct span s = span_trim((struct span){ t->text.ptr + t->span[i].at, t->span[i].len });

		t->name[i] = t->header.len;
		if (buf_addspan(&t->header, s, t->e) == -1 || buf_addc(&t->header, '\0', t->e) == -1)
			return err_wrap(t->e, "the first row");
	}
	t->columns = t->count;
	return 0;
}

static int
hand_over(struct table *t)
{
	struct import_cell cell[IMPORT_CELLS_MAX];
	struct import_item item = { .row = t->row, .cell = cell };
	size_t i;

	if (t->beyond > 0)
		item.wrong = "has more cells than the first row has columns: is a quote or a separator astray?";
	for (i = 0; i < t->count && i < t->columns; i++) {
		if (t->span[i].len == 0)
			continue;
		cell[item.count++] = (struct import_cell){ .name = t->header.ptr + t->name[i],
			.value = { t->text.ptr + t->span[i].at, t->span[i].len } };
	}
	return t->each(t->ctx, &item, t->e);
}

/* One cell above wider rows was a title; the names are in the first wide row, as long as nothing was handed over. */
static int
was_title(const struct table *t)
{
	return may_be_title(t) && t->filled > 1;
}

int
table_row(struct table *t)
{
	int rc = 0;

	t->row++;
	if (t->filled > 0 && (t->columns == 0 || was_title(t))) {
		buf_reset(&t->header);
		rc = keep_header(t);
	} else if (t->filled > 0) {
		t->any = 1;
		rc = hand_over(t);
	}
	t->count = t->beyond = t->filled = 0;
	buf_reset(&t->text);
	return rc;
}

int
table_end(struct table *t)
{
	return t->columns > 0 ? 0 : err_set(t->e, ERR_INPUT, "the file has no rows");
}
