/* SPDX-License-Identifier: AGPL-3.0-or-later
 * map.c - /map: the catalogue's matches where they lie, drawn here as SVG, with a list that says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/outline.h"
#include "node/web/catalogue.h"
#include "node/web/plot.h"
#include "node/web/draw.h"
#include "node/web/inside.h"
#include "node/web/page.h"
#include "node/web/tiles.h"
#include "node/web/visit.h"

#define COLUMNS		30
#define ROWS		22
#define APART_UNITS	50		/* between two markers */
#define MARGIN		0.12		/* about what is shown when no box is asked for */
#define WIDE_OWN	(1.0 / 130)	/* of the world, at least, around this territory: some 200 km here */
#define WIDE_FOUND	(1.0 / 900)	/* and around what was found */
#define SPOT_MARGIN	0.3		/* about a group that is looked at more closely */
#define SOURCE_BYTES_MAX 300
#define TITLES		3		/* of a group, in the list */
#define SAME_SPOT_E7	3000		/* some 30 m: no nearer view takes these apart */
#define FRANCE		{ 413000000, -51000000, 511000000, 96000000 }

struct sheet {
	struct list list;
	struct plot plot;
	struct search_grid grid;
	struct map map;
	struct view_map view;
	const char *tiles;		/* one more source of images, with a space before it, or "" */
	struct stand stand[SEARCH_SPOTS_MAX];
	struct mark mark[SEARCH_SPOTS_MAX];
};

/* --- which part of the world ------------------------------------------------------------------- */

static const char *
address_of_box(struct sheet *s, const struct search_box *box, const char *path)
{
	char text[BOX_CHARS_MAX];

	box_print(box, text);
	return list_address(&s->list, &(struct change){ .name = "bbox", .with = printed(&s->list.v, "%s", text),
	    .path = path });
}

/* Is anything asked but a language? */
static int
is_filtered(const struct list *l)
{
	size_t i;

	for (i = 0; i < l->params.count; i++)
		if (strcmp(l->params.at[i].name, "lang") != 0 && strcmp(l->params.at[i].name, "bbox") != 0)
			return 1;
	return 0;
}

/* What is shown when no box is asked for: this territory and around it, or wherever the matches lie. */
static void
choose(struct sheet *s)
{
	static const struct search_box france = FRANCE;
	const struct search_grid *g = &s->grid;
	int own = !is_filtered(&s->list) && g->own_located > 0;
	double least = own ? WIDE_OWN : WIDE_FOUND, wide;

	plot_fit(g->located == 0 ? &france : own ? &g->own : &g->all, MARGIN, DRAW_WIDTH, DRAW_HEIGHT, &s->plot);
	wide = s->plot.x1 - s->plot.x0;
	if (wide < least) {
		struct plot near = s->plot;

		plot_shift(&near, 0, 0, least / wide, &s->plot);
	}
}

static int
measure(struct sheet *s, struct err *e)
{
	static const struct search_grid_ask only_measure = { .columns = 0 };
	struct list *l = &s->list;
	struct search_reader *r = visit_search(&l->v, e);

	l->query.now_s = l->v.now_s;
	if (r == NULL || (!l->boxed && search_grid(r, &l->query, &only_measure, l->v.arena, &s->grid, e) == -1))
		return -1;
	if (l->boxed)
		plot_fit(&l->box, 0, DRAW_WIDTH, DRAW_HEIGHT, &s->plot);
	else
		choose(s);
	return 0;
}

static int
look(struct sheet *s, struct err *e)
{
	struct search_grid_ask ask = { .columns = COLUMNS, .rows = ROWS,
		.apart = (double)APART_UNITS * COLUMNS / DRAW_WIDTH };
	struct list *l = &s->list;
	struct search_reader *r;

	if (measure(s, e) == -1 || (r = visit_search(&l->v, e)) == NULL)
		return -1;
	plot_box(&s->plot, &ask.box);
	if (search_grid(r, &l->query, &ask, l->v.arena, &s->grid, e) == -1)
		return -1;
	l->query.limit = 1;
	l->query.facets = FACET_ALL & ~(1u << FACET_TYPE) & ~(1u << FACET_LANG);
	return visit_find(&l->v, &l->query, &l->result, e);
}

/* --- markers ----------------------------------------------------------------------------------- */

static int
stays_together(const struct sheet *s, const struct search_spot *spot)
{
	return plot_is_nearest(&s->plot) || (spot->box.east - spot->box.west < SAME_SPOT_E7 &&
	    spot->box.north - spot->box.south < SAME_SPOT_E7);
}

