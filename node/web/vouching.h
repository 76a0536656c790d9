/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vouching.h - who vouches for whom, by name: what holds the network together.
 */
#ifndef NODE_WEB_VOUCHING_H
#define NODE_WEB_VOUCHING_H

#include "node/web/view.h"
#include "node/web/visit.h"

/* A row for each author that vouches, its values those it vouches for; at most some hundred vouches in all. */
int	vouching_fill(struct visit *v, struct rows *out, struct err *e);

#endif
