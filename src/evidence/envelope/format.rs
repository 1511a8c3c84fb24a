//! The form of an encrypted file: a header and chunks.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

const MAGIC: &[u8; 8] = b"OYERENC1";
const SALT_BYTES: usize = 16;
/// Magic, salt, and the length of the content.
const HEADER_BYTES: usize = 8 + SALT_BYTES + 8;
/// Content of a chunk.
const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;

/// What can be read from anywhere in it.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

struct FileKeyLength;

impl KeyType for FileKeyLength {
    fn len(&self) -> usize {
        32
    }
}

/// The key of one file.
fn file_key(key: &[u8], header: &[u8; HEADER_BYTES]) -> io::Result<LessSafeKey> {
    let failed = |_| io::Error::other("the key of a file cannot be made");
    let salt = Salt::new(HKDF_SHA256, header);
    let pseudorandom = salt.extract(key);
    let mut bytes = [0; 32];
    pseudorandom
        .expand(&[b"oyer file"], FileKeyLength)
        .and_then(|okm| okm.fill(&mut bytes))
        .map_err(failed)?;
    let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(failed);
    bytes.fill(0);
    Ok(LessSafeKey::new(key?))
}

/// The nonce of a chunk: its number. A key is of one file that is written once.
fn nonce(chunk: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[NONCE_LEN - 8..].copy_from_slice(&chunk.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// How many chunks there are for so many bytes; at least one, so that an empty file is authenticated as well.
fn chunks(bytes: u64) -> u64 {
    bytes.div_ceil(CHUNK_BYTES as u64).max(1)
}

/// Writes `content`, which has `bytes` bytes, encrypted. An error when it has fewer or more.
pub fn seal(key: &[u8], mut content: impl Read, bytes: u64, mut to: impl Write) -> io::Result<()> {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    SystemRandom::new()
        .fill(&mut header[8..8 + SALT_BYTES])
        .map_err(|_| io::Error::other("the system gives no random numbers"))?;
    header[8 + SALT_BYTES..].copy_from_slice(&bytes.to_be_bytes());
    let key = file_key(key, &header)?;
    to.write_all(&header)?;
    let mut left = bytes;
    for chunk in 0..chunks(bytes) {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let mut piece = vec![0; size];
        content.read_exact(&mut piece)?;
        key.seal_in_place_append_tag(nonce(chunk), Aad::from(&header), &mut piece)
            .map_err(|_| io::Error::other("a chunk cannot be encrypted"))?;
        to.write_all(&piece)?;
        left -= size as u64;
    }
    match content.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::other("it grew while it was encrypted")),
    }
}

/// The content of an encrypted file, read and decrypted chunk by chunk.
pub struct Envelope<R> {
    from: R,
    header: [u8; HEADER_BYTES],
    key: LessSafeKey,
    bytes: u64,
    position: u64,
    /// The chunk that was decrypted last.
    chunk: Option<u64>,
    content: Vec<u8>,
}

impl Envelope<File> {
    /// Opens an encrypted file.
    pub fn open(file: File, key: &[u8]) -> io::Result<Self> {
        let found = file.metadata()?.len();
        let envelope = Envelope::new(file, key)?;
        let tags = chunks(envelope.bytes).saturating_mul(TAG_BYTES as u64);
        let expected = envelope
            .bytes
            .saturating_add(tags)
            .saturating_add(HEADER_BYTES as u64);
        match found == expected {
            true => Ok(envelope),
            false => Err(damaged()),
        }
    }
}

impl<R: Read + Seek> Envelope<R> {
    /// Reads the header.
    pub fn new(mut from: R, key: &[u8]) -> io::Result<Self> {
        let mut header = [0; HEADER_BYTES];
        from.read_exact(&mut header)?;
        if &header[..8] != MAGIC {
            return Err(damaged());
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&header[8 + SALT_BYTES..]);
        let bytes = u64::from_be_bytes(bytes);
        if bytes > i64::MAX as u64 {
            return Err(damaged());
        }
        let mut envelope = Self {
            key: file_key(key, &header)?,
            from,
            header,
            bytes,
            position: 0,
            chunk: None,
            content: Vec::new(),
        };
        if bytes == 0 {
            // Nothing will be read of it, and that it is empty must be as true as everything else.
            envelope.load(0)?;
        }
        Ok(envelope)
    }

