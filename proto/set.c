/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set.c - see set.h for the meaning and set_impl.h for the structure. */
#include "proto/set.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/set_impl.h"

/* A block this empty joins a neighbour, if both then fit in three quarters of one. */
#define BLOCK_SPARSE (BLOCK_ITEMS / 4)
#define BLOCK_JOINED (BLOCK_ITEMS / 4 * 3)

_Static_assert(sizeof(struct set_item) == 40, "items are packed");
_Static_assert((uint64_t)BLOCK_ITEMS * CHUNK_SLOTS <= UINT32_MAX, "counts in a chunk fit");

/* --- sums --- */

static uint64_t
word_load(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

static void
word_store(uint8_t *p, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	memcpy(p, &w, sizeof(w));
}

static struct set_sum
sum_of_id(const uint8_t id[SET_ID_BYTES])
{
	return (struct set_sum){ { word_load(id), word_load(id + 8), word_load(id + 16),
	    word_load(id + 24) } };
}

void
sum_add(struct set_sum *a, const struct set_sum *b)
{
	uint64_t carry = 0, t;

	for (int i = 0; i < 4; i++) {
		t = a->w[i] + carry;
		carry = t < carry;
		a->w[i] = t + b->w[i];
		carry += a->w[i] < t;
	}
}

void
sum_sub(struct set_sum *a, const struct set_sum *b)
{
	uint64_t borrow = 0, t;

	for (int i = 0; i < 4; i++) {
		t = a->w[i] - borrow;
		borrow = t > a->w[i];
		a->w[i] = t - b->w[i];
		borrow += a->w[i] > t;
	}
}

void
sum_add_id(struct set_sum *a, const uint8_t id[SET_ID_BYTES])
{
	struct set_sum b = sum_of_id(id);

	sum_add(a, &b);
}

void
sum_sub_id(struct set_sum *a, const uint8_t id[SET_ID_BYTES])
{
	struct set_sum b = sum_of_id(id);

	sum_sub(a, &b);
}

/* Half words are added up apart and carried once: no carry chain per item, and the compiler can use
 * vectors. */
static struct set_sum
sum_of_items(const struct set_item *items, size_t n)
{
	uint64_t low[4] = {0}, high[4] = {0}, carry = 0, digit;
	struct set_sum sum;

	assert(n <= UINT32_MAX);
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < 4; k++) {
			uint64_t w = word_load(items[i].id + 8 * k);
			low[k] += w & UINT32_MAX;
			high[k] += w >> 32;
		}
	}
	for (int k = 0; k < 4; k++) {
		digit = low[k] + carry;
		carry = (digit >> 32) + high[k];
		sum.w[k] = (digit & UINT32_MAX) | carry << 32;
		carry >>= 32;
	}
	return sum;
}

void
set_sum_fingerprint(const struct set_sum *sum, uint64_t count, uint8_t out[SET_FINGERPRINT_BYTES])
{
	uint8_t in[SET_ID_BYTES + 10], hash[crypto_hash_sha256_BYTES];
	size_t len = SET_ID_BYTES;
	int shift = 63;

	for (int i = 0; i < 4; i++)
		word_store(in + 8 * i, sum->w[i]);
	while (shift > 0 && count >> shift == 0)
		shift -= 7;
	for (; shift >= 0; shift -= 7)
		in[len++] = (uint8_t)((count >> shift & 127) | (shift > 0 ? 128 : 0));
	crypto_hash_sha256(hash, in, len);
	memcpy(out, hash, SET_FINGERPRINT_BYTES);
}

/* --- order --- */

int
set_item_cmp(const struct set_item *a, const struct set_item *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	return memcmp(a->id, b->id, SET_ID_BYTES);
}

static int
item_cmp_void(const void *a, const void *b)
{
	return set_item_cmp(a, b);
}

