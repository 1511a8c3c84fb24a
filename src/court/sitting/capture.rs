//! The protocol of testimony that is recorded in advance, as acts: each step once, on the record.

use super::super::capture::{Capture, Objection, Ruling, Standing, Step, StepOf, WitnessFor};
use super::super::id::ParticipantId;
use super::super::refusal::Refusal;
use super::super::role::Capability;
use super::super::state::{HearingState, ParticipantState};
use super::{Facts, Sitting};

/// Nobody objects as often; what is beyond is no objection.
const OBJECTIONS_MAX: u32 = 1000;

impl Sitting {
    fn capture_mut(&mut self) -> Result<&mut Capture, Refusal> {
        self.capture.as_mut().ok_or(Refusal::NotTestimony)
    }

    /// A step belongs on the record: in a hearing of this kind nothing of the protocol is done off it.
    fn capture_on_record(&mut self) -> Result<&mut Capture, Refusal> {
        let runs = self.state == HearingState::InSession && self.on_record;
        let capture = self.capture_mut()?;
        if runs {
            Ok(capture)
        } else {
            Err(Refusal::OffRecord)
        }
    }

    pub(super) fn state_opening(
        &mut self,
        witness: ParticipantId,
        witness_for: WitnessFor,
        place: &str,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        if !self.participant(witness)?.role.is_sequestered() {
            return Err(Refusal::NotAWitness);
        }
        self.is_witness(witness)?;
        let capture = self.capture_on_record()?;
        let opening = StepOf::one(Step::Opening);
        let before = (capture.witness_for, capture.place.as_deref());
        if before == (Some(witness_for), Some(place)) && capture.standing(opening) == Standing::Done {
            return Ok(());
        }
        capture.witness = Some(witness);
        capture.witness_for = Some(witness_for);
        capture.place = Some(place.to_owned());
        capture.take(opening);
        facts.about("opening_stated", witness, Some(place.to_owned()));
        let whose = match witness_for {
            WitnessFor::Prosecution => "witness_of_prosecution",
            WitnessFor::Defence => "witness_of_defence",
            WitnessFor::Court => "witness_of_court",
        };
        facts.about(whose, witness, None);
        Ok(())
    }

    pub(super) fn state_present(&mut self, facts: &mut Facts) -> Result<(), Refusal> {
        let here = |p: &&super::Participant| p.state == ParticipantState::InHearing && p.connected;
        let present: Vec<_> = self.participants.values().filter(here).map(|p| p.id).collect();
        self.capture_on_record()?.take(StepOf::one(Step::Present));
        for id in present {
            facts.about("present_stated", id, None);
        }
        Ok(())
    }

    pub(super) fn state_step(
        &mut self,
        step: Step,
        word: &'static str,
        text: &str,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let capture = self.capture_on_record()?;
        capture.take(StepOf::one(step));
        let witness = capture.witness;
        facts.list.push(super::Fact {
            kind: word,
            by: Some(facts.by),
            about: witness,
            text: Some(text.to_owned()),
        });
        Ok(())
    }

    pub(super) fn examine(&mut self, by: ParticipantId, on: bool, facts: &mut Facts) -> Result<(), Refusal> {
        let now = self.capture_mut()?.examining;
        if !on {
            if now == Some(by) {
                self.end_examination(facts);
            }
            return Ok(());
        }
        if now == Some(by) {
            return Ok(());
        }
        let p = self.participant(by)?;
        if p.role.is_sequestered() || !p.role.can(Capability::Publish) {
            return Err(Refusal::NotPermitted);
        }
        if p.state != ParticipantState::InHearing || !self.witness_is_here() {
            return Err(Refusal::WrongPlace);
        }
        self.capture_on_record()?;
        self.end_examination(facts);
        self.capture_mut()?.examining = Some(by);
        facts.about("examination_began", by, None);
        Ok(())
    }

    fn end_examination(&mut self, facts: &mut Facts) {
        let Some(capture) = self.capture.as_mut() else {
            return;
        };
        if let Some(by) = capture.examining.take() {
            capture.take_examination(by, &self.participants);
            facts.about("examination_ended", by, None);
        }
    }

    fn witness_is_here(&self) -> bool {
        let witness = self.capture.as_ref().and_then(|c| c.witness);
        let here = |id| {
            let p = self.participants.get(&id);
            p.is_some_and(|p| p.state == ParticipantState::InHearing && p.testimony.is_some())
        };
        witness.is_some_and(here)
    }

    pub(super) fn leave_out(
        &mut self,
        step: Step,
        counsel: Option<ParticipantId>,
        reason: &str,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let capture = self.capture.as_ref().ok_or(Refusal::NotTestimony)?;
        let step = StepOf { step, counsel };
        if !capture.steps(&self.participants).contains(&step) {
            return Err(Refusal::WrongState);
        }
        match capture.standing(step) {
            Standing::Done => return Err(Refusal::WrongState),
            Standing::LeftOut(before) if before == reason => return Ok(()),
            Standing::LeftOut(_) | Standing::Open => {}
        }
        self.capture_mut()?.leave_out(step, reason);
        facts.list.push(super::Fact {
            kind: step.step.left_out_word(),
            by: Some(facts.by),
            about: counsel,
            text: Some(reason.to_owned()),
        });
        Ok(())
    }

