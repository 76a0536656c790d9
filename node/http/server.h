/* SPDX-License-Identifier: AGPL-3.0-or-later
 * server.h - the sockets: a public TCP port and the operator's control socket, served by
 * libmicrohttpd's epoll threads, every request under a deadline.
 *
 * libmicrohttpd's own timeout is inactivity only; here one keeper thread closes whatever is
 * slower than its deadline and resumes parked requests.
 */
#ifndef NODE_HTTP_SERVER_H
#define NODE_HTTP_SERVER_H

#include <stdint.h>

#include "node/http/route.h"

struct http;
struct log;

#define HTTP_DEADLINE_MS	15000	/* a whole request, arrival of the first byte to the last sent */
#define HTTP_BYTES_PER_S_MIN	16384	/* bodies either way earn one more second for so many bytes */
#define HTTP_CONNECTIONS_MAX	1024
#define HTTP_PARKED_MAX		512
#define HTTP_PARK_MS_MAX	60000
#define HTTP_HEADER_BYTES_MAX	(16 * 1024)	/* request line and headers, libmicrohttpd's notes included */

struct http_config {
	const char *address;		/* IPv4 or IPv6 literal; NULL: no TCP */
	uint16_t port;			/* 0: any free one, see http_port */
	const char *socket_path;	/* control socket, mode 0600; NULL: none */
	unsigned threads;		/* 0: one per core, at most 8 */
	unsigned connections_max;	/* 0: HTTP_CONNECTIONS_MAX */
	unsigned parked_max;		/* 0: HTTP_PARKED_MAX; past it a handler's answer is sent at once */
	int64_t deadline_ms;		/* 0: HTTP_DEADLINE_MS */
	const char *const *proxy;	/* addresses whose X-Forwarded-For and -Proto are believed */
	size_t proxy_count;
	const struct http_site *site;	/* borrowed, as everything here, until http_stop has returned */
	const struct log *log;
};

/* What the server has seen, for /metrics. */
struct http_stats {
	uint64_t answers[6];		/* [2]: status 2xx … [5]; [0]: all */
	uint64_t connections;		/* accepted since the start */
	uint64_t deadline_closes;
	uint64_t open, parked;		/* now */
};

/* Listen and serve.  ERR_IO names the address or path that cannot be had; ERR_CONFLICT when another
 * process answers on the control socket. */
int	http_start(const struct http_config *config, struct http **out, struct err *e);

/* Answer what is parked, stop listening, close connections, remove the socket file.  Bounded by the
 * handlers running now.  NULL is fine. */
void	http_stop(struct http *http);

/* Something changed that parked requests may be waiting for: each handler is called again
 * soon, on its own thread.  Cheap; from any thread, also from within a handler. */
void	http_wake(struct http *http);

uint16_t http_port(const struct http *http);	/* the real one; 0 without TCP */
void	http_stats(struct http *http, struct http_stats *out);

#endif
