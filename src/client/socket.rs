//! The hearing's WebSocket: hello, the hearing as it changes, seats, and acts with their results.

use super::api::Api;
use crate::court::act::Act;
use crate::court::id::{HearingId, ParticipantId};
use crate::wire::PROTOCOL_VERSION;
use crate::wire::api::Problem;
use crate::wire::message::{ByeReason, ClientMessage, ServerMessage};
use crate::wire::view::{HearingView, RecordingStatus, Seat, You};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::collections::HashMap;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const WELCOME_WITHIN: Duration = Duration::from_secs(10);
const RESULT_WITHIN: Duration = Duration::from_secs(15);
const ACTS_QUEUED_MAX: usize = 32;
/// Changes of the recording status that are remembered.
const STATUSES_MAX: usize = 256;

/// Why the socket failed.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The connection could not be made or broke.
    #[error("WebSocket: {0}")]
    WebSocket(Box<tokio_tungstenite::tungstenite::Error>),
    /// The server said goodbye.
    #[error("the server said goodbye: {0:?}")]
    Bye(ByeReason),
    /// The server sent what the protocol does not know.
    #[error("not the protocol: {0}")]
    Protocol(String),
    /// The server did not answer in time.
    #[error("no {0} in time")]
    Late(&'static str),
    /// The connection is gone.
    #[error("the connection is gone")]
    Gone,
    /// The server refused the act.
    #[error("{} ({}): {}", .0.title, .0.code, .0.detail)]
    Refused(Box<Problem>),
    /// The hearing did not come to what was waited for.
    #[error("{0} did not happen within {1:?}")]
    NotSeen(String, Duration),
}

impl From<tokio_tungstenite::tungstenite::Error> for SocketError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        SocketError::WebSocket(Box::new(error))
    }
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Order = (Act, oneshot::Sender<Option<Problem>>);

/// A connected socket. It closes when this is dropped.
pub struct Socket {
    you: You,
    hearing: watch::Receiver<HearingView>,
    seats: watch::Receiver<Vec<Seat>>,
    speaking: watch::Receiver<Vec<ParticipantId>>,
    bye: watch::Receiver<Option<ByeReason>>,
    record: watch::Receiver<Vec<RecordingStatus>>,
    acts: mpsc::Sender<Order>,
}

impl Socket {
    /// Connects, says hello, and waits for the welcome.
    pub async fn connect(api: &Api, hearing: HearingId) -> Result<Self, SocketError> {
        let (stream, _) = tokio_tungstenite::connect_async(api.socket_url(hearing)).await?;
        let (mut sink, mut source) = stream.split();
        let hello = ClientMessage::Hello {
            version: PROTOCOL_VERSION,
            session: api.session().unwrap_or_default().to_owned(),
        };
        send(&mut sink, &hello).await?;
        let first = tokio::time::timeout(WELCOME_WITHIN, next(&mut source))
            .await
            .map_err(|_| SocketError::Late("welcome"))??;
        let (you, hearing, seats) = match first {
            ServerMessage::Welcome {
                you, hearing, seats, ..
            } => (you, hearing, seats),
            ServerMessage::Bye { reason } => return Err(SocketError::Bye(reason)),
            other => return Err(SocketError::Protocol(format!("{other:?} before the welcome"))),
        };
        let (record_tx, record) = watch::channel(vec![hearing.recording]);
        let (hearing_tx, hearing_rx) = watch::channel(hearing);
        let (seats_tx, seats_rx) = watch::channel(seats);
        let (speaking_tx, speaking) = watch::channel(Vec::new());
        let (bye_tx, bye) = watch::channel(None);
        let (acts, orders) = mpsc::channel(ACTS_QUEUED_MAX);
        let reader = Reader {
            source,
            sink,
            orders,
            pending: HashMap::new(),
            next_id: 1,
            hearing: hearing_tx,
            seats: seats_tx,
            speaking: speaking_tx,
            bye: bye_tx,
            record: record_tx,
        };
        tokio::spawn(reader.run());
        Ok(Self {
            you,
            hearing: hearing_rx,
            seats: seats_rx,
            speaking,
            bye,
            record,
            acts,
        })
    }

    /// Who this client is.
    pub fn you(&self) -> &You {
        &self.you
    }

    /// The hearing as last told.
    pub fn hearing(&self) -> HearingView {
        self.hearing.borrow().clone()
    }

    /// The seats as last told.
    pub fn seats(&self) -> Vec<Seat> {
        self.seats.borrow().clone()
    }

    /// Who speaks, as last told.
    pub fn speaking(&self) -> Vec<ParticipantId> {
        self.speaking.borrow().clone()
    }

    /// Why the server said goodbye, if it did.
    pub fn bye(&self) -> Option<ByeReason> {
        *self.bye.borrow()
    }

    /// Every status of the record that this client was ever told, in order, each change once.
    pub fn record_told(&self) -> Vec<RecordingStatus> {
        self.record.borrow().clone()
    }

