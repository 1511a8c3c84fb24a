//! How long the recordings of a case are kept, and legal holds. Each is entered into the chain of custody of every recording of the
//! case that is attached by then.

use super::Evidence;
use super::custody::members;
use super::error::EvidenceError;
use super::releases::digest_of;
use crate::court::custody::RetentionPolicy;
use crate::court::id::CaseId;
use crate::court::state::RecordingState;
use crate::seal::custody::CustodyAct;
use crate::seal::disposal::Rule;
use crate::store::{Decided, Retention};
use serde_json::{Map, Value, json};
use time::{Date, OffsetDateTime, Time};
use tracing::Instrument;
use uuid::Uuid;

/// The rule of a case, worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBy {
    /// As it is written into certificates.
    pub rule: Rule,
    /// From when on a disposal may be proposed, in Unix milliseconds: the end of the last day on which it is kept, in UTC.
    pub due_at: i64,
}

impl Evidence {
    /// Sets for how long recordings are kept. Once, before anything asks; by default the figures of [`RetentionPolicy::default`].
    pub fn set_retention_policy(&self, policy: RetentionPolicy) {
        // The first one stays: what was worked out by it must not change while the server runs.
        let _ = self.inner.retention.set(policy);
    }

    /// The rule of a case, worked out; none while nobody has said how it was decided, or where the calendar ends before it.
    pub async fn kept_by(&self, case: CaseId) -> Result<Option<KeptBy>, EvidenceError> {
        Ok(self
            .store()
            .retention(case)
            .await?
            .and_then(|retention| self.work_out(&retention)))
    }

    /// Every case that has a rule, with that rule worked out.
    pub async fn all_kept_by(&self) -> Result<Vec<(CaseId, KeptBy)>, EvidenceError> {
        let all = self.store().retentions().await?;
        Ok(all
            .into_iter()
            .filter_map(|retention| Some((retention.case, self.work_out(&retention)?)))
            .collect())
    }

    fn work_out(&self, retention: &Retention) -> Option<KeptBy> {
        let policy = self.inner.retention.get().copied().unwrap_or_default();
        let decided_on = OffsetDateTime::from_unix_timestamp(retention.decided_on.div_euclid(1000))
            .ok()?
            .date();
        let until = policy.kept_until(retention.class, decided_on, retention.sentence_months)?;
        let due = until.next_day()?.with_time(Time::MIDNIGHT).assume_utc();
        Some(KeptBy {
            rule: Rule {
                class: retention.class.name().into(),
                decided_on: day(decided_on),
                sentence_months: retention.sentence_months,
                kept_until: day(until),
            },
            due_at: due.unix_timestamp().checked_mul(1000)?,
        })
    }

    /// Sets the rule of a case. One by which the calendar ends before the recordings' time is over is refused.
    pub async fn set_retention(&self, retention: &Retention) -> Result<(), EvidenceError> {
        let kept = self.work_out(retention).ok_or(EvidenceError::Busy(
            "the recordings would be kept beyond the end of the calendar",
        ))?;
        let rule = serde_json::to_value(&kept.rule).map_err(|source| EvidenceError::Json {
            what: "rule".into(),
            source,
        })?;
        let detail = members([("rule", rule)]);
        let (store, rule) = (self.store().clone(), retention.clone());
        let work = async move { Ok(store.set_retention(&rule).await?) };
        self.entered_in_case(
            retention.case,
            CustodyAct::RetentionSet,
            &retention.set_by,
            detail,
            work,
        )
        .await
    }

    /// Puts a case under a legal hold: from now on nothing of it is disposed of, also what is approved.
    pub async fn hold(&self, id: Uuid, case: CaseId, set: &Decided) -> Result<(), EvidenceError> {
        let (store, hold) = (self.store().clone(), set.clone());
        let work = async move { Ok(store.hold(id, case, &hold).await?) };
        self.entered_in_case(case, CustodyAct::Held, &set.by, of_hold(id, &set.reason), work)
            .await
    }

    /// Lifts a legal hold.
    pub async fn lift_hold(&self, id: Uuid, case: CaseId, lifted: &Decided) -> Result<(), EvidenceError> {
        let (store, lifting) = (self.store().clone(), lifted.clone());
        let work = async move { Ok(store.lift_hold(id, &lifting).await?) };
        let detail = of_hold(id, &lifted.reason);
        self.entered_in_case(case, CustodyAct::HoldLifted, &lifted.by, detail, work)
            .await
    }

    /// Does `work` between the two entries of an act in the chain of each attached recording of the case.
    async fn entered_in_case(
        &self,
        case: CaseId,
        act: CustodyAct,
        by: &str,
        detail: Map<String, Value>,
        work: impl Future<Output = Result<(), EvidenceError>> + Send + 'static,
    ) -> Result<(), EvidenceError> {
        let (evidence, by) = (self.clone(), by.to_owned());
        let doing = async move { evidence.do_in_case(case, act, &by, detail, work).await };
        // To its end, also when whoever asked goes away meanwhile.
        let doing = tokio::spawn(doing.in_current_span());
        doing.await.map_err(|_| EvidenceError::Task)?
    }

    async fn do_in_case(
        &self,
        case: CaseId,
        act: CustodyAct,
        by: &str,
        detail: Map<String, Value>,
        work: impl Future<Output = Result<(), EvidenceError>>,
    ) -> Result<(), EvidenceError> {
        let attached = self.store().evidence_of_case(case).await?;
        let attached = attached
            .into_iter()
            .filter(|e| e.state == RecordingState::Attached);
        let mut begun = Vec::new();
        for evidence in attached {
            let recording = evidence.recording_id;
            begun.push(self.open_act(recording, act, by, detail.clone()).await?);
        }
        let done = work.await;
        let outcome = match &done {
            Ok(()) => members([("ok", json!(true))]),
            Err(_) => members([("ok", json!(false))]),
        };
        let mut entered = Ok(());
        for open in begun {
            // One that cannot be entered keeps none of the others from it.
            entered = entered.and(open.complete(outcome.clone()).await);
        }
        entered?;
        // The second store is told of holds, and of how long what it locks is kept.
        self.inner.additions.note_added();
        done
    }
}

fn of_hold(id: Uuid, reason: &str) -> Map<String, Value> {
    members([("hold", json!(id)), ("reason_sha256", json!(digest_of(reason)))])
}

/// A day as `2026-11-28`: of four digits each year, days sort as text.
fn day(day: Date) -> String {
    let month = u8::from(day.month());
    format!("{:04}-{month:02}-{:02}", day.year(), day.day())
}
