//! Datagrams that are made byte by byte.

use ring::hmac;

pub const BINDING_REQUEST: u16 = 0x0001;
pub const BINDING_SUCCESS: u16 = 0x0101;
pub const BINDING_ERROR: u16 = 0x0111;
pub const USERNAME: u16 = 0x0006;
pub const PRIORITY: u16 = 0x0024;
pub const USE_CANDIDATE: u16 = 0x0025;
pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
pub const ICE_CONTROLLING: u16 = 0x802a;
const MESSAGE_INTEGRITY: u16 = 0x0008;

/// A STUN message (RFC 8489), with MESSAGE-INTEGRITY if there is a password.
pub fn stun(
    kind: u16,
    transaction: [u8; 12],
    attributes: &[(u16, &[u8])],
    password: Option<&str>,
) -> Vec<u8> {
    let mut message = kind.to_be_bytes().to_vec();
    message.extend([0, 0, 0x21, 0x12, 0xa4, 0x42]);
    message.extend(transaction);
    for (kind, value) in attributes {
        message.extend(kind.to_be_bytes());
        message.extend((value.len() as u16).to_be_bytes());
        message.extend(*value);
        message.resize(message.len().next_multiple_of(4), 0);
    }
    let length = message.len() - 20 + if password.is_some() { 24 } else { 0 };
    message[2..4].copy_from_slice(&(length as u16).to_be_bytes());
    if let Some(password) = password {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let tag = hmac::sign(&key, &message);
        message.extend(MESSAGE_INTEGRITY.to_be_bytes());
        message.extend([0, 20]);
        message.extend(tag.as_ref());
    }
    message
}

/// A DTLS record (RFC 6347, section 4.1).
pub fn record(kind: u8, epoch: u16, number: u32, body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 0xfe, 0xfd];
    record.extend(epoch.to_be_bytes());
    record.extend([0, 0]);
    record.extend(number.to_be_bytes());
    record.extend((body.len() as u16).to_be_bytes());
    record.extend(body);
    record
}

/// The head of a handshake fragment (RFC 6347, section 4.2.2).
pub fn fragment(kind: u8, number: u16, whole: u32, offset: u32, length: u32) -> Vec<u8> {
    let mut fragment = vec![kind];
    fragment.extend(&whole.to_be_bytes()[1..]);
    fragment.extend(number.to_be_bytes());
    fragment.extend(&offset.to_be_bytes()[1..]);
    fragment.extend(&length.to_be_bytes()[1..]);
    fragment
}

/// A record full of fragments that claim a byte each and hold none, one behind the other from `offset` on.
pub fn free_fragments(message: u16, offset: u32, record_number: u32) -> Vec<u8> {
    let fragments = (0..110).flat_map(|i| fragment(11, message, 0, offset + i, 1));
    record(22, 0, record_number, &fragments.collect::<Vec<_>>())
}

/// A ClientHello that offers SRTP with AES-GCM.
pub fn client_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([9; 32]);
    body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let extensions = [
        &[0, 10, 0, 4, 0, 2, 0, 23][..],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 4, 0, 2, 4, 3],
        &[0, 14, 0, 5, 0, 2, 0, 7, 0],
        &[0, 23, 0, 0],
    ]
    .concat();
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    let mut hello = fragment(1, 0, body.len() as u32, 0, body.len() as u32);
    hello.extend(body);
    record(22, 0, 0, &hello)
}

/// The fixed head of an RTP packet.
pub fn rtp(ssrc: u32, number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(number.to_be_bytes());
    packet.extend([0, 0, 0, 1]);
    packet.extend(ssrc.to_be_bytes());
    packet
}

/// The same noise each time (xorshift64).
pub struct Noise(pub u64);

impl Noise {
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.number() as u8).collect()
    }
}

/// Datagrams of every protocol on the port, well begun and then wrong.
pub fn garbage(noise: &mut Noise, count: usize) -> Vec<Vec<u8>> {
    let some = |noise: &mut Noise, most: u64| {
        let length = noise.number() % most;
        noise.bytes(length as usize)
    };
    (0..count)
        .map(|i| {
            let rest = some(noise, 1400);
            match i % 12 {
                0 => rest,
                1 => [&[i as u8][..], &rest].concat(),
                // STUN: a length that is not there, an attribute that is longer than the message, noise in between.
                2 => [&[0, 1, 0xff, 0xff, 0x21, 0x12, 0xa4, 0x42][..], &rest].concat(),
                3 => stun(BINDING_REQUEST, [7; 12], &[(USERNAME, &rest)], None),
                4 => {
                    let mut message = stun(BINDING_REQUEST, [7; 12], &[(USERNAME, b"abcd:efgh")], Some("no"));
                    message[23] = i as u8;
                    message
                }
                // DTLS: any kind of record, any epoch, cut short.
                5 => record(20 + (i % 6) as u8, (i % 3) as u16, i as u32, &rest),
                6 => {
                    let mut cut = record(22, 0, i as u32, &rest);
                    cut.truncate(cut.len() / 2);
                    cut
                }
                7 => {
                    let head = fragment(1, 0, rest.len() as u32, 0, rest.len() as u32);
                    record(22, 0, i as u32, &[head, rest].concat())
                }
                // RTP: sources and an extension that are not there, padding longer than the packet.
                8 => [&[0x8f, 96, 0, 1][..], &rest].concat(),
                9 => [&rtp(i as u32, 1)[..], &[0xbe, 0xde, 0xff, 0xff], &rest].concat(),
                10 => [&[0xb0, 96, 0, 1][..], &rest, &[255]].concat(),
                // RTCP: a length that is not there.
                _ => [&[0x81, 200 + (i % 7) as u8, 0xff, 0xff][..], &rest].concat(),
            }
        })
        .collect()
}
