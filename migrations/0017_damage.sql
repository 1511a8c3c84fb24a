-- Recordings of which a verification failed are told from the chain of custody. There are few of them among many lines: the
-- condition has to be written in a query as it is here, for the index to be used.
CREATE INDEX custody_failed ON custody (recording_id) WHERE line LIKE '%"holds":false%';
