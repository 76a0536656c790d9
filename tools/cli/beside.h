/* SPDX-License-Identifier: AGPL-3.0-or-later
 * beside.h - a file written beside its place and moved there when whole, so that nobody meets half of it. */
#ifndef TOOLS_CLI_BESIDE_H
#define TOOLS_CLI_BESIDE_H

#include <stddef.h>

struct err;

/* A descriptor to write to; temp receives where it lies.  "-" is standard output, temp "" then.  -1. */
int	beside_open(const char *file, char *temp, size_t size, struct err *e);
/* With rc 0 move it in place, else remove it.  Returns rc, or -1. */
int	beside_settle(const char *temp, const char *file, int rc, struct err *e);

#endif
