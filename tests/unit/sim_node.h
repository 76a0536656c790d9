/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sim_node.h - a node in memory, with the real judge: enough to hold both ends of a conversation.
 *
 * Its server half answers the requests of proto/sync.h as a node does over HTTP; its client half runs
 * a struct sync against another one.  No sockets, no clock but its own.
 */
#ifndef TESTS_UNIT_SIM_NODE_H
#define TESTS_UNIT_SIM_NODE_H

#include "tests/unit/author.h"

#include "proto/judge.h"
#include "proto/multibase.h"
#include "proto/negentropy.h"
#include "proto/set.h"
#include "proto/sync.h"

#define SIM_AUTHORS 8

struct sim_entry {
	struct buf line;
	struct record r;
	int64_t seq;
	const void *from;	/* the peer it came from, NULL: offered or written here */
	int gone;		/* superseded */
};

struct sim_node {
	struct sim_entry *entry;
	size_t count, cap;
	struct set *set;
	int64_t seq;
	unsigned epoch;
	int64_t now;
	uint32_t refuses;	/* bit n: author key_of(n) is not admitted */
	struct identity identity[SIM_AUTHORS];
	int has_identity[SIM_AUTHORS];
	/* as a client, of one peer */
	char cursor[CURSOR_CHARS_MAX + 1];
	int64_t pushed_seq;
	struct sync_phantom phantom[4096];
	size_t phantoms;
	/* as a server */
	size_t page_max;	/* records; 0: whatever was asked */
	size_t asked_ids;	/* ids in records/get so far */
	size_t get_bytes_max;	/* an answer stops before; 0: never */
};

static inline void
sim_init(struct sim_node *n)
{
	memset(n, 0, sizeof *n);
	assert_non_null(n->set = set_new());
	n->epoch = 1;
	n->now = T0 + 1000;
	n->pushed_seq = -1;
}

static inline void
sim_clear(struct sim_node *n)
{
	size_t i;

	for (i = 0; i < n->count; i++)
		buf_clear(&n->entry[i].line);
	free(n->entry);
	set_free(n->set);
}

/* Which of key_of(1..7) is this? */
static inline int
sim_author(struct span did)
{
	int i;

	for (i = 1; i < SIM_AUTHORS; i++)
		if (span_is(did, key_of((uint8_t)i).did))
			return i;
	return 0;
}

static inline struct sim_entry *
sim_current(struct sim_node *n, const struct record *r)
{
	size_t i;

	for (i = 0; i < n->count; i++) {
		struct sim_entry *x = &n->entry[i];

		if (!x->gone && span_eq(x->r.author, r->author) && span_eq(x->r.kind_name, r->kind_name) &&
		    span_eq(x->r.rid, r->rid))
			return x;
	}
	return NULL;
}

static inline void
sim_store(struct sim_node *n, const struct record *r, struct sim_entry *old, const void *from)
{
	struct sim_entry *x;
	enum reason why;
	struct err e;

	if (old != NULL) {
		old->gone = 1;
		assert_int_equal(1, set_delete(n->set, (uint64_t)old->r.created, old->r.id));
	}
	if (n->count == n->cap) {
		n->cap = n->cap == 0 ? 64 : 2 * n->cap;
		assert_non_null(n->entry = realloc(n->entry, n->cap * sizeof *n->entry));
	}
	x = &n->entry[n->count++];
	*x = (struct sim_entry){ .line = BUF_INIT(RECORD_BYTES_MAX), .seq = ++n->seq, .from = from };
	assert_int_equal(0, buf_addspan(&x->line, r->line, &e));
	assert_int_equal(0, record_parse(buf_span(&x->line), &x->r, &why, &e));
	assert_int_equal(0, set_insert(n->set, (uint64_t)r->created, r->id, &e));
}

