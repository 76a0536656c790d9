/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.h - one signed record: its envelope, its id, its signature (SPEC: Records).
 *
 * A record is its canonical bytes.  record_parse reads a received line in place,
 * builds no tree and copies nothing: the spans borrow from the line, which must
 * outlive the struct.  record_sign is the only writer.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/kind.h"
#include "proto/limits.h"
#include "proto/reason.h"

struct err;

#define ID_BYTES 32

struct record {
	struct span line;		/* the canonical bytes, without newline */
	struct span kind_name;		/* [a-z-]{1,24} */
	enum kind kind;			/* KIND_UNKNOWN for what we do not know */
	struct span author;		/* did:key text */
	struct span rid;
	struct span lang, license;	/* empty where absent */
	struct span content;		/* canonical object; empty in a tombstone */
	int64_t updated;		/* when a person last changed the content, Unix seconds */
	int64_t created;		/* when this version was signed */
	int64_t expires;
	int deleted;			/* a tombstone */
	uint8_t id[ID_BYTES];		/* SHA-256 of the line */
	uint8_t author_key[32];
	uint8_t signer_key[32];		/* of the verificationMethod */
	uint8_t signature[64];
};

/* Size, canonical form, every rule of the envelope.  On failure *why is REASON_SIZE, _CANONICAL or
 * _ENVELOPE and e says what exactly.  Knows nothing of time "now", of authority or of signatures. */
int	record_parse(struct span line, struct record *r, enum reason *why, struct err *e);

/* Read again a line that passed record_parse once and was kept with its id: neither the canonical form is
 * checked nor the hash computed.  -1 when it is not such a line; that it is the very one is not seen. */
int	record_reread(struct span line, const uint8_t id[ID_BYTES], struct record *r, struct err *e);

/* Does the signature hold under the record's own verificationMethod?  1 or 0. */
int	record_verify(const struct record *r);

/* A record to be signed.  lang and license are left empty for kinds without content for people. */
struct record_draft {
	enum kind kind;
	struct span author;		/* did:key text of the author (its first root) */
	struct span rid;
	struct span lang, license;
	struct span content;		/* any JSON object text, canonicalised here; ignored in a tombstone */
	int64_t updated, created, expires;	/* expires 0: the longest that the kind allows */
	int deleted;
	uint8_t nonce[NONCE_BYTES];	/* fresh random bytes, the caller's to draw */
};

/* Sign a draft with secret key sk (libsodium's 64 bytes) into a canonical line (no newline) appended
 * to out.  The result passes record_parse and record_verify.  Does not check content rules: see
 * kind_check. */
int	record_sign(const struct record_draft *d, const uint8_t sk[64], struct buf *out, struct err *e);

/* The longest a version of this kind may live, in seconds after created. */
int64_t	record_lifetime_s(enum kind k, int deleted);

/* "2026-11-21T10:00:00Z" from Unix seconds and back.  out holds 21 bytes; years 1970 to 9999. */
void	timestamp_format(int64_t unix_s, char out[21]);
int	timestamp_parse(struct span text, int64_t *unix_s);	/* 1 when well-formed */

/* When an expiry takes effect: the first 00:00 UTC at or after expires. */
int64_t	expiry_day(int64_t expires);

#endif
