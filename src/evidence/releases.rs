//! Requests for recordings, and releases: a recording in the hands of a named person, until a time or until it is withdrawn.
//!
//! Every act is in the chain of custody of the recording: opened before it is done, completed when it is. What people wrote as
//! their reasons stays in the case file; the chain, which is handed out with every bundle, holds its digest.

use super::Evidence;
use super::access_copy::{AccessCopyStatus, ByRelease, CopyOf, Mark};
use super::custody::members;
use super::error::{EvidenceError, blocking};
use super::reading::SealedFile;
use super::sealing::unix_ms;
use crate::court::custody::{ReleaseForm, RequestState};
use crate::court::id::{RecordingId, RequestId};
use crate::seal::custody::CustodyAct;
use crate::seal::digest::Digest;
use crate::seal::timestamp::Timestamp;
use crate::store::{Decided, MediaRequest, NewMediaRequest, StoreError, TokenHash};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::Instrument;

/// Most requests of one recording that may wait for a decision: what the court reads, and what one person may write.
const PENDING_MAX: usize = 50;
/// Most of them that one person may have entered.
const PENDING_OF_ONE_MAX: usize = 5;

/// A stretch of a recording that somebody played, as their page tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The part on record, from 1; none for a copy, which has all parts one after another.
    pub segment: Option<u32>,
    /// Milliseconds from its beginning.
    pub from_ms: u64,
    /// Milliseconds from its beginning; more than `from_ms`.
    pub to_ms: u64,
}

impl Evidence {
    /// Enters a request for a recording. A [`EvidenceError::Busy`] when too many wait for a decision already.
    pub async fn request_media(&self, new: &NewMediaRequest) -> Result<MediaRequest, EvidenceError> {
        self.require_attached(new.recording).await?;
        if self.row(new.recording).await?.derived_from.is_some() {
            // What is asked for is the recording; which of the two is handed out is no choice of whoever asks.
            return Err(EvidenceError::NotFound("recording"));
        }
        let waiting = self.store().media_requests(new.recording).await?;
        let waiting: Vec<_> = waiting
            .iter()
            .filter(|r| r.state == RequestState::Pending)
            .collect();
        let own = waiting.iter().filter(|r| r.person == new.person).count();
        if waiting.len() >= PENDING_MAX || own >= PENDING_OF_ONE_MAX {
            return Err(EvidenceError::Busy(
                "too many requests for this recording wait for a decision",
            ));
        }
        let detail = members([
            ("form", json!(new.form.name())),
            ("to", json!(new.released_to)),
            ("reason_sha256", json!(digest_of(&new.reason))),
        ]);
        let (recording, by) = (new.recording, new.requested_by.clone());
        let (store, new) = (self.store().clone(), new.clone());
        let work = async move {
            let request = store.create_media_request(&new).await?;
            let number = json!(request.number.to_string());
            Ok((request, members([("request", number)])))
        };
        self.entered(recording, CustodyAct::MediaRequested, &by, detail, work)
            .await
    }

    /// Grants a request until `expires_at` (Unix milliseconds); `secret` is of the link that opens it. The marked copy, if that
    /// is what was asked for, begins to be made.
    pub async fn release(
        &self,
        request: &MediaRequest,
        decided: &Decided,
        expires_at: i64,
        secret: &TokenHash,
    ) -> Result<MediaRequest, EvidenceError> {
        self.require_attached(request.recording).await?;
        let mut detail = about(request, &decided.reason);
        detail.insert("expires_at".into(), json!(time_of(expires_at)));
        let (store, id, granted, secret) = (self.store().clone(), request.id, decided.clone(), *secret);
        let work = async move {
            store
                .grant_media_request(id, &granted, expires_at, &secret)
                .await?;
            Ok(((), Map::new()))
        };
        self.entered(request.recording, CustodyAct::Released, &decided.by, detail, work)
            .await?;
        let granted = self.media_request(request.id).await?;
        if granted.form == ReleaseForm::AccessCopy {
            self.start_release_copy(&granted, &decided.by).await?;
        }
        Ok(granted)
    }

