/* SPDX-License-Identifier: AGPL-3.0-or-later
 * proof.c - see proof.h. */
#include "proto/proof.h"

#include <sodium.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/multibase.h"

#define SUITE	"eddsa-jcs-2022"
#define TYPE	"DataIntegrityProof"
#define PURPOSE	"assertionMethod"

_Static_assert(PROOF_HASH_BYTES == 2 * crypto_hash_sha256_BYTES, "two SHA-256");
_Static_assert(PROOF_VALUE_CHARS_MAX == 1 + BASE58_CHARS_MAX(crypto_sign_BYTES), "z and base58");

int
proof_value_decode(struct span text, uint8_t sig[64], struct err *e)
{
	if (text.len > 0 && text.ptr[0] == 'z' &&
	    base58_decode((struct span){ text.ptr + 1, text.len - 1 }, sig, 64) == 64)
		return 0;
	return err_set(e, ERR_INPUT, "proofValue is not \"z\" and base58btc of 64 bytes");
}

void
proof_value_format(const uint8_t sig[64], char out[PROOF_VALUE_CHARS_MAX + 1])
{
	out[0] = 'z';
	base58_encode(sig, 64, out + 1, PROOF_VALUE_CHARS_MAX);
}

int
proof_verify_hash(const uint8_t hash[PROOF_HASH_BYTES], const uint8_t sig[64], const uint8_t pub[32],
    struct err *e)
{
	if (crypto_sign_verify_detached(sig, hash, PROOF_HASH_BYTES, pub) != 0)
		return err_set(e, ERR_SIGNATURE, "the signature does not hold");
	return 0;
}

/* SHA-256 of a canonical object's bytes as if it had no member name. */
static int
hash_without(struct span object, const char *name, uint8_t out[32], struct err *e)
{
	const char *end = object.ptr + object.len, *from, *to;
	crypto_hash_sha256_state hash;
	struct canon_iter it;
	struct span key, value;
	int found = 0;

	canon_object(object, &it);
	while (!found && canon_next(&it, &key, &value))
		found = span_is(key, name);
	if (!found)
		return err_set(e, ERR_INPUT, "no %s", name);
	from = key.ptr - 1;
	to = value.ptr + value.len;
	/* one comma goes with it: the one after, or after the last member the one before */
	if (*to == ',')
		to++;
	else if (from[-1] == ',')
		from--;
	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(&hash, (const uint8_t *)object.ptr, (size_t)(from - object.ptr));
	crypto_hash_sha256_update(&hash, (const uint8_t *)to, (size_t)(end - to));
	crypto_hash_sha256_final(&hash, out);
	return 0;
}

int
proof_hash_canonical(struct span record, uint8_t out[PROOF_HASH_BYTES], struct err *e)
{
	struct span proof;

	if (!canon_get(record, "proof", &proof) || !canon_is_object(proof))
		return err_set(e, ERR_INPUT, "no proof object");
	if (hash_without(proof, "proofValue", out, e) == -1)
		return err_wrap(e, "proof");
	return hash_without(record, "proof", out + 32, e);
}

static int
hash_value(const json_t *v, uint8_t out[32], struct err *e)
{
	struct buf text = BUF_INIT(PROOF_DOCUMENT_BYTES_MAX);
	int rc = -1;

	if (jcs_emit(v, &text, e) == -1)
		goto out;
	crypto_hash_sha256(out, (const uint8_t *)text.ptr, text.len);
	rc = 0;
out:
	buf_clear(&text);
	return rc;
}

/* Another object with the same members; the values are shared.  The caller owns it. */
static json_t *
copy_of(const json_t *object)
{
	return json_copy((json_t *)(uintptr_t)object); /* Jansson takes no const, but only reads */
}

/* The signed bytes of a document (its proof, if any, left out) under a proof (its proofValue left out);
 * a @context in the proof stands for the document's (3.3.2 step 4.2). */
