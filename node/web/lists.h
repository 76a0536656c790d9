/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lists.h - pieces that several pages list: cards of a search, the axes, the territories.
 */
#ifndef NODE_WEB_LISTS_H
#define NODE_WEB_LISTS_H

#include "node/web/visit.h"
#include "proto/vocab.h"

/* Run q and make cards of what it finds; total may be NULL. */
int	list_cards(struct visit *v, struct search_query *q, struct cards *out, long long *total, struct err *e);
/* The five axes, each with how many records are on it. */
int	list_axes(struct visit *v, const struct axis **out, size_t *count, struct err *e);
/* Who publishes here, the largest first, and how much in all. */
int	list_territories(struct visit *v, const struct territory_row **out, size_t *count, long long *total,
	    struct err *e);

#endif
