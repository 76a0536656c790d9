/* SPDX-License-Identifier: AGPL-3.0-or-later
 * response.h - one HTTP answer as a handler leaves it; the adapter adds the headers every
 * answer carries, compresses, tags and sends.
 *
 * Strings are literals or live in the request's arena; only body, stream and cached
 * are owned, and response_clear gives them back.
 */
#ifndef NODE_HTTP_RESPONSE_H
#define NODE_HTTP_RESPONSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/buf.h"

struct arena;
struct cached;
struct err;

#define RESPONSE_BYTES_MAX	((size_t)64 << 20)
#define RESPONSE_HEADERS_MAX	8

#define TYPE_HTML	"text/html; charset=utf-8"
#define TYPE_TEXT	"text/plain; charset=utf-8"
#define TYPE_JSON	"application/json"
#define TYPE_NDJSON	"application/x-ndjson"

struct header_line {
	const char *name, *value;
};

/* A body made while it is sent, for what is too long to hold (an export of everything). */
struct stream {
	/* Fill out with up to room bytes; returns how many, 0 at the end, -1 to break off.  Always
	 * called from one thread at a time, after the handler has returned. */
	ssize_t (*read)(void *state, char *out, size_t room);
	void (*close)(void *state);	/* always called once */
	void *state;
};

struct response {
	int status;			/* 200 unless set */
	const char *type;		/* Content-Type; TYPE_JSON unless set */
	struct buf body;		/* .max is RESPONSE_BYTES_MAX unless changed */
	struct stream stream;		/* used instead of body when .read is set */
	struct cached *cached;		/* used instead of everything else when set (cached.h) */
	const char *location;
	const char *etag;		/* without quotes; made from the body of a GET when NULL */
	const char *cache_control;	/* "no-store" for operator's routes, else "no-cache" unless set */
	const char *disposition;	/* Content-Disposition */
	const char *csp;		/* instead of the site's Content-Security-Policy */
	struct header_line extra[RESPONSE_HEADERS_MAX];	/* Set-Cookie, Retry-After, … */
	size_t extra_count;
	int gzip_level;			/* 1 fast … 9 small; 0: GZIP_LEVEL_NOW */
	int cross_origin;		/* 1: other sites' scripts may read it (GET of open data); set for /api/ */
	/* In the future: nothing to say yet; the handler is called again at http_wake or then, with request.woken
	 * raised and a fresh response.  The answer must be whole all the same: it is sent at once when too many
	 * are parked, when the server stops, and in process. */
	int64_t park_until_ms;
};

void	response_init(struct response *res);
void	response_clear(struct response *res);

/* One more header.  ERR_LIMIT past RESPONSE_HEADERS_MAX, ERR_INTERNAL for a name or value that would
 * break the header (control characters). */
int	response_header(struct response *res, const char *name, const char *value, struct err *e);

/* 303 to a location (a path on this site). Returns 0. */
int	response_see_other(struct response *res, const char *location);

/* 304 with nothing else, after request_matches. Returns 0. */
int	response_not_modified(struct response *res, const char *etag);

/* The whole body as bytes, whichever way it was given (a stream is read into body): for callers
 * in process. */
int	response_body(struct response *res, struct span *out, struct err *e);

/* Add s to out as the inside of a JSON string: escaped, bytes that are not UTF-8 as U+FFFD. */
int	response_json_text(struct buf *out, const char *s, struct err *e);

#endif
