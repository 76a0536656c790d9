/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.c - key files and the locked memory they are read into; see keyring.h.

 */
#include "node/core/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "node/core/passphrase.h"
#include "proto/authority.h"
#include "proto/err.h"

#define AUTHORS_MAX 256
#define FIRST "node"
#define SEED_BYTES 32
#define FILE_CHARS 128

struct secret {
	uint8_t operating[64], root[64];
	uint8_t import[SEED_BYTES];
	int has_import;
};

/* In locked memory. */
struct vault {
	struct secret of[AUTHORS_MAX];		/* as in keyring.author */
	uint8_t names[SEED_BYTES];
	struct keyfile_lock lock;		/* what this folder's files are locked with */
	int has_lock, has_names;
};

struct keyring {
	char dir[PATH_MAX];
	pthread_mutex_t mutex;			/* of whoever adds or removes */
	struct keyring_author author[AUTHORS_MAX];	/* an entry stays where it is, even when the author left */
	struct vault *vault;
	size_t made;				/* entries ever used */
	_Atomic(struct keyring_author *) order[AUTHORS_MAX];
	_Atomic size_t count;
};

/* The node's own files are plainly "root.key" and so on: those whose safety matters most. */
static int
key_path(const char *dir, const char *name, enum key_role role, char out[PATH_MAX], struct err *e)
{
	char file[FILE_CHARS];

	if (strcmp(name, FIRST) == 0)
		snprintf(file, sizeof file, "%s.key", key_role_name(role));
	else
		snprintf(file, sizeof file, "%s.%s.key", name, key_role_name(role));
	return file_path(out, PATH_MAX, dir, file, e);
}

int
keyring_path(const struct keyring *k, const char *name, enum key_role role, char *out, struct err *e)
{
	return key_path(k->dir, name, role, out, e);
}

int
keyring_write_file(const char *path, enum key_role role, const char *did, const uint8_t seed[32],
    const struct keyfile_lock *lock, struct err *e)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	int rc;

	if (access(path, F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s is there already: it is never overwritten", path);
	if ((rc = buf_reserve(&text, KEYFILE_BYTES_MAX - 1, e)) == 0 &&
	    (rc = keyfile_format(role, did, seed, lock, &text, e)) == 0)
		rc = file_write(path, buf_span(&text), 0600, e);
	passphrase_clear(&text);
	return rc;
}

static const struct keyfile_lock *
lock_of(const struct keyring *k)
{
	return k->vault->has_lock ? &k->vault->lock : NULL;
}

static int
write_key(const struct keyring *k, const char *name, enum key_role role, const char *did,
    const uint8_t seed[32], struct err *e)
{
	char path[PATH_MAX];

	if (key_path(k->dir, name, role, path, e) == -1)
		return -1;
	return keyring_write_file(path, role, did, seed, lock_of(k), e);
}

/* --- reading --------------------------------------------------------------------------------- */

int
keyring_read_file(const char *path, struct keyfile *out, struct err *e)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	struct stat st;
	int rc = -1;

	if (buf_reserve(&text, KEYFILE_BYTES_MAX - 1, e) == -1 || file_read(path, &text, e) == -1)
		goto out;
	if (stat(path, &st) == -1 || (st.st_mode & 077) != 0) {
		err_set(e, ERR_FORBIDDEN, "%s can be read by others: chmod 600 it", path);
		goto out;
	}
	if ((rc = keyfile_parse(buf_span(&text), out, e)) == -1)
		err_wrap(e, "%s", path);
out:
	passphrase_clear(&text);
	return rc;
}

