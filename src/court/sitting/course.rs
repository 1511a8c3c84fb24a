//! The course of the sitting: it opens, begins, is paused, suspended, resumed and adjourned.

use super::super::refusal::Refusal;
use super::super::state::HearingState;
use super::{Facts, Sitting};

/// The longest date and time: with nanoseconds and an offset it has 35.
const DATE_BYTES_MAX: usize = 40;

impl Sitting {
    pub(super) fn open(&mut self, facts: &mut Facts) -> Result<(), Refusal> {
        if self.state == HearingState::Listed {
            self.state = HearingState::Open;
            facts.note("opened", None);
        }
        Ok(())
    }

    pub(super) fn begin(&mut self, facts: &mut Facts) -> Result<(), Refusal> {
        match self.state {
            HearingState::InSession => return Ok(()),
            HearingState::Listed | HearingState::Open => {}
            _ => return Err(Refusal::WrongState),
        }
        self.open(facts)?;
        self.state = HearingState::InSession;
        facts.note("began", None);
        Ok(())
    }

    pub(super) fn interrupt(
        &mut self,
        to: HearingState,
        kind: &'static str,
        text: Option<String>,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        if self.state == to {
            return Ok(());
        }
        if self.state != HearingState::InSession {
            return Err(Refusal::WrongState);
        }
        self.record_on_resume = self.on_record;
        self.stop_record(facts);
        self.state = to;
        facts.note(kind, text);
        Ok(())
    }

    pub(super) fn resume(&mut self, facts: &mut Facts) -> Result<(), Refusal> {
        match self.state {
            HearingState::InSession => return Ok(()),
            HearingState::Paused | HearingState::Suspended => {}
            _ => return Err(Refusal::WrongState),
        }
        self.state = HearingState::InSession;
        facts.note("resumed", None);
        if std::mem::take(&mut self.record_on_resume) {
            self.on_record = true;
            facts.note("on_record", None);
        }
        Ok(())
    }

    pub(super) fn adjourn(
        &mut self,
        reason: &str,
        next: Option<&str>,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        if let Some(next) = next {
            if next.len() > DATE_BYTES_MAX {
                return Err(Refusal::BadDate);
            }
            time::OffsetDateTime::parse(next, &time::format_description::well_known::Rfc3339)
                .map_err(|_| Refusal::BadDate)?;
        }
        self.break_off_capture(facts);
        self.stop_record(facts);
        self.state = HearingState::Adjourned;
        self.adjourned = Some((reason.to_owned(), next.map(str::to_owned)));
        facts.note("adjourned", Some(reason.to_owned()));
        Ok(())
    }

    pub(super) fn stop_record(&mut self, facts: &mut Facts) {
        if std::mem::take(&mut self.on_record) {
            facts.note("off_record", None);
        }
    }
}
