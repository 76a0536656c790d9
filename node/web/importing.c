/* SPDX-License-Identifier: AGPL-3.0-or-later
 * importing.c - /operator/import: drop a file, see what it would do, say yes.
 *
 * The file lies in DIR/upload under a random name until it was taken in or given up, a day at most.  Trying and
 * taking in are jobs; their page asks again until they are done.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "node/api/jobs.h"
#include "node/core/file.h"
#include "node/core/importer.h"
#include "node/core/keyring.h"
#include "node/web/inside.h"
#include "node/web/multipart.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/multibase.h"

#define KEEP_S		86400
#define OPTIONS_BYTES	((size_t)512 << 10)
#define REPORT_BYTES	((size_t)1 << 20)
#define ROWS_SHOWN	200
#define TOKEN_BYTES	16
#define SUGGESTION_BYTES ((size_t)1 << 20)

/* --- the file that waits ---------------------------------------------------------------------------- */

static int
token_ok(const char *token)
{
	return strlen(token) == HEX_CHARS(TOKEN_BYTES) && strspn(token, "0123456789abcdef") == HEX_CHARS(TOKEN_BYTES);
}

static int
upload_path(const struct node *n, const char *token, const char *ending, char path[PATH_MAX], struct err *e)
{
	char name[100];

	if (*token != '\0' && !token_ok(token))
		return err_set(e, ERR_NOT_FOUND, "there is no such file any more");
	snprintf(name, sizeof name, "upload%s%.40s%s", *token == '\0' ? "" : "/", token, ending);
	return file_path(path, PATH_MAX, n->dir, name, e);
}

static void
forget(const struct node *n, const char *token)
{
	char path[PATH_MAX];
	struct err no = { 0 };

	if (upload_path(n, token, ".dat", path, &no) == 0)
		unlink(path);
	if (upload_path(n, token, ".json", path, &no) == 0)
		unlink(path);
}

