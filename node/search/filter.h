/* SPDX-License-Identifier: AGPL-3.0-or-later
 * filter.h - a query made ready to be held against rows: names looked up, dates and distances computed.
 */
#ifndef NODE_SEARCH_FILTER_H
#define NODE_SEARCH_FILTER_H

#include <stdint.h>

#include "node/search/column.h"
#include "node/search/search.h"

/* Which numbers of one sort of name are asked for; ok NULL: any. */
struct wanted {
	uint8_t *ok;
	uint32_t count;
};

struct filter {
	const struct search_query *q;
	const struct columns *columns;
	struct wanted author, commune, practice, type, lang;
	unsigned asked;			/* bits 1 << FACET_x: which facets' filters are set */
	int32_t today;			/* day number */
	int32_t from_min, to_min;	/* INT32_MIN..INT32_MAX when not asked */
	int boxed;			/* box below holds: the query's, or the one around the circle */
	int32_t south, west, north, east;
	double lat, lon, cos_lat;	/* of the point asked for, radians */
};

/* -1: no memory in a. */
int	filter_make(const struct search_query *q, const struct columns *c, struct arena *a,
	    struct filter *out, struct err *e);

/* Leave in picks what holds against all that is no facet: alive, unexpired, dates, place. */
void	filter_sift(const struct filter *f, struct picks *picks);
/* Leave what one facet's filter lets through; its bit is in asked.  -1: no memory in a. */
int	filter_keep(const struct filter *f, enum search_facet facet, struct arena *a, struct picks *picks,
	    struct err *e);
/* Great-circle distance from the point asked for, in metres (haversine, a sphere of 6,371,009 m);
 * negative when the row has no position. */
double	filter_distance(const struct filter *f, const struct column *row);

#endif
