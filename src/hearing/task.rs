//! The one task that owns a live hearing. Commands, media events, reports of the record and the clock come in;
//! what follows from them is in force before the next one is looked at.

use super::command::{Accepted, Command, MediaError, Reply};
use super::journal::{Journal, Snapshot};
use super::live::{Live, Publication, Subscription};
use super::record::{Order, Record, Report};
use super::speaking::Speaking;
use super::{audience::Audience, view};
use crate::court::act::Act;
use crate::court::id::ParticipantId;
use crate::court::role::Capability;
use crate::court::sitting::{Fact, Participant, Refusal};
use crate::court::state::{HearingState, ParticipantState};
use crate::recorder::tap::TapSink;
use crate::seal::ledger::{CourtLogEntry, Person};
use crate::seal::timestamp::Timestamp;
use crate::sfu::{Answer, Direction, Room, RoomEvent, Tap, TrackKey};
use crate::wire::message::{ByeReason, Quality, ServerMessage};
use crate::wire::view::RecordingStatus;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

const TICK: Duration = Duration::from_millis(500);
/// Without a confirmation for this long the record counts as failing (COURT.md: alarmed in less than 2 s).
const CONFIRMATION_MAX: Duration = Duration::from_millis(1_800);
/// How long an ended hearing with nobody connected is kept.
const LINGER: Duration = Duration::from_secs(30);

