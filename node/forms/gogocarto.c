/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gogocarto.c - elements of a map as GoGoCarto answers them, so that its maps (Transiscope among them) can take a
 * node in as one more source.
 *
 * gogofull says all that the record says; gogocompact where it lies and of which categories; gogosync when it last
 * changed.  An element's id is the record's reference.  What has no position is no element.
 */
#include <stdio.h>
#include <string.h>

#include "node/forms/forms.h"
#include "node/web/locale.h"
#include "proto/canon.h"

#define STATUS_VALID 3		/* of an element: accepted by those who keep the map */

/* Members that GoGoCarto has a place of its own for, or a meaning of its own for their name. */
static const struct { const char *field, *as; } placed[] = {
	{ "name", NULL }, { "lat_e7", NULL }, { "lon_e7", NULL }, { "street", NULL }, { "postcode", NULL },
	{ "commune", NULL }, { "source_name", NULL }, { "status", "statut" },
};

static const struct { const char *field, *property; } address[] = {
	{ "street", "streetAddress" }, { "postcode", "postalCode" }, { "commune", "addressLocality" },
};

static const enum vocab_name tree[] = { VOCAB_AXIS, VOCAB_PRACTICE };

/* FNV-1a of "practice:shared-garden", kept to what every reader takes for a number. */
uint32_t
gogo_option(enum vocab_name vocab, struct span key)
{
	const char *name = vocab_get(vocab)->name;
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT32_C(16777619);
	h = (h ^ ':') * UINT32_C(16777619);
	for (i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)key.ptr[i]) * UINT32_C(16777619);
	return (h & 0x7fffffff) | 1;
}

int
gogo_begin(struct forming *f, struct err *e)
{
	f->licence[0] = '\0';
	return buf_addf(f->out, e, "{\"ontology\":\"%s\",\"data\":%s", f->form->name, f->single ? "" : "[");
}

/* One licence for all is said of the whole, several of each element only. */
static int
note_licence(struct forming *f, const struct record *r)
{
	if (f->count == 0)
		snprintf(f->licence, sizeof f->licence, "%.*s", (int)r->license.len, r->license.ptr);
	else if (!span_is(r->license, f->licence))
		f->licence[0] = '\0';
	return 0;
}

static int
open_element(struct forming *f, const struct record *r, char bracket, struct err *e)
{
	note_licence(f, r);
	return buf_addf(f->out, e, "%s%s%c%s\"%.*s/%.*s/%.*s\"", f->count == 0 ? "" : ",", f->single ? "" : "\n", bracket,
	    bracket == '{' ? "\"id\":" : "", (int)r->author.len, r->author.ptr, (int)r->kind_name.len, r->kind_name.ptr,
	    (int)r->rid.len, r->rid.ptr);
}

static int
has_position(const struct record *r, char lat[16], char lon[16])
{
	return form_degrees(r, "lat_e7", lat) && form_degrees(r, "lon_e7", lon);
}

/* The record's terms of both trees, each printed by one of the two below. */
static int
each_category(struct forming *f, const struct record *r, int (*print)(struct forming *, enum vocab_name, struct span,
    struct err *), struct err *e)
{
	static const char *const field[] = { "axes", "practices" };
	struct canon_iter it;
	struct span list, item, key;
	size_t i, n = 0;

	for (i = 0; i < 2; i++) {
		if (!canon_get(r->content, field[i], &list))
			continue;
		canon_array(list, &it);
		while (canon_item(&it, &item))
			if (canon_plain(item, &key) && ((n++ > 0 && buf_addc(f->out, ',', e) == -1) ||
			    print(f, tree[i], key, e) == -1))
				return -1;
	}
	return 0;
}

const char *
gogo_label(enum vocab_name vocab, const char *key)
{
	return text_label(LANG_FR, vocab == VOCAB_AXIS ? "axis_" : "practice_", key);
}

static int
print_name(struct forming *f, enum vocab_name vocab, struct span key, struct err *e)
{
	char text[64];

	snprintf(text, sizeof text, "%.*s", (int)key.len, key.ptr);
	return form_json_string(f->out, gogo_label(vocab, text), e);
}

