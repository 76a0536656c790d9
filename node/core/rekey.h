/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rekey.h - changing the keys of an author: what to ask of its root, and doing what the root signed.
 *
 * A key is taken back in this order (SPEC: Identity and authority): whatever it
 * signed that the node vouches for is signed again by the key that stays, then the
 * identity without it is published.  At each moment every record is authorised, so a
 * crash loses nothing and the same answer can be applied again.
 */
#ifndef NODE_CORE_REKEY_H
#define NODE_CORE_REKEY_H

#include <stdint.h>

#include "node/core/keyrequest.h"
#include "proto/didkey.h"

struct err;
struct node;

enum rekey_what { REKEY_DELEGATE, REKEY_REVOKE, REKEY_ROTATE, REKEY_SUCCEED, REKEY__COUNT };

struct rekey_ask {
	const char *author;		/* a did or short name; NULL: the node's own */
	const char *name;		/* the short name, for an author whose keys are not here yet */
	enum rekey_what what;
	const uint8_t *key;		/* revoke: which; delegate: whose, NULL for a new one of this node */
	int64_t from, until;		/* of a key newly listed; 0: from now, and as long as an identity lives */
};

/* Append the request for the author's root; where a new key of this node is part of it, that is drawn and kept
 * as pending. */
int	rekey_request(struct node *n, const struct rekey_ask *ask, struct buf *out, struct err *e);

/* What a key that goes had signed, but did not write here (or what lapsed since): its fate is for a person to say,
 * since a thief's records look just so, and a restored backup's too. */
enum rekey_others { REKEY_ASK, REKEY_KEEP, REKEY_DROP };

struct rekey_done {
	char author[DIDKEY_CHARS + 1];
	unsigned generation;
	int64_t resigned, others;	/* others: kept or dropped, or (ERR_CONFLICT) asked about */
	struct buf refs;		/* the first of these others, one a line: the caller's to clear */
};

/* Publish the identity records that the root signed, in their order, and act on them. */
int	rekey_apply(struct node *n, struct span lines, enum rekey_others others, struct rekey_done *out,
	    struct err *e);

#endif
