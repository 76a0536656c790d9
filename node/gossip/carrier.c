/* SPDX-License-Identifier: AGPL-3.0-or-later
 * carrier.c - see carrier.h. */
#include "node/gossip/carrier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/intake.h"
#include "node/core/node.h"
#include "node/gossip/fetch.h"
#include "node/gossip/talk.h"
#include "proto/err.h"

/* A batch with intake, and what became of it. */
struct parcel {
	struct parcel *next;
	struct carrier *carrier;
	struct talk *talk;
	struct sync_taken taken;
	struct sync_phantom *odd;
	struct err err;
};

struct carrier {
	struct node *node;
	CURLM *multi;
	pthread_mutex_t mutex;
	struct parcel *first, **last;	/* judged, in order; under mutex */
};

int
carrier_new(struct node *n, struct carrier **out, struct err *e)
{
	struct carrier *c;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	if ((c = calloc(1, sizeof *c)) == NULL || (c->multi = curl_multi_init()) == NULL) {
		free(c);
		curl_global_cleanup();
		return err_memory(e);
	}
	c->node = n;
	c->last = &c->first;
	pthread_mutex_init(&c->mutex, NULL);
	*out = c;
	return 0;
}

void
carrier_free(struct carrier *c)
{
	if (c == NULL)
		return;
	curl_multi_cleanup(c->multi);
	curl_global_cleanup();
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

CURLM *
carrier_multi(struct carrier *c)
{
	return c->multi;
}

void
carrier_wake(struct carrier *c)
{
	curl_multi_wakeup(c->multi);
}

/* --- batches ----------------------------------------------------------------------------------------- */

static void
note_odd(struct parcel *p, const struct offer_line *l)
{
	struct sync_phantom *o = &p->odd[p->taken.odds];

	if (!sync_is_odd(l->reason) || l->record.author.len != DIDKEY_CHARS)
		return;
	memcpy(o->author, l->record.author.ptr, DIDKEY_CHARS);
	memcpy(o->id, l->record.id, sizeof o->id);
	o->created = l->record.created;
	o->reason = l->reason;
	p->taken.odds++;
}

static void
read_result(struct parcel *p, const struct intake_result *r)
{
	size_t i, odds = 0;

	for (i = 0; i < r->count; i++)
		odds += sync_is_odd(r->line[i].reason) ? 1 : 0;
	if (odds > 0 && (p->odd = calloc(odds, sizeof *p->odd)) == NULL) {
		err_memory(&p->err);
		p->taken.failure = &p->err;
		return;
	}
	for (i = 0; i < r->count; i++)
		if (sync_is_odd(r->line[i].reason))
			note_odd(p, &r->line[i]);
	p->taken.odd = p->odd;
	memcpy(p->taken.by_verdict, r->by_verdict, sizeof p->taken.by_verdict);
}

/* On intake's thread. */
static void
batch_done(void *ctx, const struct intake_result *r, int rc, const struct err *e)
{
	struct parcel *p = ctx;
	struct carrier *c = p->carrier;

	if (rc == 0)
		read_result(p, r);
	else {
		p->err = *e;
		p->taken.failure = &p->err;
	}
	pthread_mutex_lock(&c->mutex);
	*c->last = p;
	c->last = &p->next;
	curl_multi_wakeup(c->multi);
	pthread_mutex_unlock(&c->mutex);
}

int
carrier_submit(struct carrier *c, struct talk *t, struct buf *records, const char *url, struct err *e)
{
	struct parcel *p = calloc(1, sizeof *p);

	if (p == NULL)
		return err_memory(e);
	p->carrier = c;
	p->talk = t;
	if (intake_submit(c->node->intake, records, url, batch_done, p, e) == 0)
		return 0;
	free(p);
	return -1;
}

static void
deliver_batches(struct carrier *c)
{
	struct parcel *p, *next;

	pthread_mutex_lock(&c->mutex);
	p = c->first;
	c->first = NULL;
	c->last = &c->first;
	pthread_mutex_unlock(&c->mutex);
	for (; p != NULL; p = next) {
		next = p->next;
		talk_taken(p->talk, &p->taken);
		free(p->odd);
		free(p);
	}
}

/* --- answers ------------------------------------------------------------------------------------------ */

static int
deliver_answers(struct carrier *c)
{
	CURLMsg *msg;
	int left, n = 0;

	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE) {
			talk_answered(fetch_owner(msg->easy_handle), msg->data.result);
			n++;
		}
	return n;
}

/* What is finished without waiting must be handed on without waiting: nothing would end the poll. */
int
carrier_turn(struct carrier *c, int wait_ms, struct err *e)
{
	int running;

	if (curl_multi_perform(c->multi, &running) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "libcurl's loop fails");
	if (deliver_answers(c) == 0) {
		if (curl_multi_poll(c->multi, NULL, 0, wait_ms, NULL) != CURLM_OK ||
		    curl_multi_perform(c->multi, &running) != CURLM_OK)
			return err_set(e, ERR_INTERNAL, "libcurl's loop fails");
		deliver_answers(c);
	}
	deliver_batches(c);
	return 0;
}
