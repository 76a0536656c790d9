-- Other directories that are looked at again and again.
CREATE TABLE source (
  url       TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  format    TEXT NOT NULL,              -- empty: recognised each time
  kind      TEXT NOT NULL,
  author    TEXT NOT NULL,              -- in whose name; empty: the node's own
  lang      TEXT NOT NULL,
  license   TEXT NOT NULL,
  mapping   TEXT NOT NULL,              -- text of the mapping file
  every_s   INTEGER NOT NULL,
  paused    INTEGER NOT NULL,
  added     INTEGER NOT NULL,
  last_try  INTEGER NOT NULL,           -- Unix seconds; 0 never
  last_ok   INTEGER NOT NULL,
  next_try  INTEGER NOT NULL,
  failures  INTEGER NOT NULL,           -- in a row
  state     INTEGER NOT NULL,           -- how the last look ended
  why       TEXT NOT NULL,
  etag      TEXT NOT NULL,              -- what the next question may name
  modified  TEXT NOT NULL,
  bytes     INTEGER NOT NULL,           -- of the last whole answer
  items     INTEGER NOT NULL,           -- and what came of it
  fresh     INTEGER NOT NULL,
  changed   INTEGER NOT NULL,
  same      INTEGER NOT NULL,
  refused   INTEGER NOT NULL,
  removed   INTEGER NOT NULL,
  asked     INTEGER NOT NULL            -- records that would vanish; 0: no question
) STRICT, WITHOUT ROWID;

ALTER TABLE source_item ADD COLUMN state INTEGER NOT NULL DEFAULT 0;      -- 0 stands by the source, 1 went with it, 2 kept without it
ALTER TABLE source_item ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;    -- complete answers in a row without it
ALTER TABLE source_item ADD COLUMN generation INTEGER NOT NULL DEFAULT 0; -- how often its record went and it came back
ALTER TABLE source_item ADD COLUMN fields BLOB NOT NULL DEFAULT x'';      -- digests of what the source last said
CREATE INDEX source_item_ref ON source_item (ref);

-- What changed both here and there: theirs, until somebody decides.
CREATE TABLE source_question (
  source    TEXT NOT NULL,
  item      TEXT NOT NULL,
  ref       TEXT NOT NULL,
  theirs    BLOB NOT NULL,
  since     INTEGER NOT NULL,
  PRIMARY KEY (source, item)
) STRICT, WITHOUT ROWID;
