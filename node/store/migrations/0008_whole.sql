-- Between two whole answers a source may be asked only for what changed.
ALTER TABLE source ADD COLUMN last_whole INTEGER NOT NULL DEFAULT 0;      -- Unix seconds; 0 never
