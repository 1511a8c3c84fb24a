//! A participant whose own client is hostile: authentic, and wrong in everything that it sends.

use super::people::Hearing;
use super::relay::Relay;
use super::server::{media_address, tcp_address};
use super::sfu_client::Publisher;
use super::strangers::GROWTH_KIB;
use super::wire::{
    self, BINDING_REQUEST, BINDING_SUCCESS, ICE_CONTROLLING, Noise, PRIORITY, USE_CANDIDATE, USERNAME,
    XOR_MAPPED_ADDRESS,
};
use bytes::Bytes;
use rtc::rtcp::raw_packet::RawPacket;
use rtc::rtp::{Header, Packet};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use webrtc::media_stream::track_local::TrackLocal;

const PWD: &str = "hostilehostilehostile0";

/// A client that is no more than a socket and the credentials of a session.
pub struct Bare {
    socket: UdpSocket,
    server: SocketAddr,
    /// Where the server takes TCP.
    pub server_tcp: SocketAddr,
    pub user: String,
    password: String,
    transaction: u8,
}

impl Bare {
    pub async fn join(hearing: &Hearing) -> Self {
        let fingerprint = vec!["AB"; 32].join(":");
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-ufrag:hostile\r\na=ice-pwd:{PWD}\r\n\
             a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
             c=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
        );
        let path = format!("/hearings/{}/whep", hearing.id);
        let (_, answer) = hearing.hostile.offer(&path, offer).await.unwrap();
        let line = |name: &str| answer.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        Self {
            socket,
            server: media_address(&answer),
            server_tcp: tcp_address(&answer),
            user: format!("{}:hostile", line("a=ice-ufrag:")),
            password: line("a=ice-pwd:").to_owned(),
            transaction: 0,
        }
    }

    /// Where the server takes UDP.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// A check that nominates.
    pub fn check(&mut self) -> Vec<u8> {
        self.check_with(&[(USE_CANDIDATE, &[])])
    }

    /// A check that does not. The stack answers it before a check of its own has come back.
    pub fn first_check(&mut self) -> Vec<u8> {
        self.check_with(&[])
    }

    fn check_with(&mut self, more: &[(u16, &[u8])]) -> Vec<u8> {
        self.transaction = self.transaction.wrapping_add(1);
        let attributes: [(u16, &[u8]); 3] = [
            (USERNAME, self.user.as_bytes()),
            (PRIORITY, &[0x6e, 0, 1, 0xff]),
            (ICE_CONTROLLING, &[1; 8]),
        ];
        wire::stun(
            BINDING_REQUEST,
            [self.transaction; 12],
            &[&attributes[..], more].concat(),
            Some(&self.password),
        )
    }

    /// Sends checks and answers the server's, until it has answered ours and had answers of its own.
    fn connect(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let (mut answered, mut answers) = (false, 0);
        while !answered || answers < 2 {
            assert!(
                Instant::now() < deadline,
                "ICE did not come up: {answered} {answers}"
            );
            let check = self.check();
            self.socket.send_to(&check, self.server).unwrap();
            let mut buffer = [0; 2048];
            while let Ok(n) = self.socket.recv(&mut buffer) {
                match buffer[..n] {
                    [1, 1, ..] => answered = true,
                    [0, 1, ..] => {
                        let SocketAddr::V4(server) = self.server else {
                            panic!("IPv4 here")
                        };
                        let mut mapped = vec![0, 1];
                        mapped.extend((server.port() ^ 0x2112).to_be_bytes());
                        mapped.extend((server.ip().to_bits() ^ 0x2112_a442).to_be_bytes());
                        let transaction = buffer[8..20].try_into().unwrap();
                        let attributes: [(u16, &[u8]); 1] = [(XOR_MAPPED_ADDRESS, &mapped)];
                        let answer = wire::stun(BINDING_SUCCESS, transaction, &attributes, Some(PWD));
                        self.socket.send_to(&answer, self.server).unwrap();
                        answers += 1;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Hundredths of a second of work for some 1,600 datagrams. At the gate they cost three; the stack, which looks through
/// all of their fragments for each, would be busy with them until the session is given up, half a minute.
const WORK_MAX: u64 = 300;

/// The stack puts fragments together by recursion, before anybody is authenticated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handshake_without_end_ends() {
    let mut hearing = Hearing::begin().await;
    let mut before = 0;
    for round in 0..3 {
        let mut bare = Bare::join(&hearing).await;
        bare.connect();
        let mut datagrams = vec![wire::client_hello(); 3];
        for n in 0..400 {
            // Message 0 is the hello, which the stack has taken; the next ones are put together from what follows.
            for message in 1..4 {
                datagrams.push(wire::free_fragments(
                    message,
                    n * 110,
                    10 + n * 3 + u32::from(message),
                ));
            }
            datagrams.push(wire::record(22, 1, n, &[7; 1200]));
        }
        let (socket, server) = (&bare.socket, bare.server);
        let send = async |datagram: Vec<u8>| {
            socket.send_to(&datagram, server).unwrap();
        };
        let work = hearing.server.work();
        hearing.server.reads(datagrams, send).await;
        let work = hearing.server.work() - work;
        println!("round {round}: {work} hundredths of a second");
        assert!(work <= WORK_MAX, "{work} hundredths of a second");
        hearing.goes_on("a handshake without end").await;
        let memory = hearing.server.memory();
        assert!(
            round == 0 || memory <= before + GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }
}

/// Checks from hundreds of addresses, all of them authentic: the server would send checks of its own to each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_participant_has_few_addresses() {
    let mut hearing = Hearing::begin().await;
    let mut bare = Bare::join(&hearing).await;
    let sockets: Vec<UdpSocket> = (0..300)
        .map(|_| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        })
        .collect();
    let server = bare.server;
    for _ in 0..5 {
        let checks: Vec<Vec<u8>> = sockets.iter().map(|_| bare.check()).collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let send = async |check: Vec<u8>| {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            sockets[at].send_to(&check, server).unwrap();
        };
        hearing.server.reads(checks, send).await;
    }
    hearing.goes_on("checks from everywhere").await;
    let mut buffer = [0; 2048];
    let answered = sockets.iter().filter(|s| s.recv(&mut buffer).is_ok()).count();
    assert!((1..=33).contains(&answered), "{answered}");
}

fn packet(ssrc: u32, payload_type: u8, number: u16, timestamp: u32, payload: Vec<u8>) -> Packet {
    Packet {
        header: Header {
            version: 2,
            ssrc,
            payload_type,
            sequence_number: number,
            timestamp,
            marker: number.is_multiple_of(2),
            ..Default::default()
        },
        payload: Bytes::from(payload),
    }
}

/// Packets that a publisher may seal, and that are wrong.
fn wrong_packets(noise: &mut Noise, publisher: &Publisher) -> Vec<Packet> {
    let (sound, picture) = (1000 + u32::from(publisher.mark), publisher.video_ssrc);
    let mut packets = Vec::new();
    for i in 0..1500u32 {
        let (number, some) = (i as u16, noise.number());
        let length = (some % 1100) as usize;
        let payload = noise.bytes(length);
        // Leaps of number and time, each just within what is believed; noise for a payload; nothing at all.
        let leap = number.wrapping_mul(32_767);
        packets.push(packet(
            picture,
            120,
            leap,
            i.wrapping_mul(0x7fff_ffff),
            payload.clone(),
        ));
        packets.push(packet(picture, 120, number, i * 3000, vec![0x90, 0xf0, 0xff]));
        packets.push(packet(picture, 120, leap, i, Vec::new()));
        packets.push(packet(
            sound,
            109,
            number,
            i.wrapping_mul(48_000 * 59),
            payload.clone(),
        ));
        packets.push(packet(picture, 121, number, i, payload.clone()));
        packets.push(packet(sound, 120, number, i, payload.clone()));
        packets.push(packet(0x7000_0000 + i, 120, number, i, payload.clone()));
        packets.push(packet(0x7100_0000 + i, some as u8 & 0x7f, number, i, payload));
        let mut padded = packet(picture, 120, number, i, vec![255; 3]);
        padded.header.padding = true;
        packets.push(padded);
        let mut extended = packet(sound, 109, number, i, vec![9; 20]);
        for id in 1..=14 {
            let length = 1 + (some >> id) as usize % 15;
            // One that does not fit is left out.
            let _ = extended
                .header
                .set_extension(id, Bytes::from(noise.bytes(length)));
        }
        packets.push(extended);
    }
    packets
}

/// RTCP that is authentic and wrong, about these SSRCs.
fn wrong_reports(noise: &mut Noise, ssrcs: &[u32]) -> Vec<Vec<u8>> {
    let words = |kind: u8, count: u8, words: &[u32]| {
        let mut report = vec![0x80 | count, kind];
        report.extend((words.len() as u16).to_be_bytes());
        report.extend(words.iter().flat_map(|w| w.to_be_bytes()));
        report
    };
    let mut reports = Vec::new();
    for i in 0..400u32 {
        let ssrc = ssrcs[i as usize % ssrcs.len()];
        let some = noise.number() as u32;
        // NACK storms: every number, in every packet.
        let pairs: Vec<u32> = (0..250u32).map(|n| (n * 17 + i) << 16 | 0xffff).collect();
        reports.push(words(205, 1, &[&[1, ssrc], &pairs[..]].concat()));
        // Transport-wide feedback: of 65,535 packets in runs, of none, of more than there are deltas, cut short.
        let runs = [0x1fff_1fff, 0x1fff_1fff, 0x1fff_1fff, 0x1fff_1fff];
        reports.push(words(
            205,
            15,
            &[&[1, ssrc, some << 16 | 0xffff, some << 8 | i & 0xff], &runs[..]].concat(),
        ));
        reports.push(words(
            205,
            15,
            &[
                1,
                ssrc,
                some << 16 | 0xffff,
                some << 8,
                0x3fff_3fff,
                0x3fff_3fff,
                0x3fff_3fff,
            ],
        ));
        reports.push(words(205, 15, &[1, ssrc, 7, some << 8, 0xffff_ffff, some]));
        reports.push(words(205, 15, &[1, ssrc]));
        // REMB of nothing and of everything; PLI and FIR by the dozen; receiver reports of total loss.
        reports.push(words(206, 15, &[1, 0, 0x5245_4d42, 0x01ff_ffff, ssrc]));
        reports.push(words(206, 15, &[1, 0, 0x5245_4d42, 0xff00_0000]));
        reports.push(words(206, 1, &[1, ssrc]));
        let entries: Vec<u32> = (0..100).flat_map(|n| [ssrc, n << 24]).collect();
        reports.push(words(206, 4, &[&[1, 0], &entries[..]].concat()));
        let blocks: Vec<u32> = (0..31)
            .flat_map(|_| [ssrc, 0xff7f_ffff, some, some, some, some])
            .collect();
        reports.push(words(201, 31, &[&[1], &blocks[..]].concat()));
        // A sender report from another century; what a packet has no room for; lengths that lie.
        reports.push(words(200, 0, &[ssrc, some, some, some, some, some]));
        reports.push(words(200, 31, &[ssrc, some]));
        reports.push([&words(201, 0, &[1])[..], &[0x81, 205, 0xff, 0xff]].concat());
        reports.push(words(202, 31, &[ssrc, 0x01ff_ffff]));
        reports.push(words(207, 3, &[1, 0x0400_ffff, some]));
        reports.push(
            [
                &[0x80 | some as u8 & 0x3f, 200 + (some % 8) as u8][..],
                &noise.bytes(i as usize % 300),
            ]
            .concat(),
        );
    }
    reports
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authentic_publisher_that_sends_anything_harms_nobody() {
    let mut hearing = Hearing::begin().await;
    let descriptors = hearing.server.descriptors();
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let mut before = 0;
    for round in 0..3 {
        let relay = Relay::new().await;
        let (mut publisher, place) = hearing.hostile_publisher(Some(&relay)).await;
        for _ in 0..20 {
            publisher.send(true).await;
        }
        let packets = wrong_packets(&mut noise, &publisher);
        let read = hearing.server.counter("oyer_datagrams_in_total").await;
        for chunk in packets.chunks(32) {
            for packet in chunk {
                let mut packet = packet.clone();
                // Past the sender's own check of its SSRC: see the client's link nearest to the wire.
                packet.header.csrc = vec![packet.header.ssrc];
                packet.header.ssrc = publisher.video_ssrc;
                publisher.video.write_rtp(packet).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let ssrcs = [publisher.video_ssrc, 1000 + u32::from(publisher.mark)];
        let reports = wrong_reports(&mut noise, &ssrcs);
        for chunk in reports.chunks(16) {
            for report in chunk {
                let report = RawPacket(Bytes::from(report.clone()));
                publisher.video.write_rtcp(vec![Box::new(report)]).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // The client's own stack leaves out what it cannot write; most of it goes out.
        let sent = (packets.len() + reports.len()) as u64;
        let deadline = Instant::now() + Duration::from_secs(10);
        let came = loop {
            let came = hearing.server.counter("oyer_datagrams_in_total").await - read;
            if came >= sent * 3 / 4 || Instant::now() > deadline {
                break came;
            }
        };
        println!("round {round}: {came} datagrams read for {sent} given to the client");
        assert!(came >= sent * 3 / 4, "{came} of {sent}");
        // Sealed packets again, cut, and with a bit turned over.
        let heard = relay.heard();
        let spoilt = heard.iter().flat_map(|d| {
            let mut turned = d.clone();
            let at = d.len() / 2;
            turned[at] ^= 1;
            [d.clone(), d[..at].to_vec(), turned]
        });
        let spoilt: Vec<_> = spoilt.collect();
        hearing
            .server
            .reads(spoilt, async |datagram| relay.forge(datagram).await)
            .await;
        hearing.goes_on("a publisher that sends anything").await;
        hearing.hostile.end_media_session(&place).await.unwrap();
        publisher.client.pc.close().await.unwrap();
        let memory = hearing.server.memory();
        println!("round {round}: {memory} KiB");
        assert!(
            round == 0 || memory <= before + GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }
    assert_eq!(hearing.server.counter("oyer_sessions_failed_total").await, 0);
    assert_eq!(hearing.server.descriptors(), descriptors);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authentic_receiver_that_reports_anything_harms_nobody() {
    let mut hearing = Hearing::begin().await;
    let descriptors = hearing.server.descriptors();
    let mut noise = Noise(0xd1b5_4a32_d192_ed03);
    let mut before = 0;
    for round in 0..3 {
        let (mut client, place) = hearing.hostile_subscriber(4, None).await;
        client.packet_at("seat0", true).await;
        client.packet_at("seat1", true).await;
        let (mut tracks, mut ssrcs) = (Vec::new(), vec![7]);
        while let Ok(track) = client.tracks.try_recv() {
            ssrcs.extend(track.ssrcs().await);
            tracks.push(track);
        }
        for chunk in wrong_reports(&mut noise, &ssrcs).chunks(16) {
            for report in chunk {
                let report = RawPacket(Bytes::from(report.clone()));
                tracks[0].write_rtcp(vec![Box::new(report)]).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        hearing.goes_on("a receiver that reports anything").await;
        hearing.hostile.end_media_session(&place).await.unwrap();
        client.pc.close().await.unwrap();
        let memory = hearing.server.memory();
        println!("round {round}: {memory} KiB");
        assert!(
            round == 0 || memory <= before + GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }
    assert!(hearing.server.counter("oyer_rtp_nacked_total").await > 10_000);
    assert_eq!(hearing.server.counter("oyer_sessions_failed_total").await, 0);
    assert_eq!(hearing.server.descriptors(), descriptors);
}

/// Authentic checks of one participant from the addresses of others, who speak and listen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_participant_cannot_take_the_place_of_another() {
    let mut hearing = Hearing::begin().await;
    let mut bare = Bare::join(&hearing).await;
    for _ in 0..10 {
        for speaks in [true, false] {
            let checks: Vec<Vec<u8>> = (0..3).map(|_| bare.check()).collect();
            let relay = if speaks {
                &hearing.speaking
            } else {
                &hearing.listening
            };
            hearing
                .server
                .reads(checks, async |check| relay.forge(check).await)
                .await;
            hearing.goes_on("a check from another's address").await;
        }
    }
}
