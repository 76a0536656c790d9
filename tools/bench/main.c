/* SPDX-License-Identifier: AGPL-3.0-or-later
 * main.c - the bench: chooses rows, runs them, writes the report.
 *
 *   bench [--rows GLOB] [--quick] [--out DIR] [--essaim PROGRAM] [--list]
 *
 * The exit status tells whether everything could be run, never whether a figure is good.
 */
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/err.h"
#include "tools/bench/bench.h"

static const struct row {
	const char *name;
	int (*run)(struct bench *b, struct err *e);
	const char *summary;
} rows[] = {
	{ "intake", row_intake, "records taken in, against bare verification and a floor" },
	{ "reconcile", row_reconcile, "the difference of two sets of a million" },
	{ "replicate", row_replicate, "two nodes: everything, a hundred changed, nothing changed" },
	{ "pages", row_pages, "pages and records by HTTP, against nginx" },
	{ "search", row_search, "words, facets, nearness" },
	{ "memory", row_memory, "resident memory of a serving node" },
};

#define ROWS (sizeof rows / sizeof rows[0])

static double
read_clock(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
clock_s(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double
thread_cpu_s(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double
process_cpu_s(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void
sleep_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000L };

	nanosleep(&t, NULL);
}

int
bench_dir(struct bench *b, const char *name, char *out, size_t size, struct err *e)
{
	if ((size_t)snprintf(out, size, "%s/%s", b->work, name) >= size)
		return err_set(e, ERR_LIMIT, "%s: too long a path", name);
	if (mkdir(out, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_IO, "%s: %s", out, strerror(errno));
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void
bench_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- the run --------------------------------------------------------------------------------- */

struct choice {
	const char *glob, *out;
};

static int
usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: bench [--rows GLOB] [--quick] [--out DIR] [--essaim PROGRAM] [--list]\n\n"
	    "Measures this program and, in the same run, the limits of this machine.\n"
	    "DIR (default build/bench) receives report.txt, report.json and report.svg.\n\nrows:\n");
	for (i = 0; i < ROWS; i++)
		fprintf(to, "  %-12s %s\n", rows[i].name, rows[i].summary);
	return to == stderr ? 2 : 0;
}

static int
write_form(const struct bench *b, const char *dir, const char *name,
    void (*form)(const struct report *, FILE *), struct err *e)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	form(&b->report, f);
	return fclose(f) == 0 ? 0 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

static int
run_rows(struct bench *b, const struct choice *c)
{
	struct err e = {0};
	size_t i;
	int failed = 0;

	for (i = 0; i < ROWS; i++) {
		if (fnmatch(c->glob, rows[i].name, 0) != 0)
			continue;
		if (rows[i].run(b, &e) == -1) {
			report_missing(&b->report, rows[i].name, rows[i].summary, e.text);
			failed = 1;
		}
	}
	report_table(&b->report, stdout);
	if (write_form(b, c->out, "report.txt", report_table, &e) == -1 ||
	    write_form(b, c->out, "report.json", report_json, &e) == -1 ||
	    write_form(b, c->out, "report.svg", report_svg, &e) == -1) {
		fprintf(stderr, "bench: %s\n", e.text);
		failed = 1;
	}
	return failed;
}

static int
make_places(struct bench *b, const char *out)
{
	char build[] = "build";

	mkdir(build, 0755);
	if ((mkdir(out, 0755) == -1 && errno != EEXIST) ||
	    (size_t)snprintf(b->cache, sizeof b->cache, "%s", out) >= sizeof b->cache ||
	    (size_t)snprintf(b->work, sizeof b->work, "%s/work-XXXXXX", out) >= sizeof b->work ||
	    mkdtemp(b->work) == NULL) {
		fprintf(stderr, "bench: %s: %s\n", out, strerror(errno));
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rows", required_argument, NULL, 'r' }, { "quick", no_argument, NULL, 'q' },
		{ "out", required_argument, NULL, 'o' }, { "essaim", required_argument, NULL, 'e' },
		{ "list", no_argument, NULL, 'l' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct bench b = { .essaim = "build/release/essaim" };
	struct choice c = { "*", "build/bench" };
	int option, rc;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'r': c.glob = optarg; break;
		case 'q': b.quick = 1; break;
		case 'o': c.out = optarg; break;
		case 'e': b.essaim = optarg; break;
		case 'l':
		case 'h': return usage(stdout);
		default: return usage(stderr);
		}
	if (optind < argc)
		return usage(stderr);
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() == -1 || make_places(&b, c.out) == -1)
		return 1;
	report_init(&b.report);
	rc = run_rows(&b, &c);
	report_clear(&b.report);
	bench_remove(b.work);
	return rc;
}
