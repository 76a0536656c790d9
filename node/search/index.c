/* SPDX-License-Identifier: AGPL-3.0-or-later
 * index.c - the writer: opens search.db, puts records into it, takes them out, scrubs; see search.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/extract.h"
#include "node/search/search_impl.h"
#include "proto/err.h"
#include "proto/record.h"

/* --- numbers for names ------------------------------------------------------------------------- */

/* Columns change under the lock only; the batch's statements run without it. */
static int
set_name(struct search *s, enum name_sort sort, uint32_t id, struct span key, struct span label,
    struct span parent, int own, struct err *e)
{
	int rc;

	pthread_rwlock_wrlock(&s->lock);
	rc = names_set(&s->columns, sort, id, key, label, parent, own, e);
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

static uint32_t
next_name(const struct search *s, enum name_sort sort)
{
	uint32_t count = s->columns.names[sort].count;

	return count == 0 ? 1 : count;
}

static int
set_own(struct search *s, uint32_t id, struct span did, int own, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_AUTHOR_OWN, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int(st, 2, own);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	return set_name(s, NAME_AUTHOR, id, did, span_str(names_label(&s->columns, NAME_AUTHOR, id)),
	    (struct span){ "", 0 }, own, e);
}

/* 1 and its number, 0 when unknown, -1. */
static int
find_author(struct search *s, struct span did, uint32_t *id, int *own, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_AUTHOR_FIND, e);
	int rc;

