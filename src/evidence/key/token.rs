//! A private key in a token: a smart card or an HSM, by PKCS#11.
//!
//! The maker's module runs in a thread of its own, and whoever asks waits for a bounded time: a module that never comes
//! back holds up nothing but seals. Each signature has a session of its own, so that a token that was away works again
//! as soon as it is there. A PIN that was refused is not tried again: a few wrong ones lock a token for good.

use super::private::PrivateKey;
use crate::seal::cms::SignError;
use crate::seal::digest::Digest;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use der::Encode;
use der::asn1::UintRef;
use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a token may take for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to end.
const END_WITHIN: Duration = Duration::from_secs(2);
/// Most questions that wait for it.
const WAITING_MAX: usize = 8;
/// The curve P-256 as an object identifier in DER (RFC 5480, section 2.1.1.1).
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// By what a token is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenName {
    /// The label that it was given when it was initialised.
    Label(String),
    /// The number of its slot. Some modules give a token another number after a restart.
    Slot(u64),
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "{label:?}"),
            Self::Slot(slot) => write!(f, "in slot {slot}"),
        }
    }
}

/// Where a key is, and how to come to it.
pub struct TokenSettings {
    /// The maker's PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// The token.
    pub token: TokenName,
    /// Label of the private key in it, and of its public key.
    pub key: String,
    /// The user's PIN.
    pub pin: String,
}

/// Why a token makes no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The module cannot be used.
    #[error("the PKCS#11 module {path} cannot be loaded: {why}; see pkcs11_module")]
    Module {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The token is not there.
    #[error("there is no token {0}; is it connected and on? See pkcs11_token and pkcs11_slot")]
    Absent(TokenName),
    /// Two tokens have that label.
    #[error("several tokens are called {0}: name its slot with pkcs11_slot")]
    Ambiguous(TokenName),
    /// The PIN is wrong.
    #[error(
        "the token refuses the PIN. It is not tried again, since a few wrong ones lock a token: mend pkcs11_pin or \
         pkcs11_pin_file and start anew"
    )]
    Pin,
    /// Too many wrong PINs.
    #[error("the token has locked its PIN, or wants another one set: its security officer must do that")]
    PinLocked,
    /// There is no such key.
    #[error(
        "the token holds no private key on the curve P-256 with the label {0:?}; see pkcs11_key, or make one, as with \
         `pkcs11-tool --keypairgen --key-type EC:prime256v1`"
    )]
    NoKey(String),
    /// Two keys have that label.
    #[error("the token holds several private keys with the label {0:?}: give each a label of its own")]
    SeveralKeys(String),
    /// The public key is missing.
    #[error("the token holds no public key on the curve P-256 with the label {0:?}, beside the private one")]
    NoPublicKey(String),
    /// No answer.
    #[error("the token does not answer within {} seconds", ANSWER_WITHIN.as_secs())]
    Silent,
    /// Anything else.
    #[error("the token fails: {0}")]
    Device(String),
}

impl TokenError {
    /// True where the same question may have an answer later, without anybody mending the configuration.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Absent(_) | Self::Silent | Self::Device(_))
    }
}

/// A key in a token.
pub struct Token {
    /// None while it is dropped.
    work: Option<SyncSender<Work>>,
    /// Disconnected when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

impl Drop for Token {
    /// A module that is still at work while the process ends around it may crash.
    fn drop(&mut self) {
        self.work = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        // A thread that hangs is left to itself.
        let _ = ended.recv_timeout(END_WITHIN);
    }
}

/// What is asked of the token's thread.
struct Work {
    ask: Ask,
    /// Afterwards nobody waits for the answer.
    until: Instant,
    answer: SyncSender<Result<Vec<u8>, TokenError>>,
}

#[derive(Clone, Copy)]
enum Ask {
    /// The public key as an uncompressed point.
    PublicKey,
    /// A signature over what has this digest, as r and s of 32 bytes each.
    Sign(Digest),
}

impl Token {
    /// Starts the token's thread. Nothing is loaded before the first question.
    pub fn new(settings: TokenSettings) -> Result<Self, TokenError> {
        let (work, inbox) = sync_channel(WAITING_MAX);
        let (end, ended) = sync_channel(1);
        std::thread::Builder::new()
            .name("token".into())
            .spawn(move || {
                Worker::new(settings).run(&inbox);
                drop(end);
            })
            .map_err(|e| TokenError::Device(format!("no thread: {e}")))?;
        Ok(Self {
            work: Some(work),
            ended: Mutex::new(ended),
        })
    }

