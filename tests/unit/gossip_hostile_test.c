/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip_hostile_test.c - a peer that answers as it likes, over a real socket: bounded memory, no
 * redirect followed, no other host called, and a reason in plain words.
 */
#include "tests/unit/two_nodes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* A server of one script: what it sends to each connection, whatever is asked. */
struct villain {
	int fd, stop[2];
	pthread_t thread;
	void (*speak)(int fd);
	_Atomic int connections;
	char url[64];
};

static void
say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static int
say_bytes(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
hear_request(int fd)
{
	char in[4096];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof in - 1 && (n = recv(fd, in + len, sizeof in - 1 - len, 0)) > 0) {
		len += (size_t)n;
		in[len] = '\0';
		if (strstr(in, "\r\n\r\n") != NULL)
			return;
	}
}

static void *
villain_run(void *arg)
{
	struct villain *v = arg;

	for (;;) {
		struct pollfd p[2] = { { v->fd, POLLIN, 0 }, { v->stop[0], POLLIN, 0 } };
		int c;

		if (poll(p, 2, -1) == -1 || p[1].revents != 0)
			return NULL;
		if ((c = accept(v->fd, NULL, NULL)) == -1)
			continue;
		v->connections++;
		hear_request(c);
		v->speak(c);
		close(c);
	}
}

static void
villain_start(struct villain *v, void (*speak)(int fd))
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;

	*v = (struct villain){ .fd = socket(AF_INET, SOCK_STREAM, 0), .speak = speak };
	assert_int_equal(0, bind(v->fd, (struct sockaddr *)&a, sizeof a));
	assert_int_equal(0, listen(v->fd, 8));
	assert_int_equal(0, getsockname(v->fd, (struct sockaddr *)&a, &len));
	assert_int_equal(0, pipe(v->stop));
	snprintf(v->url, sizeof v->url, "http://127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(0, pthread_create(&v->thread, NULL, villain_run, v));
}

static void
villain_stop(struct villain *v)
{
	assert_int_equal(1, write(v->stop[1], "x", 1));
	pthread_join(v->thread, NULL);
	close(v->fd);
	close(v->stop[0]);
	close(v->stop[1]);
}

/* --- scripts ------------------------------------------------------------------------------------------ */

#define OK_CHUNKED "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"

static void
redirect(int fd)
{
	say(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
}

static void
hang_up(int fd)
{
	(void)fd;
}

static void
not_http(int fd)
{
	say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
}

static void
short_body(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"cursor\":\"a\",\"more\":false}\n");
}

static void
announced_huge(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
	for (int i = 0; i < 4096; i++) {
		static const char zeros[8192] = { 0 };

		if (say_bytes(fd, zeros, sizeof zeros) == -1)
			return;
	}
}

/* Chunks without end; no length is ever said. */
static void
endless_chunks(int fd)
{
	static const char chunk[] = "1000\r\n";
	static char page[4096 + 2];

	memset(page, 'a', 4096);
	memcpy(page + 4096, "\r\n", 2);
	say(fd, OK_CHUNKED);
	for (int i = 0; i < 1 << 16; i++)
		if (say_bytes(fd, chunk, sizeof chunk - 1) == -1 || say_bytes(fd, page, sizeof page) == -1)
			return;
}

/* 64 MiB of one letter in some 60 kB of gzip. */
static void
gzip_bomb(int fd)
{
	static unsigned char in[1 << 16], out[1 << 17];
	z_stream z = { 0 };

	memset(in, 'a', sizeof in);
	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	assert_int_equal(Z_OK, deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY));
	for (int i = 0; i < 1024; i++) {
		z.next_in = in;
		z.avail_in = sizeof in;
		z.next_out = out;
		z.avail_out = sizeof out;
		deflate(&z, i == 1023 ? Z_FINISH : Z_NO_FLUSH);
		if (say_bytes(fd, out, sizeof out - z.avail_out) == -1)
			break;
	}
	deflateEnd(&z);
}

static void
gzip_broken(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
}

