/* SPDX-License-Identifier: AGPL-3.0-or-later
 * store_test.c - what is offered is judged, kept, superseded, forgotten and found again, as SPEC says;
 * a failed job leaves nothing behind; memory and database never differ.
 */
#include "tests/unit/test.h"

#include <ftw.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistd.h>

#include "node/store/inside.h"
#include "node/store/store.h"
#include "node/store/trust.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/multibase.h"
#include "proto/set.h"

#define T0 1763000000LL

/* One author with a root, an operating key and the root to come. */
struct person {
	char did[DIDKEY_CHARS + 1];
	uint8_t root[64], key[64], spare[64], next_pub[32], root_pub[32];
};

struct world {
	char dir[64], path[96];
	int64_t now;
	struct store *store;
	int loosened;
	unsigned serial;
};

static int64_t
world_now(void *ctx)
{
	return ((struct world *)ctx)->now;
}

static void
world_loosened(void *ctx, const char *author)
{
	(void)author;
	((struct world *)ctx)->loosened++;
}

static void
reopen_scoped(struct world *w, enum admission_mode mode, const struct store_scope *scope)
{
	struct store_config c = {
		.path = w->path, .admission = mode, .scope = *scope, .now = world_now, .now_ctx = w,
		.hooks = { .ctx = w, .loosened = world_loosened },
	};
	struct err e = {0};

	if (w->store != NULL)
		store_close(w->store);
	w->store = NULL;
	if (store_open(&c, &w->store, &e) == -1)
		fail_msg("%s", e.text);
}

static void
reopen(struct world *w, enum admission_mode mode)
{
	reopen_scoped(w, mode, &(struct store_scope){ 0 });
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL || sodium_init() == -1)
		return -1;
	strcpy(w->dir, "/tmp/essaim-store-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(w->path, sizeof w->path, "%s/record.db", w->dir);
	w->now = T0;
	reopen(w, ADMIT_VOUCHED);
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

	store_close(w->store);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static void
person_make(struct person *p, unsigned char seed)
{
	uint8_t s[32] = { seed }, pub[32], sk[64];

	s[1] = 1;
	crypto_sign_seed_keypair(p->root_pub, p->root, s);
	s[1] = 2;
	crypto_sign_seed_keypair(pub, p->key, s);
	s[1] = 3;
	crypto_sign_seed_keypair(p->next_pub, sk, s);
	s[1] = 4;
	crypto_sign_seed_keypair(pub, p->spare, s);
	didkey_format(p->root_pub, p->did);
}

struct draft {
	enum kind kind;
	const char *rid, *content;
	int64_t updated, created;	/* 0: the world's now */
	int deleted;
	const uint8_t *sk;		/* NULL: the operating key */
};

static void
sign(struct world *w, const struct person *p, const struct draft *d, struct buf *line)
{
	struct record_draft r = {
		.kind = d->kind, .author = span_str(p->did), .rid = span_str(d->rid),
		.content = span_str(d->content), .deleted = d->deleted,
		.updated = d->updated ? d->updated : w->now, .created = d->created ? d->created : w->now,
	};
	struct err e = {0};

	if ((kind_info(d->kind)->flags & KIND_CONTENT) != 0 && !d->deleted) {
		r.lang = SPAN("fr");
		r.license = SPAN("etalab-2.0");
	}
	memcpy(r.nonce, &w->serial, sizeof w->serial);
	w->serial++;
	*line = (struct buf)BUF_INIT(RECORD_BYTES_MAX);
	if (record_sign(&r, d->sk != NULL ? d->sk : p->key, line, &e) == -1)
		fail_msg("%s", e.text);
}

static enum reason
offer_line(struct world *w, const struct buf *line)
{
	struct offer_line o = {0};
	struct err e = {0};

	if (record_parse(buf_span(line), &o.record, &o.reason, &e) == -1)
		return o.reason;
	o.reason = REASON_NONE;
	if (store_offer(w->store, &o, 1, "http://peer.example", &e) == -1)
		fail_msg("%s", e.text);
	return o.reason;
}

static enum reason
offer(struct world *w, const struct person *p, const struct draft *d)
{
	struct buf line;
	enum reason why;

	sign(w, p, d, &line);
	why = offer_line(w, &line);
	buf_clear(&line);
	return why;
}

/* An identity that lists the operating key, or the spare one in its place. */
static void
identity_line(struct world *w, const struct person *p, int spare, int64_t updated, struct buf *line)
{
	struct identity_key key = { .from = T0 - DAY_S, .until = T0 + 4000 * DAY_S };
	struct buf content = BUF_INIT(8192);
	struct draft d = { KIND_IDENTITY, "self", NULL, updated, updated, 0, p->root };
	uint8_t next[32];
	struct err e = {0};

	memcpy(key.key, (spare ? p->spare : p->key) + 32, 32);
	identity_commitment(p->next_pub, next);
	assert_int_equal(identity_content(&key, 1, next, NULL, 0, &content, &e), 0);
	d.content = content.ptr;
	sign(w, p, &d, line);
	buf_clear(&content);
}

static enum reason
offer_identity(struct world *w, const struct person *p, int spare, int64_t updated)
{
	struct buf line;
	enum reason why;

	identity_line(w, p, spare, updated, &line);
	why = offer_line(w, &line);
	buf_clear(&line);
	return why;
}

static enum reason
offer_vouch(struct world *w, const struct person *from, const struct person *to, int64_t budget, int hops)
{
	char content[200], rid[RID_CHARS + 1];
	struct draft d = { KIND_VOUCH, rid, content, 0, 0, 0, NULL };
	uint8_t key[32] = {0};

	rid_from_source(key, span_str(to->did), rid);
	snprintf(content, sizeof content, "{\"budget\":%lld,\"hops\":%d,\"subject\":\"%s\"}", (long long)budget,
	    hops, to->did);
	return offer(w, from, &d);
}

static enum reason
offer_place(struct world *w, const struct person *p, unsigned n, int64_t updated, int deleted)
{
	char content[100], rid[RID_CHARS + 1];
	struct draft d = { KIND_PLACE, rid, content, updated, updated, deleted, NULL };
	uint8_t random[10] = { (uint8_t)n, (uint8_t)(n >> 8) };

	rid_from_random(random, rid);
	snprintf(content, sizeof content, "{\"name\":\"Lieu %u version %lld\"}", n, (long long)updated);
	return offer(w, p, &d);
}

/* Own author with identity: the root of admission in each test. */
static void
settle_in(struct world *w, struct person *own)
{
	struct err e = {0};

	person_make(own, 1);
	assert_int_equal(store_own_author(w->store, own->did, &e), 0);
	assert_int_equal(offer_identity(w, own, 0, T0), REASON_NONE);
}

static void
state_of(struct world *w, uint8_t out[16])
{
	set_state(store_set(w->store), out);
	store_set_done(w->store);
}

/* Closing and opening reads everything again: it must give the memory we had. */
static void
check_reload(struct world *w)
{
	uint8_t before[16], after[16];
	struct store_counts a, b;
	struct reader *r;
	struct err e = {0};

	state_of(w, before);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &a, &e), 0);
	store_read_end(r);
	reopen(w, w->store->config.admission);
	state_of(w, after);
	assert_memory_equal(before, after, 16);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &b, &e), 0);
	store_read_end(r);
	assert_memory_equal(&a, &b, sizeof a);
}

