/* SPDX-License-Identifier: AGPL-3.0-or-later
 * server.c - see server.h. */
#include "node/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <microhttpd.h>

#include "node/core/log.h"
#include "node/http/exchange.h"

#define THREADS_MAX		8
#define CONTROL_CONNECTIONS_MAX	64
#define BACKLOG			1024
#define DRAIN_MS		3000

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

/* The peer as text; IPv4 in IPv6 as IPv4. */
static void
name_peer(const struct sockaddr *sa, char out[ADDRESS_CHARS])
{
	union address a = { 0 };

	out[0] = '\0';
	if (sa == NULL)
		return;
	if (sa->sa_family == AF_INET) {
		memcpy(&a.v4, sa, sizeof a.v4);
		inet_ntop(AF_INET, &a.v4.sin_addr, out, ADDRESS_CHARS);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&a.v6, sa, sizeof a.v6);
		if (IN6_IS_ADDR_V4MAPPED(&a.v6.sin6_addr))
			inet_ntop(AF_INET, a.v6.sin6_addr.s6_addr + 12, out, ADDRESS_CHARS);
		else
			inet_ntop(AF_INET6, &a.v6.sin6_addr, out, ADDRESS_CHARS);
	}
}

static struct connection *
open_connection(struct http *http, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *fd, *peer;
	struct connection *c = calloc(1, sizeof *c);

	fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	peer = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (c == NULL || fd == NULL) {
		free(c);
		return NULL;
	}
	c->http = http;
	c->kept.mhd = mhd;
	c->kept.fd = fd->connect_fd;
	name_peer(peer == NULL ? NULL : peer->client_addr, c->address);
	keeper_add(&http->keeper, &c->kept);
	return c;
}

static void
on_connection(struct http *http, int local, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct connection *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = c = open_connection(http, mhd);
		if (c != NULL)
			c->local = local;
	} else if (c != NULL) {
		exchange_end(c);
		keeper_remove(&http->keeper, &c->kept);
		free(c);
		*context = NULL;
	}
}

static void
on_public(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	on_connection(cls, 0, mhd, context, what);
}

static void
on_control(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	on_connection(cls, 1, mhd, context, what);
}

static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *c = info == NULL ? NULL : info->socket_context;

	(void)cls;
	if (c != NULL)
		exchange_begin(c, uri);
	return c;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *len, void **context)
{
	struct connection *c = *context;
	size_t given = *len;

	(void)cls;
	(void)mhd;
	(void)url;
	(void)version;
	if (c == NULL)
		return MHD_NO;
	if (c->x.headers_seen)
		*len = 0;
	return exchange_continue(c, method, data, given) == 0 ? MHD_YES : MHD_NO;
}

static void
on_completed(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode how)
{
	struct connection *c = *context;

	(void)cls;
	(void)mhd;
	(void)how;
	if (c != NULL)
		exchange_end(c);
	*context = NULL;
}

static void on_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
on_log(void *cls, const char *fmt, va_list ap)
{
	struct http *http = cls;
	char text[400];

	vsnprintf(text, sizeof text, fmt, ap);
	log_line(http->config.log, LEVEL_DEBUG, "http", "libmicrohttpd", "text", text, NULL);
}

/* Listening sockets of ours, so that addresses, modes and failures are ours too. */
static int
listen_at(int fd, const union address *a, socklen_t len, const char *what, struct err *e)
{
	if (fd != -1 && bind(fd, &a->any, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err_set(e, ERR_IO, "cannot listen on %.200s: %s", what, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

static int
listen_tcp(const char *address, uint16_t port, struct err *e)
{
	union address a = { 0 };
	socklen_t len = sizeof a.v4;
	int fd, on = 1, off = 0;

	if (inet_pton(AF_INET, address, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, address, &a.v6.sin6_addr) == 1) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(port);
		len = sizeof a.v6;
	} else {
		err_set(e, ERR_USAGE, "%.100s is neither an IPv4 nor an IPv6 address", address);
		return -1;
	}
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (a.any.sa_family == AF_INET6)	/* "::" means every address of both kinds */
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	}
	return listen_at(fd, &a, len, address, e);
}

/* 1 when somebody answers on the socket at a, 0 when nobody does. */
static int
is_answered(const union address *a, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd == -1)
		return err_set(e, ERR_IO, "cannot make a socket: %s", strerror(errno));
	rc = connect(fd, &a->any, sizeof a->un) == 0 || errno == EAGAIN;
	if (rc == 0 && errno != ECONNREFUSED)
		rc = err_set(e, ERR_IO, "cannot try %s: %s", a->un.sun_path, strerror(errno));
	close(fd);
	return rc;
}

/* Remove what an earlier run left: only a socket, only when nobody answers on it. */
static int
clear_stale(const char *path, const union address *a, struct err *e)
{
	struct stat st;
	int rc;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 :
		    err_set(e, ERR_IO, "cannot look at %s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFLICT, "%s is there and is not a socket", path);
	if ((rc = is_answered(a, e)) == -1)
		return -1;
	if (rc == 1)
		return err_set(e, ERR_CONFLICT, "another node answers on %s", path);
	return unlink(path) == 0 ? 0 :
	    err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
}

/* Mode 0600 from the first moment: on Linux the file takes the mode the socket has when bound. */
static int
listen_control(struct http *http, const char *path, struct err *e)
{
	union address a = { .un = { .sun_family = AF_UNIX } };
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof a.un.sun_path) {
		err_set(e, ERR_USAGE, "%.200s is too long a path for a socket", path);
		return -1;
	}
	memcpy(a.un.sun_path, path, strlen(path) + 1);
	if (clear_stale(path, &a, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1)
		fchmod(fd, S_IRUSR | S_IWUSR);
	if ((fd = listen_at(fd, &a, sizeof a.un, path, e)) == -1)
		return -1;
	if (lstat(path, &st) == -1 || (st.st_mode & 0777) != 0600) {
		err_set(e, ERR_IO, "%.200s would be open to others", path);
		close(fd);
		unlink(path);
		return -1;
	}
	http->control_dev = st.st_dev;
	http->control_ino = st.st_ino;
	return fd;
}

static unsigned
core_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

/* Enough descriptors for every connection beside what the rest of the node opens. */
static void
raise_descriptors(const struct http *http)
{
	rlim_t wanted = (rlim_t)http->config.connections_max + CONTROL_CONNECTIONS_MAX + 256;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur >= wanted)
		return;
	r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur < wanted)
		log_line(http->config.log, LEVEL_WARN, "http", "few file descriptors allowed",
		    "wanted", LOG_NUM(wanted), NULL);
}

