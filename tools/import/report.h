/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.h - what an import did, or would do: counts, the rows behind them, and what the operator should know.
 *
 * Memory is bounded whatever the file: rows go to a temporary file; columns, categories, licences and places
 * are told once each, with how often they came.
 */
#ifndef TOOLS_IMPORT_REPORT_H
#define TOOLS_IMPORT_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "tools/import/import.h"

enum import_result { ROW_NEW, ROW_CHANGED, ROW_SAME, ROW_REFUSED, ROW_DIFFERS, ROW_VANISHED, ROW__COUNT };

extern const char *const import_result_name[ROW__COUNT];	/* "new", "changed", … */
enum import_result import_result_find(const char *name);	/* ROW_REFUSED for what is none */

#define REPORT_COLUMNS_MAX	IMPORT_CELLS_MAX
#define REPORT_WORDS_MAX	500	/* categories; places; licences */
#define REPORT_REMARKS_MAX	1000
#define REPORT_SAMPLES		3
#define REPORT_SAMPLE_BYTES	60

struct report_column {
	const char *name, *field;	/* field NULL: nobody knows it; MARK_DROP: left out on purpose */
	const char *sample[REPORT_SAMPLES];
	uint64_t filled;
};

struct report_word {
	const char *text;
	const char *more;		/* of places: the candidates as JSON; else NULL */
	int verdict;			/* of licences */
	uint64_t count;
};

struct report_words {
	struct report_word at[REPORT_WORDS_MAX];
	size_t count;
	uint64_t beyond;		/* different ones that no longer fitted, or the same again */
};

struct report {
	uint64_t count[ROW__COUNT], items;
	const char *source, *format;
	int dry_run;
	int brief;			/* rows: only those that an operator must look at */
	size_t rows_max;		/* 0: all */
	int in_words;			/* rows and remarks are written for people, else as JSON */
	FILE *rows;
	struct buf remarks;		/* the same */
	uint64_t row_count, remark_count;
	struct scrubbed scrubbed;
	uint64_t positions, same_positions;
	uint64_t placed;		/* put at their commune's centre */
	int32_t lat_e7, lon_e7;		/* of the first item that has a position */
	struct report_column column[REPORT_COLUMNS_MAX];
	size_t column_count;
	struct report_words categories, licences, places;
	struct arena text;
};

struct report *report_new(int in_words, struct err *e);	/* NULL: no memory, or no temporary file */
void	report_free(struct report *r);		/* NULL is fine */

/* A row's fate; row 0: none in the file.  ref, field and why may be "". */
struct report_row {
	enum import_result result;
	int64_t row;
	const char *ref, *field, *why;
};
int	report_add(struct report *r, const struct report_row *row, struct err *e);
int	report_remark(struct report *r, size_t row, const char *field, const char *text, struct err *e);

void	report_column(struct report *r, const char *name, const char *field, struct span value);
void	report_count(struct report *r, struct report_words *words, struct span text, const char *more, int verdict);
void	report_position(struct report *r, int has_position, int32_t lat_e7, int32_t lon_e7);

/* One sentence about the file as a whole, or "". */
const char *report_warning(const struct report *r);

/* To the end of out, as in_words asks. */
int	report_json(const struct report *r, FILE *out, struct err *e);
void	report_words(const struct report *r, FILE *out);

#endif
