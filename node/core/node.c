/* SPDX-License-Identifier: AGPL-3.0-or-later
 * node.c - making, opening, serving and closing a node; see node.h. */
#include "node/core/node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "node/api/api.h"
#include "node/api/jobs.h"
#include "node/core/file.h"
#include "node/api/places.h"
#include "node/core/gazetteer.h"
#include "node/core/indexer.h"
#include "node/core/intake.h"
#include "node/core/keyring.h"
#include "node/core/log.h"
#include "node/core/outline.h"
#include "node/core/own.h"
#include "node/core/scope.h"
#include "node/core/sources.h"
#include "node/core/tend.h"
#include "node/core/version.h"
#include "node/gossip/gossip.h"
#include "node/gossip/witness.h"
#include "node/http/server.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "node/web/web.h"
#include "proto/jcs.h"

#define PROXIES_MAX 16

/* What serving needs beside the node itself; the sockets borrow it. */
struct site {
	struct http_site http;
	char *proxies;
	const char *proxy[PROXIES_MAX];
	size_t proxy_count;
	char address[64];
	uint16_t port;
	char socket_path[PATH_MAX];
};

int64_t
node_now_ms(const struct node *n)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec + n->config.clock_offset_s) * 1000 + t.tv_nsec / 1000000;
}

int64_t
node_now(const struct node *n)
{
	return node_now_ms(n) / 1000;
}

static int64_t
now_hook(void *ctx)
{
	return node_now(ctx);
}

static void
committed(void *ctx, int64_t seq)
{
	struct node *n = ctx;
	struct indexer *indexer = n->indexer;

	(void)seq;
	if (indexer != NULL)
		indexer_wake(indexer);
	pthread_mutex_lock(&n->called);
	if (n->gossip != NULL)
		gossip_wake(n->gossip);
	if (n->http != NULL)
		http_wake(n->http);
	pthread_mutex_unlock(&n->called);
}

static void
loosened(void *ctx, const char *author)
{
	struct node *n = ctx;

	pthread_mutex_lock(&n->called);
	if (n->gossip != NULL)
		gossip_loosened(n->gossip, author);
	pthread_mutex_unlock(&n->called);
}

void
node_wake_http(struct node *n)
{
	pthread_mutex_lock(&n->called);
	if (n->http != NULL)
		http_wake(n->http);
	pthread_mutex_unlock(&n->called);
}

/* --- opening --------------------------------------------------------------------------------- */

