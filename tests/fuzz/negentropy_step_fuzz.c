/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy_step_fuzz.c - whatever a server answers, the client asks within its frame, in messages a
 * server understands, finds no more ids than allowed, and ends.
 *
 * The first byte chooses how the client cuts, the second how large its set is; then come answers, each
 * after its length in two bytes. */
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

#define IDS_FEW 100
#define ROUNDS_FEW 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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

static int
on_have(void *arg, const struct set_item *item, struct err *e)
{
	(void)e;
	assert(item->ts >= 1700000000);
	++*(size_t *)arg;
	return 0;
}

static int
on_need(void *arg, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	(void)id;
	(void)e;
	++*(size_t *)arg;
	return 0;
}

static struct span
take_answer(struct span *in)
{
	struct span answer = {0};

	if (in->len < 2)
		return answer;
	answer.ptr = in->ptr + 2;
	answer.len = (size_t)(uint8_t)in->ptr[0] << 8 | (uint8_t)in->ptr[1];
	if (answer.len > in->len - 2)
		answer.len = in->len - 2;
	in->ptr = answer.ptr + answer.len;
	in->len -= 2 + answer.len;
	return answer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct negentropy_params p = { .frame_bytes_max = RECONCILE_FRAME_BYTES_MIN,
		.ids_max = IDS_FEW, .rounds_max = ROUNDS_FEW };
	struct buf out = BUF_INIT(RECONCILE_BYTES_MAX), reply = BUF_INIT(RECONCILE_BYTES_MAX);
	size_t found = 0, rounds = 0;
	struct negentropy_found on = { .have = on_have, .need = on_need, .arg = &found };
	struct span in = { (const char *)data + 2, len - 2 };
	struct negentropy *n;
	struct set_view v;
	struct set *s;
	struct err e;

	if (len < 2)
		return 0;
	p.buckets = 2 + data[0] % 63;
	p.list_below = p.buckets + data[0] % (65 - p.buckets);
	s = set_make(data[1] * 4);
	v = (struct set_view)SET_VIEW(s);
	n = negentropy_new(&p, &v, &on, &e);
	assert(n != NULL);
	assert(negentropy_initiate(n, &out, &e) == 0);
	while (out.len > 0) {
		assert(out.len <= p.frame_bytes_max && ++rounds <= ROUNDS_FEW + 1);
		assert(negentropy_respond(&p, &v, buf_span(&out), &reply, &e) == 0);
		if (negentropy_step(n, take_answer(&in), &out, &e) == -1)
			break;
	}
	assert(found <= IDS_FEW);
	negentropy_free(n);
	set_free(s);
	buf_clear(&out);
	buf_clear(&reply);
	return 0;
}
