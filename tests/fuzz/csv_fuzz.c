/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes, read as a table: see import_fuzz.h for what must hold. */
#include "tests/fuzz/import_fuzz.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_fuzz("csv", data, size);
	return 0;
}
