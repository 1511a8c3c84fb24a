//! Envelopes at rest: the files of a sealed recording, each encrypted under a key of that recording alone.
//!
//! A file is a header and chunks of 64 KiB, each sealed with AES-256-GCM: so any range can be read, and gigabytes are verified in
//! bounded memory. The key of a file follows from the recording's key and a salt in the header (HKDF with SHA-256), so that no
//! key ever meets the same nonce with other bytes. The header, with the length of the content, is authenticated with every chunk: a file
//! cannot be shortened, nor a chunk moved.
//!
//! The recording's key lies in the vault, apart from the recordings. Who destroys it destroys what every copy of the files says,
//! those in backups as well. What lay on the disk in clear before a recording was enclosed is not reached by that.

mod enclose;
mod format;
mod source;
mod vault;

pub(super) use format::ReadSeek;
use format::{Envelope, seal};
pub(super) use source::{Fifo, SealedSource};
pub(super) use vault::RecordingKey;
pub use vault::Vault;