/* What nobody came back for. */
static void
forget_old(const struct node *n)
{
	char folder[PATH_MAX], path[PATH_MAX + 300];
	struct err no = { 0 };
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if (upload_path(n, "", "", folder, &no) == -1 || (dir = opendir(folder)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
		if (d->d_name[0] != '.' && stat(path, &st) == 0 && st.st_mtime < time(NULL) - KEEP_S)
			unlink(path);
	}
	closedir(dir);
}

static int
keep(struct node *n, const char *token, const char *ending, struct span bytes, struct err *e)
{
	char path[PATH_MAX];

	if (upload_path(n, "", "", path, e) == -1 || file_mkdir(path, e) == -1 ||
	    upload_path(n, token, ending, path, e) == -1)
		return -1;
	return file_write(path, bytes, 0600, e);
}

/* What the operator said with the file; NULL: e says why. */
static json_t *
read_options(const struct node *n, const char *token, struct err *e)
{
	struct buf text = BUF_INIT(OPTIONS_BYTES);
	char path[PATH_MAX];
	json_t *v = NULL;

	if (upload_path(n, token, ".json", path, e) == 0 && file_read(path, &text, e) == 0 &&
	    (v = json_loadb(text.ptr, text.len, 0, NULL)) == NULL)
		err_set(e, ERR_NOT_FOUND, "there is no such file any more");
	buf_clear(&text);
	return v;
}

/* --- jobs ---------------------------------------------------------------------------------------------- */

static const char *
option(json_t *options, const char *name)
{
	const char *s = json_string_value(json_object_get(options, name));

	return s == NULL || *s == '\0' ? NULL : s;
}

static struct importer_job
job_of(json_t *options, FILE *file, int dry_run)
{
	const char *kind = option(options, "kind");

	return (struct importer_job){ .file = file, .name = option(options, "file"), .source = option(options, "source"),
		.author = option(options, "author"), .license = option(options, "license"),
		.mapping = span_str(option(options, "mapping")), .kind = kind == NULL ? KIND_UNKNOWN : kind_find(span_str(kind)),
		.dry_run = dry_run, .brief = 1, .rows_max = ROWS_SHOWN };
}

static int
report_of(struct node *n, const struct importer_job *job, struct buf *result, struct err *e)
{
	FILE *report = tmpfile();
	char chunk[16384];
	size_t got;
	int rc;

	if (report == NULL)
		return err_set(e, ERR_IO, "no temporary file: %s", strerror(errno));
	if ((rc = n->importer->run(n, job, report, NULL, e)) == 0)
		rewind(report);
	while (rc == 0 && (got = fread(chunk, 1, sizeof chunk, report)) > 0)
		rc = buf_add(result, chunk, got, e);
	fclose(report);
	return rc;
}

static int
run_token(struct node *n, const char *token, int dry_run, struct buf *result, struct err *e)
{
	json_t *options = read_options(n, token, e);
	char path[PATH_MAX];
	FILE *file = NULL;
	struct importer_job job;
	int rc = -1;

	if (options == NULL || upload_path(n, token, ".dat", path, e) == -1)
		goto out;
	if ((file = fopen(path, "rb")) == NULL) {
		err_set(e, ERR_NOT_FOUND, "there is no such file any more");
		goto out;
	}
	job = job_of(options, file, dry_run);
	rc = report_of(n, &job, result, e);
out:
	if (file != NULL)
		fclose(file);
	json_decref(options);
	return rc;
}

static int
try_job(struct node *n, const char *token, struct buf *result, struct err *e)
{
	return run_token(n, token, 1, result, e);
}

/* Once it was taken in the file has done its work. */
static int
take_job(struct node *n, const char *token, struct buf *result, struct err *e)
{
	int rc = run_token(n, token, 0, result, e);

	if (rc == 0)
		forget(n, token);
	return rc;
}

/* --- the report as a page shows it ------------------------------------------------------------------------ */

static long long
number_of(json_t *v, const char *name)
{
	return (long long)json_integer_value(json_object_get(v, name));
}

static const char *
text_of(struct visit *v, json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "" : printed(v, "%s", s);
}

/* The checker's sentences are translated, others are the program's own. */
static const char *
translated(struct visit *v, const char *why)
{
	static const char *const fault[] = { "required", "type", "too-long", "too-short", "too-many", "url", "email", "phone",
		"date", "datetime", "order", "range", "term", "insee", "pair" };
	static const struct { const char *says; enum text text; } own[] = {
		{ "has the same identifier as an earlier row", TEXT_import_why_twice },
		{ "is the same as an earlier row: same name, same place", TEXT_import_why_twice },
		{ "does not allow sharing and changing", TEXT_import_why_licence },
		{ "is not known here; say which licence", TEXT_import_why_licence_unknown },
		{ "its record was deleted here", TEXT_import_why_deleted },
		{ "changed by hand here and in the source", TEXT_import_why_both },
		{ "changed by hand here, not in the source", TEXT_import_why_kept },
		{ "what was changed by hand here is kept", TEXT_import_why_kept },
		{ "has more cells than the first row", TEXT_import_why_cells },
		{ "is larger than a record may be", TEXT_import_why_large },
	};
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strncmp(why, own[i].says, strlen(own[i].says)) == 0)
			return text_get(v->lang, own[i].text);
	for (i = 0; i < sizeof fault / sizeof fault[0]; i++)
		if (strcmp(why, fault_text(fault[i])) == 0)
			return text_label(v->lang, "fault_", fault[i]);
	return why;
}

static void
fill_rows(struct visit *v, json_t *report, struct view_import *w)
{
	json_t *rows = json_object_get(report, "rows"), *r;
	struct import_line *line = arena_alloc(v->arena, ROWS_SHOWN * sizeof *line);
	size_t i;

	json_array_foreach(rows, i, r) {
		const char *result = text_of(v, r, "result"), *field = text_of(v, r, "field");

		if (line == NULL || w->line_count == ROWS_SHOWN)
			break;
		line[w->line_count++] = (struct import_line){ .row = number_of(r, "row"),
			.result = text_label(v->lang, "import_", result), .why = translated(v, text_of(v, r, "why")),
			.field = *field == '\0' ? "" : field_label(v->lang, KIND_INITIATIVE, field),
			.href = strcmp(result, "refused") == 0 || *text_of(v, r, "ref") == '\0' ? NULL
			    : ref_href(v, text_of(v, r, "ref"), NULL) };
	}
	w->line = line;
	w->more_lines = number_of(report, "rows_beyond");
}

