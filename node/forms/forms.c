/* SPDX-License-Identifier: AGPL-3.0-or-later
 * forms.c - the table of forms and what they share; see forms.h. */
#include "node/forms/forms.h"

#include <stdio.h>
#include <string.h>

#include "node/http/response.h"
#include "proto/canon.h"

#define SCRATCH_BYTES_MAX (64 * 1024)

static int
nothing(struct forming *f, struct err *e)
{
	(void)f, (void)e;
	return 0;
}

static int
ndjson_row(struct forming *f, const struct record *r, struct err *e)
{
	return buf_addspan(f->out, r->line, e) == -1 ? -1 : buf_addc(f->out, '\n', e);
}

#define BIT(k) (1u << (k))
/* What has a place on a map, and is no list of places itself. */
#define MAPPED (BIT(KIND_INITIATIVE) | BIT(KIND_ORGANISATION) | BIT(KIND_PLACE) | BIT(KIND_OFFER) | BIT(KIND_NEED) | \
	BIT(KIND_EVENT) | BIT(KIND_RESOURCE))

const struct form form_table[] = {
	{ "ndjson", "application/x-ndjson", "NDJSON", 0, nothing, ndjson_row, nothing },
	{ "csv", "text/csv; charset=utf-8", "CSV", 0, csv_begin, csv_row, nothing },
	{ "geojson", "application/geo+json", "GeoJSON", 0, geojson_begin, geojson_row, geojson_end },
	{ "jsonld", "application/ld+json", "JSON-LD", 0, jsonld_begin, jsonld_row, jsonld_end },
	{ "atom", "application/atom+xml; charset=utf-8", "Atom", 0, atom_begin, atom_row, atom_end },
	{ "ics", "text/calendar; charset=utf-8", "iCalendar", BIT(KIND_EVENT), ical_begin, ical_row, ical_end },
	{ "gogofull", "application/json", "GoGoCarto", MAPPED, gogo_begin, gogofull_row, gogo_end },
	{ "gogocompact", "application/json", "GoGoCarto", MAPPED, gogo_begin, gogocompact_row, gogo_end },
	{ "gogosync", "application/json", "GoGoCarto", MAPPED, gogo_begin, gogosync_row, gogo_end },
	{ "murmurations", "application/json", "Murmurations", BIT(KIND_ORGANISATION) | BIT(KIND_OFFER) | BIT(KIND_NEED),
	    murmurations_begin, murmurations_row, murmurations_end },
	{ "murmurations-addresses", "text/plain; charset=utf-8", "Murmurations",
	    BIT(KIND_ORGANISATION) | BIT(KIND_OFFER) | BIT(KIND_NEED), nothing, murmurations_line, nothing },
};
const size_t form_count = sizeof form_table / sizeof form_table[0];

const struct form *
form_find(const char *name)
{
	size_t i;

	for (i = 0; i < form_count; i++)
		if (strcmp(form_table[i].name, name) == 0)
			return &form_table[i];
	return NULL;
}

int
form_begin(struct forming *f, struct err *e)
{
	f->scratch = (struct buf)BUF_INIT(SCRATCH_BYTES_MAX);
	f->count = 0;
	return f->form->begin(f, e);
}

int
form_row(struct forming *f, const struct record *r, struct err *e)
{
	int rc;

	if (r->deleted || r->kind == KIND_UNKNOWN || (kind_info(r->kind)->flags & KIND_CONTENT) == 0 ||
	    (f->form->kinds != 0 && (f->form->kinds & 1u << r->kind) == 0))
		return 0;
	rc = f->form->row(f, r, e);
	f->count += rc == 0;
	return rc == -1 ? -1 : 0;
}

int
form_end(struct forming *f, struct err *e)
{
	int rc = f->form->end(f, e);

	form_clear(f);
	return rc;
}

void
form_clear(struct forming *f)
{
	buf_clear(&f->scratch);
}

int
form_text(struct forming *f, const struct record *r, const char *field)
{
	struct err ignored;
	struct span v;

	buf_reset(&f->scratch);
	return canon_get(r->content, field, &v) && canon_is_string(v) &&
	    canon_string(v, &f->scratch, &ignored) == 0 && f->scratch.len > 0;
}

int
form_page(struct forming *f, const struct record *r, struct err *e)
{
	return buf_addf(f->out, e, "%s/i/%.*s/%.*s/%.*s", f->base, (int)r->author.len, r->author.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr);
}

int
form_degrees(const struct record *r, const char *field, char out[16])
{
	struct span v;
	int64_t n;

	if (!canon_get(r->content, field, &v) || !canon_int(v, &n) || n > 1800000000 || n < -1800000000)
		return 0;
	snprintf(out, 16, "%s%d.%07d", n < 0 ? "-" : "", (int)(n < 0 ? -n : n) / 10000000,
	    (int)(n < 0 ? -n : n) % 10000000);
	return 1;
}

int
form_json_string(struct buf *out, const char *s, struct err *e)
{
	return buf_addc(out, '"', e) == -1 || response_json_text(out, s, e) == -1 ? -1 : buf_addc(out, '"', e);
}
