/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync_push.c - offering the peer what it lacks, and reading its answers, one per line.
 *
 * What the peer refuses is remembered as a phantom of its own; what it cannot resolve is offered once
 * more behind the identities of its authors. */
#include <string.h>

#include <jansson.h>

#include "proto/canon.h"
#include "proto/sync_impl.h"

/* Ids looked up at once: any of them fit into what is left of a batch that is not full yet. */
#define LOOK_UP 64
#define BATCH_FULL (BATCH_BYTES_MAX - LOOK_UP * (RECORD_BYTES_MAX + 1))

_Static_assert(BATCH_FULL > BATCH_BYTES_MAX / 2, "batches are of a good size");

static int
offer(struct sync *s)
{
	return sync_ask(s, "/api/v1/records", "application/x-ndjson",
	    (size_t)BATCH_RECORDS_MAX * RESULT_BYTES_MAX);
}

int
sync_have_ask(struct sync *s, struct err *e)
{
	size_t left = s->have.len / ID_BYTES - s->have_at, room = BATCH_RECORDS_MAX;

	if ((s->what & SYNC_PUSH) == 0)
		return 0;
	buf_reset(&s->body);
	while (left > 0 && room >= LOOK_UP && s->body.len < BATCH_FULL) {
		const uint8_t (*id)[ID_BYTES] = (const uint8_t (*)[ID_BYTES])(void *)s->have.ptr;
		size_t n = left < LOOK_UP ? left : LOOK_UP;

		if (s->local.lines(s->local.ctx, id + s->have_at, n, &s->body, e) == -1)
			return -1;
		s->have_at += n;
		left -= n;
		room -= n;
	}
	return s->body.len == 0 ? 0 : offer(s);
}

/* Leave out what the peer does not hold: it would refuse it. */
static void
drop_unwanted(struct sync *s)
{
	struct span rest = buf_span(&s->body), author, kind, v;
	size_t kept = 0;

	if (s->holds[0] == '\0')
		return;
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');

		if (!canon_get(line, "author", &v) || !canon_plain(v, &author) || !canon_get(line, "kind", &v) ||
		    !canon_plain(v, &kind) || !part_holds(&s->holds_parsed, author, kind))
			continue;
		memmove(s->body.ptr + kept, line.ptr, line.len);
		kept += line.len;
		s->body.ptr[kept++] = '\n';
	}
	s->body.len = kept;
}

/* Batch after batch; told_seq moves when the batch before was answered. */
int
sync_news_ask(struct sync *s, struct err *e)
{
	if ((s->what & SYNC_PUSH) == 0 || s->reconciled || s->report.pushed_seq < 0)
		return 0;
	do {
		s->report.pushed_seq = s->news_at;
		buf_reset(&s->body);
		if (s->local.news(s->local.ctx, s->news_at, BATCH_RECORDS_MAX, &s->body, &s->news_last,
		    e) == -1)
			return -1;
		if (s->news_last <= s->news_at)
			return 0;
		s->news_at = s->news_last;
		drop_unwanted(s);
	} while (s->body.len == 0);
	return offer(s);
}

int
sync_again_ask(struct sync *s, struct err *e)
{
	if (s->again.len == 0 || s->again_sent)
		return 0;
	s->again_sent = 1;
	buf_reset(&s->body);
	if (buf_addspan(&s->body, buf_span(&s->again_head), e) == -1 ||
	    buf_addspan(&s->body, buf_span(&s->again), e) == -1)
		return -1;
	return offer(s);
}

/* --- answers ------------------------------------------------------------------------------------ */

struct answer {
	enum verdict verdict;
	enum reason reason;
};

static int
read_answer(struct span line, struct answer *a, struct err *e)
{
	json_t *o = line.len > RESULT_BYTES_MAX ? NULL
	    : json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *verdict = json_string_value(json_object_get(o, "result"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	int rc = -1;

	if (verdict == NULL || (a->verdict = verdict_find(verdict)) == VERDICT__COUNT)
		err_set(e, ERR_INPUT, "the peer's answer to an offered record is not one");
	else {
		a->reason = reason == NULL ? REASON__COUNT : reason_find(reason);
		rc = 0;
	}
	json_decref(o);
	return rc;
}

/* A reason from a later version of the protocol still is one of its verdict. */
static enum reason
known_reason(const struct answer *a)
{
	static const enum reason fallback[VERDICT__COUNT] = {
		[VERDICT_SUPERSEDED] = REASON_SUPERSEDED, [VERDICT_REFUSED] = REASON_ADMISSION,
		[VERDICT_HELD] = REASON_FUTURE, [VERDICT_INVALID] = REASON_ENVELOPE,
	};

	if (a->reason != REASON__COUNT && a->reason != REASON_NONE && reason_verdict(a->reason) == a->verdict)
		return a->reason;
	return fallback[a->verdict];
}

static int
refused(struct sync *s, const struct record *r, const struct answer *a, struct err *e)
{
	struct sync_phantom p = { .created = r->created, .reason = known_reason(a), .theirs = 1 };

	memcpy(p.author, r->author.ptr, DIDKEY_CHARS);
	memcpy(p.id, r->id, sizeof p.id);
	return sync_phantom_remember(s, &p, e);
}

static int
unresolved(struct sync *s, const struct record *r, struct err *e)
{
	struct err full;

	if (s->stage == STAGE_AGAIN || s->again.len + r->line.len + 1 + s->again_head.len > BATCH_FULL)
		return 0;	/* the next conversation */
	if (!sync_author_seen(&s->sent_authors, r->author, &full) &&
	    s->local.identity(s->local.ctx, r->author, &s->again_head, e) == -1)
		return -1;
	return buf_addspan(&s->again, r->line, e) == -1 ? -1 : buf_addc(&s->again, '\n', e);
}

static int
hear_one(struct sync *s, struct span line, const struct answer *a, struct err *e)
{
	int retried = a->verdict == VERDICT_STORED && (s->what & SYNC_RETRY) != 0 && s->knowns > 0;
	struct record r;
	enum reason why;

	s->report.answered[a->verdict]++;
	if (a->verdict == VERDICT_STORED && s->stage == STAGE_HAVE)
		s->haves_pushed++;
	if (a->verdict == VERDICT_DUPLICATE || (a->verdict == VERDICT_STORED && !retried))
		return 0;
	if (record_parse(line, &r, &why, e) == -1)
		return err_wrap(e, "own record");
	if (a->verdict == VERDICT_STORED)
		return sync_phantoms_loosen(s, r.author, e);
	if (a->verdict == VERDICT_UNRESOLVED)
		return unresolved(s, &r, e);
	if (a->reason == REASON_BUSY)
		return err_set(e, ERR_BUSY, "the peer is full or stopping");
	return refused(s, &r, a, e);
}

/* The answers come in the order of the lines, one each. */
int
sync_push_hear(struct sync *s, struct buf *body, struct err *e)
{
	struct span lines = buf_span(&s->body), answers = buf_span(body);
	struct answer a;

	while (lines.len > 0) {
		struct span line = span_cut(&lines, '\n');

		if (answers.len == 0)
			return err_set(e, ERR_INPUT, "the peer answers fewer lines than it was offered");
		if (read_answer(span_cut(&answers, '\n'), &a, e) == -1 || hear_one(s, line, &a, e) == -1)
			return -1;
		s->report.pushed++;
	}
	if (answers.len > 0)
		return err_set(e, ERR_INPUT, "the peer answers more lines than it was offered");
	return 0;
}
