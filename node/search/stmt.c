/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stmt.c - the tables and the SQL, readable as SQL; see stmt.h. */
#include "node/search/stmt.h"

/* The columns of doc that make a card, in the order of enum card_column. */
#define CARD_COLUMNS							\
	"id, author, kind, rid, seq, updated, created, expires, lang, license, title, summary,"	\
	" commune_term, commune, insee, postcode, lat_e7, lon_e7, axes, access, terms, status,"	\
	" practices, type, by, starts, ends, until, published, event_status, hours, flags,"	\
	" from_min, to_min"

const char search_schema[] =
	"CREATE TABLE state (epoch TEXT NOT NULL, seq INTEGER NOT NULL, dirty INTEGER NOT NULL);"

	"CREATE TABLE author (id INTEGER PRIMARY KEY, did TEXT NOT NULL UNIQUE,"
	" own INTEGER NOT NULL, territory TEXT NOT NULL, node TEXT NOT NULL);"

	/* communes, practices, types, languages: see enum name_sort */
	"CREATE TABLE term (sort INTEGER NOT NULL, id INTEGER NOT NULL, key TEXT NOT NULL,"
	" label TEXT NOT NULL, parent TEXT NOT NULL,"
	" PRIMARY KEY (sort, id)) WITHOUT ROWID;"
	"CREATE UNIQUE INDEX term_key ON term (sort, key);"

	"CREATE TABLE doc (id INTEGER PRIMARY KEY,"
	" author INTEGER NOT NULL, kind INTEGER NOT NULL, rid TEXT NOT NULL,"
	" seq INTEGER NOT NULL, updated INTEGER NOT NULL, created INTEGER NOT NULL,"
	" expires INTEGER NOT NULL, lang INTEGER NOT NULL, license TEXT, title TEXT, summary TEXT,"
	" commune_term INTEGER NOT NULL, commune TEXT, insee TEXT, postcode TEXT,"
	" lat_e7 INTEGER, lon_e7 INTEGER, axes INTEGER NOT NULL, access INTEGER NOT NULL,"
	" terms INTEGER NOT NULL, status INTEGER NOT NULL, practices BLOB, type INTEGER NOT NULL,"
	" by TEXT, starts TEXT, ends TEXT, until TEXT, published TEXT, event_status TEXT, hours TEXT,"
	" flags INTEGER NOT NULL, from_min INTEGER NOT NULL, to_min INTEGER NOT NULL,"
	" words BLOB NOT NULL, site TEXT NOT NULL, phone TEXT NOT NULL,"	/* see twin.h */
	" UNIQUE (author, kind, rid));"

	/* the dictionary; doc.words says which of them a record has (words.h) */
	"CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"


	"CREATE TABLE link (target TEXT NOT NULL, updated INTEGER NOT NULL, author INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, rid TEXT NOT NULL, field TEXT NOT NULL, value TEXT, other TEXT,"
	" expires INTEGER NOT NULL,"
	" PRIMARY KEY (target, updated DESC, author, kind, rid, field)) WITHOUT ROWID;"
	"CREATE INDEX link_from ON link (author, kind, rid);"
	/* only a record of kind same has such a field */
	"CREATE INDEX link_same ON link (target) WHERE field = 'a';";

#define LINK_COLUMNS								\
	"link.author, link.kind, link.rid, link.field, link.value, link.other, link.updated,"	\
	" link.target, doc.id FROM link LEFT JOIN doc ON doc.author = link.author"		\
	" AND doc.kind = link.kind AND doc.rid = link.rid"