/* Serve what arrives on fd; takes fd.  Its threads see no signal. */
static struct MHD_Daemon *
start_daemon(struct http *http, int fd, int local, struct err *e)
{
	const struct http_config *config = &http->config;
	unsigned threads = local ? 1 : config->threads;
	unsigned connections = local ? CONTROL_CONNECTIONS_MAX : config->connections_max;
	unsigned idle_s = (unsigned)((config->deadline_ms + 999) / 1000);
	struct MHD_Daemon *d;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
	    MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL, on_request, http,
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, http,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0U,
	    MHD_OPTION_CONNECTION_LIMIT, connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, idle_s,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADER_BYTES_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)8192,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_CONNECTION, local ? on_control : on_public, http,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, http,
	    MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (d != NULL)
		return d;
	close(fd);
	err_set(e, ERR_INTERNAL, "libmicrohttpd does not start");
	return NULL;
}

static int
start_tcp(struct http *http, struct err *e)
{
	union address a = { 0 };
	socklen_t len = sizeof a;
	int fd = listen_tcp(http->config.address, http->config.port, e);

	if (fd == -1)
		return -1;
	if (getsockname(fd, &a.any, &len) == 0)
		http->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	return (http->tcp = start_daemon(http, fd, 0, e)) == NULL ? -1 : 0;
}

static int
start_control(struct http *http, struct err *e)
{
	int fd = listen_control(http, http->config.socket_path, e);

	if (fd == -1)
		return -1;
	return (http->control = start_daemon(http, fd, 1, e)) == NULL ? -1 : 0;
}

int
http_start(const struct http_config *config, struct http **out, struct err *e)
{
	struct http *http = calloc(1, sizeof *http);
	struct http_config *c;

	*out = NULL;
	if (http == NULL)
		return err_memory(e);
	http->config = *config;
	c = &http->config;
	c->threads = c->threads != 0 ? c->threads : core_count();
	c->connections_max = c->connections_max != 0 ? c->connections_max : HTTP_CONNECTIONS_MAX;
	c->parked_max = c->parked_max != 0 ? c->parked_max : HTTP_PARKED_MAX;
	c->deadline_ms = c->deadline_ms != 0 ? c->deadline_ms : HTTP_DEADLINE_MS;
	raise_descriptors(http);
	if (keeper_start(&http->keeper, c->connections_max, c->parked_max, c->deadline_ms, e) == -1) {
		free(http);
		return -1;
	}
	if ((c->address != NULL && start_tcp(http, e) == -1) ||
	    (c->socket_path != NULL && start_control(http, e) == -1)) {
		http_stop(http);
		return -1;
	}
	*out = http;
	return 0;
}

/* Refuse newcomers.  The descriptor, or -1, is the caller's to close once the daemon's threads, which may be
 * about to use it, are gone. */
static int
stop_listening(struct MHD_Daemon *d)
{
	int fd = d == NULL ? -1 : MHD_quiesce_daemon(d);

	if (fd != -1)
		shutdown(fd, SHUT_RDWR);
	return fd;
}

static void
stop_daemon(struct MHD_Daemon *d, int fd)
{
	if (d != NULL)
		MHD_stop_daemon(d);
	if (fd != -1)
		close(fd);
}

/* Remove the socket file when it is still the one we made. */
static void
remove_control(const struct http *http)
{
	struct stat st;

	if (http->control_ino != 0 && lstat(http->config.socket_path, &st) == 0 &&
	    st.st_dev == http->control_dev && st.st_ino == http->control_ino)
		unlink(http->config.socket_path);
}

void
http_stop(struct http *http)
{
	int tcp, control;

	if (http == NULL)
		return;
	remove_control(http);
	tcp = stop_listening(http->tcp);
	control = stop_listening(http->control);
	keeper_drain(&http->keeper, DRAIN_MS);
	stop_daemon(http->tcp, tcp);
	stop_daemon(http->control, control);
	keeper_stop(&http->keeper);
	free(http);
}

void
http_wake(struct http *http)
{
	keeper_wake(&http->keeper);
}

uint16_t
http_port(const struct http *http)
{
	return http->port;
}

void
http_stats(struct http *http, struct http_stats *out)
{
	size_t i;

	for (i = 0; i < sizeof out->answers / sizeof out->answers[0]; i++)
		out->answers[i] = atomic_load(&http->answers[i]);
	out->connections = atomic_load(&http->keeper.connections);
	out->deadline_closes = atomic_load(&http->keeper.deadline_closes);
	out->open = atomic_load(&http->keeper.open);
	out->parked = atomic_load(&http->keeper.parked);
}
