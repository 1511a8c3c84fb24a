//! A private key that seals, wherever it is kept: in a file (here) or in a token ([`super::token`]).

use crate::seal::cms::SignError;
use rcgen::{KeyPair, SigningKey};

/// A private key on P-256.
pub(super) trait PrivateKey: Send + Sync {
    /// Signs a message with ECDSA and SHA-256; the signature is in ASN.1 form (RFC 3279, section 2.2.3).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// As read from a file.
impl PrivateKey for KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        SigningKey::sign(self, message).map_err(|e| SignError::Key(e.to_string()))
    }
}
