/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyfile.c - see keyfile.h. */
#include "node/core/keyfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"
#include "proto/multibase.h"

#define PASSES	3
#define KIB	(64 * 1024)
#define HEAD_BYTES_MAX 256

_Static_assert(KEYFILE_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "Argon2id's salt");
_Static_assert(KEYFILE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20's nonce");
_Static_assert(KEYFILE_BOX_BYTES == 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES, "seed and tag");

static const char *const role_name[] = {
	[KEY_ROOT] = "root", [KEY_NEXT_ROOT] = "next-root", [KEY_OPERATING] = "operating",
	[KEY_PENDING] = "pending", [KEY_IMPORT] = "import", [KEY_NAMES] = "names",
};

const char *
key_role_name(enum key_role role)
{
	return role_name[role];
}

/* The lines before the secret one. */
static void
head_of(enum key_role role, const char *did, const struct keyfile_lock *lock, char out[HEAD_BYTES_MAX])
{
	char salt[BASE64URL_CHARS(KEYFILE_SALT_BYTES) + 1];

	if (lock == NULL) {
		snprintf(out, HEAD_BYTES_MAX, "essaim %s key\n%s\n", role_name[role], did);
		return;
	}
	base64url_encode(lock->salt, sizeof lock->salt, salt, sizeof salt);
	snprintf(out, HEAD_BYTES_MAX, "essaim %s key, locked\n%s\nargon2id %" PRIu64 " %" PRIu64 " %s\n",
	    role_name[role], did, lock->passes, lock->kib, salt);
}

/* --- reading --------------------------------------------------------------------------------- */

static int
read_title(struct span line, struct keyfile *out, struct err *e)
{
	char title[48];
	int r;

	for (r = 0; r < KEY__COUNT; r++) {
		out->role = (enum key_role)r;
		snprintf(title, sizeof title, "essaim %s key", role_name[r]);
		out->locked = 0;
		if (span_is(line, title))
			return 0;
		snprintf(title, sizeof title, "essaim %s key, locked", role_name[r]);
		out->locked = 1;
		if (span_is(line, title))
			return 0;
	}
	return err_set(e, ERR_INPUT, "not a key file: its first line says what it is, \"essaim root key\" or the like");
}

/* A whole number in decimal, at most max; 0 when it is none. */
static uint64_t
read_number(struct span text, uint64_t max)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' || (i == 0 && text.ptr[i] == '0'))
			return 0;
		n = n * 10 + (uint64_t)(text.ptr[i] - '0');
		if (n > max)
			return 0;
	}
	return n;
}

static int
read_cost(struct span line, struct keyfile *out, struct err *e)
{
	struct span name = span_cut(&line, ' ');

	out->passes = read_number(span_cut(&line, ' '), KEYFILE_PASSES_MAX);
	out->kib = read_number(span_cut(&line, ' '), KEYFILE_KIB_MAX);
	if (!span_is(name, "argon2id") || out->passes == 0 || out->kib < KEYFILE_KIB_MIN ||
	    base64url_decode(line, out->salt, sizeof out->salt) != (int)sizeof out->salt)
		return err_set(e, ERR_INPUT, "a locked key file whose third line is damaged");
	return 0;
}

static int
read_secret(struct span line, struct keyfile *out, struct err *e)
{
	uint8_t sealed[KEYFILE_NONCE_BYTES + KEYFILE_BOX_BYTES];

	if (!out->locked)
		return base64url_decode(line, out->seed, sizeof out->seed) == (int)sizeof out->seed ? 0
		    : err_set(e, ERR_INPUT, "not a key file, or a damaged one: its last line is no key");
	if (base64url_decode(line, sealed, sizeof sealed) != (int)sizeof sealed)
		return err_set(e, ERR_INPUT, "a locked key file whose last line is damaged");
	memcpy(out->nonce, sealed, sizeof out->nonce);
	memcpy(out->box, sealed + sizeof out->nonce, sizeof out->box);
	return 0;
}