/* Open it with this folder's passphrase, asked for at the first locked file. */
static int
unlock(struct keyring *k, const char *path, struct keyfile *f, struct err *e)
{
	struct buf passphrase;
	struct keyfile_lock lock;
	int rc;

	if (!f->locked)
		return 0;
	if (k->vault->has_lock && keyfile_fits(f, &k->vault->lock))
		return keyfile_unlock(f, &k->vault->lock, e) == -1 ? err_wrap(e, "%s", path) : 0;
	if (passphrase_ask(PASSPHRASE_CREDENTIAL, "passphrase of the node's keys", &passphrase, e) == -1)
		return err_wrap(e, "%s is locked", path);
	if ((rc = keyfile_lock_of(f, buf_span(&passphrase), &lock, e)) == 0 &&
	    (rc = keyfile_unlock(f, &lock, e)) == -1)
		err_wrap(e, "%s", path);
	if (rc == 0 && !k->vault->has_lock) {
		k->vault->lock = lock;
		k->vault->has_lock = 1;
	}
	sodium_memzero(&lock, sizeof lock);
	passphrase_clear(&passphrase);
	return rc;
}

static int
check_role(const struct keyfile *f, enum key_role role, const char *path, struct err *e)
{
	if (f->role == role)
		return 0;
	return err_set(e, ERR_INPUT, "%s is not the %s key: its first line says what it is", path, key_role_name(role));
}

/* Read one key file whole.  0 read, 1 no such file. */
static int
read_key(struct keyring *k, const char *name, enum key_role role, struct keyfile *f, struct err *e)
{
	char path[PATH_MAX];

	if (key_path(k->dir, name, role, path, e) == -1)
		return -1;
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 1;
	if (keyring_read_file(path, f, e) == -1 || check_role(f, role, path, e) == -1 || unlock(k, path, f, e) == -1)
		return -1;
	return 0;
}

/* The root is only looked at: locked by a passphrase of its own, it stays closed. */
static int
read_root(struct keyring *k, struct keyring_author *a, struct secret *s, struct err *e)
{
	struct keyfile f;
	char path[PATH_MAX];
	uint8_t pub[32];

	if (key_path(k->dir, a->name, KEY_ROOT, path, e) == -1)
		return -1;
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	if (keyring_read_file(path, &f, e) == -1 || check_role(&f, KEY_ROOT, path, e) == -1)
		return -1;
	if (strcmp(f.did, a->did) != 0)
		return err_set(e, ERR_CONFLICT, "the root and operating keys of \"%s\" are of two authors", a->name);
	a->has_root = 1;
	a->root_locked = f.locked && (!k->vault->has_lock || !keyfile_fits(&f, &k->vault->lock));
	if (a->root_locked || unlock(k, path, &f, e) == -1)
		return a->root_locked ? 0 : -1;
	crypto_sign_seed_keypair(pub, s->root, f.seed);
	sodium_memzero(&f, sizeof f);
	return 0;
}

static int
fill_author(struct keyring *k, struct keyring_author *a, struct secret *s, struct err *e)
{
	struct keyfile f;
	int rc;

	if (read_key(k, a->name, KEY_OPERATING, &f, e) != 0)
		return -1;
	memcpy(a->did, f.did, sizeof a->did);
	a->locked = lock_of(k) != NULL;
	crypto_sign_seed_keypair(a->operating_key, s->operating, f.seed);
	if ((rc = read_key(k, a->name, KEY_IMPORT, &f, e)) == 0) {
		memcpy(s->import, f.seed, sizeof s->import);
		s->has_import = 1;
	}
	sodium_memzero(&f, sizeof f);
	return rc == -1 ? -1 : read_root(k, a, s, e);
}

/* What is made here is named by a key that outlives the operating keys: the first of those, kept apart once
 * another takes its place. */
static int
fill_names(struct keyring *k, struct err *e)
{
	struct keyfile f;
	int rc = read_key(k, FIRST, KEY_NAMES, &f, e);

	if (rc == -1)
		return -1;
	if ((k->vault->has_names = rc == 0))
		memcpy(k->vault->names, f.seed, SEED_BYTES);
	else
		memcpy(k->vault->names, k->vault->of[0].operating, SEED_BYTES);
	sodium_memzero(&f, sizeof f);
	return 0;
}

