/* SPDX-License-Identifier: AGPL-3.0-or-later
 * local.c - what is this node's own business and never replicated: peers, refusals, blocks.
 */
#include <stdio.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

/* --- peers ----------------------------------------------------------------------------------- */

static int
peer_put(struct store *s, void *ctx, struct err *e)
{
	const struct peer *p = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_PEER_PUT);

	db_str(st, 1, p->url);
	db_str(st, 2, p->did);
	db_str(st, 3, p->name);
	db_str(st, 4, p->cursor);
	db_int(st, 5, p->added);
	db_int(st, 6, p->last_try);
	db_int(st, 7, p->last_ok);
	db_int(st, 8, p->failures);
	db_int(st, 9, p->clock_offset_s);
	db_int(st, 10, p->pulled);
	db_int(st, 11, p->pushed);
	db_int(st, 12, p->bytes_in);
	db_int(st, 13, p->bytes_out);
	db_str(st, 14, p->last_error);
	db_int(st, 15, p->sticky);
	db_int(st, 16, p->outside_here);
	db_int(st, 17, p->outside_there);
	db_str(st, 18, p->software);
	db_int(st, 19, p->compared);
	db_int(st, 20, p->equal);
	db_int(st, 21, p->count);
	return db_run(&s->w, st, e);
}

int
store_peer_put(struct store *s, const struct peer *p, struct err *e)
{
	struct peer copy = *p;

	return store_job(s, peer_put, &copy, e);
}

struct key {
	const char *a, *b;
	const void *id;
	int found;
};

static int
peer_delete(struct store *s, void *ctx, struct err *e)
{
	struct key *k = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_PEER_DELETE);

	/* A job that fails makes the writer read everything again: what is merely not there is no failure. */

	db_str(st, 1, k->a);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	k->found = sqlite3_changes(s->w.handle) > 0;
	st = db_stmt(&s->w, STMT_PHANTOM_CLEAR_PEER);
	db_str(st, 1, k->a);
	return db_run(&s->w, st, e);
}

int
store_peer_delete(struct store *s, const char *url, struct err *e)
{
	struct key k = { .a = url };

	if (store_job(s, peer_delete, &k, e) == -1)
		return -1;
	return k.found ? 0 : err_set(e, ERR_NOT_FOUND, "no peer %s: see \"essaim peer list\"", url);
}

static void
copy_text(sqlite3_stmt *st, int col, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(st, col);

	snprintf(out, size, "%s", text == NULL ? "" : (const char *)text);
}

static void
read_peer(sqlite3_stmt *st, struct peer *p)
{
	memset(p, 0, sizeof *p);
	copy_text(st, 0, p->url, sizeof p->url);
	copy_text(st, 1, p->did, sizeof p->did);
	copy_text(st, 2, p->name, sizeof p->name);
	copy_text(st, 3, p->cursor, sizeof p->cursor);
	p->added = sqlite3_column_int64(st, 4);
	p->last_try = sqlite3_column_int64(st, 5);
	p->last_ok = sqlite3_column_int64(st, 6);
	p->failures = sqlite3_column_int64(st, 7);
	p->clock_offset_s = sqlite3_column_int64(st, 8);
	p->pulled = sqlite3_column_int64(st, 9);
	p->pushed = sqlite3_column_int64(st, 10);
	p->bytes_in = sqlite3_column_int64(st, 11);
	p->bytes_out = sqlite3_column_int64(st, 12);
	copy_text(st, 13, p->last_error, sizeof p->last_error);
	p->sticky = sqlite3_column_int(st, 14);
	p->outside_here = sqlite3_column_int64(st, 15);
	p->outside_there = sqlite3_column_int64(st, 16);
	copy_text(st, 17, p->software, sizeof p->software);
	p->compared = sqlite3_column_int64(st, 18);
	p->equal = sqlite3_column_int(st, 19);
	p->count = sqlite3_column_int64(st, 20);
}

static int
find_peer(struct db *d, const char *url, struct peer *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, STMT_PEER_GET);
	int rc;

	db_str(st, 1, url);
	if ((rc = db_row(d, st, e)) == 1)
		read_peer(st, out);
	sqlite3_reset(st);
	return rc;
}

int
store_peer(struct reader *r, const char *url, struct peer *out, struct err *e)
{
	return find_peer(&r->db, url, out, e);
}

