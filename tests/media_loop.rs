//! Publishers and subscribers of the `webrtc` crate against the media engine, over real ICE, DTLS and SRTP. The door
//! in front of the engine here knows only WHIP and WHEP; the hearing's rules are tested elsewhere.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::{delete, post};
use oyer::client::api::Api;
use oyer::client::media::look::{LOOKS, Look};
use oyer::client::publish::Publisher;
use oyer::client::subscribe::Subscriber;
use oyer::court::id::HearingId;
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::sfu::{Engine, EngineConfig, Kind, Room, RoomEvent, Route, TrackKey};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use uuid::Uuid;

struct Door {
    api: Api,
    room: Room,
    engine: Engine,
    server: tokio::task::JoinHandle<()>,
    events: mpsc::Receiver<RoomEvent>,
    hearing: HearingId,
}

#[derive(Clone)]
struct Doorkeeper {
    room: Room,
    /// Of a hundred RTP packets so many get lost on the way, in each direction.
    loss_percent: u32,
}

impl Doorkeeper {
    /// The answer, its candidates led through a bad network.
    async fn through_the_network(&self, sdp: String) -> String {
        if self.loss_percent == 0 {
            return sdp;
        }
        let mut lines = Vec::new();
        let mut relay = None;
        for line in sdp.lines() {
            if !line.starts_with("a=candidate:") {
                lines.push(line.to_owned());
                continue;
            }
            let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let engine: SocketAddr = format!("{}:{}", words[4], words[5]).parse().unwrap();
            let port = match relay {
                Some(port) => port,
                None => *relay.insert(bad_network(engine, self.loss_percent).await),
            };
            words[5] = port.to_string();
            lines.push(words.join(" "));
        }
        lines.join("\r\n") + "\r\n"
    }
}

/// Carries datagrams between one client and the engine, and loses RTP. Gives the port for the client.
async fn bad_network(engine: SocketAddr, loss_percent: u32) -> u16 {
    let near = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = near.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut up, mut down) = ([0; 2_048], [0; 2_048]);
        let mut client = None;
        let mut dice = 0x2545_f491_u32;
        let mut lost = |datagram: &[u8]| {
            let rtp = matches!(datagram, [128..=191, second, ..] if !(192..=223).contains(second));
            dice ^= dice << 13;
            dice ^= dice >> 17;
            dice ^= dice << 5;
            rtp && dice % 100 < loss_percent
        };
        loop {
            tokio::select! {
                got = near.recv_from(&mut up) => {
                    let (bytes, from) = got.unwrap();
                    client = Some(from);
                    if !lost(&up[..bytes]) {
                        far.send_to(&up[..bytes], engine).await.unwrap();
                    }
                }
                got = far.recv_from(&mut down) => {
                    let (bytes, _) = got.unwrap();
                    if let (Some(client), false) = (client, lost(&down[..bytes])) {
                        near.send_to(&down[..bytes], client).await.unwrap();
                    }
                }
            }
        }
    });
    port
}

type Answered = Result<(StatusCode, HeaderMap, String), (StatusCode, String)>;

fn created(session: Uuid, sdp: String) -> Answered {
    let mut headers = HeaderMap::new();
    let location = format!("/api/v1/sessions/{session}");
    headers.insert(header::LOCATION, HeaderValue::from_str(&location).unwrap());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/sdp"));
    Ok((StatusCode::CREATED, headers, sdp))
}

async fn whip(State(door): State<Doorkeeper>, body: Bytes) -> Answered {
    let offer = String::from_utf8(body.to_vec()).unwrap();
    let answer = door.room.publish(Uuid::now_v7(), offer).await;
    let answer = answer.map_err(|e| (StatusCode::BAD_REQUEST, e.to_string()))?;
    created(answer.session, door.through_the_network(answer.sdp).await)
}

async fn whep(State(door): State<Doorkeeper>, body: Bytes) -> Answered {
    let offer = String::from_utf8(body.to_vec()).unwrap();
    let answer = door.room.subscribe(Uuid::now_v7(), offer).await;
    let answer = answer.map_err(|e| (StatusCode::BAD_REQUEST, e.to_string()))?;
    created(answer.session, door.through_the_network(answer.sdp).await)
}

async fn end(State(door): State<Doorkeeper>, Path(session): Path<Uuid>) -> StatusCode {
    door.room.end_session(session).await;
    StatusCode::NO_CONTENT
}

