-- Why: what is wanted, the nonces that carry it, and every byte that was ever signed must outlive the process: a restart
-- decides from these rows and the chain alone. Nothing here is derived, so nothing here is ever rebuilt.
CREATE TABLE intents (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    effect            TEXT    NOT NULL,
    incarnation       INTEGER NOT NULL,
    topic             TEXT    NOT NULL,
    job               TEXT    NOT NULL,
    chain_id          INTEGER NOT NULL,
    lane              TEXT    NOT NULL,
    recipient         BLOB    NOT NULL CHECK (length(recipient) = 20),
    data              BLOB    NOT NULL,
    value             BLOB    NOT NULL CHECK (length(value) = 32),
    expected          TEXT    NOT NULL,
    valid_until       INTEGER,
    max_incarnations  INTEGER NOT NULL,
    trace             TEXT    NOT NULL,
    reason            TEXT    NOT NULL,
    evidence_at_ms    INTEGER NOT NULL,
    state             TEXT    NOT NULL,
    parked            TEXT,
    result            TEXT,
    detail            TEXT,
    gas               INTEGER,
    nonce             INTEGER,
    planned_at_ms     INTEGER NOT NULL,
    first_write_at_ms INTEGER,
    included_at_ms    INTEGER,
    ended_at_ms       INTEGER,
    included_height   INTEGER,
    included_hash     BLOB,
    UNIQUE (effect, incarnation)
) STRICT;
-- The same effect is never open twice.
CREATE UNIQUE INDEX intents_open_effect ON intents (effect)
    WHERE state NOT IN ('final', 'cancelled', 'superseded', 'rejected');
CREATE INDEX intents_open_chain ON intents (chain_id, id)
    WHERE state NOT IN ('final', 'cancelled', 'superseded', 'rejected');

CREATE TABLE slots (
    chain_id     INTEGER NOT NULL,
    signer       BLOB    NOT NULL CHECK (length(signer) = 20),
    nonce        INTEGER NOT NULL,
    lane         TEXT    NOT NULL,
    intent_id    INTEGER REFERENCES intents (id),
    opened_at_ms INTEGER NOT NULL,
    ended        TEXT,
    winner       BLOB,
    cost         BLOB,
    ended_at_ms  INTEGER,
    PRIMARY KEY (chain_id, signer, nonce)
) STRICT;
-- An intent is wanted on one nonce at a time: two would mean two effects.
CREATE UNIQUE INDEX slots_open_intent ON slots (intent_id) WHERE ended IS NULL AND intent_id IS NOT NULL;

CREATE TABLE attempts (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    hash            BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    chain_id        INTEGER NOT NULL,
    signer          BLOB    NOT NULL,
    nonce           INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    intent_id       INTEGER REFERENCES intents (id),
    raw             BLOB    NOT NULL,
    max_fee         BLOB    NOT NULL CHECK (length(max_fee) = 32),
    priority_fee    BLOB    NOT NULL CHECK (length(priority_fee) = 32),
    gas             INTEGER NOT NULL,
    max_cost        BLOB    NOT NULL CHECK (length(max_cost) = 32),
    signed_at_ms    INTEGER NOT NULL,
    offered_at_ms   INTEGER,
    included_height INTEGER,
    included_hash   BLOB,
    FOREIGN KEY (chain_id, signer, nonce) REFERENCES slots (chain_id, signer, nonce)
) STRICT;
CREATE INDEX attempts_by_slot ON attempts (chain_id, signer, nonce);
CREATE INDEX attempts_by_intent ON attempts (intent_id);
