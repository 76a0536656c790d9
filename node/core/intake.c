/* SPDX-License-Identifier: AGPL-3.0-or-later
 * intake.c - the verification pool; see intake.h.
 *
 * Workers take chunks of the oldest batch that has any left.  A caller that waits hands its
 * verified batch to the writer itself, so that several share one commit; batches without a waiting
 * caller are handed over, in order, by one thread that does only that.
 */
#include "node/core/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/err.h"

#define CHUNK_LINES 32
#define WORKERS_MAX 64
#define WAITING_MAX 8		/* batches without a waiting caller: more and the submitter waits */

struct batch {
	struct buf body;		/* owned, when submitted */
	char *peer;
	struct offer_line *line;
	size_t count, taken, finished;	/* lines */
	int asked_for;			/* we fetched it: its strangers are likely let in by its own vouches */
	intake_done_fn *done;
	void *ctx;
	struct batch *next;		/* in the queue of those with lines to take */
	struct batch *next_waiting;	/* in the order of submission */
};

struct intake {
	struct store *store;
	pthread_mutex_t mutex;
	pthread_cond_t work, verified, room;
	struct batch *queue, *waiting;
	size_t waiting_count, callers;	/* callers: inside intake_run or intake_submit */
	pthread_t worker[WORKERS_MAX], committer;
	int workers, has_committer, stopping;
};

static void
check_line(struct intake *in, struct reader *r, int asked_for, struct offer_line *l)
{
	struct err e = {0};
	enum reason early;
	struct span line = l->record.line;

	if (record_parse(line, &l->record, &l->reason, &e) == -1) {
		l->record = (struct record){ .line = line };
		text_clip(l->detail, sizeof l->detail, e.text);
		return;
	}
	l->reason = REASON_NONE;
	early = r == NULL ? REASON_NONE : store_precheck(in->store, r, &l->record);
	if (early == REASON_NONE || (asked_for && early == REASON_ADMISSION))
		l->signature = record_verify(&l->record) ? SIGNATURE_HOLDS : SIGNATURE_BROKEN;
}

static void
check_lines(struct intake *in, int asked_for, struct offer_line *line, size_t n)
{
	struct reader *r = NULL;
	struct err e;
	size_t i;

	if (store_read(in->store, &r, &e) == -1)
		r = NULL;
	for (i = 0; i < n; i++)
		check_line(in, r, asked_for, &line[i]);
	store_read_end(r);
}

static void *
work(void *arg)
{
	struct intake *in = arg;

	pthread_mutex_lock(&in->mutex);
	for (;;) {
		struct batch *b;
		size_t at, n;

		while (in->queue == NULL && !in->stopping)
			pthread_cond_wait(&in->work, &in->mutex);
		if ((b = in->queue) == NULL)
			break;
		at = b->taken;
		n = b->count - at < CHUNK_LINES ? b->count - at : CHUNK_LINES;
		b->taken += n;
		if (b->taken == b->count)
			in->queue = b->next;
		pthread_mutex_unlock(&in->mutex);
		check_lines(in, b->asked_for, b->line + at, n);
		pthread_mutex_lock(&in->mutex);
		b->finished += n;
		if (b->finished == b->count)
			pthread_cond_broadcast(&in->verified);
	}
	pthread_mutex_unlock(&in->mutex);
	return NULL;
}

static void
batch_free(struct batch *b)
{
	buf_clear(&b->body);
	free(b->peer);
	free(b->line);
	free(b);
}

static void
count_verdicts(struct intake_result *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		r->by_verdict[reason_verdict(r->line[i].reason)]++;
}

static void *
commit(void *arg)
{
	struct intake *in = arg;

	pthread_mutex_lock(&in->mutex);
	for (;;) {
		struct batch *b;
		struct intake_result r = {0};
		struct err e = {0};
		int rc;

		while ((b = in->waiting) == NULL ? !in->stopping : b->finished < b->count)
			pthread_cond_wait(&in->verified, &in->mutex);
		if (b == NULL)
			break;
		in->waiting = b->next_waiting;
		in->waiting_count--;
		pthread_cond_broadcast(&in->room);
		pthread_mutex_unlock(&in->mutex);
		rc = store_offer(in->store, b->line, b->count, b->peer, &e);
		r.line = b->line;
		r.count = b->count;
		if (rc == 0)
			count_verdicts(&r);
		b->done(b->ctx, &r, rc, &e);
		batch_free(b);
		pthread_mutex_lock(&in->mutex);
	}
	pthread_mutex_unlock(&in->mutex);
	return NULL;
}

static int
split(struct batch *b, struct span body, struct err *e)
{
	struct span rest = body, line;
	size_t n = 0, i;

	if (body.len > BATCH_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "a batch of %zu bytes, limit %d: send several", body.len, BATCH_BYTES_MAX);
	while (rest.len > 0)
		n += span_cut(&rest, '\n').len > 0;
	if (n > BATCH_RECORDS_MAX)
		return err_set(e, ERR_LIMIT, "a batch of %zu records, limit %d: send several", n, BATCH_RECORDS_MAX);
	if ((b->line = calloc(n + 1, sizeof *b->line)) == NULL)
		return err_memory(e);
	for (rest = body, i = 0; i < n;)
		if ((line = span_cut(&rest, '\n')).len > 0)
			b->line[i++].record.line = line;
	b->count = n;
	return 0;
}

