-- Why: in PostgreSQL a lease is taken over when it expires, by the database's clock. A SQLite file has one process at a time
-- and holds the same row; there the column stays zero.
ALTER TABLE lease ADD COLUMN expires_at_ms INTEGER NOT NULL DEFAULT 0;
