/* SPDX-License-Identifier: AGPL-3.0-or-later
 * murmurations.c - organisations, offers and needs as profiles that a Murmurations index takes.
 *
 * A profile stands alone at its own address; a list of them also names each one's address.  What the schema has no
 * word for (practices, axes) goes into its tags.
 */
#include <string.h>

#include "node/forms/forms.h"
#include "node/web/locale.h"
#include "proto/canon.h"

#define DAY_S 86400

int
murmurations_begin(struct forming *f, struct err *e)
{
	return f->single ? 0 : buf_addc(f->out, '[', e);
}

static int
add_raw(struct forming *f, const struct record *r, const char *field, const char *property, struct err *e)
{
	struct span v;

	if (!canon_get(r->content, field, &v))
		return 0;
	return buf_addf(f->out, e, ",\"%s\":", property) == -1 ? -1 : buf_addspan(f->out, v, e);
}

/* The record's own tags, and what its practices are called. */
static int
add_tags(struct forming *f, const struct record *r, struct err *e)
{
	struct canon_iter it;
	struct span list, item;
	size_t n = 0;

	if (buf_adds(f->out, ",\"tags\":[", e) == -1)
		return -1;
	if (canon_get(r->content, "tags", &list))
		for (canon_array(list, &it); canon_item(&it, &item); n++)
			if ((n > 0 && buf_addc(f->out, ',', e) == -1) || buf_addspan(f->out, item, e) == -1)
				return -1;
	if (canon_get(r->content, "practices", &list))
		for (canon_array(list, &it); canon_item(&it, &item); n++) {
			buf_reset(&f->scratch);
			if (canon_string(item, &f->scratch, e) == -1 || (n > 0 && buf_addc(f->out, ',', e) == -1) ||
			    form_json_string(f->out, text_label(LANG_FR, "practice_", f->scratch.ptr), e) == -1)
				return -1;
		}
	return buf_addc(f->out, ']', e);
}

static int
add_place(struct forming *f, const struct record *r, struct err *e)
{
	static const struct { const char *field, *after; } part[] = {
		{ "street", ", " }, { "postcode", " " }, { "commune", ", " },
	};
	char lat[16], lon[16];
	struct buf text = BUF_INIT(4096);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof part / sizeof part[0]; i++)
		if (form_text(f, r, part[i].field))
			rc = buf_addf(&text, e, "%s%s", f->scratch.ptr, part[i].after);
	if (rc == 0 && text.len > 0 && (buf_adds(&text, "France", e) == -1 ||
	    buf_adds(f->out, ",\"full_address\":", e) == -1 || form_json_string(f->out, text.ptr, e) == -1))
		rc = -1;
	buf_clear(&text);
	if (rc == 0)
		rc = add_raw(f, r, "commune", "locality", e);
	if (rc == 0 && form_degrees(r, "lat_e7", lat) && form_degrees(r, "lon_e7", lon))
		rc = buf_addf(f->out, e, ",\"geolocation\":{\"lat\":%s,\"lon\":%s}", lat, lon);
	return rc == -1 ? -1 : buf_adds(f->out, ",\"country_iso_3166\":\"FR\",\"geographic_scope\":\"local\"", e);
}

/* Those who publish no other way are reached by the record's own page. */
static int
add_contact(struct forming *f, const struct record *r, struct err *e)
{
	struct span form;

	if (buf_adds(f->out, ",\"contact_details\":{\"contact_form\":", e) == -1)
		return -1;
	if (canon_get(r->content, "contact_form", &form) ? buf_addspan(f->out, form, e) == -1 :
	    buf_addc(f->out, '"', e) == -1 || form_page(f, r, e) == -1 || buf_addc(f->out, '"', e) == -1)
		return -1;
	return add_raw(f, r, "email", "email", e) == -1 ? -1 : buf_addc(f->out, '}', e);
}

static int
add_links(struct forming *f, const struct record *r, struct err *e)
{
	struct canon_iter it;
	struct span list, item;
	size_t n = 0;

	if (!canon_get(r->content, "links", &list))
		return 0;
	if (buf_adds(f->out, ",\"urls\":[", e) == -1)
		return -1;
	for (canon_array(list, &it); canon_item(&it, &item); n++)
		if (buf_adds(f->out, n > 0 ? ",{\"name\":" : "{\"name\":", e) == -1 || buf_addspan(f->out, item, e) == -1 ||
		    buf_adds(f->out, ",\"url\":", e) == -1 || buf_addspan(f->out, item, e) == -1 ||
		    buf_addc(f->out, '}', e) == -1)
			return -1;
	return buf_addc(f->out, ']', e);
}

