/* SPDX-License-Identifier: AGPL-3.0-or-later
 * route.h - the whole HTTP surface as data, and the one way through it.
 *
 * A route is a row of a table; http_dispatch runs route → access → body limit →
 * handler → error page and knows nothing of sockets, so the command line runs the same
 * handlers in process.
 */
#ifndef NODE_HTTP_ROUTE_H
#define NODE_HTTP_ROUTE_H

#include <stddef.h>

#include "node/http/request.h"
#include "node/http/response.h"
#include "proto/buf.h"
#include "proto/err.h"

struct node;

enum access {
	ACCESS_PUBLIC,
	ACCESS_OPERATOR		/* the control socket, or a request site->authorise vouches for */
};

/* Answer req into res (already initialised).  0, or -1 with e set: the site renders the error. */
typedef int handler_fn(struct node *node, const struct request *req, struct response *res,
	    struct err *e);

struct route {
	enum method method;
	/* Segments are literal, ":name" (one whole segment, not empty), "literal:name" ("/catalogue.:form")
	 * or a final ":rest*" (everything left, slashes included, not empty).  When several patterns
	 * match, the first segment on which they differ decides: literal, then the longer literal start,
	 * then ":name", then ":rest*".  "." and ".." match nothing. */
	const char *pattern;
	handler_fn *handler;
	enum access access;
	size_t body_max;	/* bytes after decompression; 0: no body is taken */
	const char *summary;	/* one line: help, the API index and SPEC.md are printed from it */
};

struct route_table {
	const struct route *route;
	size_t count;
};

/* Everything a dispatch needs; all of it borrowed and unchanged while the server runs. */
struct http_site {
	struct node *node;			/* handed to the handlers, never looked into here */
	const struct route_table *table;
	size_t table_count;
	/* 1 when this request (not local) may use operator's routes.  NULL: none may. */
	int (*authorise)(struct node *node, const struct request *req);
	/* Put the answer to a failure into res; res->status is already right and stays.  NULL: JSON
	 * {"error":"not-found","message":"…"}. */
	void (*error)(struct node *node, const struct request *req, const struct err *e,
	    struct response *res);
	const char *csp;			/* Content-Security-Policy of HTML; NULL: HTTP_CSP_DEFAULT */
};

#define HTTP_CSP_DEFAULT "default-src 'none'; style-src 'self'; img-src 'self' data:; " \
	"script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; " \
	"base-uri 'none'"

/* The row for req's method and segments, its :names put into req->arg, or NULL; req->allowed gets the
 * methods this path does have (none: no such path). */
const struct route *route_find(const struct http_site *site, struct request *req);

/* 1 when the pattern matches req's segments; fills req->arg. */
int	route_match(const char *pattern, struct request *req);

/* Find the route and check access, before any body is read: sets req->route.  ERR_NOT_FOUND,
 * ERR_METHOD, ERR_LOGIN; ERR_FORBIDDEN when an operator's change comes from another site's
 * page (Origin, else Referer, is not Host). */
int	http_admit(const struct http_site *site, struct request *req, struct err *e);

/* Answer req: http_admit unless already done, then the body limit and the handler.  Always leaves an
 * answer in *res, which the caller initialises and clears.  Returns 0, or -1 when the answer
 * is that of a failure, which stays in *e. */
int	http_dispatch(const struct http_site *site, struct request *req, struct response *res,
	    struct err *e);

/* Leave the answer to failure e in *res, as http_dispatch does: status, Allow, WWW-Authenticate,
 * Retry-After, and the site's page.  What failed inside (status 500) is told to the operator only. */
void	http_fail(const struct http_site *site, const struct request *req, const struct err *e,
	    struct response *res);

/* {"error":"not-found","message":"…"} as the body: for a site->error that serves pages and an API. */
void	http_fail_json(const struct err *e, struct response *res);

#endif
