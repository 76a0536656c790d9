/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle_test.c - the head of a bundle says what was signed, to the byte; what is not so is refused, with the
 * reason. */
#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/authority.h"
#include "proto/bundle.h"
#include "proto/err.h"
#include "tests/unit/author.h"

#define ROOT 1
#define OPERATING 2
#define OTHER 5

struct made {
	struct signed_record identity;
	struct buf head;
};

/* A head of two pieces, signed by one key while the identity lists the operating one. */
static void
make(struct made *m, uint8_t signer, int64_t created, int64_t until)
{
	struct key root = key_of(ROOT), op = key_of(OPERATING), next = key_of(3), by = key_of(signer);
	struct identity_key window = { .from = T0, .until = until };
	struct record_draft d = draft_of(&root, KIND_IDENTITY);
	struct buf content = BUF_INIT(4096);
	struct bundle_piece piece[2] = { { 10, 1, { 1 } }, { 2000, 3, { 2 } } };
	struct bundle_manifest manifest = { .is_signed = 1, .name = "Pays d'ici", .position = "h.7", .since = "h.3",
		.created = created, .records = 4, .deleted = 1, .piece = piece, .pieces = 2 };
	uint8_t commitment[32];
	struct err e;

	memcpy(window.key, op.pub, 32);
	identity_commitment(next.pub, commitment);
	assert_int_equal(identity_content(&window, 1, commitment, NULL, 0, &content, &e), 0);
	d.content = buf_span(&content);
	m->identity = sign_with(&d, &root);
	m->head = (struct buf)BUF_INIT(BUNDLE_HEAD_BYTES_MAX);
	memcpy(manifest.did, root.did, sizeof root.did);
	if (bundle_write(&manifest, "00", m->identity.r.line, by.secret, &m->head, &e) == -1)
		fail_msg("%s", e.text);
	buf_clear(&content);
}

static void
unmake(struct made *m)
{
	signed_clear(&m->identity);
	buf_clear(&m->head);
}

static void
test_round(void **state)
{
	struct bundle_manifest m;
	struct made made;
	struct err e;

	(void)state;
	make(&made, OPERATING, T0 + 5, T0 + 100);
	assert_true(bundle_is_head(buf_span(&made.head)));
	assert_int_equal(bundle_read(buf_span(&made.head), &m, &e), 0);
	assert_int_equal(bundle_verify(buf_span(&made.head), &m, &e), 0);
	assert_true(m.is_signed && m.records == 4 && m.deleted == 1 && m.pieces == 2 && m.created == T0 + 5);
	assert_true(m.piece[1].bytes == 2000 && m.piece[1].records == 3 && m.piece[1].hash[0] == 2);
	assert_string_equal(m.name, "Pays d'ici");
	assert_string_equal(m.since, "h.3");
	assert_string_equal(m.position, "h.7");
	bundle_release(&m);
	unmake(&made);
}

static const struct {
	const char *why;
	uint8_t signer;
	int64_t created, until;
	const char *said;
} forged[] = {
	{ "another key", OTHER, T0 + 5, T0 + 100, "by another key" },
	{ "after the key's time", OPERATING, T0 + 100, T0 + 100, "by another key" },
	{ "before the key's time", OPERATING, T0 - 1, T0 + 100, "by another key" },
};

static void
test_forged(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(forged); i++) {
		struct bundle_manifest m;
		struct made made;
		struct err e = { 0 };

		make(&made, forged[i].signer, forged[i].created, forged[i].until);
		CHECK_ROW(forged[i].why, bundle_read(buf_span(&made.head), &m, &e) == 0);
		CHECK_ROW(forged[i].why, bundle_verify(buf_span(&made.head), &m, &e) == -1);
		CHECK_ROW(e.text, e.code == ERR_SIGNATURE && strstr(e.text, forged[i].said) != NULL);
		bundle_release(&m);
		unmake(&made);
	}
}

/* Wherever one byte is changed, the head is no longer read or no longer believed. */
static void
test_every_byte_counts(void **state)
{
	struct bundle_manifest m;
	struct made made;
	struct err e;
	size_t i;

	(void)state;
	make(&made, OPERATING, T0 + 5, T0 + 100);
	for (i = 0; i < made.head.len; i++) {
		made.head.ptr[i] ^= 1;
		if (bundle_read(buf_span(&made.head), &m, &e) == 0 && bundle_verify(buf_span(&made.head), &m, &e) == 0)
			fail_msg("byte %zu may be changed", i);
		bundle_release(&m);
		made.head.ptr[i] ^= 1;
	}
	unmake(&made);
}

static const struct {
	const char *why, *line, *said;
} bad[] = {
	{ "no bundle", "{\"v\":1}", "no bundle" },
	{ "another document", "{\"essaim\":\"card\",\"v\":1}", "no bundle" },
	{ "a later version", "{\"essaim\":\"bundle\",\"v\":2}", "newer essaim" },
	{ "signed by nobody it names", "{\"essaim\":\"bundle\",\"pieces\":[],\"v\":1}", "who made it" },
	{ "not canonical", "{\"essaim\":\"bundle\", \"pieces\":[],\"v\":1}", "damaged" },
	{ "counts that are none", "{\"created\":1,\"deleted\":2,\"did\":\"did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX\","
	    "\"essaim\":\"bundle\",\"pieces\":[],\"records\":1,\"v\":1}", "how much is in it" },
	{ "pieces that do not add up", "{\"created\":1,\"deleted\":0,\"did\":\"did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX\","
	    "\"essaim\":\"bundle\",\"pieces\":[],\"records\":1,\"v\":1}", "not as many records" },
	{ "a piece larger than a batch", "{\"created\":1,\"deleted\":0,\"did\":\"did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX\","
	    "\"essaim\":\"bundle\",\"pieces\":[{\"bytes\":99999999,\"records\":1,\"sha256\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}],\"records\":1,\"v\":1}", "a piece" },
};

static void
test_form(void **state)
{
	struct bundle_manifest m;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		CHECK_ROW(bad[i].why, bundle_read(span_str(bad[i].line), &m, &e) == -1);
		CHECK_ROW(e.text, strstr(e.text, bad[i].said) != NULL);
		bundle_release(&m);
	}
	assert_int_equal(bundle_read(SPAN("{\"essaim\":\"bundle\",\"name\":\"A\",\"state\":\"00\",\"v\":1}"), &m, &e), 0);
	assert_true(!m.is_signed && m.pieces == 0);
	assert_int_equal(bundle_verify(SPAN("{}"), &m, &e), -1);
	bundle_release(&m);
	assert_int_equal(bundle_read(SPAN("{ \"v\": 1, \"essaim\": \"bundle\" }"), &m, &e), 0);
	assert_true(!m.is_signed);
	bundle_release(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round), cmocka_unit_test(test_forged), cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_form),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
