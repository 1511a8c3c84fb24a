use super::*;
use crate::recorder::tap::TapSink;
use crate::rtp::layers::Choice;
use crate::rtp::packet::{Head, Header};
use crate::sfu::formats::Format;
use crate::sfu::subscribe::{Output, Passed, StreamRef, Subscription};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use uuid::Uuid;

const SDP: &str = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 00\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n\
    a=extmap:3 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n";
const SCREEN: u32 = 50;
const LOW: u32 = 100;
const HIGH: u32 = 200;

struct Desk {
    offer: Offer,
    publication: Publication,
    start: Instant,
    ms: u64,
}

impl Desk {
    fn new() -> Self {
        let offer = Offer::publish(SDP).unwrap();
        let mut publication = Publication::new(&offer);
        publication.open(Source::Camera, LOW);
        publication.open(Source::Camera, HIGH);
        publication.open(Source::Microphone, 1);
        Self {
            publication,
            offer,
            start: Instant::now(),
            ms: 0,
        }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.ms)
    }

    fn take(&mut self, packet: Received) -> Option<Arrived> {
        let (now, at) = (self.now(), self.ms as i64 * 1000);
        self.publication
            .take(packet, Came::Itself, &self.offer, now, at, &mut 0)
    }

    fn camera(&mut self) -> &mut Track {
        self.publication.track_mut(Source::Camera).unwrap()
    }

    fn tap(&mut self) -> Receiver<(Uuid, TapMessage)> {
        let (queue, messages) = sync_channel(100);
        let sink = TapSink::new(Uuid::nil(), queue, Arc::new(AtomicU64::new(0)));
        self.camera().set_tap(Some(Some(sink)));
        messages
    }

    /// Takes a packet and gives it to the tap.
    fn pass(&mut self, packet: Received) {
        if let Some(arrived) = self.take(packet) {
            assert_eq!(self.camera().tap(arrived.layer, &arrived.packet), 0);
        }
    }
}

fn packet(ssrc: u32, pt: u8, sequence: u16, payload: &[u8]) -> Received {
    let mut bytes = Vec::new();
    let head = Head {
        marker: false,
        payload_type: pt,
        sequence,
        timestamp: u32::from(sequence) * 3000,
        ssrc,
        extension: None,
        padded: false,
    };
    head.write(&mut bytes);
    Received {
        header: Header::parse(&bytes).unwrap(),
        audio_level: None,
        payload: Bytes::copy_from_slice(payload),
    }
}

/// A picture; a key frame of the given width and a height of 100.
fn picture(ssrc: u32, sequence: u16, key_width: Option<u8>) -> Received {
    match key_width {
        Some(w) => packet(ssrc, 96, sequence, &[0x10, 0, 0, 0, 0x9d, 1, 0x2a, w, 0, 100, 0]),
        None => packet(ssrc, 96, sequence, &[0x10, 1, 2, 3]),
    }
}

fn tapped(messages: &Receiver<(Uuid, TapMessage)>) -> Vec<(u32, u16)> {
    messages
        .try_iter()
        .filter_map(|(_, m)| match m {
            TapMessage::Packet(p) => Some((p.ssrc, p.sequence)),
            _ => None,
        })
        .collect()
}

/// Looks which layer is the best, `ms` into the test; true if it is another one.
fn selects(desk: &mut Desk, ms: u64) -> bool {
    desk.ms = ms;
    let now = desk.now();
    desk.camera().select(now)
}

#[test]
fn the_largest_layer_that_flows_is_chosen_and_one_that_stands_left() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    assert_eq!(desk.camera().selected, Some(0), "the first to come");
    desk.pass(picture(HIGH, 1, Some(200)));
    assert!(selects(&mut desk, 0));
    assert_eq!(desk.camera().selected, Some(1));
    // Both stop: that is the network, and the choice stays.
    assert!(!selects(&mut desk, 999));
    assert!(!selects(&mut desk, 1_000));
    // The smaller goes on, and the larger one does not.
    desk.pass(picture(LOW, 2, None));
    assert!(selects(&mut desk, 1_000));
    assert_eq!(desk.camera().selected, Some(0));
    // Nothing flows.
    assert!(!selects(&mut desk, 5_000));
    // It comes back: it has to go on for a while.
    for ms in (5_000..6_000).step_by(50) {
        desk.ms = ms;
        desk.pass(picture(HIGH, 2 + ms as u16, None));
        desk.pass(picture(LOW, 3 + ms as u16, None));
        assert!(!selects(&mut desk, ms), "{ms}");
    }
    assert!(selects(&mut desk, 6_000));
    assert_eq!(desk.camera().selected, Some(1));
}

