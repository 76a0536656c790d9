/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring_test.c - key files are private, told apart and never overwritten; a missing root says so; no message
 * holds a secret.
 */
#include "tests/unit/test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "node/core/keyring.h"
#include "node/core/passphrase.h"
#include "proto/authority.h"
#include "proto/err.h"
#include "proto/multibase.h"

struct world {
	char dir[64];
	struct keyring *k;
	const struct keyring_author *node;
	uint8_t next[32];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct err e = {0};

	if (w == NULL || sodium_init() == -1)
		return -1;
	strcpy(w->dir, "/tmp/essaim-keys-XXXXXX");
	if (mkdtemp(w->dir) == NULL || keyring_open(w->dir, &w->k, &e) == -1)
		return -1;
	assert_int_equal(keyring_count(w->k), 0);
	assert_int_equal(keyring_create(w->k, "node", w->next, &w->node, &e), 0);
	*state = w;
	return 0;
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	keyring_close(w->k);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static void
path_of(const struct world *w, const char *file, char out[128])
{
	snprintf(out, 128, "%s/keys/%s", w->dir, file);
}

static int
reopen(struct world *w, struct err *e)
{
	keyring_close(w->k);
	w->k = NULL;
	return keyring_open(w->dir, &w->k, e);
}

/* The third line of a key file, which no message may hold. */
static void
secret_of(const struct world *w, const char *file, char out[64])
{
	struct buf text = BUF_INIT(1024);
	struct span rest, seed;
	char path[128];
	struct err e = {0};

	path_of(w, file, path);
	assert_int_equal(file_read(path, &text, &e), 0);
	rest = buf_span(&text);
	span_cut(&rest, '\n');
	span_cut(&rest, '\n');
	seed = span_cut(&rest, '\n');
	assert_int_equal(seed.len, 43);
	memcpy(out, seed.ptr, seed.len);
	out[seed.len] = '\0';
	buf_clear(&text);
}

static void
test_files_are_private(void **state)
{
	static const char *const file[] = { "root.key", "operating.key", "next-root.key" };
	struct world *w = *state;
	struct stat st;
	char path[128];
	size_t i;

	for (i = 0; i < COUNT(file); i++) {
		path_of(w, file[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	path_of(w, "", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
test_same_keys_after_reopening(void **state)
{
	struct world *w = *state;
	struct keyring_author before = *w->node;
	uint8_t root[64], operating[64], derived[2][32];
	struct err e = {0};

	memcpy(root, keyring_root(w->k, w->node, &e), 64);
	memcpy(operating, keyring_operating(w->k, w->node, &e), 64);
	keyring_derive(w->k, "test", derived[0]);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_count(w->k), 1);
	w->node = keyring_at(w->k, 0);
	assert_string_equal(w->node->did, before.did);
	assert_memory_equal(keyring_root(w->k, w->node, &e), root, 64);
	assert_memory_equal(keyring_operating(w->k, w->node, &e), operating, 64);
	assert_memory_equal(w->node->operating_key, operating + 32, 32);
	keyring_derive(w->k, "test", derived[1]);
	assert_memory_equal(derived[0], derived[1], 32);
	keyring_derive(w->k, "other", derived[1]);
	assert_memory_not_equal(derived[0], derived[1], 32);
}

static void
test_commitment_is_of_the_next_root(void **state)
{
	struct world *w = *state;
	uint8_t seed[32], pub[32], sk[64], hash[32];
	char text[64];

	secret_of(w, "next-root.key", text);
	assert_int_equal(base64url_decode(span_str(text), seed, 32), 32);
	crypto_sign_seed_keypair(pub, sk, seed);
	identity_commitment(pub, hash);
	assert_memory_equal(hash, w->next, 32);
}

static void
test_two_authors(void **state)
{
	struct world *w = *state;
	const struct keyring_author *second;
	uint8_t next[32];
	struct err e = {0};

	assert_int_equal(keyring_create(w->k, "association", next, &second, &e), 0);
	assert_string_not_equal(second->did, w->node->did);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_count(w->k), 2);
	assert_string_equal(keyring_at(w->k, 0)->name, "node");	/* whatever the alphabet says */
	assert_ptr_equal(keyring_find(w->k, SPAN("association")), keyring_at(w->k, 1));
	assert_ptr_equal(keyring_find(w->k, span_str(keyring_at(w->k, 1)->did)), keyring_at(w->k, 1));
	assert_null(keyring_find(w->k, SPAN("nobody")));
	assert_null(keyring_at(w->k, 2));
}

static void
test_names(void **state)
{
	static const struct {
		const char *why, *name;
		int code;
	} row[] = {
		{ "a path", "../x", ERR_USAGE },
		{ "empty", "", ERR_USAGE },
		{ "capitals", "Buvard", ERR_USAGE },
		{ "a dot would change the role", "x.root", ERR_USAGE },
		{ "too long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ERR_USAGE },
		{ "taken", "node", ERR_CONFLICT },
	};
	struct world *w = *state;
	const struct keyring_author *a;
	uint8_t next[32];
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		struct err e = {0};

		CHECK_ROW(row[i].why, keyring_create(w->k, row[i].name, next, &a, &e) == -1);
		CHECK_ROW(row[i].why, (int)e.code == row[i].code);
	}
	assert_int_equal(keyring_count(w->k), 1);
}

static void
test_never_overwritten(void **state)
{
	struct world *w = *state;
	const struct keyring_author *a;
	char path[128], before[64], after[64];
	uint8_t next[32];
	struct err e = {0};

	path_of(w, "buvard.root.key", path);
	assert_int_equal(file_write(path, SPAN("mine\n"), 0600, &e), 0);
	assert_int_equal(keyring_create(w->k, "buvard", next, &a, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_non_null(strstr(e.text, "buvard.root.key"));
	secret_of(w, "root.key", before);
	unlink(path);
	path_of(w, "operating.key", path);
	unlink(path);
	e = (struct err){0};
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_create(w->k, "node", next, &a, &e), -1);	/* the root is there yet */
	assert_int_equal(e.code, ERR_CONFLICT);
	secret_of(w, "root.key", after);
	assert_string_equal(before, after);
}

static void
test_root_moved_away(void **state)
{
	struct world *w = *state;
	char path[128];
	struct err e = {0};

	path_of(w, "root.key", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_at(w->k, 0)->has_root, 0);
	assert_non_null(keyring_operating(w->k, keyring_at(w->k, 0), &e));
	assert_null(keyring_root(w->k, keyring_at(w->k, 0), &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	assert_non_null(strstr(e.text, path));
}

/* Each row spoils one file of a good directory. */
static void
test_wrong_files(void **state)
{
	static const struct {
		const char *why, *file, *text;	/* text NULL: mode only; "" with from: copied from that file */
		const char *from;
		mode_t mode;
		int code;
	} row[] = {
		{ "readable by the group", "operating.key", NULL, NULL, 0640, ERR_FORBIDDEN },
		{ "readable by all", "root.key", NULL, NULL, 0604, ERR_FORBIDDEN },
		{ "empty", "operating.key", "", NULL, 0600, ERR_INPUT },
		{ "no author", "operating.key", "essaim operating key\nsomebody\nAAAA\n", NULL, 0600, ERR_INPUT },
		{ "an operating key in the root's place", "root.key", NULL, "operating.key", 0600, ERR_INPUT },
		{ "the next root in the root's place", "root.key", NULL, "next-root.key", 0600, ERR_INPUT },
		{ "another author's root", "root.key", NULL, "other.root.key", 0600, ERR_CONFLICT },
		{ "longer than a key file", "operating.key", "long", NULL, 0600, ERR_LIMIT },
	};
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		struct buf text = BUF_INIT(4096);
		char path[128], from[128], secret[2][64];
		const struct keyring_author *other;
		struct world *w;
		uint8_t next[32];
		struct err e = {0};

		assert_int_equal(setup(state), 0);
		w = *state;
		assert_int_equal(keyring_create(w->k, "other", next, &other, &e), 0);
		secret_of(w, "root.key", secret[0]);
		secret_of(w, "operating.key", secret[1]);
		path_of(w, row[i].file, path);
		path_of(w, row[i].from == NULL ? row[i].file : row[i].from, from);
		if (row[i].text == NULL)
			assert_int_equal(file_read(from, &text, &e), 0);
		else
			while (buf_adds(&text, row[i].text, &e) == 0 && strcmp(row[i].text, "long") == 0 &&
			    text.len < 2000)
				continue;
		assert_int_equal(file_write(path, buf_span(&text), row[i].mode, &e), 0);
		CHECK_ROW(row[i].why, reopen(w, &e) == -1);
		if ((int)e.code != row[i].code)
			fail_msg("%s: %d %s", row[i].why, e.code, e.text);
		CHECK_ROW(row[i].why, strstr(e.text, row[i].code == ERR_CONFLICT ? "two authors" : path) != NULL);
		CHECK_ROW(row[i].why, strstr(e.text, secret[0]) == NULL && strstr(e.text, secret[1]) == NULL);
		buf_clear(&text);
		teardown(state);
	}
	assert_int_equal(setup(state), 0);
}

/* Were it overlooked, another author would silently become the node's own. */
static void
test_own_key_missing(void **state)
{
	struct world *w = *state;
	const struct keyring_author *a;
	char path[128];
	uint8_t next[32];
	struct err e = {0};

	assert_int_equal(keyring_create(w->k, "autre", next, &a, &e), 0);
	path_of(w, "operating.key", path);
	unlink(path);
	assert_int_equal(reopen(w, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.text, path));
}

/* One author too many is refused before its files are written: they would keep the node from opening. */
static void
test_too_many_authors(void **state)
{
	struct world *w = *state;
	const struct keyring_author *a;
	char name[16];
	uint8_t next[32];
	struct err e = {0};
	int i;

	for (i = 1; i < 256; i++) {
		snprintf(name, sizeof name, "a%d", i);
		assert_int_equal(keyring_create(w->k, name, next, &a, &e), 0);
	}
	assert_int_equal(keyring_create(w->k, "b", next, &a, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_count(w->k), 256);
}

/* A new operating key: what was named by the old one keeps its names. */
static void
test_another_operating_key(void **state)
{
	struct world *w = *state;
	uint8_t names[2][32], import[2][32], pub[32], again[32], stranger[32] = {1};
	struct err e = {0};

	keyring_derive(w->k, "test", names[0]);
	keyring_import_key(w->k, w->node, import[0]);
	assert_int_equal(keyring_pending(w->k, "node", w->node->did, pub, &e), 0);
	assert_int_equal(keyring_pending(w->k, "node", w->node->did, again, &e), 0);
	assert_memory_equal(pub, again, 32);	/* asked twice, drawn once */
	assert_int_equal(keyring_is_pending(w->k, pub, &e), 1);
	assert_int_equal(keyring_promote(w->k, stranger, &e), 0);
	assert_memory_not_equal(w->node->operating_key, pub, 32);
	assert_int_equal(keyring_promote(w->k, pub, &e), 1);
	assert_memory_equal(w->node->operating_key, pub, 32);
	assert_memory_equal(keyring_operating(w->k, w->node, &e) + 32, pub, 32);
	assert_int_equal(keyring_is_pending(w->k, pub, &e), 0);
	assert_int_equal(reopen(w, &e), 0);
	w->node = keyring_at(w->k, 0);
	assert_memory_equal(w->node->operating_key, pub, 32);
	keyring_derive(w->k, "test", names[1]);
	keyring_import_key(w->k, w->node, import[1]);
	assert_memory_equal(names[0], names[1], 32);
	assert_memory_equal(import[0], import[1], 32);
}

static void
test_an_author_comes_and_leaves(void **state)
{
	struct world *w = *state;
	struct keyring_seeds s = { .name = "venue", .operating = {3}, .import = {4} };
	const struct keyring_author *first, *last, *came;
	uint8_t next[32], import[32];
	char path[128], did[DIDKEY_CHARS + 1];
	struct err e = {0};

	assert_int_equal(keyring_create(w->k, "first", next, &first, &e), 0);
	strcpy(did, first->did);
	assert_int_equal(keyring_remove(w->k, first, &e), 0);
	s.did = did;
	assert_int_equal(keyring_create(w->k, "last", next, &last, &e), 0);
	assert_int_equal(keyring_adopt(w->k, &s, &came, &e), 0);
	assert_int_equal(keyring_count(w->k), 3);
	assert_ptr_equal(keyring_find(w->k, span_str(did)), came);
	keyring_import_key(w->k, came, import);
	assert_memory_equal(import, s.import, 32);
	assert_int_equal(keyring_adopt(w->k, &s, &came, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(keyring_remove(w->k, last, &e), 0);
	assert_null(keyring_find(w->k, SPAN("last")));
	assert_int_equal(keyring_count(w->k), 2);
	assert_ptr_equal(keyring_at(w->k, 1), came);
	assert_non_null(keyring_at(w->k, 2));	/* whoever counted before meets somebody */
	path_of(w, "last.operating.key", path);
	assert_int_equal(access(path, F_OK), -1);
	path_of(w, "last.root.key", path);
	assert_int_equal(access(path, F_OK), 0);	/* not ours to throw away */
	assert_int_equal(keyring_remove(w->k, keyring_at(w->k, 0), &e), -1);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_count(w->k), 2);
}

/* What the next questions for a passphrase are answered with. */
static void
answer_with(const char *lines)
{
	char number[16];
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], lines, strlen(lines)), (ssize_t)strlen(lines));
	close(fd[1]);
	snprintf(number, sizeof number, "%d", fd[0]);
	setenv(PASSPHRASE_FD, number, 1);
}

static void
test_locked_folder(void **state)
{
	struct world *w = *state;
	struct keyfile_lock lock;
	const struct keyring_author *second;
	uint8_t next[32], operating[64];
	struct keyfile f;
	char path[128];
	struct err e = {0};
	size_t n;

	memcpy(operating, keyring_operating(w->k, w->node, &e), 64);
	assert_int_equal(keyfile_lock_new(SPAN("cerise"), &lock, &e), 0);
	assert_int_equal(keyring_relock(w->k, &lock, &n, &e), 0);
	assert_int_equal(n, 3);
	answer_with("fenouil\n");
	assert_int_equal(reopen(w, &e), -1);
	assert_int_equal(e.code, ERR_FORBIDDEN);
	answer_with("cerise\n");
	assert_int_equal(reopen(w, &e), 0);	/* one question for all files */
	assert_true(keyring_at(w->k, 0)->locked);
	w->node = keyring_at(w->k, 0);
	assert_memory_equal(keyring_operating(w->k, w->node, &e), operating, 64);
	assert_non_null(keyring_root(w->k, w->node, &e));
	assert_int_equal(keyring_create(w->k, "deux", next, &second, &e), 0);
	path_of(w, "deux.operating.key", path);
	assert_int_equal(keyring_read_file(path, &f, &e), 0);
	assert_int_equal(f.locked, 1);
	assert_int_equal(keyring_relock(w->k, NULL, &n, &e), 0);
	unsetenv(PASSPHRASE_FD);
	assert_int_equal(reopen(w, &e), 0);
	assert_int_equal(keyring_count(w->k), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest test[] = {
		T(test_files_are_private), T(test_same_keys_after_reopening),
		T(test_commitment_is_of_the_next_root), T(test_two_authors), T(test_names),
		T(test_never_overwritten), T(test_root_moved_away), T(test_own_key_missing),
		T(test_another_operating_key), T(test_an_author_comes_and_leaves), T(test_locked_folder),
		T(test_too_many_authors), cmocka_unit_test_teardown(test_wrong_files, teardown),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