	if (st == NULL)
		return -1;
	bind_span(st, 1, did);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*id = (uint32_t)sqlite3_column_int64(st, 0);
		*own = sqlite3_column_int(st, 1);
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

static int
intern_author(struct search *s, struct span did, int own, uint32_t *id, struct err *e)
{
	struct span none = { "", 0 };
	sqlite3_stmt *st;
	int was, rc = find_author(s, did, id, &was, e);

	if (rc == -1)
		return -1;
	if (rc == 1)
		return was == own ? 0 : set_own(s, *id, did, own, e);
	*id = next_name(s, NAME_AUTHOR);
	st = conn_stmt(&s->conn, SQL_AUTHOR_ADD, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, *id);
	bind_span(st, 2, did);
	sqlite3_bind_int(st, 3, own);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	return set_name(s, NAME_AUTHOR, *id, did, none, none, own, e);
}

static int
find_term(struct search *s, enum name_sort sort, struct span key, uint32_t *id, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_TERM_FIND, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, sort);
	bind_span(st, 2, key);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*id = (uint32_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

/* The number of key, given one when it has none.  0 for an empty key, and past max. */
static int
intern(struct search *s, enum name_sort sort, struct span key, struct span label, uint32_t max,
    uint32_t *id, struct err *e)
{
	struct span none = { "", 0 };
	sqlite3_stmt *st;
	int rc;

	*id = 0;
	if (key.len == 0)
		return 0;
	rc = find_term(s, sort, key, id, e);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (next_name(s, sort) > max)
		return 0;
	*id = next_name(s, sort);
	st = conn_stmt(&s->conn, SQL_TERM_ADD, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, sort);
	sqlite3_bind_int64(st, 2, *id);
	bind_span(st, 3, key);
	bind_span(st, 4, label);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	return set_name(s, sort, *id, key, label, none, 0, e);
}

/* A practice, and its broader one first. */
static int
intern_practice(struct search *s, struct span key, uint32_t *id, struct err *e)
{
	const struct term *known = vocab_find(VOCAB_PRACTICE, key);
	struct span none = { "", 0 };
	uint32_t parent;

	if (known != NULL && known->parent != NULL &&
	    intern(s, NAME_PRACTICE, span_str(known->parent), none, UINT16_MAX, &parent, e) == -1)
		return -1;
	return intern(s, NAME_PRACTICE, key, none, UINT16_MAX, id, e);
}

/* A commune goes by its code; without one, by its folded name. */
static int
intern_commune(struct search *s, const struct extract *x, uint32_t *id, struct err *e)
{
	char folded[128];
	struct span label = span_str(x->commune);
	struct span key = span_str(x->insee);

	if (key.len == 0)
		key = (struct span){ folded, token_fold(label, folded, sizeof folded) };
	return intern(s, NAME_COMMUNE, key, label, UINT32_MAX - 1, id, e);
}

/* --- the batch --------------------------------------------------------------------------------- */

static int
note_change(struct search *s, uint32_t id, const struct column *row, struct err *e)
{
	struct change *more;
	size_t cap;

	if (s->changes == s->change_cap) {
		cap = s->change_cap == 0 ? 256 : s->change_cap * 2;
		more = realloc(s->change, cap * sizeof *more);
		if (more == NULL)
			return err_memory(e);
		s->change = more;
		s->change_cap = cap;
	}
	s->change[s->changes++] = (struct change){ id, *row };
	return 0;
}

static int
note_free(struct search *s, uint32_t id, struct err *e)
{
	uint32_t *more;
	size_t cap;

	if (s->free_ids == s->free_cap) {
		cap = s->free_cap == 0 ? 64 : s->free_cap * 2;
		more = realloc(s->free_id, cap * sizeof *more);
		if (more == NULL)
			return err_memory(e);
		s->free_id = more;
		s->free_cap = cap;
	}
	s->free_id[s->free_ids++] = id;
	return 0;
}

/* 1 and the row's number, 0 when there is none, -1. */
static int
find_doc(struct search *s, uint32_t author, enum kind kind, struct span rid, uint32_t *id, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DOC_FIND, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, author);
	sqlite3_bind_int(st, 2, kind);
	bind_span(st, 3, rid);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*id = (uint32_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

static int
run_id(struct search *s, enum search_stmt which, uint32_t id, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, which, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	return conn_run(&s->conn, st, e);
}

static int
remove_doc(struct search *s, uint32_t id, struct err *e)
{
	struct column none = {0};

	s->dirty = 1;
	if (run_id(s, SQL_WORDS_DELETE, id, e) == -1 || run_id(s, SQL_SPOT_DELETE, id, e) == -1 ||
	    run_id(s, SQL_DOC_DELETE, id, e) == -1 || note_change(s, id, &none, e) == -1)
		return -1;
	return note_free(s, id, e);
}

static int
remove_links(struct search *s, uint32_t author, enum kind kind, struct span rid, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_LINK_DELETE, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, author);
	sqlite3_bind_int(st, 2, kind);
	bind_span(st, 3, rid);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	if (sqlite3_changes(s->conn.db) > 0)
		s->dirty = 1;
	return 0;
}

/* --- putting ----------------------------------------------------------------------------------- */

/* The author's own presentation names it in every list: territory first, else node. */
static int
name_author(struct search *s, uint32_t id, const struct search_doc *doc, const char *name, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn,
	    doc->kind == KIND_TERRITORY ? SQL_AUTHOR_TERRITORY : SQL_AUTHOR_NODE, e);
	struct span label;
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	bind_span(st, 2, span_str(name));
	if (sqlite3_step(st) != SQLITE_ROW)
		return conn_fail(&s->conn, e);
	label = column_span(st, 0);
	if (label.len == 0)
		label = column_span(st, 1);
	rc = set_name(s, NAME_AUTHOR, id, doc->author, label, (struct span){ "", 0 }, doc->own, e);
	sqlite3_reset(st);
	return rc;
}

/* A territory's own practice: its label, and where it stands in the tree.  Known ones stay as they are. */
static int
name_practice(struct search *s, struct span key, struct span label, struct span parent, struct err *e)
{
	uint32_t id, parent_id;
	sqlite3_stmt *st;

	if (key.len == 0 || vocab_find(VOCAB_PRACTICE, key) != NULL)
		return 0;
	if (intern_practice(s, parent, &parent_id, e) == -1 || intern_practice(s, key, &id, e) == -1)
		return -1;
	st = conn_stmt(&s->conn, SQL_TERM_SET, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, NAME_PRACTICE);
	sqlite3_bind_int64(st, 2, id);
	bind_span(st, 3, label);
	bind_span(st, 4, parent);
	if (id == 0 || conn_run(&s->conn, st, e) == -1)
		return id == 0 ? 0 : -1;
	return set_name(s, NAME_PRACTICE, id, key, label, parent, 0, e);
}

static int
put_links(struct search *s, uint32_t author, const struct search_doc *doc, const struct extract *x,
    struct err *e)
{
	sqlite3_stmt *st;
	size_t i;

