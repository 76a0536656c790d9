/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lineage.h - from where an initiative was taken up and who took it up, as one tree in reading order.
 *
 * Nobody checks what "adapted_from" says of others: it may go in circles, be endless, or name a
 * thousand takers.  The walk is bounded each way and meets no record twice.
 */
#ifndef NODE_WEB_LINEAGE_H
#define NODE_WEB_LINEAGE_H

#include <stddef.h>

struct err;

#define LINEAGE_STEPS	120	/* records in one tree */
#define LINEAGE_DEPTH	12	/* generations upwards, and in all */
#define LINEAGE_WIDTH	24	/* takers of one record */

enum lineage_origin {
	LINEAGE_FIRST,		/* names none */
	LINEAGE_FROM,		/* names one that is here: *out */
	LINEAGE_AWAY,		/* names one that is not here */
};

/* Whom the walk asks; references live as long as the lineage. */
struct lineage_source {
	void *ctx;
	/* A lineage_origin, or -1. */
	int (*origin)(void *ctx, const char *ref, const char **out, struct err *e);
	/* Up to max of those that took ref up, in the order to be shown, and *more set when there are
	 * others; their number, or -1. */
	int (*takers)(void *ctx, const char *ref, const char **out, size_t max, int *more, struct err *e);
};

struct lineage_step {
	const char *ref;
	unsigned depth;		/* 0: the first origin */
	int more;		/* not all that took it up are in the tree */
};

struct lineage {
	struct lineage_step step[LINEAGE_STEPS];	/* each followed by what came of it */
	size_t count;
	int away;		/* the first one names an origin that is not here */
	int older;		/* the first one has an origin, too many generations ago */
};

/* The tree that ref, which is here, is part of.  The way from its origin down to it is always in it. */
int	lineage_make(const struct lineage_source *s, const char *ref, struct lineage *out, struct err *e);

#endif
