/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multibase_fuzz.c - a text that decodes is the one text of its bytes; bytes encode to a text that
 * decodes to them; and the same for did:key. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/multibase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct alphabet {
	size_t (*encode)(const void *data, size_t len, char *out, size_t size);
	int (*decode)(struct span text, void *out, size_t size);
} alphabet[] = {
	{ hex_encode, hex_decode },
	{ base32_encode, base32_decode },
	{ base64url_encode, base64url_decode },
	{ base58_encode, base58_decode },
};

static void
check_key(struct span text)
{
	char again[DIDKEY_CHARS + 1], url[DIDKEY_URL_CHARS + 1];
	uint8_t pub[32];
	struct err e = { 0 };

	if (didkey_decode(text, pub, &e) == 0) {
		didkey_format(pub, again);
		assert(span_is(text, again));
	} else {
		assert(didkey_parse(text, pub, &e) == -1);
	}
	if (didkey_url_decode(text, pub, &e) == 0) {
		didkey_url_format(pub, url);
		assert(span_is(text, url));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[2 * BASE58_BYTES_MAX + 1];
	uint8_t bytes[BASE58_BYTES_MAX];
	struct span in = { (const char *)data, len };
	size_t i, chars;
	int n;

	for (i = 0; i < sizeof alphabet / sizeof *alphabet; i++) {
		n = alphabet[i].decode(in, bytes, sizeof bytes);
		if (n >= 0) {
			chars = alphabet[i].encode(bytes, (size_t)n, text, sizeof text);
			assert(span_eq(in, (struct span){ text, chars }));
		}
		if (len <= sizeof bytes) {
			chars = alphabet[i].encode(data, len, text, sizeof text);
			n = alphabet[i].decode((struct span){ text, chars }, bytes, len);
			assert(n == (int)len && memcmp(bytes, data, len) == 0);
		}
	}
	check_key(in);
	return 0;
}
