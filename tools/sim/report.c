/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.c - see report.h. */
#include "tools/sim/report.h"

#include <math.h>

#include "tools/sim/options.h"

double
report_bytes_per_node(const struct outcome *o)
{
	return (double)o->tally.bytes / (double)o->c.nodes;
}

double
report_payload_per_node(const struct outcome *o)
{
	return (double)o->tally.payload / (double)o->c.nodes;
}

static int
good(const struct outcome *o)
{
	return o->converged && o->tally.violations == 0;
}

void
report_text(const struct outcome *o, FILE *out)
{
	const struct tally *t = &o->tally;
	double nodes = (double)o->c.nodes;
	uint64_t i;

	fprintf(out, "%s: %lld nodes, %lld records, seed %llu\n", good(o) ? "agreement" : "FAILURE",
	    (long long)o->c.nodes, (long long)o->c.records, (unsigned long long)o->c.seed);
	fprintf(out, "  converged     %s, %.1f s after the last write or fault (%.0f s simulated)\n",
	    o->converged ? "yes" : "no", o->converge_s, o->virtual_s);
	fprintf(out, "  delay         half within %.2f s, 99%% within %.2f s, all within %.1f s of being written\n",
	    o->p50_s, o->p99_s, o->max_s);
	fprintf(out, "  rounds        %llu deliveries from writer to last reader\n", (unsigned long long)t->hops_max);
	fprintf(out, "  per node      %.0f bytes, %.0f of them records that were news (ratio %.2f)\n",
	    report_bytes_per_node(o), report_payload_per_node(o),
	    t->payload == 0 ? 0 : (double)t->bytes / (double)t->payload);
	fprintf(out, "                %.1f messages, %.1f conversations, %.1f rounds of reconciliation\n",
	    (double)t->messages / nodes, (double)t->talks / nodes, (double)t->rounds / nodes);
	fprintf(out, "                %.1f records received, %.1f stored, %.0f ms of processor\n",
	    (double)t->delivered / nodes, (double)t->stored / nodes, 1000 * o->cpu_s / nodes);
	fprintf(out, "  this run      %.1f s of processor, %llu MiB\n", o->cpu_s,
	    (unsigned long long)o->memory_kib / 1024);
	fprintf(out, "  violations    %llu\n", (unsigned long long)t->violations);
	for (i = 0; i < t->violations && i < VIOLATIONS_KEPT; i++)
		fprintf(out, "    %s\n", t->violation[i].text);
	if (!good(o)) {
		fprintf(out, "  again with    ");
		options_print(&o->c, out);
	}
}

void
report_json(const struct outcome *o, FILE *out)
{
	const struct tally *t = &o->tally;
	uint64_t i;

	fprintf(out, "{\"nodes\":%lld,\"records\":%lld,\"seed\":%llu,\"converged\":%s,\"converge_s\":%.3f,"
	    "\"rounds\":%llu,\"reconcile_rounds\":%llu,", (long long)o->c.nodes, (long long)o->c.records,
	    (unsigned long long)o->c.seed, o->converged ? "true" : "false", o->converge_s,
	    (unsigned long long)t->hops_max, (unsigned long long)t->rounds);
	fprintf(out, "\"delay_p50_s\":%.3f,\"delay_p99_s\":%.3f,\"delay_max_s\":%.3f,\"bytes_per_node\":%.0f,"
	    "\"payload_per_node\":%.0f,\"messages\":%llu,\"messages_lost\":%llu,", o->p50_s, o->p99_s, o->max_s,
	    report_bytes_per_node(o), report_payload_per_node(o), (unsigned long long)t->messages,
	    (unsigned long long)t->requests_lost);
	fprintf(out, "\"received\":%llu,\"stored\":%llu,\"judged\":%llu,\"conversations\":%llu,"
	    "\"simulated_s\":%.3f,\"cpu_s\":%.3f,\"cpu_ms_per_node\":%.3f,\"memory_kib\":%llu,",
	    (unsigned long long)t->delivered, (unsigned long long)t->stored, (unsigned long long)t->judged,
	    (unsigned long long)t->talks, o->virtual_s, o->cpu_s, 1000 * o->cpu_s / (double)o->c.nodes,
	    (unsigned long long)o->memory_kib);
	fprintf(out, "\"violations\":%llu,\"violation\":[", (unsigned long long)t->violations);
	for (i = 0; i < t->violations && i < VIOLATIONS_KEPT; i++)
		fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", t->violation[i].text);
	fprintf(out, "]}\n");
}

/* --- the drawing ----------------------------------------------------------------------------------------- */

#define WIDTH 760
#define PLOT_HEIGHT 240
#define LEFT 80
#define RIGHT 30
#define GAP 90

struct series {
	const char *title, *colour;
	double (*value)(const struct outcome *o);
};

