/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plot.h - the geometry of a map drawn as SVG: which part of the world it shows, where things come to lie, the
 * land as a path, names that do not cover each other.
 *
 * Positions on the drawing are in its own units, from the top left; the world is web Mercator's
 * (node/search/mercator.h).
 */
#ifndef NODE_WEB_PLOT_H
#define NODE_WEB_PLOT_H

#include <stddef.h>

#include "node/core/outline.h"
#include "node/search/search.h"
#include "proto/buf.h"

struct err;

struct plot {
	double x0, y0, x1, y1;	/* of the world shown, west, north, east, south */
	double w, h;		/* of the drawing */
};

/* "west,south,east,north" in degrees; 1 when it is a box that does not cross 180°. */
int	box_parse(const char *text, struct search_box *out);
/* The same as text; what it needs at most. */
#define BOX_CHARS_MAX 64
void	box_print(const struct search_box *box, char out[BOX_CHARS_MAX]);

/* The least part of the world in the shape of a w × h drawing that holds the box, with a margin (a share of the
 * box on each side).  Never nearer than some 500 m across, never more than the world. */
void	plot_fit(const struct search_box *box, double margin, double w, double h, struct plot *out);
/* What it shows. */
void	plot_box(const struct plot *c, struct search_box *out);
/* Moved by shares of its size, and scaled about its middle (0.5: nearer).  out may be c. */
void	plot_shift(const struct plot *c, double dx, double dy, double scale, struct plot *out);
int	plot_is_nearest(const struct plot *c);
int	plot_is_widest(const struct plot *c);

double	plot_x(const struct plot *c, double lon);
double	plot_y(const struct plot *c, double lat);
/* Metres to one unit, in the middle. */
double	plot_metres(const struct plot *c);

/* Path data ("M120 45l3-7…z") in tenths of a unit: land (OUTLINE_LAND where that covers the drawing, else with
 * the world's under it), or borders. */
int	plot_land(const struct plot *c, const struct outline *o, struct buf *out, struct err *e);
int	plot_borders(const struct plot *c, const struct outline *o, struct buf *out, struct err *e);

/* The distance in degrees between two lines of the graticule: a round number. */
double	plot_step(const struct plot *c);

/* --- names --------------------------------------------------------------------------------------- */

#define SHEET_TAKEN_MAX 512

/* What is taken of a drawing. */
struct sheet_box {
	double x0, y0, x1, y1;
};

struct sheet_room {
	double w, h;
	struct sheet_box taken[SHEET_TAKEN_MAX];
	size_t count;
};

/* Take the box when nothing is there yet and it lies on the drawing; 1 when taken. */
int	room_take(struct sheet_room *r, struct sheet_box box);
/* Take it whatever is there. */
void	room_block(struct sheet_room *r, struct sheet_box box);

#endif
