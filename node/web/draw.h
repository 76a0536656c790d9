/* SPDX-License-Identifier: AGPL-3.0-or-later
 * draw.h - the parts of a map that are no markers: land, graticule, scale, names.
 */
#ifndef NODE_WEB_DRAW_H
#define NODE_WEB_DRAW_H

#include "node/search/search.h"
#include "node/web/plot.h"
#include "node/web/view.h"
#include "node/web/visit.h"

struct err;

#define DRAW_WIDTH	600
#define DRAW_HEIGHT	440

/* Where a marker stands: nothing is written there but its name, beside it. */
struct stand {
	double x, y;
	int group;
	const char *name;		/* "" for none */
};

/* Base, graticule and scale into m; strings live in the visit's arena. */
int	draw_base(struct visit *v, const struct plot *c, struct map *m, struct err *e);
/* Names of markers, then of other places, as many as find room. */
int	draw_labels(struct visit *v, const struct plot *c, const struct search_grid *g, const struct stand *stand,
	    size_t stands, struct map *m, struct err *e);

/* Where the content says its record is, into w; w->map stays NULL when it does not say. */
int	draw_here(struct visit *v, struct span content, struct view_item *w, struct err *e);

#endif
