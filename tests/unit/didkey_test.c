/* SPDX-License-Identifier: AGPL-3.0-or-later
 * didkey_test.c - one text for one key; anything else is refused with its reason. */
#include "tests/unit/test.h"

#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/multibase.h"

/* Key and did:key from the vectors of VC Data Integrity EdDSA 1.0, B.1. */
#define X "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

/* The did:key text of any 34 bytes, valid or not. */
static const char *
text_of(const uint8_t bytes[34], char out[128])
{
	memcpy(out, "did:key:z", 9);
	base58_encode(bytes, 34, out + 9, 119);
	return out;
}

static void
published_key(void **state)
{
	struct err e = { 0 };
	uint8_t pub[32], url[32];
	char text[DIDKEY_CHARS + 1], url_text[DIDKEY_URL_CHARS + 1];

	(void)state;
	CHECK(didkey_parse(SPAN("did:key:" X), pub, &e) == 0);
	CHECK(didkey_url_parse(SPAN("did:key:" X "#" X), url, &e) == 0);
	assert_memory_equal(pub, url, 32);
	didkey_format(pub, text);
	assert_string_equal(text, "did:key:" X);
	didkey_url_format(pub, url_text);
	assert_string_equal(url_text, "did:key:" X "#" X);
}

static void
refused_texts(void **state)
{
	static const struct { const char *why, *text; } row[] = {
		{ "nothing", "" },
		{ "X alone", X },
		{ "another method", "did:web:" X },
		{ "upper case", "DID:KEY:" X },
		{ "base64url multibase", "did:key:u6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2" },
		{ "one character less", "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ" },
		{ "one character more", "did:key:" X "2" },
		{ "a leading one", "did:key:z16MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ" },
		{ "not base58", "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ0" },
		{ "a fragment", "did:key:" X "#" X },
		{ "a trailing line end", "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		uint8_t pub[32];

		CHECK_ROW(row[i].why, didkey_parse(span_str(row[i].text), pub, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
	}
}

static void
refused_urls(void **state)
{
	static const char other[] = "did:key:" X "#z6MkuBiNUWGZc6DVY6fuQxnUSKZu1xV5g2bZXQcaDqzTjRbF";
	static const struct { const char *why, *text; } row[] = {
		{ "no fragment", "did:key:" X },
		{ "an empty fragment", "did:key:" X "#" },
		{ "another key's fragment", other },
		{ "a path", "did:key:" X "/" X },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		uint8_t pub[32];

		CHECK_ROW(row[i].why, didkey_url_parse(span_str(row[i].text), pub, &e) == -1);
		CHECK_ROW(row[i].why, didkey_url_decode(span_str(row[i].text), pub, &e) == -1);
	}
}

static void
refused_keys(void **state)
{
	static const struct { const char *why, *hex; } row[] = {
		{ "the neutral element", "ed010100000000000000000000000000000000000000000000000000000000000000" },
		{ "order 4", "ed010000000000000000000000000000000000000000000000000000000000000000" },
		{ "order 8", "ed0126e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
		{ "p + 1, not canonical", "ed01eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ "not on the curve", "ed010200000000000000000000000000000000000000000000000000000000000000" },
		{ "X25519, not Ed25519", "ec01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
		{ "a prefix that only begins like 0xed 0x01", "ed81d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };
		uint8_t bytes[34], pub[32];
		char text[128];

		CHECK_ROW(row[i].why, hex_decode(span_str(row[i].hex), bytes, 34) == 34);
		CHECK_ROW(row[i].why, didkey_parse(span_str(text_of(bytes, text)), pub, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
	}
}

/* RFC 8032 section 7.1, test 1: a good key in the same clothes is taken, so the rows above fail for
 * the reason they name. */
static void
good_key(void **state)
{
	static const char hex[] = "ed01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	struct err e = { 0 };
	uint8_t bytes[34], pub[32];
	char text[128], again[DIDKEY_CHARS + 1];

	(void)state;
	CHECK(hex_decode(SPAN(hex), bytes, 34) == 34);
	CHECK(didkey_parse(span_str(text_of(bytes, text)), pub, &e) == 0);
	assert_memory_equal(pub, bytes + 2, 32);
	didkey_format(pub, again);
	assert_string_equal(again, text);
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(published_key),
		cmocka_unit_test(refused_texts),
		cmocka_unit_test(refused_urls),
		cmocka_unit_test(refused_keys),
		cmocka_unit_test(good_key),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
