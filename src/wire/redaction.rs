//! Bodies about redaction: orders, and the redacted copies that carry them out.

use super::api::AccessCopy;
use super::media::Decision;
use crate::court::id::{ParticipantId, RecordingId};
use crate::court::redaction::RedactedInterval;
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
    /// `POST /recordings/{id}/redactions`: what a judge orders.
    NewRedactionOrder {
        /// As the court files the order.
        reference: String,
        /// Why. It stands in the redacted copy in full, for everybody to whom that is given.
        reason: String,
        /// What is taken out: 1 to 100 intervals; none where entries of the court log are named.
        intervals: Vec<RedactedInterval>,
        /// Entries of the court log that are taken out as well, by their numbers in the recording's log: 100 at most.
        #[serde(default)]
        #[ts(type = "number[]")]
        log_entries: Vec<u64>,
    }
);
body!(
    /// An order to redact a recording. It is in force until it is lifted.
    RedactionOrder {
        /// Identifier, for lifting it.
        #[ts(type = "string")]
        id: Uuid,
        /// What people call it.
        #[ts(type = "number")]
        number: i64,
        /// The recording that it is about: this one, or another of its hearing.
        recording: RecordingId,
        /// As the court files it.
        reference: String,
        /// What is taken out, in order.
        intervals: Vec<RedactedInterval>,
        /// Entries of the court log that are taken out as well, by their numbers.
        #[ts(type = "number[]")]
        log_entries: Vec<u64>,
        /// Who ordered it, and why.
        ordered: Decision,
        /// Who lifted it; null while it is in force.
        lifted: Option<Decision>,
    }
);
body!(
    /// A redacted copy of a recording: a sealed recording of its own.
    RedactedCopy {
        /// The recording that it is.
        recording: RecordingId,
        /// Numbers of the orders that it carries out.
        #[ts(type = "number[]")]
        orders: Vec<i64>,
        /// Unix milliseconds.
        #[ts(type = "number")]
        made_at: i64,
        /// True for the one that is handed out: it carries out exactly the orders in force.
        current: bool,
    }
);
body!(
    /// `GET /recordings/{id}/redactions`, `POST /redactions/{id}/lift`
    Redactions {
        /// Oldest first.
        orders: Vec<RedactionOrder>,
        /// Newest first.
        copies: Vec<RedactedCopy>,
        /// True while orders are in force that no copy carries out: nobody but the court is handed anything.
        withheld: bool,
        /// How the making of a copy stands.
        making: AccessCopy,
        /// True when the caller may order a redaction and lift an order.
        may_order: bool,
    }
);
body!(
    /// Of a redacted copy: what it was made from, and what was taken out.
    RedactedFrom {
        /// The recording that it was made from.
        recording: RecordingId,
        /// Hex SHA-256 of its signed manifest.
        manifest_sha256: String,
        /// The orders that it carries out.
        orders: Vec<CarriedOut>,
        /// Whoever is named in an interval.
        people: Vec<RedactedPerson>,
        /// How many entries of the court log were left out.
        #[ts(type = "number")]
        log_entries_left_out: i64,
        /// By how many milliseconds each interval was widened on both sides.
        #[ts(type = "number")]
        margin_ms: i64,
    }
);
body!(
    /// Somebody whose sound or picture was taken out.
    RedactedPerson {
        /// Who.
        participant: ParticipantId,
        /// Name, as the court writes it.
        name: String,
    }
);
body!(
    /// An order as it stands in the copy that carries it out.
    CarriedOut {
        /// As the court files it.
        reference: String,
        /// Why.
        reason: String,
        /// Who ordered it.
        ordered_by: String,
        /// The recording that it is about, where that is another of the same hearing.
        about: Option<RecordingId>,
        /// What is taken out.
        intervals: Vec<RedactedInterval>,
        /// Entries of the court log that are taken out as well, by their numbers in the log of the original.
        #[ts(type = "number[]")]
        log_entries: Vec<u64>,
    }
);
body!(
    /// Of what is released: that it is redacted.
    ReleasedRedacted {
        /// References of the orders.
        references: Vec<String>,
        /// False while the redacted copy is not made yet: until then the release opens nothing.
        ready: bool,
    }
);
