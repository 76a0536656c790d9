/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any text as the four lines of a recovery sheet: refused with a reason, or a root that is printed and read again
 * as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/sheet.h"
#include "proto/err.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[SHEET_LINES][SHEET_LINE_BYTES], text[SHEET_LINES * SHEET_LINE_BYTES + 1] = "";
	uint8_t seed[32], again[32];
	enum key_role role, same;
	struct err e = { .text = "" };
	size_t i;

	if (sheet_decode((struct span){ (const char *)data, size }, &role, seed, &e) == -1)
		return e.code != ERR_INPUT || e.text[0] == '\0' ? (abort(), 0) : 0;
	sheet_encode(role, seed, line);
	for (i = 0; i < SHEET_LINES; i++) {
		strcat(text, line[i]);
		strcat(text, "\n");
	}
	if (sheet_decode(span_str(text), &same, again, &e) == -1 || same != role || memcmp(seed, again, 32) != 0)
		abort();
	return 0;
}
