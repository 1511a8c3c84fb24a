//! The one task that owns a live hearing. Commands, media events, reports of the record and the clock come in;
//! what follows from them is in force before the next one is looked at.

mod acts;
mod media;
mod playback;
mod recording;
mod speech;

use super::command::{Accepted, Command, MediaError, Reply};
use super::journal::{Journal, Snapshot};
use super::live::Live;
use super::played::Played;
use super::proof::Proofs;
use super::record::{Order, Record, Report};
use super::speaking::Speaking;
use super::speech::Speech;
use super::{audience::Audience, view};
use crate::court::id::ParticipantId;
use crate::court::role::Capability;
use crate::court::sitting::Participant;
use crate::court::state::{HearingState, ParticipantState};
use crate::recorder::tap::TapSink;
use crate::sfu::{Answer, Room, RoomEvent, TrackKey};
use crate::store::TokenHash;
use crate::wire::message::{ByeReason, Quality, ServerMessage};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::mpsc;

const TICK: Duration = Duration::from_millis(500);
/// How long a server that stops waits for its store to take the end of the court log.
const STORED_WITHIN: Duration = Duration::from_secs(20);
/// How long an ended hearing with nobody connected is kept.
const LINGER: Duration = Duration::from_secs(30);

pub(super) struct Task {
    pub live: Live,
    pub room: Room,
    pub record: Record,
    pub played: Played,
    pub journal: Journal,
    pub log_seq: i64,
    pub segment: u32,
    pub audience: Audience,
    pub speaking: Speaking,
    /// Spells of speech on the record, for the court log.
    pub speech: Speech,
    pub sinks: BTreeMap<TrackKey, TapSink>,
    /// The running segment: its number and the instant that is its media time 0.
    pub running: Option<(u32, Instant)>,
    pub proofs: Proofs,
    /// The media worker is gone: nothing reaches anybody, nor the record.
    pub media_gone: bool,
    pub saved: bool,
    pub idle_since: Option<Instant>,
    pub sealing: bool,
    /// The sitting is over, and the order to seal waits until the court log is stored to its end.
    pub finish: bool,
    /// Who should be in the record and sends nothing, and since when.
    pub missing: BTreeMap<ParticipantId, Instant>,
    /// The court log says that the record broke off, and does not yet say that it goes on.
    pub broken: bool,
}

pub(super) struct Inputs {
    pub commands: mpsc::Receiver<Command>,
    pub media: mpsc::Receiver<RoomEvent>,
    pub reports: mpsc::Receiver<Report>,
}

enum Flow {
    GoOn,
    Stop,
}

