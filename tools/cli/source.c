/* SPDX-License-Identifier: AGPL-3.0-or-later
 * source.c - directories that are looked at again and again: add, list, show, poll, pause, remove, answer, decide. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/source_rule.h"
#include "node/core/sources.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/job.h"
#include "tools/cli/show.h"

static const char *const state_words[SOURCE__COUNT] = {
	[SOURCE_NEW] = "not looked at yet",
	[SOURCE_FINE] = "answered",
	[SOURCE_UNCHANGED] = "answered: nothing changed",
	[SOURCE_ASKS] = "too many records would vanish: nothing was touched, decide with \"essaim source answer\"",
	[SOURCE_DOWN] = "cannot be reached: nothing was touched",
	[SOURCE_SLOW] = "too slow: nothing was touched",
	[SOURCE_REFUSES] = "answers with an error: nothing was touched",
	[SOURCE_PAGE] = "sends a web page instead of data: nothing was touched",
	[SOURCE_EMPTY] = "sends an empty list where there were records: nothing was touched",
	[SOURCE_UNREADABLE] = "sends what cannot be read to its end: nothing was touched",
	[SOURCE_USELESS] = "none of its rows can be a record: nothing was touched",
	[SOURCE_LARGE] = "sends more than may be read: nothing was touched",
	[SOURCE_PRIVATE] = "is at an address that may not be called: nothing was touched",
	[SOURCE_FAILED] = "could not be taken in here",
};

static const char *
words_of(json_t *w)
{
	const char *name = show_str(w, "state");
	int i;

	for (i = 0; i < SOURCE__COUNT; i++)
		if (strcmp(source_state_name((enum source_state)i), name) == 0)
			return state_words[i];
	return name;
}

static void
show_watch(FILE *out, json_t *w)
{
	const char *name = show_str(w, "name"), *why = show_str(w, "why");

	fprintf(out, "%s%s%s%s\n    %s", show_str(w, "url"), *name == '\0' ? "" : "  ", name,
	    json_is_true(json_object_get(w, "paused")) ? "  (paused)" : "", words_of(w));
	if (*why != '\0')
		fprintf(out, " (%s)", why);
	fprintf(out, "\n    last answer %s, next try %s, every %s\n", show_time(show_int(w, "last_ok")).text,
	    show_time(show_int(w, "next_try")).text, show_duration(show_int(w, "every_s")).text);
	fprintf(out, "    %" PRId64 " items: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " the same, %" PRId64
	    " refused, %" PRId64 " removed\n", show_int(w, "items"), show_int(w, "new"), show_int(w, "changed"),
	    show_int(w, "same"), show_int(w, "refused"), show_int(w, "removed"));
	if (show_int(w, "asked") > 0)
		fprintf(out, "    %" PRId64 " records would vanish: \"essaim source answer URL --delete\" lets them go,"
		    " --keep keeps them\n", show_int(w, "asked"));
	if (show_int(w, "differences") > 0)
		fprintf(out, "    %" PRId64 " records changed both here and there: \"essaim source show URL\"\n",
		    show_int(w, "differences"));
}

static void
show_watches(const struct cli *c, json_t *all)
{
	json_t *w;
	size_t i;

	json_array_foreach(all, i, w)
		show_watch(c->out, w);
	if (json_array_size(all) == 0)
		fputs("no sources yet: essaim source add URL\n", c->out);
}

int
cmd_source_list(struct cli *c, struct err *e)
{
	return show_call(c, METHOD_GET, "/api/v1/source", (struct span){ 0 }, show_watches, e);
}

/* --- add ------------------------------------------------------------------------------------------- */

/* "90s", "15min", "6h", "1d"; a number alone is seconds. */
static int
parse_every(const char *text, int64_t *out, struct err *e)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} unit[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { "j", 86400 } };
	char *end;
	int64_t n = strtoll(text, &end, 10);
	size_t i;

	for (i = 0; i < sizeof unit / sizeof unit[0]; i++)
		if (end != text && n > 0 && strcmp(end, unit[i].unit) == 0) {
			*out = n > SOURCE_EVERY_S_MAX ? n : n * unit[i].seconds;
			return 0;
		}
	return err_set(e, ERR_USAGE, "--every is a time like 30min, 6h or 1d, not \"%s\"", text);
}

static void
show_added(const struct cli *c, json_t *v)
{
	(void)v;
	fprintf(c->out, "%s is looked at from now on, by a running node at once.\n", c->arg[0]);
}

