/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.c - key files and the locked memory they are read into; see keyring.h.
 *
 * A key file is three lines: what it is, whose it is, and the 32-byte seed in
 * base64url.  Only the seed is secret; a person can tell the files apart.
 */
#include "node/core/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "proto/authority.h"
#include "proto/err.h"
#include "proto/multibase.h"

#define AUTHORS_MAX 256
#define FIRST "node"

struct secret {
	uint8_t operating[64], root[64];
};

struct keyring {
	char dir[PATH_MAX];
	struct keyring_author author[AUTHORS_MAX];
	struct secret *secret;		/* locked memory, AUTHORS_MAX of them */
	_Atomic size_t count;		/* only grows; an entry below it never changes */
};

static const char *const role_text[] = { "root", "operating", "next-root" };
enum role { ROLE_ROOT, ROLE_OPERATING, ROLE_NEXT_ROOT };

/* The node's own root is plainly "root.key": the file whose safety matters most. */
static int
key_path(const struct keyring *k, const char *name, enum role role, char out[PATH_MAX], struct err *e)
{
	char file[128];

	if (strcmp(name, FIRST) == 0)
		snprintf(file, sizeof file, "%s.key", role_text[role]);
	else
		snprintf(file, sizeof file, "%s.%s.key", name, role_text[role]);
	return file_path(out, PATH_MAX, k->dir, file, e);
}

static int
write_key(const struct keyring *k, const char *name, enum role role, const char *did,
    const uint8_t seed[32], struct err *e)
{
	char path[PATH_MAX], text[48], file[256];
	int rc;

	if (key_path(k, name, role, path, e) == -1)
		return -1;
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s is there already: it is never overwritten", path);
	base64url_encode(seed, 32, text, sizeof text);
	snprintf(file, sizeof file, "essaim %s key\n%s\n%s\n", role_text[role], did, text);
	rc = file_write(path, span_str(file), 0600, e);
	sodium_memzero(text, sizeof text);
	sodium_memzero(file, sizeof file);
	return rc;
}

/* Read one key file: the author it belongs to and the secret key of its seed.  0 read, 1 no such file. */
static int
read_key(const struct keyring *k, const char *name, enum role role, char did[DIDKEY_CHARS + 1],
    uint8_t secret[64], struct err *e)
{
	struct buf text = BUF_INIT(1024);
	char path[PATH_MAX], title[40];
	uint8_t seed[32], pub[32];
	struct span rest, kind, who, what;
	struct stat st;
	int rc = -1;

	if (key_path(k, name, role, path, e) == -1)
		return -1;
	if (stat(path, &st) == -1 && errno == ENOENT)
		return 1;
	if (file_read(path, &text, e) == -1)
		goto out;
	if ((st.st_mode & 077) != 0) {
		err_set(e, ERR_FORBIDDEN, "%s can be read by others: chmod 600 it", path);
		goto out;
	}
	rest = buf_span(&text);
	kind = span_trim(span_cut(&rest, '\n'));
	who = span_trim(span_cut(&rest, '\n'));
	what = span_trim(span_cut(&rest, '\n'));
	if (who.len != DIDKEY_CHARS || didkey_parse(who, pub, e) == -1 ||
	    base64url_decode(what, seed, sizeof seed) != (int)sizeof seed) {
		err_set(e, ERR_INPUT, "%s is not a key file", path);
		goto out;
	}
	snprintf(title, sizeof title, "essaim %s key", role_text[role]);
	if (!span_is(kind, title)) {
		err_set(e, ERR_INPUT, "%s is not an %s key: its first line says what it is", path, role_text[role]);
		goto out;
	}
	memcpy(did, who.ptr, who.len);
	did[who.len] = '\0';
	crypto_sign_seed_keypair(pub, secret, seed);
	rc = 0;
out:
	sodium_memzero(seed, sizeof seed);
	if (text.ptr != NULL)
		sodium_memzero(text.ptr, text.cap);
	buf_clear(&text);
	return rc;
}