impl Task {
    pub async fn run(mut self, mut inputs: Inputs) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                command = inputs.commands.recv() => match command {
                    Some(command) => self.command(command).await,
                    None => Flow::Stop,
                },
                Some(event) = inputs.media.recv() => { self.media(event).await; Flow::GoOn }
                Some(report) = inputs.reports.recv() => { self.report(report).await; Flow::GoOn }
                _ = tick.tick() => self.tick().await,
            };
            if matches!(flow, Flow::Stop) {
                break;
            }
        }
        self.room.close().await;
        tracing::info!("the hearing sleeps");
    }

    async fn command(&mut self, command: Command) -> Flow {
        match command {
            Command::Connect {
                participant,
                opened_by,
                connection,
                outbox,
                reply,
            } => {
                let accepted = self.connect(participant, opened_by, connection, outbox).await;
                // Whoever asked may have hung up already; the disconnect follows.
                let _ = reply.send(accepted);
            }
            Command::Disconnect {
                participant,
                connection,
            } => {
                if self.audience.remove(participant, connection) {
                    self.lost(participant).await;
                }
            }
            Command::Quality {
                participant,
                loss_per_mille,
                rtt_ms,
            } => {
                let quality = match (loss_per_mille, rtt_ms) {
                    (0..=30, 0..=400) => Quality::Good,
                    (31..=150, _) | (0..=30, 401..=1000) => Quality::Weak,
                    _ => Quality::Bad,
                };
                self.audience.quality(&self.live, participant, quality);
            }
            Command::Shows {
                participant,
                pictures,
            } => self.shows(participant, &pictures).await,
            Command::Act {
                participant,
                act,
                exhibit,
                reply,
            } => {
                let exhibit = exhibit.map(|e| *e);
                self.act_with(participant, act, exhibit, reply).await;
            }
            Command::Follows {
                participant,
                recording,
                state,
            } => self.follows(participant, recording, state),
            Command::Playback { participant, reply } => answer(reply, self.following(participant)),
            Command::MayPlay { participant, reply } => answer(reply, self.may_play(participant)),
            Command::View { participant, reply } => answer(reply, view::view(&self.live, participant)),
            Command::AddParticipant { participant } => self.add(participant).await,
            Command::EndAccess {
                participant,
                opened_by,
            } => {
                if self.end_access(participant, opened_by).await {
                    self.changed().await;
                }
            }
            Command::DeclineLink {
                participant,
                opened_by,
                reply,
            } => {
                self.decline_link(participant, opened_by).await;
                answer(reply, ());
            }
            Command::Bearers { reply } => answer(reply, self.bearers()),
            Command::Publish {
                participant,
                opened_by,
                offer,
                reply,
            } => {
                let answered = self.publish(participant, opened_by, offer).await;
                self.answer_media(reply, answered).await;
            }
            Command::Subscribe {
                participant,
                opened_by,
                offer,
                reply,
            } => {
                let answered = self.subscribe(participant, opened_by, offer).await;
                self.answer_media(reply, answered).await;
            }
            Command::Renegotiate {
                participant,
                session,
                offer,
                reply,
            } => {
                let result = match self.live.subscriptions.get(&participant) {
                    Some(s) if s.session == session => self
                        .room
                        .renegotiate(session, offer)
                        .await
                        .map_err(MediaError::from),
                    _ => Err(MediaError::NoSession),
                };
                answer(reply, result);
            }
            Command::RestartIce {
                participant,
                session,
                sdpfrag,
                reply,
            } => {
                let result = if self.owns(participant, session) {
                    self.room
                        .restart_ice(session, sdpfrag)
                        .await
                        .map_err(MediaError::from)
                } else {
                    Err(MediaError::NoSession)
                };
                answer(reply, result);
            }
            Command::EndSession {
                participant,
                session,
                reply,
            } => {
                let result = if self.owns(participant, session) {
                    self.forget_session(participant, session);
                    self.room.end_session(session).await;
                    self.changed().await;
                    Ok(())
                } else {
                    Err(MediaError::NoSession)
                };
                answer(reply, result);
            }
            Command::Shown { reply } => answer(reply, self.shown()),
            Command::Shutdown { reply } => {
                self.shutdown().await;
                answer(reply, ());
                return Flow::Stop;
            }
        }
        Flow::GoOn
    }

    // Who is connected.

    pub(super) async fn connect(
        &mut self,
        id: ParticipantId,
        opened_by: TokenHash,
        connection: u64,
        outbox: mpsc::Sender<ServerMessage>,
    ) -> Result<Accepted, ByeReason> {
        let p = self
            .live
            .sitting
            .participant(id)
            .map_err(|_| ByeReason::SessionInvalid)?;
        match p.state {
            ParticipantState::Removed => return Err(ByeReason::Removed),
            ParticipantState::Dismissed => return Err(ByeReason::Dismissed),
            _ => {}
        }
        if self.live.sitting.state.is_over() && !p.role.can(Capability::SeeCase) {
            return Err(match self.live.sitting.state {
                HearingState::Adjourned => ByeReason::HearingAdjourned,
                _ => ByeReason::HearingClosed,
            });
        }
        let changed = self
            .live
            .sitting
            .connect(id)
            .map_err(|_| ByeReason::SessionInvalid)?;
        tracing::info!(participant = %id, connection, "connected");
        let taken_over = self.note_taken_over(id, self.audience.session_of(id), opened_by);
        self.audience.add(id, opened_by, connection, outbox);
        // A new page has shown nothing yet, whatever the one before it hid.
        self.shows(id, &[]).await;
        self.idle_since = None;
        self.note_presence(id);
        if changed || taken_over {
            self.changed().await;
        }
        let accepted = self
            .live
            .sitting
            .participant(id)
            .ok()
            .map(view::you)
            .zip(view::view(&self.live, id));
        let (you, hearing) = accepted.ok_or(ByeReason::SessionInvalid)?;
        let seats = self.live.seats(id);
        self.audience.sent(id, &hearing, &seats);
        Ok(Accepted { you, hearing, seats })
    }

    /// A participant's connection is gone, and not by an act: the seat is kept, and the court log says so.
    async fn lost(&mut self, id: ParticipantId) {
        if self.live.sitting.disconnect(id) {
            tracing::info!(participant = %id, "disconnected");
            self.cut_speech(id);
            self.note_presence(id);
            self.changed().await;
        }
    }

    /// Writes into the court log that another session took the place of the one that held it until now. False when it is the
    /// same, or when nobody held it.
    fn note_taken_over(&mut self, id: ParticipantId, holder: Option<TokenHash>, by: TokenHash) -> bool {
        if holder.is_none_or(|holder| holder == by) {
            return false;
        }
        // What is heard from here on may be somebody else's voice.
        self.cut_speech(id);
        let now = OffsetDateTime::now_utc();
        let Some(fact) = self.live.sitting.seat_taken_over(id, unix_ms(now)) else {
            return false;
        };
        tracing::warn!(participant = %id, "the place was taken over by another session");
        self.log(&[fact], Instant::now(), now);
        true
    }

    /// Whoever holds this session says that they are not the participant.
    async fn decline_link(&mut self, id: ParticipantId, session: TokenHash) {
        let now = OffsetDateTime::now_utc();
        let fact = self.live.sitting.link_declined(id, unix_ms(now));
        tracing::warn!(participant = %id, "a link was declined");
        self.log(fact.as_slice(), Instant::now(), now);
        self.end_access(id, session).await;
        self.changed().await;
    }

    /// Ends what one session opened, and nothing else of the participant. True when there was anything.
    async fn end_access(&mut self, id: ParticipantId, session: TokenHash) -> bool {
        let media = self.end_media_of(id, |opened_by| opened_by == session).await;
        let connected = self.audience.session_of(id) == Some(session);
        if connected {
            self.audience.bye(id, ByeReason::SessionInvalid);
            self.live.sitting.disconnect(id);
            // Their media may be another session's, and go on.
            self.cut_speech(id);
            self.note_presence(id);
        }
        if media || connected {
            tracing::info!(participant = %id, media, connected, "access ended");
        }
        media || connected
    }

    /// Whose connection and media there are, and which sessions opened them.
    fn bearers(&self) -> BTreeSet<(ParticipantId, TokenHash)> {
        let publications = self.live.publications.iter().map(|(id, p)| (*id, p.opened_by));
        let subscriptions = self.live.subscriptions.iter().map(|(id, s)| (*id, s.opened_by));
        self.audience
            .sessions()
            .chain(publications)
            .chain(subscriptions)
            .collect()
    }

    fn note_presence(&mut self, id: ParticipantId) {
        if let Some(fact) = self.live.sitting.presence(id) {
            self.log(&[fact], Instant::now(), OffsetDateTime::now_utc());
        }
    }

    async fn add(&mut self, participant: Participant) {
        let participants = &mut self.live.sitting.participants;
        if participants.contains_key(&participant.id) {
            return;
        }
        participants.insert(participant.id, participant);
        self.changed().await;
    }

    /// Ends a participant's connection and media.
    async fn part(&mut self, id: ParticipantId, reason: ByeReason) {
        self.audience.bye(id, reason);
        self.end_media(id).await;
    }

    async fn end_media(&mut self, id: ParticipantId) {
        self.end_media_of(id, |_| true).await;
    }

    /// Ends the participant's media that was opened by such a bearer session. True when there was any.
    async fn end_media_of(&mut self, id: ParticipantId, which: impl Fn(TokenHash) -> bool) -> bool {
        let live = &self.live;
        let publication = live.publications.get(&id).map(|p| (p.opened_by, p.session));
        let subscription = live.subscriptions.get(&id).map(|s| (s.opened_by, s.session));
        let mut any = false;
        for (opened_by, session) in publication.into_iter().chain(subscription) {
            if which(opened_by) {
                self.forget_session(id, session);
                self.room.end_session(session).await;
                any = true;
            }
        }
        any
    }

    // What follows from every change.

    /// Puts the policy into force: who receives what, and what is captured.
    async fn enforce(&mut self, at: Instant) {
        self.live.reseat();
        let tracks = self.live.recorded_tracks();
        self.follow_speech(&tracks, at, OffsetDateTime::now_utc());
        let taps = match self.running {
            Some(_) => self.taps(&tracks),
            None => Vec::new(),
        };
        let routes = self.live.routes();
        let (taps, routes) = (self.room.set_taps(taps).await, self.room.set_routes(routes).await);
        if taps.is_err() || routes.is_err() {
            tracing::error!("the media worker is gone");
            self.media_gone = true;
        }
        if self.running.is_some() {
            let flowing: Vec<_> = tracks
                .iter()
                .filter(|t| t.flowing)
                .map(|t| (t.key, t.participant))
                .collect();
            self.proofs.flowing(&flowing, at);
            self.order_tracks(tracks, at);
        } else {
            self.sinks.clear();
        }
    }

    /// The answer goes out first: whoever joins shakes hands while the table is enforced, and nothing reaches them before both.
    /// Not if the court log has something of it, as that a place was taken over: nobody is answered before that is stored.
    async fn answer_media(
        &mut self,
        reply: Reply<Result<Answer, MediaError>>,
        answered: Result<Answer, MediaError>,
    ) {
        let joined = answered.is_ok();
        let first = joined && self.journal.waits();
        if first {
            self.changed().await;
        }
        answer(reply, answered);
        if joined && !first {
            self.changed().await;
        }
    }

    /// After any change: enforce, store, tell everybody what they may know.
    async fn changed(&mut self) {
        self.live.sitting.offer_playback();
        self.live.revision = self.live.revision.wrapping_add(1);
        self.enforce(Instant::now()).await;
        self.keep().await;
        self.live.record = self.claim(Instant::now());
        self.audience.tell(&self.live);
        // Whom somebody hears may have changed though the same people speak.
        self.audience.speaking(&self.live, self.speaking.now());
    }

    /// Stores the court log and the state as they are now; what the store does not take waits for the next tick.
    pub async fn keep(&mut self) {
        let snapshot = Snapshot {
            sitting: self.live.sitting.clone(),
            log_seq: self.log_seq,
            segment: self.segment,
        };
        self.journal
            .remember(&snapshot, unix_ms(OffsetDateTime::now_utc()));
        // A store that fails keeps no act waiting: what it did not take is written with the next tick that succeeds.
        if self.saved {
            self.saved = self.journal.save().await;
        } else {
            self.journal.keep_aside(false).await;
        }
        self.live.log_waiting = self.log_waiting();
        self.finish();
    }

    /// Stores the court-log entries that wait, if the store takes them now.
    pub async fn keep_log(&mut self) {
        if self.saved && self.journal.waits() {
            self.saved = self.journal.save().await;
        }
    }

    /// Has the recording sealed once the sitting is over and the court log is stored: the seal covers all of it.
    fn finish(&mut self) {
        if self.finish && self.saved {
            self.finish = false;
            self.order(Order::Finish);
        }
    }

    async fn tick(&mut self) -> Flow {
        self.record.flush();
        self.playback_through().await;
        self.recording_status();
        let marks = self.speech.passed(Instant::now(), self.journal.has_room());
        self.note_speech(marks, OffsetDateTime::now_utc());
        self.keep_log().await;
        if !self.saved {
            self.saved = self.journal.try_again().await;
            self.finish();
        }
        self.log_status();
        if let Some(speaking) = self.speaking.heard(&[], Instant::now()) {
            self.audience.speaking(&self.live, &speaking);
        }
        for id in self.audience.take_stuck() {
            // Whoever was let go may have come back before this tick.
            if !self.audience.has(id) {
                self.lost(id).await;
            }
        }
        if self.may_sleep() {
            let since = *self.idle_since.get_or_insert_with(Instant::now);
            if since.elapsed() > LINGER {
                return Flow::Stop;
            }
        } else {
            self.idle_since = None;
        }
        Flow::GoOn
    }

    /// Nobody is here and nothing is under way: whoever comes next wakes the hearing from what is stored.
    fn may_sleep(&self) -> bool {
        let rests = match self.live.sitting.state {
            HearingState::Listed => self.live.publications.is_empty() && self.live.subscriptions.is_empty(),
            // What could not be sealed yet is tried again by the record's task, which ends with this one.
            state => state.is_over() && self.record.is_settled(),
        };
        rests && self.audience.is_empty() && self.saved && !self.finish
    }

    async fn shutdown(&mut self) {
        self.follow_speech(&[], Instant::now(), OffsetDateTime::now_utc());
        self.cut_playback();
        if self.live.sitting.interrupted_by_us() {
            // The court did not interrupt: after the restart it goes on where it was.
            self.note_interruption("the server stopped");
        }
        self.running = None;
        self.live.record_since = None;
        self.changed().await;
        // What the store does not take now is lost with the process, and would be missing in the seal.
        let until = Instant::now() + STORED_WITHIN;
        while !self.saved && Instant::now() < until {
            tokio::time::sleep(TICK).await;
            self.saved = self.journal.try_again().await;
        }
        if !self.saved {
            tracing::error!(
                "the end of the court log could not be stored; the recording is sealed without it"
            );
        }
        self.record.shutdown().await;
        if !self.played.flush(STORED_WITHIN).await {
            tracing::error!(
                "what was played could not be entered into the chain of custody; the court log has it"
            );
        }
        self.audience.bye_all(ByeReason::ServerStops);
    }
}

fn answer<T>(reply: Reply<T>, value: T) {
    // Whoever asked may have hung up; what was done stands.
    let _ = reply.send(value);
}

fn unix_ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "task_test.rs"]
mod tests;
