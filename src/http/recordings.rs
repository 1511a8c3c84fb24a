//! Sealed recordings: what the case file shows, verification, playback, copies and bundles.

use super::app::{App, now_ms};
use super::caller::Caller;
use super::problem::Problem;
use super::tickets::Grant;
use super::{cases, invitations};
use crate::court::id::{CaseId, ParticipantId, RecordingId};
use crate::court::role::{Capability, Role};
use crate::evidence::{AccessCopyStatus, EvidenceError};
use crate::rtp::source::Source;
use crate::seal::{custody, document, ledger};
use crate::store;
use crate::wire::api::{
    AccessCopy, CustodyEntry, Evidence, Gap, LogEntry, RecordedTrack, Recording, Segment, Ticket,
    Verification, VerificationCheck,
};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::NotFound(_) => Problem::not_found(),
            EvidenceError::NotSealed(_) => Problem::new(
                StatusCode::CONFLICT,
                "not_sealed",
                "Not sealed yet",
                "The recording is not sealed yet. Try again in a moment.",
            )
            .retry_after(2),
            EvidenceError::Busy(why) => Problem::new(StatusCode::CONFLICT, "busy", "Already under way", why),
            other => Problem::internal(&other),
        }
    }
}

/// The recording exists, and the caller's own role in its case includes the capability.
async fn allowed(
    app: &App,
    caller: &Caller,
    id: RecordingId,
    capability: Capability,
) -> Result<store::Case, Problem> {
    let recording = app.store.recording(id).await?.ok_or_else(Problem::not_found)?;
    let hearing = invitations::hearing_of(app, recording.hearing_id).await?;
    caller.require_in_case(app, hearing.case_id, capability).await?;
    app.store
        .case(hearing.case_id)
        .await?
        .ok_or_else(Problem::not_found)
}

pub(super) async fn evidence_of_case(app: &App, case: CaseId) -> Result<Vec<Evidence>, Problem> {
    Ok(app
        .store
        .evidence_of_case(case)
        .await?
        .into_iter()
        .map(evidence_body)
        .collect())
}

fn evidence_body(row: store::Evidence) -> Evidence {
    Evidence {
        recording: row.recording_id,
        hearing: row.hearing_id,
        title: row.title,
        sealed_at: row.sealed_at,
        manifest_sha256: row.manifest_sha256,
        state: row.state,
        interrupted: row.interrupted,
        duration_ms: row.duration_ms,
    }
}

/// A sealed recording with its log, its gaps and its chain of custody.
#[utoipa::path(get, path = "/recordings/{id}", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Recording), (status = 404, body = crate::wire::api::Problem)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Recording>, Problem> {
    let case = allowed(&app, &caller, id, Capability::SeeCase).await?;
    let found = app.evidence.describe(id).await?.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(Recording {
        evidence: evidence_body(found.evidence),
        case: cases::case_body(case),
        segments: found.seal.segments.iter().map(segment_body).collect(),
        tracks: found.seal.tracks.iter().filter_map(track_body).collect(),
        gaps: found.gaps.iter().map(gap_body).collect(),
        log: found.log.iter().map(log_body).collect(),
        custody: found.custody.iter().map(custody_body).collect(),
        root_fingerprint: app.evidence.root_fingerprint().to_string(),
    }))
}

/// Verifies the recording as it is stored, now.
#[utoipa::path(post, path = "/recordings/{id}/verify", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = Verification)))]
pub async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<Verification>, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    let report = app.evidence.verify(id, &caller.named()).await?;
    Ok(axum::Json(Verification {
        ok: report.holds(),
        checks: report
            .checks
            .iter()
            .map(|c| VerificationCheck {
                verdict: c.verdict.name().to_owned(),
                what: c.what.to_owned(),
                detail: c.detail.clone(),
                file: c.file.clone(),
            })
            .collect(),
    }))
}

