//! The hearing's WebSocket: acts come in, events go out (`docs/protocol.md`).

use super::app::{App, now_ms};
use super::body;
use super::caller::{Participant, session_in_force};
use super::extract::{Path, Upgrade};
use super::problem::Problem;
use crate::court::act::Act;
use crate::court::id::HearingId;
use crate::hearing::{HearingHandle, OUTBOX};
use crate::wire::PROTOCOL_VERSION;
use crate::wire::message::{ByeReason, ClientMessage, PICTURES_MAX, ServerMessage};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use std::future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, timeout, timeout_at};
use tracing::{Instrument, Span};

const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(5);
/// A client that shows no life for this long has lost its connection; its seat is kept.
const SILENCE_MAX: Duration = Duration::from_secs(15);
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// How long the store may take to say whether the session is still in force; then it is asked again with a later ping.
const LOOK_WITHIN: Duration = Duration::from_secs(4);
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Bytes read at a time. Acts are a few hundred bytes; each connection keeps this much for as long as it lives.
const READ_BUFFER: usize = 4 * 1024;
/// What is read of a frame before it is given up. More than a message may have, so that the client can be told why: a
/// frame beyond this is not read at all, and a connection that ends with bytes unread may lose its last words.
const FRAME_BYTES_MAX: usize = super::BODY_BYTES_MAX;

/// How long the client may take to close after our last words.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// Upgrades to the hearing's WebSocket.
#[utoipa::path(get, path = "/hearings/{id}/ws", tag = "hearings", security(()), params(("id" = String, Path)), responses((status = 101, description = "the hearing's WebSocket, see docs/protocol.md")))]
pub async fn open(
    State(app): State<App>,
    Path(id): Path<HearingId>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, Problem> {
    let span = Span::current();
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| serve(app, id, socket).instrument(span)))
}

async fn serve(app: App, id: HearingId, mut socket: WebSocket) {
    let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    match greet(&app, id, connection, &mut socket).await {
        Ok((handle, participant, outbox)) => {
            metrics::gauge!("oyer_connections").increment(1.0);
            let end = talk(&app, &handle, &participant, outbox, &mut socket).await;
            metrics::gauge!("oyer_connections").decrement(1.0);
            // First the hearing, which may have to write it down; the last words can take long.
            handle.disconnect(participant.id, connection).await;
            end.tell(&mut socket).await;
        }
        Err(end) => end.tell(&mut socket).await,
    }
}

/// How a connection ends.
enum End {
    /// With a word of ours.
    Bye(ByeReason),
    /// The client sent more than a message may have.
    TooLarge,
    /// The client closed it, or it broke: nobody is left to tell.
    Gone,
}

impl From<ByeReason> for End {
    fn from(reason: ByeReason) -> Self {
        End::Bye(reason)
    }
}

impl End {
    /// The last words, and the closing handshake.
    async fn tell(self, socket: &mut WebSocket) {
        let (reason, code, why) = match self {
            End::Bye(reason) => (reason, close_code::NORMAL, "bye".to_owned()),
            End::TooLarge => (
                ByeReason::ProtocolError,
                close_code::SIZE,
                format!("a message may have {MESSAGE_BYTES_MAX} bytes at most"),
            ),
            End::Gone => return,
        };
        if send(socket, &ServerMessage::Bye { reason }).await {
            let frame = CloseFrame {
                code,
                reason: why.into(),
            };
            // The other side may be gone already.
            let _ = timeout(SEND_WITHIN, socket.send(Message::Close(Some(frame)))).await;
            // What it sends meanwhile is taken in and let go: a socket that is closed over unread bytes takes back what it
            // said last.
            let closed = async { while let Some(Ok(_)) = socket.recv().await {} };
            let _ = timeout(CLOSE_WITHIN, closed).await;
        }
    }
}

