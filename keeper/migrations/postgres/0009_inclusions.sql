-- Why: what is mined counts at its receipt's cost while it waits for finality, and ends by what its receipt said, also where a node
-- has no receipt of it any more.
ALTER TABLE attempts ADD COLUMN included_success BIGINT;
ALTER TABLE attempts ADD COLUMN included_cost BYTEA;
-- Every look begins with the open slots, among all that ever were.
CREATE INDEX slots_open ON slots (chain_id, signer, nonce) WHERE ended IS NULL;
