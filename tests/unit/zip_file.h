/* SPDX-License-Identifier: AGPL-3.0-or-later
 * zip_file.h - spreadsheets made in memory for tests: a few parts of XML, zipped. */
#ifndef TESTS_UNIT_ZIP_FILE_H
#define TESTS_UNIT_ZIP_FILE_H

#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "proto/buf.h"

struct zip_part {
	const char *name;
	struct span text;
};

/* The zip's bytes; the caller frees them.  NULL when libzip fails. */
static inline char *
zip_bytes(const struct zip_part *part, size_t count, size_t *len)
{
	zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *zip = out == NULL ? NULL : zip_open_from_source(out, ZIP_TRUNCATE, NULL);
	char *bytes = NULL;
	zip_stat_t st;
	size_t i;

	if (zip == NULL)
		return NULL;
	zip_source_keep(out);
	for (i = 0; i < count; i++) {
		zip_int64_t at = zip_file_add(zip, part[i].name, zip_source_buffer(zip, part[i].text.ptr, part[i].text.len, 0),
		    ZIP_FL_OVERWRITE);

		if (at >= 0 && strcmp(part[i].name, "mimetype") == 0)
			zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
	}
	if (zip_close(zip) == 0 && zip_source_stat(out, &st) == 0 && zip_source_open(out) == 0) {
		if ((bytes = malloc(st.size + 1)) != NULL)
			*len = (size_t)zip_source_read(out, bytes, st.size);
		zip_source_close(out);
	}
	zip_source_free(out);
	return bytes;
}

#define XLSX_WORKBOOK "<workbook xmlns:r=\"r\"><sheets><sheet name=\"Caché\" state=\"hidden\" r:id=\"rId9\"/>" \
	"<sheet name=\"A\" r:id=\"rId1\"/></sheets></workbook>"
#define XLSX_RELS "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
#define XLSX_STYLES "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy hh:mm\"/>" \
	"<numFmt numFmtId=\"165\" formatCode=\"0.00&quot; jours&quot;\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/>" \
	"</cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"20\"/>" \
	"<xf numFmtId=\"165\"/></cellXfs></styleSheet>"
#define XLSX_STRINGS "<sst><si><t>nom</t></si><si><r><t>Ca</t></r><r><t>fé</t></r><rPh><t>kafe</t></rPh></si>" \
	"<si><t>deux_x000D_&#10;lignes</t></si><si/></sst>"

/* A workbook around one sheet's XML and its table of texts. */
static inline char *
xlsx_bytes(struct span sheet, struct span strings, size_t *len)
{
	const struct zip_part part[] = {
		{ "[Content_Types].xml", SPAN("<Types/>") },
		{ "xl/workbook.xml", SPAN(XLSX_WORKBOOK) },
		{ "xl/_rels/workbook.xml.rels", SPAN(XLSX_RELS) },
		{ "xl/styles.xml", SPAN(XLSX_STYLES) },
		{ "xl/sharedStrings.xml", strings },
		{ "xl/worksheets/sheet1.xml", sheet },
	};

	return zip_bytes(part, sizeof part / sizeof part[0], len);
}

static inline char *
ods_bytes(struct span content, size_t *len)
{
	const struct zip_part part[] = {
		{ "mimetype", SPAN("application/vnd.oasis.opendocument.spreadsheet") },
		{ "content.xml", content },
	};

	return zip_bytes(part, sizeof part / sizeof part[0], len);
}

#endif
