/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multibase.h - bytes as text and back, in the four alphabets the protocol uses.
 *
 * Decoding is strict: each byte string has one text, every other one is refused.  No multibase
 * prefix letter ("z" and the like) is written or read here: didkey.h and proof.h do that.
 */
#ifndef PROTO_MULTIBASE_H
#define PROTO_MULTIBASE_H

#include <stddef.h>

#include "proto/buf.h"

/* Characters (NUL not counted) that len bytes need; for base58 at most. */
#define HEX_CHARS(len)		((len) * 2)
#define BASE32_CHARS(len)	(((len) * 8 + 4) / 5)
#define BASE64URL_CHARS(len)	(((len) * 8 + 5) / 6)
#define BASE58_CHARS_MAX(len)	((len) * 1366 / 1000 + 1)

#define BASE58_BYTES_MAX	128	/* its cost grows with the square of the length */

/* Write len bytes as text with a NUL; returns the number of characters.  out must have room for
 * X_CHARS(len) + 1 bytes, of which the caller gives the size: too small is a mistake of ours. */
size_t	hex_encode(const void *data, size_t len, char *out, size_t size);	/* lower case */
size_t	base32_encode(const void *data, size_t len, char *out, size_t size);	/* RFC 4648 6, lower case, unpadded */
size_t	base64url_encode(const void *data, size_t len, char *out, size_t size);	/* RFC 4648 5, unpadded */
size_t	base58_encode(const void *data, size_t len, char *out, size_t size);	/* base58btc */

/* Read text into out, which holds size bytes.  Returns the number of bytes, or -1 when they do not fit or
 * the text is not the one text of any bytes: a character outside the alphabet (upper case in hex and
 * base32 included), padding, bits set past the last byte.  After -1 out is unspecified. */
int	hex_decode(struct span text, void *out, size_t size);
int	base32_decode(struct span text, void *out, size_t size);
int	base64url_decode(struct span text, void *out, size_t size);
int	base58_decode(struct span text, void *out, size_t size);	/* at most BASE58_BYTES_MAX bytes */

#endif
