/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync_fuzz.c - whatever a peer answers, a conversation ends, keeps its bounds and never hands out a
 * batch too many.
 *
 * The input is the peer's answers: a byte for the status, two for the length, then the body; when it
 * is used up every request fails. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/err.h"
#include "proto/record.h"
#include "proto/set.h"
#include "proto/sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ITEMS 100
#define ACTS_MAX 20000

struct world {
	struct set *set;
	struct buf line;	/* the one record that stands for all of ours */
	struct record record;
	const uint8_t *data;
	size_t len;
};

static const struct set *
world_set(void *ctx)
{
	return ((struct world *)ctx)->set;
}

static void
world_set_done(void *ctx)
{
	(void)ctx;
}

static int64_t
world_seq(void *ctx)
{
	(void)ctx;
	return 3;
}

static int
world_line(struct world *w, struct buf *out, struct err *e)
{
	return buf_addspan(out, buf_span(&w->line), e) == -1 ? -1 : buf_addc(out, '\n', e);
}

static int
world_lines(void *ctx, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e)
{
	size_t i;

	(void)id;
	for (i = 0; i < n; i++)
		if (world_line(ctx, out, e) == -1)
			return -1;
	return 0;
}

static int
world_news(void *ctx, int64_t since, size_t records_max, struct buf *out, int64_t *last, struct err *e)
{
	(void)records_max;
	*last = since < 3 ? since + 1 : since;
	return since < 3 ? world_line(ctx, out, e) : 0;
}

static int
world_identity(void *ctx, struct span author, struct buf *out, struct err *e)
{
	(void)author;
	return world_line(ctx, out, e);
}

static int
world_admits(void *ctx, struct span author)
{
	(void)ctx;
	return author.len == 0 || author.ptr[author.len - 1] % 2;
}

static int
world_phantoms(void *ctx, struct sync_phantom **out, size_t *n, struct err *e)
{
	static const enum reason why[] = { REASON_ADMISSION, REASON_FUTURE, REASON_KEY, REASON_QUOTA };
	struct world *w = ctx;
	size_t i;

	if ((*out = calloc(8, sizeof **out)) == NULL)
		return err_memory(e);
	for (*n = 0; *n < 8; (*n)++) {
		struct sync_phantom *p = &(*out)[*n];
		struct set_item item;

		for (i = 0; i < DIDKEY_CHARS; i++)
			p->author[i] = w->record.author.ptr[i];
		set_at(w->set, *n * 3, &item);
		memcpy(p->id, item.id, sizeof p->id);
		p->id[31] ^= (uint8_t)(*n % 2);		/* half of them are in our set */
		p->created = (int64_t)item.ts;
		p->reason = why[*n % 4];
		p->theirs = *n % 2 == 0;
	}
	return 0;
}

static int
world_make(struct world *w)
{
	static const uint8_t seed[32] = { 9 };
	struct record_draft d = { .kind = KIND_INITIATIVE, .rid = SPAN("aaaaaaaaaaaaaaaa"), .lang = SPAN("fr"),
	    .license = SPAN("etalab-2.0"), .content = SPAN("{\"name\":\"a\"}"), .updated = 1000, .created = 1000 };
	uint8_t pub[32], sk[64], id[ID_BYTES] = { 0 };
	char did[DIDKEY_CHARS + 1];
	enum reason why;
	struct err e;
	unsigned i;

	crypto_sign_seed_keypair(pub, sk, seed);
	didkey_format(pub, did);
	d.author = span_str(did);
	w->line = (struct buf)BUF_INIT(RECORD_BYTES_MAX);
	if ((w->set = set_new()) == NULL || record_sign(&d, sk, &w->line, &e) == -1 ||
	    record_parse(buf_span(&w->line), &w->record, &why, &e) == -1)
		return -1;
	for (i = 0; i < ITEMS; i++) {
		id[0] = (uint8_t)(i * 37);
		id[1] = (uint8_t)i;
		if (set_insert(w->set, 1000 + i % 7, id, &e) == -1)
			return -1;
	}
	return 0;
}

