/* SPDX-License-Identifier: AGPL-3.0-or-later
 * offer.c - the writer's work on one offered record: look up what judge() asks, and act on its answer.
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/multibase.h"


/* What stands under the record's name. */
struct standing {
	int found;
	struct version version;
	struct row row;
};

static int
look_up(struct store *s, struct db *db, uint32_t author, const struct record *r, struct standing *out,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_RECORD_CURRENT);

	(void)s;
	memset(out, 0, sizeof *out);
	db_int(st, 1, author);
	db_text(st, 2, r->kind_name);
	db_text(st, 3, r->rid);
	if ((out->found = db_row(db, st, e)) != 1)
		return out->found;
	out->row = (struct row){
		.seq = sqlite3_column_int64(st, 0), .author = author, .kind = r->kind,
		.created = sqlite3_column_int64(st, 4),
		.class = (enum record_class)sqlite3_column_int(st, 5),
		.in_set = sqlite3_column_int(st, 6),
	};
	memcpy(out->row.kind_name, r->kind_name.ptr, r->kind_name.len);
	memcpy(out->row.rid, r->rid.ptr, r->rid.len);
	memcpy(out->row.id, db_get_span(st, 1).ptr, 32);
	out->version = (struct version){
		.generation = (unsigned)sqlite3_column_int(st, 2),
		.updated = sqlite3_column_int64(st, 3),
		.created = out->row.created,
		.deleted = out->row.class == CLASS_TOMBSTONE,
	};
	memcpy(out->version.id, out->row.id, 32);
	sqlite3_reset(st);
	return 1;
}

static int
is_blocked(struct db *db, struct span what, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_BLOCK_GET);
	int rc;

	db_text(st, 1, what);
	rc = db_row(db, st, e);
	sqlite3_reset(st);
	return rc;
}

static int
record_blocked(struct db *db, const struct record *r, int own, struct err *e)
{
	char name[REF_CHARS_MAX + 1];
	struct ref ref = { r->author, r->kind_name, r->rid };
	int rc = is_blocked(db, r->author, e);

	if (rc != 0)
		return rc;
	ref_format(&ref, name);
	if ((rc = is_blocked(db, span_str(name), e)) != 0 || r->deleted)
		return rc;
	rc = erased(db, name, e);	/* its deletion may come: it says nothing */
	return rc == 2 ? own : rc;	/* a name of ours is never used again */
}

/* Does the author's quota leave room for one more of this class?  Own records are always within. */
static int
view_quota(struct store *s, const struct record *r, const struct author_info *a, struct judge_view *v,
    struct err *e)
{
	enum record_class class = row_class(r);
	sqlite3_stmt *st;
	int rc;

	v->tombstone_floor = -1;
	if (a->own)
		return 0;
	if (a->tombstones >= TOMBSTONES_MAX) {
		st = db_stmt(&s->w, STMT_RECORD_TOMBSTONES_FROM);
		db_int(st, 1, a->num);
		if ((rc = db_row(&s->w, st, e)) == -1)
			return -1;
		v->tombstone_floor = rc == 1 ? sqlite3_column_int64(st, 0) : -1;
		sqlite3_reset(st);
	}
	if ((class != CLASS_LIVE && class != CLASS_VOUCH) || (v->current != NULL && !v->current->deleted))
		return 0;
	if (class == CLASS_LIVE ? a->live < a->pool : s->roster.author[a->num].vouches < VOUCHES_MAX)
		return 0;
	v->quota_full = 1;
	v->quota_oldest.updated = INT64_MAX;
	st = db_stmt(&s->w, STMT_RECORD_OLDEST);
	db_int(st, 1, a->num);
	db_int(st, 2, class);
	if ((rc = db_row(&s->w, st, e)) == 1) {
		v->quota_oldest.updated = sqlite3_column_int64(st, 7);
		v->quota_oldest.created = sqlite3_column_int64(st, 4);
		memcpy(v->quota_oldest.id, db_get_span(st, 3).ptr, 32);
	}
	sqlite3_reset(st);
	return rc == -1 ? -1 : 0;
}

/* The commitment that the nearest voucher passes on; the own author's before anybody's. */
static int
view_pin(struct store *s, uint32_t author, uint8_t pin[32], int *found, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_VOUCH_PIN);
	int best = -1, rc;

	*found = 0;
	db_int(st, 1, author);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		const struct author_info *by = &s->roster.author[sqlite3_column_int64(st, 0)].info;
		int weight = by->own ? 100 : by->hops;

		if (weight > best) {
			best = weight;
			memcpy(pin, db_get_span(st, 1).ptr, 32);
			*found = 1;
		}
	}
	return rc;
}

