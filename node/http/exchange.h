/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exchange.h - one request and its answer on a libmicrohttpd connection.
 *
 * Private to node/http.  A connection carries one exchange after the other; all of one
 * connection's callbacks run on one libmicrohttpd thread.
 */
#ifndef NODE_HTTP_EXCHANGE_H
#define NODE_HTTP_EXCHANGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "node/http/keeper.h"
#include "node/http/request.h"
#include "node/http/server.h"
#include "proto/err.h"

struct MHD_Connection;

#define ADDRESS_CHARS		64
#define DISCARD_BYTES_MAX	((size_t)1 << 20)	/* of a refused body, read so that the answer arrives */

struct exchange {
	struct request req;
	struct arena arena;		/* the request, decoded */
	struct arena scratch;		/* one call of the handler */
	struct buf body;
	struct cached *cached;		/* being sent */
	struct err e;			/* why it is refused already; ERR_NONE: it is not */
	size_t discarded;
	int64_t begun_ms;		/* monotonic */
	int active;			/* between request line and completion */
	int headers_seen, answered, accepts_gzip, gzip_body;
};

struct connection {
	struct kept kept;
	struct http *http;
	int local;			/* on the control socket */
	char address[ADDRESS_CHARS];
	struct exchange x;
};

struct http {
	struct http_config config;
	struct keeper keeper;
	struct MHD_Daemon *tcp, *control;
	uint16_t port;
	uint64_t control_dev, control_ino;	/* the socket file we made */
	atomic_uint_fast64_t answers[6];
};

/* The request line has come: target as sent. */
void	exchange_begin(struct connection *c, const char *target);

/* libmicrohttpd's calls for one request: headers, body pieces (len > 0), end.  0, or -1 to close. */
int	exchange_continue(struct connection *c, const char *method, const char *data, size_t len);

/* The answer is sent, or the connection is gone. */
void	exchange_end(struct connection *c);

#endif
