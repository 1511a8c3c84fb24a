//! Redaction: a judge orders that intervals of a recording are taken out; a copy that carries the orders out is made and sealed as a
//! recording of its own. The original stays as it is.
//!
//! An order is in force from the moment it is entered. From then on nobody but the court is handed the original: whoever is released
//! it gets the redacted copy, and nothing at all until that is there.
//!
//! Each recording seals the court log of the whole hearing so far, and two of them may have parts of one segment. So an order binds
//! the hearing: every recording of it that has anything of what the order takes out, also one that is made later. The chain of custody
//! of each says so ([`bound`]).

mod bound;

use super::Evidence;
use super::access_copy::{AccessCopyStatus, CopyOf, Redacting};
use super::custody::members;
use super::error::{EvidenceError, blocking};
use super::reading::lines_of;
use super::releases::{digest_of, time_of};
use super::sealing::Bag;
use crate::court::id::{ParticipantId, RecordingId};
use crate::court::redaction::{self as rules, Heard, IntervalFault, LOG_ENTRIES_MAX, RedactionKind};
use crate::court::state::RecordingState;
use crate::seal::bundle;
use crate::seal::custody::CustodyAct;
use crate::seal::ledger::CourtLogEntry;
use crate::seal::redaction::{BYTES_MAX, Interval, Kind, Order, RedactionDocument, redacted_entry};
use crate::store::{Decided, Derivative, NewRedactionOrder, RedactionOrder, StoreError, TOO_MANY_ORDERS};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Most answers of [`Bound`] that are kept.
const BOUND_MAX: usize = 4096;

/// Which orders bind a recording that they are not about. Neither an order nor what is sealed ever changes, so that nothing needs to
/// be read again at each request.
#[derive(Debug, Default)]
pub(super) struct Bound(Mutex<HashMap<(RecordingId, Uuid), bool>>);

impl Bound {
    fn with<T>(&self, look: impl FnOnce(&mut HashMap<(RecordingId, Uuid), bool>) -> T) -> T {
        // Nothing that runs under this lock can panic half-way through a change.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why an order cannot be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedactionFault {
    /// Its intervals.
    #[error(transparent)]
    Interval(#[from] IntervalFault),
    /// The orders about this recording are too many, or what those about its hearing take out.
    #[error("the orders about this recording are too many")]
    TooMany,
    /// It names too many entries of the court log, or one that the recording does not have.
    #[error("the court log of the recording has no such entry, or too many are named")]
    NoEntry,
    /// It is a redacted copy itself: orders are about the original.
    #[error("a redacted copy is not redacted again: the order is about the original")]
    OfCopy,
}

/// What somebody is handed who is released a recording and is not of the court.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOut {
    /// The recording itself: no order is in force.
    Original(RecordingId),
    /// The redacted copy.
    Redacted {
        /// The recording that it is.
        derivative: RecordingId,
        /// References of the orders.
        references: Vec<String>,
    },
    /// Nothing: the redacted copy is not made yet.
    Withheld {
        /// References of the orders.
        references: Vec<String>,
    },
}

impl HandedOut {
    /// The recording that is handed out; none as long as nothing is.
    pub fn recording(&self) -> Option<RecordingId> {
        match self {
            HandedOut::Original(recording) => Some(*recording),
            HandedOut::Redacted { derivative, .. } => Some(*derivative),
            HandedOut::Withheld { .. } => None,
        }
    }

