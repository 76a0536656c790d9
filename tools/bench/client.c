/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client.c - see client.h. */
#include "tools/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/err.h"
#include "tools/bench/bench.h"

#define READ_BYTES ((size_t)64 * 1024)
#define HEAD_BYTES_MAX ((size_t)16 * 1024)
#define ANSWER_BYTES_MAX ((size_t)64 << 20)
#define CONNECTIONS_MAX 256
#define LATENCIES_MAX 400000
#define PATIENCE_S 60
#define WARM_S 0.2

/* --- connecting ------------------------------------------------------------------------------ */

static int
connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof a.sun_path)
		return -1;
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (fd != -1 && connect(fd, (const struct sockaddr *)&a, sizeof a) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
connect_tcp(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd != -1 && connect(fd, (const struct sockaddr *)&a, sizeof a) == -1) {
		close(fd);
		return -1;
	}
	if (fd != -1)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static int
connect_to(struct endpoint at, struct err *e)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = at.path != NULL ? connect_unix(at.path) : connect_tcp(at.port);

	if (fd == -1)
		return err_set(e, ERR_IO, "cannot connect: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

static int
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* --- reading an answer ----------------------------------------------------------------------- */

struct head {
	int status;
	size_t bytes;			/* of the head itself */
	size_t length;			/* of the body */
	int chunked;
};

static const char *
header(const char *head, const char *end, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = head; p != NULL && p < end; p = memchr(p, '\n', (size_t)(end - p))) {
		p += *p == '\n';
		if ((size_t)(end - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':')
			return p + n + 1;
	}
	return NULL;
}

/* 1 read, 0 not all here yet, -1 not HTTP. */
static int
read_head(const char *p, size_t n, struct head *out)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4), *length, *encoding;

	if (end == NULL)
		return n > HEAD_BYTES_MAX ? -1 : 0;
	if (n < 12 || memcmp(p, "HTTP/1.1 ", 9) != 0)
		return -1;
	out->status = atoi(p + 9);
	out->bytes = (size_t)(end - p) + 4;
	length = header(p, end, "content-length");
	encoding = header(p, end, "transfer-encoding");
	out->chunked = encoding != NULL && memmem(encoding, (size_t)(end - encoding), "chunked", 7) != NULL;
	out->length = length != NULL ? strtoull(length, NULL, 10) : 0;
	return length != NULL || out->chunked || out->status == 304 || out->status == 204 ? 1 : -1;
}

/* Undo the chunks of a whole body in place. */
static int
unchunk(struct buf *body, struct err *e)
{
	char *from = body->ptr, *to = body->ptr, *end = body->ptr + body->len;

	for (;;) {
		char *after;
		size_t n = strtoull(from, &after, 16);

		if ((after = memmem(after, (size_t)(end - after), "\r\n", 2)) == NULL ||
		    n + 2 > (size_t)(end - after))
			return err_set(e, ERR_INPUT, "bad chunks");
		if (n == 0)
			break;
		memmove(to, after + 2, n);
		to += n;
		from = after + 2 + n + 2;
	}
	body->len = (size_t)(to - body->ptr);
	*to = '\0';
	return 0;
}

/* Until the body is whole; the head is cut off. */
static int
receive(int fd, struct buf *in, int *status, struct err *e)
{
	struct head h = {0};
	int known = 0;

	for (;;) {
		ssize_t k;

		if (known == 0 && (known = read_head(in->ptr == NULL ? "" : in->ptr, in->len, &h)) == -1)
			return err_set(e, ERR_INPUT, "the answer is not HTTP as expected");
		if (known == 1 && !h.chunked && in->len >= h.bytes + h.length)
			break;
		if (known == 1 && h.chunked && in->len >= 5 && memcmp(in->ptr + in->len - 5, "0\r\n\r\n", 5) == 0)
			break;
		if (buf_reserve(in, READ_BYTES, e) == -1)
			return -1;
		if ((k = recv(fd, in->ptr + in->len, READ_BYTES, 0)) <= 0)
			return err_set(e, ERR_IO, "the answer ended early");
		in->len += (size_t)k;
		in->ptr[in->len] = '\0';
	}
	*status = h.status;
	memmove(in->ptr, in->ptr + h.bytes, in->len - h.bytes + 1);
	in->len -= h.bytes;
	return h.chunked ? unchunk(in, e) : 0;
}