static int
lock(struct node *n, struct err *e)
{
	char path[PATH_MAX];

	if (file_path(path, sizeof path, n->dir, "lock", e) == -1)
		return -1;
	if ((n->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
	if (flock(n->lock_fd, LOCK_EX | LOCK_NB) == -1)
		return err_set(e, ERR_BUSY, "another essaim is running on %s", n->dir);
	return 0;
}

static int
open_store(struct node *n, struct err *e)
{
	char path[PATH_MAX];
	struct store_config c = {
		.path = path, .now = now_hook, .now_ctx = n, .log = n->log,
		.hooks = { .ctx = n, .committed = committed, .loosened = loosened },
	};
	size_t i;

	if (scope_open(n->config.areas, n->config.kinds, n->gazetteer, &n->scope, e) == -1)
		return err_wrap(e, "essaim.conf");
	c.scope = scope_rule(n->scope);
	if (file_path(path, sizeof path, n->dir, "record.db", e) == -1 ||
	    config_admission(&n->config, &c.admission, e) == -1 || store_open(&c, &n->store, e) == -1)
		return -1;
	for (i = 0; i < keyring_count(n->keys); i++)
		if (store_own_author(n->store, keyring_at(n->keys, i)->did, e) == -1)
			return -1;
	return 0;
}

static int
open_search(struct node *n, struct err *e)
{
	char path[PATH_MAX];
	struct indexer *x;
	int fresh;

	if (file_path(path, sizeof path, n->dir, "search.db", e) == -1 ||
	    (fresh = search_open(path, store_history(n->store), &n->search, e)) == -1 ||
	    indexer_open(n, &x, e) == -1)
		return -1;
	n->indexer = x;
	if (fresh == 1 && store_seq(n->store) > 0)
		log_line(n->log, LEVEL_INFO, "search", "index begun anew", NULL);
	return 0;
}

static int
open_log(struct node *n, struct err *e)
{
	if ((n->log = calloc(1, sizeof *n->log)) == NULL)
		return err_memory(e);
	n->log->fd = 2;
	if (log_level_parse(n->config.log_level, &n->log->level) == -1)
		return err_set(e, ERR_USAGE, "log-level is error, warn, info or debug, not \"%s\"",
		    n->config.log_level);
	return 0;
}

int
node_open(const char *dir, struct node **out, struct err *e)
{
	struct node *n = calloc(1, sizeof *n);
	char path[PATH_MAX];

	if (n == NULL)
		return err_memory(e);
	n->lock_fd = -1;
	pthread_mutex_init(&n->called, NULL);
	pthread_rwlock_init(&n->signing, NULL);
	n->tables[0] = api_routes;
	n->tables[1] = web_routes;
	if (sodium_init() == -1) {
		err_set(e, ERR_INTERNAL, "libsodium does not start");
		goto fail;
	}
	if ((n->dir = realpath(dir, NULL)) == NULL) {
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "no node in %s (%s): \"essaim init --data %s"
		    " --name NAME\" makes one", dir, strerror(errno), dir);
		goto fail;
	}
	if (config_init(&n->config, e) == -1 || file_path(path, sizeof path, n->dir, "essaim.conf", e) == -1 ||
	    config_load(&n->config, path, e) == -1 || open_log(n, e) == -1 || lock(n, e) == -1 ||
	    keyring_open(n->dir, &n->keys, e) == -1 || gazetteer_open(NULL, &n->gazetteer, e) == -1 || places_load(n, e) == -1 ||
	    open_store(n, e) == -1 || open_search(n, e) == -1 ||
	    intake_start(n->store, (int)n->config.workers, &n->intake, e) == -1 || outline_open(NULL, &n->outline, e) == -1 ||
	    clock_start(n, e) == -1 ||
	    sources_open(n, &n->sources, e) == -1 || jobs_open(n, &n->jobs, e) == -1 || web_open(n, &n->web, e) == -1)
		goto fail;
	n->started = node_now(n);
	*out = n;
	return 0;
fail:
	node_close(n);
	return -1;
}

void
node_close(struct node *n)
{
	struct http *http;
	struct gossip *gossip;
	struct indexer *indexer;

	if (n == NULL)
		return;
	sources_halt(n->sources);	/* handlers and jobs may be waiting for a look to end, or for a neighbour */
	witness_halt(n->witness);
	/* Handlers first: they hold on to gossip while they run; then what they started. */
	pthread_mutex_lock(&n->called);
	http = n->http;
	n->http = NULL;
	pthread_mutex_unlock(&n->called);
	http_stop(http);
	jobs_close(n->jobs);
	witness_stop(n->witness);
	n->witness = NULL;
	sources_free(n->sources);
	pthread_mutex_lock(&n->called);
	gossip = n->gossip;
	n->gossip = NULL;
	pthread_mutex_unlock(&n->called);
	gossip_stop(gossip);
	web_close(n->web);
	intake_stop(n->intake);
	indexer = n->indexer;
	if (indexer != NULL) {
		struct err e;

		indexer_halt(indexer);
		indexer_catch_up(indexer, &e);	/* what a command wrote in process is found at once */
	}
	if (n->store != NULL)
		store_close(n->store);	/* the hooks are quiet from here on */
	n->indexer = NULL;
	indexer_free(indexer);
	search_close(n->search);
	keyring_close(n->keys);
	scope_close(n->scope);
	gazetteer_close(n->gazetteer);
	outline_close(n->outline);
	config_clear(&n->config);
	if (n->site != NULL)
		free(n->site->proxies);
	free(n->site);
	if (n->lock_fd != -1)
		close(n->lock_fd);
	pthread_mutex_destroy(&n->called);
	pthread_rwlock_destroy(&n->signing);
	free(n->log);
	free(n->dir);
	free(n);
}

/* --- serving --------------------------------------------------------------------------------- */

/* "127.0.0.1:8420", "[::1]:8420", ":8420" (every IPv6 and IPv4 address). */
static int
parse_listen(const char *listen, struct site *s, struct err *e)
{
	const char *colon = strrchr(listen, ':');
	struct span host = { listen, colon == NULL ? 0 : (size_t)(colon - listen) };
	char *end;
	long port;

	if (colon == NULL)
		return err_set(e, ERR_USAGE, "listen is ADDRESS:PORT, not \"%s\"", listen);
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port < 0 || port > 65535)
		return err_set(e, ERR_USAGE, "\"%s\" is no port", colon + 1);
	if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
		host.ptr++;
		host.len -= 2;
	}
	if (host.len == 0)
		host = SPAN("::");
	if (host.len >= sizeof s->address)
		return err_set(e, ERR_USAGE, "\"%s\" is no address", listen);
	memcpy(s->address, host.ptr, host.len);
	s->address[host.len] = '\0';
	s->port = (uint16_t)port;
	return 0;
}

