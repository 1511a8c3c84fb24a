//! Session descriptions that are wrong, huge or made to be slow.

use super::people::{Hearing, join};
use super::sfu_client::{Client, Loses};
use oyer::sfu::{SDP_BYTES_MAX, SEATS_MAX};
use reqwest::{Method, StatusCode};
use std::time::{Duration, Instant};

/// Sends until the server does not say that it was too much at once.
async fn patiently(
    hearing: &Hearing,
    method: Method,
    path: &str,
    kind: &str,
    body: &str,
) -> (StatusCode, Duration) {
    let session = hearing.hostile.session().unwrap();
    loop {
        let begin = Instant::now();
        let request = hearing.server.ask(method.clone(), path, session);
        let answer = request
            .header("content-type", kind)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        if answer.status() != StatusCode::TOO_MANY_REQUESTS {
            return (answer.status(), begin.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn section(kind: &str, direction: &str, mid: &str, more: &str) -> String {
    let codec = if kind == "audio" {
        "111 opus/48000/2"
    } else {
        "96 VP8/90000"
    };
    let pt = &codec[..codec.find(' ').unwrap()];
    format!(
        "m={kind} 9 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n\
         a=rtpmap:{codec}\r\n{more}"
    )
}

fn head(more: &str) -> String {
    let fingerprint = vec!["AB"; 32].join(":");
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\n{more}"
    )
}

fn offers() -> Vec<(&'static str, String)> {
    let audio = |more: &str| section("audio", "recvonly", "0", more);
    let good = head("") + &audio("");
    let lines = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let seats = |n: usize, more: &str| {
        lines(n, &|i| {
            let kind = if i % 2 == 0 { "audio" } else { "video" };
            section(kind, "recvonly", &i.to_string(), more)
        })
    };
    vec![
        ("nothing", String::new()),
        ("one line", "v=0\r\n".into()),
        ("another version", good.replace("v=0", "v=1")),
        ("more than is read", head(&"a=x:y\r\n".repeat(SDP_BYTES_MAX / 7))),
        ("lines without end", head(&"a=x\r\n".repeat(20_000))),
        (
            "thousands of media lines",
            head(&lines(3000, &|i| format!("m=audio 9 x {i}\r\n"))),
        ),
        ("more seats than there are", head(&seats(2 * SEATS_MAX + 1, ""))),
        (
            "every line at its longest",
            head(&seats(2 * SEATS_MAX, &format!("a=x:{}\r\n", "y".repeat(1800)))),
        ),
        (
            "codecs without end",
            head("")
                + &audio(&lines(9000, &|i| {
                    format!("a=rtpmap:{} opus/48000/2\r\n", i % 256)
                })),
        ),
        (
            "repairs without end",
            head("")
                + &audio(&lines(15_000, &|i| {
                    format!("a=fmtp:{} apt={}\r\n", i % 256, i / 256)
                })),
        ),
        (
            "parameters without end",
            head("") + &audio(&lines(9000, &|i| format!("a=fmtp:111 p{i}={i};q\r\n"))),
        ),
        (
            "feedback without end",
            head("") + &audio(&lines(9000, &|i| format!("a=rtcp-fb:{} nack x{i}\r\n", i % 256))),
        ),
        (
            "extensions without end",
            head("") + &audio(&lines(6000, &|i| format!("a=extmap:{} urn:x:{i}\r\n", i % 250))),
        ),
        (
            "SSRCs without end",
            head("") + &audio(&lines(9000, &|i| format!("a=ssrc:{i} cname:x\r\n"))),
        ),
        (
            "layers without end",
            head("") + &audio(&lines(9000, &|i| format!("a=rid:r{i} recv\r\n"))),
        ),
        (
            "candidates without end",
            head("")
                + &audio(&lines(4000, &|i| {
                    format!(
                        "a=candidate:{i} 1 udp 1 10.0.{}.{} 9 typ host\r\n",
                        i / 250,
                        i % 250
                    )
                })),
        ),
        (
            "fingerprints without end",
            head(&"a=fingerprint:sha-256 AB\r\n".repeat(9000)) + &audio(""),
        ),
        (
            "a fingerprint of another kind",
            good.replace("sha-256", "sha-999"),
        ),
        ("a fingerprint that is none", good.replace("AB:AB", "ZZ")),
        ("no fingerprint", good.replace("a=fingerprint", "a=nothing")),
        ("no user fragment", good.replace("a=ice-ufrag:abcd\r\n", "")),
        ("no password", good.replace("a=ice-pwd", "a=x")),
        (
            "a user fragment as long as a book",
            good.replace("abcd", &"a".repeat(100_000)),
        ),
        ("a user fragment with a space", good.replace("abcd", "ab cd")),
        (
            "one mid twice",
            head("") + &audio("") + &section("video", "recvonly", "0", ""),
        ),
        (
            "a mid as long as a book",
            head("") + &section("audio", "recvonly", &"m".repeat(50_000), ""),
        ),
        ("no mid", good.replace("a=mid:0\r\n", "")),
        (
            "a client that is the DTLS server",
            good.replace("actpass", "passive"),
        ),
        ("zeros", good.replace("s=-", "s=\0\0")),
        ("two lines in one", good.replace("s=-", "s=-\ra=candidate:1")),
        (
            "what is no media",
            head("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n"),
        ),
        ("another codec", good.replace("opus", "G722")),
        ("letters for numbers", good.replace("m=audio 9", "m=audio nine")),
        ("numbers beyond all", good.replace("111", "99999999999999999999")),
        (
            "groups of what is not there",
            head("a=group:BUNDLE 7 8 9 9 9\r\n") + &audio(""),
        ),
        (
            "layers of layers",
            head("") + &audio(&format!("a=simulcast:send {}\r\n", "a,b;".repeat(2000))),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_are_refused_or_answered_and_nobody_waits_for_them() {
    let mut hearing = Hearing::begin().await;
    let descriptors = hearing.server.descriptors();
    let mut slowest = (Duration::ZERO, "");
    let mut before = 0;
    for round in 0..3 {
        for (what, offer) in offers() {
            for way in ["whep", "whip"] {
                let offer = if way == "whip" {
                    offer.replace("recvonly", "sendonly")
                } else {
                    offer.clone()
                };
                let path = format!("/hearings/{}/{way}", hearing.id);
                let (status, took) =
                    patiently(&hearing, Method::POST, &path, "application/sdp", &offer).await;
                assert!(
                    status == 201 || status.is_client_error(),
                    "{what} by {way}: {status}"
                );
                slowest = slowest.max((took, what));
            }
            hearing.server.lives(what);
        }
        hearing.goes_on("offers that are wrong").await;
        let memory = hearing.server.memory();
        println!("round {round}: {memory} KiB; slowest {slowest:?}");
        assert!(
            round < 2 || memory <= before + super::strangers::GROWTH_KIB,
            "{before} to {memory} KiB"
        );
        before = memory;
    }

    // Fragments to a session of one's own, and to one that is another's.
    let mut client = Client::new(None, Loses::Nothing).await;
    client.add_seats(1).await;
    let place = join(&hearing.hostile, hearing.id, "whep", &mut client, None).await;
    let place = place.trim_start_matches("/api/v1").to_owned();
    let another = format!("/hearings/{}/whip/{}", hearing.id, uuid::Uuid::now_v7());
    let many: String = (0..300)
        .map(|i| format!("a=candidate:{i} 1 udp 1 10.1.{}.9 9 typ host\r\n", i % 250))
        .collect();
    for body in [
        String::new(),
        "a=ice-ufrag:abc\r\n".into(),
        "a=ice-ufrag:abcdefgh\r\n".into(),
        format!(
            "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n",
            "u".repeat(300),
            "p".repeat(300)
        ),
        "a=candidate:\r\n".repeat(100),
        many.clone(),
        "\0".repeat(100),
        "a=ice-ufrag:ab\rcd\r\n".into(),
        "x".repeat(20_000),
        "a=candidate:1 1 udp 99999999999 10.0.0.1 70000 typ host\r\n".into(),
    ] {
        for path in [&place, &another] {
            let kind = "application/trickle-ice-sdpfrag";
            let (status, _) = patiently(&hearing, Method::PATCH, path, kind, &body).await;
            assert!(
                status == 204 || status.is_client_error(),
                "{status} for {body:.60}"
            );
        }
    }
    // Addresses to send checks to are few, however often they are given.
    let mut taken = 0;
    for round in 0..10 {
        let some: String = (0..8)
            .map(|i| format!("a=candidate:1 1 udp 1 10.2.{round}.{i} 9 typ host\r\n"))
            .collect();
        let kind = "application/trickle-ice-sdpfrag";
        let (status, _) = patiently(&hearing, Method::PATCH, &place, kind, &some).await;
        taken += usize::from(status == 204);
    }
    assert!(taken <= 4, "{taken}");
    hearing.goes_on("fragments that are wrong").await;
    let (status, _) = patiently(&hearing, Method::DELETE, &place, "text/plain", "").await;
    assert!(status.is_success(), "{status}");
    assert_eq!(hearing.server.counter("oyer_sessions_failed_total").await, 0);
    assert_eq!(hearing.server.descriptors(), descriptors);
}
