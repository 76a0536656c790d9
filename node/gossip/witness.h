/* SPDX-License-Identifier: AGPL-3.0-or-later
 * witness.h - asks the neighbours whether they have forgotten what was erased here (SPEC: Asking who has forgotten).
 *
 * One thread, which sleeps until something is erased or a neighbour is due to be asked again; an answer goes into
 * record.db (store/erase.h).  A deletion of ours is offered before it is asked about.  A neighbour that has
 * confirmed is asked no more; the others less and less often, and not for ever: nothing outlives a tombstone.
 */
#ifndef NODE_GOSSIP_WITNESS_H
#define NODE_GOSSIP_WITNESS_H

struct err;
struct node;
struct witness;

int	witness_start(struct node *n, struct witness **out, struct err *e);
void	witness_halt(struct witness *w);	/* cuts requests under way, whoever asks; NULL is fine */
void	witness_stop(struct witness *w);	/* once nobody asks any more; NULL is fine */
void	witness_wake(struct witness *w);	/* something was erased, or neighbours changed; any thread */

/* Ask once every neighbour that has not confirmed ref (NULL: of everything erased, those that are due), in the
 * calling thread.  Works without a running thread; witness_halt ends it early. */
int	witness_ask(struct node *n, const char *ref, struct err *e);

#endif
