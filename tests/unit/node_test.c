/* SPDX-License-Identifier: AGPL-3.0-or-later
 * node_test.c - a node made, opened, written to and left alone for a year: what its authors say is signed,
 * found, renewed, lapses and is forgotten as DESIGN and SPEC say.  Nothing listens and nothing is called here.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "node/core/indexer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/tend.h"
#include "node/search/search.h"
#include "node/store/store.h"
#include "proto/set.h"

struct world {
	char dir[64];
	struct node *n;
};

static int
drop(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static void
reopen(struct world *w)
{
	struct err e = {0};

	node_close(w->n);
	if (node_open(w->dir, &w->n, &e) == -1)
		fail_msg("%s", e.text);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct node_init init = { .name = "Pays de Brest", .areas = "29019" };
	struct err e = {0};

	if (w == NULL)
		return -1;
	strcpy(w->dir, "/tmp/essaim-node-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	init.dir = w->dir;
	if (node_init(&init, &e) == -1)
		fail_msg("%s", e.text);
	reopen(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	node_close(w->n);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static struct node_put_result
put(struct world *w, const char *rid, const char *content)
{
	struct node_put p = { .kind = KIND_PLACE, .rid = rid, .content = span_str(content) };
	struct node_put_result r;
	struct err e = {0};

	if (node_put(w->n, &p, &r, &e) == -1)
		fail_msg("%s", e.text);
	return r;
}

static int
get(struct world *w, const char *ref, struct arena *a, struct stored *out)
{
	struct reader *r;
	struct ref name;
	struct err e = {0};
	int found;

	assert_int_equal(ref_parse(span_str(ref), &name, &e), 0);
	assert_int_equal(store_read(w->n->store, &r, &e), 0);
	found = store_get(r, &name, a, out, &e);
	store_read_end(r);
	return found;
}

static uint64_t
found(struct world *w, const char *text)
{
	struct search_query q = { .text = span_str(text), .now_s = node_now(w->n) };
	struct search_reader *r = NULL;
	struct search_result result;
	struct arena a = {0};
	struct err e = {0};

	if (indexer_catch_up(w->n->indexer, &e) == -1 || (r = search_take(w->n->search, &e)) == NULL ||
	    search_run(r, &q, &a, &result, &e) == -1)
		fail_msg("%s", e.text);
	search_give(w->n->search, r);
	arena_clear(&a);
	return result.total;
}

static void
counts(struct world *w, struct store_counts *c)
{
	struct reader *r;
	struct err e = {0};

	assert_int_equal(store_read(w->n->store, &r, &e), 0);
	assert_int_equal(store_counts(r, c, &e), 0);
	store_read_end(r);
}

static void
test_init(void **state)
{
	struct world *w = *state;
	struct node_init again = { .dir = w->dir, .name = "Autre" };
	struct node *second;
	struct store_counts c;
	struct err e = {0};

	counts(w, &c);
	assert_int_equal(c.records, 3);
	assert_true(c.by_kind[KIND_IDENTITY] == 1 && c.by_kind[KIND_NODE] == 1 && c.by_kind[KIND_TERRITORY] == 1);
	assert_int_equal(node_open(w->dir, &second, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	assert_int_equal(node_init(&again, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(node_open("/nonexistent", &second, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* A mistake in what will be signed leaves nothing behind: the next try finds an empty place. */
static void
test_init_refused_leaves_nothing(void **state)
{
	struct world *w = *state;
	char dir[128];
	struct node_init init = { .dir = dir, .name = "Essai", .areas = "not a code" };
	struct err e = {0};

	snprintf(dir, sizeof dir, "%s/second", w->dir);
	assert_int_equal(node_init(&init, &e), -1);
	assert_int_equal(access(dir, F_OK), -1);
	init.areas = "29019";
	if (node_init(&init, &e) == -1)
		fail_msg("%s", e.text);
}