	for (i = 0; i < x->links; i++) {
		st = conn_stmt(&s->conn, SQL_LINK_PUT, e);
		if (st == NULL)
			return -1;
		bind_str(st, 1, x->link[i].target);
		sqlite3_bind_int64(st, 2, doc->updated);
		sqlite3_bind_int64(st, 3, author);
		sqlite3_bind_int(st, 4, doc->kind);
		bind_span(st, 5, doc->rid);
		bind_str(st, 6, x->link[i].field);
		bind_str(st, 7, x->value);
		if (x->links > 1 && (kind_info(doc->kind)->flags & KIND_RELATION))
			bind_str(st, 8, x->link[i == 0 ? 1 : 0].target);
		sqlite3_bind_int64(st, 9, doc->own ? INT64_MAX : expiry_day(doc->expires));
		if (conn_run(&s->conn, st, e) == -1)
			return -1;
	}
	return 0;
}

static int
put_words(struct search *s, uint32_t id, const struct extract *x, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_WORDS_PUT, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	bind_str(st, 2, x->title);
	bind_str(st, 3, x->summary);
	bind_str(st, 4, x->body);
	return conn_run(&s->conn, st, e);
}

static int
put_spot(struct search *s, uint32_t id, const struct column *row, struct err *e)
{
	sqlite3_stmt *st;

	if (row->lat_e7 == NO_POSITION)
		return 0;
	st = conn_stmt(&s->conn, SQL_SPOT_PUT, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int(st, 2, row->lat_e7);
	sqlite3_bind_int(st, 3, row->lon_e7);
	return conn_run(&s->conn, st, e);
}

static int
put_card(struct search *s, uint32_t id, const struct search_doc *doc, const struct extract *x,
    const struct column *row, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DOC_PUT, e);
	const struct { int at; int64_t value; } number[] = {
		{ CARD_ID, id }, { CARD_AUTHOR, row->author }, { CARD_KIND, doc->kind },
		{ CARD_SEQ, doc->seq }, { CARD_UPDATED, doc->updated }, { CARD_CREATED, doc->created },
		{ CARD_EXPIRES, doc->expires }, { CARD_LANG, row->lang },
		{ CARD_COMMUNE_TERM, row->commune }, { CARD_AXES, row->axes },
		{ CARD_ACCESS, row->access }, { CARD_TERMS, row->terms }, { CARD_STATUS, row->status },
		{ CARD_TYPE, row->type }, { CARD_FLAGS, row->flags }, { CARD_FROM, row->from_min },
		{ CARD_TO, row->to_min }, { CARD_WORDS, row->words },
		{ CARD_TITLE_WORDS, row->title_words },
	};
	const struct { int at; const char *text; } text[] = {
		{ CARD_TITLE, x->title }, { CARD_SUMMARY, x->summary }, { CARD_COMMUNE, x->commune },
		{ CARD_INSEE, x->insee }, { CARD_POSTCODE, x->postcode }, { CARD_BY, x->by },
		{ CARD_STARTS, x->starts }, { CARD_ENDS, x->ends }, { CARD_UNTIL, x->until },
		{ CARD_PUBLISHED, x->published }, { CARD_EVENT_STATUS, x->event_status },
		{ CARD_HOURS, x->hours },
	};
	size_t i;

	if (st == NULL)
		return -1;
	for (i = 0; i < sizeof number / sizeof number[0]; i++)
		sqlite3_bind_int64(st, number[i].at + 1, number[i].value);
	for (i = 0; i < sizeof text / sizeof text[0]; i++)
		bind_str(st, text[i].at + 1, text[i].text);
	bind_span(st, CARD_RID + 1, doc->rid);
	bind_span(st, CARD_LICENSE + 1, doc->license);
	sqlite3_bind_blob(st, CARD_PRACTICES + 1, row->practice,
	    (int)(row->practices * sizeof row->practice[0]), SQLITE_STATIC);
	if (row->lat_e7 != NO_POSITION) {
		sqlite3_bind_int(st, CARD_LAT + 1, row->lat_e7);
		sqlite3_bind_int(st, CARD_LON + 1, row->lon_e7);
	}
	return conn_run(&s->conn, st, e);
}

static int
number_names(struct search *s, const struct search_doc *doc, const struct extract *x, struct column *row,
    struct err *e)
{
	struct span none = { "", 0 };
	uint32_t id;
	size_t i;