static inline enum reason
sim_offer(struct sim_node *n, struct span line, struct record *r, const void *from)
{
	struct judge_view v = { .now = n->now, .retired = -1, .tombstone_floor = -1 };
	struct sim_entry *old;
	struct version current;
	struct identity identity;
	enum reason why;
	struct err e;
	int author;

	if (record_parse(line, r, &why, &e) == -1)
		return why;
	author = sim_author(r->author);
	v.admitted = author != 0 && (n->refuses >> author & 1) == 0;
	v.identity = n->has_identity[author] ? &n->identity[author] : NULL;
	if ((old = sim_current(n, r)) != NULL) {
		current = (struct version){ .updated = old->r.updated, .created = old->r.created,
		    .deleted = old->r.deleted };
		memcpy(current.id, old->r.id, sizeof current.id);
		v.current = &current;
	}
	why = judge(r, &v, SIGNATURE_UNKNOWN, &identity, &e);
	if (why != REASON_NONE)
		return why;
	sim_store(n, r, old, from);
	if (r->kind == KIND_IDENTITY) {
		n->identity[author] = identity;
		n->has_identity[author] = 1;
	}
	return REASON_NONE;
}

/* Sign and take in a record of key_of(author): the author's operating key is its root + 100. */
static inline void
sim_write(struct sim_node *n, int author, unsigned number, int64_t when, int deleted)
{
	struct key a = key_of((uint8_t)author), op = key_of((uint8_t)(author + 100));
	struct record_draft d = deleted ? tombstone_of(&a, KIND_INITIATIVE) : draft_of(&a, KIND_INITIATIVE);
	char rid[RID_CHARS + 1] = "aaaaaaaaaaaaaaaa";
	struct signed_record s;
	struct record r;
	enum reason why;
	int at;

	for (at = RID_CHARS - 1; number > 0; at--, number /= 26)
		rid[at] = (char)('a' + number % 26);
	d.rid = span_str(rid);
	d.updated = d.created = when;
	s = sign_with(&d, &op);
	why = sim_offer(n, buf_span(&s.line), &r, NULL);
	if (why != REASON_NONE)
		fail_msg("own record: %s", reason_name(why));
	signed_clear(&s);
}

static inline struct signed_record
sim_identity(int author)
{
	struct key a = key_of((uint8_t)author), next = key_of((uint8_t)(author + 200));
	struct identity_key op = { .from = 0, .until = T0 + 1000000000 };

	memcpy(op.key, key_of((uint8_t)(author + 100)).pub, sizeof op.key);
	return sign_identity(&a, &a, &next, &op, 1, NULL, 0, T0);
}

static inline void
sim_know(struct sim_node *n, int author)
{
	struct signed_record s = sim_identity(author);
	struct record r;
	enum reason why = sim_offer(n, buf_span(&s.line), &r, NULL);

	if (why != REASON_NONE && why != REASON_DUPLICATE)
		fail_msg("identity: %s", reason_name(why));
	signed_clear(&s);
}

/* --- the server half -------------------------------------------------------------------------------- */

static inline void
sim_cursor_line(struct sim_node *n, int64_t at, const char *how, struct buf *out)
{
	uint8_t state[SET_FINGERPRINT_BYTES];
	char hex[33];
	struct err e;

	set_state(n->set, state);
	hex_encode(state, sizeof state, hex, sizeof hex);
	assert_int_equal(0, buf_addf(out, &e, "{\"cursor\":\"e%u.%lld\",%s,\"state\":\"%s\",\"count\":%llu,\"now\":%lld}\n",
	    n->epoch, (long long)at, how, hex, (unsigned long long)set_count(n->set), (long long)n->now));
}

