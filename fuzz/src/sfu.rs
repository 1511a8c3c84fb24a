//! What the media engine reads of a stranger before the WebRTC stack does: the files themselves, without the engine.

// Each is used here in part.
#[allow(dead_code)]
#[path = "../../src/sfu/error.rs"]
mod error;
#[allow(dead_code)]
#[path = "../../src/sfu/formats.rs"]
mod formats;
#[path = "../../src/sfu/gate.rs"]
mod gate;
#[path = "../../src/sfu/kind.rs"]
mod kind;
#[allow(dead_code)]
#[path = "../../src/sfu/negotiate.rs"]
mod negotiate;
#[path = "../../src/sfu/sdpfrag.rs"]
mod sdpfrag;
#[path = "../../src/sfu/stun.rs"]
mod stun;

use crate::input::Input;
use gate::Gate;
use negotiate::{CANDIDATES_MAX, Offer, SDP_BYTES_MAX, SEATS_MAX};
use sdpfrag::Fragment;
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// One STUN message, and a ClientHello that comes in several datagrams.
pub fn stun(data: &[u8]) {
    if let Some(ufrag) = stun::local_ufrag(data) {
        assert!(stun::is_binding_request(data) && !stun::is_binding_success(data));
        assert!(ufrag.is_empty() || data.windows(ufrag.len()).any(|w| w == ufrag.as_bytes()));
    }
    // Nobody guesses a password.
    assert!(!stun::is_authentic(data, "what the fuzzer cannot know"));
    let mut input = Input(data);
    let mut hello = stun::ClientHello::default();
    while let Some(datagram) = input.piece() {
        let whole = hello.take(datagram);
        assert!(whole.is_none() || stun::protocol(datagram) == stun::Protocol::Dtls);
    }
}

/// Datagrams at the gate before the stack, all at one time.
pub fn gate(data: &[u8]) {
    let now = Instant::now();
    let mut gate = Gate::new(now);
    let mut dtls = 0;
    let mut input = Input(data);
    while let Some(datagram) = input.piece() {
        if !gate.admits(datagram, now) {
            continue;
        }
        match stun::protocol(datagram) {
            stun::Protocol::Dtls => dtls += 1,
            stun::Protocol::Stun => {}
            // Media is read beside the stack.
            stun::Protocol::Media | stun::Protocol::Other => panic!("not for the stack"),
        }
    }
    assert!(dtls <= 128 && gate.admits_candidate(now));
    assert!(gate.admits_address(now + Duration::from_secs(1)));
}

fn lines<'a>(sdp: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    sdp.lines().filter(move |l| l.starts_with(start))
}

fn is_good(offer: &Offer) {
    assert!((1..=2 * SEATS_MAX).contains(&offer.sections.len()));
    assert!(offer.sdp.len() <= 2 * SDP_BYTES_MAX);
    assert!(lines(&offer.sdp, "a=candidate:").count() <= CANDIDATES_MAX);
    assert_eq!(lines(&offer.sdp, "m=").count(), offer.sections.len());
    for section in &offer.sections {
        let _ = offer.source(&section.mid);
    }
    for (pt, _) in &offer.codecs {
        assert!(offer.codec(*pt).is_some());
    }
    for (_, repaired) in &offer.repairs {
        assert!(offer.codec(*repaired).is_some());
    }
}

/// An offer by WHIP or WHEP.
pub fn sdp_offer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for read in [Offer::publish, Offer::subscribe] {
        let Ok(offer) = read(text) else { continue };
        is_good(&offer);
        // What is handed on is read as what was taken.
        let again = read(&offer.sdp);
        assert_eq!(again.as_ref(), Ok(&offer), "{text}");
        assert!(negotiate::attribute(&offer.sdp, "ice-ufrag").is_some());
    }
}

static OFFER: LazyLock<Offer> = LazyLock::new(|| {
    let sdp = include_str!("../seeds/sdp_offer/publish.sdp");
    Offer::publish(sdp).expect("the seed is an offer")
});

/// A fragment by PATCH, and one made of an answer.
pub fn sdp_fragment(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let answering = sdpfrag::of_answer(text);
    assert!(lines(&answering, "a=ice-").count() <= 2);
    let Ok(fragment) = Fragment::parse(text) else {
        return;
    };
    assert!(fragment.candidates.len() <= CANDIDATES_MAX);
    let distinct: HashSet<_> = fragment.candidates.iter().collect();
    assert_eq!(distinct.len(), fragment.candidates.len());
    assert!(fragment.candidates.iter().all(|c| negotiate::usable_candidate(c)));
    let Ok(applied) = fragment.applied_to(&OFFER.sdp) else {
        return;
    };
    let applied = Offer::publish(&applied).expect("the offer with other credentials");
    is_good(&applied);
    assert_eq!(
        (Some(&applied.ufrag), Some(&applied.pwd)),
        (fragment.ufrag.as_ref(), fragment.pwd.as_ref())
    );
    assert_eq!(applied.sections, OFFER.sections);
    assert_eq!(
        lines(&applied.sdp, "a=candidate:").count(),
        fragment.candidates.len()
    );
}
