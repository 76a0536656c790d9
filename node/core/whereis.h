/* SPDX-License-Identifier: AGPL-3.0-or-later
 * whereis.h - where the place lies that somebody typed: coordinates, a commune by name, postcode or code.
 *
 * A commune lies where the operator's table of centres says, else where its records do.  One without records is known all
 * the same, and its intercommunality's records, else its département's, say roughly where it is; the answer
 * says which, so that a page can.
 */
#ifndef NODE_CORE_WHEREIS_H
#define NODE_CORE_WHEREIS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct gazetteer;
struct place;
struct search_reader;

enum whereis_how {
	WHEREIS_UNKNOWN,	/* no place we know of */
	WHEREIS_MUTE,		/* a commune that nothing tells the position of */
	WHEREIS_POINT,		/* coordinates */
	WHEREIS_COMMUNE,	/* its centre, or where its records are */
	WHEREIS_AROUND,		/* where those of its intercommunality or département are */
};

#define WHEREIS_SAME_MAX 12

struct whereis {
	enum whereis_how how;
	int32_t lat_e7, lon_e7;			/* from POINT on */
	const struct place *commune;		/* or NULL: its records alone name it */
	const struct place *around;		/* AROUND */
	const struct place *same[WHEREIS_SAME_MAX];	/* other communes of that name */
	size_t same_count;
};

/* "48.11,-1.68", "Morlaix", "29600", "29151", "Saint-Martin (35)", "35000 Rennes"; anything else is UNKNOWN. */
void	whereis_find(const struct gazetteer *g, struct search_reader *r, struct span text, struct whereis *out);

#endif
