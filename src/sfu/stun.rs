//! The little of STUN (RFC 8489) and DTLS (RFC 6347) that the worker reads before the WebRTC stack does.

use ring::hmac;

/// What the first byte says about a datagram (RFC 7983).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Stun,
    Dtls,
    Media,
    Other,
}

/// Which protocol a datagram on the shared port belongs to.
pub(super) fn protocol(datagram: &[u8]) -> Protocol {
    match datagram.first() {
        Some(0..=3) => Protocol::Stun,
        Some(20..=63) => Protocol::Dtls,
        Some(128..=191) => Protocol::Media,
        _ => Protocol::Other,
    }
}

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;

fn message_type(datagram: &[u8]) -> Option<u16> {
    match datagram {
        [a, b, _, _, 0x21, 0x12, 0xa4, 0x42, ..] if *a <= 3 => Some(u16::from_be_bytes([*a, *b])),
        _ => None,
    }
}

/// True for a STUN binding request.
pub(super) fn is_binding_request(datagram: &[u8]) -> bool {
    message_type(datagram) == Some(BINDING_REQUEST)
}

/// True for a STUN binding success response.
pub(super) fn is_binding_success(datagram: &[u8]) -> bool {
    message_type(datagram) == Some(BINDING_SUCCESS)
}

/// Our part of the USERNAME of a binding request: what stands before the colon (RFC 8445, section 7.2.2).
pub(super) fn local_ufrag(datagram: &[u8]) -> Option<&str> {
    if !is_binding_request(datagram) {
        return None;
    }
    let mut rest = datagram.get(20..)?;
    while let [t0, t1, l0, l1, value @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let name = std::str::from_utf8(value.get(..length)?).ok()?;
            return name.split(':').next();
        }
        rest = value.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// Whether a message's MESSAGE-INTEGRITY (RFC 8489, section 14.5) was made with `password`.
pub(super) fn is_authentic(datagram: &[u8], password: &str) -> bool {
    const MESSAGE_INTEGRITY: u16 = 0x0008;
    let mut at = 20;
    while let Some([t0, t1, l0, l1]) = datagram.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        if u16::from_be_bytes([*t0, *t1]) == MESSAGE_INTEGRITY {
            let (Some(before), Some(tag)) = (datagram.get(..at), datagram.get(at + 4..at + 24)) else {
                return false;
            };
            // The length in the header is taken as if the message ended with this attribute.
            let Ok(length) = u16::try_from(at + 24 - 20) else {
                return false;
            };
            let mut signed = before.to_vec();
            if let Some(field) = signed.get_mut(2..4) {
                field.copy_from_slice(&length.to_be_bytes());
            }
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
            return hmac::verify(&key, &signed, tag).is_ok();
        }
        at += 4 + length.next_multiple_of(4);
    }
    false
}

/// SRTP protection profile (RFC 7714, section 14.2).
const AEAD_AES_128_GCM: u16 = 0x0007;

/// A ClientHello that may come in several fragments: browsers offer keys that do not fit one datagram.
#[derive(Debug, Default)]
pub(super) struct ClientHello {
    body: Vec<u8>,
    /// Which bytes of the body have come.
    have: Vec<bool>,
}

/// Longest ClientHello that is put together.
const HELLO_MAX: usize = 8 * 1024;

impl ClientHello {
    /// Takes a datagram. Once the message is whole: whether its `use_srtp` list (RFC 5764, section 4.1.1) holds
    /// AEAD_AES_128_GCM. `None` while it is not, and for a datagram that is no ClientHello.
    pub(super) fn take(&mut self, datagram: &[u8]) -> Option<bool> {
        // Record: type, version, epoch, sequence number, length (RFC 6347, section 4.1).
        let mut records = datagram;
        let mut took = false;
        while let [22, _, _, _, _, _, _, _, _, _, _, l0, l1, rest @ ..] = records {
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            let Some(record) = rest.get(..length) else {
                break;
            };
            took |= self.take_fragments(record);
            records = rest.get(length..).unwrap_or_default();
        }
        if !took || self.have.is_empty() || self.have.contains(&false) {
            return None;
        }
        Some(offers_gcm(&self.body).unwrap_or(false))
    }

    /// Handshake fragments: type, length, message sequence, offset, length (RFC 6347, section 4.2.2).
    fn take_fragments(&mut self, mut record: &[u8]) -> bool {
        let mut took = false;
        while let [1, n0, n1, n2, _, _, o0, o1, o2, f0, f1, f2, rest @ ..] = record {
            let number = |a: u8, b: u8, c: u8| u32::from_be_bytes([0, a, b, c]) as usize;
            let (total, offset, length) = (
                number(*n0, *n1, *n2),
                number(*o0, *o1, *o2),
                number(*f0, *f1, *f2),
            );
            let Some(fragment) = rest.get(..length) else {
                return took;
            };
            if total == 0 || total > HELLO_MAX {
                return took;
            }
            // The second hello carries a cookie and is longer; it begins anew.
            if self.body.len() != total {
                self.body = vec![0; total];
                self.have = vec![false; total];
            }
            if let (Some(body), Some(have)) = (
                self.body.get_mut(offset..offset + length),
                self.have.get_mut(offset..offset + length),
            ) {
                body.copy_from_slice(fragment);
                have.fill(true);
                took = true;
            }
            record = rest.get(length..).unwrap_or_default();
        }
        took
    }
}

