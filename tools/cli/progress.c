/* SPDX-License-Identifier: AGPL-3.0-or-later
 * progress.c - see progress.h. */
#include "tools/cli/progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS	2000
#define BETWEEN_MS	200
#define LINES_MS	5000	/* without a terminal: a line of its own now and then */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
progress_start(struct progress *p, const struct cli *c, const char *what)
{
	int is_tty = isatty(STDERR_FILENO);

	*p = (struct progress){ .out = is_tty || c->progress ? c->messages : NULL, .what = what,
		.is_tty = is_tty, .started_ms = now_ms() };
}

void
progress_step(struct progress *p, uint64_t done, const char *unit)
{
	int64_t now;

	if (p->out == NULL)
		return;
	now = now_ms();
	if (now - p->started_ms < QUIET_MS || now - p->last_ms < (p->is_tty ? BETWEEN_MS : LINES_MS))
		return;
	p->last_ms = now;
	p->shown = 1;
	fprintf(p->out, "%s%s: %" PRIu64 " %s, %" PRId64 " s%s", p->is_tty ? "\r" : "", p->what, done, unit,
	    (now - p->started_ms) / 1000, p->is_tty ? "   " : "\n");
	fflush(p->out);
}

void
progress_end(struct progress *p)
{
	if (p->out != NULL && p->shown && p->is_tty)
		fprintf(p->out, "\r%60s\r", "");
}
