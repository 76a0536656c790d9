/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.c - see report.h. */
#include "tools/bench/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const struct { const char *name; int decimals; } unit_table[] = {
	[UNIT_PER_S]	= { "/s",	0 },
	[UNIT_S]	= { "s",	3 },
	[UNIT_MS]	= { "ms",	3 },
	[UNIT_BYTES]	= { "B",	0 },
	[UNIT_MIB]	= { "MiB",	1 },
	[UNIT_ROUNDS]	= { "rounds",	0 },
};

/* --- the machine ----------------------------------------------------------------------------- */

/* The value of the first line of a /proc file that begins with key. */
static void
proc_value(const char *path, const char *key, char *out, size_t size)
{
	char line[512];
	FILE *f = fopen(path, "r");

	snprintf(out, size, "unknown");
	if (f == NULL)
		return;
	while (fgets(line, sizeof line, f) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL || strncmp(line, key, strlen(key)) != 0)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(out, size, "%s", colon);
		break;
	}
	fclose(f);
}

static void
describe_machine(char *out, size_t size)
{
	char cpu[64], memory[32];
	struct utsname u;

	proc_value("/proc/cpuinfo", "model name", cpu, sizeof cpu);
	proc_value("/proc/meminfo", "MemTotal", memory, sizeof memory);
	snprintf(out, size, "%s, %ld cores, %ld MiB, Linux %.32s", cpu, sysconf(_SC_NPROCESSORS_ONLN),
	    strtol(memory, NULL, 10) / 1024, uname(&u) == 0 ? u.release : "");
}

void
report_init(struct report *r)
{
	time_t now = time(NULL);
	struct tm tm;

	memset(r, 0, sizeof *r);
	describe_machine(r->machine, sizeof r->machine);
	gmtime_r(&now, &tm);
	strftime(r->when, sizeof r->when, "%Y-%m-%dT%H:%MZ", &tm);
}

void
report_clear(struct report *r)
{
	free(r->line);
	memset(r, 0, sizeof *r);
}

/* --- lines ----------------------------------------------------------------------------------- */

double
report_ratio(const struct report_line *line)
{
	return line->limit > 0 && !line->missing ? line->value / line->limit : 0;
}

int
report_holds(const struct report_line *line)
{
	double ratio = report_ratio(line);

	if (line->hold <= 0 || line->limit <= 0 || line->missing)
		return -1;
	return line->better == BETTER_HIGH ? ratio >= line->hold : ratio <= line->hold;
}

static const char *
verdict(const struct report_line *line)
{
	static const char *const word[] = { "", "NO", "yes" };

	return line->missing ? "missing" : word[report_holds(line) + 1];
}

static void
figure(char *out, size_t size, enum unit unit, double value)
{
	snprintf(out, size, "%.*f %s", unit_table[unit].decimals, value, unit_table[unit].name);
}

static void
print_line(const struct report_line *l, FILE *out)
{
	char value[40] = "-", limit[40] = "", ratio[16] = "", hold[16] = "";

	if (!l->missing)
		figure(value, sizeof value, l->unit, l->value);
	if (l->limit > 0 && !l->missing) {
		figure(limit, sizeof limit, l->unit, l->limit);
		snprintf(ratio, sizeof ratio, "%.2f", report_ratio(l));
	}
	if (l->hold > 0)
		snprintf(hold, sizeof hold, "%s %.2f", l->better == BETTER_HIGH ? ">=" : "<=", l->hold);
	fprintf(out, "%-10s %-58s %14s %14s %6s %8s %-7s %s%s%s\n", l->row, l->what, value, limit, ratio, hold,
	    verdict(l), l->limit_what, l->limit_what[0] != '\0' && l->note[0] != '\0' ? "; " : "", l->note);
	fflush(out);
}

void
report_add(struct report *r, const struct report_line *line)
{
	if (r->count == r->cap) {
		size_t cap = r->cap == 0 ? 64 : r->cap * 2;
		struct report_line *more = realloc(r->line, cap * sizeof *more);

		if (more == NULL) {
			fprintf(stderr, "bench: no memory for a line of the report\n");
			return;
		}
		r->line = more;
		r->cap = cap;
	}
	r->line[r->count++] = *line;
	print_line(line, stderr);
}

void
report_missing(struct report *r, const char *row, const char *what, const char *why)
{
	struct report_line l = { .row = row, .missing = 1 };

	snprintf(l.what, sizeof l.what, "%s", what);
	snprintf(l.note, sizeof l.note, "%s", why);
	report_add(r, &l);
}

