/* SPDX-License-Identifier: AGPL-3.0-or-later
 * groups.h - rows that tell of one thing, as records of kind "same" say: found by union-find from those claims,
 * once for each of two ways to believe them.  Derived: made anew whenever records change while there are claims.
 *
 * SPEC section 7, kind "same": who is believed.
 */
#ifndef NODE_SEARCH_GROUPS_H
#define NODE_SEARCH_GROUPS_H

#include <stddef.h>
#include <stdint.h>

struct column;
struct err;
struct picks;

#define GROUP_ROWS_MAX 64	/* in one group; what would make it larger is not joined */

enum group_belief { BELIEF_USUAL, BELIEF_ALL, BELIEF__COUNT };

/* One claim, its records found among the rows. */
struct group_claim {
	uint32_t a, b;		/* numbers of rows */
	uint32_t author;	/* who says so: number of a name */
	int own;		/* by an author of this node */
	int same;		/* 0: that they are not */
	int64_t updated;
};

/* A row that is in a group: who is shown before it and after it; 0: nobody. */
struct grouped {
	uint32_t row, better, worse;
};

struct row_groups {
	struct grouped *at;	/* by row, rising */
	size_t count;
};

/* Group rows (indexed by number) as claims say; *out, which was empty, is the caller's to free.  BELIEF_USUAL
 * believes claims by own authors and by the author of one of the two records.  A claim that two are not the same
 * keeps their groups apart.  First in a group: what its own author did not call a double of another's, then
 * what was not taken from another directory, then this node's own, then the newest. */
int	groups_make(const struct group_claim *claim, size_t claims, const struct column *rows, uint32_t row_count,
	    enum group_belief belief, struct row_groups *out, struct err *e);
void	groups_free(struct row_groups *g);
/* NULL when the row is in no group. */
const struct grouped *groups_find(const struct row_groups *g, uint32_t row);
/* Leave of each group only the first of its rows that are picked. */
void	groups_fold(const struct row_groups *g, struct picks *picks);

#endif
