/* SPDX-License-Identifier: AGPL-3.0-or-later
 * outline.h - land and borders to draw under a map, offline.
 *
 * Read once from the table that ships with the program (deploy/outline.tsv, which says what its lines
 * mean).  Points are in thousandths of a degree; nothing changes after the opening, so any thread may read.
 */
#ifndef NODE_CORE_OUTLINE_H
#define NODE_CORE_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

enum outline_type {
	OUTLINE_AREA = 'A',	/* its points are two: south-west and north-east of what is known in detail */
	OUTLINE_LAND = 'L',	/* a ring, in detail */
	OUTLINE_BORDER = 'B',	/* a line, in detail */
	OUTLINE_WORLD = 'W',	/* a ring of the whole world, coarse */
};

struct outline_point {
	int32_t lon_e3, lat_e3;
};

struct outline_box {
	int32_t west, south, east, north;	/* as the points */
};

struct outline_line {
	enum outline_type type;
	size_t first, count;		/* of the points */
	struct outline_box box;		/* around them */
};

struct outline {
	struct outline_point *point;
	struct outline_line *line;
	size_t points, lines;
	struct buf text;		/* the file as it is, for whoever draws elsewhere */
};

/* path NULL: beside the program.  A missing file gives an empty outline. */
int	outline_open(const char *path, struct outline **out, struct err *e);
/* The same of a text, which is copied.  ERR_INPUT names the line that is none. */
int	outline_parse(struct span text, struct outline **out, struct err *e);
void	outline_close(struct outline *o);

/* Is the whole box known in detail? */
int	outline_covers(const struct outline *o, const struct outline_box *box);

#endif
