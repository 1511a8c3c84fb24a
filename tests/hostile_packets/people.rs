//! A hearing in session: two who speak, one who listens, and one who is hostile.

use super::relay::{Between, Relay};
use super::server::Server;
use super::sfu_client::{Client, Loses, PATIENCE, Publisher, mark};
use oyer::client::api::Api;
use oyer::court::act::Act;
use oyer::court::id::{HearingId, ParticipantId};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Packets of each stream that have to come, one after the other, before the hearing is taken to go on.
const GOES_ON: usize = 40;
/// The marks of those who speak.
const SPEAK: [u8; 2] = [1, 2];

pub struct Hearing {
    pub server: Server,
    pub id: HearingId,
    /// The hostile one: the API as them.
    pub hostile: Api,
    /// Between the one who listens and the server.
    pub listening: Relay,
    /// Between the first who speaks and the server.
    pub speaking: Relay,
    listener: Client,
    /// Last sequence number of each stream that is listened to.
    last: HashMap<u32, u16>,
    speakers: Vec<JoinHandle<()>>,
}

/// Offers by WHIP or WHEP and takes the answer; through a relay, if there is one. Gives the session's place.
pub async fn join(
    api: &Api,
    hearing: HearingId,
    way: &str,
    client: &mut Client,
    relay: Option<&dyn Between>,
) -> String {
    let offer = client.offer().await;
    let offer = relay.map_or_else(|| offer.clone(), |r| r.offer(&offer));
    let path = format!("/hearings/{hearing}/{way}");
    let (location, answer) = loop {
        match api.offer(&path, offer.clone()).await {
            // A flood by the same participant has used up what they may ask for.
            Err(error) if error.code() == Some("too_many_requests") => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            done => break done.unwrap(),
        }
    };
    client
        .answer(relay.map_or_else(|| answer.clone(), |r| r.answer(&answer)))
        .await;
    client.connected().await;
    location
}

async fn speaker(api: &Api, hearing: HearingId, mark: u8, relay: Option<&dyn Between>) -> JoinHandle<()> {
    let mut publisher = Publisher::new(mark, Loses::Nothing).await;
    join(api, hearing, "whip", &mut publisher.client, relay).await;
    publisher.send(true).await;
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let key = publisher.client.plis.try_recv().is_ok();
            publisher.send(key).await;
        }
    })
}

impl Hearing {
    pub async fn begin() -> Self {
        let server = Server::start().await;
        let id: HearingId = serde_json::from_value(server.demo["hearing_id"].clone()).unwrap();
        let mut apis: Vec<Api> = Vec::new();
        for role in ["judge", "prosecutor", "observer", "defence_counsel"] {
            let people = server.demo["participants"].as_array().unwrap();
            let one = people.iter().find(|p| p["role"] == role).expect(role);
            let participant: ParticipantId = serde_json::from_value(one["id"].clone()).unwrap();
            let (_, secret) = one["link"].as_str().unwrap().split_once('#').unwrap();
            let session = server.api.redeem(secret).await.unwrap();
            let api = server.api.with_session(&session.session);
            api.act(id, &Act::CheckEquipment).await.unwrap();
            api.act(id, &Act::FinishCheck { passed: true }).await.unwrap();
            if let Some(judge) = apis.first() {
                judge.act(id, &Act::Admit { participant }).await.unwrap();
            }
            apis.push(api);
        }
        apis[0].act(id, &Act::Begin).await.unwrap();
        let (speaking, listening) = (Relay::new().await, Relay::new().await);
        let speakers = vec![
            speaker(&apis[0], id, SPEAK[0], Some(&speaking)).await,
            speaker(&apis[1], id, SPEAK[1], None).await,
        ];
        let mut listener = Client::new(None, Loses::Nothing).await;
        listener.add_seats(4).await;
        join(&apis[2], id, "whep", &mut listener, Some(&listening)).await;
        let hostile = apis.remove(3);
        let mut hearing = Self {
            server,
            id,
            hostile,
            listening,
            speaking,
            listener,
            last: HashMap::new(),
            speakers,
        };
        hearing.goes_on("the start").await;
        hearing
    }

    /// The process lives; both who speak are heard and seen, and nothing of it was lost since the last time.
    pub async fn goes_on(&mut self, after: &str) {
        let mut counts: HashMap<(u8, bool), usize> = HashMap::new();
        let missing = |counts: &HashMap<(u8, bool), usize>| {
            let streams = SPEAK.iter().flat_map(|m| [(*m, false), (*m, true)]);
            streams
                .filter(|s| counts.get(s).is_none_or(|n| *n < GOES_ON))
                .count()
        };
        let deadline = Instant::now() + PATIENCE + PATIENCE;
        while missing(&counts) > 0 {
            self.server.lives(after);
            let wait = deadline.saturating_duration_since(Instant::now());
            let received =
                tokio::time::timeout(wait.min(Duration::from_secs(2)), self.listener.packets.recv()).await;
            assert!(
                Instant::now() < deadline,
                "after {after} somebody is no longer heard: {counts:?}"
            );
            let Ok(Some(received)) = received else { continue };
            let speaks = mark(&received);
            if !SPEAK.contains(&speaks) {
                continue;
            }
            let header = &received.packet.header;
            if let Some(last) = self.last.insert(header.ssrc, header.sequence_number) {
                let step = header.sequence_number.wrapping_sub(last);
                assert_eq!(step, 1, "after {after}: {speaks} video={}", received.video);
            }
            *counts.entry((speaks, received.video)).or_default() += 1;
        }
        self.server.lives(after);
    }

    /// A publisher of the hostile one, connected; and where its session is.
    pub async fn hostile_publisher(&self, relay: Option<&dyn Between>) -> (Publisher, String) {
        let mut publisher = Publisher::new(9, Loses::Nothing).await;
        let place = join(&self.hostile, self.id, "whip", &mut publisher.client, relay).await;
        publisher.send(true).await;
        (publisher, place)
    }

    /// A subscriber of the hostile one, connected.
    pub async fn hostile_subscriber(&self, seats: usize, relay: Option<&dyn Between>) -> (Client, String) {
        let mut client = Client::new(None, Loses::Nothing).await;
        client.add_seats(seats).await;
        let place = join(&self.hostile, self.id, "whep", &mut client, relay).await;
        (client, place)
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        for task in &self.speakers {
            task.abort();
        }
    }
}