#[test]
fn the_largest_layer_is_left_before_a_gap_is_seen() {
    let mut desk = Desk::new();
    for ms in (0..300).step_by(50) {
        desk.ms = ms;
        desk.pass(picture(LOW, 1 + ms as u16, (ms == 0).then_some(50)));
        if ms == 0 {
            desk.pass(picture(HIGH, 1, Some(200)));
        }
        selects(&mut desk, ms);
        assert_eq!(desk.camera().selected, Some(1), "{ms}");
    }
    desk.ms = 300;
    desk.pass(picture(LOW, 1_000, None));
    assert!(selects(&mut desk, 300));
    assert_eq!(desk.camera().selected, Some(0));
    // Whatever it does, there is a record while it is the only one.
    desk.ms = 1_400;
    desk.pass(picture(HIGH, 2, None));
    assert!(selects(&mut desk, 1_400), "the smaller stopped a second ago");
    assert_eq!(desk.camera().selected, Some(1));
}

#[test]
fn the_tap_changes_layers_at_a_key_frame_and_gets_no_copies() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    let messages = desk.tap();
    desk.pass(picture(LOW, 2, None));
    assert_eq!(tapped(&messages), [], "it waits for a key frame");
    desk.pass(picture(LOW, 3, Some(50)));
    desk.pass(picture(LOW, 3, Some(50)));
    desk.pass(picture(LOW, 2, None));
    desk.pass(picture(LOW, 4, None));
    assert_eq!(tapped(&messages), [(LOW, 3), (LOW, 4)]);
    desk.pass(picture(HIGH, 1, Some(200)));
    let now = desk.now();
    desk.camera().select(now);
    desk.pass(picture(HIGH, 2, None));
    desk.pass(picture(LOW, 5, None));
    assert_eq!(tapped(&messages), [(LOW, 5)], "the old layer until the key frame");
    // What overtook the key frame's first packet follows it.
    desk.pass(picture(HIGH, 4, None));
    desk.pass(picture(HIGH, 3, Some(200)));
    desk.pass(picture(LOW, 6, None));
    assert_eq!(tapped(&messages), [(HIGH, 3), (HIGH, 4)]);
    desk.publication.end_taps();
    assert!(matches!(messages.try_recv(), Ok((_, TapMessage::Ended))));
}

#[test]
fn what_comes_before_the_recorder_is_ready_is_held_for_it() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    assert_eq!(desk.camera().set_tap(Some(None)), 0);
    desk.pass(picture(LOW, 2, None));
    desk.pass(picture(LOW, 3, Some(50)));
    desk.pass(picture(LOW, 4, None));
    // Said again, it goes on.
    assert_eq!(desk.camera().set_tap(Some(None)), 0);
    let messages = desk.tap();
    desk.pass(picture(LOW, 5, None));
    assert_eq!(
        tapped(&messages),
        [(LOW, 3), (LOW, 4), (LOW, 5)],
        "from the key frame on"
    );
    // Taken off, nothing of it is kept for the next.
    assert_eq!(desk.camera().set_tap(Some(None)), 0);
    assert!(matches!(messages.try_recv(), Ok((_, TapMessage::Ended))));
    desk.pass(picture(LOW, 6, Some(50)));
    assert_eq!(desk.camera().set_tap(None), 0);
    let messages = desk.tap();
    desk.pass(picture(LOW, 7, Some(50)));
    assert_eq!(tapped(&messages), [(LOW, 7)]);
    // Longer than that it is the recorder's outage.
    desk.camera().set_tap(None);
    desk.camera().set_tap(Some(None));
    desk.pass(picture(LOW, 8, Some(50)));
    desk.ms += 2_001;
    desk.pass(picture(LOW, 9, None));
    let messages = desk.tap();
    assert_eq!(tapped(&messages), [(LOW, 9)]);
}

/// How long before this stage's moment pictures had come, as the tap is told, for each time that it is told.
fn without_key_frame(messages: &Receiver<(Uuid, TapMessage)>, now: Instant) -> Vec<u128> {
    let since = |m| match m {
        TapMessage::NoKeyFrame { since } => Some((now - since).as_millis()),
        _ => None,
    };
    messages.try_iter().filter_map(|(_, m)| since(m)).collect()
}

