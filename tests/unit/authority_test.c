/* SPDX-License-Identifier: AGPL-3.0-or-later
 * authority_test.c - who may sign for an author: key windows, successions, and the ways to cheat at them. */
#include "tests/unit/author.h"

#include "proto/canon.h"

/* Three roots that commit to one another, and the identities that say so. */
struct line_of_roots {
	struct key root[5];
	struct signed_record identity[4];	/* [g]: of generation g */
};

static struct line_of_roots
make_line(void)
{
	struct line_of_roots l = { .root = { key_of(1), key_of(2), key_of(3), key_of(4), key_of(5) } };
	struct span chain[4];
	size_t g;

	for (g = 0; g < COUNT(l.identity); g++) {
		l.identity[g] = sign_identity(&l.root[0], &l.root[g], &l.root[g + 1], NULL, 0, chain, g,
		    T0 + (int64_t)g);
		chain[g] = l.identity[g].r.line;
	}
	return l;
}

static void
clear_line(struct line_of_roots *l)
{
	size_t g;

	for (g = 0; g < COUNT(l->identity); g++)
		signed_clear(&l->identity[g]);
}

static struct identity
read_ok(const struct record *r)
{
	struct identity id;
	struct err e = { 0 };
	enum reason why;

	if (identity_read(r, &id, &why, &e) == -1)
		fail_msg("%s: %s", reason_name(why), e.text);
	return id;
}

static void
keys_have_windows(void **state)
{
	struct key root = key_of(1), next = key_of(2), op = key_of(3), gone = key_of(4);
	struct identity_key key[2] = { { .from = T0, .until = T0 + 100 }, { .from = T0 + 50, .until = T0 + 60 } };
	struct signed_record s;
	struct identity id;

	(void)state;
	memcpy(key[0].key, op.pub, 32);
	memcpy(key[1].key, next.pub, 32);
	s = sign_identity(&root, &root, &next, key, 2, NULL, 0, T0);
	id = read_ok(&s.r);
	assert_int_equal(id.key_count, 2);
	assert_int_equal(id.generation, 0);
	CHECK(identity_authorises(&id, op.pub, T0));
	CHECK(identity_authorises(&id, op.pub, T0 + 99));
	CHECK(!identity_authorises(&id, op.pub, T0 + 100));
	CHECK(!identity_authorises(&id, op.pub, T0 - 1));
	CHECK(identity_authorises(&id, next.pub, T0 + 59));
	CHECK(!identity_authorises(&id, next.pub, T0 + 60));
	CHECK(!identity_authorises(&id, gone.pub, T0 + 50));
	CHECK(identity_authorises(&id, root.pub, 0));
	CHECK(identity_is_root(&id, root.pub) && !identity_is_root(&id, op.pub));
	signed_clear(&s);
}

/* A key that a later identity no longer lists signs nothing any more, whatever its records' dates. */
static void
a_removed_key_is_no_key(void **state)
{
	struct key root = key_of(1), next = key_of(2), op = key_of(3);
	struct identity_key key = { .from = 0, .until = T0 + 1000 };
	struct signed_record before, after;
	struct identity held, id;
	enum reason why;
	struct err e = { 0 };

	(void)state;
	memcpy(key.key, op.pub, 32);
	before = sign_identity(&root, &root, &next, &key, 1, NULL, 0, T0);
	after = sign_identity(&root, &root, &next, NULL, 0, NULL, 0, T0 + 1);
	held = read_ok(&before.r);
	id = read_ok(&after.r);
	CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == 0);
	CHECK(identity_authorises(&held, op.pub, T0) && !identity_authorises(&id, op.pub, T0));
	signed_clear(&before);
	signed_clear(&after);
}

