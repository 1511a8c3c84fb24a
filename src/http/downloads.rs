//! What a ticket opens: bundles, access copies and tracks, fetched by a browser itself and so without a header.

use super::app::{App, now_ms};
use super::caller::Participant;
use super::extract::Path;
use super::problem::Problem;
use super::tickets::{Grant, Opener};
use super::trace;
use crate::court::custody::ReleaseForm;
use crate::evidence::{Handed, SealedFile, SealedList};
use crate::store::MediaRequest;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What a ticket opens to somebody who may handle evidence, or by a release: a recording as a whole.
async fn whole_opened_by(app: &App, ticket: &str) -> Result<(Grant, Option<MediaRequest>), Problem> {
    let opened = opened_by(app, ticket).await?;
    match opened.0.follows {
        // Whoever follows a recording at a hearing is shown its tracks, and is not handed a copy.
        Some(_) => Err(Problem::not_found()),
        None => Ok(opened),
    }
}

/// The same of a part of it: also to whoever follows the recording at a hearing, while they may hear the court there and it is
/// shown. `file` is the track that is wanted, if it is one.
async fn part_opened_by(app: &App, ticket: &str, file: Option<&str>) -> Result<Grant, Problem> {
    let grant = opened_by_court(app, ticket).await?;
    if let Some(follower) = grant.follows {
        let live = app.hearings.if_live(follower.hearing);
        let following = match live {
            Some(live) => live.playback(follower.participant).await?,
            None => None,
        };
        // Shown before a redaction of it was ordered: not any more.
        let handed_out = app.evidence.handed_out(grant.recording).await?;
        let may = handed_out.recording() == Some(grant.recording)
            && following.is_some_and(|f| {
                f.view.recording == grant.recording && file.is_none_or(|file| !f.hidden.contains(file))
            });
        if !may {
            return Err(Problem::not_found());
        }
    }
    Ok(grant)
}

/// What a ticket opens, while whoever asked for it may still ask: their session or token is in force, and they were neither
/// dismissed nor removed. Whoever may not is told the same as of a ticket that is none.
async fn opened_by(app: &App, ticket: &str) -> Result<(Grant, Option<MediaRequest>), Problem> {
    let grant = app.tickets.open(ticket)?;
    trace::about_recording(grant.recording);
    let holder = match grant.opener {
        Opener::Holder(holder) => holder,
        Opener::Release(release) => {
            let request = app.store.media_request(release.request).await?;
            let request = request.filter(|request| request.opens(now_ms()));
            return Ok((grant, Some(request.ok_or_else(Problem::not_found)?)));
        }
    };
    if app.store.staff_by_token(&holder, now_ms()).await?.is_some() {
        return Ok((grant, None));
    }
    let holder = Participant::holding(app, holder)
        .await?
        .ok_or_else(Problem::not_found)?;
    match holder.still_takes_part(app).await {
        Err(over) if over.status() == StatusCode::FORBIDDEN => Err(Problem::not_found()),
        Err(failed) => Err(failed),
        Ok(()) => Ok((grant, None)),
    }
}

/// What a ticket opens that was given to the court, or to those to whom the court shows a recording; a release opens none of it.
async fn opened_by_court(app: &App, ticket: &str) -> Result<Grant, Problem> {
    match opened_by(app, ticket).await? {
        (grant, None) => Ok(grant),
        (_, Some(_)) => Err(Problem::not_found()),
    }
}

/// What a ticket opens that was given by a release, and that release.
pub(super) async fn released_by(app: &App, ticket: &str) -> Result<(Grant, MediaRequest), Problem> {
    match opened_by(app, ticket).await? {
        (grant, Some(request)) => Ok((grant, request)),
        (_, None) => Err(Problem::not_found()),
    }
}

/// Serves no further once the right to it has ended: a release that is withdrawn or whose time is over. It breaks off, so that
/// nobody takes what came for the whole.
fn while_it_lasts<S, T>(stream: S, grant: &Grant) -> impl Stream<Item = io::Result<T>> + Send + use<S, T>
where
    S: Stream<Item = io::Result<T>> + Send,
    T: Send,
{
    let ended = grant.ended.clone();
    let ends_at = match grant.opener {
        Opener::Holder(_) => None,
        Opener::Release(release) => {
            let left = u64::try_from(release.ends_at.saturating_sub(now_ms())).unwrap_or_default();
            // No ticket lasts longer than that.
            let left = Duration::from_millis(left).min(Duration::from_secs(24 * 3600));
            Some(Instant::now() + left)
        }
    };
    // Asked before each piece as well: a file that is always ready must not outrun the clock.
    let is_over = {
        let ended = ended.clone();
        move || ended.is_cancelled() || ends_at.is_some_and(|at| Instant::now() >= at)
    };
    let over = Box::pin(async move {
        match ends_at {
            Some(at) => tokio::select! {
                () = ended.cancelled() => {}
                () = tokio::time::sleep_until(at) => {}
            },
            None => ended.cancelled().await,
        }
    });
    let broken_off = || Err(io::Error::other("the right to this has ended"));
    let state = Some((Box::pin(stream), over, is_over));
    futures_util::stream::unfold(state, move |state| async move {
        let (mut stream, mut over, is_over) = state?;
        if is_over() {
            return Some((broken_off(), None));
        }
        tokio::select! {
            () = &mut over => Some((broken_off(), None)),
            item = stream.next() => item.map(|item| (item, Some((stream, over, is_over)))),
        }
    })
    // What packs the answer asks again after the end.
    .fuse()
}

