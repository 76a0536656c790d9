/* SPDX-License-Identifier: AGPL-3.0-or-later
 * set_fuzz.c - after any insertions and removals a set holds exactly what a plain table says, in order,
 * and the sums of its parts are those of its items.
 *
 * Three bytes a change: what to do and the high bits of the timestamp, its low bits, the id. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/set.h"

#define TIMES 512
#define IDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct set_item
item_make(size_t ts, size_t id)
{
	struct set_item item = { .ts = ts };

	memset(item.id, (int)(id * 17), SET_ID_BYTES);
	return item;
}

static void
change(struct set *s, uint8_t held[TIMES][IDS], size_t ts, size_t id, int put)
{
	struct set_item item = item_make(ts % TIMES, id % IDS);
	uint8_t *was = &held[ts % TIMES][id % IDS];
	struct err e;

	if (put)
		assert(set_insert(s, item.ts, item.id, &e) == *was);
	else
		assert(set_delete(s, item.ts, item.id) == *was);
	*was = (uint8_t)put;
}

static void
check(const struct set *s, uint8_t held[TIMES][IDS])
{
	struct set_view v = SET_VIEW(s);
	struct set_cursor c = SET_CURSOR(&v), d = SET_CURSOR(&v);
	uint64_t n = 0;

	for (size_t ts = 0; ts < TIMES; ts++) {
		for (size_t id = 0; id < IDS; id++) {
			struct set_item want = item_make(ts, id);
			const struct set_item *got;

			if (!held[ts][id])
				continue;
			assert(c.index == n++);
			got = set_cursor_next(&c);
			assert(got != NULL && set_item_cmp(got, &want) == 0);
			if (n % 37 == 0) {
				set_cursor_seek(&d, n);
				assert(memcmp(&c.sum, &d.sum, sizeof(c.sum)) == 0);
				set_cursor_find(&d, &want);
				assert(d.index == n - 1);
			}
		}
	}
	assert(set_cursor_next(&c) == NULL && set_count(s) == n);
	set_cursor_seek(&d, n);
	assert(memcmp(&c.sum, &d.sum, sizeof(c.sum)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t (*held)[IDS] = calloc(TIMES, sizeof(*held));
	struct set *s = set_new();

	assert(held != NULL && s != NULL);
	for (size_t i = 0; i + 3 <= len && i < 3 * 150; i += 3) {
		size_t ts = (size_t)(data[i] >> 4) << 8 | data[i + 1];
		size_t run = data[i] & 8 ? 40 : 1;

		for (size_t k = 0; k < run; k++)
			change(s, held, ts + k / IDS, data[i + 2] + k, data[i] & 1);
	}
	check(s, held);
	set_free(s);
	free(held);
	return 0;
}
