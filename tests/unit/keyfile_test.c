/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyfile_test.c - a locked key opens with its passphrase alone, and not at all once a byte of it changed; what is
 * no key file is told apart, and no message holds a secret.
 */
#include "tests/unit/test.h"

#include <sodium.h>

#include "node/core/keyfile.h"
#include "proto/err.h"

#define DID "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"
#define SEED "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static struct keyfile_lock lock;

static int
setup(void **state)
{
	struct err e = {0};

	(void)state;
	return sodium_init() == -1 ? -1 : keyfile_lock_new(SPAN("cerise et fenouil"), &lock, &e);
}

static void
fill(uint8_t seed[32])
{
	size_t i;

	for (i = 0; i < 32; i++)
		seed[i] = (uint8_t)i;
}

static void
test_plain(void **state)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	struct keyfile f;
	uint8_t seed[32];
	struct err e = {0};

	(void)state;
	fill(seed);
	assert_int_equal(keyfile_format(KEY_NEXT_ROOT, DID, seed, NULL, &text, &e), 0);
	assert_string_equal(text.ptr, "essaim next-root key\n" DID "\n" SEED "\n");
	assert_int_equal(keyfile_parse(buf_span(&text), &f, &e), 0);
	assert_int_equal(f.role, KEY_NEXT_ROOT);
	assert_int_equal(f.locked, 0);
	assert_string_equal(f.did, DID);
	assert_memory_equal(f.seed, seed, 32);
	buf_clear(&text);
}

static void
locked_text(struct buf *out)
{
	uint8_t seed[32];
	struct err e = {0};

	fill(seed);
	assert_int_equal(keyfile_format(KEY_OPERATING, DID, seed, &lock, out, &e), 0);
}

static void
test_locked(void **state)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	struct keyfile_lock same, other;
	struct keyfile f;
	uint8_t seed[32], zero[32] = {0};
	struct err e = {0};

	(void)state;
	fill(seed);
	locked_text(&text);
	assert_null(strstr(text.ptr, SEED));
	assert_int_equal(keyfile_parse(buf_span(&text), &f, &e), 0);
	assert_int_equal(f.locked, 1);
	assert_memory_equal(f.seed, zero, 32);
	assert_int_equal(keyfile_lock_of(&f, SPAN("cerise et fenouille"), &other, &e), 0);
	assert_int_equal(keyfile_unlock(&f, &other, &e), -1);
	assert_int_equal(e.code, ERR_FORBIDDEN);
	assert_memory_equal(f.seed, zero, 32);
	assert_int_equal(keyfile_lock_of(&f, SPAN("cerise et fenouil"), &same, &e), 0);
	assert_memory_equal(same.key, lock.key, 32);
	assert_int_equal(keyfile_unlock(&f, &same, &e), 0);
	assert_int_equal(f.locked, 0);
	assert_memory_equal(f.seed, seed, 32);
	buf_clear(&text);
}

/* Every byte counts: of the title, of whose it is, of the cost, of the box. */
static void
test_changed(void **state)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	size_t i;

	(void)state;
	locked_text(&text);
	for (i = 0; i < text.len; i++) {
		char was = text.ptr[i];
		struct keyfile f;
		struct err e = {0};

		text.ptr[i] = was == 'A' ? 'B' : was == '1' ? '2' : was == '\n' ? 'x' : 'A';
		if (i + 1 < text.len && keyfile_parse(buf_span(&text), &f, &e) == 0 && f.locked &&
		    keyfile_unlock(&f, &lock, &e) == 0)
			fail_msg("byte %zu (%c) may be changed", i, was);
		text.ptr[i] = was;
	}
	for (i = 0; i + 1 < text.len; i++) {
		struct keyfile f;
		struct err e = {0};

		assert_int_equal(keyfile_parse((struct span){ text.ptr, i }, &f, &e), -1);
	}
	buf_clear(&text);
}

static void
test_no_key_files(void **state)
{
	static const struct {
		const char *why, *text;
	} row[] = {
		{ "empty", "" },
		{ "another program's", "-----BEGIN PRIVATE KEY-----\n" DID "\n" SEED "\n" },
		{ "a role nobody knows", "essaim master key\n" DID "\n" SEED "\n" },
		{ "nobody's", "essaim root key\nsomebody\n" SEED "\n" },
		{ "a seed cut short", "essaim root key\n" DID "\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg\n" },
		{ "a seed and more", "essaim root key\n" DID "\n" SEED "\n" SEED "\n" },
		{ "a lock without its cost", "essaim root key, locked\n" DID "\n" SEED "\n" },
		{ "a cost of nothing", "essaim root key, locked\n" DID "\nargon2id 0 65536 AAAAAAAAAAAAAAAAAAAAAA\n" SEED "\n" },
		{ "a cost of all memory", "essaim root key, locked\n" DID
		    "\nargon2id 3 99999999 AAAAAAAAAAAAAAAAAAAAAA\n" SEED "\n" },
		{ "a cost of an hour", "essaim root key, locked\n" DID "\nargon2id 9999 65536 AAAAAAAAAAAAAAAAAAAAAA\n" SEED "\n" },
		{ "a number written otherwise", "essaim root key, locked\n" DID
		    "\nargon2id 03 65536 AAAAAAAAAAAAAAAAAAAAAA\n" SEED "\n" },
		{ "another way to a key", "essaim root key, locked\n" DID "\nscrypt 3 65536 AAAAAAAAAAAAAAAAAAAAAA\n" SEED "\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct keyfile f;
		struct err e = {0};

		CHECK_ROW(row[i].why, keyfile_parse(span_str(row[i].text), &f, &e) == -1);
		CHECK_ROW(row[i].why, e.code == ERR_INPUT);
		CHECK_ROW(row[i].why, strstr(e.text, "AAECAwQF") == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_no_key_files),
	};

	return cmocka_run_group_tests(test, setup, NULL);
}
