//! SRTP and SRTCP (RFC 3711, AES-GCM by RFC 7714): packets are encrypted where they are written and decrypted where they
//! arrive, outside the WebRTC stack's pipeline.
//!
//! The stack makes the keys in its DTLS handshake and gives them to nobody, but it takes a crypto provider: through
//! [`KeyTap`] the master keys pass when the stack derives its session keys from them (`block_encrypt` serves nothing
//! else). The stack is given no RTP and no RTCP to send, so that no packet index is ever used twice.

use crate::rtp::packet::Header;
use crate::rtp::sequence::{DuplicateFilter, nearest};
use bytes::{Bytes, BytesMut};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc::crypto::{
    ActiveKeyExchange, AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CbcAlgorithm, CbcCipher,
    CryptoAlgorithm, CryptoError, HashAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, Mac, PublicKey,
    RTCCrypto, RTCCryptoProvider, RTCRandom, SignatureScheme, SigningKey, StreamCipher,
    StreamCipherAlgorithm,
};
use rtc::srtp::context::Context;
use rtc::srtp::protection_profile::ProtectionProfile;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that encrypting adds at most: the tag of AES-GCM.
pub(super) const TAG_MAX: usize = 16;
/// Streams of one peer: six and their retransmissions, and room for a sender that changes its SSRCs.
const STREAMS_MAX: usize = 64;
/// Forged packets of unknown streams after which new streams are no longer believed. Nobody's true packets are among
/// them: DTLS is done before media flows.
const FORGED_MAX: u32 = 4096;
/// Labels of the key that encrypts RTP and of its salt, and the same for RTCP (RFC 3711, section 4.3.2).
const RTP: [u8; 2] = [0, 2];
const RTCP: [u8; 2] = [3, 5];
/// Bytes of an RTCP packet that stay in the clear, and of the index at its end.
const RTCP_HEADER: usize = 8;
const INDEX: usize = 4;
/// The flag in front of the index: the packet is encrypted (RFC 3711, section 3.4).
const ENCRYPTED: u32 = 1 << 31;

/// A master key and salt, and what they are for.
#[derive(Clone)]
struct Master {
    key: [u8; 16],
    salt: [u8; 14],
    profile: Option<ProtectionProfile>,
}

/// A crypto provider that leaves everything to another and remembers the SRTP master keys that pass through it.
pub(super) struct KeyTap {
    inner: Arc<dyn RTCCryptoProvider>,
    /// In the order in which the stack makes its contexts: ours first, then the peer's.
    seen: Mutex<Vec<Master>>,
}

impl KeyTap {
    pub(super) fn new() -> Result<Arc<Self>, CryptoError> {
        Ok(Arc::new(Self {
            inner: rtc::crypto::default_provider()?,
            seen: Mutex::new(Vec::new()),
        }))
    }

    /// The two directions, once the handshake is done. The keys are forgotten here.
    pub(super) fn take(&self) -> Option<(Sealer, Opener)> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let [ours, theirs] = seen.as_slice() else {
            return None;
        };
        let crypto = self.inner.crypto();
        Some((Sealer::new(ours, crypto)?, Opener::new(theirs, crypto)?))
    }

    fn used_as(&self, profile: ProtectionProfile) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(master) = seen.last_mut() {
            master.profile.get_or_insert(profile);
        }
    }
}

impl RTCCryptoProvider for KeyTap {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }

    fn random(&self) -> &dyn RTCRandom {
        self.inner.random()
    }
}

