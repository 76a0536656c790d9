/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyrequest.h - what a node asks of a root that is kept elsewhere, and the root's answer.
 *
 * A request is one line of canonical JSON: the author's identity as it stands and
 * the lists of keys wanted, one after another.  Whoever has the root reads it, signs
 * one identity record a step, and gives these lines back.  Nothing in either is
 * secret.  The node that holds the root itself goes the same way, all in one go.
 */
#ifndef NODE_CORE_KEYREQUEST_H
#define NODE_CORE_KEYREQUEST_H

#include <stdint.h>

#include "proto/authority.h"
#include "proto/buf.h"

struct err;

#define KEYREQUEST_STEPS_MAX	2
#define KEYREQUEST_BYTES_MAX	(2 * RECORD_BYTES_MAX)

struct keyrequest_step {
	int64_t updated;			/* of the identity to be signed, Unix seconds */
	struct identity_key key[IDENTITY_KEYS_MAX];
	size_t key_count;
};

struct keyrequest {
	struct record record;			/* the identity as it stands */
	struct identity identity;		/* what it says */
	int succession;				/* the next root takes over */
	struct keyrequest_step step[KEYREQUEST_STEPS_MAX];
	size_t step_count;
};

/* Append the line (record and identity are those that stand here). */
int	keyrequest_format(const struct keyrequest *q, struct buf *out, struct err *e);
/* Read one; spans borrow from text, the identity in it is verified. */
int	keyrequest_parse(struct span text, struct keyrequest *out, struct err *e);

/* Is this root (its libsodium secret) the one to sign it?  ERR_FORBIDDEN when it is not. */
int	keyrequest_check(const struct keyrequest *q, const uint8_t root[64], struct err *e);
/* Sign each step with the root (its libsodium secret); append the lines, each with a newline.  next is the commitment of the
 * root after it, for a succession only.  ERR_FORBIDDEN when this is not the root that is asked for. */
int	keyrequest_sign(const struct keyrequest *q, const uint8_t root[64], const uint8_t *next, struct buf *out,
	    struct err *e);

#endif
