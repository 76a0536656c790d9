-- How many records lie outside what one of the two holds, as last counted with each peer.
ALTER TABLE peer ADD COLUMN outside_here INTEGER NOT NULL DEFAULT 0;	-- theirs, not held here
ALTER TABLE peer ADD COLUMN outside_there INTEGER NOT NULL DEFAULT 0;	-- ours, not held there
