/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ref.c - see ref.h. */
#include "proto/ref.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"
#include "proto/multibase.h"

#define RID_BYTES 10

int
ref_kind_ok(struct span kind)
{
	size_t i;

	if (kind.len == 0 || kind.len > KIND_CHARS_MAX)
		return 0;
	for (i = 0; i < kind.len; i++)
		if (!((kind.ptr[i] >= 'a' && kind.ptr[i] <= 'z') || kind.ptr[i] == '-'))
			return 0;
	return 1;
}

int
ref_rid_ok(struct span rid)
{
	size_t i;

	if (span_is(rid, "self"))
		return 1;
	if (rid.len != RID_CHARS)
		return 0;
	for (i = 0; i < rid.len; i++)
		if (!((rid.ptr[i] >= 'a' && rid.ptr[i] <= 'z') ||
		    (rid.ptr[i] >= '2' && rid.ptr[i] <= '7')))
			return 0;
	return 1;
}

int
ref_parse(struct span text, struct ref *out, struct err *e)
{
	struct span rest = text;
	struct ref r;
	uint8_t key[32];

	r.author = span_cut(&rest, '/');
	r.kind = span_cut(&rest, '/');
	r.rid = rest;
	if (didkey_decode(r.author, key, e) == -1)
		return err_wrap(e, "reference");
	if (!ref_kind_ok(r.kind))
		return err_set(e, ERR_INPUT, "reference: the kind is not [a-z-]{1,%d}", KIND_CHARS_MAX);
	if (!ref_rid_ok(r.rid))
		return err_set(e, ERR_INPUT, "reference: the rid is neither \"self\" nor %d of [a-z2-7]",
		    RID_CHARS);
	*out = r;
	return 0;
}

static char *
put(char *p, struct span s)
{
	memcpy(p, s.ptr, s.len);
	return p + s.len;
}

void
ref_format(const struct ref *r, char *out)
{
	assert(r->author.len + r->kind.len + r->rid.len + 2 <= REF_CHARS_MAX);
	out = put(out, r->author);
	*out++ = '/';
	out = put(out, r->kind);
	*out++ = '/';
	out = put(out, r->rid);
	*out = '\0';
}

void
rid_from_random(const uint8_t random[10], char out[RID_CHARS + 1])
{
	_Static_assert(BASE32_CHARS(RID_BYTES) == RID_CHARS, "a rid is 80 bits");
	base32_encode(random, RID_BYTES, out, RID_CHARS + 1);
}

void
rid_from_source(const uint8_t key[32], struct span source, char out[RID_CHARS + 1])
{
	uint8_t hash[32];

	crypto_generichash(hash, sizeof hash, (const unsigned char *)source.ptr, source.len, key, 32);
	rid_from_random(hash, out);
}
