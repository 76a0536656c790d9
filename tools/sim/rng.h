/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rng.h - the simulator's only source of chance: one seed, the same numbers on every machine. */
#ifndef TOOLS_SIM_RNG_H
#define TOOLS_SIM_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* Streams of one seed with different purposes do not disturb each other. */
struct rng	rng_of(uint64_t seed, uint64_t purpose);
uint64_t	rng_next(struct rng *r);
uint64_t	rng_below(struct rng *r, uint64_t n);		/* 0..n-1; n > 0 */
uint64_t	rng_between(struct rng *r, uint64_t low, uint64_t high);	/* both included */
int		rng_chance(struct rng *r, double p);		/* 1 with probability p */
/* Around n: from three quarters to five quarters of it, as the node jitters its intervals. */
uint64_t	rng_jitter(struct rng *r, uint64_t n);
/* A well-mixed function of two numbers, for choices that must stay the same when asked again. */
uint64_t	rng_mix(uint64_t a, uint64_t b);

#endif
