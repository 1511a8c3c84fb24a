use super::*;
use crate::rtp::packet::Head;
use crate::rtp::sequence::SequenceUnwrapper;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;

const SDP: &str = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 00\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\na=mid:0\r\na=sendonly\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
    a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\na=ssrc:1 cname:a\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n\
    a=fmtp:97 apt=96\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
    a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";
/// 20 ms of Opus, by its first byte.
const FRAME: u8 = 0x78;

struct Desk {
    offer: Offer,
    ingress: Ingress,
    numbers: SequenceUnwrapper,
    ms: i64,
}

impl Desk {
    fn new() -> Self {
        Self::with(SDP)
    }

    fn with(sdp: &str) -> Self {
        Self {
            offer: Offer::publish(sdp).unwrap(),
            ingress: Ingress::default(),
            numbers: SequenceUnwrapper::default(),
            ms: 0,
        }
    }

    fn at(&self) -> Micros {
        self.ms * 1000
    }

    fn sort(&mut self, plain: Vec<u8>) -> Option<Sorted> {
        let header = Header::parse(&plain)?;
        let at = self.at();
        self.ingress.sort(plain.into(), header, &self.offer, at)
    }

    /// Sorts a packet of sound and takes what comes of it; gives its numbers, oldest first, and the first byte after
    /// [`FRAME`] of each.
    fn hear(&mut self, plain: Vec<u8>) -> Vec<(u16, u8)> {
        let sorted = self.sort(plain).unwrap();
        let within = sorted.within.into_iter().map(|p| (p, Came::Within));
        let all: Vec<_> = within.chain([(sorted.packet, sorted.came)]).collect();
        all.into_iter()
            .map(|(packet, came)| {
                let header = packet.header;
                assert_eq!(header.payload_type, 111, "the recorder and the seats get Opus");
                assert_eq!(header.timestamp, u32::from(header.sequence) * 960);
                let sequence = self.numbers.extend(header.sequence);
                let at = self.at();
                let numbers = (sequence, i64::from(header.timestamp));
                self.ingress.taken(header.ssrc, numbers, 48_000, came, at);
                (header.sequence, packet.payload[1])
            })
            .collect()
    }

    fn asked(&mut self) -> Vec<(u32, Vec<u16>)> {
        let at = self.at();
        let requests = self.ingress.requests(&self.offer, at);
        let read = |r: Box<dyn Rtcp>| {
            let nack = r.as_any().downcast_ref::<TransportLayerNack>().unwrap().clone();
            let numbers = nack.nacks.iter().flat_map(|p| p.into_iter()).collect();
            (nack.media_ssrc, numbers)
        };
        requests.into_iter().map(read).collect()
    }
}

