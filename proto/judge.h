/* SPDX-License-Identifier: AGPL-3.0-or-later
 * judge.h - the one place that decides whether a record is taken (SPEC: Order of checks).
 *
 * Pure: the caller looks up what its store knows of the record's name and author,
 * judge() applies the checks in the protocol's order and names the first that
 * fails.  Daemon, simulator and tests call the same function.
 */
#ifndef PROTO_JUDGE_H
#define PROTO_JUDGE_H

#include <stdint.h>

#include "proto/authority.h"
#include "proto/merge.h"
#include "proto/reason.h"
#include "proto/record.h"

struct judge_view {
	int64_t now;			/* this node's clock, Unix seconds */
	int own;			/* the author's key is held here: never expired, never out of quota */
	int blocked;			/* by author, or by (author, kind, rid); or erased here */
	int admitted;
	int out_of_scope;		/* outside the areas and kinds that this node holds */
	int64_t retired;		/* the author's retirement: its updated, or -1 */
	const struct identity *identity;/* the author's current one, or NULL when unknown here */
	const uint8_t *pinned;		/* next inherited from vouchers (32 bytes), or NULL */
	const struct version *current;	/* what stands under this name, or NULL */
	int quota_full;			/* the author already has its quota of live records; for a kind with
					 * a fixed cap (admission_kind_cap): that many of this kind */
	struct version quota_oldest;	/* ... and the lowest of them by (updated, id): a newer record pushes it out */
	int64_t tombstone_floor;	/* updated of the oldest tombstone kept where TOMBSTONES_MAX are: what
					 * is older is refused, identity and retire apart; -1 */
};

/* How much of a record has been checked before the call. */
enum signature_state { SIGNATURE_UNKNOWN, SIGNATURE_HOLDS, SIGNATURE_BROKEN };

/* REASON_NONE: take it.  With SIGNATURE_UNKNOWN the signature is computed here, at its place in the
 * order; identities are read here and their reading handed back in *identity when that is not NULL
 * and the record is an identity that is taken. */
enum reason	judge(const struct record *r, const struct judge_view *v, enum signature_state sig,
		    struct identity *identity, struct err *e);

#endif
