/* SPDX-License-Identifier: AGPL-3.0-or-later
 * proof_test.c - the published eddsa-jcs-2022 vector to the byte, and each way a proof may be wrong. */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/proof.h"

/* VC Data Integrity EdDSA Cryptosuites 1.0, appendix B: the eddsa-jcs-2022 vector. */
#define KEY		"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
#define METHOD		KEY "#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
#define CREATED		"2023-02-24T23:36:38Z"
#define CONTEXT		"[\"https://www.w3.org/ns/credentials/v2\"," \
			"\"https://www.w3.org/ns/credentials/examples/v2\"]"
#define VALUE		"z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
#define SIGNATURE	"407cd12654b33d718ecbb99179a1506daaa849450bf3fc523cce3e1c96f8b803" \
			"51da3f253d725c6f00b07c9e5448d50b3ef78012b9ab54255116d069c6dd2808"
#define HASHES		"66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db" \
			"59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"

#define HEAD		"{\"@context\":" CONTEXT ",\"credentialSubject\":{\"alumniOf\":\"The School of " \
			"Examples\",\"id\":\"did:example:abcdefgh\"},\"description\":\"A minimum viable example " \
			"of an Alumni Credential.\",\"id\":\"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33\"," \
			"\"issuer\":\"https://vc.example/issuers/5678\",\"name\":\"Alumni Credential\""
#define TAIL		",\"type\":[\"VerifiableCredential\",\"AlumniCredential\"]," \
			"\"validFrom\":\"2023-01-01T00:00:00Z\"}"
#define PROOF_HEAD	"{\"@context\":" CONTEXT ",\"created\":\"" CREATED "\",\"cryptosuite\":" \
			"\"eddsa-jcs-2022\",\"proofPurpose\":\"assertionMethod\","
#define PROOF_TAIL	"\"type\":\"DataIntegrityProof\",\"verificationMethod\":\"" METHOD "\"}"
#define DOCUMENT	HEAD TAIL
#define SECURED		HEAD ",\"proof\":" PROOF_HEAD "\"proofValue\":\"" VALUE "\"," PROOF_TAIL TAIL

static void
published_hashes(void **state)
{
	uint8_t hash[PROOF_HASH_BYTES], sig[64];
	char hex[2 * PROOF_HASH_BYTES + 1], value[PROOF_VALUE_CHARS_MAX + 1];
	struct err e = { 0 };

	(void)state;
	CHECK(canon_check(SPAN(SECURED), CANON_DOCUMENT, &e) == 0);
	CHECK(proof_hash_canonical(SPAN(SECURED), hash, &e) == 0);
	hex_encode(hash, sizeof hash, hex, sizeof hex);
	assert_string_equal(hex, HASHES);
	CHECK(proof_value_decode(SPAN(VALUE), sig, &e) == 0);
	hex_encode(sig, sizeof sig, hex, sizeof hex);
	assert_string_equal(hex, SIGNATURE);
	proof_value_format(sig, value);
	assert_string_equal(value, VALUE);
}

static void
published_document(void **state)
{
	struct proof_report report;
	struct err e = { 0 };

	(void)state;
	CHECK_ROW(e.text, proof_verify_document(SPAN(SECURED), &report, &e) == 0);
	assert_string_equal(report.signer, KEY);
	assert_string_equal(report.created, CREATED);
	assert_string_equal(report.expires, "");
}

