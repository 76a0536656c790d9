/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tend.h - what a node does by itself as time passes: expiry, retries, renewal; clock.h minds its clock.
 */
#ifndef NODE_CORE_TEND_H
#define NODE_CORE_TEND_H

#include <stdint.h>

#include "node/core/clock.h"

struct err;
struct node;

/* Each minute, on the indexer's thread: expire and retry (store_tend), renew own records that end soon, note
 * the time.  Does nothing that depends on time while the clock is not to be trusted. */
void	tend_node(struct node *n);
/* After the index moved. */
void	tend_indexed(struct node *n);

/* Just restored: what was written since the backup is at the peers, so this node signs nothing by itself before it
 * has asked one of them (with no peer, there is nobody to ask). */
int	restore_note(struct node *n, struct err *e);	/* what essaim restore does first */
/* 1 while that is so, with when it was restored (Unix seconds); 0, -1. */
int	restore_waits(struct node *n, int64_t *since, struct err *e);

/* Sign again, with the same updated and content, own live records that end within RENEW_BEFORE_S; only after a
 * pull completed within seven days, or with no peer at all.  *renewed counts them. */
#define RENEW_BEFORE_S (100LL * 86400)
int	renew_own(struct node *n, int64_t *renewed, struct err *e);

#endif
