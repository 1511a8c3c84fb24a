-- The acts of the chains of custody that have begun and whose outcome is not entered. Kept in the transaction of the line that opens or
-- closes one, so that a start of the server finds what an earlier run left open without reading every chain.
CREATE TABLE open_acts (
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    seq BIGINT NOT NULL,
    PRIMARY KEY (recording_id, seq)
);

-- Those of an earlier version.
INSERT INTO open_acts (recording_id, seq)
SELECT opened.recording_id, opened.seq FROM custody AS opened
WHERE opened.line LIKE '%"stage":"begun"%'
AND NOT EXISTS (
    SELECT 1 FROM custody AS closed
    WHERE closed.recording_id = opened.recording_id
    AND closed.line LIKE '%"begun":"' || CAST(opened.seq AS TEXT) || '"%'
    AND closed.line LIKE '%"stage":"completed"%'
);
