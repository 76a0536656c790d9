/* SPDX-License-Identifier: AGPL-3.0-or-later
 * target.h - puts together what follows a node's address: a path and its query. */
#ifndef NODE_CORE_TARGET_H
#define NODE_CORE_TARGET_H

#include "proto/buf.h"

struct err;

/* Append name=value to a target, percent-encoded, with "?" or "&" before it; a NULL value adds nothing. */
int	target_add(struct buf *target, const char *name, const char *value, struct err *e);

#endif
