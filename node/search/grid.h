/* SPDX-License-Identifier: AGPL-3.0-or-later
 * grid.h - rows that match, put together where they lie close; what search_grid is made of.
 */
#ifndef NODE_SEARCH_GRID_H
#define NODE_SEARCH_GRID_H

#include <stdint.h>

#include "node/search/column.h"
#include "node/search/search.h"

struct search_reader;

/* Rows of one cell, later of several near ones. */
struct cell {
	uint32_t count;
	int64_t lat_sum, lon_sum;
	struct search_box box;
	uint32_t commune;		/* which most rows are in (a majority vote); 0: none */
	uint32_t votes;
	int scattered;			/* in several communes */
	double x, y;			/* of the mean, in cells */
	uint32_t id[SEARCH_SPOT_CARDS];	/* the newest first */
	int64_t updated[SEARCH_SPOT_CARDS];
	unsigned ids;
};

struct grid {
	const struct search_grid_ask *ask;
	struct cell *cell;		/* rows × columns; NULL when only measuring */
	double x0, y0, wide, high;	/* of the box, projected */
	struct search_grid *out;
};

/* Cells, in a; -1: no memory. */
int	grid_make(const struct search_grid_ask *ask, struct arena *a, struct search_grid *out, struct grid *g,
	    struct err *e);
void	grid_reset(struct grid *g);
/* Count a row that matches. */
void	grid_add(struct grid *g, uint32_t id, const struct column *row);
/* Put neighbours together, read the cards and the names: the answer.  lock is held for reading. */
int	grid_answer(struct grid *g, struct search_reader *r, int64_t now_s, struct arena *a, struct err *e);

#endif
