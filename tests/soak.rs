//! A hearing in which people come and go without end: nothing may be left of those who went.
//!
//! Twenty seconds by default; `SOAK_SECONDS=1800 cargo test --release --test soak -- --nocapture` runs half an hour and
//! prints what the server held meanwhile.
#![cfg(feature = "server")]

#[path = "hostile_packets/server.rs"]
#[allow(dead_code)]
mod server;

use oyer::client::api::Api;
use oyer::client::fleet::{Fleet, Load};
use oyer::client::socket::Socket;
use oyer::court::act::Act;
use oyer::court::id::{HearingId, ParticipantId};
use oyer::court::state::{ParticipantState, Room};
use oyer::rtp::source::Source;
use server::Server;
use std::time::{Duration, Instant};

const SECONDS: u64 = 20;
/// Until a media session that vanished is given up, and a little more.
const SETTLES_WITHIN: Duration = Duration::from_secs(120);
const TOLD_WITHIN: Duration = Duration::from_secs(20);
/// What memory may differ by from one time to another without anything being kept: what the allocator holds on to.
const MEMORY_SLACK_KIB: u64 = 24 * 1024;
/// Connections that the clients may keep for their next request beyond those of the first round.
const CONNECTIONS_SLACK: usize = 4;
const LOAD: Load = Load {
    kbps: 200,
    simulcast: false,
    loss: 0.0,
};

struct Person {
    id: ParticipantId,
    socket: Socket,
    media: Fleet,
}

struct Soak {
    server: Server,
    hearing: HearingId,
    judge: Person,
    /// Those who come and go: their sessions.
    others: Vec<(ParticipantId, Api)>,
}

/// What the server holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    memory_kib: u64,
    descriptors: usize,
    connections: usize,
    recordings: usize,
    tasks: u64,
    sessions: u64,
}

async fn arrive(id: ParticipantId, api: Api, hearing: HearingId) -> Person {
    let socket = Socket::connect(&api, hearing).await.unwrap();
    let mut media = Fleet::new(LOAD, 1, 1).unwrap();
    media.publish(&api, hearing).await.unwrap();
    media.subscribe(&api, hearing, 4).await.unwrap();
    media.measure();
    Person { id, socket, media }
}

impl Person {
    /// Does an act, and no faster than one participant may.
    async fn act(&self, act: Act) {
        tokio::time::sleep(Duration::from_millis(60)).await;
        self.socket.act(act).await.unwrap();
    }

    async fn is(&self, state: ParticipantState) {
        let id = self.id;
        let what = format!("being {state:?}");
        let there = self.socket.hearing_where(&what, TOLD_WITHIN, |hearing| {
            hearing
                .participants
                .iter()
                .any(|p| p.id == id && p.state == state)
        });
        there.await.unwrap();
    }
}

impl Soak {
    async fn begin() -> Self {
        let server = Server::start().await;
        let hearing: HearingId = serde_json::from_value(server.demo["hearing_id"].clone()).unwrap();
        let mut people = Vec::new();
        for role in ["judge", "prosecutor", "defence_counsel", "interpreter"] {
            let all = server.demo["participants"].as_array().unwrap();
            let one = all.iter().find(|p| p["role"] == role).expect(role);
            let id: ParticipantId = serde_json::from_value(one["id"].clone()).unwrap();
            let (_, secret) = one["link"].as_str().unwrap().split_once('#').unwrap();
            let session = server.api.redeem(secret).await.unwrap();
            people.push((id, server.api.with_session(&session.session)));
        }
        let (id, api) = people.remove(0);
        let judge = arrive(id, api, hearing).await;
        judge.act(Act::FinishCheck { passed: true }).await;
        judge.act(Act::Begin).await;
        Self {
            server,
            hearing,
            judge,
            others: people,
        }
    }