static int
parse_proxies(const char *list, struct site *s, struct err *e)
{
	char *p, *save = NULL;

	if ((s->proxies = strdup(list)) == NULL)
		return err_memory(e);
	for (p = strtok_r(s->proxies, ", ", &save); p != NULL; p = strtok_r(NULL, ", ", &save)) {
		if (s->proxy_count == PROXIES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d trusted-proxies", PROXIES_MAX);
		s->proxy[s->proxy_count++] = p;
	}
	return 0;
}

void
node_site(struct node *n, struct http_site *out)
{
	*out = (struct http_site){
		.node = n, .table = n->tables, .table_count = sizeof n->tables / sizeof n->tables[0],
		.authorise = web_authorise, .error = web_error,
	};
}

int
node_serve(struct node *n, struct err *e)
{
	struct site *s = n->site = calloc(1, sizeof *s);
	struct http_config c = { .log = n->log };
	struct http *http;
	struct gossip *gossip;
	struct witness *witness;
	int64_t since;
	int waits;

	if (s == NULL)
		return err_memory(e);
	if (parse_listen(n->config.listen, s, e) == -1 ||
	    parse_proxies(n->config.trusted_proxies, s, e) == -1 ||
	    file_path(s->socket_path, sizeof s->socket_path, n->dir, "control.sock", e) == -1)
		return -1;
	node_site(n, &s->http);
	c.site = &s->http;
	c.address = s->address;
	c.port = s->port;
	c.socket_path = s->socket_path;
	c.threads = (unsigned)n->config.threads;
	c.proxy = s->proxy;
	c.proxy_count = s->proxy_count;
	if ((waits = restore_waits(n, &since, e)) == -1 ||
	    (!waits && clock_check(n, e) == 0 && node_announce(n, e) == -1))
		return -1;
	if (indexer_start(n->indexer, e) == -1 || http_start(&c, &http, e) == -1)
		return -1;
	n->http = http;
	if (gossip_start(n, &gossip, e) == -1)
		return -1;
	n->gossip = gossip;
	if (witness_start(n, &witness, e) == -1)
		return -1;
	n->witness = witness;
	return sources_start(n->sources, e);
}

/* --- making ---------------------------------------------------------------------------------- */

static int
put_json(struct node *n, enum kind kind, json_t *doc, struct err *e)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	struct node_put put = { .kind = kind };
	struct node_put_result result;
	int rc = -1;

	if (doc == NULL)
		err_set(e, ERR_INPUT, "a text is not UTF-8");
	else if (jcs_emit(doc, &content, e) == 0) {
		put.content = buf_span(&content);
		rc = node_put(n, &put, &result, e);
	}
	json_decref(doc);
	buf_clear(&content);
	return rc;
}

