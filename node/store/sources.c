/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sources.c - what came from which other directory, the directories that are watched, and what is asked. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- items --------------------------------------------------------------------------------------- */

struct items {
	const struct source_item *item;
	size_t n;
};

static int
source_put(struct store *s, void *ctx, struct err *e)
{
	struct items *all = ctx;
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct source_item *item = &all->item[i];
		sqlite3_stmt *st = db_stmt(&s->w, STMT_SOURCE_PUT);

		db_str(st, 1, item->source);
		db_str(st, 2, item->item);
		db_str(st, 3, item->ref);
		db_blob(st, 4, item->hash, 32);
		db_int(st, 5, item->seen);
		db_int(st, 6, item->state);
		db_int(st, 7, item->missing);
		db_int(st, 8, item->generation);
		db_blob(st, 9, item->fields.len == 0 ? "" : item->fields.ptr, item->fields.len);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	return 0;
}

int
store_source_put(struct store *s, const struct source_item *i, size_t n, struct err *e)
{
	struct items all = { i, n };

	return n == 0 ? 0 : store_job(s, source_put, &all, e);
}

struct named {
	enum stmt stmt;
	const char *a, *b;
	int found;
};

/* One statement with up to two names. */
static int
run_named(struct store *s, void *ctx, struct err *e)
{
	struct named *k = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, k->stmt);

	db_str(st, 1, k->a);
	if (k->b != NULL)
		db_str(st, 2, k->b);
	if (db_run(&s->w, st, e) == -1)
		return -1;
	k->found = sqlite3_changes(s->w.handle) > 0;
	return k->found ? shed(s, e) : 0;
}

int
store_source_delete(struct store *s, const char *source, const char *item, struct err *e)
{
	struct named k = { .stmt = STMT_SOURCE_DELETE, .a = source, .b = item };

	return store_job(s, run_named, &k, e);
}

struct marks {
	const char *source;
	const struct source_mark *m;
	size_t n;
};

static int
source_mark(struct store *s, void *ctx, struct err *e)
{
	struct marks *all = ctx;
	size_t i;

	for (i = 0; i < all->n; i++) {
		sqlite3_stmt *st = db_stmt(&s->w, STMT_SOURCE_MARK);

		db_str(st, 1, all->source);
		db_str(st, 2, all->m[i].item);
		db_int(st, 3, all->m[i].state);
		db_int(st, 4, all->m[i].missing);
		if (db_run(&s->w, st, e) == -1)
			return -1;
	}
	return 0;
}

int
store_source_mark(struct store *s, const char *source, const struct source_mark *m, size_t n, struct err *e)
{
	struct marks all = { source, m, n };

	return n == 0 ? 0 : store_job(s, source_mark, &all, e);
}

static int
source_fields(struct store *s, void *ctx, struct err *e)
{
	const struct source_item *item = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_SOURCE_FIELDS);

	db_str(st, 1, item->source);
	db_str(st, 2, item->item);
	db_blob(st, 3, item->fields.len == 0 ? "" : item->fields.ptr, item->fields.len);
	return db_run(&s->w, st, e);
}

int
store_source_fields(struct store *s, const char *source, const char *item, struct span fields, struct err *e)
{
	struct source_item i = { .source = source, .item = item, .fields = fields };

	return store_job(s, source_fields, &i, e);
}

/* The row st stands on; texts live in the arena. */
static int
read_item(sqlite3_stmt *st, struct arena *a, struct source_item *i, struct err *e)
{
	struct span fields = db_get_span(st, 8);

	i->source = db_get_text(st, 0, a);
	i->item = db_get_text(st, 1, a);
	i->ref = db_get_text(st, 2, a);
	memcpy(i->hash, db_get_span(st, 3).ptr, 32);
	i->seen = sqlite3_column_int64(st, 4);
	i->state = (enum item_state)sqlite3_column_int(st, 5);
	i->missing = sqlite3_column_int64(st, 6);
	i->generation = sqlite3_column_int64(st, 7);
	i->fields = (struct span){ arena_copy(a, fields), fields.len };
	return i->source == NULL || i->item == NULL || i->ref == NULL || i->fields.ptr == NULL ? err_memory(e) : 0;
}

int
store_source_walk(struct reader *r, const char *source, source_visit_fn *visit, void *ctx, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, source == NULL ? STMT_SOURCE_ALL : STMT_SOURCE_ITEMS);
	struct arena a = { 0 };
	int rc;

	if (source != NULL)
		db_str(st, 1, source);
	while ((rc = db_row(&r->db, st, e)) == 1) {
		struct source_item item;

		if (read_item(st, &a, &item, e) == -1 || visit(ctx, &item, e) == -1) {
			rc = -1;
			break;
		}
		arena_clear(&a);
	}
	sqlite3_reset(st);
	arena_clear(&a);
	return rc;
}

/* The rows of a statement, into the arena. */
static int
read_items(struct reader *r, sqlite3_stmt *st, struct arena *a, struct source_item **out, size_t *n, struct err *e)
{
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1)
		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL ||
		    read_item(st, a, &(*out)[(*n)++], e) == -1) {
			rc = err_memory(e);
			break;
		}
	sqlite3_reset(st);
	return rc;
}

