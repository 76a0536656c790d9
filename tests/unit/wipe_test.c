/* SPDX-License-Identifier: AGPL-3.0-or-later
 * wipe_test.c - of 260 records, deleted in no order, no byte of content is left in record.db or its log: also not in the
 * gaps of pages that rows were moved out of, not while a reader held a snapshot open, not after a restart.
 */
#include "tests/unit/test.h"

#include <ftw.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "node/core/file.h"
#include "node/store/inside.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "tests/unit/author.h"

#define RECORDS 260
#define CANARY "qzcanari"

struct world {
	char dir[64], path[96];
	struct store *store;
	struct key root, key;
	struct buf line[RECORDS];
};

static int64_t
now(void *ctx)
{
	(void)ctx;
	return T0 + 100;
}

static void
reopen(struct world *w)
{
	struct store_config c = { .path = w->path, .admission = ADMIT_OPEN, .now = now };
	struct err e = {0};

	store_close(w->store);
	if (store_open(&c, &w->store, &e) == -1)
		fail_msg("%s", e.text);
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL || sodium_init() == -1)
		return -1;
	strcpy(w->dir, "/tmp/essaim-wipe-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(w->path, sizeof w->path, "%s/record.db", w->dir);
	w->root = key_of(1);
	w->key = key_of(1);
	reopen(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	size_t i;

	store_close(w->store);
	for (i = 0; i < RECORDS; i++)
		buf_clear(&w->line[i]);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static int
in_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	static char bytes[16 << 20];
	size_t n = f == NULL ? 0 : fread(bytes, 1, sizeof bytes, f);

	assert_true(n < sizeof bytes);
	if (f != NULL)
		fclose(f);
	return memmem(bytes, n, CANARY, strlen(CANARY)) != NULL;
}

static int
in_files(const struct world *w)
{
	char log[112];

	snprintf(log, sizeof log, "%s-wal", w->path);
	return in_file(w->path) || in_file(log);
}

static void
rid_of(size_t i, char rid[RID_CHARS + 1])
{
	snprintf(rid, RID_CHARS + 1, "aaaaaaaaaaaa%c%c%c%c", (char)('a' + i / 676 % 26), (char)('a' + i / 26 % 26),
	    (char)('a' + i % 26), 'a');
}

static void
offer(struct world *w, struct record_draft *d, struct buf *line)
{
	struct offer_line o = { .signature = SIGNATURE_HOLDS };
	struct err e = {0};

	buf_clear(line);
	*line = (struct buf)BUF_INIT(RECORD_BYTES_MAX);
	if (record_sign(d, w->key.secret, line, &e) == -1 ||
	    record_parse(buf_span(line), &o.record, &o.reason, &e) == -1 || store_offer(w->store, &o, 1, NULL, &e) == -1)
		fail_msg("%s", e.text);
	if (o.reason != REASON_NONE)
		fail_msg("%s", reason_name(o.reason));
}

static void
introduce(struct world *w)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX), text = BUF_INIT(8192);
	struct identity_key key = { .from = 0, .until = T0 + 1000000 };
	struct record_draft id = draft_of(&w->root, KIND_IDENTITY);
	uint8_t next[32] = { 5 };
	struct err e = {0};

	memcpy(key.key, w->key.pub, 32);
	assert_int_equal(identity_content(&key, 1, next, NULL, 0, &text, &e), 0);
	id.content = buf_span(&text);
	offer(w, &id, &line);
	buf_clear(&line);
	buf_clear(&text);
}

static void
fill(struct world *w)
{
	struct buf text = BUF_INIT(8192);
	struct err e = {0};
	char rid[RID_CHARS + 1];
	size_t i, j;

	introduce(w);
	for (i = 0; i < RECORDS; i++) {
		struct record_draft d = draft_of(&w->root, KIND_INITIATIVE);

		rid_of(i, rid);
		d.rid = span_str(rid);
		buf_reset(&text);
		assert_int_equal(buf_adds(&text, "{\"name\":\"x\",\"summary\":\"", &e), 0);
		for (j = 0; j < 4 + i % 23; j++)	/* all sizes, so that pages are filled in all ways */
			assert_int_equal(buf_adds(&text, CANARY " ", &e), 0);
		assert_int_equal(buf_adds(&text, "\"}", &e), 0);
		d.content = buf_span(&text);
		offer(w, &d, &w->line[i]);
	}
	buf_clear(&text);
}

/* In an order that leaves pages half empty, then merges them. */
static void
delete(struct world *w, size_t from, size_t step)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX);
	char rid[RID_CHARS + 1];
	size_t i;

	for (i = from; i < RECORDS; i += step) {
		struct record_draft d = tombstone_of(&w->root, KIND_INITIATIVE);

		rid_of(i, rid);
		d.rid = span_str(rid);
		d.updated = d.created = T0 + 1;
		offer(w, &d, &line);
	}
	buf_clear(&line);
}

