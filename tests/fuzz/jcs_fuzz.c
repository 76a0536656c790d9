/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jcs_fuzz.c - what jcs_canonicalize writes is canonical, is the same value, and signs and verifies. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Any eight bytes are a double: its text reads back as it. */
static void
number(const uint8_t *data)
{
	char text[JCS_NUMBER_BYTES];
	double d;
	int len;

	memcpy(&d, data, sizeof d);
	len = jcs_number(d, text);
	if (len >= 0) {
		assert((size_t)len == strlen(text));
		assert(strtod(text, NULL) == d);
		assert(jcs_is_number(span_str(text)));
	}
}

static void
sign(const json_t *doc)
{
	static const uint8_t seed[32] = { 1 };
	uint8_t pub[32], sk[64];
	struct buf out = BUF_INIT(1 << 20);
	struct proof_report report;
	struct err e = { 0 };

	crypto_sign_seed_keypair(pub, sk, seed);
	if (proof_sign_document(doc, sk, "2026-11-21T10:00:00Z", &out, &e) == 0)
		assert(proof_verify_document(buf_span(&out), &report, &e) == 0 ||
		    e.code == ERR_LIMIT);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf out = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20);
	struct span s = { (const char *)data, len };
	struct err e = { 0 };
	struct proof_report report;
	json_t *a = jcs_load(s, &e), *b;

	if (len >= 8)
		number(data);
	(void)proof_verify_document(s, &report, &e);
	if (a != NULL) {
		assert(jcs_canonicalize(s, &out, &e) == 0);
		assert(canon_check(buf_span(&out), CANON_DOCUMENT, &e) == 0);
		b = jcs_load(buf_span(&out), &e);
		assert(b != NULL && json_equal(a, b));
		assert(jcs_emit(b, &again, &e) == 0 && span_eq(buf_span(&out), buf_span(&again)));
		sign(a);
		json_decref(b);
	}
	json_decref(a);
	buf_clear(&out);
	buf_clear(&again);
	return 0;
}
