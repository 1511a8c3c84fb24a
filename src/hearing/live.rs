//! The state of a live hearing beside the court's own: who is connected, who publishes, who sits where. It has no
//! task and does no input or output; [`super::task`] moves it.

use super::proof::Claim;
use super::seating::Seating;
use crate::court::id::{ParticipantId, RecordingId};
use crate::court::policy;
use crate::court::sitting::Sitting;
use crate::rtp::codec::Codec;
use crate::rtp::layers::Shown;
use crate::rtp::source::Source;
use crate::sfu::{Kind, Route, TrackKey};
use crate::store::TokenHash;
use crate::wire::view::{RecordingStatus, Seat};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A participant's publish session.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The session.
    pub session: Uuid,
    /// The bearer session that opened it: it ends with that one.
    pub opened_by: TokenHash,
    /// The tracks that have begun to flow.
    pub tracks: BTreeMap<Source, Codec>,
}

/// A participant's subscribe session.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The session.
    pub session: Uuid,
    /// The bearer session that opened it: it ends with that one.
    pub opened_by: TokenHash,
    /// How many seats were negotiated.
    pub seats: u16,
    /// Seats whose picture the connection does not carry.
    pub paused: BTreeSet<u16>,
    /// Codecs in which its seats can show pictures.
    pub shows: Vec<Codec>,
}

/// A track that may go into the record at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTrack {
    /// The track.
    pub key: TrackKey,
    /// Whose.
    pub participant: ParticipantId,
    /// Its codec.
    pub codec: Codec,
    /// Safe for file names: the role, and a number where there are several.
    pub label: String,
    /// False while it is switched off or silenced: known to the recorder, but nothing of it is captured.
    pub flowing: bool,
}

/// A live hearing.
#[derive(Debug)]
pub struct Live {
    /// The court's state.
    pub sitting: Sitting,
    /// Rises with every change that anyone may see.
    pub revision: u32,
    /// Whether the record runs, as confirmed by the writer.
    pub record: Claim,
    /// When the running segment began, in unix milliseconds.
    pub record_since: Option<i64>,
    /// Entries of the court log that the store did not take.
    pub log_waiting: u32,
    /// Sealed recordings of this hearing.
    pub sealed: Vec<RecordingId>,
    /// Who publishes.
    pub publications: BTreeMap<ParticipantId, Publication>,
    /// Who receives.
    pub subscriptions: BTreeMap<ParticipantId, Subscription>,
    /// How large each receiver's page shows its seats.
    pub shown: BTreeMap<ParticipantId, Vec<(u16, Shown)>>,
    seatings: BTreeMap<ParticipantId, Seating>,
    /// What has been sent by whom since the hearing came to life.
    sent: BTreeSet<(ParticipantId, Source)>,
}

impl Live {
    /// A hearing with nobody connected.
    pub fn new(sitting: Sitting, sealed: Vec<RecordingId>) -> Self {
        Self {
            sitting,
            revision: 0,
            record: Claim::of_all(RecordingStatus::Off),
            record_since: None,
            log_waiting: 0,
            sealed,
            publications: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            shown: BTreeMap::new(),
            seatings: BTreeMap::new(),
            sent: BTreeSet::new(),
        }
    }

    /// A track of the participant has begun to flow.
    pub fn note_sent(&mut self, participant: ParticipantId, source: Source) {
        self.sent.insert((participant, source));
    }

    /// Who is here, should be in the record with something that they have sent before, and does not send it now.
    pub fn missing(&self) -> BTreeSet<ParticipantId> {
        let missing = |(id, source): &&(ParticipantId, Source)| {
            let participant = self.sitting.participants.get(id);
            !self.has_track(*id, *source)
                && participant.is_some_and(|p| p.connected && policy::recorded(&self.sitting, p, *source))
        };
        self.sent.iter().filter(missing).map(|(id, _)| *id).collect()
    }

    /// True when the participant's track has begun to flow.
    pub fn has_track(&self, participant: ParticipantId, source: Source) -> bool {
        self.publications
            .get(&participant)
            .is_some_and(|p| p.tracks.contains_key(&source))
    }

    /// Brings every receiver's seats up to date with the policy.
    pub fn reseat(&mut self) {
        let receivers: Vec<_> = self.sitting.participants.keys().copied().collect();
        for to in receivers {
            self.seatings.entry(to).or_default().update(&self.sitting, to);
        }
    }

