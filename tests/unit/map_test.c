/* SPDX-License-Identifier: AGPL-3.0-or-later
 * map_test.c - the outline's file, the projection, boxes in addresses, the drawing's paths, names that find room,
 * and records put together where they lie close. */
#include "tests/unit/test.h"

#include <math.h>
#include <unistd.h>

#include "node/core/file.h"
#include "node/core/outline.h"
#include "node/search/mercator.h"
#include "node/search/search.h"
#include "node/web/plot.h"
#include "node/web/tiles.h"
#include "proto/err.h"

#define NOW 1790000000
#define E7 10000000

static struct err e;

/* --- the outline ------------------------------------------------------------------------------- */

static void
outline_takes_what_it_describes(void **state)
{
	struct outline *o;

	(void)state;
	assert_int_equal(outline_parse(SPAN("# remark\n\nA\t-1000,2000,3000,4000\nL\t100,200 -50,1 3,-4\nB\t1,2 3,4"), &o, &e),
	    0);
	assert_int_equal(o->lines, 3);
	assert_int_equal(o->points, 7);
	assert_int_equal(o->line[1].type, OUTLINE_LAND);
	assert_int_equal(o->line[1].count, 3);
	assert_int_equal(o->point[o->line[1].first + 2].lon_e3, 53);
	assert_int_equal(o->point[o->line[1].first + 2].lat_e3, 197);
	assert_int_equal(o->line[1].box.west, 50);
	assert_int_equal(o->line[1].box.north, 201);
	assert_true(outline_covers(o, &(struct outline_box){ -1000, 2000, 3000, 4000 }));
	assert_false(outline_covers(o, &(struct outline_box){ -1001, 2000, 3000, 4000 }));
	outline_close(o);
}

static void
outline_refuses_the_rest(void **state)
{
	static const struct { const char *why, *text; } row[] = {
		{ "an unknown type", "X\t1,2 3,4" },
		{ "no tab", "L 1,2 3,4" },
		{ "nothing after the tab", "L\t" },
		{ "one point is no line", "L\t1,2" },
		{ "half a point", "L\t1,2 3" },
		{ "two spaces", "L\t1,2  3,4" },
		{ "a space at the end", "L\t1,2 3,4 " },
		{ "a letter", "L\t1,2 3,x" },
		{ "a bare minus", "L\t-,2 3,4" },
		{ "a fraction", "L\t1.5,2 3,4" },
		{ "seven digits", "L\t1000000,2 3,4" },
		{ "beyond 180 degrees", "L\t180001,2 3,4" },
		{ "walking off the world", "L\t179999,2 2,4" },
		{ "beyond the pole", "L\t1,90001 3,4" },
		{ "more digits than any number has", "L\t99999999999999999999,2 3,4" },
		{ "an area of three numbers", "A\t1,2,3" },
		{ "an area of five numbers", "A\t1,2,3,4,5" },
		{ "an area turned over", "A\t3,2,1,4" },
		{ "a carriage return", "L\t1,2 3,4\r" },
	};
	struct outline *o = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, outline_parse(span_str(row[i].text), &o, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
	}
	assert_int_equal(outline_parse((struct span){ "L\t1,2\0 3,4", 10 }, &o, &e), -1);
}

static void
outline_that_ships_is_whole(void **state)
{
	static const struct { const char *what; double lat, lon; int covered; } row[] = {
		{ "Morlaix", 48.58, -3.83, 1 }, { "Ajaccio", 41.92, 8.74, 1 }, { "Saint-Denis", -20.88, 55.45, 1 },
		{ "Cayenne", 4.92, -52.31, 1 }, { "Fort-de-France", 14.61, -61.06, 1 }, { "Nouméa", -22.27, 166.45, 0 },
	};
	struct outline *o;
	size_t i, k, world = 0;

	(void)state;
	assert_int_equal(outline_open(NULL, &o, &e), 0);
	for (i = 0; i < COUNT(row); i++) {
		struct outline_box at = { (int32_t)(row[i].lon * 1e3), (int32_t)(row[i].lat * 1e3),
			(int32_t)(row[i].lon * 1e3), (int32_t)(row[i].lat * 1e3) };

		CHECK_ROW(row[i].what, outline_covers(o, &at) == row[i].covered);
	}
	for (k = 0; k < o->lines; k++)
		world += o->line[k].type == OUTLINE_WORLD;
	assert_true(world > 50);
	outline_close(o);
}

/* --- the projection ---------------------------------------------------------------------------- */

