-- A hearing at which testimony is recorded in advance is of a kind of its own: `hearing` or `testimony`.
ALTER TABLE hearings ADD COLUMN kind TEXT NOT NULL DEFAULT 'hearing';
