/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web.c - what the pages keep between requests, the files under /static/, and what a failure
 * looks like. */
#include "node/web/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asset.h"
#include "node/core/node.h"
#include "node/http/cached.h"
#include "node/web/accent.h"
#include "node/web/cache.h"
#include "node/web/inside.h"
#include "node/web/page.h"
#include "node/web/visit.h"

#define LOGO_BYTES_MAX ((size_t)512 << 10)
#define FOR_EVER "public, max-age=31536000, immutable"

static int
freeze_asset(const struct asset *a, struct cached **out, struct err *e)
{
	struct response res;
	int rc;

	response_init(&res);
	res.type = a->type;
	res.etag = a->hash;
	res.cache_control = FOR_EVER;
	rc = buf_add(&res.body, a->bytes, a->size, e);
	if (rc == 0)
		rc = cached_new(&res, out, e);
	response_clear(&res);
	return rc;
}

/* --- what the configuration adds ----------------------------------------------------------------- */

/* Freeze body (left empty) under an address that changes with it. */
static int
freeze_own(struct buf *body, const char *type, const char *extension, struct own_file *out, struct err *e)
{
	char etag[ETAG_CHARS + 1];
	struct response res;
	int rc;

	etag_of(buf_span(body), etag);
	snprintf(out->url, sizeof out->url, "/site/%.8s%s", etag, extension);
	response_init(&res);
	res.type = type;
	res.cache_control = FOR_EVER;
	res.csp = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
	res.body = *body;
	*body = (struct buf){ .max = body->max };
	rc = cached_new(&res, &out->file, e);
	response_clear(&res);
	return rc;
}

static int
open_accent(struct web *w, struct err *e)
{
	const char *colour = w->node->config.colour;
	struct buf css = BUF_INIT(4096);
	int rc = 0;

	if (colour == NULL || *colour == '\0')
		return 0;
	if (accent_css(colour, &css, e) == -1 || freeze_own(&css, "text/css; charset=utf-8", ".css", &w->accent, e) == -1)
		rc = err_wrap(e, "colour");
	buf_clear(&css);
	return rc;
}

static int
read_file(const char *path, struct buf *out, struct err *e)
{
	char piece[8192];
	FILE *f = fopen(path, "rb");
	size_t n;
	int rc = 0;

	if (f == NULL)
		return err_set(e, ERR_IO, "%s cannot be opened", path);
	while (rc == 0 && (n = fread(piece, 1, sizeof piece, f)) > 0)
		rc = buf_add(out, piece, n, e);
	if (rc == 0 && ferror(f))
		rc = err_set(e, ERR_IO, "%s cannot be read", path);
	fclose(f);
	return rc;
}

static int
open_logo(struct web *w, struct err *e)
{
	const char *name = w->node->config.logo, *dot = name == NULL ? NULL : strrchr(name, '.');
	struct buf bytes = BUF_INIT(LOGO_BYTES_MAX);
	char path[4096];
	int rc = 0;

	if (name == NULL || *name == '\0')
		return 0;
	if (dot == NULL || (strcmp(dot, ".svg") != 0 && strcmp(dot, ".png") != 0))
		return err_set(e, ERR_INPUT, "logo: %s is neither .svg nor .png", name);
	if (snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : w->node->dir, *name == '/' ? "" : "/",
	    name) >= (int)sizeof path)
		return err_set(e, ERR_LIMIT, "logo: the path is too long");
	if (read_file(path, &bytes, e) == -1 || freeze_own(&bytes, strcmp(dot, ".svg") == 0 ? "image/svg+xml"
	    : "image/png", dot, &w->logo, e) == -1)
		rc = err_wrap(e, "logo");
	buf_clear(&bytes);
	return rc;
}

int
own_file(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	const struct own_file *own[] = { &n->web->accent, &n->web->logo };
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (own[i]->file != NULL && strcmp(own[i]->url, req->path) == 0)
			return cached_answer(own[i]->file, res);
	return err_set(e, ERR_NOT_FOUND, "there is no file %.200s", req->path);
}

/* --- opening, closing ------------------------------------------------------------------------------ */

int
web_open(struct node *node, struct web **out, struct err *e)
{
	struct web *w = calloc(1, sizeof *w);
	size_t i;
	int rc = -1;

	if (w == NULL || (w->asset = calloc(ASSET_COUNT, sizeof *w->asset)) == NULL) {
		err_memory(e);
		goto out;
	}
	w->node = node;
	if (sessions_new(&w->sessions, e) == -1 || pages_new(&w->pages, e) == -1 ||
	    open_accent(w, e) == -1 || open_logo(w, e) == -1)
		goto out;
	for (i = 0; i < ASSET_COUNT; i++)
		if (freeze_asset(&asset_table[i], &w->asset[i], e) == -1)
			goto out;
	*out = w;
	w = NULL;
	rc = 0;
out:
	web_close(w);
	return rc;
}

void
web_close(struct web *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; w->asset != NULL && i < ASSET_COUNT; i++)
		cached_free(w->asset[i]);
	free(w->asset);
	cached_free(w->accent.file);
	cached_free(w->logo.file);
	pages_free(w->pages);
	sessions_free(w->sessions);
	free(w);
}

int
static_file(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	size_t i;

	for (i = 0; i < ASSET_COUNT; i++)
		if (strcmp(asset_table[i].url, req->path) == 0)
			return cached_answer(n->web->asset[i], res);
	return err_set(e, ERR_NOT_FOUND, "there is no file %.200s", req->path);
}

/* --- failures ---------------------------------------------------------------------------------- */

/* Who gets JSON: the API's callers, and whoever asks for it rather than for a page. */
static int
wants_json(const struct request *req)
{
	const char *accept = req->header[HEADER_ACCEPT];

	if (strncmp(req->path, "/api/", 5) == 0 || strncmp(req->path, "/.well-known/", 13) == 0)
		return 1;
	return accept != NULL && strstr(accept, "json") != NULL && strstr(accept, "html") == NULL;
}

static const char *
error_key(enum err_code code)
{
	switch (code) {
	case ERR_NOT_FOUND:	return "not-found";
	case ERR_SCOPE:		return "out-of-scope";
	case ERR_GONE:		return "gone";
	case ERR_LOGIN:		return "login";
	case ERR_FORBIDDEN:	return "forbidden";
	case ERR_BUSY:
	case ERR_TIMEOUT:	return "busy";
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_INTERNAL:	return "failed";
	default:		return "bad";
	}
}

void
web_error(struct node *node, const struct request *req, const struct err *e, struct response *res)
{
	struct visit v;
	struct view_error view;
	struct err again;
	int status = res->status;

	if (wants_json(req)) {
		http_fail_json(e, res);
		return;
	}
	visit_begin(&v, node, req, res, VISIT_FRESH);
	v.frame.hidden = 1;
	view = (struct view_error){ .lang = v.lang, .frame = &v.frame, .status = status,
		.login = e->code == ERR_LOGIN,
		.heading = text_label(v.lang, "error_", error_key(e->code)),
		.text = text_label(v.lang, "error_text_", error_key(e->code)),
		.detail = status == 400 || status == 413 ? e->text : "" };
	v.frame.title = view.heading;
	if (visit_end(&v, page_error(&view, &res->body, &again), &again) == -1)
		http_fail_json(e, res);
}
