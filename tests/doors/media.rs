//! Media, and the session that opened it.

use super::courthouse::Court;
use oyer::http::{hash_secret, now_ms, watch};
use reqwest::Method;
use std::time::{Duration, Instant};

/// A plain offer to receive one microphone, from a client that opens no WebSocket.
pub fn offer() -> String {
    let fingerprint = vec!["AB"; 32].join(":");
    let lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        &format!("a=fingerprint:sha-256 {fingerprint}"),
        "a=setup:actpass",
        "a=mid:0",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
    ];
    lines.join("\r\n") + "\r\n"
}

impl Court {
    /// Opens media (`whip` or `whep`), and gives where its session is.
    pub async fn media(&self, kind: &str, session: &str) -> String {
        let offer = match kind {
            "whip" => offer().replace("a=recvonly", "a=sendonly"),
            _ => offer(),
        };
        let opened = self
            .ask(Method::POST, &format!("/api/v1/hearings/{}/{kind}", self.hearing))
            .bearer_auth(session)
            .header("content-type", "application/sdp")
            .body(offer)
            .send()
            .await
            .unwrap();
        assert_eq!(opened.status(), 201, "{}", opened.text().await.unwrap());
        opened.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Opens media to receive, and gives where its session is.
    pub async fn receive(&self, session: &str) -> String {
        self.media("whep", session).await
    }

    /// Ends media, and says whether it was there to be ended.
    pub async fn ends(&self, location: &str, session: &str) -> bool {
        let end = self.ask(Method::DELETE, location).bearer_auth(session);
        end.send().await.unwrap().status().is_success()
    }
}

#[tokio::test]
async fn media_ends_with_its_session_also_without_a_websocket() {
    let court = Court::open().await;
    let app = &court.app;
    let path = format!("/api/v1/hearings/{}/whep", court.hearing);
    let opened = court
        .ask(Method::POST, &path)
        .bearer_auth(&court.judge.session)
        .header("content-type", "application/sdp")
        .body(offer())
        .send()
        .await
        .unwrap();
    assert_eq!(opened.status(), 201, "{}", opened.text().await.unwrap());
    assert_eq!(app.engine.stats().sessions_opened, 1);
    watch::look(app).await;
    assert_eq!(
        app.engine.stats().sessions_ended,
        0,
        "a good session keeps its media"
    );

    // As `oyer person revoke` does it, in a process that knows nothing of live hearings.
    let session = app
        .store
        .session(&hash_secret(&court.judge.session), now_ms())
        .await;
    let invitation = session.unwrap().unwrap().invitation;
    app.store.revoke_invitation(invitation, now_ms()).await.unwrap();
    app.store.end_sessions_of_invitation(invitation).await.unwrap();
    watch::look(app).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while app.engine.stats().sessions_ended == 0 {
        assert!(Instant::now() < deadline, "the media outlived its session");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The relay of the configuration, to the page and to any client of WHIP and WHEP, with credentials of their own.
#[tokio::test]
async fn a_relay_is_told_with_credentials_for_a_time() {
    const URL: &str = "turns:turn.court.example:5349?transport=tcp";
    let court = Court::open().await;
    let path = format!("/api/v1/hearings/{}/ice-servers", court.hearing);
    let servers: serde_json::Value = court
        .ask(Method::GET, &path)
        .bearer_auth(&court.judge.session)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(servers[0]["urls"], serde_json::json!([URL]));
    let user = servers[0]["username"].as_str().unwrap().to_owned();
    let until: i64 = user.split_once(':').unwrap().0.parse().unwrap();
    let now = now_ms() / 1000;
    assert!((now + 3600..now + 24 * 3600).contains(&until), "{until}");

    let opened = court
        .ask(Method::POST, &format!("/api/v1/hearings/{}/whep", court.hearing))
        .bearer_auth(&court.judge.session)
        .header("content-type", "application/sdp")
        .body(offer())
        .send()
        .await
        .unwrap();
    assert_eq!(opened.status(), 201);
    let link = opened.headers()["link"].to_str().unwrap();
    let begin = format!("<{URL}>; rel=\"ice-server\"; username=\"");
    let rest = link.strip_prefix(&begin).unwrap_or_else(|| panic!("{link}"));
    let (theirs, rest) = rest.split_once('"').unwrap();
    assert_ne!(theirs, user, "each asks for their own");
    assert!(rest.starts_with("; credential=\""), "{link}");
    assert!(rest.ends_with("; credential-type=\"password\""), "{link}");
}
