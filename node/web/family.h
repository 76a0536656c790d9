/* SPDX-License-Identifier: AGPL-3.0-or-later
 * family.h - news of an author's initiatives that others took up.
 */
#ifndef NODE_WEB_FAMILY_H
#define NODE_WEB_FAMILY_H

#include "node/web/visit.h"

/* What other nodes' authors made of did's initiatives in the last half year, the newest first. */
int	family_news(struct visit *v, const char *did, struct cards *out, struct err *e);

#endif
