-- Two live versions of one record with one "updated" and other contents: two writers used one key.  The ids are
-- kept as evidence, never the contents; one row a record, the latest pair.
CREATE TABLE twin (
  author   INTEGER NOT NULL REFERENCES author,
  kind     TEXT NOT NULL,
  rid      TEXT NOT NULL,
  here     BLOB NOT NULL CHECK (length(here) = 32),
  other    BLOB NOT NULL CHECK (length(other) = 32),
  seen     INTEGER NOT NULL,
  PRIMARY KEY (author, kind, rid)
) STRICT, WITHOUT ROWID;
