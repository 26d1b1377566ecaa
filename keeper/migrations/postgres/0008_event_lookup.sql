-- Why: every event is put into these indexes and few are ever looked up, so they begin with the column that tells rows apart, and end
-- where next to nothing is left to be told.
DROP INDEX events_by_topics;
DROP INDEX events_by_data;
CREATE INDEX events_by_topic1 ON events (topic1, address) WHERE topic1 IS NOT NULL;
CREATE INDEX events_by_data ON events (data, address) WHERE length(data) <= 256;