impl Door {
    async fn open() -> Self {
        Self::open_with_loss(0).await
    }

    async fn open_with_loss(loss_percent: u32) -> Self {
        let engine = Engine::start(EngineConfig::default()).unwrap();
        let (sender, events) = mpsc::channel(4_096);
        let room = engine.open_room(Uuid::now_v7(), 5, sender);
        let router = axum::Router::new()
            .route("/api/v1/hearings/{id}/whip", post(whip))
            .route("/api/v1/hearings/{id}/whep", post(whep))
            .route("/api/v1/sessions/{id}", delete(end))
            .with_state(Doorkeeper {
                room: room.clone(),
                loss_percent,
            });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            api: Api::new(&format!("http://{address}")).unwrap(),
            room,
            engine,
            server,
            events,
            hearing: HearingId(Uuid::now_v7()),
        }
    }

    /// The next session that came up.
    async fn session(&mut self) -> Uuid {
        loop {
            if let RoomEvent::SessionUp { session, .. } = self.events.recv().await.unwrap() {
                return session;
            }
        }
    }

    async fn publisher(&mut self, look: Look) -> (Publisher, Uuid) {
        let publisher = Publisher::start(&self.api, self.hearing, look, look.name)
            .await
            .unwrap();
        (publisher, self.session().await)
    }

    async fn publisher_in(&mut self, codec: Codec, look: Look) -> (Publisher, Uuid) {
        let publisher = Publisher::start_in(codec, &self.api, self.hearing, look, look.name)
            .await
            .unwrap();
        (publisher, self.session().await)
    }

    async fn subscriber(&mut self, seats: usize) -> (Subscriber, Uuid) {
        let subscriber = Subscriber::start(&self.api, self.hearing, seats).await.unwrap();
        (subscriber, self.session().await)
    }
}

/// Sound and picture of a publication into a seat.
fn seat(subscriber: Uuid, seat: u16, publication: Uuid) -> [Route; 2] {
    [(Kind::Audio, Source::Microphone), (Kind::Video, Source::Camera)].map(|(kind, source)| Route {
        subscriber,
        seat,
        kind,
        track: TrackKey {
            session: publication,
            source,
        },
    })
}