impl RTCCrypto for KeyTap {
    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        self.inner.crypto().supports(algorithm)
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.inner.crypto().hash(algorithm, data)
    }

    fn block_encrypt(
        &self,
        algorithm: BlockCipherAlgorithm,
        key: &[u8],
        block: &mut [u8],
    ) -> Result<(), CryptoError> {
        // The first block of a key is that of label 0: the salt, unchanged, and a counter of zero.
        if let (Ok(key), Some(Ok(salt))) = (key.try_into(), block.get(..14).map(TryInto::try_into)) {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.last().is_none_or(|m: &Master| m.key != key) && seen.len() < 2 {
                let profile = None;
                seen.push(Master { key, salt, profile });
            }
        }
        self.inner.crypto().block_encrypt(algorithm, key, block)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.inner.crypto().new_hmac(algorithm, key)
    }

    fn new_stream_cipher(
        &self,
        algorithm: StreamCipherAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn StreamCipher>, CryptoError> {
        self.used_as(ProtectionProfile::Aes128CmHmacSha1_80);
        self.inner.crypto().new_stream_cipher(algorithm, key)
    }

    fn new_aead(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.used_as(ProtectionProfile::AeadAes128Gcm);
        self.inner.crypto().new_aead(algorithm, key)
    }

    fn new_cbc(&self, algorithm: CbcAlgorithm, key: &[u8]) -> Result<Box<dyn CbcCipher>, CryptoError> {
        self.inner.crypto().new_cbc(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        algorithm: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        self.inner.crypto().start_key_exchange(algorithm)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.inner.crypto().generate_signing_key(scheme)
    }

    fn import_signing_key(
        &self,
        scheme: SignatureScheme,
        pkcs8_der: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.inner.crypto().import_signing_key(scheme, pkcs8_der)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        public_key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.inner
            .crypto()
            .verify_signature(scheme, public_key, message, signature)
    }
}

/// Encrypts what goes to one peer.
pub(super) enum Sealer {
    /// AES-GCM, in place.
    Gcm(Box<Gcm>),
    /// AES-CM with HMAC-SHA1, by the stack's own code: for peers that know nothing else.
    Cm(Cm),
}

/// The session keys of one direction.
pub(super) struct Gcm {
    rtp: Key,
    rtcp: Key,
    /// Packets of RTCP that were sealed.
    reports: u32,
    /// What is left of the memory that packets are decrypted into.
    space: BytesMut,
}

/// Bytes of memory that one peer's packets share: a dozen of full size, which come and are forgotten together.
const SPACE: usize = 16 << 10;

struct Key {
    key: LessSafeKey,
    /// In the lower 96 bits.
    salt: u128,
}

/// AES-CM, by the stack's own context. One that panicked is not used again: nothing more goes through it, and its session
/// ends for want of packets. The others go on.
pub(super) struct Cm(Option<Box<Context>>);

impl Cm {
    fn call<T>(&mut self, call: impl FnOnce(&mut Context) -> Option<T>) -> Option<T> {
        let context = self.0.as_mut()?;
        catch_unwind(AssertUnwindSafe(|| call(context))).unwrap_or_else(|_| {
            tracing::error!("the WebRTC stack panicked over a packet; its session is cut off");
            self.0 = None;
            None
        })
    }
}

impl Sealer {
    fn new(master: &Master, crypto: &dyn RTCCrypto) -> Option<Self> {
        match master.profile? {
            ProtectionProfile::AeadAes128Gcm => Some(Self::Gcm(Box::new(Gcm {
                rtp: Key::new(master, RTP, crypto)?,
                rtcp: Key::new(master, RTCP, crypto)?,
                reports: 0,
                space: BytesMut::new(),
            }))),
            profile => {
                let salt = master.salt.get(..profile.salt_len())?;
                let context = Context::new(&master.key, salt, profile, None, None, crypto).ok()?;
                Some(Self::Cm(Cm(Some(Box::new(context)))))
            }
        }
    }

    /// Encrypts the packet that stands at the end of `bytes`, from `start` on, and adds its tag. `header` is the length
    /// of its RTP header with extensions; `roll_over` counts how often its sequence number has wrapped (RFC 3711,
    /// section 3.3.1). On an error the packet is taken off again.
    pub(super) fn seal(
        &mut self,
        bytes: &mut Vec<u8>,
        start: usize,
        header: usize,
        roll_over: u32,
    ) -> Result<(), SealError> {
        let sealed = match self {
            Self::Gcm(gcm) => gcm.seal(bytes, start, header, roll_over),
            Self::Cm(cm) => replace(bytes, start, |packet| {
                cm.call(|context| context.encrypt_rtp(packet).ok())
            }),
        };
        sealed_or_taken_off(sealed, bytes, start)
    }
}

impl Sealer {
    /// Encrypts the RTCP that stands at the end of `bytes`, from `start` on, and adds its tag and index. On an error it is
    /// taken off again.
    pub(super) fn seal_rtcp(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
        let sealed = match self {
            Self::Gcm(gcm) => gcm.seal_rtcp(bytes, start),
            Self::Cm(cm) => replace(bytes, start, |packet| {
                cm.call(|context| context.encrypt_rtcp(packet).ok())
            }),
        };
        sealed_or_taken_off(sealed, bytes, start)
    }
}

/// Puts what the library made of the packet at the end of `bytes` in its place.
fn replace(bytes: &mut Vec<u8>, start: usize, seal: impl FnOnce(&[u8]) -> Option<BytesMut>) -> Option<()> {
    let sealed = seal(bytes.get(start..)?)?;
    bytes.truncate(start);
    bytes.extend_from_slice(&sealed);
    Some(())
}

fn sealed_or_taken_off(sealed: Option<()>, bytes: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
    sealed.ok_or_else(|| {
        bytes.truncate(start);
        SealError
    })
}

/// A packet could not be encrypted; it is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a packet could not be encrypted")]
pub(super) struct SealError;

impl Key {
    fn new(master: &Master, [key_label, salt_label]: [u8; 2], crypto: &dyn RTCCrypto) -> Option<Self> {
        let (mut key, mut salt) = ([0; 16], [0; 16]);
        derive(crypto, master, key_label, &mut key)?;
        // The salt of this profile has 12 bytes.
        derive(crypto, master, salt_label, &mut salt[4..])?;
        Some(Self {
            key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?),
            salt: u128::from_be_bytes(salt),
        })
    }

    /// RFC 7714, sections 8.1 and 9.1: two zero bytes, SSRC, and 48 bits of packet index; all under the salt.
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let counter = u128::from(ssrc) << 48 | u128::from(index);
        let [_, _, _, _, nonce @ ..] = (counter ^ self.salt).to_be_bytes();
        Nonce::assume_unique_for_key(nonce)
    }
}

