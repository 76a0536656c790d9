/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exchange.c - see exchange.h. */
#include "node/http/exchange.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <microhttpd.h>

#include "node/core/log.h"
#include "node/http/cached.h"
#include "node/http/gzip.h"
#include "node/http/wire.h"

static int64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
exchange_begin(struct connection *c, const char *target)
{
	struct exchange *x = &c->x;

	exchange_end(c);
	x->active = 1;
	x->begun_ms = monotonic_ms();
	x->body.max = RESPONSE_BYTES_MAX;
	keeper_busy(&c->http->keeper, 1);
	keeper_allow(&c->kept, 0, 1);
	request_init(&x->req, METHOD_GET, target, &x->arena, &x->e);
}

void
exchange_end(struct connection *c)
{
	struct exchange *x = &c->x;

	if (!x->active)
		return;
	cached_free(x->cached);
	buf_clear(&x->body);
	arena_clear(&x->scratch);
	arena_clear(&x->arena);
	*x = (struct exchange){ 0 };
	/* Idle connections are libmicrohttpd's to close first. */
	keeper_allow(&c->kept, 1000, 1);
	keeper_busy(&c->http->keeper, -1);
}

static const char *
lookup(const struct connection *c, const char *name)
{
	return MHD_lookup_connection_value(c->kept.mhd, MHD_HEADER_KIND, name);
}

static void
read_headers(struct connection *c)
{
	static const char *const name[HEADER__COUNT] = {
		[HEADER_ACCEPT] = "Accept",
		[HEADER_ACCEPT_LANGUAGE] = "Accept-Language",
		[HEADER_CONTENT_TYPE] = "Content-Type",
		[HEADER_COOKIE] = "Cookie",
		[HEADER_HOST] = "Host",
		[HEADER_IF_NONE_MATCH] = "If-None-Match",
		[HEADER_ORIGIN] = "Origin",
		[HEADER_REFERER] = "Referer",
	};
	enum header h;

	for (h = 0; h < HEADER__COUNT; h++)
		c->x.req.header[h] = lookup(c, name[h]);
	c->x.accepts_gzip = gzip_is_accepted(lookup(c, "Accept-Encoding"));
}

struct last_header {
	const char *name, *value;
};

static enum MHD_Result
keep_last(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct last_header *last = cls;

	(void)kind;
	if (strcasecmp(name, last->name) == 0)
		last->value = value;
	return MHD_YES;
}

/* The last line of that name: the one our own proxy added. */
static struct span
last_line(struct connection *c, const char *name)
{
	struct last_header last = { name, NULL };

	MHD_get_connection_values(c->kept.mhd, MHD_HEADER_KIND, keep_last, &last);
	return span_str(last.value);
}

/* Take the last element off a comma-separated list. */
static struct span
last_element(struct span *list)
{
	size_t i = list->len;
	struct span one;

	while (i > 0 && list->ptr[i - 1] != ',')
		i--;
	one = span_trim((struct span){ list->ptr + i, list->len - i });
	list->len = i == 0 ? 0 : i - 1;
	return one;
}

static int
is_proxy(const struct http *http, const char *address)
{
	size_t i;

	for (i = 0; i < http->config.proxy_count; i++)
		if (strcmp(http->config.proxy[i], address) == 0)
			return 1;
	return 0;
}

static int
is_address(const char *s)
{
	unsigned char scratch[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, s, scratch) == 1 || inet_pton(AF_INET6, s, scratch) == 1;
}

/* Who asks: the peer, or, as far as each step was told by a trusted proxy, whom it asks for. */
static void
find_client(struct connection *c)
{
	struct request *req = &c->x.req;
	struct span list;

	req->client = c->address;
	req->local = c->local;
	if (c->local || !is_proxy(c->http, c->address))
		return;
	list = last_line(c, "X-Forwarded-Proto");
	req->https = span_is(last_element(&list), "https");
	list = last_line(c, "X-Forwarded-For");
	while (list.len > 0) {
		const char *one = arena_copy(&c->x.arena, last_element(&list));

		if (one == NULL || !is_address(one))
			break;
		req->client = one;
		if (!is_proxy(c->http, one))
			break;
	}
}

/* How large a body is announced: 0 none, SIZE_MAX unknown. */
static size_t
announced(const struct connection *c)
{
	const char *length = lookup(c, "Content-Length");

	if (lookup(c, "Transfer-Encoding") != NULL)
		return SIZE_MAX;
	return length == NULL ? 0 : (size_t)strtoull(length, NULL, 10);
}

/* What can be said before the body is read. */
static int
check_body(struct connection *c, size_t bytes, struct err *e)
{
	const char *encoding = lookup(c, "Content-Encoding");
	const struct route *r = c->x.req.route;

	if (encoding != NULL && strcasecmp(encoding, "identity") != 0) {
		if (strcasecmp(encoding, "gzip") != 0 || r->body_max == 0)
			return err_set(e, ERR_TYPE, "a body encoded as %.40s is not read here",
			    encoding);
		c->x.gzip_body = 1;
	}
	if (bytes != SIZE_MAX && bytes > r->body_max)
		return err_set(e, ERR_LIMIT, "the body is %zu bytes, limit %zu", bytes,
		    r->body_max);
	c->x.body.max = r->body_max;
	return 0;
}

