/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lines.h - the lines of a file that may be gzipped: NDJSON and bundles. */
#ifndef TOOLS_CLI_LINES_H
#define TOOLS_CLI_LINES_H

#include <stdint.h>

#include "proto/buf.h"

struct err;

#define LINE_BYTES_MAX ((size_t)64 * 1024)	/* longer ones are no records whatever they hold */

/* number counts from 1; empty lines are passed over.  A line past LINE_BYTES_MAX comes cut. */
typedef int lines_fn(void *ctx, uint64_t number, struct span line, struct err *e);

/* path "-" is standard input. */
int	lines_read(const char *path, lines_fn *each, void *ctx, struct err *e);

#endif
