//! The hearing's WebSocket: acts come in, events go out (`docs/protocol.md`).

use super::app::{App, now_ms};
use super::caller::Participant;
use super::extract::{Path, Upgrade};
use super::problem::Problem;
use crate::court::id::HearingId;
use crate::court::sitting;
use crate::hearing::{HearingHandle, OUTBOX};
use crate::wire::PROTOCOL_VERSION;
use crate::wire::message::{ByeReason, ClientMessage, PICTURES_MAX, ServerMessage};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, timeout};
use tracing::{Instrument, Span};

const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(5);
/// A client that shows no life for this long has lost its connection; its seat is kept.
const SILENCE_MAX: Duration = Duration::from_secs(15);
const SEND_WITHIN: Duration = Duration::from_secs(10);
const MESSAGE_BYTES_MAX: usize = 16 * 1024;

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
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| serve(app, id, socket).instrument(span)))
}

async fn serve(app: App, id: HearingId, mut socket: WebSocket) {
    let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    match greet(&app, id, connection, &mut socket).await {
        Ok((handle, participant, outbox)) => {
            metrics::gauge!("oyer_connections").increment(1.0);
            talk(&app, &handle, &participant, outbox, &mut socket).await;
            metrics::gauge!("oyer_connections").decrement(1.0);
            handle.disconnect(participant.id, connection).await;
        }
        Err(reason) => goodbye(&mut socket, reason).await,
    }
}

/// Waits for the hello and welcomes the participant, or says why not.
async fn greet(
    app: &App,
    id: HearingId,
    connection: u64,
    socket: &mut WebSocket,
) -> Result<(HearingHandle, Participant, mpsc::Receiver<ServerMessage>), ByeReason> {
    let hello = loop {
        match timeout(HELLO_WITHIN, socket.recv()).await {
            Ok(Some(Ok(Message::Text(text)))) => break text,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            _ => return Err(ByeReason::ProtocolError),
        }
    };
    let Ok(ClientMessage::Hello { version, session }) = serde_json::from_str(hello.as_str()) else {
        return Err(ByeReason::ProtocolError);
    };
    if version != PROTOCOL_VERSION {
        return Err(ByeReason::VersionMismatch);
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
    let handle = app.hearings.get(id).await.map_err(|error| {
        tracing::error!(%error, "the hearing could not be brought to life");
        ByeReason::ServerStops
    })?;
    // Somebody may have been added to the list after the hearing came to life.
    let listed = sitting::Participant::invited(participant.id, participant.name.clone(), participant.role);
    handle
        .add_participant(listed)
        .await
        .map_err(|_| ByeReason::ServerStops)?;
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    let accepted = handle
        .connect(participant.id, connection, outbox)
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
        return Err(ByeReason::ProtocolError);
    }
    Ok((handle, participant, inbox))
}

async fn talk(
    app: &App,
    handle: &HearingHandle,
    participant: &Participant,
    mut outbox: mpsc::Receiver<ServerMessage>,
    socket: &mut WebSocket,
) {
    let mut ping = interval(PING_EVERY);
    let mut alive = Instant::now();
    loop {
        tokio::select! {
            message = outbox.recv() => {
                let Some(message) = message else {
                    // The hearing let this connection go: it did not read, or a newer one took its place.
                    return goodbye(socket, ByeReason::ProtocolError).await;
                };
                if let ServerMessage::Bye { reason } = message {
                    return goodbye(socket, reason).await;
                }
                if !send(socket, &message).await {
                    return;
                }
            }
            message = socket.recv() => {
                alive = Instant::now();
                let text = match message {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Binary(_))) => return goodbye(socket, ByeReason::ProtocolError).await,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                if app.limits.request(participant.id).is_err() {
                    return goodbye(socket, ByeReason::ProtocolError).await;
                }
                match serde_json::from_str(text.as_str()) {
                    Ok(ClientMessage::Act { id, act }) => {
                        let problem = match handle.act(participant.id, act).await {
                            Ok(Ok(())) => None,
                            Ok(Err(refusal)) => Some(Problem::from(refusal).body()),
                            Err(unreachable) => Some(Problem::from(unreachable).body()),
                        };
                        if !send(socket, &ServerMessage::Result { id, problem }).await {
                            return;
                        }
                    }
                    Ok(ClientMessage::Quality { loss_per_mille, rtt_ms }) => {
                        handle.quality(participant.id, loss_per_mille, rtt_ms);
                    }
                    Ok(ClientMessage::Shows { pictures }) if pictures.len() <= PICTURES_MAX => {
                        handle.shows(participant.id, pictures).await;
                    }
                    Ok(ClientMessage::Hello { .. } | ClientMessage::Shows { .. }) | Err(_) => {
                        return goodbye(socket, ByeReason::ProtocolError).await;
                    }
                }
            }
            _ = ping.tick() => {
                if alive.elapsed() > SILENCE_MAX {
                    return;
                }
                // A store that fails now says nothing about the session; one that answers does.
                if let Ok(None) = app.store.session(&participant.session_hash, now_ms()).await {
                    // Nothing more to tell if the hearing is gone as well.
                    let _ = handle.end_access(participant.id).await;
                    return goodbye(socket, ByeReason::SessionInvalid).await;
                }
                let sent = timeout(SEND_WITHIN, socket.send(Message::Ping(Default::default()))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
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

async fn goodbye(socket: &mut WebSocket, reason: ByeReason) {
    if send(socket, &ServerMessage::Bye { reason }).await {
        let frame = CloseFrame {
            code: close_code::NORMAL,
            reason: "bye".into(),
        };
        // The other side may be gone already.
        let _ = timeout(SEND_WITHIN, socket.send(Message::Close(Some(frame)))).await;
    }
}
