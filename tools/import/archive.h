/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.h - the parts of a spreadsheet file, a zip of XML, read as streams within limits.
 *
 * A part is never unpacked whole: the XML reader pulls it through zlib.  A part that unpacks to more than
 * ARCHIVE_PART_BYTES, a document type declaration and entities end the reading with ERR_LIMIT or
 * ERR_INPUT.
 */
#ifndef TOOLS_IMPORT_ARCHIVE_H
#define TOOLS_IMPORT_ARCHIVE_H

#include <libxml/xmlreader.h>

#include "tools/import/import.h"

struct archive;

#define ARCHIVE_PART_BYTES	((uint64_t)512 << 20)	/* of one part, unpacked */
#define ARCHIVE_RATIO_MAX	300			/* unpacked to packed, past the first MiB */

/* Takes the rest of in, up to IMPORT_FILE_BYTES_MAX. */
int	archive_open(struct import_input *in, struct archive **out, struct err *e);
void	archive_close(struct archive *a);		/* NULL is fine */
int	archive_has(const struct archive *a, const char *part);

/* Begin a part; the one before is ended.  ERR_INPUT when there is no such part. */
int	archive_start(struct archive *a, const char *part, struct err *e);

/* The next node of the part: 1 with its type in *type and name without prefix in *name, 0 at the end, -1. */
int	archive_next(struct archive *a, int *type, const char **name, struct err *e);

/* At an element: an attribute by its name without prefix ("" when absent), good until the next call. */
const char *archive_attr(struct archive *a, const char *name);
int	archive_attr_int(struct archive *a, const char *name, int fallback);	/* 0 … 99,999,999 */
int	archive_is_empty(struct archive *a);			/* <x/>: no end will come */
struct span archive_text(struct archive *a);			/* of a text node */

#endif
