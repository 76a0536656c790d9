/* SPDX-License-Identifier: AGPL-3.0-or-later
 * floor.h - the straightest code that does the same work: what a node is measured against.
 *
 * Fetches compressed lines from a thread of its own over loopback, verifies them on all cores, inserts
 * them into one table and their words into one FTS5 table with our tokenizer.  No admission, no merge, no
 * roster, no cards, no facets; errors end it.
 */
#ifndef TOOLS_BENCH_FLOOR_H
#define TOOLS_BENCH_FLOOR_H

#include "tools/bench/generate.h"

struct err;

struct floor_result {
	double seconds;		/* from the first byte asked for to the last commit */
	double cpu_s;		/* processor time of all its threads */
	size_t bytes;		/* fetched, compressed */
};

/* first: the index of the first of the records; dir: where its databases go. */
int	floor_run(const struct records *r, size_t first, size_t count, const char *dir, struct floor_result *out,
	    struct err *e);

/* Signatures of the records verified a second by bare libsodium on all cores, nothing else done. */
int	floor_verify(const struct records *r, double *per_s, struct err *e);

/* What gzip -6 makes of the records' lines. */
int	floor_gzip(const struct records *r, size_t first, size_t count, size_t *bytes, struct err *e);

#endif
