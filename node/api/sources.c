/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sources.c - other directories that are looked at again and again: what the operator asks and decides. */
#include "node/core/sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/jobs.h"
#include "node/core/importer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/source_rule.h"
#include "proto/limits.h"

#define EVERY_S_DEFAULT 21600
#define DIFFERENCES_PAGE 50

/* --- showing -------------------------------------------------------------------------------------- */

static void
print_watch(struct emit *j, const struct watch *w, int64_t differences)
{
	static const struct {
		const char *name;
		size_t offset;
	} number[] = {
		{ "every_s", offsetof(struct watch, every_s) }, { "added", offsetof(struct watch, added) },
		{ "last_try", offsetof(struct watch, last_try) }, { "last_ok", offsetof(struct watch, last_ok) },
		{ "next_try", offsetof(struct watch, next_try) }, { "failures", offsetof(struct watch, failures) },
		{ "bytes", offsetof(struct watch, bytes) }, { "items", offsetof(struct watch, items) },
		{ "new", offsetof(struct watch, fresh) }, { "changed", offsetof(struct watch, changed) },
		{ "same", offsetof(struct watch, same) }, { "refused", offsetof(struct watch, refused) },
		{ "removed", offsetof(struct watch, removed) }, { "asked", offsetof(struct watch, asked) },
	};
	size_t i;

	emit_object(j);
	emit_put_text(j, "url", w->url);
	emit_put_text(j, "name", w->name);
	emit_put_text(j, "format", w->format);
	emit_put_text(j, "kind", w->kind);
	emit_put_text(j, "author", w->author);
	emit_put_text(j, "lang", w->lang);
	emit_put_text(j, "license", w->license);
	emit_put_bool(j, "paused", w->paused != 0);
	emit_put_text(j, "state", source_state_name((enum source_state)w->state));
	emit_put_bool(j, "fine", !source_state_is_failure((enum source_state)w->state));
	emit_put_text(j, "why", w->why);
	for (i = 0; i < sizeof number / sizeof number[0]; i++)
		emit_put_int(j, number[i].name, *(const int64_t *)(const void *)((const char *)w + number[i].offset));
	emit_put_int(j, "differences", differences);
	emit_object_end(j);
}

int
api_print_watches(struct emit *j, struct reader *r, struct arena *a, struct err *e)
{
	struct watch *w = NULL;
	int64_t differences;
	size_t i, n = 0;

	if (store_watches(r, a, &w, &n, e) == -1)
		return -1;
	emit_array(j);
	for (i = 0; i < n; i++) {
		if (store_question_count(r, w[i].url, &differences, e) == -1)
			return -1;
		print_watch(j, &w[i], differences);
	}
	emit_array_end(j);
	return 0;
}

int
api_watch_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct reader *r = NULL;
	struct emit j;
	int rc = -1;

	emit_start(&j, &res->body, e);
	if (store_read(node->store, &r, e) == -1)
		return -1;
	if (api_print_watches(&j, r, req->arena, e) == 0) {
		emit_line(&j);
		rc = emit_end(&j);
	}
	store_read_end(r);
	return rc;
}

/* --- setting -------------------------------------------------------------------------------------- */

static int
copy_param(const struct request *req, const char *name, char *out, size_t size, struct err *e)
{
	const char *value = param_text(req, name);

	if (value != NULL && strlen(value) >= size)
		return err_set(e, ERR_LIMIT, "%s is longer than %zu bytes", name, size - 1);
	text_clip(out, size, value == NULL ? "" : value);
	return 0;
}

/* An author is named or given by its did; the did is kept, for names change. */
static int
read_author(struct node *node, const struct request *req, struct watch *w, struct err *e)
{
	const char *name = param_text(req, "author");
	const struct keyring_author *a = name == NULL ? NULL : keyring_find(node->keys, span_str(name));

	if (name != NULL && a == NULL)
		return err_set(e, ERR_NOT_FOUND, "no key of author %s is here", name);
	text_clip(w->author, sizeof w->author, a == NULL ? "" : a->did);
	return 0;
}

