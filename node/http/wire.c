/* SPDX-License-Identifier: AGPL-3.0-or-later
 * wire.c - see wire.h. */
#include "node/http/wire.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "node/http/cached.h"
#include "node/http/gzip.h"
#include "node/http/keeper.h"
#include "node/http/route.h"
#include "node/http/server.h"

#define CSP_DATA	"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
#define STREAM_BLOCK_BYTES ((size_t)64 * 1024)
#define ETAG_LINE_BYTES	512

/* What differs between the forms of one answer. */
struct form {
	const char *etag;	/* without quotes; NULL: none */
	int vary, gzip;
};

struct pouring {
	struct stream stream;
	struct kept *kept;
};

static int
add(struct MHD_Response *out, const char *name, const char *value)
{
	return value == NULL || MHD_add_response_header(out, name, value) == MHD_YES ? 0 : -1;
}

/* Types that no browser shows as a document. */
static int
is_shown(const char *type)
{
	return strcmp(type, "application/x-ndjson") != 0 && strcmp(type, "application/octet-stream") != 0;
}

static int
add_security(struct MHD_Response *out, const struct http_site *site, const struct response *res)
{
	int html = strncmp(res->type, "text/html", 9) == 0;
	const char *csp = res->csp;

	if (csp == NULL)
		csp = !is_shown(res->type) ? NULL : !html ? CSP_DATA : site->csp != NULL ? site->csp : HTTP_CSP_DEFAULT;
	if (add(out, "Content-Security-Policy", csp) == -1 ||
	    add(out, "X-Content-Type-Options", "nosniff") == -1 ||
	    add(out, "Referrer-Policy", "same-origin") == -1 ||
	    add(out, "Cross-Origin-Resource-Policy",
		res->cross_origin ? "cross-origin" : "same-origin") == -1)
		return -1;
	return add(out, "Access-Control-Allow-Origin", res->cross_origin ? "*" : NULL);
}

static int
add_etag(struct MHD_Response *out, const struct form *form)
{
	char line[ETAG_LINE_BYTES];
	int n;

	if (form->etag == NULL)
		return 0;
	n = snprintf(line, sizeof line, "%s\"%s\"", form->gzip ? "W/" : "", form->etag);
	return n < (int)sizeof line ? add(out, "ETag", line) : -1;
}

static int
add_headers(struct MHD_Response *out, const struct http_site *site, const struct response *res,
    const struct form *form)
{
	size_t i;

	if (add(out, "Content-Type", res->status == 304 ? NULL : res->type) == -1 ||
	    add(out, "Content-Encoding", form->gzip ? "gzip" : NULL) == -1 ||
	    add(out, "Vary", form->vary ? "Accept-Encoding" : NULL) == -1 ||
	    add(out, "Cache-Control", res->cache_control != NULL ? res->cache_control :
		res->status == 200 || res->status == 304 ? "no-cache" : "no-store") == -1 ||
	    add(out, "Location", res->location) == -1 ||
	    add(out, "Content-Disposition", res->disposition) == -1 ||
	    add_etag(out, form) == -1 || add_security(out, site, res) == -1)
		return -1;
	for (i = 0; i < res->extra_count; i++)
		if (add(out, res->extra[i].name, res->extra[i].value) == -1)
			return -1;
	return 0;
}

static struct MHD_Response *
with_headers(struct MHD_Response *out, const struct http_site *site, const struct response *res,
    const struct form *form)
{
	if (out == NULL || add_headers(out, site, res, form) == 0)
		return out;
	MHD_destroy_response(out);
	return NULL;
}

/* The bytes become libmicrohttpd's, without a copy. */
static struct MHD_Response *
give_body(struct buf *body)
{
	struct MHD_Response *out = MHD_create_response_from_buffer_with_free_callback(body->len,
	    body->ptr, free);

	if (out != NULL)
		*body = (struct buf)BUF_INIT(body->max);
	return out;
}

static ssize_t
pour(void *cls, uint64_t pos, char *out, size_t room)
{
	struct pouring *p = cls;
	ssize_t n = p->stream.read(p->stream.state, out, room);

	(void)pos;
	if (n == -1)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	assert(n > 0 && (size_t)n <= room);
	keeper_allow(p->kept, n * 1000 / HTTP_BYTES_PER_S_MIN, 0);
	return n;
}

