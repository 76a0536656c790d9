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
#define BITS 32

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

static unsigned
bit_if(int holds, enum search_facet facet)
{
	return holds ? 1u << facet : 0;
}

int
filter_make(const struct search_query *q, const struct columns *c, struct arena *a, struct filter *out,
    struct err *e)
{
	*out = (struct filter){
		.q = q,
		.columns = c,
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
	out->asked = bit_if(q->kinds != 0, FACET_KIND) | bit_if(q->axes != 0, FACET_AXIS) |
	    bit_if(q->access != 0, FACET_ACCESS) | bit_if(q->status != 0, FACET_STATUS) |
	    bit_if(q->terms != 0, FACET_TERMS) | bit_if(out->practice.ok != NULL, FACET_PRACTICE) |
	    bit_if(out->author.ok != NULL, FACET_AUTHOR) | bit_if(out->commune.ok != NULL, FACET_COMMUNE) |
	    bit_if(out->type.ok != NULL, FACET_TYPE) | bit_if(out->lang.ok != NULL, FACET_LANG);
	return 0;
}

/* --- holding ----------------------------------------------------------------------------------- */

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

static int
lies_in_box(const void *ctx, uint32_t id)
{
	const struct filter *f = ctx;
	int32_t lat = f->columns->key.lat_e7[id], lon = f->columns->key.lon_e7[id];

	if (lat == NO_POSITION || lat < f->south || lat > f->north)
		return 0;
	if (f->west <= f->east)
		return lon >= f->west && lon <= f->east;
	return lon >= f->west || lon <= f->east;
}

static int
lies_near(const void *ctx, uint32_t id)
{
	const struct filter *f = ctx;
	const struct column *row = &f->columns->row[id];

	return row->lat_e7 != NO_POSITION && filter_distance(f, row) <= f->q->within_m;
}

static int
is_alive(const void *ctx, uint32_t id)
{
	const struct filter *f = ctx;
	const struct column *row = &f->columns->row[id];

	return row->lapse_day > f->today || row->flags & COLUMN_OWN;
}

static int
takes_place(const void *ctx, uint32_t id)
{
	const struct filter *f = ctx;
	const struct column *row = &f->columns->row[id];

	return row->from_min <= f->to_min && row->to_min >= f->from_min &&
	    (!f->q->upcoming || row->to_min / DAY_MIN >= f->today);
}

/* What most queries do not ask costs them nothing. */
void
filter_sift(const struct filter *f, struct picks *picks)
{
	const struct search_query *q = f->q;

	if (q->without_examples)
		picks_drop(picks, &f->columns->example);
	if (f->boxed)
		picks_sift(picks, lies_in_box, f);
	if (q->near && q->within_m != 0)
		picks_sift(picks, lies_near, f);
	if (f->columns->first_lapse <= f->today)
		picks_sift(picks, is_alive, f);
	if (f->from_min != INT32_MIN || f->to_min != INT32_MAX || q->upcoming)
		picks_sift(picks, takes_place, f);
}

/* --- facets' filters ----------------------------------------------------------------------------- */

struct listed {
	const uint32_t *number;		/* by row */
	const struct wanted *wanted;
};

static int
is_listed(const void *ctx, uint32_t id)
{
	const struct listed *l = ctx;

	return is_wanted(l->wanted, l->number[id]);
}

static uint32_t
mask_of(const struct search_query *q, enum search_facet facet)
{
	switch (facet) {
	case FACET_KIND: return q->kinds;
	case FACET_AXIS: return q->axes;
	case FACET_ACCESS: return q->access;
	case FACET_STATUS: return q->status;
	case FACET_TERMS: return q->terms;
	default: return 0;
	}
}

/* The planes of all values that are asked for. */
static int
keep_planes(const struct filter *f, enum search_facet facet, const struct wanted *wanted, struct arena *a,
    struct picks *picks, struct err *e)
{
	const struct columns *c = f->columns;
	const struct plane **plane = arena_alloc(a, (c->planes[facet] + 1) * sizeof *plane);
	uint32_t i, mask = mask_of(f->q, facet);
	size_t n = 0;

	if (plane == NULL)
		return err_memory(e);
	for (i = 0; i < c->planes[facet]; i++)
		if (c->plane[facet][i].ones > 0 && (wanted == NULL ? i < BITS && mask >> i & 1 : is_wanted(wanted, i)))
			plane[n++] = &c->plane[facet][i];
	picks_keep(picks, plane, n);
	return 0;
}

int
filter_keep(const struct filter *f, enum search_facet facet, struct arena *a, struct picks *picks, struct err *e)
{
	const struct column_key *key = &f->columns->key;

	switch (facet) {
	case FACET_AUTHOR:
		picks_sift(picks, is_listed, &(struct listed){ key->author, &f->author });
		return 0;
	case FACET_COMMUNE:
		picks_sift(picks, is_listed, &(struct listed){ key->commune, &f->commune });
		return 0;
	case FACET_TYPE:
		picks_sift(picks, is_listed, &(struct listed){ key->type, &f->type });
		return 0;
	case FACET_PRACTICE:
		return keep_planes(f, facet, &f->practice, a, picks, e);
	case FACET_LANG:
		return keep_planes(f, facet, &f->lang, a, picks, e);
	default:
		return keep_planes(f, facet, NULL, a, picks, e);
	}
}
