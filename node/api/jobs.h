/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jobs.h - what the operator asks for and may take long: a thread each, polled by number.
 *
 * A request has a deadline, an exchange with a far peer or a check of a large database has not; so
 * such a request starts a job and answers with its number at once.  Results are kept until there are
 * JOBS_MAX newer ones.
 */
#ifndef NODE_API_JOBS_H
#define NODE_API_JOBS_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/err.h"

struct jobs;
struct node;

#define JOBS_MAX		16
#define JOB_RESULT_BYTES_MAX	((size_t)1 << 20)

/* Do the work and append one JSON value to result; runs on its own thread.  arg is text. */
typedef int job_fn(struct node *node, const char *arg, struct buf *result, struct err *e);

int	jobs_open(struct node *node, struct jobs **out, struct err *e);
void	jobs_close(struct jobs *j);		/* waits for those that run; NULL is fine */

/* Start one; arg (NULL: "") is copied.  ERR_BUSY when JOBS_MAX run. */
int	jobs_start(struct jobs *j, job_fn *run, const char *arg, int64_t *number, struct err *e);

/* Forget what finished jobs said where text is part of it. */
void	jobs_forget(struct jobs *j, struct span text);

/* 1 done: *rc and *why say how, its result is appended to result; 0 running; -1 ERR_NOT_FOUND. */
int	jobs_look(struct jobs *j, int64_t number, int *rc, struct err *why, struct buf *result, struct err *e);

#endif