static inline int
sim_changes(struct sim_node *n, const char *path, struct buf *out)
{
	const char *since = strstr(path, "since=") + 6, *limit = strstr(path, "limit=");
	size_t max = limit == NULL ? CHANGES_RECORDS_MAX : strtoul(limit + 6, NULL, 10), i, sent = 0;
	unsigned epoch = 0;
	long long at = 0;
	int more = 0;
	struct err e;

	if (*since != '&' && *since != '\0' && (sscanf(since, "e%u.%lld", &epoch, &at) != 2 || epoch != n->epoch)) {
		sim_cursor_line(n, n->seq, "\"reset\":true", out);
		return 200;
	}
	if (n->page_max > 0 && n->page_max < max)
		max = n->page_max;
	for (i = 0; i < n->count && !more; i++) {
		if (n->entry[i].gone || n->entry[i].seq <= at)
			continue;
		if ((more = sent == max) != 0)
			break;
		assert_int_equal(0, buf_addspan(out, buf_span(&n->entry[i].line), &e));
		assert_int_equal(0, buf_addc(out, '\n', &e));
		at = n->entry[i].seq;
		sent++;
	}
	sim_cursor_line(n, more ? at : n->seq, more ? "\"more\":true" : "\"more\":false", out);
	return 200;
}

static inline int
sim_get(struct sim_node *n, struct span ids, struct buf *out)
{
	size_t i, k;
	struct err e;

	for (k = 0; k + ID_BYTES <= ids.len; k += ID_BYTES, n->asked_ids++)
		for (i = 0; i < n->count; i++) {
			struct sim_entry *x = &n->entry[i];

			if (x->gone || memcmp(x->r.id, ids.ptr + k, ID_BYTES) != 0)
				continue;
			if (n->get_bytes_max > 0 && out->len + x->line.len > n->get_bytes_max)
				return 200;
			assert_int_equal(0, buf_addspan(out, buf_span(&x->line), &e));
			assert_int_equal(0, buf_addc(out, '\n', &e));
		}
	return 200;
}

static inline int
sim_offered(struct sim_node *n, struct span body, struct buf *out)
{
	while (body.len > 0) {
		struct span line = span_cut(&body, '\n');
		struct record r;
		enum reason why = sim_offer(n, line, &r, NULL);
		struct err e;

		assert_int_equal(0, buf_addf(out, &e, "{\"result\":\"%s\",\"reason\":\"%s\"}\n",
		    verdict_name(reason_verdict(why)), reason_name(why)));
	}
	return 200;
}

static inline int
sim_identity_of(struct sim_node *n, const char *path, struct buf *out)
{
	size_t i;
	struct err e;

	for (i = 0; i < n->count; i++) {
		struct sim_entry *x = &n->entry[i];

		if (x->gone || x->r.kind != KIND_IDENTITY ||
		    strncmp(path + strlen("/api/v1/records/"), x->r.author.ptr, DIDKEY_CHARS) != 0)
			continue;
		assert_int_equal(0, buf_addspan(out, buf_span(&x->line), &e));
		return 200;
	}
	return 404;
}

/* Answer one request; out is empty and large. */
static inline int
sim_serve(struct sim_node *n, const struct sync_http *h, struct buf *out)
{
	struct negentropy_params p = { .frame_bytes_max = RECONCILE_FRAME_BYTES_MIN };
	struct set_view view = SET_VIEW(n->set);
	struct err e;

	if (strncmp(h->path, "/api/v1/changes?", 16) == 0)
		return sim_changes(n, h->path, out);
	if (strcmp(h->path, "/api/v1/records/get") == 0)
		return sim_get(n, h->body, out);
	if (strcmp(h->path, "/api/v1/records") == 0)
		return sim_offered(n, h->body, out);
	if (strcmp(h->path, "/api/v1/reconcile") == 0)
		return negentropy_respond(&p, &view, h->body, out, &e) == 0 ? 200 : 400;
	return sim_identity_of(n, h->path, out);
}

/* --- the client half ----------------------------------------------------------------------------------- */

static inline const struct set *
sim_local_set(void *ctx)
{
	return ((struct sim_node *)ctx)->set;
}

static inline void
sim_local_set_done(void *ctx)
{
	(void)ctx;
}

