-- Why: an operator's word about one transaction is obeyed by the process that holds the lease, through the same machine as
-- everything else, and stays with who gave it, why, and what came of it.
CREATE TABLE orders (
    id        INTEGER PRIMARY KEY,
    intent_id INTEGER NOT NULL REFERENCES intents (id),
    kind      TEXT    NOT NULL,
    who       TEXT    NOT NULL,
    why       TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    outcome   TEXT
) STRICT;
CREATE UNIQUE INDEX orders_open ON orders (intent_id, kind) WHERE outcome IS NULL;
CREATE INDEX orders_by_intent ON orders (intent_id);
