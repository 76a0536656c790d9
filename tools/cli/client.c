/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client.c - see client.h. */
#include "tools/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "node/core/call.h"
#include "node/core/node.h"
#include "node/core/version.h"
#include "node/http/route.h"
#include "tools/import/run.h"

#define BUSY_TRIES	50
#define BUSY_WAIT_MS	100

struct client {
	char socket_path[4096];
	CURL *curl;		/* NULL: in process */
	struct node *node;	/* NULL: remote */
};

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int
answers(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, ok;

	if (strlen(path) >= sizeof sa.sun_path)
		return 0;
	strcpy(sa.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return 0;
	ok = connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0;
	close(fd);
	return ok;
}

int
client_is_running(const char *dir)
{
	char path[4096];

	return snprintf(path, sizeof path, "%s/control.sock", dir) < (int)sizeof path && answers(path);
}

/* Another command may hold the folder for a moment, or a node may be about to listen. */
static int
open_node(struct client *c, const char *dir, struct err *e)
{
	int i;

	for (i = 0; i < BUSY_TRIES; i++) {
		if (answers(c->socket_path)) {
			c->curl = curl_easy_init();
			return c->curl == NULL ? err_memory(e) : 0;
		}
		if (node_open(dir, &c->node, e) == 0) {
			c->node->importer = &importer_table;
			return 0;
		}
		if (e->code != ERR_BUSY)
			return -1;
		sleep_ms(BUSY_WAIT_MS);
	}
	return -1;
}

int
client_open(const char *dir, struct client **out, struct err *e)
{
	struct client *c = calloc(1, sizeof *c);
	struct stat st;

	if (c == NULL)
		return err_memory(e);
	if (snprintf(c->socket_path, sizeof c->socket_path, "%s/record.db", dir) >=
	    (int)sizeof c->socket_path) {
		free(c);
		return err_set(e, ERR_USAGE, "the folder's name is too long");
	}
	if (stat(c->socket_path, &st) == -1) {
		free(c);
		return err_set(e, ERR_NOT_FOUND, "there is no node in %s; make one with 'essaim init --data %s "
		    "--name NAME', or say where it is with --data DIR", dir, dir);
	}
	snprintf(c->socket_path, sizeof c->socket_path, "%s/control.sock", dir);
	if (open_node(c, dir, e) == -1) {
		free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	if (c->curl != NULL)
		curl_easy_cleanup(c->curl);
	node_close(c->node);
	free(c);
}

int
client_is_remote(const struct client *c)
{
	return c->curl != NULL;
}

int
client_refusal(const char *name, const char *message, struct err *e)
{
	enum err_code code = ERR_IO;
	int k;

	for (k = ERR_NONE + 1; k < ERR__COUNT; k++)
		if (strcmp(err_info((enum err_code)k)->name, name) == 0)
			code = (enum err_code)k;
	return err_set(e, code, "%s", message);
}

/* {"error":"not-found","message":"…"} */
static int
read_refusal(long status, struct span body, struct err *e)
{
	json_t *doc = json_loadb(body.ptr == NULL ? "" : body.ptr, body.len, 0, NULL);
	const char *name = json_string_value(json_object_get(doc, "error"));
	const char *text = json_string_value(json_object_get(doc, "message"));

	if (name == NULL || text == NULL)
		err_set(e, ERR_IO, "the node answered with status %ld", status);
	else
		client_refusal(name, text, e);
	json_decref(doc);
	return -1;
}

/* --- through the socket ----------------------------------------------------------------------- */

struct sink {
	struct buf *out;
	struct err *e;
};

static size_t
take(char *data, size_t size, size_t n, void *arg)
{
	struct sink *s = arg;

	return buf_add(s->out, data, size * n, s->e) == 0 ? size * n : 0;
}

static int
set_request(CURL *h, const char *path, const char *url, enum method method, struct span body,
    struct curl_slist *headers)
{
	curl_easy_reset(h);
	return curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, path) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
	    (method != METHOD_GET && (
	    curl_easy_setopt(h, CURLOPT_POST, 1L) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.ptr == NULL ? "" : body.ptr) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) != CURLE_OK)) ||
	    (method == METHOD_DELETE &&
	    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, "DELETE") != CURLE_OK) ? -1 : 0;
}

