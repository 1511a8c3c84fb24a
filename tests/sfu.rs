//! The engine with real ICE, DTLS and SRTP on loopback.
#![cfg(feature = "server")]

#[path = "sfu_client/layers.rs"]
mod layers;
mod sfu_client;

use oyer::recorder::tap::{TapMessage, TapSink};
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::sfu::{
    Direction, DownReason, Engine, EngineConfig, Kind, NegotiationError, Room, RoomEvent, Route, Tap,
    TrackKey,
};
use sfu_client::{Client, Loses, PATIENCE, Publisher, mark};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use uuid::Uuid;
use webrtc::peer_connection::SrtpProtectionProfile;

struct Hall {
    engine: Engine,
    room: Room,
    events: mpsc::Receiver<RoomEvent>,
}

fn hall() -> Hall {
    let engine = Engine::start(EngineConfig::default()).unwrap();
    let (tx, events) = mpsc::channel(256);
    let room = engine.open_room(Uuid::now_v7(), 5, tx);
    Hall { engine, room, events }
}

impl Hall {
    async fn event(&mut self, wanted: impl Fn(&RoomEvent) -> bool) -> RoomEvent {
        let wait = async {
            loop {
                let event = self.events.recv().await.expect("the room lives");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("event")
    }

    /// A connected publisher that goes on sending, with a key frame whenever it is asked for one.
    async fn publisher(&mut self, mark: u8) -> (Uuid, tokio::task::JoinHandle<()>, Arc<AtomicU64>) {
        self.publisher_that(mark, Loses::Nothing).await
    }

    async fn publisher_that(
        &mut self,
        mark: u8,
        loses: Loses,
    ) -> (Uuid, tokio::task::JoinHandle<()>, Arc<AtomicU64>) {
        let mut publisher = Publisher::new(mark, loses).await;
        let offer = publisher.client.offer().await;
        let answer = self.room.publish(Uuid::now_v7(), offer).await.unwrap();
        publisher.client.answer(answer.sdp).await;
        publisher.client.connected().await;
        let plis = Arc::new(AtomicU64::new(0));
        let counted = plis.clone();
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            publisher.send(true).await;
            loop {
                ticks.tick().await;
                let mut key = false;
                while let Ok(ssrc) = publisher.client.plis.try_recv() {
                    assert_eq!(ssrc, publisher.video_ssrc);
                    counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    key = true;
                }
                publisher.send(key).await;
            }
        });
        (answer.session, task, plis)
    }

    async fn subscriber(&mut self, seats: usize) -> (Uuid, Client) {
        let mut client = Client::new(None, Loses::Nothing).await;
        client.add_seats(seats).await;
        let offer = client.offer().await;
        let answer = self.room.subscribe(Uuid::now_v7(), offer).await.unwrap();
        client.answer(answer.sdp).await;
        client.connected().await;
        (answer.session, client)
    }
}