struct peer_change {
	const char *url;
	store_peer_fn *change;
	void *ctx;
	int found;
};

static int
peer_change(struct store *s, void *ctx, struct err *e)
{
	struct peer_change *c = ctx;
	struct peer p;

	if ((c->found = find_peer(&s->w, c->url, &p, e)) != 1)
		return c->found;
	c->change(c->ctx, &p);
	return peer_put(s, &p, e);
}

int
store_peer_change(struct store *s, const char *url, store_peer_fn *change, void *ctx, struct err *e)
{
	struct peer_change c = { .url = url, .change = change, .ctx = ctx };

	return store_job(s, peer_change, &c, e) == -1 ? -1 : c.found;
}

int
store_peers(struct reader *r, struct arena *a, struct peer **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_PEER_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL) {
			sqlite3_reset(st);
			return err_memory(e);
		}
		read_peer(st, &(*out)[(*n)++]);
	}
	return rc;
}

/* --- phantoms -------------------------------------------------------------------------------- */

struct phantoms {
	const char *peer;
	const struct phantom *p;
	size_t n;
};

static int
phantom_put(struct store *s, void *ctx, struct err *e)
{
	struct phantoms *p = ctx;
	size_t i;

	for (i = 0; i < p->n; i++) {
		sqlite3_stmt *st = db_stmt(&s->w, STMT_PHANTOM_PUT);

		db_str(st, 1, p->peer);
		db_blob(st, 2, p->p[i].id, 32);
		db_str(st, 3, p->p[i].author);
		db_int(st, 4, p->p[i].created);
		db_int(st, 5, p->p[i].reason);
		db_int(st, 6, p->p[i].theirs);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	return 0;
}

int
store_phantom_put(struct store *s, const char *peer_url, const struct phantom *p, size_t n, struct err *e)
{
	struct phantoms all = { peer_url, p, n };

	return n == 0 ? 0 : store_job(s, phantom_put, &all, e);
}

static int
phantom_clear(struct store *s, void *ctx, struct err *e)
{
	static const enum stmt pick[2][2] = {
		{ STMT_PHANTOM_CLEAR, STMT_PHANTOM_CLEAR_AUTHOR },
		{ STMT_PHANTOM_CLEAR_PEER, STMT_PHANTOM_CLEAR_BOTH },
	};
	struct key *k = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, pick[k->a != NULL][k->b != NULL]);

	if (k->a != NULL)
		db_str(st, 1, k->a);
	if (k->b != NULL)
		db_str(st, 2, k->b);
	return db_run(&s->w, st, e);
}

int
store_phantom_clear(struct store *s, const char *peer_url, const char *author, struct err *e)
{
	struct key k = { .a = peer_url, .b = author };

	return store_job(s, phantom_clear, &k, e);
}

struct ids {
	const char *peer;
	const uint8_t (*id)[32];
	size_t n;
};

static int
phantom_delete(struct store *s, void *ctx, struct err *e)
{
	const struct ids *ids = ctx;
	size_t i;

	for (i = 0; i < ids->n; i++) {
		sqlite3_stmt *st = db_stmt(&s->w, STMT_PHANTOM_DELETE);

		db_str(st, 1, ids->peer);
		db_blob(st, 2, ids->id[i], 32);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	return 0;
}

int
store_phantom_delete(struct store *s, const char *peer_url, const uint8_t (*id)[32], size_t n, struct err *e)
{
	struct ids ids = { peer_url, id, n };

	return n == 0 ? 0 : store_job(s, phantom_delete, &ids, e);
}

int
store_phantoms(struct reader *r, const char *peer_url, struct arena *a, struct phantom **out, size_t *n,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_PHANTOM_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	db_str(st, 1, peer_url);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct phantom *p;

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL) {
			sqlite3_reset(st);
			return err_memory(e);
		}
		p = &(*out)[(*n)++];
		copy_text(st, 0, p->author, sizeof p->author);
		p->created = sqlite3_column_int64(st, 1);
		memcpy(p->id, db_get_span(st, 2).ptr, 32);
		p->reason = (enum reason)sqlite3_column_int(st, 3);
		p->theirs = sqlite3_column_int(st, 4);
	}
	return rc;
}

