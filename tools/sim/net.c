/* SPDX-License-Identifier: AGPL-3.0-or-later
 * net.c - the event queue (a binary heap) and the wire with its faults; see world.h. */
#include <assert.h>
#include <stdlib.h>

#include "tools/sim/mem.h"
#include "tools/sim/world.h"

#define LATENCY_MS_MIN 5	/* one way */
#define LATENCY_MS_MAX 60
#define BYTES_PER_MS 2500	/* 20 Mbit/s */
#define GIVE_UP_MS_MIN 1000	/* until a client knows that no answer comes */
#define GIVE_UP_MS_MAX 15000
#define DELAYED_MS_MAX 8000

static int
before(const struct event *a, const struct event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void
net_at(struct world *w, uint64_t at_ms, const struct event *e)
{
	struct event x = *e;
	size_t at = w->events++;

	assert(at_ms >= w->now_ms);
	x.at_ms = at_ms;
	x.order = w->order++;
	mem_fit(&w->heap, &w->heap_cap, at, sizeof *w->heap);
	for (; at > 0 && before(&x, &w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		w->heap[at] = w->heap[(at - 1) / 2];
	w->heap[at] = x;
}

int
net_next(struct world *w, struct event *out)
{
	struct event last;
	size_t at = 0, child;

	if (w->events == 0)
		return 0;
	*out = w->heap[0];
	last = w->heap[--w->events];
	while ((child = 2 * at + 1) < w->events) {
		if (child + 1 < w->events && before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!before(&w->heap[child], &last))
			break;
		w->heap[at] = w->heap[child];
		at = child;
	}
	w->heap[at] = last;
	return 1;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	buf_clear(&m->body);
	buf_clear(&m->answer);
	free(m);
}

void
net_clear(struct world *w)
{
	size_t i;

	for (i = 0; i < w->events; i++)
		message_free(w->heap[i].message);
	free(w->heap);
	w->heap = NULL;
	w->events = w->heap_cap = 0;
}

/* --- the wire -------------------------------------------------------------------------------- */

static uint64_t
travel_ms(struct world *w, size_t bytes)
{
	uint64_t ms = rng_between(&w->wire, LATENCY_MS_MIN, LATENCY_MS_MAX) + bytes / BYTES_PER_MS;

	if (!w->healed && rng_chance(&w->wire, w->c.faults.delay))
		ms += rng_between(&w->wire, 0, DELAYED_MS_MAX);
	return ms;
}

static int
cut_off(const struct world *w, const struct message *m)
{
	const struct node *a = &w->node[m->client], *b = &w->node[m->server];

	return b->down || b->nat || (w->split && a->side != b->side);
}

static int
lost(struct world *w)
{
	return !w->healed && rng_chance(&w->wire, w->c.faults.loss / 2);
}

static void
no_answer(struct world *w, struct message *m)
{
	w->tally.requests_lost++;
	m->status = -1;
	buf_clear(&m->answer);
	net_at(w, w->now_ms + rng_between(&w->wire, GIVE_UP_MS_MIN, GIVE_UP_MS_MAX),
	    &(struct event){ .type = EVENT_ANSWER, .node = m->client, .message = m });
}

static struct message *
message_copy(const struct message *m)
{
	struct message *c = mem_new(1, sizeof *c);
	struct err e;

	*c = *m;
	c->body = (struct buf)BUF_INIT(BATCH_BYTES_MAX + 1);
	c->answer = (struct buf){ 0 };
	mem_must(buf_addspan(&c->body, buf_span(&m->body), &e), "no memory");
	return c;
}

void
net_send(struct world *w, struct message *m)
{
	size_t bytes = m->body.len + HEAD_OUT;

	w->tally.messages++;
	w->tally.bytes += bytes;
	if (lost(w)) {
		no_answer(w, m);
		return;
	}
	if (!w->healed && rng_chance(&w->wire, w->c.faults.dup)) {
		struct message *twin = message_copy(m);

		twin->again = 1;
		net_at(w, w->now_ms + travel_ms(w, bytes) + rng_below(&w->wire, DELAYED_MS_MAX),
		    &(struct event){ .type = EVENT_REQUEST, .node = m->server, .message = twin });
	}
	net_at(w, w->now_ms + travel_ms(w, bytes),
	    &(struct event){ .type = EVENT_REQUEST, .node = m->server, .message = m });
}

void
net_request(struct world *w, struct message *m)
{
	struct node *n = &w->node[m->server];

	if (cut_off(w, m)) {
		if (m->again)
			message_free(m);
		else
			no_answer(w, m);
		return;
	}
	m->deadline_ms = w->now_ms + 1000 * (uint64_t)m->wait_s;
	if (liar_answers(w, n, m) || serve(w, n, m))
		net_answer(w, m);
	else
		serve_park(w, n, m);
}

void
net_answer(struct world *w, struct message *m)
{
	size_t bytes = m->answer.len + HEAD_IN;

	if (m->again) {
		message_free(m);
		return;
	}
	w->tally.messages++;
	w->tally.bytes += bytes;
	if (lost(w) || cut_off(w, m)) {
		no_answer(w, m);
		return;
	}
	buf_clear(&m->body);
	net_at(w, w->now_ms + travel_ms(w, bytes),
	    &(struct event){ .type = EVENT_ANSWER, .node = m->client, .message = m });
}
