/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cursor.h - where a reader of the changes feed has got to (SPEC: Changes).
 *
 * The text is this node's alone; others keep it and hand it back.  It binds the
 * store's epoch, a sequence and the filter, so that a cursor from before a restart or
 * of another filter is noticed and answered by a reset, never by silent gaps.
 */
#ifndef NODE_API_CURSOR_H
#define NODE_API_CURSOR_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/limits.h"
#include "proto/shelf.h"

/* The cursor at sequence seq of epoch, for the filter. */
void	cursor_format(const char *epoch, int64_t seq, const struct shelf_filter *f,
	    char out[CURSOR_CHARS_MAX + 1]);

/* 1 and *seq when text is exactly what cursor_format writes for this epoch and filter, or empty (the
 * beginning: 0).  0: start over. */
int	cursor_read(struct span text, const char *epoch, const struct shelf_filter *f, int64_t *seq);

#endif
