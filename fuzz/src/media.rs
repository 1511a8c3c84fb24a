//! Payload formats: what an RTP packet carries.

use crate::input::Input;
use oyer::rtp::codec::Codec;
use oyer::rtp::depacketize::Depacketizer;
use oyer::rtp::feedback::{self, Feedback};
use oyer::rtp::framing::{self, PACKET_MAX, PREFIX};
use oyer::rtp::keyframe::starts_here;
use oyer::rtp::opus;
use oyer::rtp::packet::Header;
use oyer::rtp::payload::Payload;
use oyer::rtp::picture::Shift;
use oyer::rtp::red as redundancy;
use oyer::rtp::vp8::Descriptor;
use std::time::Instant;

/// The RTP header, its extensions and its padding.
pub fn packet(data: &[u8]) {
    let Some(header) = Header::parse(data) else { return };
    assert!((12..=data.len()).contains(&header.length) && header.payload_type < 128);
    for id in 0..=255 {
        if let Some(value) = header.extension(data, id) {
            assert!(id != 0 && value.len() < 256);
        }
    }
    if let Some(payload) = header.payload(data) {
        assert!(payload.start == header.length && payload.end <= data.len());
        assert!(header.padded || payload.end == data.len());
    }
}

/// Packets in a TCP stream: the same ones come out of it whole and in two parts, and what is kept is bounded.
pub fn framing(data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else { return };
    let read = |mut stream: &[u8]| {
        let mut packets = Vec::new();
        loop {
            match framing::take(&mut stream) {
                Ok(Some(packet)) => {
                    assert!((1..=PACKET_MAX).contains(&packet.len()));
                    packets.push(packet.to_vec());
                }
                Ok(None) => break (packets, Some(stream.to_vec())),
                Err(_) => break (packets, None),
            }
        }
    };
    let (whole, kept) = read(stream);
    assert!(kept.as_ref().is_none_or(|k| k.len() < PREFIX + PACKET_MAX));
    let (first, second) = stream.split_at(usize::from(*cut).min(stream.len()));
    let (mut parts, rest) = read(first);
    let Some(rest) = rest else {
        assert_eq!(parts, whole);
        return;
    };
    let (more, end) = read(&[&rest, second].concat());
    parts.extend(more);
    assert_eq!((parts, end), (whole, kept));
}

/// Sound with redundancy: what is read can be written again, where all of it is of one payload type.
pub fn red(data: &[u8]) {
    let Some(mut blocks) = redundancy::parse(data) else {
        return;
    };
    for pair in blocks.windows(2) {
        assert_eq!(pair[0].range.end, pair[1].range.start);
    }
    let primary = blocks.pop().expect("there is a primary");
    assert!(primary.offset == 0 && primary.range.end == data.len());
    if blocks.iter().all(|b| b.payload_type == primary.payload_type) {
        let before: Vec<_> = blocks.iter().map(|b| (b.offset, &data[b.range.clone()])).collect();
        let again = redundancy::write(primary.payload_type, &before, &data[primary.range]);
        assert_eq!(again.as_deref(), Some(data));
    }
}

/// The VP8 payload descriptor, and its ids shifted in place.
pub fn vp8(data: &[u8]) {
    let mut input = Input(data);
    let (Some(picture_id), Some(tl0_pic_idx)) = (input.u16(), input.u8()) else {
        return;
    };
    let payload = input.0;
    let Some(read) = Descriptor::parse(payload) else {
        return;
    };
    assert!(!read.frame(payload).is_empty());
    assert_eq!(read.length + read.frame(payload).len(), payload.len());
    let shift = Shift {
        picture_id,
        tl0_pic_idx,
    };
    let mut shifted = payload.to_vec();
    shift.apply(&read.ids, &mut shifted);
    let after = Descriptor::parse(&shifted).expect("it is still one");
    assert_eq!(after.frame(&shifted), read.frame(payload));
    assert_eq!(
        (after.size, after.frame_start, after.key_frame_start),
        (read.size, read.frame_start, read.key_frame_start)
    );
    assert_eq!(
        after.ids.picture_id.map(|p| (p.long, p.value)),
        read.ids.picture_id.map(|p| (p.long, shift.picture_id(p)))
    );
    assert_eq!(
        after.ids.tl0_pic_idx,
        read.ids.tl0_pic_idx.map(|(at, v)| (at, shift.tl0_pic_idx(v)))
    );
}