static void
mercator_is_the_one_of_web_maps(void **state)
{
	/* Tile numbers at zoom 10 are the square's sides times 1024. */
	static const struct { const char *what; double lat, lon; int x, y; } row[] = {
		{ "Greenwich on the equator", 0, 0, 512, 512 },
		{ "Paris", 48.8566, 2.3522, 518, 352 },
		{ "Berlin", 52.52, 13.405, 550, 335 },
		{ "Sydney", -33.8688, 151.2093, 942, 614 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].what, (int)floor(mercator_x(row[i].lon) * 1024) == row[i].x);
		CHECK_ROW(row[i].what, (int)floor(mercator_y(row[i].lat) * 1024) == row[i].y);
		CHECK_ROW(row[i].what, fabs(mercator_lat(mercator_y(row[i].lat)) - row[i].lat) < 1e-9);
		CHECK_ROW(row[i].what, fabs(mercator_lon(mercator_x(row[i].lon)) - row[i].lon) < 1e-9);
	}
	assert_true(mercator_y(90) == 0 && mercator_y(-90) == 1);
}

static void
boxes_are_read_or_left_out(void **state)
{
	static const struct { const char *text; int ok; } row[] = {
		{ "-5,47,-1,49", 1 }, { "-5.25,47.5,-1.75,49.125", 1 }, { "-180,-90,180,90", 1 },
		{ "", 0 }, { "-5,47,-1", 0 }, { "-5,47,-1,49,", 0 }, { "-5,47,-1,49 ", 0 }, { "-1,47,-5,49", 0 },
		{ "-5,49,-1,47", 0 }, { "-5,47,-5,49", 0 }, { "-181,47,-1,49", 0 }, { "-5,47,-1,91", 0 },
		{ "nan,47,-1,49", 0 }, { "-inf,47,-1,49", 0 }, { "-5;47;-1;49", 0 }, { "1e400,1,2,3", 0 },
	};
	struct search_box box;
	char text[BOX_CHARS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].text, box_parse(row[i].text, &box) == row[i].ok);
	assert_false(box_parse(NULL, &box));
	assert_true(box_parse("-5.25,47.5,-1.75,49.125", &box));
	box_print(&box, text);
	assert_string_equal(text, "-5.25000,47.50000,-1.75000,49.12500");
}

static void
plot_holds_what_it_fits(void **state)
{
	static const struct { const char *what; struct search_box box; } row[] = {
		{ "one point", { 48 * E7, 2 * E7, 48 * E7, 2 * E7 } },
		{ "wide and low", { 48 * E7, -5 * E7, 48 * E7 + 1000, 8 * E7 } },
		{ "high and narrow", { 41 * E7, 2 * E7, 51 * E7, 2 * E7 + 10 } },
		{ "at the edge of the world", { 60 * E7, 1790000000, 61 * E7, 1800000000 } },
		{ "the world", { -80 * E7, -1800000000, 80 * E7, 1800000000 } },
	};
	struct plot p, again;
	struct search_box seen;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		plot_fit(&row[i].box, 0.1, 600, 440, &p);
		plot_box(&p, &seen);
		CHECK_ROW(row[i].what, p.x0 >= 0 && p.x1 <= 1 + 1e-12);
		CHECK_ROW(row[i].what, fabs((p.x1 - p.x0) / (p.y1 - p.y0) - 600.0 / 440) < 1e-9);
		CHECK_ROW(row[i].what, p.x1 - p.x0 >= 1.2e-5);
		if (i < 4)
			CHECK_ROW(row[i].what, seen.south <= row[i].box.south && seen.north >= row[i].box.north &&
			    seen.west <= row[i].box.west && seen.east >= row[i].box.east - 1);
		/* the address of what is shown shows the same */
		plot_fit(&seen, 0, 600, 440, &again);
		CHECK_ROW(row[i].what, fabs(again.x0 - p.x0) < 1e-7 && fabs(again.y1 - p.y1) < 1e-7);
	}
	plot_fit(&row[0].box, 0, 600, 440, &p);
	assert_true(plot_is_nearest(&p));
	assert_true(fabs(plot_x(&p, 2) - 300) < 1e-6 && fabs(plot_y(&p, 48) - 220) < 1e-6);
	plot_shift(&p, 0, 0, 2, &again);
	assert_false(plot_is_nearest(&again));
	plot_shift(&p, 0.5, 0, 1, &p);
	assert_true(fabs(plot_x(&p, 2)) < 1e-6);
	plot_shift(&p, 0, 0, 1e9, &again);
	assert_true(plot_is_widest(&again));
}