/* --- what a taken record changes ------------------------------------------------------------- */

static int
unauthorised(void *ctx, const struct row *row, struct span body, struct err *e)
{
	const struct identity *id = ctx;
	struct record r;
	enum reason why;

	if (row->kind == KIND_IDENTITY)
		return 0;
	if (record_parse(body, &r, &why, e) == -1)
		return -1;
	return row->kind == KIND_RETIRE ? !identity_is_root(id, r.signer_key) :
	    !identity_authorises(id, r.signer_key, r.created);
}

/* Does every key of the old identity keep its window in the new one? */
static int
keys_kept(const struct identity *old, const struct identity *new)
{
	size_t i, j;

	if (memcmp(old->root, new->root, 32) != 0)
		return 0;
	for (i = 0; i < old->key_count; i++) {
		for (j = 0; j < new->key_count; j++)
			if (memcmp(old->key[i].key, new->key[j].key, 32) == 0 &&
			    new->key[j].from <= old->key[i].from && new->key[j].until >= old->key[i].until)
				break;
		if (j == new->key_count)
			return 0;
	}
	return 1;
}

static int
took_identity(struct store *s, uint32_t author, const struct identity *id, struct err *e)
{
	struct author_info *a = &s->roster.author[author].info;
	struct identity copy = *id;
	int purge = !a->has_identity || !keys_kept(&a->identity, id);
	sqlite3_stmt *st;

	pthread_rwlock_wrlock(&s->lock);
	a->identity = *id;
	a->has_identity = 1;
	pthread_rwlock_unlock(&s->lock);
	if (purge && row_purge_author(s, author, unauthorised, &copy, e) == -1)
		return -1;
	roster_loosen(s, span_str(a->did));
	st = db_stmt(&s->w, STMT_ASIDE_OF_AUTHOR);
	db_str(st, 1, a->did);
	return offer_aside(s, st, e);
}