/// The SSRC at a place of a packet.
fn ssrc(packet: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*packet.get(at..)?.first_chunk()?))
}

impl Gcm {
    fn seal(&self, bytes: &mut Vec<u8>, start: usize, header: usize, roll_over: u32) -> Option<()> {
        let packet = bytes.get_mut(start..)?;
        let (header, payload) = packet.split_at_mut_checked(header)?;
        let sequence = u16::from_be_bytes(*header.get(2..)?.first_chunk()?);
        let nonce = self
            .rtp
            .nonce(ssrc(header, 8)?, u64::from(roll_over) << 16 | u64::from(sequence));
        let tag = self
            .rtp
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(&*header), payload)
            .ok()?;
        bytes.extend_from_slice(tag.as_ref());
        Some(())
    }

    fn open(&mut self, datagram: &[u8], header: &Header, roll_over: u32) -> Option<Bytes> {
        let index = u64::from(roll_over) << 16 | u64::from(header.sequence);
        let nonce = self.rtp.nonce(header.ssrc, index);
        let packet = &mut self.space;
        // What was not true left its bytes behind.
        packet.clear();
        if packet.capacity() < datagram.len() {
            *packet = BytesMut::with_capacity(SPACE.max(datagram.len()));
        }
        packet.extend_from_slice(datagram);
        let (aad, payload) = packet.split_at_mut_checked(header.length)?;
        let length = self
            .rtp
            .key
            .open_in_place(nonce, Aad::from(&*aad), payload)
            .ok()?
            .len();
        packet.truncate(header.length + length);
        Some(packet.split().freeze())
    }

    /// RFC 7714, section 9: the first eight bytes and the index are authenticated, the rest is encrypted.
    fn seal_rtcp(&mut self, bytes: &mut Vec<u8>, start: usize) -> Option<()> {
        // After 2^31 packets the key may not be used any more (RFC 3711, section 9.2): at twenty a second, in three years.
        self.reports = self.reports.checked_add(1).filter(|n| *n < ENCRYPTED)?;
        let (header, payload) = bytes.get_mut(start..)?.split_at_mut_checked(RTCP_HEADER)?;
        let word = self.reports | ENCRYPTED;
        let nonce = self.rtcp.nonce(ssrc(header, 4)?, u64::from(self.reports));
        let tag = self
            .rtcp
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(authenticated(header, word)?), payload)
            .ok()?;
        bytes.extend_from_slice(tag.as_ref());
        bytes.extend_from_slice(&word.to_be_bytes());
        Some(())
    }

    fn open_rtcp(&self, datagram: &[u8], word: u32) -> Option<Bytes> {
        if word & ENCRYPTED == 0 {
            return None;
        }
        let mut packet = BytesMut::from(datagram.get(..datagram.len().checked_sub(INDEX)?)?);
        let (header, payload) = packet.split_at_mut_checked(RTCP_HEADER)?;
        let nonce = self.rtcp.nonce(ssrc(header, 4)?, u64::from(word & !ENCRYPTED));
        let aad = Aad::from(authenticated(header, word)?);
        let length = self.rtcp.key.open_in_place(nonce, aad, payload).ok()?.len();
        packet.truncate(RTCP_HEADER + length);
        Some(packet.freeze())
    }
}

fn authenticated(header: &[u8], word: u32) -> Option<[u8; RTCP_HEADER + INDEX]> {
    let mut bytes = [0; RTCP_HEADER + INDEX];
    bytes[..RTCP_HEADER].copy_from_slice(header.get(..RTCP_HEADER)?);
    bytes[RTCP_HEADER..].copy_from_slice(&word.to_be_bytes());
    Some(bytes)
}

