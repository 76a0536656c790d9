/* SPDX-License-Identifier: AGPL-3.0-or-later
 * authority.h - who may sign for an author (SPEC: Identity and authority).
 *
 * An author is named by its first root key for ever.  Its identity record lists
 * operating keys, each with a window, and commits to the next root.  A succession
 * is an identity signed by that next root and carrying, as its chain, one identity
 * record of each earlier root, oldest first.  In the chain each stands without a
 * chain of its own: that was, when it was signed, exactly the items before it, and
 * whoever verifies puts them back.  So a chain grows by one record a generation,
 * and none of it needs an earlier root again.
 */
#ifndef PROTO_AUTHORITY_H
#define PROTO_AUTHORITY_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/limits.h"
#include "proto/reason.h"
#include "proto/record.h"

struct err;

struct identity_key {
	uint8_t key[32];
	int64_t from, until;	/* Unix seconds; a record's created must lie in [from, until) */
};

struct identity {
	uint8_t author[32];	/* the first root */
	uint8_t root[32];	/* the current root */
	uint8_t next[32];	/* SHA-256 of the ASCII did:key of the root to come */
	unsigned generation;	/* 0 for the first root, +1 per succession */
	uint8_t next_of[IDENTITY_CHAIN_MAX + 1][32];	/* what each root of the chain committed to; [generation] is next */
	struct identity_key key[IDENTITY_KEYS_MAX];
	size_t key_count;
};

/* Read an identity record (record_parse'd, kind identity): its content's shape, the chain's
 * signatures, and each root's match with the commitment before it.  The record's own signature is
 * checked too.  *why is REASON_ENVELOPE, REASON_KEY, REASON_SUCCESSION or REASON_SIGNATURE on failure. */
int	identity_read(const struct record *r, struct identity *out, enum reason *why, struct err *e);

/* May candidate replace held (both of one author)?  A root's commitment is immutable: every
 * generation that both know must have committed to the same next root.  And pinned (32 bytes or NULL)
 * is what a voucher inherited: generation 0's commitment must equal it when held is NULL.
 * 0, or -1 with REASON_SUCCESSION. */
int	identity_may_follow(const struct identity *held, const struct identity *candidate,
	    const uint8_t *pinned, enum reason *why, struct err *e);

/* May key sign for this author at that time (a record's created)? */
int	identity_authorises(const struct identity *id, const uint8_t key[32], int64_t created);

/* Is this key the current root (what identity and retire need)? */
int	identity_is_root(const struct identity *id, const uint8_t key[32]);

/* The items of an identity's chain, oldest first, borrowed from its line; returns how many. */
size_t	identity_chain(const struct record *r, struct span item[IDENTITY_CHAIN_MAX]);

/* The content of an identity record, as JSON text for record_sign.  chain holds an identity line of
 * each earlier root, oldest first, a chain inside them left out here: for new keys under the same root
 * the items of identity_chain; for a succession those and then the last line itself. */
int	identity_content(const struct identity_key *key, size_t key_count, const uint8_t next[32],
	    const struct span *chain, size_t chain_count, struct buf *out, struct err *e);

/* SHA-256 of the ASCII did:key of a root's public key. */
void	identity_commitment(const uint8_t root[32], uint8_t out[32]);

#endif