int
offer_take_vouch(struct store *s, uint32_t author, const struct record *r, struct err *e)
{
	struct span subject, v, plain;
	int64_t hops = 0, budget = 0;
	uint8_t next[32], key[32];
	uint32_t to;
	sqlite3_stmt *st;

	/* A vouch whose content breaks the rules is kept and relayed; it just lets nobody in. */
	if (kind_check(KIND_VOUCH, r->content, NULL, e) == -1 || !canon_get(r->content, "subject", &v) ||
	    !canon_plain(v, &subject) || didkey_parse(subject, key, e) == -1)
		return 0;
	if (canon_get(r->content, "hops", &v))
		canon_int(v, &hops);
	if (canon_get(r->content, "budget", &v))
		canon_int(v, &budget);
	if (roster_add(s, subject, &to, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_VOUCH_PUT);
	db_int(st, 1, author);
	db_text(st, 2, r->rid);
	db_int(st, 3, to);
	db_int(st, 4, hops);
	db_int(st, 5, budget);
	if (canon_get(r->content, "next", &v) && canon_plain(v, &plain) &&
	    base64url_decode(plain, next, sizeof next) == (int)sizeof next)
		db_blob(st, 6, next, sizeof next);
	s->admission_stale = 1;
	return db_run(&s->w, st, e);
}

static int
is_older(void *ctx, const struct record *r)
{
	const struct record *end = ctx;

	return r->updated <= end->updated && r->kind != KIND_IDENTITY &&
	    (end->kind == KIND_RETIRE || (span_eq(r->kind_name, end->kind_name) && span_eq(r->rid, end->rid)));
}

static int
took_retirement(struct store *s, uint32_t author, const struct record *r, struct err *e)
{
	pthread_rwlock_wrlock(&s->lock);
	s->roster.author[author].info.retired = r->updated;
	pthread_rwlock_unlock(&s->lock);
	return row_purge_older(s, author, r->updated + 1, e);
}

/* The oldest tombstones go past their maximum, and with that many everything older than those kept: its
 * deletion may be among the forgotten ones. */
static int
trim_tombstones(struct store *s, uint32_t author, struct err *e)
{
	const struct author_info *a = &s->roster.author[author].info;
	int64_t floor = 0;
	sqlite3_stmt *st;
	int rc;

	if (a->own)
		return 0;
	if (row_trim(s, author, CLASS_TOMBSTONE, TOMBSTONES_MAX, e) == -1)
		return -1;
	if (a->tombstones < TOMBSTONES_MAX)
		return 0;
	st = db_stmt(&s->w, STMT_RECORD_TOMBSTONES_FROM);
	db_int(st, 1, author);
	if ((rc = db_row(&s->w, st, e)) == 1)
		floor = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == -1 ? -1 : row_purge_older(s, author, floor, e);
}

/* What the author's quota of this class no longer holds goes. */
static int
trim_quota(struct store *s, uint32_t author, enum record_class class, struct err *e)
{
	const struct author_info *a = &s->roster.author[author].info;

	if (a->own || class == CLASS_FREE)
		return 0;
	return row_trim(s, author, class, class == CLASS_VOUCH ? VOUCHES_MAX : a->pool, e);
}

static int
take(struct store *s, const struct record *r, uint32_t author, const struct standing *was,
    const struct identity *id, const char *peer, struct err *e)
{
	enum record_class class = row_class(r);
	int in_set = s->roster.author[author].lost == 0 &&
	    expiry_day(r->expires) > s->config.now(s->config.now_ctx);	/* an own one may come back lapsed */
	unsigned generation = r->kind == KIND_IDENTITY ? id->generation : 0;
	int taken = was->found && row_quota_taken(s, &was->row);

	if (was->found && row_delete(s, &was->row, 1, e) == -1)
		return -1;
	if (row_insert(s, r, author, generation, class, in_set, peer, e) == -1)
		return -1;
	if (r->kind == KIND_TERRITORY)
		scope_note(s, author, r->deleted ? (struct span){ 0 } : r->content);
	if (r->kind == KIND_IDENTITY)
		return took_identity(s, author, id, e);
	if (class == CLASS_TOMBSTONE && taken)
		roster_loosen(s, r->author);
	if ((class == CLASS_TOMBSTONE || r->kind == KIND_RETIRE) && aside_drop(s, r->author, is_older, &(struct record){
	    .kind = r->kind, .kind_name = r->kind_name, .rid = r->rid, .updated = r->updated }, e) == -1)
		return -1;
	if (class == CLASS_TOMBSTONE)
		return trim_tombstones(s, author, e);
	if (r->kind == KIND_VOUCH && in_set && offer_take_vouch(s, author, r, e) == -1)
		return -1;
	if (r->kind == KIND_RETIRE)
		return took_retirement(s, author, r, e);
	return trim_quota(s, author, class, e);
}

/* --- aside ----------------------------------------------------------------------------------- */

static int
count(struct db *db, enum stmt name, struct span author, int64_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, name);
	int rc;

	if (author.len > 0)
		db_text(st, 1, author);
	if ((rc = db_row(db, st, e)) == 1)
		*n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == -1 ? -1 : 0;
}

/* Keep a held or unresolved record for later: only when its signature holds, only for authors who are
 * let in, and only so many. */
static int
keep_aside(struct store *s, const struct offer_line *line, enum reason why, const char *peer, struct err *e)
{
	const struct record *r = &line->record;
	int64_t n = 0, all = 0, due = 0, now = s->config.now(s->config.now_ctx);
	sqlite3_stmt *st;

	if (why == REASON_FUTURE)
		due = r->created - FUTURE_S;
	if (due > now + ASIDE_KEPT_S)	/* it would take the place of others, and be offered again long before */
		return 0;
	if (count(&s->w, STMT_ASIDE_COUNT_AUTHOR, r->author, &n, e) == -1)
		return -1;
	if (n >= PENDING_PER_AUTHOR_MAX)
		return 0;
	if (count(&s->w, STMT_ASIDE_COUNT, (struct span){0}, &all, e) == -1)
		return -1;
	if (all >= PENDING_MAX || line->signature == SIGNATURE_BROKEN ||
	    (line->signature == SIGNATURE_UNKNOWN && !record_verify(r)))
		return 0;
	st = db_stmt(&s->w, STMT_ASIDE_PUT);
	db_blob(st, 1, r->id, sizeof r->id);
	db_text(st, 2, r->author);
	db_int(st, 3, due);
	db_int(st, 4, now);
	db_str(st, 5, peer);
	db_blob(st, 6, r->line.ptr, r->line.len);
	return db_run(&s->w, st, e);
}

struct again {
	uint8_t id[32];
	const char *body, *peer;
	size_t len;
};

