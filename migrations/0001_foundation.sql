-- One dialect for SQLite and PostgreSQL: identifiers, hashes and JSON are TEXT, times are BIGINT Unix milliseconds,
-- booleans are BIGINT 0 or 1. No statement asks the database for the time or for an identifier.

CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Only hashes of tokens and link secrets are ever stored.
CREATE TABLE staff_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES persons (id),
    token_hash TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- snapshot: the live hearing's durable state as JSON, for a restart in mid-hearing.
CREATE TABLE hearings (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    title TEXT NOT NULL,
    listed_for BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    snapshot TEXT,
    snapshot_at BIGINT
);
CREATE INDEX hearings_by_case ON hearings (case_id, listed_for);
CREATE INDEX hearings_by_state ON hearings (state);

CREATE TABLE participants (
    id TEXT NOT NULL PRIMARY KEY,
    hearing_id TEXT NOT NULL REFERENCES hearings (id),
    person_id TEXT NOT NULL REFERENCES persons (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (hearing_id, person_id, role)
);
CREATE INDEX participants_by_person ON participants (person_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    redeemed_at BIGINT,
    redemptions BIGINT NOT NULL
);
CREATE INDEX invitations_by_participant ON invitations (participant_id);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id),
    invitation_id TEXT NOT NULL REFERENCES invitations (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_invitation ON sessions (invitation_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Entries are only ever added. The primary key makes a number of a hearing usable once.
CREATE TABLE court_log (
    hearing_id TEXT NOT NULL REFERENCES hearings (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (hearing_id, seq)
);

-- custody_entries: how many lines the ledger has. Raising it locks the row, which puts appends in one order.
CREATE TABLE recordings (
    id TEXT NOT NULL PRIMARY KEY,
    hearing_id TEXT NOT NULL REFERENCES hearings (id),
    state TEXT NOT NULL,
    interrupted BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    previous_id TEXT REFERENCES recordings (id),
    custody_entries BIGINT NOT NULL
);
CREATE INDEX recordings_by_hearing ON recordings (hearing_id, started_at);
CREATE INDEX recordings_by_state ON recordings (state);

CREATE TABLE evidence (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    hearing_id TEXT NOT NULL REFERENCES hearings (id),
    recording_id TEXT NOT NULL UNIQUE REFERENCES recordings (id),
    manifest_sha256 TEXT NOT NULL,
    sealed_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    duration_ms BIGINT NOT NULL
);
CREATE INDEX evidence_by_case ON evidence (case_id, sealed_at);

-- The chain of custody, byte for byte as it was hashed.
CREATE TABLE custody (
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    seq BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (recording_id, seq)
);
