/* SPDX-License-Identifier: AGPL-3.0-or-later
 * main.c - essaim-sim: one run, a curve of runs, or a sweep over seeds of small networks. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/mem.h"
#include "tools/sim/options.h"
#include "tools/sim/report.h"

#define FAILURES_SHOWN 5

static int
is_good(const struct outcome *o)
{
	return o->converged && o->tally.violations == 0;
}

static void
report(const struct options *o, const struct outcome *out)
{
	if (o->json)
		report_json(out, stdout);
	else
		report_text(out, stdout);
	fflush(stdout);
}

static int
run_one(const struct options *o)
{
	struct outcome out;

	run(&o->c, &out);
	report(o, &out);
	return is_good(&out) ? 0 : 1;
}

/* --- many seeds --------------------------------------------------------------------------------------------- */

struct sweep {
	int64_t done, failed;
	uint64_t violations, bytes, nodes, rounds;
	double slowest_s, cpu_s;
};

static void
count(struct sweep *s, const struct outcome *out)
{
	s->done++;
	s->failed += !is_good(out);
	s->violations += out->tally.violations;
	s->bytes += out->tally.bytes;
	s->nodes += (uint64_t)out->c.nodes;
	s->rounds = out->tally.hops_max > s->rounds ? out->tally.hops_max : s->rounds;
	s->cpu_s += out->cpu_s;
	if (out->converge_s > s->slowest_s)
		s->slowest_s = out->converge_s;
}

static void
progress(const struct sweep *s, int64_t of)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%lld of %lld seeds, %lld failed ", (long long)s->done, (long long)of,
		    (long long)s->failed);
	else if (s->done % 100 == 0)
		fprintf(stderr, "%lld of %lld seeds, %lld failed\n", (long long)s->done, (long long)of,
		    (long long)s->failed);
}

static int
run_sweep(const struct options *o)
{
	struct sweep s = { 0 };
	struct outcome out;

	while (s.done < o->sweep) {
		struct config c = options_small(o->c.seed + (uint64_t)s.done);

		run(&c, &out);
		count(&s, &out);
		if (!is_good(&out) && s.failed <= FAILURES_SHOWN)
			report_text(&out, stderr);
		progress(&s, o->sweep);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r");
	if (o->json)
		printf("{\"seeds\":%lld,\"first\":%llu,\"failed\":%lld,\"converged\":%s,\"rounds\":%llu,"
		    "\"bytes_per_node\":%.0f,\"violations\":%llu,\"slowest_s\":%.3f,\"cpu_s\":%.3f}\n", (long long)s.done,
		    (unsigned long long)o->c.seed, (long long)s.failed, s.failed == 0 ? "true" : "false",
		    (unsigned long long)s.rounds, (double)s.bytes / (double)s.nodes, (unsigned long long)s.violations,
		    s.slowest_s, s.cpu_s);
	else
		printf("%lld small networks from seed %llu: %lld failed, %llu violations; the slowest agreed %.0f s after "
		    "its last fault; %.1f s of processor\n", (long long)s.done, (unsigned long long)o->c.seed,
		    (long long)s.failed, (unsigned long long)s.violations, s.slowest_s, s.cpu_s);
	return s.failed == 0 ? 0 : 1;
}

/* --- curves --------------------------------------------------------------------------------------------------- */

static int
write_svg(const char *path, const struct outcome *out, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL) {
		fprintf(stderr, "essaim-sim: cannot write %s\n", path);
		return 1;
	}
	report_svg(out, n, f);
	return fclose(f) == 0 ? 0 : 1;
}

static int
run_curve(const struct options *o)
{
	struct outcome *out = mem_new(o->curves, sizeof *out);
	int bad = 0;
	size_t i;

	for (i = 0; i < o->curves; i++) {
		struct config c = o->c;

		c.nodes = o->curve[i];
		options_complete(&c);
		run(&c, &out[i]);
		report(o, &out[i]);
		bad |= !is_good(&out[i]);
	}
	if (o->svg != NULL)
		bad |= write_svg(o->svg, out, o->curves);
	free(out);
	return bad;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct err e;

	mem_must(sodium_init(), "libsodium does not start");
	if (options_read(argc, argv, &o, &e) == -1) {
		fprintf(stderr, "essaim-sim: %s\n", e.text);
		return 2;
	}
	if (o.help) {
		options_help(stdout);
		return 0;
	}
	if (o.sweep > 0)
		return run_sweep(&o);
	return o.curves > 0 ? run_curve(&o) : run_one(&o);
}
