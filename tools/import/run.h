/* SPDX-License-Identifier: AGPL-3.0-or-later
 * run.h - one import from file to report: read, map, send in batches, tell.
 *
 * Items go to the node in batches through its API, so the same code serves the command line, which may
 * speak to a running node, and the node itself (node/core/importer.h).  What a run that was broken off
 * has taken in is found again by the next: nothing is doubled.
 */
#ifndef TOOLS_IMPORT_RUN_H
#define TOOLS_IMPORT_RUN_H

#include "node/core/importer.h"
#include "node/http/request.h"
#include "tools/import/report.h"

/* Ask the node; as client_call. */
typedef int import_call_fn(void *ctx, enum method method, const char *target, struct span body, struct buf *out,
    struct err *e);

/* Reads job->file to its end.  The report is filled also when -1 tells that the file broke off. */
int	import_run(const struct importer_job *job, import_call_fn *call, void *ctx, struct report *r, struct err *e);

/* What essaim import --suggest prints: a mapping file with the columns' samples, as comments, and what is not
 * known yet (suggest.c). */
int	import_suggest(const struct importer_job *job, struct buf *out, struct err *e);

/* For node->importer. */
extern const struct importer importer_table;

#endif
