/* SPDX-License-Identifier: AGPL-3.0-or-later
 * geojson.c - RFC 7946: one feature a record, its content as properties; no position is a null geometry. */
#include "node/forms/forms.h"
#include "proto/canon.h"

int
geojson_begin(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "{\"type\":\"FeatureCollection\",\"name\":", e) == -1 ||
	    form_json_string(f->out, f->title, e) == -1 ? -1 : buf_adds(f->out, ",\"features\":[", e);
}

static int
add_properties(struct forming *f, const struct record *r, struct err *e)
{
	struct canon_iter it;
	struct span key, value;

	canon_object(r->content, &it);
	while (canon_next(&it, &key, &value)) {
		if (span_is(key, "lat_e7") || span_is(key, "lon_e7"))
			continue;
		if (buf_addf(f->out, e, ",\"%.*s\":", (int)key.len, key.ptr) == -1 ||
		    buf_addspan(f->out, value, e) == -1)
			return -1;
	}
	return 0;
}

int
geojson_row(struct forming *f, const struct record *r, struct err *e)
{
	char lat[16], lon[16], updated[21];

	timestamp_format(r->updated, updated);
	if (buf_addf(f->out, e, "%s\n{\"type\":\"Feature\",\"id\":\"%.*s/%.*s/%.*s\",\"geometry\":",
	    f->count == 0 ? "" : ",", (int)r->author.len, r->author.ptr, (int)r->kind_name.len,
	    r->kind_name.ptr, (int)r->rid.len, r->rid.ptr) == -1)
		return -1;
	if (form_degrees(r, "lat_e7", lat) && form_degrees(r, "lon_e7", lon)) {
		if (buf_addf(f->out, e, "{\"type\":\"Point\",\"coordinates\":[%s,%s]}", lon, lat) == -1)
			return -1;
	} else if (buf_adds(f->out, "null", e) == -1)
		return -1;
	if (buf_addf(f->out, e, ",\"properties\":{\"kind\":\"%.*s\",\"page\":\"", (int)r->kind_name.len,
	    r->kind_name.ptr) == -1 || form_page(f, r, e) == -1 ||
	    buf_addf(f->out, e, "\",\"updated\":\"%s\",\"lang\":\"%.*s\",\"license\":\"%.*s\"", updated,
	    (int)r->lang.len, r->lang.ptr, (int)r->license.len, r->license.ptr) == -1 ||
	    add_properties(f, r, e) == -1)
		return -1;
	return buf_adds(f->out, "}}", e);
}

int
geojson_end(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "\n]}\n", e);
}
