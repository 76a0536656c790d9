/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The first byte chooses a format, the rest is a file of it: see import_fuzz.h for what must hold. */
#include "tests/fuzz/import_fuzz.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const format[] = { "gogocarto", "yeswiki", "murmurations", "ical", "feed", "jsonld", "semapps",
		"openfairdb" };

	if (size > 0)
		import_fuzz(format[data[0] % 8], data + 1, size - 1);
	return 0;
}