	if (intern_commune(s, x, &row->commune, e) == -1 ||
	    intern(s, NAME_LANG, doc->lang, none, UINT16_MAX, &id, e) == -1)
		return -1;
	row->lang = (uint16_t)id;
	if (intern(s, NAME_TYPE, span_str(x->type), none, UINT16_MAX, &id, e) == -1)
		return -1;
	row->type = (uint16_t)id;
	for (i = 0; i < x->practices; i++) {
		if (intern_practice(s, span_str(x->practice[i]), &id, e) == -1)
			return -1;
		if (id != 0)
			row->practice[row->practices++] = (uint16_t)id;
	}
	return 0;
}

static int
make_row(struct search *s, uint32_t author, const struct search_doc *doc, const struct extract *x,
    struct column *row, struct err *e)
{
	int placed = x->has_lat && x->has_lon;

	*row = (struct column){
		.title = token_title_key(span_str(x->title)),
		.updated = doc->updated,
		.lat_e7 = placed ? x->lat_e7 : NO_POSITION,
		.lon_e7 = placed ? x->lon_e7 : NO_POSITION,
		.lapse_day = day_of(expiry_day(doc->expires)),
		.from_min = x->from_min,
		.to_min = x->to_min,
		.author = author,
		.words = (uint16_t)(x->words < UINT16_MAX ? x->words : UINT16_MAX),
		.terms = (uint16_t)x->terms,
		.kind = (uint8_t)doc->kind,
		.axes = (uint8_t)x->axes,
		.access = (uint8_t)x->access,
		.status = (int8_t)x->status,
		.title_words = (uint8_t)(x->title_words < UINT8_MAX ? x->title_words : UINT8_MAX),
	};
	if (x->example)
		row->flags |= COLUMN_EXAMPLE;
	if (doc->own)
		row->flags |= COLUMN_OWN;
	if (doc->kind == KIND_EVENT)
		row->flags |= COLUMN_EVENT;
	if (x->recurrence != NULL && *x->recurrence != '\0')
		row->flags |= COLUMN_RECURRING;
	return number_names(s, doc, x, row, e);
}

static int
put_doc(struct search *s, uint32_t author, const struct search_doc *doc, const struct extract *x,
    struct err *e)
{
	struct column row;
	uint32_t id;
	int found = find_doc(s, author, doc->kind, doc->rid, &id, e);

