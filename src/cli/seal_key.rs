//! Where the seal key is, from the configuration: the token is made known, its PIN read.

use super::config::{Config, Pin, SealToken};
use crate::evidence::key::{Issued, KeyError, KeyPlace, Token, TokenError, TokenSettings};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

/// A PIN is a line.
const PIN_BYTES_MAX: u64 = 1024;

/// Why the seal key of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealKeyError {
    /// The file with the PIN, or with the certificates, cannot be read.
    #[error("{path}: {source}. See pkcs11_pin_file and pkcs11_certificate.")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read the file with the PIN.
    #[error("{0}: others than the owner may read this PIN. If you know that nobody read it: chmod 600 {0}")]
    Exposed(PathBuf),
    /// The file with the PIN holds something else.
    #[error("{0}: it must hold the PIN and nothing else, on one line")]
    NoPin(PathBuf),
    /// The token.
    #[error("The token with the seal key cannot be used: {0}.")]
    Token(#[from] TokenError),
    /// The certificates.
    #[error("The certificates of the seal key cannot be used: {0}.")]
    Key(#[from] KeyError),
}

/// Where the seal key is.
pub fn place(config: &Config) -> Result<KeyPlace, SealKeyError> {
    let Some(token) = &config.token else {
        return Ok(KeyPlace::File);
    };
    let issued = match &token.certificate {
        None => None,
        Some(path) => {
            let pem = fs::read(path).map_err(|source| SealKeyError::File {
                path: path.clone(),
                source,
            })?;
            Some(Box::new(Issued::from_pem(&pem)?))
        }
    };
    let settings = TokenSettings {
        module: token.module.clone(),
        token: token.token.clone(),
        key: token.key.clone(),
        pin: pin(token)?,
    };
    Ok(KeyPlace::Token {
        token: Arc::new(Token::new(settings)?),
        issued,
    })
}

fn pin(token: &SealToken) -> Result<String, SealKeyError> {
    let path = match &token.pin {
        Pin::Is(pin) => return Ok(pin.0.clone()),
        Pin::In(path) => path,
    };
    let failed = |source| SealKeyError::File {
        path: path.clone(),
        source,
    };
    let meta = fs::metadata(path).map_err(failed)?;
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(SealKeyError::Exposed(path.clone()));
    }
    if meta.len() > PIN_BYTES_MAX {
        return Err(SealKeyError::NoPin(path.clone()));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    match text.trim_end_matches(['\n', '\r']) {
        pin if pin.is_empty() || pin.contains(char::is_control) => Err(SealKeyError::NoPin(path.clone())),
        pin => Ok(pin.to_owned()),
    }
}
