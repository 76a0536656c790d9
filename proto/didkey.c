/* SPDX-License-Identifier: AGPL-3.0-or-later
 * didkey.c - see didkey.h. */
#include "proto/didkey.h"

#include <sodium.h>
#include <string.h>

#include "proto/err.h"
#include "proto/multibase.h"

#define PREFIX		"did:key:z"
#define PREFIX_CHARS	(sizeof PREFIX - 1)
#define X_CHARS		(DIDKEY_CHARS - sizeof "did:key:" + 1)	/* "z" and what follows */

static const uint8_t ed25519_pub[2] = { 0xed, 0x01 }; /* multicodec 0xed as a varint */

_Static_assert(crypto_sign_PUBLICKEYBYTES == 32, "Ed25519 keys are 32 bytes");
_Static_assert(DIDKEY_URL_CHARS == DIDKEY_CHARS + 1 + X_CHARS, "did:key:X#X");

int
didkey_decode(struct span text, uint8_t pub[32], struct err *e)
{
	uint8_t bytes[sizeof ed25519_pub + 32];
	struct span digits;

	if (text.len != DIDKEY_CHARS || memcmp(text.ptr, PREFIX, PREFIX_CHARS) != 0)
		return err_set(e, ERR_INPUT, "not the did:key of an Ed25519 key (%s and %zu characters)",
		    PREFIX, DIDKEY_CHARS - PREFIX_CHARS);
	digits = (struct span){ text.ptr + PREFIX_CHARS, text.len - PREFIX_CHARS };
	if (base58_decode(digits, bytes, sizeof bytes) != (int)sizeof bytes)
		return err_set(e, ERR_INPUT, "did:key is not base58btc of an Ed25519 key");
	if (memcmp(bytes, ed25519_pub, sizeof ed25519_pub) != 0)
		return err_set(e, ERR_INPUT, "did:key of a key that is not Ed25519");
	memcpy(pub, bytes + sizeof ed25519_pub, 32);
	return 0;
}

int
didkey_parse(struct span text, uint8_t pub[32], struct err *e)
{
	uint8_t key[32];

	if (didkey_decode(text, key, e) == -1)
		return -1;
	if (!crypto_core_ed25519_is_valid_point(key))
		return err_set(e, ERR_INPUT, "did:key of an invalid Ed25519 key");
	memcpy(pub, key, sizeof key);
	return 0;
}

/* Take the did:key off a DID URL of the form did:key:X#X. */
static int
url_did(struct span text, struct span *did, struct err *e)
{
	*did = (struct span){ text.ptr, DIDKEY_CHARS };
	if (text.len != DIDKEY_URL_CHARS || text.ptr[DIDKEY_CHARS] != '#' ||
	    memcmp(text.ptr + DIDKEY_CHARS + 1, text.ptr + DIDKEY_CHARS - X_CHARS, X_CHARS) != 0)
		return err_set(e, ERR_INPUT, "not an Ed25519 verification method (did:key:X#X)");
	return 0;
}

int
didkey_url_decode(struct span text, uint8_t pub[32], struct err *e)
{
	struct span did;

	return url_did(text, &did, e) == -1 ? -1 : didkey_decode(did, pub, e);
}

int
didkey_url_parse(struct span text, uint8_t pub[32], struct err *e)
{
	struct span did;

	return url_did(text, &did, e) == -1 ? -1 : didkey_parse(did, pub, e);
}

void
didkey_format(const uint8_t pub[32], char out[DIDKEY_CHARS + 1])
{
	uint8_t bytes[sizeof ed25519_pub + 32];
	char digits[BASE58_CHARS_MAX(sizeof bytes) + 1];

	memcpy(bytes, ed25519_pub, sizeof ed25519_pub);
	memcpy(bytes + sizeof ed25519_pub, pub, 32);
	base58_encode(bytes, sizeof bytes, digits, sizeof digits);
	memcpy(out, PREFIX, PREFIX_CHARS);
	memcpy(out + PREFIX_CHARS, digits, DIDKEY_CHARS - PREFIX_CHARS + 1);
}

void
didkey_url_format(const uint8_t pub[32], char out[DIDKEY_URL_CHARS + 1])
{
	didkey_format(pub, out);
	out[DIDKEY_CHARS] = '#';
	memcpy(out + DIDKEY_CHARS + 1, out + DIDKEY_CHARS - X_CHARS, X_CHARS);
	out[DIDKEY_URL_CHARS] = '\0';
}

void
didkey_fingerprint(const char *did, char out[DIDKEY_FINGERPRINT_CHARS + 1])
{
	char text[4 * 8 + 1];
	uint8_t hash[32];
	size_t i, at = 0;

	crypto_hash_sha256(hash, (const unsigned char *)did, strlen(did));
	base32_encode(hash, 20, text, sizeof text);
	for (i = 0; i < 32; i++) {
		if (i > 0 && i % 4 == 0)
			out[at++] = ' ';
		out[at++] = text[i];
	}
	out[at] = '\0';
}
