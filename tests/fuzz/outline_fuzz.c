/* SPDX-License-Identifier: AGPL-3.0-or-later
 * outline_fuzz.c - whatever a file holds, what is read of it lies on Earth, lines partition the points, and drawing
 * any part of it stays on the sheet. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "node/core/outline.h"
#include "node/web/plot.h"
#include "proto/err.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const struct outline *o, const struct outline_line *l)
{
	size_t i;

	assert(l->count >= 2 && l->first + l->count <= o->points);
	assert(l->box.west >= -180000 && l->box.east <= 180000 && l->box.south >= -90000 && l->box.north <= 90000);
	for (i = l->first; i < l->first + l->count; i++)
		assert(o->point[i].lon_e3 >= l->box.west && o->point[i].lon_e3 <= l->box.east &&
		    o->point[i].lat_e3 >= l->box.south && o->point[i].lat_e3 <= l->box.north);
}

static void
check_drawing(const struct outline *o)
{
	static const struct search_box part[] = {
		{ 480000000, -50000000, 490000000, -10000000 }, { -800000000, -1800000000, 800000000, 1800000000 },
	};
	struct buf path = BUF_INIT(4 << 20);
	struct plot p;
	struct err e;
	size_t i;

	for (i = 0; i < 2; i++) {
		buf_reset(&path);
		plot_fit(&part[i], 0, 600, 440, &p);
		assert(plot_land(&p, o, &path, &e) == 0 && plot_borders(&p, o, &path, &e) == 0);
	}
	buf_clear(&path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outline *o;
	struct err e = { .code = ERR_NONE };
	size_t i, next = 0;

	if (outline_parse((struct span){ (const char *)data, size }, &o, &e) == -1) {
		assert(e.code == ERR_INPUT || e.code == ERR_LIMIT);
		return 0;
	}
	for (i = 0; i < o->lines; i++) {
		assert(o->line[i].first == next);
		next += o->line[i].count;
		check_line(o, &o->line[i]);
	}
	assert(next == o->points);
	check_drawing(o);
	outline_close(o);
	return 0;
}
