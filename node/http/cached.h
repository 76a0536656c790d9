/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cached.h - an answer made once and sent many times, without copying, hashing or compressing
 * it again: a style sheet, a rendered page.
 *
 * The same for everybody once made and counted by reference, so a cache may drop it while it
 * is being sent.  Safe to use from any thread.
 */
#ifndef NODE_HTTP_CACHED_H
#define NODE_HTTP_CACHED_H

#include "proto/buf.h"

struct cached;
struct err;
struct response;

/* Freeze a finished 200 answer: takes res->body (left empty), copies the strings, makes the entity tag when
 * res has none.  It is compressed when first sent so.  One reference, the caller's. */
int	cached_new(struct response *res, struct cached **out, struct err *e);

struct cached *cached_ref(struct cached *c);	/* one more; returns c */
void	cached_free(struct cached *c);		/* one less; the last frees.  NULL is fine */

struct span	cached_body(const struct cached *c);
const char	*cached_etag(const struct cached *c);	/* without quotes, for request_matches */

/* How a handler answers with it: res takes a reference of its own.  Returns 0. */
int	cached_answer(struct cached *c, struct response *res);

/* The entity tag of a body: 32 hexadecimal digits of BLAKE2b. */
#define ETAG_CHARS 32
void	etag_of(struct span body, char out[ETAG_CHARS + 1]);

/* For the adapter alone: the frozen answer (body included), whether compressing it is worth while, its
 * compressed body (made at the first call; len 0: none), and the adapter's own object for each of the two, kept with it.  cached_wire_set returns the one that
 * stays, which is another thread's when that came first (ours is then destroyed). */
enum cached_form { CACHED_PLAIN, CACHED_GZIP, CACHED__COUNT };
const struct response *cached_response(const struct cached *c);
int	cached_varies(const struct cached *c);
struct span	cached_gzip(struct cached *c);
void	*cached_wire(struct cached *c, enum cached_form form);
void	*cached_wire_set(struct cached *c, enum cached_form form, void *wire,
	    void (*destroy)(void *wire));

#endif
