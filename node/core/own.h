/* SPDX-License-Identifier: AGPL-3.0-or-later
 * own.h - signing and storing what this node's own authors say; the inside of node_put and renewal.
 */
#ifndef NODE_CORE_OWN_H
#define NODE_CORE_OWN_H

#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/store/store.h"

/* Records drafted, signed and then offered to the store in one commit. */
struct own_batch {
	struct node *node;
	struct buf *line;		/* one per draft: the signed bytes */
	struct offer_line *offer;
	size_t count, cap;
	int holds;		/* node.signing, with others */
};

/* Until it is cleared no key of this node changes. */
int	own_batch_init(struct own_batch *b, struct node *n, size_t cap, struct err *e);
/* For who holds node.signing alone. */
int	own_batch_init_alone(struct own_batch *b, struct node *n, size_t cap, struct err *e);
void	own_batch_clear(struct own_batch *b);
/* Sign with the author's operating key, or its root where the kind asks for it; the nonce is drawn here. */
int	own_batch_sign(struct own_batch *b, const struct keyring_author *a, struct record_draft *d,
	    struct err *e);
/* Offer all; each line's fate is in b->offer[i].reason. */
int	own_batch_store(struct own_batch *b, struct err *e);

/* Draw the keys of a new author and publish its identity. */
int	own_author_create(struct node *n, const char *name, const struct keyring_author **out, struct err *e);

#endif