static uint8_t
next_byte(struct world *w)
{
	if (w->len == 0)
		return 0;
	w->len--;
	return *w->data++;
}

static void
answer(struct world *w, struct sync *s, const struct sync_http *h)
{
	static const int status[] = { 200, 200, 200, 200, 200, 200, 404, 413, 500, 503, 429, 410 };
	struct buf body = BUF_INIT(h->response_bytes_max);
	struct err e;
	uint8_t pick = next_byte(w);
	size_t len = (size_t)next_byte(w) << 8;

	len |= next_byte(w);
	if (len > w->len)
		len = w->len;
	if (w->len == 0 || len > body.max || buf_add(&body, w->data, len, &e) == -1) {
		err_set(&e, ERR_IO, "gone");
		sync_response_failed(s, &e);
	} else
		sync_response(s, status[pick % (sizeof status / sizeof *status)], pick / 16, &body);
	w->data += len;
	w->len -= len;
	buf_clear(&body);
}

/* Each line is odd, stored or invalid as its length says. */
static void
taken(struct world *w, struct sync *s, struct buf *records)
{
	static const enum reason why[] = { REASON_NONE, REASON_IDENTITY, REASON_ADMISSION, REASON_KEY,
	    REASON_SUPERSEDED, REASON_FUTURE, REASON_CANONICAL };
	struct span rest = buf_span(records);
	struct sync_taken t = { .by_verdict = { 0 } };
	struct sync_phantom *odd = calloc(CHANGES_RECORDS_MAX, sizeof *odd);

	assert(odd != NULL);
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		enum reason r = why[line.len % 7];

		if (line.len == 0)
			continue;
		t.by_verdict[reason_verdict(r)]++;
		if (!sync_is_odd(r))
			continue;
		assert(t.odds < CHANGES_RECORDS_MAX);
		memcpy(odd[t.odds].author, w->record.author.ptr, DIDKEY_CHARS);
		odd[t.odds].id[0] = (uint8_t)line.ptr[0];
		odd[t.odds].id[1] = (uint8_t)line.len;
		odd[t.odds].created = (int64_t)line.len;
		odd[t.odds++].reason = r;
	}
	t.odd = odd;
	sync_intake_done(s, &t);
	free(odd);
	buf_clear(records);
}

static void
run(struct world *w, struct sync *s)
{
	struct buf batch[SYNC_INTAKES_MAX];
	unsigned batches = 0;
	uint64_t now = 2000000;
	struct sync_act act;
	size_t acts;

	for (acts = 0; acts < ACTS_MAX; acts++) {
		sync_next(s, now, &act);
		if (act.type == SYNC_DONE)
			break;
		if (act.type == SYNC_HTTP)
			answer(w, s, &act.http);
		else if (act.type == SYNC_INTAKE) {
			assert(batches < SYNC_INTAKES_MAX);
			batch[batches++] = act.records;
		} else if (act.type == SYNC_WAIT) {
			assert(act.until_ms > now);
			now = act.until_ms;
		} else if (act.type == SYNC_IDLE) {
			assert(batches > 0);
			taken(w, s, &batch[0]);
			batch[0] = batch[--batches];
		} else
			assert(act.keep.cursor == NULL || sync_cursor_ok(span_str(act.keep.cursor)));
	}
	assert(act.type == SYNC_DONE && batches == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world w = { .data = data, .len = len };
	struct sync_params p = { .cursor = "", .pushed_seq = 0, .local = { &w, world_set, world_set_done,
	    world_seq, world_lines, world_news, world_identity, world_admits, world_phantoms } };
	struct sync *s;
	struct err e;

	if (sodium_init() == -1 || world_make(&w) == -1)
		abort();
	p.what = next_byte(&w) & 63;
	if (next_byte(&w) % 2)
		p.cursor = "here";
	if ((s = sync_new(&p, &e)) != NULL)
		run(&w, s);
	sync_free(s);
	set_free(w.set);
	buf_clear(&w.line);
	return 0;
}
