/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy_respond_fuzz.c - whatever is asked, the server's answer stays within its frame, is itself a
 * message, and depends on nothing but the question.
 *
 * The first byte chooses how the server cuts; the rest is the message. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/negentropy.h"
#include "proto/set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Item i of the published known answers: three to a second, ids that are hashes. */
static struct set *
set_make(size_t n)
{
	struct set *s = set_new();
	uint8_t id[SET_ID_BYTES];
	char text[16];
	struct err e;

	assert(s != NULL);
	for (size_t i = 0; i < n; i++) {
		int chars = snprintf(text, sizeof(text), "item%zu", i);
		crypto_hash_sha256(id, (const unsigned char *)text, (unsigned long long)chars);
		assert(set_insert(s, 1700000000 + i / 3, id, &e) == 0);
	}
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct negentropy_params p = { .frame_bytes_max = RECONCILE_FRAME_BYTES_MIN };
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX), again = BUF_INIT(RECONCILE_BYTES_MAX);
	struct set *s;
	struct set_view v;
	struct err e;
	struct span in;

	if (len == 0)
		return 0;
	p.buckets = 2 + data[0] % 63;
	p.list_below = p.buckets + data[0] % (65 - p.buckets);
	in = (struct span){ (const char *)data + 1, len - 1 };
	s = set_make(300);
	v = (struct set_view)SET_VIEW(s);
	if (negentropy_respond(&p, &v, in, &out, &e) == 0) {
		assert(out.len >= 1 && out.len <= p.frame_bytes_max);
		assert((uint8_t)out.ptr[0] == NEGENTROPY_VERSION);
		assert(negentropy_respond(&p, &v, in, &again, &e) == 0);
		assert(span_eq(buf_span(&out), buf_span(&again)));
		assert(negentropy_respond(&p, &v, buf_span(&out), &again, &e) == 0);
	} else {
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
	}
	set_free(s);
	buf_clear(&out);
	buf_clear(&again);
	return 0;
}
