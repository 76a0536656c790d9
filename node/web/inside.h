/* SPDX-License-Identifier: AGPL-3.0-or-later
 * inside.h - what the files of node/web share and nobody else needs: struct web and the handlers.
 */
#ifndef NODE_WEB_INSIDE_H
#define NODE_WEB_INSIDE_H

#include <stddef.h>
#include <stdint.h>

#include "node/http/request.h"
#include "node/http/response.h"
#include "node/web/session.h"

struct cached;
struct err;
struct node;
struct pages;

struct web {
	struct node *node;
	struct sessions *sessions;
	struct pages *pages;		/* rendered pages */
	struct cached **asset;		/* in the order of asset_table */
	struct own_file {		/* what the operator's configuration adds; url "": nothing */
		char url[64];
		struct cached *file;
	} accent, logo;
};

#define FORM_BYTES_MAX (512 * 1024)
#define UPLOAD_BYTES_MAX ((size_t)32 << 20)	/* a form with a file */

/* Handlers (node/http/route.h), one row each in routes.c. */
int	home_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	catalogue_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	map_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	map_outline(struct node *n, const struct request *req, struct response *res, struct err *e);
int	embed_map(struct node *n, const struct request *req, struct response *res, struct err *e);
int	embed_list(struct node *n, const struct request *req, struct response *res, struct err *e);
int	item_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	provenance_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	adopt_explained(struct node *n, const struct request *req, struct response *res, struct err *e);
int	lineage_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	reciprocity_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	offers_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	agenda_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	library_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	axis_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	practice_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	territories_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	territory_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	network_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	about_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	exports_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	legal_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	static_file(struct node *n, const struct request *req, struct response *res, struct err *e);
int	own_file(struct node *n, const struct request *req, struct response *res, struct err *e);
int	booklet_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	poster_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	qr_image(struct node *n, const struct request *req, struct response *res, struct err *e);
int	sitemap_index(struct node *n, const struct request *req, struct response *res, struct err *e);
int	sitemap_part(struct node *n, const struct request *req, struct response *res, struct err *e);
int	robots_text(struct node *n, const struct request *req, struct response *res, struct err *e);

int	login_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	logout_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	desk_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	new_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	new_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	adopt_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	adopt_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	edit_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	edit_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	erase_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	erase_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	confirm_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	peers_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	peers_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	import_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	import_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	import_watch(struct node *n, const struct request *req, struct response *res, struct err *e);
int	import_decide(struct node *n, const struct request *req, struct response *res, struct err *e);
int	import_mapping(struct node *n, const struct request *req, struct response *res, struct err *e);
int	sources_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	sources_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	differences_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	differences_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	twins_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	twins_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	authors_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	authors_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	trust_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	standing_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	standing_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	upkeep_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	upkeep_post(struct node *n, const struct request *req, struct response *res, struct err *e);
int	blocks_page(struct node *n, const struct request *req, struct response *res, struct err *e);
int	blocks_post(struct node *n, const struct request *req, struct response *res, struct err *e);

#endif
