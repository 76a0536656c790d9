/* SPDX-License-Identifier: AGPL-3.0-or-later
 * index.c - the writer: puts records into search.db and takes them out, batch by batch; see search.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/extract.h"
#include "node/search/search_impl.h"
#include "node/search/twin.h"
#include "proto/err.h"
#include "proto/record.h"

/* --- the batch --------------------------------------------------------------------------------- */

/* Keep what is to be applied at the commit; the lists are copied. */
static int
note_change(struct search *s, uint32_t id, const struct column *row, const struct weighing *was,
    const struct weighing *now, struct err *e)
{
	struct change *more, *c;
	struct weighed *lists;
	size_t cap;

	if (s->changes == s->change_cap) {
		cap = s->change_cap == 0 ? 256 : s->change_cap * 2;
		more = realloc(s->change, cap * sizeof *more);
		if (more == NULL)
			return err_memory(e);
		s->change = more;
		s->change_cap = cap;
	}
	lists = malloc((was->stems + now->stems + 1) * sizeof *lists);
	if (lists == NULL)
		return err_memory(e);
	if (was->stems > 0)
		memcpy(lists, was->by_stem, was->stems * sizeof *lists);
	if (now->stems > 0)
		memcpy(lists + was->stems, now->by_stem, now->stems * sizeof *lists);
	c = &s->change[s->changes++];
	*c = (struct change){ id, *row, lists, lists + was->stems, was->stems, now->stems };
	return 0;
}

void
search_batch_forget(struct search *s)
{
	size_t i;

	for (i = 0; i < s->changes; i++)
		free(s->change[i].was);
	s->changes = 0;
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
	sqlite3_bind_int(st, 2, (int)kind);
	conn_bind(st, 3, rid);
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

/* What row id has of words by now, its place in the dictionary's stems. */
static int
stored_words(struct search *s, uint32_t id, struct arena *a, struct weighing *out, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DOC_WORDS, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	if (sqlite3_step(st) != SQLITE_ROW)
		return conn_fail(&s->conn, e);
	rc = weigh_stored(&s->words, conn_text(st, 0), a, out, e);
	sqlite3_reset(st);
	return rc;
}

/* A practice's record gives its key a label: that goes with it. */
static int
forget_label(struct search *s, uint32_t id, enum kind kind, struct err *e)
{
	sqlite3_stmt *st;
	int rc = 0;

	if (kind != KIND_PRACTICE)
		return 0;
	st = conn_stmt(&s->conn, SQL_DOC_TITLE, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	if (sqlite3_step(st) == SQLITE_ROW)
		rc = intern_practice_forget(s, conn_text(st, 0), e);
	sqlite3_reset(st);
	return rc;
}

static int
remove_doc(struct search *s, uint32_t id, enum kind kind, struct err *e)
{
	struct weighing was, none = {0};
	struct column free_row = {0};
	struct arena a = {0};
	int rc = -1;

	s->dirty = 1;
	if (forget_label(s, id, kind, e) == 0 && stored_words(s, id, &a, &was, e) == 0 &&
	    run_id(s, SQL_DOC_DELETE, id, e) == 0 &&
	    note_change(s, id, &free_row, &was, &none, e) == 0)
		rc = note_free(s, id, e);
	arena_clear(&a);
	return rc;
}

static int
remove_links(struct search *s, uint32_t author, enum kind kind, struct span rid, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_LINK_DELETE, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, author);
	sqlite3_bind_int(st, 2, (int)kind);
	conn_bind(st, 3, rid);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	if (sqlite3_changes(s->conn.db) > 0)
		s->dirty = 1;
	return 0;
}

/* --- putting ----------------------------------------------------------------------------------- */

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
		conn_bind_str(st, 1, x->link[i].target);
		sqlite3_bind_int64(st, 2, doc->updated);
		sqlite3_bind_int64(st, 3, author);
		sqlite3_bind_int(st, 4, (int)doc->kind);
		conn_bind(st, 5, doc->rid);
		conn_bind_str(st, 6, x->link[i].field);
		conn_bind_str(st, 7, x->value);
		if (x->links > 1 && (kind_info(doc->kind)->flags & KIND_RELATION))
			conn_bind_str(st, 8, x->link[i == 0 ? 1 : 0].target);
		sqlite3_bind_int64(st, 9, doc->own ? INT64_MAX : expiry_day(doc->expires));
		if (conn_run(&s->conn, st, e) == -1)
			return -1;
	}
	return 0;
}