/// What a channel brings, until it ends.
fn received(chunks: mpsc::Receiver<io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let next = |mut chunks: mpsc::Receiver<_>| async move {
        let chunk = chunks.recv().await?;
        Some((chunk, chunks))
    };
    futures_util::stream::unfold(chunks, next).fuse()
}

/// The pieces of a bundle, until its end. Whoever goes away drops it, and that it broke off is entered.
fn pieces(handed: Handed) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let next = |mut handed: Handed| async move {
        let piece = handed.recv().await?;
        Some((piece, handed))
    };
    futures_util::stream::unfold(handed, next).fuse()
}

/// The bundle as a tar stream, by ticket. The ticket in the address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/bundle.tar", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar"), (status = 404), (status = 429)))]
pub async fn bundle(State(app): State<App>, Path(ticket): Path<String>) -> Result<Response, Problem> {
    let (grant, release) = whole_opened_by(&app, &ticket).await?;
    if release
        .as_ref()
        .is_some_and(|release| release.form != ReleaseForm::Bundle)
    {
        return Err(Problem::not_found());
    }
    app.limits.evidence_work(grant.person)?;
    let recording = match &release {
        None => grant.recording,
        // Not the original, once a redaction of it is ordered.
        Some(release) => {
            let handed_out = app.evidence.handed_out(release.recording).await?;
            handed_out.recording().ok_or_else(Problem::redaction_pending)?
        }
    };
    let handed = app.evidence.export_tar(recording, &grant.by).await?;
    let mut response = Body::from_stream(while_it_lasts(pieces(handed), &grant)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-tar"),
    );
    let name = format!("attachment; filename=\"recording-{recording}.tar\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The access copy, by ticket; byte ranges work. The ticket in the address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/access.mp4", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 206, body = Vec<u8>, content_type = "video/mp4"), (status = 404), (status = 416)))]
pub async fn access_file(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (grant, release) = whole_opened_by(&app, &ticket).await?;
    let copy = match release {
        None => app.evidence.open_access_copy(grant.recording).await?,
        Some(release) if release.form == ReleaseForm::AccessCopy => {
            app.evidence.open_release_copy(&release).await?
        }
        Some(_) => None,
    };
    let file = copy.ok_or_else(Problem::not_found)?;
    ranged(file, "video/mp4", &headers, &grant)
}

/// A track file, by ticket; byte ranges work. The ticket in the address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/track/{*file}", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends"), ("file" = String, Path, description = "the track's file as the recording names it, slashes included")),
    responses((status = 200, content((Vec<u8> = "video/webm"), (Vec<u8> = "audio/webm"), (Vec<u8> = "video/mp4"))), (status = 206, content((Vec<u8> = "video/webm"), (Vec<u8> = "audio/webm"), (Vec<u8> = "video/mp4"))), (status = 404), (status = 416)))]
pub async fn track(
    State(app): State<App>,
    Path((ticket, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let grant = part_opened_by(&app, &ticket, Some(&file)).await?;
    let opened = app
        .evidence
        .open_track(grant.recording, &file)
        .await?
        .ok_or_else(Problem::not_found)?;
    ranged(opened, mime_of(&file), &headers, &grant)
}

/// The list of sealed files that the seal signs, by ticket. Whoever plays tracks compares them with it and with the
/// ledger of fragments. The ticket in the address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/manifest-sha256.txt", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 206, body = String, content_type = "text/plain"), (status = 404), (status = 416)))]
pub async fn manifest(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list(
        &app,
        &ticket,
        SealedList::Manifest,
        "text/plain; charset=utf-8",
        &headers,
    )
    .await
}

/// The sealed ledger with the hash of every piece of about two seconds of each track, by ticket. The ticket in the
/// address is the permission.
#[utoipa::path(get, path = "/tickets/{ticket}/fragments.tsv", tag = "evidence", security(()), params(("ticket" = String, Path, description = "the ticket: whoever has it may fetch, until it ends")),
    responses((status = 200, body = String, content_type = "text/tab-separated-values"), (status = 206, body = String, content_type = "text/tab-separated-values"), (status = 404), (status = 416)))]
