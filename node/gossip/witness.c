/* SPDX-License-Identifier: AGPL-3.0-or-later
 * witness.c - see witness.h. */
#include "node/gossip/witness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/log.h"
#include "node/core/node.h"
#include "node/gossip/fetch.h"
#include "node/store/erase.h"
#include "node/store/store.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/reason.h"

#define DOUBLINGS_MAX	12
#define AGAIN_S_MAX	3600	/* the longest between two questions */
#define NAP_S_MAX	30
#define ANSWER_BYTES_MAX (4 * RECORD_BYTES_MAX)

struct witness {
	struct node *node;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	int woken;
	atomic_int stop;
};

/* --- one question ----------------------------------------------------------------------------------- */

struct question {
	struct node *node;
	const struct erasure *erasure;
	struct span tombstone;		/* our deletion, or empty */
	const atomic_int *stop;
};

static int
ask(const struct question *q, const char *url, struct fetch_request r, struct fetch_answer *a, struct err *e)
{
	r.base = url;
	r.response_bytes_max = ANSWER_BYTES_MAX;
	return fetch_now(q->node, &r, q->stop, a, e);
}

/* What became of the one record offered, in its answer's one line: 1 it was refused, for *why. */
static int
was_refused(struct span line, char *why, size_t size)
{
	struct span result, reason, text;

	line = span_cut(&line, '\n');
	if (!canon_get(line, "result", &result) || !canon_plain(result, &text) ||
	    !(span_is(text, "refused") || span_is(text, "invalid")))
		return 0;
	snprintf(why, size, "it refuses the deletion");
	if (canon_get(line, "reason", &reason) && canon_plain(reason, &text))
		snprintf(why, size, "it refuses the deletion (%.*s)", (int)text.len, text.ptr);
	return 1;
}

/* Offer the deletion.  What it answers is only noted where it still shows the record afterwards. */
static int
offer(const struct question *q, const char *url, char *why, size_t size, struct err *e)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX + 1);
	struct fetch_answer a = { 0 };
	int rc = -1;

	why[0] = '\0';
	if (q->tombstone.len == 0)
		return 0;
	if (buf_addspan(&line, q->tombstone, e) == 0 && buf_addc(&line, '\n', e) == 0 &&
	    ask(q, url, (struct fetch_request){ .path = "/api/v1/records", .post = 1,
	    .type = "application/x-ndjson", .body = buf_span(&line) }, &a, e) == 0) {
		rc = 0;
		if (a.status == 200)
			was_refused(buf_span(&a.body), why, size);
	}
	buf_clear(&a.body);
	buf_clear(&line);
	return rc;
}

static void
judge_status(int status, const char *refusal, struct erased_peer *p, char *detail, size_t size)
{
	detail[0] = '\0';
	if (status == 410)
		p->state = THERE_GONE;
	else if (status == 404)
		p->state = THERE_ABSENT;
	else if (status == 200) {
		p->state = *refusal == '\0' ? THERE_SERVED : THERE_REFUSED;
		snprintf(detail, size, "%s", refusal);
	} else {
		p->state = THERE_UNREACHABLE;
		snprintf(detail, size, "it answers HTTP %d", status);
	}
}

/* Offer, then look at what it shows. */
static void
question(const struct question *q, struct erased_peer *p, char *detail, size_t size)
{
	char path[64 + REF_CHARS_MAX], refusal[160];
	struct fetch_answer a = { 0 };
	struct err why = { 0 };

	snprintf(path, sizeof path, "/api/v1/records/%s", q->erasure->ref);
	if (offer(q, p->url, refusal, sizeof refusal, &why) == -1 ||
	    ask(q, p->url, (struct fetch_request){ .path = path }, &a, &why) == -1) {
		p->state = THERE_UNREACHABLE;
		text_clip(detail, size, why.text);
	} else
		judge_status(a.status, refusal, p, detail, size);
	buf_clear(&a.body);
	p->asked = node_now(q->node);
	p->tries++;
	if (p->state == THERE_GONE || p->state == THERE_ABSENT)
		p->confirmed = p->asked;
	p->detail = detail;
}

/* --- all of them ------------------------------------------------------------------------------------- */

/* When a neighbour is asked again: soon, then less and less often. */
static int64_t
due(const struct node *n, const struct erased_peer *p)
{
	int64_t doublings = p->tries < DOUBLINGS_MAX ? p->tries : DOUBLINGS_MAX;
	int64_t wait_s = p->tries == 0 ? 0 : n->config.sync_interval_s << (doublings - 1);
	int64_t now = node_now(n);

	if (wait_s > AGAIN_S_MAX && n->config.sync_interval_s < AGAIN_S_MAX)
		wait_s = AGAIN_S_MAX;
	return p->asked > now ? now : p->asked + wait_s;	/* a clock put back asks again */
}