    /// The seats of one receiver.
    pub fn seats(&self, to: ParticipantId) -> Vec<Seat> {
        self.seats_if(to, |p, s| self.has_track(p, s))
    }

    fn seats_if(&self, to: ParticipantId, has: impl Fn(ParticipantId, Source) -> bool) -> Vec<Seat> {
        let Some(seating) = self.seatings.get(&to) else {
            return Vec::new();
        };
        let mut seats = seating.seats(&self.sitting, to, has);
        if let Some(subscription) = self.subscriptions.get(&to) {
            for seat in &mut seats {
                let codec = self
                    .publications
                    .get(&seat.participant)
                    .and_then(|p| p.tracks.get(&seat.source));
                let shown = subscription.seats == 0 || codec.is_none_or(|c| subscription.shows.contains(c));
                seat.undecodable = seat.video && !shown;
                seat.video &= shown;
                seat.paused = seat.video && subscription.paused.contains(&seat.seat);
            }
        }
        seats
    }

    /// The whole forwarding table. Every route in it was allowed by [`policy::passes`] just now.
    pub fn routes(&self) -> Vec<Route> {
        // The way of sound is open before its first packet: nobody's first word is left out.
        let has = |from, source| {
            self.has_track(from, source)
                || source == Source::Microphone && self.publications.contains_key(&from)
        };
        let mut routes = Vec::new();
        for (to, subscription) in &self.subscriptions {
            for seat in self.seats_if(*to, has) {
                if seat.seat >= subscription.seats {
                    continue;
                }
                let Some(publication) = self.publications.get(&seat.participant) else {
                    continue;
                };
                let mut add = |kind, source| {
                    routes.push(Route {
                        subscriber: subscription.session,
                        seat: seat.seat,
                        kind,
                        track: TrackKey {
                            session: publication.session,
                            source,
                        },
                    });
                };
                if seat.audio {
                    add(Kind::Audio, Source::Microphone);
                }
                if seat.video {
                    add(Kind::Video, seat.source);
                }
            }
        }
        routes
    }

    /// The tracks that belong to the record at this moment, those switched off included.
    pub fn recorded_tracks(&self) -> Vec<RecordedTrack> {
        let mut tracks = Vec::new();
        for (id, publication) in &self.publications {
            let Some(p) = self.sitting.participants.get(id) else {
                continue;
            };
            for (source, codec) in &publication.tracks {
                let flowing = policy::recorded(&self.sitting, p, *source);
                // What the track would be if it were switched on decides whether the record knows of it at all.
                let mut switched_on = p.clone();
                switched_on.muted = false;
                switched_on.microphone = true;
                switched_on.camera = true;
                switched_on.screen |= *source == Source::Screen;
                if !policy::recorded(&self.sitting, &switched_on, *source) {
                    continue;
                }
                tracks.push(RecordedTrack {
                    key: TrackKey {
                        session: publication.session,
                        source: *source,
                    },
                    participant: *id,
                    codec: *codec,
                    label: self.label(*id),
                    flowing,
                });
            }
        }
        tracks
    }

    /// The microphones that belong to the record at this moment and of which nothing has come yet: their first word does.
    pub fn awaited_microphones(&self) -> Vec<TrackKey> {
        let awaited = |id: &ParticipantId| {
            let participant = self.sitting.participants.get(id);
            !self.has_track(*id, Source::Microphone)
                && participant.is_some_and(|p| policy::recorded(&self.sitting, p, Source::Microphone))
        };
        let publications = self.publications.iter().filter(|(id, _)| awaited(id));
        publications
            .map(|(_, publication)| TrackKey {
                session: publication.session,
                source: Source::Microphone,
            })
            .collect()
    }

    /// A short name without personal data, the same for the whole hearing: `witness-1`.
    pub fn label(&self, id: ParticipantId) -> String {
        let Some(p) = self.sitting.participants.get(&id) else {
            return "unknown".into();
        };
        let nth = self
            .sitting
            .participants
            .values()
            .filter(|q| q.role == p.role && q.id <= id)
            .count();
        format!("{}-{nth}", p.role.name().replace('_', "-"))
    }
}