fn both(subscriber: Uuid, seat: u16, session: Uuid) -> [Route; 2] {
    [(Kind::Audio, Source::Microphone), (Kind::Video, Source::Camera)].map(|(kind, source)| Route {
        subscriber,
        seat,
        kind,
        track: TrackKey { session, source },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_forwarded_without_a_route_and_a_route_carries_sound_and_picture() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (bob, b, _) = hall.publisher(2).await;
    hall.event(|e| matches!(e, RoomEvent::TrackStarted { track, .. } if track.session == bob && track.source == Source::Camera))
        .await;
    let (viewer, mut client) = hall.subscriber(2).await;

    // The viewer is connected; a quarter of a second of two people's media passes it by.
    let nothing = tokio::time::timeout(Duration::from_millis(250), client.packets.recv()).await;
    assert!(nothing.is_err(), "a packet came without a route");

    hall.room.set_routes(both(viewer, 1, alice).into()).await.unwrap();
    for video in [false, true] {
        let received = client.packet_at("seat1", video).await;
        assert_eq!(mark(&received), 1);
    }
    // Only what is routed: everything that came is Alice at seat 1.
    for _ in 0..50 {
        let received = client.packets.recv().await.unwrap();
        assert_eq!((received.seat.as_str(), mark(&received)), ("seat1", 1));
    }
    a.abort();
    b.abort();
}

/// The table may name a microphone of which nothing has come yet: then its first packet is heard, and is on the record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_word_of_a_microphone_that_was_awaited_is_not_left_out() {
    let mut hall = hall();
    let (viewer, mut client) = hall.subscriber(1).await;
    let mut publisher = Publisher::new(1, Loses::Nothing).await;
    let offer = publisher.client.offer().await;
    let answer = hall.room.publish(Uuid::now_v7(), offer).await.unwrap();
    let track = TrackKey {
        session: answer.session,
        source: Source::Microphone,
    };
    hall.room.set_taps(vec![Tap { track, sink: None }]).await.unwrap();
    let [sound, _] = both(viewer, 0, answer.session);
    hall.room.set_routes(vec![sound]).await.unwrap();
    publisher.client.answer(answer.sdp).await;
    publisher.client.connected().await;
    publisher.send(true).await;
    let received = client.packet_at("seat0", false).await;
    assert_eq!(mark(&received), 1);
    // What came before the recorder was ready is given to it.
    let (queue, tapped) = std::sync::mpsc::sync_channel(16);
    let sink = TapSink::new(Uuid::now_v7(), queue, Default::default());
    let tap = Tap {
        track,
        sink: Some(sink),
    };
    hall.room.set_taps(vec![tap]).await.unwrap();
    let first = tokio::task::spawn_blocking(move || tapped.recv_timeout(PATIENCE));
    let (_, first) = first.await.unwrap().unwrap();
    assert!(matches!(first, TapMessage::Packet(_)), "{first:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_a_seat_continues_one_stream_and_starts_with_a_key_frame() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (bob, b, bobs_plis) = hall.publisher(2).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    let mut last = client.packet_at("seat0", true).await;
    let ssrc = last.packet.header.ssrc;
    let mut current = 1;
    let mut switches = 0;
    let mut pictures = 0;
    let mut last_id = picture_id(&last);
    while switches < 4 {
        let next = client.packet_at("seat0", true).await;
        let (h, l) = (&next.packet.header, &last.packet.header);
        assert_eq!(h.ssrc, ssrc);
        assert_eq!(
            h.sequence_number,
            l.sequence_number.wrapping_add(1),
            "a hole or a repetition at a switch"
        );
        assert!(
            h.timestamp.wrapping_sub(l.timestamp) < 90_000 * 5,
            "time runs forward"
        );
        if h.timestamp != l.timestamp {
            assert_eq!(picture_id(&next), (last_id + 1) & 0x7fff, "picture ids in a row");
            last_id = picture_id(&next);
        }
        if mark(&next) != current {
            current = mark(&next);
            switches += 1;
            pictures = 0;
            assert_eq!(next.packet.payload[4] & 1, 0, "a switch begins with a key frame");
        }
        pictures += 1;
        if pictures == 20 {
            let to = if current == 1 { bob } else { alice };
            hall.room.set_routes(both(viewer, 0, to).into()).await.unwrap();
        }
        last = next;
    }
    assert!(bobs_plis.load(std::sync::atomic::Ordering::Relaxed) >= 2);
    a.abort();
    b.abort();
}

fn picture_id(received: &sfu_client::Received) -> u16 {
    u16::from_be_bytes([received.packet.payload[2], received.packet.payload[3]]) & 0x7fff
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscribers_need_for_a_key_frame_reaches_the_publisher() {
    let mut hall = hall();
    let (alice, a, plis) = hall.publisher(1).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    let count = || plis.load(std::sync::atomic::Ordering::Relaxed);
    client.packet_at("seat0", true).await;
    let before = count();
    client.ask_for_key_frames().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let next = client.packet_at("seat0", true).await;
        let begins = next.packet.payload[0] & 0x10 != 0;
        if count() > before && begins && next.packet.payload[4] & 1 == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "no key frame came");
    }
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_route_cuts_at_once() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    for _ in 0..3 {
        hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
        client.packet_at("seat0", false).await;
        hall.room.set_routes(vec![]).await.unwrap();
        let before = hall.engine.stats().packets_out;
        // What was sent before is still on its way through the client.
        tokio::time::sleep(Duration::from_millis(150)).await;
        while client.packets.try_recv().is_ok() {}
        let nothing = tokio::time::timeout(Duration::from_millis(150), client.packets.recv()).await;
        assert!(nothing.is_err(), "a packet came after the route was removed");
        assert_eq!(hall.engine.stats().packets_out, before);
    }
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tap_gets_every_packet_once_and_ends() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(7).await;
    let (tx, rx) = std::sync::mpsc::sync_channel(4096);
    let dropped = Arc::new(AtomicU64::new(0));
    let taps = [Source::Microphone, Source::Camera].map(|source| Tap {
        track: TrackKey {
            session: alice,
            source,
        },
        sink: Some(TapSink::new(
            Uuid::from_u128(source as u128),
            tx.clone(),
            dropped.clone(),
        )),
    });
    hall.room.set_taps(taps.into()).await.unwrap();
    let mut video = Vec::new();
    let mut audio = Vec::new();
    let mut reports = 0;
    let deadline = Instant::now() + PATIENCE;
    while video.len() < 200 || audio.len() < 100 || reports == 0 {
        assert!(
            Instant::now() < deadline,
            "{} {} {reports}",
            video.len(),
            audio.len()
        );
        match rx.recv_timeout(PATIENCE).unwrap() {
            (track, TapMessage::Packet(packet)) => {
                assert_eq!(packet.payload.last(), Some(&7));
                assert_eq!(track, Uuid::from_u128(u128::from(!packet.codec.is_audio())));
                if packet.codec.is_audio() {
                    audio.push(packet);
                } else {
                    video.push(packet);
                }
            }
            (_, TapMessage::SenderReport { ntp, .. }) => {
                assert_ne!(ntp, 0);
                reports += 1;
            }
            (_, TapMessage::Ended) => panic!("too early"),
            (_, TapMessage::Heard { .. } | TapMessage::NoKeyFrame { .. }) => {}
        }
    }
    assert_eq!(video[0].payload[4] & 1, 0, "the tap begins with a key frame");
    for list in [&video, &audio] {
        for pair in list.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert!(pair[1].arrival >= pair[0].arrival);
        }
    }
    a.abort();
    hall.room.end_session(alice).await;
    let ended = rx
        .iter()
        .filter(|(_, m)| matches!(m, TapMessage::Ended))
        .take(2)
        .count();
    assert_eq!(ended, 2);
    assert_eq!(dropped.load(std::sync::atomic::Ordering::Relaxed), 0);
    hall.event(|e| matches!(e, RoomEvent::TrackStopped { track, .. } if track.source == Source::Camera))
        .await;
    let down = hall
        .event(|e| matches!(e, RoomEvent::SessionDown { session, .. } if *session == alice))
        .await;
    assert!(matches!(
        down,
        RoomEvent::SessionDown {
            reason: DownReason::Ended,
            direction: Direction::Publish,
            ..
        }
    ));
}

