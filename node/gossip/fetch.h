/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fetch.h - one HTTP request to a peer, with everything curl must be told about hostile territory.
 *
 * Private to node/gossip.  A fetch belongs to one thread and carries one request at a time; it keeps
 * its connection for the next one.
 */
#ifndef NODE_GOSSIP_FETCH_H
#define NODE_GOSSIP_FETCH_H

#include <stdint.h>
#include <stdio.h>

#include <curl/curl.h>

#include "proto/buf.h"

struct err;
struct fetch;
struct node;

struct fetch_request {
	const char *base;		/* the peer's url */
	const char *path;		/* from "/", with query */
	int post;
	const char *type;		/* of the body */
	struct span body;		/* borrowed until the answer */
	size_t response_bytes_max;	/* decompressed */
	unsigned wait_s;		/* silence that is no failure */
	const char *who;		/* "the source", in messages; NULL: the peer */
	FILE *to;			/* where the body goes instead of the answer's; or NULL */
	const char *etag, *modified;	/* asked only for what is not this version; NULL or "" */
	unsigned total_s;		/* for all of it; 0: as long as peers have */
	int follow;			/* redirections: each address it leads to is checked like the first */
};

struct fetch_answer {
	int status;
	unsigned retry_after_s;
	struct buf body;		/* the caller's to clear */
	uint64_t body_bytes;		/* decompressed */
	char type[80], etag[256], modified[64];	/* headers; "" when absent or too long to keep */
};

/* owner comes back from fetch_owner when curl reports on the handle. */
int	fetch_new(int allow_private, void *owner, struct fetch **out, struct err *e);
void	fetch_free(struct fetch *f);			/* not while one is under way; NULL is fine */
void	*fetch_owner(CURL *easy);

/* Is url one that can be called: http or https, a host, no user, query or fragment? */
int	fetch_url_ok(const char *url, struct err *e);

int	fetch_begin(struct fetch *f, CURLM *multi, const struct fetch_request *r, struct err *e);
/* curl is through with it: 0 and the answer, or -1 with the reason in plain words. */
int	fetch_end(struct fetch *f, CURLM *multi, CURLcode code, struct fetch_answer *out, struct err *e);
void	fetch_abort(struct fetch *f, CURLM *multi);	/* cut a request under way; none is fine */

/* One request, in the caller's own thread.  stop: given up soon after it becomes 1, ERR_BUSY; or NULL. */
int	fetch_now(struct node *n, const struct fetch_request *r, const _Atomic int *stop, struct fetch_answer *out,
	    struct err *e);

/* Bytes on the wire since fetch_new, headers included, TLS not. */
uint64_t fetch_bytes_in(const struct fetch *f);
uint64_t fetch_bytes_out(const struct fetch *f);

#endif
