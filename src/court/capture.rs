//! Testimony that is recorded in advance: the protocol of such a hearing as a list of steps.
//!
//! Each step that is taken is an entry of the court log at its place in the record. Such a hearing is not closed while a step
//! is open: it was taken, or somebody said why it is left out, and the court log says which of the two.

use super::id::ParticipantId;
use super::role::{Role, Side};
use super::sitting::Participant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of hearing it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum HearingKind {
    /// A hearing like any other.
    #[default]
    Hearing,
    /// One at which the testimony of a witness is recorded, to be played at a later hearing.
    Testimony,
}

impl HearingKind {
    /// The name used on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            HearingKind::Hearing => "hearing",
            HearingKind::Testimony => "testimony",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [HearingKind::Hearing, HearingKind::Testimony]
            .into_iter()
            .find(|k| k.name() == name)
    }
}

/// Whose witness it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum WitnessFor {
    /// Of those who bring the charge.
    Prosecution,
    /// Of the defence.
    Defence,
    /// Of the court itself.
    Court,
}

/// A step of the protocol, in its order.
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
pub enum Step {
    /// On camera: operator, date, place, case, witness, whose witness.
    Opening,
    /// The witness is called into the room.
    Call,
    /// Everybody present says who they are.
    Present,
    /// It is said who else is in the room with the witness.
    WitnessRoom,
    /// The identity of the witness is checked.
    Identity,
    /// The witness swears or affirms.
    Oath,
    /// Counsel asks the witness: a step for each counsel.
    Examination,
    /// On camera: how the recording ends, and in whose custody it goes.
    Closing,
    /// The witness is released.
    Release,
}

impl Step {
    /// The name used on the wire and in the court log.
    pub fn name(self) -> &'static str {
        match self {
            Step::Opening => "opening",
            Step::Call => "call",
            Step::Present => "present",
            Step::WitnessRoom => "witness_room",
            Step::Identity => "identity",
            Step::Oath => "oath",
            Step::Examination => "examination",
            Step::Closing => "closing",
            Step::Release => "release",
        }
    }

    /// The word of the court log that says that the step is left out; its text says why.
    pub fn left_out_word(self) -> &'static str {
        match self {
            Step::Opening => "opening_left_out",
            Step::Call => "call_left_out",
            Step::Present => "present_left_out",
            Step::WitnessRoom => "witness_room_left_out",
            Step::Identity => "identity_left_out",
            Step::Oath => "oath_left_out",
            Step::Examination => "examination_left_out",
            Step::Closing => "closing_left_out",
            Step::Release => "release_left_out",
        }
    }
}

/// What the judge says to an objection, or counsel who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Ruling {
    /// The judge upholds it.
    Sustained,
    /// The judge does not.
    Overruled,
    /// It is left to the court that hears the recording.
    Reserved,
    /// Counsel takes it back.
    Withdrawn,
}

impl Ruling {
    /// The word of the court log.
    pub fn word(self) -> &'static str {
        match self {
            Ruling::Sustained => "objection_sustained",
            Ruling::Overruled => "objection_overruled",
            Ruling::Reserved => "objection_reserved",
            Ruling::Withdrawn => "objection_withdrawn",
        }
    }
}

/// An objection of counsel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct Objection {
    /// From 1.
    pub number: u32,
    /// Whose.
    pub by: ParticipantId,
    /// What became of it; none while nothing did.
    pub ruling: Option<Ruling>,
}

/// A step of one hearing: the examination is one for each counsel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepOf {
    /// Which.
    pub step: Step,
    /// Of an examination: by whom. None where no counsel is on the list: then somebody's examination is a step.
    pub counsel: Option<ParticipantId>,
}

impl StepOf {
    /// A step that there is once.
    pub fn one(step: Step) -> Self {
        Self { step, counsel: None }
    }
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Neither taken nor left out.
    Open,
    /// Taken.
    Done,
    /// Left out, for this reason.
    LeftOut(String),
}

