/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.c - forgetting on request, and who has forgotten. */
#include <inttypes.h>
#include <string.h>

#include "proto/ref.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/files.h"
#include "tools/cli/job.h"
#include "tools/cli/show.h"

#define ERASURES_PATH "/api/v1/erasures"

static int
target_of(struct buf *target, const char *path, const char *ref, struct err *e)
{
	return buf_adds(target, path, e) == -1 || target_add(target, "ref", ref, e) == -1 ? -1 : 0;
}

/* --- words ------------------------------------------------------------------------------------------- */

static void
show_peer(const struct cli *c, json_t *p, int own)
{
	static const struct { const char *state, *own, *here; } word[] = {
		{ "unasked", "not asked yet", "not asked yet" },
		{ "gone", "has forgotten it", "does not show it any more" },
		{ "absent", "has nothing of that name", "has nothing of that name" },
		{ "served", "still shows it: it is asked again", "still shows it: only its author can delete it there" },
		{ "refused", "still shows it", "still shows it" },
		{ "unreachable", "cannot be reached: it is asked again", "cannot be reached: it is asked again" },
	};
	const char *state = show_str(p, "state"), *said = state;
	int64_t when = show_int(p, "confirmed") > 0 ? show_int(p, "confirmed") : show_int(p, "asked");
	size_t i;

	for (i = 0; i < sizeof word / sizeof word[0]; i++)
		if (strcmp(word[i].state, state) == 0)
			said = own ? word[i].own : word[i].here;
	fprintf(c->out, "  %s  %s  %s", show_str(p, "url"), show_str(p, "name"), said);
	if (when > 0)
		fprintf(c->out, " (%s)", show_time(when).text);
	if (*show_str(p, "detail") != '\0')
		fprintf(c->out, ": %s", show_str(p, "detail"));
	fputc('\n', c->out);
}

static void
show_one(const struct cli *c, json_t *x)
{
	int own = strcmp(show_str(x, "reach"), "everywhere") == 0;
	json_t *peers = json_object_get(x, "peers"), *p;
	size_t i;

	fprintf(c->out, "%s\n  erased %s %s%s\n", show_str(x, "ref"), own ? "everywhere" : "on this node",
	    show_time(show_int(x, "since")).text, show_int(x, "allowed") > 0 ? ", then allowed again" : "");
	if (json_object_get(x, "files_clean") != NULL && !json_is_true(json_object_get(x, "files_clean")))
		fputs("  its bytes leave the files as soon as whoever reads them now is done\n", c->out);
	json_array_foreach(peers, i, p)
		show_peer(c, p, own);
	fprintf(c->out, "  %" PRId64 " of %" PRId64 " neighbours have confirmed\n", show_int(x, "confirmed"),
	    show_int(x, "neighbours"));
}

static void
show_files(const struct cli *c, json_t *files)
{
	json_t *f;
	size_t i;

	json_array_foreach(files, i, f) {
		const char *state = show_str(f, "state"), *what = show_str(f, "what");

		fprintf(c->out, "  the %s %s %s\n", what, show_str(f, "path"),
		    strcmp(state, "removed") == 0 ? "held it: removed"
		    : strcmp(state, "unreadable") == 0 ? "cannot be read: look whether it holds it"
		    : strcmp(what, "backup") == 0 ? "may hold it: make a new one and remove this one"
		    : "holds it: remove it, or make it anew (--files removes it)");
	}
}

static void
show_list(const struct cli *c, json_t *all)
{
	json_t *x;
	size_t i;

	json_array_foreach(all, i, x)
		show_one(c, x);
	if (json_array_size(all) == 0)
		fputs("nothing was erased\n", c->out);
}

static void
show_allowed(const struct cli *c, json_t *v)
{
	fprintf(c->out, "%s may come back\n", show_str(v, "ref"));
}

/* --- doing ------------------------------------------------------------------------------------------- */

/* Erase here, look through the files, then ask the neighbours: the last answer with all of it. */
static int
erase(struct cli *c, struct client *node, const struct ref *ref, json_t **out, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(CLIENT_ANSWER_MAX);
	json_t *done = NULL, *files = json_array();
	int rc = -1;

	if (files == NULL)
		return err_memory(e);
	if (target_of(&target, ERASURES_PATH, c->arg[0], e) == -1 ||
	    client_call(node, METHOD_POST, target.ptr, (struct span){ 0 }, &answer, e) == -1 ||
	    (done = show_parse(buf_span(&answer), e)) == NULL ||
	    files_search(node, ref, show_int(done, "since"), cli_has(c, "files"), files, e) == -1)
		goto out;
	buf_reset(&target);
	if (target_of(&target, ERASURES_PATH "/ask", c->arg[0], e) == -1 ||
	    job_run_with(c, node, target.ptr, "asking", out, e) == -1)
		goto out;
	json_object_update_missing(*out, done);
	rc = json_object_set(*out, "files", files) == 0 ? 0 : err_memory(e);
out:
	json_decref(done);
	json_decref(files);
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

static int
run_erase(struct cli *c, const struct ref *ref, struct err *e)
{
	struct client *node = NULL;
	json_t *done = NULL;
	int rc;

	if (client_open(c->data, &node, e) == -1)
		return -1;
	rc = erase(c, node, ref, &done, e);
	if (rc == 0 && c->json) {
		json_dumpf(done, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	} else if (rc == 0) {
		show_one(c, done);
		show_files(c, json_object_get(done, "files"));
	}
	json_decref(done);
	client_close(node);
	return rc;
}

static int
call(struct cli *c, enum method method, const char *ref, show_fn *show, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = target_of(&target, ERASURES_PATH, ref, e) == -1 ? -1
	    : show_call(c, method, target.ptr, (struct span){ 0 }, show, e);

	buf_clear(&target);
	return rc;
}

int
cmd_erase(struct cli *c, struct err *e)
{
	struct ref ref;
	int list = cli_has(c, "list"), undo = cli_has(c, "undo"), status = cli_has(c, "status");

	if (list + undo + status > 1)
		return err_set(e, ERR_USAGE, "--status, --list and --undo are three different questions");
	if (list)
		return c->arg_count == 0 ? call(c, METHOD_GET, NULL, show_list, e)
		    : err_set(e, ERR_USAGE, "--list shows all; --status REF shows one");
	if (c->arg_count == 0)
		return err_set(e, ERR_USAGE, "say which record: did:key:.../kind/rid, or --list");
	if (ref_parse(span_str(c->arg[0]), &ref, e) == -1) {
		err_wrap(e, "'%s' is not a record (did:key:.../kind/rid); an author is blocked: essaim block DID",
		    c->arg[0]);
		e->code = ERR_USAGE;
		return -1;
	}
	if (status)
		return call(c, METHOD_GET, c->arg[0], show_list, e);
	if (undo)
		return call(c, METHOD_DELETE, c->arg[0], show_allowed, e);
	return run_erase(c, &ref, e);
}
