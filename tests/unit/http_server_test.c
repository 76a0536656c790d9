/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The real server on loopback, spoken to in raw bytes: framing, entity tags, compression, limits,
 * deadlines, parking, the control socket, stopping. */
#include "node/http/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "node/http/cached.h"
#include "node/http/gzip.h"
#include "tests/unit/http_client.h"

#define BIG_BYTES	8000
#define PATIENCE	2000	/* turns of a waiting loop, each a nap of 5 ms */

struct node {
	atomic_int ready;	/* what parked requests wait for */
	struct cached *cached;
};

static void
nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

static int
hello(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	res->type = TYPE_HTML;
	return buf_addf(&res->body, e, "<p>hello %s",
	    request_query(req, "n") == NULL ? "" : request_query(req, "n"));
}

static int
big(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	int i;

	(void)node;
	(void)req;
	res->type = TYPE_TEXT;
	for (i = 0; i < BIG_BYTES / 10; i++)
		if (buf_addf(&res->body, e, "%09d\n", i) == -1)
			return -1;
	return 0;
}

static int
frozen(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)req;
	(void)e;
	return cached_answer(node->cached, res);
}

static int
tagged(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	if (request_matches(req, "v7"))
		return response_not_modified(res, "v7");
	res->etag = "v7";
	return buf_adds(&res->body, "seven", e);
}

static int
echo(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	res->type = "application/octet-stream";
	return buf_addspan(&res->body, req->body, e);
}

static int
who(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)node;
	return buf_addf(&res->body, e, "%s local=%d https=%d", req->client, req->local, req->https);
}

static int
park(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *ms = request_query(req, "ms");
	int64_t until = req->first_ms + (ms == NULL ? 30000 : atoi(ms));

	if (!atomic_load(&node->ready) && req->now_ms < until)
		res->park_until_ms = until;
	return buf_addf(&res->body, e, "ready=%d woken=%d", atomic_load(&node->ready),
	    req->woken > 0);
}

static ssize_t
count_read(void *state, char *out, size_t room)
{
	size_t *left = state, n = *left < room ? *left : room;

	memset(out, 'x', n);
	*left -= n;
	return (ssize_t)n;
}

static int
stream(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	size_t *left = malloc(sizeof *left);

	(void)node;
	if (left == NULL)
		return err_memory(e);
	*left = strtoul(request_query(req, "bytes"), NULL, 10);
	res->stream = (struct stream){ count_read, free, left };
	return 0;
}

static const struct route routes[] = {
	{ METHOD_GET, "/hello", hello, ACCESS_PUBLIC, 0, "a page" },
	{ METHOD_GET, "/big", big, ACCESS_PUBLIC, 0, "8 kB" },
	{ METHOD_GET, "/frozen", frozen, ACCESS_PUBLIC, 0, "8 kB, made once" },
	{ METHOD_GET, "/tagged", tagged, ACCESS_PUBLIC, 0, "a tag of its own" },
	{ METHOD_GET, "/api/who", who, ACCESS_PUBLIC, 0, "who asks" },
	{ METHOD_GET, "/operator", who, ACCESS_OPERATOR, 0, "the operator alone" },
	{ METHOD_GET, "/park", park, ACCESS_PUBLIC, 0, "waits" },
	{ METHOD_GET, "/stream", stream, ACCESS_PUBLIC, 0, "long" },
	{ METHOD_POST, "/echo", echo, ACCESS_PUBLIC, 4096, "what it was given" },
};

static const struct route_table table = { routes, COUNT(routes) };

/* A server, its node and one client. */
struct fixture {
	struct node node;
	struct http_site site;
	struct http *http;
	struct client client;
};

static void
start(struct fixture *f, struct http_config config)
{
	struct response res;
	struct err e = { 0 };

	*f = (struct fixture){ .site = { .node = &f->node, .table = &table, .table_count = 1 } };
	response_init(&res);
	assert_int_equal(big(&f->node, NULL, &res, &e), 0);
	assert_int_equal(cached_new(&res, &f->node.cached, &e), 0);
	response_clear(&res);
	config.address = "127.0.0.1";
	config.site = &f->site;
	config.threads = 2;
	if (http_start(&config, &f->http, &e) == -1)
		fail_msg("%s", e.text);
	f->client = client_tcp(http_port(f->http));
}

static void
stop(struct fixture *f)
{
	client_close(&f->client);
	http_stop(f->http);
	cached_free(f->node.cached);
}

