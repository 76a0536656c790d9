/* SPDX-License-Identifier: AGPL-3.0-or-later
 * feed.h - everything a node holds, line by line, through its changes feed. */
#ifndef TOOLS_CLI_FEED_H
#define TOOLS_CLI_FEED_H

#include "proto/buf.h"
#include "proto/limits.h"

struct client;
struct err;
struct progress;

/* One record's line; -1 stops. */
typedef int feed_fn(void *ctx, struct span line, struct err *e);

/* All records of the set, or those of an author (a did:key), a kind, a part (NULL: any; identities and
 * retirements come along), from a cursor on (NULL: the beginning). */
struct feed_query {
	const char *author, *kind, *part, *since;
	char end[CURSOR_CHARS_MAX + 1];	/* out: the cursor after the last */
};
int	feed_read(struct client *node, struct feed_query *q, struct progress *p, feed_fn *each, void *ctx,
	    struct err *e);

#endif
