/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spread.c - see spread.h. */
#include "tools/import/spread.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "proto/err.h"

#define EPOCH_DAYS 25569	/* 1970-01-01, counted from 1899-12-30 */

int
spread_init(struct spread *s, struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	size_t i;

	*s = (struct spread){ .value = BUF_INIT(IMPORT_ITEM_BYTES_MAX) };
	for (i = 0; i < SPREAD_CARRIES_MAX; i++)
		s->carry[i].value.max = IMPORT_ITEM_BYTES_MAX;
	if ((s->table = table_new(each, ctx, e)) == NULL)
		return -1;
	s->table->skips_titles = 1;
	return archive_open(in, &s->archive, e);
}

void
spread_clear(struct spread *s)
{
	size_t i;

	archive_close(s->archive);
	table_free(s->table);
	buf_clear(&s->value);
	for (i = 0; i < SPREAD_CARRIES_MAX; i++)
		buf_clear(&s->carry[i].value);
}

/* What a merged cell above has for this column in the row being read, or NULL. */
static const struct spread_carry *
carried(const struct spread *s, size_t column)
{
	size_t i;

	for (i = 0; i < SPREAD_CARRIES_MAX; i++)
		if (s->carry[i].column == column && s->carry[i].until > s->table->row)
			return &s->carry[i];
	return NULL;
}

int
spread_cell(struct spread *s, size_t column, struct span value)
{
	const struct spread_carry *c;
	size_t k;

	for (k = table_cells(s->table) + 1; k < column && k <= IMPORT_CELLS_MAX; k++)
		if ((c = carried(s, k)) != NULL && table_cell_at(s->table, k - 1, buf_span(&c->value)) == -1)
			return -1;
	if (value.len == 0 && (c = carried(s, column)) != NULL)
		value = buf_span(&c->value);
	return value.len == 0 ? 0 : table_cell_at(s->table, column - 1, value);
}

int
spread_carry(struct spread *s, size_t column, size_t until, struct span value, struct err *e)
{
	struct spread_carry *c = NULL;
	size_t i;

	for (i = 0; i < SPREAD_CARRIES_MAX && c == NULL; i++)
		if (s->carry[i].column == column || s->carry[i].until <= s->table->row)
			c = &s->carry[i];
	if (c == NULL || value.len == 0)
		return 0;
	c->column = column;
	c->until = until;
	buf_reset(&c->value);
	return buf_addspan(&c->value, value, e);
}

int
spread_row(struct spread *s, size_t row)
{
	size_t i, last = 0;

	for (i = 0; i < SPREAD_CARRIES_MAX && s->table->filled > 0; i++)
		if (s->carry[i].until >= row && s->carry[i].column > last)
			last = s->carry[i].column;
	if (last > table_cells(s->table) && spread_cell(s, last, (struct span){ 0 }) == -1)
		return -1;
	s->table->row = row - 1;
	return table_row(s->table);
}

int
spread_number(double n, struct buf *out, struct err *e)
{
	if (fabs(n) < 9e15 && n == floor(n))
		return buf_addf(out, e, "%.0f", n);
	return buf_addf(out, e, "%.15g", n);
}

int
spread_date(double days, int has_date, int has_time, struct buf *out, struct err *e)
{
	time_t t;
	struct tm tm;

	if (!(days >= 0 && days < 2958466))	/* to the end of 9999 */
		return spread_number(days, out, e);
	t = (time_t)llround((days - EPOCH_DAYS) * 86400 / 60) * 60;
	if (gmtime_r(&t, &tm) == NULL)
		return spread_number(days, out, e);
	if (!has_date || days < 1)
		return buf_addf(out, e, "%02d:%02d", tm.tm_hour, tm.tm_min);
	if (buf_addf(out, e, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) == -1)
		return -1;
	return has_time && (tm.tm_hour > 0 || tm.tm_min > 0) ? buf_addf(out, e, "T%02d:%02d", tm.tm_hour, tm.tm_min) : 0;
}