static int
print_full(struct forming *f, enum vocab_name vocab, struct span key, struct err *e)
{
	if (buf_addf(f->out, e, "{\"id\":%lu,\"name\":", (unsigned long)gogo_option(vocab, key)) == -1 ||
	    print_name(f, vocab, key, e) == -1)
		return -1;
	return buf_adds(f->out, ",\"description\":null,\"index\":0}", e);
}

static int
print_number(struct forming *f, enum vocab_name vocab, struct span key, struct err *e)
{
	return buf_addf(f->out, e, "%lu", (unsigned long)gogo_option(vocab, key));
}

static int
add_address(struct forming *f, const struct record *r, struct err *e)
{
	struct span v;
	size_t i;

	if (buf_adds(f->out, ",\"address\":{", e) == -1)
		return -1;
	for (i = 0; i < sizeof address / sizeof address[0]; i++)
		if (canon_get(r->content, address[i].field, &v) &&
		    (buf_addf(f->out, e, "\"%s\":", address[i].property) == -1 || buf_addspan(f->out, v, e) == -1 ||
		    buf_addc(f->out, ',', e) == -1))
			return -1;
	return buf_adds(f->out, "\"addressCountry\":\"FR\"}", e);
}

/* All else that the record says, under its own names. */
static int
add_members(struct forming *f, const struct record *r, struct err *e)
{
	struct canon_iter it;
	struct span key, value;
	size_t i;

	canon_object(r->content, &it);
	while (canon_next(&it, &key, &value)) {
		for (i = 0; i < sizeof placed / sizeof placed[0] && !span_is(key, placed[i].field); i++)
			continue;
		if (i < sizeof placed / sizeof placed[0]) {
			if (placed[i].as == NULL)
				continue;
			key = span_str(placed[i].as);
		} else if (kind_field(r->kind, key) == NULL)
			continue;	/* of a newer version: a name that may mean something else to the map */
		if (buf_addf(f->out, e, ",\"%.*s\":", (int)key.len, key.ptr) == -1 || buf_addspan(f->out, value, e) == -1)
			return -1;
	}
	return 0;
}

/* --- hours ------------------------------------------------------------------------------------------ */

/* "Mo" to "Su" as 0 to 6, taken off the front; -1. */
static int
cut_day(struct span *s)
{
	static const char day[] = "MoTuWeThFrSaSu";
	int i;

	for (i = 0; s->len >= 2 && i < 7; i++)
		if (memcmp(s->ptr, day + 2 * i, 2) == 0) {
			s->ptr += 2;
			s->len -= 2;
			return i;
		}
	return -1;
}

/* "Mo-We,Sa" off the front as bits; 0: that is not what stands there. */
static unsigned
cut_days(struct span *s)
{
	unsigned days = 0;
	int from, to;

	do {
		if (days != 0) {
			s->ptr++;
			s->len--;
		}
		if ((from = to = cut_day(s)) == -1)
			return 0;
		if (s->len > 0 && s->ptr[0] == '-') {
			s->ptr++;
			s->len--;
			if ((to = cut_day(s)) < from)
				return 0;
		}
		for (; from <= to; from++)
			days |= 1u << from;
	} while (s->len > 0 && s->ptr[0] == ',');
	return days;
}

/* "09:00-12:00,14:00-18:00" */
static int
are_times(struct span s)
{
	static const char form[] = "dd:dd-dd:dd,";
	size_t i;

	for (i = 0; i < s.len; i++) {
		char want = form[i % 12];

		if (want == 'd' ? s.ptr[i] < '0' || s.ptr[i] > '9' : s.ptr[i] != want)
			return 0;
	}
	return s.len % 12 == 11;
}

/* Hours that say plainly which days ("Mo-Fr 09:00-12:00; Sa 10:00-12:00"); in other words they stay in "hours". */
static int
read_hours(struct span text, struct span of_day[7])
{
	while (text.len > 0) {
		struct span part = span_trim(span_cut(&text, ';'));
		unsigned days = cut_days(&part);
		int i;

		part = span_trim(part);
		if (days == 0 || !are_times(part))
			return 0;
		for (i = 0; i < 7; i++)
			if ((days & 1u << i) != 0)
				of_day[i] = part;
	}
	return 1;
}

