-- Why: scores are computed from what the chain says about wallets, skills and badges, and from nothing else: the same rows give every
-- signer, and everybody who checks, the same score. Every row carries the time of its block, since a score is that of a moment.
CREATE TABLE skills (
    chain_id          INTEGER NOT NULL,
    height            INTEGER NOT NULL,
    log_index         INTEGER NOT NULL,
    time              INTEGER NOT NULL,
    contract          BLOB    NOT NULL,
    skill             INTEGER NOT NULL,
    first_level_xp    INTEGER NOT NULL,
    level_step_xp     INTEGER NOT NULL,
    max_level         INTEGER NOT NULL,
    grace_seconds     INTEGER NOT NULL,
    decay_xp_per_day  INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

-- Why: one of added and taken is zero. xp is what the contract has afterwards: whoever goes through the rows sees whether one is missing.
CREATE TABLE skill_changes (
    chain_id  INTEGER NOT NULL,
    height    INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    contract  BLOB    NOT NULL,
    wallet    BLOB    NOT NULL,
    skill     INTEGER NOT NULL,
    validator BLOB    NOT NULL,
    added     INTEGER NOT NULL,
    taken     INTEGER NOT NULL,
    xp        INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

-- Why: minted from, burned to the zero address; anything else is a recovery.
CREATE TABLE wallet_moves (
    chain_id     INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    log_index    INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    contract     BLOB    NOT NULL,
    wallet       BLOB    NOT NULL,
    from_account BLOB    NOT NULL,
    to_account   BLOB    NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE badges (
    chain_id   INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    log_index  INTEGER NOT NULL,
    time       INTEGER NOT NULL,
    contract   BLOB    NOT NULL,
    badge      BLOB    NOT NULL,
    soulbound  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    skill      INTEGER NOT NULL,
    level      INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

-- Why: one log moves several badges; badges and amounts are words of 32 bytes one after the other. A batch of soulbound badges only tells of a
-- wallet that moved or was burned, which the wallet's own events said before.
CREATE TABLE badge_moves (
    chain_id     INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    log_index    INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    contract     BLOB    NOT NULL,
    from_account BLOB    NOT NULL,
    to_account   BLOB    NOT NULL,
    badges       BLOB    NOT NULL,
    amounts      BLOB    NOT NULL,
    batch        INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE badge_freezes (
    chain_id  INTEGER NOT NULL,
    height    INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    contract  BLOB    NOT NULL,
    wallet    BLOB    NOT NULL,
    badge     BLOB    NOT NULL,
    frozen    INTEGER NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

-- Why: what was reported when. updates are words of 32 bytes, wallet x 65536 + score, one after the other.
CREATE TABLE score_reports (
    chain_id    INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    time        INTEGER NOT NULL,
    contract    BLOB    NOT NULL,
    observed_at INTEGER NOT NULL,
    updates     BLOB    NOT NULL,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;

-- Why: a large move waits since a time; a row without one says that it was vetoed.
CREATE TABLE score_holds (
    chain_id  INTEGER NOT NULL,
    height    INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    contract  BLOB    NOT NULL,
    wallet    BLOB    NOT NULL,
    score     INTEGER NOT NULL,
    since     INTEGER,
    PRIMARY KEY (chain_id, height, log_index)
) STRICT, WITHOUT ROWID;
