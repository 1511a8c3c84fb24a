//! The token (PKCS#11) that holds the seal key, as it is written.

use super::{ConfigError, Hidden};
use crate::evidence::key::TokenName;
use std::path::PathBuf;

/// As written.
pub(super) struct Written {
    pub(super) module: Option<PathBuf>,
    pub(super) token: Option<String>,
    pub(super) slot: Option<u64>,
    pub(super) key: Option<String>,
    pub(super) pin: Option<Hidden>,
    pub(super) pin_file: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
}

/// Where the PIN is.
#[derive(Debug, Clone)]
pub enum Pin {
    /// In the configuration or the environment.
    Is(Hidden),
    /// In a file.
    In(PathBuf),
}

/// The token that holds the seal key.
#[derive(Debug, Clone)]
pub struct SealToken {
    /// The maker's module.
    pub module: PathBuf,
    /// Which token.
    pub token: TokenName,
    /// Label of the key.
    pub key: String,
    /// The user's PIN.
    pub pin: Pin,
    /// File with certificates that somebody else has issued.
    pub certificate: Option<PathBuf>,
}

impl Written {
    /// The token, if one is configured.
    pub(super) fn check(self) -> Result<Option<SealToken>, ConfigError> {
        let Some(module) = self.module else {
            let others = [
                ("pkcs11_token", self.token.is_some()),
                ("pkcs11_slot", self.slot.is_some()),
                ("pkcs11_key", self.key.is_some()),
                ("pkcs11_pin", self.pin.is_some()),
                ("pkcs11_pin_file", self.pin_file.is_some()),
                ("pkcs11_certificate", self.certificate.is_some()),
            ];
            return match others.into_iter().find(|(_, written)| *written) {
                None => Ok(None),
                Some((field, _)) => Err(bad(
                    field,
                    "(set)",
                    "name the token's module as pkcs11_module as well; without one the seal key is in a file",
                )),
            };
        };
        let token = match (self.token, self.slot) {
            (Some(label), None) => TokenName::Label(label),
            (None, Some(slot)) => TokenName::Slot(slot),
            (None, None) => {
                let mend =
                    "name the token by its label as pkcs11_token, or by its slot's number as pkcs11_slot";
                return Err(bad("pkcs11_token", "", mend));
            }
            (Some(label), Some(_)) => {
                return Err(bad(
                    "pkcs11_token",
                    &label,
                    "leave out either this or pkcs11_slot",
                ));
            }
        };
        let pin = match (self.pin, self.pin_file) {
            (Some(pin), None) => Pin::Is(pin),
            (None, Some(file)) => Pin::In(file),
            (None, None) => {
                let mend = "write the token's PIN in OYER_PKCS11_PIN, or name a file that holds it as pkcs11_pin_file";
                return Err(bad("pkcs11_pin", "", mend));
            }
            (Some(_), Some(_)) => {
                return Err(bad(
                    "pkcs11_pin",
                    "(not shown)",
                    "leave out either this or pkcs11_pin_file",
                ));
            }
        };
        let key = self
            .key
            .filter(|key| !key.is_empty())
            .ok_or_else(|| bad("pkcs11_key", "", "write the label of the key in the token"))?;
        Ok(Some(SealToken {
            module,
            token,
            key,
            pin,
            certificate: self.certificate,
        }))
    }
}

fn bad(field: &'static str, value: &str, mend: &'static str) -> ConfigError {
    ConfigError::Bad {
        field,
        value: value.to_owned(),
        mend,
    }
}

impl SealToken {
    /// As the configuration is printed: without the PIN.
    pub(super) fn display(&self) -> String {
        let mut out = format!("pkcs11_module = {:?}\n", self.module);
        match &self.token {
            TokenName::Label(label) => out.push_str(&format!("pkcs11_token = {label:?}\n")),
            TokenName::Slot(slot) => out.push_str(&format!("pkcs11_slot = {slot}\n")),
        }
        out.push_str(&format!("pkcs11_key = {:?}\n", self.key));
        match &self.pin {
            Pin::Is(_) => out.push_str("# pkcs11_pin: set, not shown\n"),
            Pin::In(file) => out.push_str(&format!("pkcs11_pin_file = {file:?}\n")),
        }
        match &self.certificate {
            Some(file) => out.push_str(&format!("pkcs11_certificate = {file:?}\n")),
            None => out.push_str("# pkcs11_certificate: issued by this court's own root\n"),
        }
        out
    }
}
