/* SPDX-License-Identifier: AGPL-3.0-or-later
 * input.c - the table of formats, and files of which the beginning was looked at; see import.h. */
#include <errno.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/import.h"

const struct import_format import_format[] = {
	{ "geojson", "GeoJSON, uMap: points, lines and polygons with free properties", geojson_recognise,
	  geojson_read },
	{ "csv", "a table: CSV with commas, semicolons or tabs", csv_recognise, csv_read },
};
const size_t import_format_count = sizeof import_format / sizeof import_format[0];

int
import_input_init(struct import_input *in, FILE *file, struct err *e)
{
	in->file = file;
	in->head_used = 0;
	in->head_len = fread(in->head, 1, sizeof in->head, file);
	if (ferror(file))
		return err_set(e, ERR_IO, "cannot be read: %s", strerror(errno));
	return 0;
}

struct span
import_input_head(const struct import_input *in)
{
	return (struct span){ in->head, in->head_len };
}

long
import_input_read(struct import_input *in, char *out, size_t room, struct err *e)
{
	size_t n = in->head_len - in->head_used;

	if (n > 0) {
		n = n < room ? n : room;
		memcpy(out, in->head + in->head_used, n);
		in->head_used += n;
		return (long)n;
	}
	n = fread(out, 1, room, in->file);
	if (n == 0 && ferror(in->file))
		return err_set(e, ERR_IO, "cannot be read: %s", strerror(errno));
	return (long)n;
}

const struct import_format *
import_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < import_format_count; i++)
		if (strcmp(import_format[i].name, name) == 0)
			return &import_format[i];
	return NULL;
}

static int
begins(struct span head, const char *magic, size_t len)
{
	return head.len >= len && memcmp(head.ptr, magic, len) == 0;
}

int
import_format_guess(struct span head, const struct import_format **out, struct err *e)
{
	size_t i;

	if (head.len == 0)
		return err_set(e, ERR_INPUT, "the file is empty: nothing was imported");
	if (begins(head, "\xff\xfe", 2) || begins(head, "\xfe\xff", 2))
		return err_set(e, ERR_INPUT, "the file is in UTF-16; save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")");
	if (begins(head, "PK\3\4", 4))
		return err_set(e, ERR_INPUT, "the file is a spreadsheet or an archive; save the sheet as CSV");
	if (memchr(head.ptr, '\0', head.len) != NULL)
		return err_set(e, ERR_INPUT, "the file is not text; if it is UTF-16, save it as UTF-8");
	for (i = 0; i < import_format_count; i++)
		if (import_format[i].recognise(head)) {
			*out = &import_format[i];
			return 0;
		}
	return err_set(e, ERR_INPUT, "the format is not recognised; name it with --format");
}
