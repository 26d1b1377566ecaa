-- Why: a signer puts its name to one report per feed and epoch, for ever. The row is committed before the signature
-- leaves; the key refuses a second digest, whoever asks and however often the process restarted in between.
CREATE TABLE signed_digests (
    signer   BLOB    NOT NULL CHECK (length(signer) = 20),
    chain_id INTEGER NOT NULL,
    feed     BLOB    NOT NULL CHECK (length(feed) = 20),
    epoch    INTEGER NOT NULL,
    digest   BLOB    NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (signer, chain_id, feed, epoch)
) STRICT, WITHOUT ROWID;
