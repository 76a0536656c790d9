/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cache.h - rendered pages, kept until the next record changes.
 *
 * A generation is a number that rises with whatever the pages show; a page of another generation is
 * never answered with.  Bounded in pages and bytes.  Any thread.
 */
#ifndef NODE_WEB_CACHE_H
#define NODE_WEB_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cached;
struct err;
struct pages;

#define PAGES_COUNT_MAX		1024
#define PAGES_BYTES_MAX		((size_t)24 << 20)

int	pages_new(struct pages **out, struct err *e);
void	pages_free(struct pages *p);

/* The page kept under key, with a reference for the caller, or NULL. */
struct cached	*pages_get(struct pages *p, int64_t generation, const char *key);
/* Keep a page (a reference of the cache's own), unless a later generation is here already. */
void		 pages_put(struct pages *p, int64_t generation, const char *key, struct cached *page);

#endif
