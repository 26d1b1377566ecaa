-- Why: a signer puts its name to one report per feed and epoch, for ever. The row is committed before the signature
-- leaves; the key refuses a second digest, whoever asks and however often the process restarted in between. Rows go only together
-- with their epochs, which are closed in the same transaction.
CREATE TABLE signed_digests (
    signer   BYTEA   NOT NULL CHECK (length(signer) = 20),
    chain_id BIGINT  NOT NULL,
    feed     BYTEA   NOT NULL CHECK (length(feed) = 20),
    epoch    BIGINT  NOT NULL,
    digest   BYTEA   NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (signer, chain_id, feed, epoch)
);

-- Why: at or below up_to nothing is signed any more, so that what was signed there may be forgotten. It only rises.
CREATE TABLE closed_epochs (
    chain_id BIGINT PRIMARY KEY,
    up_to    BIGINT NOT NULL
);
