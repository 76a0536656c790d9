/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyfile.h - one secret key as a small text file, plain or locked by a passphrase.
 *
 * Plain, three lines: what it is, whose it is, the 32-byte seed in base64url.
 * Locked, four: "essaim root key, locked", whose it is, how the passphrase becomes
 * a key ("argon2id PASSES KIBIBYTES SALT"), and nonce and box (XChaCha20-Poly1305,
 * the lines above as its associated data).  A person can tell the files apart, and
 * no line of one file fits another.
 *
 * No file is read or written here: text in, text out.
 */
#ifndef NODE_CORE_KEYFILE_H
#define NODE_CORE_KEYFILE_H

#include <stdint.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;

#define KEYFILE_BYTES_MAX	1024
#define KEYFILE_SALT_BYTES	16
#define KEYFILE_NONCE_BYTES	24
#define KEYFILE_BOX_BYTES	(32 + 16)
/* What Argon2id may cost: a file from elsewhere must not take all memory or an hour. */
#define KEYFILE_PASSES_MAX	16
#define KEYFILE_KIB_MIN		8
#define KEYFILE_KIB_MAX		(1024 * 1024)

enum key_role {
	KEY_ROOT,		/* signs identities and retirements */
	KEY_NEXT_ROOT,		/* the root that the identity commits to */
	KEY_OPERATING,		/* signs everything else */
	KEY_PENDING,		/* an operating key that no identity lists yet */
	KEY_IMPORT,		/* names the records of imported rows; signs nothing */
	KEY_NAMES,		/* names what the node makes itself; signs nothing */
	KEY__COUNT
};

const char *key_role_name(enum key_role role);	/* "next-root" */

struct keyfile {
	enum key_role role;
	char did[DIDKEY_CHARS + 1];	/* the author's */
	uint8_t seed[32];		/* when not locked */
	int locked;
	uint64_t passes, kib;
	uint8_t salt[KEYFILE_SALT_BYTES];
	uint8_t nonce[KEYFILE_NONCE_BYTES], box[KEYFILE_BOX_BYTES];
};

/* What a passphrase became: locks and opens every file of one salt. */
struct keyfile_lock {
	uint64_t passes, kib;
	uint8_t salt[KEYFILE_SALT_BYTES], key[32];
};

/* Read a key file.  ERR_INPUT says what is wrong with it, never a byte of it. */
int	keyfile_parse(struct span text, struct keyfile *out, struct err *e);

/* Append the file's text, locked when lock is not NULL. */
int	keyfile_format(enum key_role role, const char *did, const uint8_t seed[32],
	    const struct keyfile_lock *lock, struct buf *out, struct err *e);

/* A new salt for a passphrase, at the cost of RFC 9106 section 4, second choice: 3 passes over 64 MiB. */
int	keyfile_lock_new(struct span passphrase, struct keyfile_lock *out, struct err *e);
/* The lock that this file was closed with, if the passphrase is right. */
int	keyfile_lock_of(const struct keyfile *f, struct span passphrase, struct keyfile_lock *out, struct err *e);
int	keyfile_fits(const struct keyfile *f, const struct keyfile_lock *lock);	/* same salt and cost */
/* Open it: fills seed.  ERR_FORBIDDEN when the passphrase is another, or the file was changed. */
int	keyfile_unlock(struct keyfile *f, const struct keyfile_lock *lock, struct err *e);

#endif
