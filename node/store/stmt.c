/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stmt.c - the SQL, readable as SQL; see stmt.h. */
#include "node/store/stmt.h"

#define ITEM "source, item, ref, hash, seen, state, missing, generation, fields"
#define WATCH "url, name, format, kind, author, lang, license, every_s, paused, added, last_try, last_ok, next_try," \
	" failures, state, why, etag, modified, bytes, items, fresh, changed, same, refused, removed, asked," \
	" last_whole"
#define ROW "seq, in_set, received, peer, body, id"
#define PEER "url, did, name, cursor, added, last_try, last_ok, failures, clock_offset_s," \
	" pulled, pushed, bytes_in, bytes_out, last_error, sticky, outside_here, outside_there, software," \
	" compared, equal, count"

const char *const stmt_sql[STMT__COUNT] = {
	[STMT_AUTHOR_ALL] =
	    "SELECT num, did, own, listed, lost FROM author ORDER BY num",
	[STMT_AUTHOR_INSERT] =
	    "INSERT INTO author (num, did) VALUES (?1, ?2)",
	[STMT_AUTHOR_OWN] =
	    "UPDATE author SET own = ?2 WHERE num = ?1",
	[STMT_AUTHOR_LISTED] =
	    "UPDATE author SET listed = ?2 WHERE num = ?1",
	[STMT_AUTHOR_LOST] =
	    "UPDATE author SET lost = ?2 WHERE num = ?1",
	[STMT_AUTHOR_LOST_BEFORE] =
	    "SELECT num FROM author a WHERE lost > 0 AND lost <= ?1"
	    " AND EXISTS (SELECT 1 FROM record WHERE author = a.num) LIMIT ?2",

	[STMT_RECORD_CURRENT] =
	    "SELECT seq, id, generation, updated, created, class, in_set, body FROM record"
	    " WHERE author = ?1 AND kind = ?2 AND rid = ?3",
	[STMT_RECORD_INSERT] =
	    "INSERT INTO record (seq, author, kind, rid, id, class, generation, updated, created,"
	    " expires, in_set, received, peer, body)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[STMT_RECORD_DELETE] =
	    "DELETE FROM record WHERE seq = ?1",
	[STMT_RECORD_OLDEST] =
	    "SELECT seq, kind, rid, id, created, in_set, class, updated FROM record"
	    " WHERE author = ?1 AND class = ?2 ORDER BY updated, id LIMIT 1",
	[STMT_RECORD_TOMBSTONES_FROM] =
	    "SELECT min(updated) FROM record WHERE author = ?1 AND class = 2",
	[STMT_RECORD_OLDER] =
	    "SELECT seq, kind, rid, id, created, in_set, class FROM record"
	    " WHERE author = ?1 AND class IN (0, 1, 2, 3) AND updated < ?2"
	    " AND kind NOT IN ('identity', 'retire')",
	[STMT_RECORD_OF_AUTHOR] =
	    "SELECT seq, kind, rid, id, created, in_set, class, body FROM record WHERE author = ?1",
	[STMT_RECORD_SET_OF_AUTHOR] =
	    "SELECT seq, kind, rid, id, created, in_set, class FROM record"
	    " WHERE author = ?1 AND in_set = 1",
	[STMT_RECORD_LEAVE] =
	    "UPDATE record SET in_set = 0 WHERE author = ?1",
	[STMT_RECORD_LAPSE] =
	    "UPDATE record SET in_set = 0 WHERE seq = ?1",
	[STMT_RECORD_REENTER] =
	    "UPDATE record SET seq = ?2, in_set = 1 WHERE seq = ?1",
	[STMT_RECORD_ASIDE_OF_AUTHOR] =
	    "SELECT seq, kind, rid, id, created, in_set, class FROM record"
	    " WHERE author = ?1 AND in_set = 0 AND expires > ?2",
	[STMT_RECORD_EXPIRED] =
	    "SELECT author, seq, kind, rid, id, created, in_set, class FROM record"
	    " WHERE expires <= ?1 AND (in_set = 1 OR author NOT IN (SELECT num FROM author WHERE own = 1))"
	    " ORDER BY expires LIMIT ?2",
	[STMT_RECORD_EARLY] =
	    "SELECT author, seq, kind, rid, id, created, in_set, class, body, peer FROM record INDEXED BY record_expires"
	    " WHERE expires > ?1 AND created > ?1 AND author NOT IN (SELECT num FROM author WHERE own = 1) LIMIT ?2",
	[STMT_RECORD_BY_NAME] =
	    "SELECT seq, kind, rid, id, created, in_set, class FROM record"
	    " WHERE author = ?1 AND kind = ?2 AND rid = ?3",
	[STMT_RECORD_SET_ALL] =
	    "SELECT created, id FROM record INDEXED BY record_expires WHERE in_set = 1",
	[STMT_RECORD_IDENTITIES] =
	    "SELECT a.num, r.body FROM author a CROSS JOIN record r"
	    " ON r.author = a.num AND r.kind = 'identity' AND r.rid = 'self'",
	[STMT_RECORD_RETIRES] =
	    "SELECT a.num, r.updated FROM author a CROSS JOIN record r"
	    " ON r.author = a.num AND r.kind = 'retire' AND r.rid = 'self'",
	[STMT_RECORD_TERRITORIES] =
	    "SELECT a.num, r.body FROM author a CROSS JOIN record r"
	    " ON r.author = a.num AND r.kind = 'territory' AND r.rid = 'self'",
	[STMT_RECORD_COUNTS] =
	    "SELECT author, class, kind, in_set FROM record INDEXED BY record_class",
	[STMT_RECORD_CLAIM] =
	    "UPDATE record SET peer = NULL WHERE id = ?1",
	[STMT_RECORD_ID_KNOWN] =
	    "SELECT 1 FROM record WHERE id = ?1",
	[STMT_SEQ_MAX] =
	    "SELECT max((SELECT coalesce(max(seq), 0) FROM record),"
	    " (SELECT coalesce(max(seq), 0) FROM removed))",
	[STMT_SEQ_AT] =
	    "SELECT coalesce((SELECT seq - 1 FROM record WHERE received >= ?1 ORDER BY seq LIMIT 1),"
	    " (SELECT max(seq) FROM record), 0)",
	[STMT_INTEGRITY] =
	    "SELECT integrity_check FROM pragma_integrity_check(20)",

	[STMT_VOUCH_PUT] =
	    "INSERT OR REPLACE INTO vouch (author, rid, subject, hops, budget, next)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STMT_VOUCH_DELETE] =
	    "DELETE FROM vouch WHERE author = ?1 AND rid = ?2",
	[STMT_VOUCH_ALL] =
	    "SELECT author, subject, hops, budget, rid FROM vouch",
	[STMT_VOUCH_PIN] =
	    "SELECT author, next FROM vouch WHERE subject = ?1 AND next IS NOT NULL",

	[STMT_ASIDE_PUT] =
	    "INSERT INTO aside (id, author, due, added, peer, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT (id) DO NOTHING",
	[STMT_ASIDE_DELETE] =
	    "DELETE FROM aside WHERE id = ?1",
	[STMT_ASIDE_DELETE_AUTHOR] =
	    "DELETE FROM aside WHERE author = ?1",
	[STMT_ASIDE_COUNT] =
	    "SELECT count(*) FROM aside",
	[STMT_ASIDE_COUNT_AUTHOR] =
	    "SELECT count(*) FROM aside WHERE author = ?1",
	[STMT_ASIDE_OF_AUTHOR] =
	    "SELECT id, body, peer FROM aside WHERE author = ?1",
	[STMT_ASIDE_DUE] =
	    "SELECT id, body, peer FROM aside WHERE due > 0 AND due <= ?1 ORDER BY due LIMIT ?2",
	[STMT_ASIDE_FORGET] =
	    "DELETE FROM aside WHERE due = 0 AND added <= ?1",
	[STMT_ASIDE_COUNTS] =
	    "SELECT (SELECT count(*) FROM aside WHERE due > 0), (SELECT count(*) FROM aside WHERE due = 0)",

	[STMT_TWIN_BODY] =
	    "SELECT body FROM record WHERE seq = ?1",
	[STMT_TWIN_PUT] =
	    "INSERT OR REPLACE INTO twin (author, kind, rid, here, other, seen)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STMT_TWIN_ALL] =
	    "SELECT a.did, t.kind, t.rid, t.here, t.other, t.seen"
	    " FROM twin t CROSS JOIN author a ON a.num = t.author LIMIT 1000",
	[STMT_BRANCH_PUT] =
	    "INSERT OR REPLACE INTO branch (author, generation, here, other, seen) VALUES (?1, ?2, ?3, ?4, ?5)",
	[STMT_BRANCH_ALL] =
	    "SELECT a.did, b.generation, b.here, b.other, b.seen"
	    " FROM branch b CROSS JOIN author a ON a.num = b.author LIMIT 1000",
	[STMT_REMOVED_PUT] =
	    "INSERT INTO removed (seq, author, kind, rid) VALUES (?1, ?2, ?3, ?4)",
	[STMT_REMOVED_RANGE] =
	    "SELECT seq, author, kind, rid FROM removed WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
	[STMT_REMOVED_TRIM] =
	    "DELETE FROM removed WHERE seq <= ?1 AND seq < (SELECT max(seq) FROM removed)",
	[STMT_BLOCK_PUT] =
	    "INSERT OR REPLACE INTO block (what, reason, since, origin) VALUES (?1, ?2, ?3, ?4)",
	[STMT_BLOCK_DELETE] =
	    "DELETE FROM block WHERE what = ?1",
	[STMT_BLOCK_GET] =
	    "SELECT 1 FROM block WHERE what = ?1",
	[STMT_BLOCK_ALL] =
	    "SELECT what, reason, since, origin FROM block ORDER BY since DESC, what",
	[STMT_META_GET] =
	    "SELECT value FROM meta WHERE key = ?1",
	[STMT_META_PUT] =
	    "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
	[STMT_META_DELETE] =
	    "DELETE FROM meta WHERE key = ?1",

	[STMT_PEER_PUT] =
	    "INSERT OR REPLACE INTO peer (" PEER ")"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
	    " ?17, ?18, ?19, ?20, ?21)",
	[STMT_PEER_DELETE] =
	    "DELETE FROM peer WHERE url = ?1",
	[STMT_PEER_GET] =
	    "SELECT " PEER " FROM peer WHERE url = ?1",
	[STMT_PEER_ALL] =
	    "SELECT " PEER " FROM peer ORDER BY url",
	[STMT_PHANTOM_PUT] =
	    "INSERT OR REPLACE INTO phantom (peer, id, author, created, reason, theirs)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STMT_PHANTOM_DELETE] =
	    "DELETE FROM phantom WHERE peer = ?1 AND id = ?2",
	[STMT_PHANTOM_CLEAR] =
	    "DELETE FROM phantom",
	[STMT_PHANTOM_CLEAR_PEER] =
	    "DELETE FROM phantom WHERE peer = ?1",
	[STMT_PHANTOM_CLEAR_AUTHOR] =
	    "DELETE FROM phantom WHERE author = ?2",
	[STMT_PHANTOM_CLEAR_BOTH] =
	    "DELETE FROM phantom WHERE peer = ?1 AND author = ?2",
	[STMT_PHANTOM_CLEAR_REASON] =
	    "DELETE FROM phantom WHERE reason = ?1 AND theirs = 0",
	[STMT_PHANTOM_CLEAR_AUTHOR_REASON] =
	    "DELETE FROM phantom WHERE author = ?2 AND reason = ?1 AND theirs = 0",
	[STMT_PHANTOM_ALL] =
	    "SELECT author, created, id, reason, theirs FROM phantom WHERE peer = ?1",
	[STMT_PHANTOM_COUNTS] =
	    "SELECT theirs, reason, count(*) FROM phantom WHERE peer = ?1 GROUP BY theirs, reason",
	[STMT_SOURCE_PUT] =
	    "INSERT OR REPLACE INTO source_item (" ITEM ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STMT_SOURCE_DELETE] =
	    "DELETE FROM source_item WHERE source = ?1 AND item = ?2",
	[STMT_SOURCE_ITEMS] =
	    "SELECT " ITEM " FROM source_item WHERE source = ?1 ORDER BY item",
	[STMT_SOURCE_PAGE] =
	    "SELECT " ITEM " FROM source_item WHERE source = ?1 AND item > ?2 AND state = 0"
	    " ORDER BY item LIMIT ?3",
	[STMT_SOURCE_ALL] =
	    "SELECT " ITEM " FROM source_item ORDER BY source, item",
	[STMT_SOURCE_ITEM] =
	    "SELECT " ITEM " FROM source_item WHERE source = ?1 AND item = ?2",
	[STMT_SOURCE_REF] =
	    "SELECT " ITEM " FROM source_item WHERE ref = ?1 ORDER BY seen DESC",
	[STMT_SOURCE_MARK] =
	    "UPDATE source_item SET state = ?3, missing = ?4 WHERE source = ?1 AND item = ?2",
	[STMT_SOURCE_FIELDS] =
	    "UPDATE source_item SET fields = ?3 WHERE source = ?1 AND item = ?2",

	[STMT_WATCH_PUT] =
	    "INSERT INTO source (" WATCH ", mapping) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, '') ON CONFLICT (url) DO UPDATE SET"
	    " name = excluded.name, format = excluded.format, kind = excluded.kind, author = excluded.author,"
	    " lang = excluded.lang, license = excluded.license, every_s = excluded.every_s, paused = excluded.paused,"
	    " last_try = excluded.last_try, last_ok = excluded.last_ok, next_try = excluded.next_try,"
	    " failures = excluded.failures, state = excluded.state, why = excluded.why, etag = excluded.etag,"
	    " modified = excluded.modified, bytes = excluded.bytes, items = excluded.items, fresh = excluded.fresh,"
	    " changed = excluded.changed, same = excluded.same, refused = excluded.refused,"
	    " removed = excluded.removed, asked = excluded.asked, last_whole = excluded.last_whole",
	[STMT_WATCH_DELETE] =
	    "DELETE FROM source WHERE url = ?1",
	[STMT_WATCH_GET] =
	    "SELECT " WATCH " FROM source WHERE url = ?1",
	[STMT_WATCH_ALL] =
	    "SELECT " WATCH " FROM source ORDER BY url",
	[STMT_WATCH_MAPPING] =
	    "SELECT mapping FROM source WHERE url = ?1",
	[STMT_WATCH_SET_MAPPING] =
	    "UPDATE source SET mapping = ?2 WHERE url = ?1",
	[STMT_QUESTION_PUT] =
	    "INSERT OR REPLACE INTO source_question (source, item, ref, theirs, since) VALUES (?1, ?2, ?3, ?4, ?5)",
	[STMT_QUESTION_DELETE] =
	    "DELETE FROM source_question WHERE source = ?1 AND item = ?2",
	[STMT_QUESTION_CLEAR] =
	    "DELETE FROM source_question WHERE source = ?1",
	[STMT_QUESTION_DELETE_REF] =
	    "DELETE FROM source_question WHERE ref = ?1",
	[STMT_QUESTION_GET] =
	    "SELECT source, item, ref, theirs, since FROM source_question WHERE source = ?1 AND item = ?2",
	[STMT_QUESTION_LIST] =
	    "SELECT source, item, ref, theirs, since FROM source_question WHERE source = ?1 AND item > ?2"
	    " ORDER BY item LIMIT ?3",
	[STMT_QUESTION_COUNT] =
	    "SELECT count(*) FROM source_question WHERE source = ?1",
	[STMT_SOURCE_DELETE_REF] =
	    "DELETE FROM source_item WHERE ref = ?1",

	[STMT_ERASURE_COUNT] =
	    "SELECT count(*) FROM erasure",
	[STMT_ERASURE_PUT] =
	    "INSERT INTO erasure (ref, own, since, allowed) VALUES (?1, ?2, ?3, 0)"
	    " ON CONFLICT (ref) DO UPDATE SET own = ?2, since = CASE allowed WHEN 0 THEN since ELSE ?3 END, allowed = 0",
	[STMT_ERASURE_ALLOW] =
	    "UPDATE erasure SET allowed = ?2 WHERE ref = ?1 AND allowed = 0",
	[STMT_ERASURE_ALL] =
	    "SELECT ref, own, since, allowed FROM erasure ORDER BY since DESC, ref",
	[STMT_ERASURE_GET] =
	    "SELECT ref, own, since, allowed FROM erasure WHERE ref = ?1",
	[STMT_ERASURE_STANDING] =
	    "SELECT allowed FROM erasure WHERE ref = ?1",
	[STMT_ERASURE_ITEM_PUT] =
	    "INSERT OR REPLACE INTO erasure_item (hash, ref) VALUES (?1, ?2)",
	[STMT_ERASURE_ITEM_STANDING] =
	    "SELECT x.allowed FROM erasure_item i CROSS JOIN erasure x ON x.ref = i.ref WHERE i.hash = ?1",
	[STMT_ERASURE_PEER_ALL] =
	    "SELECT p.url, p.name, coalesce(c.state, 0), coalesce(c.asked, 0), coalesce(c.tries, 0),"
	    " coalesce(c.confirmed, 0), coalesce(c.detail, ''),"
	    " NOT EXISTS (SELECT 1 FROM block WHERE what IN (p.url, p.did))"
	    " FROM peer p LEFT JOIN erasure_peer c ON c.ref = ?1 AND c.url = p.url"
	    " WHERE p.sticky > 0 OR p.last_ok > 0 OR c.url IS NOT NULL"
	    " UNION ALL SELECT url, '', state, asked, tries, confirmed, detail, 0 FROM erasure_peer"
	    " WHERE ref = ?1 AND url NOT IN (SELECT url FROM peer) ORDER BY 1",
	[STMT_ERASURE_PEER_PUT] =
	    "INSERT OR REPLACE INTO erasure_peer (ref, url, state, asked, tries, confirmed, detail)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_ERASURE_PEER_CLEAR] =
	    "DELETE FROM erasure_peer WHERE ref = ?1",
	[STMT_MADE_FILE_ALL] =
	    "SELECT path, what, made FROM made_file ORDER BY made DESC, path LIMIT 1000",
	[STMT_MADE_FILE_PUT] =
	    "INSERT OR REPLACE INTO made_file (path, what, made) VALUES (?1, ?2, ?3)",
	[STMT_MADE_FILE_DELETE] =
	    "DELETE FROM made_file WHERE path = ?1",

	[STMT_READ_BEGIN] =
	    "BEGIN",
	[STMT_READ_END] =
	    "COMMIT",
	[STMT_GET_NAME] =
	    "SELECT " ROW " FROM record WHERE author = (SELECT num FROM author WHERE did = ?1)"
	    " AND kind = ?2 AND rid = ?3",
	[STMT_GET_ID] =
	    "SELECT " ROW " FROM record WHERE id = ?1",
	[STMT_CHANGES] =
	    "SELECT " ROW " FROM record WHERE seq > ?1 AND in_set = 1 ORDER BY seq",
	[STMT_CHANGES_OWN_TOO] =
	    "SELECT " ROW " FROM record WHERE seq > ?1"
	    " AND (in_set = 1 OR author IN (SELECT num FROM author WHERE own = 1)) ORDER BY seq",
	[STMT_CHANGES_AUTHOR] =
	    "SELECT " ROW " FROM record WHERE seq > ?1 AND in_set = 1"
	    " AND (author = (SELECT num FROM author WHERE did = ?2) OR kind IN ('identity', 'retire'))"
	    " ORDER BY seq",
	[STMT_CHANGES_KIND] =
	    "SELECT " ROW " FROM record WHERE seq > ?1 AND in_set = 1"
	    " AND (kind = ?3 OR kind IN ('identity', 'retire')) ORDER BY seq",
	[STMT_CHANGES_AUTHOR_KIND] =
	    "SELECT " ROW " FROM record WHERE seq > ?1 AND in_set = 1"
	    " AND (kind IN ('identity', 'retire')"
	    " OR (author = (SELECT num FROM author WHERE did = ?2) AND kind = ?3)) ORDER BY seq",
	[STMT_CHANGES_PART] =
	    "SELECT " ROW ", (SELECT did FROM author WHERE num = record.author), kind"
	    " FROM record WHERE seq > ?1 AND in_set = 1 ORDER BY seq",
	[STMT_LIST_ALL] =
	    "SELECT " ROW " FROM record ORDER BY author, kind, rid",
	[STMT_LIST_AUTHOR] =
	    "SELECT " ROW " FROM record WHERE author = (SELECT num FROM author WHERE did = ?1)"
	    " ORDER BY kind, rid",
	[STMT_LIST_KIND] =
	    "SELECT " ROW " FROM record WHERE +kind = ?2 ORDER BY author, kind, rid",
	[STMT_LIST_NODES] =
	    "SELECT " ROW " FROM record WHERE kind = 'node' ORDER BY author",
	[STMT_LIST_ENDING] =
	    "SELECT " ROW " FROM record INDEXED BY record_expires"
	    " WHERE expires <= ?1 AND in_set = 1 AND class <> 2"
	    " AND author IN (SELECT num FROM author WHERE own = 1)",
	[STMT_LIST_AUTHOR_KIND] =
	    "SELECT " ROW " FROM record WHERE author = (SELECT num FROM author WHERE did = ?1)"
	    " AND kind = ?2 ORDER BY rid",
};
