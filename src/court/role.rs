//! Roles and what each may do: one table that a lawyer can read.
//!
//! A change here shows as a difference in `tests/golden/roles.txt`.

use serde::{Deserialize, Serialize};

/// In which capacity a participant takes part in a hearing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Role {
    /// Presides.
    Judge,
    /// Sits beside the judge.
    PanelMember,
    /// Runs the room and keeps the record.
    Clerk,
    /// Brings the charge.
    Prosecutor,
    /// Defends the accused.
    DefenceCounsel,
    /// Stands accused.
    Accused,
    /// Suffered the act that is tried.
    Victim,
    /// Testifies to facts; kept apart until called.
    Witness,
    /// Testifies to expertise; kept apart until called.
    Expert,
    /// Speaks for those who do not share the court's language.
    Interpreter,
    /// Helps a vulnerable person to understand and be understood.
    Intermediary,
    /// Sits with a remote witness and vouches for the room.
    RemotePointOfficer,
    /// Member of the public admitted to watch.
    Observer,
    /// Journalist admitted to watch.
    Press,
    /// Keeps the equipment working; hears nothing of the hearing.
    SupportOfficer,
}

/// One thing that a participant may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Capability {
    /// Send own sound and picture.
    Publish,
    /// Share a screen.
    ShareScreen,
    /// Raise a hand.
    RaiseHand,
    /// Open the rooms, pause, resume, suspend, adjourn and close.
    Preside,
    /// Let people in, dismiss them, move them between rooms.
    Admit,
    /// Remove a person against their will.
    Remove,
    /// Silence somebody's microphone.
    Mute,
    /// Go on and off the record.
    Record,
    /// Close the hearing to the public and open it again.
    InCamera,
    /// Keep a protected person's picture from named others.
    Screening,
    /// Call, identify, swear and release a witness.
    Examine,
    /// Take testimony in advance by its protocol, step by step.
    CaptureTestimony,
    /// Object while testimony is recorded in advance.
    Object,
    /// Rule on an objection.
    Rule,
    /// Play testimony that was recorded in advance to the hearing.
    PlayRecording,
    /// Put a marker into the court log.
    Mark,
    /// See who waits and everybody's state.
    SeeEveryone,
    /// Invite people and revoke invitations.
    Invite,
    /// See the case file and its evidence.
    SeeCase,
    /// Verify, export and copy recordings.
    HandleEvidence,
    /// Ask for a recording of the own hearing; a clerk enters what others ask for.
    RequestMedia,
    /// Grant or refuse a request for a recording, and take back what was released.
    ReleaseMedia,
    /// Say by which rule the recordings of a case are kept.
    SetRetention,
    /// Put a case under a legal hold and lift it.
    HoldEvidence,
    /// Propose to dispose of a recording, or decide about the proposal of another person.
    Dispose,
    /// Order that parts of a recording are redacted, and lift such an order.
    OrderRedaction,
}

/// On which side of the case a role stands. What one side says in private is not for the other's ears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Brings the charge, or suffered the act.
    Prosecution,
    /// Answers the charge.
    Defence,
}

impl Side {
    /// The name in the table of roles.
    pub fn name(self) -> &'static str {
        match self {
            Side::Prosecution => "prosecution",
            Side::Defence => "defence",
        }
    }
}

impl Role {
    /// Every role, in the order of the table.
    pub const ALL: [Role; 15] = [
        Role::Judge,
        Role::PanelMember,
        Role::Clerk,
        Role::Prosecutor,
        Role::DefenceCounsel,
        Role::Accused,
        Role::Victim,
        Role::Witness,
        Role::Expert,
        Role::Interpreter,
        Role::Intermediary,
        Role::RemotePointOfficer,
        Role::Observer,
        Role::Press,
        Role::SupportOfficer,
    ];

