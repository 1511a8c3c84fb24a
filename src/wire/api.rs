//! Bodies of the REST API under `/api/v1`.

use super::view::{Adjournment, HearingView, RecordingStatus};
use crate::court::capture::HearingKind;
use crate::court::id::{CaseId, HearingId, InvitationId, ParticipantId, PersonId};
use crate::court::role::{Capability, Role};
use crate::court::state::HearingState;
use serde::{Deserialize, Serialize};

mod recording;

pub use recording::*;

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[ts(export_to = "wire.ts")]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    };
}

body!(
    /// An error, as RFC 9457 problem details.
    Problem {
        /// `https://oyer.example/problems/<code>`.
        r#type: String,
        /// Short and the same for every occurrence.
        title: String,
        /// HTTP status.
        status: u16,
        /// What happened here and what to do.
        detail: String,
        /// Stable code, for programs and for the page's catalogue.
        code: String,
    }
);
body!(
    /// `POST /invitations/redeem`
    RedeemRequest {
        /// The secret of the link: what follows `#`.
        secret: String,
    }
);
body!(
    /// A session: who is in, and until when.
    Session {
        /// Bearer token for the API, WHIP, WHEP and the WebSocket. Shown once.
        session: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
        /// Who.
        me: Me,
    }
);
body!(
    /// `GET /me`
    Me {
        /// The participant.
        participant: ParticipantId,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// What the role may do.
        capabilities: Vec<Capability>,
        /// The hearing.
        hearing: HearingId,
        /// Its title.
        hearing_title: String,
        /// Where it stands.
        hearing_state: HearingState,
        /// Unix milliseconds.
        #[ts(type = "number")]
        listed_for: i64,
        /// The case.
        case: CaseId,
        /// Its reference.
        case_reference: String,
        /// Its title; only for those who may see the case.
        case_title: Option<String>,
    }
);
body!(
    /// `POST /cases`
    NewCase {
        /// As the court writes it; unique.
        reference: String,
        /// Title.
        title: String,
    }
);
body!(
    /// A case.
    Case {
        /// Identifier.
        id: CaseId,
        /// As the court writes it.
        reference: String,
        /// Title.
        title: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        created_at: i64,
    }
);
body!(
    /// A case with what belongs to it.
    CaseFile {
        /// The case.
        case: Case,
        /// Its hearings, newest first.
        hearings: Vec<Hearing>,
        /// Its electronic evidence, newest first.
        evidence: Vec<Evidence>,
    }
);
body!(
    /// `POST /cases/{id}/hearings`
    NewHearing {
        /// Title.
        title: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        listed_for: i64,
        /// What kind of hearing; without it, one like any other.
        kind: Option<HearingKind>,
    }
);
body!(
    /// A hearing of a case.
    Hearing {
        /// Identifier.
        id: HearingId,
        /// Its case.
        case_id: CaseId,
        /// Title.
        title: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        listed_for: i64,
        /// Where it stands.
        state: HearingState,
        /// What kind of hearing it is.
        kind: HearingKind,
        /// While it is adjourned: why, and until when; only for those who may see the case.
        adjourned: Option<Adjournment>,
    }
);
body!(
    /// `POST /persons`
    NewPerson {
        /// Name.
        name: String,
    }
);
body!(
    /// A person.
    Person {
        /// Identifier.
        id: PersonId,
        /// Name.
        name: String,
    }
);
body!(
    /// `POST /hearings/{id}/participants`
    NewParticipant {
        /// Name, as the court writes it.
        name: String,
        /// Role.
        role: Role,
        /// A person the court knows already; a new one is made without it.
        person: Option<PersonId>,
    }
);
body!(
    /// A participant of a hearing.
    Participant {
        /// Identifier.
        id: ParticipantId,
        /// The person.
        person: PersonId,
        /// Name.
        name: String,
        /// Role.
        role: Role,
    }
);
body!(
    /// `POST /participants/{id}/invitations`
    NewInvitation {
        /// How long the link opens, in seconds; at most until 90 days after the hearing's listed time, or after now if that
        /// is later. Without it: until 7 days after the same.
        valid_seconds: Option<u32>,
    }
);
body!(
    /// A fresh invitation. The link is shown once; only its hash is kept.
    Invitation {
        /// Identifier, for revoking.
        id: InvitationId,
        /// Whom it is for.
        participant: ParticipantId,
        /// The link.
        link: String,
        /// Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
    }
);
/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum InvitationState {
    /// The link opens and was not opened yet.
    Unused,
    /// The link was opened and still opens.
    Used,
    /// Its time is over.
    Expired,
    /// The court took it back.
    Revoked,
}

body!(
    /// `GET /hearings/{id}/invitations`: an invitation that was made, without its secret, which nobody keeps.
    IssuedInvitation {
        /// Identifier, for revoking.
        id: InvitationId,
        /// Whom it is for.
        participant: ParticipantId,
        /// Where it stands.
        state: InvitationState,
        /// Unix milliseconds.
        #[ts(type = "number")]
        created_at: i64,
        /// Unix milliseconds.
        #[ts(type = "number")]
        expires_at: i64,
        /// When the link was opened last, in unix milliseconds; null if never.
        #[ts(type = "number | null")]
        redeemed_at: Option<i64>,
    }
);
body!(
    /// `GET /court`: whom to turn to. What the court has not configured is null.
    Court {
        /// The court's name.
        name: Option<String>,
        /// Telephone for those who need help with a hearing.
        telephone: Option<String>,
    }
);
body!(
    /// `GET /hearings/{id}/ice-servers`: a relay, as a browser's `RTCIceServer`.
    IceServer {
        /// Where (RFC 7065).
        urls: Vec<String>,
        /// Good until the unix time, in seconds, that it begins with.
        username: String,
        /// Password.
        credential: String,
    }
);
body!(
    /// `GET /hearings/{id}/state`
    HearingNow {
        /// The hearing as the caller may see it.
        hearing: HearingView,
        /// Whether the record runs.
        recording: RecordingStatus,
    }
);
