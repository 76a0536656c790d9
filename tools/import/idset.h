/* SPDX-License-Identifier: AGPL-3.0-or-later
 * idset.h - which of many texts were seen before, 8 bytes each: the identifiers of an import. */
#ifndef TOOLS_IMPORT_IDSET_H
#define TOOLS_IMPORT_IDSET_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

struct idset {
	uint64_t *slot;		/* 0: free */
	size_t cap, count;
};

/* 1 new, 0 seen before, -1 no memory.  Two texts are taken for one with chance 2^-64 a pair. */
int	idset_add(struct idset *s, struct span text, struct err *e);
int	idset_has(const struct idset *s, struct span text);
void	idset_clear(struct idset *s);

#endif
