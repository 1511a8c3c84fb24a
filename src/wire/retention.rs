//! Bodies about how long recordings are kept: rules, legal holds, disposals.

use super::api::{Case, CustodyEntry, Evidence};
use super::media::Decision;
use crate::court::custody::{DisposalState, RetentionClass};
use crate::court::id::RecordingId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[ts(export_to = "wire.ts")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    };
}

body!(
    /// `PUT /cases/{id}/retention`: how the case was decided.
    SetRetention {
        /// How it was decided.
        class: RetentionClass,
        /// Day of the decision, `2026-11-28`.
        decided_on: String,
        /// Months of a custodial sentence; null for every other class.
        sentence_months: Option<u32>,
    }
);
body!(
    /// By which rule the recordings of a case are kept.
    RetentionRule {
        /// How it was decided.
        class: RetentionClass,
        /// Day of the decision, `2026-11-28`.
        decided_on: String,
        /// Months of a custodial sentence.
        sentence_months: Option<u32>,
        /// Last day on which the recordings are kept, `2033-11-28`.
        kept_until: String,
        /// True when that day is over.
        due: bool,
        /// Who said so.
        set_by: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        set_at: i64,
    }
);
body!(
    /// A legal hold of a case.
    LegalHold {
        /// Identifier, for lifting it.
        #[ts(type = "string")]
        id: Uuid,
        /// Who set it, and why.
        set: Decision,
        /// Who lifted it; null while it is in force.
        lifted: Option<Decision>,
    }
);
body!(
    /// A disposal that was proposed.
    Disposal {
        /// Identifier.
        #[ts(type = "string")]
        id: Uuid,
        /// What is to be destroyed, or was.
        recording: RecordingId,
        /// Where it stands.
        state: DisposalState,
        /// Who proposed it, and why.
        proposed: Decision,
        /// Who approved or rejected it, and why.
        decided: Option<Decision>,
        /// When it was done, in Unix milliseconds.
        #[ts(type = "number | null")]
        done_at: Option<i64>,
        /// True when the caller proposed it: another person has to approve it.
        own: bool,
    }
);
body!(
    /// `GET /cases/{id}/retention`: how long the recordings of a case are kept, and what stands against it.
    Retention {
        /// By which rule; null while nobody has said how the case was decided.
        rule: Option<RetentionRule>,
        /// Legal holds, newest first, also those that were lifted.
        holds: Vec<LegalHold>,
        /// True while a hold is in force: nothing is disposed of.
        held: bool,
        /// Disposals, newest first, also those that were rejected.
        disposals: Vec<Disposal>,
    }
);
/// What had become of a copy in the second store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CopyOutcome {
    /// Nothing of it was left there.
    Deleted,
    /// The store has locked some or all of it.
    Locked,
    /// The store did not answer or refused.
    NotDeleted,
}

body!(
    /// The copy of a recording in the second store, when the certificate of its disposal was signed.
    DestroyedCopy {
        /// What had become of it.
        outcome: CopyOutcome,
        /// Until then the store deletes nothing of it, RFC 3339; null where it has locked nothing.
        locked_until: Option<String>,
    }
);
body!(
    /// `GET /recordings/{id}/disposal`: what is left of a recording that was disposed of.
    DisposedRecording {
        /// As in the case file.
        evidence: Evidence,
        /// The case.
        case: Case,
        /// Who proposed it.
        proposed_by: String,
        /// Who approved it: another person.
        approved_by: String,
        /// Last day on which it was kept, `2033-11-28`.
        kept_until: String,
        /// How many files there were.
        #[ts(type = "number")]
        files: i64,
        /// How many bytes they had.
        #[ts(type = "number")]
        bytes: i64,
        /// RFC 3339.
        issued_at: String,
        /// Hex SHA-256 of the certificate.
        certificate_sha256: String,
        /// What had become of the copy in the second store when the certificate was signed; null where there was none.
        second_store: Option<DestroyedCopy>,
        /// Chain of custody, in order.
        custody: Vec<CustodyEntry>,
    }
);