static int
call_socket(struct client *c, enum method method, const char *target, struct span body, struct buf *out,
    long *status, struct err *e)
{
	struct buf url = BUF_INIT(TARGET_BYTES_MAX + 64);
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	struct sink sink = { out, e };
	CURLcode code;
	int rc = -1;

	if (headers == NULL || buf_addf(&url, e, "http://localhost%s", target) == -1)
		goto out;
	if (set_request(c->curl, c->socket_path, url.ptr, method, body, headers) == -1 ||
	    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take) != CURLE_OK ||
	    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &sink) != CURLE_OK) {
		err_set(e, ERR_INTERNAL, "the request cannot be set up");
		goto out;
	}
	code = curl_easy_perform(c->curl);
	if (code == CURLE_OK) {
		curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, status);
		rc = 0;
	} else if (code != CURLE_WRITE_ERROR || e->code == ERR_NONE)
		err_set(e, ERR_IO, "the node on %s broke off: %s", c->socket_path, curl_easy_strerror(code));
out:
	curl_slist_free_all(headers);
	buf_clear(&url);
	return rc;
}

/* --- an address of somebody else's ---------------------------------------------------------------- */

#define FETCH_REDIRECTS_MAX	5
#define FETCH_SLOW_BYTES_S	100
#define FETCH_SLOW_S		60

struct fetched {
	FILE *out;
	uint64_t bytes;
	int full;
};

static size_t
keep(char *data, size_t size, size_t n, void *arg)
{
	struct fetched *f = arg;

	f->bytes += size * n;
	f->full = f->bytes > CLIENT_FETCH_MAX;
	return f->full ? 0 : fwrite(data, size, n, f->out) * size;
}

static int
set_fetch(CURL *h, const char *url, struct fetched *f)
{
	return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS_MAX) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_USERAGENT, "essaim/" ESSAIM_VERSION) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_SLOW_BYTES_S) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)FETCH_SLOW_S) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, f) == CURLE_OK;
}

int
client_fetch(const char *url, FILE *out, struct err *e)
{
	struct fetched f = { .out = out };
	CURL *h = curl_easy_init();
	CURLcode code;
	int rc = 0;

	if (h == NULL)
		return err_memory(e);
	if (!set_fetch(h, url, &f))
		rc = err_set(e, ERR_INTERNAL, "the request cannot be set up");
	else if ((code = curl_easy_perform(h)) != CURLE_OK)
		rc = f.full ? err_set(e, ERR_LIMIT, "%s is larger than %llu MiB", url,
		    (unsigned long long)(CLIENT_FETCH_MAX >> 20))
		    : err_set(e, ERR_IO, "%s: %s", url, curl_easy_strerror(code));
	curl_easy_cleanup(h);
	return rc;
}

static int
is_url(const char *path)
{
	return strncmp(path, "https://", 8) == 0 || strncmp(path, "http://", 7) == 0;
}

/* An address is fetched whole first: half of a source must not pass for all of it. */
FILE *
client_source(const char *path, struct err *e)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : is_url(path) ? tmpfile() : fopen(path, "rb");

	if (f == NULL)
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
	else if (is_url(path)) {
		if (client_fetch(path, f, e) == -1) {
			fclose(f);
			return NULL;
		}
		rewind(f);
	}
	return f;
}

/* --- either ------------------------------------------------------------------------------------ */

int
client_call(struct client *c, enum method method, const char *target, struct span body, struct buf *out,
    struct err *e)
{
	size_t start = out->len;
	long status = 0;
	int rc;

	rc = c->curl != NULL ? call_socket(c, method, target, body, out, &status, e)
	    : node_call(c->node, method, target, body, out, &status, e);
	if (rc == 0 && status >= 400)
		return read_refusal(status, (struct span){ out->ptr == NULL ? NULL : out->ptr + start,
		    out->len - start }, e);
	return rc;
}
