/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fetch.c - see fetch.h. */
#include "node/gossip/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/core/version.h"
#include "node/gossip/gossip.h"
#include "node/http/gzip.h"
#include "proto/err.h"
#include "proto/limits.h"

#define CONNECT_MS	10000L
#define TOTAL_S		300L
#define SLOW_BYTES_S	200L	/* slower than that for SLOW_S is given up */
#define SLOW_S		30L
#define URL_CHARS_MAX	511
#define REDIRECTIONS_MAX 3L

struct fetch {
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	int allow_private, busy;
	struct buf body, packed;
	FILE *to;		/* instead of body; borrowed */
	uint64_t body_bytes, body_max;
	const char *who;
	int too_large;
	char refused[INET6_ADDRSTRLEN];	/* an address that was not called */
	char why[CURL_ERROR_SIZE];
	uint64_t bytes_in, bytes_out;
};

/* --- what curl calls ----------------------------------------------------------------------------- */

static size_t
take_body(char *data, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	struct err e;

	f->body_bytes += size * n;
	f->too_large = f->body_bytes > f->body_max;
	if (f->too_large || (f->to != NULL ? fwrite(data, 1, size * n, f->to) != size * n
	    : buf_add(&f->body, data, size * n, &e) == -1))
		return CURL_WRITEFUNC_ERROR;
	return size * n;
}

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->addr;
	const struct sockaddr_in6 *v6 = (const void *)&a->addr;
	const void *addr = a->family == AF_INET6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
	struct fetch *f = ctx;

	if (purpose != CURLSOCKTYPE_IPCXN || !gossip_address_ok(a->family, addr, f->allow_private)) {
		if (inet_ntop(a->family, addr, f->refused, sizeof f->refused) == NULL)
			f->refused[0] = '?';
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int
count_bytes(CURL *easy, curl_infotype type, char *data, size_t len, void *ctx)
{
	struct fetch *f = ctx;

	(void)easy;
	(void)data;
	if (type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN)
		f->bytes_in += len;
	if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT)
		f->bytes_out += len;
	return 0;
}

/* --- set up -------------------------------------------------------------------------------------- */

static int
harden(struct fetch *f, void *owner)
{
	CURL *c = f->easy;

	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "essaim/" ESSAIM_VERSION) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_S) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, count_bytes) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_DEBUGDATA, f) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->why) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PRIVATE, owner) == CURLE_OK;
}

int
fetch_new(int allow_private, void *owner, struct fetch **out, struct err *e)
{
	struct fetch *f = calloc(1, sizeof *f);

	if (f == NULL)
		return err_memory(e);
	f->allow_private = allow_private;
	f->packed = (struct buf)BUF_INIT(BATCH_BYTES_MAX);
	f->easy = curl_easy_init();
	f->url = curl_url();
	if (f->easy == NULL || f->url == NULL || !harden(f, owner)) {
		fetch_free(f);
		return err_set(e, ERR_INTERNAL, "libcurl cannot be set up");
	}
	*out = f;
	return 0;
}

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	if (f->easy != NULL)
		curl_easy_cleanup(f->easy);
	if (f->url != NULL)
		curl_url_cleanup(f->url);
	curl_slist_free_all(f->headers);
	buf_clear(&f->body);
	buf_clear(&f->packed);
	free(f);
}

void *
fetch_owner(CURL *easy)
{
	char *owner = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
	return owner;
}

/* --- addresses of peers ---------------------------------------------------------------------------- */

static int
url_read(CURLU *u, const char *url, struct err *e)
{
	char *scheme = NULL;
	int web;

	if (strlen(url) > URL_CHARS_MAX + 256 ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) != CURLUE_OK)
		return err_set(e, ERR_INPUT, "not an address of a node: give http:// or https://, a host, no user");
	web = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
	curl_free(scheme);
	return web ? 0 : err_set(e, ERR_INPUT, "a node's address begins with http:// or https://");
}