	if (found == -1 || make_row(s, author, doc, x, &row, e) == -1)
		return -1;
	if (found == 1) {
		s->dirty = 1;
		if (run_id(s, SQL_WORDS_DELETE, id, e) == -1 || run_id(s, SQL_SPOT_DELETE, id, e) == -1)
			return -1;
	} else {
		id = s->free_ids > 0 ? s->free_id[--s->free_ids] : s->next_id++;
	}
	if (put_card(s, id, doc, x, &row, e) == -1 || put_words(s, id, x, e) == -1 ||
	    put_spot(s, id, &row, e) == -1)
		return -1;
	return note_change(s, id, &row, e);
}

static int
put_known(struct search *s, const struct search_doc *doc, struct arena *a, struct err *e)
{
	unsigned flags = kind_info(doc->kind)->flags;
	struct extract *x = arena_alloc(a, sizeof *x);
	uint32_t author;

	if (x == NULL)
		return err_memory(e);
	if (intern_author(s, doc->author, doc->own, &author, e) == -1 ||
	    extract_content(doc->kind, doc->content, a, x, e) == -1)
		return -1;
	if ((doc->kind == KIND_TERRITORY || doc->kind == KIND_NODE) &&
	    name_author(s, author, doc, x->title, e) == -1)
		return -1;
	if (doc->kind == KIND_PRACTICE &&
	    name_practice(s, span_str(x->key), span_str(x->title), span_str(x->parent), e) == -1)
		return -1;
	if (flags & (KIND_CONTENT | KIND_RELATION))
		if (remove_links(s, author, doc->kind, doc->rid, e) == -1 ||
		    put_links(s, author, doc, x, e) == -1)
			return -1;
	return flags & KIND_CONTENT ? put_doc(s, author, doc, x, e) : 0;
}

int
search_put(struct search *s, const struct search_doc *doc, struct err *e)
{
	struct arena a = {0};
	int rc;

	if (!doc->shown)
		return search_delete(s, doc->author, doc->kind, doc->rid, e);
	if (doc->kind != KIND_NODE && !(kind_info(doc->kind)->flags & (KIND_CONTENT | KIND_RELATION)))
		return 0;
	rc = put_known(s, doc, &a, e);
	arena_clear(&a);
	return rc;
}

/* --- deleting ---------------------------------------------------------------------------------- */

int
search_delete(struct search *s, struct span author, enum kind kind, struct span rid, struct err *e)
{
	struct search_doc gone = { .author = author, .kind = kind };
	uint32_t author_id, id;
	int found = find_author(s, author, &author_id, &gone.own, e);

	if (found != 1)
		return found;
	if ((kind == KIND_TERRITORY || kind == KIND_NODE) && name_author(s, author_id, &gone, "", e) == -1)
		return -1;
	if (remove_links(s, author_id, kind, rid, e) == -1)
		return -1;
	found = find_doc(s, author_id, kind, rid, &id, e);
	return found == 1 ? remove_doc(s, id, e) : found;
}

static int
remove_author_docs(struct search *s, uint32_t author, struct err *e)
{
	sqlite3_stmt *st;
	uint32_t id;
	int rc;

	for (;;) {
		st = conn_stmt(&s->conn, SQL_DOC_BY_AUTHOR, e);
		if (st == NULL)
			return -1;
		sqlite3_bind_int64(st, 1, author);
		rc = sqlite3_step(st);
		id = rc == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(st, 0) : 0;
		sqlite3_reset(st);
		if (rc != SQLITE_ROW)
			return rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
		if (remove_doc(s, id, e) == -1)
			return -1;
	}
}

int
search_delete_author(struct search *s, struct span author, struct err *e)
{
	struct search_doc gone = { .author = author, .kind = KIND_TERRITORY };
	uint32_t id;
	int found = find_author(s, author, &id, &gone.own, e);

	if (found != 1)
		return found;
	s->dirty = 1;
	if (name_author(s, id, &gone, "", e) == -1)
		return -1;
	gone.kind = KIND_NODE;
	if (name_author(s, id, &gone, "", e) == -1 || run_id(s, SQL_LINK_DELETE_AUTHOR, id, e) == -1)
		return -1;
	return remove_author_docs(s, id, e);
}

/* --- begin, commit, abort ---------------------------------------------------------------------- */

int
search_begin(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_BEGIN, e);

	if (st == NULL || conn_run(&s->conn, st, e) == -1)
		return -1;
	s->in_batch = 1;
	s->changes = 0;
	return 0;
}

/* The writer alone checkpoints: gently as the log grows, with the readers kept out past a bound. */
static int
keep_log_short(struct search *s, struct err *e)
{
	int rc;

	if (s->wal_pages < WAL_PAGES_SOFT)
		return 0;
	if (s->wal_pages < WAL_PAGES_HARD) {
		rc = sqlite3_wal_checkpoint_v2(s->conn.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	} else {
		pthread_rwlock_wrlock(&s->lock);
		rc = sqlite3_wal_checkpoint_v2(s->conn.db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
		pthread_rwlock_unlock(&s->lock);
	}
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : conn_fail(&s->conn, e);
}

/* Commit in the file and apply to the rows in memory, as one step for every reader. */
static int
commit_both(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_COMMIT, e);
	size_t i;
	int rc = -1;

	if (st == NULL)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	if (conn_run(&s->conn, st, e) == -1)
		goto out;
	s->in_batch = 0;
	for (i = 0; i < s->changes; i++)
		if (columns_set(&s->columns, s->change[i].id, &s->change[i].row, e) == -1)
			goto out;
	s->changes = 0;
	rc = 0;
out:
	pthread_rwlock_unlock(&s->lock);
	return rc;
}

int
search_commit(struct search *s, int64_t seq, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_SEQ_SET, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, seq);
	sqlite3_bind_int(st, 2, s->dirty);
	if (conn_run(&s->conn, st, e) == -1 || commit_both(s, e) == -1)
		return -1;
	s->seq = seq;
	return keep_log_short(s, e);
}

