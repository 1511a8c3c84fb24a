//! The court log: what happened, when, and where in the record. Its lines are evidence and are sealed with it.

use super::id::ParticipantId;
use super::role::Role;
use serde::{Deserialize, Serialize};

/// A participant as the court log names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Who.
    pub participant: ParticipantId,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// One entry, as written to `court-log.jsonl` (recordings-schema/README.md). 64-bit numbers are strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without holes.
    pub seq: String,
    /// RFC 3339 with milliseconds, UTC.
    pub at: String,
    /// The segment that ran, if any.
    pub segment: Option<u32>,
    /// Milliseconds from that segment's start.
    pub media_ms: Option<String>,
    /// A stable word.
    pub kind: String,
    /// Who did it.
    pub by: Option<Named>,
    /// Whom it concerns.
    pub about: Option<Named>,
    /// Free text.
    pub text: Option<String>,
}
