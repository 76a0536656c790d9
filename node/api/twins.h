/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twins.h - pairs of records that may tell of one thing, and what this node's own authors have said of such.
 * Used by the API and by the operator's page.
 */
#ifndef NODE_API_TWINS_H
#define NODE_API_TWINS_H

#include <stddef.h>

#include "node/core/node.h"
#include "node/search/search.h"

/* A record of kind "same" by one of this node's own authors. */
struct own_claim {
	const char *ref;		/* the record's own */
	const char *a, *b;		/* references */
	int same;			/* 0: the verdict is that they are not */
	int64_t created;
};

struct twins {
	struct search_twin *at;		/* the surest first, without what was decided here */
	size_t count;
	struct own_claim *claim;	/* the newest first */
	size_t claims;
};

/* author: a did that one of the two must have, or NULL.  All in a, which has to be large. */
int	twins_find(struct node *node, const char *author, struct arena *a, struct twins *out, struct err *e);
/* The did of a name of 'author list', or what was given. */
const char *twins_author(struct node *node, const char *name);
/* Say that a and b (references) are the same, or not, in the name of the node's own author; score as software
 * found it, or -1.  What an own author said of the two before is taken back. */
int	twins_claim(struct node *node, const char *a, const char *b, int same, int score, struct err *e);

#define TWINS_BYTES_MAX ((size_t)256 << 20)

#endif
