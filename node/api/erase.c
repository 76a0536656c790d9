/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.c - forgetting on request: what was erased, which neighbour has forgotten it too, which files may not have. */
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/jobs.h"
#include "node/core/erase.h"
#include "node/core/node.h"
#include "node/gossip/witness.h"
#include "node/store/erase.h"
#include "node/store/store.h"

#define WHAT_CHARS_MAX 20
#define PATH_CHARS_MAX 4096

static const char *const there_name[] = {
	[THERE_UNASKED] = "unasked", [THERE_GONE] = "gone", [THERE_ABSENT] = "absent", [THERE_SERVED] = "served",
	[THERE_REFUSED] = "refused", [THERE_UNREACHABLE] = "unreachable",
};

/* --- printing ------------------------------------------------------------------------------------ */

static int
print_peers(struct emit *j, struct reader *r, const char *ref, struct arena *a, struct err *e)
{
	struct erased_peer *p;
	size_t i, n, confirmed = 0, asked = 0;

	if (store_erased_peers(r, ref, a, &p, &n, e) == -1)
		return -1;
	emit_key(j, "peers");
	emit_array(j);
	for (i = 0; i < n; i++) {
		emit_object(j);
		emit_put_text(j, "url", p[i].url);
		emit_put_text(j, "name", p[i].name);
		emit_put_text(j, "state", there_name[p[i].state]);
		emit_put_int(j, "asked", p[i].asked);
		emit_put_int(j, "confirmed", p[i].confirmed);
		emit_put_text(j, "detail", p[i].detail);
		emit_object_end(j);
		confirmed += p[i].confirmed > 0;
		asked += p[i].neighbour || p[i].confirmed > 0;
	}
	emit_array_end(j);
	emit_put_int(j, "confirmed", (int64_t)confirmed);
	emit_put_int(j, "neighbours", (int64_t)asked);
	return 0;
}

static int
print_erasure(struct emit *j, struct reader *r, const struct erasure *x, struct arena *a, struct err *e)
{
	emit_put_text(j, "ref", x->ref);
	emit_put_text(j, "reach", x->own ? "everywhere" : "here");
	emit_put_int(j, "since", x->since);
	emit_put_int(j, "allowed", x->allowed);
	return print_peers(j, r, x->ref, a, e);
}

static int
find_erasure(struct reader *r, const char *ref, struct arena *a, struct erasure *out, struct err *e)
{
	struct erasure *x;
	size_t n;

	if (store_erasures(r, ref, a, &x, &n, e) == -1)
		return -1;
	if (n == 0)
		return err_set(e, ERR_NOT_FOUND, "%s is not on the list of erased records", ref);
	*out = *x;
	return 0;
}

/* --- erasing --------------------------------------------------------------------------------------- */

int
api_erase(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct erase_report done;
	struct erasure x;
	struct reader *r = NULL;
	struct ref ref;
	const char *text;
	struct emit j;
	int rc = -1;

	if (param_need(req, "ref", &text, e) == -1 || ref_parse(span_str(text), &ref, e) == -1 ||
	    node_erase(node, &ref, &done, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	if (find_erasure(r, text, req->arena, &x, e) == 0 && print_erasure(&j, r, &x, req->arena, e) == 0) {
		emit_put_int(&j, "source_rows", done.source_rows);
		emit_put_bool(&j, "files_clean", done.clean);
		emit_object_end(&j);
		emit_line(&j);
		rc = emit_end(&j);
	}
	store_read_end(r);
	return rc;
}

int
api_erasure_allow(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *ref;
	struct emit j;

	if (param_need(req, "ref", &ref, e) == -1 || store_erase_allow(node->store, ref, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "ref", ref);
	emit_put_text(&j, "outcome", "allowed");
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

static int
print_all(struct reader *r, const struct erasure *x, size_t n, struct arena *a, struct buf *out, struct err *e)
{
	struct emit j;
	size_t i;

	emit_start(&j, out, e);
	emit_array(&j);
	for (i = 0; i < n; i++) {
		emit_object(&j);
		if (print_erasure(&j, r, &x[i], a, e) == -1)
			return -1;
		emit_object_end(&j);
	}
	emit_array_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_erasure_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct erasure *x;
	struct reader *r = NULL;
	size_t n;
	int rc;

	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_erasures(r, param_text(req, "ref"), req->arena, &x, &n, e);
	if (rc == 0)
		rc = print_all(r, x, n, req->arena, &res->body, e);
	store_read_end(r);
	return rc;
}

/* --- asking ------------------------------------------------------------------------------------------ */

static int
run_ask(struct node *node, const char *ref, struct buf *result, struct err *e)
{
	struct arena a = { 0 };
	struct erasure x;
	struct reader *r = NULL;
	struct emit j;
	int rc = -1;

	if (witness_ask(node, ref, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	emit_start(&j, result, e);
	emit_object(&j);
	if (find_erasure(r, ref, &a, &x, e) == 0 && print_erasure(&j, r, &x, &a, e) == 0) {
		emit_object_end(&j);
		rc = emit_end(&j);
	}
	store_read_end(r);
	arena_clear(&a);
	return rc;
}

int
api_erasure_ask(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *ref;
	int64_t number;
	struct emit j;

	if (param_need(req, "ref", &ref, e) == -1 || jobs_start(node->jobs, run_ask, ref, &number, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_int(&j, "job", number);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- files ------------------------------------------------------------------------------------------- */

int
api_file_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct made_file *f = NULL;
	struct reader *r = NULL;
	struct emit j;
	size_t i, n = 0;
	int rc;

	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_made_files(r, req->arena, &f, &n, e);
	store_read_end(r);
	emit_start(&j, &res->body, e);
	emit_array(&j);
	for (i = 0; i < n; i++) {
		emit_object(&j);
		emit_put_text(&j, "path", f[i].path);
		emit_put_text(&j, "what", f[i].what);
		emit_put_int(&j, "made", f[i].made);
		emit_object_end(&j);
	}
	emit_array_end(&j);
	emit_line(&j);
	return rc == -1 ? -1 : emit_end(&j);
}

static int
file_path_of(const struct request *req, const char **path, struct err *e)
{
	if (!req->local)
		return err_set(e, ERR_FORBIDDEN, "files are noted by whoever is on the machine itself");
	if (param_need(req, "path", path, e) == -1)
		return -1;
	if ((*path)[0] != '/' || strlen(*path) > PATH_CHARS_MAX)
		return err_set(e, ERR_USAGE, "path is absolute and has %d bytes at most", PATH_CHARS_MAX);
	return 0;
}

int
api_file_put(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *path, *what;

	if (file_path_of(req, &path, e) == -1 || param_need(req, "what", &what, e) == -1)
		return -1;
	if (strlen(what) > WHAT_CHARS_MAX)
		return err_set(e, ERR_USAGE, "what is a word: bundle, export, backup");
	if (store_made_file_put(node->store, path, what, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"noted\":true}\n", e);
}

int
api_file_delete(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *path;

	if (file_path_of(req, &path, e) == -1 || store_made_file_delete(node->store, path, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"forgotten\":true}\n", e);
}
