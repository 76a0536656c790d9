/* SPDX-License-Identifier: AGPL-3.0-or-later
 * roster.c - the authors in memory: numbers, keys, counts, and the walk of admission.
 *
 * The writer changes the roster under the write lock, a moment at a time; everybody
 * else copies what it needs under the read lock.
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

static size_t
slot_of(struct span did, size_t slots)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < did.len; i++)
		h = (h ^ (unsigned char)did.ptr[i]) * UINT64_C(1099511628211);
	return (size_t)(h >> 20) & (slots - 1);
}

uint32_t
roster_find(const struct roster *r, struct span did)
{
	size_t i;

	if (r->slots == 0)
		return NO_AUTHOR;
	for (i = slot_of(did, r->slots); r->slot[i] != 0; i = (i + 1) & (r->slots - 1))
		if (span_is(did, r->author[r->slot[i] - 1].info.did))
			return r->slot[i] - 1;
	return NO_AUTHOR;
}

static int
grow(struct roster *r, struct err *e)
{
	size_t cap = r->cap == 0 ? 64 : r->cap * 2, slots = cap * 2, i, at;
	struct author *author = realloc(r->author, cap * sizeof *author);
	uint32_t *slot = calloc(slots, sizeof *slot);

	if (author != NULL)
		r->author = author;
	if (author == NULL || slot == NULL) {
		free(slot);
		return err_memory(e);
	}
	for (i = 0; i < r->count; i++) {
		at = slot_of(span_str(author[i].info.did), slots);
		while (slot[at] != 0)
			at = (at + 1) & (slots - 1);
		slot[at] = (uint32_t)i + 1;
	}
	free(r->slot);
	r->slot = slot;
	r->slots = slots;
	r->cap = cap;
	return 0;
}

/* Memory only.  Numbers are dense, so num is the count so far. */
static int
append(struct roster *r, struct span did, struct err *e)
{
	struct author *a;
	size_t at;

	if (did.len > DIDKEY_CHARS)
		return err_set(e, ERR_INPUT, "an author is a did:key of %d characters", DIDKEY_CHARS);
	if (r->count == r->cap && grow(r, e) == -1)
		return -1;
	a = &r->author[r->count];
	memset(a, 0, sizeof *a);
	a->info.num = (uint32_t)r->count;
	memcpy(a->info.did, did.ptr, did.len);
	a->info.hops = -1;
	a->info.retired = -1;
	a->info.via = NO_AUTHOR;
	a->meets = -1;
	for (at = slot_of(did, r->slots); r->slot[at] != 0;)
		at = (at + 1) & (r->slots - 1);
	r->slot[at] = (uint32_t)++r->count;
	return 0;
}

int
roster_add(struct store *s, struct span did, uint32_t *num, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if ((*num = roster_find(&s->roster, did)) != NO_AUTHOR)
		return 0;
	st = db_stmt(&s->w, STMT_AUTHOR_INSERT);
	db_int(st, 1, (int64_t)s->roster.count);
	db_text(st, 2, did);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	*num = (uint32_t)s->roster.count;
	s->admission_stale = 1;
	pthread_rwlock_wrlock(&s->lock);
	rc = append(&s->roster, did, e);
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

static void
count_row(struct roster *r, uint32_t author, enum kind kind, enum record_class class, int in_set, int n)
{
	struct author *a = &r->author[author];

	if (class == CLASS_LIVE)
		a->info.live += n;
	if (class == CLASS_TOMBSTONE)
		a->info.tombstones += n;
	if (class == CLASS_VOUCH)
		a->vouches += n;
	if (!in_set)
		r->lapsed += n;
	else if (class == CLASS_TOMBSTONE)
		r->tombstones += n;
	else {
		r->live += n;
		r->by_kind[kind] += n;
	}
}

void
roster_count(struct store *s, uint32_t author, enum kind kind, enum record_class class, int in_set, int n)
{
	pthread_rwlock_wrlock(&s->lock);
	count_row(&s->roster, author, kind, class, in_set, n);
	pthread_rwlock_unlock(&s->lock);
}

void
roster_clear(struct roster *r)
{
	free(r->author);
	free(r->slot);
	memset(r, 0, sizeof *r);
}

/* --- reading everything ---------------------------------------------------------------------- */

static int
load_authors(struct db *db, struct roster *r, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_AUTHOR_ALL);
	struct author *a;
	int rc;

	while ((rc = db_row(db, st, e)) == 1) {
		if ((size_t)sqlite3_column_int64(st, 0) != r->count) {
			sqlite3_reset(st);
			return err_set(e, ERR_INTERNAL, "authors are not numbered densely");
		}
		if (append(r, db_get_span(st, 1), e) == -1) {
			sqlite3_reset(st);
			return -1;
		}
		a = &r->author[r->count - 1];
		a->info.own = sqlite3_column_int(st, 2);
		a->info.listed = sqlite3_column_int(st, 3);
		a->lost = sqlite3_column_int64(st, 4);
	}
	return rc;
}