pub(super) struct Task {
    pub live: Live,
    pub room: Room,
    pub record: Record,
    pub journal: Journal,
    pub log_seq: i64,
    pub segment: u32,
    pub audience: Audience,
    pub speaking: Speaking,
    pub sinks: BTreeMap<TrackKey, TapSink>,
    /// The running segment: its number and the instant that is its media time 0.
    pub running: Option<(u32, Instant)>,
    pub confirmed: Option<Instant>,
    pub record_failed: bool,
    pub saved: bool,
    pub idle_since: Option<Instant>,
    pub sealing: bool,
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
                biased;
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
    }

    async fn command(&mut self, command: Command) -> Flow {
        match command {
            Command::Connect {
                participant,
                connection,
                outbox,
                reply,
            } => {
                let accepted = self.connect(participant, connection, outbox).await;
                // Whoever asked may have hung up already; the disconnect follows.
                let _ = reply.send(accepted);
            }
            Command::Disconnect {
                participant,
                connection,
            } => {
                if self.audience.remove(participant, connection) && self.live.sitting.disconnect(participant)
                {
                    self.changed().await;
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
            Command::Act {
                participant,
                act,
                reply,
            } => self.act(participant, act, reply).await,
            Command::View { participant, reply } => answer(reply, view::view(&self.live, participant)),
            Command::AddParticipant { participant } => self.add(participant).await,
            Command::EndAccess { participant } => {
                self.part(participant, ByeReason::SessionInvalid).await;
                if self.live.sitting.disconnect(participant) {
                    self.changed().await;
                }
            }
            Command::Publish {
                participant,
                offer,
                reply,
            } => {
                let answered = self.publish(participant, offer).await;
                answer(reply, answered);
            }
            Command::Subscribe {
                participant,
                offer,
                reply,
            } => {
                let answered = self.subscribe(participant, offer).await;
                answer(reply, answered);
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
            Command::Shutdown { reply } => {
                self.shutdown().await;
                answer(reply, ());
                return Flow::Stop;
            }
        }
        Flow::GoOn
    }

    // Who is connected.

    async fn connect(
        &mut self,
        id: ParticipantId,
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
        self.audience.add(id, connection, outbox);
        self.idle_since = None;
        if changed {
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

    async fn add(&mut self, participant: Participant) {
        self.live
            .sitting
            .participants
            .entry(participant.id)
            .or_insert(participant);
        self.changed().await;
    }

    /// Ends a participant's connection and media.
    async fn part(&mut self, id: ParticipantId, reason: ByeReason) {
        self.audience.bye(id, reason);
        self.end_media(id).await;
    }

    async fn end_media(&mut self, id: ParticipantId) {
        let publication = self.live.publications.remove(&id).map(|p| p.session);
        let subscription = self.live.subscriptions.remove(&id).map(|s| s.session);
        for session in publication.into_iter().chain(subscription) {
            self.sinks.retain(|k, _| k.session != session);
            self.room.end_session(session).await;
        }
    }

    // Acts.

    async fn act(&mut self, actor: ParticipantId, act: Act, reply: Reply<Result<(), Refusal>>) {
        let was_on_record = self.live.sitting.on_record;
        let facts = match self.live.sitting.apply(actor, &act) {
            Ok(facts) => facts,
            Err(refusal) => return answer(reply, Err(refusal)),
        };
        let at = Instant::now();
        let wall = OffsetDateTime::now_utc();
        let begins = self.live.sitting.on_record && !was_on_record;
        let ends = was_on_record && !self.live.sitting.on_record;
        if begins {
            self.segment = self.segment.saturating_add(1);
            self.running = Some((self.segment, at));
            self.confirmed = None;
            self.record_failed = false;
            if !self.record.order(Order::Begin {
                segment: self.segment,
                at,
                wall,
            }) {
                self.record_failed = true;
            }
        }
        // First what people see and hear, then what is written about it.
        self.enforce(at).await;
        self.log(&facts, at, wall);
        if ends {
            self.running = None;
            self.confirmed = None;
            if !self.record.order(Order::End { at }) {
                tracing::error!(hearing = %self.live.sitting.id, "the record did not take the end of the segment");
            }
        }
        self.depart(actor, &act, &facts).await;
        if self.live.sitting.state.is_over() && !self.sealing {
            self.sealing = true;
            if !self.record.order(Order::Finish) {
                tracing::error!(hearing = %self.live.sitting.id, "the record did not take its end; it is sealed at the next start");
            }
        }
        self.changed().await;
        answer(reply, Ok(()));
    }

    /// Those whose part is over are told so, and their media ends.
    async fn depart(&mut self, actor: ParticipantId, act: &Act, facts: &[Fact]) {
        if matches!(act, Act::Leave) {
            self.live.sitting.disconnect(actor);
            self.part(actor, ByeReason::Left).await;
        }
        for fact in facts {
            let reason = match fact.kind {
                "dismissed" | "released" => ByeReason::Dismissed,
                "removed" => ByeReason::Removed,
                _ => continue,
            };
            if let Some(id) = fact.about {
                self.live.sitting.disconnect(id);
                self.part(id, reason).await;
            }
        }
        let reason = match self.live.sitting.state {
            HearingState::Closed => ByeReason::HearingClosed,
            HearingState::Adjourned => ByeReason::HearingAdjourned,
            _ => return,
        };
        let all: Vec<(ParticipantId, bool)> = self
            .live
            .sitting
            .participants
            .values()
            .map(|p| (p.id, p.role.can(Capability::SeeCase)))
            .collect();
        for (id, stays) in all {
            if stays {
                // They see the sealing through, but nobody is seen or heard any more.
                self.end_media(id).await;
                continue;
            }
            self.live.sitting.disconnect(id);
            self.part(id, reason).await;
        }
    }

    fn log(&mut self, facts: &[Fact], at: Instant, wall: OffsetDateTime) {
        for fact in facts {
            self.log_seq = self.log_seq.saturating_add(1);
            let named = |id: Option<ParticipantId>| {
                let p = self.live.sitting.participants.get(&id?)?;
                Some(Person {
                    participant: p.id.0,
                    name: p.name.clone(),
                    role: p.role.name().to_owned(),
                })
            };
            let media_ms = self
                .running
                .map(|(_, start)| millis(at.saturating_duration_since(start)));
            let entry = CourtLogEntry {
                seq: self.log_seq.unsigned_abs(),
                at: Timestamp::new(wall),
                segment: self.running.map(|(n, _)| n),
                media_ms,
                kind: fact.kind.to_owned(),
                by: named(fact.by),
                about: named(fact.about),
                text: fact.text.clone(),
            };
            self.journal.append(self.log_seq, unix_ms(wall), &entry);
        }
    }

    // Media.

    fn owns(&self, id: ParticipantId, session: Uuid) -> bool {
        self.live
            .publications
            .get(&id)
            .is_some_and(|p| p.session == session)
            || self
                .live
                .subscriptions
                .get(&id)
                .is_some_and(|s| s.session == session)
    }

    fn forget_session(&mut self, id: ParticipantId, session: Uuid) {
        if self
            .live
            .publications
            .get(&id)
            .is_some_and(|p| p.session == session)
        {
            self.live.publications.remove(&id);
        }
        if self
            .live
            .subscriptions
            .get(&id)
            .is_some_and(|s| s.session == session)
        {
            self.live.subscriptions.remove(&id);
        }
        self.sinks.retain(|k, _| k.session != session);
    }

    async fn publish(&mut self, id: ParticipantId, offer: String) -> Result<Answer, MediaError> {
        let p = self.live.sitting.participant(id)?;
        if !p.role.can(Capability::Publish) {
            return Err(Refusal::NotPermitted.into());
        }
        self.may_have_media(id)?;
        let answer = self.room.publish(id.0, offer).await?;
        let fresh = Publication {
            session: answer.session,
            tracks: BTreeMap::new(),
        };
        if let Some(old) = self.live.publications.insert(id, fresh) {
            self.sinks.retain(|k, _| k.session != old.session);
            self.room.end_session(old.session).await;
        }
        self.changed().await;
        Ok(answer)
    }

    async fn subscribe(&mut self, id: ParticipantId, offer: String) -> Result<Answer, MediaError> {
        self.may_have_media(id)?;
        let answer = self.room.subscribe(id.0, offer).await?;
        // The seats it really has are told by SeatsNegotiated; until then nothing is routed to it.
        let fresh = Subscription {
            session: answer.session,
            seats: 0,
        };
        if let Some(old) = self.live.subscriptions.insert(id, fresh) {
            self.room.end_session(old.session).await;
        }
        self.changed().await;
        Ok(answer)
    }

    fn may_have_media(&self, id: ParticipantId) -> Result<(), Refusal> {
        let p = self.live.sitting.participant(id)?;
        let out = matches!(p.state, ParticipantState::Removed | ParticipantState::Dismissed);
        if out || self.live.sitting.state.is_over() {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    async fn media(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::TrackStarted { track, peer, codec } => {
                let Some(publication) = self.live.publications.get_mut(&ParticipantId(peer)) else {
                    return;
                };
                if publication.session == track.session
                    && publication.tracks.insert(track.source, codec).is_none()
                {
                    self.changed().await;
                }
            }
            RoomEvent::TrackStopped { track, peer } => {
                self.sinks.remove(&track);
                let Some(publication) = self.live.publications.get_mut(&ParticipantId(peer)) else {
                    return;
                };
                if publication.session == track.session && publication.tracks.remove(&track.source).is_some()
                {
                    self.changed().await;
                }
            }
            RoomEvent::SeatsNegotiated { session, seats } => {
                if let Some(s) = self
                    .live
                    .subscriptions
                    .values_mut()
                    .find(|s| s.session == session)
                {
                    s.seats = seats;
                    self.changed().await;
                }
            }
            RoomEvent::SessionDown {
                session,
                peer,
                direction,
                reason,
            } => {
                let id = ParticipantId(peer);
                if self.owns(id, session) {
                    tracing::info!(hearing = %self.live.sitting.id, participant = %id, ?direction, ?reason, "media session ended");
                    self.forget_session(id, session);
                    self.changed().await;
                }
            }
            RoomEvent::SessionUp {
                session,
                peer,
                direction,
            } => {
                tracing::debug!(hearing = %self.live.sitting.id, %session, %peer, ?direction, "media session connected");
            }
            RoomEvent::AudioLevels(levels) => {
                let levels: Vec<_> = levels.into_iter().map(|(p, l)| (ParticipantId(p), l)).collect();
                if let Some(speaking) = self.speaking.heard(&levels, Instant::now()) {
                    self.audience.speaking(&self.live, &speaking);
                }
            }
            RoomEvent::Quality {
                peer,
                direction: Direction::Publish,
                lost_permille,
                ..
            } => {
                let quality = match lost_permille {
                    0..=30 => Quality::Good,
                    31..=150 => Quality::Weak,
                    _ => Quality::Bad,
                };
                self.audience.quality(&self.live, ParticipantId(peer), quality);
            }
            RoomEvent::Quality { .. } => {}
        }
    }

    async fn report(&mut self, report: Report) {
        match report {
            Report::Began { segment } => {
                // Sinks of an earlier segment lead nowhere any more.
                self.sinks.clear();
                if self.running.is_some_and(|(n, _)| n == segment) {
                    self.order_tracks(Instant::now());
                }
            }
            Report::Open { key, sink } => {
                self.sinks.insert(key, sink);
                self.enforce(Instant::now()).await;
            }
            Report::NeedKeyFrame { key } => self.room.request_key_frame(key).await,
            Report::Confirmed { at } => {
                if self.running.is_some_and(|(_, start)| at >= start) {
                    self.confirmed = Some(at);
                    self.record_failed = false;
                    self.recording_status().await;
                }
            }
            Report::Failed => {
                self.record_failed = true;
                self.recording_status().await;
            }
            Report::Sealed { recording } => {
                self.live.sealed.push(recording);
                self.changed().await;
            }
        }
    }

    // What follows from every change.

    /// Puts the policy into force: who receives what, and what is captured.
    async fn enforce(&mut self, at: Instant) {
        self.live.reseat();
        let tracks = self.live.recorded_tracks();
        let taps = tracks
            .iter()
            .filter(|t| t.flowing && self.running.is_some())
            .filter_map(|t| {
                Some(Tap {
                    track: t.key,
                    sink: self.sinks.get(&t.key)?.clone(),
                })
            })
            .collect();
        let routes = self.live.routes();
        let (taps, routes) = (self.room.set_taps(taps).await, self.room.set_routes(routes).await);
        if taps.is_err() || routes.is_err() {
            tracing::error!(hearing = %self.live.sitting.id, "the media worker is gone");
            self.record_failed = true;
        }
        if self.running.is_some() {
            self.order_tracks(at);
        } else {
            self.sinks.clear();
        }
    }

    fn order_tracks(&mut self, at: Instant) {
        let tracks = self.live.recorded_tracks();
        if !self.record.order(Order::Tracks { tracks, at }) {
            self.record_failed = true;
        }
    }

    /// After any change: enforce, store, tell everybody what they may know.
    async fn changed(&mut self) {
        self.live.revision = self.live.revision.wrapping_add(1);
        self.enforce(Instant::now()).await;
        let snapshot = Snapshot {
            sitting: self.live.sitting.clone(),
            log_seq: self.log_seq,
            segment: self.segment,
        };
        self.journal
            .remember(&snapshot, unix_ms(OffsetDateTime::now_utc()));
        self.saved = self.journal.save().await;
        self.live.recording = self.status(Instant::now());
        self.audience.tell(&self.live);
    }

    fn status(&self, now: Instant) -> RecordingStatus {
        let Some((_, start)) = self.running else {
            return RecordingStatus::Off;
        };
        let last = self.confirmed.unwrap_or(start);
        let late = now.saturating_duration_since(last) > CONFIRMATION_MAX;
        match (self.record_failed || late, self.confirmed) {
            (true, _) => RecordingStatus::Failing,
            (false, Some(_)) => RecordingStatus::Recording,
            (false, None) => RecordingStatus::Starting,
        }
    }

    async fn recording_status(&mut self) {
        let status = self.status(Instant::now());
        if status != self.live.recording {
            self.live.recording = status;
            self.live.revision = self.live.revision.wrapping_add(1);
            self.audience.tell(&self.live);
        }
    }

    async fn tick(&mut self) -> Flow {
        self.recording_status().await;
        if !self.saved {
            self.saved = self.journal.save().await;
        }
        if let Some(speaking) = self.speaking.heard(&[], Instant::now()) {
            self.audience.speaking(&self.live, &speaking);
        }
        for id in self.audience.take_stuck() {
            if self.live.sitting.disconnect(id) {
                self.changed().await;
            }
        }
        let sealed = !self.sealing || !self.live.sealed.is_empty() || self.segment == 0;
        if self.audience.is_empty() && self.live.sitting.state.is_over() && sealed && self.saved {
            let since = *self.idle_since.get_or_insert_with(Instant::now);
            if since.elapsed() > LINGER {
                return Flow::Stop;
            }
        } else {
            self.idle_since = None;
        }
        Flow::GoOn
    }

    async fn shutdown(&mut self) {
        let at = Instant::now();
        if self.running.take().is_some() {
            // The court did not go off the record: after the restart it goes on where it was.
            self.live.sitting.interrupted_by_us();
            self.log(
                &[Fact {
                    kind: "suspended",
                    by: None,
                    about: None,
                    text: Some("the server stopped".into()),
                }],
                at,
                OffsetDateTime::now_utc(),
            );
        }
        self.changed().await;
        self.record.shutdown().await;
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
