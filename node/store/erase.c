/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erase.c - see erase.h. */
#include "node/store/erase.h"

#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

/* --- erasing ------------------------------------------------------------------------------------ */

struct erasing {
	const struct ref *ref;
	const char *name;		/* the reference as text */
	int own;
	const uint8_t (*item)[32];
	size_t items;
	int64_t allowed;
	int found;
};

static int
too_many(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_ERASURE_COUNT);
	int64_t n = 0;

	if (db_row(&s->w, st, e) != 1)
		return -1;
	n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n < ERASURES_MAX ? 0 : err_set(e, ERR_LIMIT, "%d records are on the list of erased ones already",
	    ERASURES_MAX);
}

static int
remember_items(struct store *s, const struct erasing *x, struct err *e)
{
	sqlite3_stmt *st;
	size_t i;

	for (i = 0; i < x->items; i++) {
		st = db_stmt(&s->w, STMT_ERASURE_ITEM_PUT);
		db_blob(st, 1, x->item[i], 32);
		db_str(st, 2, x->name);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	st = db_stmt(&s->w, STMT_SOURCE_DELETE_REF);
	db_str(st, 1, x->name);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_QUESTION_DELETE_REF);	/* holds what the source says of it */
	db_str(st, 1, x->name);
	return db_run(&s->w, st, e);
}

static int
named(void *ctx, const struct row *row, struct span body, struct err *e)
{
	const struct ref *ref = ctx;

	(void)body, (void)e;
	return span_is(ref->kind, row->kind_name) && span_is(ref->rid, row->rid);
}

/* Does a record kept aside carry the name? */
static int
aside_named(void *ctx, const struct record *r)
{
	const struct ref *ref = ctx;

	return span_eq(r->kind_name, ref->kind) && span_eq(r->rid, ref->rid);
}

static int
erase_job(struct store *s, void *ctx, struct err *e)
{
	struct erasing *x = ctx;
	struct ref ref = *x->ref;
	uint32_t num = roster_find(&s->roster, ref.author);
	sqlite3_stmt *st;

	if (too_many(s, e) == -1)
		return -1;
	st = db_stmt(&s->w, STMT_ERASURE_PUT);
	db_str(st, 1, x->name);
	db_int(st, 2, x->own);
	db_int(st, 3, s->config.now(s->config.now_ctx));
	if (db_run(&s->w, st, e) == -1 || remember_items(s, x, e) == -1 ||
	    aside_drop(s, ref.author, aside_named, &ref, e) == -1 || shed(s, e) == -1)
		return -1;
	s->blocks++;
	return x->own || num == NO_AUTHOR ? 0 : row_purge_author(s, num, named, &ref, e);
}

int
store_erase(struct store *s, const struct ref *ref, int own, const uint8_t (*item)[32], size_t items,
    struct err *e)
{
	char name[REF_CHARS_MAX + 1];
	struct erasing x = { .ref = ref, .name = name, .own = own, .item = item, .items = items };

	ref_format(ref, name);
	return store_job(s, erase_job, &x, e);
}

static int
allow_job(struct store *s, void *ctx, struct err *e)
{
	struct erasing *x = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_ERASURE_ALLOW);

	db_str(st, 1, x->name);
	db_int(st, 2, s->config.now(s->config.now_ctx));
	if (db_run(&s->w, st, e) == -1)
		return -1;
	x->found = sqlite3_changes(s->w.handle) > 0;
	st = db_stmt(&s->w, STMT_ERASURE_PEER_CLEAR);
	db_str(st, 1, x->name);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	roster_loosen(s, x->ref->author);
	return 0;
}

int
store_erase_allow(struct store *s, const char *ref, struct err *e)
{
	struct ref name;
	struct erasing x = { .ref = &name, .name = ref };

	if (ref_parse(span_str(ref), &name, e) == -1 || store_job(s, allow_job, &x, e) == -1)
		return -1;
	return x.found ? 0 : err_set(e, ERR_NOT_FOUND, "%s is not on the list of erased records", ref);
}

/* --- the list ----------------------------------------------------------------------------------- */

int
store_erasures(struct reader *r, const char *ref, struct arena *a, struct erasure **out, size_t *n,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, ref == NULL ? STMT_ERASURE_ALL : STMT_ERASURE_GET);
	int rc;

	*out = NULL;
	*n = 0;
	if (ref != NULL)
		db_str(st, 1, ref);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct erasure *x;

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL)
			break;
		x = &(*out)[(*n)++];
		x->own = sqlite3_column_int(st, 1);
		x->since = sqlite3_column_int64(st, 2);
		x->allowed = sqlite3_column_int64(st, 3);
		if ((x->ref = db_get_text(st, 0, a)) == NULL)
			break;
	}
	sqlite3_reset(st);
	return rc == 1 ? err_memory(e) : rc;
}