int
api_watch_add(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct watch w = { .state = SOURCE_NEW };
	const char *mapping = NULL;

	if (copy_param(req, "url", w.url, sizeof w.url, e) == -1 ||
	    copy_param(req, "name", w.name, sizeof w.name, e) == -1 ||
	    copy_param(req, "format", w.format, sizeof w.format, e) == -1 ||
	    copy_param(req, "kind", w.kind, sizeof w.kind, e) == -1 ||
	    copy_param(req, "lang", w.lang, sizeof w.lang, e) == -1 ||
	    copy_param(req, "license", w.license, sizeof w.license, e) == -1 ||
	    read_author(node, req, &w, e) == -1 || param_int(req, "every_s", SOURCE_EVERY_S_MIN, SOURCE_EVERY_S_MAX,
	    EVERY_S_DEFAULT, &w.every_s, e) == -1)
		return -1;
	if (w.url[0] == '\0')
		return err_set(e, ERR_USAGE, "say where the source is: url");
	if (req->body.len > 0 && (mapping = arena_copy(req->arena, req->body)) == NULL)
		return err_memory(e);
	if (sources_add(node, &w, mapping, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"added\":true}\n", e);
}

int
api_watch_remove(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *url;

	if (param_need(req, "url", &url, e) == -1 || store_watch_delete(node->store, url, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"removed\":true}\n", e);
}

int
api_watch_pause(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	int paused = param_flag(req, "paused");
	const char *url;

	if (param_need(req, "url", &url, e) == -1 || sources_pause(node, url, paused, e) == -1)
		return -1;
	return buf_addf(&res->body, e, "{\"paused\":%s}\n", paused ? "true" : "false");
}

/* --- looking and answering: jobs -------------------------------------------------------------------- */

static int
look_at(struct node *node, const char *url, int anew, struct emit *j, struct err *e)
{
	struct reader *r = NULL;
	int64_t differences = 0;
	struct watch w;
	int rc;

	if (sources_look(node, url, anew, &w, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_question_count(r, url, &differences, e);
	store_read_end(r);
	if (rc == 0)
		print_watch(j, &w, differences);
	return rc;
}

/* arg: "0" or "1" for anew, then the address, or nothing for all that are not paused. */
static int
run_look(struct node *node, const char *arg, struct buf *result, struct err *e)
{
	struct arena a = { 0 };
	struct reader *r = NULL;
	struct watch *w = NULL;
	int anew = *arg == '1', rc = 0;
	struct emit j;
	size_t i, n = 0;

	emit_start(&j, result, e);
	emit_array(&j);
	if (arg[1] != '\0')
		rc = look_at(node, arg + 1, anew, &j, e);
	else {
		if ((rc = store_read(node->store, &r, e)) == 0)
			rc = store_watches(r, &a, &w, &n, e);
		store_read_end(r);
		for (i = 0; rc == 0 && i < n; i++)
			if (!w[i].paused)
				rc = look_at(node, w[i].url, anew, &j, e);
	}
	emit_array_end(&j);
	arena_clear(&a);
	return rc == 0 ? emit_end(&j) : -1;
}

static int
start_job(struct node *node, job_fn *run, const char *arg, struct response *res, struct err *e)
{
	int64_t number;

	if (arg == NULL)
		return err_memory(e);
	if (jobs_start(node->jobs, run, arg, &number, e) == -1)
		return -1;
	return buf_addf(&res->body, e, "{\"job\":%" PRId64 "}\n", number);
}

int
api_watch_look(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *url = param_text(req, "url");

	return start_job(node, run_look, arena_printf(req->arena, "%d%s", param_flag(req, "anew"),
	    url == NULL ? "" : url), res, e);
}

/* arg: "0" keep or "1" let go, then the number asked, a space, the address. */
static int
run_answer(struct node *node, const char *arg, struct buf *result, struct err *e)
{
	int64_t asked, done;
	char *url;

	asked = strtoll(arg + 1, &url, 10);
	if (sources_answer(node, url + 1, *arg == '1', asked, &done, e) == -1)
		return -1;
	sources_wake(node->sources);
	return buf_addf(result, e, "{\"%s\":%" PRId64 "}", *arg == '1' ? "removed" : "kept", done);
}

int
api_watch_answer(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *url, *answer;
	int64_t asked;

	if (param_need(req, "url", &url, e) == -1 || param_need(req, "answer", &answer, e) == -1 ||
	    param_int(req, "asked", 1, INT64_C(1) << 40, 0, &asked, e) == -1)
		return -1;
	if (asked == 0)
		return err_set(e, ERR_USAGE, "say which number of records was asked about: asked");
	if (strcmp(answer, "delete") != 0 && strcmp(answer, "keep") != 0)
		return err_set(e, ERR_USAGE, "the answer is delete or keep, not \"%s\"", answer);
	return start_job(node, run_answer, arena_printf(req->arena, "%d%" PRId64 " %s", *answer == 'd', asked, url),
	    res, e);
}

/* --- differences ------------------------------------------------------------------------------------- */

static void
print_difference(struct emit *j, const struct difference *d)
{
	size_t i;

	emit_object(j);
	emit_put_text(j, "source", d->question.source);
	emit_put_text(j, "item", d->question.item);
	emit_put_text(j, "ref", d->question.ref);
	emit_put_int(j, "since", d->question.since);
	emit_key(j, "fields");
	emit_array(j);
	for (i = 0; i < d->asked_count; i++) {
		emit_object(j);
		emit_put_span(j, "field", d->asked[i].name);
		emit_key(j, "ours");
		emit_raw(j, d->asked[i].ours.ptr == NULL ? SPAN("null") : d->asked[i].ours);
		emit_key(j, "theirs");
		emit_raw(j, d->asked[i].theirs.ptr == NULL ? SPAN("null") : d->asked[i].theirs);
		emit_object_end(j);
	}
	emit_array_end(j);
	emit_object_end(j);
	emit_line(j);
}

int
api_differences(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *source, *after = param_text(req, "after");
	struct source_question *q = NULL;
	struct reader *r = NULL;
	struct difference d;
	struct emit j;
	size_t i, n = 0;
	int rc = -1;

	if (param_need(req, "source", &source, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_questions(r, source, after == NULL ? "" : after, DIFFERENCES_PAGE, req->arena, &q, &n, e);
	store_read_end(r);
	res->type = TYPE_NDJSON;
	emit_start(&j, &res->body, e);
	for (i = 0; rc != -1 && i < n; i++)
		if ((rc = sources_difference(node, source, q[i].item, req->arena, &d, e)) == 1)
			print_difference(&j, &d);
	return rc == -1 ? -1 : emit_end(&j);
}

/* keep and take name fields, each as often as needed. */
int
api_decide(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct field_choice choice[FIELDS_ASKED_MAX];
	const char *source, *item;
	size_t i, n = 0;

	if (param_need(req, "source", &source, e) == -1 || param_need(req, "item", &item, e) == -1)
		return -1;
	for (i = 0; i < req->query.count && n < FIELDS_ASKED_MAX; i++) {
		int take = strcmp(req->query.at[i].name, "take") == 0;

		if (take || strcmp(req->query.at[i].name, "keep") == 0)
			choice[n++] = (struct field_choice){ span_str(req->query.at[i].value), take };
	}
	if (n == 0)
		return err_set(e, ERR_USAGE, "name the fields to keep or take: keep=FIELD, take=FIELD");
	if (sources_decide(node, source, item, choice, n, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"decided\":true}\n", e);
}
