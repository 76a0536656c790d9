/* SPDX-License-Identifier: AGPL-3.0-or-later
 * scope.c - a node that holds less than it admits: whose records are inside, and what goes when that changes.
 *
 * An author is inside when the areas of its territory record meet ours; one that names no area, when
 * somebody who vouches for it is.  The network's own kinds are held of everybody, so all that decides
 * about this is here, whatever the scope.  (SPEC: Scope)
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"
#include "proto/part.h"

int
scope_load(struct db *db, const struct store_scope *scope, struct roster *r, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (scope->meets == NULL)
		return 0;
	st = db_stmt(db, STMT_RECORD_TERRITORIES);
	while ((rc = db_row(db, st, e)) == 1) {
		struct author *a = &r->author[sqlite3_column_int64(st, 0)];
		struct record record;
		struct err damaged;
		enum reason why;

		if (record_parse(db_get_span(st, 1), &record, &why, &damaged) == 0 && !record.deleted)
			a->meets = scope->meets(scope->ctx, record.content);
	}
	return rc;
}

void
scope_note(struct store *s, uint32_t author, struct span content)
{
	const struct store_scope *scope = &s->config.scope;
	struct author *a = &s->roster.author[author];
	int meets;

	if (scope->meets == NULL)
		return;
	meets = content.len == 0 ? -1 : scope->meets(scope->ctx, content);
	if (meets != a->meets)
		s->admission_stale = 1;
	a->meets = meets;
}

static int
is_network(enum kind k)
{
	return k != KIND_UNKNOWN && (kind_info(k)->flags & KIND_NETWORK) != 0;
}

int
scope_outside(const struct store *s, const struct author_info *a, enum kind kind)
{
	const struct store_scope *scope = &s->config.scope;

	if (a->own || is_network(kind))
		return 0;
	return (scope->meets != NULL && a->outside) ||
	    (scope->kinds != 0 && (scope->kinds & UINT32_C(1) << kind) == 0);
}

/* --- who is inside ------------------------------------------------------------------------------ */

struct outside {
	const struct store *store;
	const struct author_info *author;
};

static int
lies_outside(void *ctx, const struct row *row, struct span body, struct err *e)
{
	const struct outside *o = ctx;

	(void)body, (void)e;
	return scope_outside(o->store, o->author, row->kind);
}

static int
drop_outside(struct store *s, uint32_t author, struct err *e)
{
	struct outside o = { s, &s->roster.author[author].info };

	return o.author->own ? 0 : row_purge_author(s, author, lies_outside, &o, e);
}

static int
forget_refusals(struct store *s, const char *did, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, did == NULL ? STMT_PHANTOM_CLEAR_REASON :
	    STMT_PHANTOM_CLEAR_AUTHOR_REASON);

	db_int(st, 1, REASON_SCOPE);
	if (did != NULL)
		db_str(st, 2, did);
	return db_run(&s->w, st, e);
}

static int
move_author(struct store *s, uint32_t author, int outside, struct err *e)
{
	struct author_info *a = &s->roster.author[author].info;

	if (a->outside == outside)
		return 0;
	pthread_rwlock_wrlock(&s->lock);
	a->outside = outside;
	pthread_rwlock_unlock(&s->lock);
	if (!s->scope_walked)	/* the first walk after a start finds out what was so before */
		return 0;
	if (outside)
		return drop_outside(s, author, e);
	roster_loosen(s, span_str(a->did));
	return forget_refusals(s, a->did, e);
}

/* 1 when the operator has changed the scope since the last start, which is noted. */
static int
scope_changed(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_META_GET);
	int rc, same = *s->scope_id == '\0';

	db_str(st, 1, "scope");
	if ((rc = db_row(&s->w, st, e)) == 1)
		same = span_is(db_get_span(st, 0), s->scope_id);
	sqlite3_reset(st);
	if (rc == -1 || same)
		return rc == -1 ? -1 : 0;
	st = db_stmt(&s->w, STMT_META_PUT);
	db_str(st, 1, "scope");
	db_str(st, 2, s->scope_id);
	return db_run(&s->w, st, e) == -1 ? -1 : 1;
}

static int
first_walk(struct store *s, struct err *e)
{
	int changed = scope_changed(s, e);
	uint32_t i;

	s->scope_walked = changed != -1;
	if (changed != 1)
		return changed;
	roster_loosen(s, (struct span){ 0 });
	for (i = 0; i < s->roster.count; i++)
		if (drop_outside(s, i, e) == -1)
			return -1;
	return forget_refusals(s, NULL, e);
}