/// Where a decoder can start, for each codec; how long a packet of sound is.
pub fn keyframe(data: &[u8]) {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        let starts = starts_here(codec, data);
        assert!(!(starts && data.is_empty()));
        let read = Payload::read(codec, data);
        assert_eq!(read.starts, starts);
        assert!(starts || codec == Codec::Vp8 || read.size.is_none());
        if let Some(ids) = read.ids {
            let mut shifted = data.to_vec();
            let shift = Shift {
                picture_id: 77,
                tl0_pic_idx: 3,
            };
            shift.apply(&ids, &mut shifted);
            let after = Payload::read(codec, &shifted);
            assert_eq!((after.starts, after.size), (read.starts, read.size));
        }
    }
    assert!(starts_here(Codec::Opus, data));
    if let Some(samples) = opus::samples(data) {
        assert!((120..=5760).contains(&samples) && samples % 120 == 0);
    }
}

/// Packets of one stream in order, with losses between them, put together to frames.
pub fn depacketize(data: &[u8]) {
    let mut input = Input(data);
    let Some(codec) = input.u8() else { return };
    let codec = [Codec::Vp8, Codec::Vp9, Codec::H264][usize::from(codec % 3)];
    let mut depacketizer = Depacketizer::new(codec);
    let (mut timestamp, mut given) = (0, 0);
    let mut out = Vec::new();
    for n in 0.. {
        let (Some(act), Some(payload)) = (input.u8(), input.piece()) else {
            break;
        };
        if act & 1 != 0 {
            depacketizer.lost();
            assert!(depacketizer.needs_key_frame());
        }
        timestamp += i64::from(act >> 4) * 1500;
        given += payload.len();
        let waited = depacketizer.needs_key_frame();
        let before = out.len();
        depacketizer.push(timestamp, n, act & 2 != 0, payload, &mut out);
        if waited && let Some(first) = out.get(before) {
            assert!(first.key, "a frame whose reference is missing");
        }
        let _ = depacketizer.parameters();
    }
    for frame in &out {
        assert!(!frame.data.is_empty());
        assert!(frame.key || frame.size.is_none());
        assert!(frame.size.is_none_or(|(w, h)| w > 0 && h > 0));
    }
    assert!(out.windows(2).all(|w| w[0].timestamp <= w[1].timestamp));
    // Start codes are longer than the lengths they stand for, and parameter sets are put before each key frame.
    let most = 4 * given + out.len() * (2 * given + 16);
    assert!(out.iter().map(|f| f.data.len()).sum::<usize>() <= most);
}

/// A datagram of RTCP: what it comes to is bounded, whatever it claims, and what follows a piece is read all the same.
pub fn feedback(data: &[u8]) {
    let now = Instant::now();
    let all = feedback::read(data, now);
    assert!(all.len() <= 128);
    for piece in &all {
        match piece {
            Feedback::Nack { numbers, .. } => assert!(numbers.len() <= 512),
            Feedback::Arrivals(report) => assert!(report.arrivals.len() <= 2048),
            Feedback::TimeAsked { arrival, .. } | Feedback::SenderReport { arrival, .. } => {
                assert_eq!(*arrival, now);
            }
            Feedback::KeyFrameWanted { .. } | Feedback::ReceiverReport { .. } => {}
        }
    }
    // A request for a key frame, in front.
    let plea = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9];
    let after = feedback::read(&[&plea, data].concat(), now);
    assert_eq!(after.first(), Some(&Feedback::KeyFrameWanted { ssrc: 9 }));
    let rest = &after[1..];
    assert_eq!(rest, &all[..rest.len()]);
}