/* The box that a group's marker leads to: around its records, and in any case nearer than now. */
static struct search_box
nearer(const struct sheet *s, const struct search_spot *spot)
{
	struct plot fit, half;
	struct search_box box, here = { spot->lat_e7, spot->lon_e7, spot->lat_e7, spot->lon_e7 };

	plot_fit(&spot->box, SPOT_MARGIN, DRAW_WIDTH, DRAW_HEIGHT, &fit);
	if (fit.x1 - fit.x0 > (s->plot.x1 - s->plot.x0) * 0.7) {
		plot_fit(&here, 0, DRAW_WIDTH, DRAW_HEIGHT, &half);
		plot_shift(&half, 0, 0, (s->plot.x1 - s->plot.x0) / (half.x1 - half.x0) / 2, &fit);
	}
	plot_box(&fit, &box);
	return box;
}

static struct search_box
widened(const struct search_box *b)
{
	return (struct search_box){ b->south - 100, b->west - 100, b->north + 100, b->east + 100 };
}

static struct link
record_link(struct visit *v, const struct search_card *c)
{
	return (struct link){ .href = record_href(v, c->author, c->kind, c->rid, c->title), .text = c->title,
		.lang = lang_mark(v, c->lang), .note = kind_label(v->lang, c->kind) };
}

static const char *
group_name(struct visit *v, const struct search_spot *spot)
{
	if (*spot->commune == '\0')
		return text_get(v->lang, TEXT_map_group);
	return text_make(v->arena, text_get(v->lang, spot->scattered ? TEXT_map_group_around : TEXT_map_group_in),
	    (const struct html_arg[]){ { .name = "place", .text = spot->commune }, { .name = NULL } });
}

static void
fill_group(struct sheet *s, const struct search_spot *spot, struct mark *m)
{
	struct visit *v = &s->list.v;
	struct search_box to = nearer(s, spot), all = widened(&spot->box);
	char text[BOX_CHARS_MAX];
	size_t i, n;
	struct link *link = arena_alloc(v->arena, SEARCH_SPOT_CARDS * sizeof *link);

	m->group = 1;
	m->stays = stays_together(s, spot);
	m->title = group_name(v, spot);
	m->text = printed(v, "%u", spot->count);
	m->name = text_make(v->arena, text_count(v->lang, TEXT_map_records, spot->count), (const struct html_arg[]){
	    { .name = "n", .number = spot->count }, { .name = NULL } });
	m->name = printed(v, "%s (%s)", m->title, m->name);
	m->more = address_of_box(s, &all, "/catalogue");
	m->href = m->stays ? printed(v, "#place-%zu", m->number) : address_of_box(s, &to, NULL);
	box_print(&to, text);
	m->box = m->stays ? NULL : printed(v, "%s", text);
	n = m->stays || spot->count <= SEARCH_SPOT_CARDS / 2 ? SEARCH_SPOT_CARDS : TITLES;
	for (i = 0; link != NULL && i < spot->cards && i < n; i++)
		link[i] = record_link(v, &spot->card[i]);
	m->record = (struct links){ link, i };
	m->rest = spot->count - (long long)i;
}

static void
fill_single(struct visit *v, const struct search_card *c, struct mark *m)
{
	struct link link = record_link(v, c);

	m->href = link.href;
	m->title = c->title;
	m->lang = link.lang;
	m->kind_label = link.note;
	m->kind = kind_info(c->kind)->name;
	m->where = c->commune;
	m->text = printed(v, "%zu", m->number);
	m->name = printed(v, "%s. %s, %s%s%s", m->text, c->title, link.note, *c->commune == '\0' ? "" : ", ",
	    c->commune);
}

static int
fill_marks(struct sheet *s, struct err *e)
{
	struct visit *v = &s->list.v;
	size_t i;

	for (i = 0; i < s->grid.spots; i++) {
		const struct search_spot *spot = &s->grid.spot[i];
		struct mark *m = &s->mark[i];
		double x = plot_x(&s->plot, spot->lon_e7 / 1e7), y = plot_y(&s->plot, spot->lat_e7 / 1e7);

		*m = (struct mark){ .number = i + 1, .count = spot->count, .kind = "", .kind_label = "", .where = "",
			.x = printed(v, "%.1f", x), .y = printed(v, "%.1f", y),
			.at = printed(v, "%.5f,%.5f", spot->lat_e7 / 1e7, spot->lon_e7 / 1e7) };
		s->stand[i] = (struct stand){ x, y, spot->count > 1, spot->count > 1 ? spot->commune : "" };
		if (spot->count > 1 || spot->cards == 0)
			fill_group(s, spot, m);
		else
			fill_single(v, &spot->card[0], m);
	}
	s->map.mark = s->mark;
	s->map.marks = s->grid.spots;
	return draw_labels(v, &s->plot, &s->grid, s->stand, s->grid.spots, &s->map, e);
}