/* Say and hear one exchange. */
static struct reply
exchange(struct client *c, const char *text)
{
	client_say(c, text);
	return client_hear(c, strncmp(text, "HEAD", 4) == 0);
}

static void
wait_parked(struct http *http, uint64_t n)
{
	struct http_stats stats;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		http_stats(http, &stats);
		if (stats.parked == n)
			return;
		nap();
	}
	fail_msg("never %u parked", (unsigned)n);
}

static void
test_keep_alive(void **state)
{
	struct fixture f;
	struct reply r;
	struct http_stats stats;
	int i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	for (i = 0; i < 3; i++) {
		r = exchange(&f.client, "GET /hello?n=a%20b HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body.ptr, "<p>hello a b");
		CHECK_HEADER(&r, "Content-Type", TYPE_HTML);
		CHECK_HEADER(&r, "X-Content-Type-Options", "nosniff");
		CHECK_HEADER(&r, "Referrer-Policy", "same-origin");
		CHECK_HEADER(&r, "Content-Security-Policy", HTTP_CSP_DEFAULT);
		CHECK_HEADER(&r, "Cross-Origin-Resource-Policy", "same-origin");
		CHECK_HEADER(&r, "Cache-Control", "no-cache");
		CHECK_NO_HEADER(&r, "Access-Control-Allow-Origin");
		reply_clear(&r);
	}
	http_stats(f.http, &stats);
	assert_int_equal(stats.connections, 1);
	assert_int_equal(stats.answers[2], 3);
	assert_int_equal(stats.answers[0], 3);
	stop(&f);
}

static void
test_pipelined(void **state)
{
	struct fixture f;
	struct reply r;
	int i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	client_say(&f.client, "GET /hello?n=0 HTTP/1.1\r\nHost: x\r\n\r\n"
	    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n<p>hello 1."
	    "GET /hello?n=2 HTTP/1.1\r\nHost: x\r\n\r\n");
	for (i = 0; i < 3; i++) {
		char wanted[] = "<p>hello 0";

		wanted[sizeof wanted - 2] = (char)('0' + i);
		r = client_hear(&f.client, 0);
		assert_int_equal(r.status, 200);
		assert_int_equal(strncmp(r.body.ptr, wanted, strlen(wanted)), 0);
		reply_clear(&r);
	}
	stop(&f);
}

static void
test_head(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ 0 });
	r = exchange(&f.client, "HEAD /big HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.status, 200);
	CHECK_HEADER(&r, "Content-Length", "8000");
	reply_clear(&r);
	r = exchange(&f.client, "HEAD /frozen HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_HEADER(&r, "Content-Length", "8000");
	reply_clear(&r);
	r = exchange(&f.client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(r.body.ptr, "<p>hello ");
	reply_clear(&r);
	stop(&f);
}

/* Ask for path twice, the second time with the tag the first answer gave: 304, and the connection
 * still in step. */
static void
check_not_modified(struct client *c, const char *path, const char *encoding)
{
	char text[600], etag[256], length[256];
	struct reply r;

	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\n\r\n",
	    path, encoding);
	r = exchange(c, text);
	assert_int_equal(r.status, 200);
	assert_non_null(reply_header(&r, "ETag", etag));
	assert_non_null(reply_header(&r, "Content-Length", length));
	reply_clear(&r);
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\n"
	    "If-None-Match: \"other\", %s\r\n\r\n", path, encoding, etag);
	r = exchange(c, text);
	assert_int_equal(r.status, 304);
	assert_non_null(reply_header(&r, "ETag", text));
	/* Whose handler stopped before making the body does not know its length; caches ignore it (RFC 9111
	 * 3.2). */
	if (strcmp(path, "/tagged") != 0 && reply_header(&r, "Content-Length", text) != NULL)
		assert_string_equal(text, length);
	reply_clear(&r);
	r = exchange(c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(r.body.ptr, "<p>hello ");
	reply_clear(&r);
}

static void
test_not_modified(void **state)
{
	static const char *const path[] = { "/hello", "/big", "/frozen", "/tagged" };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	for (i = 0; i < COUNT(path); i++) {
		check_not_modified(&f.client, path[i], "identity");
		check_not_modified(&f.client, path[i], "gzip");
	}
	stop(&f);
}

static void
test_gzip_answer(void **state)
{
	static const char *const path[] = { "/big", "/frozen" };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	for (i = 0; i < COUNT(path); i++) {
		struct buf plain = BUF_INIT(BIG_BYTES);
		struct reply r, packed;
		char text[200];
		struct err e = { 0 };

		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path[i]);
		r = exchange(&f.client, text);
		CHECK_NO_HEADER(&r, "Content-Encoding");
		CHECK_HEADER(&r, "Vary", "Accept-Encoding");
		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n"
		    "Accept-Encoding: br, gzip;q=0.5\r\n\r\n", path[i]);
		packed = exchange(&f.client, text);
		CHECK_HEADER(&packed, "Content-Encoding", "gzip");
		CHECK_HEADER(&packed, "Vary", "Accept-Encoding");
		assert_int_equal(gzip_unpack(buf_span(&packed.body), &plain, &e), 0);
		assert_int_equal(plain.len, BIG_BYTES);
		assert_memory_equal(plain.ptr, r.body.ptr, BIG_BYTES);
		reply_clear(&r);
		reply_clear(&packed);
		buf_clear(&plain);
	}
	stop(&f);
}

