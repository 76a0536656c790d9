/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stmt_test.c - every statement on record.db prepares on today's schema, and goes the way we think it does.
 *
 * The whole plan is compared: a test that only forbids SCAN passes when an index is dropped, since SQLite
 * then searches by rowid.  A change here is a decision; "scan" needs a reason beside it.
 */
#include "tests/unit/test.h"

#include <sqlite3.h>

#include "node/store/stmt.h"
#include "sql_record.h"

#define BY_NAME "SEARCH record USING INDEX sqlite_autoindex_record_2"
#define OF_DID "; SCALAR SUBQUERY 1; SEARCH author USING COVERING INDEX sqlite_autoindex_author_1 (did=?)"
#define OF_OWN "; LIST SUBQUERY 1; SCAN author USING INDEX author_own"

static const struct {
	const char *plan, *why;
} row[] = {
	[STMT_AUTHOR_ALL] = { "SCAN author", "once at start, all of it" },
	[STMT_AUTHOR_INSERT] = { "", "" },
	[STMT_AUTHOR_OWN] = { "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_AUTHOR_LISTED] = { "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_AUTHOR_LOST] = { "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_AUTHOR_LOST_BEFORE] = {
	    "SEARCH a USING COVERING INDEX author_lost (lost>? AND lost<?); CORRELATED SCALAR SUBQUERY 1; SEARCH record USING COVERING INDEX record_class (author=?)",
	    "each minute"
	},
	[STMT_RECORD_CURRENT] = { BY_NAME " (author=? AND kind=? AND rid=?)", "each record offered" },
	[STMT_RECORD_INSERT] = { "", "each record taken" },
	[STMT_RECORD_DELETE] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_RECORD_OLDEST] = {
	    "SEARCH record USING INDEX record_class (author=? AND class=?)",
	    "each record of an author whose quota is taken"
	},
	[STMT_RECORD_TOMBSTONES_FROM] = {
	    "SEARCH record USING COVERING INDEX record_class (author=? AND class=?)",
	    ""
	},
	[STMT_RECORD_OLDER] = {
	    "SEARCH record USING INDEX record_class (author=? AND class=? AND updated<?)",
	    ""
	},
	[STMT_RECORD_OF_AUTHOR] = { "SEARCH record USING INDEX record_class (author=?)", "" },
	[STMT_RECORD_SET_OF_AUTHOR] = { "SEARCH record USING INDEX record_class (author=?)", "" },
	[STMT_RECORD_LEAVE] = { "SEARCH record USING INDEX record_class (author=?)", "" },
	[STMT_RECORD_LAPSE] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_RECORD_REENTER] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_RECORD_ASIDE_OF_AUTHOR] = { "SEARCH record USING INDEX record_class (author=?)", "" },
	[STMT_RECORD_EXPIRED] = {
	    "SEARCH record USING INDEX record_expires (expires<?)" OF_OWN,
	    "each minute"
	},
	[STMT_RECORD_EARLY] = {
	    "SEARCH record USING INDEX record_expires (expires>?); LIST SUBQUERY 1; SCAN author USING INDEX author_own",
	    "once, when a clock was put back: the index alone, and the rows that are from the future"
	},
	[STMT_RECORD_BY_NAME] = { "SEARCH record USING INDEX sqlite_autoindex_record_2 (author=? AND kind=? AND rid=?)", "" },
	[STMT_RECORD_SET_ALL] = {
	    "SCAN record USING COVERING INDEX record_expires",
	    "once at start, all of it, from the index alone"
	},
	[STMT_RECORD_IDENTITIES] = {
	    "SCAN a USING COVERING INDEX sqlite_autoindex_author_1; SEARCH r USING INDEX sqlite_autoindex_record_2 (author=? AND kind=? AND rid=?)",
	    "once at start"
	},
	[STMT_RECORD_RETIRES] = {
	    "SCAN a USING COVERING INDEX sqlite_autoindex_author_1; SEARCH r USING INDEX sqlite_autoindex_record_2 (author=? AND kind=? AND rid=?)",
	    "once at start"
	},
	[STMT_RECORD_TERRITORIES] = {
	    "SCAN a USING COVERING INDEX sqlite_autoindex_author_1; SEARCH r USING INDEX sqlite_autoindex_record_2 (author=? AND kind=? AND rid=?)",
	    "once at start, of a node that holds some areas"
	},
	[STMT_RECORD_COUNTS] = {
	    "SCAN record USING COVERING INDEX record_class",
	    "once at start, all of it, from the index alone"
	},
	[STMT_RECORD_CLAIM] = { "SEARCH record USING INDEX sqlite_autoindex_record_1 (id=?)", "" },
	[STMT_RECORD_ID_KNOWN] = {
	    "SEARCH record USING COVERING INDEX sqlite_autoindex_record_1 (id=?)",
	    ""
	},
	[STMT_INTEGRITY] = { "SCAN pragma_integrity_check VIRTUAL TABLE INDEX 0:", "essaim doctor: every page" },
	[STMT_SEQ_AT] = {
	    "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SCAN record; SCALAR SUBQUERY 2; SEARCH record",
	    "a bundle since a date, by command: stops at the first row that is late enough"
	},
	[STMT_SEQ_MAX] = {
	    "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SEARCH record; SCALAR SUBQUERY 2; SEARCH removed",
	    ""
	},
	[STMT_VOUCH_PUT] = { "", "" },
	[STMT_VOUCH_DELETE] = { "SEARCH vouch USING PRIMARY KEY (author=? AND rid=?)", "" },
	[STMT_VOUCH_ALL] = { "SCAN vouch", "each walk of admission, all of it; the walk sorts" },
	[STMT_VOUCH_PIN] = { "SEARCH vouch USING INDEX vouch_subject (subject=?)", "" },
	[STMT_ASIDE_PUT] = { "", "" },
	[STMT_ASIDE_DELETE] = { "SEARCH aside USING PRIMARY KEY (id=?)", "" },
	[STMT_ASIDE_DELETE_AUTHOR] = { "SEARCH aside USING COVERING INDEX aside_author (author=?)", "" },
	[STMT_ASIDE_COUNT] = {
	    "SCAN aside USING COVERING INDEX aside_due",
	    "at most PENDING_MAX, from the index alone"
	},
	[STMT_ASIDE_COUNT_AUTHOR] = { "SEARCH aside USING COVERING INDEX aside_author (author=?)", "" },
	[STMT_ASIDE_OF_AUTHOR] = { "SEARCH aside USING INDEX aside_author (author=?)", "" },
	[STMT_ASIDE_DUE] = { "SEARCH aside USING INDEX aside_due (due>? AND due<?)", "" },
	[STMT_ASIDE_FORGET] = { "SEARCH aside USING COVERING INDEX aside_due (due=? AND added<?)", "" },
	[STMT_ASIDE_COUNTS] = {
	    "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SEARCH aside USING COVERING INDEX aside_due (due>?); SCALAR SUBQUERY 2; SEARCH aside USING COVERING INDEX aside_due (due=?)",
	    ""
	},
	[STMT_TWIN_BODY] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)", "" },
	[STMT_TWIN_PUT] = { "", "" },
	[STMT_TWIN_ALL] = { "SCAN t; SEARCH a USING INTEGER PRIMARY KEY (rowid=?)", "the whole list is asked for" },
	[STMT_BRANCH_PUT] = { "", "" },
	[STMT_BRANCH_ALL] = { "SCAN b; SEARCH a USING INTEGER PRIMARY KEY (rowid=?)", "the whole list is asked for" },
	[STMT_REMOVED_PUT] = { "", "" },
	[STMT_REMOVED_RANGE] = { "SEARCH removed USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "" },
	[STMT_REMOVED_TRIM] = {
	    "SEARCH removed USING INTEGER PRIMARY KEY (rowid<?); SCALAR SUBQUERY 1; SEARCH removed",
	    ""
	},
	[STMT_BLOCK_PUT] = { "", "" },
	[STMT_BLOCK_DELETE] = { "SEARCH block USING PRIMARY KEY (what=?)", "" },
	[STMT_BLOCK_GET] = { "SEARCH block USING PRIMARY KEY (what=?)", "" },
	[STMT_BLOCK_ALL] = { "SCAN block; USE TEMP B-TREE FOR ORDER BY", "a page for the operator" },
	[STMT_META_GET] = { "SEARCH meta USING PRIMARY KEY (key=?)", "" },
	[STMT_META_PUT] = { "", "" },
	[STMT_META_DELETE] = { "SEARCH meta USING PRIMARY KEY (key=?)", "" },
	[STMT_PEER_PUT] = { "", "" },
	[STMT_PEER_DELETE] = { "SEARCH peer USING PRIMARY KEY (url=?)", "" },
	[STMT_PEER_GET] = { "SEARCH peer USING PRIMARY KEY (url=?)", "" },
	[STMT_PEER_ALL] = { "SCAN peer", "a few dozen rows" },
	[STMT_PHANTOM_PUT] = { "", "" },
	[STMT_PHANTOM_DELETE] = { "SEARCH phantom USING PRIMARY KEY (peer=? AND id=?)", "" },
	[STMT_PHANTOM_CLEAR] = { "", "" },
	[STMT_PHANTOM_CLEAR_PEER] = { "SEARCH phantom USING PRIMARY KEY (peer=?)", "" },
	[STMT_PHANTOM_CLEAR_AUTHOR] = {
	    "SEARCH phantom USING COVERING INDEX phantom_author (author=?)",
	    ""
	},
	[STMT_PHANTOM_CLEAR_BOTH] = {
	    "SEARCH phantom USING COVERING INDEX phantom_author (author=? AND peer=?)",
	    ""
	},
	[STMT_PHANTOM_CLEAR_REASON] = { "SCAN phantom", "once after the scope was changed" },
	[STMT_PHANTOM_CLEAR_AUTHOR_REASON] = { "SEARCH phantom USING INDEX phantom_author (author=?)", "" },
	[STMT_PHANTOM_COUNTS] = { "SEARCH phantom USING PRIMARY KEY (peer=?); USE TEMP B-TREE FOR GROUP BY", "" },
	[STMT_PHANTOM_ALL] = { "SEARCH phantom USING PRIMARY KEY (peer=?)", "" },
	[STMT_SOURCE_PUT] = { "", "" },
	[STMT_SOURCE_DELETE] = { "SEARCH source_item USING PRIMARY KEY (source=? AND item=?)", "" },
	[STMT_SOURCE_ITEMS] = { "SEARCH source_item USING PRIMARY KEY (source=?)", "" },
	[STMT_SOURCE_PAGE] = { "SEARCH source_item USING PRIMARY KEY (source=? AND item>?)", "" },
	[STMT_SOURCE_ALL] = { "SCAN source_item", "a page for the operator" },
	[STMT_SOURCE_ITEM] = { "SEARCH source_item USING PRIMARY KEY (source=? AND item=?)", "each row imported" },
	[STMT_SOURCE_REF] = {
	    "SEARCH source_item USING INDEX source_item_ref (ref=?); USE TEMP B-TREE FOR ORDER BY",
	    "a record's page; of one record there are few"
	},
	[STMT_SOURCE_MARK] = { "SEARCH source_item USING PRIMARY KEY (source=? AND item=?)", "" },
	[STMT_SOURCE_FIELDS] = { "SEARCH source_item USING PRIMARY KEY (source=? AND item=?)", "" },
	[STMT_WATCH_PUT] = { "", "" },
	[STMT_WATCH_DELETE] = { "SEARCH source USING PRIMARY KEY (url=?)", "" },
	[STMT_WATCH_GET] = { "SEARCH source USING PRIMARY KEY (url=?)", "" },
	[STMT_WATCH_ALL] = { "SCAN source", "a handful, each time one is looked for that is due" },
	[STMT_WATCH_MAPPING] = { "SEARCH source USING PRIMARY KEY (url=?)", "" },
	[STMT_WATCH_SET_MAPPING] = { "SEARCH source USING PRIMARY KEY (url=?)", "" },
	[STMT_QUESTION_PUT] = { "", "" },
	[STMT_QUESTION_DELETE] = { "SEARCH source_question USING PRIMARY KEY (source=? AND item=?)", "" },
	[STMT_QUESTION_CLEAR] = { "SEARCH source_question USING PRIMARY KEY (source=?)", "" },
	[STMT_QUESTION_DELETE_REF] = { "SCAN source_question", "once for each erasure that somebody asks for" },
	[STMT_QUESTION_GET] = { "SEARCH source_question USING PRIMARY KEY (source=? AND item=?)", "" },
	[STMT_QUESTION_LIST] = { "SEARCH source_question USING PRIMARY KEY (source=? AND item>?)", "" },
	[STMT_QUESTION_COUNT] = { "SEARCH source_question USING PRIMARY KEY (source=?)", "" },
	[STMT_SOURCE_DELETE_REF] = { "SEARCH source_item USING COVERING INDEX source_item_ref (ref=?)", "" },
	[STMT_ERASURE_COUNT] = { "SCAN erasure", "at start, and once for each erasure" },
	[STMT_ERASURE_PUT] = { "", "" },
	[STMT_ERASURE_ALLOW] = { "SEARCH erasure USING PRIMARY KEY (ref=?)", "" },
	[STMT_ERASURE_ALL] = { "SCAN erasure; USE TEMP B-TREE FOR ORDER BY", "a page for the operator" },
	[STMT_ERASURE_GET] = { "SEARCH erasure USING PRIMARY KEY (ref=?)", "" },
	[STMT_ERASURE_STANDING] = { "SEARCH erasure USING PRIMARY KEY (ref=?)", "each record offered" },
	[STMT_ERASURE_ITEM_PUT] = { "", "" },
	[STMT_ERASURE_ITEM_STANDING] = {
	    "SEARCH i USING PRIMARY KEY (hash=?); SEARCH x USING PRIMARY KEY (ref=?)",
	    ""
	},
	[STMT_ERASURE_PEER_ALL] = {
	    "MERGE (UNION ALL); LEFT; SCAN p; SEARCH c USING PRIMARY KEY (ref=? AND url=?) LEFT-JOIN;"
	    " CORRELATED SCALAR SUBQUERY 1; SEARCH block USING PRIMARY KEY (what=?); RIGHT;"
	    " SEARCH erasure_peer USING PRIMARY KEY (ref=?); USING INDEX sqlite_autoindex_peer_1 FOR IN-OPERATOR",
	    "one row a neighbour"
	},
	[STMT_ERASURE_PEER_PUT] = { "", "" },
	[STMT_ERASURE_PEER_CLEAR] = { "SEARCH erasure_peer USING PRIMARY KEY (ref=?)", "" },
	[STMT_MADE_FILE_ALL] = { "SCAN made_file; USE TEMP B-TREE FOR ORDER BY", "when something is erased" },
	[STMT_MADE_FILE_PUT] = { "", "" },
	[STMT_MADE_FILE_DELETE] = { "SEARCH made_file USING PRIMARY KEY (path=?)", "" },
	[STMT_READ_BEGIN] = { "", "" },
	[STMT_READ_END] = { "", "" },
	[STMT_GET_NAME] = {
	    BY_NAME " (author=? AND kind=? AND rid=?)" OF_DID,
	    "each record looked up by name"
	},
	[STMT_GET_ID] = {
	    "SEARCH record USING INDEX sqlite_autoindex_record_1 (id=?)",
	    "each record fetched by version"
	},
	[STMT_CHANGES] = {
	    "SEARCH record USING INTEGER PRIMARY KEY (rowid>?)",
	    "each page of the feed: from a place in the order, stopped by the caller"
	},
	[STMT_CHANGES_OWN_TOO] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid>?)" OF_OWN, "" },
	[STMT_CHANGES_AUTHOR] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid>?)" OF_DID, "" },
	[STMT_CHANGES_KIND] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid>?)", "" },
	[STMT_CHANGES_AUTHOR_KIND] = { "SEARCH record USING INTEGER PRIMARY KEY (rowid>?)" OF_DID, "" },
	[STMT_CHANGES_PART] = {
	    "SEARCH record USING INTEGER PRIMARY KEY (rowid>?); CORRELATED SCALAR SUBQUERY 1; "
	    "SEARCH author USING INTEGER PRIMARY KEY (rowid=?)",
	    "a page of a part: the rest is passed over"
	},
	[STMT_LIST_ALL] = {
	    "SCAN record USING INDEX sqlite_autoindex_record_2",
	    "exports, all of it, in order without sorting"
	},
	[STMT_LIST_AUTHOR] = { BY_NAME " (author=?)" OF_DID, "" },
	[STMT_LIST_KIND] = { "SCAN record USING INDEX sqlite_autoindex_record_2", "exports: reads the names of all" },
	[STMT_LIST_NODES] = { "SCAN record USING INDEX record_node", "the gossip's list of neighbours" },
	[STMT_LIST_AUTHOR_KIND] = { BY_NAME " (author=? AND kind=?)" OF_DID, "" },
	[STMT_LIST_ENDING] = { "SEARCH record USING INDEX record_expires (expires<?)" OF_OWN, "each minute" },
};

