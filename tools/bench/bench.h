/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bench.h - what the rows of the bench share: the choices of the run, a place to work in, clocks.
 *
 * A row is a function that measures one part of the program and, beside it and in the same run, the
 * limit this machine sets; it adds lines to the report.
 */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "tools/bench/generate.h"
#include "tools/bench/report.h"

struct err;

struct bench {
	int quick;			/* small sizes */
	const char *essaim;		/* the program under test */
	char cache[512];		/* generated records are kept here */
	char work[512];			/* a fresh folder, removed at the end */
	struct report report;
};

int	row_intake(struct bench *b, struct err *e);
int	row_reconcile(struct bench *b, struct err *e);
int	row_replicate(struct bench *b, struct err *e);
int	row_pages(struct bench *b, struct err *e);
int	row_search(struct bench *b, struct err *e);
int	row_memory(struct bench *b, struct err *e);

double	clock_s(void);			/* monotonic */
double	thread_cpu_s(void);		/* processor time of the calling thread */
double	process_cpu_s(void);		/* ... of all threads of this process */
void	sleep_ms(unsigned ms);

/* A path under the place to work in; the folder is made.  Lives until the next call with that buffer. */
int	bench_dir(struct bench *b, const char *name, char *out, size_t size, struct err *e);
/* Delete a folder and what is in it, so that rows do not fill the disk. */
void	bench_remove(const char *dir);

#endif
