/* SPDX-License-Identifier: AGPL-3.0-or-later
 * talk.c - one conversation of a simulated node, carried by struct sync; see world.h and proto/sync.h. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/mem.h"
#include "tools/sim/world.h"

#define JUDGE_MS_MAX 20		/* a batch waits so long for its commit */

struct talk {
	struct world *w;
	struct node *n;
	struct peer *peer;
	uint32_t at;		/* of peer among the node's */
	enum slot_name slot;
	uint64_t serial;
	struct sync *sync;
	struct buf batch[SYNC_INTAKES_MAX];
	unsigned batches;
	int asked, cut, over;
};

/* --- what a peer is remembered by -------------------------------------------------------------- */

void
kept_clear(struct kept *k)
{
	free(k->phantom);
	*k = (struct kept){ .cursor = "" };
}

void
kept_copy(struct kept *to, const struct kept *from)
{
	kept_clear(to);
	memcpy(to->cursor, from->cursor, sizeof to->cursor);
	if (from->phantoms == 0)
		return;
	mem_fit(&to->phantom, &to->cap, from->phantoms, sizeof *to->phantom);
	memcpy(to->phantom, from->phantom, from->phantoms * sizeof *to->phantom);
	to->phantoms = from->phantoms;
}

void
kept_loosen(struct kept *k, const char *did)
{
	size_t i, n = 0;

	for (i = 0; i < k->phantoms; i++)
		if (did != NULL && strcmp(k->phantom[i].author, did) != 0)
			k->phantom[n++] = k->phantom[i];
	k->phantoms = n;
}

static void
forget(struct kept *k, const uint8_t id[ID_BYTES])
{
	size_t i;

	for (i = 0; i < k->phantoms; i++)
		if (memcmp(k->phantom[i].id, id, ID_BYTES) == 0) {
			k->phantom[i] = k->phantom[--k->phantoms];
			return;
		}
}

static void
keep(struct kept *k, const struct sync_keep *s)
{
	size_t i;

	for (i = 0; i < s->phantoms; i++) {
		forget(k, s->phantom[i].id);
		mem_fit(&k->phantom, &k->cap, k->phantoms, sizeof *k->phantom);
		k->phantom[k->phantoms++] = s->phantom[i];
	}
	for (i = 0; i < s->forgets; i++)
		forget(k, s->forget[i]);
	if (s->cursor != NULL)
		snprintf(k->cursor, sizeof k->cursor, "%s", s->cursor);
}

/* --- what a conversation reads of its node ------------------------------------------------------ */

static const struct set *
local_set(void *ctx)
{
	return ((struct talk *)ctx)->n->store.set;
}

static void
local_set_done(void *ctx)
{
	(void)ctx;
}

static int64_t
local_seq(void *ctx)
{
	return ((struct talk *)ctx)->n->store.seq;
}

static int
add_line(struct buf *out, struct span line, struct err *e)
{
	return buf_addspan(out, line, e) == -1 ? -1 : buf_addc(out, '\n', e);
}

static int
local_lines(void *ctx, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e)
{
	const struct store *s = &((struct talk *)ctx)->n->store;
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t number = archive_find(s->archive, id[i]);

		if (number == 0 || store_current(s, archive_item(s->archive, number)->name) != number)
			continue;
		if (add_line(out, archive_item(s->archive, number)->line, e) == -1)
			return -1;
	}
	return 0;
}

static int
local_news(void *ctx, int64_t since, size_t records_max, struct buf *out, int64_t *last, struct err *e)
{
	struct talk *t = ctx;
	const struct store *s = &t->n->store;
	size_t sent = 0;
	uint32_t i;

	*last = since;
	for (i = (uint32_t)since; i < s->seq && sent < records_max; i++) {
		const struct entry *f = &s->feed[i];

		if (f->item != 0 && f->gone == 0 && f->from != t->peer->node + 1) {
			struct span line = archive_item(s->archive, f->item)->line;

			if (out->max - out->len <= line.len)
				break;
			if (add_line(out, line, e) == -1)
				return -1;
			sent++;
		}
		*last = (int64_t)i + 1;
	}
	return 0;
}

static int
local_identity(void *ctx, struct span author, struct buf *out, struct err *e)
{
	const struct store *s = &((struct talk *)ctx)->n->store;
	uint32_t a = archive_author(s->archive, author);

	if (a >= s->authors || s->author[a].identity == 0)
		return 0;
	return add_line(out, archive_item(s->archive, s->author[a].identity)->line, e);
}

static int
local_admits(void *ctx, struct span author)
{
	const struct store *s = &((struct talk *)ctx)->n->store;
	uint32_t a = archive_author(s->archive, author);

	return a < s->authors && store_admits(s, a);
}

static int
local_phantoms(void *ctx, struct sync_phantom **out, size_t *n, struct err *e)
{
	const struct kept *k = &((struct talk *)ctx)->peer->kept;

	(void)e;
	*out = NULL;
	if ((*n = k->phantoms) == 0)
		return 0;
	*out = mem_new(*n, sizeof **out);
	memcpy(*out, k->phantom, *n * sizeof **out);
	return 0;
}

/* --- acts ---------------------------------------------------------------------------------------- */

struct talk *
talk_new(struct world *w, struct node *n, uint32_t peer, enum slot_name slot, const struct sync_params *p)
{
	struct talk *t = mem_new(1, sizeof *t);
	struct sync_params params = *p;
	struct err e;

	t->w = w;
	t->n = n;
	t->peer = n->peer[peer];
	t->at = peer;
	t->slot = slot;
	t->serial = ++w->serial;
	params.cursor = t->peer->kept.cursor;
	params.pushed_seq = t->peer->pushed_seq;
	params.local = (struct sync_local){ t, local_set, local_set_done, local_seq, local_lines, local_news,
	    local_identity, local_admits, local_phantoms, NULL, NULL };
	t->sync = sync_new(&params, &e);
	mem_must(t->sync == NULL ? -1 : 0, "no memory for a conversation");
	w->tally.talks++;
	return t;
}

