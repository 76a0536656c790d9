/* SPDX-License-Identifier: AGPL-3.0-or-later
 * input.c - the table of formats, and files of which the beginning was looked at; see import.h. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/import/import.h"

const struct import_format import_format[] = {
	{ .name = "geojson", .summary = "GeoJSON, uMap: points, lines and polygons with free properties",
	  .recognise = geojson_recognise, .read = geojson_read },
	{ .name = "csv", .summary = "a table: CSV or TSV with any separator",
	  .recognise = csv_recognise, .read = csv_read },
	{ .name = "xlsx", .summary = "a spreadsheet of Excel: the first sheet",
	  .recognise = xlsx_recognise, .read = xlsx_read },
	{ .name = "ods", .summary = "a spreadsheet of LibreOffice: the first sheet",
	  .recognise = ods_recognise, .read = ods_read },
	{ .name = "mednum", .summary = "places of médiation numérique, the French public schema, as CSV",
	  .recognise = mednum_recognise, .read = csv_read, .mapping = mednum_mapping },
	{ .name = "gogocarto", .summary = "GoGoCarto and Transiscope: /api/elements.json, full, compact or sync",
	  .recognise = gogocarto_recognise, .read = gogocarto_read },
	{ .name = "yeswiki", .summary = "a YesWiki form's entries: JSON, GeoJSON or CSV",
	  .recognise = yeswiki_recognise, .read = yeswiki_read },
	{ .name = "ical", .summary = "a calendar: iCal, the events of .ics files",
	  .recognise = ical_recognise, .read = ical_read },
	{ .name = "feed", .summary = "RSS (SPIP) or Atom: articles for the library",
	  .recognise = rss_recognise, .read = rss_read, .latest = 1 },
	{ .name = "murmurations", .summary = "Murmurations: profiles of organisations, offers and wants, or an index",
	  .recognise = murmurations_recognise, .read = murmurations_read, .since = "last_updated",
	  .since_path = "/nodes" },
	{ .name = "jsonld", .summary = "JSON-LD: schema.org's things, Mobilizon's events",
	  .recognise = jsonld_recognise, .read = jsonld_read },
	{ .name = "semapps", .summary = "SemApps: an LDP container of things described with PAIR",
	  .recognise = semapps_recognise, .read = semapps_read },
	{ .name = "openfairdb", .summary = "OpenFairDB (Kartevonmorgen): entries as JSON or CSV",
	  .recognise = openfairdb_recognise, .read = openfairdb_read },
};
const size_t import_format_count = sizeof import_format / sizeof import_format[0];

int
import_input_init(struct import_input *in, FILE *file, const char *name, struct err *e)
{
	in->file = file;
	in->name = name == NULL ? "" : name;
	in->labels = NULL;
	in->head_used = 0;
	in->head_len = fread(in->head, 1, sizeof in->head, file);
	if (ferror(file))
		return err_set(e, ERR_IO, "cannot be read: %s", strerror(errno));
	in->after_head = ftello(file);
	return 0;
}

int
import_input_rewind(struct import_input *in)
{
	if (in->after_head == -1 || fseeko(in->file, in->after_head, SEEK_SET) == -1)
		return 0;
	in->head_used = 0;
	return 1;
}

struct span
import_input_head(const struct import_input *in)
{
	return (struct span){ in->head, in->head_len };
}

struct span
import_input_text(const struct import_input *in)
{
	struct span s = import_input_head(in);

	if (s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0) {
		s.ptr += 3;
		s.len -= 3;
	}
	return span_trim(s);
}

int
import_input_is_named(const struct import_input *in, const char *ending)
{
	size_t len = strcspn(in->name, "?#"), n = strlen(ending);

	return len > n && strncasecmp(in->name + len - n, ending, n) == 0;
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

int
import_input_all(struct import_input *in, struct buf *out, struct err *e)
{
	char chunk[16384];
	long n;

	while ((n = import_input_read(in, chunk, sizeof chunk, e)) > 0)
		if (buf_add(out, chunk, (size_t)n, e) == -1)
			return e->code == ERR_LIMIT ? err_set(e, ERR_LIMIT, "the file is larger than %zu MiB", out->max >> 20)
			    : -1;
	return n == -1 ? -1 : 0;
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
import_format_guess(const struct import_input *in, const struct import_format **out, struct err *e)
{
	struct span head = import_input_head(in);
	int best = SURE_NOT;
	size_t i;

	if (head.len == 0)
		return err_set(e, ERR_INPUT, "the file is empty: nothing was imported");
	for (i = 0; i < import_format_count; i++) {
		int sure = import_format[i].recognise(in);

		if (sure > best) {
			best = sure;
			*out = &import_format[i];
		}
	}
	if (best > SURE_NOT)
		return 0;
	if (begins(head, "PK\3\4", 4))
		return err_set(e, ERR_INPUT, "the file is an archive of something else than a spreadsheet; save the sheet as "
		    "CSV, .ods or .xlsx");
	if (begins(head, "\xd0\xcf\x11\xe0", 4))
		return err_set(e, ERR_INPUT, "the file is an old or protected spreadsheet; save it as .ods, .xlsx or CSV");
	if (memchr(head.ptr, '\0', head.len) != NULL)
		return err_set(e, ERR_INPUT, "the file is not text; if it is UTF-16, save it as UTF-8");
	return err_set(e, ERR_INPUT, "the format is not recognised; name it with --format");
}

int
import_choose(const char *name, const struct import_input *in, const struct import_format **out, struct err *e)
{
	if (name == NULL)
		return import_format_guess(in, out, e);
	if ((*out = import_format_find(name)) == NULL)
		return err_set(e, ERR_USAGE, "there is no format '%s'; 'essaim help import' lists them", name);
	return 0;
}

int
import_is_utf8(struct span s)
{
	size_t n;

	for (; s.len > 0; s.ptr += n, s.len -= n)
		if ((n = utf8_length(s)) == 0)
			return 0;
	return 1;
}