static uint64_t
count_set(struct world *w)
{
	uint64_t n = set_count(store_set(w->store));

	store_set_done(w->store);
	return n;
}

static void
test_versions(void **state)
{
	static const struct {
		const char *why;
		int64_t updated;
		int deleted;
		enum reason want;
	} row[] = {
		{ "the first version is taken",			T0, 0,		REASON_NONE },
		{ "an older one comes late",			T0 - 5, 0,	REASON_SUPERSEDED },
		{ "a newer one replaces it",			T0 + 5, 0,	REASON_NONE },
		{ "a tombstone of the same time stands over it", T0 + 5, 1,	REASON_NONE },
		{ "the deleted text does not come back",	T0 + 5, 0,	REASON_SUPERSEDED },
		{ "what is far ahead of the clock is held",	T0 + 700, 0,	REASON_FUTURE },
	};
	struct world *w = *state;
	struct person own;
	size_t i;

	settle_in(w, &own);
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, offer_place(w, &own, 7, row[i].updated, row[i].deleted) == row[i].want);
	assert_int_equal(count_set(w), 2);
	check_reload(w);
}

static void
test_strangers(void **state)
{
	struct world *w = *state;
	struct person own, friend, stranger;

	settle_in(w, &own);
	person_make(&friend, 2);
	person_make(&stranger, 3);
	assert_int_equal(offer_identity(w, &stranger, 0, T0), REASON_ADMISSION);
	assert_int_equal(offer_place(w, &stranger, 1, T0, 0), REASON_ADMISSION);
	assert_int_equal(offer_vouch(w, &own, &friend, 100, 1), REASON_NONE);
	assert_int_equal(offer_identity(w, &friend, 0, T0), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 1, T0, 0), REASON_NONE);
	assert_int_equal(offer_vouch(w, &friend, &stranger, 100, 0), REASON_NONE);
	assert_int_equal(offer_identity(w, &stranger, 0, T0), REASON_NONE);
	assert_true(w->loosened > 0);
	check_reload(w);
}

static void
test_unresolved_until_the_identity_comes(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct store_counts c;
	struct reader *r;
	struct err e = {0};

	settle_in(w, &own);
	person_make(&friend, 2);
	assert_int_equal(offer_vouch(w, &own, &friend, 100, 1), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 1, T0, 0), REASON_IDENTITY);
	assert_int_equal(offer_place(w, &friend, 2, T0, 0), REASON_IDENTITY);
	assert_int_equal(count_set(w), 2);
	assert_int_equal(offer_identity(w, &friend, 0, T0), REASON_NONE);
	assert_int_equal(count_set(w), 5);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &c, &e), 0);
	store_read_end(r);
	assert_int_equal(c.unresolved, 0);
	check_reload(w);
}

static void
test_unresolved_in_one_batch(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct buf line[2];
	struct offer_line o[2] = {{ .reason = REASON_NONE }};
	struct draft d = { KIND_PLACE, "aaaaaaaaaaaaaaaa", "{\"name\":\"Avant\"}", 0, 0, 0, NULL };
	struct err e = {0};
	size_t i;

	settle_in(w, &own);
	person_make(&friend, 2);
	assert_int_equal(offer_vouch(w, &own, &friend, 100, 1), REASON_NONE);
	sign(w, &friend, &d, &line[0]);
	identity_line(w, &friend, 0, T0, &line[1]);
	for (i = 0; i < 2; i++) {
		assert_int_equal(record_parse(buf_span(&line[i]), &o[i].record, &o[i].reason, &e), 0);
		o[i].reason = REASON_NONE;
	}
	assert_int_equal(store_offer(w->store, o, 2, NULL, &e), 0);
	assert_int_equal(o[0].reason, REASON_NONE);
	assert_int_equal(o[1].reason, REASON_NONE);
	buf_clear(&line[0]);
	buf_clear(&line[1]);
}

static void
test_revoked_key(void **state)
{
	struct world *w = *state;
	struct person own, friend;

	settle_in(w, &own);
	person_make(&friend, 2);
	offer_vouch(w, &own, &friend, 100, 1);
	assert_int_equal(offer_identity(w, &friend, 0, T0), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 1, T0, 0), REASON_NONE);
	assert_int_equal(count_set(w), 4);
	assert_int_equal(offer_identity(w, &friend, 1, T0 + 1), REASON_NONE);
	assert_int_equal(count_set(w), 3);
	assert_int_equal(offer_place(w, &friend, 2, T0 + 2, 0), REASON_KEY);
	check_reload(w);
}

static void
test_renewal_races_deletion(void **state)
{
	struct world *w = *state;
	struct person own;
	struct draft d = { KIND_PLACE, "aaaaaaaaaaaaaaaa", "{\"name\":\"Un\"}", T0, T0, 0, NULL };
	struct draft renewal = d, gone = d;

	settle_in(w, &own);
	assert_int_equal(offer(w, &own, &d), REASON_NONE);
	gone.deleted = 1;
	gone.updated = gone.created = T0 + 10;
	renewal.created = T0 + 100;
	assert_int_equal(offer(w, &own, &gone), REASON_NONE);
	assert_int_equal(offer(w, &own, &renewal), REASON_SUPERSEDED);
}

static size_t
count_twins(struct world *w)
{
	struct arena a = {0};
	struct reader *r;
	struct twin *twin;
	struct err e;
	size_t n;

	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_twins(r, &a, &twin, &n, &e), 0);
	store_read_end(r);
	arena_clear(&a);
	return n;
}

static void
test_two_writers_leave_evidence(void **state)
{
	static const char rid[] = "mmmmmmmmmmmmmmmm";
	struct world *w = *state;
	struct person own, thief;
	struct draft one = { KIND_PLACE, rid, "{\"name\":\"Un\"}", T0, T0, 0, NULL }, two = one, renewal = one;
	struct draft forged = one;

	settle_in(w, &own);
	person_make(&thief, 9);
	assert_int_equal(offer(w, &own, &one), REASON_NONE);
	renewal.created = T0 + 60;
	w->now += 100;
	assert_int_equal(offer(w, &own, &renewal), REASON_NONE);
	forged.content = "{\"name\":\"Faux\"}";
	forged.sk = thief.key;
	offer(w, &own, &forged);
	assert_int_equal(count_twins(w), 0);	/* a renewal and a forgery are none */
	two.content = "{\"name\":\"Deux\"}";
	assert_int_equal(offer(w, &own, &two), REASON_SUPERSEDED);
	assert_int_equal(count_twins(w), 1);
}

