/* SPDX-License-Identifier: AGPL-3.0-or-later
 * admission.h - whose records a node stores, and how many (SPEC: Admission).
 *
 * A walk over live vouches from this node's own authors and direct choices:
 *   hops(x) = max over live vouchers y of min(hops(y) - 1, vouch.hops), admitted when >= 0
 *   pool(x) = max over y of min(vouch.budget, floor(pool(y) / live vouches of y))
 * computed to a fixpoint; pool(x) is x's quota of live records.  Only vouches of
 * admitted authors with hops(y) >= 1 count.  Deterministic: the same vouches give
 * the same answer on every node that makes the same direct choices.
 */
#ifndef PROTO_ADMISSION_H
#define PROTO_ADMISSION_H

#include <stddef.h>
#include <stdint.h>

struct err;

enum admission_mode { ADMIT_LISTED, ADMIT_VOUCHED, ADMIT_OPEN };

/* Authors are small numbers of the caller's (dense, 0..count-1). */
struct admission_root {
	uint32_t author;
	int hops;		/* how far its vouches carry; VOUCH_HOPS_DEFAULT */
	int64_t pool;		/* DIRECT_POOL_DEFAULT; INT64_MAX for own authors */
};

struct admission_vouch {
	uint32_t from, to;
	int hops;
	int64_t budget;
};

struct admission_result {
	int hops;		/* -1: not admitted */
	int64_t pool;
	uint32_t via;		/* the author whose vouch gave the pool; itself for a root; UINT32_MAX: none */
};

/* Fill result[0..author_count).  blocked (may be NULL) is one flag per author: never admitted,
 * and its vouches do not count.  O(vouches * hops).  vouch[] may come in any order; several from one author
 * to one subject count once (greatest hops, then greatest budget). */
int	admission_compute(enum admission_mode mode, const struct admission_root *root, size_t root_count,
	    const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
	    size_t author_count, struct admission_result *result, struct err *e);

/* The fixed caps of kinds outside the quota (enum kind), or -1 when the quota rules. */
int	admission_kind_cap(int kind);

#endif