static void
test_put(void **state)
{
	struct world *w = *state;
	struct node_put faulty = { .kind = KIND_PLACE, .content = SPAN("{\"website\":\"x\",\"name\":7}") };
	struct node_put_result first, r;
	struct arena a = {0};
	struct stored row;
	struct err e = {0};
	char rid[RID_CHARS + 1];
	int64_t updated;

	first = put(w, NULL, "{\"name\":\"Moulin\"}");
	assert_int_equal(first.outcome, PUT_NEW);
	assert_int_equal(get(w, first.ref, &a, &row), 1);
	updated = row.record.updated;
	snprintf(rid, sizeof rid, "%.*s", (int)row.record.rid.len, row.record.rid.ptr);
	arena_clear(&a);
	r = put(w, rid, "{ \"name\" : \"Moulin\" }");
	assert_int_equal(r.outcome, PUT_SAME);
	r = put(w, rid, "{\"name\":\"Moulin neuf\"}");
	assert_int_equal(r.outcome, PUT_CHANGED);
	assert_string_equal(r.ref, first.ref);
	assert_int_equal(get(w, first.ref, &a, &row), 1);
	assert_true(row.record.updated > updated);
	arena_clear(&a);
	assert_int_equal(node_put(w->n, &faulty, &r, &e), -1);
	assert_true(r.rc == -1 && r.faults.count >= 2);
	faulty.author = "did:key:z6Mkstranger";
	assert_int_equal(node_put(w->n, &faulty, &r, &e), -1);
	assert_int_equal(e.code, ERR_FORBIDDEN);
	assert_int_equal(found(w, "moulin"), 1);
}

