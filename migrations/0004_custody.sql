-- What becomes of sealed recordings: requests and releases, retention, legal holds, disposal. Times are Unix milliseconds.

-- A request for a recording. One that was granted is a release: it opens the recording for a named person until expires_at,
-- or until it is withdrawn. number: what people call it. secret_hash: of the link by which the person opens it.
CREATE TABLE media_requests (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    form TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    requested_by TEXT NOT NULL,
    for_self BIGINT NOT NULL,
    released_to TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decision TEXT,
    decided_at BIGINT,
    expires_at BIGINT,
    secret_hash TEXT UNIQUE,
    withdrawn_by TEXT,
    withdrawal TEXT,
    withdrawn_at BIGINT
);
CREATE INDEX media_requests_by_recording ON media_requests (recording_id, number);
CREATE INDEX media_requests_by_person ON media_requests (person_id, number);

-- By which rule the recordings of a case are kept. decided_on: the day of the decision, at midnight in UTC.
-- sentence_months: of a custodial sentence.
CREATE TABLE retention (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
    class TEXT NOT NULL,
    decided_on BIGINT NOT NULL,
    sentence_months BIGINT,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- A case under hold keeps all its recordings, those to come as well, until every hold is lifted.
CREATE TABLE legal_holds (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    lifted_by TEXT,
    lifting TEXT,
    lifted_at BIGINT
);
CREATE INDEX legal_holds_by_case ON legal_holds (case_id, set_at);

-- A recording is destroyed when its time is over, on the proposal of one person and the approval of another.
-- state: proposed, rejected, approved, carrying_out, done. due_at: from when on the rule allows it. rule: that rule, as JSON.
CREATE TABLE disposals (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    rule TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    proposed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decider_id TEXT REFERENCES persons (id),
    decided_by TEXT,
    decision TEXT,
    decided_at BIGINT,
    done_at BIGINT
);
CREATE INDEX disposals_by_case ON disposals (case_id, proposed_at);
CREATE UNIQUE INDEX disposals_under_way ON disposals (recording_id)
    WHERE state IN ('proposed', 'approved', 'carrying_out', 'done');
