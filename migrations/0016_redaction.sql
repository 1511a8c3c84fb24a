-- Redaction. A judge orders that intervals of a recording are cut, muted or covered; intervals: a list, as JSON. An order is in
-- force from the moment it is entered until it is lifted. number: what people call it. Times are Unix milliseconds.
CREATE TABLE redaction_orders (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    reference TEXT NOT NULL,
    intervals TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    ordered_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    ordered_at BIGINT NOT NULL,
    lifted_by TEXT,
    lifting TEXT,
    lifted_at BIGINT
);
CREATE INDEX redaction_orders_by_recording ON redaction_orders (recording_id, number);

-- A redacted copy is a recording of its own. derived_from: its original. carries_out: the identifiers of the orders that it
-- carries out, in the order of their numbers, joined by commas.
ALTER TABLE recordings ADD COLUMN derived_from TEXT REFERENCES recordings (id);
ALTER TABLE recordings ADD COLUMN carries_out TEXT;
CREATE INDEX recordings_by_original ON recordings (derived_from);
