/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocks.h - what this node does not take: lists to block at once, and another operator's list as advice.
 * Used by the API and by the operator's page.
 */
#ifndef NODE_API_BLOCKS_H
#define NODE_API_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "node/core/node.h"
#include "node/store/store.h"
#include "proto/blocklist.h"

/* What one command blocks; in an arena. */
struct blocks {
	const struct block *at;
	size_t count;
	int64_t records;	/* live ones that go with it */
};

/* The author did (when itself is set) and all who are let in by its word alone. */
int	blocks_with_vouched(struct node *node, const char *did, const char *reason, int itself, struct arena *a,
	    struct blocks *out, struct err *e);

enum advice_here { ADVICE_NEW, ADVICE_BLOCKED, ADVICE_OWN };	/* OWN: of this node's own authors, never taken */

struct advice_entry {
	const char *what, *reason, *name;	/* name: of an author known here, else "" */
	enum block_kind kind;
	enum advice_here here;
	int64_t since, records;			/* records: live ones here that would go */
	int taken;
};

struct advice {
	char author[DIDKEY_CHARS + 1];		/* whose list it is */
	const char *name;
	int64_t created;
	struct advice_entry *entry;
	size_t count;
};

/* Read a signed list beside what is here.  ERR_FORBIDDEN when its author is not let in here, ERR_SIGNATURE when the
 * key is not known as the author's.  Changes nothing. */
int	blocks_advice(struct node *node, struct span json, struct arena *a, struct advice *out, struct err *e);
/* Block those of its new entries that chosen names ("all", or what is blocked, comma-separated), with the list's
 * author as their origin. */
int	blocks_take(struct node *node, struct advice *advice, const char *chosen, struct arena *a, size_t *taken,
	    struct err *e);

#endif