/* --- single requests ------------------------------------------------------------------------- */

static int
write_request(struct buf *out, const char *method, const char *target, const char *headers, struct span sent,
    struct err *e)
{
	if (buf_addf(out, e, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s", method, target, headers) == -1)
		return -1;
	if (sent.len > 0 && buf_addf(out, e, "Content-Length: %zu\r\n", sent.len) == -1)
		return -1;
	return buf_adds(out, "\r\n", e) == -1 || buf_addspan(out, sent, e) == -1 ? -1 : 0;
}

int
client_request(struct endpoint at, const char *method, const char *target, const char *headers,
    struct span sent, struct buf *body, struct err *e)
{
	struct buf request = BUF_INIT(ANSWER_BYTES_MAX);
	int fd = connect_to(at, e), status = 0, rc = -1;

	if (fd == -1)
		return err_wrap(e, "%s %s", method, target);
	buf_reset(body);
	if (write_request(&request, method, target, headers, sent, e) == -1)
		goto out;
	if (send_all(fd, request.ptr, request.len) == -1) {
		err_set(e, ERR_IO, "cannot send");
		goto out;
	}
	if (receive(fd, body, &status, e) == 0)
		rc = status >= 200 && status < 300 ? 0 : err_set(e, ERR_IO, "status %d: %.200s", status,
		    body->len > 0 ? body->ptr : "");
out:
	close(fd);
	buf_clear(&request);
	return rc == -1 ? err_wrap(e, "%s %s", method, target) : 0;
}

int
client_number(struct endpoint at, const char *target, const char *member, double *out, struct err *e)
{
	struct buf body = BUF_INIT(ANSWER_BYTES_MAX);
	char key[64];
	const char *p;
	int rc = -1;

	snprintf(key, sizeof key, "\"%s\":", member);
	if (client_request(at, "GET", target, "", (struct span){ "", 0 }, &body, e) == 0) {
		p = body.len > 0 ? strstr(body.ptr, key) : NULL;
		if (p == NULL)
			err_set(e, ERR_INPUT, "%s: no %s in the answer", target, member);
		else {
			*out = strtod(p + strlen(key), NULL);
			rc = 0;
		}
	}
	buf_clear(&body);
	return rc;
}

/* --- load ------------------------------------------------------------------------------------ */

struct conn {
	int fd;
	double asked_s;
	struct head head;
	int known;
	size_t have;			/* bytes of the answer received */
	char start[HEAD_BYTES_MAX + 1];	/* its beginning, until the head is known */
};

struct loading {
	struct conn *conn;
	unsigned connections;
	int epoll;
	struct buf *request;
	size_t requests_made, next;
	int status;
	size_t length;
	float *took_ms;
	size_t took, requests;
	double from_s, until_s;
	char scrap[READ_BYTES];
};

static int
send_one(struct loading *l, struct conn *c, struct err *e)
{
	c->known = 0;
	c->have = 0;
	c->asked_s = clock_s();
	l->next = (l->next + 1) % l->requests_made;
	return send_all(c->fd, l->request[l->next].ptr, l->request[l->next].len) == 0 ? 0 :
	    err_set(e, ERR_IO, "cannot send");
}

static int
finish_one(struct loading *l, struct conn *c, struct err *e)
{
	double now = clock_s();

	if (l->status == 0) {
		l->status = c->head.status;
		l->length = c->head.length;
		if (l->status != 200)
			return err_set(e, ERR_IO, "status %d", l->status);
	}
	if (l->requests_made > 1)
		l->length = c->head.length;
	if (c->head.status != l->status || c->head.length != l->length)
		return err_set(e, ERR_IO, "answers differ: status %d, %zu bytes", c->head.status, c->head.length);
	if (now >= l->from_s && now < l->until_s) {
		l->requests++;
		if (l->took < LATENCIES_MAX)
			l->took_ms[l->took++] = (float)((now - c->asked_s) * 1e3);
	}
	return now < l->until_s ? send_one(l, c, e) : 0;
}

static int
read_some(struct loading *l, struct conn *c, struct err *e)
{
	ssize_t k = c->known ? recv(c->fd, l->scrap, sizeof l->scrap, 0) :
	    recv(c->fd, c->start + c->have, HEAD_BYTES_MAX - c->have, 0);

	if (k <= 0)
		return err_set(e, ERR_IO, "a connection was closed");
	c->have += (size_t)k;
	if (!c->known) {
		c->start[c->have] = '\0';
		c->known = read_head(c->start, c->have, &c->head);
		if (c->known == -1 || (c->known == 1 && c->head.chunked) || (c->known == 0 && c->have == HEAD_BYTES_MAX))
			return err_set(e, ERR_INPUT, "the answer is not HTTP with a length");
	}
	if (c->known && c->have >= c->head.bytes + c->head.length)
		return finish_one(l, c, e);
	return 0;
}

static int
open_all(struct loading *l, struct endpoint at, struct err *e)
{
	unsigned i;

	for (i = 0; i < l->connections; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &l->conn[i] };

		if ((l->conn[i].fd = connect_to(at, e)) == -1)
			return -1;
		if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->conn[i].fd, &ev) == -1)
			return err_set(e, ERR_IO, "epoll: %s", strerror(errno));
		if (send_one(l, &l->conn[i], e) == -1)
			return -1;
	}
	return 0;
}

