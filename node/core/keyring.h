/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.h - the secret keys this node holds, a few files per author.
 *
 * DIR/keys/NAME.root.key is an author's root: it signs identities and retirements
 * only, and is meant to be moved away from the machine, with NAME.next-root.key.
 * DIR/keys/NAME.operating.key signs everything else.  The node's own author is
 * "node" and its root is DIR/keys/root.key.  Files are 0600, written atomically,
 * and may be locked by one passphrase of the folder (keyfile.h); secrets live in
 * memory that is locked and wiped.
 *
 * An author's secrets change (keyring_promote) and go (keyring_remove) only while
 * the caller holds node.signing alone; whoever signs holds it with others.
 */
#ifndef NODE_CORE_KEYRING_H
#define NODE_CORE_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "node/core/keyfile.h"
#include "proto/buf.h"
#include "proto/didkey.h"

struct err;
struct keyring;

struct keyring_author {
	char did[DIDKEY_CHARS + 1];		/* the author: its first root */
	char name[64];				/* the file name's first part */
	int has_root;				/* the root's secret is on this machine */
	int root_locked;			/* by a passphrase other than the folder's */
	int locked;				/* the operating key's file is */
	uint8_t operating_key[32];		/* public */
};

/* Reads DIR/keys; none is fine.  Where files are locked the passphrase is asked for (passphrase.h). */
int	keyring_open(const char *dir, struct keyring **out, struct err *e);
void	keyring_close(struct keyring *k);

size_t	keyring_count(const struct keyring *k);
const struct keyring_author *keyring_at(const struct keyring *k, size_t i);	/* 0: the node's own, the default */
/* Where a key of an author of this short name lies; out holds PATH_MAX bytes. */
int	keyring_path(const struct keyring *k, const char *name, enum key_role role, char *out, struct err *e);
/* May a key file be named so: 1 to 40 of a-z, 0-9 and -?  0, or -1 with ERR_USAGE. */
int	keyring_name_ok(const char *name, struct err *e);
const struct keyring_author *keyring_find(const struct keyring *k, struct span did_or_name);	/* or NULL */

/* Draw a root, an operating key and the next root.  next receives the SHA-256 of the next root's did:key. */
int	keyring_create(struct keyring *k, const char *name, uint8_t next[32],
	    const struct keyring_author **out, struct err *e);

/* The secret (64 bytes, libsodium's form), borrowed from locked memory, or NULL with e set to what is missing
 * and where it was looked for. */
const uint8_t *keyring_operating(const struct keyring *k, const struct keyring_author *a, struct err *e);
const uint8_t *keyring_root(const struct keyring *k, const struct keyring_author *a, struct err *e);

/* Take in an author made elsewhere. */
struct keyring_seeds {
	const char *name, *did;
	uint8_t operating[32], import[32];
};
int	keyring_adopt(struct keyring *k, const struct keyring_seeds *s, const struct keyring_author **out,
	    struct err *e);

/* The public key of an author's operating key to be, drawn when there is none yet.  The author may be one whose
 * keys are not here yet. */
int	keyring_pending(struct keyring *k, const char *name, const char *did, uint8_t pub[32], struct err *e);
int	keyring_is_pending(struct keyring *k, const uint8_t pub[32], struct err *e);	/* 1, 0, -1 */
/* That pending key is an operating key from now on, in place of the one before.  1, 0 no such pending key, -1. */
int	keyring_promote(struct keyring *k, const uint8_t pub[32], struct err *e);
/* This node signs for the author no longer: its operating and import keys go.  Root keys stay where they lie. */
int	keyring_remove(struct keyring *k, const struct keyring_author *a, struct err *e);

/* Write every key file of the folder again, locked or (NULL) not; a root that has a passphrase of its own keeps it.
 * For a folder on which no node runs. */
int	keyring_relock(struct keyring *k, const struct keyfile_lock *lock, size_t *count, struct err *e);

/* The seed of one of the author's keys, for its way to another node: 1, 0 not here (or a root locked by a passphrase
 * of its own), -1.  Of KEY_OPERATING, KEY_IMPORT, KEY_ROOT, KEY_NEXT_ROOT. */
int	keyring_seed(struct keyring *k, const struct keyring_author *a, enum key_role role, uint8_t out[32],
	    struct err *e);

/* A secret of this node for keyed hashes, one per purpose.  It outlives the operating keys. */
void	keyring_derive(const struct keyring *k, const char *purpose, uint8_t out[32]);
/* The one that names the records of an author's imported rows; it moves with the author. */
void	keyring_import_key(const struct keyring *k, const struct keyring_author *a, uint8_t out[32]);

/* One key file by its path: private, parsed, perhaps still locked.  Never written over another. */
int	keyring_read_file(const char *path, struct keyfile *out, struct err *e);
int	keyring_write_file(const char *path, enum key_role role, const char *did, const uint8_t seed[32],
	    const struct keyfile_lock *lock, struct err *e);

#endif
