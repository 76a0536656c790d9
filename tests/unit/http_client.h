/* SPDX-License-Identifier: AGPL-3.0-or-later
 * http_client.h - a client that says exactly the bytes it is told to, for tests of the server.
 *
 * A socket gives up after ten seconds, so that a server that does not answer fails the
 * test instead of hanging it.
 */
#ifndef TESTS_UNIT_HTTP_CLIENT_H
#define TESTS_UNIT_HTTP_CLIENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "tests/unit/test.h"

struct client {
	int fd;
	struct buf in;		/* received and not yet taken */
};

struct reply {
	int status;
	struct buf head, body;
};

static inline void
client_patience(int fd)
{
	struct timeval ten = { .tv_sec = 10 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &ten, sizeof ten);
}

static inline struct client
client_tcp(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client c = { socket(AF_INET, SOCK_STREAM, 0), BUF_INIT(1 << 24) };

	client_patience(c.fd);
	assert_int_equal(connect(c.fd, (const struct sockaddr *)&a, sizeof a), 0);
	return c;
}

static inline struct client
client_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct client c = { socket(AF_UNIX, SOCK_STREAM, 0), BUF_INIT(1 << 24) };

	assert_true(strlen(path) < sizeof a.sun_path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	client_patience(c.fd);
	assert_int_equal(connect(c.fd, (const struct sockaddr *)&a, sizeof a), 0);
	return c;
}

static inline void
client_close(struct client *c)
{
	close(c->fd);
	buf_clear(&c->in);
}

static inline void
client_say_bytes(struct client *c, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);

		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

static inline void
client_say(struct client *c, const char *text)
{
	client_say_bytes(c, text, strlen(text));
}

/* More bytes, or 0 at the end of the stream. */
static inline size_t
client_more(struct client *c)
{
	char piece[16384];
	struct err e;
	ssize_t n = recv(c->fd, piece, sizeof piece, 0);

	if (n == -1)
		fail_msg("the server neither answered nor closed");
	assert_int_equal(buf_add(&c->in, piece, (size_t)n, &e), 0);
	return (size_t)n;
}

static inline void
client_take(struct client *c, size_t len, struct buf *out)
{
	struct err e;

	while (c->in.len < len)
		assert_true(client_more(c) > 0);
	assert_int_equal(buf_add(out, c->in.ptr, len, &e), 0);
	memmove(c->in.ptr, c->in.ptr + len, c->in.len - len + 1);
	c->in.len -= len;
}

/* Value of a header into value (256 bytes); NULL when absent. */
static inline const char *
reply_header(const struct reply *r, const char *name, char value[256])
{
	struct span head = buf_span(&r->head);

	while (head.len > 0) {
		struct span line = span_cut(&head, '\n'), key = span_cut(&line, ':');

		line = span_trim(line);
		if (key.len != strlen(name) || strncasecmp(key.ptr, name, key.len) != 0)
			continue;
		assert_true(line.len < 256);
		memcpy(value, line.ptr, line.len);
		value[line.len] = '\0';
		return value;
	}
	return NULL;
}

static inline void
take_chunks(struct client *c, struct buf *out)
{
	struct buf junk = BUF_INIT(64), line = BUF_INIT(64);
	size_t len;

	do {
		buf_reset(&line);
		while (line.len < 2 || line.ptr[line.len - 1] != '\n')
			client_take(c, 1, &line);
		len = strtoul(line.ptr, NULL, 16);
		client_take(c, len, out);
		buf_reset(&junk);
		client_take(c, 2, &junk);
		assert_string_equal(junk.ptr, "\r\n");
	} while (len > 0);
	buf_clear(&junk);
	buf_clear(&line);
}

/* Read one answer; without_body for one to HEAD. */
static inline struct reply
client_hear(struct client *c, int without_body)
{
	struct reply r = { 0, BUF_INIT(1 << 16), BUF_INIT(1 << 24) };
	char value[256], *end;
	struct err e;

	while (c->in.len == 0 || (end = strstr(c->in.ptr, "\r\n\r\n")) == NULL)
		assert_true(client_more(c) > 0);
	client_take(c, (size_t)(end - c->in.ptr) + 4, &r.head);
	assert_int_equal(strncmp(r.head.ptr, "HTTP/1.", 7), 0);
	r.status = atoi(r.head.ptr + 9);
	assert_int_equal(buf_reserve(&r.body, 0, &e), 0);
	if (without_body || r.status == 304)
		return r;
	if (reply_header(&r, "Transfer-Encoding", value) != NULL)
		take_chunks(c, &r.body);
	else if (reply_header(&r, "Content-Length", value) != NULL)
		client_take(c, strtoul(value, NULL, 10), &r.body);
	return r;
}

static inline void
reply_clear(struct reply *r)
{
	buf_clear(&r->head);
	buf_clear(&r->body);
}

#define CHECK_HEADER(r, name, wanted) do { char value_[256]; \
	const char *got_ = reply_header((r), (name), value_); \
	if (got_ == NULL) fail_msg("no %s", (name)); \
	assert_string_equal(got_, (wanted)); } while (0)
#define CHECK_NO_HEADER(r, name) do { char value_[256]; \
	assert_null(reply_header((r), (name), value_)); } while (0)

#endif
