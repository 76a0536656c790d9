/* SPDX-License-Identifier: AGPL-3.0-or-later
 * child.h - the processes the bench starts, each of which it ends by its own number.
 */
#ifndef TOOLS_BENCH_CHILD_H
#define TOOLS_BENCH_CHILD_H

#include <stdint.h>
#include <sys/types.h>

struct err;

struct child {
	pid_t pid;			/* 0: none */
	uint16_t port;			/* where it listens on 127.0.0.1 */
	char socket[600];		/* a node's control socket */
};

/* "essaim serve" on DIR, on a free loopback port; returns when it listens. */
int	child_serve(const char *essaim, const char *dir, struct child *out, struct err *e);
/* nginx serving the files of dir/www, with its configuration and everything it writes under dir.
 * ERR_NOT_FOUND when there is no nginx. */
int	child_nginx(const char *dir, struct child *out, struct err *e);
void	child_stop(struct child *c);	/* SIGTERM, and waits; a child of pid 0 is fine */

/* Memory of a process: resident now, and the most it ever was, both in MiB. */
int	child_memory(const struct child *c, double *resident_mib, double *peak_mib, struct err *e);
/* Processor time it has used, all threads, in seconds. */
int	child_cpu(const struct child *c, double *seconds, struct err *e);

#endif
