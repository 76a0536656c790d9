/* SPDX-License-Identifier: AGPL-3.0-or-later
 * filter.c - holds rows against a query; see filter.h. */
#include "node/search/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/search/search_impl.h"
#include "proto/err.h"

#define EARTH_M 6371009.0
#define E7_MAX_LAT 900000000
#define E7_MAX_LON 1800000000
#define COMMUNE_BYTES_MAX 128
#define DAY_MIN (24 * 60)

static double
radians(int32_t e7)
{
	return (double)e7 * 1e-7 * (3.14159265358979323846 / 180);
}

/* --- names ------------------------------------------------------------------------------------- */

typedef int accept_fn(const struct columns *c, const struct name *n, struct span asked);

static int
accept_key(const struct columns *c, const struct name *n, struct span asked)
{
	(void)c;
	return span_is(asked, n->key);
}

/* A practice, or one below it. */
static int
accept_practice(const struct columns *c, const struct name *n, struct span asked)
{
	return span_is(asked, n->key) ||
	    (n->parent != 0 && span_is(asked, names_key(c, NAME_PRACTICE, n->parent)));
}

/* "fr" accepts "fr-FR". */
static int
accept_lang(const struct columns *c, const struct name *n, struct span asked)
{
	(void)c;
	return strlen(n->key) >= asked.len && memcmp(n->key, asked.ptr, asked.len) == 0 &&
	    (n->key[asked.len] == '\0' || n->key[asked.len] == '-');
}

/* A code, or a name however it is accented (asked is folded; codes are their own folded form but for
 * Corsica's capitals). */
static int
accept_commune(const struct columns *c, const struct name *n, struct span asked)
{
	char have[COMMUNE_BYTES_MAX];

	(void)c;
	if (strlen(n->key) == asked.len && strncasecmp(asked.ptr, n->key, asked.len) == 0)
		return 1;
	return token_fold(span_str(n->label), have, sizeof have) == asked.len &&
	    memcmp(asked.ptr, have, asked.len) == 0;
}

static int
want(const struct columns *c, enum name_sort sort, struct span asked, accept_fn *accept,
    struct arena *a, struct wanted *out, struct err *e)
{
	const struct names *n = &c->names[sort];
	uint32_t i;

	if (asked.len == 0)
		return 0;
	out->count = n->count > 0 ? n->count : 1;
	out->ok = arena_alloc(a, out->count);
	if (out->ok == NULL)
		return err_memory(e);
	for (i = 1; i < n->count; i++)
		out->ok[i] = n->name[i].key != NULL && accept(c, &n->name[i], asked);
	return 0;
}

static int
want_commune(const struct columns *c, struct span asked, struct arena *a, struct wanted *out, struct err *e)
{
	char folded[COMMUNE_BYTES_MAX];
	struct span name = { folded, token_fold(asked, folded, sizeof folded) };

	/* nothing but punctuation is no commune's name: none is wanted */
	if (asked.len > 0 && name.len == 0)
		name = SPAN("?");
	return want(c, NAME_COMMUNE, name, accept_commune, a, out, e);
}

static int
is_wanted(const struct wanted *w, uint32_t id)
{
	return w->ok == NULL || (id < w->count && w->ok[id]);
}

/* --- making ------------------------------------------------------------------------------------ */

static int32_t
date_or(struct span text, int end_of_day, int32_t otherwise)
{
	int32_t minute;
	int has_time;

	if (!minute_parse(text, &minute, &has_time))
		return otherwise;
	return end_of_day && !has_time ? minute + DAY_MIN - 1 : minute;
}

static int32_t
clamp(double e7, int32_t most)
{
	return e7 > most ? most : e7 < -most ? -most : (int32_t)e7;
}

/* The box around the circle, widened a little; near a pole every longitude is inside. */
static void
box_around(const struct search_query *q, struct filter *f)
{
	double degrees = (double)q->within_m / EARTH_M * (180 / 3.14159265358979323846) * 1.001 + 1e-6;
	double shrink = cos(radians(q->lat_e7)) - degrees * 0.02;
	double wide = shrink < 0.01 ? 360 : degrees / shrink;

	f->boxed = 1;
	f->south = clamp(q->lat_e7 - degrees * 1e7, E7_MAX_LAT);
	f->north = clamp(q->lat_e7 + degrees * 1e7, E7_MAX_LAT);
	f->west = clamp(q->lon_e7 - wide * 1e7, E7_MAX_LON);
	f->east = clamp(q->lon_e7 + wide * 1e7, E7_MAX_LON);
	if (q->lon_e7 - wide * 1e7 < -E7_MAX_LON || q->lon_e7 + wide * 1e7 > E7_MAX_LON) {
		f->west = -E7_MAX_LON;
		f->east = E7_MAX_LON;
	}
}