static double
seconds_all(const struct outcome *o)
{
	return o->converge_s;
}

static double
seconds_p50(const struct outcome *o)
{
	return o->p50_s;
}

static double
seconds_p99(const struct outcome *o)
{
	return o->p99_s;
}

static double
kilobytes(const struct outcome *o)
{
	return report_bytes_per_node(o) / 1000;
}

static double
kilobytes_payload(const struct outcome *o)
{
	return report_payload_per_node(o) / 1000;
}

static const struct series times[] = {
	{ "all agree, s after the last write", "#1b6e53", seconds_all },
	{ "99 % of deliveries, s after writing", "#b5541c", seconds_p99 },
	{ "half of the deliveries", "#3b5b92", seconds_p50 },
	{ 0 },
};

static const struct series sizes[] = {
	{ "kB sent per node", "#1b6e53", kilobytes },
	{ "of these, records that were news", "#3b5b92", kilobytes_payload },
	{ 0 },
};

struct plot {
	const struct outcome *o;
	size_t n;
	double top, high, low_log, high_log;
};

static double
x_of(const struct plot *p, double nodes)
{
	double span = p->high_log > p->low_log ? p->high_log - p->low_log : 1;

	return LEFT + (log2(nodes) - p->low_log) / span * (WIDTH - LEFT - RIGHT);
}

static double
y_of(const struct plot *p, double value)
{
	return p->top + PLOT_HEIGHT * (1 - value / p->high);
}

static void
draw_axes(const struct plot *p, FILE *out)
{
	size_t i;
	int k;

	for (k = 0; k <= 4; k++) {
		double v = p->high * k / 4;

		fprintf(out, "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#ddd'/><text x='%d' y='%.1f' "
		    "text-anchor='end'>%.3g</text>\n", LEFT, WIDTH - RIGHT, y_of(p, v), y_of(p, v), LEFT - 8,
		    y_of(p, v) + 4, v);
	}
	for (i = 0; i < p->n; i++)
		fprintf(out, "<text x='%.1f' y='%.1f' text-anchor='middle'>%lld</text>\n",
		    x_of(p, (double)p->o[i].c.nodes), p->top + PLOT_HEIGHT + 18, (long long)p->o[i].c.nodes);
}

static void
draw_series(const struct plot *p, const struct series *s, int at, FILE *out)
{
	size_t i;

	fprintf(out, "<polyline fill='none' stroke='%s' stroke-width='2' points='", s->colour);
	for (i = 0; i < p->n; i++)
		fprintf(out, "%.1f,%.1f ", x_of(p, (double)p->o[i].c.nodes), y_of(p, s->value(&p->o[i])));
	fprintf(out, "'/>\n");
	for (i = 0; i < p->n; i++)
		fprintf(out, "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>\n", x_of(p, (double)p->o[i].c.nodes),
		    y_of(p, s->value(&p->o[i])), s->colour);
	fprintf(out, "<text x='%d' y='%.1f' fill='%s'>%s</text>\n", LEFT + 10, p->top + 16 + 16 * at, s->colour,
	    s->title);
}

static void
draw_plot(struct plot *p, const struct series *s, FILE *out)
{
	size_t i;
	int k;

	p->high = 0;
	for (k = 0; s[k].title != NULL; k++)
		for (i = 0; i < p->n; i++)
			p->high = fmax(p->high, s[k].value(&p->o[i]));
	p->high = p->high > 0 ? p->high * 1.35 : 1;	/* room for the legend */
	draw_axes(p, out);
	for (k = 0; s[k].title != NULL; k++)
		draw_series(p, &s[k], k, out);
}

void
report_svg(const struct outcome *o, size_t n, FILE *out)
{
	struct plot p = { .o = o, .n = n, .top = 50 };
	int height = 2 * PLOT_HEIGHT + GAP + 110;

	p.low_log = p.high_log = log2((double)o[0].c.nodes);
	for (size_t i = 1; i < n; i++) {
		p.low_log = fmin(p.low_log, log2((double)o[i].c.nodes));
		p.high_log = fmax(p.high_log, log2((double)o[i].c.nodes));
	}
	fprintf(out, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
	    "font-family='sans-serif' font-size='12'>\n<rect width='%d' height='%d' fill='#fff'/>\n", WIDTH, height,
	    WIDTH, height, WIDTH, height);
	fprintf(out, "<text x='%d' y='28' font-size='16'>%lld records written over %lld s, by number of nodes"
	    "</text>\n", LEFT, (long long)o[0].c.records, (long long)o[0].c.write_s);
	draw_plot(&p, times, out);
	p.top += PLOT_HEIGHT + GAP;
	draw_plot(&p, sizes, out);
	fprintf(out, "</svg>\n");
}
