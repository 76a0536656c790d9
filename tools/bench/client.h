/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client.h - HTTP/1.1 as the bench needs it: single requests, and many at once for a while.
 *
 * Loopback only.  Answers must say their Content-Length or be chunked.
 */
#ifndef TOOLS_BENCH_CLIENT_H
#define TOOLS_BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"

struct err;

/* Where to: a port on 127.0.0.1, or a Unix socket when path is not NULL. */
struct endpoint {
	uint16_t port;
	const char *path;
};

/* One request on a connection of its own.  body is emptied first; out of 200..299 is an error.  headers:
 * whole lines with CRLF, or "". */
int	client_request(struct endpoint at, const char *method, const char *target, const char *headers,
	    struct span sent, struct buf *body, struct err *e);
/* GET and the number of a JSON member by name, as text search finds its first occurrence. */
int	client_number(struct endpoint at, const char *target, const char *member, double *out, struct err *e);

struct load {
	double per_s;
	double p99_ms;
	size_t requests;
	size_t body_bytes;		/* of one answer, as sent */
};

/* GETs on kept-alive connections, from one thread, for so many seconds after a short warming up.  One
 * target: every answer must have the first one's status and length.  Several are asked for in turn, and
 * body_bytes is the last answer's. */
struct load_params {
	const char *const *target;
	size_t targets;
	const char *headers;		/* whole lines with CRLF, or "" */
	unsigned connections;
	double seconds;
};
int	client_load(struct endpoint at, const struct load_params *p, struct load *out, struct err *e);

#endif