/* The numbers of a path, added up as a browser does, never leave the drawing by more than a hair. */
static void
walk_path(const char *d, double w, double h, size_t *points)
{
	long x = 0, y = 0, dx, dy;
	int n, absolute;

	for (*points = 0; *d != '\0'; (*points)++) {
		if (*d == 'z') {
			d++;
			(*points)--;
			continue;
		}
		absolute = *d == 'M';
		if (*d == 'M' || *d == 'l')
			d++;
		if (sscanf(d, "%ld%ld%n", &dx, &dy, &n) != 2)
			fail_msg("not a path: %.20s", d);
		x = absolute ? dx : x + dx;
		y = absolute ? dy : y + dy;
		if (x < -60 || y < -60 || x > w * 10 + 60 || y > h * 10 + 60)
			fail_msg("%ld %ld is far outside", x, y);
		d += n;
	}
}

static void
land_is_cut_at_the_edge(void **state)
{
	static const struct { const char *what; struct search_box box; size_t least, most; } row[] = {
		{ "Brittany", { 47 * E7, -5 * E7, 49 * E7, -1 * E7 }, 300, 3000 },
		{ "inland: nothing but the frame", { 481000000, -17000000, 481500000, -16500000 }, 4, 4 },
		{ "the open sea", { 465000000, -80000000, 466000000, -79000000 }, 0, 0 },
		{ "Réunion", { -213500000, 551500000, -208500000, 559000000 }, 40, 2000 },
		{ "the world", { -60 * E7, -1700000000, 75 * E7, 1700000000 }, 300, 6000 },
	};
	struct buf path = BUF_INIT(1 << 20);
	struct outline *o;
	struct plot p;
	size_t i, points;

	(void)state;
	assert_int_equal(outline_open(NULL, &o, &e), 0);
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&path);
		plot_fit(&row[i].box, 0, 600, 440, &p);
		assert_int_equal(plot_land(&p, o, &path, &e), 0);
		walk_path(path.ptr == NULL ? "" : path.ptr, 600, 440, &points);
		if (points < row[i].least || points > row[i].most)
			fail_msg("%s: %zu points", row[i].what, points);
	}
	buf_clear(&path);
	outline_close(o);
}

static void
names_do_not_cover_each_other(void **state)
{
	static struct sheet_room room = { .w = 100, .h = 50 };
	size_t i;

	(void)state;
	room_block(&room, (struct sheet_box){ 40, 20, 60, 30 });
	assert_false(room_take(&room, (struct sheet_box){ 50, 25, 70, 35 }));
	assert_true(room_take(&room, (struct sheet_box){ 60, 20, 80, 30 }));
	assert_false(room_take(&room, (struct sheet_box){ -1, 0, 10, 10 }));
	assert_false(room_take(&room, (struct sheet_box){ 0, 45, 10, 51 }));
	for (i = 0; i < 2 * SHEET_TAKEN_MAX; i++)
		room_block(&room, (struct sheet_box){ 0, 0, 1, 1 });
	assert_int_equal(room.count, SHEET_TAKEN_MAX);
	assert_false(room_take(&room, (struct sheet_box){ 90, 40, 95, 45 }));
}

static void
tile_servers_become_sources(void **state)
{
	static const struct { const char *url, *source; } row[] = {
		{ "https://tile.example.org/{z}/{x}/{y}.png", "https://tile.example.org" },
		{ "https://{s}.tile.example.org/{z}/{x}/{y}.png?key=a-1", "https://*.tile.example.org" },
		{ "http://127.0.0.1:8080/{z}/{x}/{y}.png", "http://127.0.0.1:8080" },
		{ "", NULL }, { "tile.example.org/{z}/{x}/{y}", NULL }, { "https://tile.example.org/", NULL },
		{ "https:///{z}/{x}/{y}", NULL }, { "https://a b/{z}/{x}/{y}", NULL },
		{ "https://tile.example.org; script-src */{z}/{x}/{y}", NULL },
		{ "https://tile.example.org,evil/{z}/{x}/{y}", NULL }, { "https://*/{z}/{x}/{y}", NULL },
		{ "https://tile.example.org/{z}/{x}/{y}\r\nX: y", NULL }, { "javascript:alert(1)//{z}/{x}/{y}", NULL },
	};
	char source[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].url, tiles_source(row[i].url, source, sizeof source) == (row[i].source != NULL));
		if (row[i].source != NULL)
			assert_string_equal(source, row[i].source);
	}
	assert_false(tiles_source(row[0].url, source, 10));
}

