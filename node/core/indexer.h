/* SPDX-License-Identifier: AGPL-3.0-or-later
 * indexer.h - the thread that keeps search.db in step with record.db, and the node's housekeeping.
 *
 * It follows the sequence in batches, scrubs deleted content out of both databases once
 * things are quiet, and each minute lets the node tend itself (expiry, renewal, retries).
 */
#ifndef NODE_CORE_INDEXER_H
#define NODE_CORE_INDEXER_H

#include <stdint.h>

struct err;
struct indexer;
struct node;

int	indexer_open(struct node *n, struct indexer **out, struct err *e);	/* no thread yet */
int	indexer_start(struct indexer *x, struct err *e);
void	indexer_halt(struct indexer *x);		/* joins the thread; waking it stays harmless */
void	indexer_free(struct indexer *x);		/* after indexer_halt; NULL is fine */
void	indexer_wake(struct indexer *x);		/* record.db has moved; any thread, never blocks */
int64_t	indexer_seq(const struct indexer *x);		/* the sequence that search.db has reached */
/* Index everything that is there now, in the calling thread: for a node that is not serving. */
int	indexer_catch_up(struct indexer *x, struct err *e);
/* The same, and then scrub both databases now.  *clean: nothing deleted is left in any file; 0: a reader is still in
 * the way, and the thread goes on trying. */
int	indexer_scrub(struct indexer *x, int *clean, struct err *e);

#endif
