//! Simulcast through the engine: each seat gets the layer that its place has use for, the recorder gets the best.

use crate::sfu_client::{Client, Loses, PATIENCE, Received, mark};
use crate::{Hall, both, hall, picture_id};
use bytes::Bytes;
use oyer::recorder::tap::{TapMessage, TapSink};
use oyer::rtp::layers::Shown;
use oyer::rtp::source::Source;
use oyer::sfu::{Tap, TrackKey};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

/// Name, SSRC, width, height and bytes a picture of each layer.
const LAYERS: [(&str, u32, u16, u16, usize); 3] = [
    ("q", 5001, 320, 180, 100),
    ("h", 5002, 640, 360, 300),
    ("f", 5003, 1280, 720, 900),
];

/// The value of the extension map's line for a name.
fn extension(sdp: &str, uri: &str) -> u8 {
    let line = sdp
        .lines()
        .find(|l| l.starts_with("a=extmap:") && l.ends_with(uri))
        .expect("offered");
    line["a=extmap:".len()..]
        .split([' ', '/'])
        .next()
        .and_then(|id| id.parse().ok())
        .expect("a number")
}

/// A camera in three layers; the last byte of each packet says which (1, 2, 3). A key frame of a layer when asked.
async fn camera(hall: &Hall) -> (Uuid, tokio::task::JoinHandle<()>) {
    let mut client = Client::new(None, Loses::Nothing).await;
    let encodings = LAYERS.map(|(rid, ssrc, ..)| RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            rid: rid.into(),
            ssrc: Some(ssrc),
            ..Default::default()
        },
        codec: RTCRtpCodec {
            mime_type: "video/VP8".into(),
            clock_rate: 90_000,
            ..Default::default()
        },
        ..Default::default()
    });
    let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        "publication".into(),
        "camera".into(),
        "label".into(),
        RtpCodecKind::Video,
        encodings.into(),
    )));
    let init = RTCRtpTransceiverInit {
        direction: RTCRtpTransceiverDirection::Sendonly,
        ..Default::default()
    };
    client
        .pc
        .add_transceiver_from_track(track.clone() as Arc<dyn TrackLocal>, Some(init))
        .await
        .unwrap();
    let offer = client.offer().await;
    let (mid, rid) = (
        extension(&offer, "sdes:mid"),
        extension(&offer, "sdes:rtp-stream-id"),
    );
    let answer = hall.room.publish(Uuid::now_v7(), offer).await.unwrap();
    client.answer(answer.sdp).await;
    client.connected().await;
    let task = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let mut wanted = [true; 3];
        for n in 0u16.. {
            ticks.tick().await;
            while let Ok(ssrc) = client.plis.try_recv() {
                for (want, layer) in wanted.iter_mut().zip(&LAYERS) {
                    *want |= layer.1 == ssrc;
                }
            }
            for (i, (name, ssrc, width, height, size)) in LAYERS.into_iter().enumerate() {
                let mut payload = vec![0x90, 0x80];
                payload.extend(((n + 1000 * i as u16) | 0x8000).to_be_bytes());
                payload.extend([u8::from(!wanted[i]), 0, 0, 0x9d, 0x01, 0x2a]);
                payload.extend(width.to_le_bytes());
                payload.extend(height.to_le_bytes());
                payload.resize(size, i as u8 + 1);
                wanted[i] = false;
                let mut header = rtc::rtp::Header {
                    version: 2,
                    ssrc,
                    payload_type: 120,
                    sequence_number: n.wrapping_add(7000 * i as u16),
                    timestamp: u32::from(n) * 1800,
                    marker: true,
                    ..Default::default()
                };
                header.set_extension(mid, Bytes::from_static(b"0")).unwrap();
                header
                    .set_extension(rid, Bytes::from_static(name.as_bytes()))
                    .unwrap();
                let packet = rtc::rtp::Packet {
                    header,
                    payload: payload.into(),
                };
                track.write_rtp(packet).await.unwrap();
            }
        }
    });
    (answer.session, task)
}

/// The next packet follows the last one without a hole, whatever layer it is of.
fn follows(last: &Received, next: &Received) {
    let (l, n) = (&last.packet.header, &next.packet.header);
    assert_eq!(n.ssrc, l.ssrc);
    assert_eq!(n.sequence_number, l.sequence_number.wrapping_add(1));
    assert!(
        n.timestamp.wrapping_sub(l.timestamp) < 90_000 * 5,
        "time runs forward"
    );
    assert_eq!(
        picture_id(next),
        (picture_id(last) + 1) & 0x7fff,
        "picture ids in a row"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_place_gets_the_layer_that_fills_it_and_the_recorder_the_best() {
    let mut hall = hall();
    let (publisher, task) = camera(&hall).await;
    let (tx, recorded) = std::sync::mpsc::sync_channel(65_536);
    let track = TrackKey {
        session: publisher,
        source: Source::Camera,
    };
    let (viewer, mut client) = hall.subscriber(1).await;
    let [_, picture] = both(viewer, 0, publisher);
    hall.room.set_routes(vec![picture]).await.unwrap();
    let mut last = client.packet_at("seat0", true).await;
    while mark(&last) != 3 {
        // Unsaid is as large as can be; layers that came first may go first.
        let next = client.packet_at("seat0", true).await;
        follows(&last, &next);
        last = next;
    }
    let sink = Some(TapSink::new(Uuid::nil(), tx, Arc::default()));
    hall.room.set_taps(vec![Tap { track, sink }]).await.unwrap();
    for (width, height, layer) in [(640, 360, 2), (160, 90, 1), (1900, 1000, 3), (200, 100, 1)] {
        hall.room
            .set_shown(viewer, vec![(0, Shown { width, height })])
            .await;
        while mark(&last) != layer {
            let next = client.packet_at("seat0", true).await;
            follows(&last, &next);
            if mark(&next) != mark(&last) {
                assert_eq!(next.packet.payload[4] & 1, 0, "a switch begins with a key frame");
            }
            last = next;
        }
    }
    // Hidden: nothing more comes once what was on the way is there.
    let hidden = Shown { width: 0, height: 0 };
    hall.room.set_shown(viewer, vec![(0, hidden)]).await;
    let out = hall.engine.stats().packets_out;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        hall.engine.stats().packets_out,
        out,
        "a hidden tile costs nothing"
    );
    while client.packets.try_recv().is_ok() {}
    // Shown again: one stream goes on, with a key frame.
    hall.room.set_shown(viewer, vec![]).await;
    let next = tokio::time::timeout(PATIENCE, client.packet_at("seat0", true))
        .await
        .unwrap();
    assert_eq!(next.packet.header.ssrc, last.packet.header.ssrc);
    assert_eq!(next.packet.payload[4] & 1, 0, "begins with a key frame");
    let layers: Vec<u8> = recorded
        .try_iter()
        .filter_map(|(_, m)| match m {
            TapMessage::Packet(p) => p.payload.last().copied(),
            _ => None,
        })
        .collect();
    assert!(layers.len() > 10);
    assert!(
        layers.iter().all(|l| *l == 3),
        "the recorder keeps the best layer"
    );
    task.abort();
}