#[test]
fn a_tap_on_pictures_that_were_there_says_that_it_waits_for_a_key_frame() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    desk.ms += 40;
    let messages = desk.tap();
    desk.pass(picture(LOW, 2, None));
    desk.pass(picture(LOW, 3, None));
    desk.pass(picture(LOW, 4, Some(50)));
    desk.pass(picture(LOW, 5, None));
    assert_eq!(
        without_key_frame(&messages, desk.now()),
        [40],
        "once, and since before the tap"
    );
    // What stopped long ago and begins now has begun now.
    desk.camera().set_tap(None);
    desk.ms += 5_000;
    let messages = desk.tap();
    desk.pass(picture(LOW, 6, None));
    assert_eq!(without_key_frame(&messages, desk.now()), [0]);
    // A key frame that comes first tells it as well: until it came there were pictures that the record has not.
    desk.ms += 40;
    desk.camera().set_tap(None);
    let messages = desk.tap();
    desk.ms += 3;
    desk.pass(picture(LOW, 7, Some(50)));
    assert_eq!(without_key_frame(&messages, desk.now()), [43]);
}

#[test]
fn a_camera_whose_best_layer_has_stopped_was_there_all_the_same() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    desk.pass(picture(HIGH, 1, Some(200)));
    let now = desk.now();
    desk.camera().select(now);
    // A browser that is short of time stops the best layer first. It is still chosen, since nobody has looked since.
    for sequence in 2..40 {
        desk.ms += 40;
        desk.pass(picture(LOW, sequence, None));
    }
    let messages = desk.tap();
    desk.ms += 40;
    desk.pass(picture(LOW, 40, None));
    assert_eq!(without_key_frame(&messages, desk.now()), [40]);
}

#[test]
fn the_recorder_of_a_screen_is_told_once_a_second_that_its_sender_is_there() {
    let mut desk = Desk::new();
    desk.publication.open(Source::Screen, SCREEN);
    let (queue, messages) = sync_channel(100);
    let sink = TapSink::new(Uuid::nil(), queue, Arc::new(AtomicU64::new(0)));
    let heard = |messages: &Receiver<(Uuid, TapMessage)>| {
        let all = messages.try_iter();
        all.filter(|(_, m)| matches!(m, TapMessage::Heard { .. })).count()
    };
    let screen = desk.publication.track_mut(Source::Screen).unwrap();
    screen.set_tap(Some(Some(sink)));
    desk.publication.heard(desk.now(), desk.now());
    assert_eq!(heard(&messages), 0, "not before anything of it is passed on");
    let arrived = desk.take(picture(SCREEN, 1, Some(50))).unwrap();
    let screen = desk.publication.track_mut(Source::Screen).unwrap();
    screen.select(arrived.packet.arrival);
    assert_eq!(screen.tap(arrived.layer, &arrived.packet), 0);
    for _ in 0..60 {
        desk.ms += 50;
        desk.publication.heard(desk.now(), desk.now());
    }
    assert_eq!(heard(&messages), 3);
    let last = desk.now();
    desk.ms += 9_000;
    (0..60).for_each(|_| desk.publication.heard(last, desk.now()));
    assert_eq!(heard(&messages), 0, "nothing was heard since");
}

#[test]
fn a_screen_that_stood_when_it_came_on_the_record_is_given_as_it_stands() {
    let mut desk = Desk::new();
    desk.publication.open(Source::Screen, SCREEN);
    let show = |desk: &mut Desk, mut received: Received, timestamp: u32| {
        received.header.timestamp = timestamp;
        received.header.marker = true;
        let arrived = desk.take(received).unwrap();
        let screen = desk.publication.track_mut(Source::Screen).unwrap();
        screen.select(arrived.packet.arrival);
        assert_eq!(screen.tap(arrived.layer, &arrived.packet), 0);
    };
    show(&mut desk, picture(SCREEN, 1, Some(50)), 900);
    desk.ms += 20;
    show(&mut desk, picture(SCREEN, 2, None), 2700);
    desk.ms += 9_000;
    let (queue, messages) = sync_channel(100);
    let sink = TapSink::new(Uuid::nil(), queue, Arc::new(AtomicU64::new(0)));
    let set = |desk: &mut Desk, tap| desk.publication.track_mut(Source::Screen).unwrap().set_tap(tap);
    set(&mut desk, Some(Some(sink)));
    let long_ago = desk.start;
    desk.publication.heard(long_ago, desk.now());
    assert_eq!(
        tapped(&messages),
        [],
        "of whom nothing is heard it is not known what they show"
    );
    desk.ms += 40;
    desk.publication.heard(desk.now(), desk.now());
    desk.publication.heard(desk.now(), desk.now());
    let told: Vec<TapMessage> = messages.try_iter().map(|(_, m)| m).collect();
    let packets: Vec<_> = told
        .iter()
        .filter_map(|m| match m {
            TapMessage::Packet(p) => Some((p.sequence, p.timestamp, p.arrival)),
            _ => None,
        })
        .collect();
    let last = 2700 + 9_040 * 90;
    assert_eq!(
        packets,
        [(1, last - 90, desk.now()), (2, last, desk.now())],
        "once"
    );
    assert!(
        matches!(told[0], TapMessage::NoKeyFrame { .. }),
        "it was there before"
    );
    // What comes next follows on.
    desk.ms += 1_000;
    show(&mut desk, picture(SCREEN, 3, None), last + 90_000);
    assert_eq!(tapped(&messages), [(SCREEN, 3)]);
}