int
store_source_items(struct reader *r, const char *source, struct arena *a, struct source_item **out,
    size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, source == NULL ? STMT_SOURCE_ALL : STMT_SOURCE_ITEMS);

	if (source != NULL)
		db_str(st, 1, source);
	return read_items(r, st, a, out, n, e);
}

int
store_source_page(struct reader *r, const char *source, const char *after, size_t limit, struct arena *a,
    struct source_item **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_SOURCE_PAGE);

	db_str(st, 1, source);
	db_str(st, 2, after == NULL ? "" : after);
	db_int(st, 3, (int64_t)limit);
	return read_items(r, st, a, out, n, e);
}

int
store_source_items_of(struct reader *r, const char *ref, struct arena *a, struct source_item **out, size_t *n,
    struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_SOURCE_REF);

	db_str(st, 1, ref);
	return read_items(r, st, a, out, n, e);
}

/* One item by a statement's names. */
static int
find_item(struct reader *r, enum stmt stmt, const char *a1, const char *a2, struct arena *a,
    struct source_item *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, stmt);
	int rc;

	db_str(st, 1, a1);
	if (a2 != NULL)
		db_str(st, 2, a2);
	if ((rc = db_row(&r->db, st, e)) == 1 && read_item(st, a, out, e) == -1)
		rc = -1;
	sqlite3_reset(st);
	return rc;
}

int
store_source_item(struct reader *r, const char *source, const char *item, struct arena *a,
    struct source_item *out, struct err *e)
{
	return find_item(r, STMT_SOURCE_ITEM, source, item, a, out, e);
}

int
store_source_of(struct reader *r, const char *ref, struct arena *a, struct source_item *out, struct err *e)
{
	return find_item(r, STMT_SOURCE_REF, ref, NULL, a, out, e);
}

/* --- watched directories ------------------------------------------------------------------------- */

#define TEXT(member) { offsetof(struct watch, member), sizeof(((struct watch *)0)->member) }
#define NUMBER(member) { offsetof(struct watch, member), 0 }

/* In the order of the statements' columns; size 0: an int64_t. */
static const struct column {
	size_t offset, size;
} watch_column[] = {
	TEXT(url), TEXT(name), TEXT(format), TEXT(kind), TEXT(author), TEXT(lang), TEXT(license),
	NUMBER(every_s), NUMBER(paused), NUMBER(added), NUMBER(last_try), NUMBER(last_ok), NUMBER(next_try),
	NUMBER(failures), NUMBER(state), TEXT(why), TEXT(etag), TEXT(modified), NUMBER(bytes), NUMBER(items),
	NUMBER(fresh), NUMBER(changed), NUMBER(same), NUMBER(refused), NUMBER(removed), NUMBER(asked),
	NUMBER(last_whole),
};

static int
put_watch(struct db *d, const struct watch *w, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, STMT_WATCH_PUT);
	size_t i;

	for (i = 0; i < COUNT(watch_column); i++) {
		const char *at = (const char *)w + watch_column[i].offset;

		if (watch_column[i].size > 0)
			db_str(st, (int)i + 1, at);
		else
			db_int(st, (int)i + 1, *(const int64_t *)(const void *)at);
	}
	return db_run(d, st, e);
}

static void
read_watch(sqlite3_stmt *st, struct watch *w)
{
	size_t i;

	memset(w, 0, sizeof *w);
	for (i = 0; i < COUNT(watch_column); i++) {
		char *at = (char *)w + watch_column[i].offset;
		const unsigned char *text;

		if (watch_column[i].size == 0)
			*(int64_t *)(void *)at = sqlite3_column_int64(st, (int)i);
		else if ((text = sqlite3_column_text(st, (int)i)) != NULL)
			snprintf(at, watch_column[i].size, "%s", (const char *)text);
	}
}

static int
find_watch(struct db *d, const char *url, struct watch *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, STMT_WATCH_GET);
	int rc;

	db_str(st, 1, url);
	if ((rc = db_row(d, st, e)) == 1)
		read_watch(st, out);
	sqlite3_reset(st);
	return rc;
}

static int
watch_put(struct store *s, void *ctx, struct err *e)
{
	return put_watch(&s->w, ctx, e);
}

int
store_watch_put(struct store *s, const struct watch *w, struct err *e)
{
	struct watch copy = *w;

	return store_job(s, watch_put, &copy, e);
}

int
store_watch_mapping_put(struct store *s, const char *url, const char *text, struct err *e)
{
	struct named k = { .stmt = STMT_WATCH_SET_MAPPING, .a = url, .b = text };

	return store_job(s, run_named, &k, e);
}

struct watch_change {
	const char *url;
	store_watch_fn *change;
	void *ctx;
	int found;
};

static int
watch_change(struct store *s, void *ctx, struct err *e)
{
	struct watch_change *c = ctx;
	struct watch w;

	if ((c->found = find_watch(&s->w, c->url, &w, e)) != 1)
		return c->found;
	c->change(c->ctx, &w);
	return put_watch(&s->w, &w, e);
}

