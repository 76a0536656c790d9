/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any text as a cursor: it is the empty one, or exactly what we would have written, or it means a reset. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/cursor.h"

#define EPOCH "0123456789abcdef"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shelf_filter filter = { .author = "did:key:z6Mk", .part = ":abcdefgh" },
	    other = { .author = "did:key:z6Mk" };
	struct span text = { (const char *)data, size };
	char again[CURSOR_CHARS_MAX + 1];
	int64_t seq = -1;

	if (!cursor_read(text, EPOCH, &filter, &seq))
		return 0;
	if (seq < 0 || seq > INTEGER_MAX)
		abort();
	if (size == 0)
		return seq == 0 ? 0 : (abort(), 0);
	cursor_format(EPOCH, seq, &filter, again);
	if (!span_is(text, again) || cursor_read(text, EPOCH, &other, &seq) ||
	    cursor_read(text, "fedcba9876543210", &filter, &seq))
		abort();
	return 0;
}