static void
queue(struct connection *c, const struct wire *wire)
{
	struct http *http = c->http;
	int64_t earned = (int64_t)(wire->body_bytes / HTTP_BYTES_PER_S_MIN) * 1000;

	c->x.answered = 1;
	keeper_allow(&c->kept, earned, 0);
	atomic_fetch_add(&http->answers[0], 1);
	if (wire->status >= 100 && wire->status < 600)
		atomic_fetch_add(&http->answers[wire->status / 100], 1);
}

/* Hand the answer to libmicrohttpd.  0, or -1 to close the connection. */
static int
answer(struct connection *c, struct response *res)
{
	const struct http_site *site = c->http->config.site;
	struct exchange *x = &c->x;
	struct wire wire;
	enum MHD_Result queued;

	if (res->cached != NULL) {
		x->cached = cached_ref(res->cached);
		wire = wire_cached(site, &x->req, x->cached, x->accepts_gzip);
	} else
		wire = wire_make(site, &x->req, res, x->accepts_gzip, &c->kept);
	if (wire.response == NULL) {
		log_line(c->http->config.log, LEVEL_ERROR, "http", "answer could not be made",
		    "path", x->req.path, NULL);
		return -1;
	}
	queue(c, &wire);
	queued = MHD_queue_response(c->kept.mhd, (unsigned)wire.status, wire.response);
	if (res->cached == NULL)
		MHD_destroy_response(wire.response);
	return queued == MHD_YES ? 0 : -1;
}

static void
log_failure(const struct connection *c, const struct response *res, const struct err *e)
{
	enum log_level level = res->status >= 500 ? LEVEL_ERROR : LEVEL_DEBUG;

	log_line(c->http->config.log, level, "http", "request failed", "path", c->x.req.path,
	    "status", LOG_NUM(res->status), "error", e->text, NULL);
}

/* Park when the handler asks for it and there is room; 0 when parked. */
static int
park(struct connection *c, const struct response *res, uint64_t wakes)
{
	struct exchange *x = &c->x;
	int64_t now = monotonic_ms(), wait = res->park_until_ms - x->req.now_ms;
	int64_t last = x->begun_ms + HTTP_PARK_MS_MAX;

	if (res->park_until_ms == 0 || wait <= 0 || now >= last || x->e.code != ERR_NONE)
		return -1;
	if (wait > last - now)
		wait = last - now;
	return keeper_park(&c->http->keeper, &c->kept, now + wait, wakes);
}

/* Call the handler, for the first time or after parking, and answer or park. */
static int
respond(struct connection *c)
{
	const struct http_site *site = c->http->config.site;
	struct exchange *x = &c->x;
	uint64_t wakes = keeper_wakes(&c->http->keeper);
	struct response res;
	struct err e = x->e;
	int rc = 0;

	arena_clear(&x->scratch);
	x->req.arena = &x->scratch;
	x->req.now_ms = x->req.first_ms + (monotonic_ms() - x->begun_ms);
	response_init(&res);
	if (e.code != ERR_NONE)
		http_fail(site, &x->req, &e, &res);
	else
		http_dispatch(site, &x->req, &res, &e);
	if (e.code != ERR_NONE)
		log_failure(c, &res, &e);
	if (park(c, &res, wakes) == 0)
		x->req.woken++;
	else
		rc = answer(c, &res);
	response_clear(&res);
	return rc;
}

/* The headers are here.  A refusal waits for the end of a body that is short enough to be read, so
 * that the connection lives on and the answer is not lost to a reset; otherwise it is said now. */
static int
hear_headers(struct connection *c, const char *method)
{
	struct exchange *x = &c->x;
	size_t bytes = announced(c);

	x->headers_seen = 1;
	x->req.method = method_parse(method);
	x->req.head = strcmp(method, "HEAD") == 0;
	x->req.first_ms = x->req.now_ms = wall_ms() - (monotonic_ms() - x->begun_ms);
	read_headers(c);
	find_client(c);
	if (x->e.code == ERR_NONE && http_admit(c->http->config.site, &x->req, &x->e) == 0)
		check_body(c, bytes, &x->e);
	if (x->e.code != ERR_NONE && bytes != SIZE_MAX && bytes > DISCARD_BYTES_MAX)
		return respond(c);
	return 0;
}

static int
hear_body(struct connection *c, const char *data, size_t len)
{
	struct exchange *x = &c->x;

	if (x->e.code == ERR_NONE && buf_add(&x->body, data, len, &x->e) == 0) {
		int64_t earned = (int64_t)(x->body.len / HTTP_BYTES_PER_S_MIN) * 1000;
		int64_t spent = monotonic_ms() - x->begun_ms;

		keeper_allow(&c->kept, earned - spent, 1);
		return 0;
	}
	x->discarded += len;
	return x->discarded > DISCARD_BYTES_MAX ? -1 : 0;
}

static void
unpack_body(struct exchange *x)
{
	struct buf plain = BUF_INIT(x->body.max);

	if (gzip_unpack(buf_span(&x->body), &plain, &x->e) == -1) {
		buf_clear(&plain);
		return;
	}
	buf_clear(&x->body);
	x->body = plain;
}

int
exchange_continue(struct connection *c, const char *method, const char *data, size_t len)
{
	struct exchange *x = &c->x;

	if (!x->headers_seen)
		return hear_headers(c, method);
	if (len > 0)
		return hear_body(c, data, len);
	keeper_allow(&c->kept, 0, 0);
	if (x->gzip_body && x->e.code == ERR_NONE) {
		x->gzip_body = 0;
		unpack_body(x);
	}
	x->req.body = buf_span(&x->body);
	return respond(c);
}
