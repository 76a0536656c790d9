/* SPDX-License-Identifier: AGPL-3.0-or-later
 * request.h - one HTTP request, decoded, whoever asks: a socket, the control socket or the
 * command line in process.
 *
 * Everything a handler reads is decoded, NUL-terminated, bounded and owned by the
 * request's arena; bad escapes and NUL characters never get this far (400).
 */
#ifndef NODE_HTTP_REQUEST_H
#define NODE_HTTP_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;
struct route;

#define TARGET_BYTES_MAX	8000	/* path and query as sent */
#define PATH_SEGMENTS_MAX	24
#define ROUTE_ARGS_MAX		6
#define QUERY_FIELDS_MAX	64
#define FORM_FIELDS_MAX		512
#define COOKIE_BYTES_MAX	4096

/* HEAD is a GET whose body is not sent: handlers need not know. */
enum method { METHOD_GET, METHOD_POST, METHOD_DELETE, METHOD__COUNT };

/* The request headers a handler may look at. */
enum header {
	HEADER_ACCEPT,
	HEADER_ACCEPT_LANGUAGE,
	HEADER_CONTENT_TYPE,
	HEADER_COOKIE,
	HEADER_HOST,
	HEADER_IF_NONE_MATCH,
	HEADER_ORIGIN,
	HEADER_REFERER,
	HEADER__COUNT
};

struct pair {
	const char *name, *value;
};

/* Decoded name=value pairs in the order sent; names may repeat. */
struct fields {
	const struct pair *at;
	size_t count;
};

struct request {
	enum method method;
	int head;			/* HEAD: a GET whose body will not be sent */
	const char *path;		/* decoded, begins with "/" */
	const char *raw_path;		/* path as sent, still percent-encoded: for links and redirects */
	const char *raw_query;		/* what followed "?", still encoded, "" when nothing did */
	const char *segment[PATH_SEGMENTS_MAX];	/* between the slashes, decoded one by one */
	size_t segment_count;		/* 0 for "/" */
	const char *arg[ROUTE_ARGS_MAX];	/* what the :names of the route's pattern matched */
	const struct route *route;	/* set by http_admit */
	unsigned allowed;		/* bit (1u << method) for each method this path has; ditto */
	struct fields query;
	const char *header[HEADER__COUNT];	/* NULL when absent */
	struct span body;		/* whole, decompressed, within the route's body_max */
	int local;			/* by the control socket or in process: the operator */
	int https;			/* as far as we or a trusted proxy know */
	int woken;			/* > 0: called again after parking, for the nth time */
	int64_t first_ms;		/* now_ms of the first call; differs from now_ms when woken */
	int64_t now_ms;			/* Unix milliseconds */
	const char *client;		/* address as text: of the nearest party that is no trusted proxy */
	struct arena *arena;		/* lives until the answer is sent */
};

/* Start *req from a target ("/path?query"), everything else zero or empty.  ERR_INPUT for a target
 * that is not origin-form, holds a bad escape, an encoded NUL or too many parts (RFC 3986 2.1, 3.3);
 * ERR_LIMIT when too long.  The caller fills in headers, body, client and times. */
int	request_init(struct request *req, enum method method, const char *target,
	    struct arena *arena, struct err *e);

/* The :name number i of the pattern, counted from 0. */
const char *request_arg(const struct request *req, size_t i);

/* First value of a query parameter, or NULL. */
const char *request_query(const struct request *req, const char *name);

/* Any fields: first value or NULL; every value of a repeated name:
 *	for (size_t i = 0; (v = fields_next(&req->query, "axis", &i)) != NULL;) */
const char *fields_get(const struct fields *f, const char *name);
const char *fields_next(const struct fields *f, const char *name, size_t *i);

/* Decode application/x-www-form-urlencoded text (WHATWG URL 5.1, but strict: a bad escape, an encoded
 * NUL, more than count_max pairs fail).  Memory comes from the arena. */
int	fields_parse(struct span text, size_t count_max, struct arena *arena, struct fields *out,
	    struct err *e);

/* The body as a form.  ERR_TYPE when it is of another type. */
int	request_form(const struct request *req, struct fields *out, struct err *e);

/* Value of a cookie, or NULL (RFC 6265 4.2.1; not decoded). */
const char *request_cookie(const struct request *req, const char *name);

/* One cookie's value out of a Cookie header; ptr NULL when absent. */
struct span cookie_find(struct span header, const char *name);

/* 1 when If-None-Match names this entity tag (given without quotes), compared weakly (RFC 9110 13.1.2):
 * the handler may answer 304 before doing the work. */
int	request_matches(const struct request *req, const char *etag);

/* 1 when the Content-Type is this media type, parameters aside. */
int	request_is_type(const struct request *req, const char *type);

/* Decode %XX strictly.  NULL with ERR_INPUT for a bad escape or an encoded NUL. */
char	*percent_decode(struct span s, int plus_is_space, struct arena *arena, struct err *e);

/* "GET", "POST", "DELETE"; METHOD__COUNT for any other word. */
const char *method_name(enum method method);
enum method method_parse(const char *word);

#endif