    // Steps that are acts of any hearing.

    /// In a session for one witness it is that one; another only as long as nothing was done with the first.
    pub(super) fn is_witness(&self, id: ParticipantId) -> Result<(), Refusal> {
        let Some(capture) = &self.capture else {
            return Ok(());
        };
        let bound = [Step::Identity, Step::Oath, Step::Release]
            .map(|step| capture.standing(StepOf::one(step)) == Standing::Done)
            .contains(&true)
            || capture.examining.is_some();
        match capture.witness {
            Some(witness) if witness != id && (bound || self.witness_is_here()) => Err(Refusal::OneWitness),
            _ => Ok(()),
        }
    }

    /// To be asked before an act that is a step of the protocol as well.
    pub(super) fn may_step(&self, about: ParticipantId) -> Result<(), Refusal> {
        if self.capture.is_some() {
            self.is_witness(about)?;
            if !self.on_record || self.state != HearingState::InSession {
                return Err(Refusal::OffRecord);
            }
        }
        Ok(())
    }

    /// The act was done, and with it the step.
    pub(super) fn stepped(&mut self, step: Step, about: ParticipantId) {
        if let Some(capture) = &mut self.capture {
            capture.witness = Some(about);
            capture.take(StepOf::one(step));
        }
    }

    /// Before the witness goes.
    pub(super) fn before_release(&mut self, facts: &mut Facts) {
        self.end_examination(facts);
    }

    // Objections.

    pub(super) fn object(&mut self, actor: ParticipantId, facts: &mut Facts) -> Result<(), Refusal> {
        let in_room = self.participant(actor)?.state == ParticipantState::InHearing;
        let runs = self.state == HearingState::InSession;
        let capture = self.capture_mut()?;
        if !in_room {
            return Err(Refusal::WrongPlace);
        }
        if !runs {
            return Err(Refusal::WrongState);
        }
        // Pressed twice: the first still waits for its ruling.
        if capture
            .objections
            .iter()
            .any(|o| o.by == actor && o.ruling.is_none())
        {
            return Ok(());
        }
        let number = u32::try_from(capture.objections.len()).unwrap_or(u32::MAX);
        if number >= OBJECTIONS_MAX {
            return Err(Refusal::WrongState);
        }
        let number = number + 1;
        capture.objections.push(Objection {
            number,
            by: actor,
            ruling: None,
        });
        facts.note("objection", Some(number.to_string()));
        Ok(())
    }

    pub(super) fn rule(
        &mut self,
        actor: ParticipantId,
        number: u32,
        ruling: Ruling,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let capture = self.capture_mut()?;
        let objection = capture.objections.iter_mut().find(|o| o.number == number);
        let objection = objection.ok_or(Refusal::NoObjection)?;
        if objection.ruling == Some(ruling) {
            return Ok(());
        }
        let ruled = matches!(objection.ruling, Some(Ruling::Sustained | Ruling::Overruled));
        match ruling {
            Ruling::Withdrawn if objection.by != actor => return Err(Refusal::NotPermitted),
            // What was decided is not taken back, and not put off: the judge alone decides anew.
            Ruling::Withdrawn | Ruling::Reserved if ruled => return Err(Refusal::WrongState),
            _ if objection.ruling == Some(Ruling::Withdrawn) => return Err(Refusal::WrongState),
            _ => {}
        }
        objection.ruling = Some(ruling);
        let by = objection.by;
        facts.about(ruling.word(), by, Some(number.to_string()));
        Ok(())
    }

    // The end.

    /// The session closes: every step was taken or left out for a stated reason. To be asked while the record still runs.
    pub(super) fn complete_capture(&mut self, facts: &mut Facts) -> Result<(), Refusal> {
        if self.capture.is_none() {
            return Ok(());
        }
        self.end_examination(facts);
        let Some(capture) = &self.capture else {
            return Ok(());
        };
        let left = capture.not_taken(&self.participants);
        if left.iter().any(|(_, reason)| reason.is_none()) {
            return Err(Refusal::StepsOpen);
        }
        self.sum_up("testimony_complete", facts);
        Ok(())
    }

    /// The session ends before its protocol does: what is missing is said.
    pub(super) fn break_off_capture(&mut self, facts: &mut Facts) {
        if self.capture.is_some() {
            self.end_examination(facts);
            self.sum_up("testimony_incomplete", facts);
        }
    }

    fn sum_up(&self, word: &'static str, facts: &mut Facts) {
        let Some(capture) = &self.capture else { return };
        for objection in capture.objections.iter().filter(|o| o.ruling.is_none()) {
            facts.about(
                "objection_unruled",
                objection.by,
                Some(objection.number.to_string()),
            );
        }
        let named = |(step, reason): (StepOf, Option<String>)| {
            let name = step.step.name();
            // The reasons have entries of their own.
            if reason.is_some() {
                format!("{name} (left out)")
            } else {
                name.to_owned()
            }
        };
        let left: Vec<String> = capture
            .not_taken(&self.participants)
            .into_iter()
            .map(named)
            .collect();
        facts.list.push(super::Fact {
            kind: word,
            by: Some(facts.by),
            about: capture.witness,
            text: (!left.is_empty()).then(|| left.join(", ")),
        });
    }
}
