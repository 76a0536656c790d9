/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cached.c - see cached.h. */
#include "node/http/cached.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <sodium.h>

#include "node/http/gzip.h"
#include "node/http/response.h"
#include "proto/err.h"

struct cached {
	atomic_uint refs;
	struct response res;	/* strings in arena */
	pthread_mutex_t packing;
	atomic_int packed;	/* gzip is what it will be */
	struct buf gzip;
	struct arena arena;
	_Atomic(void *) wire[CACHED__COUNT];
	void (*_Atomic wire_destroy)(void *);
};

void
etag_of(struct span body, char out[ETAG_CHARS + 1])
{
	unsigned char hash[ETAG_CHARS / 2];

	crypto_generichash(hash, sizeof hash, (const unsigned char *)body.ptr, body.len, NULL, 0);
	sodium_bin2hex(out, ETAG_CHARS + 1, hash, sizeof hash);
}

/* Copy one string of the answer into the arena. */
static int
keep(struct arena *arena, const char **s, struct err *e)
{
	if (*s == NULL)
		return 0;
	return (*s = arena_copy(arena, span_str(*s))) == NULL ? err_memory(e) : 0;
}

static int
keep_strings(struct cached *c, struct err *e)
{
	const char **string[] = { &c->res.type, &c->res.location, &c->res.etag,
		&c->res.cache_control, &c->res.disposition, &c->res.csp };
	size_t i;

	for (i = 0; i < sizeof string / sizeof string[0]; i++)
		if (keep(&c->arena, string[i], e) == -1)
			return -1;
	for (i = 0; i < c->res.extra_count; i++)
		if (keep(&c->arena, &c->res.extra[i].name, e) == -1 ||
		    keep(&c->arena, &c->res.extra[i].value, e) == -1)
			return -1;
	return 0;
}

int
cached_new(struct response *res, struct cached **out, struct err *e)
{
	struct cached *c;
	char etag[ETAG_CHARS + 1];

	assert(res->status == 200 && res->stream.read == NULL && res->cached == NULL);
	if (res->etag == NULL) {
		etag_of(buf_span(&res->body), etag);
		res->etag = etag;
	}
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(e);
	c->refs = 1;
	c->gzip.max = RESPONSE_BYTES_MAX;
	c->res = *res;
	c->res.body = (struct buf)BUF_INIT(res->body.max);
	pthread_mutex_init(&c->packing, NULL);
	if (keep_strings(c, e) == -1) {
		cached_free(c);
		return -1;
	}
	c->res.body = res->body;
	res->body = (struct buf)BUF_INIT(RESPONSE_BYTES_MAX);
	if (res->etag == etag)
		res->etag = NULL;
	*out = c;
	return 0;
}

struct cached *
cached_ref(struct cached *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
cached_free(struct cached *c)
{
	size_t i;

	if (c == NULL || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	for (i = 0; i < CACHED__COUNT; i++)
		if (c->wire[i] != NULL)
			c->wire_destroy(c->wire[i]);
	buf_clear(&c->gzip);
	buf_clear(&c->res.body);
	arena_clear(&c->arena);
	pthread_mutex_destroy(&c->packing);
	free(c);
}

struct span
cached_body(const struct cached *c)
{
	return buf_span(&c->res.body);
}

const char *
cached_etag(const struct cached *c)
{
	return c->res.etag;
}

int
cached_answer(struct cached *c, struct response *res)
{
	response_clear(res);
	res->cached = cached_ref(c);
	return 0;
}

const struct response *
cached_response(const struct cached *c)
{
	return &c->res;
}

int
cached_varies(const struct cached *c)
{
	return gzip_is_worth(c->res.type, c->res.body.len);
}

/* Failing to compress is no failure: then the plain form is sent. */
struct span
cached_gzip(struct cached *c)
{
	struct err ignored;

	if (!atomic_load(&c->packed)) {
		pthread_mutex_lock(&c->packing);
		if (!atomic_load(&c->packed)) {
			if (!cached_varies(c) || gzip_pack(buf_span(&c->res.body), GZIP_LEVEL_KEPT, &c->gzip,
			    &ignored) == -1 || c->gzip.len >= c->res.body.len)
				buf_clear(&c->gzip);
			atomic_store(&c->packed, 1);
		}
		pthread_mutex_unlock(&c->packing);
	}
	return buf_span(&c->gzip);
}

void *
cached_wire(struct cached *c, enum cached_form form)
{
	return atomic_load(&c->wire[form]);
}

void *
cached_wire_set(struct cached *c, enum cached_form form, void *wire, void (*destroy)(void *wire))
{
	void *there = NULL;

	c->wire_destroy = destroy;
	if (atomic_compare_exchange_strong(&c->wire[form], &there, wire))
		return wire;
	destroy(wire);
	return there;
}