/// What a screen showed before it came on the record is not for the record.
#[test]
fn of_a_screen_nothing_goes_into_the_record_that_was_shown_before() {
    let shown = |later_page: bool, switched_off: bool| {
        let mut desk = Desk::new();
        desk.publication.open(Source::Screen, SCREEN);
        let show = |desk: &mut Desk, mut received: Received| {
            received.header.marker = true;
            received.header.timestamp = desk.ms as u32 * 90;
            let arrived = desk.take(received).unwrap();
            let screen = desk.publication.track_mut(Source::Screen).unwrap();
            screen.select(arrived.packet.arrival);
            assert_eq!(screen.tap(arrived.layer, &arrived.packet), 0);
        };
        show(&mut desk, picture(SCREEN, 1, Some(50)));
        desk.ms += if later_page { 9_000 } else { 20 };
        show(&mut desk, picture(SCREEN, 2, None));
        desk.ms += 9_000;
        let screen = desk.publication.track_mut(Source::Screen).unwrap();
        if switched_off {
            screen.forget_standing();
        }
        let (queue, messages) = sync_channel(100);
        let sink = TapSink::new(Uuid::nil(), queue, Arc::new(AtomicU64::new(0)));
        screen.set_tap(Some(Some(sink)));
        desk.publication.heard(desk.now(), desk.now());
        let standing = tapped(&messages);
        let screen = desk.publication.track_mut(Source::Screen).unwrap();
        assert_eq!(
            screen.tap_waits(),
            standing.is_empty(),
            "it is asked for a key frame"
        );
        show(&mut desk, picture(SCREEN, 3, Some(50)));
        assert_eq!(tapped(&messages), [(SCREEN, 3)]);
        standing
    };
    assert_eq!(
        shown(false, false),
        [(SCREEN, 1), (SCREEN, 2)],
        "the page that stands"
    );
    assert_eq!(shown(true, false), [], "another page came before it");
    assert_eq!(shown(false, true), [], "it was switched off");
}

#[test]
fn a_report_that_came_before_is_given_with_the_switch() {
    let mut desk = Desk::new();
    desk.pass(picture(LOW, 1, Some(50)));
    desk.publication.report(Feedback::SenderReport {
        ssrc: LOW,
        ntp: 7 << 32,
        rtp: 3000,
        arrival: desk.start,
    });
    let messages = desk.tap();
    desk.pass(picture(LOW, 2, Some(50)));
    let kinds: Vec<bool> = messages
        .try_iter()
        .map(|(_, m)| matches!(m, TapMessage::SenderReport { ntp, .. } if ntp == 7 << 32))
        .collect();
    assert_eq!(
        kinds,
        [false, true, false],
        "after the word that pictures were there"
    );
}

#[test]
fn strangers_and_other_codecs_are_left_out() {
    let mut desk = Desk::new();
    assert!(
        desk.take(packet(999, 96, 1, &[0x10, 0])).is_none(),
        "unknown SSRC"
    );
    assert!(
        desk.take(packet(LOW, 50, 1, &[0x10, 0])).is_none(),
        "unknown payload type"
    );
    assert!(
        desk.take(packet(LOW, 111, 1, &[1])).is_none(),
        "sound on a video line"
    );
    assert!(
        desk.take(packet(LOW, 96, 1, &[]))
            .is_some_and(|a| a.started.is_none())
    );
    let first = desk.take(picture(LOW, 2, Some(9))).unwrap();
    assert_eq!(first.started, Some((Source::Camera, Codec::Vp8)));
    assert!(desk.take(picture(LOW, 3, None)).unwrap().started.is_none());
    for ssrc in 1000..1100 {
        desk.publication.open(Source::Camera, ssrc);
    }
    assert_eq!(desk.camera().layers.len(), LAYERS_MAX);
}

