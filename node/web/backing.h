/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backing.h - who says what they are to a record: steward, college, public partner, and who confirms it.
 */
#ifndef NODE_WEB_BACKING_H
#define NODE_WEB_BACKING_H

#include "node/web/visit.h"

/* Does the link say what somebody is to the record it was found for? */
int	backing_is(const struct search_link *l);
/* The endorsements among what refers to a record of author, role by role in the vocabulary's order, and
 * from how many others they come. */
void	backing_fill(struct visit *v, const struct search_links *found, const char *author, struct view_item *w);

#endif