/// A short-lived address for playback and downloads. Asking for it is noted in the chain of custody.
#[utoipa::path(post, path = "/recordings/{id}/tickets", tag = "evidence", params(("id" = String, Path)), responses((status = 201, body = Ticket)))]
pub async fn ticket(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<(StatusCode, axum::Json<Ticket>), Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.evidence.note_viewed(id, &caller.named()).await?;
    let (secret, expires_at) = app.tickets.grant(id, caller.named(), caller.holder())?;
    Ok((
        StatusCode::CREATED,
        axum::Json(Ticket {
            base: format!("/api/v1/tickets/{secret}"),
            expires_at,
        }),
    ))
}

/// How the access copy stands.
#[utoipa::path(get, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = AccessCopy)))]
pub async fn access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<AccessCopy>, Problem> {
    allowed(&app, &caller, id, Capability::SeeCase).await?;
    Ok(axum::Json(copy_body(app.evidence.access_copy(id))))
}

/// Makes the access copy: a film of all tracks, for watching. It is no evidence; the sealed tracks are.
#[utoipa::path(post, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 202, body = AccessCopy)))]
pub async fn make_access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<(StatusCode, axum::Json<AccessCopy>), Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    let status = app.evidence.start_access_copy(id, &caller.named()).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(copy_body(status))))
}

