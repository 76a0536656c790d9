/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log_fuzz.c - no value ends its quotes, its line or the rules of UTF-8, in however little room. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "node/core/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const char *out)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)out;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	for (; *p != '\0'; p += n) {
		n = utf8proc_iterate(p, -1, &c);
		assert(n > 0 && c >= 0x20 && c != 0x7f && c != '"');
		if (c == '\\') {
			n = 2;
			assert(strchr("\"\\ntx", p[1]) != NULL && p[1] != '\0');
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *value, *out;
	int room;

	if (len == 0)
		return 0;
	room = 4 + data[0];
	value = malloc(len);
	out = malloc((size_t)room);
	if (value != NULL && out != NULL) {
		memcpy(value, data + 1, len - 1);
		value[len - 1] = '\0';
		assert(log_escape(value, out, room) == (int)strlen(out));
		assert(strlen(out) < (size_t)room);
		check(out);
	}
	free(value);
	free(out);
	return 0;
}