/// Decrypts what comes from one peer.
pub(super) struct Opener {
    cipher: Cipher,
    /// Of each stream that has sent a true packet: SSRC, highest packet index, and what has been seen.
    streams: Vec<(u32, i64, DuplicateFilter)>,
    /// The same for RTCP, by the SSRC of its sender.
    reporters: Vec<(u32, DuplicateFilter)>,
    /// Packets of unknown streams that were not true, for AES-CM: there the library keeps something for each of them.
    forged: u32,
}

enum Cipher {
    Gcm(Box<Gcm>),
    Cm(Cm),
}

impl Opener {
    fn new(master: &Master, crypto: &dyn RTCCrypto) -> Option<Self> {
        let cipher = match Sealer::new(master, crypto)? {
            Sealer::Gcm(gcm) => Cipher::Gcm(gcm),
            Sealer::Cm(cm) => Cipher::Cm(cm),
        };
        Some(Self {
            cipher,
            streams: Vec::new(),
            reporters: Vec::new(),
            forged: 0,
        })
    }

    /// The decrypted packet of a datagram, header and all. `None` if it is malformed, forged, a replay, or of more streams
    /// than one peer may have.
    pub(super) fn open(&mut self, datagram: &[u8], header: &Header) -> Option<Bytes> {
        let known = self.streams.iter().position(|s| s.0 == header.ssrc);
        if known.is_none() && (self.streams.len() >= STREAMS_MAX || self.forged >= FORGED_MAX) {
            return None;
        }
        // RFC 3711, section 3.3.1: the index nearest to the highest; a new stream has not wrapped yet.
        let index = match known.and_then(|at| self.streams.get(at)) {
            Some((_, highest, _)) => nearest(*highest, header.sequence),
            None => i64::from(header.sequence),
        };
        let roll_over = u32::try_from(index >> 16).ok()?;
        let plain = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.open(datagram, header, roll_over),
            Cipher::Cm(cm) => cm.call(|context| Some(context.decrypt_rtp(datagram).ok()?.freeze())),
        };
        let Some(plain) = plain else {
            self.forged += u32::from(known.is_none() && matches!(self.cipher, Cipher::Cm(_)));
            return None;
        };
        let at = known.unwrap_or_else(|| {
            self.streams
                .push((header.ssrc, index, DuplicateFilter::default()));
            self.streams.len() - 1
        });
        let (_, highest, seen) = self.streams.get_mut(at)?;
        *highest = index.max(*highest);
        seen.fresh(index).then_some(plain)
    }

    /// The decrypted RTCP of a datagram. `None` if it is malformed, forged, a replay, or of more senders than one peer may
    /// have.
    pub(super) fn open_rtcp(&mut self, datagram: &[u8]) -> Option<Bytes> {
        let sender = ssrc(datagram, 4)?;
        let known = self.reporters.iter().position(|r| r.0 == sender);
        if known.is_none() && (self.reporters.len() >= STREAMS_MAX || self.forged >= FORGED_MAX) {
            return None;
        }
        let (plain, index) = match &mut self.cipher {
            Cipher::Gcm(gcm) => {
                let word = u32::from_be_bytes(*datagram.last_chunk()?);
                (gcm.open_rtcp(datagram, word), word & !ENCRYPTED)
            }
            Cipher::Cm(cm) => {
                // The index stands before the tag of ten bytes.
                let at = datagram.len().checked_sub(INDEX + 10)?;
                let word = u32::from_be_bytes(*datagram.get(at..)?.first_chunk()?);
                // The library takes what says that it is not encrypted without looking at its tag.
                if word & ENCRYPTED == 0 {
                    return None;
                }
                let plain = cm.call(|context| Some(context.decrypt_rtcp(datagram).ok()?.freeze()));
                (plain, word & !ENCRYPTED)
            }
        };
        let Some(plain) = plain else {
            self.forged += u32::from(known.is_none() && matches!(self.cipher, Cipher::Cm(_)));
            return None;
        };
        let at = known.unwrap_or_else(|| {
            self.reporters.push((sender, DuplicateFilter::default()));
            self.reporters.len() - 1
        });
        let (_, seen) = self.reporters.get_mut(at)?;
        seen.fresh(i64::from(index)).then_some(plain)
    }
}

/// Key derivation with AES-CM as the pseudo-random function, key derivation rate zero (RFC 3711, section 4.3).
fn derive(crypto: &dyn RTCCrypto, master: &Master, label: u8, out: &mut [u8]) -> Option<()> {
    for (counter, chunk) in out.chunks_mut(16).enumerate() {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&master.salt);
        block[7] ^= label;
        block[15] = u8::try_from(counter).ok()?;
        crypto
            .block_encrypt(BlockCipherAlgorithm::Aes128, &master.key, &mut block)
            .ok()?;
        chunk.copy_from_slice(block.get(..chunk.len())?);
    }
    Some(())
}

#[cfg(test)]
#[path = "srtp_test.rs"]
mod tests;