static void
successions_through_commitments(void **state)
{
	struct line_of_roots l = make_line();
	struct span item[IDENTITY_CHAIN_MAX];
	struct identity id, held;
	enum reason why;
	struct err e = { 0 };
	size_t g, h;

	(void)state;
	for (g = 0; g < COUNT(l.identity); g++) {
		id = read_ok(&l.identity[g].r);
		CHECK(id.generation == g && identity_chain(&l.identity[g].r, item) == g);
		CHECK(identity_is_root(&id, l.root[g].pub));
		CHECK(g == 0 || !identity_is_root(&id, l.root[g - 1].pub));
		assert_memory_equal(id.author, l.root[0].pub, 32);
		for (h = 0; h < g; h++) {
			held = read_ok(&l.identity[h].r);
			CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == 0);
		}
	}
	/* the last holds one record of each root: its length grows by one record a generation */
	CHECK(l.identity[3].line.len - l.identity[2].line.len < l.identity[0].line.len + 64);
	clear_line(&l);
}

/* New keys under a later root: the chain is taken from the current identity. */
static void
new_keys_keep_the_chain(void **state)
{
	struct line_of_roots l = make_line();
	struct key op = key_of(9);
	struct identity_key key = { .from = T0, .until = T0 + 9 };
	struct span item[IDENTITY_CHAIN_MAX];
	size_t count = identity_chain(&l.identity[2].r, item);
	struct signed_record s, last;
	struct identity held = read_ok(&l.identity[2].r), id;
	enum reason why;
	struct err e = { 0 };

	(void)state;
	memcpy(key.key, op.pub, 32);
	s = sign_identity(&l.root[0], &l.root[2], &l.root[3], &key, 1, item, count, T0 + 20);
	id = read_ok(&s.r);
	CHECK(id.generation == 2 && identity_authorises(&id, op.pub, T0));
	CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == 0);
	/* and from there on to the next root: the items, then the line itself, its chain left out */
	item[count++] = s.r.line;
	last = sign_identity(&l.root[0], &l.root[3], &l.root[4], NULL, 0, item, count, T0 + 30);
	CHECK(read_ok(&last.r).generation == 3);
	signed_clear(&last);
	signed_clear(&s);
	clear_line(&l);
}

static void
a_commitment_is_for_ever(void **state)
{
	struct line_of_roots l = make_line();
	struct key other = key_of(8);
	struct identity held, id;
	struct signed_record branch, usurper;
	struct span chain;
	uint8_t pin[32];
	enum reason why;
	struct err e = { 0 };

	(void)state;
	held = read_ok(&l.identity[0].r);
	/* the same root names another next */
	branch = sign_identity(&l.root[0], &l.root[0], &other, NULL, 0, NULL, 0, T0 + 50);
	id = read_ok(&branch.r);
	CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == -1 && why == REASON_SUCCESSION);
	/* and that next succeeds: a chain that holds in itself, yet not what was committed to first */
	chain = branch.r.line;
	usurper = sign_identity(&l.root[0], &other, &l.root[4], NULL, 0, &chain, 1, T0 + 60);
	id = read_ok(&usurper.r);
	CHECK(id.generation == 1);
	CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == -1 && why == REASON_SUCCESSION);
	held = read_ok(&l.identity[1].r);
	CHECK(identity_may_follow(&held, &id, NULL, &why, &e) == -1 && why == REASON_SUCCESSION);
	/* whoever comes new has the voucher's pin instead */
	identity_commitment(l.root[1].pub, pin);
	CHECK(identity_may_follow(NULL, &id, pin, &why, &e) == -1 && why == REASON_SUCCESSION);
	CHECK(identity_may_follow(NULL, &held, pin, &why, &e) == 0 && why == REASON_NONE);
	CHECK(identity_may_follow(NULL, &id, NULL, &why, &e) == 0);
	signed_clear(&branch);
	signed_clear(&usurper);
	clear_line(&l);
}

/* --- what does not read ------------------------------------------------------------------- */

static void
refused(const char *what, const struct key *author, const struct key *signer, struct span content,
    enum reason reason)
{
	struct record_draft d = draft_of(author, KIND_IDENTITY);
	struct signed_record s;
	struct identity id;
	enum reason why;
	struct err e = { 0 };