/* "A (3), B (1)" of objects with text and rows, or "A, B" of texts. */
static const char *
joined(struct visit *v, json_t *list)
{
	struct buf out = BUF_INIT(65536);
	struct err no = { 0 };
	const char *made;
	json_t *item;
	size_t i;
	int rc = 0;

	json_array_foreach(list, i, item) {
		const char *text = json_is_string(item) ? json_string_value(item) : text_of(v, item, "text");

		if (rc == 0)
			rc = buf_addf(&out, &no, json_is_string(item) ? "%s%s" : "%s%s (%lld)", i == 0 ? "" : ", ",
			    *text == '\0' ? "–" : text, number_of(item, "rows"));
	}
	made = printed(v, "%s", out.ptr == NULL ? "" : out.ptr);
	buf_clear(&out);
	return made;
}

/* Which communes a name may mean. */
static const char *
candidates(struct visit *v, json_t *places)
{
	const char *made = "";
	json_t *place, *c;
	size_t i, k;

	json_array_foreach(places, i, place) {
		made = printed(v, "%s%s%s : ", made, i == 0 ? "" : " · ", text_of(v, place, "text"));
		if (json_array_size(json_object_get(place, "candidates")) == 0)
			made = printed(v, "%s?", made);
		json_array_foreach(json_object_get(place, "candidates"), k, c)
			made = printed(v, "%s%s%s (%s)", made, k == 0 ? "" : ", ", text_of(v, c, "name"), text_of(v, c, "code"));
		if (i == 50)
			break;
	}
	return made;
}

static void
add_finding(struct view_import *w, const char *label, const char *text)
{
	if (*text != '\0' && w->finding_count < IMPORT_FINDINGS_MAX)
		w->finding[w->finding_count++] = (struct import_finding){ label, text };
}

static void
add_number(struct visit *v, struct view_import *w, enum text label, long long n)
{
	if (n > 0)
		add_finding(w, text_get(v->lang, label), printed(v, "%lld", n));
}

static void
fill_findings(struct visit *v, json_t *r, struct view_import *w)
{
	long long items = number_of(r, "items"), placed = number_of(r, "at_commune_centre");

	add_finding(w, text_get(v->lang, TEXT_import_ignored), joined(v, json_object_get(r, "ignored_columns")));
	add_finding(w, text_get(v->lang, TEXT_import_dropped), joined(v, json_object_get(r, "dropped_columns")));
	add_finding(w, text_get(v->lang, TEXT_import_categories), joined(v, json_object_get(r, "unknown_categories")));
	add_finding(w, text_get(v->lang, TEXT_import_licences), joined(v, json_object_get(r, "licences")));
	add_finding(w, text_get(v->lang, TEXT_import_places), candidates(v, json_object_get(r, "ambiguous_places")));
	add_number(v, w, TEXT_import_emails, number_of(r, "emails_in_texts"));
	add_number(v, w, TEXT_import_phones, number_of(r, "phones_in_texts"));
	add_number(v, w, TEXT_import_placed, placed);
	add_number(v, w, TEXT_import_unplaced, items - number_of(r, "with_position") - placed);
	if (json_is_true(json_object_get(r, "all_at_one_position")))
		add_finding(w, text_get(v->lang, TEXT_import_one_place), text_get(v->lang, TEXT_import_one_place_text));
	if (items == 0)
		add_finding(w, text_get(v->lang, TEXT_import_nothing), text_get(v->lang, TEXT_import_nothing_text));
}

static int
fill_report(struct visit *v, struct span text, struct view_import *w, struct err *e)
{
	static const char *const count[] = { "new", "changed", "same", "refused", "differs", "vanished" };
	json_t *r = json_loadb(text.ptr, text.len, 0, NULL);
	size_t i;

	if (r == NULL)
		return err_set(e, ERR_INTERNAL, "the report cannot be read");
	for (i = 0; i < sizeof count / sizeof count[0]; i++) {
		w->count[i] = (struct import_count){ text_label(v->lang, "import_", count[i]), number_of(r, count[i]) };
		w->count_count++;
	}
	w->format = text_of(v, r, "format");
	w->state = json_is_true(json_object_get(r, "dry_run")) ? IMPORT_ASK : IMPORT_DONE;
	fill_findings(v, r, w);
	fill_rows(v, r, w);
	json_decref(r);
	return 0;
}

