/* SPDX-License-Identifier: AGPL-3.0-or-later
 * facet.h - counts how often each value occurs among the rows that match.
 */
#ifndef NODE_SEARCH_FACET_H
#define NODE_SEARCH_FACET_H

#include "node/search/column.h"
#include "node/search/search.h"

struct facets {
	const struct columns *columns;
	unsigned asked;			/* bits 1 << FACET_x */
	uint32_t *count[FACET__COUNT];	/* by number; NULL where not asked */
	uint32_t size[FACET__COUNT];
};

/* Counters, in a; -1: no memory. */
int	facets_make(const struct columns *c, unsigned asked, struct arena *a, struct facets *out,
	    struct err *e);
/* Count the values of one facet, which is asked for, among the rows picked. */
int	facets_count(struct facets *f, enum search_facet facet, const struct picks *picks, struct arena *a,
	    struct err *e);
/* The values counted, most frequent first, copied into a. */
int	facets_list(const struct facets *f, struct arena *a, struct search_result *out, struct err *e);

#endif