static int
load_identities(struct db *db, struct roster *r, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_RECORD_IDENTITIES);
	int rc;

	while ((rc = db_row(db, st, e)) == 1) {
		struct author *a = &r->author[sqlite3_column_int64(st, 0)];
		struct err damaged;
		enum reason why;
		struct record record;

		if (record_parse(db_get_span(st, 1), &record, &why, &damaged) == 0 &&
		    identity_read(&record, &a->info.identity, &why, &damaged) == 0)
			a->info.has_identity = 1;
	}
	return rc;
}

static int
load_retirements(struct db *db, struct roster *r, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_RECORD_RETIRES);
	int rc;

	while ((rc = db_row(db, st, e)) == 1)
		r->author[sqlite3_column_int64(st, 0)].info.retired = sqlite3_column_int64(st, 1);
	return rc;
}

static int
load_counts(struct db *db, struct roster *r, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_RECORD_COUNTS);
	int rc;

	while ((rc = db_row(db, st, e)) == 1)
		count_row(r, (uint32_t)sqlite3_column_int64(st, 0), kind_find(db_get_span(st, 2)),
		    (enum record_class)sqlite3_column_int(st, 1), sqlite3_column_int(st, 3), 1);
	return rc;
}

static int
load_blocks(struct db *db, struct roster *r, int *blocks, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_BLOCK_ALL);
	int rc;

	*blocks = 0;
	while ((rc = db_row(db, st, e)) == 1) {
		uint32_t num = roster_find(r, db_get_span(st, 0));

		++*blocks;
		if (num != NO_AUTHOR)
			r->author[num].info.blocked = 1;
	}
	if (rc == -1)
		return -1;
	st = db_stmt(db, STMT_ERASURE_COUNT);
	if ((rc = db_row(db, st, e)) == 1)
		*blocks += sqlite3_column_int(st, 0);
	sqlite3_reset(st);
	return rc == -1 ? -1 : 0;
}

/* Read aside and exchanged in one moment: nobody sees half a roster. */
int
roster_load(struct store *s, struct err *e)
{
	struct roster fresh = {0}, old;
	struct db *db = &s->w;
	int blocks;

	if (load_authors(db, &fresh, e) == -1 || load_identities(db, &fresh, e) == -1 ||
	    load_retirements(db, &fresh, e) == -1 || load_counts(db, &fresh, e) == -1 ||
	    scope_load(db, &s->config.scope, &fresh, e) == -1 ||
	    load_blocks(db, &fresh, &blocks, e) == -1) {
		roster_clear(&fresh);
		return -1;
	}
	s->blocks = blocks;
	pthread_rwlock_wrlock(&s->lock);
	old = s->roster;
	s->roster = fresh;
	pthread_rwlock_unlock(&s->lock);
	roster_clear(&old);
	s->admission_stale = 1;
	s->scope_walked = 0;
	return 0;
}

/* --- admission ------------------------------------------------------------------------------- */

void
roster_loosen(struct store *s, struct span did)
{
	if (did.len == 0 || did.len > DIDKEY_CHARS || (s->loosened[0] != '\0' && !span_is(did, s->loosened)))
		s->loosened_all = 1;
	else {
		memcpy(s->loosened, did.ptr, did.len);
		s->loosened[did.len] = '\0';
	}
}

struct walk {
	struct admission_root *root;
	struct admission_vouch *vouch;
	struct admission_result *result;
	uint8_t *blocked;
	size_t roots, vouches, vouch_cap, authors;
};

struct admission_root
roster_root(const struct author_info *a)
{
	return (struct admission_root){ a->num, VOUCH_HOPS_DEFAULT, a->own ? INT64_MAX : DIRECT_POOL_DEFAULT };
}