const char *const search_sql[SQL__COUNT] = {
	[SQL_BEGIN]	= "BEGIN IMMEDIATE",
	[SQL_COMMIT]	= "COMMIT",
	[SQL_ROLLBACK]	= "ROLLBACK",

	[SQL_STATE_GET]	= "SELECT epoch, seq, dirty FROM state",
	[SQL_STATE_SET]	= "INSERT INTO state (epoch, seq, dirty) VALUES (?1, 0, 0)",
	[SQL_SEQ_SET]	= "UPDATE state SET seq = ?1, dirty = ?2",
	[SQL_DIRTY_SET]	= "UPDATE state SET dirty = ?1",

	[SQL_AUTHOR_FIND]	= "SELECT id, own FROM author WHERE did = ?1",
	[SQL_AUTHOR_ADD]	=
	    "INSERT INTO author (id, did, own, territory, node) VALUES (?1, ?2, ?3, '', '')",
	[SQL_AUTHOR_OWN]	= "UPDATE author SET own = ?2 WHERE id = ?1",
	[SQL_AUTHOR_TERRITORY]	= "UPDATE author SET territory = ?2 WHERE id = ?1 RETURNING territory, node",
	[SQL_AUTHOR_NODE]	= "UPDATE author SET node = ?2 WHERE id = ?1 RETURNING territory, node",
	[SQL_AUTHOR_DELETE]	= "DELETE FROM author WHERE id = ?1",
	[SQL_AUTHOR_LINKED]	= "SELECT 1 FROM link WHERE author = ?1 LIMIT 1",

	[SQL_TERM_FIND]		= "SELECT id FROM term WHERE sort = ?1 AND key = ?2",
	[SQL_TERM_ADD]		=
	    "INSERT INTO term (sort, id, key, label, parent) VALUES (?1, ?2, ?3, ?4, '')",
	[SQL_TERM_SET]		= "UPDATE term SET label = ?3, parent = ?4 WHERE sort = ?1 AND id = ?2",
	[SQL_TERM_DELETE]	= "DELETE FROM term WHERE sort = ?1 AND id = ?2",

	/* sort 1: NAME_COMMUNE.  A label must not outlive the records that spell it so. */
	[SQL_COMMUNE_LABELS]	=
	    "UPDATE term SET label = fresh.commune FROM (SELECT commune_term, min(commune) AS commune"
	    " FROM doc WHERE commune <> '' GROUP BY commune_term) AS fresh"
	    " WHERE term.sort = 1 AND term.id = fresh.commune_term",

	[SQL_DOC_FIND]	= "SELECT id FROM doc WHERE author = ?1 AND kind = ?2 AND rid = ?3",
	[SQL_DOC_PUT]	=
	    "INSERT OR REPLACE INTO doc (" CARD_COLUMNS ", words, site, phone) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
	    " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27,"
	    " ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)",
	[SQL_DOC_DELETE]	= "DELETE FROM doc WHERE id = ?1",
	[SQL_DOC_BY_AUTHOR]	= "SELECT id, kind FROM doc WHERE author = ?1 LIMIT 1",

	[SQL_DOC_TITLE]		= "SELECT title FROM doc WHERE id = ?1",
	[SQL_DOC_WORDS]		= "SELECT words FROM doc WHERE id = ?1",
	[SQL_DOC_WORDS_ALL]	= "SELECT words FROM doc",
	[SQL_WORD_ADD]		= "INSERT INTO word (id, text) VALUES (?1, ?2)",
	[SQL_WORD_DELETE]	= "DELETE FROM word WHERE id = ?1",

	[SQL_LINK_PUT]		=
	    "INSERT OR REPLACE INTO link (target, updated, author, kind, rid, field, value, other, expires)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_LINK_DELETE]	= "DELETE FROM link WHERE author = ?1 AND kind = ?2 AND rid = ?3",
	[SQL_LINK_DELETE_AUTHOR] = "DELETE FROM link WHERE author = ?1",

	[SQL_LOAD_AUTHORS]	=
	    "SELECT id, did, own, CASE territory WHEN '' THEN node ELSE territory END FROM author",
	[SQL_LOAD_TERMS]	= "SELECT sort, id, key, label, parent FROM term",
	[SQL_LOAD_WORDS]	= "SELECT id, text FROM word ORDER BY id",
	[SQL_LOAD_DOCS]		=
	    "SELECT id, author, kind, updated, expires, lang, title, commune_term, lat_e7, lon_e7, axes,"
	    " access, terms, status, practices, type, flags, from_min, to_min, words FROM doc ORDER BY id",

	[SQL_LOAD_CLAIMS]	=
	    "SELECT target, other, value, link.author, author.own, updated FROM link INDEXED BY link_same"
	    " JOIN author ON author.id = link.author WHERE field = 'a'",

	[SQL_CARD]		= "SELECT " CARD_COLUMNS " FROM doc WHERE id = ?1",
	[SQL_CARD_FIND]		=
	    "SELECT doc.id FROM doc JOIN author ON author.id = doc.author"
	    " WHERE author.did = ?1 AND doc.kind = ?2 AND doc.rid = ?3",
	[SQL_LINKS_TO]		=
	    "SELECT " LINK_COLUMNS " WHERE link.target = ?1 AND link.expires > ?2 ORDER BY link.updated DESC",
	[SQL_TWINS]		=
	    "SELECT doc.id, did, kind, rid, title, site, phone, commune_term, lat_e7, lon_e7, practices, from_min"
	    " FROM doc JOIN author ON author.id = doc.author WHERE doc.expires > ?1 OR author.own",
	[SQL_LINKS_AS]		=
	    "SELECT " LINK_COLUMNS " WHERE link.target >= ?1 AND link.target < ?3 AND link.field = ?4"
	    " AND link.expires > ?2 ORDER BY link.updated DESC",
};
