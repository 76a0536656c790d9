/* SPDX-License-Identifier: AGPL-3.0-or-later
 * blocklist_fuzz.c - whatever is called a block list is refused or is one: each entry is something that can be
 * blocked, there are as many as said, and the list changed by one letter of a reason is not believed. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/blocklist.h"
#include "proto/err.h"
#include "proto/limits.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_changed(const uint8_t *data, size_t size, struct span reason)
{
	char *copy = malloc(size + 1);
	struct blocklist list;
	struct err e;

	if (copy == NULL || reason.len < 3) {
		free(copy);
		return;
	}
	memcpy(copy, data, size);
	copy[reason.ptr + 1 - (const char *)data] ^= 1;
	assert(blocklist_parse((struct span){ copy, size }, &list, &e) == -1);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span json = { (const char *)data, size };
	struct blocklist_entry entry;
	struct blocklist list;
	enum block_kind kind;
	struct err e = { 0 };
	size_t n = 0;

	if (sodium_init() == -1)
		abort();
	if (size > 0 && block_kind(json, &kind, &e) == 0)
		assert(memchr(data, '"', size) == NULL && memchr(data, '\n', size) == NULL);
	if (blocklist_parse(json, &list, &e) == -1) {
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT || e.code == ERR_SIGNATURE);
		return 0;
	}
	assert(strlen(list.author) == DIDKEY_CHARS && list.created >= 0);
	while (blocklist_next(&list.entries, &entry)) {
		assert(block_kind(entry.what, &kind, &e) == 0 && kind == entry.kind && entry.since >= 0);
		if (n++ == 0)
			check_changed(data, size, entry.reason);
	}
	assert(n == list.count && n <= BLOCKLIST_ENTRIES_MAX);
	return 0;
}