static void
test_statuses(void **state)
{
	static const struct {
		const char *why, *text;
		int status;
		const char *header, *value;
	} rows[] = {
		{ "no such path", "GET /none HTTP/1.1\r\nHost: x\r\n\r\n", 404, "Content-Type",
		    TYPE_JSON },
		{ "a method nobody has", "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
		    405, "Allow", "POST" },
		{ "the operator's", "GET /operator HTTP/1.1\r\nHost: x\r\n\r\n", 401,
		    "Cache-Control", "no-store" },
		{ "an encoded NUL", "GET /hello%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, NULL, NULL },
		{ "a bad escape in the query", "GET /hello?n=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400,
		    NULL, NULL },
		{ "dots", "GET /../hello HTTP/1.1\r\nHost: x\r\n\r\n", 404, NULL, NULL },
		{ "an announced body too large",
		    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n", 413, NULL,
		    NULL },
		{ "an encoding nobody reads", "POST /echo HTTP/1.1\r\nHost: x\r\n"
		    "Content-Encoding: deflate\r\nContent-Length: 2\r\n\r\nab", 415, NULL, NULL },
		{ "gzip that is none", "POST /echo HTTP/1.1\r\nHost: x\r\n"
		    "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", 400, NULL, NULL },
		{ "open data for other sites' scripts", "GET /api/who HTTP/1.1\r\nHost: x\r\n\r\n",
		    200, "Access-Control-Allow-Origin", "*" },
		{ "in pieces", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, "Content-Length", "3" },
	};
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	for (i = 0; i < COUNT(rows); i++) {
		char value[256], filler[4097];
		struct reply r;

		client_say(&f.client, rows[i].text);
		memset(filler, 'f', sizeof filler);
		if (strstr(rows[i].text, "4097") != NULL)
			client_say_bytes(&f.client, filler, sizeof filler);
		r = client_hear(&f.client, 0);
		CHECK_ROW(rows[i].why, r.status == rows[i].status);
		if (rows[i].header != NULL) {
			CHECK_ROW(rows[i].why, reply_header(&r, rows[i].header, value) != NULL);
			CHECK_ROW(rows[i].why, strcmp(value, rows[i].value) == 0);
		}
		reply_clear(&r);
		r = exchange(&f.client, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK_ROW(rows[i].why, r.status == 200);
		reply_clear(&r);
	}
	stop(&f);
}

static void
test_huge_body_refused_unread(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ 0 });
	r = exchange(&f.client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
	assert_int_equal(r.status, 413);
	reply_clear(&r);
	stop(&f);
}

static void
test_chunks_too_large(void **state)
{
	struct fixture f;
	struct reply r;
	char chunk[1024];
	int i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	memset(chunk, 'c', sizeof chunk);
	client_say(&f.client, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 8; i++) {
		client_say(&f.client, "400\r\n");
		client_say_bytes(&f.client, chunk, sizeof chunk);
		client_say(&f.client, "\r\n");
	}
	client_say(&f.client, "0\r\n\r\n");
	r = client_hear(&f.client, 0);
	assert_int_equal(r.status, 413);
	reply_clear(&r);
	stop(&f);
}

/* Send a gzip body of len zeros. */
static struct reply
send_packed(struct client *c, size_t len)
{
	struct buf plain = BUF_INIT(len), packed = BUF_INIT(2 * len + 1024);
	struct reply r;
	char text[200];
	struct err e = { 0 };

	assert_int_equal(buf_reserve(&plain, len, &e), 0);
	memset(plain.ptr, 0, len);
	plain.len = len;
	assert_int_equal(gzip_pack(buf_span(&plain), 9, &packed, &e), 0);
	snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: %zu\r\n\r\n", packed.len);
	client_say(c, text);
	client_say_bytes(c, packed.ptr, packed.len);
	r = client_hear(c, 0);
	buf_clear(&plain);
	buf_clear(&packed);
	return r;
}

static void
test_gzip_body(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ 0 });
	r = send_packed(&f.client, 4096);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body.len, 4096);
	reply_clear(&r);
	r = send_packed(&f.client, 4097);
	assert_int_equal(r.status, 413);
	reply_clear(&r);
	r = send_packed(&f.client, 1000000);
	assert_int_equal(r.status, 413);
	reply_clear(&r);
	stop(&f);
}

