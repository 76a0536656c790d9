/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.c - essaim import: options, the file or address, and the report of tools/import/run.c. */
#include <string.h>

#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/progress.h"
#include "tools/import/labels.h"
#include "tools/import/rules.h"
#include "tools/import/run.h"

#define SUGGESTION_BYTES_MAX ((size_t)1 << 20)

static int
read_kind(struct cli *c, enum kind *out, struct err *e)
{
	const char *name = cli_option(c, "kind");

	*out = KIND_UNKNOWN;
	if (name == NULL)
		return 0;
	*out = kind_find(span_str(name));
	if (*out == KIND_UNKNOWN || !(kind_info(*out)->flags & KIND_CONTENT) || (kind_info(*out)->flags & KIND_SELF))
		return err_set(e, ERR_USAGE, "%s is not a kind that can be imported", name);
	return 0;
}

static void
on_progress(void *ctx, uint64_t items)
{
	progress_step(ctx, items, "rows");
}

/* What the keys of the source's lists mean: a file or an address. */
static int
read_labels(const char *path, struct buf *labels, struct err *e)
{
	FILE *f = client_source(path, e);
	char chunk[16384];
	size_t n;
	int rc = f == NULL ? -1 : 0;

	while (rc == 0 && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		rc = buf_add(labels, chunk, n, e);
	if (f != NULL && f != stdin)
		fclose(f);
	return rc == -1 ? err_wrap(e, "--labels") : 0;
}

static int
read_options(struct cli *c, struct importer_job *job, struct buf *mapping, struct buf *labels, struct err *e)
{
	const char *file = cli_option(c, "mapping");

	if (file != NULL && cli_read_file(file, mapping, e) == -1)
		return -1;
	if (cli_option(c, "labels") != NULL && read_labels(cli_option(c, "labels"), labels, e) == -1)
		return -1;
	if (cli_option(c, "source") == NULL && strcmp(c->arg[0], "-") == 0 && !cli_has(c, "suggest"))
		return err_set(e, ERR_USAGE, "say what the source is called: --source NAME");
	*job = (struct importer_job){ .name = c->arg[0], .source = cli_option(c, "source"),
		.format = cli_option(c, "format"), .author = cli_option(c, "author"), .lang = cli_option(c, "lang"),
		.license = cli_option(c, "license"), .mapping = buf_span(mapping),
		.labels = buf_span(labels), .dry_run = cli_has(c, "dry-run"),
		.overwrite = cli_has(c, "overwrite"), .keep_contacts = cli_has(c, "keep-contacts") };
	return read_kind(c, &job->kind, e);
}

static int
suggest(struct cli *c, const struct importer_job *job, struct err *e)
{
	struct buf text = BUF_INIT(SUGGESTION_BYTES_MAX);
	int rc = import_suggest(job, &text, e);

	if (rc == 0)
		fwrite(text.ptr, 1, text.len, c->out);
	buf_clear(&text);
	return rc;
}

static int
call(void *ctx, enum method method, const char *target, struct span body, struct buf *out, struct err *e)
{
	return client_call(ctx, method, target, body, out, e);
}

static int
run(struct cli *c, struct importer_job *job, struct err *e)
{
	struct report *r = report_new(!c->json, e);
	struct progress progress = { 0 };
	struct client *node = NULL;
	int rc = -1;

	if (r == NULL || client_open(c->data, &node, e) == -1)
		goto out;
	progress_start(&progress, c, "import");
	job->progress = on_progress;
	job->ctx = &progress;
	rc = import_run(job, call, node, r, e);
	progress_end(&progress);
	if (rc == 0 && c->json)
		rc = report_json(r, c->out, e);
	else if (rc == 0)
		report_words(r, c->out);
out:
	client_close(node);
	report_free(r);
	return rc;
}

int
cmd_import(struct cli *c, struct err *e)
{
	struct buf mapping = BUF_INIT(RULES_BYTES_MAX), labels = BUF_INIT(LABELS_FILE_BYTES_MAX);
	struct importer_job job;
	int rc = -1;

	if (read_options(c, &job, &mapping, &labels, e) == 0 && (job.file = client_source(c->arg[0], e)) != NULL) {
		rc = cli_has(c, "suggest") ? suggest(c, &job, e) : run(c, &job, e);
		if (job.file != stdin)
			fclose(job.file);
		if (rc == -1)
			err_wrap(e, "%s", c->arg[0]);
	}
	buf_clear(&mapping);
	buf_clear(&labels);
	return rc;
}