    /// The public key: 65 bytes, an uncompressed point on P-256.
    pub fn public_key(&self) -> Result<Vec<u8>, TokenError> {
        self.ask(Ask::PublicKey)
    }

    fn ask(&self, ask: Ask) -> Result<Vec<u8>, TokenError> {
        let (answer, coming) = sync_channel(1);
        let until = Instant::now() + ANSWER_WITHIN;
        let work = Work { ask, until, answer };
        let ended = || TokenError::Device("its thread has ended".into());
        let thread = self.work.as_ref().ok_or_else(ended)?;
        thread.try_send(work).map_err(|e| match e {
            TrySendError::Full(_) => TokenError::Silent,
            TrySendError::Disconnected(_) => ended(),
        })?;
        coming.recv_timeout(ANSWER_WITHIN).unwrap_or_else(|e| {
            Err(match e {
                RecvTimeoutError::Timeout => TokenError::Silent,
                RecvTimeoutError::Disconnected => ended(),
            })
        })
    }
}

impl PrivateKey for Token {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let raw = self
            .ask(Ask::Sign(Digest::of(message)))
            .map_err(|e| SignError::Key(e.to_string()))?;
        in_asn1(&raw)
    }
}

/// ECDSA-Sig-Value (RFC 3279, section 2.2.3) of r and s.
fn in_asn1(raw: &[u8]) -> Result<Vec<u8>, SignError> {
    #[derive(der::Sequence)]
    struct Signature<'a> {
        r: UintRef<'a>,
        s: UintRef<'a>,
    }
    if raw.len() != 64 {
        let why = format!("the token's signature has {} bytes, expected 64", raw.len());
        return Err(SignError::Key(why));
    }
    let (r, s) = raw.split_at(32);
    let signature = Signature {
        r: UintRef::new(r)?,
        s: UintRef::new(s)?,
    };
    Ok(signature.to_der()?)
}

/// Whatever is done with the module is done here, by one thread.
struct Worker {
    settings: TokenSettings,
    pin: AuthPin,
    module: Option<Pkcs11>,
    /// True between `C_Initialize` and `C_Finalize`.
    initialised: bool,
    /// The PIN was refused, and how.
    refused: Option<TokenError>,
}

impl Worker {
    fn new(mut settings: TokenSettings) -> Self {
        let pin = AuthPin::from(std::mem::take(&mut settings.pin));
        Self {
            settings,
            pin,
            module: None,
            initialised: false,
            refused: None,
        }
    }

    fn run(mut self, inbox: &Receiver<Work>) {
        while let Ok(work) = inbox.recv() {
            if Instant::now() >= work.until {
                continue;
            }
            let answer = self.answer(work.ask);
            // Who asked may have waited long enough.
            let _ = work.answer.send(answer);
        }
        self.finalise();
    }

