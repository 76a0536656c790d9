/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync.c - the stages of a conversation, and its pulling half; see sync.h and sync_impl.h. */
#include "proto/sync.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/multibase.h"
#include "proto/negentropy.h"
#include "proto/sync_impl.h"

#define KEEP_PHANTOMS 1024	/* write them down from so many on */
#define KEEP_PAGES 8		/* and the cursor after so many pages */
#define STREAM_RATIO 16		/* a peer with so many times our records is read from its start */
#define GET_IDS 4096		/* ids in one request, halved when the answer is too large */
#define WAIT_S_MAX 30		/* however long a busy peer asks us to wait */

_Static_assert(GET_IDS <= IDS_MAX, "a request for records is one the peer takes");

/* --- small things ---------------------------------------------------------------------------- */

int
sync_is_odd(enum reason r)
{
	enum verdict v = reason_verdict(r);

	return v != VERDICT_STORED && v != VERDICT_DUPLICATE && v != VERDICT_INVALID;
}

int
sync_cursor_ok(struct span cursor)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-";
	size_t i;

	for (i = 0; i < cursor.len; i++)
		if (memchr(ok, cursor.ptr[i], sizeof ok - 1) == NULL)
			return 0;
	return cursor.len <= CURSOR_CHARS_MAX;
}

static void
fail(struct sync *s, const struct err *e)
{
	if (s->report.failure.code == ERR_NONE)
		s->report.failure = *e;
}

int
sync_ask(struct sync *s, const char *path, const char *type, size_t response_bytes_max)
{
	snprintf(s->path, sizeof s->path, "%s", path);
	s->request = (struct sync_http){ .post = type != NULL, .path = s->path, .type = type,
	    .response_bytes_max = response_bytes_max };
	if (type != NULL)
		s->request.body = buf_span(&s->body);
	return 1;
}

const struct set *
sync_our_set(struct sync *s)
{
	const struct set *part = NULL;

	if (s->holds[0] != '\0' && s->local.set_part != NULL)
		part = s->local.set_part(s->local.ctx, s->holds);
	return part != NULL ? part : s->local.set(s->local.ctx);
}

/* "&part=..." on requests that only concern what we hold. */
static void
add_part(const struct sync *s, char *path, const char *join)
{
	size_t n = strlen(path);

	if (s->part.len > 0)
		snprintf(path + n, SYNC_PATH_CHARS - n, "%spart=%s", join, s->part.ptr);
}

/* 1 when what we hold is no longer what was asked for. */
static int
part_moved(struct sync *s, struct err *e)
{
	struct buf now = BUF_INIT(PART_CHARS_MAX);
	int moved = 0;

	if (s->local.part == NULL)
		return 0;
	if (s->local.part(s->local.ctx, &now, e) == -1)
		moved = -1;
	else if (!span_eq(buf_span(&now), buf_span(&s->part))) {
		struct buf old = s->part;

		s->part = now;
		now = old;
		moved = 1;
	}
	buf_clear(&now);
	return moved;
}

int
sync_equal(struct sync *s)
{
	const struct set *set = sync_our_set(s);

	set_state(set, s->report.ours);
	s->local.set_done(s->local.ctx);
	s->report.ours_known = 1;
	s->report.equal = s->report.theirs_known &&
	    memcmp(s->report.ours, s->report.theirs, sizeof s->report.ours) == 0;
	return s->report.equal;
}

int
sync_author_seen(struct buf *list, struct span author, struct err *e)
{
	size_t i;

	if (author.len != DIDKEY_CHARS)
		return 1;
	for (i = 0; i < list->len; i += DIDKEY_CHARS)
		if (memcmp(list->ptr + i, author.ptr, DIDKEY_CHARS) == 0)
			return 1;
	return buf_addspan(list, author, e) == -1;
}

static int
holds(struct sync *s, int64_t created, const uint8_t id[ID_BYTES])
{
	int found = set_has(s->local.set(s->local.ctx), (uint64_t)created, id);

	s->local.set_done(s->local.ctx);
	return found;
}

static size_t
count_lines(struct span body)
{
	size_t n = 0;

	while (body.len > 0)
		n += span_cut(&body, '\n').len > 0;
	return n;
}

