/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.h - forgetting one record on request: here at once, and a list that keeps it from coming back.
 *
 * An own record is deleted everywhere by a tombstone; another author's only on this node.  Who else has forgotten is
 * asked by gossip/witness.h.
 */
#ifndef NODE_CORE_ERASE_H
#define NODE_CORE_ERASE_H

#include <stdint.h>

#include "proto/ref.h"

struct err;
struct node;

struct erase_report {
	int own;		/* deleted everywhere; 0: erased on this node */
	int clean;		/* no file of this node holds it any more; 0: a reader is in the way, it is tried again */
	int source_rows;	/* rows of imports that were forgotten with it */
};

/* ERR_NOT_FOUND when nothing of that name is here; a record that was deleted before is put on the list too.
 * Identities and retirements are not erased (block their author instead).  Waits for the commit, then empties the
 * files. */
int	node_erase(struct node *n, const struct ref *ref, struct erase_report *out, struct err *e);

/* The keyed hash by which a row of a source is known on the list. */
void	erase_item_hash(const struct node *n, const char *source, const char *item, uint8_t out[32]);

#endif
