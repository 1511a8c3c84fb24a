//! SHA-256 digests (FIPS 180-4), the hash of the format `oyer/seal/1`, and SHA-512, that of its reseals.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

/// A SHA-256 digest. Written as 64 lower-case hexadecimal digits; nothing else is read back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// Text that is not 64 lower-case hexadecimal digits (128 of SHA-512).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: expected 64 lower-case hexadecimal digits, 128 of SHA-512")]
pub struct NotADigest;

impl Digest {
    /// 32 zero bytes: the predecessor of the first link of every chain.
    pub const ZERO: Digest = Digest([0; 32]);

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The next link of a chain: `SHA-256(self || next)` over the raw bytes.
    pub fn chain(&self, next: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&self.0);
        hasher.update(next);
        hasher.finish()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        // Upper case is refused so that each digest has one spelling, and equal bytes are equal text.
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotADigest);
        }
        let mut raw = [0; 32];
        hex::decode_to_slice(text, &mut raw).map_err(|_| NotADigest)?;
        Ok(Self(raw))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A SHA-512 digest. Written as 128 lower-case hexadecimal digits; nothing else is read back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest512(pub [u8; 64]);

impl Digest512 {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(ring::digest::digest(&ring::digest::SHA512, bytes))
    }

    /// Reads `content` to its end, in pieces; `progressed` is told how many bytes each piece had.
    pub fn of_stream(mut content: impl Read, mut progressed: impl FnMut(u64)) -> io::Result<Self> {
        let mut hasher = ring::digest::Context::new(&ring::digest::SHA512);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return Ok(Self::finish(hasher.finish())),
                Ok(n) => {
                    hasher.update(buffer.get(..n).unwrap_or_default());
                    progressed(n as u64);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn finish(digest: ring::digest::Digest) -> Self {
        let mut raw = [0; 64];
        raw.copy_from_slice(digest.as_ref());
        Self(raw)
    }
}

impl fmt::Display for Digest512 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Digest512 {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotADigest);
        }
        let mut raw = [0; 64];
        hex::decode_to_slice(text, &mut raw).map_err(|_| NotADigest)?;
        Ok(Self(raw))
    }
}

/// A digest in the making, for content that does not fit into memory. By `ring`, which takes twice as many bytes a second
/// as `sha2` (`benches/hot.rs`); a test holds the two together.
#[derive(Clone)]
pub struct Hasher(ring::digest::Context);

impl Default for Hasher {
    fn default() -> Self {
        Self(ring::digest::Context::new(&ring::digest::SHA256))
    }
}

impl Hasher {
    /// Of nothing so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Digest {
        let mut raw = [0; 32];
        raw.copy_from_slice(self.0.finish().as_ref());
        Digest(raw)
    }
}

/// Reads `content` to its end, in pieces, and returns its digest and length in bytes.
pub fn of_stream(mut content: impl Read) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0u64;
    loop {
        let n = match content.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finish(), bytes)),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        hasher.update(buffer.get(..n).unwrap_or_default());
        bytes = bytes.saturating_add(n as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_implementations_agree() {
        let content: Vec<u8> = (0..1000u32).map(|i| (i * i % 251) as u8).collect();
        for bytes in 0..content.len() {
            let (first, second) = content[..bytes].split_at(bytes / 3);
            let mut hasher = Hasher::new();
            hasher.update(first);
            hasher.update(second);
            assert_eq!(hasher.finish(), Digest::of(&content[..bytes]), "{bytes} bytes");
        }
    }

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn known_answer() {
        // FIPS 180-2, appendix B.1
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        assert_eq!(of_stream(&b"abc"[..]).unwrap(), (Digest::of(b"abc"), 3));
    }

    #[test]
    fn known_answer_of_sha_512() {
        // FIPS 180-2, appendix C.1
        let abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        assert_eq!(Digest512::of(b"abc").to_string(), abc);
        assert_eq!(
            Digest512::of_stream(&b"abc"[..], |_| ()).unwrap(),
            Digest512::of(b"abc")
        );
        assert_eq!(abc.parse::<Digest512>().unwrap(), Digest512::of(b"abc"));
        for bad in [&abc[1..], &abc.to_uppercase(), ABC, ""] {
            assert_eq!(bad.parse::<Digest512>(), Err(NotADigest), "{bad}");
        }
    }

    #[test]
    fn one_spelling_only() {
        assert_eq!(ABC.parse::<Digest>().unwrap(), Digest::of(b"abc"));
        for bad in [
            &ABC.to_uppercase()[..],
            &ABC[1..],
            "",
            &format!("{ABC}0"),
            &ABC.replace('b', "g"),
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(NotADigest), "{bad}");
        }
    }

    #[test]
    fn chain_is_over_raw_bytes() {
        let mut raw = vec![0; 32];
        raw.extend(Digest::of(b"abc").0);
        assert_eq!(Digest::ZERO.chain(&Digest::of(b"abc").0), Digest::of(&raw));
    }
}
