/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.h - the secret keys this node holds, a few files per author.
 *
 * DIR/keys/NAME.root.key is an author's root: it signs identities and retirements
 * only, and is meant to be moved away from the machine, with NAME.next-root.key.
 * DIR/keys/NAME.operating.key signs everything else.  The node's own author is
 * "node" and its root is DIR/keys/root.key.  Files are 0600, written atomically;
 * secrets live in memory that is locked and wiped.
 */
#ifndef NODE_CORE_KEYRING_H
#define NODE_CORE_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;
struct keyring;

struct keyring_author {
	char did[DIDKEY_CHARS + 1];		/* the author: its first root */
	char name[64];				/* the file name's first part */
	int has_root;				/* the root's secret is on this machine */
	uint8_t operating_key[32];		/* public */
};

int	keyring_open(const char *dir, struct keyring **out, struct err *e);	/* reads DIR/keys; none is fine */
void	keyring_close(struct keyring *k);

size_t	keyring_count(const struct keyring *k);
const struct keyring_author *keyring_at(const struct keyring *k, size_t i);	/* 0: the node's own, the default */
const struct keyring_author *keyring_find(const struct keyring *k, struct span did_or_name);	/* or NULL */

/* Draw a root, an operating key and the next root.  next receives the SHA-256 of the next root's did:key. */
int	keyring_create(struct keyring *k, const char *name, uint8_t next[32],
	    const struct keyring_author **out, struct err *e);

/* The secret (64 bytes, libsodium's form), borrowed from locked memory, or NULL with e set to what is missing
 * and where it was looked for. */
const uint8_t *keyring_operating(const struct keyring *k, const struct keyring_author *a, struct err *e);
const uint8_t *keyring_root(const struct keyring *k, const struct keyring_author *a, struct err *e);

/* A secret of this node for keyed hashes (rids of imports, session cookies), one per purpose. */
void	keyring_derive(const struct keyring *k, const char *purpose, uint8_t out[32]);

#endif
