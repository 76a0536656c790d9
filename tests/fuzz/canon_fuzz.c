/* SPDX-License-Identifier: AGPL-3.0-or-later
 * canon_fuzz.c - bytes pass canon_check if and only if they are their own canonical form, and the readers
 * stay inside any bytes at all. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"
#include "proto/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
inside(struct span part, struct span whole)
{
	assert(part.ptr >= whole.ptr && part.len <= whole.len &&
	    part.ptr + part.len <= whole.ptr + whole.len);
}

/* Read everything once; returns the bytes that a walk over checked bytes must account for. */
static size_t
walk(struct span v, int is_checked)
{
	struct buf text = BUF_INIT(1 << 20);
	struct span key, item;
	struct canon_iter it;
	struct err e = { 0 };
	size_t bytes = 2, members = 0;
	int64_t n;
	int yes;

	if (canon_is_object(v)) {
		for (canon_object(v, &it); canon_next(&it, &key, &item); members++) {
			inside(key, v);
			inside(item, v);
			bytes += key.len + 3 + (is_checked ? walk(item, 1) : item.len);
		}
	} else if (canon_is_array(v)) {
		for (canon_array(v, &it); canon_item(&it, &item); members++) {
			inside(item, v);
			bytes += is_checked ? walk(item, 1) : item.len;
		}
	} else {
		(void)canon_int(v, &n);
		(void)canon_bool(v, &yes);
		assert(canon_string(v, &text, &e) == 0 || !canon_is_string(v) || !is_checked);
		buf_clear(&text);
		return v.len;
	}
	return bytes + (members > 0 ? members - 1 : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf own = BUF_INIT(1 << 20);
	struct span s = { (const char *)data, len };
	struct err e = { 0 };
	uint8_t hash[PROOF_HASH_BYTES];
	int is = canon_check(s, CANON_DOCUMENT, &e) == 0;
	int is_own = jcs_canonicalize(s, &own, &e) == 0 && span_eq(s, buf_span(&own));

	assert(is == is_own);
	assert(canon_check(s, CANON_RECORD, &e) == -1 || is);
	assert(walk(s, is) == len || !is);
	(void)proof_hash_canonical(s, hash, &e);
	buf_clear(&own);
	return 0;
}
