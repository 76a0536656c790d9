/* SPDX-License-Identifier: AGPL-3.0-or-later
 * proof.h - W3C Data Integrity proofs, cryptosuite eddsa-jcs-2022 (VC Data Integrity EdDSA 1.0, 3.3).
 *
 * What is signed is SHA-256(JCS(proof without proofValue)) followed by SHA-256(JCS(document without
 * proof)): 64 bytes, the proof's hash first.  Records take the short way (proof_hash_canonical);
 * any other JSON document, from whichever software, goes through proof_verify_document.
 */
#ifndef PROTO_PROOF_H
#define PROTO_PROOF_H

#include <stdint.h>

#include <jansson.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;

#define PROOF_HASH_BYTES	64
#define PROOF_VALUE_CHARS_MAX	89	/* "z" and 64 bytes in base58 */
#define PROOF_TIME_CHARS_MAX	40	/* an XML Schema dateTime with fraction and offset */
#define PROOF_DOCUMENT_BYTES_MAX ((size_t)16 << 20)

/* Who signed, and when they say they did. */
struct proof_report {
	uint8_t pub[32];
	char signer[DIDKEY_CHARS + 1];
	char created[PROOF_TIME_CHARS_MAX + 1];	/* as written; "" when the proof has none */
	char expires[PROOF_TIME_CHARS_MAX + 1];	/* the same; never judged here, where there is no clock */
};

/* Verify a JSON object that carries one `proof` object, with or without @context.  0 and *report when
 * the signature holds; ERR_INPUT when the document is not one of that shape (several proofs, another
 * suite or purpose, a key that is not an Ed25519 did:key), ERR_SIGNATURE when it is and the signature
 * or the @context rule (3.3.2 step 4) fails. */
int	proof_verify_document(struct span json, struct proof_report *report, struct err *e);

/* Append the secured form of doc (an object without `proof`) in canonical form.  sk is libsodium's
 * 64-byte secret key; created is "YYYY-MM-DDThh:mm:ssZ".  doc is only read. */
int	proof_sign_document(const json_t *doc, const uint8_t sk[64], const char *created,
	    struct buf *out, struct err *e);

/* The 64 signed bytes of a record whose bytes passed canon_check: its members are sorted, so each part
 * is the line with one member cut out.  ERR_INPUT without a `proof` object that has a `proofValue`. */
int	proof_hash_canonical(struct span record, uint8_t out[PROOF_HASH_BYTES], struct err *e);

/* The signature in a proofValue (its text, without the quotes): "z" and base58btc of 64 bytes. */
int	proof_value_decode(struct span text, uint8_t sig[64], struct err *e);
void	proof_value_format(const uint8_t sig[64], char out[PROOF_VALUE_CHARS_MAX + 1]);

/* 0 when sig is pub's over the 64 bytes of hash, by libsodium's rules; else ERR_SIGNATURE. */
int	proof_verify_hash(const uint8_t hash[PROOF_HASH_BYTES], const uint8_t sig[64],
	    const uint8_t pub[32], struct err *e);

#endif