/// The next text; pings and pongs are none.
fn text_of(message: Option<Result<Message, axum::Error>>) -> Result<Option<Utf8Bytes>, End> {
    match message {
        Some(Ok(Message::Text(text))) if text.len() <= MESSAGE_BYTES_MAX => Ok(Some(text)),
        Some(Ok(Message::Text(_))) => Err(End::TooLarge),
        Some(Ok(Message::Binary(bytes))) if bytes.len() > MESSAGE_BYTES_MAX => Err(End::TooLarge),
        Some(Ok(Message::Binary(_))) => Err(ByeReason::ProtocolError.into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        // The WebSocket below says no more than this of a frame that it did not read.
        Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => Err(End::TooLarge),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
    }
}

/// Waits for the hello and welcomes the participant, or says why not.
async fn greet(
    app: &App,
    id: HearingId,
    connection: u64,
    socket: &mut WebSocket,
) -> Result<(HearingHandle, Participant, mpsc::Receiver<ServerMessage>), End> {
    // One deadline for all that comes before it: pings buy no time.
    let deadline = Instant::now() + HELLO_WITHIN;
    let hello = loop {
        let message = timeout_at(deadline, socket.recv()).await;
        if let Some(text) = text_of(message.map_err(|_| ByeReason::ProtocolError)?)? {
            break text;
        }
    };
    let Ok(ClientMessage::Hello { version, session }) = serde_json::from_str(hello.as_str()) else {
        return Err(ByeReason::ProtocolError.into());
    };
    if version != PROTOCOL_VERSION {
        return Err(ByeReason::VersionMismatch.into());
    }
    let participant =
        Participant::of_session(app, &session)
            .await
            .map_err(|problem| match problem.status() {
                StatusCode::UNAUTHORIZED => ByeReason::SessionInvalid,
                // The store failed, or too much was asked: the client comes back by itself.
                _ => ByeReason::ServerStops,
            })?;
    participant
        .in_hearing(id)
        .map_err(|_| ByeReason::SessionInvalid)?;
    app.limits
        .coming(participant.id)
        .map_err(|_| ByeReason::ServerStops)?;
    let handle = participant.live(app, id).await.map_err(|problem| {
        tracing::error!(
            code = problem.body().code,
            "the hearing could not be brought to life"
        );
        ByeReason::ServerStops
    })?;
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    let accepted = handle
        .connect(participant.id, participant.session_hash, connection, outbox)
        .await
        .map_err(|_| ByeReason::ServerStops)??;
    let welcome = ServerMessage::Welcome {
        version: PROTOCOL_VERSION,
        you: accepted.you,
        hearing: accepted.hearing,
        seats: accepted.seats,
        server_time: now_ms(),
    };
    if !send(socket, &welcome).await {
        handle.disconnect(participant.id, connection).await;
        return Err(End::Gone);
    }
    Ok((handle, participant, inbox))
}

async fn talk(
    app: &App,
    handle: &HearingHandle,
    participant: &Participant,
    mut outbox: mpsc::Receiver<ServerMessage>,
    socket: &mut WebSocket,
) -> End {
    let mut ping = interval(PING_EVERY);
    let mut alive = Instant::now();
    // Beside everything else: a store that hangs holds up neither what the hearing tells nor what is asked of it.
    let mut look: Option<BoxFuture<'_, bool>> = None;
    loop {
        let looked = async {
            match look.as_mut() {
                Some(look) => look.await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            is_over = looked => {
                look = None;
                if is_over {
                    // Nothing more to tell if the hearing is gone as well.
                    let _ = handle.end_access(participant.id, participant.session_hash).await;
                    return ByeReason::SessionInvalid.into();
                }
            }
            message = outbox.recv() => {
                let Some(message) = message else {
                    // The hearing let this connection go: it did not read, or a newer one took its place.
                    return ByeReason::ProtocolError.into();
                };
                if let ServerMessage::Bye { reason } = message {
                    return reason.into();
                }
                if !send(socket, &message).await {
                    return End::Gone;
                }
            }
            message = socket.recv() => {
                alive = Instant::now();
                let text = match text_of(message) {
                    Ok(Some(text)) => text,
                    Ok(None) => continue,
                    Err(end) => return end,
                };
                if app.limits.request(participant.id).is_err() {
                    return ByeReason::ProtocolError.into();
                }
                match serde_json::from_str(text.as_str()) {
                    Ok(ClientMessage::Act { id, act }) => {
                        let problem = match handle.act(participant.id, act).await {
                            Ok(Ok(())) => None,
                            Ok(Err(refusal)) => Some(Problem::from(refusal).body()),
                            Err(unreachable) => Some(Problem::from(unreachable).body()),
                        };
                        if !send(socket, &ServerMessage::Result { id, problem }).await {
                            return End::Gone;
                        }
                    }
                    Ok(ClientMessage::Quality { loss_per_mille, rtt_ms }) => {
                        handle.quality(participant.id, loss_per_mille, rtt_ms);
                    }
                    Ok(ClientMessage::Follows { recording, state }) => {
                        handle.follows(participant.id, recording, state).await;
                    }
                    Ok(ClientMessage::Shows { pictures }) if pictures.len() <= PICTURES_MAX => {
                        handle.shows(participant.id, pictures).await;
                    }
                    Ok(ClientMessage::Hello { .. } | ClientMessage::Shows { .. }) => {
                        return ByeReason::ProtocolError.into();
                    }
                    Err(_) => {
                        let Some((id, problem)) = misspelt(text.as_str()) else {
                            return ByeReason::ProtocolError.into();
                        };
                        let problem = Some(problem.body());
                        if !send(socket, &ServerMessage::Result { id, problem }).await {
                            return End::Gone;
                        }
                    }
                }
            }
            _ = ping.tick() => {
                if alive.elapsed() > SILENCE_MAX {
                    return End::Gone;
                }
                if look.is_none() {
                    look = Some(session_is_over(app, participant).boxed());
                }
                let sent = timeout(SEND_WITHIN, socket.send(Message::Ping(Default::default()))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return End::Gone;
                }
            }
        }
    }
}

/// True when the store says so. One that fails, or does not answer in time, says nothing about the session.
async fn session_is_over(app: &App, participant: &Participant) -> bool {
    let found = timeout(LOOK_WITHIN, session_in_force(app, &participant.session_hash)).await;
    matches!(found, Ok(Ok(None)))
}

/// The number of an act whose form is wrong, and the same problem as by REST. None for any other message: nobody could say
/// which one is answered.
fn misspelt(text: &str) -> Option<(u32, Problem)> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
    enum Message {
        Act { id: u32, act: serde_json::Value },
    }
    let Ok(Message::Act { id, act }) = serde_json::from_str(text) else {
        return None;
    };
    let problem = body::read::<Act>(act.to_string().as_bytes()).err()?;
    Some((id, problem))
}

async fn send(socket: &mut WebSocket, message: &ServerMessage) -> bool {
    let Ok(text) = serde_json::to_string(message) else {
        return false;
    };
    matches!(
        timeout(SEND_WITHIN, socket.send(Message::Text(text.into()))).await,
        Ok(Ok(()))
    )
}
