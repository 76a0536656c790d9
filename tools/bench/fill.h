/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fill.h - nodes of the bench's own: made on disk, filled in bulk without verifying again.
 */
#ifndef TOOLS_BENCH_FILL_H
#define TOOLS_BENCH_FILL_H

#include "tools/bench/generate.h"

struct err;

/* A new node in dir that admits every author and may call loopback. */
int	fill_init(const char *dir, const char *name, struct err *e);
/* Store records [begin, end) in a node that is not running; their signatures are known to hold. */
int	fill_store(const char *dir, const struct records *r, size_t begin, size_t end, struct err *e);
/* Index what a node that is not running holds. */
int	fill_index(const char *dir, struct err *e);

#endif
