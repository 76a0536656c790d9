/* SPDX-License-Identifier: AGPL-3.0-or-later
 * routes.c - every page, one row each. */
#include "node/web/inside.h"
#include "node/web/web.h"

static const struct route page[] = {
	{ METHOD_GET, "/", home_page, ACCESS_PUBLIC, 0, "the home page" },
	{ METHOD_GET, "/catalogue", catalogue_page, ACCESS_PUBLIC, 0, "search and browse everything" },
	{ METHOD_GET, "/map", map_page, ACCESS_PUBLIC, 0, "the same where it lies" },
	{ METHOD_GET, "/i/:author/:kind/:rid", item_page, ACCESS_PUBLIC, 0, "one record" },
	{ METHOD_GET, "/i/:author/:kind/:rid/:slug", item_page, ACCESS_PUBLIC, 0,
	    "one record, with words of its title for people" },
	{ METHOD_GET, "/provenance/:author/:kind/:rid", provenance_page, ACCESS_PUBLIC, 0,
	    "where a record comes from, and how to check it" },
	{ METHOD_GET, "/offers", offers_page, ACCESS_PUBLIC, 0, "offers and needs side by side" },
	{ METHOD_GET, "/agenda", agenda_page, ACCESS_PUBLIC, 0, "meetings by month" },
	{ METHOD_GET, "/library", library_page, ACCESS_PUBLIC, 0, "documents, syntheses, questions by axis" },
	{ METHOD_GET, "/territories", territories_page, ACCESS_PUBLIC, 0, "who publishes" },
	{ METHOD_GET, "/territory/:author", territory_page, ACCESS_PUBLIC, 0,
	    "a territory or association: presentation, counts, charter" },
	{ METHOD_GET, "/network", network_page, ACCESS_PUBLIC, 0, "the nodes this one speaks with" },
	{ METHOD_GET, "/about", about_page, ACCESS_PUBLIC, 0, "what this is, and its open data" },
	{ METHOD_GET, "/legal", legal_page, ACCESS_PUBLIC, 0, "legal notice, privacy, accessibility" },
	{ METHOD_GET, "/static/:name", static_file, ACCESS_PUBLIC, 0, "styles and images" },
	{ METHOD_GET, "/site/:name", own_file, ACCESS_PUBLIC, 0, "the site's own colour and logo" },
	{ METHOD_GET, "/robots.txt", robots_text, ACCESS_PUBLIC, 0, "what search engines should leave out" },

	{ METHOD_GET, "/operator/login", login_page, ACCESS_PUBLIC, 0, "open a session with a one-time link" },
	{ METHOD_POST, "/operator/logout", logout_post, ACCESS_OPERATOR, FORM_BYTES_MAX, "end the session" },
	{ METHOD_GET, "/operator", desk_page, ACCESS_OPERATOR, 0, "the node's own records" },
	{ METHOD_GET, "/operator/new/:kind", new_page, ACCESS_OPERATOR, 0, "the form of a new record" },
	{ METHOD_POST, "/operator/new/:kind", new_post, ACCESS_OPERATOR, FORM_BYTES_MAX, "publish a record" },
	{ METHOD_GET, "/operator/edit/:author/:kind/:rid", edit_page, ACCESS_OPERATOR, 0,
	    "the form of a record" },
	{ METHOD_POST, "/operator/edit/:author/:kind/:rid", edit_post, ACCESS_OPERATOR, FORM_BYTES_MAX,
	    "change a record" },
	{ METHOD_GET, "/operator/delete/:author/:kind/:rid", erase_page, ACCESS_OPERATOR, 0,
	    "ask before deleting a record" },
	{ METHOD_POST, "/operator/delete/:author/:kind/:rid", erase_post, ACCESS_OPERATOR, FORM_BYTES_MAX,
	    "delete a record" },
	{ METHOD_POST, "/operator/confirm/:author/:kind/:rid", confirm_post, ACCESS_OPERATOR, FORM_BYTES_MAX,
	    "say that a record still holds" },
	{ METHOD_GET, "/operator/peers", peers_page, ACCESS_OPERATOR, 0, "the neighbours" },
	{ METHOD_POST, "/operator/peers", peers_post, ACCESS_OPERATOR, FORM_BYTES_MAX,
	    "meet, add, remove or call a neighbour" },
	{ METHOD_GET, "/operator/authors", authors_page, ACCESS_OPERATOR, 0, "who signs on this node" },
	{ METHOD_POST, "/operator/authors", authors_post, ACCESS_OPERATOR, FORM_BYTES_MAX, "add an author" },
};

const struct route_table web_routes = { page, sizeof page / sizeof page[0] };
