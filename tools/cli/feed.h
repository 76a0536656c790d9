/* SPDX-License-Identifier: AGPL-3.0-or-later
 * feed.h - everything a node holds, line by line, through its changes feed. */
#ifndef TOOLS_CLI_FEED_H
#define TOOLS_CLI_FEED_H

#include "proto/buf.h"

struct client;
struct err;
struct progress;

/* One record's line; -1 stops. */
typedef int feed_fn(void *ctx, struct span line, struct err *e);

/* All records of the set, or those of an author (a did:key) and a kind (NULL: any; identities and
 * retirements come along). */
int	feed_read(struct client *node, const char *author, const char *kind, struct progress *p, feed_fn *each,
	    void *ctx, struct err *e);

#endif