/* The key pair of RFC 8032 7.1, test 1. */
static void
secret_key(uint8_t sk[64])
{
	static const char seed_hex[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
	uint8_t seed[32], pub[32];

	CHECK(hex_decode(SPAN(seed_hex), seed, sizeof seed) == sizeof seed);
	crypto_sign_seed_keypair(pub, sk, seed);
}

/* Ed25519 is deterministic: the same document, key and time give the same bytes. */
static void
signed_again(void **state)
{
	json_t *doc = json_loads(DOCUMENT, 0, NULL);
	struct buf one = BUF_INIT(8192), two = BUF_INIT(8192);
	struct proof_report report;
	struct err e = { 0 };
	char signer[DIDKEY_CHARS + 1];
	uint8_t sk[64];

	(void)state;
	secret_key(sk);
	CHECK(doc != NULL && proof_sign_document(doc, sk, CREATED, &one, &e) == 0);
	CHECK(proof_sign_document(doc, sk, CREATED, &two, &e) == 0);
	CHECK(span_eq(buf_span(&one), buf_span(&two)));
	CHECK(json_object_get(doc, "proof") == NULL);
	CHECK(proof_verify_document(buf_span(&one), &report, &e) == 0);
	didkey_format(sk + 32, signer);
	assert_string_equal(report.signer, signer);
	json_decref(doc);
	buf_clear(&one);
	buf_clear(&two);
}

/* What a stranger may do to a secured document: replace one piece of it. */
static const struct {
	const char *why, *from, *to;
	enum err_code code;
} edit[] = {
	{ "a changed word", "Alumni Credential.", "Alumni Credential!", ERR_SIGNATURE },
	{ "a member more", "\"issuer\"", "\"a\":1,\"issuer\"", ERR_SIGNATURE },
	{ "a member less", "\"name\":\"Alumni Credential\",", "", ERR_SIGNATURE },
	{ "another time of signing", "2023-02-24T23:36:38Z", "2023-02-24T23:36:39Z", ERR_SIGNATURE },
	{ "another member in the proof", "\"proofPurpose\"", "\"nonce\":\"x\",\"proofPurpose\"", ERR_SIGNATURE },
	{ "another key", METHOD, "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
	  "#z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw", ERR_SIGNATURE },
	{ "a context put before the proof's", "{\"@context\":[", "{\"@context\":[\"https://evil.example/v1\",",
	  ERR_SIGNATURE },
	{ "the proof's context taken away", "\"proof\":{\"@context\":" CONTEXT ",", "\"proof\":{", ERR_SIGNATURE },
	{ "the document's context taken away", "{\"@context\":" CONTEXT ",\"cred", "{\"cred", ERR_SIGNATURE },
	{ "one digit of the signature", "51aX", "51aY", ERR_SIGNATURE },
	{ "a signature cut short", "51aX", "", ERR_INPUT },
	{ "a signature in another base", "\"z2Hn", "\"u2Hn", ERR_INPUT },
	{ "no signature", "\"proofValue\":\"" VALUE "\",", "", ERR_INPUT },
	{ "a signature that is no text", "\"" VALUE "\"", "7", ERR_INPUT },
	{ "another type", "DataIntegrityProof", "Ed25519Signature2020", ERR_INPUT },
	{ "another suite", "eddsa-jcs-2022", "eddsa-rdfc-2022", ERR_INPUT },
	{ "no suite", "\"cryptosuite\":\"eddsa-jcs-2022\",", "", ERR_INPUT },
	{ "another purpose", "assertionMethod", "authentication", ERR_INPUT },
	{ "a key by another method", METHOD, "did:web:vc.example#key-1", ERR_INPUT },
	{ "a key without its fragment", METHOD, KEY, ERR_INPUT },
	{ "a time without an offset", "2023-02-24T23:36:38Z", "2023-02-24T23:36:38", ERR_INPUT },
	{ "a time in words", "2023-02-24T23:36:38Z", "yesterday", ERR_INPUT },
	{ "a thirteenth month", "2023-02-24T23:36:38Z", "2023-13-24T23:36:38Z", ERR_INPUT },
	{ "an expiry in words", "\"proofPurpose\"", "\"expires\":\"never\",\"proofPurpose\"", ERR_INPUT },
	{ "no proof", "\"proof\":", "\"prof\":", ERR_INPUT },
	{ "a proof that is no object", "\"proof\":{", "\"proof\":7,\"prof\":{", ERR_INPUT },
	{ "several proofs", "\"proof\":{", "\"proof\":[],\"prof\":{", ERR_INPUT },
	{ "two members called proof", "\"proof\":{", "\"proof\":{},\"proof\":{", ERR_INPUT },
};

/* doc with the first from replaced by to. */
static void
replace(const char *doc, const char *from, const char *to, struct buf *out)
{
	const char *at = strstr(doc, from);
	struct err e = { 0 };

	CHECK_ROW(from, at != NULL);
	CHECK(buf_add(out, doc, (size_t)(at - doc), &e) == 0 && buf_adds(out, to, &e) == 0 &&
	    buf_adds(out, at + strlen(from), &e) == 0);
}

static void
edited_documents(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(edit); i++) {
		struct buf doc = BUF_INIT(8192);
		struct proof_report report;
		struct err e = { 0 };

		replace(SECURED, edit[i].from, edit[i].to, &doc);
		CHECK_ROW(edit[i].why, proof_verify_document(buf_span(&doc), &report, &e) == -1);
		if (e.code != edit[i].code)
			fail_msg("%s: %s", edit[i].why, e.text);
		buf_clear(&doc);
	}
}

/* 3.3.2 step 4: what the proof's @context says first is signed, contexts appended later are not. */
static void
appended_context(void **state)
{
	struct buf doc = BUF_INIT(8192);
	struct proof_report report;
	struct err e = { 0 };

	(void)state;
	replace(SECURED, "/examples/v2\"]", "/examples/v2\",\"https://later.example/v1\"]", &doc);
	CHECK_ROW(e.text, proof_verify_document(buf_span(&doc), &report, &e) == 0);
	buf_clear(&doc);
}

