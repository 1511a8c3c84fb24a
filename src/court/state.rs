//! The states of a hearing, of a participant, of a testimony, and of a recording.

use serde::{Deserialize, Serialize};

/// Where a hearing stands. Never back to listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum HearingState {
    /// On the list; people may check their equipment and wait.
    Listed,
    /// The rooms are up; nobody is heard.
    Open,
    /// The sitting runs.
    InSession,
    /// The court's choice.
    Paused,
    /// A technical interruption.
    Suspended,
    /// Ended for now, to go on at another date.
    Adjourned,
    /// Ended for good.
    Closed,
}

impl HearingState {
    /// True when nothing follows.
    pub fn is_over(self) -> bool {
        matches!(self, HearingState::Adjourned | HearingState::Closed)
    }

    /// The name used on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            HearingState::Listed => "listed",
            HearingState::Open => "open",
            HearingState::InSession => "in_session",
            HearingState::Paused => "paused",
            HearingState::Suspended => "suspended",
            HearingState::Adjourned => "adjourned",
            HearingState::Closed => "closed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        use HearingState::*;
        [Listed, Open, InSession, Paused, Suspended, Adjourned, Closed]
            .into_iter()
            .find(|s| s.name() == name)
    }
}

/// A room of a hearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Room {
    /// Where people wait; each alone, hearing and seeing nobody.
    WaitingRoom,
    /// Where the hearing takes place.
    HearingRoom,
    /// A privileged word between a party and counsel; never recorded. There are as many as are needed, each on its own.
    ConsultationRoom,
    /// The bench alone; never recorded.
    RetiringRoom,
}

/// Where a participant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ParticipantState {
    /// Has a link and has not come yet.
    Invited,
    /// Tries camera and microphone against the server; hears only themselves.
    CheckingEquipment,
    /// In the waiting room.
    Waiting,
    /// In the hearing room.
    InHearing,
    /// In a consultation room.
    InConsultation,
    /// In the retiring room.
    Retired,
    /// Their part is over.
    Dismissed,
    /// Put out by the court.
    Removed,
}

/// Where a witness or expert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Testimony {
    /// Called into the room.
    Called,
    /// Identity checked.
    Identified,
    /// Bound by an oath; under examination from here.
    Sworn,
    /// Bound by an affirmation, which is as good as an oath; under examination from here.
    Affirmed,
    /// Testimony over.
    Released,
}

impl Testimony {
    /// Bound to the truth, by oath or by affirmation.
    pub fn is_bound(self) -> bool {
        matches!(self, Testimony::Sworn | Testimony::Affirmed)
    }
}

/// Where a recording stands. A machine of its own, apart from the hearing's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum RecordingState {
    /// Being written.
    Capturing,
    /// Complete, not yet sealed.
    Closed,
    /// Cut off by a failure; sealed as found.
    Interrupted,
    /// Signed.
    Sealed,
    /// Part of the case file.
    Attached,
    /// Destroyed by the court when its time was over. Its seal, its chain of custody and a certificate stay.
    Disposed,
}

impl RecordingState {
    /// The name used on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            RecordingState::Capturing => "capturing",
            RecordingState::Closed => "closed",
            RecordingState::Interrupted => "interrupted",
            RecordingState::Sealed => "sealed",
            RecordingState::Attached => "attached",
            RecordingState::Disposed => "disposed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        use RecordingState::*;
        [Capturing, Closed, Interrupted, Sealed, Attached, Disposed]
            .into_iter()
            .find(|s| s.name() == name)
    }
}
