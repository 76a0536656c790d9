/* SPDX-License-Identifier: AGPL-3.0-or-later
 * about.h - the neighbours as rows, for the network page and the operator's.
 */
#ifndef NODE_WEB_ABOUT_H
#define NODE_WEB_ABOUT_H

#include "node/web/visit.h"

int	peer_rows(struct visit *v, const struct peer_row **out, size_t *count, struct err *e);
/* Are there neighbours, tried already, of whom none answers? */
int	peers_silent(struct visit *v);

#endif
