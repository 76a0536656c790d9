/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip.h - calling the other nodes: one thread, one curl multi handle, one conversation per peer.
 *
 * What to say is decided in proto/sync.h, without I/O; this module carries it, checks every
 * address it connects to, counts every byte, and backs off.  The only home of curl in the node.
 */
#ifndef NODE_GOSSIP_GOSSIP_H
#define NODE_GOSSIP_GOSSIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;
struct gossip;
struct node;

int	gossip_start(struct node *n, struct gossip **out, struct err *e);
void	gossip_stop(struct gossip *g);		/* bounded: requests under way are cut; NULL is fine */

/* Something new was committed here: tell the neighbours soon.  Any thread, never blocks. */
void	gossip_wake(struct gossip *g);
/* Refusals of this author (NULL: of anybody) may pass now: forget them and look again.  Any thread. */
void	gossip_loosened(struct gossip *g, const char *author);
/* The list of peers changed.  Any thread. */
void	gossip_peers_changed(struct gossip *g);

/* What one conversation did. */
struct gossip_report {
	char peer[512];
	int ok;
	char error[200];
	int equal;			/* both ends said the same state afterwards */
	size_t pulled, pushed;		/* records moved */
	size_t stored, refused, held, unresolved;
	size_t rounds, requests;
	uint64_t bytes_in, bytes_out;	/* on the wire, headers included, as curl counts them */
	char state_ours[33], state_theirs[33];	/* hex; empty when not said */
};

/* One full conversation with url, in the calling thread: pull, push, reconcile until equal or nothing
 * moves.  Works with and without a running gossip thread. */
int	gossip_sync(struct node *n, const char *url, struct gossip_report *out, struct err *e);

/* Fetch and check /.well-known/essaim of url: who is there.  json receives the document as served
 * (verified: the identity, node and territory records in it hold and belong together). */
struct meeting {
	char did[DIDKEY_CHARS + 1];
	char name[208];			/* of its node record */
	char territory[208];		/* of its territory record, or "" */
	char state[33];
	char software[64];		/* protocol, name and version, as it says */
	int64_t count;			/* versions in its set, as it says */
	int64_t clock_offset_s;		/* theirs minus ours */
};
/* The charter in a document that gossip_meet verified, or "".  In the arena. */
const char *gossip_charter(struct span json, struct arena *a);
int	gossip_meet(struct node *n, const char *url, struct meeting *out, struct buf *json, struct err *e);

/* Fetch what the operator of the node at url blocked, as that node publishes it; unchecked. */
int	gossip_block_list(struct node *n, const char *url, struct buf *out, struct err *e);

/* Keep the one who was met as a neighbour from now on; what is known of it already stays. */
int	gossip_keep(struct node *n, const char *url, const struct meeting *m, struct err *e);

/* Fetch a file of another directory whole: with the same guards as a peer, following a few redirections. */
struct download {
	const char *url;
	const char *etag, *modified;	/* of the version that is here already; "" none */
	FILE *to;			/* borrowed; what a failure leaves in it is worth nothing */
	size_t bytes_max;		/* decompressed */
	unsigned timeout_s;		/* for all of it */
	const _Atomic int *stop;	/* given up soon after it becomes 1; or NULL */
};
struct download_answer {
	int status;			/* HTTP; 304: the version that is here still holds */
	unsigned retry_after_s;		/* 0: not said */
	uint64_t bytes;
	char type[80], etag[256], modified[64];	/* headers; "" when absent */
};
/* ERR_LIMIT too long, ERR_TIMEOUT, ERR_FORBIDDEN an address that may not be called, ERR_IO. */
int	gossip_download(struct node *n, const struct download *d, struct download_answer *out, struct err *e);
/* Can it be fetched at all: http or https, a host, no user? */
int	gossip_download_ok(const char *url, struct err *e);

/* Is this numeric address one that a peer may have?  Private, loopback, link-local, CGNAT, multicast,
 * documentation, mapped and translated forms are refused unless allow_private (which permits loopback,
 * private and link-local only).  family AF_INET or AF_INET6, addr its sin_addr or sin6_addr. */
int	gossip_address_ok(int family, const void *addr, int allow_private);

#endif
