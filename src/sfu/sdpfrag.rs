//! ICE restart and trickle by PATCH: `application/trickle-ice-sdpfrag` (RFC 8840; RFC 9725, section 4.3).

use super::error::NegotiationError;
use super::negotiate::{CANDIDATES_MAX, is_plain, usable_candidate};

/// Longest fragment that is read, in bytes.
const BYTES_MAX: usize = 16 * 1024;

/// A fragment: credentials if it restarts ICE or says whose candidates it brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fragment {
    pub(super) ufrag: Option<String>,
    pub(super) pwd: Option<String>,
    /// Values of the usable `a=candidate:` lines, each once.
    pub(super) candidates: Vec<String>,
}

impl Fragment {
    /// Reads a fragment; what it does not know it skips, as RFC 8840 asks.
    pub(super) fn parse(text: &str) -> Result<Self, NegotiationError> {
        if text.len() > BYTES_MAX {
            return Err(NegotiationError::Full("size of an sdpfrag"));
        }
        let mut fragment = Fragment::default();
        for line in text.lines() {
            let line = line.trim();
            if !is_plain(line) {
                return Err(NegotiationError::Malformed(
                    "a line holds control characters".into(),
                ));
            }
            if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
                fragment.ufrag = Some(ice_token(ufrag, 4)?);
            } else if let Some(pwd) = line.strip_prefix("a=ice-pwd:") {
                fragment.pwd = Some(ice_token(pwd, 22)?);
            } else if let Some(candidate) = line.strip_prefix("a=candidate:")
                && fragment.candidates.len() < CANDIDATES_MAX
                && usable_candidate(candidate)
                && !fragment.candidates.iter().any(|c| c == candidate)
            {
                fragment.candidates.push(candidate.to_string());
            }
        }
        Ok(fragment)
    }

    /// The stored offer with this fragment's credentials and candidates in place of its own.
    pub(super) fn applied_to(&self, offer: &str) -> Result<String, NegotiationError> {
        let (Some(ufrag), Some(pwd)) = (&self.ufrag, &self.pwd) else {
            return Err(NegotiationError::Malformed(
                "an ICE restart needs a=ice-ufrag and a=ice-pwd".into(),
            ));
        };
        let mut out = String::with_capacity(offer.len() + 1024);
        let mut placed = false;
        for line in offer.lines() {
            if line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
                continue;
            }
            if line.starts_with("a=ice-ufrag:") {
                out.push_str(&format!("a=ice-ufrag:{ufrag}\r\n"));
            } else if line.starts_with("a=ice-pwd:") {
                out.push_str(&format!("a=ice-pwd:{pwd}\r\n"));
            } else {
                out.push_str(line);
                out.push_str("\r\n");
                if !placed && line.starts_with("a=mid:") {
                    placed = true;
                    for candidate in &self.candidates {
                        out.push_str(&format!("a=candidate:{candidate}\r\n"));
                    }
                }
            }
        }
        Ok(out)
    }
}

/// The fragment that answers a restart: our credentials and candidates, taken from an answer.
pub(super) fn of_answer(answer: &str) -> String {
    let mut out = String::new();
    let mut group = None;
    let mut mid = None;
    let mut credentials = Vec::new();
    let mut candidates: Vec<&str> = Vec::new();
    for line in answer.lines() {
        let line = line.trim_end();
        if line.starts_with("a=group:BUNDLE") {
            group.get_or_insert(line);
        } else if line.starts_with("a=mid:") {
            mid.get_or_insert(line);
        } else if (line.starts_with("a=ice-ufrag:") || line.starts_with("a=ice-pwd:"))
            && credentials.len() < 2
        {
            credentials.push(line);
        } else if line.starts_with("a=candidate:") && !candidates.contains(&line) {
            candidates.push(line);
        }
    }
    // RFC 8840, section 9: the group, the credentials, then a pseudo media line with the mid and the candidates.
    for line in group.into_iter().chain(credentials) {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n");
    for line in mid.into_iter().chain(candidates) {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str("a=end-of-candidates\r\n");
    out
}

/// RFC 8839, section 5.4: ice-char only, at least `least` and at most 256 of them.
pub(super) fn ice_token(value: &str, least: usize) -> Result<String, NegotiationError> {
    let value = value.trim();
    let good = (least..=256).contains(&value.len())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/' || b == b'-' || b == b'_');
    if good {
        Ok(value.to_string())
    } else {
        Err(NegotiationError::Malformed(
            "ICE credentials of the wrong length or with a wrong character".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n\
        a=ice-ufrag:old0\r\na=ice-pwd:0123456789012345678901\r\na=mid:0\r\n";

    #[test]
    fn a_restart_replaces_credentials_and_candidates() {
        let f = Fragment::parse(
            "a=ice-ufrag:new1\r\na=ice-pwd:abcdefghijabcdefghijab\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
             a=candidate:1 1 udp 1 10.0.0.2 6 typ host\r\na=candidate:2 1 tcp 1 10.0.0.2 9 typ host tcptype active\r\n\
             a=candidate:3 1 udp 1 a.local 6 typ host\r\na=candidate:1 1 udp 1 10.0.0.2 6 typ host\r\n",
        )
        .unwrap();
        assert_eq!(f.candidates, ["1 1 udp 1 10.0.0.2 6 typ host"]);
        let out = f.applied_to(OFFER).unwrap();
        assert!(out.contains("a=ice-ufrag:new1\r\n") && !out.contains("old0"));
        assert!(out.contains("10.0.0.2") && !out.contains("10.0.0.1"));
    }

    #[test]
    fn credentials_must_be_whole() {
        assert!(Fragment::parse("a=ice-ufrag:abc").is_err());
        assert!(Fragment::parse("a=ice-ufrag:ab cd").is_err());
        assert!(Fragment::parse("a=ice-pwd:short").is_err());
        let only = Fragment::parse("a=ice-ufrag:abcd").unwrap();
        assert!(only.applied_to(OFFER).is_err());
        assert!(Fragment::parse(&"x".repeat(BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn the_answering_fragment_says_each_thing_once() {
        let answer = format!(
            "{OFFER}m=video 9 x 96\r\na=ice-ufrag:old0\r\na=mid:1\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n"
        );
        let f = of_answer(&answer);
        for once in [
            "a=ice-ufrag:old0",
            "a=mid:0",
            "a=candidate:",
            "a=group:BUNDLE 0",
            "a=end-of-candidates",
        ] {
            assert_eq!(f.matches(once).count(), 1, "{once} in {f}");
        }
        assert!(!f.contains("a=mid:1"));
    }
}