void
talk_free(struct talk *t)
{
	unsigned i;

	if (t == NULL)
		return;
	for (i = 0; i < t->batches; i++)
		buf_clear(&t->batch[i]);
	sync_free(t->sync);
	free(t);
}

int
talk_is(const struct talk *t, uint64_t serial)
{
	return t != NULL && t->serial == serial;
}

static void
act_http(struct talk *t, const struct sync_http *h)
{
	struct message *m = mem_new(1, sizeof *m);
	struct err e;

	*m = (struct message){ .client = t->n->number, .server = t->peer->node, .peer = t->at,
	    .slot = (uint8_t)t->slot, .serial = t->serial, .answer_max = h->response_bytes_max,
	    .wait_s = h->wait_s, .body = BUF_INIT(BATCH_BYTES_MAX + 1) };
	snprintf(m->path, sizeof m->path, "%s", h->path);
	mem_must(buf_addspan(&m->body, h->body, &e), "a request of more than a batch");
	t->asked = 1;
	net_send(t->w, m);
}

static void
later(struct talk *t, enum event_type type, uint64_t at_ms)
{
	net_at(t->w, at_ms, &(struct event){ .type = type, .node = t->n->number, .peer = t->at,
	    .slot = (uint8_t)t->slot, .serial = t->serial });
}

static void
act_intake(struct talk *t, struct buf records)
{
	t->batch[t->batches++] = records;
	later(t, EVENT_JUDGE, t->w->now_ms + rng_below(&t->w->will, JUDGE_MS_MAX));
}

static void
act_done(struct talk *t, const struct sync_report *r)
{
	struct sync_report report = *r;

	t->over = 1;
	t->w->tally.rounds += r->rounds;
	gossip_ended(t->w, t->n, t->at, t->slot, &report, t->cut);	/* frees t */
}

/* The node's clock may be wrong, but waiting goes by a count that no one sets back. */
void
talk_move(struct talk *t)
{
	int64_t skew_ms = t->n->skew_s * 1000;
	uint64_t clock_ms = (uint64_t)((int64_t)(SIM_EPOCH * 1000) + (int64_t)t->w->now_ms + skew_ms);
	struct sync_act act;

	for (;;) {
		sync_next(t->sync, clock_ms + (t->cut ? (uint64_t)DAY_S * 1000 : 0), &act);
		switch (act.type) {
		case SYNC_HTTP:
			act_http(t, &act.http);
			break;
		case SYNC_INTAKE:
			act_intake(t, act.records);
			break;
		case SYNC_KEEP:
			keep(&t->peer->kept, &act.keep);
			break;
		case SYNC_WAIT:
			later(t, EVENT_WAKE, t->w->now_ms + (act.until_ms - clock_ms));
			return;
		case SYNC_IDLE:
			return;
		case SYNC_DONE:
			act_done(t, act.report);
			return;
		}
	}
}

void
talk_cut(struct talk *t)
{
	struct err e;

	t->cut = 1;
	if (!t->asked)
		return;
	t->asked = 0;
	t->serial = ++t->w->serial;	/* the answer will find nobody; what is being judged is handed back here */
	err_set(&e, ERR_BUSY, "cut for something more urgent");
	sync_response_failed(t->sync, &e);
	while (t->batches > 0)
		talk_judge(t);
	talk_move(t);
}

void
talk_answered(struct talk *t, struct message *m)
{
	struct err e;

	t->asked = 0;
	if (m->status == -1)
		err_set(&e, ERR_IO, "no answer");
	else if (m->answer.len > m->answer_max)
		err_set(&e, ERR_LIMIT, "an answer of %zu bytes", m->answer.len);
	else {
		sync_response(t->sync, m->status, 0, &m->answer);
		return;
	}
	sync_response_failed(t->sync, &e);
}

/* --- batches --------------------------------------------------------------------------------------- */

static size_t
note_odd(struct world *w, const uint32_t *item, const enum reason *why, size_t n, struct sync_phantom *odd)
{
	size_t i, odds = 0;

	for (i = 0; i < n; i++) {
		const struct record *r = &archive_item(w->archive, item[i])->r;

		if (!sync_is_odd(why[i]))
			continue;
		odd[odds] = (struct sync_phantom){ .created = r->created, .reason = why[i] };
		memcpy(odd[odds].author, r->author.ptr, DIDKEY_CHARS);
		memcpy(odd[odds++].id, r->id, ID_BYTES);
	}
	return odds;
}

/* Only ever the oldest batch; the conversation goes on afterwards with talk_move. */
void
talk_judge(struct talk *t)
{
	struct buf body = t->batch[0];
	struct sync_taken taken = { .by_verdict = { 0 } };
	struct sync_phantom *odd;
	enum reason *why;
	uint32_t *item;
	size_t n, i;

	memmove(t->batch, t->batch + 1, --t->batches * sizeof t->batch[0]);
	item = world_items(t->w, buf_span(&body), &n);
	why = mem_new(n, sizeof *why);
	odd = mem_new(n, sizeof *odd);
	world_offer(t->w, t->n, item, n, &(struct giver){ &t->w->node[t->peer->node], 1 }, why);
	for (i = 0; i < n; i++)
		taken.by_verdict[reason_verdict(why[i])]++;
	taken.odd = odd;
	taken.odds = note_odd(t->w, item, why, n, odd);
	sync_intake_done(t->sync, &taken);
	buf_clear(&body);
	free(item);
	free(why);
	free(odd);
}
