//! The condition of evidence: what a person has to know of each recording, and what needs somebody. No path, no secret.

use crate::court::condition::{CopyFault, CopyStage, EncryptFault, SealFault, SealStage};
use crate::court::id::{CaseId, HearingId, RecordingId};
use serde::{Deserialize, Serialize};

/// A sealing that failed and is tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct SealHindered {
    /// Since then it has failed each time, in Unix milliseconds.
    #[ts(type = "number")]
    pub since: i64,
    /// Why, the last time.
    pub why: SealFault,
    /// True when this server tries again by itself; otherwise at its next start.
    pub by_itself: bool,
}

/// Damage that was found. Where, the server's log and `oyer verify` say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct Damage {
    /// When it was found first, in Unix milliseconds.
    #[ts(type = "number")]
    pub found_at: i64,
    /// When all of the recording was next found as it was sealed, in Unix milliseconds; none while it is damaged.
    #[ts(type = "number | null")]
    pub well_at: Option<i64>,
}

/// A copying that failed and is tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct CopyHindered {
    /// Since then it has failed each time, in Unix milliseconds.
    #[ts(type = "number")]
    pub since: i64,
    /// Why, the last time.
    pub why: CopyFault,
}

/// The copy of a recording in the second store, by the notes of the last copying or reading; the store is not asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct CopyCondition {
    /// Where it stands.
    pub stage: CopyStage,
    /// When it was last found as it should be there, in Unix milliseconds.
    #[ts(type = "number | null")]
    pub verified_at: Option<i64>,
    /// What hinders the copying of this recording, or of all of them.
    pub hindered: Option<CopyHindered>,
}

/// What hinders the encryption of a recording where it lies. The server tries again by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct EncryptHindered {
    /// When it failed first, in Unix milliseconds.
    #[ts(type = "number")]
    pub since: i64,
    /// Why, the last time.
    pub why: EncryptFault,
}

/// The condition of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct RecordingCondition {
    /// The recording.
    pub recording: RecordingId,
    /// Its hearing.
    pub hearing: HearingId,
    /// Title of the hearing.
    pub title: String,
    /// The case.
    pub case_id: CaseId,
    /// The court's own number of the case.
    pub case_reference: String,
    /// When it began, in Unix milliseconds.
    #[ts(type = "number")]
    pub started_at: i64,
    /// How far it has come.
    pub stage: SealStage,
    /// What hinders its sealing.
    pub hindered: Option<SealHindered>,
    /// The last damage that was found, mended or not.
    pub damage: Option<Damage>,
    /// Its copy; none as long as it is not sealed, and once it was disposed of.
    pub copy: Option<CopyCondition>,
    /// Why it is not encrypted where it lies, though it is to be.
    pub unencrypted: Option<EncryptHindered>,
    /// True when somebody has to do something.
    pub needs_somebody: bool,
}

/// `GET /alarms`: what needs somebody now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct Alarms {
    /// Recordings that need somebody, at most twenty.
    pub recordings: Vec<RecordingCondition>,
    /// How many there are in all.
    pub count: u32,
    /// What hinders all copying to the second store.
    pub second_store: Option<CopyHindered>,
}
