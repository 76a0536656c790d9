/* SPDX-License-Identifier: AGPL-3.0-or-later
 * author.h - signed records for the tests: keys from a number, drafts with everything filled in.
 *
 * Header only, because each test is one program.  A key made from the same number is the same key.
 */
#ifndef TESTS_UNIT_AUTHOR_H
#define TESTS_UNIT_AUTHOR_H

#include "tests/unit/test.h"

#include <sodium.h>

#include "proto/authority.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/record.h"

#define T0 1795255200LL		/* 2026-11-21T10:00:00Z */

struct key {
	uint8_t pub[32], secret[64];
	char did[DIDKEY_CHARS + 1];
};

static inline struct key
key_of(uint8_t number)
{
	uint8_t seed[32];
	struct key k;

	memset(seed, number, sizeof seed);
	crypto_sign_seed_keypair(k.pub, k.secret, seed);
	didkey_format(k.pub, k.did);
	return k;
}

/* A live initiative, or whatever kind: complete for that kind, to be changed before signing. */
static inline struct record_draft
draft_of(const struct key *author, enum kind kind)
{
	unsigned flags = kind_info(kind)->flags;
	struct record_draft d = { .kind = kind, .author = span_str(author->did),
	    .rid = (flags & KIND_SELF) != 0 ? SPAN("self") : SPAN("k3v2abcdefghijkl"),
	    .content = SPAN("{\"name\":\"Jardin partag\303\251\"}"), .updated = T0, .created = T0,
	    .nonce = { 7, 7, 7 } };

	if ((flags & KIND_CONTENT) != 0) {
		d.lang = SPAN("fr");
		d.license = SPAN("etalab-2.0");
	}
	return d;
}

static inline struct record_draft
tombstone_of(const struct key *author, enum kind kind)
{
	struct record_draft d = draft_of(author, kind);

	d.deleted = 1;
	d.lang = d.license = d.content = (struct span){ NULL, 0 };
	return d;
}

/* A record with the memory of its line. */
struct signed_record {
	struct buf line;
	struct record r;
};

static inline struct signed_record
sign_with(const struct record_draft *d, const struct key *k)
{
	struct signed_record s = { .line = BUF_INIT(RECORD_BYTES_MAX) };
	enum reason why;
	struct err e = { 0 };

	if (record_sign(d, k->secret, &s.line, &e) == -1 ||
	    record_parse(buf_span(&s.line), &s.r, &why, &e) == -1)
		fail_msg("cannot sign: %s", e.text);
	return s;
}

/* An identity of author under root, which commits to next; chain: identity lines of earlier roots. */
static inline struct signed_record
sign_identity(const struct key *author, const struct key *root, const struct key *next,
    const struct identity_key *key, size_t key_count, const struct span *chain, size_t chain_count,
    int64_t updated)
{
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	struct record_draft d = draft_of(author, KIND_IDENTITY);
	struct signed_record s;
	uint8_t commitment[32];
	struct err e = { 0 };

	identity_commitment(next->pub, commitment);
	if (identity_content(key, key_count, commitment, chain, chain_count, &content, &e) == -1)
		fail_msg("identity: %s", e.text);
	d.content = buf_span(&content);
	d.updated = d.created = updated;
	s = sign_with(&d, root);
	buf_clear(&content);
	return s;
}

static inline void
signed_clear(struct signed_record *s)
{
	buf_clear(&s->line);
}

#endif
