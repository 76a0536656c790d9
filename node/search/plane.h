/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plane.h - sets of rows as bits: one plane for each value that filters and facets know, and the rows picked
 * by a query as the words of such a set that are not empty.
 *
 * So a filter is an "and", a facet's count is a number of ones, and both cost the same whatever a row holds:
 * 100,000 rows are 1,563 words.  Few rows picked are few words.
 */
#ifndef NODE_SEARCH_PLANE_H
#define NODE_SEARCH_PLANE_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define PLANE_BITS 64

/* Row id is bit id % 64 of word id / 64; beyond words all are 0. */
struct plane {
	uint64_t *word;
	uint32_t words;
	uint32_t ones;
};

/* Put row id in or out.  -1: no memory, nothing changed; putting out never fails. */
int	plane_put(struct plane *p, uint32_t id, int in, struct err *e);
void	plane_free(struct plane *p);

struct pick {
	uint64_t bits;		/* not 0 */
	uint32_t at;		/* which word */
};

/* Rows picked, rising.  Owned by whoever calls picks_free. */
struct picks {
	struct pick *pick;
	size_t count, cap;
};

void	picks_free(struct picks *p);
/* Room for all rows below rows. */
int	picks_room(struct picks *p, uint32_t rows, struct err *e);
/* These need the room: all of a plane; rows by number, in any order, by way of zeroed words (zeroed again); a copy. */
void	picks_from_plane(struct picks *p, const struct plane *from);
void	picks_from_rows(struct picks *p, const uint32_t *id, size_t n, uint64_t *zeroed, uint32_t words);
void	picks_copy(struct picks *p, const struct picks *from);
/* Keep those in one of the planes; those in none of them; those that a function holds for. */
void	picks_keep(struct picks *p, const struct plane *const *plane, size_t planes);
void	picks_drop(struct picks *p, const struct plane *plane);
typedef int picks_holds_fn(const void *ctx, uint32_t id);
static void picks_sift(struct picks *p, picks_holds_fn *holds, const void *ctx);

uint32_t picks_total(const struct picks *p);
/* How many of them are in one of the planes. */
uint32_t picks_count(const struct picks *p, const struct plane *const *plane, size_t planes);

/* --- here, so that a test of every row is no call ------------------------------------------------ */

/* Add a word, greater than those before, unless it is empty. */
static inline void
picks_push(struct picks *p, uint32_t at, uint64_t bits)
{
	p->pick[p->count] = (struct pick){ bits, at };
	p->count += bits != 0;
}

static inline __attribute__((always_inline, unused)) void
picks_sift(struct picks *p, picks_holds_fn *holds, const void *ctx)
{
	size_t i, count = p->count;

	p->count = 0;
	for (i = 0; i < count; i++) {
		uint32_t at = p->pick[i].at;
		uint64_t left = p->pick[i].bits, kept = 0;

		for (; left != 0; left &= left - 1)
			if (holds(ctx, at * PLANE_BITS + (uint32_t)__builtin_ctzll(left)))
				kept |= left & -left;
		picks_push(p, at, kept);
	}
}

#endif
