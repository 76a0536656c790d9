/* SPDX-License-Identifier: AGPL-3.0-or-later
 * session.c - see session.h. */
#include "node/web/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"

struct pass {
	uint8_t hash[32];
	int64_t until;		/* 0: empty */
};

struct sessions {
	pthread_mutex_t lock;
	uint8_t key[32];
	struct pass link[LOGIN_LINKS_MAX], session[SESSIONS_MAX];
};

int
sessions_new(struct sessions **out, struct err *e)
{
	struct sessions *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(e);
	pthread_mutex_init(&s->lock, NULL);
	randombytes_buf(s->key, sizeof s->key);
	*out = s;
	return 0;
}

void
sessions_free(struct sessions *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	sodium_memzero(s, sizeof *s);
	free(s);
}

/* purpose: 's' for what is kept of a token, 'c' for the token that forms carry. */
static void
hash_of(const struct sessions *s, char purpose, const char *token, uint8_t out[32])
{
	crypto_generichash_state h;

	crypto_generichash_init(&h, s->key, sizeof s->key, 32);
	crypto_generichash_update(&h, (const uint8_t *)&purpose, 1);
	crypto_generichash_update(&h, (const uint8_t *)token, strlen(token));
	crypto_generichash_final(&h, out, 32);
}

static void
encode(const uint8_t bytes[32], char out[TOKEN_CHARS + 1])
{
	sodium_bin2base64(out, TOKEN_CHARS + 1, bytes, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static struct pass *
find(struct pass *p, size_t count, const uint8_t hash[32], int64_t now_s)
{
	struct pass *found = NULL;
	size_t i;

	for (i = 0; i < count; i++)
		if (sodium_memcmp(p[i].hash, hash, 32) == 0 && p[i].until > now_s)
			found = &p[i];
	return found;
}

/* The place of the pass that ends first: an empty one when there is any. */
static struct pass *
oldest(struct pass *p, size_t count)
{
	struct pass *o = p;
	size_t i;

	for (i = 1; i < count; i++)
		if (p[i].until < o->until)
			o = &p[i];
	return o;
}

static void
issue(struct sessions *s, struct pass *p, size_t count, int64_t until, char token[TOKEN_CHARS + 1])
{
	uint8_t bytes[32];
	struct pass *place = oldest(p, count);

	randombytes_buf(bytes, sizeof bytes);
	encode(bytes, token);
	hash_of(s, 's', token, place->hash);
	place->until = until;
}

void
session_invite(struct sessions *s, int64_t now_s, char token[TOKEN_CHARS + 1])
{
	pthread_mutex_lock(&s->lock);
	issue(s, s->link, LOGIN_LINKS_MAX, now_s + LOGIN_LINK_S, token);
	pthread_mutex_unlock(&s->lock);
}

int
session_open(struct sessions *s, const char *invitation, int64_t now_s, char token[TOKEN_CHARS + 1])
{
	uint8_t hash[32];
	struct pass *p;

	hash_of(s, 's', invitation, hash);
	pthread_mutex_lock(&s->lock);
	p = find(s->link, LOGIN_LINKS_MAX, hash, now_s);
	if (p != NULL) {
		*p = (struct pass){ .until = 0 };
		issue(s, s->session, SESSIONS_MAX, now_s + SESSION_S, token);
	}
	pthread_mutex_unlock(&s->lock);
	return p != NULL;
}

int
session_holds(struct sessions *s, const char *token, int64_t now_s)
{
	uint8_t hash[32];
	int holds;

	if (token == NULL)
		return 0;
	hash_of(s, 's', token, hash);
	pthread_mutex_lock(&s->lock);
	holds = find(s->session, SESSIONS_MAX, hash, now_s) != NULL;
	pthread_mutex_unlock(&s->lock);
	return holds;
}

void
session_close(struct sessions *s, const char *token)
{
	uint8_t hash[32];
	struct pass *p;

	if (token == NULL)
		return;
	hash_of(s, 's', token, hash);
	pthread_mutex_lock(&s->lock);
	if ((p = find(s->session, SESSIONS_MAX, hash, 0)) != NULL)
		*p = (struct pass){ .until = 0 };
	pthread_mutex_unlock(&s->lock);
}

void
session_csrf(const struct sessions *s, const char *token, char out[TOKEN_CHARS + 1])
{
	uint8_t hash[32];

	hash_of(s, 'c', token == NULL ? "" : token, hash);
	encode(hash, out);
}

int
session_csrf_ok(const struct sessions *s, const char *token, const char *csrf)
{
	char want[TOKEN_CHARS + 1];

	session_csrf(s, token, want);
	return csrf != NULL && strlen(csrf) == TOKEN_CHARS && sodium_memcmp(want, csrf, TOKEN_CHARS) == 0;
}