static int
hash_document(const json_t *doc, const json_t *proof, uint8_t out[PROOF_HASH_BYTES], struct err *e)
{
	json_t *unsecured = copy_of(doc), *config = copy_of(proof);
	json_t *context = json_object_get(proof, "@context");
	int rc = -1;

	if (unsecured == NULL || config == NULL ||
	    (context != NULL && json_object_set(unsecured, "@context", context) == -1)) {
		err_memory(e);
		goto out;
	}
	json_object_del(unsecured, "proof");
	json_object_del(config, "proofValue");
	if (hash_value(config, out, e) == -1 || hash_value(unsecured, out + 32, e) == -1)
		goto out;
	rc = 0;
out:
	json_decref(config);
	json_decref(unsecured);
	return rc;
}

/* "0" stands for a digit, anything else for itself. */
static int
matches(const char *text, size_t len, const char *pattern)
{
	size_t i;

	for (i = 0; pattern[i] != '\0'; i++)
		if (i == len || (pattern[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i]))
			return 0;
	return 1;
}

static int
within(const char *two_digits, int low, int high)
{
	int n = (two_digits[0] - '0') * 10 + two_digits[1] - '0';

	return low <= n && n <= high;
}

/* Is it an XML Schema 1.1 dateTimeStamp: date, time, perhaps a fraction, and always an offset? */
static int
is_time(const char *s)
{
	size_t len = strlen(s), fraction;

	if (len > PROOF_TIME_CHARS_MAX || !matches(s, len, "0000-00-00T00:00:00"))
		return 0;
	if (!within(s + 5, 1, 12) || !within(s + 8, 1, 31) || !within(s + 11, 0, 23) ||
	    !within(s + 14, 0, 59) || !within(s + 17, 0, 59))
		return 0;
	s += strlen("0000-00-00T00:00:00");
	if (*s == '.') {
		if ((fraction = strspn(s + 1, "0123456789")) == 0)
			return 0;
		s += 1 + fraction;
	}
	if (strcmp(s, "Z") == 0)
		return 1;
	return strlen(s) == 6 && (matches(s, 6, "+00:00") || matches(s, 6, "-00:00")) &&
	    within(s + 1, 0, 14) && within(s + 4, 0, 59);
}