static int
add_author(struct keyring *k, const char *name, struct err *e)
{
	struct keyring_author *a = &k->author[k->made];
	struct secret *s = &k->vault->of[k->made];

	if (k->made == AUTHORS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d authors", AUTHORS_MAX);
	memset(a, 0, sizeof *a);
	memset(s, 0, sizeof *s);
	text_clip(a->name, sizeof a->name, name);
	if (fill_author(k, a, s, e) == -1 || (k->made == 0 && fill_names(k, e) == -1))
		return -1;
	k->made++;
	k->order[k->count] = a;
	k->count++;
	return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* "NAME.operating.key", or "operating.key" for the first, tail being "operating.key": the name into out. */
static int
key_file_author(const char *file, const char *tail, char out[64])
{
	size_t n = strlen(file), t = strlen(tail);

	if (strcmp(file, tail) == 0)
		return snprintf(out, 64, FIRST) > 0;
	if (n <= t + 1 || n - t - 1 >= 64 || strcmp(file + n - t, tail) != 0 || file[n - t - 1] != '.')
		return 0;
	memcpy(out, file, n - t - 1);
	out[n - t - 1] = '\0';
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
			if (key_file_author(list[i]->d_name, "operating.key", name) && (strcmp(name, FIRST) == 0) == (pass == 0))
				rc = add_author(k, name, e);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	/* The first is the node's own and stands for it: no other may slip into its place. */
	if (rc == 0 && k->made > 0 && strcmp(k->author[0].name, FIRST) != 0)
		rc = err_set(e, ERR_NOT_FOUND, "%s/operating.key is missing: it is the node's own, bring it back",
		    k->dir);
	return rc;
}

int
keyring_open(const char *dir, struct keyring **out, struct err *e)
{
	struct keyring *k = calloc(1, sizeof *k);

	if (k == NULL || (k->vault = sodium_malloc(sizeof *k->vault)) == NULL) {
		free(k);
		return err_memory(e);
	}
	sodium_memzero(k->vault, sizeof *k->vault);
	pthread_mutex_init(&k->mutex, NULL);
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
	sodium_free(k->vault);
	pthread_mutex_destroy(&k->mutex);
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
	return i < AUTHORS_MAX ? k->order[i] : NULL;
}

const struct keyring_author *
keyring_find(const struct keyring *k, struct span what)
{
	size_t i, n = k->count;

	for (i = 0; i < n; i++) {
		const struct keyring_author *a = k->order[i];

		if (span_is(what, a->did) || span_is(what, a->name))
			return a;
	}
	return NULL;
}

/* --- making ---------------------------------------------------------------------------------- */

int
keyring_name_ok(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > 40 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return err_set(e, ERR_USAGE, "an author's short name is 1 to 40 of a-z, 0-9 and -, not \"%s\"", name);
	return 0;
}

static int
check_name(const struct keyring *k, const char *name, struct err *e)
{
	if (keyring_name_ok(name, e) == -1)
		return -1;
	if (k->made == AUTHORS_MAX)	/* before any file is written: one too many and none would open */
		return err_set(e, ERR_LIMIT, "more than %d authors", AUTHORS_MAX);
	if (keyring_find(k, span_str(name)) != NULL)
		return err_set(e, ERR_CONFLICT, "there is an author \"%s\" already", name);
	return 0;
}

static int
create(struct keyring *k, const char *name, uint8_t next[32], const struct keyring_author **out, struct err *e)
{
	static const enum key_role role[] = { KEY_ROOT, KEY_NEXT_ROOT, KEY_IMPORT, KEY_OPERATING };
	uint8_t seed[KEY__COUNT][SEED_BYTES], pub[32], sk[64];
	char did[DIDKEY_CHARS + 1];
	size_t i;
	int rc = -1;

	if (check_name(k, name, e) == -1 || file_mkdir(k->dir, e) == -1)
		return -1;
	randombytes_buf(seed, sizeof seed);
	crypto_sign_seed_keypair(pub, sk, seed[KEY_NEXT_ROOT]);
	identity_commitment(pub, next);
	crypto_sign_seed_keypair(pub, sk, seed[KEY_ROOT]);
	didkey_format(pub, did);
	for (i = 0; i < sizeof role / sizeof role[0]; i++)
		if ((role[i] != KEY_IMPORT || strcmp(name, FIRST) != 0) &&
		    write_key(k, name, role[i], did, seed[role[i]], e) == -1)
			goto out;
	if (add_author(k, name, e) == -1)
		goto out;
	*out = k->order[k->count - 1];
	rc = 0;
out:
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(sk, sizeof sk);
	return rc;
}

int
keyring_create(struct keyring *k, const char *name, uint8_t next[32],
    const struct keyring_author **out, struct err *e)
{
	int rc;

	pthread_mutex_lock(&k->mutex);
	rc = create(k, name, next, out, e);
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

static int
adopt(struct keyring *k, const struct keyring_seeds *s, const struct keyring_author **out, struct err *e)
{
	const char *name = s->name;

	if (check_name(k, name, e) == -1 || file_mkdir(k->dir, e) == -1)
		return -1;
	if (keyring_find(k, span_str(s->did)) != NULL)
		return err_set(e, ERR_CONFLICT, "the keys of %s are here already", s->did);
	if (write_key(k, name, KEY_IMPORT, s->did, s->import, e) == -1 ||
	    write_key(k, name, KEY_OPERATING, s->did, s->operating, e) == -1 || add_author(k, name, e) == -1)
		return -1;
	*out = k->order[k->count - 1];
	return 0;
}

int
keyring_adopt(struct keyring *k, const struct keyring_seeds *s, const struct keyring_author **out, struct err *e)
{
	int rc;

	pthread_mutex_lock(&k->mutex);
	rc = adopt(k, s, out, e);
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

/* --- changing -------------------------------------------------------------------------------- */

int
keyring_pending(struct keyring *k, const char *name, const char *did, uint8_t pub[32], struct err *e)
{
	struct keyfile f;
	uint8_t sk[64];
	int rc;

	pthread_mutex_lock(&k->mutex);
	rc = read_key(k, name, KEY_PENDING, &f, e);
	if (rc == 0 && strcmp(f.did, did) != 0)
		rc = err_set(e, ERR_CONFLICT, "the pending key of \"%s\" is another author's", name);
	if (rc == 1) {
		randombytes_buf(f.seed, sizeof f.seed);
		rc = file_mkdir(k->dir, e) == -1 ? -1 : write_key(k, name, KEY_PENDING, did, f.seed, e);
	}
	if (rc == 0)
		crypto_sign_seed_keypair(pub, sk, f.seed);
	sodium_memzero(&f, sizeof f);
	sodium_memzero(sk, sizeof sk);
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

/* Before the operating key that named things goes, what it named them by is kept. */
static int
keep_names(struct keyring *k, struct err *e)
{
	if (k->vault->has_names)
		return 0;
	if (write_key(k, FIRST, KEY_NAMES, k->author[0].did, k->vault->names, e) == -1)
		return -1;
	k->vault->has_names = 1;
	return 0;
}

/* A locked pending file says in what is sealed that it is pending: it is written again, not renamed. */
static int
promote(struct keyring *k, const char *name, const struct keyfile *f, struct err *e)
{
	struct keyring_author *a = (struct keyring_author *)(uintptr_t)keyring_find(k, span_str(name));
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	char path[PATH_MAX], pending[PATH_MAX];
	int rc = -1;

	if (k->made > 0 && strcmp(name, FIRST) == 0 && keep_names(k, e) == -1)
		return -1;
	if (key_path(k->dir, name, KEY_OPERATING, path, e) == 0 && key_path(k->dir, name, KEY_PENDING, pending, e) == 0 &&
	    buf_reserve(&text, KEYFILE_BYTES_MAX - 1, e) == 0 &&
	    keyfile_format(KEY_OPERATING, f->did, f->seed, lock_of(k), &text, e) == 0 &&
	    file_write(path, buf_span(&text), 0600, e) == 0) {
		unlink(pending);
		if (a != NULL)
			crypto_sign_seed_keypair(a->operating_key, k->vault->of[a - k->author].operating, f->seed);
		rc = a != NULL ? 0 : add_author(k, name, e);
	}
	passphrase_clear(&text);
	return rc;
}

/* Whose pending key has this public key: its name.  1 found, 0 none, -1. */
static int
find_pending(struct keyring *k, const uint8_t pub[32], char name[64], struct keyfile *f, struct err *e)
{
	struct dirent **list;
	uint8_t made[32], sk[64];
	int n = scandir(k->dir, &list, NULL, by_name), i, rc = 0;

	for (i = 0; i < n; i++) {
		if (rc == 0 && key_file_author(list[i]->d_name, "pending.key", name) &&
		    (rc = read_key(k, name, KEY_PENDING, f, e)) == 0) {
			crypto_sign_seed_keypair(made, sk, f->seed);
			rc = memcmp(made, pub, 32) == 0;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	sodium_memzero(sk, sizeof sk);
	return rc;
}

int
keyring_is_pending(struct keyring *k, const uint8_t pub[32], struct err *e)
{
	struct keyfile f = { .locked = 0 };
	char name[64];
	int rc;

	pthread_mutex_lock(&k->mutex);
	rc = find_pending(k, pub, name, &f, e);
	sodium_memzero(&f, sizeof f);
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

int
keyring_promote(struct keyring *k, const uint8_t pub[32], struct err *e)
{
	struct keyfile f = { .locked = 0 };
	char name[64];
	int rc;

	pthread_mutex_lock(&k->mutex);
	if ((rc = find_pending(k, pub, name, &f, e)) == 1 && promote(k, name, &f, e) == -1)
		rc = -1;
	sodium_memzero(&f, sizeof f);
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

int
keyring_remove(struct keyring *k, const struct keyring_author *a, struct err *e)
{
	static const enum key_role role[] = { KEY_PENDING, KEY_IMPORT, KEY_OPERATING };
	char path[PATH_MAX];
	size_t i, n;
	int rc = 0;

	if (a == &k->author[0])
		return err_set(e, ERR_CONFLICT, "this is the node's own author: without its keys it is no node");
	pthread_mutex_lock(&k->mutex);
	for (i = 0; rc == 0 && i < sizeof role / sizeof role[0]; i++)
		if ((rc = key_path(k->dir, a->name, role[i], path, e)) == 0 && unlink(path) == -1 && errno != ENOENT)
			rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (rc == 0) {
		/* whoever walks meanwhile meets one twice, never nobody: the last place keeps its pointer */
		for (i = 0, n = k->count; i < n && k->order[i] != a; i++)
			continue;
		k->count = n - 1;
		for (; i + 1 < n; i++)
			k->order[i] = k->order[i + 1];
		sodium_memzero(&k->vault->of[a - k->author], sizeof k->vault->of[0]);
	}
	pthread_mutex_unlock(&k->mutex);
	return rc;
}

/* --- locking --------------------------------------------------------------------------------- */

static int
relock_file(struct keyring *k, const char *path, const struct keyfile_lock *lock, struct err *e)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	struct keyfile f;
	int rc = keyring_read_file(path, &f, e);

	if (rc == 0 && f.role <= KEY_NEXT_ROOT && f.locked && !keyfile_fits(&f, &k->vault->lock))
		return 0;	/* a root with a passphrase of its own keeps it */
	if (rc == 0 && (rc = unlock(k, path, &f, e)) == 0 && (rc = buf_reserve(&text, KEYFILE_BYTES_MAX - 1, e)) == 0 &&
	    (rc = keyfile_format(f.role, f.did, f.seed, lock, &text, e)) == 0)
		rc = file_write(path, buf_span(&text), 0600, e);
	sodium_memzero(&f, sizeof f);
	passphrase_clear(&text);
	return rc == 0 ? 1 : -1;
}

int
keyring_relock(struct keyring *k, const struct keyfile_lock *lock, size_t *count, struct err *e)
{
	struct dirent **list;
	char path[PATH_MAX];
	int n = scandir(k->dir, &list, NULL, by_name), i, rc = 0;

	*count = 0;
	if (n == -1)
		return err_set(e, ERR_IO, "%s: %s", k->dir, strerror(errno));
	for (i = 0; i < n; i++) {
		size_t len = strlen(list[i]->d_name);

		if (rc != -1 && len > 4 && strcmp(list[i]->d_name + len - 4, ".key") == 0 &&
		    (rc = file_path(path, sizeof path, k->dir, list[i]->d_name, e)) == 0 &&
		    (rc = relock_file(k, path, lock, e)) == 1)
			++*count;
		free(list[i]);
	}
	free(list);
	return rc == -1 ? -1 : 0;
}

static int
root_seed(struct keyring *k, const struct keyring_author *a, enum key_role role, uint8_t out[32], struct err *e)
{
	struct keyfile f;
	char path[PATH_MAX];
	int rc;

	if (key_path(k->dir, a->name, role, path, e) == -1)
		return -1;
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	if (keyring_read_file(path, &f, e) == -1)
		return -1;
	if (f.locked && (!k->vault->has_lock || !keyfile_fits(&f, &k->vault->lock)))
		return 0;
	if ((rc = unlock(k, path, &f, e)) == 0)
		memcpy(out, f.seed, SEED_BYTES);
	sodium_memzero(&f, sizeof f);
	return rc == 0 ? 1 : -1;
}

int
keyring_seed(struct keyring *k, const struct keyring_author *a, enum key_role role, uint8_t out[32], struct err *e)
{
	if (role == KEY_ROOT || role == KEY_NEXT_ROOT)
		return root_seed(k, a, role, out, e);
	if (role == KEY_IMPORT)
		keyring_import_key(k, a, out);
	else
		memcpy(out, k->vault->of[a - k->author].operating, SEED_BYTES);
	return 1;
}

/* --- using ----------------------------------------------------------------------------------- */

const uint8_t *
keyring_operating(const struct keyring *k, const struct keyring_author *a, struct err *e)
{
	(void)e;
	return k->vault->of[a - k->author].operating;
}

const uint8_t *
keyring_root(const struct keyring *k, const struct keyring_author *a, struct err *e)
{
	char path[PATH_MAX];

	if (a->has_root && !a->root_locked)
		return k->vault->of[a - k->author].root;
	if (key_path(k->dir, a->name, KEY_ROOT, path, e) == 0)
		err_set(e, ERR_FORBIDDEN, a->root_locked ? "the root key %s is locked by a passphrase of its own"
		    : "this needs the root key, which is not here: bring %s back for the time it takes", path);
	return NULL;
}

void
keyring_derive(const struct keyring *k, const char *purpose, uint8_t out[32])
{
	crypto_generichash(out, 32, (const unsigned char *)purpose, strlen(purpose), k->vault->names, SEED_BYTES);
}

void
keyring_import_key(const struct keyring *k, const struct keyring_author *a, uint8_t out[32])
{
	const struct secret *s = &k->vault->of[a - k->author];

	if (s->has_import && a != &k->author[0])
		memcpy(out, s->import, SEED_BYTES);
	else
		keyring_derive(k, "import", out);
}
