/* SPDX-License-Identifier: AGPL-3.0-or-later
 * claims.c - takes the records of kind "same" out of search.db and groups the rows as they say; see groups.h. */
#include <stdlib.h>
#include <string.h>

#include "node/search/search_impl.h"
#include "proto/err.h"

/* The row of a reference, 0 when there is none, -1. */
static int64_t
row_of(struct search *s, struct span ref, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_CARD_FIND, e);
	struct span author = span_cut(&ref, '/'), kind = span_cut(&ref, '/');
	int64_t id = 0;
	int rc;

	if (st == NULL)
		return -1;
	conn_bind(st, 1, author);
	sqlite3_bind_int(st, 2, (int)kind_find(kind));
	conn_bind(st, 3, ref);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? id : conn_fail(&s->conn, e);
}

static int
take_claim(struct search *s, sqlite3_stmt *st, struct err *e)
{
	int64_t a = row_of(s, conn_text(st, 0), e), b = a <= 0 ? a : row_of(s, conn_text(st, 1), e);
	struct group_claim *more;
	size_t cap;

	if (a <= 0 || b <= 0)
		return a == -1 || b == -1 ? -1 : 0;
	if (s->claims == s->claim_cap) {
		cap = s->claim_cap == 0 ? 64 : 2 * s->claim_cap;
		if ((more = realloc(s->claim, cap * sizeof *more)) == NULL)
			return err_memory(e);
		s->claim = more;
		s->claim_cap = cap;
	}
	s->claim[s->claims++] = (struct group_claim){ .a = (uint32_t)a, .b = (uint32_t)b,
		.same = span_is(conn_text(st, 2), "same"), .author = (uint32_t)sqlite3_column_int64(st, 3),
		.own = sqlite3_column_int(st, 4), .updated = sqlite3_column_int64(st, 5) };
	return 0;
}

int
claims_read(struct search *s, struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&s->conn, SQL_LOAD_CLAIMS, e);
	int rc;

	if (st == NULL)
		return -1;
	s->claims = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (take_claim(s, st, e) == -1)
			break;
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : rc == SQLITE_ROW ? -1 : conn_fail(&s->conn, e);
}

int
claims_apply(const struct search *s, struct columns *c, struct err *e)
{
	int belief;

	for (belief = 0; belief < BELIEF__COUNT; belief++) {
		groups_free(&c->groups[belief]);
		if (s->claims > 0 && groups_make(s->claim, s->claims, c->row, c->count, (enum group_belief)belief,
		    &c->groups[belief], e) == -1)
			return -1;
	}
	return 0;
}