/* --- pages --------------------------------------------------------------------------------------------------- */

static struct options
kind_options(struct visit *v, const char *chosen)
{
	struct option *at = arena_alloc(v->arena, (KIND__COUNT + 1) * sizeof *at);
	size_t n = 0;
	int k;

	if (at != NULL)
		at[n++] = (struct option){ "", text_get(v->lang, TEXT_import_kind_any), *chosen == '\0' };
	for (k = 1; at != NULL && k < KIND__COUNT; k++)
		if ((kind_info((enum kind)k)->flags & (KIND_CONTENT | KIND_FORM | KIND_SELF)) == (KIND_CONTENT | KIND_FORM))
			at[n++] = (struct option){ kind_info((enum kind)k)->name, kind_plural(v->lang, (enum kind)k),
				strcmp(chosen, kind_info((enum kind)k)->name) == 0 };
	return (struct options){ at, n };
}

static int
render(struct visit *v, struct view_import *w, struct err *e)
{
	w->lang = v->lang;
	w->frame = &v->frame;
	v->frame.title = text_get(v->lang, TEXT_nav_import);
	v->frame.section = "import";
	return page_import(w, &v->res->body, e);
}

int
import_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_import *w = arena_alloc(req->arena, sizeof *w);
	struct visit v;

	if (w == NULL)
		return err_memory(e);
	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	w->source = w->license = "";
	w->kind = kind_options(&v, "");
	return visit_end(&v, render(&v, w, e), e);
}

/* Where a job on a file is watched. */
static int
see_job(struct visit *v, const char *token, job_fn *run, struct err *e)
{
	int64_t number;

	if (v->node->importer == NULL)
		return err_set(e, ERR_FORBIDDEN, "this node cannot import");
	if (jobs_start(v->node->jobs, run, token, &number, e) == -1)
		return -1;
	return response_see_other(v->res, visit_href(v, printed(v, "/operator/import/%s?job=%lld", token,
	    (long long)number)));
}

static int
keep_upload(struct visit *v, const struct multipart *form, const char *token, struct err *e)
{
	const struct part *file = multipart_part(form, "file"), *mapping = multipart_part(form, "mapping");
	const char *source = multipart_text(form, "source", v->arena);
	json_t *options = json_pack("{s:s,s:s,s:s,s:s,s:s%}", "file", file->filename, "source",
	    *source == '\0' ? file->filename : source, "kind", multipart_text(form, "kind", v->arena), "license",
	    multipart_text(form, "license", v->arena), "mapping", mapping == NULL ? "" : mapping->value.ptr,
	    mapping == NULL ? (size_t)0 : mapping->value.len);
	char *text = options == NULL ? NULL : json_dumps(options, JSON_COMPACT);
	int rc = -1;

	if (text == NULL)
		err_set(e, ERR_INPUT, "what was typed is not UTF-8 text");
	else if (keep(v->node, token, ".dat", file->value, e) == 0)
		rc = keep(v->node, token, ".json", span_str(text), e);
	free(text);
	json_decref(options);
	return rc;
}

/* The form again, with what was wrong. */
static int
again(struct visit *v, const struct multipart *form, const char *error, struct err *e)
{
	struct view_import *w = arena_alloc(v->arena, sizeof *w);

	if (w == NULL)
		return err_memory(e);
	w->error = error;
	w->source = multipart_text(form, "source", v->arena);
	w->license = multipart_text(form, "license", v->arena);
	w->kind = kind_options(v, multipart_text(form, "kind", v->arena));
	v->res->status = 422;
	return render(v, w, e);
}