    /// References of the orders in force.
    pub fn references(&self) -> &[String] {
        match self {
            HandedOut::Original(_) => &[],
            HandedOut::Redacted { references, .. } | HandedOut::Withheld { references } => references,
        }
    }
}

/// The orders that bind a recording and the copies that carry them out.
#[derive(Debug, Clone)]
pub struct Redactions {
    /// Oldest first.
    pub orders: Vec<RedactionOrder>,
    /// Newest first; those that are sealed.
    pub copies: Vec<Derivative>,
    /// The copy that carries out exactly what is in force.
    pub current: Option<RecordingId>,
    /// Where the making of a copy stands.
    pub making: AccessCopyStatus,
}

impl Evidence {
    /// Enters an order of a judge; it is in force at once. What is being made for a release from the original does not stay.
    pub async fn order_redaction(
        &self,
        mut new: NewRedactionOrder,
    ) -> Result<Result<RedactionOrder, RedactionFault>, EvidenceError> {
        let recording = new.recording;
        self.require_attached(recording).await?;
        if self.row(recording).await?.derived_from.is_some() {
            return Ok(Err(RedactionFault::OfCopy));
        }
        let document = self.document(recording).await?;
        let segments: Vec<(u32, u64)> = document
            .segments
            .iter()
            .map(|s| (s.segment, s.duration_ms))
            .collect();
        let heard: Vec<Heard> = document
            .tracks
            .iter()
            .map(|track| Heard {
                segment: track.segment,
                participant: ParticipantId(track.participant),
                is_sound: track.source == "microphone",
            })
            .collect();
        // One that names entries of the court log needs no interval.
        if !new.intervals.is_empty() || new.log_entries.is_empty() {
            new.intervals = match rules::check(&new.intervals, &segments, &heard) {
                Ok(intervals) => intervals,
                Err(fault) => return Ok(Err(fault.into())),
            };
        }
        new.log_entries.sort_unstable();
        new.log_entries.dedup();
        if !self.has_entries(recording, &new.log_entries).await? {
            return Ok(Err(RedactionFault::NoEntry));
        }
        let mut detail = members([
            ("reference", json!(new.reference)),
            ("reason_sha256", json!(digest_of(&new.ordered.reason))),
            ("intervals", json!(new.intervals.len().to_string())),
        ]);
        if !new.log_entries.is_empty() {
            detail.insert("log_entries".into(), json!(new.log_entries.len().to_string()));
        }
        let by = new.ordered.by.clone();
        let evidence = self.clone();
        let work = async move {
            let order = evidence.store().create_redaction_order(&new).await?;
            evidence.note_bound_of_hearing(recording).await;
            let number = json!(order.number.to_string());
            Ok((order, members([("order", number)])))
        };
        let entered = self
            .entered(recording, CustodyAct::RedactionOrdered, &by, detail, work)
            .await;
        let order = match entered {
            Err(EvidenceError::Store(StoreError::Conflict(TOO_MANY_ORDERS))) => {
                return Ok(Err(RedactionFault::TooMany));
            }
            entered => entered?,
        };
        if let Err(why) = self.remove_ended_copies().await {
            // None of them is handed out any more.
            tracing::error!(%recording, %why, "copies for releases of a recording that is redacted were not removed");
        }
        Ok(Ok(order))
    }

    /// Lifts an order. What remains in force decides what is handed out.
    pub async fn lift_redaction(
        &self,
        order: &RedactionOrder,
        lifted: &Decided,
    ) -> Result<(), EvidenceError> {
        let detail = members([
            ("order", json!(order.number.to_string())),
            ("reference", json!(order.reference)),
            ("reason_sha256", json!(digest_of(&lifted.reason))),
        ]);
        let (evidence, id, about) = (self.clone(), order.id, order.recording);
        let lifting = lifted.clone();
        let work = async move {
            evidence.store().lift_redaction_order(id, &lifting).await?;
            evidence.note_bound_of_hearing(about).await;
            Ok(((), serde_json::Map::new()))
        };
        self.entered(
            order.recording,
            CustodyAct::RedactionLifted,
            &lifted.by,
            detail,
            work,
        )
        .await
    }