static int
add_author(struct keyring *k, const char *name, struct err *e)
{
	struct keyring_author *a = &k->author[k->count];
	struct secret *s = &k->secret[k->count];
	char did[DIDKEY_CHARS + 1];
	int rc;

	if (k->count == AUTHORS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d authors", AUTHORS_MAX);
	memset(a, 0, sizeof *a);
	if (read_key(k, name, ROLE_OPERATING, a->did, s->operating, e) != 0)
		return -1;
	text_clip(a->name, sizeof a->name, name);
	memcpy(a->operating_key, s->operating + 32, 32);
	if ((rc = read_key(k, name, ROLE_ROOT, did, s->root, e)) == -1)
		return -1;
	if (rc == 0 && strcmp(did, a->did) != 0)
		return err_set(e, ERR_CONFLICT, "the root and operating keys of \"%s\" are of two authors", name);
	a->has_root = rc == 0;
	k->count++;
	return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* "NAME.operating.key", or "operating.key" for the first: the author's name into out. */
static int
author_of_file(const char *file, char out[64])
{
	static const char tail[] = "operating.key";
	size_t n = strlen(file);

	if (strcmp(file, tail) == 0)
		return snprintf(out, 64, FIRST) > 0;
	if (n <= sizeof tail || n - sizeof tail >= 64 || strcmp(file + n - sizeof tail + 1, tail) != 0 ||
	    file[n - sizeof tail] != '.')
		return 0;
	memcpy(out, file, n - sizeof tail);
	out[n - sizeof tail] = '\0';
	return 1;
}

static int
read_all(struct keyring *k, struct err *e)
{
	struct dirent **list;
	char name[64];
	int n = scandir(k->dir, &list, NULL, by_name), i, rc = 0, pass;

	if (n == -1)
		return errno == ENOENT ? 0 : err_set(e, ERR_IO, "%s: %s", k->dir, strerror(errno));
	for (pass = 0; pass < 2; pass++)	/* the node's own first */
		for (i = 0; i < n && rc == 0; i++)
			if (author_of_file(list[i]->d_name, name) && (strcmp(name, FIRST) == 0) == (pass == 0))
				rc = add_author(k, name, e);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	/* The first is the node's own and stands for it: no other may slip into its place. */
	if (rc == 0 && k->count > 0 && strcmp(k->author[0].name, FIRST) != 0)
		rc = err_set(e, ERR_NOT_FOUND, "%s/operating.key is missing: it is the node's own, bring it back",
		    k->dir);
	return rc;
}

int
keyring_open(const char *dir, struct keyring **out, struct err *e)
{
	struct keyring *k = calloc(1, sizeof *k);

	if (k == NULL || (k->secret = sodium_malloc(AUTHORS_MAX * sizeof *k->secret)) == NULL) {
		free(k);
		return err_memory(e);
	}
	if (file_path(k->dir, sizeof k->dir, dir, "keys", e) == -1 || read_all(k, e) == -1) {
		keyring_close(k);
		return -1;
	}
	*out = k;
	return 0;
}

void
keyring_close(struct keyring *k)
{
	if (k == NULL)
		return;
	sodium_free(k->secret);
	free(k);
}

size_t
keyring_count(const struct keyring *k)
{
	return k->count;
}

const struct keyring_author *
keyring_at(const struct keyring *k, size_t i)
{
	return i < k->count ? &k->author[i] : NULL;
}

const struct keyring_author *
keyring_find(const struct keyring *k, struct span what)
{
	size_t i;

	for (i = 0; i < k->count; i++)
		if (span_is(what, k->author[i].did) || span_is(what, k->author[i].name))
			return &k->author[i];
	return NULL;
}

static int
check_name(const struct keyring *k, const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > 40 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return err_set(e, ERR_USAGE, "an author's short name is 1 to 40 of a-z, 0-9 and -, not \"%s\"", name);
	if (k->count == AUTHORS_MAX)	/* before any file is written: one too many and none would open */
		return err_set(e, ERR_LIMIT, "more than %d authors", AUTHORS_MAX);
	if (keyring_find(k, span_str(name)) != NULL)
		return err_set(e, ERR_CONFLICT, "there is an author \"%s\" already", name);
	return 0;
}

int
keyring_create(struct keyring *k, const char *name, uint8_t next[32],
    const struct keyring_author **out, struct err *e)
{
	uint8_t seed[3][32], pub[32], sk[64];
	char did[DIDKEY_CHARS + 1];
	int role, rc = -1;

	if (check_name(k, name, e) == -1 || file_mkdir(k->dir, e) == -1)
		return -1;
	randombytes_buf(seed, sizeof seed);
	crypto_sign_seed_keypair(pub, sk, seed[ROLE_NEXT_ROOT]);
	identity_commitment(pub, next);
	crypto_sign_seed_keypair(pub, sk, seed[ROLE_ROOT]);
	didkey_format(pub, did);
	for (role = 0; role < 3; role++)
		if (write_key(k, name, (enum role)role, did, seed[role], e) == -1)
			goto out;
	if (add_author(k, name, e) == -1)
		goto out;
	*out = &k->author[k->count - 1];
	rc = 0;
out:
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(sk, sizeof sk);
	return rc;
}

const uint8_t *
keyring_operating(const struct keyring *k, const struct keyring_author *a, struct err *e)
{
	(void)e;
	return k->secret[a - k->author].operating;
}

const uint8_t *
keyring_root(const struct keyring *k, const struct keyring_author *a, struct err *e)
{
	char path[PATH_MAX];

	if (a->has_root)
		return k->secret[a - k->author].root;
	if (key_path(k, a->name, ROLE_ROOT, path, e) == 0)
		err_set(e, ERR_FORBIDDEN, "this needs the root key, which is not here: bring %s back for the time"
		    " it takes", path);
	return NULL;
}

void
keyring_derive(const struct keyring *k, const char *purpose, uint8_t out[32])
{
	static const uint8_t none[32];

	crypto_generichash(out, 32, (const unsigned char *)purpose, strlen(purpose),
	    k->count > 0 ? k->secret[0].operating : none, 32);
}
