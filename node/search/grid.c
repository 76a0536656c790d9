/* SPDX-License-Identifier: AGPL-3.0-or-later
 * grid.c - see grid.h. */
#include "node/search/grid.h"

#include <stdlib.h>
#include <string.h>

#include "node/search/mercator.h"
#include "node/search/search_impl.h"
#include "proto/err.h"

#define PASSES_MAX 6

/* --- counting ---------------------------------------------------------------------------------- */

int
grid_make(const struct search_grid_ask *ask, struct arena *a, struct search_grid *out, struct grid *g,
    struct err *e)
{
	size_t cells = (size_t)ask->columns * ask->rows;

	*g = (struct grid){ .ask = ask, .out = out };
	*out = (struct search_grid){ .total = 0 };
	if (cells == 0 || ask->columns > SEARCH_GRID_SIDE_MAX || ask->rows > SEARCH_GRID_SIDE_MAX ||
	    ask->box.west >= ask->box.east || ask->box.south >= ask->box.north)
		return 0;
	g->x0 = mercator_x(ask->box.west / 1e7);
	g->y0 = mercator_y(ask->box.north / 1e7);
	g->wide = (mercator_x(ask->box.east / 1e7) - g->x0) / ask->columns;
	g->high = (mercator_y(ask->box.south / 1e7) - g->y0) / ask->rows;
	if ((g->cell = arena_alloc(a, cells * sizeof *g->cell)) == NULL)
		return err_memory(e);
	return 0;
}

void
grid_reset(struct grid *g)
{
	*g->out = (struct search_grid){ .total = 0 };
	if (g->cell != NULL)
		memset(g->cell, 0, (size_t)g->ask->columns * g->ask->rows * sizeof *g->cell);
}

static void
widen(struct search_box *b, const struct search_box *by, int first)
{
	if (first || by->south < b->south)
		b->south = by->south;
	if (first || by->west < b->west)
		b->west = by->west;
	if (first || by->north > b->north)
		b->north = by->north;
	if (first || by->east > b->east)
		b->east = by->east;
}

static void
keep_newest(struct cell *c, uint32_t id, int64_t updated)
{
	unsigned at = c->ids;

	while (at > 0 && c->updated[at - 1] < updated)
		at--;
	if (at == SEARCH_SPOT_CARDS)
		return;
	if (c->ids < SEARCH_SPOT_CARDS)
		c->ids++;
	memmove(&c->id[at + 1], &c->id[at], (c->ids - at - 1) * sizeof *c->id);
	memmove(&c->updated[at + 1], &c->updated[at], (c->ids - at - 1) * sizeof *c->updated);
	c->id[at] = id;
	c->updated[at] = updated;
}

/* Boyer and Moore's vote: the commune of more than half of the rows, if there is one, else one of them. */
static void
vote(struct cell *c, uint32_t commune)
{
	if (commune == 0)
		return;
	c->scattered |= c->commune != 0 && c->commune != commune;
	if (c->votes == 0)
		c->commune = commune;
	c->votes = c->commune == commune ? c->votes + 1 : c->votes - 1;
}

static unsigned
share(int32_t at, int32_t from, int32_t to, unsigned parts)
{
	int64_t n = ((int64_t)at - from) * parts / ((int64_t)to - from);

	return n >= parts ? parts - 1 : (unsigned)n;
}

static int
lies_in(const struct search_box *b, const struct column *row)
{
	return row->lat_e7 >= b->south && row->lat_e7 <= b->north && row->lon_e7 >= b->west &&
	    row->lon_e7 <= b->east;
}

void
grid_add(struct grid *g, uint32_t id, const struct column *row)
{
	struct search_box spot = { row->lat_e7, row->lon_e7, row->lat_e7, row->lon_e7 };
	const struct search_grid_ask *ask = g->ask;
	struct search_grid *out = g->out;
	struct cell *c;

	out->total++;
	if (row->lat_e7 == NO_POSITION)
		return;
	widen(&out->all, &spot, out->located++ == 0);
	if (row->flags & COLUMN_OWN)
		widen(&out->own, &spot, out->own_located++ == 0);
	if (g->cell == NULL || !lies_in(&ask->box, row))
		return;
	out->inside++;
	c = &g->cell[share(row->lat_e7, ask->box.south, ask->box.north, ask->rows) * ask->columns +
	    share(row->lon_e7, ask->box.west, ask->box.east, ask->columns)];
	widen(&c->box, &spot, c->count++ == 0);
	c->lat_sum += row->lat_e7;
	c->lon_sum += row->lon_e7;
	vote(c, row->commune);
	keep_newest(c, id, row->updated);
}

/* --- putting together -------------------------------------------------------------------------- */

static int32_t
mean(int64_t sum, uint32_t count)
{
	return (int32_t)(sum / (int64_t)count);
}

static void
settle(const struct grid *g, struct cell *c)
{
	c->x = (mercator_x(mean(c->lon_sum, c->count) / 1e7) - g->x0) / g->wide;
	c->y = (mercator_y(mean(c->lat_sum, c->count) / 1e7) - g->y0) / g->high;
}

static void
absorb(struct cell *c, const struct cell *by)
{
	unsigned i;

	c->scattered |= by->scattered || (c->commune != 0 && by->commune != 0 && c->commune != by->commune);
	if (c->commune == 0)
		c->commune = by->commune;
	c->count += by->count;
	c->lat_sum += by->lat_sum;
	c->lon_sum += by->lon_sum;
	widen(&c->box, &by->box, 0);
	for (i = 0; i < by->ids; i++)
		keep_newest(c, by->id[i], by->updated[i]);
}