static void
endless_headers(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 100000; i++)
		say(fd, "X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

static void
other_encoding(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd");
}

static void
garbage_lines(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (int i = 0; i < 100; i++)
		say(fd, "{\"a\":1}\n");
	say(fd, "{\"cursor\":\"a\",\"more\":false}\n");
}

static const struct {
	const char *why;
	void (*speak)(int fd);
	const char *words;
	int connections;
} script[] = {
	{ "a redirect is an answer, not an order", redirect, "HTTP 302", 1 },
	{ "a connection closed at once", hang_up, "", 2 },	/* curl tries a dead connection once more */
	{ "another protocol", not_http, "", 1 },
	{ "a body shorter than announced", short_body, "", 1 },
	{ "a body announced as huge", announced_huge, "longer than", 1 },
	{ "a body without end", endless_chunks, "longer than", 1 },
	{ "little that unpacks to much", gzip_bomb, "longer than", 1 },
	{ "gzip that is none", gzip_broken, "", 1 },
	{ "headers without end", endless_headers, "", 1 },
	{ "an encoding that was not asked for", other_encoding, "", 1 },
	{ "lines that are no records", garbage_lines, "no record", 2 },
};

static void
test_scripts(void **state)
{
	struct place a;

	(void)state;
	place_make(&a, "Prudence", 0);
	for (size_t i = 0; i < COUNT(script); i++) {
		struct gossip_report r;
		struct err e = { 0 };
		struct villain v;

		villain_start(&v, script[i].speak);
		CHECK_ROW(script[i].why, gossip_sync(a.node, v.url, &r, &e) == -1);
		CHECK_ROW(script[i].why, !r.ok && r.error[0] != '\0');
		if (strstr(r.error, script[i].words) == NULL)
			fail_msg("%s: \"%s\"", script[i].why, r.error);
		CHECK_ROW(script[i].why, v.connections <= script[i].connections);
		CHECK_ROW(script[i].why, r.bytes_in < (uint64_t)12 << 20);
		assert_int_equal(-1, gossip_meet(a.node, v.url, &(struct meeting){ .name = "" }, NULL, &e));
		villain_stop(&v);
	}
	assert_int_equal(3, place_count(&a));
	place_end(&a);
}

/* --- addresses ------------------------------------------------------------------------------------------ */

static const struct {
	const char *why, *url, *words;
} address[] = {
	{ "a file", "file:///etc/passwd", "http://" },
	{ "another protocol", "gopher://127.0.0.1/", "http://" },
	{ "no scheme", "127.0.0.1:80", "" },
	{ "a password", "http://user:secret@127.0.0.1/", "no user" },
	{ "a user", "http://user@127.0.0.1/", "no user" },
	{ "a query", "http://127.0.0.1/?a", "no ?" },
	{ "a fragment", "http://127.0.0.1/#a", "no #" },
	{ "nothing", "", "" },
	{ "a space", "http://127.0.0.1/a b", "" },
	{ "a line break", "http://127.0.0.1/\r\nHost: x", "" },
};

static void
test_urls(void **state)
{
	struct place a;

	(void)state;
	place_make(&a, "Prudence", 0);
	for (size_t i = 0; i < COUNT(address); i++) {
		struct gossip_report r;
		struct err e = { 0 };

		CHECK_ROW(address[i].why, gossip_sync(a.node, address[i].url, &r, &e) == -1);
		if (strstr(e.text, address[i].words) == NULL)
			fail_msg("%s: %s", address[i].why, e.text);
	}
	place_end(&a);
}

static void
shout(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/* Neither an odd way to write loopback nor a proxy in the environment reaches it without allow-private. */
static void
test_private(void **state)
{
	static const char *const host[] = { "127.0.0.1", "0x7f.1", "2130706433", "127.1", "localhost",
		"[::ffff:127.0.0.1]", "0177.0.0.1" };
	struct villain v;
	struct place a;

	(void)state;
	place_make(&a, "Prudence", 0);
	a.node->config.allow_private = 0;
	villain_start(&v, shout);
	assert_int_equal(0, setenv("http_proxy", v.url, 1));
	assert_int_equal(0, setenv("all_proxy", v.url, 1));
	for (size_t i = 0; i < COUNT(host); i++) {
		struct gossip_report r;
		struct err e = { 0 };
		char url[128];

		snprintf(url, sizeof url, "http://%s%s", host[i], strrchr(v.url, ':'));
		CHECK_ROW(host[i], gossip_sync(a.node, url, &r, &e) == -1);
		CHECK_ROW(host[i], v.connections == 0);
	}
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	villain_stop(&v);
	place_end(&a);
}

/* --- a meeting with somebody else's records --------------------------------------------------------------- */

static struct buf served = BUF_INIT(1 << 18);
static pthread_mutex_t serving = PTHREAD_MUTEX_INITIALIZER;

static void
serve_document(int fd)
{
	char head[128];

	pthread_mutex_lock(&serving);
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", served.len);
	say(fd, head);
	say_bytes(fd, served.ptr, served.len);
	pthread_mutex_unlock(&serving);
}

/* Replace the first from by to in the document served. */
static void
forge(struct span document, const char *from, const char *to)
{
	const char *at = strstr(document.ptr, from);
	struct err e;

	assert_non_null(at);
	pthread_mutex_lock(&serving);
	buf_reset(&served);
	assert_int_equal(0, buf_add(&served, document.ptr, (size_t)(at - document.ptr), &e));
	assert_int_equal(0, buf_adds(&served, to, &e));
	at += strlen(from);
	assert_int_equal(0, buf_add(&served, at, (size_t)(document.ptr + document.len - at), &e));
	pthread_mutex_unlock(&serving);
}

static void
test_forged_meeting(void **state)
{
	static const struct {
		const char *why, *from, *to;
	} row[] = {
		{ "an identity that was touched", "\"expires\":", "\"expires\":1" },
		{ "a node record that was touched", "\"policy\":\"vouched\"", "\"policy\":\"voucher\"" },
		{ "no identity", "\"identity\":{", "\"identitz\":{" },
		{ "not canonical", "{", "{ " },
	};
	struct buf json = BUF_INIT(1 << 18);
	struct meeting m;
	struct villain v;
	struct place a;

	(void)state;
	place_make(&a, "Prudence", 1);
	MUST(gossip_meet(a.node, a.url, &m, &json, &e));
	villain_start(&v, serve_document);
	forge(buf_span(&json), "{", "{");
	MUST(gossip_meet(a.node, v.url, &m, NULL, &e));		/* untouched, it is believed */
	for (size_t i = 0; i < COUNT(row); i++) {
		struct err why = { 0 };

		forge(buf_span(&json), row[i].from, row[i].to);
		CHECK_ROW(row[i].why, gossip_meet(a.node, v.url, &m, NULL, &why) == -1);
	}
	villain_stop(&v);
	buf_clear(&json);
	buf_clear(&served);
	place_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_forged_meeting),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("gossip_hostile", tests, NULL, NULL);
}
