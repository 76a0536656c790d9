/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sheet.h - what both kinds of spreadsheet share: cells that span rows, dates and numbers as text. */
#ifndef TOOLS_IMPORT_SHEET_H
#define TOOLS_IMPORT_SHEET_H

#include "tools/import/archive.h"
#include "tools/import/table.h"

#define SHEET_ROWS_MAX 1048576

/* A cell merged downwards: its value belongs to each of its rows. */
struct sheet_carry {
	size_t column, until;		/* the last row it covers, counted from 1 */
	struct buf value;
};

#define SHEET_CARRIES_MAX 64

struct sheet {
	struct archive *archive;
	struct table *table;
	struct buf value;		/* of the cell being read */
	struct sheet_carry carry[SHEET_CARRIES_MAX];
};

int	sheet_init(struct sheet *s, struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
void	sheet_clear(struct sheet *s);

/* A cell of the row that is being read, 1 the first; value or, when that is empty, what a merged cell above has. */
int	sheet_cell(struct sheet *s, size_t column, struct span value);
/* The cell's value counts down to that row. */
int	sheet_carry(struct sheet *s, size_t column, size_t until, struct span value, struct err *e);
/* The row is complete; its merged cells that were not named are filled in. */
int	sheet_row(struct sheet *s, size_t row);

/* 44562.75 days after the last of 1899: "2022-01-01T18:00"; what is less than a day is a time of day. */
int	sheet_date(double days, int has_date, int has_time, struct buf *out, struct err *e);
int	sheet_number(double n, struct buf *out, struct err *e);	/* 15 digits, as spreadsheets show */

#endif
