/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set.h - the set index: which versions this node holds, in the order reconciliation needs.
 *
 * An item is (`created` in seconds, version id); items are ordered by timestamp, then by the bytes of
 * the id.  They lie in blocks, and running sums over the blocks give the fingerprint of any range
 * without a pass over its items.  A million items take about 42 MB.  (SPEC: The set, Reconciliation)
 *
 * A set belongs to whoever made it and locks nothing: functions that take a const set only read, and
 * may run side by side as long as nobody writes.
 *
 * A view is what one side of a conversation claims to hold: a set, and on top of it a few items
 * added and a few left out, without a copy.  Reconciliation reads views only.
 */
#ifndef PROTO_SET_H
#define PROTO_SET_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define SET_ID_BYTES 32
#define SET_FINGERPRINT_BYTES 16

/* Also the form of a bound: the missing end of an id prefix is zero bytes. */
struct set_item {
	uint64_t ts;
	uint8_t id[SET_ID_BYTES];
};

/* The bound above every item; no item may have this timestamp. */
#define SET_TS_INFINITY UINT64_MAX

/* Ids added up modulo 2^256, each read as a little-endian number; w[0] is the lowest word. */
struct set_sum {
	uint64_t w[4];
};

struct set;

struct set	*set_new(void);			/* NULL: no memory */
void		set_free(struct set *s);

/* A set of n items, which are put in order in place; equal ones count once.
 * NULL: ERR_MEMORY, or ERR_INPUT for the timestamp SET_TS_INFINITY. */
struct set	*set_load(struct set_item *items, size_t n, struct err *e);

/* 0 new, 1 was already there, -1 as for set_load.  Appending in order is the cheap case and fills
 * blocks completely, so a set can also be loaded by insertion from an ordered query. */
int		set_insert(struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e);
/* 1 removed, 0 was not there.  Cannot fail. */
int		set_delete(struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES]);
int		set_has(const struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES]);

uint64_t	set_count(const struct set *s);
size_t		set_bytes(const struct set *s);	/* memory it takes */
/* A number that changes with every insertion and removal. */
uint64_t	set_generation(const struct set *s);
/* The item at an index below set_count. */
void		set_at(const struct set *s, uint64_t index, struct set_item *out);
/* How many items are below the bound: the index of the first one that is not. */
uint64_t	set_lower_bound(const struct set *s, const struct set_item *bound);
/* The Negentropy V1 fingerprint of the items at begin <= index < end. */
void		set_fingerprint(const struct set *s, uint64_t begin, uint64_t end,
		    uint8_t out[SET_FINGERPRINT_BYTES]);
/* The fingerprint of the whole set: in hexadecimal, the node's `state`. */
void		set_state(const struct set *s, uint8_t out[SET_FINGERPRINT_BYTES]);

/* <0, 0, >0 in the order of the set. */
int		set_item_cmp(const struct set_item *a, const struct set_item *b);

/* First 16 bytes of SHA-256(sum, 32 bytes little-endian, then count as a big-endian base-128 varint). */
void		set_sum_fingerprint(const struct set_sum *sum, uint64_t count,
		    uint8_t out[SET_FINGERPRINT_BYTES]);

/* --- views --- */

struct set_change;

/* Zero except for base is a view of the bare set, with nothing to release: SET_VIEW(set). */
struct set_view {
	const struct set *base;		/* borrowed, must outlive the view */
	struct set_change *asked;	/* added or hidden, as asked */
	size_t nasked, asked_cap;
	struct set_change *changes;	/* those that make a difference to base, in order */
	size_t nchanges, changes_cap;
	uint64_t generation;		/* of base, when changes was computed */
	int stale;
};

#define SET_VIEW(set) { .base = (set) }

/* Count an item as held although base lacks it (a phantom), or as absent although base has it.  The
 * last word on an item is what counts; adding what base has and hiding what it lacks change nothing.
 * -1: ERR_MEMORY. */
int		set_view_add(struct set_view *v, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e);
int		set_view_hide(struct set_view *v, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e);
/* Bring the view in line with base and with what was asked.  To be called before reading, under the
 * same lock as the reading; costs nothing when nothing changed.  -1: ERR_MEMORY. */
int		set_view_refresh(struct set_view *v, struct err *e);
void		set_view_clear(struct set_view *v);	/* drops the changes, keeps base */
uint64_t	set_view_count(const struct set_view *v);

/* A place in a set: `index` items before it, which add up to `sum`.  Zero is the start. */
struct set_place {
	uint64_t index;
	struct set_sum sum;
	size_t slot, offset;	/* block, and item in the block */
};

/* A place in a refreshed view, good until its base changes: `index` items before it, which add up to
 * `sum`.  Short moves are cheap.  Starts as SET_CURSOR(view), before the first item. */
struct set_cursor {
	const struct set_view *view;
	uint64_t index;
	struct set_sum sum;
	struct set_place base;	/* private: the base items before it */
	size_t change;		/* private: the changes before it */
};

#define SET_CURSOR(of) { .view = (of) }

void		set_cursor_seek(struct set_cursor *c, uint64_t index);	/* at most set_view_count */
void		set_cursor_find(struct set_cursor *c, const struct set_item *bound);
/* The item here and a step past it; NULL at the end.  Lives until base or the view changes. */
const struct set_item *set_cursor_next(struct set_cursor *c);
/* Fingerprint of the items from one cursor (included) to a later one (excluded) of the same view. */
void		set_cursor_fingerprint(const struct set_cursor *from, const struct set_cursor *to,
		    uint8_t out[SET_FINGERPRINT_BYTES]);

#endif