int
offer_aside(struct store *s, sqlite3_stmt *st, struct err *e)
{
	struct arena a = { .max = (size_t)256 << 20 };
	struct again *again = arena_alloc(&a, PENDING_MAX * sizeof *again);
	size_t n = 0, i;
	int rc = -1;

	if (again == NULL)
		goto memory;
	while (n < PENDING_MAX && (rc = db_row(&s->w, st, e)) == 1) {
		struct span body = db_get_span(st, 1);

		memcpy(again[n].id, db_get_span(st, 0).ptr, 32);
		again[n].len = body.len;
		again[n].peer = db_get_text(st, 2, &a);
		if ((again[n++].body = arena_copy(&a, body)) == NULL)
			goto memory;
	}
	sqlite3_reset(st);
	for (i = 0; rc != -1 && i < n; i++) {
		struct offer_line line = { .signature = SIGNATURE_HOLDS };

		st = db_stmt(&s->w, STMT_ASIDE_DELETE);
		db_blob(st, 1, again[i].id, 32);
		if ((rc = db_run(&s->w, st, e)) == -1 || (rc = shed(s, e)) == -1)
			break;
		if (record_parse((struct span){ again[i].body, again[i].len }, &line.record, &line.reason,
		    e) == 0)
			rc = offer_one(s, &line, again[i].peer, e);
	}
	arena_clear(&a);
	return rc == -1 ? -1 : 0;
memory:
	sqlite3_reset(st);
	arena_clear(&a);
	return err_memory(e);
}

int
aside_drop(struct store *s, struct span author, aside_test *test, void *ctx, struct err *e)
{
	uint8_t doomed[PENDING_PER_AUTHOR_MAX][32];
	sqlite3_stmt *st = db_stmt(&s->w, STMT_ASIDE_OF_AUTHOR);
	size_t n = 0, i;
	int rc;

	db_text(st, 1, author);
	while ((rc = db_row(&s->w, st, e)) == 1) {
		struct record r;
		enum reason why;
		struct err bad;

		if (n < PENDING_PER_AUTHOR_MAX && record_parse(db_get_span(st, 1), &r, &why, &bad) == 0 &&
		    test(ctx, &r))
			memcpy(doomed[n++], r.id, 32);
	}
	for (i = 0; rc == 0 && i < n; i++) {
		st = db_stmt(&s->w, STMT_ASIDE_DELETE);
		db_blob(st, 1, doomed[i], 32);
		rc = db_run(&s->w, st, e);
	}
	return rc == 0 && n > 0 ? shed(s, e) : rc;
}

/* --- one record ------------------------------------------------------------------------------ */

/* here: written on this node, not brought by a peer. */
static enum reason
decide(struct store *s, struct offer_line *line, int here, uint32_t author, struct standing *was,
    struct identity *id, struct err *fatal)
{
	const struct record *r = &line->record;
	const struct author_info *a = &s->roster.author[author].info;
	struct judge_view v = {
		.now = s->config.now(s->config.now_ctx),
		.own = a->own, .blocked = a->blocked, .admitted = a->hops >= 0, .retired = a->retired,
		.identity = a->has_identity ? &a->identity : NULL,
		.out_of_scope = scope_outside(s, a, r->kind), .tombstone_floor = -1,
	};
	struct err why = {0};
	uint8_t pin[32];
	int pinned = 0;
	enum reason reason;

	if (s->blocks > 0 && !v.blocked && (v.blocked = record_blocked(&s->w, r, a->own, fatal)) == -1)
		return REASON_BUSY;
	if (look_up(s, &s->w, author, r, was, fatal) == -1)
		return REASON_BUSY;
	if (was->found)
		v.current = &was->version;
	if (here && a->own && was->found && was->version.created > v.now)
		v.now = was->version.created;	/* it follows one that was dated ahead, and waits elsewhere with it */
	if (view_quota(s, r, a, &v, fatal) == -1 ||
	    (r->kind == KIND_IDENTITY && view_pin(s, author, pin, &pinned, fatal) == -1))
		return REASON_BUSY;
	if (pinned)
		v.pinned = pin;
	reason = judge(r, &v, line->signature, id, &why);
	if (reason != REASON_NONE)
		text_clip(line->detail, sizeof line->detail, why.text);
	return reason;
}

/* --- two writers with one key ------------------------------------------------------------------ */

static int
same_content(struct store *s, const struct standing *was, const struct record *r, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_TWIN_BODY);
	struct record stands;
	enum reason why;
	int rc;

	db_int(st, 1, was->row.seq);
	if ((rc = db_row(&s->w, st, e)) == 1)
		rc = record_parse(db_get_span(st, 0), &stands, &why, e) == -1 ? -1 :
		    span_eq(stands.content, r->content);
	sqlite3_reset(st);
	return rc;
}

