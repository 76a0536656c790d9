/* SPDX-License-Identifier: AGPL-3.0-or-later
 * http_gzip_fuzz.c - whatever a body claims to decompress to, it stays within its limit, and what is packed
 * unpacks to itself. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "node/http/gzip.h"
#include "proto/err.h"

#define LIMIT ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_round_trip(struct span in)
{
	struct buf packed = BUF_INIT(2 * in.len + 1024), plain = BUF_INIT(in.len);
	struct err e = { 0 };

	assert(gzip_pack(in, GZIP_LEVEL_NOW, &packed, &e) == 0);
	assert(gzip_unpack(buf_span(&packed), &plain, &e) == 0);
	assert(plain.len == in.len && (in.len == 0 || memcmp(plain.ptr, in.ptr, in.len) == 0));
	if (in.len > 0) {	/* one byte less is too little */
		struct buf less = BUF_INIT(in.len - 1);

		assert(gzip_unpack(buf_span(&packed), &less, &e) == -1 && e.code == ERR_LIMIT);
		buf_clear(&less);
	}
	buf_clear(&packed);
	buf_clear(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span in = { (const char *)data, len };
	struct buf plain = BUF_INIT(LIMIT);
	struct err e = { 0 };

	if (gzip_unpack(in, &plain, &e) == 0)
		check_round_trip(buf_span(&plain));
	else
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
	assert(plain.len <= LIMIT);
	buf_clear(&plain);
	check_round_trip(in);
	return 0;
}