/* 0 not there, 1 there, 2 there and allowed: the first column of the one row. */
static int
standing(struct db *db, sqlite3_stmt *st, struct err *e)
{
	int rc = db_row(db, st, e);

	if (rc == 1)
		rc = sqlite3_column_int64(st, 0) == 0 ? 1 : 2;
	sqlite3_reset(st);
	return rc;
}

int
erased(struct db *db, const char *ref, struct err *e)
{
	sqlite3_stmt *st = db_stmt(db, STMT_ERASURE_STANDING);

	db_str(st, 1, ref);
	return standing(db, st, e);
}

int
store_erased(struct reader *r, const char *ref, struct err *e)
{
	return erased(&r->db, ref, e);
}

int
store_erased_item(struct reader *r, const uint8_t hash[32], struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_ERASURE_ITEM_STANDING);

	db_blob(st, 1, hash, 32);
	return standing(&r->db, st, e);
}

/* --- who has confirmed ------------------------------------------------------------------------- */

int
store_erased_peers(struct reader *r, const char *ref, struct arena *a, struct erased_peer **out, size_t *n,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_ERASURE_PEER_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	db_str(st, 1, ref);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct erased_peer *p;
		int state = sqlite3_column_int(st, 2);

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL)
			break;
		p = &(*out)[(*n)++];
		p->url = db_get_text(st, 0, a);
		p->name = db_get_text(st, 1, a);
		p->state = state > THERE_UNASKED && state < THERE__COUNT ? (enum erased_there)state : THERE_UNASKED;
		p->asked = sqlite3_column_int64(st, 3);
		p->tries = sqlite3_column_int64(st, 4);
		p->confirmed = sqlite3_column_int64(st, 5);
		p->detail = db_get_text(st, 6, a);
		p->neighbour = sqlite3_column_int(st, 7);
		if (p->url == NULL || p->name == NULL || p->detail == NULL)
			break;
	}
	sqlite3_reset(st);
	return rc == 1 ? err_memory(e) : rc;
}

struct answer {
	const char *ref;
	const struct erased_peer *p;
};

static int
peer_job(struct store *s, void *ctx, struct err *e)
{
	const struct answer *x = ctx;
	sqlite3_stmt *st;
	int rc = erased(&s->w, x->ref, e);

	if (rc != 1)
		return rc == -1 ? -1 : 0;
	st = db_stmt(&s->w, STMT_ERASURE_PEER_PUT);
	db_str(st, 1, x->ref);
	db_str(st, 2, x->p->url);
	db_int(st, 3, x->p->state);
	db_int(st, 4, x->p->asked);
	db_int(st, 5, x->p->tries);
	db_int(st, 6, x->p->confirmed);
	db_str(st, 7, x->p->detail);
	return db_run(&s->w, st, e);
}

int
store_erased_peer_put(struct store *s, const char *ref, const struct erased_peer *p, struct err *e)
{
	struct answer x = { ref, p };

	return store_job(s, peer_job, &x, e);
}

/* --- files -------------------------------------------------------------------------------------- */

int
store_made_files(struct reader *r, struct arena *a, struct made_file **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_MADE_FILE_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct made_file *f;

		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL)
			break;
		f = &(*out)[(*n)++];
		f->path = db_get_text(st, 0, a);
		f->what = db_get_text(st, 1, a);
		f->made = sqlite3_column_int64(st, 2);
		if (f->path == NULL || f->what == NULL)
			break;
	}
	sqlite3_reset(st);
	return rc == 1 ? err_memory(e) : rc;
}

struct filing {
	const char *path, *what;
};

static int
file_put(struct store *s, void *ctx, struct err *e)
{
	const struct filing *f = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, f->what == NULL ? STMT_MADE_FILE_DELETE : STMT_MADE_FILE_PUT);

	db_str(st, 1, f->path);
	if (f->what != NULL) {
		db_str(st, 2, f->what);
		db_int(st, 3, s->config.now(s->config.now_ctx));
	}
	return db_run(&s->w, st, e);
}

int
store_made_file_put(struct store *s, const char *path, const char *what, struct err *e)
{
	struct filing f = { path, what };

	return store_job(s, file_put, &f, e);
}

int
store_made_file_delete(struct store *s, const char *path, struct err *e)
{
	struct filing f = { path, NULL };

	return store_job(s, file_put, &f, e);
}
