/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_fuzz.c - whatever record_parse accepts is canonical, has the id of its bytes, lies within them,
 * and has a name that can be written and read; what it refuses, it says why. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "proto/authority.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/judge.h"
#include "proto/ref.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
lies_within(struct span part, struct span whole)
{
	return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void
check_name(const struct record *r)
{
	struct ref ref = { r->author, r->kind_name, r->rid }, again;
	char text[REF_CHARS_MAX + 1];
	struct err e = { 0 };

	ref_format(&ref, text);
	assert(ref_parse(span_str(text), &again, &e) == 0);
	assert(span_eq(again.author, r->author) && span_eq(again.kind, r->kind_name) &&
	    span_eq(again.rid, r->rid));
}

/* An identity that reads has a true signature and a root to show for it. */
static void
check_identity(const struct record *r)
{
	struct identity id;
	enum reason why;
	struct err e = { 0 };

	if (identity_read(r, &id, &why, &e) == -1) {
		assert(why != REASON_NONE && e.text[0] != '\0');
		return;
	}
	assert(why == REASON_NONE && record_verify(r) && identity_is_root(&id, r->signer_key));
	assert(identity_may_follow(&id, &id, NULL, &why, &e) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct judge_view view = { .now = 1795255200, .admitted = 1, .retired = -1, .tombstone_floor = -1 };
	enum reason why = REASON_NONE;
	uint8_t id[ID_BYTES];
	struct record r;
	struct err e = { 0 };

	if (sodium_init() == -1)
		return 0;
	if (record_parse(line, &r, &why, &e) == -1) {
		assert(reason_verdict(why) == VERDICT_INVALID && e.text[0] != '\0');
		return 0;
	}
	assert(why == REASON_NONE && size <= RECORD_BYTES_MAX);
	assert(canon_check(line, CANON_RECORD, &e) == 0);
	crypto_hash_sha256(id, data, size);
	assert(memcmp(id, r.id, sizeof id) == 0);
	assert(lies_within(r.author, line) && lies_within(r.rid, line) && lies_within(r.content, line) &&
	    lies_within(r.lang, line) && lies_within(r.license, line));
	assert(r.created >= r.updated && r.expires > r.created);
	assert(r.deleted ? r.content.len == 0 : r.content.ptr[0] == '{');
	check_name(&r);
	if (r.kind == KIND_IDENTITY)
		check_identity(&r);
	assert(r.kind == KIND_IDENTITY ||
	    judge(&r, &view, SIGNATURE_UNKNOWN, NULL, &e) != REASON_NONE);	/* nobody's identity is known */
	return 0;
}