static int
read_tombstone(struct reader *r, const struct erasure *x, struct arena *a, struct span *out, struct err *e)
{
	struct stored found;
	struct ref ref;
	int n;

	*out = (struct span){ 0 };
	if (!x->own)
		return 0;
	if (ref_parse(span_str(x->ref), &ref, e) == -1 || (n = store_get(r, &ref, a, &found, e)) == -1)
		return -1;
	if (n == 1 && found.record.deleted)
		*out = found.record.line;
	return 0;
}

static int
ask_about(struct node *n, const struct erasure *x, int now, const atomic_int *stop, int64_t *next, struct err *e)
{
	struct question q = { .node = n, .erasure = x, .stop = stop };
	struct erased_peer *p = NULL;
	struct arena a = { 0 };
	struct reader *r = NULL;
	size_t count = 0, i;
	char detail[160];
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = read_tombstone(r, x, &a, &q.tombstone, e) == -1 || store_erased_peers(r, x->ref, &a, &p, &count, e) == -1
	    ? -1 : 0;
	store_read_end(r);	/* before anybody is waited for: a snapshot held open keeps the log from being emptied */
	for (i = 0; rc == 0 && i < count && (stop == NULL || !*stop); i++) {
		if (p[i].confirmed > 0 || !p[i].neighbour)
			continue;
		if (now || due(n, &p[i]) <= node_now(n)) {
			question(&q, &p[i], detail, sizeof detail);
			if (stop == NULL || !*stop)
				rc = store_erased_peer_put(n->store, x->ref, &p[i], e);
		}
		if (p[i].confirmed == 0 && due(n, &p[i]) < *next)
			*next = due(n, &p[i]);
	}
	arena_clear(&a);
	return rc;
}

/* Ask those who are due (ref: all of that one's); *next: when to come back. */
static int
ask_all(struct node *n, const char *ref, const atomic_int *stop, int64_t *next, struct err *e)
{
	struct erasure *x = NULL;
	struct arena a = { 0 };
	struct reader *r = NULL;
	size_t count = 0, i;
	int rc;

	if (store_read(n->store, &r, e) == -1)
		return -1;
	rc = store_erasures(r, ref, &a, &x, &count, e);
	store_read_end(r);
	for (i = 0; rc == 0 && i < count && (stop == NULL || !*stop); i++)
		if (x[i].allowed == 0 && (ref != NULL || node_now(n) - x[i].since < TOMBSTONE_LIFETIME_S))
			rc = ask_about(n, &x[i], ref != NULL, stop, next, e);
	arena_clear(&a);
	return rc;
}

int
witness_ask(struct node *n, const char *ref, struct err *e)
{
	const struct witness *w = n->witness;
	int64_t next = INT64_MAX;

	return ask_all(n, ref, w == NULL ? NULL : &w->stop, &next, e);
}

/* --- the thread ---------------------------------------------------------------------------------------- */

static void
nap(struct witness *w, int64_t seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds < 1 ? 1 : seconds < NAP_S_MAX ? seconds : NAP_S_MAX;
	pthread_mutex_lock(&w->mutex);
	if (!w->woken && !w->stop)
		pthread_cond_timedwait(&w->wake, &w->mutex, &until);
	w->woken = 0;
	pthread_mutex_unlock(&w->mutex);
}

static void *
run(void *arg)
{
	struct witness *w = arg;
	struct err e = { 0 };

	while (!w->stop) {
		int64_t next = INT64_MAX, now = node_now(w->node);

		if (ask_all(w->node, NULL, &w->stop, &next, &e) == -1)
			log_line(w->node->log, LEVEL_WARN, "witness", "cannot ask", "why", e.text, NULL);
		nap(w, next > now + NAP_S_MAX ? NAP_S_MAX : next - now);
	}
	return NULL;
}

int
witness_start(struct node *n, struct witness **out, struct err *e)
{
	struct witness *w = calloc(1, sizeof *w);

	if (w == NULL)
		return err_memory(e);
	w->node = n;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		pthread_cond_destroy(&w->wake);
		pthread_mutex_destroy(&w->mutex);
		free(w);
		return err_set(e, ERR_INTERNAL, "no thread to ask the neighbours with");
	}
	*out = w;
	return 0;
}

void
witness_wake(struct witness *w)
{
	pthread_mutex_lock(&w->mutex);
	w->woken = 1;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

void
witness_halt(struct witness *w)
{
	if (w == NULL)
		return;
	w->stop = 1;
	witness_wake(w);
}

void
witness_stop(struct witness *w)
{
	if (w == NULL)
		return;
	witness_halt(w);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
