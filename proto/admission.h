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

/* --- saying why ------------------------------------------------------------------------------ */

/* How many subjects each author vouches for, blocked ones included: n(y), what its pool is divided by.
 * subjects[0..author_count) is filled. */
int	admission_subjects(const struct admission_vouch *vouch, size_t vouch_count, size_t author_count,
	    uint32_t *subjects, struct err *e);

enum admission_why {
	ADMISSION_COUNTS,
	ADMISSION_OUT,		/* whoever vouches is not admitted itself */
	ADMISSION_LAST,		/* is, but its own vouches carry no further: no hops left */
	ADMISSION_BLOCKED,	/* the subject is blocked */
	ADMISSION_REPEATED,	/* another vouch by the same author for the same subject counts */
};

/* One vouch, weighed: what it gives its subject, and how that is computed. */
struct admission_step {
	uint32_t from;
	size_t vouch;			/* its place in vouch[] */
	enum admission_why why;
	int hops;			/* min(hops(from) - 1, vouch.hops); -1 when it does not count */
	int64_t share;			/* floor(pool(from) / subjects[from]) */
	int64_t pool;			/* min(vouch.budget, share); 0 when it does not count */
};

/* Weigh every vouch for subject under the result that admission_compute gave for these vouches (mode
 * ADMIT_VOUCHED).  step receives at most cap; returns how many there are. */
size_t	admission_explain(const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
	    const uint32_t *subjects, const struct admission_result *result, uint32_t subject,
	    struct admission_step *step, size_t cap);

/* The way from subject back to a root along which its hops came: path[0] is its voucher, the last a root.  Returns
 * how many, at most cap; 0 for a root and for who is not admitted by vouches. */
size_t	admission_path(const struct admission_vouch *vouch, size_t vouch_count, const uint8_t *blocked,
	    const struct admission_result *result, uint32_t subject, uint32_t *path, size_t cap);

/* The fixed caps of kinds outside the quota (enum kind), or -1 when the quota rules. */
int	admission_kind_cap(int kind);

#endif
