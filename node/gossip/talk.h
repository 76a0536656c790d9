/* SPDX-License-Identifier: AGPL-3.0-or-later
 * talk.h - one conversation of proto/sync.h with a real peer: its requests, batches and peer row.
 *
 * Private to node/gossip.  All of a talk happens on the thread of its carrier.
 */
#ifndef NODE_GOSSIP_TALK_H
#define NODE_GOSSIP_TALK_H

#include <curl/curl.h>

#include "node/gossip/carrier.h"
#include "proto/sync.h"

struct err;
struct node;
struct peer;
struct talk;

struct talk_params {
	const char *url;
	unsigned what;			/* enum sync_what */
	int64_t pushed_seq;
	unsigned wait_s, page_records, pages_max;
	const char *holds;		/* what the peer said it holds, when last heard; NULL: everything */
};

/* Begin; the first request is sent by talk_move. */
int	talk_new(struct node *n, struct carrier *c, const struct talk_params *p, struct talk **out,
	    struct err *e);
/* Do whatever can be done now.  1: over, and the peer's row is written. */
int	talk_move(struct talk *t);
uint64_t talk_until_ms(const struct talk *t);	/* move again then at the latest; UINT64_MAX: when something comes */
void	talk_cut(struct talk *t);	/* end it soon, without a trace: the request under way is given up */
int	talk_was_cut(const struct talk *t);
const struct sync_report *talk_report(const struct talk *t);	/* once it is over */
void	talk_bytes(const struct talk *t, uint64_t *in, uint64_t *out);
void	talk_free(struct talk *t);	/* only when over; NULL is fine */

/* For the carrier. */
void	talk_answered(struct talk *t, CURLcode code);
void	talk_taken(struct talk *t, const struct sync_taken *taken);

/* What a conversation reads of the node (local.c).  ctx is a struct talk_local. */
struct talk_local {
	struct node *node;
	const char *url;
};
struct sync_local talk_local(struct talk_local *l);

#endif
