/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cursor.c - see cursor.h. */
#include "node/api/cursor.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/multibase.h"

#define DIGEST_BYTES 8

static void
filter_digest(const struct shelf_filter *f, char out[HEX_CHARS(DIGEST_BYTES) + 1])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	const char *part[] = { f->author, f->kind, f->part };
	crypto_generichash_state st;
	size_t i;

	crypto_generichash_init(&st, NULL, 0, sizeof hash);
	for (i = 0; i < 3; i++) {
		const char *text = part[i] == NULL ? "" : part[i];

		crypto_generichash_update(&st, (const unsigned char *)text, strlen(text) + 1);
	}
	crypto_generichash_final(&st, hash, sizeof hash);
	hex_encode(hash, DIGEST_BYTES, out, HEX_CHARS(DIGEST_BYTES) + 1);
}

void
cursor_format(const char *epoch, int64_t seq, const struct shelf_filter *f, char out[CURSOR_CHARS_MAX + 1])
{
	char digest[HEX_CHARS(DIGEST_BYTES) + 1];
	int n;

	filter_digest(f, digest);
	n = snprintf(out, CURSOR_CHARS_MAX + 1, "%s.%" PRId64 ".%s", epoch, seq, digest);
	assert(n > 0 && n <= CURSOR_CHARS_MAX);
}

/* Digits only, no leading zero, at most INTEGER_MAX. */
static int
read_seq(struct span s, int64_t *out)
{
	int64_t n = 0;
	size_t i;

	if (s.len == 0 || s.len > 16 || (s.len > 1 && s.ptr[0] == '0'))
		return 0;
	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return 0;
		n = n * 10 + (s.ptr[i] - '0');
	}
	*out = n;
	return n <= INTEGER_MAX;
}

int
cursor_read(struct span text, const char *epoch, const struct shelf_filter *f, int64_t *seq)
{
	char expected[CURSOR_CHARS_MAX + 1];
	struct span rest = text;
	int64_t n;

	*seq = 0;
	if (text.len == 0)
		return 1;
	if (text.len > CURSOR_CHARS_MAX || !span_is(span_cut(&rest, '.'), epoch) ||
	    !read_seq(span_cut(&rest, '.'), &n))
		return 0;
	cursor_format(epoch, n, f, expected);
	if (!span_is(text, expected))
		return 0;
	*seq = n;
	return 1;
}