static int
take_form(struct visit *v, struct multipart *form, struct err *e)
{
	const struct part *file, *mapping;
	uint8_t random[TOKEN_BYTES];
	char token[HEX_CHARS(TOKEN_BYTES) + 1];

	if (multipart_parse(v->req, form, e) == -1)
		return -1;
	if (!v->req->local && !session_csrf_ok(v->node->web->sessions, request_cookie(v->req, SESSION_COOKIE),
	    multipart_text(form, "csrf", v->arena)))
		return err_set(e, ERR_FORBIDDEN, "the form does not come from one of this site's pages");
	file = multipart_part(form, "file");
	mapping = multipart_part(form, "mapping");
	if (file == NULL || file->filename == NULL || file->value.len == 0)
		return again(v, form, text_get(v->lang, TEXT_import_no_file), e);
	if (mapping != NULL && mapping->value.len > OPTIONS_BYTES / 2)
		return again(v, form, text_get(v->lang, TEXT_fault_too_long), e);
	forget_old(v->node);
	randombytes_buf(random, sizeof random);
	hex_encode(random, sizeof random, token, sizeof token);
	if (keep_upload(v, form, token, e) == -1)
		return -1;
	return see_job(v, token, try_job, e);
}

int
import_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct multipart *form = arena_alloc(req->arena, sizeof *form);
	struct visit v;

	if (form == NULL)
		return err_memory(e);
	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	return visit_end(&v, take_form(&v, form, e), e);
}

/* What has become of the job; a page that asks again by itself while it runs. */
static int
watch(struct visit *v, const char *token, struct view_import *w, struct err *e)
{
	const char *asked = request_query(v->req, "job");
	struct buf result = BUF_INIT(REPORT_BYTES);
	struct err why = { 0 };
	int done, job_rc = 0, rc = 0;

	w->action = visit_href(v, printed(v, "/operator/import/%s", token));
	w->mapping = visit_href(v, printed(v, "/operator/import/%s/mapping", token));
	done = jobs_look(v->node->jobs, asked == NULL ? -1 : strtoll(asked, NULL, 10), &job_rc, &why, &result, e);
	if (done == -1) {
		w->state = IMPORT_START;
		w->error = text_get(v->lang, TEXT_import_lost);
	} else if (!done) {
		w->state = IMPORT_WORKING;
		rc = response_header(v->res, "Refresh", "2", e);
	} else if (job_rc == -1) {
		w->state = IMPORT_START;
		w->error = printed(v, "%s", why.text);
		forget(v->node, token);
	} else
		rc = fill_report(v, buf_span(&result), w, e);
	buf_clear(&result);
	return rc;
}

int
import_watch(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_import *w = arena_alloc(req->arena, sizeof *w);
	const char *token = request_arg(req, 0);
	struct visit v;
	int rc = -1;

	if (w == NULL)
		return err_memory(e);
	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	w->source = w->license = "";
	w->kind = kind_options(&v, "");
	if (!token_ok(token))
		err_set(e, ERR_NOT_FOUND, "there is no such file any more");
	else if (watch(&v, token, w, e) == 0)
		rc = render(&v, w, e);
	return visit_end(&v, rc, e);
}

int
import_decide(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const char *token = request_arg(req, 0), *action;
	struct fields form;
	struct visit v;
	int rc = -1;

	visit_begin(&v, n, req, res, VISIT_OPERATOR);
	if (operator_form(&v, &form, e) == 0) {
		action = fields_get(&form, "action");
		if (!token_ok(token))
			err_set(e, ERR_NOT_FOUND, "there is no such file any more");
		else if (action != NULL && strcmp(action, "take") == 0)
			rc = see_job(&v, token, take_job, e);
		else {
			forget(n, token);
			rc = response_see_other(res, visit_href(&v, "/operator/import"));
		}
	}
	return visit_end(&v, rc, e);
}

/* A mapping file proposed for the file, to be filled in and sent along the next time. */
int
import_mapping(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const char *token = request_arg(req, 0);
	json_t *options = read_options(n, token, e);
	struct importer_job job;
	char path[PATH_MAX];
	FILE *file = NULL;
	int rc = -1;

	if (options != NULL && n->importer != NULL && upload_path(n, token, ".dat", path, e) == 0 &&
	    (file = fopen(path, "rb")) != NULL) {
		job = job_of(options, file, 1);
		res->body.max = SUGGESTION_BYTES;
		rc = n->importer->suggest(&job, &res->body, e);
		res->type = TYPE_TEXT;
		res->disposition = "attachment; filename=\"mapping.txt\"";
		fclose(file);
	} else if (options != NULL)
		err_set(e, ERR_NOT_FOUND, "there is no such file any more");
	json_decref(options);
	return rc;
}