static int
put_card(struct search *s, uint32_t id, const struct search_doc *doc, const struct extract *x,
    const struct column *row, struct span words, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_DOC_PUT, e);
	char site[TWIN_KEY_BYTES], phone[TWIN_KEY_BYTES];
	const struct { int at; int64_t value; } number[] = {
		{ CARD_ID, id }, { CARD_AUTHOR, row->author }, { CARD_KIND, (int64_t)doc->kind },
		{ CARD_SEQ, doc->seq }, { CARD_UPDATED, doc->updated }, { CARD_CREATED, doc->created },
		{ CARD_EXPIRES, doc->expires }, { CARD_LANG, row->lang },
		{ CARD_COMMUNE_TERM, row->commune }, { CARD_AXES, row->axes },
		{ CARD_ACCESS, row->access }, { CARD_TERMS, row->terms }, { CARD_STATUS, row->status },
		{ CARD_TYPE, row->type }, { CARD_FLAGS, row->flags }, { CARD_FROM, row->from_min },
		{ CARD_TO, row->to_min },
	};
	const struct { int at; const char *text; } text[] = {
		{ CARD_TITLE, x->title }, { CARD_SUMMARY, x->summary }, { CARD_COMMUNE, x->commune },
		{ CARD_INSEE, x->insee }, { CARD_POSTCODE, x->postcode }, { CARD_BY, x->by },
		{ CARD_STARTS, x->starts }, { CARD_ENDS, x->ends }, { CARD_UNTIL, x->until },
		{ CARD_PUBLISHED, x->published }, { CARD_EVENT_STATUS, x->event_status },
		{ CARD_HOURS, x->hours }, { CARD_SITE, site }, { CARD_PHONE, phone },
	};
	size_t i;

	if (st == NULL)
		return -1;
	twin_site(x->website, site);
	twin_phone(x->phone, phone);
	for (i = 0; i < sizeof number / sizeof number[0]; i++)
		sqlite3_bind_int64(st, number[i].at + 1, number[i].value);
	for (i = 0; i < sizeof text / sizeof text[0]; i++)
		conn_bind_str(st, text[i].at + 1, text[i].text);
	conn_bind(st, CARD_RID + 1, doc->rid);
	conn_bind(st, CARD_LICENSE + 1, doc->license);
	sqlite3_bind_blob(st, CARD_PRACTICES + 1, row->practice,
	    (int)(row->practices * sizeof row->practice[0]), SQLITE_STATIC);
	sqlite3_bind_blob64(st, CARD_WORDS + 1, words.len > 0 ? words.ptr : "", words.len, SQLITE_STATIC);
	if (row->lat_e7 != NO_POSITION) {
		sqlite3_bind_int(st, CARD_LAT + 1, row->lat_e7);
		sqlite3_bind_int(st, CARD_LON + 1, row->lon_e7);
	}
	return conn_run(&s->conn, st, e);
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
		.lapse_day = search_day(expiry_day(doc->expires)),
		.from_min = x->from_min,
		.to_min = x->to_min,
		.author = author,
		.terms = (uint16_t)x->terms,
		.kind = (uint8_t)doc->kind,
		.axes = (uint8_t)x->axes,
		.access = (uint8_t)x->access,
		.status = (int8_t)x->status,
	};
	if (x->example)
		row->flags |= COLUMN_EXAMPLE;
	if (doc->own)
		row->flags |= COLUMN_OWN;
	if (doc->kind == KIND_EVENT)
		row->flags |= COLUMN_EVENT;
	if (x->recurrence != NULL && *x->recurrence != '\0')
		row->flags |= COLUMN_RECURRING;
	if (x->source_name != NULL || x->source_url != NULL)
		row->flags |= COLUMN_TAKEN;
	return intern_names(s, doc, x, row, e);
}

/* The number of the row: the one it had, with what it had of words; else a free one. */
static int
place_doc(struct search *s, uint32_t author, const struct search_doc *doc, struct arena *a, uint32_t *id,
    struct weighing *was, struct err *e)
{
	int found = find_doc(s, author, doc->kind, doc->rid, id, e);

	*was = (struct weighing){0};
	if (found == -1)
		return -1;
	if (found == 1) {
		s->dirty = 1;
		if (forget_label(s, *id, doc->kind, e) == -1)
			return -1;
		return stored_words(s, *id, a, was, e);
	}
	if (s->free_ids == 0 && s->next_id == WORDS_DOCS_MAX)
		return err_set(e, ERR_LIMIT, "search holds at most %u records", WORDS_DOCS_MAX);
	*id = s->free_ids > 0 ? s->free_id[--s->free_ids] : s->next_id++;
	return 0;
}

