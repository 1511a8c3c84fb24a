//! Media over TCP (RFC 6544, RFC 4571): those who need it get it, in both directions; those who hold connections, send
//! what is no packet or do not read are cut, and the hearing does not notice.

use super::bridge::Bridge;
use super::insider::Bare;
use super::people::Hearing;
use super::sfu_client::Publisher;
use super::strangers::GROWTH_KIB;
use super::wire::{self, BINDING_REQUEST, BINDING_SUCCESS, Noise, USERNAME};
use oyer::rtp::framing;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// The server's patience for a first packet is four seconds.
const CUT_WITHIN: Duration = Duration::from_secs(10);
/// A peer that takes nothing is given up after ten seconds, and a look is taken each second.
const STALLED_WITHIN: Duration = Duration::from_secs(40);

fn frame(packet: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    framing::put(packet, &mut frame);
    frame
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(CUT_WITHIN)).unwrap();
    stream
}

/// Nothing was said before the connection ended, and it ended in time.
fn is_cut(stream: &mut TcpStream, what: &str) {
    match stream.read(&mut [0; 16]) {
        Ok(0) => {}
        Ok(_) => panic!("{what} was answered"),
        Err(error) => assert!(
            !matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ),
            "{what} is not cut"
        ),
    }
}

/// The next packet of the server.
fn packet(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut packet).unwrap();
    packet
}