static void
test_quota_keeps_the_newest(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	unsigned i;

	settle_in(w, &own);
	person_make(&friend, 2);
	assert_int_equal(offer_vouch(w, &own, &friend, 3, 1), REASON_NONE);
	assert_int_equal(offer_identity(w, &friend, 0, T0), REASON_NONE);
	for (i = 0; i < 5; i++)
		assert_int_equal(offer_place(w, &friend, i, T0 + i, 0), REASON_NONE);
	assert_int_equal(count_set(w), 3 + 3);
	assert_int_equal(offer_place(w, &friend, 9, T0 - 1, 0), REASON_QUOTA);
	w->now += 10;
	assert_int_equal(offer_vouch(w, &own, &friend, 2, 1), REASON_NONE);
	assert_int_equal(count_set(w), 3 + 2);
	check_reload(w);
}

static void
test_admission_lost_and_found(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct draft revoke = { KIND_VOUCH, NULL, "{}", 0, 0, 1, NULL };
	char rid[RID_CHARS + 1];
	uint8_t key[32] = {0};

	settle_in(w, &own);
	person_make(&friend, 2);
	offer_vouch(w, &own, &friend, 100, 1);
	offer_identity(w, &friend, 0, T0);
	offer_place(w, &friend, 1, T0, 0);
	assert_int_equal(count_set(w), 4);
	rid_from_source(key, span_str(friend.did), rid);
	revoke.rid = rid;
	w->now++;
	assert_int_equal(offer(w, &own, &revoke), REASON_NONE);
	assert_int_equal(count_set(w), 2);
	assert_int_equal(offer_place(w, &friend, 1, T0 + 1, 1), REASON_NONE);	/* may still take back */
	assert_int_equal(count_set(w), 2);
	check_reload(w);
	w->now += 31 * DAY_S;
	assert_int_equal(store_tend(w->store, &(struct err){0}), 0);
	assert_int_equal(store_list_author(w->store, friend.did, 1, &(struct err){0}), 0);
	assert_int_equal(count_set(w), 2);
}

static void
test_retirement(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct draft retire = { KIND_RETIRE, "self", "{}", 0, 0, 0, NULL };

	settle_in(w, &own);
	person_make(&friend, 2);
	offer_vouch(w, &own, &friend, 100, 1);
	offer_identity(w, &friend, 0, T0);
	offer_place(w, &friend, 1, T0, 0);
	offer_place(w, &friend, 2, T0 + 50, 0);
	retire.updated = retire.created = T0 + 20;
	assert_int_equal(offer(w, &friend, &retire), REASON_KEY);	/* the operating key may not */
	retire.sk = friend.root;
	assert_int_equal(offer(w, &friend, &retire), REASON_NONE);
	assert_int_equal(count_set(w), 2 + 3);
	assert_int_equal(offer_place(w, &friend, 3, T0 + 19, 0), REASON_RETIRED);
	check_reload(w);
}

static void
test_expiry(void **state)
{
	struct world *w = *state;
	struct person own, friend;

	settle_in(w, &own);
	person_make(&friend, 2);
	offer_vouch(w, &own, &friend, 100, 1);
	offer_identity(w, &friend, 0, T0);
	offer_place(w, &friend, 1, T0, 0);
	offer_place(w, &own, 2, T0, 0);
	assert_int_equal(count_set(w), 5);
	w->now += 401 * DAY_S;
	assert_int_equal(store_tend(w->store, &(struct err){0}), 0);
	/* Both identities live ten years; the vouch lapsed, so the friend is out; the own place is kept. */
	assert_int_equal(count_set(w), 1);
	check_reload(w);
}

static void
test_blocking(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct err e = {0};
	struct ref ref;
	struct reader *r;
	char name[REF_CHARS_MAX + 1], rid[RID_CHARS + 1];
	uint8_t random[10] = { 1 };

	settle_in(w, &own);
	person_make(&friend, 2);
	offer_vouch(w, &own, &friend, 100, 1);
	offer_identity(w, &friend, 0, T0);
	offer_place(w, &friend, 1, T0, 0);
	offer_place(w, &friend, 2, T0, 0);
	rid_from_random(random, rid);
	ref = (struct ref){ span_str(friend.did), SPAN("place"), span_str(rid) };
	ref_format(&ref, name);
	assert_int_equal(store_block(w->store, name, "test", &e), 0);
	assert_int_equal(count_set(w), 4);
	assert_int_equal(offer_place(w, &friend, 1, T0 + 1, 0), REASON_BLOCKED);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_is_blocked(r, &ref, &e), 1);
	store_read_end(r);
	assert_int_equal(store_unblock(w->store, name, &e), 0);
	assert_int_equal(offer_place(w, &friend, 1, T0 + 1, 0), REASON_NONE);
	assert_int_equal(store_block(w->store, friend.did, "", &e), 0);
	assert_int_equal(count_set(w), 2);
	assert_int_equal(offer_place(w, &friend, 5, T0 + 1, 0), REASON_BLOCKED);
	check_reload(w);
	assert_int_equal(store_block(w->store, "nobody", "", &e), -1);
}

static void
test_held_is_taken_in_time(void **state)
{
	struct world *w = *state;
	struct person own;

	settle_in(w, &own);
	assert_int_equal(offer_place(w, &own, 1, T0 + DAY_S, 0), REASON_FUTURE);
	assert_int_equal(count_set(w), 1);
	w->now += DAY_S;
	assert_int_equal(store_tend(w->store, &(struct err){0}), 0);
	assert_int_equal(count_set(w), 2);
}

static int
count_rows(void *ctx, const struct stored *row, struct err *e)
{
	(void)row, (void)e;
	++*(size_t *)ctx;
	return 0;
}

