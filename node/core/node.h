/* SPDX-License-Identifier: AGPL-3.0-or-later
 * node.h - one running node: what owns what, and how it starts and stops.
 *
 * node_open lights up the store, the keys and the search index under DIR, with a
 * lock so that there is never a second writer; node_serve adds the HTTP server, the
 * control socket and gossip.  The command line opens a node without serving when
 * none runs, and dispatches the same handlers in process.
 */
#ifndef NODE_CORE_NODE_H
#define NODE_CORE_NODE_H

#include <pthread.h>
#include <stdint.h>

#include "node/core/config.h"
#include "node/http/route.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/kind.h"
#include "proto/record.h"
#include "proto/ref.h"

struct gazetteer;
struct gossip;
struct http;
struct importer;
struct indexer;
struct intake;
struct jobs;
struct keyring;
struct log;
struct outline;
struct scope;
struct search;
struct site;
struct sources;
struct store;
struct web;
struct witness;

struct node {
	char *dir;
	int lock_fd;
	struct config config;
	struct log *log;
	struct keyring *keys;
	pthread_rwlock_t signing;	/* held with others while signing, alone while keys change */
	struct store *store;
	struct intake *intake;		/* verification pool */
	struct search *search;
	_Atomic(struct indexer *) indexer;	/* record.db -> search.db, and housekeeping */
	struct gazetteer *gazetteer;	/* communes; may be empty */
	struct scope *scope;		/* which part of it all this node holds */
	struct outline *outline;	/* land and borders under the map; may be empty */
	_Atomic(struct gossip *) gossip;	/* NULL when not serving */
	_Atomic(struct witness *) witness;	/* NULL when not serving */
	_Atomic(struct http *) http;		/* NULL when not serving */
	struct jobs *jobs;		/* what the operator asked for and takes long */
	struct sources *sources;	/* other directories that are looked at again and again */
	const struct importer *importer;	/* readers of other directories; NULL: none (importer.h) */
	struct web *web;		/* sessions, caches of pages */
	struct route_table tables[2];	/* the API's and the pages' */
	struct site *site;		/* what the sockets borrow while serving */
	pthread_mutex_t called;		/* held while a hook calls gossip or http, so that neither goes meanwhile */
	int64_t started;		/* Unix seconds, the node's clock */
	int64_t clock_base_s;		/* clock.h: the clock minus the machine's own count, at the last look */
	_Atomic int clock_doubted;	/* it may not sign */
	_Atomic int clock_fell;		/* it was put back since this node was last sure, and nobody has agreed yet */
};

/* Create DIR: configuration, keys, first identity, node and territory records. */
struct node_init {
	const char *dir, *name;
	const char *areas;		/* INSEE codes of its territory, comma separated, or NULL */
	const char *hold_areas;		/* and of what it holds: "areas" of the configuration, or NULL */
	const char *hold_kinds;		/* "kinds" of the configuration, or NULL */
	const char *url;		/* public address or NULL */
	const char *lang;		/* NULL: fr */
};
int	node_init(const struct node_init *i, struct err *e);

int	node_open(const char *dir, struct node **out, struct err *e);	/* ERR_BUSY when another process has it */
int	node_serve(struct node *n, struct err *e);			/* listens; returns at once */
void	node_close(struct node *n);					/* stops what runs; NULL is fine */

/* Something that a waiting request may be waiting for has changed.  Any thread. */
void	node_wake_http(struct node *n);

/* What http_dispatch needs: for serving, and for the command line in process. */
void	node_site(struct node *n, struct http_site *out);

int64_t	node_now(const struct node *n);		/* Unix seconds, moved by clock-offset-s */
int64_t	node_now_ms(const struct node *n);

/* Write a record of an author whose operating key this node holds: signs, checks the content rules,
 * stores, waits for the commit.  updated becomes max(now, previous + 1).  When the same content already
 * stands nothing is written. */
struct node_put {
	const char *author;		/* did or key name; NULL: the node's own */
	enum kind kind;
	const char *rid;		/* NULL: a fresh one ("self" for kinds of which there is one) */
	const char *lang, *license;	/* NULL: the configuration's language, etalab-2.0 */
	struct span content;		/* JSON object text */
};

enum put_outcome { PUT_SAME, PUT_NEW, PUT_CHANGED };

struct node_put_result {
	char ref[REF_CHARS_MAX + 1];
	int rc;				/* 0, or -1 with err and, for faulty content, faults */
	enum put_outcome outcome;
	struct err err;
	struct faults faults;
};

/* One commit for all of them; each item has its own outcome.  Returns -1 only when nothing was done. */
int	node_put_many(struct node *n, const struct node_put *p, size_t count, struct node_put_result *out,
	    struct err *e);
/* One: -1 when it was refused, with the reason in e and in *out. */
int	node_put(struct node *n, const struct node_put *p, struct node_put_result *out, struct err *e);
/* A tombstone for an own record. */
int	node_delete(struct node *n, const struct ref *ref, struct err *e);

/* Add an author of this node: keys, identity, territory record, and a vouch by the node's own author. */
int	node_author_add(struct node *n, const char *name, char did[DIDKEY_CHARS + 1], struct err *e);
/* Bring the node record in line with the configuration (name, address, policy, contact). */
int	node_announce(struct node *n, struct err *e);
/* Vouch for a subject, with its commitment when its identity is known (hops, budget: -1 for the defaults). */
int	node_vouch(struct node *n, const char *did, int hops, int64_t budget, struct err *e);
/* The reference of this node's standing vouch for a subject: 1 found, 0 none, -1. */
int	node_vouch_find(struct node *n, const char *did, char ref[REF_CHARS_MAX + 1], struct err *e);
/* Vouch for an author of this node unless it does so already, with room for all that the author has. */
int	node_vouch_standing(struct node *n, const char *did, struct err *e);

#endif
