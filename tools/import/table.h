/* SPDX-License-Identifier: AGPL-3.0-or-later
 * table.h - rows of cells become items: the first row names the columns.  For CSV and spreadsheets. */
#ifndef TOOLS_IMPORT_TABLE_H
#define TOOLS_IMPORT_TABLE_H

#include "tools/import/import.h"

struct table {
	import_item_fn *each;
	void *ctx;
	struct err *e;
	int skips_titles;		/* a row of one cell above wider ones is a title, not the names */
	int any;			/* an item was handed over */
	size_t row;			/* the last row ended, as a spreadsheet counts */
	struct buf text;		/* the cells of the row being read */
	struct { size_t at, len; } span[IMPORT_CELLS_MAX];
	size_t count, filled, beyond;	/* cells; not empty; those past the columns that are not empty */
	struct buf header;
	size_t name[IMPORT_CELLS_MAX], columns;	/* offsets into header */
};

/* Large: allocate it once for a file. */
struct table *table_new(import_item_fn *each, void *ctx, struct err *e);
void	table_free(struct table *t);		/* NULL is fine */

/* The next cell of the row: UTF-8; t->text may be written instead, between table_cell_begin and _end. */
int	table_cell(struct table *t, struct span value);
void	table_cell_begin(struct table *t);
void	table_cell_end(struct table *t);
int	table_cell_at(struct table *t, size_t column, struct span value);	/* after empty ones, if need be */
size_t	table_cells(const struct table *t);

/* The row is complete: it names the columns, or is an item, or is blank. */
int	table_row(struct table *t);
/* ERR_INPUT when there was no row at all. */
int	table_end(struct table *t);

#endif