/* Note two live versions with one updated and other contents.  The one that does not stand has not been
 * judged to the end, so its authority and signature are looked at here: evidence cannot be forged. */
static int
note_twin(struct store *s, const struct offer_line *line, uint32_t author, const struct standing *was,
    struct err *e)
{
	const struct record *r = &line->record;
	const struct author_info *a = &s->roster.author[author].info;
	struct version offered = { .updated = r->updated, .created = r->created, .deleted = r->deleted };
	sqlite3_stmt *st;
	int same;

	memcpy(offered.id, r->id, sizeof offered.id);
	if (!was->found || r->kind == KIND_IDENTITY || !merge_is_conflict(&was->version, &offered, 0) ||
	    !a->has_identity || !identity_authorises(&a->identity, r->signer_key, r->created) ||
	    line->signature == SIGNATURE_BROKEN)
		return 0;
	if ((same = same_content(s, was, r, e)) != 0)
		return same == -1 ? -1 : 0;
	if (line->signature == SIGNATURE_UNKNOWN && !record_verify(r))
		return 0;
	st = db_stmt(&s->w, STMT_TWIN_PUT);
	db_int(st, 1, author);
	db_text(st, 2, r->kind_name);
	db_text(st, 3, r->rid);
	db_blob(st, 4, was->version.id, 32);
	db_blob(st, 5, r->id, 32);
	db_int(st, 6, s->config.now(s->config.now_ctx));
	return db_run(&s->w, st, e);
}

/* --- a root that names two next ones ------------------------------------------------------------ */

/* Note an identity that the same root signed as the one kept, with another next root.  Whether it is refused for
 * that or was overtaken, only its root can have made it: evidence cannot be forged. */
static int
note_branch(struct store *s, const struct offer_line *line, uint32_t author, const struct standing *was,
    struct err *e)
{
	const struct author_info *a = &s->roster.author[author].info;
	struct identity other;
	struct err ignored = {0};
	enum reason why;
	unsigned g = 0;
	sqlite3_stmt *st;

	if (line->record.kind != KIND_IDENTITY || !was->found || !a->has_identity ||
	    line->signature == SIGNATURE_BROKEN || identity_read(&line->record, &other, &why, &ignored) == -1 ||
	    identity_may_follow(&a->identity, &other, NULL, &why, &ignored) == 0)
		return 0;
	while (memcmp(a->identity.next_of[g], other.next_of[g], 32) == 0)
		g++;
	st = db_stmt(&s->w, STMT_BRANCH_PUT);
	db_int(st, 1, author);
	db_int(st, 2, g);
	db_blob(st, 3, was->version.id, 32);
	db_blob(st, 4, line->record.id, 32);
	db_int(st, 5, s->config.now(s->config.now_ctx));
	return db_run(&s->w, st, e);
}

int
offer_one(struct store *s, struct offer_line *line, const char *peer, struct err *e)
{
	struct err fatal = {0};
	struct standing was;
	struct identity id;
	uint32_t author;

	if (line->reason != REASON_NONE)
		return 0;
	author = roster_find(&s->roster, line->record.author);
	if (author == NO_AUTHOR) {
		if (s->config.admission != ADMIT_OPEN) {
			line->reason = REASON_ADMISSION;
			text_clip(line->detail, sizeof line->detail, reason_text(REASON_ADMISSION));
			return 0;
		}
		if (roster_add(s, line->record.author, &author, e) == -1 || roster_admit(s, e) == -1)
			return -1;
	}
	line->reason = decide(s, line, peer == NULL, author, &was, &id, &fatal);
	if (fatal.code != ERR_NONE) {
		*e = fatal;
		return -1;
	}
	if ((line->reason == REASON_NONE || line->reason == REASON_SUPERSEDED) &&
	    note_twin(s, line, author, &was, e) == -1)
		return -1;
	if ((line->reason == REASON_SUCCESSION || line->reason == REASON_SUPERSEDED) &&
	    note_branch(s, line, author, &was, e) == -1)
		return -1;
	if (line->reason == REASON_FUTURE || line->reason == REASON_IDENTITY)
		return keep_aside(s, line, line->reason, peer, e);
	if (line->reason != REASON_NONE)
		return 0;
	return take(s, &line->record, author, &was, &id, peer, e);
}

/* --- batches --------------------------------------------------------------------------------- */

