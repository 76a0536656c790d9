/* SPDX-License-Identifier: AGPL-3.0-or-later
 * intern.c - gives names their numbers: authors, communes, practices, types, languages; see search_impl.h. */
#include <stdio.h>
#include <string.h>

#include "node/search/extract.h"
#include "node/search/search_impl.h"
#include "proto/err.h"

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

int
intern_author_find(struct search *s, struct span did, uint32_t *id, int *own, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_AUTHOR_FIND, e);
	int rc;

	if (st == NULL)
		return -1;
	conn_bind(st, 1, did);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*id = (uint32_t)sqlite3_column_int64(st, 0);
		*own = sqlite3_column_int(st, 1);
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : conn_fail(&s->conn, e);
}

int
intern_author(struct search *s, struct span did, int own, uint32_t *id, struct err *e)
{
	struct span none = { "", 0 };
	sqlite3_stmt *st;
	int was, rc = intern_author_find(s, did, id, &was, e);

	if (rc == -1)
		return -1;
	if (rc == 1)
		return was == own ? 0 : set_own(s, *id, did, own, e);
	*id = next_name(s, NAME_AUTHOR);
	st = conn_stmt(&s->conn, SQL_AUTHOR_ADD, e);
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, *id);
	conn_bind(st, 2, did);
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
	sqlite3_bind_int(st, 1, (int)sort);
	conn_bind(st, 2, key);
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
	sqlite3_bind_int(st, 1, (int)sort);
	sqlite3_bind_int64(st, 2, *id);
	conn_bind(st, 3, key);
	conn_bind(st, 4, label);
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

int
intern_author_name(struct search *s, uint32_t id, const struct search_doc *doc, const char *name, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn,
	    doc->kind == KIND_TERRITORY ? SQL_AUTHOR_TERRITORY : SQL_AUTHOR_NODE, e);
	struct span label;
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	conn_bind(st, 2, span_str(name));
	if (sqlite3_step(st) != SQLITE_ROW)
		return conn_fail(&s->conn, e);
	label = conn_text(st, 0);
	if (label.len == 0)
		label = conn_text(st, 1);
	rc = set_name(s, NAME_AUTHOR, id, doc->author, label, (struct span){ "", 0 }, doc->own, e);
	sqlite3_reset(st);
	return rc;
}

static int
set_practice(struct search *s, uint32_t id, struct span key, struct span label, struct span parent,
    struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_TERM_SET, e);

	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, (int)NAME_PRACTICE);
	sqlite3_bind_int64(st, 2, id);
	conn_bind(st, 3, label);
	conn_bind(st, 4, parent);
	if (conn_run(&s->conn, st, e) == -1)
		return -1;
	return set_name(s, NAME_PRACTICE, id, key, label, parent, 0, e);
}

/* Those of the vocabulary stay as they are. */
int
intern_practice_name(struct search *s, struct span key, struct span label, struct span parent, struct err *e)
{
	uint32_t id, parent_id;

	if (key.len == 0 || vocab_find(VOCAB_PRACTICE, key) != NULL)
		return 0;
	if (intern_practice(s, parent, &parent_id, e) == -1 || intern_practice(s, key, &id, e) == -1)
		return -1;
	return id == 0 ? 0 : set_practice(s, id, key, label, parent, e);
}

int
intern_practice_forget(struct search *s, struct span label, struct err *e)
{
	const struct names *n = &s->columns.names[NAME_PRACTICE];
	struct span none = { "", 0 };
	char key[64];
	uint32_t id;

	for (id = 1; id < n->count; id++) {
		if (n->name[id].key == NULL || label.len == 0 || !span_is(label, n->name[id].label))
			continue;
		snprintf(key, sizeof key, "%s", n->name[id].key);
		if (set_practice(s, id, span_str(key), none, none, e) == -1)
			return -1;
	}
	return 0;
}

int
intern_names(struct search *s, const struct search_doc *doc, const struct extract *x, struct column *row,
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