static void
test_changes(void **state)
{
	struct world *w = *state;
	struct changes_filter places = { .kind = "place" };
	struct buf out = BUF_INIT(1 << 20);
	struct person own;
	struct reader *r;
	struct err e = {0};
	int64_t last = 0, first;
	size_t n = 0, count;
	int more;
	unsigned i;

	settle_in(w, &own);
	for (i = 0; i < 10; i++)
		offer_place(w, &own, i, T0, 0);
	first = store_seq(w->store);
	offer_place(w, &own, 3, T0 + 1, 0);	/* enters anew, at the end */
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_changes(r, 0, NULL, 100, count_rows, &n, &e), 0);
	assert_int_equal(n, 11);
	assert_int_equal(store_changes_raw(r, 0, NULL, 4, 1 << 20, &out, &last, &more, &count, &e), 0);
	assert_true(more && count == 4);
	assert_int_equal(store_changes_raw(r, first, NULL, 100, 1 << 20, &out, &last, &more, &count, &e), 0);
	assert_true(!more && count == 1);
	assert_int_equal(store_changes_raw(r, 0, &places, 100, 1, &out, &last, &more, &count, &e), 0);
	assert_int_equal(count, 1);	/* always one, however small the room */
	store_read_end(r);
	buf_clear(&out);
}

/* Bytes of a deleted text in any file of the directory. */
static int
grep_files(struct world *w, const char *text)
{
	char cmd[256];

	snprintf(cmd, sizeof cmd, "grep -aq '%s' %s/*", text, w->dir);
	return system(cmd) == 0;
}

static void
test_deleted_text_leaves_the_files(void **state)
{
	struct world *w = *state;
	struct person own;
	struct draft d = { KIND_PLACE, "zzzzzzzzzzzzzzzz", "{\"name\":\"Secret-a-oublier\"}", T0, T0, 0, NULL };
	unsigned i;

	settle_in(w, &own);
	for (i = 0; i < 200; i++)
		offer_place(w, &own, i, T0, 0);
	assert_int_equal(offer(w, &own, &d), REASON_NONE);
	for (i = 200; i < 400; i++)
		offer_place(w, &own, i, T0, 0);
	assert_true(grep_files(w, "Secret-a-oublier"));
	d.deleted = 1;
	d.updated = d.created = T0 + 1;
	assert_int_equal(offer(w, &own, &d), REASON_NONE);
	assert_int_equal(store_scrub(w->store, &(struct err){0}), 1);
	assert_false(grep_files(w, "Secret-a-oublier"));
}

static int
spoil(struct store *s, void *ctx, struct err *e)
{
	struct offer_line *line = ctx;

	if (offer_one(s, line, NULL, e) == -1)
		return -1;
	return err_set(e, ERR_IO, "spoiled on purpose");
}

static void
test_failed_job_leaves_nothing(void **state)
{
	struct world *w = *state;
	struct person own;
	struct draft d = { KIND_PLACE, "aaaaaaaaaaaaaaaa", "{\"name\":\"Un\"}", T0, T0, 0, NULL };
	struct offer_line o = {0};
	uint8_t before[16], after[16];
	struct buf line;
	struct err e = {0};

	settle_in(w, &own);
	sign(w, &own, &d, &line);
	assert_int_equal(record_parse(buf_span(&line), &o.record, &o.reason, &e), 0);
	o.reason = REASON_NONE;
	state_of(w, before);
	assert_int_equal(store_job(w->store, spoil, &o, &e), -1);
	state_of(w, after);
	assert_memory_equal(before, after, 16);
	check_reload(w);
	assert_int_equal(offer_line(w, &line), REASON_NONE);
	buf_clear(&line);
}

static void
test_backup(void **state)
{
	struct world *w = *state;
	struct person own;
	char copy[128];
	struct err e = {0};
	sqlite3 *db;

	settle_in(w, &own);
	snprintf(copy, sizeof copy, "%s/copy.db", w->dir);
	assert_int_equal(store_backup(w->store, copy, &e), 0);
	assert_int_equal(sqlite3_open_v2(copy, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT body FROM record", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_backup(w->store, copy, &e), -1);	/* never over a file */
}

static void
count_pulled(void *ctx, struct peer *p)
{
	p->pulled += *(const int *)ctx;
}

/* An exchange that ends after its peer was removed must not bring it back. */
static void
test_a_removed_peer_stays_away(void **state)
{
	struct world *w = *state;
	struct peer p = { .url = "https://a.example", .sticky = 1, .pulled = 12 }, found;
	struct reader *r;
	struct err e = {0};
	int three = 3;

	assert_int_equal(store_peer_put(w->store, &p, &e), 0);
	assert_int_equal(store_peer_change(w->store, p.url, count_pulled, &three, &e), 1);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_peer(r, p.url, &found, &e), 1);
	store_read_end(r);
	assert_true(found.pulled == 15 && found.sticky == 1);
	assert_int_equal(store_peer_delete(w->store, p.url, &e), 0);
	assert_int_equal(store_peer_change(w->store, p.url, count_pulled, &three, &e), 0);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_peer(r, p.url, &found, &e), 0);
	store_read_end(r);
}