/// The body of a ClientHello: version and random, then session id, cookie, cipher suites, compression methods and
/// extensions.
fn offers_gcm(body: &[u8]) -> Option<bool> {
    let mut rest = body.get(2 + 32..)?;
    rest = skip8(rest)?;
    rest = skip8(rest)?;
    rest = skip16(rest)?;
    rest = skip8(rest)?;
    let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
    rest = rest.get(2..2 + length)?;
    while let [t0, t1, l0, l1, value @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        if u16::from_be_bytes([*t0, *t1]) == 14 {
            let list = value.get(..length)?;
            let bytes = usize::from(u16::from_be_bytes([*list.first()?, *list.get(1)?]));
            return Some(
                list.get(2..2 + bytes)?
                    .chunks_exact(2)
                    .any(|p| p == AEAD_AES_128_GCM.to_be_bytes()),
            );
        }
        rest = value.get(length..)?;
    }
    None
}

fn skip8(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(1 + usize::from(*bytes.first()?)..)
}

fn skip16(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
    bytes.get(2 + usize::from(length)..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut m = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        m.extend([7; 12]);
        m.extend(attributes);
        m
    }

    #[test]
    fn finds_our_fragment_of_the_user_name() {
        let m = request(&[
            0x80, 0x22, 0, 3, b'a', b'b', b'c', 0, 0, 6, 0, 5, b'm', b'e', b':', b'y', b'o', 0, 0, 0,
        ]);
        assert_eq!(local_ufrag(&m), Some("me"));
        assert!(is_binding_request(&m));
        assert!(!is_binding_success(&m));
    }

    #[test]
    fn broken_messages_have_no_user_name() {
        assert_eq!(local_ufrag(&[]), None);
        assert_eq!(local_ufrag(&request(&[0, 6, 0, 9, b'm'])), None);
        assert_eq!(local_ufrag(&request(&[0x80, 0x22, 0xff, 0xff])), None);
        assert_eq!(local_ufrag(&request(&[0, 6, 0, 2, 0xff, 0xfe, 0, 0])), None);
    }

    fn body(profiles: &[u8]) -> Vec<u8> {
        let mut m = vec![0xfe, 0xfd];
        m.extend([9; 32]);
        m.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
        let mut extensions = vec![0, 23, 0, 0];
        extensions.extend([0, 14, 0, profiles.len() as u8 + 3, 0, profiles.len() as u8]);
        extensions.extend(profiles);
        extensions.push(0);
        m.extend((extensions.len() as u16).to_be_bytes());
        m.extend(extensions);
        m
    }

    /// A datagram with the bytes from..to of a hello.
    fn fragment(body: &[u8], from: usize, to: usize) -> Vec<u8> {
        let mut m = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        m.extend(((to - from + 12) as u16).to_be_bytes());
        m.push(1);
        m.extend(&(body.len() as u32).to_be_bytes()[1..]);
        m.extend([0, 0]);
        m.extend(&(from as u32).to_be_bytes()[1..]);
        m.extend(&((to - from) as u32).to_be_bytes()[1..]);
        m.extend(&body[from..to]);
        m
    }

    #[test]
    fn reads_the_profiles_of_a_client_hello() {
        let (with, without) = (body(&[0, 1, 0, 7]), body(&[0, 1]));
        let mut hello = ClientHello::default();
        assert_eq!(hello.take(&fragment(&with, 0, with.len())), Some(true));
        // The same place takes a further hello of another length.
        assert_eq!(hello.take(&fragment(&without, 0, without.len())), Some(false));
        let whole = fragment(&with, 0, with.len());
        for n in 0..whole.len() {
            assert_eq!(ClientHello::default().take(&whole[..n]), None, "cut to {n}");
        }
        assert_eq!(ClientHello::default().take(&[22; 200]), None);
    }

    #[test]
    fn puts_fragments_together_in_any_order() {
        let with = body(&[0, 1, 0, 7]);
        for at in 1..with.len() {
            let mut hello = ClientHello::default();
            assert_eq!(hello.take(&fragment(&with, at, with.len())), None);
            assert_eq!(hello.take(&fragment(&with, 0, at)), Some(true), "cut at {at}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..120)) {
            let _ = local_ufrag(&bytes);
            if bytes.len() > 13 { bytes[0] = 22; bytes[13] = 1; }
            let _ = ClientHello::default().take(&bytes);
        }
    }
}
