//! Those who take part in nothing: whatever they send, they get no answer and leave no trace.

use super::people::Hearing;
use super::server::media_address;
use super::wire::{self, BINDING_REQUEST, Noise, PRIORITY, USE_CANDIDATE, USERNAME};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a process may grow by, in KiB, while it does what it has done before: the allocator's own ups and downs.
pub const GROWTH_KIB: u64 = 4096;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_not_answered_and_cost_nothing() {
    let mut hearing = Hearing::begin().await;
    // The hostile participant knows a user fragment of the server: that of their own session.
    let mut client = super::sfu_client::Client::new(None, super::sfu_client::Loses::Nothing).await;
    client.add_seats(1).await;
    let offer = client.offer().await;
    let path = format!("/hearings/{}/whep", hearing.id);
    let (_, answer) = hearing.hostile.offer(&path, offer).await.unwrap();
    let to = media_address(&answer);
    let line = |name: &str| answer.lines().find_map(|l| l.strip_prefix(name)).unwrap();
    let (ufrag, pwd) = (line("a=ice-ufrag:"), line("a=ice-pwd:"));
    let sockets: Vec<UdpSocket> = (0..50)
        .map(|_| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        })
        .collect();
    let turn = AtomicUsize::new(0);
    let send = async |datagram: Vec<u8>| {
        let socket = &sockets[turn.fetch_add(1, Ordering::Relaxed) % sockets.len()];
        socket.send_to(&datagram, to).unwrap();
    };
    let request = |user: &str, password: &str, transaction: u8| {
        let attributes: [(u16, &[u8]); 3] = [
            (USERNAME, user.as_bytes()),
            (PRIORITY, &[0x6e, 0, 1, 0xff]),
            (USE_CANDIDATE, &[]),
        ];
        wire::stun(BINDING_REQUEST, [transaction; 12], &attributes, Some(password))
    };
    let mut noise = Noise(0x0123_4567_89ab_cdef);
    let mut before = 0;
    for round in 0..3 {
        let mut datagrams = wire::garbage(&mut noise, 6000);
        for i in 0..1000u32 {
            // Unknown users, and a known one with a wrong password or none.
            datagrams.push(request(&format!("u{i}:me"), pwd, i as u8));
            datagrams.push(request(
                &format!("{ufrag}:me"),
                "wrongwrongwrongwrongwrong",
                i as u8,
            ));
            let user = format!("{ufrag}:me");
            datagrams.push(wire::stun(
                BINDING_REQUEST,
                [i as u8; 12],
                &[(USERNAME, user.as_bytes())],
                None,
            ));
        }
        // A right one, cut anywhere before its end.
        let right = request(&format!("{ufrag}:me"), pwd, 1);
        datagrams.extend((0..right.len()).map(|n| right[..n].to_vec()));
        let unknown = hearing.server.counter("oyer_datagrams_unknown_total").await;
        let count = hearing.server.reads(datagrams, send).await as u64;
        let unknown = hearing.server.counter("oyer_datagrams_unknown_total").await - unknown;
        assert!(unknown + 64 >= count, "{unknown} of {count}");
        hearing.goes_on("garbage of strangers").await;
        let memory = hearing.server.memory();
        assert!(
            round == 0 || memory <= before + GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }
    let mut buffer = [0; 2048];
    for socket in &sockets {
        assert!(socket.recv_from(&mut buffer).is_err(), "a stranger was answered");
    }
}
