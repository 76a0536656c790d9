/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multibase_test.c - each byte string has one text in each alphabet, and every other text is refused. */
#include "tests/unit/test.h"

#include "proto/multibase.h"

struct alphabet {
	const char *name;
	size_t (*encode)(const void *data, size_t len, char *out, size_t size);
	int (*decode)(struct span text, void *out, size_t size);
};

static const struct alphabet hex = { "hex", hex_encode, hex_decode };
static const struct alphabet base32 = { "base32", base32_encode, base32_decode };
static const struct alphabet base64url = { "base64url", base64url_encode, base64url_decode };
static const struct alphabet base58 = { "base58", base58_encode, base58_decode };

static void
both_ways(void **state)
{
	static const struct {
		const char *why;
		const struct alphabet *a;
		const char *bytes;
		size_t len;
		const char *text;
	} row[] = {
		{ "nothing is nothing", &hex, "", 0, "" },
		{ "every digit", &hex, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8, "0123456789abcdef" },
		/* RFC 4648 section 10, in lower case and unpadded */
		{ "RFC 4648 f", &base32, "f", 1, "my" },
		{ "RFC 4648 fo", &base32, "fo", 2, "mzxq" },
		{ "RFC 4648 foo", &base32, "foo", 3, "mzxw6" },
		{ "RFC 4648 foob", &base32, "foob", 4, "mzxw6yq" },
		{ "RFC 4648 fooba", &base32, "fooba", 5, "mzxw6ytb" },
		{ "RFC 4648 foobar", &base32, "foobar", 6, "mzxw6ytboi" },
		{ "RFC 4648 f", &base64url, "f", 1, "Zg" },
		{ "RFC 4648 fo", &base64url, "fo", 2, "Zm8" },
		{ "RFC 4648 foo", &base64url, "foo", 3, "Zm9v" },
		{ "RFC 4648 foobar", &base64url, "foobar", 6, "Zm9vYmFy" },
		{ "the two characters of the URL alphabet", &base64url, "\xfb\xff", 2, "-_8" },
		/* draft-msporny-base58, section 5 */
		{ "base58 text", &base58, "Hello World!", 12, "2NEpo7TZRRrLZSi2U" },
		{ "base58 pangram", &base58, "The quick brown fox jumps over the lazy dog.", 44,
		  "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z" },
		{ "base58 leading zeros", &base58, "\x00\x00\x28\x7f\xb4\xcd", 6, "11233QC4" },
		{ "base58 nothing", &base58, "", 0, "" },
		{ "base58 only zeros", &base58, "\x00\x00\x00", 3, "111" },
		{ "base58 below 58", &base58, "\x39", 1, "z" },
		{ "base58 58 itself", &base58, "\x3a", 1, "21" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		char text[128], bytes[64];

		CHECK_ROW(row[i].why, row[i].a->encode(row[i].bytes, row[i].len, text, sizeof text) ==
		    strlen(row[i].text));
		assert_string_equal(text, row[i].text);
		CHECK_ROW(row[i].why,
		    row[i].a->decode(span_str(text), bytes, row[i].len) == (int)row[i].len);
		assert_memory_equal(bytes, row[i].bytes, row[i].len);
	}
}

static void
refused(void **state)
{
	static const struct {
		const char *why;
		const struct alphabet *a;
		const char *text;
		size_t size;
	} row[] = {
		{ "upper case hex", &hex, "AB", 1 },
		{ "half a byte", &hex, "abc", 1 },
		{ "more than fits", &hex, "abcd", 1 },
		{ "not hex", &hex, "0g", 1 },
		{ "upper case base32", &base32, "MY", 1 },
		{ "padded base32", &base32, "my======", 1 },
		{ "0, 1 and 8 are not base32", &base32, "m1", 1 },
		{ "bits past the byte, base32", &base32, "mz", 1 },
		{ "a length base32 never has", &base32, "mzx", 1 },
		{ "padded base64url", &base64url, "Zg==", 1 },
		{ "bits past the byte, base64url", &base64url, "Zh", 1 },
		{ "plain base64's plus", &base64url, "+_8", 2 },
		{ "plain base64's slash", &base64url, "-/8", 2 },
		{ "0 is not base58", &base58, "0z", 1 },
		{ "I is not base58", &base58, "Iz", 1 },
		{ "O is not base58", &base58, "Oz", 1 },
		{ "l is not base58", &base58, "lz", 1 },
		{ "256 in one byte", &base58, "5R", 1 },
		{ "a zero too many", &base58, "1z", 1 },
		{ "far too long", &base58, "1111111111111111111111", 2 },
		{ "white space", &base58, "z ", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		char bytes[64];

		CHECK_ROW(row[i].why,
		    row[i].a->decode(span_str(row[i].text), bytes, row[i].size) == -1);
	}
}

/* Deterministic bytes, enough of them to reach every carry. */
static uint8_t
next_byte(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint8_t)(*seed >> 24);
}

static void
every_length_returns(void **state)
{
	static const struct alphabet *const all[] = { &hex, &base32, &base64url, &base58 };
	uint8_t in[BASE58_BYTES_MAX], out[BASE58_BYTES_MAX];
	char text[2 * BASE58_BYTES_MAX + 1];
	uint32_t seed = 1;
	size_t i, len, round, n;

	(void)state;
	for (len = 0; len <= BASE58_BYTES_MAX; len++) {
		for (round = 0; round < 16; round++) {
			for (i = 0; i < len; i++)
				in[i] = round == 0 ? 0xff : next_byte(&seed);
			for (i = 0; i < len && i < round / 4; i++)
				in[i] = 0;
			for (i = 0; i < COUNT(all); i++) {
				n = all[i]->encode(in, len, text, sizeof text);
				CHECK_ROW(all[i]->name, n == strlen(text));
				CHECK_ROW(all[i]->name, all[i]->decode(span_str(text), out, len) == (int)len);
				assert_memory_equal(in, out, len);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(refused),
		cmocka_unit_test(every_length_returns),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
