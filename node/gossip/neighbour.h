/* SPDX-License-Identifier: AGPL-3.0-or-later
 * neighbour.h - whom to talk to, when and about what.
 *
 * Private to node/gossip, owned by its thread.  Randomness lives here, and only here: every interval is
 * jittered, so that nodes started together do not go on together.
 */
#ifndef NODE_GOSSIP_NEIGHBOUR_H
#define NODE_GOSSIP_NEIGHBOUR_H

#include <stdint.h>

struct carrier;
struct err;
struct neighbours;
struct node;

#define STICKY_MAX 8	/* chosen ones, listened to all the time */
#define NEAR_MIN 4	/* with fewer chosen, learnt peers are promoted: listened to all the time as well */
#define LEARNT_MAX 64	/* remembered from node records, one at random called now and then */

int	neighbours_new(struct node *n, struct carrier *c, struct neighbours **out, struct err *e);
void	neighbours_free(struct neighbours *all);	/* nobody may be talking; NULL is fine */

/* Read the peers anew, and what node records of admitted authors say of others. */
int	neighbours_list(struct neighbours *all, uint64_t now_ms, struct err *e);
void	neighbours_news(struct neighbours *all, uint64_t now_ms);	/* something was committed here */
void	neighbours_compare(struct neighbours *all, uint64_t now_ms);	/* compare the sets with each soon */
/* Begin, continue and end conversations; the latest time to come back. */
uint64_t neighbours_move(struct neighbours *all, uint64_t now_ms, int stopping);
int	neighbours_talking(const struct neighbours *all);
void	neighbours_cut(struct neighbours *all);

#endif
