-- Why: what the chain says, as the indexer read it. Every row carries the height that caused it, so that a reorg is undone by
-- deleting the rows above the common ancestor; nothing is updated in place but the cursor and the finalized block.
CREATE TABLE blocks (
    chain_id INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    parent   BLOB    NOT NULL,
    time     INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    chain_id INTEGER PRIMARY KEY,
    height   INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    parent   BLOB    NOT NULL,
    time     INTEGER NOT NULL
) STRICT;

CREATE TABLE finalized (
    chain_id INTEGER PRIMARY KEY,
    height   INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    parent   BLOB    NOT NULL,
    time     INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    chain_id    INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    block_hash  BLOB    NOT NULL,
    transaction_hash BLOB NOT NULL,
    address     BLOB    NOT NULL,
    topic0      BLOB,
    topic1      BLOB,
    topic2      BLOB,
    topic3      BLOB,
    data        BLOB    NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;
-- Why: an effect is looked up by the event that shows it, e.g. a feed's report of an epoch, which is the whole data of one event and
-- a topic of another. Long data is no key: PostgreSQL takes 2,700 bytes at most.
CREATE INDEX events_by_topics ON events (chain_id, address, topic0, topic1, height);
CREATE INDEX events_by_data ON events (chain_id, address, topic0, data) WHERE length(data) <= 256;

-- Why: a feed's accepted reports are its rounds and, where they made none, its disputes; observed_at is the epoch of the report.
CREATE TABLE rounds (
    chain_id    INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    feed        BLOB    NOT NULL,
    round       INTEGER NOT NULL,
    price       BLOB    NOT NULL,
    observed_at INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    transaction_hash BLOB NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX rounds_by_feed ON rounds (chain_id, feed, round);

-- Why: a row without a report (all three NULL) ends a dispute; a feed is disputed while its newest row has one.
CREATE TABLE disputes (
    chain_id    INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    feed        BLOB    NOT NULL,
    observed_at INTEGER,
    since       INTEGER,
    price       BLOB,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX disputes_by_feed ON disputes (chain_id, feed, height, log_index);

CREATE TABLE signer_sets (
    chain_id         INTEGER NOT NULL,
    height           INTEGER NOT NULL,
    log_index        INTEGER NOT NULL,
    verifier         BLOB    NOT NULL,
    set_id           INTEGER NOT NULL,
    signers          BLOB    NOT NULL,
    threshold        INTEGER NOT NULL,
    strict_threshold INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX signer_sets_by_verifier ON signer_sets (chain_id, verifier, height, log_index);
