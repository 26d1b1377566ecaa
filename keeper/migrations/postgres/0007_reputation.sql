-- Why: scores are computed from what the chain says about wallets, skills and badges, and from nothing else: the same rows give every
-- signer, and everybody who checks, the same score. Every row carries the time of its block, since a score is that of a moment.
CREATE TABLE skills (
    chain_id          BIGINT NOT NULL,
    height            BIGINT NOT NULL,
    log_index         BIGINT NOT NULL,
    time              BIGINT NOT NULL,
    contract          BYTEA   NOT NULL,
    skill             BIGINT NOT NULL,
    first_level_xp    BIGINT NOT NULL,
    level_step_xp     BIGINT NOT NULL,
    max_level         BIGINT NOT NULL,
    grace_seconds     BIGINT NOT NULL,
    decay_xp_per_day  BIGINT NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

-- Why: one of added and taken is zero. xp is what the contract has afterwards: whoever goes through the rows sees whether one is missing.
CREATE TABLE skill_changes (
    chain_id  BIGINT NOT NULL,
    height    BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time      BIGINT NOT NULL,
    contract  BYTEA   NOT NULL,
    wallet    BYTEA   NOT NULL,
    skill     BIGINT NOT NULL,
    validator BYTEA   NOT NULL,
    added     BIGINT NOT NULL,
    taken     BIGINT NOT NULL,
    xp        BIGINT NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

-- Why: minted from, burned to the zero address; anything else is a recovery.
CREATE TABLE wallet_moves (
    chain_id     BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    log_index    BIGINT NOT NULL,
    time         BIGINT NOT NULL,
    contract     BYTEA   NOT NULL,
    wallet       BYTEA   NOT NULL,
    from_account BYTEA   NOT NULL,
    to_account   BYTEA   NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

CREATE TABLE badges (
    chain_id   BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    log_index  BIGINT NOT NULL,
    time       BIGINT NOT NULL,
    contract   BYTEA   NOT NULL,
    badge      BYTEA   NOT NULL,
    soulbound  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    skill      BIGINT NOT NULL,
    level      BIGINT NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

-- Why: one log moves several badges; badges and amounts are words of 32 bytes one after the other. A batch of soulbound badges only tells of a
-- wallet that moved or was burned, which the wallet's own events said before.
CREATE TABLE badge_moves (
    chain_id     BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    log_index    BIGINT NOT NULL,
    time         BIGINT NOT NULL,
    contract     BYTEA   NOT NULL,
    from_account BYTEA   NOT NULL,
    to_account   BYTEA   NOT NULL,
    badges       BYTEA   NOT NULL,
    amounts      BYTEA   NOT NULL,
    batch        BIGINT NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

CREATE TABLE badge_freezes (
    chain_id  BIGINT NOT NULL,
    height    BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time      BIGINT NOT NULL,
    contract  BYTEA   NOT NULL,
    wallet    BYTEA   NOT NULL,
    badge     BYTEA   NOT NULL,
    frozen    BIGINT NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

-- Why: what was reported when. updates are words of 32 bytes, wallet x 65536 + score, one after the other.
CREATE TABLE score_reports (
    chain_id    BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    log_index   BIGINT NOT NULL,
    time        BIGINT NOT NULL,
    contract    BYTEA   NOT NULL,
    observed_at BIGINT NOT NULL,
    updates     BYTEA   NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
);

-- Why: a large move waits since a time; a row without one says that it was vetoed.
CREATE TABLE score_holds (
    chain_id  BIGINT NOT NULL,
    height    BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time      BIGINT NOT NULL,
    contract  BYTEA   NOT NULL,
    wallet    BYTEA   NOT NULL,
    score     BIGINT NOT NULL,
    since     BIGINT,
    PRIMARY KEY (chain_id, height, log_index)
);
