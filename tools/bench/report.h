/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.h - what was measured, each figure beside its limit: as a table, as JSON, as a chart.
 *
 * A line is one figure, the limit that was measured in the same run (or, where there is none to
 * measure, the number to hold), and their ratio.  Nothing here judges a build: figures are for people.
 */
#ifndef TOOLS_BENCH_REPORT_H
#define TOOLS_BENCH_REPORT_H

#include <stdio.h>

enum unit { UNIT_PER_S, UNIT_S, UNIT_MS, UNIT_BYTES, UNIT_MIB, UNIT_ROUNDS };
enum better { BETTER_HIGH, BETTER_LOW };

struct report_line {
	const char *row;		/* the row that measured it */
	char what[96];
	enum unit unit;
	enum better better;
	double value;
	char limit_what[80];		/* what the limit is; empty: none */
	double limit;			/* in the same unit */
	double hold;			/* the ratio to hold: at least it (BETTER_HIGH) or at most it; 0: none */
	char note[200];
	int missing;			/* not measured: note says why */
};

struct report {
	struct report_line *line;
	size_t count, cap;
	char machine[160];		/* processor, cores, memory, kernel */
	char when[32];
};

void	report_init(struct report *r);
void	report_clear(struct report *r);
/* Append, and show it on stderr at once.  A line that finds no memory is dropped with a word about it. */
void	report_add(struct report *r, const struct report_line *line);
/* "not measured", and why. */
void	report_missing(struct report *r, const char *row, const char *what, const char *why);

double	report_ratio(const struct report_line *line);	/* 0 when there is no limit */
/* 1 holds, 0 does not, -1 nothing to hold. */
int	report_holds(const struct report_line *line);

void	report_table(const struct report *r, FILE *out);
void	report_json(const struct report *r, FILE *out);
void	report_svg(const struct report *r, FILE *out);

#endif