static int
has_part(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	int has = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

int
fetch_url_ok(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	int rc = -1;

	if (u == NULL)
		return err_memory(e);
	if (strlen(url) > URL_CHARS_MAX)
		err_set(e, ERR_LIMIT, "an address of %zu characters, limit %d", strlen(url), URL_CHARS_MAX);
	else if (url_read(u, url, e) == -1)
		rc = -1;
	else if (has_part(u, CURLUPART_QUERY) || has_part(u, CURLUPART_FRAGMENT))
		err_set(e, ERR_INPUT, "a node's address has no ? and no #");
	else
		rc = 0;
	curl_url_cleanup(u);
	return rc;
}

int
gossip_download_ok(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	int rc;

	if (u == NULL)
		return err_memory(e);
	rc = strlen(url) > URL_CHARS_MAX ? err_set(e, ERR_LIMIT, "an address of %zu characters, limit %d",
	    strlen(url), URL_CHARS_MAX) : url_read(u, url, e) == -1 ? err_set(e, ERR_INPUT,
	    "not an address of a source: http:// or https://, a host, no user") : 0;
	curl_url_cleanup(u);
	return rc;
}

static int
set_url(struct fetch *f, const struct fetch_request *r, struct err *e)
{
	struct buf url = BUF_INIT(URL_CHARS_MAX + 512);
	size_t len = strlen(r->base);
	int rc = -1;

	while (len > 0 && r->base[len - 1] == '/')
		len--;
	if (buf_add(&url, r->base, len, e) == 0 && buf_adds(&url, r->path, e) == 0 &&
	    url_read(f->url, url.ptr, e) == 0) {
		rc = 0;
		if (curl_easy_setopt(f->easy, CURLOPT_CURLU, f->url) != CURLE_OK)
			rc = err_memory(e);
	}
	buf_clear(&url);
	return rc;
}

/* --- a request --------------------------------------------------------------------------------------- */

static int
add_header(struct fetch *f, const char *text, struct err *e)
{
	struct curl_slist *longer = curl_slist_append(f->headers, text);

	if (longer == NULL)
		return err_memory(e);
	f->headers = longer;
	return 0;
}

/* A value as the other end gave it: what could end the line was never kept (header_value). */
static int
add_condition(struct fetch *f, const char *name, const char *value, struct err *e)
{
	char text[320];

	if (value == NULL || *value == '\0')
		return 0;
	snprintf(text, sizeof text, "%s: %s", name, value);
	return add_header(f, text, e);
}

/* Records are worth compressing; ids and reconciliation messages are not. */
static int
set_body(struct fetch *f, const struct fetch_request *r, struct err *e)
{
	struct span body = r->body;
	char type[96];

	snprintf(type, sizeof type, "Content-Type: %s", r->type);
	if (add_header(f, type, e) == -1)
		return -1;
	if (gzip_is_worth(r->type, body.len)) {
		buf_reset(&f->packed);
		if (gzip_pack(body, GZIP_LEVEL_NOW, &f->packed, e) == -1 ||
		    add_header(f, "Content-Encoding: gzip", e) == -1)
			return -1;
		body = buf_span(&f->packed);
	}
	if (curl_easy_setopt(f->easy, CURLOPT_POST, 1L) != CURLE_OK ||
	    curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) != CURLE_OK ||
	    curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, body.len == 0 ? "" : body.ptr) != CURLE_OK)
		return err_memory(e);
	return 0;
}

int
fetch_begin(struct fetch *f, CURLM *multi, const struct fetch_request *r, struct err *e)
{
	CURL *c = f->easy;

	buf_clear(&f->body);
	f->body.max = r->response_bytes_max;
	f->body_max = r->response_bytes_max;
	f->body_bytes = 0;
	f->to = r->to;
	f->who = r->who == NULL ? "the peer" : r->who;
	f->too_large = 0;
	f->refused[0] = f->why[0] = '\0';
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	if (set_url(f, r, e) == -1 || add_header(f, "Accept:", e) == -1 || add_header(f, "Expect:", e) == -1 ||
	    add_condition(f, "If-None-Match", r->etag, e) == -1 ||
	    add_condition(f, "If-Modified-Since", r->modified, e) == -1)
		return -1;
	curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	if (r->post && set_body(f, r, e) == -1)
		return -1;
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, SLOW_S + (long)r->wait_s);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, r->total_s > 0 ? (long)r->total_s : TOTAL_S + (long)r->wait_s);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, (long)(r->follow != 0));
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTIONS_MAX);
	if (curl_multi_add_handle(multi, c) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not take the request");
	f->busy = 1;
	return 0;
}

void
fetch_abort(struct fetch *f, CURLM *multi)
{
	if (f != NULL && f->busy)
		curl_multi_remove_handle(multi, f->easy);
	if (f != NULL)
		f->busy = 0;
}

static int
explain(const struct fetch *f, CURLcode code, struct err *e)
{
	if (f->too_large)
		return err_set(e, ERR_LIMIT, "%s's answer is longer than %zu bytes", f->who, f->body.max);
	if (f->refused[0] != '\0' && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK))
		return err_set(e, ERR_FORBIDDEN, "%s is not an address %s may have%s", f->refused,
		    strcmp(f->who, "the peer") == 0 ? "a peer" : f->who, f->allow_private ? "" : " (allow-private permits private networks)");
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(e, ERR_TIMEOUT, "%s is too slow or does not answer: %s", f->who, f->why);
	return err_set(e, ERR_IO, "%s", f->why[0] != '\0' ? f->why : curl_easy_strerror(code));
}

/* Only text of one line is kept. */
static void
header_value(const struct fetch *f, const char *name, char *out, size_t size)
{
	struct curl_header *h;
	const char *p;

	out[0] = '\0';
	if (curl_easy_header(f->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK || strlen(h->value) >= size)
		return;
	for (p = h->value; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return;
	strcpy(out, h->value);
}

int
fetch_end(struct fetch *f, CURLM *multi, CURLcode code, struct fetch_answer *out, struct err *e)
{
	curl_off_t retry_after = 0;
	long status = 0;

	fetch_abort(f, multi);
	if (code != CURLE_OK)
		return explain(f, code, e);
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &retry_after);
	out->status = (int)status;
	out->retry_after_s = retry_after > 0 && retry_after < DAY_S ? (unsigned)retry_after : 0;
	out->body = f->body;
	out->body_bytes = f->body_bytes;
	f->body = (struct buf){ 0 };
	header_value(f, "Content-Type", out->type, sizeof out->type);
	header_value(f, "ETag", out->etag, sizeof out->etag);
	header_value(f, "Last-Modified", out->modified, sizeof out->modified);
	return 0;
}

uint64_t
fetch_bytes_in(const struct fetch *f)
{
	return f->bytes_in;
}

uint64_t
fetch_bytes_out(const struct fetch *f)
{
	return f->bytes_out;
}
