/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spread.h - what both kinds of spreadsheet share: cells that span rows, dates and numbers as text. */
#ifndef TOOLS_IMPORT_SPREAD_H
#define TOOLS_IMPORT_SPREAD_H

#include "tools/import/archive.h"
#include "tools/import/table.h"

#define SPREAD_ROWS_MAX 1048576

/* A cell merged downwards: its value belongs to each of its rows. */
struct spread_carry {
	size_t column, until;		/* the last row it covers, counted from 1 */
	struct buf value;
};

#define SPREAD_CARRIES_MAX 64

struct spread {
	struct archive *archive;
	struct table *table;
	struct buf value;		/* of the cell being read */
	struct spread_carry carry[SPREAD_CARRIES_MAX];
};

int	spread_init(struct spread *s, struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
void	spread_clear(struct spread *s);

/* A cell of the row that is being read, 1 the first; value or, when that is empty, what a merged cell above has. */
int	spread_cell(struct spread *s, size_t column, struct span value);
/* The cell's value counts down to that row. */
int	spread_carry(struct spread *s, size_t column, size_t until, struct span value, struct err *e);
/* The row is complete; its merged cells that were not named are filled in. */
int	spread_row(struct spread *s, size_t row);

/* 44562.75 days after the last of 1899: "2022-01-01T18:00"; what is less than a day is a time of day. */
int	spread_date(double days, int has_date, int has_time, struct buf *out, struct err *e);
int	spread_number(double n, struct buf *out, struct err *e);	/* 15 digits, as spreadsheets show */

#endif
