//! Whoever forges the address of somebody in the hearing, without their keys.

use super::people::Hearing;
use super::relay::Relay;
use super::server::Server;
use super::strangers::GROWTH_KIB;
use super::wire::{
    self, BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Noise, USERNAME, XOR_MAPPED_ADDRESS,
};

/// Everything that can be sent in somebody's name without keys.
fn forgeries(noise: &mut Noise, heard: &[Vec<u8>]) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let alert = |level, what| wire::record(21, 0, 1000, &[level, what]);
    let fresh = noise.number() as u32;
    let ssrcs = (0..10_000u32).map(|i| [wire::rtp(fresh.wrapping_add(i), 1), vec![7; 60]].concat());
    let reports = (0..3000u32).map(|i| {
        let mut packet = vec![0x80, 201, 0, 7];
        packet.extend(fresh.wrapping_add(i).to_be_bytes());
        packet.extend([0; 60]);
        packet
    });
    let mut sealed = Vec::new();
    for number in 0..300u32 {
        sealed.push(wire::record(22, 1, number, &noise.bytes(60)));
        sealed.push(wire::record(23, 1, number, &noise.bytes(900)));
        sealed.push(wire::record(21, 1, number, &noise.bytes(26)));
        sealed.push(wire::record(22, 2, number, &noise.bytes(900)));
    }
    let mut binding = Vec::new();
    for i in 0..500u32 {
        let transaction: [u8; 12] = std::array::from_fn(|j| (i as usize + j) as u8);
        let (user, wrong) = (format!("u{i}:x"), Some("wrongwrongwrongwrongwrong"));
        let address: &[u8] = &[0, 1, 0, 0, 0, 0, 0, 0];
        binding.push(wire::stun(
            BINDING_REQUEST,
            transaction,
            &[(USERNAME, user.as_bytes())],
            wrong,
        ));
        binding.push(wire::stun(
            BINDING_SUCCESS,
            transaction,
            &[(XOR_MAPPED_ADDRESS, address)],
            wrong,
        ));
        binding.push(wire::stun(
            BINDING_ERROR,
            transaction,
            &[(9, &[0, 0, 4, 87])],
            wrong,
        ));
        binding.push(wire::stun(BINDING_ERROR, transaction, &[(9, &[])], None));
    }
    let byes = (0..50u32).map(|i| [&[0x81, 203, 0, 1][..], &i.to_be_bytes()].concat());
    vec![
        ("garbage", wire::garbage(noise, 3000)),
        (
            "alerts in the clear",
            vec![alert(2, 40), alert(1, 0), alert(2, 0), alert(2, 80)],
        ),
        ("a new handshake", vec![wire::client_hello(); 50]),
        (
            "fragments that hold nothing",
            (0..12u16)
                .flat_map(|message| (0..40).map(move |n| (message, n)))
                .map(|(message, n)| {
                    wire::free_fragments(message, n * 110, 2000 + u32::from(message) * 40 + n)
                })
                .collect(),
        ),
        ("sealed records", sealed),
        ("SSRCs by the thousand", ssrcs.collect()),
        ("reports of as many", reports.collect()),
        ("STUN with a wrong password", binding),
        ("goodbyes", byes.collect()),
        ("what was sent before, again", [heard, heard].concat()),
    ]
}

async fn forge(server: &Server, relay: &Relay, datagrams: Vec<Vec<u8>>) {
    server
        .reads(datagrams, async |datagram| relay.forge(datagram).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_forges_an_address_harms_nobody() {
    let mut hearing = Hearing::begin().await;
    let descriptors = hearing.server.descriptors();
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut before = 0;
    for round in 0..3 {
        for listener in [true, false] {
            let relay = if listener {
                &hearing.listening
            } else {
                &hearing.speaking
            };
            let kinds = forgeries(&mut noise, &relay.heard());
            for (what, datagrams) in kinds {
                let relay = if listener {
                    &hearing.listening
                } else {
                    &hearing.speaking
                };
                forge(&hearing.server, relay, datagrams).await;
                hearing
                    .goes_on(&format!("{what}, forged for the listener: {listener}"))
                    .await;
            }
        }
        let memory = hearing.server.memory();
        println!("round {round}: {memory} KiB");
        assert!(
            round == 0 || memory <= before + GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }
    assert_eq!(hearing.server.counter("oyer_sessions_failed_total").await, 0);
    assert_eq!(hearing.server.counter("oyer_sessions_ended_total").await, 0);
    assert_eq!(hearing.server.descriptors(), descriptors);
}
