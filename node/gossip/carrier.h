/* SPDX-License-Identifier: AGPL-3.0-or-later
 * carrier.h - moves what conversations wait for: answers from curl, and judged batches from intake.
 *
 * Private to node/gossip.  A carrier belongs to one thread; only carrier_wake and the batches' own
 * way back are for others.
 */
#ifndef NODE_GOSSIP_CARRIER_H
#define NODE_GOSSIP_CARRIER_H

#include <curl/curl.h>

#include "proto/buf.h"

struct carrier;
struct err;
struct node;
struct talk;

int	carrier_new(struct node *n, struct carrier **out, struct err *e);
void	carrier_free(struct carrier *c);	/* no conversation may be left; NULL is fine */
CURLM	*carrier_multi(struct carrier *c);

/* Wait for at most wait_ms, then hand every answer and judged batch to its conversation. */
int	carrier_turn(struct carrier *c, int wait_ms, struct err *e);
void	carrier_wake(struct carrier *c);	/* end a wait early; any thread */

/* Give records to intake for t, which hears of it by talk_taken.  Takes the memory of records. */
int	carrier_submit(struct carrier *c, struct talk *t, struct buf *records, const char *url, struct err *e);

#endif