/* A day as Unix seconds; later_s: how long after its beginning. */
static int
add_day(struct forming *f, const struct record *r, const char *field, const char *property, int later_s, struct err *e)
{
	int64_t days;

	if (!form_text(f, r, field) || (days = date_days(f->scratch.ptr)) < 0)
		return 0;
	return buf_addf(f->out, e, ",\"%s\":%lld", property, (long long)(days * DAY_S + later_s));
}

static int
add_organisation(struct forming *f, const struct record *r, struct err *e)
{
	return add_raw(f, r, "name", "name", e) == -1 || add_raw(f, r, "summary", "mission", e) == -1 ||
	    add_raw(f, r, "description", "description", e) == -1 || add_raw(f, r, "website", "primary_url", e) == -1 ||
	    add_raw(f, r, "phone", "telephone", e) == -1 || add_day(f, r, "since", "starts_at", 0, e) == -1 ||
	    buf_adds(f->out, ",\"status\":\"active\"", e) == -1 ? -1 : add_links(f, r, e);
}

/* The schema's four ways of settling; what is bartered or to be agreed on it has no word for. */
static int
add_terms(struct forming *f, const struct record *r, struct err *e)
{
	static const struct { const char *key, *type; unsigned bit; } way[] = {
		{ "gift", "receive-donate", 1 }, { "volunteering", "receive-donate", 1 }, { "free-price", "receive-donate", 1 },
		{ "loan", "borrow-lend", 2 }, { "rent", "rent-lease", 4 }, { "sale", "buy-sell", 8 },
		{ "local-currency", "buy-sell", 8 },
	};
	struct canon_iter it;
	struct span list, item, key;
	unsigned said = 0;
	size_t i;

	if (!canon_get(r->content, "terms", &list))
		return 0;
	for (canon_array(list, &it); canon_item(&it, &item);)
		for (i = 0; canon_plain(item, &key) && i < sizeof way / sizeof way[0]; i++) {
			if (!span_is(key, way[i].key) || (said & way[i].bit) != 0)
				continue;
			if (buf_addf(f->out, e, "%s\"%s\"", said == 0 ? ",\"transaction_type\":[" : ",", way[i].type) == -1)
				return -1;
			said |= way[i].bit;
		}
	return said == 0 ? 0 : buf_addc(f->out, ']', e);
}

static int
add_exchange(struct forming *f, const struct record *r, struct err *e)
{
	int good = form_text(f, r, "item_type") && strcmp(f->scratch.ptr, "good") == 0;
	const char *said = form_text(f, r, "description") ? "description" : form_text(f, r, "summary") ? "summary" : "name";

	return buf_addf(f->out, e, ",\"exchange_type\":\"%s\",\"item_type\":\"%s\"", r->kind == KIND_NEED ? "want" : "offer",
	    good ? "good" : "service") == -1 || add_raw(f, r, "name", "title", e) == -1 ||
	    add_raw(f, r, said, "description", e) == -1 || add_terms(f, r, e) == -1 ||
	    buf_adds(f->out, ",\"details_url\":\"", e) == -1 || form_page(f, r, e) == -1 ||
	    buf_addc(f->out, '"', e) == -1 ? -1 : add_day(f, r, "until", "expires_at", DAY_S - 1, e);
}

/* The address of a record's profile. */
static int
murmurations_address(struct forming *f, const struct record *r, struct err *e)
{
	return buf_addf(f->out, e, "%s/api/murmurations/%.*s/%.*s/%.*s", f->base, (int)r->author.len, r->author.ptr,
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len, r->rid.ptr);
}

int
murmurations_line(struct forming *f, const struct record *r, struct err *e)
{
	return murmurations_address(f, r, e) == -1 ? -1 : buf_addc(f->out, '\n', e);
}

int
murmurations_row(struct forming *f, const struct record *r, struct err *e)
{
	int organisation = r->kind == KIND_ORGANISATION;

	if (!f->single && f->count > 0 && buf_addc(f->out, ',', e) == -1)
		return -1;
	if (buf_addf(f->out, e, "%s{\"linked_schemas\":[\"%s\"]", f->single ? "" : "\n", organisation
	    ? "organizations_schema-v1.0.0" : "offers_wants_schema-v0.1.0") == -1)
		return -1;
	if (!f->single && (buf_adds(f->out, ",\"profile_url\":\"", e) == -1 || murmurations_address(f, r, e) == -1 ||
	    buf_addc(f->out, '"', e) == -1))
		return -1;
	if ((organisation ? add_organisation(f, r, e) : add_exchange(f, r, e)) == -1 || add_tags(f, r, e) == -1 ||
	    add_place(f, r, e) == -1 || add_contact(f, r, e) == -1)
		return -1;
	return buf_addc(f->out, '}', e);
}

int
murmurations_end(struct forming *f, struct err *e)
{
	return buf_adds(f->out, f->single ? "\n" : "\n]\n", e);
}
