/* SPDX-License-Identifier: AGPL-3.0-or-later
 * whereis.c - see whereis.h. */
#include "node/core/whereis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/gazetteer.h"
#include "node/search/search.h"

#define TEXT_BYTES_MAX		160
#define CANDIDATES_MAX		64
#define MEMBERS_MAX		800	/* communes of one area */

/* What was typed, taken apart. */
struct asked {
	struct span name, postcode, departement;
};

static int
is_point(const char *text, struct whereis *out)
{
	char *end;
	double lat = strtod(text, &end), lon;

	if (end == text || *end != ',')
		return 0;
	text = end + 1;
	lon = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(lat) || !isfinite(lon) || fabs(lat) > 90 || fabs(lon) > 180)
		return 0;
	*out = (struct whereis){ .how = WHEREIS_POINT, .lat_e7 = (int32_t)lround(lat * 1e7),
		.lon_e7 = (int32_t)lround(lon * 1e7) };
	return 1;
}

static int
is_code(struct span s, size_t len)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((s.ptr[i] < '0' || s.ptr[i] > '9') && !(i == 1 && (s.ptr[i] == 'A' || s.ptr[i] == 'B')))
			return 0;
	return s.len == len;
}

/* "NAME (29)" and "29600 NAME", "NAME 29600"; what remains is the name. */
static struct asked
take_apart(struct span text)
{
	struct asked a = { .name = span_trim(text) };
	struct span rest, word;
	const char *open = a.name.len == 0 ? NULL : memchr(a.name.ptr, '(', a.name.len);

	if (open != NULL) {
		rest = (struct span){ open + 1, (size_t)(a.name.ptr + a.name.len - open - 1) };
		word = span_trim(span_cut(&rest, ')'));
		if (is_code(word, 2) || is_code(word, 3))
			a.departement = word;
		else if (is_code(word, 5))
			a.postcode = word;
		a.name = span_trim((struct span){ a.name.ptr, (size_t)(open - a.name.ptr) });
	}
	if (a.name.len >= 5 && is_code((struct span){ a.name.ptr, 5 }, 5)) {
		a.postcode = (struct span){ a.name.ptr, 5 };
		a.name = span_trim((struct span){ a.name.ptr + 5, a.name.len - 5 });
	} else if (a.name.len > 5 && is_code((struct span){ a.name.ptr + a.name.len - 5, 5 }, 5)) {
		a.postcode = (struct span){ a.name.ptr + a.name.len - 5, 5 };
		a.name = span_trim((struct span){ a.name.ptr, a.name.len - 5 });
	}
	return a;
}

static size_t
candidates(const struct gazetteer *g, const struct asked *a, const struct place **out)
{
	size_t i, n = 0, found = gazetteer_find(g, a->name, a->postcode, out, CANDIDATES_MAX);
	const struct place *coded = a->name.len == 0 ? gazetteer_code(g, a->postcode) : NULL;

	if (found > CANDIDATES_MAX)
		found = CANDIDATES_MAX;
	for (i = 0; i < found; i++)
		if (a->departement.len == 0 || span_eq(out[i]->departement, a->departement))
			out[n++] = out[i];
	if (n == 0 && coded != NULL && coded->type == 'C')
		out[n++] = coded;
	return n;
}

/* The largest first, so that it stands for its namesakes. */
static int
by_population(const void *a, const void *b)
{
	uint32_t x = (*(const struct place *const *)a)->population, y = (*(const struct place *const *)b)->population;

	return (x < y) - (x > y);
}

/* Where the records of an area's communes are. */
static int
locate_area(const struct gazetteer *g, struct search_reader *r, struct span area, struct whereis *out)
{
	struct span *code = calloc(MEMBERS_MAX, sizeof *code);
	size_t n = code == NULL ? 0 : gazetteer_members(g, area, code, MEMBERS_MAX);
	int found = n > 0 && search_locate_any(r, code, n, &out->lat_e7, &out->lon_e7);

	free(code);
	if (found) {
		out->how = WHEREIS_AROUND;
		out->around = gazetteer_code(g, area);
	}
	return found;
}

void
whereis_find(const struct gazetteer *g, struct search_reader *r, struct span text, struct whereis *out)
{
	const struct place *place[CANDIDATES_MAX];
	char typed[TEXT_BYTES_MAX];
	struct asked a;
	size_t i, n, chosen = 0;

	*out = (struct whereis){ .how = WHEREIS_UNKNOWN };
	if (text.len == 0 || text.len >= sizeof typed)
		return;
	memcpy(typed, text.ptr, text.len);
	typed[text.len] = '\0';
	if (is_point(typed, out))
		return;
	a = take_apart(text);
	n = candidates(g, &a, place);
	if (n > 1)
		qsort(place, n, sizeof place[0], by_population);
	for (i = 0; i < n && out->how == WHEREIS_UNKNOWN; i++)
		if (gazetteer_centre(g, place[i]->code, &out->lat_e7, &out->lon_e7) ||
		    search_locate_any(r, &place[i]->code, 1, &out->lat_e7, &out->lon_e7)) {
			out->how = WHEREIS_COMMUNE;
			chosen = i;
		}
	if (out->how == WHEREIS_UNKNOWN && n < 2 && a.name.len > 0 &&
	    search_locate(r, a.name, &out->lat_e7, &out->lon_e7))
		out->how = WHEREIS_COMMUNE;
	if (n == 0)
		return;
	out->commune = place[chosen];
	for (i = 0; i < n && out->same_count < WHEREIS_SAME_MAX; i++)
		if (i != chosen && a.name.len > 0)
			out->same[out->same_count++] = place[i];
	if (out->how == WHEREIS_UNKNOWN && !locate_area(g, r, out->commune->parent, out) &&
	    !locate_area(g, r, out->commune->departement, out))
		out->how = WHEREIS_MUTE;
}