int
keyfile_parse(struct span text, struct keyfile *out, struct err *e)
{
	struct span rest = text, did;
	uint8_t pub[32];

	memset(out, 0, sizeof *out);
	if (text.len > KEYFILE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "longer than a key file");
	if (read_title(span_trim(span_cut(&rest, '\n')), out, e) == -1)
		return -1;
	did = span_trim(span_cut(&rest, '\n'));
	if (did.len != DIDKEY_CHARS || didkey_parse(did, pub, e) == -1)
		return err_set(e, ERR_INPUT, "not a key file: its second line does not say whose it is");
	memcpy(out->did, did.ptr, did.len);
	if (out->locked && read_cost(span_trim(span_cut(&rest, '\n')), out, e) == -1)
		return -1;
	if (read_secret(span_trim(span_cut(&rest, '\n')), out, e) == -1)
		return -1;
	return span_trim(rest).len == 0 ? 0 : err_set(e, ERR_INPUT, "not a key file: something follows the key");
}

/* --- locks ----------------------------------------------------------------------------------- */

static int
derive(struct span passphrase, struct keyfile_lock *out, struct err *e)
{
	if (crypto_pwhash(out->key, sizeof out->key, passphrase.ptr == NULL ? "" : passphrase.ptr, passphrase.len,
	    out->salt, out->passes, (size_t)out->kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == -1)
		return err_set(e, ERR_MEMORY, "no %" PRIu64 " MiB of memory to check the passphrase with", out->kib >> 10);
	return 0;
}

int
keyfile_lock_new(struct span passphrase, struct keyfile_lock *out, struct err *e)
{
	*out = (struct keyfile_lock){ .passes = PASSES, .kib = KIB };
	randombytes_buf(out->salt, sizeof out->salt);
	return derive(passphrase, out, e);
}

int
keyfile_lock_of(const struct keyfile *f, struct span passphrase, struct keyfile_lock *out, struct err *e)
{
	*out = (struct keyfile_lock){ .passes = f->passes, .kib = f->kib };
	memcpy(out->salt, f->salt, sizeof out->salt);
	return derive(passphrase, out, e);
}

int
keyfile_fits(const struct keyfile *f, const struct keyfile_lock *lock)
{
	return f->passes == lock->passes && f->kib == lock->kib && memcmp(f->salt, lock->salt, sizeof f->salt) == 0;
}

int
keyfile_unlock(struct keyfile *f, const struct keyfile_lock *lock, struct err *e)
{
	char head[HEAD_BYTES_MAX];

	head_of(f->role, f->did, lock, head);
	if (!keyfile_fits(f, lock) || crypto_aead_xchacha20poly1305_ietf_decrypt(f->seed, NULL, NULL, f->box,
	    sizeof f->box, (const uint8_t *)head, strlen(head), f->nonce, lock->key) == -1) {
		sodium_memzero(f->seed, sizeof f->seed);
		return err_set(e, ERR_FORBIDDEN, "the passphrase is another, or the file was changed");
	}
	f->locked = 0;
	return 0;
}

/* --- writing --------------------------------------------------------------------------------- */

int
keyfile_format(enum key_role role, const char *did, const uint8_t seed[32], const struct keyfile_lock *lock,
    struct buf *out, struct err *e)
{
	uint8_t sealed[KEYFILE_NONCE_BYTES + KEYFILE_BOX_BYTES];
	char head[HEAD_BYTES_MAX], secret[BASE64URL_CHARS(sizeof sealed) + 1];
	int rc;

	head_of(role, did, lock, head);
	if (lock == NULL)
		base64url_encode(seed, 32, secret, sizeof secret);
	else {
		randombytes_buf(sealed, KEYFILE_NONCE_BYTES);
		crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + KEYFILE_NONCE_BYTES, NULL, seed, 32,
		    (const uint8_t *)head, strlen(head), NULL, sealed, lock->key);
		base64url_encode(sealed, sizeof sealed, secret, sizeof secret);
	}
	rc = buf_addf(out, e, "%s%s\n", head, secret);
	sodium_memzero(secret, sizeof secret);
	return rc;
}
