//! Micro-benchmarks of what is done for every packet, every second or every act: `cargo bench`.

use bytes::BytesMut;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use oyer::court::id::{CaseId, HearingId, ParticipantId};
use oyer::court::policy;
use oyer::court::role::Role;
use oyer::court::sitting::{Participant, Sitting};
use oyer::court::state::{HearingState, ParticipantState};
use oyer::rtp::clock::Capture;
use oyer::rtp::codec::Codec;
use oyer::rtp::depacketize::Depacketizer;
use oyer::rtp::rewrite::{Incoming, Rewriter, Seed};
use oyer::rtp::vp8::Descriptor;
use oyer::seal::digest::{Digest, Hasher};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

fn main() {
    divan::main();
}

/// Packets of one picture.
const PARTS: i64 = 5;
const PICTURES: i64 = 250;

/// Ten seconds of a camera at 1 Mbit/s, as they come off the wire.
fn payloads() -> Vec<(Incoming, Vec<u8>)> {
    (0..PICTURES * PARTS)
        .map(|i| {
            let (picture, part) = (i / PARTS, i % PARTS);
            let mut payload = vec![0x80 | if part == 0 { 0x10 } else { 0 }, 0x80];
            payload.extend((picture as u16 | 0x8000).to_be_bytes());
            if part == 0 {
                payload.extend([
                    u8::from(picture > 0),
                    2,
                    0,
                    0x9d,
                    0x01,
                    0x2a,
                    0x00,
                    0x05,
                    0xd0,
                    0x02,
                ]);
            }
            payload.resize(1000, 0x55);
            let incoming = Incoming {
                sequence: i,
                timestamp: picture * 3600,
                marker: part + 1 == PARTS,
                empty: false,
                ids: Descriptor::parse(&payload).map(|d| d.ids),
            };
            (incoming, payload)
        })
        .collect()
}

/// New numbers for each packet of a stream toward one receiver, and the ids in its VP8 descriptor.
#[divan::bench]
fn rewriting(bencher: Bencher) {
    let packets = payloads();
    let seed = Seed {
        sequence: 65_000,
        timestamp: 7,
        picture_id: 9,
        tl0_pic_idx: 11,
    };
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| {
        let mut rewriter = Rewriter::new(Codec::Vp8, seed);
        let mut buffer = BytesMut::zeroed(1000);
        for (incoming, payload) in &packets {
            let capture = Capture {
                at: incoming.timestamp * 100 / 9,
                exact: true,
            };
            if incoming.sequence == 0 {
                rewriter.switch(incoming, capture);
            }
            let Some(outgoing) = rewriter.forward(incoming, capture) else {
                continue;
            };
            buffer.copy_from_slice(payload);
            if let Some(ids) = &incoming.ids {
                outgoing.shift.apply(ids, &mut buffer);
            }
            black_box((&outgoing, &buffer));
        }
    });
}

/// Reading the VP8 descriptor of each packet that comes in.
#[divan::bench]
fn descriptors(bencher: Bencher) {
    let packets = payloads();
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| {
        for (_, payload) in &packets {
            black_box(Descriptor::parse(black_box(payload)));
        }
    });
}

/// Pictures out of packets, for the recorder.
#[divan::bench]
fn depacketizing(bencher: Bencher) {
    let packets = payloads();
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| {
        let mut depacketizer = Depacketizer::new(Codec::Vp8);
        let mut frames = Vec::new();
        for (incoming, payload) in &packets {
            depacketizer.push(incoming.timestamp, 0, incoming.marker, payload, &mut frames);
            frames.clear();
        }
        assert_eq!(depacketizer.held_back(), 0);
    });
}

/// The digest of what is in memory as a whole.
#[divan::bench(args = [4 << 10, 1 << 20])]
fn hashing_at_once(bencher: Bencher, bytes: usize) {
    let content = vec![0x55; bytes];
    let bencher = bencher.counter(BytesCount::new(bytes));
    bencher.bench_local(|| Digest::of(black_box(&content)));
}

/// The digest of a file as it is written.
#[divan::bench(args = [4 << 10, 1 << 20])]
fn hashing(bencher: Bencher, bytes: usize) {
    let content = vec![0x55; bytes];
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let mut hasher = Hasher::new();
        hasher.update(black_box(&content));
        hasher.finish()
    });
}

/// Who may see and hear whom, for a whole hearing: after every act.
#[divan::bench(args = [5, 20, 60])]
fn policy_table(bencher: Bencher, people: u128) {
    let participants: BTreeMap<ParticipantId, Participant> = (0..people)
        .map(|i| {
            let role = match i {
                0 => Role::Judge,
                1 => Role::Clerk,
                2 => Role::Witness,
                _ => Role::DefenceCounsel,
            };
            let id = ParticipantId(Uuid::from_u128(i));
            let mut participant = Participant::invited(id, format!("Person {i}"), role);
            participant.state = ParticipantState::InHearing;
            (id, participant)
        })
        .collect();
    let sitting = Sitting {
        id: HearingId(Uuid::nil()),
        case_id: CaseId(Uuid::nil()),
        case_reference: "1/2026".into(),
        title: "Hearing".into(),
        listed_for: 0,
        state: HearingState::InSession,
        in_camera: false,
        on_record: true,
        record_on_resume: false,
        adjourned: None,
        capture: None,
        playback: None,
        participants,
    };
    bencher.bench_local(|| policy::table(black_box(&sitting)));
}

/// Datagrams of one picture in one message, as to each receiver.
const RUN: usize = 10;
/// Bytes of a full datagram of a picture, without the tag of SRTP.
const DATAGRAM: usize = 1200;

/// What forwarding cannot be cheaper than on this machine: a packet is encrypted (AES-128-GCM) and the kernel is given it
/// for the loopback, one message for each packet, or one for ten (UDP_SEGMENT, udp(7)). For each packet, or each ten.
#[divan::bench(args = [1, RUN])]
fn floor(bencher: Bencher, run: usize) {
    let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = sink.local_addr().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    // Somebody takes them, or the kernel would drop them half way.
    let taken = std::thread::spawn({
        let done = done.clone();
        move || {
            let mut buffer = [0; 2048];
            while !done.load(Ordering::Relaxed) && sink.recv(&mut buffer).is_ok() {}
        }
    });
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(to).unwrap();
    if run > 1 {
        let size = (DATAGRAM + AES_128_GCM.tag_len()) as libc::c_int;
        // SAFETY: the pointer and the length describe `size`, which outlives the call.
        let set = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_UDP,
                libc::UDP_SEGMENT,
                (&raw const size).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            )
        };
        assert_eq!(set, 0, "the kernel cuts messages into datagrams");
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).unwrap());
    let mut message = Vec::with_capacity(64 << 10);
    let mut count = 0u64;
    bencher.counter(ItemsCount::new(run)).bench_local(|| {
        message.clear();
        for _ in 0..run {
            count += 1;
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&count.to_be_bytes());
            let start = message.len();
            message.resize(start + DATAGRAM, 0x55);
            let (header, payload) = message[start..].split_at_mut(12);
            let tag = key
                .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(header), payload)
                .unwrap();
            message.extend_from_slice(tag.as_ref());
        }
        socket.send(&message).unwrap();
    });
    done.store(true, Ordering::Relaxed);
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[0], to).unwrap();
    taken.join().unwrap();
}