static void
test_peers_phantoms_sources(void **state)
{
	struct world *w = *state;
	struct peer p = { .url = "https://a.example", .sticky = 1, .pulled = 12 }, *all;
	struct phantom ph = { .author = "did:key:x", .created = 5, .id = { 7 }, .reason = REASON_QUOTA };
	struct phantom *phantoms;
	struct phantom_counts counts;
	struct source_item item = { .source = "fichier.csv", .item = "12", .ref = "did/place/x", .hash = { 1 },
	    .seen = T0, .fields = SPAN("abc") }, *items;
	struct arena a = {0};
	struct reader *r;
	struct err e = {0};
	size_t n;

	assert_int_equal(store_peer_put(w->store, &p, &e), 0);
	assert_int_equal(store_phantom_put(w->store, p.url, &ph, 1, &e), 0);
	assert_int_equal(store_source_put(w->store, &item, 1, &e), 0);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_peers(r, &a, &all, &n, &e), 0);
	assert_true(n == 1 && all[0].pulled == 12 && strcmp(all[0].url, p.url) == 0);
	assert_int_equal(store_phantoms(r, p.url, &a, &phantoms, &n, &e), 0);
	assert_true(n == 1 && phantoms[0].reason == REASON_QUOTA && phantoms[0].id[0] == 7);
	assert_int_equal(store_phantom_counts(r, p.url, &counts, &e), 0);
	assert_int_equal(counts.ours[REASON_QUOTA], 1);
	assert_int_equal(counts.theirs[REASON_QUOTA], 0);
	assert_int_equal(store_source_items(r, "fichier.csv", &a, &items, &n, &e), 0);
	assert_true(n == 1 && items[0].seen == T0);
	store_read_end(r);
	arena_clear(&a);
	assert_int_equal(store_phantom_clear(w->store, NULL, "did:key:x", &e), 0);
	assert_int_equal(store_peer_delete(w->store, p.url, &e), 0);
	assert_int_equal(store_peer_delete(w->store, p.url, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* --- many at once ---------------------------------------------------------------------------- */

struct bulk {
	struct buf *line;
	struct offer_line *offer;
	size_t n, cap;
};

static void
bulk_init(struct bulk *b, size_t cap)
{
	*b = (struct bulk){ .cap = cap };
	b->line = calloc(cap, sizeof *b->line);
	b->offer = calloc(cap, sizeof *b->offer);
	CHECK(b->line != NULL && b->offer != NULL);
}

static void
bulk_add(struct world *w, struct bulk *b, const struct person *p, const struct draft *d)
{
	struct offer_line *o = &b->offer[b->n];
	struct err e = {0};

	CHECK(b->n < b->cap);
	sign(w, p, d, &b->line[b->n]);
	assert_int_equal(record_parse(buf_span(&b->line[b->n++]), &o->record, &o->reason, &e), 0);
	o->reason = REASON_NONE;
	o->signature = SIGNATURE_HOLDS;
}

static void
bulk_offer(struct world *w, struct bulk *b)
{
	struct err e = {0};
	size_t i;

	if (store_offer(w->store, b->offer, b->n, NULL, &e) == -1)
		fail_msg("%s", e.text);
	for (i = 0; i < b->n; i++)
		buf_clear(&b->line[i]);
	free(b->line);
}

static const char *
numbered_rid(unsigned n, char rid[RID_CHARS + 1])
{
	uint8_t random[10] = { (uint8_t)n, (uint8_t)(n >> 8), 9 };

	rid_from_random(random, rid);
	return rid;
}

static int
place_is_here(struct world *w, const struct person *p, unsigned n)
{
	char rid[RID_CHARS + 1];
	uint8_t random[10] = { (uint8_t)n, (uint8_t)(n >> 8) };
	struct ref ref = { span_str(p->did), SPAN("place"), { rid, RID_CHARS } };
	struct arena a = {0};
	struct stored row;
	struct reader *r;
	struct err e = {0};
	int found;

	rid_from_random(random, rid);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	found = store_get(r, &ref, &a, &row, &e);
	store_read_end(r);
	arena_clear(&a);
	return found;
}

static void
befriend(struct world *w, const struct person *own, struct person *friend, int64_t budget)
{
	person_make(friend, 2);
	assert_int_equal(offer_vouch(w, own, friend, budget, 2), REASON_NONE);
	assert_int_equal(offer_identity(w, friend, 0, T0), REASON_NONE);
}

/* SPEC 6.2: with as many tombstones as are kept, nothing older than the oldest of them stays or comes. */
static void
test_tombstone_floor(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	char rid[RID_CHARS + 1];
	struct draft d = { KIND_PLACE, rid, "", 0, 0, 1, NULL };
	struct bulk b;
	unsigned i;

	settle_in(w, &own);
	befriend(w, &own, &friend, 100);
	w->now = T0 + 10000;
	assert_int_equal(offer_place(w, &friend, 1, T0 + 5, 0), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 2, T0 + 9000, 0), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 3, T0 + 11, 0), REASON_NONE);
	bulk_init(&b, TOMBSTONES_MAX);
	for (i = 0; i < TOMBSTONES_MAX; i++) {
		numbered_rid(i, rid);
		d.updated = d.created = T0 + 10 + i;
		bulk_add(w, &b, &friend, &d);
	}
	bulk_offer(w, &b);
	free(b.offer);
	assert_int_equal(place_is_here(w, &friend, 1), 0);
	assert_int_equal(place_is_here(w, &friend, 2), 1);
	assert_int_equal(place_is_here(w, &friend, 3), 1);
	numbered_rid(TOMBSTONES_MAX, rid);
	d.updated = d.created = T0 + 9500;
	assert_int_equal(offer(w, &friend, &d), REASON_NONE);
	assert_int_equal(place_is_here(w, &friend, 3), 1);	/* the oldest kept is of that second */
	assert_int_equal(offer_place(w, &friend, 4, T0 + 10, 0), REASON_QUOTA);
	assert_int_equal(offer_place(w, &friend, 4, T0 + 11, 0), REASON_NONE);
	numbered_rid(TOMBSTONES_MAX + 1, rid);
	assert_int_equal(offer(w, &friend, &d), REASON_NONE);
	assert_int_equal(place_is_here(w, &friend, 3), 0);
	assert_int_equal(place_is_here(w, &friend, 2), 1);
	check_reload(w);
}

/* SPEC 9.2: of an author's vouches the newest VOUCHES_MAX are kept. */
static void
test_newest_vouches_are_kept(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	char content[200], rid[RID_CHARS + 1], did[DIDKEY_CHARS + 1];
	struct draft d = { KIND_VOUCH, rid, content, 0, 0, 0, NULL };
	struct author_info a;
	struct bulk b;
	unsigned i;

	settle_in(w, &own);
	befriend(w, &own, &friend, 100);
	w->now = T0 + 10000;
	bulk_init(&b, VOUCHES_MAX + 2);
	for (i = 0; i < VOUCHES_MAX + 2; i++) {
		uint8_t seed[32] = { (uint8_t)i, (uint8_t)(i >> 8), 77 }, key[32], sk[64];

		crypto_sign_seed_keypair(key, sk, seed);
		didkey_format(key, did);
		snprintf(content, sizeof content, "{\"budget\":10,\"hops\":0,\"subject\":\"%s\"}", did);
		numbered_rid(i, rid);
		d.updated = d.created = T0 + 1 + i;
		bulk_add(w, &b, &friend, &d);
		if (i == 0)
			strcpy(a.did, did);
	}
	bulk_offer(w, &b);
	free(b.offer);
	assert_int_equal(count_set(w), 3 + VOUCHES_MAX);
	assert_int_equal(store_author(w->store, span_str(a.did), &a), 1);
	assert_int_equal(a.hops, -1);
	assert_int_equal(store_author(w->store, span_str(did), &a), 1);
	assert_int_equal(a.hops, 0);
	numbered_rid(5000, rid);
	d.updated = d.created = T0 + 1;
	assert_int_equal(offer(w, &friend, &d), REASON_QUOTA);
	check_reload(w);
}

/* Whoever was refused for want of room may be let in: neighbours are asked again. */
static void
test_freed_room_is_told(void **state)
{
	struct world *w = *state;
	struct person own, friend;

	settle_in(w, &own);
	befriend(w, &own, &friend, 2);
	offer_place(w, &friend, 1, T0, 0);
	offer_place(w, &friend, 2, T0, 0);
	w->loosened = 0;
	assert_int_equal(offer_place(w, &friend, 3, T0 + 5, 0), REASON_NONE);	/* pushes one out */
	assert_int_equal(w->loosened, 0);
	assert_int_equal(offer_place(w, &friend, 3, T0 + 6, 1), REASON_NONE);
	assert_int_equal(w->loosened, 1);
}

