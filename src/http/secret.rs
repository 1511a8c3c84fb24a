//! Secrets of links, sessions and tickets: made from the system's randomness, stored as hashes only.

use crate::store::TokenHash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};

/// A fresh secret and its hash.
pub struct Secret {
    /// What its owner is shown, once.
    pub text: String,
    /// What is stored.
    pub hash: TokenHash,
}

/// The system has no randomness to give.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// A secret of `N` random bytes.
pub fn fresh<const N: usize>() -> Result<Secret, NoRandomness> {
    let mut bytes = [0u8; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&text);
    Ok(Secret { text, hash })
}

/// The stored form of a secret. The secrets are random and long, so a plain hash is enough.
pub fn hash(text: &str) -> TokenHash {
    let mut hash = TokenHash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}