static int
turn(struct loading *l, struct err *e)
{
	struct epoll_event ev[64];

	while (clock_s() < l->until_s) {
		int n = epoll_wait(l->epoll, ev, 64, 100), i;

		for (i = 0; i < n; i++)
			if (read_some(l, ev[i].data.ptr, e) == -1)
				return -1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void
loading_free(struct loading *l)
{
	unsigned i;

	if (l == NULL)
		return;
	for (i = 0; l->conn != NULL && i < l->connections; i++)
		if (l->conn[i].fd > 0)
			close(l->conn[i].fd);
	if (l->epoll > 0)
		close(l->epoll);
	for (i = 0; i < l->requests_made; i++)
		buf_clear(&l->request[i]);
	free(l->request);
	free(l->conn);
	free(l->took_ms);
	free(l);
}

static int
make_requests(struct loading *l, const struct load_params *p, struct err *e)
{
	if ((l->request = calloc(p->targets, sizeof *l->request)) == NULL)
		return err_memory(e);
	for (; l->requests_made < p->targets; l->requests_made++) {
		l->request[l->requests_made] = (struct buf)BUF_INIT(HEAD_BYTES_MAX);
		if (write_request(&l->request[l->requests_made], "GET", p->target[l->requests_made], p->headers,
		    (struct span){ "", 0 }, e) == -1)
			return -1;
	}
	return 0;
}

static struct loading *
loading_new(const struct load_params *p, struct err *e)
{
	struct loading *l = calloc(1, sizeof *l);

	if (l == NULL || p->connections > CONNECTIONS_MAX ||
	    (l->conn = calloc(p->connections, sizeof *l->conn)) == NULL ||
	    (l->took_ms = malloc(LATENCIES_MAX * sizeof *l->took_ms)) == NULL ||
	    (l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err_memory(e);
	else if (make_requests(l, p, e) == 0) {
		l->connections = p->connections;
		return l;
	}
	loading_free(l);
	return NULL;
}

int
client_load(struct endpoint at, const struct load_params *p, struct load *out, struct err *e)
{
	struct loading *l = loading_new(p, e);
	int rc = -1;

	if (l == NULL)
		return -1;
	l->from_s = clock_s() + WARM_S;
	l->until_s = l->from_s + p->seconds;
	if (open_all(l, at, e) == -1 || turn(l, e) == -1)
		goto out;
	if (l->took == 0) {
		err_set(e, ERR_TIMEOUT, "no answer in time");
		goto out;
	}
	qsort(l->took_ms, l->took, sizeof *l->took_ms, compare);
	*out = (struct load){ .per_s = (double)l->requests / p->seconds, .requests = l->requests,
		.body_bytes = l->length, .p99_ms = (double)l->took_ms[l->took * 99 / 100] };
	rc = 0;
out:
	loading_free(l);
	return rc == -1 ? err_wrap(e, "load on %s", p->target[0]) : 0;
}