static void
test_stream(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ 0 });
	r = exchange(&f.client, "GET /stream?bytes=300000 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.body.len, 300000);
	reply_clear(&r);
	r = exchange(&f.client, "HEAD /stream?bytes=300000 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.status, 200);
	reply_clear(&r);
	assert_int_equal(client_more(&f.client), 0);	/* nothing follows the headers */
	stop(&f);
}

static void
test_client_address(void **state)
{
	static const char *const proxy[] = { "127.0.0.1", "10.0.0.1" };
	static const struct {
		const char *why, *headers, *answer;
		int trusted;
	} rows[] = {
		{ "nobody vouches", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n",
		    "127.0.0.1 local=0 https=0", 0 },
		{ "our proxy does", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n",
		    "192.0.2.1 local=0 https=1", 1 },
		{ "only for the last", "X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n",
		    "192.0.2.1 local=0 https=0", 1 },
		{ "through two proxies of ours", "X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n",
		    "192.0.2.1 local=0 https=0", 1 },
		{ "the client's own line comes first",
		    "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n",
		    "192.0.2.1 local=0 https=0", 1 },
		{ "what is no address is nobody", "X-Forwarded-For: <script>\r\n",
		    "127.0.0.1 local=0 https=0", 1 },
		{ "directly", "", "127.0.0.1 local=0 https=0", 1 },
	};
	struct fixture plain, behind;
	size_t i;

	(void)state;
	start(&plain, (struct http_config){ 0 });
	start(&behind, (struct http_config){ .proxy = proxy, .proxy_count = COUNT(proxy) });
	for (i = 0; i < COUNT(rows); i++) {
		char text[400];
		struct reply r;

		snprintf(text, sizeof text, "GET /api/who HTTP/1.1\r\nHost: x\r\n%s\r\n",
		    rows[i].headers);
		r = exchange(rows[i].trusted ? &behind.client : &plain.client, text);
		CHECK_ROW(rows[i].why, strcmp(r.body.ptr, rows[i].answer) == 0);
		reply_clear(&r);
	}
	stop(&plain);
	stop(&behind);
}

/* One byte at a time must not keep a connection; who asks properly meanwhile is served. */
static void
test_trickler_is_closed(void **state)
{
	static const char slow[] = "GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow: ";
	struct fixture f;
	struct http_stats stats;
	int i, closed = 0;

	(void)state;
	start(&f, (struct http_config){ .deadline_ms = 200 });
	for (i = 0; i < PATIENCE && !closed; i++) {
		char byte = i < (int)sizeof slow - 1 ? slow[i] : 's', got;
		struct client honest = client_tcp(http_port(f.http));
		struct reply r = exchange(&honest, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");

		assert_int_equal(r.status, 200);
		reply_clear(&r);
		client_close(&honest);
		nap();
		closed = send(f.client.fd, &byte, 1, MSG_NOSIGNAL) != 1 ||
		    recv(f.client.fd, &got, 1, MSG_DONTWAIT) == 0;
	}
	assert_true(closed);
	http_stats(f.http, &stats);
	for (i = 0; i < PATIENCE && stats.deadline_closes == 0; i++) {	/* counted a moment after it is done */
		nap();
		http_stats(f.http, &stats);
	}
	assert_true(stats.deadline_closes >= 1);
	stop(&f);
}

/* Neither may silence. */
static void
test_silent_is_closed(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, (struct http_config){ .deadline_ms = 200 });
	assert_int_equal(client_more(&f.client), 0);
	stop(&f);
}

static void
wait_closed(struct http *http)
{
	struct http_stats stats;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		http_stats(http, &stats);
		if (stats.open == 0)
			return;
		nap();
	}
	fail_msg("never closed");
}

