-- A root that named two next ones: an identity that contradicts the one kept was signed by the same root.  The ids
-- are evidence, never the contents; one row a root of an author, the latest pair.
CREATE TABLE branch (
  author     INTEGER NOT NULL REFERENCES author,
  generation INTEGER NOT NULL,            -- of the root that signed both
  here       BLOB NOT NULL CHECK (length(here) = 32),
  other      BLOB NOT NULL CHECK (length(other) = 32),
  seen       INTEGER NOT NULL,
  PRIMARY KEY (author, generation)
) STRICT, WITHOUT ROWID;