int
cmd_source_add(struct cli *c, struct err *e)
{
	static const char *const option[] = { "name", "format", "author", "kind", "license", "lang" };
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), mapping = BUF_INIT(SOURCE_MAPPING_BYTES_MAX);
	const char *every = cli_option(c, "every"), *file = cli_option(c, "mapping");
	char seconds[24];
	int64_t n = 0;
	size_t i;
	int rc = -1;

	if ((every != NULL && parse_every(every, &n, e) == -1) ||
	    (file != NULL && cli_read_file(file, &mapping, e) == -1))
		goto out;
	snprintf(seconds, sizeof seconds, "%" PRId64, n);
	rc = buf_adds(&target, "/api/v1/source", e) == -1 || target_add(&target, "url", c->arg[0], e) == -1 ||
	    target_add(&target, "every_s", every == NULL ? NULL : seconds, e) == -1 ? -1 : 0;
	for (i = 0; rc == 0 && i < sizeof option / sizeof option[0]; i++)
		rc = target_add(&target, option[i], cli_option(c, option[i]), e);
	if (rc == 0)
		rc = show_call(c, METHOD_POST, target.ptr, buf_span(&mapping), show_added, e);
out:
	buf_clear(&target);
	buf_clear(&mapping);
	return rc;
}

/* --- one of them ------------------------------------------------------------------------------------- */

static void
show_done(const struct cli *c, json_t *v)
{
	(void)v;
	fprintf(c->out, "done: %s\n", c->arg[0]);
}

/* Ask path with the address and one parameter more, name NULL: none. */
static int
call_for(struct cli *c, enum method method, const char *path, const char *name, const char *value, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, path, e);

	if (rc == 0 && (rc = target_add(&target, "url", c->arg[0], e)) == 0 &&
	    (name == NULL || (rc = target_add(&target, name, value, e)) == 0))
		rc = show_call(c, method, target.ptr, (struct span){ 0 }, show_done, e);
	buf_clear(&target);
	return rc;
}

int
cmd_source_remove(struct cli *c, struct err *e)
{
	return call_for(c, METHOD_DELETE, "/api/v1/source", NULL, NULL, e);
}

int
cmd_source_pause(struct cli *c, struct err *e)
{
	return call_for(c, METHOD_POST, "/api/v1/source/pause", "paused", "1", e);
}

int
cmd_source_resume(struct cli *c, struct err *e)
{
	return call_for(c, METHOD_POST, "/api/v1/source/pause", "paused", "0", e);
}

