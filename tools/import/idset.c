/* SPDX-License-Identifier: AGPL-3.0-or-later
 * idset.c - see idset.h: open addressing, at most half full. */
#include "tools/import/idset.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"

#define CAP_MIN 1024

static uint64_t
digest(struct span text)
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	uint64_t h;

	crypto_generichash(hash, sizeof hash, (const unsigned char *)text.ptr, text.len, NULL, 0);
	memcpy(&h, hash, sizeof h);
	return h == 0 ? 1 : h;
}

/* Where h is, or the free slot where it would go. */
static size_t
place(const struct idset *s, uint64_t h)
{
	size_t i = (size_t)h & (s->cap - 1);

	while (s->slot[i] != 0 && s->slot[i] != h)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static int
grow(struct idset *s, struct err *e)
{
	struct idset bigger = { .cap = s->cap == 0 ? CAP_MIN : s->cap * 2, .count = s->count };
	size_t i;

	if ((bigger.slot = calloc(bigger.cap, sizeof *bigger.slot)) == NULL)
		return err_memory(e);
	for (i = 0; i < s->cap; i++)
		if (s->slot[i] != 0)
			bigger.slot[place(&bigger, s->slot[i])] = s->slot[i];
	free(s->slot);
	*s = bigger;
	return 0;
}

int
idset_add(struct idset *s, struct span text, struct err *e)
{
	uint64_t h = digest(text);
	size_t i;

	if (s->count * 2 >= s->cap && grow(s, e) == -1)
		return -1;
	i = place(s, h);
	if (s->slot[i] == h)
		return 0;
	s->slot[i] = h;
	s->count++;
	return 1;
}

int
idset_has(const struct idset *s, struct span text)
{
	return s->cap > 0 && s->slot[place(s, digest(text))] != 0;
}

void
idset_clear(struct idset *s)
{
	free(s->slot);
	*s = (struct idset){ 0 };
}