async fn witnessed(subscriber: &Subscriber, expected: &[Option<Look>]) {
    let settled = subscriber.settles(Duration::from_secs(10), |seats| {
        let shown = seats.iter().zip(expected);
        shown.clone().count() == expected.len()
            && shown.into_iter().all(|(seat, look)| {
                seat.seen.iter().eq(look) && seat.heard.iter().eq(look) && seat.active == look.is_some()
            })
    });
    if let Err(shown) = settled.await {
        panic!("{shown:?} instead of {expected:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_show_who_is_routed_there_and_nobody_else() {
    let mut door = Door::open().await;
    let (blue, blue_session) = door.publisher(LOOKS[0]).await;
    let (red, red_session) = door.publisher(LOOKS[2]).await;
    let (viewer, viewer_session) = door.subscriber(3).await;

    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(viewer.packets(), 0, "nothing is routed, nothing arrives");

    let began = Instant::now();
    let routes = [
        seat(viewer_session, 0, blue_session),
        seat(viewer_session, 2, red_session),
    ]
    .concat();
    door.room.set_routes(routes).await.unwrap();
    witnessed(&viewer, &[Some(LOOKS[0]), None, Some(LOOKS[2])]).await;
    println!("two people witnessed {:?} after the routes", began.elapsed());

    let routes = [
        seat(viewer_session, 0, red_session),
        seat(viewer_session, 1, blue_session),
    ]
    .concat();
    let began = Instant::now();
    door.room.set_routes(routes).await.unwrap();
    let seats = viewer.seats();
    witnessed(&viewer, &[Some(LOOKS[2]), Some(LOOKS[0]), None]).await;
    println!("seats switched {:?} after the routes", began.elapsed());
    assert_eq!(viewer.seats()[2].video.packets(), seats[2].video.packets());

    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(viewer.lost(), 0, "{:?}", viewer.seats());
    for seat in &viewer.seats()[..2] {
        assert!(seat.audio.packets() > 80 && seat.video.packets() > 50, "{seat:?}");
    }

    // Cut: when set_routes has returned, what was sent may still be on the way, and nothing more.
    door.room.set_routes(Vec::new()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = viewer.packets();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(viewer.packets(), before);

    println!("WHIP up in {:?} and {:?}", blue.joined_in, red.joined_in);
    println!("{:?}", door.engine.stats());
    blue.close(&door.api).await.unwrap();
    red.close(&door.api).await.unwrap();
    viewer.close(&door.api).await.unwrap();
    door.room.close().await;
    door.server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_switched_off_sends_nothing_and_comes_back() {
    let mut door = Door::open().await;
    let (green, session) = door.publisher(LOOKS[1]).await;
    let (viewer, viewer_session) = door.subscriber(1).await;
    door.room
        .set_routes(seat(viewer_session, 0, session).to_vec())
        .await
        .unwrap();
    witnessed(&viewer, &[Some(LOOKS[1])]).await;

    green.set_source(Source::Microphone, false);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let quiet = viewer.seats();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let after = viewer.seats();
    assert_eq!(quiet[0].audio.packets(), after[0].audio.packets());
    assert!(
        after[0].video.packets() > quiet[0].video.packets(),
        "the picture goes on"
    );

    green.set_source(Source::Microphone, true);
    witnessed(&viewer, &[Some(LOOKS[1])]).await;
    assert_eq!(viewer.lost(), 0);
    green.close(&door.api).await.unwrap();
    viewer.close(&door.api).await.unwrap();
    door.server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_survive_five_percent_of_loss_by_retransmission() {
    let mut door = Door::open_with_loss(5).await;
    let (red, session) = door.publisher(LOOKS[2]).await;
    let (viewer, viewer_session) = door.subscriber(1).await;
    door.room
        .set_routes(seat(viewer_session, 0, session).to_vec())
        .await
        .unwrap();
    witnessed(&viewer, &[Some(LOOKS[2])]).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    witnessed(&viewer, &[Some(LOOKS[2])]).await;
    let seats = viewer.seats();
    let stats = door.engine.stats();
    println!("{:?}", seats[0].video);
    println!("{stats:?}");
    // Two hops of 5 % would lose one picture packet in ten; what is missing now was on its way when looked at.
    let (packets, lost) = (seats[0].video.packets(), seats[0].video.lost());
    assert!(packets > 150 && lost * 100 <= packets, "{lost} of {packets} lost");
    red.close(&door.api).await.unwrap();
    viewer.close(&door.api).await.unwrap();
    door.server.abort();
}

/// One seat goes from a VP8 camera to a VP9 one, to an H.264 one and back, with another of each codec beside it: every
/// picture is decoded, whatever sat there before. Who knows VP8 alone hears everybody, sees whom they can, and gets nothing
/// of what they could not decode.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_shows_people_whose_cameras_speak_different_codecs() {
    let mut door = Door::open().await;
    let mut people = Vec::new();
    for (codec, look) in [Codec::Vp8, Codec::Vp9, Codec::H264].into_iter().zip(LOOKS) {
        people.push(door.publisher_in(codec, look).await);
    }
    let sessions: Vec<Uuid> = people.iter().map(|(_, session)| *session).collect();
    let (everything, viewer) = door.subscriber(2).await;
    let plain = Subscriber::start_with(&[Codec::Vp8], &door.api, door.hearing, 2)
        .await
        .unwrap();
    let old = door.session().await;

    for (first, second) in [(0, 1), (1, 2), (2, 0), (0, 2), (2, 1), (1, 0)] {
        let mut routes = Vec::new();
        for subscriber in [viewer, old] {
            routes.extend(seat(subscriber, 0, sessions[first]));
            routes.extend(seat(subscriber, 1, sessions[second]));
        }
        door.room.set_routes(routes).await.unwrap();
        witnessed(&everything, &[Some(LOOKS[first]), Some(LOOKS[second])]).await;
        let settled = plain.settles(Duration::from_secs(10), |seats| {
            seats.iter().zip([first, second]).all(|(shown, who)| {
                let seen = if who == 0 { vec![LOOKS[who]] } else { vec![] };
                shown.heard.iter().eq([&LOOKS[who]]) && shown.seen.iter().eq(&seen)
            })
        });
        settled
            .await
            .unwrap_or_else(|shown| panic!("{shown:?} with {first} and {second}"));
    }
    assert_eq!(
        everything.lost() + plain.lost(),
        0,
        "on one computer nothing is lost"
    );
    door.server.abort();
}
