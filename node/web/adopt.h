/* SPDX-License-Identifier: AGPL-3.0-or-later
 * adopt.h - an initiative of elsewhere as the beginning of one's own.
 */
#ifndef NODE_WEB_ADOPT_H
#define NODE_WEB_ADOPT_H

#include "proto/buf.h"

struct err;

/* The content to begin with: what the idea is of origin (an initiative's content, JSON object), and
 * "adapted_from" set to ref.  Place, contact, dates and who does it are left to whoever takes it up. */
int	adopt_content(struct span origin, const char *ref, struct buf *out, struct err *e);

#endif
