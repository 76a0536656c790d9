-- Where a block came from: empty, decided here; else the author of the list that advised it.
ALTER TABLE block ADD COLUMN origin TEXT NOT NULL DEFAULT '';
-- What a neighbour runs; when its set was last compared with ours, whether they were equal then, how much it held.
ALTER TABLE peer ADD COLUMN software TEXT NOT NULL DEFAULT '';
ALTER TABLE peer ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN equal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