int
filter_make(const struct search_query *q, const struct columns *c, struct arena *a, struct filter *out,
    struct err *e)
{
	*out = (struct filter){
		.q = q,
		.today = search_day(q->now_s),
		.from_min = date_or(q->from, 0, INT32_MIN),
		.to_min = date_or(q->to, 1, INT32_MAX),
		.lat = radians(q->lat_e7),
		.lon = radians(q->lon_e7),
		.cos_lat = cos(radians(q->lat_e7)),
	};
	if (q->boxed) {
		out->boxed = 1;
		out->south = q->south;
		out->west = q->west;
		out->north = q->north;
		out->east = q->east;
	} else if (q->near && q->within_m > 0) {
		box_around(q, out);
	}
	if (want(c, NAME_AUTHOR, q->author, accept_key, a, &out->author, e) == -1 ||
	    want_commune(c, q->commune, a, &out->commune, e) == -1 ||
	    want(c, NAME_PRACTICE, q->practice, accept_practice, a, &out->practice, e) == -1 ||
	    want(c, NAME_TYPE, q->type, accept_key, a, &out->type, e) == -1 ||
	    want(c, NAME_LANG, q->lang, accept_lang, a, &out->lang, e) == -1)
		return -1;
	out->is_free = (q->kinds | q->axes | q->access | q->status | q->terms) == 0 &&
	    out->author.ok == NULL && out->commune.ok == NULL && out->practice.ok == NULL &&
	    out->type.ok == NULL && out->lang.ok == NULL;
	return 0;
}

/* --- holding ----------------------------------------------------------------------------------- */

static int
in_box(const struct filter *f, const struct column *row)
{
	if (row->lat_e7 == NO_POSITION || row->lat_e7 < f->south || row->lat_e7 > f->north)
		return 0;
	if (f->west <= f->east)
		return row->lon_e7 >= f->west && row->lon_e7 <= f->east;
	return row->lon_e7 >= f->west || row->lon_e7 <= f->east;
}

double
filter_distance(const struct filter *f, const struct column *row)
{
	double lat, dlat, dlon, h;

	if (row->lat_e7 == NO_POSITION)
		return -1;
	lat = radians(row->lat_e7);
	dlat = sin((lat - f->lat) / 2);
	dlon = sin((radians(row->lon_e7) - f->lon) / 2);
	h = dlat * dlat + f->cos_lat * cos(lat) * dlon * dlon;
	return 2 * EARTH_M * asin(h < 1 ? sqrt(h) : 1);
}

int
filter_holds(const struct filter *f, const struct column *row)
{
	const struct search_query *q = f->q;

	if (row->kind == KIND_UNKNOWN)
		return 0;
	if (row->lapse_day <= f->today && !(row->flags & COLUMN_OWN))
		return 0;
	if (q->without_examples && (row->flags & COLUMN_EXAMPLE))
		return 0;
	if (row->from_min > f->to_min || row->to_min < f->from_min)
		return 0;
	if (q->upcoming && row->to_min / DAY_MIN < f->today)
		return 0;
	if (f->boxed && !in_box(f, row))
		return 0;
	return !q->near || q->within_m == 0 ||
	    (row->lat_e7 != NO_POSITION && filter_distance(f, row) <= q->within_m);
}

static int
has_practice(const struct wanted *w, const struct column *row)
{
	unsigned i;

	if (w->ok == NULL)
		return 1;
	for (i = 0; i < row->practices; i++)
		if (is_wanted(w, row->practice[i]))
			return 1;
	return 0;
}

static unsigned
bit_unless(int holds, enum search_facet facet)
{
	return holds ? 0 : 1u << facet;
}

unsigned
filter_missed(const struct filter *f, const struct column *row)
{
	const struct search_query *q = f->q;
	uint32_t status = row->status >= 0 ? UINT32_C(1) << row->status : 0;

	if (f->is_free)
		return 0;
	return bit_unless(q->kinds == 0 || q->kinds >> row->kind & 1, FACET_KIND) |
	    bit_unless(q->axes == 0 || (q->axes & row->axes), FACET_AXIS) |
	    bit_unless(has_practice(&f->practice, row), FACET_PRACTICE) |
	    bit_unless(q->access == 0 || (q->access & row->access), FACET_ACCESS) |
	    bit_unless(q->status == 0 || (q->status & status), FACET_STATUS) |
	    bit_unless(q->terms == 0 || (q->terms & row->terms), FACET_TERMS) |
	    bit_unless(is_wanted(&f->type, row->type), FACET_TYPE) |
	    bit_unless(is_wanted(&f->author, row->author), FACET_AUTHOR) |
	    bit_unless(is_wanted(&f->commune, row->commune), FACET_COMMUNE) |
	    bit_unless(is_wanted(&f->lang, row->lang), FACET_LANG);
}