/* --- records on a grid ------------------------------------------------------------------------- */

struct world {
	char path[64];
	struct search *search;
	struct search_reader *reader;
	struct arena arena;
};

static void
put(struct world *w, int i, int own, const char *content)
{
	char rid[24];
	struct search_doc doc = {
		.author = SPAN("did:key:z6MkAuthorA"), .kind = KIND_INITIATIVE, .rid = { rid, 0 },
		.seq = i + 1, .updated = 1000 + i, .created = 1000 + i, .expires = NOW + 86400 * 100,
		.content = span_str(content), .shown = 1, .own = own, .lang = SPAN("fr"), .license = SPAN("etalab-2.0"),
	};

	if (own)
		doc.author = SPAN("did:key:z6MkAuthorB");
	doc.rid.len = (size_t)snprintf(rid, sizeof rid, "r%05d", i);
	if (search_put(w->search, &doc, &e) == -1)
		fail_msg("%s", e.text);
}

/* Three hundred around Rennes, ten in one spot at Morlaix, one at Brest, two nowhere. */
static int
setup(void **state)
{
	static struct world w;
	char content[256];
	int i;

	memset(&w, 0, sizeof w);
	snprintf(w.path, sizeof w.path, "/tmp/essaim-map-XXXXXX");
	close(mkstemp(w.path));
	assert_int_equal(search_open(w.path, "one", &w.search, &e), 1);
	assert_int_equal(search_begin(w.search, &e), 0);
	for (i = 0; i < 300; i++) {
		snprintf(content, sizeof content, "{\"commune\":\"%s\",\"insee\":\"%s\",\"lat_e7\":%d,\"lon_e7\":%d,"
		    "\"name\":\"Jardin %d\"}", i % 3 ? "Rennes" : "Cesson", i % 3 ? "35238" : "35051",
		    481100000 + i % 20 * 10000, -16800000 + i / 20 * 10000, i);
		put(&w, i, 0, content);
	}
	for (; i < 310; i++)
		put(&w, i, 1, "{\"commune\":\"Morlaix\",\"insee\":\"29151\",\"lat_e7\":485800000,\"lon_e7\":-38300000,"
		    "\"name\":\"Fabrique\"}");
	put(&w, i++, 0, "{\"commune\":\"Brest\",\"insee\":\"29019\",\"lat_e7\":483900000,\"lon_e7\":-44860000,"
	    "\"name\":\"Jardin de la Recouvrance\"}");
	put(&w, i++, 0, "{\"name\":\"Jardin sans lieu\"}");
	put(&w, i++, 0, "{\"name\":\"Nulle part\"}");
	assert_int_equal(search_commit(w.search, 1, &e), 0);
	w.reader = search_take(w.search, &e);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char name[128];

	arena_clear(&w->arena);
	search_give(w->search, w->reader);
	search_close(w->search);
	unlink(w->path);
	snprintf(name, sizeof name, "%s-wal", w->path);
	unlink(name);
	snprintf(name, sizeof name, "%s-shm", w->path);
	unlink(name);
	return 0;
}

static const struct search_box brittany = { 470000000, -50000000, 490000000, -10000000 };

static void
ask(struct world *w, const char *text, const struct search_box *box, double apart, struct search_grid *out)
{
	struct search_query q = { .text = span_str(text), .now_s = NOW };
	struct search_grid_ask a = { .box = *box, .columns = 30, .rows = 22, .apart = apart };

	arena_clear(&w->arena);
	assert_int_equal(search_grid(w->reader, &q, &a, &w->arena, out, &e), 0);
}