struct admission_vouch
vouch_read(sqlite3_stmt *st)
{
	return (struct admission_vouch){
		.from = (uint32_t)sqlite3_column_int64(st, 0),
		.to = (uint32_t)sqlite3_column_int64(st, 1),
		.hops = sqlite3_column_int(st, 2),
		.budget = sqlite3_column_int64(st, 3),
	};
}

static int
walk_vouches(struct store *s, struct walk *w, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_VOUCH_ALL);
	int rc;

	while ((rc = db_row(&s->w, st, e)) == 1) {
		if (w->vouches == w->vouch_cap) {
			size_t cap = w->vouch_cap == 0 ? 64 : w->vouch_cap * 2;
			struct admission_vouch *p = realloc(w->vouch, cap * sizeof *p);

			if (p == NULL) {
				sqlite3_reset(st);
				return err_memory(e);
			}
			w->vouch = p;
			w->vouch_cap = cap;
		}
		w->vouch[w->vouches++] = vouch_read(st);
	}
	return rc;
}

static int
walk_prepare(struct store *s, struct walk *w, struct err *e)
{
	size_t n = s->roster.count, i;

	w->authors = n;
	w->root = calloc(n + 1, sizeof *w->root);
	w->result = calloc(n + 1, sizeof *w->result);
	w->blocked = calloc(n + 1, 1);
	if (w->root == NULL || w->result == NULL || w->blocked == NULL)
		return err_memory(e);
	for (i = 0; i < n; i++) {
		const struct author_info *a = &s->roster.author[i].info;

		w->blocked[i] = (uint8_t)a->blocked;
		if (a->own || a->listed)
			w->root[w->roots++] = roster_root(a);
	}
	return walk_vouches(s, w, e);
}

/* Bring one author's rows in line with its new standing. */
static int
settle(struct store *s, uint32_t num, const struct admission_result *now, struct err *e)
{
	struct author *a = &s->roster.author[num];
	int was = a->info.hops >= 0, is = now->hops >= 0, wider = now->pool > a->info.pool;
	sqlite3_stmt *st;

	pthread_rwlock_wrlock(&s->lock);
	a->info.hops = now->hops;
	a->info.pool = now->pool;
	a->info.via = now->via;
	pthread_rwlock_unlock(&s->lock);
	if (is && (wider || !was))
		roster_loosen(s, span_str(a->info.did));
	if (is == (a->lost == 0))
		return 0;
	a->lost = is ? 0 : s->config.now(s->config.now_ctx);
	st = db_stmt(&s->w, STMT_AUTHOR_LOST);
	db_int(st, 1, num);
	db_int(st, 2, a->lost);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	return is ? row_enter_author(s, num, e) : row_leave_author(s, num, e);
}

/* Push out what a smaller pool no longer holds. */
static int
shrink(struct store *s, uint32_t num, struct err *e)
{
	const struct author_info *a = &s->roster.author[num].info;

	return a->own || a->hops < 0 ? 0 : row_trim(s, num, CLASS_LIVE, a->pool, e);
}

/* The vouches that count: those of authors who may let others in. */
static int
place(struct store *s, struct walk *w, struct err *e)
{
	struct scope_vouch *counted = calloc(w->vouches + 1, sizeof *counted);
	size_t i, n = 0;
	int rc;

	if (counted == NULL)
		return err_memory(e);
	for (i = 0; i < w->vouches; i++)
		if (w->result[w->vouch[i].from].hops >= 1 && !w->blocked[w->vouch[i].from])
			counted[n++] = (struct scope_vouch){ w->vouch[i].from, w->vouch[i].to };
	rc = scope_walk(s, counted, n, e);
	free(counted);
	return rc;
}

int
roster_admit(struct store *s, struct err *e)
{
	struct walk w = {0};
	int rc = -1;
	size_t i;

	if (!s->admission_stale)
		return 0;
	if (walk_prepare(s, &w, e) == -1 ||
	    admission_compute(s->config.admission, w.root, w.roots, w.vouch, w.vouches, w.blocked,
	    w.authors, w.result, e) == -1)
		goto out;
	for (i = 0; i < w.authors; i++)
		if (settle(s, (uint32_t)i, &w.result[i], e) == -1 || shrink(s, (uint32_t)i, e) == -1)
			goto out;
	s->admission_stale = 0;
	rc = place(s, &w, e);
out:
	free(w.root);
	free(w.vouch);
	free(w.result);
	free(w.blocked);
	return rc;
}