static void
pour_end(void *cls)
{
	struct pouring *p = cls;

	if (p->stream.close != NULL)
		p->stream.close(p->stream.state);
	free(p);
}

static struct MHD_Response *
give_stream(struct stream *stream, int head, struct kept *kept)
{
	struct pouring *p = malloc(sizeof *p);
	struct MHD_Response *out;

	if (p == NULL)
		return NULL;
	*p = (struct pouring){ *stream, kept };
	out = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, pour, p,
	    pour_end);
	if (out == NULL) {
		free(p);
		return NULL;
	}
	*stream = (struct stream){ 0 };
	/* libmicrohttpd ends the chunks it did not send to a HEAD: without chunks, it closes instead. */
	if (head)
		MHD_set_response_options(out, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return out;
}

/* Replace the body by its compressed form when that is shorter; failing to is no failure. */
static int
compress(struct response *res)
{
	struct buf packed = BUF_INIT(RESPONSE_BYTES_MAX);
	struct err ignored;

	if (gzip_pack(buf_span(&res->body),
	    res->gzip_level != 0 ? res->gzip_level : GZIP_LEVEL_NOW, &packed, &ignored) == -1 ||
	    packed.len >= res->body.len) {
		buf_clear(&packed);
		return 0;
	}
	buf_clear(&res->body);
	res->body = packed;
	return 1;
}

/* What nobody may keep needs no tag to ask again with. */
static int
may_be_kept(const struct response *res)
{
	return res->cache_control == NULL || strcmp(res->cache_control, "no-store") != 0;
}

struct wire
wire_make(const struct http_site *site, const struct request *req, struct response *res,
    int accepts_gzip, struct kept *kept)
{
	struct wire wire = { .status = res->status };
	struct form form = { .etag = res->etag };
	char etag[ETAG_CHARS + 1];

	if (res->stream.read != NULL) {
		wire.response = with_headers(give_stream(&res->stream, req->head, kept), site, res,
		    &form);
		return wire;
	}
	if (form.etag == NULL && req->method == METHOD_GET && res->status == 200 && may_be_kept(res)) {
		etag_of(buf_span(&res->body), etag);
		form.etag = etag;
	}
	form.vary = gzip_is_worth(res->type, res->body.len);
	if (form.vary && accepts_gzip)
		form.gzip = compress(res);
	/* The body stays with a 304, unsent: its length and encoding are those of the 200 (RFC 9110 8.6). */
	if (res->status == 200 && req->method == METHOD_GET && request_matches(req, form.etag))
		res->status = wire.status = 304;
	else
		wire.body_bytes = res->body.len;
	wire.response = with_headers(give_body(&res->body), site, res, &form);
	return wire;
}

static void
destroy_wire(void *response)
{
	MHD_destroy_response(response);
}

static struct MHD_Response *
make_cached(const struct http_site *site, const struct cached *c, struct span body,
    const struct form *form)
{
	/* libmicrohttpd asks for a writable pointer and does not write through it. */
	union { const char *in; void *out; } bytes = { body.ptr };

	return with_headers(MHD_create_response_from_buffer(body.len, bytes.out,
	    MHD_RESPMEM_PERSISTENT), site, cached_response(c), form);
}

struct wire
wire_cached(const struct http_site *site, const struct request *req, struct cached *c,
    int accepts_gzip)
{
	struct span packed = accepts_gzip ? cached_gzip(c) : (struct span){ NULL, 0 }, body = cached_body(c);
	enum cached_form which = packed.len > 0 ? CACHED_GZIP : CACHED_PLAIN;
	struct form form = { .etag = cached_etag(c), .vary = cached_varies(c),
		.gzip = which == CACHED_GZIP };
	struct wire wire = { .response = cached_wire(c, which), .status = 200 };

	if (form.gzip)
		body = packed;
	if (wire.response == NULL) {
		wire.response = make_cached(site, c, body, &form);
		if (wire.response != NULL)
			wire.response = cached_wire_set(c, which, wire.response, destroy_wire);
	}
	if (req->method == METHOD_GET && request_matches(req, form.etag))
		wire.status = 304;
	else
		wire.body_bytes = body.len;
	return wire;
}