static int
copy_time(const json_t *proof, const char *name, char out[PROOF_TIME_CHARS_MAX + 1], struct err *e)
{
	const json_t *v = json_object_get(proof, name);

	out[0] = '\0';
	if (v == NULL)
		return 0;
	if (!json_is_string(v) || !is_time(json_string_value(v)))
		return err_set(e, ERR_INPUT, "proof: %s is not a date and time with its offset", name);
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int
check_member(const json_t *proof, const char *name, const char *want, struct err *e)
{
	const char *got = json_string_value(json_object_get(proof, name));

	if (got == NULL)
		return err_set(e, ERR_INPUT, "proof: %s must be \"%s\"", name, want);
	if (strcmp(got, want) != 0)
		return err_set(e, ERR_INPUT, "proof: %s is \"%s\", only \"%s\" is understood", name, got,
		    want);
	return 0;
}

static const json_t *
nth(const json_t *context, size_t i)
{
	if (json_is_array(context))
		return json_array_get(context, i);
	return i == 0 ? context : NULL;
}

/* 3.3.2 step 4.1: the document's @context must start with all that the proof's says, in order. */
static int
check_context(const json_t *doc, const json_t *proof, struct err *e)
{
	const json_t *context = json_object_get(doc, "@context");
	const json_t *start = json_object_get(proof, "@context"), *v;
	size_t i;

	for (i = 0; start != NULL && (v = nth(start, i)) != NULL; i++) {
		const json_t *have = context == NULL ? NULL : nth(context, i);

		if (have == NULL || !json_equal(have, v))
			return err_set(e, ERR_SIGNATURE,
			    "the document's @context does not start with the proof's");
	}
	return 0;
}

static int
find_proof(const json_t *doc, const json_t **proof, struct err *e)
{
	if (!json_is_object(doc))
		return err_set(e, ERR_INPUT, "the document is not a JSON object");
	*proof = json_object_get(doc, "proof");
	if (*proof == NULL)
		return err_set(e, ERR_INPUT, "the document carries no proof");
	if (json_is_array(*proof))
		return err_set(e, ERR_INPUT, "the document carries an array of proofs; one proof, as an "
		    "object, is understood");
	if (!json_is_object(*proof))
		return err_set(e, ERR_INPUT, "the document's proof is not an object");
	return 0;
}

static struct span
text_member(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return (struct span){ json_string_value(v), json_string_length(v) };
}

static int
verify_proof(const json_t *doc, const json_t *proof, struct proof_report *report, struct err *e)
{
	uint8_t hash[PROOF_HASH_BYTES], sig[64];

	if (check_member(proof, "type", TYPE, e) == -1 ||
	    check_member(proof, "cryptosuite", SUITE, e) == -1 ||
	    check_member(proof, "proofPurpose", PURPOSE, e) == -1)
		return -1;
	if (copy_time(proof, "created", report->created, e) == -1 ||
	    copy_time(proof, "expires", report->expires, e) == -1)
		return -1;
	if (didkey_url_parse(text_member(proof, "verificationMethod"), report->pub, e) == -1)
		return err_wrap(e, "proof: verificationMethod");
	didkey_format(report->pub, report->signer);
	if (proof_value_decode(text_member(proof, "proofValue"), sig, e) == -1)
		return err_wrap(e, "proof");
	if (check_context(doc, proof, e) == -1 || hash_document(doc, proof, hash, e) == -1)
		return -1;
	return proof_verify_hash(hash, sig, report->pub, e);
}

int
proof_verify_document(struct span json, struct proof_report *report, struct err *e)
{
	json_t *doc = jcs_load(json, e);
	const json_t *proof = NULL;
	int rc = -1;

	*report = (struct proof_report){ 0 };
	if (doc == NULL)
		goto out;
	if (find_proof(doc, &proof, e) == -1)
		goto out;
	rc = verify_proof(doc, proof, report, e);
out:
	json_decref(doc);
	return rc;
}

/* The proof of doc by sk, without its proofValue.  The caller owns it; NULL without memory. */
static json_t *
config_for(const json_t *doc, const uint8_t sk[64], const char *created)
{
	json_t *context = json_object_get(doc, "@context"), *config;
	char method[DIDKEY_URL_CHARS + 1];

	didkey_url_format(sk + 32, method); /* libsodium's secret key ends in the public one */
	config = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", TYPE, "cryptosuite", SUITE,
	    "proofPurpose", PURPOSE, "created", created, "verificationMethod", method);
	if (config == NULL || context == NULL)
		return config;
	if (json_object_set(config, "@context", context) == -1) {
		json_decref(config);
		return NULL;
	}
	return config;
}

static int
sign_config(const json_t *doc, json_t *config, const uint8_t sk[64], struct err *e)
{
	uint8_t hash[PROOF_HASH_BYTES], sig[64];
	char text[PROOF_VALUE_CHARS_MAX + 1];

	if (hash_document(doc, config, hash, e) == -1)
		return -1;
	crypto_sign_detached(sig, NULL, hash, sizeof hash, sk);
	proof_value_format(sig, text);
	if (json_object_set_new(config, "proofValue", json_string(text)) == -1)
		return err_memory(e);
	return 0;
}

int
proof_sign_document(const json_t *doc, const uint8_t sk[64], const char *created, struct buf *out,
    struct err *e)
{
	json_t *config = NULL, *secured = NULL;
	int rc = -1;

	if (!json_is_object(doc) || json_object_get(doc, "proof") != NULL)
		return err_set(e, ERR_INPUT, "only a JSON object without a proof can be signed");
	if (!is_time(created) || strlen(created) != strlen("0000-00-00T00:00:00Z"))
		return err_set(e, ERR_INPUT, "\"%s\" is not YYYY-MM-DDThh:mm:ssZ", created);
	if ((config = config_for(doc, sk, created)) == NULL || (secured = copy_of(doc)) == NULL) {
		err_memory(e);
		goto out;
	}
	if (sign_config(doc, config, sk, e) == -1)
		goto out;
	if (json_object_set(secured, "proof", config) == -1) {
		err_memory(e);
		goto out;
	}
	rc = jcs_emit(secured, out, e);
out:
	json_decref(config);
	json_decref(secured);
	return rc;
}
