/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.c - see archive.h. */
#include "tools/import/archive.h"

#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "proto/err.h"

struct archive {
	struct buf bytes;
	zip_t *zip;
	zip_file_t *part;
	const char *part_name;
	uint64_t packed, read;
	int too_large;
	xmlTextReader *xml;
	char attr[1024];
};

int
archive_open(struct import_input *in, struct archive **out, struct err *e)
{
	struct archive *a = calloc(1, sizeof *a);
	zip_source_t *source;
	zip_error_t why;
	int rc = -1;

	if (a == NULL)
		return err_memory(e);
	a->bytes.max = IMPORT_FILE_BYTES_MAX;
	zip_error_init(&why);
	if (import_input_all(in, &a->bytes, e) == -1)
		goto out;
	source = zip_source_buffer_create(a->bytes.ptr == NULL ? "" : a->bytes.ptr, a->bytes.len, 0, &why);
	if (source != NULL && (a->zip = zip_open_from_source(source, ZIP_RDONLY, &why)) == NULL)
		zip_source_free(source);
	if (a->zip == NULL) {
		err_set(e, ERR_INPUT, "the file is not a whole spreadsheet: %s", zip_error_strerror(&why));
		goto out;
	}
	*out = a;
	rc = 0;
out:
	zip_error_fini(&why);
	if (rc == -1)
		archive_close(a);
	return rc;
}

static void
end_part(struct archive *a)
{
	if (a->xml != NULL)
		xmlFreeTextReader(a->xml);
	if (a->part != NULL)
		zip_fclose(a->part);
	a->xml = NULL;
	a->part = NULL;
}

void
archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	end_part(a);
	if (a->zip != NULL)
		zip_discard(a->zip);
	buf_clear(&a->bytes);
	free(a);
}

int
archive_has(const struct archive *a, const char *part)
{
	return zip_name_locate(a->zip, part, 0) >= 0;
}

static int
pull(void *ctx, char *out, int room)
{
	struct archive *a = ctx;
	zip_int64_t n = zip_fread(a->part, out, room < 0 ? 0 : (zip_uint64_t)room);

	if (n < 0)
		return -1;
	a->read += (uint64_t)n;
	if (a->read > ARCHIVE_PART_BYTES || (a->read > (1u << 20) && a->read / ARCHIVE_RATIO_MAX > a->packed)) {
		a->too_large = 1;
		return -1;
	}
	return (int)n;
}

/* libxml2 would print to standard error. */
static void
hush(void *ctx, const char *msg, xmlParserSeverities severity, xmlTextReaderLocatorPtr locator)
{
	(void)ctx;
	(void)msg;
	(void)severity;
	(void)locator;
}

int
archive_start(struct archive *a, const char *part, struct err *e)
{
	zip_stat_t st;

	end_part(a);
	a->read = 0;
	a->part_name = part;
	if (zip_stat(a->zip, part, 0, &st) == -1 || (st.valid & ZIP_STAT_COMP_SIZE) == 0)
		return err_set(e, ERR_INPUT, "the spreadsheet has no part %s", part);
	a->packed = st.comp_size;
	if ((a->part = zip_fopen(a->zip, part, 0)) == NULL)
		return err_set(e, ERR_INPUT, "%s cannot be unpacked: %s", part, zip_strerror(a->zip));
	a->xml = xmlReaderForIO(pull, NULL, a, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (a->xml == NULL)
		return err_memory(e);
	xmlTextReaderSetErrorHandler(a->xml, hush, NULL);
	return 0;
}

int
archive_next(struct archive *a, int *type, const char **name, struct err *e)
{
	int rc = xmlTextReaderRead(a->xml);

	if (a->too_large)
		return err_set(e, ERR_LIMIT, "%s unpacks to too much: is the file whole?", a->part_name);
	if (rc == -1)
		return err_set(e, ERR_INPUT, "%s is damaged near line %d", a->part_name,
		    xmlTextReaderGetParserLineNumber(a->xml));
	if (rc == 0)
		return 0;
	*type = xmlTextReaderNodeType(a->xml);
	if (*type == XML_READER_TYPE_DOCUMENT_TYPE || *type == XML_READER_TYPE_ENTITY_REFERENCE)
		return err_set(e, ERR_INPUT, "%s has a document type, which no spreadsheet has", a->part_name);
	*name = (const char *)xmlTextReaderConstLocalName(a->xml);
	if (*name == NULL)
		*name = "";
	return 1;
}

const char *
archive_attr(struct archive *a, const char *name)
{
	int rc = xmlTextReaderMoveToFirstAttribute(a->xml);

	a->attr[0] = '\0';
	for (; rc == 1; rc = xmlTextReaderMoveToNextAttribute(a->xml)) {
		const char *local = (const char *)xmlTextReaderConstLocalName(a->xml);

		if (local != NULL && strcmp(local, name) == 0) {
			const char *value = (const char *)xmlTextReaderConstValue(a->xml);

			text_clip(a->attr, sizeof a->attr, value == NULL ? "" : value);
			break;
		}
	}
	xmlTextReaderMoveToElement(a->xml);
	return a->attr;
}

int
archive_attr_int(struct archive *a, const char *name, int fallback)
{
	const char *s = archive_attr(a, name);
	long n;
	char *end;

	if (*s < '0' || *s > '9' || strlen(s) > 8)
		return fallback;
	n = strtol(s, &end, 10);
	return *end == '\0' ? (int)n : fallback;
}

int
archive_is_empty(struct archive *a)
{
	return xmlTextReaderIsEmptyElement(a->xml) == 1;
}

struct span
archive_text(struct archive *a)
{
	return span_str((const char *)xmlTextReaderConstValue(a->xml));
}