    /// Refuses a request.
    pub async fn refuse_request(
        &self,
        request: &MediaRequest,
        decided: &Decided,
    ) -> Result<MediaRequest, EvidenceError> {
        let detail = about(request, &decided.reason);
        let (store, id, refusal) = (self.store().clone(), request.id, decided.clone());
        let work = async move {
            store.refuse_media_request(id, &refusal).await?;
            Ok(((), Map::new()))
        };
        self.entered(
            request.recording,
            CustodyAct::RequestRefused,
            &decided.by,
            detail,
            work,
        )
        .await?;
        self.media_request(request.id).await
    }

    /// Takes a release back. Its link opens nothing from then on, and its copy is removed. Whoever serves what it opened ends
    /// that.
    pub async fn withdraw_release(
        &self,
        request: &MediaRequest,
        withdrawn: &Decided,
    ) -> Result<MediaRequest, EvidenceError> {
        let detail = about(request, &withdrawn.reason);
        let (store, id, withdrawal) = (self.store().clone(), request.id, withdrawn.clone());
        let work = async move {
            store.withdraw_release(id, &withdrawal).await?;
            Ok(((), Map::new()))
        };
        self.entered(
            request.recording,
            CustodyAct::ReleaseWithdrawn,
            &withdrawn.by,
            detail,
            work,
        )
        .await?;
        for copy in self.copies_of(request).await? {
            self.cancel_copy(copy);
            if let Err(why) = self.remove_copy(copy).await {
                // It opens nothing any more; what is left of it lies beside the court's own copy.
                tracing::error!(recording = %request.recording, %why, "the copy of a withdrawn release was not removed");
            }
        }
        self.media_request(request.id).await
    }

    /// Every copy that may have been made for a release: of the recording, and of its redacted copies.
    async fn copies_of(&self, request: &MediaRequest) -> Result<Vec<CopyOf>, EvidenceError> {
        let derivatives = self.store().derivatives(request.recording).await?;
        let from = derivatives.into_iter().map(|copy| copy.recording);
        let from = from.chain([request.recording]);
        Ok(from.map(|from| CopyOf::Release(from, request.id)).collect())
    }

    /// Notes that a release is opened, before anything of it is served, and has its copy made if that is not there. It is noted in
    /// the chain of custody of what is handed out; as long as a redaction is not carried out, that is nothing.
    pub async fn open_release(&self, request: &MediaRequest, by: &str) -> Result<(), EvidenceError> {
        self.require_attached(request.recording).await?;
        let Some(from) = self.handed_out(request.recording).await?.recording() else {
            return Ok(());
        };
        let detail = members([("request", json!(request.number.to_string()))]);
        self.append_custody(from, CustodyAct::Viewed, by, detail).await?;
        if request.form == ReleaseForm::AccessCopy {
            self.start_release_copy(request, by).await?;
        }
        Ok(())
    }

    /// Where the marked copy of a release stands.
    pub async fn release_copy(&self, request: &MediaRequest) -> Result<AccessCopyStatus, EvidenceError> {
        Ok(match self.handed_out(request.recording).await?.recording() {
            Some(from) => self.copy_status(CopyOf::Release(from, request.id)),
            None => AccessCopyStatus::None,
        })
    }

    /// Opens the marked copy of a release; none when it is not there.
    pub async fn open_release_copy(
        &self,
        request: &MediaRequest,
    ) -> Result<Option<SealedFile>, EvidenceError> {
        match self.handed_out(request.recording).await?.recording() {
            Some(from) => self.open_copy(CopyOf::Release(from, request.id)).await,
            None => Ok(None),
        }
    }

    /// Notes that a stretch was played. It is the word of the page that played it, which the entry says.
    pub async fn note_stretch(
        &self,
        recording: RecordingId,
        by: &str,
        request: Option<u64>,
        stretch: Stretch,
    ) -> Result<(), EvidenceError> {
        self.require_attached(recording).await?;
        let mut detail = members([
            ("from_ms", json!(stretch.from_ms.to_string())),
            ("to_ms", json!(stretch.to_ms.to_string())),
            ("told_by", json!("page")),
        ]);
        if let Some(segment) = stretch.segment {
            detail.insert("segment".into(), json!(segment.to_string()));
        }
        if let Some(request) = request {
            detail.insert("request".into(), json!(request.to_string()));
        }
        self.append_custody(recording, CustodyAct::Played, by, detail)
            .await?;
        Ok(())
    }