#[test]
fn the_loudest_level_is_kept_until_it_is_asked_for() {
    let mut desk = Desk::new();
    for (sequence, level) in [(1, 40u8), (2, 0x80 | 12), (3, 90)] {
        let mut p = packet(1, 111, sequence, &[9]);
        p.audio_level = Some(level);
        desk.take(p).unwrap();
    }
    assert_eq!(desk.publication.take_level(), Some(12));
    assert_eq!(desk.publication.take_level(), None);
}

#[test]
fn loss_is_counted_over_all_streams() {
    let mut desk = Desk::new();
    desk.take(picture(LOW, 1, Some(50)));
    assert_eq!(desk.publication.take_loss(), (0, 0), "nothing to compare with");
    for sequence in [2, 3, 7, 5] {
        desk.take(picture(LOW, sequence, None));
    }
    assert_eq!(desk.publication.take_loss(), (6, 2));
    assert_eq!(desk.publication.take_loss(), (0, 0));
}

fn output(subscription: &Subscription) -> Output {
    let (mut outputs, _) = subscription.grow(0, 1).unwrap();
    let mut output = outputs.remove(0);
    output.payload_type = Some(96);
    output
}

fn passed(output: &mut Output, layer: usize, arrived: &Arrived) -> Option<u16> {
    let from = StreamRef {
        session: 0,
        track: 1,
        layer,
    };
    match output.offer(from, &arrived.packet, arrived.capture) {
        Passed::Packet { outgoing, .. } => Some(outgoing.sequence()),
        Passed::No => None,
    }
}

#[test]
fn an_output_sends_only_what_is_routed_and_begins_with_a_key_frame() {
    let subscription = Subscription::new();
    let mut out = output(&subscription);
    let mut desk = Desk::new();
    let key = desk.take(picture(LOW, 1, Some(50))).unwrap();
    assert_eq!(passed(&mut out, 0, &key), None, "no route");
    out.route(Some((0, 1)));
    out.choose(Choice::Layer(0));
    let plain = desk.take(picture(LOW, 2, None)).unwrap();
    assert_eq!(passed(&mut out, 0, &plain), None, "no key frame yet");
    let key = desk.take(picture(LOW, 3, Some(50))).unwrap();
    assert_eq!(passed(&mut out, 0, &key), None, "its codec was not negotiated");
    out.formats.push(Format {
        codec: Codec::Vp8,
        payload_type: 120,
        repair: Some(124),
    });
    let first = passed(&mut out, 0, &key).unwrap();
    assert_eq!(
        (out.payload_type, out.resend.payload_type),
        (Some(120), Some(124))
    );
    // The same route again disturbs nothing.
    out.route(Some((0, 1)));
    out.choose(Choice::Layer(0));
    let plain = desk.take(picture(LOW, 4, None)).unwrap();
    assert_eq!(passed(&mut out, 0, &plain), Some(first.wrapping_add(1)));
    // Another layer is wanted: the old one goes on until its key frame.
    out.choose(Choice::Layer(1));
    let low = desk.take(picture(LOW, 5, None)).unwrap();
    assert_eq!(passed(&mut out, 0, &low), Some(first.wrapping_add(2)));
    let high = desk.take(picture(HIGH, 900, Some(200))).unwrap();
    assert_eq!(passed(&mut out, 1, &high), Some(first.wrapping_add(3)));
    let low = desk.take(picture(LOW, 6, None)).unwrap();
    assert_eq!(passed(&mut out, 0, &low), None);
    // No route: nothing, at once.
    out.route(None);
    let high = desk.take(picture(HIGH, 901, Some(200))).unwrap();
    assert_eq!(passed(&mut out, 1, &high), None);
}

#[test]
fn what_a_layer_costs_falls_with_time_and_not_with_the_number_of_its_receivers() {
    let second = 1_000_000;
    let mut layers = [Layer::new(1, 90_000), Layer::new(2, 90_000)];
    for layer in &mut layers {
        for ms in 0..1000 {
            layer.meter.add(ms * 1000, 1000);
        }
    }
    let [few, many] = &mut layers;
    assert_eq!(few.cost(second), many.cost(second));
    for step in 1..=20 {
        let at = second * 5 + step * second / 20;
        few.cost(at);
        for _ in 0..150 {
            many.cost(at);
        }
    }
    let (few, many) = (few.cost(6 * second), many.cost(6 * second));
    assert_eq!(few, many);
    assert!((1_000_000..7_900_000).contains(&few), "{few}");
}