static void
delete_all(struct world *w)
{
	delete(w, 1, 3);
	delete(w, 2, 3);
	delete(w, 0, 3);
}

/* Records from the future, kept aside by their ids, which come in no order: pages are split and merged. */
static void
hold(struct world *w, size_t n)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX), text = BUF_INIT(8192);
	char rid[RID_CHARS + 1];
	struct err e = {0};
	size_t i, j;

	for (i = 0; i < n; i++) {
		struct record_draft d = draft_of(&w->root, KIND_INITIATIVE);
		struct offer_line o = { .signature = SIGNATURE_HOLDS };

		rid_of(i, rid);
		d.rid = span_str(rid);
		d.created = T0 + 100 + FUTURE_S + 50;
		buf_reset(&text);
		assert_int_equal(buf_adds(&text, "{\"name\":\"x\",\"summary\":\"", &e), 0);
		for (j = 0; j < 1 + i % 29; j++)
			assert_int_equal(buf_adds(&text, i % 2 == 0 ? CANARY " " : "quelconque ", &e), 0);
		assert_int_equal(buf_adds(&text, "\"}", &e), 0);
		d.content = buf_span(&text);
		buf_reset(&line);
		assert_int_equal(record_sign(&d, w->key.secret, &line, &e), 0);
		assert_int_equal(record_parse(buf_span(&line), &o.record, &o.reason, &e), 0);
		assert_int_equal(store_offer(w->store, &o, 1, NULL, &e), 0);
		assert_int_equal(o.reason, REASON_FUTURE);
	}
	buf_clear(&line);
	buf_clear(&text);
}

static void
test_gaps_are_wiped(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	struct buf seen = BUF_INIT(4096);

	introduce(w);
	hold(w, PENDING_PER_AUTHOR_MAX);
	assert_int_equal(store_scrub(w->store, &e), 1);
	assert_false(store_unscrubbed(w->store));
	assert_true(in_files(w));	/* what stands stays */
	delete(w, 0, 2);
	assert_true(store_unscrubbed(w->store));
	if (sqlite3_wal_checkpoint_v2(w->store->w.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		fail();
	assert_true(in_file(w->path));	/* emptying the log alone does not do: else wipe.c has no reason */
	assert_int_equal(store_scrub(w->store, &e), 1);
	assert_false(in_files(w));
	assert_int_equal(store_check(w->store, &seen, &e), 1);
	reopen(w);
	assert_int_equal(store_check(w->store, &seen, &e), 1);
	buf_clear(&seen);
}

static void
test_a_reader_is_outlasted(void **state)
{
	struct world *w = *state;
	struct reader *r;
	struct store_counts c;
	struct err e = {0};

	fill(w);
	assert_int_equal(store_read(w->store, &r, &e), 0);
	assert_int_equal(store_counts(r, &c, &e), 0);	/* the snapshot begins with the first look */
	delete_all(w);
	assert_int_equal(store_scrub(w->store, &e), 0);	/* in the way, and not waited for */
	assert_true(store_unscrubbed(w->store));
	store_read_end(r);
	assert_int_equal(store_scrub(w->store, &e), 1);
	assert_false(in_files(w));
}

static void
copy_file(const char *from, const char *to)
{
	struct buf bytes = BUF_INIT((size_t)32 << 20);
	struct err e = {0};

	if (file_read(from, &bytes, &e) == -1 || file_write(to, buf_span(&bytes), 0600, &e) == -1)
		fail_msg("%s", e.text);
	buf_clear(&bytes);
}

/* What was cut off before it could be done is done at the next start. */
static void
test_a_restart_goes_on(void **state)
{
	struct world *w = *state;
	char copy[112], log[112], copied[128];
	struct world after = { .root = w->root };
	struct err e = {0};

	fill(w);
	delete_all(w);
	snprintf(copy, sizeof copy, "%s/copy.db", w->dir);
	snprintf(log, sizeof log, "%s-wal", w->path);
	snprintf(copied, sizeof copied, "%s-wal", copy);
	/* as a crash leaves them */
	copy_file(w->path, copy);
	copy_file(log, copied);
	assert_true(strlen(copy) < sizeof after.path);
	strcpy(after.path, copy);
	assert_true(in_files(&after));
	reopen(&after);
	assert_true(store_unscrubbed(after.store));
	assert_int_equal(store_scrub(after.store, &e), 1);
	assert_false(in_files(&after));
	store_close(after.store);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest test[] = {
		T(test_gaps_are_wiped), T(test_a_reader_is_outlasted), T(test_a_restart_goes_on),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