struct batch {
	struct offer_line *line;
	size_t n;
	const char *peer;
};

/* Unresolved lines whose identity came later in the same batch have been taken meanwhile: say so. */
static int
resolve_batch(struct store *s, const struct batch *b, struct err *e)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		sqlite3_stmt *st;
		int rc;

		if (b->line[i].reason != REASON_IDENTITY)
			continue;
		st = db_stmt(&s->w, STMT_RECORD_ID_KNOWN);
		db_blob(st, 1, b->line[i].record.id, 32);
		rc = db_row(&s->w, st, e);
		sqlite3_reset(st);
		if (rc == -1)
			return -1;
		if (rc == 1) {
			b->line[i].reason = REASON_NONE;
			b->line[i].detail[0] = '\0';
		}
	}
	return 0;
}

/* Is the author one that only a vouch of this very batch may bring in? */
static int
must_wait(struct store *s, const struct offer_line *line, struct err *e)
{
	uint32_t author;

	if (line->reason != REASON_NONE)
		return 0;
	author = roster_find(&s->roster, line->record.author);
	if (author == NO_AUTHOR && s->config.admission == ADMIT_OPEN &&
	    roster_add(s, line->record.author, &author, e) == -1)
		return -1;
	return author == NO_AUTHOR || s->roster.author[author].info.hops < 0;
}

/* Lines of those not admitted come after the others, so that one walk of admission serves them all: one for
 * each would cost the square of the batch.  Vouches among them may bring in more, each time a hop further out;
 * the round after one that changed nothing is the last. */
static int
run_rounds(struct store *s, const struct batch *b, uint8_t *done, struct err *e)
{
	size_t left = b->n, i;
	int last = 0;

	while (left > 0) {
		if (roster_admit(s, e) == -1)
			return -1;
		for (i = 0; i < b->n; i++) {
			int wait = done[i] || last ? 0 : must_wait(s, &b->line[i], e);

			if (wait == -1)
				return -1;
			if (done[i] || wait)
				continue;
			if (offer_one(s, &b->line[i], b->peer, e) == -1)
				return -1;
			done[i] = 1;
			left--;
		}
		last = !s->admission_stale;
	}
	return 0;
}

static int
run_batch(struct store *s, void *ctx, struct err *e)
{
	const struct batch *b = ctx;
	uint8_t *done = calloc(b->n + 1, 1);
	int rc = done == NULL ? err_memory(e) : run_rounds(s, b, done, e);

	free(done);
	if (rc == -1 || roster_admit(s, e) == -1)
		return -1;
	return resolve_batch(s, b, e);
}

int
store_offer(struct store *s, struct offer_line *line, size_t n, const char *peer, struct err *e)
{
	struct batch b = { line, n, peer };

	return store_job(s, run_batch, &b, e);
}

enum reason
store_precheck(struct store *s, struct reader *r, const struct record *rec)
{
	struct judge_view v = { .now = s->config.now(s->config.now_ctx), .retired = -1, .tombstone_floor = -1 };
	struct version offered;
	struct standing was;
	struct err e = {0};
	uint32_t author;

	pthread_rwlock_rdlock(&s->lock);
	author = roster_find(&s->roster, rec->author);
	if (author != NO_AUTHOR) {
		v.own = s->roster.author[author].info.own;
		v.blocked = s->roster.author[author].info.blocked;
		v.admitted = s->roster.author[author].info.hops >= 0;
		v.retired = s->roster.author[author].info.retired;
		v.out_of_scope = scope_outside(s, &s->roster.author[author].info, rec->kind);
	}
	pthread_rwlock_unlock(&s->lock);
	if (author == NO_AUTHOR)
		return s->config.admission == ADMIT_OPEN ? REASON_NONE : REASON_ADMISSION;
	if (v.blocked)
		return REASON_BLOCKED;
	if (!v.admitted)
		return REASON_ADMISSION;
	if (v.out_of_scope)
		return REASON_SCOPE;
	if (look_up(s, &r->db, author, rec, &was, &e) != 1)
		return REASON_NONE;
	if (memcmp(was.version.id, rec->id, 32) == 0)
		return REASON_DUPLICATE;
	if (rec->kind == KIND_IDENTITY)
		return REASON_NONE;
	offered = (struct version){ .updated = rec->updated, .created = rec->created, .deleted = rec->deleted };
	memcpy(offered.id, rec->id, 32);
	return merge_compare(&was.version, &offered) > 0 ? REASON_SUPERSEDED : REASON_NONE;
}