/// All numbers from the first to the last but twenty (which may still be on their way) are there.
fn without_holes(mut numbers: Vec<u16>) -> bool {
    let first = numbers[0];
    numbers.sort_by_key(|n| n.wrapping_sub(first) as i16);
    numbers.dedup();
    numbers
        .windows(2)
        .take(numbers.len() - 20)
        .all(|pair| pair[1] == pair[0].wrapping_add(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_publisher_loses_is_asked_for_again() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher_that(4, Loses::Outbound).await;
    let (tx, rx) = std::sync::mpsc::sync_channel(4096);
    let sink = Some(TapSink::new(Uuid::nil(), tx, Arc::default()));
    let track = TrackKey {
        session: alice,
        source: Source::Camera,
    };
    hall.room.set_taps(vec![Tap { track, sink }]).await.unwrap();
    let mut numbers = Vec::new();
    while numbers.len() < 200 {
        if let (_, TapMessage::Packet(packet)) = rx.recv_timeout(PATIENCE).unwrap() {
            numbers.push(packet.sequence);
        }
    }
    assert!(numbers.iter().filter(|n| **n % 10 == 0).count() >= 10);
    assert!(without_holes(numbers.clone()), "{numbers:?}");
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_subscriber_loses_is_sent_again() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(5).await;
    let mut client = Client::new(None, Loses::Inbound).await;
    client.add_seats(1).await;
    let offer = client.offer().await;
    let answer = hall.room.subscribe(Uuid::now_v7(), offer).await.unwrap();
    client.answer(answer.sdp).await;
    client.connected().await;
    hall.room
        .set_routes(both(answer.session, 0, alice).into())
        .await
        .unwrap();
    let mut numbers = Vec::new();
    while numbers.len() < 200 {
        let received = client.packet_at("seat0", true).await;
        numbers.push(received.packet.header.sequence_number);
    }
    assert!(without_holes(numbers.clone()), "{numbers:?}");
    assert!(hall.engine.stats().nacked >= 10);
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tap_that_nobody_reads_stops_nobody() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(3).await;
    let (tx, _rx) = std::sync::mpsc::sync_channel(4);
    let dropped = Arc::new(AtomicU64::new(0));
    let sink = Some(TapSink::new(Uuid::nil(), tx, dropped.clone()));
    let track = TrackKey {
        session: alice,
        source: Source::Camera,
    };
    hall.room.set_taps(vec![Tap { track, sink }]).await.unwrap();
    let (viewer, mut client) = hall.subscriber(1).await;
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    for _ in 0..100 {
        client.packet_at("seat0", true).await;
    }
    assert!(dropped.load(std::sync::atomic::Ordering::Relaxed) > 0);
    assert!(hall.engine.stats().dropped_by_worker[0] > 0);
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_seats_by_a_further_offer() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    let first = hall
        .event(|e| matches!(e, RoomEvent::SeatsNegotiated { .. }))
        .await;
    let negotiated = matches!(
        &first,
        RoomEvent::SeatsNegotiated { seats: 1, session, shows } if *session == viewer && *shows == [Codec::Vp8]
    );
    assert!(negotiated, "{first:?}");
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    client.packet_at("seat0", true).await;
    client.add_seats(2).await;
    let offer = client.pc.create_offer(None).await.unwrap();
    client.pc.set_local_description(offer.clone()).await.unwrap();
    let sdp = client.pc.local_description().await.unwrap().sdp;
    let answer = hall.room.renegotiate(viewer, sdp).await.unwrap();
    assert_eq!(answer.session, viewer);
    client.answer(answer.sdp).await;
    hall.event(|e| matches!(e, RoomEvent::SeatsNegotiated { seats: 3, .. }))
        .await;
    client.packet_at("seat0", true).await;
    let mut routes = both(viewer, 0, alice).to_vec();
    routes.extend(both(viewer, 2, alice));
    hall.room.set_routes(routes).await.unwrap();
    client.packet_at("seat2", true).await;
    client.packet_at("seat2", false).await;
    client.packet_at("seat0", true).await;
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_gcm_is_served_with_cm() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let profiles = vec![SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80];
    let mut client = Client::new(Some(profiles), Loses::Nothing).await;
    client.add_seats(2).await;
    let offer = client.offer().await;
    let peer = Uuid::now_v7();
    let answer = hall.room.subscribe(peer, offer).await.unwrap();
    client.answer(answer.sdp).await;
    client.connected().await;
    hall.room
        .set_routes(both(answer.session, 1, alice).into())
        .await
        .unwrap();
    client.packet_at("seat1", true).await;
    client.packet_at("seat1", false).await;
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ice_restarts_by_fragment_and_the_media_goes_on() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    let first = client.packet_at("seat0", true).await;
    let old = client.pc.remote_description().await.unwrap().sdp;

    client.pc.restart_ice().await.unwrap();
    let offer = client.pc.create_offer(None).await.unwrap();
    client.pc.set_local_description(offer.clone()).await.unwrap();
    let fragment: String = offer
        .sdp
        .lines()
        .filter(|l| l.starts_with("a=ice-ufrag:") || l.starts_with("a=ice-pwd:"))
        .take(2)
        .map(|l| format!("{l}\r\n"))
        .collect();
    let reply = hall.room.restart_ice(viewer, fragment.clone()).await.unwrap();
    let line = |text: &str, name: &str| {
        text.lines()
            .find(|l| l.starts_with(name))
            .unwrap_or_else(|| panic!("{name} in {text}"))
            .to_string()
    };
    let mut answer = old.clone();
    for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
        let (from, to) = (line(&old, name), line(&reply, name));
        assert_ne!(from, to, "a restart brings new credentials");
        answer = answer.replace(&from, &to);
    }
    client.answer(answer).await;
    hall.event(|e| matches!(e, RoomEvent::SessionUp { session, .. } if *session == viewer))
        .await;
    while client.packets.try_recv().is_ok() {}
    let later = client.packet_at("seat0", true).await;
    assert_eq!(first.packet.header.ssrc, later.packet.header.ssrc);
    // Trickle with the credentials in force is answered with nothing.
    let trickle = format!("{fragment}a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n");
    assert_eq!(hall.room.restart_ice(viewer, trickle).await.unwrap(), "");
    a.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_closes_is_gone_at_once() {
    let mut hall = hall();
    let (viewer, client) = hall.subscriber(1).await;
    client.pc.close().await.unwrap();
    let down = hall.event(|e| matches!(e, RoomEvent::SessionDown { .. })).await;
    assert!(
        matches!(down, RoomEvent::SessionDown { session, reason: DownReason::ClosedByPeer, .. } if session == viewer)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_is_quick() {
    let mut hall = hall();
    let mut joins = Vec::new();
    for mark in 1..=5 {
        let mut publisher = Publisher::new(mark, Loses::Nothing).await;
        let offer = publisher.client.offer().await;
        let begin = Instant::now();
        let answer = hall.room.publish(Uuid::now_v7(), offer).await.unwrap();
        publisher.client.answer(answer.sdp).await;
        publisher.client.connected().await;
        let connected = begin.elapsed();
        publisher.send(true).await;
        let session = answer.session;
        hall.event(|e| matches!(e, RoomEvent::TrackStarted { track, .. } if track.session == session && track.source == Source::Camera))
            .await;
        joins.push((connected, begin.elapsed()));
    }
    joins.sort();
    println!("offer to connected, offer to first packet: {joins:?}");
    assert!(joins[2].1 < Duration::from_millis(500), "{joins:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_that_are_wrong_are_refused_and_harm_nobody() {
    let mut hall = hall();
    let (alice, a, _) = hall.publisher(1).await;
    let (viewer, mut client) = hall.subscriber(1).await;
    hall.room.set_routes(both(viewer, 0, alice).into()).await.unwrap();
    let peer = Uuid::now_v7();
    for bad in ["", "v=0\r\n", "m=audio", &"v=0\r\n".repeat(100_000)] {
        assert!(hall.room.publish(peer, bad.into()).await.is_err());
        assert!(hall.room.subscribe(peer, bad.into()).await.is_err());
        assert!(hall.room.renegotiate(viewer, bad.into()).await.is_err());
    }
    let mut seats = Client::new(None, Loses::Nothing).await;
    seats.add_seats(1).await;
    let offer = seats.offer().await;
    assert!(matches!(
        hall.room.publish(peer, offer.clone()).await,
        Err(NegotiationError::Unsupported(_))
    ));
    // Each line of a good offer is left out in turn: refused or answered, never a crash.
    let lines: Vec<&str> = offer.lines().collect();
    for skip in 0..lines.len() {
        let cut: String = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != skip)
            .map(|(_, l)| format!("{l}\r\n"))
            .collect();
        if let Ok(answer) = hall.room.subscribe(peer, cut).await {
            hall.room.end_session(answer.session).await;
        }
    }
    assert!(matches!(
        hall.room
            .restart_ice(Uuid::now_v7(), "a=ice-ufrag:abcd".into())
            .await,
        Err(NegotiationError::NoSession)
    ));
    client.packet_at("seat0", true).await;
    hall.room.close().await;
    assert!(matches!(
        hall.room.subscribe(peer, offer).await,
        Err(NegotiationError::RoomGone)
    ));
    assert!(hall.room.set_routes(vec![]).await.is_err());
    a.abort();
}
