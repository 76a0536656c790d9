/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plane.c - see plane.h. */
#include "node/search/plane.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"

/* --- planes ------------------------------------------------------------------------------------ */

static int
plane_room(struct plane *p, uint32_t at, struct err *e)
{
	uint32_t want = at + 1 + at / 4;
	uint64_t *more;

	if (at < p->words)
		return 0;
	more = realloc(p->word, want * sizeof *more);
	if (more == NULL)
		return err_memory(e);
	memset(more + p->words, 0, (want - p->words) * sizeof *more);
	p->word = more;
	p->words = want;
	return 0;
}

int
plane_put(struct plane *p, uint32_t id, int in, struct err *e)
{
	uint32_t at = id / PLANE_BITS;
	uint64_t bit = UINT64_C(1) << id % PLANE_BITS;

	if (!in && at >= p->words)
		return 0;
	if (plane_room(p, at, e) == -1)
		return -1;
	if (((p->word[at] & bit) != 0) == (in != 0))
		return 0;
	p->word[at] ^= bit;
	p->ones += in ? 1 : UINT32_MAX;
	return 0;
}

void
plane_free(struct plane *p)
{
	free(p->word);
	*p = (struct plane){0};
}

static uint64_t
any_of(const struct plane *const *plane, size_t planes, uint32_t at)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < planes; i++)
		if (at < plane[i]->words)
			bits |= plane[i]->word[at];
	return bits;
}

/* --- picks ------------------------------------------------------------------------------------- */

void
picks_free(struct picks *p)
{
	free(p->pick);
	*p = (struct picks){0};
}

int
picks_room(struct picks *p, uint32_t rows, struct err *e)
{
	size_t words = (size_t)rows / PLANE_BITS + 1;
	struct pick *more;

	p->count = 0;
	if (words <= p->cap)
		return 0;
	words += words / 4;
	more = realloc(p->pick, words * sizeof *more);
	if (more == NULL)
		return err_memory(e);
	p->pick = more;
	p->cap = words;
	return 0;
}

void
picks_from_plane(struct picks *p, const struct plane *from)
{
	uint32_t at;

	p->count = 0;
	for (at = 0; at < from->words && p->count < p->cap; at++)
		picks_push(p, at, from->word[at]);
}

void
picks_from_rows(struct picks *p, const uint32_t *id, size_t n, uint64_t *zeroed, uint32_t words)
{
	uint32_t at;
	size_t i;

	p->count = 0;
	for (i = 0; i < n; i++)
		zeroed[id[i] / PLANE_BITS] |= UINT64_C(1) << id[i] % PLANE_BITS;
	for (at = 0; at < words; at++) {
		picks_push(p, at, zeroed[at]);
		zeroed[at] = 0;
	}
}

void
picks_copy(struct picks *p, const struct picks *from)
{
	if (from->count > 0)
		memcpy(p->pick, from->pick, from->count * sizeof *p->pick);
	p->count = from->count;
}

void
picks_keep(struct picks *p, const struct plane *const *plane, size_t planes)
{
	size_t i, count = p->count;

	p->count = 0;
	for (i = 0; i < count; i++)
		picks_push(p, p->pick[i].at, p->pick[i].bits & any_of(plane, planes, p->pick[i].at));
}

void
picks_drop(struct picks *p, const struct plane *plane)
{
	size_t i, count = p->count;

	p->count = 0;
	for (i = 0; i < count; i++)
		picks_push(p, p->pick[i].at, p->pick[i].bits & ~any_of(&plane, 1, p->pick[i].at));
}

/* --- counting ------------------------------------------------------------------------------------
 * Compiled twice where the processor may have an instruction for it that the oldest of its kind lacks. */

static inline __attribute__((always_inline)) uint32_t
count_in(const struct picks *p, const struct plane *const *plane, size_t planes)
{
	uint32_t ones = 0;
	size_t i;

	if (planes == 1) {
		const struct plane *only = plane[0];

		for (i = 0; i < p->count && p->pick[i].at < only->words; i++)
			ones += (uint32_t)__builtin_popcountll(p->pick[i].bits & only->word[p->pick[i].at]);
		return ones;
	}
	for (i = 0; i < p->count; i++)
		ones += (uint32_t)__builtin_popcountll(p->pick[i].bits & any_of(plane, planes, p->pick[i].at));
	return ones;
}

#ifdef __x86_64__
static __attribute__((target("popcnt"))) uint32_t
count_in_popcnt(const struct picks *p, const struct plane *const *plane, size_t planes)
{
	return count_in(p, plane, planes);
}
#endif

uint32_t
picks_count(const struct picks *p, const struct plane *const *plane, size_t planes)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("popcnt"))
		return count_in_popcnt(p, plane, planes);
#endif
	return count_in(p, plane, planes);
}

uint32_t
picks_total(const struct picks *p)
{
	uint32_t ones = 0;
	size_t i;

	for (i = 0; i < p->count; i++)
		ones += (uint32_t)__builtin_popcountll(p->pick[i].bits);
	return ones;
}