static sqlite3 *
open_schema(void)
{
	sqlite3 *db;
	size_t i;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (i = 0; i < COUNT(sql_record); i++)
		if (sqlite3_exec(db, sql_record[i].text, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", sql_record[i].name, sqlite3_errmsg(db));
	return db;
}

static void
read_plan(sqlite3 *db, enum stmt name, char *out, size_t size)
{
	char sql[4096];
	sqlite3_stmt *st;
	size_t n = 0;

	CHECK((size_t)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", stmt_sql[name]) < sizeof sql);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("statement %d: %s: %s", (int)name, sqlite3_errmsg(db), stmt_sql[name]);
	out[0] = '\0';
	while (sqlite3_step(st) == SQLITE_ROW) {
		n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : "; ",
		    (const char *)sqlite3_column_text(st, 3));
		CHECK(n < size);
	}
	sqlite3_finalize(st);
}

static void
test_plans(void **state)
{
	sqlite3 *db = open_schema();
	char plan[1024];
	int name, wrong = 0;

	(void)state;
	assert_int_equal(COUNT(row), STMT__COUNT);
	for (name = 0; name < STMT__COUNT; name++) {
		if (stmt_sql[name] == NULL || row[name].plan == NULL)
			fail_msg("statement %d has no text or no plan", name);
		read_plan(db, (enum stmt)name, plan, sizeof plan);
		if (strcmp(plan, row[name].plan) == 0)
			continue;
		print_error("%s\n  goes   %s\n  not    %s\n", stmt_sql[name], plan, row[name].plan);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	sqlite3_close(db);
}

/* What reads a whole table says why it may. */
static void
test_scans_have_reasons(void **state)
{
	int name;

	(void)state;
	for (name = 0; name < STMT__COUNT; name++)
		if (strncmp(row[name].plan, "SCAN", 4) == 0 && strncmp(row[name].plan, "SCAN CONSTANT", 13) != 0)
			CHECK_ROW(stmt_sql[name], row[name].why[0] != '\0');
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_plans), cmocka_unit_test(test_scans_have_reasons),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