static void
wait_deadline_close(struct http *http)
{
	struct http_stats stats;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		http_stats(http, &stats);
		if (stats.deadline_closes > 0)
			return;
		nap();
	}
	fail_msg("nobody was closed");
}

/* Nor may asking for much and reading nothing. */
static void
test_who_does_not_read_is_closed(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, (struct http_config){ .deadline_ms = 200 });
	client_say(&f.client, "GET /stream?bytes=99999999 HTTP/1.1\r\nHost: x\r\n\r\n");
	wait_closed(f.http);
	stop(&f);
}

/* When most places are taken, who has not finished asking gives way long before the deadline. */
static void
test_pressure(void **state)
{
	struct fixture f;
	struct client slow[15], honest;
	struct reply r;
	size_t i;

	(void)state;
	start(&f, (struct http_config){ .connections_max = 16, .deadline_ms = 8000 });
	for (i = 0; i < COUNT(slow); i++) {
		slow[i] = client_tcp(http_port(f.http));
		client_say(&slow[i], "GET /hello HTTP/1.1\r\nX: ");
	}
	honest = client_tcp(http_port(f.http));
	r = exchange(&honest, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.status, 200);
	reply_clear(&r);
	wait_deadline_close(f.http);
	client_close(&honest);
	for (i = 0; i < COUNT(slow); i++)
		client_close(&slow[i]);
	stop(&f);
}

/* A client that has said all it had to say is still answered. */
static void
test_half_closed(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ 0 });
	client_say(&f.client, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(shutdown(f.client.fd, SHUT_WR), 0);
	r = client_hear(&f.client, 0);
	assert_int_equal(r.body.len, BIG_BYTES);
	reply_clear(&r);
	stop(&f);
}

static void
test_headers_too_large(void **state)
{
	struct fixture f;
	struct reply r;
	char line[1000];
	int i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	memset(line, 'h', sizeof line);
	memcpy(line, "X: ", 3);
	memcpy(line + sizeof line - 3, "\r\n", 3);
	client_say(&f.client, "GET /hello HTTP/1.1\r\nHost: x\r\n");
	for (i = 0; i < 16; i++)
		client_say(&f.client, line);
	r = client_hear(&f.client, 0);
	assert_true(r.status == 431 || r.status == 413);
	reply_clear(&r);
	stop(&f);
}

