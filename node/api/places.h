/* SPDX-License-Identifier: AGPL-3.0-or-later
 * places.h - where the communes lie, as the operator loaded it. */
#ifndef NODE_API_PLACES_H
#define NODE_API_PLACES_H

struct err;
struct node;

/* Read DIR/centres.tsv into the gazetteer; a missing file is fine. */
int	places_load(struct node *n, struct err *e);

#endif
