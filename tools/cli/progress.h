/* SPDX-License-Identifier: AGPL-3.0-or-later
 * progress.h - tells somebody who waits more than two seconds how far it has got. */
#ifndef TOOLS_CLI_PROGRESS_H
#define TOOLS_CLI_PROGRESS_H

#include <stdint.h>

#include "tools/cli/cli.h"

struct progress {
	FILE *out;		/* NULL: nobody looks */
	const char *what;	/* "import", "bundle"… */
	int is_tty, shown;
	int64_t started_ms, last_ms;
};

/* Shown on standard error when that is a terminal, or with --progress. */
void	progress_start(struct progress *p, const struct cli *c, const char *what);
void	progress_step(struct progress *p, uint64_t done, const char *unit);
void	progress_end(struct progress *p);	/* clears the line */

#endif