/// The kind of the next STUN message that is no request: the server sends checks of its own.
fn answer(stream: &mut TcpStream) -> u16 {
    loop {
        let packet = packet(stream);
        let kind = u16::from_be_bytes([packet[0], packet[1]]);
        if kind != BINDING_REQUEST {
            return kind;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_behind_tcp_speaks_and_is_spoken_to() {
    let mut hearing = Hearing::begin().await;
    let (up, down) = (Bridge::new().await, Bridge::new().await);
    let (mut publisher, _) = hearing.hostile_publisher(Some(&up)).await;
    let (mut subscriber, _) = hearing.hostile_subscriber(4, Some(&down)).await;
    subscriber.packet_at("seat0", true).await;
    subscriber.packet_at("seat1", false).await;
    is_heard(&hearing, &mut publisher).await;
    let of = async |hearing: &Hearing, what: &str| {
        let name = format!("oyer_media_connections_{what}_total");
        hearing.server.counter(&name).await
    };
    assert_eq!(of(&hearing, "opened").await, 2);
    assert_eq!(of(&hearing, "ended").await, 0);
    hearing.goes_on("people over TCP").await;
    // Another session of theirs takes the place of the one that receives, whose connection ends with it.
    let mut bare = Bare::join(&hearing).await;
    let deadline = Instant::now() + CUT_WITHIN;
    while of(&hearing, "ended").await == 0 {
        assert!(Instant::now() < deadline);
    }
    // And whoever has the address of the one who speaks, over UDP, and a session of their own, takes nothing away.
    let address = up.local.lock().unwrap().unwrap();
    let forger = UdpSocket::bind(address).unwrap();
    for _ in 0..5 {
        forger.send_to(&bare.check(), bare.server()).unwrap();
        is_heard(&hearing, &mut publisher).await;
    }
    assert_eq!(of(&hearing, "ended").await, 1);
}

/// What the publisher sends comes to the server: more comes than the two others send, a hundred packets a second each.
async fn is_heard(hearing: &Hearing, publisher: &mut Publisher) {
    const OF_OTHERS: f64 = 250.0;
    let before = hearing.server.counter("oyer_rtp_packets_in_total").await;
    let begun = Instant::now();
    loop {
        assert!(
            begun.elapsed() < CUT_WITHIN,
            "what is sent over TCP does not come"
        );
        for _ in 0..50 {
            let key = publisher.client.plis.try_recv().is_ok();
            publisher.send(key).await;
        }
        let came = hearing.server.counter("oyer_rtp_packets_in_total").await - before;
        if came as f64 >= OF_OTHERS * begun.elapsed().as_secs_f64() + 200.0 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_on_tcp_are_cut() {
    let mut hearing = Hearing::begin().await;
    let mut bare = Bare::join(&hearing).await;
    let to = bare.server_tcp;
    let user = bare.user.clone();
    let request = |user: &str, password: Option<&str>| {
        wire::stun(BINDING_REQUEST, [9; 12], &[(USERNAME, user.as_bytes())], password)
    };
    let right = frame(&bare.check());
    let openings: Vec<(&str, Vec<u8>)> = vec![
        ("silence", vec![]),
        ("half a length", vec![0]),
        ("a length", right[..2].to_vec()),
        ("half a check", right[..right.len() / 2].to_vec()),
        ("nothing, again and again", vec![0; 2000]),
        ("too much of nothing", vec![0; 5000]),
        ("a packet that is too long", vec![0xff; 4000]),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: court\r\n\r\n".to_vec()),
        ("noise", frame(&Noise(7).bytes(900))),
        ("DTLS", frame(&wire::client_hello())),
        ("media", frame(&wire::rtp(7, 7))),
        ("an unknown user", frame(&request("nobody:me", Some("password")))),
        ("no user", frame(&wire::stun(BINDING_REQUEST, [9; 12], &[], None))),
        (
            "a wrong password",
            frame(&request(&user, Some("wrongwrongwrongwrongwrong"))),
        ),
        ("no password", frame(&request(&user, None))),
    ];
    for round in 0..2 {
        let begun = Instant::now();
        let mut streams: Vec<(&str, TcpStream)> = Vec::new();
        for (what, bytes) in &openings {
            let mut stream = connect(to);
            stream.write_all(bytes).unwrap();
            streams.push((what, stream));
        }
        for (what, stream) in &mut streams {
            is_cut(stream, what);
        }
        eprintln!("round {round}: all were cut after {:?}", begun.elapsed());
    }
    let refused = hearing
        .server
        .counter("oyer_media_connections_refused_total")
        .await;
    assert_eq!(refused, 2 * openings.len() as u64);

    // More of the silent than there is place for: whoever says who they are is served at once.
    let silent: Vec<TcpStream> = (0..300).map(|_| connect(to)).collect();
    let mut slow = connect(to);
    for byte in frame(&bare.first_check()) {
        slow.write_all(&[byte]).unwrap();
    }
    assert_eq!(answer(&mut slow), BINDING_SUCCESS);
    let mut quick = connect(to);
    quick
        .write_all(
            &[
                vec![0; 200],
                frame(&bare.first_check()),
                frame(&bare.first_check()),
            ]
            .concat(),
        )
        .unwrap();
    assert_eq!(answer(&mut quick), BINDING_SUCCESS);
    assert_eq!(answer(&mut quick), BINDING_SUCCESS);
    drop(silent);
    // What is no packet ends a connection of a session as well, and that one alone.
    quick.write_all(&[0xff; 4]).unwrap();
    while quick.read(&mut [0; 2048]).is_ok_and(|n| n > 0) {}
    slow.write_all(&frame(&bare.first_check())).unwrap();
    assert_eq!(answer(&mut slow), BINDING_SUCCESS);
    assert_eq!(
        hearing.server.counter("oyer_media_connections_cut_total").await,
        1
    );
    hearing.goes_on("strangers on TCP").await;
}

/// One participant has so many connections and no more, and gives them back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_has_few_connections() {
    let mut hearing = Hearing::begin().await;
    let mut bare = Bare::join(&hearing).await;
    let streams: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = connect(bare.server_tcp);
            stream.write_all(&frame(&bare.check())).unwrap();
            stream
        })
        .collect();
    let of = async |hearing: &Hearing, what: &str| {
        let name = format!("oyer_media_connections_{what}_total");
        hearing.server.counter(&name).await
    };
    let deadline = Instant::now() + CUT_WITHIN;
    while of(&hearing, "opened").await + of(&hearing, "refused").await < 40 {
        assert!(Instant::now() < deadline);
    }
    assert_eq!(of(&hearing, "opened").await, 16);
    drop(streams);
    while of(&hearing, "ended").await < 16 {
        assert!(Instant::now() < deadline);
    }
    hearing.goes_on("many connections of one session").await;
}

/// Who does not read is sent no more pictures than fit a bound, and in the end nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_cut_and_nobody_waits() {
    let mut hearing = Hearing::begin().await;
    let down = Bridge::new().await;
    let (mut subscriber, _) = hearing.hostile_subscriber(4, Some(&down)).await;
    subscriber.packet_at("seat0", true).await;
    let memory = hearing.server.memory();
    down.read(false);
    let begun = Instant::now();
    while hearing.server.counter("oyer_media_connections_cut_total").await == 0 {
        assert!(
            begun.elapsed() < STALLED_WITHIN,
            "the one who does not read is kept"
        );
        hearing.goes_on("someone who does not read").await;
    }
    eprintln!("cut after {:?}", begun.elapsed());
    let after = hearing.server.memory();
    assert!(after <= memory + GROWTH_KIB, "{memory} to {after} KiB");
    hearing.goes_on("the end of someone who did not read").await;
}