/* Hand body over to be judged; cursor (or NULL) holds once it is. */
static void
take_in(struct sync *s, struct buf *body, const char *cursor)
{
	struct flight *f;

	assert(!s->intake_ready && s->flights < SYNC_INTAKES_MAX);
	f = &s->flight[s->flights++];
	f->has_cursor = cursor != NULL;
	snprintf(f->cursor, sizeof f->cursor, "%s", cursor == NULL ? "" : cursor);
	s->report.pulled += count_lines(buf_span(body));
	s->intake = *body;
	*body = (struct buf)BUF_INIT(body->max);
	s->intake_ready = 1;
}

static void
reach(struct sync *s, const char *cursor)
{
	if (strcmp(s->cursor, cursor) == 0)
		return;
	snprintf(s->cursor, sizeof s->cursor, "%s", cursor);
	s->cursor_dirty = 1;
}

/* --- the feed -------------------------------------------------------------------------------- */

/* The line that ends a page: where to go on, and what the peer says of itself. */
struct feed_end {
	char cursor[CURSOR_CHARS_MAX + 1];
	int reset, more;
};

static uint64_t
count_of(const json_t *line, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(line, name));

	return n > 0 ? (uint64_t)n : 0;
}

/* What the peer says it holds; what is no part counts as nothing said.  1 when that is news. */
static int
set_holds(struct sync *s, const char *holds)
{
	struct part parsed;
	struct err e;

	if (holds == NULL || part_parse(span_str(holds), &parsed, &e) == -1)
		holds = "";
	if (strcmp(s->holds, holds) == 0)
		return 0;
	snprintf(s->holds, sizeof s->holds, "%s", holds);
	if (s->holds[0] != '\0')
		part_parse(span_str(s->holds), &s->holds_parsed, &e);	/* its texts live in s now */
	return 1;
}

/* How much each has that the other does not want. */
static void
count_outside(struct sync *s, uint64_t theirs_all)
{
	uint64_t ours_all, ours_held;

	ours_all = set_count(s->local.set(s->local.ctx));
	s->local.set_done(s->local.ctx);
	ours_held = set_count(sync_our_set(s));
	s->local.set_done(s->local.ctx);
	s->report.outside_known = s->part.len == 0 || s->part_compared;
	s->report.outside_here = theirs_all > s->theirs_count ? theirs_all - s->theirs_count : 0;
	s->report.outside_there = ours_all > ours_held ? ours_all - ours_held : 0;
}

static void
hear_about(struct sync *s, const json_t *line)
{
	const char *part_state = json_string_value(json_object_get(line, "part_state"));
	const char *state = s->part.len > 0 ? part_state : json_string_value(json_object_get(line, "state"));
	const char *software = json_string_value(json_object_get(line, "software"));
	const json_t *now = json_object_get(line, "now");
	struct sync_report *r = &s->report;

	if (software != NULL && strlen(software) < sizeof r->software)
		memcpy(r->software, software, strlen(software) + 1);

	r->holds_changed |= set_holds(s, json_string_value(json_object_get(line, "holds")));
	s->part_compared = s->part.len > 0 && part_state != NULL;
	r->theirs_known = state != NULL &&
	    hex_decode(span_str(state), r->theirs, sizeof r->theirs) == (int)sizeof r->theirs;
	s->theirs_count = count_of(line, s->part_compared ? "part_count" : "count");
	r->theirs_count = s->theirs_count;
	count_outside(s, count_of(line, "count"));
	if (json_is_integer(now) && json_integer_value(now) >= 0 && json_integer_value(now) <= INTEGER_MAX) {
		r->clock_known = 1;
		r->clock_offset_s = json_integer_value(now) - (int64_t)(s->now_ms / 1000);
	}
}

static int
read_feed_end(struct sync *s, struct span line, struct feed_end *end, struct err *e)
{
	json_t *o = line.len > FEED_END_BYTES_MAX ? NULL
	    : json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *cursor = json_string_value(json_object_get(o, "cursor"));
	int rc = -1;

	if (!json_is_object(o) || cursor == NULL)
		err_set(e, ERR_INPUT, "the peer's feed does not end with a cursor line");
	else if (*cursor == '\0' || !sync_cursor_ok(span_str(cursor)))
		err_set(e, ERR_INPUT, "the peer's cursor is empty, too long or not URL-safe");
	else {
		snprintf(end->cursor, sizeof end->cursor, "%s", cursor);
		end->reset = json_is_true(json_object_get(o, "reset"));
		end->more = json_is_true(json_object_get(o, "more"));
		hear_about(s, o);
		rc = 0;
	}
	json_decref(o);
	return rc;
}