int
store_watch_change(struct store *s, const char *url, store_watch_fn *change, void *ctx, struct err *e)
{
	struct watch_change c = { .url = url, .change = change, .ctx = ctx };

	return store_job(s, watch_change, &c, e) == -1 ? -1 : c.found;
}

static int
watch_delete(struct store *s, void *ctx, struct err *e)
{
	struct named *k = ctx, questions = { .stmt = STMT_QUESTION_CLEAR, .a = k->a };

	return run_named(s, k, e) == -1 ? -1 : run_named(s, &questions, e);
}

int
store_watch_delete(struct store *s, const char *url, struct err *e)
{
	struct named k = { .stmt = STMT_WATCH_DELETE, .a = url };

	if (store_job(s, watch_delete, &k, e) == -1)
		return -1;
	return k.found ? 0 : err_set(e, ERR_NOT_FOUND, "no source %s: see \"essaim source list\"", url);
}

int
store_watch(struct reader *r, const char *url, struct watch *out, struct err *e)
{
	return find_watch(&r->db, url, out, e);
}

int
store_watches(struct reader *r, struct arena *a, struct watch **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_WATCH_ALL);
	int rc;

	*out = NULL;
	*n = 0;
	while ((rc = db_row(&r->db, st, e)) == 1) {
		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL) {
			rc = err_memory(e);
			break;
		}
		read_watch(st, &(*out)[(*n)++]);
	}
	sqlite3_reset(st);
	return rc;
}

int
store_watch_mapping(struct reader *r, const char *url, struct arena *a, const char **text, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_WATCH_MAPPING);
	int rc;

	*text = "";
	db_str(st, 1, url);
	if ((rc = db_row(&r->db, st, e)) == 1 && (*text = db_get_text(st, 0, a)) == NULL)
		rc = err_memory(e);
	sqlite3_reset(st);
	return rc;
}

/* --- questions ----------------------------------------------------------------------------------- */

static int
question_put(struct store *s, void *ctx, struct err *e)
{
	const struct source_question *q = ctx;
	sqlite3_stmt *st = db_stmt(&s->w, STMT_QUESTION_PUT);

	db_str(st, 1, q->source);
	db_str(st, 2, q->item);
	db_str(st, 3, q->ref);
	db_blob(st, 4, q->theirs.ptr, q->theirs.len);
	db_int(st, 5, q->since);
	return db_run(&s->w, st, e);
}

int
store_question_put(struct store *s, const struct source_question *q, struct err *e)
{
	struct source_question copy = *q;

	return store_job(s, question_put, &copy, e);
}

int
store_question_delete(struct store *s, const char *source, const char *item, struct err *e)
{
	struct named k = { .stmt = STMT_QUESTION_DELETE, .a = source, .b = item };

	return store_job(s, run_named, &k, e);
}

int
store_question_forget(struct store *s, const char *ref, struct err *e)
{
	struct named k = { .stmt = STMT_QUESTION_DELETE_REF, .a = ref };

	return store_job(s, run_named, &k, e);
}

static int
read_question(sqlite3_stmt *st, struct arena *a, struct source_question *q, struct err *e)
{
	struct span theirs = db_get_span(st, 3);

	q->source = db_get_text(st, 0, a);
	q->item = db_get_text(st, 1, a);
	q->ref = db_get_text(st, 2, a);
	q->theirs = (struct span){ arena_copy(a, theirs), theirs.len };
	q->since = sqlite3_column_int64(st, 4);
	return q->source == NULL || q->item == NULL || q->ref == NULL || q->theirs.ptr == NULL ? err_memory(e) : 0;
}

int
store_questions(struct reader *r, const char *source, const char *after, size_t max, struct arena *a,
    struct source_question **out, size_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_QUESTION_LIST);
	int rc;

	*out = NULL;
	*n = 0;
	db_str(st, 1, source);
	db_str(st, 2, after);
	db_int(st, 3, (int64_t)max);
	while ((rc = db_row(&r->db, st, e)) == 1)
		if ((*out = arena_more(a, *out, *n, sizeof **out)) == NULL ||
		    read_question(st, a, &(*out)[(*n)++], e) == -1) {
			rc = err_memory(e);
			break;
		}
	sqlite3_reset(st);
	return rc;
}

int
store_question(struct reader *r, const char *source, const char *item, struct arena *a,
    struct source_question *out, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_QUESTION_GET);
	int rc;

	db_str(st, 1, source);
	db_str(st, 2, item);
	if ((rc = db_row(&r->db, st, e)) == 1 && read_question(st, a, out, e) == -1)
		rc = -1;
	sqlite3_reset(st);
	return rc;
}

int
store_question_count(struct reader *r, const char *source, int64_t *n, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&r->db, STMT_QUESTION_COUNT);
	int rc;

	db_str(st, 1, source);
	if ((rc = db_row(&r->db, st, e)) == 1)
		*n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == -1 ? -1 : 0;
}