/* Twice the same name in one batch: the later put stands, and nobody sees two writers. */
static void
test_put_twice_in_one_batch(void **state)
{
	struct world *w = *state;
	struct node_put p[3] = {
		{ .kind = KIND_PLACE, .rid = "aaaaaaaaaaaaaaaa", .content = SPAN("{\"name\":\"Un\"}") },
		{ .kind = KIND_PLACE, .rid = "aaaaaaaaaaaaaaaa", .content = SPAN("{\"name\":\"Deux\"}") },
		{ .kind = KIND_PLACE, .rid = "aaaaaaaaaaaaaaaa", .content = SPAN("{\"name\":\"Trois\"}") },
	};
	struct node_put_result r[3];
	struct arena a = {0};
	struct stored row;
	struct err e = {0};
	int i;

	assert_int_equal(node_put_many(w->n, p, 3, r, &e), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(r[i].rc, 0);
	assert_int_equal(get(w, r[0].ref, &a, &row), 1);
	assert_true(span_is(row.record.content, "{\"name\":\"Trois\"}"));
	arena_clear(&a);
}

/* The deleted words in any file of the directory, whatever it is called. */
static const char *needle;
static char seen_in[256];

static int
look_in(const char *path, const struct stat *st, int type, struct FTW *f)
{
	struct buf text = BUF_INIT(64 << 20);
	struct err e = {0};

	(void)st, (void)f;
	if (type == FTW_F && file_read(path, &text, &e) == 0 && text.len > 0 &&
	    memmem(text.ptr, text.len, needle, strlen(needle)) != NULL)
		snprintf(seen_in, sizeof seen_in, "%s", path);
	buf_clear(&text);
	return 0;
}

static int
in_files(struct world *w, const char *text)
{
	needle = text;
	seen_in[0] = '\0';
	nftw(w->dir, look_in, 8, FTW_PHYS);
	return seen_in[0] != '\0';
}

static void
test_delete_leaves_no_bytes(void **state)
{
	struct world *w = *state;
	struct node_put_result r = put(w, NULL, "{\"name\":\"Zanzibarquois\",\"summary\":\"oublie-moi-vite\"}");
	struct arena a = {0};
	struct stored row;
	struct ref ref;
	struct err e = {0};
	int tries;

	put(w, NULL, "{\"name\":\"Moulin\"}");
	assert_int_equal(found(w, "zanzibarquois"), 1);
	assert_true(in_files(w, "oublie-moi-vite"));
	assert_int_equal(ref_parse(span_str(r.ref), &ref, &e), 0);
	if (node_delete(w->n, &ref, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(node_delete(w->n, &ref, &e), -1);
	assert_int_equal(e.code, ERR_GONE);
	assert_int_equal(get(w, r.ref, &a, &row), 1);
	assert_true(row.record.deleted);
	arena_clear(&a);
	assert_int_equal(found(w, "zanzibarquois"), 0);
	assert_int_equal(found(w, "moulin"), 1);
	/* as when serving: the indexer's thread scrubs once things are quiet */
	assert_int_equal(indexer_start(w->n->indexer, &e), 0);
	for (tries = 0; tries < 100 && (in_files(w, "oublie-moi-vite") || in_files(w, "zanzibarquois")); tries++)
		usleep(100000);
	indexer_halt(w->n->indexer);
	if (in_files(w, "oublie-moi-vite") || in_files(w, "Zanzibarquois") || in_files(w, "zanzibarquois"))
		fail_msg("still in %s", seen_in);
	assert_int_equal(found(w, "moulin"), 1);
}

static void
test_authors_and_vouches(void **state)
{
	struct world *w = *state;
	char did[DIDKEY_CHARS + 1], other[DIDKEY_CHARS + 1] = "did:key:z6Mkm4VvNwLZPYLpbsDTm2wiY1cABN4tFJZEFNjL4NmznBHz";
	struct author_info info;
	struct node_put p = { .kind = KIND_PLACE, .content = SPAN("{\"name\":\"Atelier\"}") };
	struct node_put_result r;
	struct reader *reader;
	struct err e = {0};
	uint8_t seed[32] = { 9 }, pub[32], sk[64];
	int i;

	assert_int_equal(node_author_add(w->n, "Le Papier Buvard", did, &e), 0);
	assert_int_equal(node_author_add(w->n, "le papier buvard", did, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(node_author_add(w->n, "\303\211\303\211", did, &e), -1);
	p.author = "le-papier-buvard";
	assert_int_equal(node_put(w->n, &p, &r, &e), 0);
	assert_int_equal(store_author(w->n->store, span_str(keyring_at(w->n->keys, 1)->did), &info), 1);
	assert_true(info.own && info.has_identity && info.hops >= 0);

	crypto_sign_seed_keypair(pub, sk, seed);
	didkey_format(pub, other);
	assert_int_equal(store_read(w->n->store, &reader, &e), 0);
	store_read_end(reader);
	for (i = 0; i < 3; i++) {		/* vouched, taken back, vouched again: a new name each time */
		struct ref ref;
		char name[REF_CHARS_MAX + 1] = "";
		struct arena a = {0};
		struct stored row;
		int64_t seq = store_seq(w->n->store);
		struct changes_filter f = { .kind = "vouch" };
		struct buf line = BUF_INIT(RECORD_BYTES_MAX);
		size_t count;
		int more;
		struct record record;
		enum reason why;

		assert_int_equal(node_vouch(w->n, other, 1, 500, &e), 0);
		assert_int_equal(store_author(w->n->store, span_str(other), &info), 1);
		assert_int_equal(info.hops, 1);
		assert_int_equal(info.pool, 500);
		assert_int_equal(node_vouch(w->n, other, 0, 500, &e), 0);	/* changes the first */
		assert_int_equal(store_author(w->n->store, span_str(other), &info), 1);
		assert_int_equal(info.hops, 0);
		assert_int_equal(store_read(w->n->store, &reader, &e), 0);
		assert_int_equal(store_changes_raw(reader, seq, &f, 10, 100000, &line, &seq, &more, &count, &e), 0);
		store_read_end(reader);
		assert_int_equal(count, 1);
		line.len--;
		assert_int_equal(record_parse(buf_span(&line), &record, &why, &e), 0);
		ref = (struct ref){ record.author, record.kind_name, record.rid };
		ref_format(&ref, name);
		assert_int_equal(node_delete(w->n, &ref, &e), 0);
		assert_int_equal(get(w, name, &a, &row), 1);
		assert_true(row.record.deleted);
		arena_clear(&a);
		buf_clear(&line);
		assert_int_equal(store_author(w->n->store, span_str(other), &info), 1);
		assert_int_equal(info.hops, -1);
	}
}

/* --- time ------------------------------------------------------------------------------------ */

static void
pass_days(struct world *w, int days)
{
	w->n->config.clock_offset_s += days * 86400LL;
}

static void
times_of(struct world *w, const char *ref, int64_t *updated, int64_t *created, int *in_set)
{
	struct arena a = {0};
	struct stored row;

	assert_int_equal(get(w, ref, &a, &row), 1);
	*updated = row.record.updated;
	*created = row.record.created;
	*in_set = row.in_set;
	arena_clear(&a);
}

static void
test_renewal(void **state)
{
	struct world *w = *state;
	struct node_put_result r = put(w, NULL, "{\"name\":\"Moulin\"}");
	struct peer p = { .url = "https://a.example", .sticky = 0 };
	int64_t updated, created, updated2, created2, renewed;
	struct err e = {0};
	int in_set;

	times_of(w, r.ref, &updated, &created, &in_set);
	pass_days(w, 299);
	assert_int_equal(renew_own(w->n, &renewed, &e), 0);
	assert_int_equal(renewed, 0);			/* 101 days are left */
	pass_days(w, 2);
	p.last_ok = node_now(w->n) - 8 * 86400;
	assert_int_equal(store_peer_put(w->n->store, &p, &e), 0);
	assert_int_equal(renew_own(w->n, &renewed, &e), 0);
	assert_int_equal(renewed, 0);			/* no pull for 8 days, though the peer is only a learnt one */
	p.last_ok = node_now(w->n) - 6 * 86400;
	assert_int_equal(store_peer_put(w->n->store, &p, &e), 0);
	assert_int_equal(renew_own(w->n, &renewed, &e), 0);
	assert_int_equal(renewed, 3);			/* the place, the node, the territory */
	times_of(w, r.ref, &updated2, &created2, &in_set);
	assert_int_equal(updated2, updated);
	assert_int_equal(created2, created + 301 * 86400 + (created2 - created) % 86400);
	assert_int_equal(renew_own(w->n, &renewed, &e), 0);
	assert_int_equal(renewed, 0);
	reopen(w);
	assert_int_equal(found(w, "moulin"), 1);
}

static void
test_own_lapse_but_stay(void **state)
{
	struct world *w = *state;
	struct node_put_result r = put(w, NULL, "{\"name\":\"Moulin\"}");
	struct store_counts c;
	int64_t updated, created;
	struct err e = {0};
	int in_set;

	pass_days(w, 402);
	assert_int_equal(store_tend(w->n->store, &e), 0);
	times_of(w, r.ref, &updated, &created, &in_set);
	assert_int_equal(in_set, 0);
	counts(w, &c);
	assert_int_equal(c.lapsed, 3);
	assert_int_equal(c.records, 1);			/* the identity */
	assert_int_equal(clock_confirm(w->n, &e), 0);
	r = put(w, strrchr(r.ref, '/') + 1, "{\"name\":\"Moulin\"}");	/* the same words bring it back */
	assert_int_equal(r.outcome, PUT_CHANGED);
	times_of(w, r.ref, &updated, &created, &in_set);
	assert_int_equal(in_set, 1);
}

static void
set_offset(struct world *w, const char *url, int64_t offset)
{
	struct peer p = { .clock_offset_s = offset, .last_ok = node_now(w->n), .sticky = 1 };
	struct err e = {0};

	snprintf(p.url, sizeof p.url, "%s", url);
	assert_int_equal(store_peer_put(w->n->store, &p, &e), 0);
}

static void
test_clock_leap(void **state)
{
	struct world *w = *state;
	struct node_put p = { .kind = KIND_PLACE, .content = SPAN("{\"name\":\"Moulin\"}") };
	struct node_put_result r;
	struct err e = {0};

	w->n->config.clock_offset_s = 20 * 86400;
	assert_int_equal(clock_start(w->n, &e), 0);
	assert_int_equal(clock_check(w->n, &e), 0);
	w->n->config.clock_offset_s = -3000 * 86400LL;	/* no battery: years back, then set right */
	assert_int_equal(clock_start(w->n, &e), 0);
	w->n->config.clock_offset_s = 21 * 86400;
	tend_node(w->n);
	assert_int_equal(clock_check(w->n, &e), 0);
	w->n->config.clock_offset_s = 60 * 86400;	/* under a running node */
	tend_node(w->n);
	assert_int_equal(node_put(w->n, &p, &r, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_non_null(strstr(e.text, "--confirm-clock"));
	assert_int_equal(clock_confirm(w->n, &e), 0);
	assert_int_equal(node_put(w->n, &p, &r, &e), 0);
	w->n->config.clock_offset_s = 200 * 86400;	/* neighbours may confirm it too */
	assert_int_equal(clock_start(w->n, &e), 0);
	assert_int_equal(clock_check(w->n, &e), -1);
	set_offset(w, "https://a.example", 100000);	/* one who does not */
	assert_int_equal(clock_check(w->n, &e), -1);
	set_offset(w, "https://b.example", -5);
	set_offset(w, "https://c.example", 5);		/* one liar among three */
	assert_int_equal(clock_check(w->n, &e), 0);
	set_offset(w, "https://b.example", 700);
	assert_int_equal(clock_check(w->n, &e), -1);
	assert_non_null(strstr(e.text, "11 minutes behind"));
	assert_int_equal(node_put(w->n, &p, &r, &e), -1);
}

/* --- the index ------------------------------------------------------------------------------- */

static void
spoil(struct world *w, const char *file, int cut)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", w->dir, file);
	if (cut) {
		unlink(path);
		return;
	}
	fd = open(path, O_WRONLY);
	CHECK(fd != -1);
	CHECK(pwrite(fd, "this is no database at all", 26, 0) == 26);
	close(fd);
}

static void
test_index_is_made_again(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	int cut;

	put(w, NULL, "{\"name\":\"Moulin\"}");
	assert_int_equal(found(w, "moulin"), 1);
	reopen(w);
	assert_int_equal(found(w, "moulin"), 1);
	for (cut = 0; cut < 2; cut++) {
		node_close(w->n);
		w->n = NULL;
		spoil(w, "search.db", cut);
		reopen(w);
		assert_int_equal(found(w, "moulin"), 1);
	}
	(void)e;
}

/* After a removal whose note was trimmed the count goes on: what comes next is indexed. */
static void
test_index_goes_on_after_removals(void **state)
{
	struct world *w = *state;
	struct node_put_result r = put(w, NULL, "{\"name\":\"Moulin\"}");
	struct err e = {0};

	assert_int_equal(found(w, "moulin"), 1);
	assert_int_equal(store_block(w->n->store, r.ref, "", &e), 0);
	assert_int_equal(found(w, "moulin"), 0);
	assert_int_equal(indexer_seq(w->n->indexer), store_seq(w->n->store));
	reopen(w);
	put(w, NULL, "{\"name\":\"Lavoir\"}");
	assert_int_equal(found(w, "lavoir"), 1);
	assert_int_equal(indexer_seq(w->n->indexer), store_seq(w->n->store));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest test[] = {
		T(test_init), T(test_init_refused_leaves_nothing), T(test_put), T(test_put_twice_in_one_batch),
		T(test_delete_leaves_no_bytes), T(test_authors_and_vouches), T(test_renewal),
		T(test_own_lapse_but_stay), T(test_clock_leap), T(test_index_is_made_again),
		T(test_index_goes_on_after_removals),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