	d.content = content;
	s = sign_with(&d, signer);
	if (identity_read(&s.r, &id, &why, &e) != -1)
		fail_msg("%s: accepted", what);
	if (why != reason || e.text[0] == '\0')
		fail_msg("%s: %s, \"%s\"", what, reason_name(why), e.text);
	signed_clear(&s);
}

#define NEXT "\"next\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define DID "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

static const struct { const char *why, *content; } shape[] = {
	{ "no keys", "{" NEXT "}" },
	{ "keys not an array", "{\"keys\":{}," NEXT "}" },
	{ "no next", "{\"keys\":[]}" },
	{ "next too short", "{\"keys\":[],\"next\":\"AAAA\"}" },
	{ "next a number", "{\"keys\":[],\"next\":1}" },
	{ "a key without window", "{\"keys\":[{\"key\":\"" DID "\"}]," NEXT "}" },
	{ "a key without end", "{\"keys\":[{\"from\":1,\"key\":\"" DID "\"}]," NEXT "}" },
	{ "an empty window", "{\"keys\":[{\"from\":5,\"key\":\"" DID "\",\"until\":5}]," NEXT "}" },
	{ "a window before 1970", "{\"keys\":[{\"from\":-1,\"key\":\"" DID "\",\"until\":5}]," NEXT "}" },
	{ "a key that is none", "{\"keys\":[{\"from\":1,\"key\":\"did:key:z6Mk\",\"until\":5}]," NEXT "}" },
	{ "a key that is text", "{\"keys\":[\"" DID "\"]," NEXT "}" },
	{ "an empty chain", "{\"chain\":[],\"keys\":[]," NEXT "}" },
	{ "a chain that is no array", "{\"chain\":{},\"keys\":[]," NEXT "}" },
	{ "a chain of no records", "{\"chain\":[1],\"keys\":[]," NEXT "}" },
	{ "a chain of empty objects", "{\"chain\":[{}],\"keys\":[]," NEXT "}" },
	{ "a chain of 13", "{\"chain\":[1,1,1,1,1,1,1,1,1,1,1,1,1],\"keys\":[]," NEXT "}" },
};

static void
shapes_that_do_not_read(void **state)
{
	struct key root = key_of(1);
	struct buf many = BUF_INIT(RECORD_BYTES_MAX);
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shape); i++)
		refused(shape[i].why, &root, &root, span_str(shape[i].content), REASON_ENVELOPE);
	buf_adds(&many, "{\"keys\":[", &e);
	for (i = 0; i <= IDENTITY_KEYS_MAX; i++)
		buf_addf(&many, &e, "%s{\"from\":1,\"key\":\"" DID "\",\"until\":%zu}", i ? "," : "", i + 2);
	buf_adds(&many, "]," NEXT "}", &e);
	refused("seventeen keys", &root, &root, buf_span(&many), REASON_ENVELOPE);
	buf_clear(&many);
}

static void
wrap_chain(struct buf *out, const struct span *item, size_t count)
{
	struct err e = { 0 };
	size_t i;

	buf_reset(out);
	buf_adds(out, "{\"chain\":[", &e);
	for (i = 0; i < count; i++) {
		buf_adds(out, i ? "," : "", &e);
		buf_addspan(out, item[i], &e);
	}
	buf_adds(out, "],\"keys\":[]," NEXT "}", &e);
}

