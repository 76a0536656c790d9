/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jsonld.c - schema.org, as search engines and directories read it. */
#include <string.h>

#include "node/forms/forms.h"
#include "proto/canon.h"

static const char *const type_of[KIND__COUNT] = {
	[KIND_TERRITORY] = "AdministrativeArea", [KIND_INITIATIVE] = "Project",
	[KIND_ORGANISATION] = "Organization", [KIND_PLACE] = "Place", [KIND_OFFER] = "Offer",
	[KIND_NEED] = "Demand", [KIND_EVENT] = "Event", [KIND_DOCUMENT] = "CreativeWork",
	[KIND_SYNTHESIS] = "Report", [KIND_QUESTION] = "Question", [KIND_RESOURCE] = "Product",
	[KIND_PRACTICE] = "DefinedTerm",
};

/* Members whose text goes over as it is. */
static const struct { const char *field, *property; } plain[] = {
	{ "name", "name" }, { "summary", "description" }, { "email", "email" }, { "phone", "telephone" },
	{ "hours", "openingHours" }, { "starts", "startDate" }, { "ends", "endDate" },
	{ "since", "foundingDate" }, { "until", "validThrough" }, { "published", "datePublished" },
	{ "tags", "keywords" },
};

static const struct { const char *field, *property; } address[] = {
	{ "street", "streetAddress" }, { "postcode", "postalCode" }, { "commune", "addressLocality" },
};

int
jsonld_begin(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "{\"@context\":\"https://schema.org\",\"@graph\":[", e);
}

static int
add_member(struct forming *f, const char *property, struct span value, struct err *e)
{
	return buf_addf(f->out, e, ",\"%s\":", property) == -1 ? -1 : buf_addspan(f->out, value, e);
}

static int
add_address(struct forming *f, const struct record *r, struct err *e)
{
	struct span v;
	int any = 0;

	for (size_t i = 0; i < sizeof address / sizeof address[0]; i++) {
		if (!canon_get(r->content, address[i].field, &v))
			continue;
		if (!any && buf_adds(f->out, ",\"address\":{\"@type\":\"PostalAddress\",\"addressCountry\":\"FR\"",
		    e) == -1)
			return -1;
		any = 1;
		if (add_member(f, address[i].property, v, e) == -1)
			return -1;
	}
	return any ? buf_addc(f->out, '}', e) : 0;
}

/* Only places and organisations have an address of their own; the rest take place at one. */
static int
add_where(struct forming *f, const struct record *r, struct err *e)
{
	int own = r->kind == KIND_PLACE || r->kind == KIND_ORGANISATION || r->kind == KIND_TERRITORY;
	char lat[16], lon[16];
	struct span v;
	int placed = form_degrees(r, "lat_e7", lat) && form_degrees(r, "lon_e7", lon);

	if (!placed && !canon_get(r->content, "commune", &v) && !canon_get(r->content, "street", &v))
		return 0;
	if (!own && buf_adds(f->out, ",\"location\":{\"@type\":\"Place\"", e) == -1)
		return -1;
	if (add_address(f, r, e) == -1)
		return -1;
	if (placed && buf_addf(f->out, e, ",\"geo\":{\"@type\":\"GeoCoordinates\",\"latitude\":%s,"
	    "\"longitude\":%s}", lat, lon) == -1)
		return -1;
	return own ? 0 : buf_addc(f->out, '}', e);
}

int
jsonld_row(struct forming *f, const struct record *r, struct err *e)
{
	char updated[21];
	struct span v;

	timestamp_format(r->updated, updated);
	if (buf_addf(f->out, e, "%s\n{\"@type\":\"%s\",\"@id\":\"", f->count == 0 ? "" : ",",
	    type_of[r->kind]) == -1 || form_page(f, r, e) == -1 ||
	    buf_addf(f->out, e, "\",\"identifier\":\"%.*s/%.*s/%.*s\",\"dateModified\":\"%s\","
	    "\"inLanguage\":\"%.*s\",\"license\":\"https://spdx.org/licenses/%.*s\"", (int)r->author.len,
	    r->author.ptr, (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr, updated,
	    (int)r->lang.len, r->lang.ptr, (int)r->license.len, r->license.ptr) == -1)
		return -1;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (canon_get(r->content, plain[i].field, &v) &&
		    add_member(f, plain[i].property, v, e) == -1)
			return -1;
	if ((canon_get(r->content, "website", &v) || canon_get(r->content, "url", &v)) &&
	    add_member(f, "url", v, e) == -1)
		return -1;
	return add_where(f, r, e) == -1 ? -1 : buf_addc(f->out, '}', e);
}

int
jsonld_end(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "\n]}\n", e);
}
