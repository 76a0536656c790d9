/* SPDX-License-Identifier: AGPL-3.0-or-later
 * routes.c - every page, one row each. */
#include "node/web/inside.h"
#include "node/web/web.h"

static const struct route page[] = {
	{ METHOD_GET, "/catalogue", catalogue_page, ACCESS_PUBLIC, 0, "search and browse everything" },
	{ METHOD_GET, "/i/:author/:kind/:rid", item_page, ACCESS_PUBLIC, 0, "one record" },
	{ METHOD_GET, "/i/:author/:kind/:rid/:slug", item_page, ACCESS_PUBLIC, 0,
	    "one record, with words of its title for people" },
	{ METHOD_GET, "/provenance/:author/:kind/:rid", provenance_page, ACCESS_PUBLIC, 0,
	    "where a record comes from, and how to check it" },
	{ METHOD_GET, "/static/:name", static_file, ACCESS_PUBLIC, 0, "styles and images" },
	{ METHOD_GET, "/robots.txt", robots_text, ACCESS_PUBLIC, 0, "what search engines should leave out" },
};

const struct route_table web_routes = { page, sizeof page / sizeof page[0] };
