/* SPDX-License-Identifier: AGPL-3.0-or-later
 * store.h - what one simulated node holds: the rules of the node's store over proto/, in memory.
 *
 * Judging, merging, admission and the set are proto's; what is here is the bookkeeping around them:
 * which version stands under each name, in what order it entered, whose quota is how full, what is kept
 * aside until its time.  Items, authors and names are numbers of the archive.
 */
#ifndef TOOLS_SIM_STORE_H
#define TOOLS_SIM_STORE_H

#include "proto/set.h"
#include "tools/sim/archive.h"

/* What stands under a name. */
struct slot {
	uint32_t item;		/* 0: nothing */
	uint32_t seq;		/* when it entered the set; 0: held, but not in it */
};

/* One step in the life of the set; feed[seq - 1]. */
struct entry {
	uint32_t item;		/* 0: only something left */
	uint32_t from;		/* the node it was read from + 1; 0: offered to us or written here */
	uint32_t gone;		/* the seq at which it left again; 0: it is there */
	uint32_t hops;		/* deliveries since its writer */
};

/* An author as this node sees it. */
struct standing {
	uint32_t identity;	/* item */
	int hops;		/* -1: not admitted */
	int64_t pool, live, vouches, retired;
	uint8_t own, listed, blocked, loosened;
};

struct store {
	struct archive *archive;	/* borrowed */
	struct set *set;
	struct slot *slot;		/* by name */
	size_t slots;
	struct standing *author;
	size_t authors, author_cap;
	struct entry *feed;
	size_t feed_cap;
	uint32_t seq;
	uint32_t *aside;		/* held or unresolved items */
	size_t asides, aside_cap;
	int admission_stale, loosened;
	uint64_t judged;
	/* Told of every change after it is made: what stood before (0: nothing) and what stands now (0:
	 * it was dropped). */
	void (*watch)(void *ctx, const struct store *s, uint32_t was, uint32_t is);
	void *watch_ctx;
};

/* Where a batch comes from. */
struct source {
	int64_t now;		/* the node's clock, Unix seconds */
	uint32_t from;		/* the node it was read from + 1, or 0 */
	const struct store *giver;	/* who sent it, or NULL: deliveries are counted on from there */
};

void	store_init(struct store *s, struct archive *a);
void	store_clear(struct store *s);

/* Direct choices of the operator.  Take effect with the next batch or store_settle. */
void	store_list(struct store *s, uint32_t author, int own);
void	store_block(struct store *s, uint32_t author, int blocked);
void	store_settle(struct store *s);

/* Judge items in their order, those of unknown authors after the others, and keep what passes; why[i]
 * is what became of each. */
void	store_offer(struct store *s, const uint32_t *item, size_t n, const struct source *from,
	    enum reason *why);
/* What would become of this item?  Changes nothing. */
enum reason store_would(struct store *s, uint32_t item, int64_t now);
/* Offer again what was held and is due. */
void	store_due(struct store *s, int64_t now);

/* The standing version under a name, in the set; 0: none. */
uint32_t store_current(const struct store *s, uint32_t name);
int	store_admits(const struct store *s, uint32_t author);

/* As it was when its sequence was seq: a crash lost the rest. */
void	store_rewind(struct store *s, uint32_t seq);

#endif