void
search_abort(struct search *s)
{
	struct err ignored = {0};
	sqlite3_stmt *st;

	if (!sqlite3_get_autocommit(s->conn.db)) {
		st = conn_stmt(&s->conn, SQL_ROLLBACK, &ignored);
		if (st != NULL)
			conn_run(&s->conn, st, &ignored);
	}
	s->in_batch = 0;
	/* names given numbers by the batch are not in the file: memory goes back to what is */
	search_load(s, &ignored);
}

/* --- scrubbing --------------------------------------------------------------------------------- */

static int
drop_name(struct search *s, enum name_sort sort, uint32_t id, struct err *e)
{
	sqlite3_stmt *st;

	st = conn_stmt(&s->conn, sort == NAME_AUTHOR ? SQL_AUTHOR_DELETE : SQL_TERM_DELETE, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, sort == NAME_AUTHOR ? id : sort);
	if (sort != NAME_AUTHOR)
		sqlite3_bind_int64(st, 2, id);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	names_clear(&s->columns, sort, id);
	pthread_rwlock_unlock(&s->lock);
	return 0;
}

static void
mark_used(const struct columns *c, enum name_sort sort, uint8_t *used)
{
	const struct column *row;
	uint32_t i, k;

	for (row = c->row; row < c->row + c->count; row++) {
		if (row->kind == KIND_UNKNOWN)
			continue;
		switch (sort) {
		case NAME_AUTHOR: used[row->author] = 1; break;
		case NAME_COMMUNE: used[row->commune] = 1; break;
		case NAME_TYPE: used[row->type] = 1; break;
		case NAME_LANG: used[row->lang] = 1; break;
		case NAME_PRACTICE:
			for (k = 0; k < row->practices; k++)
				used[row->practice[k]] = 1;
			break;
		case NAME__COUNT: break;
		}
	}
	for (i = 1; i < c->names[sort].count; i++)
		if (used[i])
			used[c->names[sort].name[i].parent] = 1;
}

/* 1 when an author without a card still has a name or a relation. */
static int
author_linked(struct search *s, uint32_t id, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if (*names_label(&s->columns, NAME_AUTHOR, id) != '\0')
		return 1;
	st = conn_stmt(&s->conn, SQL_AUTHOR_LINKED, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

/* Names that no row has any more were somebody's words too. */
static int
drop_unused(struct search *s, enum name_sort sort, struct err *e)
{
	const struct names *n = &s->columns.names[sort];
	uint8_t *used = calloc(n->count + 1, 1);
	uint32_t id;
	int keep, rc = -1;

	if (used == NULL)
		return err_memory(e);
	mark_used(&s->columns, sort, used);
	for (id = 1; id < n->count; id++) {
		keep = used[id] || n->name[id].key == NULL;
		if (!keep && sort == NAME_AUTHOR && (keep = author_linked(s, id, e)) == -1)
			goto out;
		if (!keep && drop_name(s, sort, id, e) == -1)
			goto out;
	}
	rc = 0;
out:
	free(used);
	return rc;
}

static int
scrub_tables(struct search *s, struct err *e)
{
	sqlite3_stmt *st;
	int sort;

	for (sort = 0; sort < NAME__COUNT; sort++)
		if (drop_unused(s, (enum name_sort)sort, e) == -1)
			return -1;
	st = conn_stmt(&s->conn, SQL_WORDS_OPTIMIZE, e);
	return st == NULL ? -1 : conn_run(&s->conn, st, e);
}

static int
set_clean(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DIRTY_SET, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, 0);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	s->dirty = 0;
	return 0;
}

int
search_scrub(struct search *s, struct err *e)
{
	int rc;

	if (!s->dirty)
		return 0;
	if (search_begin(s, e) == -1)
		return -1;
	if (scrub_tables(s, e) == -1 || commit_both(s, e) == -1) {
		search_abort(s);
		return err_wrap(e, "scrubbing");
	}
	/* pages split or merged keep stale copies in their gaps: only a new file has none */
	if (conn_exec(&s->conn, "VACUUM", e) == -1)
		return err_wrap(e, "scrubbing");
	pthread_rwlock_wrlock(&s->lock);
	rc = sqlite3_wal_checkpoint_v2(s->conn.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	pthread_rwlock_unlock(&s->lock);
	if (rc != SQLITE_OK) {
		conn_fail(&s->conn, e);
		return err_wrap(e, "scrubbing");
	}
	return set_clean(s, e);
}

int
search_dirty(const struct search *s)
{
	return s->dirty;
}