    /// What the role may do.
    pub fn capabilities(self) -> &'static [Capability] {
        use Capability::*;
        match self {
            Role::Judge => &[
                Publish,
                ShareScreen,
                RaiseHand,
                Preside,
                Admit,
                Remove,
                Mute,
                Record,
                InCamera,
                Screening,
                Examine,
                CaptureTestimony,
                Rule,
                PlayRecording,
                Mark,
                SeeEveryone,
                SeeCase,
                HandleEvidence,
                ReleaseMedia,
                HoldEvidence,
                Dispose,
                OrderRedaction,
            ],
            Role::PanelMember => &[Publish, RaiseHand, Mark, SeeEveryone, SeeCase],
            Role::Clerk => &[
                Publish,
                ShareScreen,
                RaiseHand,
                Preside,
                Admit,
                Remove,
                Mute,
                Record,
                InCamera,
                Screening,
                Examine,
                CaptureTestimony,
                PlayRecording,
                Mark,
                SeeEveryone,
                Invite,
                SeeCase,
                HandleEvidence,
                RequestMedia,
                ReleaseMedia,
                SetRetention,
                HoldEvidence,
                Dispose,
            ],
            Role::Prosecutor | Role::DefenceCounsel => {
                &[Publish, ShareScreen, RaiseHand, Object, RequestMedia]
            }
            Role::Accused | Role::Victim => &[Publish, RaiseHand, RequestMedia],
            Role::Witness => &[Publish, RaiseHand],
            Role::Expert => &[Publish, ShareScreen, RaiseHand],
            Role::Interpreter | Role::Intermediary | Role::RemotePointOfficer => &[Publish, RaiseHand],
            Role::Observer | Role::Press => &[],
            Role::SupportOfficer => &[SeeEveryone],
        }
    }

    /// True when the role includes the capability.
    pub fn can(self, capability: Capability) -> bool {
        self.capabilities().contains(&capability)
    }

    /// The side of the case; none for the court and for those who serve both.
    pub fn side(self) -> Option<Side> {
        match self {
            Role::Prosecutor | Role::Victim => Some(Side::Prosecution),
            Role::DefenceCounsel | Role::Accused => Some(Side::Defence),
            _ => None,
        }
    }

    /// True for those who may be in a consultation room: the parties, and those who help them to understand. Not the court,
    /// not the public, not those who wait to be heard as evidence.
    pub fn may_consult(self) -> bool {
        !self.is_court() && !self.is_public() && !self.is_sequestered() && self != Role::SupportOfficer
    }

    /// True for those who are kept apart from the hearing until they are called.
    pub fn is_sequestered(self) -> bool {
        matches!(self, Role::Witness | Role::Expert)
    }

    /// True for the bench and its clerk.
    pub fn is_court(self) -> bool {
        matches!(self, Role::Judge | Role::PanelMember | Role::Clerk)
    }

    /// True for those who watch only, and who leave when the hearing is closed to the public.
    pub fn is_public(self) -> bool {
        matches!(self, Role::Observer | Role::Press)
    }

    /// The name used on the wire, in the store and in seal documents.
    pub fn name(self) -> &'static str {
        match self {
            Role::Judge => "judge",
            Role::PanelMember => "panel_member",
            Role::Clerk => "clerk",
            Role::Prosecutor => "prosecutor",
            Role::DefenceCounsel => "defence_counsel",
            Role::Accused => "accused",
            Role::Victim => "victim",
            Role::Witness => "witness",
            Role::Expert => "expert",
            Role::Interpreter => "interpreter",
            Role::Intermediary => "intermediary",
            Role::RemotePointOfficer => "remote_point_officer",
            Role::Observer => "observer",
            Role::Press => "press",
            Role::SupportOfficer => "support_officer",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name)
    }
}

impl Capability {
    /// Every capability, in the order of the table.
    pub const ALL: [Capability; 26] = [
        Capability::Publish,
        Capability::ShareScreen,
        Capability::RaiseHand,
        Capability::Preside,
        Capability::Admit,
        Capability::Remove,
        Capability::Mute,
        Capability::Record,
        Capability::InCamera,
        Capability::Screening,
        Capability::Examine,
        Capability::CaptureTestimony,
        Capability::Object,
        Capability::Rule,
        Capability::PlayRecording,
        Capability::Mark,
        Capability::SeeEveryone,
        Capability::Invite,
        Capability::SeeCase,
        Capability::HandleEvidence,
        Capability::RequestMedia,
        Capability::ReleaseMedia,
        Capability::SetRetention,
        Capability::HoldEvidence,
        Capability::Dispose,
        Capability::OrderRedaction,
    ];
}