fn packet(ssrc: u32, pt: u8, sequence: u16, extension: Option<(u8, u16)>, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Head {
        marker: true,
        payload_type: pt,
        sequence,
        timestamp: u32::from(sequence) * 960,
        ssrc,
        extension,
        padded: false,
    }
    .write(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// A packet of sound that takes so many before it along.
fn red(sequence: u16, before: u16) -> Vec<u8> {
    let frames: Vec<_> = (1..=before)
        .rev()
        .map(|n| (u32::from(n) * 960, [FRAME, (sequence - n) as u8]))
        .collect();
    let before: Vec<(u32, &[u8])> = frames.iter().map(|(offset, f)| (*offset, &f[..])).collect();
    let payload = red::write(111, &before, &[FRAME, sequence as u8]).unwrap();
    packet(1, 63, sequence, None, &payload)
}

#[test]
fn lost_sound_is_found_in_what_follows_and_not_asked_for() {
    let mut desk = Desk::new();
    let first = desk.hear(red(10, 1));
    assert_eq!(first, [(10, 10)], "what was before the beginning is not wanted");
    assert_eq!(desk.hear(red(11, 1)), [(11, 11)], "nothing was lost");
    assert_eq!(desk.hear(red(13, 1)), [(12, 12), (13, 13)]);
    assert_eq!(desk.hear(red(16, 2)), [(14, 14), (15, 15), (16, 16)]);
    assert_eq!(desk.hear(red(19, 1)), [(18, 18), (19, 19)]);
    desk.ms += 10;
    assert_eq!(desk.asked(), [(1, vec![17])], "only what is really missing");
    // A late one that was lost no more adds nothing.
    assert_eq!(desk.hear(red(17, 1)), [(17, 17)]);
    assert!(desk.asked().is_empty());
    // The reports count as lost what was mended: it is what protection is measured by.
    let reports = desk.ingress.reports(Instant::now());
    let receiver = reports
        .iter()
        .find_map(|r| {
            r.as_any()
                .downcast_ref::<rtc::rtcp::receiver_report::ReceiverReport>()
        })
        .unwrap();
    assert_eq!(receiver.reports[0].total_lost, 4);
}

#[test]
fn redundancy_that_is_no_neighbour_has_no_number() {
    let mut desk = Desk::new();
    desk.hear(red(10, 0));
    // 40 ms before, 20 ms long: there is a packet between them, or none (a pause).
    let payload = red::write(111, &[(1920, &[FRAME, 1])], &[FRAME, 12]).unwrap();
    assert_eq!(desk.hear(packet(1, 63, 12, None, &payload)), [(12, 12)]);
    let not_opus = red::write(0, &[(960, &[FRAME, 1])], &[FRAME, 14]).unwrap();
    assert!(desk.sort(packet(1, 63, 14, None, &not_opus)).is_none());
    assert!(
        desk.sort(packet(1, 63, 15, None, &[0xff; 40])).is_none(),
        "no end"
    );
    assert!(desk.sort(packet(1, 63, 16, None, &[])).is_none());
}

#[test]
fn a_stream_that_begins_with_nonsense_begins_after_it() {
    let mut desk = Desk::new();
    assert!(desk.sort(packet(1, 63, 9, None, &[0xff; 40])).is_none());
    let sorted = desk.sort(red(10, 1)).unwrap();
    assert_eq!(sorted.opened, Some(Source::Microphone));
    assert_eq!(desk.sort(red(11, 1)).unwrap().opened, None);
}

#[test]
fn sound_is_asked_for_only_where_it_was_offered() {
    for (sdp, asked) in [
        (SDP.to_string(), 1),
        (SDP.replace("a=rtcp-fb:111 nack\r\n", ""), 0),
        (SDP.replace("fb:111 nack", "fb:63 nack"), 0),
    ] {
        let mut desk = Desk::with(&sdp);
        desk.hear(red(10, 0));
        desk.hear(red(12, 0));
        desk.ms += 10;
        assert_eq!(desk.asked().len(), asked, "{sdp}");
    }
}

#[test]
fn a_picture_that_is_sent_again_fills_its_place() {
    let mut desk = Desk::new();
    let rid = |id, rid: u8| Some((id, u16::from_be_bytes([rid, rid])));
    for (ssrc, name) in [(100, b'h'), (200, b'f')] {
        let sorted = desk.sort(packet(ssrc, 96, 50, rid(4, name), &[1, 2])).unwrap();
        assert_eq!((sorted.opened, sorted.came), (Some(Source::Camera), Came::Itself));
    }
    assert!(
        desk.sort(packet(9, 97, 7, None, &[0, 51, 8])).is_none(),
        "of which layer it is was not said"
    );
    let again = desk.sort(packet(9, 97, 8, rid(5, b'f'), &[0, 51, 8])).unwrap();
    let header = again.packet.header;
    assert_eq!((header.ssrc, header.sequence, header.payload_type), (200, 51, 96));
    assert_eq!((&again.packet.payload[..], again.came), (&[8u8][..], Came::Again));
    // It is known from now on, and a copy of nothing is nothing.
    assert!(desk.sort(packet(9, 97, 9, None, &[0, 52, 8])).is_some());
    assert!(desk.sort(packet(9, 97, 10, None, &[0, 53])).is_none());
    assert!(desk.sort(packet(9, 97, 11, None, &[0])).is_none());
}

#[test]
fn streams_without_end_are_not_learnt_and_every_arrival_is_told() {
    let mut desk = Desk::new();
    for ssrc in 1..1000 {
        desk.sort(packet(ssrc, 111, 1, Some((3, ssrc as u16)), &[FRAME, 1]));
    }
    assert_eq!(desk.ingress.streams.len(), STREAMS_MAX);
    assert!(
        desk.sort(packet(2000, 5, 1, None, &[1])).is_none(),
        "no codec of ours"
    );
    let reports = desk.ingress.reports(Instant::now());
    let told = reports[0].as_any().downcast_ref::<TransportLayerCc>().unwrap();
    assert_eq!(told.packet_status_count, 999);
}