int
cmd_source_poll(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	size_t i, failed = 0;
	json_t *all = NULL, *w;
	int rc = buf_adds(&target, "/api/v1/source/look", e);

	if (rc == 0 && (rc = target_add(&target, "url", c->arg[0], e)) == 0 &&
	    (rc = target_add(&target, "anew", cli_has(c, "anew") ? "1" : NULL, e)) == 0)
		rc = job_run(c, target.ptr, "poll", &all, e);
	json_array_foreach(all, i, w)
		failed += !json_is_true(json_object_get(w, "fine"));
	if (rc == 0 && c->json) {
		json_dumpf(all, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	} else if (rc == 0)
		show_watches(c, all);
	if (rc == 0 && failed > 0) {
		c->json_done = c->json;
		rc = err_set(e, ERR_IO, "%zu of %zu sources could not be read; nothing of theirs was touched", failed,
		    json_array_size(all));
	}
	json_decref(all);
	buf_clear(&target);
	return rc;
}

/* --- show: how it stands, and what is to be decided ------------------------------------------------- */

static json_t *
ask(struct client *node, const char *path, const char *name, const char *value, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(CLIENT_ANSWER_MAX), list = BUF_INIT(CLIENT_ANSWER_MAX);
	struct span rest;
	json_t *v = NULL;

	if (buf_adds(&target, path, e) == -1 || (name != NULL && target_add(&target, name, value, e) == -1) ||
	    client_call(node, METHOD_GET, target.ptr, (struct span){ 0 }, &answer, e) == -1)
		goto out;
	rest = span_trim(buf_span(&answer));
	if (name == NULL)
		v = show_parse(rest, e);
	else if (buf_addc(&list, '[', e) == 0) {	/* one value a line */
		int rc = 0;

		while (rc == 0 && rest.len > 0)
			rc = buf_addf(&list, e, "%s", list.len > 1 ? "," : "") == -1 ? -1
			    : buf_addspan(&list, span_cut(&rest, '\n'), e);
		if (rc == 0 && buf_addc(&list, ']', e) == 0)
			v = show_parse(buf_span(&list), e);
	}
out:
	buf_clear(&target);
	buf_clear(&answer);
	buf_clear(&list);
	return v;
}

/* The source among all; NULL: e says that there is none. */
static json_t *
find_watch(json_t *all, const char *url, struct err *e)
{
	json_t *w;
	size_t i;

	json_array_foreach(all, i, w)
		if (strcmp(show_str(w, "url"), url) == 0)
			return w;
	err_set(e, ERR_NOT_FOUND, "no source %s: see \"essaim source list\"", url);
	return NULL;
}

static void
show_difference(FILE *out, json_t *d)
{
	json_t *fields = json_object_get(d, "fields"), *f;
	size_t i;

	fprintf(out, "\n  %s\n  %s\n", show_str(d, "item"), show_str(d, "ref"));
	json_array_foreach(fields, i, f) {
		fprintf(out, "    %s\n      here    ", show_str(f, "field"));
		json_dumpf(json_object_get(f, "ours"), out, JSON_ENCODE_ANY | JSON_COMPACT);
		fputs("\n      there   ", out);
		json_dumpf(json_object_get(f, "theirs"), out, JSON_ENCODE_ANY | JSON_COMPACT);
		fputc('\n', out);
	}
}

int
cmd_source_show(struct cli *c, struct err *e)
{
	struct client *node = NULL;
	json_t *all = NULL, *w, *differences = NULL, *d;
	int rc = -1;
	size_t i;

	if (client_open(c->data, &node, e) == -1 || (all = ask(node, "/api/v1/source", NULL, NULL, e)) == NULL ||
	    (w = find_watch(all, c->arg[0], e)) == NULL ||
	    (differences = ask(node, "/api/v1/source/differences", "source", c->arg[0], e)) == NULL)
		goto out;
	if (c->json) {
		json_object_set(w, "difference", differences);
		json_dumpf(w, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	} else {
		show_watch(c->out, w);
		json_array_foreach(differences, i, d)
			show_difference(c->out, d);
	}
	rc = 0;
out:
	json_decref(differences);
	json_decref(all);
	client_close(node);
	return rc;
}

/* --- answer, decide ---------------------------------------------------------------------------------- */

static int
answer(struct cli *c, struct client *node, int64_t asked, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	json_t *done = NULL;
	char number[24];
	int rc;

	snprintf(number, sizeof number, "%" PRId64, asked);
	rc = buf_adds(&target, "/api/v1/source/answer", e) == -1 || target_add(&target, "url", c->arg[0], e) == -1 ||
	    target_add(&target, "asked", number, e) == -1 ||
	    target_add(&target, "answer", cli_has(c, "keep") ? "keep" : "delete", e) == -1 ? -1
	    : job_run_with(c, node, target.ptr, "answer", &done, e);
	if (rc == 0 && c->json) {
		json_dumpf(done, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	} else if (rc == 0)
		fprintf(c->out, "%" PRId64 " records %s\n", show_int(done, "removed") + show_int(done, "kept"),
		    cli_has(c, "keep") ? "stay here without their source" : "deleted");
	json_decref(done);
	buf_clear(&target);
	return rc;
}

int
cmd_source_answer(struct cli *c, struct err *e)
{
	struct client *node = NULL;
	json_t *all = NULL, *w;
	int rc = -1;

	if (cli_has(c, "keep") == cli_has(c, "delete"))
		return err_set(e, ERR_USAGE, "say --delete or --keep: 'essaim source show' tells what would vanish");
	if (client_open(c->data, &node, e) == -1 || (all = ask(node, "/api/v1/source", NULL, NULL, e)) == NULL ||
	    (w = find_watch(all, c->arg[0], e)) == NULL)
		goto out;
	if (show_int(w, "asked") == 0)
		err_set(e, ERR_NOT_FOUND, "%s asks nothing", c->arg[0]);
	else
		rc = answer(c, node, show_int(w, "asked"), e);
out:
	json_decref(all);
	client_close(node);
	return rc;
}

/* "name,summary": a parameter for each. */
static int
add_fields(struct buf *target, const char *name, const char *list, struct err *e)
{
	struct span rest = span_str(list);
	struct arena a = { 0 };
	int rc = 0;

	while (rc == 0 && rest.len > 0) {
		const char *field = arena_copy(&a, span_trim(span_cut(&rest, ',')));

		rc = field == NULL ? err_memory(e) : target_add(target, name, field, e);
	}
	arena_clear(&a);
	return rc;
}

int
cmd_source_decide(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/source/decide", e) == -1 ||
	    target_add(&target, "source", c->arg[0], e) == -1 || target_add(&target, "item", c->arg[1], e) == -1 ||
	    add_fields(&target, "keep", cli_option(c, "keep"), e) == -1 ||
	    add_fields(&target, "take", cli_option(c, "take"), e) == -1 ? -1
	    : show_call(c, METHOD_POST, target.ptr, (struct span){ 0 }, show_done, e);

	buf_clear(&target);
	return rc;
}
