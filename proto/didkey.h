/* SPDX-License-Identifier: AGPL-3.0-or-later
 * didkey.h - Ed25519 public keys as did:key identifiers (W3C CCG did:key method), and as DID URLs.
 *
 * did:key:X with X = "z" base58btc(0xed 0x01 key).  One key has one text.
 */
#ifndef PROTO_DIDKEY_H
#define PROTO_DIDKEY_H

#include <stdint.h>

#include "proto/buf.h"

struct err;

#define DIDKEY_CHARS		56	/* "did:key:" and X */
#define DIDKEY_URL_CHARS	105	/* "did:key:X#X" */

/* The key of a did:key.  ERR_INPUT when the text is not exactly the did:key of an Ed25519 key, or the
 * key is not a point a signature can be trusted under (not canonical, of small order, off the main
 * subgroup).  The last check costs about as much as verifying a signature. */
int	didkey_parse(struct span text, uint8_t pub[32], struct err *e);

/* The same for "did:key:X#X", the verification method of X (both X must be equal). */
int	didkey_url_parse(struct span text, uint8_t pub[32], struct err *e);

/* Form only, the point unchecked: for a key that is looked up among known ones, or that a signature is
 * verified with next (libsodium then refuses keys that are not canonical or of small order itself). */
int	didkey_decode(struct span text, uint8_t pub[32], struct err *e);
int	didkey_url_decode(struct span text, uint8_t pub[32], struct err *e);

void	didkey_format(const uint8_t pub[32], char out[DIDKEY_CHARS + 1]);
/* What two people compare by voice or eye to be sure of an author: the first 20 bytes of the did's SHA-256 in base32,
 * by fours (SPEC: Meeting). */
#define DIDKEY_FINGERPRINT_CHARS 39
void	didkey_fingerprint(const char *did, char out[DIDKEY_FINGERPRINT_CHARS + 1]);

void	didkey_url_format(const uint8_t pub[32], char out[DIDKEY_URL_CHARS + 1]);

#endif