/* The place of a tombstone is not room in the quota. */
static void
test_live_after_tombstone_needs_room(void **state)
{
	struct world *w = *state;
	struct person own, friend;

	settle_in(w, &own);
	befriend(w, &own, &friend, 1);
	assert_int_equal(offer_place(w, &friend, 1, T0 + 10, 0), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 2, T0 + 1, 1), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 2, T0 + 2, 0), REASON_QUOTA);
	assert_int_equal(count_set(w), 3 + 2);
}

/* However many authors lost admission, none keeps its bytes for longer than 30 days. */
static void
test_all_who_left_are_purged(void **state)
{
	struct world *w = *state;
	struct person own, other[140];
	struct store_counts c;
	struct reader *r;
	struct err e = {0};
	unsigned i;

	settle_in(w, &own);
	for (i = 0; i < COUNT(other); i++) {
		person_make(&other[i], (unsigned char)(i + 10));
		assert_int_equal(store_list_author(w->store, other[i].did, 1, &e), 0);
		if (i % 2 == 1)		/* every other one never says anything */
			assert_int_equal(offer_identity(w, &other[i], 0, T0), REASON_NONE);
	}
	for (i = 0; i < COUNT(other); i++)
		assert_int_equal(store_list_author(w->store, other[i].did, 0, &e), 0);
	w->now += 31 * DAY_S;
	assert_int_equal(store_tend(w->store, &e), 0);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &c, &e), 0);
	store_read_end(r);
	assert_int_equal(c.lapsed, 0);
}

