-- Why: after a year a million transactions have ended, and neither a look nor a figure may go through them. What ends is counted when it ends;
-- what is open is found by an index of its own.
CREATE TABLE tallies (
    kind TEXT    NOT NULL,
    name TEXT    NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);

-- Why: quantiles over all that ended, without its rows. Times have three digits, rounded up, so that a quantile is less than one percent too long.
CREATE TABLE latencies (
    kind  TEXT    NOT NULL,
    up_to BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (kind, up_to)
);

-- Why: a transaction is forgotten after a while, what it did never is: planned again, its effect is known as done. One row per effect, that of its
-- last try.
CREATE TABLE effects (
    effect      TEXT    NOT NULL PRIMARY KEY,
    intent_id   BIGINT NOT NULL,
    incarnation BIGINT NOT NULL,
    result      TEXT
);

-- What a lane spent in a day, and what is old enough to be forgotten.
CREATE INDEX slots_spent ON slots (chain_id, lane, ended_at_ms, cost) WHERE ended IS NOT NULL;
CREATE INDEX slots_by_end ON slots (ended_at_ms) WHERE ended IS NOT NULL;
CREATE INDEX slots_by_intent ON slots (intent_id) WHERE intent_id IS NOT NULL;
CREATE INDEX intents_by_end ON intents (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

INSERT INTO tallies (kind, name, n)
    SELECT 'intent', CASE WHEN result IS NULL THEN state ELSE state || '_' || result END, count(*)
    FROM intents WHERE ended_at_ms IS NOT NULL GROUP BY 2;
INSERT INTO tallies (kind, name, n) SELECT 'slot', ended, count(*) FROM slots WHERE ended IS NOT NULL GROUP BY ended;
INSERT INTO latencies (kind, up_to, n)
    SELECT kind, CASE WHEN ms < 1000 THEN ms WHEN ms < 10000 THEN (ms + 9) / 10 * 10 WHEN ms < 100000 THEN (ms + 99) / 100 * 100
        WHEN ms < 1000000 THEN (ms + 999) / 1000 * 1000 ELSE 1000000 END, count(*)
    FROM (SELECT 'first_write' AS kind, CASE WHEN first_write_at_ms > evidence_at_ms THEN first_write_at_ms - evidence_at_ms ELSE 0 END AS ms
              FROM intents WHERE first_write_at_ms IS NOT NULL AND ended_at_ms IS NOT NULL
          UNION ALL
          SELECT 'inclusion', CASE WHEN included_at_ms > evidence_at_ms THEN included_at_ms - evidence_at_ms ELSE 0 END
              FROM intents WHERE included_at_ms IS NOT NULL AND ended_at_ms IS NOT NULL) AS times
    GROUP BY 1, 2;