static void
test_parked_is_woken(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ .deadline_ms = 500 });
	client_say(&f.client, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	wait_parked(f.http, 1);
	http_wake(f.http);	/* for nothing: it parks again */
	atomic_store(&f.node.ready, 1);
	http_wake(f.http);
	r = client_hear(&f.client, 0);
	assert_string_equal(r.body.ptr, "ready=1 woken=1");
	reply_clear(&r);
	wait_parked(f.http, 0);
	r = exchange(&f.client, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(r.body.ptr, "ready=1 woken=0");
	reply_clear(&r);
	stop(&f);
}

static void
test_parking_ends(void **state)
{
	struct fixture f;
	struct reply r;

	(void)state;
	/* Parked for longer than the deadline of a request that is served. */
	start(&f, (struct http_config){ .deadline_ms = 200 });
	r = exchange(&f.client, "GET /park?ms=1500 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(r.body.ptr, "ready=0 woken=1");
	reply_clear(&r);
	stop(&f);
}

static void
test_too_many_parked(void **state)
{
	struct fixture f;
	struct client other;
	struct reply r;

	(void)state;
	start(&f, (struct http_config){ .parked_max = 1 });
	client_say(&f.client, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	wait_parked(f.http, 1);
	other = client_tcp(http_port(f.http));
	r = exchange(&other, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(r.body.ptr, "ready=0 woken=0");
	reply_clear(&r);
	client_close(&other);
	stop(&f);
}

static void *
stopper(void *arg)
{
	http_stop(arg);
	return NULL;
}

static void
test_stop_answers_parked(void **state)
{
	struct fixture f;
	struct reply r;
	pthread_t thread;

	(void)state;
	start(&f, (struct http_config){ 0 });
	client_say(&f.client, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	wait_parked(f.http, 1);
	assert_int_equal(pthread_create(&thread, NULL, stopper, f.http), 0);
	r = client_hear(&f.client, 0);
	assert_string_equal(r.body.ptr, "ready=0 woken=1");
	reply_clear(&r);
	pthread_join(thread, NULL);
	client_close(&f.client);
	cached_free(f.node.cached);
}

/* Many parked connections, some of whose clients leave, and wakes all the while. */
static void
test_parking_under_wakes(void **state)
{
	struct fixture f;
	struct client c[40];
	size_t i;

	(void)state;
	start(&f, (struct http_config){ 0 });
	for (i = 0; i < COUNT(c); i++) {
		c[i] = client_tcp(http_port(f.http));
		client_say(&c[i], "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
		http_wake(f.http);
	}
	for (i = 0; i < COUNT(c); i += 4) {
		client_close(&c[i]);
		http_wake(f.http);
	}
	atomic_store(&f.node.ready, 1);
	http_wake(f.http);
	for (i = 0; i < COUNT(c); i++) {
		struct reply r;

		if (i % 4 == 0)
			continue;
		r = client_hear(&c[i], 0);
		assert_int_equal(strncmp(r.body.ptr, "ready=1", 7), 0);
		reply_clear(&r);
		client_close(&c[i]);
	}
	wait_parked(f.http, 0);
	stop(&f);
}

static void
test_control_socket(void **state)
{
	char dir[] = "/tmp/essaim-http-XXXXXX", path[64];
	struct http *second = NULL;
	struct http_config config;
	struct fixture f;
	struct client c;
	struct reply r;
	struct stat st;
	struct err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/control.sock", dir);
	start(&f, (struct http_config){ .socket_path = path });
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	c = client_unix(path);
	r = exchange(&c, "GET /operator HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body.ptr, " local=1 https=0");
	CHECK_HEADER(&r, "Cache-Control", "no-store");
	reply_clear(&r);
	client_close(&c);
	r = exchange(&f.client, "GET /operator HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(r.status, 401);
	reply_clear(&r);

	config = (struct http_config){ .socket_path = path, .site = &f.site };
	assert_int_equal(http_start(&config, &second, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(lstat(path, &st), 0);
	stop(&f);
	assert_int_equal(lstat(path, &st), -1);
	rmdir(dir);
}

/* A socket nobody answers on is replaced; a file is left alone. */
static void
test_control_socket_left_over(void **state)
{
	char dir[] = "/tmp/essaim-http-XXXXXX";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct http_config config = { .socket_path = a.sun_path };
	struct http_site site = { .table = &table, .table_count = 1 };
	struct http *http = NULL;
	struct err e = { 0 };
	FILE *file;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	config.site = &site;
	assert_non_null(mkdtemp(dir));
	snprintf(a.sun_path, sizeof a.sun_path, "%s/control.sock", dir);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	close(fd);
	assert_int_equal(http_start(&config, &http, &e), 0);
	http_stop(http);

	file = fopen(a.sun_path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(http_start(&config, &http, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(unlink(a.sun_path), 0);
	rmdir(dir);
}

static void
test_cannot_listen(void **state)
{
	struct fixture f;
	struct http_config config = { .address = "localhost" };
	struct http *http;
	struct err e = { 0 };

	(void)state;
	start(&f, (struct http_config){ 0 });
	config.site = &f.site;
	assert_int_equal(http_start(&config, &http, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	config.address = "127.0.0.1";
	config.port = http_port(f.http);
	assert_int_equal(http_start(&config, &http, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_null(http);
	stop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_not_modified),
		cmocka_unit_test(test_gzip_answer),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_huge_body_refused_unread),
		cmocka_unit_test(test_chunks_too_large),
		cmocka_unit_test(test_gzip_body),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_client_address),
		cmocka_unit_test(test_trickler_is_closed),
		cmocka_unit_test(test_silent_is_closed),
		cmocka_unit_test(test_who_does_not_read_is_closed),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_headers_too_large),
		cmocka_unit_test(test_parked_is_woken),
		cmocka_unit_test(test_parking_ends),
		cmocka_unit_test(test_too_many_parked),
		cmocka_unit_test(test_stop_answers_parked),
		cmocka_unit_test(test_parking_under_wakes),
		cmocka_unit_test(test_control_socket),
		cmocka_unit_test(test_control_socket_left_over),
		cmocka_unit_test(test_cannot_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
