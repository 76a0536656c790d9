/* SPDX-License-Identifier: AGPL-3.0-or-later
 * merge.c - see merge.h. */
#include "proto/merge.h"

#include <string.h>

int
merge_compare(const struct version *a, const struct version *b)
{
	int order;

	if (a->generation != b->generation)
		return a->generation > b->generation ? 1 : -1;
	if (a->updated != b->updated)
		return a->updated > b->updated ? 1 : -1;
	if (!a->deleted != !b->deleted)
		return a->deleted ? 1 : -1;
	if (a->created != b->created)
		return a->created > b->created ? 1 : -1;
	order = memcmp(b->id, a->id, sizeof a->id);
	return order > 0 ? 1 : order < 0 ? -1 : 0;
}

int
merge_is_conflict(const struct version *a, const struct version *b, int same_content)
{
	return !a->deleted && !b->deleted && a->updated == b->updated && !same_content &&
	    memcmp(a->id, b->id, sizeof a->id) != 0;
}