    /// Begins to make the copy that carries out every order in force, unless it is there or being made.
    pub async fn make_redacted_copy(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<AccessCopyStatus, EvidenceError> {
        self.require_attached(recording).await?;
        let orders = self.in_force(recording).await?;
        if orders.is_empty() {
            return Err(EvidenceError::Busy(
                "no order to redact this recording is in force",
            ));
        }
        if self.carrying_out(recording, &orders).await?.is_some() {
            return Ok(AccessCopyStatus::Done);
        }
        let redacting = Redacting {
            original: recording,
            derivative: RecordingId(Uuid::now_v7()),
            ids: orders.iter().map(|order| order.id).collect(),
            orders: orders
                .iter()
                .map(|order| sealed_order(order, recording))
                .collect(),
        };
        self.start_copy(CopyOf::Redacted(recording), by, None, Some(redacting))
            .await
    }

    /// Calls off the redacted copy that is being made. One that is sealed stays.
    pub fn cancel_redacted_copy(&self, recording: RecordingId) {
        self.cancel_copy(CopyOf::Redacted(recording));
    }

    /// True while a redacted copy of the recording is being made.
    pub(super) fn is_redacting(&self, recording: RecordingId) -> bool {
        matches!(
            self.copy_status(CopyOf::Redacted(recording)),
            AccessCopyStatus::Running { .. }
        )
    }

    /// The orders that bind a recording and the copies that carry them out.
    pub async fn redactions(&self, recording: RecordingId) -> Result<Redactions, EvidenceError> {
        let orders = self.binding(recording).await?;
        let in_force: Vec<_> = orders.iter().filter(|o| o.is_in_force()).cloned().collect();
        let current = match in_force.is_empty() {
            true => None,
            false => self.carrying_out(recording, &in_force).await?,
        };
        let mut copies = self.store().derivatives(recording).await?;
        copies.retain(|copy| copy.state == RecordingState::Attached);
        let making = match self.copy_status(CopyOf::Redacted(recording)) {
            AccessCopyStatus::None if current.is_some() => AccessCopyStatus::Done,
            making => making,
        };
        Ok(Redactions {
            orders,
            copies,
            current,
            making,
        })
    }

    /// What is handed out of this recording to others than the court.
    pub async fn handed_out(&self, recording: RecordingId) -> Result<HandedOut, EvidenceError> {
        let orders = self.in_force(recording).await?;
        if orders.is_empty() {
            return Ok(HandedOut::Original(recording));
        }
        let references = orders.iter().map(|order| order.reference.clone()).collect();
        Ok(match self.carrying_out(recording, &orders).await? {
            Some(derivative) => HandedOut::Redacted {
                derivative,
                references,
            },
            None => HandedOut::Withheld { references },
        })
    }

    /// What a redacted copy says of itself; none for a recording that is none.
    pub async fn redaction(
        &self,
        recording: RecordingId,
    ) -> Result<Option<RedactionDocument>, EvidenceError> {
        if self.row(recording).await?.derived_from.is_none() {
            return Ok(None);
        }
        let bag = self.bag(recording)?;
        blocking(move || bag.redaction()).await
    }

    async fn in_force(&self, recording: RecordingId) -> Result<Vec<RedactionOrder>, EvidenceError> {
        let mut orders = self.binding(recording).await?;
        orders.retain(RedactionOrder::is_in_force);
        Ok(orders)
    }

    /// The orders that bind a recording, oldest first, those that were lifted among them: those about it, and those about another
    /// recording of its hearing by which something of it is taken out as well. None bind a redacted copy: it carries them out.
    async fn binding(&self, recording: RecordingId) -> Result<Vec<RedactionOrder>, EvidenceError> {
        let row = self.row(recording).await?;
        if row.derived_from.is_some() {
            return Ok(Vec::new());
        }
        let orders = self.store().redaction_orders_of_hearing(recording).await?;
        let mut binding = Vec::new();
        for order in orders {
            if order.recording == recording || self.binds(&order, recording, row.state).await? {
                binding.push(order);
            }
        }
        Ok(binding)
    }

    /// True when an order about another recording of the hearing takes something out of this one.
    async fn binds(
        &self,
        order: &RedactionOrder,
        recording: RecordingId,
        state: RecordingState,
    ) -> Result<bool, EvidenceError> {
        match state {
            RecordingState::Attached => {}
            // There is nothing left to be handed out.
            RecordingState::Disposed => return Ok(false),
            // What it will have is not settled yet.
            _ => return Ok(true),
        }
        let key = (recording, order.id);
        if let Some(known) = self.inner.bound.with(|bound| bound.get(&key).copied()) {
            return Ok(known);
        }
        let (bag, order) = (self.bag(recording)?, sealed_order(order, recording));
        let binds = blocking(move || takes_out_of(&bag, &order)).await?;
        self.inner.bound.with(|bound| {
            if bound.len() >= BOUND_MAX {
                bound.clear();
            }
            bound.insert(key, binds);
        });
        Ok(binds)
    }

    /// True when the sealed court log of the recording has every one of these entries, and they are not too many.
    async fn has_entries(&self, recording: RecordingId, named: &[u64]) -> Result<bool, EvidenceError> {
        if named.is_empty() || named.len() > LOG_ENTRIES_MAX {
            return Ok(named.is_empty());
        }
        let bag = self.bag(recording)?;
        let log = blocking(move || lines_of::<CourtLogEntry>(&bag, bundle::COURT_LOG)).await?;
        let numbers: BTreeSet<u64> = log.iter().map(|entry| entry.seq).collect();
        Ok(named.iter().all(|number| numbers.contains(number)))
    }

    /// The newest copy that carries out exactly these orders: one that leaves less in would hide what may be seen, one that leaves
    /// more in would show what may not.
    async fn carrying_out(
        &self,
        recording: RecordingId,
        orders: &[RedactionOrder],
    ) -> Result<Option<RecordingId>, EvidenceError> {
        let wanted: BTreeSet<Uuid> = orders.iter().map(|order| order.id).collect();
        let copies = self.store().derivatives(recording).await?;
        let fits = |copy: &&Derivative| {
            copy.state == RecordingState::Attached
                && copy.orders.iter().copied().collect::<BTreeSet<_>>() == wanted
        };
        Ok(copies.iter().find(fits).map(|copy| copy.recording))
    }
}

impl Bag {
    /// `redaction.json`, read back; none where the recording is no redacted copy.
    pub(super) fn redaction(&self) -> Result<Option<RedactionDocument>, EvidenceError> {
        let path = self.payload.join(bundle::REDACTION);
        if !super::durable::exists(&path)? {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let (file, _) = self.payload_file(bundle::REDACTION)?;
        file.take(BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(EvidenceError::io(&path))?;
        let document = RedactionDocument::parse(&bytes).map_err(|source| EvidenceError::Json {
            what: bundle::REDACTION.into(),
            source,
        })?;
        Ok(Some(document))
    }
}

/// True when an order takes something out of the court log that is sealed here, or out of a segment of which this recording has a
/// part.
fn takes_out_of(bag: &Bag, order: &Order) -> Result<bool, EvidenceError> {
    let segments = bag.document()?.segments;
    let is_in_segment = |interval: &Interval| {
        let mut own = segments.iter();
        own.any(|s| s.segment == interval.segment && interval.widened().0 < s.duration_ms)
    };
    if order.intervals.iter().any(is_in_segment) {
        return Ok(true);
    }
    let orders = std::slice::from_ref(order);
    let log = lines_of::<CourtLogEntry>(bag, bundle::COURT_LOG)?;
    let mut entries = log.iter();
    Ok(entries.any(|entry| redacted_entry(entry, orders).as_ref() != Some(entry)))
}

/// An order as it stands in the copy of `original` that carries it out.
fn sealed_order(order: &RedactionOrder, original: RecordingId) -> Order {
    let interval = |i: &rules::RedactedInterval| Interval {
        segment: i.segment,
        kind: match i.kind {
            RedactionKind::Cut => Kind::Cut,
            RedactionKind::Mute => Kind::Mute,
            RedactionKind::Cover => Kind::Cover,
        },
        participant: i.participant.map(|id| id.0),
        from_ms: i.from_ms,
        to_ms: i.to_ms,
    };
    Order {
        number: order.number,
        reference: order.reference.clone(),
        reason: order.ordered.reason.clone(),
        ordered_by: order.ordered.by.clone(),
        ordered_at: time_of(order.ordered.at),
        about: (order.recording != original).then_some(order.recording.0),
        log_entries: order.log_entries.clone(),
        intervals: order.intervals.iter().map(interval).collect(),
    }
}