static inline int64_t
sim_local_seq(void *ctx)
{
	return ((struct sim_node *)ctx)->seq;
}

static inline int
sim_local_lines(void *ctx, const uint8_t (*id)[ID_BYTES], size_t n, struct buf *out, struct err *e)
{
	struct sim_node *s = ctx;
	size_t asked = s->asked_ids, max = s->get_bytes_max;
	struct span ids = { n == 0 ? NULL : (const char *)id[0], n * ID_BYTES };

	(void)e;
	s->get_bytes_max = 0;
	sim_get(s, ids, out);
	s->asked_ids = asked;
	s->get_bytes_max = max;
	return 0;
}

/* There is one peer: what came from a client half's pull came from it. */
static inline int
sim_local_news(void *ctx, int64_t since, size_t records_max, struct buf *out, int64_t *last, struct err *e)
{
	struct sim_node *n = ctx;
	size_t i, sent = 0;

	*last = since;
	for (i = 0; i < n->count && sent < records_max; i++) {
		if (n->entry[i].seq <= since)
			continue;
		*last = n->entry[i].seq;
		if (n->entry[i].gone || n->entry[i].from != NULL)
			continue;
		if (buf_addspan(out, buf_span(&n->entry[i].line), e) == -1 || buf_addc(out, '\n', e) == -1)
			return -1;
		sent++;
	}
	return 0;
}

static inline int
sim_local_identity(void *ctx, struct span author, struct buf *out, struct err *e)
{
	char path[128];

	snprintf(path, sizeof path, "/api/v1/records/%.*s", (int)author.len, author.ptr);
	return sim_identity_of(ctx, path, out) == 200 ? buf_addc(out, '\n', e) : 0;
}

static inline int
sim_local_admits(void *ctx, struct span author)
{
	int a = sim_author(author);

	return a != 0 && (((struct sim_node *)ctx)->refuses >> a & 1) == 0;
}

static inline int
sim_local_phantoms(void *ctx, struct sync_phantom **out, size_t *n, struct err *e)
{
	struct sim_node *s = ctx;

	(void)e;
	*n = s->phantoms;
	*out = NULL;
	if (*n > 0) {
		assert_non_null(*out = malloc(*n * sizeof **out));
		memcpy(*out, s->phantom, *n * sizeof **out);
	}
	return 0;
}

static inline void
sim_forget(struct sim_node *n, const uint8_t id[ID_BYTES])
{
	size_t i;

	for (i = 0; i < n->phantoms; i++)
		if (memcmp(n->phantom[i].id, id, ID_BYTES) == 0)
			n->phantom[i--] = n->phantom[--n->phantoms];
}

static inline void
sim_keep(struct sim_node *n, const struct sync_keep *k)
{
	size_t i;

	for (i = 0; i < k->phantoms; i++) {
		sim_forget(n, k->phantom[i].id);
		assert_true(n->phantoms < COUNT(n->phantom));
		n->phantom[n->phantoms++] = k->phantom[i];
	}
	for (i = 0; i < k->forgets; i++)
		sim_forget(n, k->forget[i]);
	if (k->cursor != NULL)
		snprintf(n->cursor, sizeof n->cursor, "%s", k->cursor);
}

static inline void
sim_take(struct sim_node *n, struct sync *s, struct span body, const void *from)
{
	struct sync_taken t = { .by_verdict = { 0 } };
	struct sync_phantom *odd = calloc(CHANGES_RECORDS_MAX, sizeof *odd);

	assert_non_null(odd);
	while (body.len > 0) {
		struct span line = span_cut(&body, '\n');
		struct record r;
		enum reason why;

		if (line.len == 0)
			continue;
		why = sim_offer(n, line, &r, from);
		t.by_verdict[reason_verdict(why)]++;
		if (!sync_is_odd(why))
			continue;
		memcpy(odd[t.odds].author, r.author.ptr, DIDKEY_CHARS);
		memcpy(odd[t.odds].id, r.id, ID_BYTES);
		odd[t.odds].created = r.created;
		odd[t.odds++].reason = why;
	}
	t.odd = odd;
	sync_intake_done(s, &t);
	free(odd);
}