/* --- the page ---------------------------------------------------------------------------------- */

static const char *
moved(struct sheet *s, double dx, double dy, double scale)
{
	struct plot to;
	struct search_box box;

	plot_shift(&s->plot, dx, dy, scale, &to);
	plot_box(&to, &box);
	return address_of_box(s, &box, NULL);
}

static void
moves(struct sheet *s)
{
	struct view_map *w = &s->view;
	const struct plot *c = &s->plot;

	w->in = plot_is_nearest(c) ? NULL : moved(s, 0, 0, 0.5);
	w->out = plot_is_widest(c) ? NULL : moved(s, 0, 0, 2);
	w->north = c->y0 <= 0 ? NULL : moved(s, 0, -0.5, 1);
	w->south = c->y1 >= 1 ? NULL : moved(s, 0, 0.5, 1);
	w->west = c->x0 <= 0 ? NULL : moved(s, -0.5, 0, 1);
	w->east = c->x1 >= 1 ? NULL : moved(s, 0.5, 0, 1);
}

/* The address that shows a box with the usual margin. */
static const char *
address_around(struct sheet *s, const struct search_box *around)
{
	struct plot c;
	struct search_box box;

	plot_fit(around, MARGIN, DRAW_WIDTH, DRAW_HEIGHT, &c);
	plot_box(&c, &box);
	return address_of_box(s, &box, NULL);
}

/* The operator's tile server, which only this page's policy lets in. */
static void
allow_tiles(struct sheet *s)
{
	const struct config *c = &s->list.v.node->config;
	char source[SOURCE_BYTES_MAX];

	if (c->tiles == NULL || !tiles_source(c->tiles, source, sizeof source))
		return;
	s->view.tiles = c->tiles;
	s->view.tiles_by = c->tiles_attribution == NULL ? "" : c->tiles_attribution;
	s->tiles = printed(&s->list.v, " %s", source);
}

static int
fill_view(struct sheet *s, struct err *e)
{
	struct list *l = &s->list;
	struct view_map *w = &s->view;
	const struct search_grid *g = &s->grid;

	list_fill(l);
	l->view.heading = text_get(l->v.lang, TEXT_map_title);
	l->view.total = (long long)g->total;
	*w = (struct view_map){ .lang = l->v.lang, .frame = &l->v.frame, .list = &l->view, .map = &s->map,
		.inside = (long long)g->inside, .outside = (long long)(g->located - g->inside),
		.nowhere = (long long)(g->total - g->located) };
	s->tiles = "";
	allow_tiles(s);
	moves(s);
	if (w->outside > 0)
		w->all = address_around(s, &g->all);
	if (l->boxed && g->own_located > 0)
		w->own = address_around(s, &g->own);
	l->v.frame.section = "map";
	l->v.frame.map = 2;
	l->v.frame.title = *l->view.q == '\0' ? l->view.heading
	    : printed(&l->v, "%s – %s", l->view.q, l->view.heading);
	l->v.frame.description = text_get(l->v.lang, TEXT_map_description);
	l->v.frame.hidden = l->boxed;
	return draw_base(&l->v, &s->plot, &s->map, e) == -1 ? -1 : fill_marks(s, e);
}

static int
fill(struct sheet *s, const char *path, struct err *e)
{
	list_read(&s->list, path);
	return list_ask(&s->list, e) == -1 || look(s, e) == -1 ? -1 : fill_view(s, e);
}

int
map_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct sheet *s = arena_alloc(req->arena, sizeof *s);
	int rc = -1;

	if (s == NULL)
		return err_memory(e);
	if (visit_begin(&s->list.v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill(s, "/map", e) == 0) {
		if (*s->tiles != '\0')
			visit_allow(&s->list.v, s->tiles);
		rc = page_map(&s->view, &res->body, e);
	}
	return visit_end(&s->list.v, rc, e);
}

int
embed_map(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct sheet *s = arena_alloc(req->arena, sizeof *s);
	int rc = -1;

	if (s == NULL)
		return err_memory(e);
	if (visit_begin(&s->list.v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill(s, "/embed/map", e) == 0) {
		visit_embed(&s->list.v, list_address(&s->list, &(struct change){ .path = "/map" }), s->tiles);
		rc = page_embed_map(&s->view, &res->body, e);
	}
	return visit_end(&s->list.v, rc, e);
}

/* The file as it is, for the script that draws it. */
int
map_outline(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	(void)req;
	res->type = TYPE_TEXT;
	res->cache_control = "public, max-age=86400";
	return buf_addspan(&res->body, buf_span(&n->outline->text), e);
}