static void
not_documents(void **state)
{
	static const char *const row[] = { "", "[]", "7", "{}", "[" SECURED "]", "{\"proof\":null}" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct proof_report report;
		struct err e = { 0 };

		CHECK_ROW(row[i], proof_verify_document(span_str(row[i]), &report, &e) == -1);
		CHECK_ROW(row[i], e.code == ERR_INPUT);
	}
}

static void
not_records(void **state)
{
	static const char *const row[] = {
		"", "[]", "{}", "{\"proof\":7}", "{\"proof\":[]}", "{\"proof\":{}}", "{\"a\":{\"proof\":{}}}",
		"{\"proofValue\":\"z\"}", "{\"proof\":{\"a\":{\"proofValue\":\"z\"}}}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		uint8_t hash[PROOF_HASH_BYTES];
		struct err e = { 0 };

		CHECK_ROW(row[i], proof_hash_canonical(span_str(row[i]), hash, &e) == -1);
		CHECK_ROW(row[i], e.code == ERR_INPUT);
	}
}

/* Whatever stands beside it, what is signed as a tree verifies as cut bytes, and the other way round. */
static void
both_ways_agree(void **state)
{
	static const char *const row[] = {
		"{}", "{\"a\":1}", "{\"z\":1}", "{\"a\":1,\"z\":[{}]}", "{\"proo\":1,\"proofs\":2}",
		"{\"content\":{\"proof\":{\"proofValue\":\"z\"},\"t\":\"\\\"proof\\\":{\\\\\"},\"v\":1}",
		"{\"@context\":\"https://one.example\",\"n\":0.5}",
		"{\"\xf0\x9f\x98\x82\":\"\xef\xac\xb3\",\"\xef\xac\xb3\":\"\\u0001\"}",
	};
	uint8_t sk[64], hash[PROOF_HASH_BYTES], sig[64];
	size_t i;

	(void)state;
	secret_key(sk);
	for (i = 0; i < COUNT(row); i++) {
		json_t *doc = json_loads(row[i], 0, NULL);
		struct buf out = BUF_INIT(8192);
		struct span proof, value;
		struct proof_report report;
		struct err e = { 0 };

		CHECK_ROW(row[i], doc != NULL && proof_sign_document(doc, sk, CREATED, &out, &e) == 0);
		CHECK_ROW(row[i], canon_check(buf_span(&out), CANON_DOCUMENT, &e) == 0);
		CHECK_ROW(row[i], proof_verify_document(buf_span(&out), &report, &e) == 0);
		CHECK_ROW(row[i], proof_hash_canonical(buf_span(&out), hash, &e) == 0);
		CHECK_ROW(row[i], canon_get(buf_span(&out), "proof", &proof) &&
		    canon_get(proof, "proofValue", &value) && canon_plain(value, &value));
		CHECK_ROW(row[i], proof_value_decode(value, sig, &e) == 0);
		CHECK_ROW(row[i], proof_verify_hash(hash, sig, report.pub, &e) == 0);
		hash[63] ^= 1;
		CHECK_ROW(row[i], proof_verify_hash(hash, sig, report.pub, &e) == -1);
		CHECK_ROW(row[i], e.code == ERR_SIGNATURE);
		json_decref(doc);
		buf_clear(&out);
	}
}

static void
refused_signing(void **state)
{
	static const struct { const char *why, *doc, *created; } row[] = {
		{ "an array", "[]", CREATED },
		{ "already secured", "{\"proof\":{}}", CREATED },
		{ "a time with an offset", "{}", "2023-02-24T23:36:38+01:00" },
		{ "a time with a fraction", "{}", "2023-02-24T23:36:38.5Z" },
		{ "a day alone", "{}", "2023-02-24" },
		{ "a 61st second", "{}", "2023-02-24T23:36:60Z" },
		{ "no time", "{}", "" },
	};
	uint8_t sk[64];
	size_t i;

	(void)state;
	secret_key(sk);
	for (i = 0; i < COUNT(row); i++) {
		json_t *doc = json_loads(row[i].doc, 0, NULL);
		struct buf out = BUF_INIT(8192);
		struct err e = { 0 };

		CHECK_ROW(row[i].why, proof_sign_document(doc, sk, row[i].created, &out, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT && out.len == 0);
		json_decref(doc);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(published_hashes),
		cmocka_unit_test(published_document),
		cmocka_unit_test(signed_again),
		cmocka_unit_test(edited_documents),
		cmocka_unit_test(appended_context),
		cmocka_unit_test(not_documents),
		cmocka_unit_test(not_records),
		cmocka_unit_test(both_ways_agree),
		cmocka_unit_test(refused_signing),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