/* Items of a block below the bound. */
static size_t
block_lower_bound(const struct slot *slot, const struct set_item *bound)
{
	size_t lo = 0, hi = slot->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (set_item_cmp(&slot->block->items[mid], bound) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
slot_starts_below(const struct slot *slot, const struct set_item *bound)
{
	if (slot->ts != bound->ts)
		return slot->ts < bound->ts;
	return memcmp(slot->block->items[0].id, bound->id, SET_ID_BYTES) < 0;
}

/* The last slot from lo up that starts below the bound; lo if none does. */
static size_t
slot_find(const struct set *s, size_t lo, const struct set_item *bound)
{
	size_t step = 1, hi, mid;

	while (lo + step < s->nslots && slot_starts_below(&s->slots[lo + step], bound)) {
		lo += step;
		step *= 2;
	}
	hi = lo + step < s->nslots ? lo + step : s->nslots;
	while (lo + 1 < hi) {
		mid = lo + (hi - lo) / 2;
		if (slot_starts_below(&s->slots[mid], bound))
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* --- places --- */

static uint64_t
slot_index(const struct set *s, size_t slot)
{
	if (slot == s->nslots)
		return s->count;
	return s->chunks[slot / CHUNK_SLOTS].before + s->slots[slot].before;
}

static struct set_sum
slot_sum(const struct set *s, size_t slot)
{
	struct set_sum sum;

	if (slot == s->nslots)
		return s->sum;
	sum = s->chunks[slot / CHUNK_SLOTS].sum_before;
	sum_add(&sum, &s->slots[slot].sum_before);
	return sum;
}

/* The slot of the item at an index below the count. */
static size_t
slot_of_index(const struct set *s, uint64_t index)
{
	size_t lo = 0, hi = (s->nslots + CHUNK_SLOTS - 1) / CHUNK_SLOTS, mid;
	uint64_t rest;

	while (lo + 1 < hi) {
		mid = (lo + hi) / 2;
		if (s->chunks[mid].before <= index)
			lo = mid;
		else
			hi = mid;
	}
	rest = index - s->chunks[lo].before;
	lo *= CHUNK_SLOTS;
	hi = lo + CHUNK_SLOTS < s->nslots ? lo + CHUNK_SLOTS : s->nslots;
	while (lo + 1 < hi) {
		mid = (lo + hi) / 2;
		if (s->slots[mid].before <= rest)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* What the first `offset` items of a block add up to, from its start, its end, or `from` items whose
 * sum is known: whichever is nearest. */
static struct set_sum
block_sum(const struct slot *slot, size_t offset, size_t from, struct set_sum known)
{
	const struct set_item *items = slot->block->items;
	size_t way = from < offset ? offset - from : from - offset;
	struct set_sum part;

	if (offset <= way && offset <= slot->n - offset)
		return sum_of_items(items, offset);
	if (slot->n - offset <= way) {
		known = slot->sum;
		from = slot->n;
	}
	if (from <= offset) {
		part = sum_of_items(items + from, offset - from);
		sum_add(&known, &part);
	} else {
		part = sum_of_items(items + offset, from - offset);
		sum_sub(&known, &part);
	}
	return known;
}

/* Go to an item of a block, or the end of the set as (nslots, 0). */
static void
place_put(const struct set *s, struct set_place *p, size_t slot, size_t offset)
{
	struct set_sum start = slot_sum(s, slot), part;

	if (offset > 0) {
		if (slot == p->slot) {
			part = p->sum;
			sum_sub(&part, &start);
			part = block_sum(&s->slots[slot], offset, p->offset, part);
		} else {
			part = block_sum(&s->slots[slot], offset, 0, (struct set_sum){0});
		}
		sum_add(&start, &part);
	}
	p->slot = slot;
	p->offset = offset;
	p->index = slot_index(s, slot) + offset;
	p->sum = start;
}

void
place_seek(const struct set *s, struct set_place *p, uint64_t index)
{
	size_t slot = p->slot;
	uint64_t start;

	assert(index <= s->count);
	if (index == p->index)
		return;
	if (index == s->count) {
		place_put(s, p, s->nslots, 0);
		return;
	}
	start = p->index - p->offset;
	if (slot == s->nslots || index < start || index - start >= s->slots[slot].n) {
		slot = slot_of_index(s, index);
		start = slot_index(s, slot);
	}
	place_put(s, p, slot, (size_t)(index - start));
}

void
place_find(const struct set *s, struct set_place *p, const struct set_item *bound)
{
	size_t slot = p->slot, offset;

	if (s->nslots == 0)
		return;
	if (slot == s->nslots || !slot_starts_below(&s->slots[slot], bound))
		slot = 0;
	slot = slot_find(s, slot, bound);
	offset = block_lower_bound(&s->slots[slot], bound);
	if (offset == s->slots[slot].n)
		place_put(s, p, slot + 1, 0);
	else
		place_put(s, p, slot, offset);
}

const struct set_item *
place_item(const struct set *s, const struct set_place *p)
{
	return p->slot == s->nslots ? NULL : &s->slots[p->slot].block->items[p->offset];
}

void
place_step(const struct set *s, struct set_place *p)
{
	sum_add_id(&p->sum, s->slots[p->slot].block->items[p->offset].id);
	p->index++;
	if (++p->offset == s->slots[p->slot].n) {
		p->slot++;
		p->offset = 0;
	}
}

/* --- making and changing --- */

struct set *
set_new(void)
{
	return calloc(1, sizeof(struct set));
}

void
set_free(struct set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nslots; i++)
		free(s->slots[i].block);
	free(s->slots);
	free(s->chunks);
	free(s);
}

/* Work out again what lies before each slot, from one slot on. */
static void
slots_recount(struct set *s, size_t from)
{
	struct chunk at = {0};
	struct slot *slot;

	from -= from % CHUNK_SLOTS;
	if (from > 0) {
		slot = &s->slots[from - 1];
		at = s->chunks[from / CHUNK_SLOTS - 1];
		at.before += slot->before + slot->n;
		sum_add(&at.sum_before, &slot->sum_before);
		sum_add(&at.sum_before, &slot->sum);
	}
	for (size_t i = from; i < s->nslots; i += CHUNK_SLOTS) {
		struct chunk in = {0};

		s->chunks[i / CHUNK_SLOTS] = at;
		for (size_t k = i; k < s->nslots && k < i + CHUNK_SLOTS; k++) {
			slot = &s->slots[k];
			slot->before = (uint32_t)in.before;
			slot->sum_before = in.sum_before;
			in.before += slot->n;
			sum_add(&in.sum_before, &slot->sum);
		}
		at.before += in.before;
		sum_add(&at.sum_before, &in.sum_before);
	}
}

/* Room for one more slot. */
static int
slots_reserve(struct set *s)
{
	size_t cap = s->slots_cap == 0 ? CHUNK_SLOTS : s->slots_cap + s->slots_cap / 4;
	struct slot *slots;
	struct chunk *chunks;

	if (s->nslots < s->slots_cap)
		return 0;
	slots = realloc(s->slots, cap * sizeof(*slots));
	if (slots == NULL)
		return -1;
	s->slots = slots;
	chunks = realloc(s->chunks, (cap / CHUNK_SLOTS + 1) * sizeof(*chunks));
	if (chunks == NULL)
		return -1;
	s->chunks = chunks;
	s->slots_cap = cap;
	return 0;
}

/* A new slot at `at`, whose block takes what the block before has from `keep` on.  On failure nothing
 * has changed. */
static int
slot_split(struct set *s, size_t at, size_t keep)
{
	struct block *block;
	struct slot *slot, *prev;

	if (slots_reserve(s) == -1)
		return -1;
	block = malloc(sizeof(*block));
	if (block == NULL)
		return -1;
	slot = &s->slots[at];
	memmove(slot + 1, slot, (s->nslots - at) * sizeof(*slot));
	memset(slot, 0, sizeof(*slot));
	s->nslots++;
	slot->block = block;
	if (at > 0 && keep < (prev = slot - 1)->n) {
		slot->n = (uint32_t)(prev->n - keep);
		memcpy(block->items, prev->block->items + keep, slot->n * sizeof(struct set_item));
		slot->ts = block->items[0].ts;
		slot->sum = sum_of_items(block->items, slot->n);
		prev->n = (uint32_t)keep;
		sum_sub(&prev->sum, &slot->sum);
	}
	slots_recount(s, at);
	return 0;
}

static void
slot_remove(struct set *s, size_t at)
{
	free(s->slots[at].block);
	s->nslots--;
	memmove(&s->slots[at], &s->slots[at + 1], (s->nslots - at) * sizeof(struct slot));
	slots_recount(s, at);
}

/* Move all that a slot has to the end of the one before. */
static void
slot_join(struct set *s, size_t at)
{
	struct slot *slot = &s->slots[at], *prev = slot - 1;

	memcpy(prev->block->items + prev->n, slot->block->items, slot->n * sizeof(struct set_item));
	prev->n += slot->n;
	sum_add(&prev->sum, &slot->sum);
	slot_remove(s, at);
}

/* An item of this slot has come (sign 1) or gone (-1): tell the slot, those after it, the set. */
static void
slot_account(struct set *s, size_t at, const uint8_t id[SET_ID_BYTES], int sign)
{
	struct set_sum sum = {0};
	size_t nchunks = (s->nslots + CHUNK_SLOTS - 1) / CHUNK_SLOTS, chunk = at / CHUNK_SLOTS;
	size_t end = (chunk + 1) * CHUNK_SLOTS < s->nslots ? (chunk + 1) * CHUNK_SLOTS : s->nslots;
	struct slot *slot = &s->slots[at];

	if (sign > 0)
		sum_add_id(&sum, id);
	else
		sum_sub_id(&sum, id);
	slot->n += (uint32_t)sign;
	slot->ts = slot->block->items[0].ts;
	sum_add(&slot->sum, &sum);
	for (size_t i = at + 1; i < end; i++) {
		s->slots[i].before += (uint32_t)sign;
		sum_add(&s->slots[i].sum_before, &sum);
	}
	for (size_t i = chunk + 1; i < nchunks; i++) {
		s->chunks[i].before += (uint64_t)sign;
		sum_add(&s->chunks[i].sum_before, &sum);
	}
	s->count += (uint64_t)sign;
	s->generation++;
	sum_add(&s->sum, &sum);
}

/* Where an item belongs.  A full block is split first; one that is full at the very end of the set is
 * left full, for the sake of loading in order.  1 if the item is there already. */
static int
slot_make_room(struct set *s, const struct set_item *item, size_t *slot, size_t *offset)
{
	size_t at = s->nslots == 0 ? 0 : s->nslots - 1, off = 0, keep = BLOCK_ITEMS / 2;
	struct slot *sl;

	if (s->nslots == 0 && slot_split(s, 0, 0) == -1)
		return -1;
	sl = &s->slots[at];
	if (sl->n > 0 && set_item_cmp(&sl->block->items[sl->n - 1], item) < 0) {
		off = keep = sl->n;
	} else if (sl->n > 0) {
		at = slot_find(s, 0, item);
		sl = &s->slots[at];
		off = block_lower_bound(sl, item);
		if (off == sl->n && at + 1 < s->nslots) {
			if (set_item_cmp(&sl[1].block->items[0], item) == 0)
				return 1;
		} else if (off < sl->n && set_item_cmp(&sl->block->items[off], item) == 0) {
			return 1;
		}
	}
	if (sl->n == BLOCK_ITEMS) {
		if (slot_split(s, at + 1, keep) == -1)
			return -1;
		if (off > keep || keep == BLOCK_ITEMS) {
			at++;
			off -= keep;
		}
	}
	*slot = at;
	*offset = off;
	return 0;
}

int
set_insert(struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	struct set_item item = { .ts = ts }, *items;
	size_t slot, offset;
	int rc;

	if (ts == SET_TS_INFINITY)
		return err_set(e, ERR_INPUT, "timestamp out of range");
	memcpy(item.id, id, SET_ID_BYTES);
	rc = slot_make_room(s, &item, &slot, &offset);
	if (rc != 0)
		return rc == 1 ? 1 : err_memory(e);
	items = s->slots[slot].block->items;
	memmove(items + offset + 1, items + offset,
	    (s->slots[slot].n - offset) * sizeof(*items));
	items[offset] = item;
	slot_account(s, slot, id, 1);
	return 0;
}

/* Slot and offset of an item that is there; -1 if it is not. */
static int
set_find(const struct set *s, const struct set_item *item, struct set_place *p)
{
	const struct set_item *at;
	size_t slot;

	if (s->nslots == 0)
		return -1;
	slot = slot_find(s, 0, item);
	p->slot = slot;
	p->offset = block_lower_bound(&s->slots[slot], item);
	if (p->offset == s->slots[slot].n) {
		p->slot++;
		p->offset = 0;
	}
	at = place_item(s, p);
	return at != NULL && set_item_cmp(at, item) == 0 ? 0 : -1;
}

int
set_has(const struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES])
{
	struct set_item item = { .ts = ts };
	struct set_place p = {0};

	memcpy(item.id, id, SET_ID_BYTES);
	return set_find(s, &item, &p) == 0;
}

int
set_delete(struct set *s, uint64_t ts, const uint8_t id[SET_ID_BYTES])
{
	struct set_item item = { .ts = ts };
	struct set_place p = {0};
	struct slot *slot;

	memcpy(item.id, id, SET_ID_BYTES);
	if (set_find(s, &item, &p) == -1)
		return 0;
	slot = &s->slots[p.slot];
	memmove(slot->block->items + p.offset, slot->block->items + p.offset + 1,
	    (slot->n - p.offset - 1) * sizeof(item));
	slot_account(s, p.slot, item.id, -1);
	if (slot->n == 0)
		slot_remove(s, p.slot);
	else if (slot->n < BLOCK_SPARSE && p.slot > 0 && slot[-1].n + slot->n <= BLOCK_JOINED)
		slot_join(s, p.slot);
	else if (slot->n < BLOCK_SPARSE && p.slot + 1 < s->nslots
	    && slot[1].n + slot->n <= BLOCK_JOINED)
		slot_join(s, p.slot + 1);
	return 1;
}

struct set *
set_load(struct set_item *items, size_t n, struct err *e)
{
	struct set *s = set_new();
	size_t i;

	if (s == NULL)
		goto memory;
	for (i = 1; i < n && set_item_cmp(&items[i - 1], &items[i]) <= 0; i++)
		;
	if (i < n)
		qsort(items, n, sizeof(*items), item_cmp_void);
	for (i = 0; i < n; i++)
		if (set_insert(s, items[i].ts, items[i].id, e) == -1)
			goto fail;
	return s;
memory:
	err_memory(e);
fail:
	set_free(s);
	return NULL;
}

/* --- asking --- */

uint64_t
set_count(const struct set *s)
{
	return s->count;
}

uint64_t
set_generation(const struct set *s)
{
	return s->generation;
}

size_t
set_bytes(const struct set *s)
{
	return sizeof(*s) + s->nslots * sizeof(struct block) + s->slots_cap * sizeof(struct slot)
	    + s->slots_cap / CHUNK_SLOTS * sizeof(struct chunk);
}

void
set_at(const struct set *s, uint64_t index, struct set_item *out)
{
	size_t slot;

	assert(index < s->count);
	slot = slot_of_index(s, index);
	*out = s->slots[slot].block->items[index - slot_index(s, slot)];
}

uint64_t
set_lower_bound(const struct set *s, const struct set_item *bound)
{
	size_t slot;

	if (s->nslots == 0)
		return 0;
	slot = slot_find(s, 0, bound);
	return slot_index(s, slot) + block_lower_bound(&s->slots[slot], bound);
}

void
set_fingerprint(const struct set *s, uint64_t begin, uint64_t end, uint8_t out[SET_FINGERPRINT_BYTES])
{
	struct set_place from = {0}, to;

	assert(begin <= end);
	place_seek(s, &from, begin);
	to = from;
	place_seek(s, &to, end);
	sum_sub(&to.sum, &from.sum);
	set_sum_fingerprint(&to.sum, end - begin, out);
}

void
set_state(const struct set *s, uint8_t out[SET_FINGERPRINT_BYTES])
{
	set_sum_fingerprint(&s->sum, s->count, out);
}
