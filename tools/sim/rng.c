/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rng.c - SplitMix64; see rng.h. */
#include "tools/sim/rng.h"

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct rng
rng_of(uint64_t seed, uint64_t purpose)
{
	return (struct rng){ rng_mix(seed, purpose) };
}

uint64_t
rng_next(struct rng *r)
{
	r->state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(r->state);
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

uint64_t
rng_between(struct rng *r, uint64_t low, uint64_t high)
{
	return low + rng_below(r, high - low + 1);
}

int
rng_chance(struct rng *r, double p)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53 < p;
}

uint64_t
rng_jitter(struct rng *r, uint64_t n)
{
	return n - n / 4 + rng_below(r, n / 2 + 1);
}

uint64_t
rng_mix(uint64_t a, uint64_t b)
{
	return mix(mix(a + UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xd1342543de82ef95) + 1));
}
