use super::*;

fn offer(lines: &[&str]) -> String {
    let mut sdp = String::from(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
         a=fingerprint:sha-256 00\r\na=setup:actpass\r\n",
    );
    for line in lines {
        sdp.push_str(line);
        sdp.push_str("\r\n");
    }
    sdp
}

fn seats(n: usize) -> String {
    let mut lines = Vec::new();
    for i in 0..n {
        lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 111".to_string());
        lines.push("a=rtpmap:111 opus/48000/2".to_string());
        lines.push(format!("a=mid:a{i}"));
        lines.push("a=recvonly".to_string());
        lines.push("m=video 9 UDP/TLS/RTP/SAVPF 96".to_string());
        lines.push("a=rtpmap:96 VP8/90000".to_string());
        lines.push(format!("a=mid:v{i}"));
        lines.push("a=recvonly".to_string());
    }
    offer(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

const PUBLISH: [&str; 12] = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=mid:0",
    "a=sendonly",
    "a=rtpmap:111 opus/48000/2",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=mid:1",
    "a=sendonly",
    "a=fmtp:97 apt=96",
    "a=ssrc-group:FID 10 20",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
];

#[test]
fn a_publication_is_read() {
    let o = Offer::publish(&offer(&PUBLISH)).unwrap();
    assert_eq!((o.count(Kind::Audio), o.count(Kind::Video)), (1, 1));
    assert_eq!(o.sections[0].audio_level, Some(4));
    assert_eq!(o.repairs, [(97, 96)]);
    assert_eq!(o.repair_ssrcs, [(20, 10)]);
    assert_eq!(o.rid_extension, Some(10));
    assert_eq!((o.ufrag.as_str(), o.pwd.len()), ("abcd", 22));
}

#[test]
fn a_publication_must_send_and_be_small() {
    let mut lines = PUBLISH;
    lines[2] = "a=recvonly";
    assert!(matches!(
        Offer::publish(&offer(&lines)),
        Err(NegotiationError::Unsupported(_))
    ));
    let two = [
        "m=audio 9 x 111",
        "a=mid:8",
        "a=sendonly",
        "a=rtpmap:111 opus/48000/2",
    ];
    let both: Vec<&str> = PUBLISH.iter().chain(&two).copied().collect();
    assert!(matches!(
        Offer::publish(&offer(&both)),
        Err(NegotiationError::Unsupported(_))
    ));
}

#[test]
fn seats_are_counted_and_bounded() {
    assert_eq!(Offer::subscribe(&seats(3)).unwrap().seats(), 3);
    assert_eq!(Offer::subscribe(&seats(64)).unwrap().seats(), 64);
    assert!(matches!(
        Offer::subscribe(&seats(65)),
        Err(NegotiationError::Full(_))
    ));
    assert!(Offer::publish(&seats(1)).is_err(), "it does not send");
}

#[test]
fn what_is_missing_is_named() {
    for (from, to, say) in [
        ("a=ice-ufrag:abcd\r\n", "", "ICE"),
        ("a=fingerprint:sha-256 00\r\n", "", "fingerprint"),
        ("a=mid:1", "a=mid:0", "mid"),
        ("v=0", "w=0", "v=0"),
        ("s=-", "nonsense", "x=value"),
        ("96 VP8", "96 H264", "without vp8"),
        ("111 opus", "111 PCMU", "without opus"),
    ] {
        let error = Offer::publish(&offer(&PUBLISH).replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(say), "{error}");
    }
    assert!(Offer::publish(&offer(&[])).is_err());
    assert!(Offer::publish(&offer(&["m=application 9 x y", "a=mid:0"])).is_err());
    assert!(Offer::publish(&offer(&PUBLISH).replace("actpass", "passive")).is_err());
    assert!(Offer::publish(&"v=0\r\n".repeat(SDP_BYTES_MAX / 5 + 1)).is_err());
    assert!(Offer::publish(&"v=0\n".repeat(LINES_MAX + 1)).is_err());
}

#[test]
fn only_literal_udp_candidates_pass() {
    let mut lines: Vec<&str> = PUBLISH.to_vec();
    lines.extend([
        "a=candidate:1 1 udp 2 192.0.2.1 5000 typ host",
        "a=candidate:1 1 UDP 2 2001:db8::1 5000 typ host",
        "a=candidate:1 1 tcp 2 192.0.2.2 9 typ host tcptype active",
        "a=candidate:1 1 udp 2 d1d2.local 5000 typ host",
        "a=candidate:1 1 udp 2 0.0.0.0 5000 typ host",
        "a=candidate:1 1 udp 2 255.255.255.255 5000 typ host",
        "a=candidate:1 1 udp 2 ::ffff:255.255.255.255 5000 typ host",
        "a=candidate:1 1 udp 2 224.0.0.1 5000 typ host",
        "a=candidate:1 2 udp 2 192.0.2.3 5000 typ host",
        "a=candidate:1 1 udp 2 192.0.2.4 0 typ host",
        "a=candidate:nonsense",
    ]);
    let o = Offer::publish(&offer(&lines)).unwrap();
    let kept: Vec<&str> = o.sdp.lines().filter(|l| l.starts_with("a=candidate")).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[test]
fn sound_is_no_picture_however_it_is_protected() {
    let mut lines = PUBLISH.to_vec();
    lines.splice(
        4..4,
        [
            "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111",
            "a=rtpmap:112 rtx/48000",
            "a=fmtp:112 apt=111",
        ],
    );
    let offer = Offer::publish(&offer(&lines)).unwrap();
    for sound in [111, 63, 112] {
        assert!(!offer.is_picture(sound), "{sound}");
    }
    for picture in [96, 97] {
        assert!(offer.is_picture(picture), "{picture}");
    }
}

#[test]
fn candidates_of_the_server_itself_are_known_and_left_out() {
    for (candidate, loopback) in [
        ("1 1 udp 2 127.0.0.1 5000 typ host", true),
        ("1 1 udp 2 127.9.9.9 5000 typ host", true),
        ("1 1 udp 2 ::1 5000 typ host", true),
        ("1 1 udp 2 ::ffff:127.0.0.1 5000 typ host", true),
        ("1 1 udp 2 192.0.2.1 5000 typ host", false),
    ] {
        assert_eq!(is_loopback(candidate), loopback, "{candidate}");
    }
    let mut lines: Vec<&str> = PUBLISH.to_vec();
    lines.push("a=candidate:1 1 udp 2 127.0.0.1 5000 typ host");
    lines.push("a=candidate:2 1 udp 2 192.0.2.1 5000 typ host");
    let mut o = Offer::publish(&offer(&lines)).unwrap();
    let whole = o.sdp.clone();
    o.sift(|_| true);
    assert_eq!(o.sdp, whole);
    o.sift(|candidate| !is_loopback(candidate));
    assert_eq!(
        o.sdp,
        whole.replace("a=candidate:1 1 udp 2 127.0.0.1 5000 typ host\r\n", "")
    );
}

#[test]
fn protection_of_sound_is_read_where_it_is_of_opus() {
    let with = |lines: &[&str]| {
        let sound = "a=rtpmap:111 opus/48000/2";
        let text = offer(&PUBLISH);
        assert!(text.contains(sound));
        let o = Offer::publish(&text.replace(sound, &[&[sound], lines].concat().join("\r\n"))).unwrap();
        (o.red, o.sound_nack, o.nack(Source::Microphone))
    };
    let red = "a=rtpmap:63 red/48000/2";
    assert_eq!(with(&[]), (None, false, false));
    assert_eq!(
        with(&[red, "a=fmtp:63 111/111", "a=rtcp-fb:111 nack"]),
        (Some(63), true, true)
    );
    assert_eq!(with(&[red]).0, None, "of what is not said");
    assert_eq!(with(&[red, "a=fmtp:63 111/0"]).0, None);
    assert_eq!(with(&[red, "a=fmtp:63 0/0"]).0, None);
    assert_eq!(with(&["a=rtpmap:63 red/8000", "a=fmtp:63 111/111"]).0, None);
    assert!(!with(&["a=rtcp-fb:111 nack pli"]).1);
    assert!(!with(&["a=rtcp-fb:9 nack"]).1);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(v=0\r\n)?([amcos]=[ -~]{0,40}\r?\n){0,30}") {
        let _ = Offer::publish(&text);
        let _ = Offer::subscribe(&text);
        let _ = super::super::sdpfrag::Fragment::parse(&text);
    }
}