    /// Everybody but the judge comes, is let in, is silenced and let speak, goes into a consultation and back, and goes:
    /// in good order or like somebody whose cable is pulled.
    async fn round(&mut self, number: u64) {
        let judge = &self.judge;
        let on_record = number.is_multiple_of(3);
        if on_record {
            judge.act(Act::GoOnRecord).await;
        }
        let mut here = Vec::new();
        for (id, api) in &self.others {
            let person = arrive(*id, api.clone(), self.hearing).await;
            if person
                .socket
                .hearing()
                .participants
                .iter()
                .any(|p| p.id == *id && p.state != ParticipantState::InHearing)
            {
                person.act(Act::FinishCheck { passed: true }).await;
                judge.act(Act::Admit { participant: *id }).await;
            }
            person.is(ParticipantState::InHearing).await;
            here.push(person);
        }
        for person in &here {
            let participant = person.id;
            for on in [false, true] {
                let source = Source::Microphone;
                person.act(Act::SetSource { source, on }).await;
            }
            for muted in [true, false] {
                judge.act(Act::Mute { participant, muted }).await;
            }
            for (room, state) in [
                (Room::ConsultationRoom, ParticipantState::InConsultation),
                (Room::HearingRoom, ParticipantState::InHearing),
            ] {
                let with = None;
                judge
                    .act(Act::Move {
                        participant,
                        room,
                        with,
                    })
                    .await;
                person.is(state).await;
            }
        }
        for (n, person) in here.into_iter().enumerate() {
            if (number + n as u64).is_multiple_of(2) {
                person.act(Act::Leave).await;
            }
            let counts = person.media.end().await;
            assert!(
                counts.received > 0,
                "round {number}: somebody heard and saw nobody"
            );
        }
        if on_record {
            judge.act(Act::GoOffRecord).await;
        }
        self.server.lives(&format!("round {number}"));
    }

    async fn held(&self) -> Held {
        let opened = self.server.counter("oyer_sessions_opened_total").await;
        let ended = self.server.counter("oyer_sessions_ended_total").await;
        Held {
            memory_kib: self.server.memory(),
            descriptors: self.server.descriptors(),
            connections: self.server.connections(),
            recordings: self.server.recordings(),
            tasks: self.server.counter("oyer_tasks").await,
            sessions: opened - ended,
        }
    }

    /// Waits until nothing but the judge is left.
    async fn settles(&self, as_before: Held) -> Held {
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            let now = self.held().await;
            if now.descriptors <= as_before.descriptors
                && now.tasks <= as_before.tasks
                && now.sessions <= as_before.sessions
            {
                return now;
            }
            assert!(
                Instant::now() < deadline,
                "something is left: {now:?}, and was {as_before:?}"
            );
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_leaves_nothing_behind() {
    let seconds = std::env::var("SOAK_SECONDS").map_or(SECONDS, |s| s.parse().unwrap());
    let mut soak = Soak::begin().await;
    let alone = soak.held().await;
    println!("alone: {alone:?}");
    // What is kept for as long as the server runs is made in the first round.
    soak.round(0).await;
    let first = soak.settles(alone).await;
    println!("after the first round: {first:?}");
    let begun = Instant::now();
    let mut number = 0;
    while begun.elapsed().as_secs() < seconds {
        number += 1;
        soak.round(number).await;
        if number.is_multiple_of(10) {
            println!(
                "{:>5} s, round {number}: {:?}",
                begun.elapsed().as_secs(),
                soak.held().await
            );
        }
    }
    let last = soak.settles(alone).await;
    assert!(
        last.connections <= first.connections + CONNECTIONS_SLACK,
        "connections are left: {last:?} after {number} rounds, {first:?} after the first"
    );
    // The books of the sitting's recording stay open to its end.
    assert!(
        last.recordings <= first.recordings,
        "files of recordings are open: {last:?} after {number} rounds, {first:?} after the first"
    );
    println!("after {number} rounds: {last:?}");
    assert!(
        last.memory_kib <= first.memory_kib + MEMORY_SLACK_KIB,
        "memory grew from {first:?} to {last:?} in {number} rounds"
    );
}
