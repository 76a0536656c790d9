/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as a spreadsheet: as the file itself, or as one of its parts in a zip made around it, so that the
 * readers of XML are met too; see import_fuzz.h for what must hold. */
#include "tests/fuzz/import_fuzz.h"
#include "tests/unit/zip_file.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says which: "z" the file, "s" the sheet, "t" the texts, "o" OpenDocument's content. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char plain[] = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c></row><row><c t=\"s\"><v>1</v></c></row>"
	    "</sheetData></worksheet>";
	struct span text = { (const char *)data + 1, size - 1 };
	char *bytes = NULL;
	size_t len = 0;

	if (size < 2)
		return 0;
	if (data[0] == 'z') {
		import_fuzz("xlsx", data + 1, size - 1);
		import_fuzz("ods", data + 1, size - 1);
		return 0;
	}
	bytes = data[0] == 's' ? xlsx_bytes(text, SPAN(XLSX_STRINGS), &len) : data[0] == 't' ? xlsx_bytes(SPAN(plain), text, &len)
	    : ods_bytes(text, &len);
	if (bytes != NULL)
		import_fuzz(data[0] == 'o' ? "ods" : "xlsx", (const uint8_t *)bytes, len);
	free(bytes);
	return 0;
}
