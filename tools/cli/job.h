/* SPDX-License-Identifier: AGPL-3.0-or-later
 * job.h - what takes long at the node: start it, wait for it, with progress. */
#ifndef TOOLS_CLI_JOB_H
#define TOOLS_CLI_JOB_H

#include <jansson.h>

#include "tools/cli/cli.h"

struct client;

/* POST target, which starts a job, and wait until it is done.  *out is its result, the caller's. */
int	job_run(struct cli *c, const char *target, const char *what, json_t **out, struct err *e);
int	job_run_with(struct cli *c, struct client *node, const char *target, const char *what, json_t **out,
	    struct err *e);

#endif