    /// Length of the content.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    fn load(&mut self, chunk: u64) -> io::Result<()> {
        if self.chunk == Some(chunk) {
            return Ok(());
        }
        self.chunk = None;
        let before = chunk * CHUNK_BYTES as u64;
        let size = usize::try_from(self.bytes.saturating_sub(before))
            .unwrap_or(usize::MAX)
            .min(CHUNK_BYTES);
        let at = HEADER_BYTES as u64 + chunk * (CHUNK_BYTES + TAG_BYTES) as u64;
        self.from.seek(SeekFrom::Start(at))?;
        self.content.resize(size + TAG_BYTES, 0);
        self.from.read_exact(&mut self.content)?;
        let opened = self
            .key
            .open_in_place(nonce(chunk), Aad::from(&self.header), &mut self.content)
            .map(|content| content.len());
        match opened {
            Ok(size) => {
                self.content.truncate(size);
                self.chunk = Some(chunk);
                Ok(())
            }
            Err(_) => {
                self.content.clear();
                Err(damaged())
            }
        }
    }
}

impl<R: Read + Seek> Read for Envelope<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.position >= self.bytes {
            return Ok(0);
        }
        self.load(self.position / CHUNK_BYTES as u64)?;
        let at = usize::try_from(self.position % CHUNK_BYTES as u64).unwrap_or(0);
        let rest = self.content.get(at..).unwrap_or_default();
        let size = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        self.position += size as u64;
        Ok(size)
    }
}

impl<R: Read + Seek> Seek for Envelope<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "it is not as it was encrypted, or of another key",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn sealed(key: &[u8], content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(key, content, content.len() as u64, &mut out).unwrap();
        out
    }

    fn opened(key: &[u8], sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Envelope::new(Cursor::new(sealed), key)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_was_encrypted_is_read_from_anywhere() {
        let key = [7; 32];
        for size in [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            3 * CHUNK_BYTES + 5,
        ] {
            let content: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let sealed = sealed(&key, &content);
            assert_eq!(opened(&key, &sealed).unwrap(), content);
            let mut envelope = Envelope::new(Cursor::new(&sealed), &key).unwrap();
            assert_eq!(envelope.len(), size as u64);
            for at in [0, size / 2, size.saturating_sub(3), size] {
                envelope.seek(SeekFrom::Start(at as u64)).unwrap();
                let mut rest = Vec::new();
                envelope.read_to_end(&mut rest).unwrap();
                assert_eq!(rest, &content[at..]);
            }
        }
        // The same content twice: nothing of it can be compared.
        let (one, other) = (sealed(&key, b"the same"), sealed(&key, b"the same"));
        assert_ne!(one[HEADER_BYTES..], other[HEADER_BYTES..]);
    }

    #[test]
    fn no_change_of_the_bytes_and_no_other_key_is_taken() {
        let key = [7; 32];
        let content = vec![5; 2 * CHUNK_BYTES + 100];
        let whole = sealed(&key, &content);
        assert!(opened(&[8; 32], &whole).is_err());
        for at in [
            0,
            9,
            30,
            HEADER_BYTES,
            HEADER_BYTES + CHUNK_BYTES,
            whole.len() - 1,
        ] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(opened(&key, &changed).is_err(), "{at}");
        }
        let piece = CHUNK_BYTES + TAG_BYTES;
        let cut = &whole[..HEADER_BYTES + piece];
        assert!(opened(&key, cut).is_err(), "shortened by whole chunks");
        let mut shorter = whole[..HEADER_BYTES + piece].to_vec();
        shorter[8 + SALT_BYTES..HEADER_BYTES].copy_from_slice(&(CHUNK_BYTES as u64).to_be_bytes());
        assert!(opened(&key, &shorter).is_err(), "and its length made to fit");
        let mut swapped = whole.clone();
        let (one, other) = swapped[HEADER_BYTES..HEADER_BYTES + 2 * piece].split_at_mut(piece);
        one.swap_with_slice(other);
        assert!(opened(&key, &swapped).is_err(), "chunks swapped");
        let mut empty = sealed(&key, b"")[..HEADER_BYTES].to_vec();
        assert!(opened(&key, &empty).is_err(), "emptiness is authenticated");
        empty.extend([0; TAG_BYTES]);
        assert!(opened(&key, &empty).is_err());
    }

    #[test]
    fn a_file_that_changes_while_it_is_encrypted_is_refused() {
        let key = [7; 32];
        assert!(seal(&key, &b"abc"[..], 4, Vec::new()).is_err());
        assert!(seal(&key, &b"abc"[..], 2, Vec::new()).is_err());
    }
}
