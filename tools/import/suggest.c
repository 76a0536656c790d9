/* SPDX-License-Identifier: AGPL-3.0-or-later
 * suggest.c - a mapping file proposed for a source: what is known already, what it looks like, what is left to say. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/labels.h"
#include "tools/import/rules.h"
#include "tools/import/run.h"

#define ROWS_LOOKED_AT 20000

struct look {
	struct report *report;
	struct mapping mapping;
	struct mapped mapped;
	uint64_t kinds[KIND__COUNT];
};

static void
on_column(void *ctx, const char *column, const char *field, struct span value)
{
	report_column(((struct look *)ctx)->report, column, field, value);
}

static void
on_category(void *ctx, struct span word)
{
	struct look *l = ctx;

	report_count(l->report, &l->report->categories, word, NULL, -1);
}

static void
on_licence(void *ctx, struct span declared, enum licence_verdict verdict)
{
	struct look *l = ctx;

	report_count(l->report, &l->report->licences, declared, NULL, (int)verdict);
}

static int
on_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct look *l = ctx;

	if (item->deleted || l->report->items == ROWS_LOOKED_AT)
		return 0;
	if (import_map(&l->mapping, item, &l->mapped, e) == -1)
		return -1;
	l->report->items++;
	l->kinds[l->mapped.kind]++;
	return 0;
}

/* --- writing ------------------------------------------------------------------------------------------ */

/* A name as the left side of a rule. */
static int
write_left(const char *name, struct buf *out, struct err *e)
{
	int quote = strchr(name, '=') != NULL || strchr(name, '#') != NULL || name[0] == '[' || name[0] == '"';

	return buf_addf(out, e, "%s%s%s", quote ? "\"" : "", name, quote ? "\"" : "");
}

static int
write_samples(const struct look *l, const struct report_column *c, struct buf *out, struct err *e)
{
	uint64_t items = l->report->items == 0 ? 1 : l->report->items;
	size_t i;
	int rc = buf_addf(out, e, "# filled in %" PRIu64 "%%:", c->filled * 100 / items > 100 ? 100 : c->filled * 100 / items);

	for (i = 0; rc == 0 && i < REPORT_SAMPLES && c->sample[i] != NULL; i++)
		rc = buf_addf(out, e, "%s %s", i == 0 ? "" : " |", c->sample[i]);
	return rc == 0 ? buf_addc(out, '\n', e) : rc;
}

/* One that nobody knows is left out until the operator says where it goes. */
static int
write_column(const struct look *l, const struct report_column *c, struct buf *out, struct err *e)
{
	if (c->field != NULL && strcmp(c->field, MARK_OWN) == 0)
		return 0;
	if (write_samples(l, c, out, e) == -1 || (c->field == NULL && buf_adds(out, "# nobody knows this column\n", e) == -1) ||
	    write_left(c->name, out, e) == -1)
		return -1;
	return buf_addf(out, e, " = %s\n\n", c->field == NULL || strcmp(c->field, MARK_DROP) == 0 ? "-" : c->field);
}

static int
write_words(const struct report_words *words, struct buf *out, struct err *e)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		if (buf_adds(out, "# ", e) == -1 || write_left(words->at[i].text, out, e) == -1 ||
		    buf_addf(out, e, " = practices: ?	(%" PRIu64 " times)\n", words->at[i].count) == -1)
			return -1;
	return 0;
}

static enum kind
most_frequent(const struct look *l)
{
	enum kind best = l->mapping.kind;
	int k;

	for (k = 0; k < KIND__COUNT; k++)
		if (l->kinds[k] > l->kinds[best])
			best = (enum kind)k;
	return best;
}

static int
write_constants(const struct look *l, struct buf *out, struct err *e)
{
	char spdx[65] = "";
	size_t i;

	for (i = 0; i < l->report->licences.count && spdx[0] == '\0'; i++)
		licence_read(span_str(l->report->licences.at[i].text), spdx);
	if (buf_addf(out, e, "[constants]\nkind = %s\n", kind_info(most_frequent(l))->name) == -1)
		return -1;
	for (i = 0; i < l->report->licences.count; i++)
		if (buf_addf(out, e, "# the source declares: %s\n", *l->report->licences.at[i].text == '\0' ? "no licence"
		    : l->report->licences.at[i].text) == -1)
			return -1;
	return buf_addf(out, e, "# license = %s\n# lang = fr\n\n", spdx[0] == '\0' ? "etalab-2.0" : spdx);
}

static int
write_file(const struct look *l, struct buf *out, struct err *e)
{
	size_t i;

	if (buf_addf(out, e, "# A mapping for %s (%s).  Look it through, then: essaim import --mapping THIS-FILE …\n"
	    "# \"what the source says = what it is here\"; \"-\" leaves a column or a word out.\n\n",
	    l->report->source, l->report->format) == -1 || write_constants(l, out, e) == -1 ||
	    buf_adds(out, "[fields]\n", e) == -1)
		return -1;
	for (i = 0; i < l->report->column_count; i++)
		if (write_column(l, &l->report->column[i], out, e) == -1)
			return -1;
	if (buf_adds(out, "[categories]\n# Words that mean nothing here yet become tags.  For example:\n"
	    "# Tiers-lieux = practices: third-place, kind: place\n", e) == -1 ||
	    write_words(&l->report->categories, out, e) == -1)
		return -1;
	return buf_adds(out, "\n[places]\n# Names that several communes have:\n# Saint-Martin 35000 = 35238\n", e);
}

static int
look_through(struct look *l, const struct importer_job *job, struct buf *out, struct err *e)
{
	const struct import_format *format = NULL;
	struct rules *defaults = NULL;
	struct labels *labels = NULL;
	struct import_input in;
	const char *kind;
	int rc = -1;

	if (import_input_init(&in, job->file, job->name, e) == -1 || import_choose(job->format, &in, &format, e) == -1 ||
	    (job->labels.len > 0 && labels_read(job->labels, &labels, e) == -1) ||
	    (format->mapping != NULL && rules_parse(span_str(format->mapping), &defaults, e) == -1))
		goto out;
	in.labels = labels;
	kind = rules_constant(defaults, "kind");
	l->report->format = format->name;
	l->report->source = job->source != NULL ? job->source : job->name;
	l->mapping = (struct mapping){ .defaults = defaults, .column = on_column, .category = on_category,
		.licence = on_licence, .ctx = l, .kind = job->kind != KIND_UNKNOWN ? job->kind : kind != NULL
		? kind_find(span_str(kind)) : KIND_INITIATIVE };
	if (format->read(&in, on_item, l, e) == 0)
		rc = write_file(l, out, e);
out:
	labels_free(labels);
	rules_free(defaults);
	return rc;
}

int
import_suggest(const struct importer_job *job, struct buf *out, struct err *e)
{
	struct look l = { .report = report_new(0, e), .mapped = MAPPED_INIT };
	int rc = l.report == NULL ? -1 : look_through(&l, job, out, e);

	mapped_clear(&l.mapped);
	report_free(l.report);
	return rc;
}