static int
largest_first(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->y != y->y ? (x->y > y->y) - (x->y < y->y) : (x->x > y->x) - (x->x < y->x);
}

/* The cells that hold something to the front, the largest first; returns how many. */
static size_t
gather(const struct grid *g)
{
	size_t all = (size_t)g->ask->columns * g->ask->rows, i, n = 0;

	for (i = 0; i < all; i++)
		if (g->cell[i].count > 0) {
			g->cell[n] = g->cell[i];
			settle(g, &g->cell[n++]);
		}
	qsort(g->cell, n, sizeof *g->cell, largest_first);
	return n;
}

/* One pass: the larger takes in what lies too near.  Returns how many were taken in. */
static size_t
join_near(const struct grid *g, size_t n)
{
	double most = g->ask->apart * g->ask->apart;
	size_t i, k, joined = 0;

	for (i = 0; i < n; i++)
		for (k = i + 1; g->cell[i].count > 0 && k < n; k++) {
			double dx = g->cell[i].x - g->cell[k].x, dy = g->cell[i].y - g->cell[k].y;

			if (g->cell[k].count == 0 || dx * dx + dy * dy >= most)
				continue;
			absorb(&g->cell[i], &g->cell[k]);
			settle(g, &g->cell[i]);
			g->cell[k].count = 0;
			joined++;
		}
	return joined;
}

static size_t
join(const struct grid *g)
{
	size_t n = gather(g), i, kept;
	unsigned pass;

	for (pass = 0; pass < PASSES_MAX && join_near(g, n) > 0; pass++) {
		for (i = kept = 0; i < n; i++)
			if (g->cell[i].count > 0)
				g->cell[kept++] = g->cell[i];
		n = kept;
		qsort(g->cell, n, sizeof *g->cell, largest_first);
	}
	return n > SEARCH_SPOTS_MAX ? SEARCH_SPOTS_MAX : n;
}

/* --- the answer -------------------------------------------------------------------------------- */

static int
make_spot(const struct cell *c, struct search_reader *r, unsigned cards, int64_t now_s, struct arena *a,
    struct search_spot *out, struct err *e)
{
	unsigned i;

	*out = (struct search_spot){ .count = c->count, .lat_e7 = mean(c->lat_sum, c->count),
		.lon_e7 = mean(c->lon_sum, c->count), .box = c->box, .scattered = c->scattered,
		.commune = arena_copy(a, span_str(names_label(&r->search->columns, NAME_COMMUNE, c->commune))),
		.card = arena_alloc(a, SEARCH_SPOT_CARDS * sizeof *out->card) };
	if (out->commune == NULL || out->card == NULL)
		return err_memory(e);
	for (i = 0; i < c->ids && i < cards; i++)
		if (search_card_read(r, c->id[i], now_s, a, &out->card[out->cards++], e) == -1)
			return -1;
	return 0;
}

struct sum {
	int64_t lat, lon;
	uint32_t count, commune;
};

static int
most_first(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->commune > y->commune) - (x->commune < y->commune);
}

/* Communes of whatever lies in the box, matching or not: the names on the map. */
static int
name_places(struct grid *g, const struct columns *c, struct arena *a, struct err *e)
{
	uint32_t i, names = c->names[NAME_COMMUNE].count, n = 0;
	struct sum *sum = calloc((size_t)names + 1, sizeof *sum);
	struct search_place *place = arena_alloc(a, SEARCH_PLACES_MAX * sizeof *place);

	if (sum == NULL || place == NULL) {
		free(sum);
		return err_memory(e);
	}
	for (i = 1; i < c->count; i++) {
		const struct column *row = &c->row[i];

		if (row->kind == KIND_UNKNOWN || row->lat_e7 == NO_POSITION || row->commune == 0 ||
		    row->commune >= names || !lies_in(&g->ask->box, row))
			continue;
		sum[row->commune].lat += row->lat_e7;
		sum[row->commune].lon += row->lon_e7;
		sum[row->commune].count++;
		sum[row->commune].commune = row->commune;
	}
	qsort(sum, (size_t)names, sizeof *sum, most_first);
	for (; n < SEARCH_PLACES_MAX && n < names && sum[n].count > 0; n++)
		place[n] = (struct search_place){ mean(sum[n].lat, sum[n].count), mean(sum[n].lon, sum[n].count),
			sum[n].count, arena_copy(a, span_str(names_label(c, NAME_COMMUNE, sum[n].commune))) };
	for (i = 0; i < n && place[i].name != NULL; i++)
		continue;
	free(sum);
	g->out->place = place;
	g->out->places = n;
	return i < n ? err_memory(e) : 0;
}

int
grid_answer(struct grid *g, struct search_reader *r, int64_t now_s, struct arena *a, struct err *e)
{
	struct search_grid *out = g->out;
	size_t i, n;

	if (g->cell == NULL)
		return 0;
	n = join(g);
	if ((out->spot = arena_alloc(a, (n + 1) * sizeof *out->spot)) == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++)
		if (make_spot(&g->cell[i], r, n > SEARCH_SPOTS_FEW ? 1 : SEARCH_SPOT_CARDS, now_s, a, &out->spot[i],
		    e) == -1)
			return -1;
	out->spots = n;
	return name_places(g, &r->search->columns, a, e);
}