/// Stops making the access copy.
#[utoipa::path(delete, path = "/recordings/{id}/access-copy", tag = "evidence", params(("id" = String, Path)), responses((status = 200, body = AccessCopy)))]
pub async fn cancel_access_copy(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<axum::Json<AccessCopy>, Problem> {
    allowed(&app, &caller, id, Capability::HandleEvidence).await?;
    app.evidence.cancel_access_copy(id).await;
    Ok(axum::Json(copy_body(app.evidence.access_copy(id))))
}

/// The root certificate of this court's seal, as PEM. Its fingerprint is what others compare.
#[utoipa::path(get, path = "/seal/root.pem", tag = "evidence", responses((status = 200, body = String, content_type = "application/x-pem-file")))]
pub async fn root(State(app): State<App>) -> Result<Response, Problem> {
    let pem = app.evidence.root_pem()?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// What a ticket opens, while the session or token that asked for it is good.
async fn opened_by(app: &App, ticket: &str) -> Result<Grant, Problem> {
    let grant = app.tickets.open(ticket)?;
    let now = now_ms();
    let is_good = app.store.session(&grant.holder, now).await?.is_some()
        || app.store.staff_by_token(&grant.holder, now).await?.is_some();
    if is_good {
        Ok(grant)
    } else {
        Err(Problem::not_found())
    }
}

/// The bundle as a tar stream, by ticket.
pub async fn bundle(State(app): State<App>, Path(ticket): Path<String>) -> Result<Response, Problem> {
    let grant = opened_by(&app, &ticket).await?;
    let chunks = app.evidence.export_tar(grant.recording, &grant.by).await?;
    let stream = futures_util::stream::unfold(chunks, |mut chunks| async move {
        chunks.recv().await.map(|chunk| (chunk, chunks))
    });
    let mut response = Body::from_stream(stream.fuse()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-tar"),
    );
    let name = format!("attachment; filename=\"recording-{}.tar\"", grant.recording);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The access copy, by ticket.
pub async fn access_file(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let grant = opened_by(&app, &ticket).await?;
    let (file, len) = app
        .evidence
        .open_access_copy(grant.recording)
        .await?
        .ok_or_else(Problem::not_found)?;
    ranged(file, len, "video/mp4", &headers).await
}

/// A track file, by ticket.
pub async fn track(
    State(app): State<App>,
    Path((ticket, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let grant = opened_by(&app, &ticket).await?;
    let (opened, len) = app
        .evidence
        .open_track(grant.recording, &file)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mime = match file.rsplit_once('.').map(|(_, end)| end) {
        Some("webm") if file.contains("microphone") => "audio/webm",
        Some("webm") => "video/webm",
        Some("mp4") => "video/mp4",
        _ => "application/octet-stream",
    };
    ranged(opened, len, mime, &headers).await
}

/// Serves a file, or one byte range of it (RFC 9110, section 14).
async fn ranged(
    mut file: tokio::fs::File,
    len: u64,
    mime: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let wanted = headers
        .get(header::RANGE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| range(v, len));
    let unsatisfiable = || {
        let mut response = Problem::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "bad_range",
            "No such range",
            "The file is shorter.",
        )
        .into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("bytes */{len}")) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        response
    };
    let (status, from, to) = match wanted {
        None => (StatusCode::OK, 0, len),
        Some(Some((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(None) => return Ok(unsatisfiable()),
    };
    if from > 0 {
        file.seek(std::io::SeekFrom::Start(from))
            .await
            .map_err(|e| Problem::internal(&e))?;
    }
    let body = Body::from_stream(ReaderStream::new(file.take(to - from)));
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {from}-{}/{len}", to - 1))
    {
        out.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// The half-open range that a `Range` header asks for. Outer none: not a single byte range, to be ignored; inner
/// none: it cannot be satisfied.
fn range(text: &str, len: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    if last.contains(',') {
        return None;
    }
    let (from, to) = match (first.trim(), last.trim()) {
        ("", suffix) => (len.saturating_sub(suffix.parse().ok()?), len),
        (from, "") => (from.parse().ok()?, len),
        (from, last) => (
            from.parse().ok()?,
            last.parse::<u64>().ok()?.saturating_add(1).min(len),
        ),
    };
    Some((from < to).then_some((from, to)))
}

fn segment_body(s: &document::Segment) -> Segment {
    Segment {
        segment: s.segment,
        started_at: s.started_at.to_string(),
        ended_at: s.ended_at.to_string(),
        duration_ms: int(s.duration_ms),
    }
}

fn track_body(t: &document::Track) -> Option<RecordedTrack> {
    let source = [Source::Microphone, Source::Camera, Source::Screen]
        .into_iter()
        .find(|s| s.name() == t.source)?;
    Some(RecordedTrack {
        file: t.file.clone(),
        participant: ParticipantId(t.participant),
        name: t.name.clone(),
        role: Role::from_name(&t.role)?,
        source,
        codec: t.codec.clone(),
        segment: t.segment,
        bytes: int(t.bytes),
        sha256: t.sha256.to_string(),
        duration_ms: int(t.duration_ms),
    })
}

fn gap_body(g: &ledger::Gap) -> Gap {
    Gap {
        segment: g.segment,
        file: g.file.clone(),
        from_ms: int(g.from_ms),
        to_ms: int(g.to_ms),
        cause: g.cause.name().to_owned(),
    }
}

fn log_body(e: &ledger::CourtLogEntry) -> LogEntry {
    LogEntry {
        seq: int(e.seq),
        at: e.at.to_string(),
        segment: e.segment,
        media_ms: e.media_ms.map(int),
        kind: e.kind.clone(),
        by: e.by.as_ref().map(|p| p.name.clone()),
        about: e.about.as_ref().map(|p| p.name.clone()),
        text: e.text.clone(),
    }
}

fn custody_body(e: &custody::CustodyEntry) -> CustodyEntry {
    CustodyEntry {
        seq: int(e.seq),
        at: e.at.to_string(),
        act: e.act.name().to_owned(),
        by: e.by.clone(),
        hash: e.hash.to_string(),
    }
}

fn copy_body(status: AccessCopyStatus) -> AccessCopy {
    let (state, percent, detail) = match status {
        AccessCopyStatus::None => ("none", None, None),
        AccessCopyStatus::Running { percent } => ("running", Some(percent), None),
        AccessCopyStatus::Done => ("done", Some(100), None),
        AccessCopyStatus::Failed { detail } => ("failed", None, Some(detail)),
    };
    AccessCopy {
        state: state.to_owned(),
        percent,
        detail,
    }
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read_as_rfc_9110_writes_them() {
        assert_eq!(range("bytes=0-9", 100), Some(Some((0, 10))));
        assert_eq!(range("bytes=90-", 100), Some(Some((90, 100))));
        assert_eq!(range("bytes=-10", 100), Some(Some((90, 100))));
        assert_eq!(range("bytes=0-500", 100), Some(Some((0, 100))));
        assert_eq!(range("bytes=100-", 100), Some(None));
        assert_eq!(range("bytes=5-2", 100), Some(None));
        assert_eq!(range("bytes=0-1,5-6", 100), None);
        assert_eq!(range("lines=0-1", 100), None);
        assert_eq!(range("bytes=x-1", 100), None);
    }
}