static void
enqueue(struct intake *in, struct batch *b)
{
	struct batch **tail;

	if (b->count == 0)
		return;
	for (tail = &in->queue; *tail != NULL;)
		tail = &(*tail)->next;
	*tail = b;
	pthread_cond_broadcast(&in->work);
}

static void
leave(struct intake *in)
{
	pthread_mutex_lock(&in->mutex);
	in->callers--;
	pthread_cond_broadcast(&in->room);
	pthread_mutex_unlock(&in->mutex);
}

int
intake_run(struct intake *in, struct span body, const char *peer, struct intake_result *out, struct err *e)
{
	struct batch b = { .asked_for = peer == NULL };
	int rc;

	memset(out, 0, sizeof *out);
	if (split(&b, body, e) == -1)
		return -1;
	pthread_mutex_lock(&in->mutex);
	if (in->stopping) {
		pthread_mutex_unlock(&in->mutex);
		free(b.line);
		return err_set(e, ERR_BUSY, "the node is stopping");
	}
	in->callers++;
	enqueue(in, &b);
	while (b.finished < b.count)
		pthread_cond_wait(&in->verified, &in->mutex);
	pthread_mutex_unlock(&in->mutex);
	rc = store_offer(in->store, b.line, b.count, peer, e);
	leave(in);
	if (rc == -1) {
		free(b.line);
		return -1;
	}
	out->line = b.line;
	out->count = b.count;
	count_verdicts(out);
	return 0;
}

void
intake_result_clear(struct intake_result *r)
{
	free(r->line);
	memset(r, 0, sizeof *r);
}

int
intake_submit(struct intake *in, struct buf *body, const char *peer, intake_done_fn *done, void *ctx,
    struct err *e)
{
	struct batch *b = calloc(1, sizeof *b), **tail;

	if (b == NULL || (b->peer = strdup(peer)) == NULL || split(b, buf_span(body), e) == -1) {
		if (b == NULL || b->peer == NULL)
			err_memory(e);
		if (b != NULL)
			batch_free(b);
		return -1;
	}
	b->body = *body;
	*body = (struct buf)BUF_INIT(body->max);
	b->done = done;
	b->ctx = ctx;
	b->asked_for = 1;
	pthread_mutex_lock(&in->mutex);
	in->callers++;
	while (in->waiting_count >= WAITING_MAX && !in->stopping)
		pthread_cond_wait(&in->room, &in->mutex);
	in->callers--;
	if (in->stopping) {
		pthread_cond_broadcast(&in->room);
		pthread_mutex_unlock(&in->mutex);
		batch_free(b);
		return err_set(e, ERR_BUSY, "the node is stopping");
	}
	for (tail = &in->waiting; *tail != NULL;)
		tail = &(*tail)->next_waiting;
	*tail = b;
	in->waiting_count++;
	enqueue(in, b);
	pthread_cond_broadcast(&in->verified);	/* an empty batch is verified already */
	pthread_mutex_unlock(&in->mutex);
	return 0;
}

int
intake_start(struct store *store, int workers, struct intake **out, struct err *e)
{
	struct intake *in = calloc(1, sizeof *in);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (in == NULL)
		return err_memory(e);
	if (workers <= 0)
		workers = cores > 0 && cores < WORKERS_MAX ? (int)cores : 1;
	in->store = store;
	pthread_mutex_init(&in->mutex, NULL);
	pthread_cond_init(&in->work, NULL);
	pthread_cond_init(&in->verified, NULL);
	pthread_cond_init(&in->room, NULL);
	in->has_committer = pthread_create(&in->committer, NULL, commit, in) == 0;
	while (in->workers < workers && in->workers < WORKERS_MAX &&
	    pthread_create(&in->worker[in->workers], NULL, work, in) == 0)
		in->workers++;
	if (!in->has_committer || in->workers == 0) {
		intake_stop(in);
		return err_set(e, ERR_MEMORY, "cannot start the verification threads");
	}
	*out = in;
	return 0;
}

void
intake_quit(struct intake *in)
{
	pthread_mutex_lock(&in->mutex);
	in->stopping = 1;
	pthread_cond_broadcast(&in->work);
	pthread_cond_broadcast(&in->verified);
	pthread_cond_broadcast(&in->room);
	while (in->callers > 0)
		pthread_cond_wait(&in->room, &in->mutex);
	pthread_mutex_unlock(&in->mutex);
}

void
intake_stop(struct intake *in)
{
	int i;

	if (in == NULL)
		return;
	intake_quit(in);
	for (i = 0; i < in->workers; i++)
		pthread_join(in->worker[i], NULL);
	if (in->has_committer)
		pthread_join(in->committer, NULL);
	pthread_cond_destroy(&in->room);
	pthread_cond_destroy(&in->verified);
	pthread_cond_destroy(&in->work);
	pthread_mutex_destroy(&in->mutex);
	free(in);
}