/* Several in one commit, each with where it came from; an own one among them, and none is blocked. */
static void
test_blocks_come_in_lists(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	char reason[BLOCKLIST_REASON_BYTES_MAX + 1];
	struct block list[2], *found;
	struct arena a = {0};
	struct err e = {0};
	struct reader *r;
	size_t n;

	settle_in(w, &own);
	befriend(w, &own, &friend, 10);
	offer_place(w, &friend, 1, T0, 0);
	list[0] = (struct block){ .what = "https://far.example", .reason = "spam", .origin = own.did };
	list[1] = (struct block){ .what = own.did };
	assert_int_equal(store_block_many(w->store, list, 2, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(count_set(w), 4);
	list[1].what = friend.did;
	memset(reason, '\n', sizeof reason - 1);
	reason[BLOCKLIST_REASON_BYTES_MAX / 5] = '\0';
	list[1].reason = reason;	/* it would keep every other operator from reading the list */
	assert_int_equal(store_block_many(w->store, list, 2, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	list[1].reason = NULL;
	assert_int_equal(store_block_many(w->store, list, 2, &e), 0);
	assert_int_equal(count_set(w), 2);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_blocked(r, "https://far.example", &e), 1);
	assert_int_equal(store_blocked(r, "https://far.example/", &e), 0);
	assert_int_equal(store_blocks(r, &a, &found, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(found[0].what, friend.did);
	assert_string_equal(found[0].origin, "");
	assert_string_equal(found[1].reason, "spam");
	assert_string_equal(found[1].origin, own.did);
	store_read_end(r);
	arena_clear(&a);
	check_reload(w);
}

/* The picture of who vouches for whom says what the store does, and what it would do. */
static void
test_trust_is_what_stands(void **state)
{
	struct world *w = *state;
	struct person own, friend, other;
	const struct admission_result *then;
	struct author_info info;
	struct arena a = {0};
	struct err e = {0};
	struct reader *r;
	struct trust t;
	uint32_t i, f;

	settle_in(w, &own);
	befriend(w, &own, &friend, 10);
	person_make(&other, 3);
	offer_vouch(w, &friend, &other, 7, 2);
	assert_int_equal(store_author(w->store, span_str(friend.did), &info), 1);
	f = info.num;
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_trust(r, &a, &t, &e), 0);
	assert_int_equal(trust_without(&t, f, &a, &then, &e), 0);
	store_read_end(r);
	assert_int_equal(t.author_count, store_author_count(w->store));
	for (i = 0; i < t.author_count; i++) {
		assert_int_equal(store_author_at(w->store, i, &info), 1);
		assert_string_equal(t.author[i].did, info.did);
		assert_int_equal(t.result[i].hops, info.hops);
		assert_true(t.result[i].pool == info.pool);
		assert_int_equal(then[i].hops, strcmp(info.did, other.did) == 0 ? -1 : info.hops);
	}
	assert_int_equal(t.subjects[f], 1);
	arena_clear(&a);
}

static void
test_blocked_identity_is_forgotten(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct err e = {0};

	settle_in(w, &own);
	befriend(w, &own, &friend, 10);
	assert_int_equal(store_block(w->store, friend.did, "", &e), 0);
	assert_int_equal(store_unblock(w->store, friend.did, &e), 0);
	assert_int_equal(offer_place(w, &friend, 1, T0, 0), REASON_IDENTITY);
	assert_int_equal(count_set(w), 2);
	check_reload(w);
}

static void
test_own_author_is_not_blocked(void **state)
{
	struct world *w = *state;
	struct person own;
	struct err e = {0};

	settle_in(w, &own);
	assert_int_equal(store_block(w->store, own.did, "", &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(count_set(w), 1);
}

/* The search index goes by the sequence: it never takes one twice, even where the last was a removal. */
static void
test_sequence_outlives_trimmed_removals(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct err e = {0};
	struct reader *r;
	int64_t seq, newest;

	settle_in(w, &own);
	befriend(w, &own, &friend, 10);
	offer_place(w, &friend, 1, T0, 0);
	assert_int_equal(store_block(w->store, friend.did, "", &e), 0);
	seq = store_seq(w->store);
	assert_int_equal(store_removed_trim(w->store, seq, &e), 0);
	check_reload(w);
	assert_int_equal(store_seq(w->store), seq);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_read_seq(r, &newest, &e), 0);
	store_read_end(r);
	assert_int_equal(newest, seq);
}

static int
fail_at_second(void *ctx, const struct stored *row, struct err *e)
{
	(void)row;
	return ++*(int *)ctx == 2 ? err_set(e, ERR_IO, "no more") : 0;
}

static void
test_failure_at_the_last_row_is_told(void **state)
{
	struct world *w = *state;
	struct person own;
	struct reader *r;
	struct err e = {0};
	int n = 0;

	settle_in(w, &own);
	offer_place(w, &own, 1, T0, 0);
	offer_place(w, &own, 2, T0, 0);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_changes(r, 0, NULL, 2, fail_at_second, &n, &e), -1);
	store_read_end(r);
}

/* A batch may hold what it needs in any order: places, whose authors are vouched for after them, by
 * one who is vouched for last. */
static void
test_batch_brings_its_own_admission(void **state)
{
	struct world *w = *state;
	struct person own, near, far;
	char content[2][200], rid[2][RID_CHARS + 1];
	struct draft place = { KIND_PLACE, "aaaaaaaaaaaaaaaa", "{\"name\":\"Loin\"}", 0, 0, 0, NULL };
	struct draft vouch[2];
	struct buf line[2];
	struct offer_line *o;
	struct bulk b;
	unsigned i;

	settle_in(w, &own);
	person_make(&near, 2);
	person_make(&far, 3);
	bulk_init(&b, 5);
	bulk_add(w, &b, &far, &place);
	for (i = 0; i < 2; i++) {
		const struct person *subject = i == 0 ? &far : &near;

		identity_line(w, subject, 0, T0, &line[i]);
		o = &b.offer[b.n++];
		assert_int_equal(record_parse(buf_span(&line[i]), &o->record, &o->reason, &(struct err){0}), 0);
		o->reason = REASON_NONE;
		numbered_rid(i, rid[i]);
		snprintf(content[i], sizeof content[i], "{\"budget\":10,\"hops\":2,\"subject\":\"%s\"}", subject->did);
		vouch[i] = (struct draft){ KIND_VOUCH, rid[i], content[i], 0, 0, 0, NULL };
		bulk_add(w, &b, i == 0 ? &near : &own, &vouch[i]);
	}
	bulk_offer(w, &b);
	for (i = 0; i < 5; i++)
		assert_int_equal(b.offer[i].reason, REASON_NONE);
	assert_int_equal(count_set(w), 6);
	buf_clear(&line[0]);
	buf_clear(&line[1]);
	free(b.offer);
	check_reload(w);
}

/* An expiry takes effect at midnight, for those who come back as for the others. */
static void
test_return_on_the_last_day(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct err e = {0};

	settle_in(w, &own);
	w->now = T0 - T0 % DAY_S;
	person_make(&friend, 2);
	assert_int_equal(store_list_author(w->store, friend.did, 1, &e), 0);
	assert_int_equal(offer_identity(w, &friend, 0, w->now), REASON_NONE);
	assert_int_equal(offer_place(w, &friend, 1, w->now + 60, 0), REASON_NONE);
	w->now += LIVE_LIFETIME_S + 3600;	/* past expires, before midnight */
	assert_int_equal(count_set(w), 3);
	assert_int_equal(store_list_author(w->store, friend.did, 0, &e), 0);
	assert_int_equal(count_set(w), 1);
	assert_int_equal(store_list_author(w->store, friend.did, 1, &e), 0);
	assert_int_equal(count_set(w), 3);
}

static void
test_own_comes_back_lapsed(void **state)
{
	struct world *w = *state;
	struct person own;

	settle_in(w, &own);
	w->now = T0 + 500 * DAY_S;
	assert_int_equal(offer_place(w, &own, 1, T0, 0), REASON_NONE);
	assert_int_equal(place_is_here(w, &own, 1), 1);
	assert_int_equal(count_set(w), 1);
	check_reload(w);
}

static void
test_far_future_is_not_kept(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	struct store_counts c;
	struct reader *r;
	struct err e = {0};

	settle_in(w, &own);
	befriend(w, &own, &friend, 10);
	assert_int_equal(offer_place(w, &friend, 1, T0 + DAY_S, 0), REASON_FUTURE);
	assert_int_equal(offer_place(w, &friend, 2, T0 + 1000 * DAY_S, 0), REASON_FUTURE);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &c, &e), 0);
	store_read_end(r);
	assert_int_equal(c.held, 1);
}

/* More than one transaction's worth ends on one day: all of it goes in one tending. */
static void
test_many_expire_at_once(void **state)
{
	struct world *w = *state;
	struct person own, friend;
	char rid[RID_CHARS + 1];
	struct draft d = { KIND_PLACE, rid, "{\"name\":\"Un\"}", 0, 0, 0, NULL };
	struct err e = {0};
	struct bulk b;
	unsigned i;

	settle_in(w, &own);
	person_make(&friend, 2);
	assert_int_equal(store_list_author(w->store, friend.did, 1, &e), 0);
	assert_int_equal(offer_identity(w, &friend, 0, T0), REASON_NONE);
	bulk_init(&b, 2500);
	for (i = 0; i < 2500; i++) {
		numbered_rid(i, rid);
		bulk_add(w, &b, &friend, &d);
	}
	bulk_offer(w, &b);
	free(b.offer);
	assert_int_equal(count_set(w), 2 + 2500);
	w->now += LIVE_LIFETIME_S + DAY_S;
	assert_int_equal(store_tend(w->store, &e), 0);
	assert_int_equal(count_set(w), 2);
	check_reload(w);
}

/* --- holding a part ---------------------------------------------------------------------------------- */

/* "here" meets, "there" does not, anything else names no area. */
static int
meets_here(void *ctx, struct span content)
{
	(void)ctx;
	return strstr(content.ptr, "here") == NULL ? -1 : strstr(content.ptr, "there") == NULL;
}

static const struct store_scope here = { .id = "here", .meets = meets_here };

static void
territory(struct world *w, const struct person *p, const char *where, int64_t updated)
{
	char content[100];
	struct draft d = { KIND_TERRITORY, "self", content, updated, updated, 0, NULL };

	snprintf(content, sizeof content, "{\"name\":\"%s\"}", where);
	assert_int_equal(offer(w, p, &d), REASON_NONE);
}

/* An author of the world, vouched for, with a territory ("": none) and one place. */
static enum reason
join(struct world *w, const struct person *by, struct person *p, unsigned char seed, const char *where)
{
	person_make(p, seed);
	assert_int_equal(offer_vouch(w, by, p, 100, 1), REASON_NONE);
	assert_int_equal(offer_identity(w, p, 0, T0), REASON_NONE);
	if (*where != '\0')
		territory(w, p, where, T0);
	return offer_place(w, p, 1, T0, 0);
}

static int
is_outside(struct world *w, const struct person *p, const char *kind)
{
	char rid[RID_CHARS + 1];
	struct ref ref = { span_str(p->did), span_str(kind), { rid, RID_CHARS } };
	uint8_t random[10] = { 1 };

	rid_from_random(random, rid);
	return store_is_outside(w->store, &ref);
}

static void
test_scope_by_area(void **state)
{
	struct world *w = *state;
	struct person own, near, far, club, farclub;
	struct err e;

	reopen_scoped(w, ADMIT_VOUCHED, &here);
	settle_in(w, &own);
	assert_int_equal(join(w, &own, &near, 2, "here"), REASON_NONE);
	assert_int_equal(join(w, &own, &far, 3, "there"), REASON_SCOPE);
	assert_int_equal(join(w, &near, &club, 4, ""), REASON_NONE);
	assert_int_equal(join(w, &far, &farclub, 5, ""), REASON_SCOPE);
	assert_false(is_outside(w, &near, "place"));
	assert_true(is_outside(w, &far, "place"));
	assert_false(is_outside(w, &far, "territory"));
	assert_int_equal(count_set(w), 1 + 4 * 2 + 2 + 2);	/* identities and vouches, territories, places */

	/* who moves away goes, who moves here may come */
	w->loosened = 0;
	territory(w, &near, "there", T0 + 1);
	assert_int_equal(count_set(w), 13 - 2);	/* its club with it */
	assert_int_equal(w->loosened, 0);
	territory(w, &far, "here", T0 + 1);
	assert_true(w->loosened > 0);
	assert_int_equal(offer_place(w, &far, 1, T0, 0), REASON_NONE);
	assert_int_equal(offer_place(w, &farclub, 1, T0, 0), REASON_NONE);
	assert_int_equal(offer_place(w, &far, 1, T0 + 5, 1), REASON_NONE);
	assert_int_equal(offer_place(w, &near, 1, T0 + 5, 1), REASON_SCOPE);
	assert_int_equal(count_set(w), 13);

	/* a node with no limits any more, then one with the same as before */
	reopen(w, ADMIT_VOUCHED);
	assert_int_equal(count_set(w), 13);
	assert_int_equal(offer_place(w, &near, 1, T0, 0), REASON_NONE);
	assert_int_equal(store_seq(w->store) > 0, 1);
	reopen_scoped(w, ADMIT_VOUCHED, &here);
	assert_int_equal(count_set(w), 13);
	assert_int_equal(store_own_author(w->store, near.did, &e), 0);
	assert_int_equal(offer_place(w, &near, 1, T0, 0), REASON_NONE);	/* own records pass */
}

static void
test_scope_by_kind(void **state)
{
	static const struct store_scope kinds = { .id = "offers", .kinds = 1U << KIND_OFFER };
	struct phantom refusal[2] = { { .created = T0, .id = { 1 }, .reason = REASON_SCOPE },
	    { .created = T0, .id = { 2 }, .reason = REASON_QUOTA } };
	struct world *w = *state;
	struct person own, friend;
	struct phantom_counts counts;
	struct buf part = BUF_INIT(PART_CHARS_MAX);
	char want[200];
	struct reader *r;
	struct err e;

	settle_in(w, &own);
	assert_int_equal(join(w, &own, &friend, 2, "anywhere"), REASON_NONE);
	strcpy(refusal[0].author, friend.did);
	strcpy(refusal[1].author, friend.did);
	assert_int_equal(store_phantom_put(w->store, "http://p", refusal, 2, &e), 0);
	assert_int_equal(store_part(w->store, &part, &e), 0);
	assert_int_equal(part.len, 0);
	reopen_scoped(w, ADMIT_VOUCHED, &kinds);
	assert_int_equal(count_set(w), 4);
	assert_int_equal(offer_place(w, &friend, 1, T0, 0), REASON_SCOPE);
	assert_int_equal(offer_place(w, &own, 1, T0, 0), REASON_NONE);
	assert_int_equal(store_part(w->store, &part, &e), 0);
	snprintf(want, sizeof want, "node,territory,vouch:.offer:.:%.8s", own.did + strlen("did:key:z6Mk"));
	assert_string_equal(part.ptr, want);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_phantom_counts(r, "http://p", &counts, &e), 0);
	store_read_end(r);
	assert_int_equal(counts.ours[REASON_SCOPE], 0);	/* another scope, another judgement */
	assert_int_equal(counts.ours[REASON_QUOTA], 1);
	buf_clear(&part);
}

/* The part that a scoped node names is what a full one shows for it, by feed and as a set. */
static void
test_a_part_of_the_set(void **state)
{
	struct world *w = *state;
	struct person own, near, far;
	struct changes_filter f = { 0 };
	struct buf out = BUF_INIT(1 << 20);
	const struct set *set;
	char part[200];
	struct reader *r;
	struct err e;
	int64_t last;
	size_t count;
	int more;

	settle_in(w, &own);
	assert_int_equal(join(w, &own, &near, 2, "here"), REASON_NONE);
	assert_int_equal(join(w, &own, &far, 3, "there"), REASON_NONE);
	snprintf(part, sizeof part, "place:%.8s", near.did + strlen("did:key:z6Mk"));
	f.part = part;
	assert_int_equal(store_set_part(w->store, &f, 1, &set, &e), -1);
	assert_int_equal(store_set_part(w->store, &f, 0, &set, &e), 0);
	assert_int_equal(set_count(set), 3 + 1);
	store_set_done(w->store);
	offer_place(w, &near, 2, T0, 0);
	offer_place(w, &far, 2, T0, 0);
	assert_int_equal(store_set_part(w->store, &f, 1, &set, &e), 0);
	assert_int_equal(set_count(set), 3 + 2);
	store_set_done(w->store);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_changes_raw(r, 0, &f, 4, 1 << 20, &out, &last, &more, &count, &e), 0);
	assert_true(count == 4 && more);
	assert_int_equal(store_changes_raw(r, last, &f, 4, 1 << 20, &out, &last, &more, &count, &e), 0);
	assert_true(count == 1 && !more && last == store_seq(w->store));
	f.kind = "offer";
	assert_int_equal(store_changes_raw(r, 0, &f, 9, 1 << 20, &out, &last, &more, &count, &e), 0);
	assert_int_equal(count, 3);
	store_read_end(r);
	buf_clear(&out);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest test[] = {
		T(test_versions), T(test_strangers), T(test_unresolved_until_the_identity_comes),
		T(test_unresolved_in_one_batch), T(test_revoked_key), T(test_renewal_races_deletion),
		T(test_two_writers_leave_evidence),
		T(test_quota_keeps_the_newest), T(test_admission_lost_and_found), T(test_retirement),
		T(test_expiry), T(test_blocking), T(test_blocks_come_in_lists), T(test_trust_is_what_stands),
		T(test_held_is_taken_in_time), T(test_changes),
		T(test_deleted_text_leaves_the_files), T(test_failed_job_leaves_nothing), T(test_backup),
		T(test_peers_phantoms_sources), T(test_a_removed_peer_stays_away),
		T(test_tombstone_floor), T(test_newest_vouches_are_kept),
		T(test_freed_room_is_told), T(test_live_after_tombstone_needs_room),
		T(test_all_who_left_are_purged), T(test_blocked_identity_is_forgotten),
		T(test_own_author_is_not_blocked), T(test_sequence_outlives_trimmed_removals),
		T(test_failure_at_the_last_row_is_told), T(test_batch_brings_its_own_admission),
		T(test_return_on_the_last_day), T(test_own_comes_back_lapsed), T(test_far_future_is_not_kept),
		T(test_many_expire_at_once), T(test_scope_by_area), T(test_scope_by_kind), T(test_a_part_of_the_set),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