/* Take the last line off the body. */
static struct span
cut_last_line(struct buf *body)
{
	size_t end = body->len, start;

	while (end > 0 && body->ptr[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && body->ptr[start - 1] != '\n'; start--)
		;
	body->len = start;
	return (struct span){ body->ptr + start, end - start };
}

static int
probe_ask(struct sync *s, struct err *e)
{
	char path[SYNC_PATH_CHARS] = "/api/v1/changes?since=-";

	(void)e;
	if (s->fresh[0] != '\0')
		return 0;
	add_part(s, path, "&");
	return sync_ask(s, path, NULL, FEED_END_BYTES_MAX + 1);
}

static int
probe_hear(struct sync *s, struct buf *body, struct err *e)
{
	struct feed_end end = { 0 };

	if (read_feed_end(s, cut_last_line(body), &end, e) == -1)
		return -1;
	if (!end.reset || body->len > 0)
		return err_set(e, ERR_INPUT, "the peer takes \"-\" for a cursor of its own");
	memcpy(s->fresh, end.cursor, sizeof s->fresh);
	return 0;
}

static int
pull_ask(struct sync *s, struct err *e)
{
	char path[SYNC_PATH_CHARS];
	int n;

	(void)e;
	if (s->pull_over)
		return 0;
	if (s->pages++ >= s->pages_max) {
		s->report.unfinished = 1;
		return 0;
	}
	n = snprintf(path, sizeof path, "/api/v1/changes?since=%s", s->ask);
	if (s->page_records < CHANGES_RECORDS_MAX)
		n += snprintf(path + n, sizeof path - (size_t)n, "&limit=%u", s->page_records);
	if (s->wait_s > 0 && s->pages == 1)
		snprintf(path + n, sizeof path - (size_t)n, "&wait=%u", s->wait_s);
	add_part(s, path, "&");
	sync_ask(s, path, NULL, BATCH_BYTES_MAX + RECORD_BYTES_MAX + FEED_END_BYTES_MAX);
	s->request.wait_s = s->pages == 1 ? s->wait_s : 0;
	return 1;
}

static int
pull_page(struct sync *s, struct buf *body, const struct feed_end *end, struct err *e)
{
	size_t lines = count_lines(buf_span(body));

	if (lines > s->page_records)
		return err_set(e, ERR_LIMIT, "the peer sends %zu records in a page of %u", lines, s->page_records);
	if (end->more && (lines == 0 || strcmp(end->cursor, s->ask) == 0))
		return err_set(e, ERR_INPUT, "the peer's feed says there is more and does not move on");
	s->report.listed += lines;
	if (s->flights == 0 && sync_equal(s)) {	/* nothing in it, nor in what follows, is news */
		reach(s, end->cursor);
		s->skipped = end->more;
		s->pull_over = 1;
		return 0;
	}
	if (lines > 0)
		take_in(s, body, end->cursor);
	else if (s->flights > 0)
		memcpy(s->flight[s->flights - 1].cursor, end->cursor, sizeof end->cursor);
	else
		reach(s, end->cursor);
	memcpy(s->ask, end->cursor, sizeof s->ask);
	s->pull_over = !end->more;
	return 0;
}

static int
pull_hear(struct sync *s, struct buf *body, struct err *e)
{
	struct feed_end end = { 0 };

	if (read_feed_end(s, cut_last_line(body), &end, e) == -1)
		return -1;
	if (!end.reset)
		return pull_page(s, body, &end, e);
	if (s->ask[0] == '\0' || body->len > 0)
		return err_set(e, ERR_INPUT, "the peer's feed is reset at its very start");
	memcpy(s->fresh, end.cursor, sizeof s->fresh);
	s->reset = s->pull_over = 1;
	return 0;
}

/* --- identities that were missing -------------------------------------------------------------- */

static struct sync_phantom *
retry_at(const struct sync *s, size_t i)
{
	return (struct sync_phantom *)(void *)s->retry.ptr + i;
}

static size_t
retries(const struct sync *s)
{
	return s->retry.len / sizeof(struct sync_phantom);
}

static int
resolve_ask(struct sync *s, struct err *e)
{
	char path[320];

	for (; s->retry_at < retries(s); s->retry_at++) {
		const struct sync_phantom *p = retry_at(s, s->retry_at);
		struct err full;

		if ((p->reason != REASON_IDENTITY && p->reason != REASON_KEY) ||
		    holds(s, p->created, p->id) || sync_author_seen(&s->authors, span_str(p->author), &full))
			continue;
		snprintf(path, sizeof path, "/api/v1/records/%s/identity/self", p->author);
		return sync_ask(s, path, NULL, RECORD_BYTES_MAX + 1);
	}
	(void)e;
	return 0;
}

static int
resolve_hear(struct sync *s, struct buf *body, struct err *e)
{
	(void)e;
	if (count_lines(buf_span(body)) == 1)
		take_in(s, body, NULL);
	return 0;
}

/* May the record be taken now that more is known of its author? */
static int
worth_again(struct sync *s, const struct sync_phantom *p)
{
	struct buf line = BUF_INIT(RECORD_BYTES_MAX + 1);
	struct err e;
	int found;

	if (p->reason == REASON_ADMISSION)
		return s->local.admits(s->local.ctx, span_str(p->author));
	found = s->local.identity(s->local.ctx, span_str(p->author), &line, &e) == 0 && line.len > 0;
	buf_clear(&line);
	return found;
}

/* Ask again for what may pass now; remember the other refusals. */
static int
retry_sort(struct sync *s, struct err *e)
{
	struct sync_phantom last = { .reason = REASON_NONE };
	size_t i;
	int again = 0;

	for (i = 0; i < retries(s); i++) {
		const struct sync_phantom *p = retry_at(s, i);

		if (holds(s, p->created, p->id))
			continue;
		if (p->reason != last.reason || strcmp(p->author, last.author) != 0)
			again = worth_again(s, p);
		last = *p;
		if (again && buf_add(&s->need, p->id, ID_BYTES, e) == -1)
			return -1;
		if (!again && p->reason != REASON_IDENTITY && sync_phantom_remember(s, p, e) == -1)
			return -1;
	}
	buf_reset(&s->retry);
	s->retry_at = 0;
	s->resolved = 1;
	return 0;
}

/* --- records by id ------------------------------------------------------------------------------ */

static size_t
ids_left(const struct buf *ids, size_t at)
{
	return ids->len / ID_BYTES - at;
}

static int
fetch_ask(struct sync *s, struct err *e)
{
	size_t n = ids_left(&s->need, s->need_at);

	if (n == 0)
		return 0;
	s->asked_ids = n < s->get_ids ? n : s->get_ids;
	buf_reset(&s->body);
	if (buf_add(&s->body, s->need.ptr + s->need_at * ID_BYTES, s->asked_ids * ID_BYTES, e) == -1)
		return -1;
	return sync_ask(s, "/api/v1/records/get", "application/octet-stream",
	    BATCH_BYTES_MAX + RECORD_BYTES_MAX + 1);
}

static int
id_cmp(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

/* A full answer may have been cut short: put back what it lacks, unless it brought nothing. */
static int
fetch_missing(struct sync *s, struct span body, struct err *e)
{
	struct buf got = BUF_INIT(GET_IDS * ID_BYTES);
	size_t i, n;
	int rc = -1;

	while (body.len > 0) {
		struct span line = span_cut(&body, '\n');
		uint8_t id[ID_BYTES];

		crypto_hash_sha256(id, (const unsigned char *)line.ptr, line.len);
		if (buf_add(&got, id, sizeof id, e) == -1)
			goto out;
	}
	n = got.len / ID_BYTES;
	if (n > 0)
		qsort(got.ptr, n, ID_BYTES, id_cmp);
	for (i = 0; i < s->asked_ids && n > 0; i++) {
		const char *id = s->need.ptr + (s->need_at + i) * ID_BYTES;
		char copy[ID_BYTES];

		memcpy(copy, id, sizeof copy);
		if (bsearch(copy, got.ptr, n, ID_BYTES, id_cmp) == NULL &&
		    buf_add(&s->need, copy, sizeof copy, e) == -1)
			goto out;
	}
	rc = 0;
out:
	buf_clear(&got);
	return rc;
}

static int
fetch_hear(struct sync *s, struct buf *body, struct err *e)
{
	size_t lines = count_lines(buf_span(body));

	if (lines > s->asked_ids)
		return err_set(e, ERR_LIMIT, "the peer sends %zu records for %zu ids", lines, s->asked_ids);
	if (lines < s->asked_ids && body->len + RECORD_BYTES_MAX + 1 >= BATCH_BYTES_MAX &&
	    fetch_missing(s, buf_span(body), e) == -1)
		return -1;
	s->need_at += s->asked_ids;
	if (lines > 0)
		take_in(s, body, NULL);
	return 0;
}

/* The answer would have been too large: ask for fewer, and let a single one go. */
static int
fetch_miss(struct sync *s, int status)
{
	if (status != 413)
		return 0;
	if (s->asked_ids == 1)
		s->need_at++;
	else
		s->get_ids = s->asked_ids / 2;
	return 1;
}

/* --- from stage to stage ------------------------------------------------------------------------ */

static size_t
moved(const struct sync *s)
{
	return s->report.taken[VERDICT_STORED] + s->report.answered[VERDICT_STORED];
}

/* Both hold the same: whatever we had to tell is told, and the newest cursor will do. */
static enum stage
agree(struct sync *s, int64_t seq)
{
	s->report.pushed_seq = seq;
	if (s->fresh[0] != '\0')
		reach(s, s->fresh);
	return STAGE_END;
}

static enum stage
begin_reconcile(struct sync *s)
{
	s->reconciled = 1;
	s->resolved = 0;
	s->session_over = 0;
	s->moved_then = moved(s);
	s->seq_then = s->local.seq(s->local.ctx);
	return s->fresh[0] == '\0' && s->cursor[0] == '\0' ? STAGE_PROBE : STAGE_RECONCILE;
}

static enum stage
probe_after(struct sync *s)
{
	int64_t seq = s->local.seq(s->local.ctx);
	uint64_t ours;

	if (sync_equal(s))
		return agree(s, seq);
	if (s->reconciled && !s->final)
		return STAGE_RECONCILE;
	if (s->final) {
		if ((s->what & SYNC_SETTLE) == 0 && !s->loosened)
			return STAGE_END;
		if (moved(s) == s->moved_then || ++s->passes >= SYNC_PASSES_MAX)
			return STAGE_END;
		s->final = s->loosened = 0;
		return begin_reconcile(s);
	}
	ours = set_count(sync_our_set(s));
	s->local.set_done(s->local.ctx);
	if (s->cursor[0] == '\0' && s->theirs_count / STREAM_RATIO < ours)
		return begin_reconcile(s);
	s->streaming = s->cursor[0] == '\0';
	s->fresh[0] = '\0';
	s->pull_over = s->skipped = 0;
	memcpy(s->ask, s->cursor, sizeof s->ask);
	return STAGE_PULL;
}

static enum stage
pull_after(struct sync *s)
{
	return s->skipped ? STAGE_PROBE : STAGE_RESOLVE;
}

/* Records that came have widened or moved what we hold: ask for that from now on, and compare it.  The cursor
 * was one of the old part. */
static int
follow_part(struct sync *s)
{
	struct err e;
	int moved = s->passes >= SYNC_PASSES_MAX ? 0 : part_moved(s, &e);

	if (moved == -1)
		fail(s, &e);
	if (moved != 1)
		return 0;
	s->passes++;
	s->report.theirs_known = 0;
	s->fresh[0] = '\0';
	begin_reconcile(s);
	return 1;
}

static enum stage
fetch_after(struct sync *s)
{
	int64_t seq = s->local.seq(s->local.ctx);

	if (retries(s) > 0 && !s->resolved)
		return STAGE_RESOLVE;
	if (follow_part(s))
		return STAGE_PROBE;
	if (sync_equal(s))
		return agree(s, seq);
	if (!s->reconciled && !s->report.unfinished && (s->reset || (s->what & (SYNC_RECONCILE | SYNC_SETTLE)) != 0 ||
	    (s->streaming && (s->what & SYNC_PUSH) != 0)))
		return begin_reconcile(s);
	if (s->reconciled && !s->cut && s->fresh[0] != '\0')
		reach(s, s->fresh);
	return STAGE_HAVE;
}

static enum stage
resolve_after(struct sync *s)
{
	struct err e;

	if (retry_sort(s, &e) == -1)
		fail(s, &e);
	return STAGE_FETCH;
}

static enum stage
reconcile_after(struct sync *s)
{
	negentropy_free(s->session);
	s->session = NULL;
	return STAGE_FETCH;
}

static enum stage
have_after(struct sync *s)
{
	if (s->reconciled && (s->what & SYNC_PUSH) != 0 && !s->cut)
		s->report.pushed_seq = s->seq_then;
	return STAGE_NEWS;
}

static enum stage
news_after(struct sync *s)
{
	(void)s;
	return STAGE_AGAIN;
}

/* Much pushed comes back in the peer's feed: where the sets are equal now, step over it. */
static enum stage
again_after(struct sync *s)
{
	buf_reset(&s->again);
	buf_reset(&s->again_head);
	if ((s->what & (SYNC_PULL | SYNC_RECONCILE)) == 0 || (s->haves_pushed == 0 && !s->loosened &&
	    ((s->what & SYNC_SETTLE) == 0 || (s->reconciled && moved(s) == s->moved_then))))
		return STAGE_END;
	s->final = 1;
	s->fresh[0] = '\0';
	return STAGE_PROBE;
}

static int
never_missed(struct sync *s, int status)
{
	(void)s;
	(void)status;
	return 0;
}

/* No identity is no reason to give up: what waits for it waits on. */
static int
resolve_miss(struct sync *s, int status)
{
	(void)s;
	return status == 404 || status == 410;
}

static const struct {
	int (*ask)(struct sync *s, struct err *e);
	int (*hear)(struct sync *s, struct buf *body, struct err *e);
	int (*miss)(struct sync *s, int status);	/* 1: this other status is an answer too */
	enum stage (*after)(struct sync *s);
} stage[] = {
	[STAGE_PROBE]	= { probe_ask, probe_hear, never_missed, probe_after },
	[STAGE_PULL]	= { pull_ask, pull_hear, never_missed, pull_after },
	[STAGE_RESOLVE]	= { resolve_ask, resolve_hear, resolve_miss, resolve_after },
	[STAGE_FETCH]	= { fetch_ask, fetch_hear, fetch_miss, fetch_after },
	[STAGE_RECONCILE] = { sync_reconcile_ask, sync_reconcile_hear, never_missed, reconcile_after },
	[STAGE_HAVE]	= { sync_have_ask, sync_push_hear, never_missed, have_after },
	[STAGE_NEWS]	= { sync_news_ask, sync_push_hear, never_missed, news_after },
	[STAGE_AGAIN]	= { sync_again_ask, sync_push_hear, never_missed, again_after },
};

/* --- the machine -------------------------------------------------------------------------------- */

static enum stage
first_stage(struct sync *s)
{
	uint64_t ours = set_count(sync_our_set(s));

	s->local.set_done(s->local.ctx);
	if ((s->what & (SYNC_PULL | SYNC_RECONCILE)) == 0)
		return STAGE_NEWS;
	if ((s->cursor[0] == '\0' && ours > SYNC_FEW) || (s->what & SYNC_PROBE) != 0)
		return STAGE_PROBE;
	s->streaming = s->cursor[0] == '\0';
	return STAGE_PULL;
}

struct sync *
sync_new(const struct sync_params *p, struct err *e)
{
	struct sync *s;

	if ((p->what & (SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE)) == 0 || !sync_cursor_ok(span_str(p->cursor)) ||
	    p->page_records > CHANGES_RECORDS_MAX || p->wait_s > CHANGES_WAIT_S_MAX) {
		err_set(e, ERR_USAGE, "a conversation with nothing to do or out of bounds");
		return NULL;
	}
	if ((s = calloc(1, sizeof *s)) == NULL) {
		err_memory(e);
		return NULL;
	}
	s->what = p->what;
	s->local = p->local;
	s->wait_s = p->wait_s;
	s->page_records = p->page_records == 0 ? CHANGES_RECORDS_MAX : p->page_records;
	s->pages_max = p->pages_max == 0 ? SYNC_PAGES_MAX : p->pages_max;
	s->get_ids = GET_IDS;
	s->report.pushed_seq = s->news_at = p->pushed_seq;
	snprintf(s->cursor, sizeof s->cursor, "%s", p->cursor == NULL ? "" : p->cursor);
	memcpy(s->ask, s->cursor, sizeof s->ask);
	s->body = s->again = (struct buf)BUF_INIT(BATCH_BYTES_MAX);
	s->again_head = (struct buf)BUF_INIT((size_t)SYNC_AUTHORS_MAX * (RECORD_BYTES_MAX + 1));
	s->authors = s->sent_authors = (struct buf)BUF_INIT((size_t)SYNC_AUTHORS_MAX * DIDKEY_CHARS);
	s->need = (struct buf)BUF_INIT((size_t)4 * RECONCILE_IDS_MAX * ID_BYTES);
	s->have = s->forget = (struct buf)BUF_INIT((size_t)2 * RECONCILE_IDS_MAX * ID_BYTES);
	s->retry = (struct buf)BUF_INIT(SYNC_RETRY_MAX * sizeof(struct sync_phantom));
	s->put = (struct buf)BUF_INIT(PHANTOMS_MAX * sizeof(struct sync_phantom));
	s->part = (struct buf)BUF_INIT(PART_CHARS_MAX);
	s->report.holds = s->holds;
	set_holds(s, p->holds);
	if (part_moved(s, e) == -1) {
		sync_free(s);
		return NULL;
	}
	s->stage = first_stage(s);
	return s;
}

void
sync_free(struct sync *s)
{
	struct buf *owned[9], **b;

	if (s == NULL)
		return;
	memcpy(owned, (struct buf *[]){ &s->body, &s->again, &s->again_head, &s->authors, &s->sent_authors,
	    &s->need, &s->have, &s->forget, &s->retry }, sizeof owned);
	for (b = owned; b < owned + 9; b++)
		buf_clear(*b);
	buf_clear(&s->put);
	buf_clear(&s->part);
	buf_clear(&s->intake);
	negentropy_free(s->session);
	set_view_clear(&s->view);
	free(s->known);
	free(s);
}

/* Is there enough to write down, or (at_end) anything at all? */
static int
keep(struct sync *s, int at_end, struct sync_act *act)
{
	size_t puts = s->put.len / sizeof(struct sync_phantom) - s->put_kept;
	size_t forgets = s->forget.len / ID_BYTES - s->forget_kept;

	if (puts + forgets < (at_end ? 1 : KEEP_PHANTOMS) &&
	    !(s->cursor_dirty && (at_end || s->pages % KEEP_PAGES == 0)))
		return 0;
	act->type = SYNC_KEEP;
	act->keep = (struct sync_keep){
		.cursor = s->cursor_dirty ? s->cursor : NULL,
		.phantom = (const struct sync_phantom *)(const void *)s->put.ptr + s->put_kept,
		.phantoms = puts,
		.forget = (const uint8_t (*)[ID_BYTES])(void *)s->forget.ptr + s->forget_kept,
		.forgets = forgets,
	};
	s->put_kept += puts;
	s->forget_kept += forgets;
	s->cursor_dirty = 0;
	return 1;
}

/* 1 when the act is decided: what is under way or to be waited for leaves no choice. */
static int
must(struct sync *s, struct sync_act *act)
{
	if (s->intake_ready) {
		act->type = SYNC_INTAKE;
		act->records = s->intake;
		s->intake = (struct buf){ 0 };
		s->intake_ready = 0;
		return 1;
	}
	act->type = SYNC_IDLE;
	if (s->asked)
		return 1;
	if (s->report.failure.code != ERR_NONE)
		s->stage = STAGE_END;
	else if (s->now_ms < s->wait_until_ms) {
		act->type = SYNC_WAIT;
		act->until_ms = s->wait_until_ms;
		return 1;
	}
	return s->flights >= SYNC_INTAKES_MAX || (s->stage == STAGE_END && s->flights > 0);
}

static int
send_request(struct sync *s, struct sync_act *act)
{
	struct err e;

	s->resend = 0;
	if (s->report.requests++ >= SYNC_REQUESTS_MAX) {
		err_set(&e, ERR_LIMIT, "the conversation takes more than %d requests", SYNC_REQUESTS_MAX);
		fail(s, &e);
		return 0;
	}
	act->type = SYNC_HTTP;
	act->http = s->request;
	s->asked = 1;
	return 1;
}

/* 1: act decided.  0: look again (a stage was left, or the conversation failed). */
static int
proceed(struct sync *s, struct sync_act *act)
{
	struct err e;
	int rc;

	if (s->resend)
		return send_request(s, act);
	if ((rc = stage[s->stage].ask(s, &e)) == -1)
		fail(s, &e);
	if (rc == 1)
		return send_request(s, act);
	if (rc == 0 && s->flights > 0) {
		act->type = SYNC_IDLE;
		return 1;
	}
	if (rc == 0)
		s->stage = stage[s->stage].after(s);
	return 0;
}

void
sync_next(struct sync *s, uint64_t now_ms, struct sync_act *act)
{
	*act = (struct sync_act){ .type = SYNC_IDLE };
	s->now_ms = now_ms;
	for (;;) {
		if (must(s, act))
			return;
		if (keep(s, s->stage == STAGE_END, act))
			return;
		if (s->stage == STAGE_END)
			break;
		if (proceed(s, act))
			return;
	}
	if (!s->done)
		sync_equal(s);
	s->done = 1;
	act->type = SYNC_DONE;
	act->report = &s->report;
}

static int
hear_other(struct sync *s, int status, unsigned retry_after_s, struct err *e)
{
	unsigned wait_s = retry_after_s == 0 ? 1 : retry_after_s;

	if ((status == 429 || status == 503) && s->busy < SYNC_BUSY_MAX) {
		s->busy++;
		s->resend = 1;
		s->wait_until_ms = s->now_ms + 1000 * (uint64_t)(wait_s > WAIT_S_MAX ? WAIT_S_MAX : wait_s);
		return 0;
	}
	if (stage[s->stage].miss(s, status))
		return 0;
	if (status == 404)
		return err_set(e, ERR_NOT_FOUND, "no node of this protocol answers there (%s: HTTP 404)", s->path);
	return err_set(e, status == 429 || status == 503 ? ERR_BUSY : ERR_IO, "the peer answers HTTP %d to %s",
	    status, s->path);
}

void
sync_response(struct sync *s, int status, unsigned retry_after_s, struct buf *body)
{
	struct err e;
	int rc;

	assert(s->asked);
	s->asked = 0;
	if (status == 200) {
		s->busy = 0;
		rc = stage[s->stage].hear(s, body, &e);
	} else
		rc = hear_other(s, status, retry_after_s, &e);
	if (rc == -1)
		fail(s, &e);
	buf_clear(body);
}

void
sync_response_failed(struct sync *s, const struct err *why)
{
	assert(s->asked && why->code != ERR_NONE);
	s->asked = 0;
	fail(s, why);
}

/* --- what became of a batch ------------------------------------------------------------------- */

static int
odd_one(struct sync *s, const struct sync_phantom *p, struct err *e)
{
	struct err full;

	if (p->reason == REASON_BUSY)
		return err_set(e, ERR_BUSY, "this node cannot take records in at the moment");
	if (!s->resolved && (p->reason == REASON_IDENTITY || p->reason == REASON_KEY ||
	    p->reason == REASON_ADMISSION) && buf_add(&s->retry, p, sizeof *p, &full) == 0)
		return 0;
	return p->reason == REASON_IDENTITY ? 0 : sync_phantom_remember(s, p, e);
}

static int
judge_batch(struct sync *s, const struct sync_taken *t, struct err *e)
{
	size_t i;

	if (t->failure != NULL) {
		*e = *t->failure;
		return -1;
	}
	for (i = 0; i < VERDICT__COUNT; i++)
		s->report.taken[i] += t->by_verdict[i];
	for (i = 0; i < t->odds; i++)
		if (odd_one(s, &t->odd[i], e) == -1)
			return -1;
	if (s->report.taken[VERDICT_INVALID] > SYNC_INVALID_MAX)
		return err_set(e, ERR_INPUT, "the peer sends what is no record (%zu lines)",
		    s->report.taken[VERDICT_INVALID]);
	return 0;
}

void
sync_intake_done(struct sync *s, const struct sync_taken *t)
{
	struct flight f = s->flight[0];
	struct err e;

	assert(s->flights > 0);
	memmove(s->flight, s->flight + 1, --s->flights * sizeof s->flight[0]);
	if (judge_batch(s, t, &e) == -1)
		fail(s, &e);
	else if (f.has_cursor && s->report.failure.code == ERR_NONE)
		reach(s, f.cursor);
}
