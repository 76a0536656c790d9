/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cache.c - see cache.h. */
#include "node/web/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/cached.h"
#include "proto/err.h"

struct slot {
	char *key;
	struct cached *page;
};

/* A page has one slot, the one its key hashes to; a later page takes the place of an earlier one. */
struct pages {
	pthread_mutex_t lock;
	int64_t generation;
	size_t bytes;
	struct slot slot[PAGES_COUNT_MAX];
};

int
pages_new(struct pages **out, struct err *e)
{
	struct pages *p = calloc(1, sizeof *p);

	if (p == NULL)
		return err_memory(e);
	pthread_mutex_init(&p->lock, NULL);
	*out = p;
	return 0;
}

static size_t
weight(const struct slot *s)
{
	return s->page == NULL ? 0 : cached_body(s->page).len + strlen(s->key) + 512;
}

static void
empty(struct pages *p, struct slot *s)
{
	p->bytes -= weight(s);
	cached_free(s->page);
	free(s->key);
	*s = (struct slot){ 0 };
}

static void
empty_all(struct pages *p)
{
	size_t i;

	for (i = 0; i < PAGES_COUNT_MAX; i++)
		empty(p, &p->slot[i]);
}

void
pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	empty_all(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct slot *
slot_of(struct pages *p, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return &p->slot[h % PAGES_COUNT_MAX];
}

struct cached *
pages_get(struct pages *p, int64_t generation, const char *key)
{
	struct cached *found = NULL;
	struct slot *s;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, key);
	if (p->generation == generation && s->key != NULL && strcmp(s->key, key) == 0)
		found = cached_ref(s->page);
	pthread_mutex_unlock(&p->lock);
	return found;
}

void
pages_put(struct pages *p, int64_t generation, const char *key, struct cached *page)
{
	char *copy = strdup(key);
	struct slot *s;

	if (copy == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	if (generation > p->generation) {
		empty_all(p);
		p->generation = generation;
	}
	if (generation == p->generation) {
		s = slot_of(p, key);
		empty(p, s);
		*s = (struct slot){ copy, cached_ref(page) };
		copy = NULL;
		p->bytes += weight(s);
		if (p->bytes > PAGES_BYTES_MAX)
			empty_all(p);
	}
	pthread_mutex_unlock(&p->lock);
	free(copy);
}