static void
records_gather_where_they_lie(void **state)
{
	struct world *w = *state;
	struct search_grid g;
	size_t i, sum = 0;

	ask(w, "", &brittany, 2.5, &g);
	assert_int_equal(g.total, 313);
	assert_int_equal(g.located, 311);
	assert_int_equal(g.inside, 311);
	assert_int_equal(g.own_located, 10);
	assert_int_equal(g.spots, 3);
	assert_int_equal(g.spot[0].count, 300);
	assert_string_equal(g.spot[0].commune, "Rennes");
	assert_true(g.spot[0].scattered);
	assert_int_equal(g.spot[0].cards, SEARCH_SPOT_CARDS);
	assert_string_equal(g.spot[0].card[0].title, "Jardin 299");
	assert_string_equal(g.spot[0].card[7].title, "Jardin 292");
	assert_int_equal(g.spot[1].count, 10);
	assert_false(g.spot[1].scattered);
	assert_int_equal(g.spot[1].lat_e7, 485800000);
	assert_int_equal(g.spot[1].box.west, g.spot[1].box.east);
	assert_int_equal(g.spot[2].count, 1);
	assert_string_equal(g.spot[2].card[0].title, "Jardin de la Recouvrance");
	assert_int_equal(g.own.north, 485800000);
	assert_int_equal(g.all.west, -44860000);
	for (i = 0; i < g.spots; i++)
		sum += g.spot[i].count;
	assert_int_equal(sum, g.inside);
	assert_int_equal(g.places, 4);
	assert_string_equal(g.place[0].name, "Rennes");
}

static void
words_and_boxes_narrow_it(void **state)
{
	static const struct search_box rennes = { 481050000, -16900000, 481350000, -16500000 };
	static const struct search_box sea = { 460000000, -90000000, 465000000, -80000000 };
	struct world *w = *state;
	struct search_grid g;

	ask(w, "recouvrance", &brittany, 2.5, &g);
	assert_int_equal(g.total, 1);
	assert_int_equal(g.spots, 1);
	assert_true(g.places > 1);		/* names stay for orientation */
	ask(w, "jardin", &rennes, 2.5, &g);
	assert_int_equal(g.total, 302);
	assert_int_equal(g.inside, 300);
	assert_true(g.spots > 3);
	ask(w, "jardin", &sea, 2.5, &g);
	assert_int_equal(g.inside, 0);
	assert_int_equal(g.spots, 0);
	assert_int_equal(g.located, 301);
	ask(w, "zzzz", &brittany, 2.5, &g);
	assert_int_equal(g.total, 0);
}

static void
neighbours_keep_their_distance(void **state)
{
	static const struct search_box rennes = { 481050000, -16900000, 481350000, -16500000 };
	struct world *w = *state;
	struct search_grid g;
	double x0 = mercator_x(-1.69), y0 = mercator_y(48.135), wide = (mercator_x(-1.65) - x0) / 30;
	double high = (mercator_y(48.105) - y0) / 22;
	size_t i, k, sum = 0;

	ask(w, "", &rennes, 2.5, &g);
	assert_true(g.spots > 3);
	for (i = 0; i < g.spots; i++) {
		double xi = (mercator_x(g.spot[i].lon_e7 / 1e7) - x0) / wide;
		double yi = (mercator_y(g.spot[i].lat_e7 / 1e7) - y0) / high;

		sum += g.spot[i].count;
		for (k = 0; k < i; k++) {
			double xk = (mercator_x(g.spot[k].lon_e7 / 1e7) - x0) / wide;
			double yk = (mercator_y(g.spot[k].lat_e7 / 1e7) - y0) / high;

			if (hypot(xi - xk, yi - yk) < 2.5)
				fail_msg("spots %zu and %zu are %.2f apart", i, k, hypot(xi - xk, yi - yk));
		}
	}
	assert_int_equal(sum, g.inside);
	ask(w, "", &rennes, 0, &g);
	assert_true(g.spots <= SEARCH_SPOTS_MAX);
}

static void
an_empty_box_only_measures(void **state)
{
	static const struct search_box nothing = { 0, 0, 0, 0 };
	struct world *w = *state;
	struct search_grid g;

	ask(w, "", &nothing, 2.5, &g);
	assert_int_equal(g.total, 313);
	assert_int_equal(g.inside, 0);
	assert_int_equal(g.spots, 0);
	assert_int_equal(g.all.east, -16800000 + 14 * 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outline_takes_what_it_describes),
		cmocka_unit_test(outline_refuses_the_rest),
		cmocka_unit_test(outline_that_ships_is_whole),
		cmocka_unit_test(mercator_is_the_one_of_web_maps),
		cmocka_unit_test(boxes_are_read_or_left_out),
		cmocka_unit_test(plot_holds_what_it_fits),
		cmocka_unit_test(land_is_cut_at_the_edge),
		cmocka_unit_test(names_do_not_cover_each_other),
		cmocka_unit_test(tile_servers_become_sources),
		cmocka_unit_test_setup_teardown(records_gather_where_they_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(words_and_boxes_narrow_it, setup, teardown),
		cmocka_unit_test_setup_teardown(neighbours_keep_their_distance, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_box_only_measures, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