int
scope_walk(struct store *s, const struct scope_vouch *vouch, size_t n, struct err *e)
{
	size_t count = s->config.scope.meets == NULL ? 0 : s->roster.count, i;
	uint8_t *inside = calloc(count + 1, 1);
	int rc = 0;

	if (inside == NULL)
		return err_memory(e);
	for (i = 0; i < count; i++)
		inside[i] = s->roster.author[i].info.own || s->roster.author[i].meets == 1;
	for (i = 0; count > 0 && i < n; i++)
		if (s->roster.author[vouch[i].to].meets == -1 &&
		    (s->roster.author[vouch[i].from].info.own || s->roster.author[vouch[i].from].meets == 1))
			inside[vouch[i].to] = 1;
	for (i = 0; rc == 0 && i < count; i++)
		rc = move_author(s, (uint32_t)i, !inside[i], e);
	free(inside);
	return rc == -1 || s->scope_walked ? rc : first_walk(s, e);
}

/* --- as text -------------------------------------------------------------------------------------- */

static int
add_kinds(struct buf *out, uint32_t kinds, struct err *e)
{
	size_t start = out->len;
	unsigned k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if ((kinds & UINT32_C(1) << k) != 0 && ((out->len > start && buf_addc(out, ',', e) == -1) ||
		    buf_adds(out, kind_info((enum kind)k)->name, e) == -1))
			return -1;
	return buf_addc(out, ':', e);
}

/* The authors of one sort, joined by commas; *n says how many there are.  Of whom we lack the identity we hold
 * nothing yet, and it may come with a territory that lies elsewhere: it is not asked for before that is known. */
static int
add_authors(const struct roster *r, int own, struct buf *out, size_t *n, struct err *e)
{
	size_t i;

	for (*n = i = 0; i < r->count; i++) {
		const struct author_info *a = &r->author[i].info;

		if (a->own != own || a->outside || a->hops < 0 || a->blocked || !a->has_identity)
			continue;
		if (((*n)++ > 0 && buf_addc(out, ',', e) == -1) || part_add_author(out, a->did, e) == -1)
			return -1;
	}
	return 0;
}

/* KINDS ":" AUTHORS of those inside; too many to name: of anybody; none: no such term. */
static int
add_inside(const struct store *s, struct buf *out, struct err *e)
{
	struct buf names = BUF_INIT((size_t)(PART_AUTHORS_MAX - 1) * (PART_AUTHOR_CHARS + 1));
	struct err full;
	size_t n = 0;
	int rc = 0;

	if (s->config.scope.meets != NULL && add_authors(&s->roster, 0, &names, &n, &full) == -1)
		buf_reset(&names);
	if (s->config.scope.meets == NULL || n > 0)
		rc = buf_addc(out, '.', e) == -1 || add_kinds(out, s->config.scope.kinds, e) == -1 ||
		    buf_addspan(out, buf_span(&names), e) == -1 ? -1 : 0;
	buf_clear(&names);
	return rc;
}

/* ".:" and the authors whose keys are here: all of theirs is held. */
static int
add_own(const struct store *s, struct buf *out, struct err *e)
{
	size_t start = out->len, n;

	if (buf_adds(out, ".:", e) == -1 || add_authors(&s->roster, 1, out, &n, e) == -1)
		return -1;
	if (n == 0)
		out->len = start;
	return 0;
}

int
store_part(struct store *s, struct buf *out, struct err *e)
{
	static const uint32_t network = UINT32_C(1) << KIND_NODE | UINT32_C(1) << KIND_TERRITORY |
	    UINT32_C(1) << KIND_VOUCH;
	int rc;

	if (*s->scope_id == '\0')
		return 0;
	pthread_rwlock_rdlock(&s->lock);
	rc = add_kinds(out, network, e) == -1 || add_inside(s, out, e) == -1 || add_own(s, out, e) == -1 ? -1 : 0;
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

int
store_is_outside(struct store *s, const struct ref *ref)
{
	struct author_info a;

	return store_author(s, ref->author, &a) == 1 && a.hops >= 0 && !a.blocked &&
	    scope_outside(s, &a, kind_find(ref->kind));
}