int
node_announce(struct node *n, struct err *e)
{
	const struct config *c = &n->config;
	json_t *doc = json_pack("{s:s, s:s, s:s}", "name", c->name[0] != '\0' ? c->name : "Essaim",
	    "software", "essaim/" ESSAIM_VERSION, "policy", c->admission);

	if (keyring_count(n->keys) == 0) {
		json_decref(doc);
		return 0;
	}
	if (c->url[0] != '\0')
		json_object_set_new(doc, "urls", json_pack("[s]", c->url));
	if (c->contact[0] != '\0')
		json_object_set_new(doc, "contact", json_string(c->contact));
	return put_json(n, KIND_NODE, doc, e);
}

static json_t *
areas_json(const char *areas)
{
	json_t *list = json_array();
	struct span rest = span_str(areas);

	while (rest.len > 0) {
		struct span one = span_trim(span_cut(&rest, ','));

		if (one.len > 0)
			json_array_append_new(list, json_stringn(one.ptr, one.len));
	}
	return list;
}

static int
write_config(const struct node_init *i, struct err *e)
{
	char path[PATH_MAX];
	struct config c;
	int rc = -1;

	if (config_init(&c, e) == -1)
		return -1;
	if (file_path(path, sizeof path, i->dir, "essaim.conf", e) == 0) {
		if (access(path, F_OK) == 0)
			err_set(e, ERR_CONFLICT, "%s is there already: this directory has a node", path);
		else if (config_set(&c, "name", i->name, e) == 0 &&
		    (i->url == NULL || config_set(&c, "url", i->url, e) == 0) &&
		    (i->lang == NULL || config_set(&c, "lang", i->lang, e) == 0) &&
		    (i->hold_areas == NULL || config_set(&c, "areas", i->hold_areas, e) == 0) &&
		    (i->hold_kinds == NULL || config_set(&c, "kinds", i->hold_kinds, e) == 0))
			rc = config_write(&c, path, e);
	}
	config_clear(&c);
	return rc;
}

static json_t *
territory_json(const struct node_init *i)
{
	json_t *doc = json_pack("{s:s}", "name", i->name);

	if (doc != NULL && i->areas != NULL)
		json_object_set_new(doc, "areas", areas_json(i->areas));
	return doc;
}

/* What will be signed is checked before anything is made, so that a mistyped code can be put right. */
static int
check_territory(const struct node_init *i, struct err *e)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	json_t *doc = territory_json(i);
	int rc = doc == NULL ? err_set(e, ERR_INPUT, "the name is not UTF-8 text") : jcs_emit(doc, &content, e);

	if (rc == 0)
		rc = kind_check(KIND_TERRITORY, buf_span(&content), NULL, e);
	json_decref(doc);
	buf_clear(&content);
	return rc;
}

static int
check_scope(const struct node_init *i, struct err *e)
{
	struct gazetteer *g = NULL;
	struct scope *s = NULL;
	int rc = gazetteer_open(NULL, &g, e);

	if (rc == 0)
		rc = scope_open(i->hold_areas == NULL ? "" : i->hold_areas,
		    i->hold_kinds == NULL ? "" : i->hold_kinds, g, &s, e);
	scope_close(s);
	gazetteer_close(g);
	return rc;
}

int
node_init(const struct node_init *i, struct err *e)
{
	const struct keyring_author *a;
	struct node *n = NULL;
	int rc = -1;

	if (check_territory(i, e) == -1 || check_scope(i, e) == -1)
		return -1;
	if (file_mkdir(i->dir, e) == -1 || write_config(i, e) == -1 || node_open(i->dir, &n, e) == -1)
		return -1;
	if (own_author_create(n, "node", &a, e) == -1 || node_announce(n, e) == -1)
		goto out;
	rc = put_json(n, KIND_TERRITORY, territory_json(i), e);
out:
	node_close(n);
	return rc;
}
