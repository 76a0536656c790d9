/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_stmt_test.c - every statement of search.db prepares, with the query plan we chose. */
#include "tests/unit/test.h"

#include <sqlite3.h>

#include "node/search/stmt.h"

static const char *const plan[SQL__COUNT] = {
	[SQL_BEGIN] = "",
	[SQL_COMMIT] = "",
	[SQL_ROLLBACK] = "",
	[SQL_STATE_GET] =
	    "SCAN state\n",
	[SQL_STATE_SET] = "",
	[SQL_SEQ_SET] =
	    "SCAN state\n",
	[SQL_DIRTY_SET] =
	    "SCAN state\n",
	[SQL_AUTHOR_FIND] =
	    "SEARCH author USING INDEX sqlite_autoindex_author_1 (did=?)\n",
	[SQL_AUTHOR_ADD] = "",
	[SQL_AUTHOR_OWN] =
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_AUTHOR_TERRITORY] =
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_AUTHOR_NODE] =
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_AUTHOR_DELETE] =
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_AUTHOR_LINKED] =
	    "SEARCH link USING COVERING INDEX link_from (author=?)\n",
	[SQL_TERM_FIND] =
	    "SEARCH term USING COVERING INDEX term_key (sort=? AND key=?)\n",
	[SQL_TERM_ADD] = "",
	[SQL_TERM_SET] =
	    "SEARCH term USING PRIMARY KEY (sort=? AND id=?)\n",
	[SQL_TERM_DELETE] =
	    "SEARCH term USING PRIMARY KEY (sort=? AND id=?)\n",
	[SQL_COMMUNE_LABELS] =
	    "MATERIALIZE fresh\n"
	    "SCAN doc\n"
	    "USE TEMP B-TREE FOR GROUP BY\n"
	    "SCAN fresh\n"
	    "SEARCH term USING PRIMARY KEY (sort=? AND id=?)\n",
	[SQL_DOC_FIND] =
	    "SEARCH doc USING COVERING INDEX sqlite_autoindex_doc_1 (author=? AND kind=? AND rid=?)\n",
	[SQL_DOC_PUT] = "",
	[SQL_DOC_DELETE] =
	    "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_DOC_BY_AUTHOR] =
	    "SEARCH doc USING COVERING INDEX sqlite_autoindex_doc_1 (author=?)\n",
	[SQL_DOC_WORDS] =
	    "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_DOC_WORDS_ALL] =
	    "SCAN doc\n",
	[SQL_DOC_TITLE] =
	    "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_WORD_ADD] = "",
	[SQL_WORD_DELETE] =
	    "SEARCH word USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_LINK_PUT] = "",
	[SQL_LINK_DELETE] =
	    "SEARCH link USING COVERING INDEX link_from (author=? AND kind=? AND rid=?)\n",
	[SQL_LINK_DELETE_AUTHOR] =
	    "SEARCH link USING COVERING INDEX link_from (author=?)\n",
	[SQL_LOAD_AUTHORS] =
	    "SCAN author\n",
	[SQL_LOAD_TERMS] =
	    "SCAN term\n",
	[SQL_LOAD_WORDS] =
	    "SCAN word\n",
	[SQL_LOAD_DOCS] =
	    "SCAN doc\n",
	[SQL_LOAD_CLAIMS] =
	    "SCAN link USING INDEX link_same\n"
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_CARD] =
	    "SEARCH doc USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_CARD_FIND] =
	    "SEARCH author USING COVERING INDEX sqlite_autoindex_author_1 (did=?)\n"
	    "SEARCH doc USING COVERING INDEX sqlite_autoindex_doc_1 (author=? AND kind=? AND rid=?)\n",
	[SQL_TWINS] =
	    "SCAN doc\n"
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)\n",
	[SQL_LINKS_AS] =
	    "SEARCH link USING PRIMARY KEY (target>? AND target<?)\n"
	    "SEARCH doc USING COVERING INDEX sqlite_autoindex_doc_1 (author=? AND kind=? AND rid=?) LEFT-JOIN\n"
	    "USE TEMP B-TREE FOR ORDER BY\n",
	[SQL_LINKS_TO] =
	    "SEARCH link USING PRIMARY KEY (target=?)\n"
	    "SEARCH doc USING COVERING INDEX sqlite_autoindex_doc_1 (author=? AND kind=? AND rid=?) LEFT-JOIN\n",
};

/* The steps of a statement's plan, one a line. */
static const char *
plan_of(sqlite3 *db, const char *sql)
{
	static char explain[4096], got[4096];
	sqlite3_stmt *st = NULL;
	size_t n = 0;

	snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(db, explain, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s\n  %s", sqlite3_errmsg(db), sql);
	got[0] = '\0';
	while (sqlite3_step(st) == SQLITE_ROW)
		n += (size_t)snprintf(got + n, sizeof got - n, "%s\n", (const char *)sqlite3_column_text(st, 3));
	sqlite3_finalize(st);
	return got;
}

static void
test_plans(void **state)
{
	sqlite3 *db;
	size_t i;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, search_schema, NULL, NULL, NULL), SQLITE_OK);
	for (i = 0; i < SQL__COUNT; i++) {
		CHECK(search_sql[i] != NULL);
		CHECK_ROW(search_sql[i], plan[i] != NULL);
		if (strcmp(plan_of(db, search_sql[i]), plan[i]) != 0)
			fail_msg("%s\nis now done by\n%s", search_sql[i], plan_of(db, search_sql[i]));
	}
	sqlite3_close(db);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_plans) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
