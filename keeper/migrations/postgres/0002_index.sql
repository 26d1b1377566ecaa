-- Why: what the chain says, as the indexer read it. Every row carries the height that caused it, so that a reorg is undone by
-- deleting the rows above the common ancestor; nothing is updated in place but the cursor and the finalized block.
CREATE TABLE blocks (
    chain_id BIGINT  NOT NULL,
    height   BIGINT  NOT NULL,
    hash     BYTEA   NOT NULL,
    parent   BYTEA   NOT NULL,
    time     BIGINT  NOT NULL,
    PRIMARY KEY (chain_id, height)
);

CREATE TABLE cursors (
    chain_id BIGINT PRIMARY KEY,
    height   BIGINT  NOT NULL,
    hash     BYTEA   NOT NULL,
    parent   BYTEA   NOT NULL,
    time     BIGINT  NOT NULL
);

CREATE TABLE finalized (
    chain_id BIGINT PRIMARY KEY,
    height   BIGINT  NOT NULL,
    hash     BYTEA   NOT NULL,
    parent   BYTEA   NOT NULL,
    time     BIGINT  NOT NULL
);

CREATE TABLE events (
    chain_id    BIGINT  NOT NULL,
    height      BIGINT  NOT NULL,
    log_index   BIGINT  NOT NULL,
    block_hash  BYTEA   NOT NULL,
    transaction_hash BYTEA NOT NULL,
    address     BYTEA   NOT NULL,
    topic0      BYTEA,
    topic1      BYTEA,
    topic2      BYTEA,
    topic3      BYTEA,
    data        BYTEA   NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);
-- Why: an effect is looked up by the event that shows it, e.g. a feed's report of an epoch, which is the whole data of one event and
-- a topic of another. Long data is no key: PostgreSQL takes 2,700 bytes at most.
CREATE INDEX events_by_topics ON events (chain_id, address, topic0, topic1, height);
CREATE INDEX events_by_data ON events (chain_id, address, topic0, data) WHERE length(data) <= 256;

-- Why: a feed's accepted reports are its rounds and, where they made none, its disputes; observed_at is the epoch of the report.
CREATE TABLE rounds (
    chain_id    BIGINT  NOT NULL,
    height      BIGINT  NOT NULL,
    log_index   BIGINT  NOT NULL,
    feed        BYTEA   NOT NULL,
    round       BIGINT  NOT NULL,
    price       BYTEA   NOT NULL,
    observed_at BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    transaction_hash BYTEA NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);
CREATE UNIQUE INDEX rounds_by_feed ON rounds (chain_id, feed, round);

-- Why: a row without a report (all three NULL) ends a dispute; a feed is disputed while its newest row has one.
CREATE TABLE disputes (
    chain_id    BIGINT  NOT NULL,
    height      BIGINT  NOT NULL,
    log_index   BIGINT  NOT NULL,
    feed        BYTEA   NOT NULL,
    observed_at BIGINT,
    since       BIGINT,
    price       BYTEA,
    PRIMARY KEY (chain_id, height, log_index)
);
CREATE INDEX disputes_by_feed ON disputes (chain_id, feed, height, log_index);

CREATE TABLE signer_sets (
    chain_id         BIGINT  NOT NULL,
    height           BIGINT  NOT NULL,
    log_index        BIGINT  NOT NULL,
    verifier         BYTEA   NOT NULL,
    set_id           BIGINT  NOT NULL,
    signers          BYTEA   NOT NULL,
    threshold        BIGINT  NOT NULL,
    strict_threshold BIGINT  NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);
CREATE INDEX signer_sets_by_verifier ON signer_sets (chain_id, verifier, height, log_index);
