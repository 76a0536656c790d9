/* SPDX-License-Identifier: AGPL-3.0-or-later
 * wire.h - a finished answer as libmicrohttpd sends it: the headers every answer carries, entity
 * tag and compression.
 *
 * Private to node/http.
 */
#ifndef NODE_HTTP_WIRE_H
#define NODE_HTTP_WIRE_H

#include <stddef.h>

struct MHD_Response;
struct cached;
struct http_site;
struct kept;
struct request;
struct response;

/* An answer ready to queue.  status may have become 304. */
struct wire {
	struct MHD_Response *response;	/* to be destroyed by the caller; NULL: no memory */
	int status;
	size_t body_bytes;		/* to be sent; 0 when unknown */
};

/* Takes res's body or stream.  kept earns time while a stream is sent (its bytes are unknown before). */
struct wire wire_make(const struct http_site *site, const struct request *req, struct response *res,
    int accepts_gzip, struct kept *kept);

/* The same for a frozen answer; the libmicrohttpd object stays with it and is NOT the caller's to destroy.
 * The caller holds a reference to c until the answer is sent. */
struct wire wire_cached(const struct http_site *site, const struct request *req, struct cached *c,
    int accepts_gzip);

#endif