/// How far the protocol of a hearing has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capture {
    /// Whose testimony is recorded, once that was said.
    pub witness: Option<ParticipantId>,
    /// Where, as it was said in the opening.
    pub place: Option<String>,
    /// Whose witness, as it was said in the opening.
    pub witness_for: Option<WitnessFor>,
    /// Who asks the witness now.
    pub examining: Option<ParticipantId>,
    /// In their order.
    pub objections: Vec<Objection>,
    /// Steps that were taken.
    done: Vec<StepOf>,
    /// Steps that were left out, with the reason.
    left_out: Vec<(StepOf, String)>,
}

impl Capture {
    /// How a step stands.
    pub fn standing(&self, step: StepOf) -> Standing {
        if self.done.contains(&step) {
            return Standing::Done;
        }
        let left = self.left_out.iter().find(|(s, _)| *s == step);
        left.map_or(Standing::Open, |(_, reason)| Standing::LeftOut(reason.clone()))
    }

    /// The step was taken. One that had been left out is taken all the same.
    pub(super) fn take(&mut self, step: StepOf) {
        self.left_out.retain(|(s, _)| *s != step);
        if !self.done.contains(&step) {
            self.done.push(step);
        }
    }

    /// The step is left out.
    pub(super) fn leave_out(&mut self, step: StepOf, reason: &str) {
        self.left_out.retain(|(s, _)| *s != step);
        self.left_out.push((step, reason.to_owned()));
    }

    /// An examination by this person was taken: their own step, or the one for everybody where no counsel is on the list.
    pub(super) fn take_examination(
        &mut self,
        by: ParticipantId,
        people: &BTreeMap<ParticipantId, Participant>,
    ) {
        let step = Step::Examination;
        if examiners(self.witness_for, people).is_empty() {
            self.take(StepOf::one(step));
        } else {
            let counsel = Some(by);
            self.take(StepOf { step, counsel });
        }
    }

    /// The steps of this hearing, in their order.
    pub fn steps(&self, people: &BTreeMap<ParticipantId, Participant>) -> Vec<StepOf> {
        let before = [
            Step::Opening,
            Step::Call,
            Step::Present,
            Step::WitnessRoom,
            Step::Identity,
            Step::Oath,
        ];
        let mut steps: Vec<StepOf> = before.into_iter().map(StepOf::one).collect();
        let examiners = examiners(self.witness_for, people);
        if examiners.is_empty() {
            steps.push(StepOf::one(Step::Examination));
        }
        steps.extend(examiners.into_iter().map(|counsel| StepOf {
            step: Step::Examination,
            counsel: Some(counsel),
        }));
        steps.extend([Step::Closing, Step::Release].map(StepOf::one));
        steps
    }

    /// The steps that are not taken, with the reason of those that are left out.
    pub fn not_taken(&self, people: &BTreeMap<ParticipantId, Participant>) -> Vec<(StepOf, Option<String>)> {
        let stands = |step: StepOf| match self.standing(step) {
            Standing::Done => None,
            Standing::Open => Some((step, None)),
            Standing::LeftOut(reason) => Some((step, Some(reason))),
        };
        self.steps(people).into_iter().filter_map(stands).collect()
    }
}

/// Counsel on the list of the hearing, those of the side whose witness it is first.
fn examiners(
    witness_for: Option<WitnessFor>,
    people: &BTreeMap<ParticipantId, Participant>,
) -> Vec<ParticipantId> {
    let first = match witness_for {
        Some(WitnessFor::Defence) => Side::Defence,
        _ => Side::Prosecution,
    };
    let counsel = |p: &&Participant| matches!(p.role, Role::Prosecutor | Role::DefenceCounsel);
    let mut found: Vec<&Participant> = people.values().filter(counsel).collect();
    found.sort_by_key(|p| (p.role.side() != Some(first), p.id));
    found.into_iter().map(|p| p.id).collect()
}