pub async fn fragments(
    State(app): State<App>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mime = "text/tab-separated-values; charset=utf-8";
    list(&app, &ticket, SealedList::Fragments, mime, &headers).await
}

async fn list(
    app: &App,
    ticket: &str,
    wanted: SealedList,
    mime: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let grant = part_opened_by(app, ticket, None).await?;
    let file = app
        .evidence
        .open_list(grant.recording, wanted)
        .await?
        .ok_or_else(Problem::not_found)?;
    ranged(file, mime, headers, &grant)
}

/// The type of a track file, by its name.
fn mime_of(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, end)| end) {
        Some("webm") if file.contains("microphone") => "audio/webm",
        Some("webm") => "video/webm",
        Some("mp4") => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// Serves a file, or one byte range of it (RFC 9110, section 14).
fn ranged(
    file: SealedFile,
    mime: &'static str,
    headers: &HeaderMap,
    grant: &Grant,
) -> Result<Response, Problem> {
    let len = file.bytes();
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
    let pieces = received(file.pieces(from, to));
    let body = Body::from_stream(while_it_lasts(pieces, grant));
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

#[cfg(test)]
mod tests {
    use super::{Grant, Opener, SealedFile, mime_of, range, ranged, while_it_lasts};
    use crate::court::id::{PersonId, RecordingId, RequestId};
    use crate::http::tickets::ByRelease;
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
    use futures_util::StreamExt;
    use std::io::Write;
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    fn grant() -> Grant {
        Grant {
            recording: RecordingId(Uuid::now_v7()),
            by: "Clerk".into(),
            person: PersonId(Uuid::now_v7()),
            opener: Opener::Holder([0; 32]),
            ended: CancellationToken::new(),
            expires_at: i64::MAX,
            follows: None,
        }
    }

    /// Status, `Content-Type`, `Content-Range` and body of an answer about a file of ten bytes.
    async fn answer(name: &str, wanted: Option<&'static str>) -> (StatusCode, String, String, Vec<u8>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(wanted) = wanted {
            headers.insert(header::RANGE, HeaderValue::from_static(wanted));
        }
        let file = SealedFile::clear(file).unwrap();
        let response = ranged(file, mime_of(name), &headers, &grant()).unwrap();
        let of = |name| match response.headers().get(name) {
            Some(value) => value.to_str().unwrap().to_owned(),
            None => String::new(),
        };
        let (kind, part) = (of(header::CONTENT_TYPE), of(header::CONTENT_RANGE));
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        (status, kind, part, body.to_vec())
    }

    #[tokio::test]
    async fn a_track_is_served_by_ranges_as_what_it_is() {
        for (name, kind) in [
            ("segment-001/judge-1-camera.webm", "video/webm"),
            ("segment-001/judge-1-microphone.webm", "audio/webm"),
            ("segment-001/judge-1-camera.mp4", "video/mp4"),
        ] {
            let part = answer(name, Some("bytes=2-5")).await;
            let expected = (kind.to_owned(), "bytes 2-5/10".to_owned(), b"2345".to_vec());
            assert_eq!((part.1, part.2, part.3), expected);
            assert_eq!(part.0, StatusCode::PARTIAL_CONTENT);
            let whole = answer(name, None).await;
            assert_eq!((whole.0, whole.3.len()), (StatusCode::OK, 10));
            let beyond = answer(name, Some("bytes=10-")).await;
            assert_eq!(
                (beyond.0, beyond.2),
                (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10".into())
            );
        }
    }

    #[tokio::test]
    async fn what_is_served_breaks_off_when_the_right_to_it_ends() {
        let ends = |ends_at| {
            Opener::Release(ByRelease {
                request: RequestId(Uuid::now_v7()),
                ends_at,
            })
        };
        let endless = || futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(1)).boxed();
        for (opener, withdrawn) in [
            (ends(0), false),
            (ends(i64::MAX), true),
            (Opener::Holder([0; 32]), true),
        ] {
            let grant = Grant { opener, ..grant() };
            let mut served = while_it_lasts(endless(), &grant).boxed();
            if withdrawn {
                assert_eq!(served.next().await.unwrap().unwrap(), 1);
                grant.ended.cancel();
            }
            let rest: Vec<_> = served.collect().await;
            assert!(rest.len() == 1 && rest[0].is_err(), "{opener:?}: {rest:?}");
        }
        // What lasts is served to its end.
        let whole = futures_util::stream::iter([Ok::<_, std::io::Error>(1), Ok(2)]);
        let mut whole = while_it_lasts(whole, &grant()).boxed();
        for n in [1, 2] {
            assert_eq!(whole.next().await.unwrap().unwrap(), n);
        }
        // Also asked again after its end, as by what packs an answer.
        assert!(whole.next().await.is_none() && whole.next().await.is_none());
    }

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
