/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set_impl.h - the inside of a set, for set.c and set_view.c only.
 *
 * Items lie in blocks of up to BLOCK_ITEMS.  One slot per block, in order, says how many items come
 * before the block and what they add up to; CHUNK_SLOTS slots make a chunk, the numbers in a slot
 * count from the start of its chunk, and those in a chunk from the start of the set.  So a change
 * touches the rest of one chunk and the later chunks, and a question looks at one slot and one chunk.
 */
#ifndef PROTO_SET_IMPL_H
#define PROTO_SET_IMPL_H

#include "proto/set.h"

#define BLOCK_ITEMS 128
#define CHUNK_SLOTS 128

struct block {
	struct set_item items[BLOCK_ITEMS];
};

struct slot {
	struct block *block;
	uint64_t ts;		/* of the block's first item */
	uint32_t n, before;	/* items in the block; items of the chunk before it */
	struct set_sum sum;	/* of the block's items */
	struct set_sum sum_before;	/* of the chunk's items before it */
};

struct chunk {
	uint64_t before;
	struct set_sum sum_before;
};

struct set {
	struct slot *slots;
	struct chunk *chunks;
	size_t nslots, slots_cap;
	uint64_t count, generation;
	struct set_sum sum;
};

void	sum_add(struct set_sum *a, const struct set_sum *b);
void	sum_sub(struct set_sum *a, const struct set_sum *b);
void	sum_add_id(struct set_sum *a, const uint8_t id[SET_ID_BYTES]);
void	sum_sub_id(struct set_sum *a, const uint8_t id[SET_ID_BYTES]);

/* Move a place of s, sum included; the shorter the way the cheaper. */
void	place_seek(const struct set *s, struct set_place *p, uint64_t index);
void	place_find(const struct set *s, struct set_place *p, const struct set_item *bound);
const struct set_item *place_item(const struct set *s, const struct set_place *p);	/* NULL at the end */
void	place_step(const struct set *s, struct set_place *p);	/* not at the end */

#endif