static int
add_hours(struct forming *f, const struct record *r, struct err *e)
{
	static const char *const name[] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su" };
	struct span of_day[7] = { { NULL, 0 } };
	int i, any = 0;

	if (!form_text(f, r, "hours") || !read_hours(buf_span(&f->scratch), of_day))
		return 0;
	if (buf_adds(f->out, ",\"openHours\":{", e) == -1)
		return -1;
	for (i = 0; i < 7; i++)
		if (of_day[i].len > 0 && buf_addf(f->out, e, "%s\"%s\":\"%.*s\"", any++ > 0 ? "," : "", name[i],
		    (int)of_day[i].len, of_day[i].ptr) == -1)
			return -1;
	return buf_addc(f->out, '}', e);
}

/* --- elements ---------------------------------------------------------------------------------------- */

static int
add_categories(struct forming *f, const struct record *r, struct err *e)
{
	if (buf_adds(f->out, ",\"categories\":[", e) == -1 || each_category(f, r, print_name, e) == -1 ||
	    buf_adds(f->out, "],\"categoriesFull\":[", e) == -1 || each_category(f, r, print_full, e) == -1)
		return -1;
	return buf_addc(f->out, ']', e);
}

int
gogofull_row(struct forming *f, const struct record *r, struct err *e)
{
	char lat[16], lon[16], updated[21];
	struct span v;

	if (!has_position(r, lat, lon))
		return 1;
	timestamp_format(r->updated, updated);
	if (open_element(f, r, '{', e) == -1 || buf_adds(f->out, ",\"name\":", e) == -1 ||
	    (canon_get(r->content, "name", &v) ? buf_addspan(f->out, v, e) : buf_adds(f->out, "\"\"", e)) == -1 ||
	    buf_addf(f->out, e, ",\"geo\":{\"latitude\":%s,\"longitude\":%s}", lat, lon) == -1 ||
	    (canon_get(r->content, "source_name", &v) && (buf_adds(f->out, ",\"sourceKey\":", e) == -1 ||
	    buf_addspan(f->out, v, e) == -1)) || add_address(f, r, e) == -1 || add_members(f, r, e) == -1 ||
	    add_hours(f, r, e) == -1 || buf_addf(f->out, e, ",\"updatedAt\":\"%s\",\"status\":%d", updated,
	    STATUS_VALID) == -1 || add_categories(f, r, e) == -1 ||
	    buf_addf(f->out, e, ",\"kind\":\"%.*s\",\"lang\":\"%.*s\",\"license\":\"%.*s\",\"url\":\"",
	    (int)r->kind_name.len, r->kind_name.ptr, (int)r->lang.len, r->lang.ptr, (int)r->license.len,
	    r->license.ptr) == -1 || form_page(f, r, e) == -1)
		return -1;
	return buf_adds(f->out, "\"}", e);
}

int
gogocompact_row(struct forming *f, const struct record *r, struct err *e)
{
	char lat[16], lon[16];
	struct span v;

	if (!has_position(r, lat, lon))
		return 1;
	if (open_element(f, r, '[', e) == -1 || buf_adds(f->out, ",[", e) == -1 ||
	    (canon_get(r->content, "name", &v) ? buf_addspan(f->out, v, e) : buf_adds(f->out, "\"\"", e)) == -1 ||
	    buf_addf(f->out, e, "],%s,%s,[", lat, lon) == -1 || each_category(f, r, print_number, e) == -1)
		return -1;
	return buf_addf(f->out, e, "],%d]", STATUS_VALID);
}

int
gogosync_row(struct forming *f, const struct record *r, struct err *e)
{
	char lat[16], lon[16], updated[21];

	if (!has_position(r, lat, lon))
		return 1;
	timestamp_format(r->updated, updated);
	return open_element(f, r, '{', e) == -1 ? -1 : buf_addf(f->out, e, ",\"updatedAt\":\"%s\"}", updated);
}

int
gogo_end(struct forming *f, struct err *e)
{
	if (f->single && f->count == 0 && buf_adds(f->out, "null", e) == -1)
		return -1;
	if (buf_adds(f->out, f->single ? ",\"licence\":\"" : "\n],\"licence\":\"", e) == -1 ||
	    (f->licence[0] != '\0' && buf_addf(f->out, e, "https://spdx.org/licenses/%s", f->licence) == -1))
		return -1;
	return buf_adds(f->out, strcmp(f->form->name, "gogocompact") == 0
	    ? "\",\"mapping\":[\"id\",[\"name\"],\"latitude\",\"longitude\",\"status\",\"moderationState\"]}\n" : "\"}\n", e);
}