int
store_phantom_counts(struct reader *r, const char *peer_url, struct phantom_counts *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_PHANTOM_COUNTS);
	int rc;

	memset(out, 0, sizeof *out);
	db_str(st, 1, peer_url);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		int reason = sqlite3_column_int(st, 1);

		if (reason > REASON_NONE && reason < REASON__COUNT)
			(sqlite3_column_int(st, 0) ? out->theirs : out->ours)[reason] = sqlite3_column_int64(st, 2);
	}
	return rc;
}

/* --- two writers with one key ------------------------------------------------------------------ */

int
store_twins(struct reader *r, struct arena *a, struct twin **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_TWIN_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct ref ref = { db_get_span(st, 0), db_get_span(st, 1), db_get_span(st, 2) };
		char name[REF_CHARS_MAX + 1];
		struct twin *t;

		ref_format(&ref, name);
		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL)
			break;
		t = &(*out)[(*n)++];
		memcpy(t->here, db_get_span(st, 3).ptr, 32);
		memcpy(t->other, db_get_span(st, 4).ptr, 32);
		t->seen = sqlite3_column_int64(st, 5);
		if ((t->ref = arena_copy(a, span_str(name))) == NULL)
			break;
	}
	sqlite3_reset(st);
	return rc == 1 ? err_memory(e) : rc;
}

int
store_branches(struct reader *r, struct arena *a, struct key_branch **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_BRANCH_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct key_branch *b;

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL)
			break;
		b = &(*out)[(*n)++];
		if ((b->did = db_get_text(st, 0, a)) == NULL)
			break;
		b->generation = sqlite3_column_int64(st, 1);
		memcpy(b->here, db_get_span(st, 2).ptr, 32);
		memcpy(b->other, db_get_span(st, 3).ptr, 32);
		b->seen = sqlite3_column_int64(st, 4);
	}
	sqlite3_reset(st);
	return rc == 1 ? err_memory(e) : rc;
}

static int
claim(struct store *s, void *ctx, struct err *e)
{
	const struct ids *ids = ctx;
	size_t i;

	for (i = 0; i < ids->n; i++) {
		sqlite3_stmt *st = db_stmt(&s->w, STMT_RECORD_CLAIM);

		db_blob(st, 1, ids->id[i], 32);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	return 0;
}

int
store_claim(struct store *s, const uint8_t (*id)[32], size_t n, struct err *e)
{
	struct ids ids = { .id = id, .n = n };

	return n == 0 ? 0 : store_job(s, claim, &ids, e);
}

/* --- blocks and the log of removals ---------------------------------------------------------- */

int
store_blocks(struct reader *r, struct arena *a, struct block **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_BLOCK_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct block *b;

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL) {
			sqlite3_reset(st);
			return err_memory(e);
		}
		b = &(*out)[(*n)++];
		b->what = db_get_text(st, 0, a);
		b->reason = db_get_text(st, 1, a);
		b->since = sqlite3_column_int64(st, 2);
		b->origin = db_get_text(st, 3, a);
	}
	return rc;
}

static int
removed_trim(struct store *s, void *ctx, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_REMOVED_TRIM);

	db_int(st, 1, *(int64_t *)ctx);
	return db_run(&s->w, st, e);
}

int
store_removed_trim(struct store *s, int64_t upto, struct err *e)
{
	return store_job(s, removed_trim, &upto, e);
}

/* --- notes ----------------------------------------------------------------------------------- */

static int
note_put(struct store *s, void *ctx, struct err *e)
{
	struct key *k = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, k->b == NULL ? STMT_META_DELETE : STMT_META_PUT);

	db_str(st, 1, k->a);
	if (k->b != NULL)
		db_str(st, 2, k->b);
	return db_run(&s->w, st, e);
}

int
store_note_put(struct store *s, const char *key, const char *value, struct err *e)
{
	struct key k = { .a = key, .b = value };

	return store_job(s, note_put, &k, e);
}

int
store_note(struct reader *r, const char *key, struct arena *a, const char **value, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_META_GET);
	int rc;

	db_str(st, 1, key);
	if ((rc = db_row(&r->db, st, e)) == 1 && (*value = db_get_text(st, 0, a)) == NULL)
		rc = err_memory(e);
	sqlite3_reset(st);
	return rc;
}
