/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mem.c - see mem.h. */
#include "tools/sim/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mem_must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "essaim-sim: %s\n", what);
	exit(1);
}

void *
mem_new(size_t count, size_t size)
{
	void *p = calloc(count == 0 ? 1 : count, size);

	mem_must(p == NULL ? -1 : 0, "no memory");
	return p;
}

void
mem_fit(void *array, size_t *cap, size_t at, size_t size)
{
	char *p;
	size_t n = *cap == 0 ? 8 : *cap;

	if (at < *cap)
		return;
	while (n <= at)
		n += n < 1 << 16 ? n : n / 4;
	memcpy(&p, array, sizeof p);
	p = realloc(p, n * size);
	mem_must(p == NULL ? -1 : 0, "no memory");
	memset(p + *cap * size, 0, (n - *cap) * size);
	memcpy(array, &p, sizeof p);
	*cap = n;
}