    /// Acts, and waits for the result.
    pub async fn act(&self, act: Act) -> Result<(), SocketError> {
        let (done, result) = oneshot::channel();
        self.acts.send((act, done)).await.map_err(|_| self.gone())?;
        match tokio::time::timeout(RESULT_WITHIN, result).await {
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(problem))) => Err(SocketError::Refused(Box::new(problem))),
            Ok(Err(_)) => Err(self.gone()),
            Err(_) => Err(SocketError::Late("result")),
        }
    }

    /// Waits until the hearing is as asked for.
    pub async fn hearing_where(
        &self,
        what: &str,
        within: Duration,
        is_so: impl FnMut(&HearingView) -> bool,
    ) -> Result<HearingView, SocketError> {
        self.wait(self.hearing.clone(), what, within, is_so).await
    }

    /// Waits until the seats are as asked for.
    pub async fn seats_where(
        &self,
        what: &str,
        within: Duration,
        mut are_so: impl FnMut(&[Seat]) -> bool,
    ) -> Result<Vec<Seat>, SocketError> {
        self.wait(self.seats.clone(), what, within, move |seats| are_so(seats))
            .await
    }

    async fn wait<T: Clone>(
        &self,
        mut channel: watch::Receiver<T>,
        what: &str,
        within: Duration,
        is_so: impl FnMut(&T) -> bool,
    ) -> Result<T, SocketError> {
        match tokio::time::timeout(within, channel.wait_for(is_so)).await {
            Ok(Ok(value)) => Ok(value.clone()),
            Ok(Err(_)) => Err(self.gone()),
            Err(_) => Err(SocketError::NotSeen(what.to_owned(), within)),
        }
    }

    fn gone(&self) -> SocketError {
        self.bye().map_or(SocketError::Gone, SocketError::Bye)
    }
}

struct Reader {
    source: SplitStream<Stream>,
    sink: SplitSink<Stream, Message>,
    orders: mpsc::Receiver<Order>,
    pending: HashMap<u32, oneshot::Sender<Option<Problem>>>,
    next_id: u32,
    hearing: watch::Sender<HearingView>,
    seats: watch::Sender<Vec<Seat>>,
    speaking: watch::Sender<Vec<ParticipantId>>,
    bye: watch::Sender<Option<ByeReason>>,
    record: watch::Sender<Vec<RecordingStatus>>,
}

impl Reader {
    async fn run(mut self) {
        let why = loop {
            tokio::select! {
                message = next(&mut self.source) => match message {
                    Ok(message) => self.take(message),
                    Err(error) => break error,
                },
                order = self.orders.recv() => {
                    let Some((act, done)) = order else {
                        // The owner dropped the socket: a proper goodbye, as far as the network allows.
                        if let Err(error) = self.sink.close().await {
                            tracing::debug!(%error, "closing the WebSocket");
                        }
                        return;
                    };
                    let id = self.next_id;
                    self.next_id = self.next_id.wrapping_add(1);
                    self.pending.insert(id, done);
                    if let Err(error) = send(&mut self.sink, &ClientMessage::Act { id, act }).await {
                        break error;
                    }
                }
            }
        };
        tracing::debug!(%why, "the hearing's socket ended");
    }

    fn take(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { .. } => {}
            ServerMessage::Hearing { hearing } => {
                self.record.send_if_modified(|told| {
                    let change = told.last() != Some(&hearing.recording) && told.len() < STATUSES_MAX;
                    if change {
                        told.push(hearing.recording);
                    }
                    change
                });
                self.hearing.send_if_modified(|now| {
                    let newer = hearing.revision >= now.revision;
                    if newer {
                        *now = hearing;
                    }
                    newer
                });
            }
            ServerMessage::Seats { seats } => {
                self.seats.send_replace(seats);
            }
            ServerMessage::Speaking { participants } => {
                self.speaking.send_replace(participants);
            }
            ServerMessage::Result { id, problem } => {
                if let Some(done) = self.pending.remove(&id) {
                    // The asker may have stopped waiting.
                    let _ = done.send(problem);
                }
            }
            ServerMessage::PeerQuality { .. } => {}
            ServerMessage::Bye { reason } => {
                self.bye.send_replace(Some(reason));
            }
        }
    }
}

async fn send(sink: &mut SplitSink<Stream, Message>, message: &ClientMessage) -> Result<(), SocketError> {
    let text = serde_json::to_string(message).map_err(|e| SocketError::Protocol(e.to_string()))?;
    Ok(sink.send(Message::text(text)).await?)
}

async fn next(source: &mut SplitStream<Stream>) -> Result<ServerMessage, SocketError> {
    loop {
        match source.next().await.ok_or(SocketError::Gone)?? {
            Message::Text(text) => {
                return serde_json::from_str(&text)
                    .map_err(|e| SocketError::Protocol(format!("{e}: {text}")));
            }
            Message::Close(_) => return Err(SocketError::Gone),
            Message::Binary(_) => return Err(SocketError::Protocol("a binary message".to_owned())),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
