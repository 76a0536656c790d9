-- What this node was told to forget, so that it does not come back: by name, and by a keyed hash of the row of
-- a source that it was imported from, whose own identifier may be personal.
CREATE TABLE erasure (
  ref      TEXT PRIMARY KEY,              -- did:key:.../kind/rid
  own      INTEGER NOT NULL,              -- 1: of an author here, deleted everywhere; 0: erased on this node alone
  since    INTEGER NOT NULL,
  allowed  INTEGER NOT NULL               -- 0, or when it was allowed again
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_item (
  hash     BLOB PRIMARY KEY CHECK (length(hash) = 32),
  ref      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_item_ref ON erasure_item (ref);

-- What each neighbour answered when asked whether it has forgotten too.
CREATE TABLE erasure_peer (
  ref       TEXT NOT NULL,
  url       TEXT NOT NULL,
  state     INTEGER NOT NULL,             -- enum erased_there
  asked     INTEGER NOT NULL,             -- last time
  tries     INTEGER NOT NULL,             -- in a row without a confirmation
  confirmed INTEGER NOT NULL,             -- when; 0: not yet
  detail    TEXT NOT NULL,
  PRIMARY KEY (ref, url)
) STRICT, WITHOUT ROWID;

-- Files that commands wrote from this node: bundles, exports, backups.  They may still hold what is erased.
CREATE TABLE made_file (
  path     TEXT PRIMARY KEY,
  what     TEXT NOT NULL,
  made     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