    /// Removes the copies of releases that open nothing any more: what is over is not kept lying about.
    pub(super) async fn remove_ended_copies(&self) -> Result<(), EvidenceError> {
        let folder = self.inner.data.join("access");
        let names = blocking(move || {
            let entries = std::fs::read_dir(&folder).map_err(EvidenceError::io(&folder))?;
            let name = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
            Ok(entries.filter_map(name).collect::<Vec<String>>())
        })
        .await?;
        let now = unix_ms(OffsetDateTime::now_utc());
        for name in names {
            let Some((id, from)) = released_copy(&name) else {
                continue;
            };
            let Some(request) = self.store().media_request(id).await? else {
                continue;
            };
            let is_handed_out = self.handed_out(request.recording).await?.recording() == Some(from);
            if !request.opens(now) || !is_handed_out {
                self.remove_copy(CopyOf::Release(from, id)).await?;
            }
        }
        Ok(())
    }

    async fn start_release_copy(&self, request: &MediaRequest, by: &str) -> Result<(), EvidenceError> {
        let day = OffsetDateTime::now_utc().date().to_string();
        let mark = Mark::new(&request.released_to, &day, request.number);
        let Some(from) = self.handed_out(request.recording).await?.recording() else {
            // Made when it is opened, once the redacted copy is there.
            return Ok(());
        };
        let copy = CopyOf::Release(from, request.id);
        let release = ByRelease {
            recording: from,
            request: request.id,
            number: request.number,
            mark,
        };
        self.start_copy(copy, by, Some(release), None).await?;
        Ok(())
    }

    async fn media_request(&self, id: RequestId) -> Result<MediaRequest, EvidenceError> {
        let found = self.store().media_request(id).await?;
        found.ok_or(EvidenceError::NotFound("request"))
    }

    /// Does `work` between the two entries of an act. The second has what `work` gives beside its result. It is done to its end, also
    /// when whoever asked goes away meanwhile.
    pub(super) async fn entered<T: Send + 'static>(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        detail: Map<String, Value>,
        work: impl Future<Output = Result<(T, Map<String, Value>), EvidenceError>> + Send + 'static,
    ) -> Result<T, EvidenceError> {
        let (evidence, by) = (self.clone(), by.to_owned());
        let doing = async move {
            let open = evidence.open_act(recording, act, &by, detail).await?;
            let (done, mut outcome) = match work.await {
                Ok((done, more)) => (Ok(done), more),
                Err(why) => {
                    let more = members([("why", json!(plain(&why)))]);
                    (Err(why), more)
                }
            };
            outcome.insert("ok".into(), json!(done.is_ok()));
            open.complete(outcome).await?;
            done
        };
        let doing = tokio::spawn(doing.in_current_span());
        doing.await.map_err(|_| EvidenceError::Task)?
    }
}

/// The request and the recording by the name of a released copy.
fn released_copy(name: &str) -> Option<(RequestId, RecordingId)> {
    const UUID_CHARS: usize = 36;
    let ids = name.strip_prefix("release-")?.strip_suffix(".mp4")?;
    let (request, from) = ids.split_at_checked(UUID_CHARS)?;
    Some((request.parse().ok()?, from.strip_prefix('-')?.parse().ok()?))
}

/// Why an act was not done, for the chain of custody: what the court's rules said, and nothing of the machine.
pub(super) fn plain(why: &EvidenceError) -> String {
    match why {
        EvidenceError::Store(StoreError::Conflict(why)) | EvidenceError::Busy(why) => (*why).to_owned(),
        EvidenceError::Store(_) => "the store failed".into(),
        EvidenceError::Io { .. } => "a file could not be read or written".into(),
        other => other.to_string(),
    }
}

fn about(request: &MediaRequest, reason: &str) -> Map<String, Value> {
    members([
        ("request", json!(request.number.to_string())),
        ("form", json!(request.form.name())),
        ("to", json!(request.released_to)),
        ("reason_sha256", json!(digest_of(reason))),
    ])
}

pub(super) fn digest_of(reason: &str) -> Digest {
    Digest::of(reason.as_bytes())
}

/// A time of the store as evidence writes it.
pub(super) fn time_of(unix_ms: i64) -> Timestamp {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000);
    Timestamp::new(at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
}
