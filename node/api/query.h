/* SPDX-License-Identifier: AGPL-3.0-or-later
 * query.h - the catalogue's query parameters as a search: one reading for pages, exports and the API. */
#ifndef NODE_API_QUERY_H
#define NODE_API_QUERY_H

#include "node/http/request.h"
#include "node/search/search.h"

struct err;
struct node;

#define QUERY_PAGE_ROWS		20
#define QUERY_PAGES_MAX		1000

/* Read q, kind, axis, practice, access, terms, status, type, territory (a did:key), commune, near ("lat,lon" or
 * a commune), within (km), bbox ("west,south,east,north"), from, to, upcoming, examples=0, sort, page, limit
 * and language (or lang) into *q; several values of one parameter, or commas, are alternatives.  Nothing a visitor
 * types is an error: what cannot be understood is left out.  Texts borrow from req. */
void	query_read(struct node *node, const struct request *req, struct search_reader *r,
	    struct search_query *q);

/* "best", "newest", "nearest", "title", "soonest"; NULL past the last. */
const char *query_sort_name(enum search_sort sort);

#endif
