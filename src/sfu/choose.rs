//! What each receiver gets of what is routed to it: the layer of every seat, chosen by `rtp::layers`
//! within what the way to it carries.

use super::event::RoomEvent;
use super::floor::Floor;
use super::formats::Taken;
use super::room::Kind;
use super::session::Session;
use crate::rtp::layers::{self, Choice, Shown, Wish};
use std::time::Instant;

impl Floor {
    /// The receiver says how large it shows its seats.
    pub(super) fn show(&mut self, slot: usize, shown: Vec<(u16, Shown)>, now: Instant) {
        if let Some(subscription) = self.session(slot).and_then(Session::subscription) {
            subscription.show(shown);
            self.choose(slot, now);
            self.ask_key_frames_of(slot);
        }
    }

    /// Chooses the layers of a receiver anew, and tells the room's owner if other pictures are paused than before.
    pub(super) fn choose(&mut self, slot: usize, now: Instant) {
        let at = self.micros(now);
        let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
            return;
        };
        let routed: Vec<_> = subscription
            .outputs
            .iter()
            .enumerate()
            .filter_map(|(i, o)| {
                let taken = Taken::of(&o.formats);
                Some((i, o.kind, o.routed?, subscription.shown(o.seat), o.choice, taken))
            })
            .collect();
        let (mut pictures, mut wishes) = (Vec::new(), Vec::new());
        let mut choices = Vec::with_capacity(routed.len());
        for (output, kind, (session, track), shown, choice, taken) in routed {
            let Some(track) = self
                .session(session)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get_mut(track))
            else {
                continue;
            };
            match kind {
                Kind::Audio => choices.push((output, track.selected.map_or(Choice::Nothing, Choice::Layer))),
                // The receiver has not negotiated its codec: nothing is sent, and no key frame asked for.
                Kind::Video if track.codec.is_some_and(|codec| !taken.has(codec)) => {
                    choices.push((output, Choice::Nothing));
                }
                Kind::Video => {
                    pictures.push(output);
                    wishes.push(Wish {
                        shown,
                        layers: track.ladder(now, at),
                        now: choice,
                    });
                }
            }
        }
        let Some(session) = self.session(slot) else {
            return;
        };
        let (room, id, peer) = (session.room, session.id, session.peer);
        let Some(subscription) = session.subscription() else {
            return;
        };
        let budget = subscription.way.as_mut().map(|way| way.for_pictures(at));
        let allocation = layers::allocate(budget, &wishes);
        if let Some(way) = &mut subscription.way {
            way.want(allocation.wanted(), at);
        }
        choices.extend(pictures.into_iter().zip(allocation.choices));
        for (output, choice) in choices {
            if let Some(output) = subscription.outputs.get_mut(output) {
                output.choose(choice);
            }
        }
        let paused = subscription.paused_seats();
        if paused != subscription.paused {
            subscription.paused.clone_from(&paused);
            tracing::debug!(session = %id, ?paused, ?budget, "pictures are paused or go on");
            self.emit(
                room,
                RoomEvent::Paused {
                    session: id,
                    peer,
                    seats: paused,
                },
            );
        }
    }
}