static void
chains_that_do_not_hold(void **state)
{
	struct line_of_roots l = make_line();
	struct key stranger = key_of(8);
	struct signed_record foreign = sign_identity(&stranger, &stranger, &l.root[1], NULL, 0, NULL, 0, T0);
	struct record_draft vouch = draft_of(&l.root[0], KIND_VOUCH);
	struct signed_record other_kind = sign_with(&vouch, &l.root[0]);
	struct buf c = BUF_INIT(RECORD_BYTES_MAX), bent = BUF_INIT(RECORD_BYTES_MAX);
	struct span good[IDENTITY_CHAIN_MAX], item[3];
	struct err e = { 0 };
	char *at;

	(void)state;
	CHECK(identity_chain(&l.identity[3].r, good) == 3);
#define CHAIN(why, count, by, reason, ...) do { \
	const struct span list[] = { __VA_ARGS__ }; \
	memcpy(item, list, sizeof list); \
	wrap_chain(&c, item, count); \
	refused(why, &l.root[0], &l.root[by], buf_span(&c), reason); } while (0)
	refused("a first identity not by the author", &l.root[0], &stranger,
	    SPAN("{\"keys\":[]," NEXT "}"), REASON_KEY);
	CHAIN("signed by a root not yet announced", 1, 2, REASON_SUCCESSION, good[0]);
	CHAIN("signed by the root that has handed over", 1, 0, REASON_SUCCESSION, good[0]);
	CHAIN("a generation left out", 2, 3, REASON_SUCCESSION, good[0], good[2]);
	CHAIN("out of order", 2, 2, REASON_SUCCESSION, good[1], good[0]);
	CHAIN("twice the same", 2, 1, REASON_SUCCESSION, good[0], good[0]);
	CHAIN("an item with its own chain", 2, 2, REASON_ENVELOPE, good[0], l.identity[1].r.line);
	CHAIN("another author's identity", 1, 1, REASON_ENVELOPE, foreign.r.line);
	CHAIN("a record of another kind", 1, 1, REASON_ENVELOPE, other_kind.r.line);
	/* an item whose bytes changed since its root signed */
	buf_addspan(&bent, good[1], &e);
	at = memmem(bent.ptr, bent.len, "\"nonce\":\"B", 10);
	CHECK(at != NULL);
	at[9] = 'C';
	CHAIN("an item changed after signing", 2, 2, REASON_SIGNATURE, good[0], buf_span(&bent));
#undef CHAIN
	buf_clear(&c);
	buf_clear(&bent);
	signed_clear(&foreign);
	signed_clear(&other_kind);
	clear_line(&l);
}

static void
a_changed_identity_does_not_read(void **state)
{
	struct line_of_roots l = make_line();
	struct buf b = BUF_INIT(RECORD_BYTES_MAX);
	struct identity id;
	struct record r;
	enum reason why;
	struct err e = { 0 };
	char *at;

	(void)state;
	buf_addspan(&b, l.identity[2].r.line, &e);
	at = memmem(b.ptr, b.len, "\"nonce\":\"B", 10);
	at = at == NULL ? NULL : memmem(at + 10, (size_t)(b.ptr + b.len - at) - 10, "\"nonce\":\"B", 10);
	at = at == NULL ? NULL : memmem(at + 10, (size_t)(b.ptr + b.len - at) - 10, "\"nonce\":\"B", 10);
	CHECK(at != NULL);	/* the last of three: the identity's own */
	at[9] = 'C';
	CHECK(record_parse(buf_span(&b), &r, &why, &e) == 0);
	CHECK(identity_read(&r, &id, &why, &e) == -1 && why == REASON_SIGNATURE);
	buf_clear(&b);
	clear_line(&l);
}

static void
contents_have_limits(void **state)
{
	static const struct identity_key key[IDENTITY_KEYS_MAX + 1];
	static const uint8_t next[32];
	static const struct span chain[IDENTITY_CHAIN_MAX + 1];
	struct buf out = BUF_INIT(RECORD_BYTES_MAX);
	struct err e = { 0 };

	(void)state;
	CHECK(identity_content(key, COUNT(key), next, NULL, 0, &out, &e) == -1 && e.code == ERR_LIMIT);
	CHECK(identity_content(NULL, 0, next, chain, COUNT(chain), &out, &e) == -1 && e.code == ERR_LIMIT);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_windows),
		cmocka_unit_test(a_removed_key_is_no_key),
		cmocka_unit_test(successions_through_commitments),
		cmocka_unit_test(new_keys_keep_the_chain),
		cmocka_unit_test(a_commitment_is_for_ever),
		cmocka_unit_test(shapes_that_do_not_read),
		cmocka_unit_test(chains_that_do_not_hold),
		cmocka_unit_test(a_changed_identity_does_not_read),
		cmocka_unit_test(contents_have_limits),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
