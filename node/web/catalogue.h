/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue.h - what the catalogue and its map share: the address as data, the question it asks, the filters
 * with their counts.
 */
#ifndef NODE_WEB_CATALOGUE_H
#define NODE_WEB_CATALOGUE_H

#include <stddef.h>

#include "node/core/whereis.h"
#include "node/search/search.h"
#include "node/web/view.h"
#include "node/web/visit.h"

struct err;

#define PARAMS_MAX	40
#define LIST_FILTERS	9

struct params {
	struct hidden at[PARAMS_MAX];
	size_t count;
};

struct list {
	struct visit v;
	const char *path;		/* of the page: its links lead there */
	int on_map;
	struct params params;		/* what the address says that is known, once each */
	struct search_query query;
	struct search_box box;		/* where boxed: "bbox" of the address; not put into query */
	int boxed;
	struct whereis at;		/* of "near" */
	struct search_result result;
	struct view_catalogue view;
	struct facet facet[LIST_FILTERS];
};

/* What a link changes: without one value of a name (value NULL: without any), and with another. */
struct change {
	const char *name, *value;
	const char *with;
	long page;
	int filters_off;
	const char *path;		/* another page; NULL: the same */
};

/* Read the visit's address; links lead to path. */
void	list_read(struct list *l, const char *path);
/* Put the question into l->query, paging and box aside. */
int	list_ask(struct list *l, struct err *e);
/* Fill l->view from l->result, all but cards and pages. */
void	list_fill(struct list *l);
/* The address with a change, in the visit's arena. */
const char	*list_address(struct list *l, const struct change *c);
/* The first value of a parameter, or "". */
const char	*list_text(const struct request *req, const char *name);

/* Where nothing, or only some of the words, was found: what was perhaps meant, and what wider questions find
 * (widen.c). */
void	list_widen(struct list *l);

#endif
