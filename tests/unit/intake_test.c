/* SPDX-License-Identifier: AGPL-3.0-or-later
 * intake_test.c - a batch's lines fare each on its own and are answered in order; many callers at once, and
 * stopping among them, lose and hang nothing.
 */
#include "tests/unit/author.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "node/core/intake.h"
#include "node/store/store.h"
#include "proto/multibase.h"
#include "proto/set.h"

struct world {
	char dir[64], path[96];
	struct store *store;
	struct intake *intake;
	struct key own, stranger;
};

static int64_t
now(void *ctx)
{
	(void)ctx;
	return T0;
}

static void
offer_one(struct world *w, const struct signed_record *s)
{
	struct offer_line line = { .record = s->r };
	struct err e = {0};

	if (store_offer(w->store, &line, 1, NULL, &e) == -1 || line.reason != REASON_NONE)
		fail_msg("%s %s", e.text, line.detail);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct store_config c = { .path = w == NULL ? NULL : w->path, .admission = ADMIT_VOUCHED, .now = now };
	struct identity_key key = { .from = T0 - 1000, .until = T0 + 1000 };
	struct signed_record id;
	struct err e = {0};

	if (w == NULL || sodium_init() == -1)
		return -1;
	strcpy(w->dir, "/tmp/essaim-intake-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(w->path, sizeof w->path, "%s/record.db", w->dir);
	w->own = key_of(1);
	w->stranger = key_of(2);
	if (store_open(&c, &w->store, &e) == -1 || intake_start(w->store, 2, &w->intake, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(store_own_author(w->store, w->own.did, &e), 0);
	memcpy(key.key, w->own.pub, 32);
	id = sign_identity(&w->own, &w->own, &w->stranger, &key, 1, NULL, 0, T0);
	offer_one(w, &id);
	signed_clear(&id);
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

	intake_stop(w->intake);
	store_close(w->store);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static void
add_place(struct buf *batch, const struct key *k, unsigned n, int64_t created)
{
	struct record_draft d = draft_of(k, KIND_PLACE);
	uint8_t random[10] = { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16) };
	char rid[RID_CHARS + 1];
	struct err e = {0};

	rid_from_random(random, rid);
	d.rid = span_str(rid);
	d.updated = d.created = created;
	assert_int_equal(record_sign(&d, k->secret, batch, &e), 0);
	assert_int_equal(buf_addc(batch, '\n', &e), 0);
}

/* Change one character of the line that starts at from. */
static void
tamper(struct buf *batch, size_t from, const char *find, char to)
{
	char *at = memmem(batch->ptr + from, batch->len - from, find, strlen(find));

	CHECK(at != NULL);
	*at = to;
}

static uint64_t
count_set(struct world *w)
{
	uint64_t n = set_count(store_set(w->store));

	store_set_done(w->store);
	return n;
}

static void
test_mixed_batch(void **state)
{
	static const struct {
		enum reason reason;
		const char *why;
	} want[] = {
		{ REASON_NONE, "good" },
		{ REASON_SIGNATURE, "a changed name under the old signature" },
		{ REASON_NONE, "good, after a bad one" },
		{ REASON_DUPLICATE, "the same line again" },
		{ REASON_SIZE, "longer than a record may be" },
		{ REASON_CANONICAL, "a space after the brace" },
		{ REASON_CANONICAL, "nested past the depth" },
		{ REASON_FUTURE, "signed tomorrow" },
		{ REASON_ADMISSION, "from a stranger" },
		{ REASON_ENVELOPE, "an object that is no record" },
		{ REASON_CANONICAL, "no JSON" },
		{ REASON_CANONICAL, "a carriage return alone" },
		{ REASON_NONE, "good, the last, without a newline" },
	};
	struct world *w = *state;
	struct buf batch = BUF_INIT(BATCH_BYTES_MAX);
	struct intake_result r;
	struct err e = {0};
	size_t at, first, i, end;

	add_place(&batch, &w->own, 1, T0);
	at = batch.len;
	add_place(&batch, &w->own, 2, T0);
	tamper(&batch, at, "Jardin", 'j');
	buf_adds(&batch, "\n\n", &e);		/* empty lines are skipped */
	first = batch.len;
	add_place(&batch, &w->own, 3, T0);
	end = batch.len;
	for (i = first; i < end; i++)
		buf_addc(&batch, batch.ptr[i], &e);
	buf_adds(&batch, "{\"a\":\"", &e);
	for (i = 0; i < RECORD_BYTES_MAX; i++)
		buf_addc(&batch, 'a', &e);
	buf_adds(&batch, "\"}\n{ \"a\":1}\n", &e);
	for (i = 0; i < 100; i++)
		buf_addc(&batch, '[', &e);
	for (i = 0; i < 100; i++)
		buf_addc(&batch, ']', &e);
	buf_addc(&batch, '\n', &e);
	add_place(&batch, &w->own, 4, T0 + DAY_S);
	add_place(&batch, &w->stranger, 5, T0);
	buf_adds(&batch, "{\"a\":1}\nnonsense\n\r\n", &e);
	add_place(&batch, &w->own, 6, T0);
	batch.len--;
	assert_int_equal(intake_run(w->intake, buf_span(&batch), "peer", &r, &e), 0);
	assert_int_equal(r.count, COUNT(want));
	for (i = 0; i < r.count; i++) {
		if (r.line[i].reason != want[i].reason)
			fail_msg("%s: %d (%s)", want[i].why, r.line[i].reason, r.line[i].detail);
		CHECK_ROW(want[i].why, r.line[i].reason == REASON_NONE || r.line[i].detail[0] != '\0');
	}
	assert_int_equal(r.by_verdict[reason_verdict(REASON_NONE)], 3);
	assert_int_equal(r.by_verdict[reason_verdict(REASON_FUTURE)], 1);
	assert_int_equal(count_set(w), 1 + 3);
	intake_result_clear(&r);
	buf_clear(&batch);
}

static void
test_limits(void **state)
{
	struct world *w = *state;
	struct buf batch = BUF_INIT(BATCH_BYTES_MAX + 16);
	struct intake_result r;
	struct err e = {0};
	size_t i;

	assert_int_equal(intake_run(w->intake, SPAN(""), "peer", &r, &e), 0);
	assert_int_equal(r.count, 0);
	intake_result_clear(&r);
	assert_int_equal(intake_run(w->intake, SPAN("\n\n\n"), "peer", &r, &e), 0);
	assert_int_equal(r.count, 0);
	intake_result_clear(&r);
	for (i = 0; i < BATCH_RECORDS_MAX; i++)
		buf_adds(&batch, "x\n", &e);
	assert_int_equal(intake_run(w->intake, buf_span(&batch), "peer", &r, &e), 0);
	assert_int_equal(r.count, BATCH_RECORDS_MAX);
	intake_result_clear(&r);
	buf_adds(&batch, "x", &e);
	assert_int_equal(intake_run(w->intake, buf_span(&batch), "peer", &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	while (batch.len <= BATCH_BYTES_MAX)
		buf_addc(&batch, 'x', &e);
	assert_int_equal(intake_run(w->intake, buf_span(&batch), "peer", &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_clear(&batch);
}

/* --- many at once ---------------------------------------------------------------------------- */

#define THREADS 6
#define ROUNDS 12
#define EACH 40

struct crowd {
	struct world *w;
	struct buf batch[THREADS][ROUNDS];
	_Atomic unsigned stored, submitted, refused, answered, next;
	_Atomic int last_order[THREADS];
};

struct ticket {
	struct crowd *crowd;
	int thread, order;
};

static void
answered(void *ctx, const struct intake_result *r, int rc, const struct err *e)
{
	struct ticket *t = ctx;

	(void)e;
	if (rc == 0)
		t->crowd->stored += (unsigned)r->by_verdict[reason_verdict(REASON_NONE)];
	if (t->order <= t->crowd->last_order[t->thread])
		t->crowd->last_order[t->thread] = 1000;		/* told below: never again in order */
	else
		t->crowd->last_order[t->thread] = t->order;
	t->crowd->answered++;
	free(t);
}

/* Even threads wait for each batch, odd ones do not. */
static void *
one_of_many(void *arg)
{
	struct crowd *c = arg;
	int me = (int)c->next++, i;

	for (i = 0; i < ROUNDS; i++) {
		struct buf *batch = &c->batch[me][i];
		struct intake_result r;
		struct ticket *t;
		struct err e = {0};

		if (me % 2 == 0) {
			if (intake_run(c->w->intake, buf_span(batch), "peer", &r, &e) == 0) {
				c->stored += (unsigned)r.by_verdict[reason_verdict(REASON_NONE)];
				intake_result_clear(&r);
			} else
				c->refused++;
			continue;
		}
		if ((t = malloc(sizeof *t)) == NULL)
			abort();
		*t = (struct ticket){ c, me, i + 1 };
		if (intake_submit(c->w->intake, batch, "peer", answered, t, &e) == 0)
			c->submitted++;
		else {
			c->refused++;
			free(t);
		}
	}
	return NULL;
}

static void
crowd_fill(struct crowd *c)
{
	unsigned n = 0;
	int t, i, j;

	for (t = 0; t < THREADS; t++)
		for (i = 0; i < ROUNDS; i++) {
			c->batch[t][i] = (struct buf)BUF_INIT(BATCH_BYTES_MAX);
			for (j = 0; j < EACH; j++)
				add_place(&c->batch[t][i], &c->w->own, 1000 + n++, T0);
		}
}

static void
run_crowd(struct world *w, int stop)
{
	struct crowd *c = calloc(1, sizeof *c);
	pthread_t thread[THREADS];
	struct intake *intake;
	int t, i;

	CHECK(c != NULL);
	c->w = w;
	crowd_fill(c);
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&thread[t], NULL, one_of_many, c), 0);
	intake = w->intake;
	/* stopping while others still come: they finish or are told; the memory goes only after them */
	if (stop)
		while (c->stored == 0)
			sched_yield();
	for (t = 0; t < THREADS && !stop; t++)
		pthread_join(thread[t], NULL);
	if (stop) {
		intake_quit(intake);
		for (t = 0; t < THREADS; t++)
			pthread_join(thread[t], NULL);
	}
	intake_stop(intake);
	w->intake = NULL;
	assert_int_equal(c->answered, c->submitted);
	for (t = 0; t < THREADS; t++)
		assert_true(c->last_order[t] <= ROUNDS);
	assert_int_equal(count_set(w), 1 + c->stored);
	if (!stop)
		assert_int_equal(c->stored, THREADS * ROUNDS * EACH);
	for (t = 0; t < THREADS; t++)
		for (i = 0; i < ROUNDS; i++)
			buf_clear(&c->batch[t][i]);
	free(c);
}

static void
test_many_at_once(void **state)
{
	run_crowd(*state, 0);
}

static void
test_stop_in_the_middle(void **state)
{
	run_crowd(*state, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest test[] = {
		T(test_mixed_batch), T(test_limits), T(test_many_at_once), T(test_stop_in_the_middle),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
