-- Authors, by small numbers that the other tables and memory use.
CREATE TABLE author (
  num      INTEGER PRIMARY KEY,           -- dense from 0
  did      TEXT NOT NULL UNIQUE,
  own      INTEGER NOT NULL DEFAULT 0,    -- this node holds a key of it
  listed   INTEGER NOT NULL DEFAULT 0,    -- the operator's direct choice
  lost     INTEGER NOT NULL DEFAULT 0     -- when it lost admission, Unix seconds; 0: it has not
) STRICT;
CREATE INDEX author_own ON author (num) WHERE own = 1;
CREATE INDEX author_lost ON author (lost) WHERE lost > 0;

-- Records are the truth: the exact signed bytes, one current version per name.
CREATE TABLE record (
  seq        INTEGER PRIMARY KEY,         -- order of entering the set; what the feed pages by
  author     INTEGER NOT NULL REFERENCES author,
  kind       TEXT NOT NULL,
  rid        TEXT NOT NULL,
  id         BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
  class      INTEGER NOT NULL,            -- 0 one by name, 1 live and counted, 2 tombstone, 3 vouch
  generation INTEGER NOT NULL,            -- identities: successions so far
  updated    INTEGER NOT NULL,
  created    INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  in_set     INTEGER NOT NULL,            -- 0: kept for its author here, or while admission is lost
  received   INTEGER NOT NULL,
  peer       TEXT,                        -- where it came from; NULL: written here
  body       BLOB NOT NULL,
  UNIQUE (author, kind, rid)
) STRICT;
-- Finds the oldest of an author's class; covers the counting at start.
CREATE INDEX record_class ON record (author, class, updated, id, kind, in_set);
-- Finds what expired; covers the loading of the set at start.
CREATE INDEX record_expires ON record (expires, created, id, in_set);
-- Finds the neighbours that nobody named.
CREATE INDEX record_node ON record (author) WHERE kind = 'node';

-- What vouch records say, for the walk of admission.
CREATE TABLE vouch (
  author   INTEGER NOT NULL REFERENCES author,
  rid      TEXT NOT NULL,
  subject  INTEGER NOT NULL REFERENCES author,
  hops     INTEGER NOT NULL,
  budget   INTEGER NOT NULL,
  next     BLOB,                          -- the subject's commitment, pinned for newcomers
  PRIMARY KEY (author, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX vouch_subject ON vouch (subject);

-- Well-formed, signed and not (yet) judged: from the future, or of an unknown identity.
CREATE TABLE aside (
  id       BLOB PRIMARY KEY CHECK (length(id) = 32),
  author   TEXT NOT NULL,
  due      INTEGER NOT NULL,              -- held: when to look again; 0: unresolved
  added    INTEGER NOT NULL,
  peer     TEXT,
  body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX aside_author ON aside (author);
CREATE INDEX aside_due ON aside (due, added);

-- Left the set without a successor; the search index follows this, then it is trimmed.
CREATE TABLE removed (
  seq      INTEGER PRIMARY KEY,
  author   TEXT NOT NULL,
  kind     TEXT NOT NULL,                 -- empty: everything of the author
  rid      TEXT NOT NULL
) STRICT;

CREATE TABLE block (
  what     TEXT PRIMARY KEY,              -- did:key:... or did:key:.../kind/rid
  reason   TEXT NOT NULL,
  since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Node-local from here on: neighbours, what they and we refused, where imports came from.
CREATE TABLE peer (
  url            TEXT PRIMARY KEY,
  did            TEXT NOT NULL,
  name           TEXT NOT NULL,
  cursor         TEXT NOT NULL,
  added          INTEGER NOT NULL,
  last_try       INTEGER NOT NULL,
  last_ok        INTEGER NOT NULL,
  failures       INTEGER NOT NULL,
  clock_offset_s INTEGER NOT NULL,
  pulled         INTEGER NOT NULL,
  pushed         INTEGER NOT NULL,
  bytes_in       INTEGER NOT NULL,
  bytes_out      INTEGER NOT NULL,
  last_error     TEXT NOT NULL,
  sticky         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE phantom (
  peer     TEXT NOT NULL,
  id       BLOB NOT NULL CHECK (length(id) = 32),
  author   TEXT NOT NULL,
  created  INTEGER NOT NULL,
  reason   INTEGER NOT NULL,
  theirs   INTEGER NOT NULL,
  PRIMARY KEY (peer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX phantom_author ON phantom (author);

CREATE TABLE source_item (
  source   TEXT NOT NULL,
  item     TEXT NOT NULL,
  ref      TEXT NOT NULL,
  hash     BLOB NOT NULL CHECK (length(hash) = 32),
  seen     INTEGER NOT NULL,
  PRIMARY KEY (source, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  key      TEXT PRIMARY KEY,
  value    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