/* --- forms ----------------------------------------------------------------------------------- */

void
report_table(const struct report *r, FILE *out)
{
	size_t i;

	fprintf(out, "Essaim bench, %s\n%s\n\n", r->when, r->machine);
	fprintf(out, "%-10s %-58s %14s %14s %6s %8s %-7s %s\n", "row", "what", "measured", "limit", "ratio",
	    "hold", "holds", "the limit; notes");
	for (i = 0; i < r->count; i++)
		print_line(&r->line[i], out);
}

static void
json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		if ((unsigned char)*text >= ' ')
			fputc(*text, out);
	}
	fputc('"', out);
}

static void
json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	json_text(out, text);
}

void
report_json(const struct report *r, FILE *out)
{
	size_t i;

	fprintf(out, "{\"when\":");
	json_text(out, r->when);
	json_member(out, "machine", r->machine);
	fprintf(out, ",\"lines\":[");
	for (i = 0; i < r->count; i++) {
		const struct report_line *l = &r->line[i];
		int holds = report_holds(l);

		fprintf(out, "%s\n{\"row\":", i == 0 ? "" : ",");
		json_text(out, l->row);
		json_member(out, "what", l->what);
		json_member(out, "unit", unit_table[l->unit].name);
		fprintf(out, ",\"better\":\"%s\"", l->better == BETTER_HIGH ? "high" : "low");
		if (!l->missing)
			fprintf(out, ",\"value\":%.6g", l->value);
		if (l->limit > 0)
			fprintf(out, ",\"limit\":%.6g,\"ratio\":%.4g", l->limit, report_ratio(l));
		if (l->hold > 0)
			fprintf(out, ",\"hold\":%.4g", l->hold);
		if (holds != -1)
			fprintf(out, ",\"holds\":%s", holds ? "true" : "false");
		json_member(out, "limit_what", l->limit_what);
		json_member(out, "note", l->note);
		fputc('}', out);
	}
	fprintf(out, "\n]}\n");
}

static void
xml_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		default: fputc(*text, out);
		}
}

#define ROW_PX 18
#define LEFT_PX 430
#define UNIT_PX 200		/* of a ratio of one */
#define RATIO_MAX 2.4

/* A bar is the ratio to the limit; the line at one is the limit; the tick is what is to be held. */
static void
svg_bar(FILE *out, const struct report_line *l, int y)
{
	double ratio = report_ratio(l), shown = ratio < RATIO_MAX ? ratio : RATIO_MAX;
	const char *colour = report_holds(l) == 0 ? "#b3541e" : report_holds(l) == 1 ? "#2f6f4f" : "#6b7f94";
	char value[40];

	figure(value, sizeof value, l->unit, l->value);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT_PX - 8, y + 12);
	xml_text(out, l->what);
	fprintf(out, "</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"12\" fill=\"%s\"/>", LEFT_PX, y + 2,
	    shown * UNIT_PX, colour);
	if (l->hold > 0 && l->hold < RATIO_MAX)
		fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"2\" height=\"16\" fill=\"#111\"/>",
		    LEFT_PX + l->hold * UNIT_PX, y);
	fprintf(out, "<text x=\"%.1f\" y=\"%d\">%.2f  (", LEFT_PX + shown * UNIT_PX + 6, y + 12, ratio);
	xml_text(out, value);
	fprintf(out, ")</text>\n");
}

void
report_svg(const struct report *r, FILE *out)
{
	size_t i, bars = 0;
	int y = 56;

	for (i = 0; i < r->count; i++)
		bars += report_ratio(&r->line[i]) > 0;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1120 %d\" font-family=\"sans-serif\""
	    " font-size=\"12\"><rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
	    y + (int)bars * ROW_PX + 24);
	fprintf(out, "<text x=\"12\" y=\"20\" font-size=\"15\">Essaim: measured against the limit of the same run"
	    " (line: the limit; tick: to hold)</text><text x=\"12\" y=\"38\">");
	xml_text(out, r->machine);
	fprintf(out, ", %s</text>\n", r->when);
	fprintf(out, "<rect x=\"%d\" y=\"48\" width=\"1\" height=\"%d\" fill=\"#999\"/>\n", LEFT_PX + UNIT_PX,
	    (int)bars * ROW_PX + 8);
	for (i = 0; i < r->count; i++)
		if (report_ratio(&r->line[i]) > 0) {
			svg_bar(out, &r->line[i], y);
			y += ROW_PX;
		}
	fprintf(out, "</svg>\n");
}