/* What stands between a client and its peer. */
struct sim_wire {
	int (*serve)(void *ctx, const struct sync_http *h, struct buf *out);	/* -1: the request is lost */
	void *ctx;
	uint64_t seed;		/* decides when batches are judged */
	size_t acts_max;
};

static inline uint64_t
sim_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

struct sim_flow {
	struct buf batch[SYNC_INTAKES_MAX];
	unsigned batches;
	uint64_t now_ms;
};

static inline void
sim_judge_one(struct sim_node *n, struct sync *s, struct sim_flow *f, const void *from)
{
	struct buf first = f->batch[0];

	memmove(f->batch, f->batch + 1, --f->batches * sizeof f->batch[0]);
	sim_take(n, s, buf_span(&first), from);
	buf_clear(&first);
}

static inline void
sim_request(struct sync *s, const struct sync_http *h, struct sim_wire *w)
{
	struct buf out = BUF_INIT(64 << 20);
	struct err e;
	int status;

	assert_true(strlen(h->path) < 320 && h->body.len <= BATCH_BYTES_MAX);
	status = w->serve(w->ctx, h, &out);
	if (status == -1)
		err_set(&e, ERR_IO, "connection lost");
	else if (out.len > h->response_bytes_max)
		err_set(&e, ERR_LIMIT, "answer of %zu bytes", out.len);
	else {
		sync_response(s, status, 0, &out);
		return;
	}
	buf_clear(&out);
	sync_response_failed(s, &e);
}

/* One conversation; acts are counted so that one that never ends is a failure. */
static inline struct sync_report
sim_talk(struct sim_node *n, unsigned what, struct sim_wire *w)
{
	struct sync_params p = { .what = what, .cursor = n->cursor, .pushed_seq = n->pushed_seq,
	    .local = { n, sim_local_set, sim_local_set_done, sim_local_seq, sim_local_lines, sim_local_news,
		sim_local_identity, sim_local_admits, sim_local_phantoms } };
	struct sim_flow f = { .now_ms = (uint64_t)n->now * 1000 };
	struct sync_report report;
	struct sync_act act;
	struct err e;
	struct sync *s = sync_new(&p, &e);
	size_t acts;

	assert_non_null(s);
	for (acts = 0; acts < w->acts_max; acts++) {
		sync_next(s, f.now_ms, &act);
		if (act.type == SYNC_DONE)
			break;
		if (act.type == SYNC_HTTP) {
			while (f.batches > 0 && sim_random(&w->seed) % 2 == 0)
				sim_judge_one(n, s, &f, w);
			sim_request(s, &act.http, w);
		} else if (act.type == SYNC_INTAKE) {
			assert_true(f.batches < SYNC_INTAKES_MAX);
			f.batch[f.batches++] = act.records;
		} else if (act.type == SYNC_KEEP)
			sim_keep(n, &act.keep);
		else if (act.type == SYNC_WAIT)
			f.now_ms = act.until_ms;
		else
			sim_judge_one(n, s, &f, w);	/* idle: only a batch can be under way */
	}
	if (act.type != SYNC_DONE)
		fail_msg("the conversation does not end");
	assert_int_equal(0, f.batches);
	report = *act.report;
	if (report.failure.code == ERR_NONE)
		n->pushed_seq = report.pushed_seq;
	sync_free(s);
	return report;
}

static inline int
sim_equal(const struct sim_node *a, const struct sim_node *b)
{
	uint8_t x[SET_FINGERPRINT_BYTES], y[SET_FINGERPRINT_BYTES];

	set_state(a->set, x);
	set_state(b->set, y);
	return memcmp(x, y, sizeof x) == 0;
}

#endif
