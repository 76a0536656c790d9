/* SPDX-License-Identifier: AGPL-3.0-or-later
 * page.h - one function per page or shared fragment in node/web/tmpl/: writes the view to out.
 * 0, or -1 with e set when out is full. */
#ifndef NODE_WEB_PAGE_H
#define NODE_WEB_PAGE_H

#include <string.h>	/* templates compare strings */

#include "node/web/md.h"
#include "node/web/trust.h"
#include "node/web/view.h"

struct buf;
struct err;

/* Fragments (frame.html, lists.html). */
int	page_head(const struct frame *v, struct buf *out, struct err *e);
int	page_foot(const struct frame *v, struct buf *out, struct err *e);
int	page_cards(const struct frame *v, const struct cards *c, int level, struct buf *out, struct err *e);
int	page_chips(const struct links *l, struct buf *out, struct err *e);
int	page_facts(const struct rows *r, struct buf *out, struct err *e);
int	page_facets(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_chosen(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_kept(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_whereabouts(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_drawing(const struct view_map *v, struct buf *out, struct err *e);

int	page_leave(const struct frame *v, struct buf *out, struct err *e);
int	page_met(const struct frame *v, const struct peer_row *p, struct buf *out, struct err *e);
int	page_qr(const struct qr *q, const char *label, struct buf *out, struct err *e);

int	page_home(const struct view_home *v, struct buf *out, struct err *e);
int	page_catalogue(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_embed(const struct view_catalogue *v, struct buf *out, struct err *e);
int	page_embed_map(const struct view_map *v, struct buf *out, struct err *e);
int	page_minimap(const struct view_item *v, struct buf *out, struct err *e);
int	page_map(const struct view_map *v, struct buf *out, struct err *e);
int	page_item(const struct view_item *v, struct buf *out, struct err *e);
int	page_adopt(const struct view_adopt *v, struct buf *out, struct err *e);
int	page_lineage(const struct view_lineage *v, struct buf *out, struct err *e);
int	page_reciprocity(const struct view_reciprocity *v, struct buf *out, struct err *e);
int	page_provenance(const struct view_provenance *v, struct buf *out, struct err *e);
int	page_offers(const struct view_offers *v, struct buf *out, struct err *e);
int	page_agenda(const struct view_agenda *v, struct buf *out, struct err *e);
int	page_library(const struct view_library *v, struct buf *out, struct err *e);
int	page_theme(const struct view_theme *v, struct buf *out, struct err *e);
int	page_territories(const struct view_territories *v, struct buf *out, struct err *e);
int	page_territory(const struct view_territory *v, struct buf *out, struct err *e);
int	page_network(const struct view_network *v, struct buf *out, struct err *e);
int	page_about(const struct view_about *v, struct buf *out, struct err *e);
int	page_legal(const struct view_about *v, struct buf *out, struct err *e);
int	page_exports(const struct view_exports *v, struct buf *out, struct err *e);
int	page_booklet(const struct view_booklet *v, struct buf *out, struct err *e);
int	page_poster(const struct view_poster *v, struct buf *out, struct err *e);
int	page_error(const struct view_error *v, struct buf *out, struct err *e);

int	page_welcome(const struct view_welcome *v, struct buf *out, struct err *e);
int	page_desk(const struct view_desk *v, struct buf *out, struct err *e);
int	page_form(const struct view_form *v, struct buf *out, struct err *e);
int	page_erase(const struct view_erase *v, struct buf *out, struct err *e);
int	page_peers(const struct view_peers *v, struct buf *out, struct err *e);
int	page_import(const struct view_import *v, struct buf *out, struct err *e);
int	page_sources(const struct view_sources *v, struct buf *out, struct err *e);
int	page_differences(const struct view_differences *v, struct buf *out, struct err *e);
int	page_twins(const struct view_twins *v, struct buf *out, struct err *e);
int	page_authors(const struct view_authors *v, struct buf *out, struct err *e);
int	page_upkeep(const struct view_upkeep *v, struct buf *out, struct err *e);
int	page_trust(const struct view_trust *v, struct buf *out, struct err *e);
int	page_standing(const struct view_standing *v, struct buf *out, struct err *e);
int	page_blocks(const struct view_blocks *v, struct buf *out, struct err *e);

#endif
