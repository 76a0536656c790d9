/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.h - what this node was told to forget: the list that keeps it from coming back, which neighbour has
 * forgotten it too, and the files made from this node that may still hold it (SPEC: Erasure and blocks).
 *
 * Part of record.db, so that it goes with a backup.
 */
#ifndef NODE_STORE_ERASE_H
#define NODE_STORE_ERASE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/ref.h"

struct err;
struct reader;
struct store;

#define ERASURES_MAX 100000	/* names kept on the list */

struct erasure {
	const char *ref;
	int own;		/* an author's whose key is here: a deletion that every node takes */
	int64_t since;		/* Unix seconds */
	int64_t allowed;	/* 0, or when the operator let it come back */
};

/* Put a name on the list, with the keyed hashes of the rows of sources that it came from, and drop those rows,
 * what is kept aside under the name, and for a foreign name the record itself (as a block does).  Twice is
 * harmless. */
int	store_erase(struct store *s, const struct ref *ref, int own, const uint8_t (*item)[32], size_t items,
	    struct err *e);
/* Let it come back: a foreign record with the next exchange; an own one under a new name, since names are
 * never used again.  ERR_NOT_FOUND when it is not on the list. */
int	store_erase_allow(struct store *s, const char *ref, struct err *e);

/* Newest first, into the arena; ref NULL: all of them. */
int	store_erasures(struct reader *r, const char *ref, struct arena *a, struct erasure **out, size_t *n,
	    struct err *e);
/* 1 it is on the list and not allowed again, 2 allowed again, 0 not on it, -1. */
int	store_erased(struct reader *r, const char *ref, struct err *e);
/* The same for a row of a source, by its keyed hash. */
int	store_erased_item(struct reader *r, const uint8_t hash[32], struct err *e);

/* --- who has confirmed ----------------------------------------------------------------------- */

enum erased_there {
	THERE_UNASKED,		/* not asked yet */
	THERE_GONE,		/* it says 410: deleted, blocked or erased there */
	THERE_ABSENT,		/* it says 404: it has nothing of that name */
	THERE_SERVED,		/* it still shows it */
	THERE_REFUSED,		/* it does not take the deletion; detail: why */
	THERE_UNREACHABLE,	/* detail: why */
	THERE__COUNT
};

struct erased_peer {
	const char *url, *name;	/* name: of a neighbour that is still one, else "" */
	enum erased_there state;
	int neighbour;		/* still one, and not blocked */
	int64_t asked, tries, confirmed;
	const char *detail;
};

/* One row per neighbour, asked or not, and those who once answered. */
int	store_erased_peers(struct reader *r, const char *ref, struct arena *a, struct erased_peer **out, size_t *n,
	    struct err *e);
/* Note an answer, unless the name is no longer on the list. */
int	store_erased_peer_put(struct store *s, const char *ref, const struct erased_peer *p, struct err *e);

/* --- files ------------------------------------------------------------------------------------ */

struct made_file {
	const char *path, *what;	/* "bundle", "export", "backup" */
	int64_t made;
};
int	store_made_files(struct reader *r, struct arena *a, struct made_file **out, size_t *n, struct err *e);
int	store_made_file_put(struct store *s, const char *path, const char *what, struct err *e);
int	store_made_file_delete(struct store *s, const char *path, struct err *e);

#endif