    fn answer(&mut self, ask: Ask) -> Result<Vec<u8>, TokenError> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let was_initialised = self.initialised;
        let mut answer = self.once(ask);
        if answer.as_ref().is_err_and(TokenError::may_pass) {
            // Many a module knows only the tokens that were there when it was initialised.
            self.finalise();
            if was_initialised {
                answer = self.once(ask);
            }
        }
        match answer {
            Err(error @ (TokenError::Pin | TokenError::PinLocked)) => {
                self.refused = Some(error.clone());
                Err(error)
            }
            Err(error) if error.may_pass() => {
                self.finalise();
                Err(error)
            }
            other => other,
        }
    }

    fn once(&mut self, ask: Ask) -> Result<Vec<u8>, TokenError> {
        let module = self.initialise()?;
        let slot = self.slot(&module)?;
        let session = module.open_ro_session(slot).map_err(|e| self.device(e))?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(e) => return Err(self.login_error(e)),
        }
        match ask {
            Ask::PublicKey => self.point(&session),
            Ask::Sign(digest) => {
                let key = self.key(&session)?;
                session
                    .sign(&Mechanism::Ecdsa, key, &digest.0)
                    .map_err(|e| self.device(e))
            }
        }
    }

    fn initialise(&mut self) -> Result<Pkcs11, TokenError> {
        let refused = |why: String| TokenError::Module {
            path: self.settings.module.clone(),
            why,
        };
        let module = match &self.module {
            Some(module) => module.clone(),
            // Loaded once and kept: few modules outlive being unloaded.
            None => Pkcs11::new(&self.settings.module).map_err(|e| refused(e.to_string()))?,
        };
        self.module = Some(module.clone());
        if !self.initialised {
            match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
                Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
                Err(e) => return Err(TokenError::Device(e.to_string())),
            }
            self.initialised = true;
        }
        Ok(module)
    }

    fn finalise(&mut self) {
        if std::mem::take(&mut self.initialised)
            && let Some(module) = &self.module
            && let Err(error) = module.clone().finalize()
        {
            tracing::debug!(%error, "the PKCS#11 module could not be finalised");
        }
    }

    fn slot(&self, module: &Pkcs11) -> Result<Slot, TokenError> {
        let name = &self.settings.token;
        let mut found = Vec::new();
        for slot in module.get_slots_with_token().map_err(|e| self.device(e))? {
            let is_it = match name {
                TokenName::Slot(id) => slot.id() == *id,
                // A token that cannot be asked is not the one.
                TokenName::Label(label) => module
                    .get_token_info(slot)
                    .is_ok_and(|info| info.label().trim_end() == label),
            };
            if is_it {
                found.push(slot);
            }
        }
        match found[..] {
            [slot] => Ok(slot),
            [] => Err(TokenError::Absent(name.clone())),
            _ => Err(TokenError::Ambiguous(name.clone())),
        }
    }

    fn key(&self, session: &Session) -> Result<ObjectHandle, TokenError> {
        let label = &self.settings.key;
        let found = self.objects(session, ObjectClass::PRIVATE_KEY)?;
        match found[..] {
            [key] => Ok(key),
            [] => Err(TokenError::NoKey(label.clone())),
            _ => Err(TokenError::SeveralKeys(label.clone())),
        }
    }

    fn point(&self, session: &Session) -> Result<Vec<u8>, TokenError> {
        self.key(session)?;
        let label = &self.settings.key;
        let missing = || TokenError::NoPublicKey(label.clone());
        let key = self.objects(session, ObjectClass::PUBLIC_KEY)?;
        let key = key.first().copied().ok_or_else(missing)?;
        let found = session
            .get_attributes(key, &[AttributeType::EcPoint])
            .map_err(|e| self.device(e))?;
        let point = found.into_iter().find_map(|attribute| match attribute {
            Attribute::EcPoint(point) => Some(point),
            _ => None,
        });
        // In an OCTET STRING, as the standard has it, or bare, as some modules do.
        match point.as_deref() {
            Some([0x04, 0x41, point @ ..] | point) if point.len() == 65 && point.starts_with(&[4]) => {
                Ok(point.to_vec())
            }
            _ => Err(missing()),
        }
    }

    fn objects(&self, session: &Session, class: ObjectClass) -> Result<Vec<ObjectHandle>, TokenError> {
        session
            .find_objects(&[
                Attribute::Class(class),
                Attribute::KeyType(KeyType::EC),
                Attribute::EcParams(P256.to_vec()),
                Attribute::Label(self.settings.key.clone().into_bytes()),
            ])
            .map_err(|e| self.device(e))
    }

    fn login_error(&self, error: Error) -> TokenError {
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                TokenError::Pin
            }
            Error::Pkcs11(RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized, _) => {
                TokenError::PinLocked
            }
            other => self.device(other),
        }
    }

    fn device(&self, error: Error) -> TokenError {
        match error {
            Error::Pkcs11(
                RvError::TokenNotPresent
                | RvError::DeviceRemoved
                | RvError::SlotIdInvalid
                | RvError::TokenNotRecognized,
                _,
            ) => TokenError::Absent(self.settings.token.clone()),
            other => TokenError::Device(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_signature_are_positive_and_short() {
        let mut raw = [0; 64];
        raw[31] = 1; // r is 1
        raw[32] = 0x80; // the first bit of s is set
        let asn1 = in_asn1(&raw).unwrap();
        assert_eq!(asn1[..7], [0x30, 38, 2, 1, 1, 2, 33]);
        assert_eq!(asn1[7..9], [0, 0x80]);
        assert!(in_asn1(&raw[1..]).is_err());
    }

    #[test]
    fn a_module_that_is_none_is_named() {
        let token = |module: &str| {
            Token::new(TokenSettings {
                module: module.into(),
                token: TokenName::Slot(0),
                key: "seal".into(),
                pin: "5678".into(),
            })
            .unwrap()
        };
        for module in ["/nowhere/module.so", "/etc/passwd"] {
            let refused = token(module).public_key().unwrap_err();
            assert!(matches!(refused, TokenError::Module { .. }), "{refused}");
            let said = refused.to_string();
            assert!(said.contains(module) && !said.contains("5678"), "{said}");
            assert!(!refused.may_pass());
        }
    }
}
