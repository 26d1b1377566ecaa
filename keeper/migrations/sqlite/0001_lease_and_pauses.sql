-- Why: one row says who may write; an operator's pauses outlive restarts and keep their history.
CREATE TABLE lease (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    holder TEXT    NOT NULL,
    epoch  INTEGER NOT NULL
) STRICT;

CREATE TABLE pauses (
    id         INTEGER PRIMARY KEY,
    subject    TEXT    NOT NULL,
    who        TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    ended_who  TEXT,
    ended_why  TEXT,
    ended_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX pauses_in_force ON pauses (subject) WHERE ended_at IS NULL;

-- Why: a halt is a fact about a chain that only a person may clear.
CREATE TABLE halts (
    id         INTEGER PRIMARY KEY,
    chain_id   INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    ended_who  TEXT,
    ended_why  TEXT,
    ended_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX halts_in_force ON halts (chain_id) WHERE ended_at IS NULL;