static int
put_doc(struct search *s, uint32_t author, const struct search_doc *doc, const struct extract *x,
    struct arena *a, struct err *e)
{
	struct buf bytes = BUF_INIT(8 * RECORD_BYTES_MAX);
	struct weighing was, now;
	struct column row;
	uint32_t id;
	int rc = -1;

	if (place_doc(s, author, doc, a, &id, &was, e) == -1 || make_row(s, author, doc, x, &row, e) == -1 ||
	    weigh(s, x, a, &now, e) == -1)
		goto out;
	if (doc->kind == KIND_PRACTICE &&
	    intern_practice_name(s, span_str(x->key), span_str(x->title), span_str(x->parent), e) == -1)
		goto out;
	if (weighed_write(now.by_number, now.numbers, &bytes, e) == -1 ||
	    put_card(s, id, doc, x, &row, buf_span(&bytes), e) == -1)
		goto out;
	rc = note_change(s, id, &row, &was, &now, e);
out:
	buf_clear(&bytes);
	return rc;
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
	    intern_author_name(s, author, doc, x->title, e) == -1)
		return -1;
	if (flags & (KIND_CONTENT | KIND_RELATION))
		if (remove_links(s, author, doc->kind, doc->rid, e) == -1 ||
		    put_links(s, author, doc, x, e) == -1)
			return -1;
	return flags & KIND_CONTENT ? put_doc(s, author, doc, x, a, e) : 0;
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
	int found = intern_author_find(s, author, &author_id, &gone.own, e);

	if (found != 1)
		return found;
	if ((kind == KIND_TERRITORY || kind == KIND_NODE) && intern_author_name(s, author_id, &gone, "", e) == -1)
		return -1;
	if (remove_links(s, author_id, kind, rid, e) == -1)
		return -1;
	found = find_doc(s, author_id, kind, rid, &id, e);
	return found == 1 ? remove_doc(s, id, kind, e) : found;
}

static int
remove_author_docs(struct search *s, uint32_t author, struct err *e)
{
	sqlite3_stmt *st;
	enum kind kind;
	uint32_t id;
	int rc;

	for (;;) {
		st = conn_stmt(&s->conn, SQL_DOC_BY_AUTHOR, e);
		if (st == NULL)
			return -1;
		sqlite3_bind_int64(st, 1, author);
		rc = sqlite3_step(st);
		id = rc == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(st, 0) : 0;
		kind = rc == SQLITE_ROW ? (enum kind)sqlite3_column_int(st, 1) : KIND_UNKNOWN;
		sqlite3_reset(st);
		if (rc != SQLITE_ROW)
			return rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
		if (remove_doc(s, id, kind, e) == -1)
			return -1;
	}
}

int
search_delete_author(struct search *s, struct span author, struct err *e)
{
	struct search_doc gone = { .author = author, .kind = KIND_TERRITORY };
	uint32_t id;
	int found = intern_author_find(s, author, &id, &gone.own, e);

	if (found != 1)
		return found;
	s->dirty = 1;
	if (intern_author_name(s, id, &gone, "", e) == -1)
		return -1;
	gone.kind = KIND_NODE;
	if (intern_author_name(s, id, &gone, "", e) == -1 || run_id(s, SQL_LINK_DELETE_AUTHOR, id, e) == -1)
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
	search_batch_forget(s);
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

static int
apply(struct search *s, struct err *e)
{
	const struct change *c;

	for (c = s->change; c < s->change + s->changes; c++)
		if (columns_set(&s->columns, c->id, &c->row, e) == -1 ||
		    words_replace(&s->words, c->id, c->was, c->was_count, c->now, c->now_count, e) == -1)
			return -1;
	columns_settle(&s->columns);
	return claims_apply(s, &s->columns, e) == -1 ? -1 : words_order(&s->words, e);
}

int
search_batch_commit(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_COMMIT, e);
	int rc = -1;

	if (st == NULL || claims_read(s, e) == -1)
		return -1;
	pthread_rwlock_wrlock(&s->lock);
	if (conn_run(&s->conn, st, e) == 0) {
		s->in_batch = 0;
		rc = apply(s, e);
		search_batch_forget(s);
	}
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
	if (conn_run(&s->conn, st, e) == -1 || search_batch_commit(s, e) == -1)
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
