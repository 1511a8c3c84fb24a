//! A bundle as a tar file (GNU form), in pieces of bounded size.

use super::{Bundle, Content};
use crate::court::id::RecordingId;
use bytes::Bytes;
use std::io::{self, BufWriter, Write};
use tokio::sync::mpsc;

/// Most pieces that wait for the reader.
pub(super) const PIECES_MAX: usize = 8;
/// Size of a piece in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Sends each piece to the reader, and waits while there are too many.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..bytes.len().min(PIECE_BYTES)).unwrap_or(bytes);
        self.0
            .blocking_send(Ok(Bytes::copy_from_slice(piece)))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the whole tar file; all of it lies in a folder named after the recording.
pub(super) fn write(
    bundle: Bundle,
    recording: RecordingId,
    sender: mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let written = write_all(bundle, recording, Pieces(sender.clone()));
    if let Err(why) = &written
        && why.kind() != io::ErrorKind::BrokenPipe
    {
        tracing::error!(%recording, %why, "an export broke off");
        // Whoever reads must not take what came so far for the whole; when nobody reads any more, nobody has to know.
        let _ = sender.blocking_send(Err(io::Error::new(why.kind(), why.to_string())));
    }
    written
}

fn write_all(bundle: Bundle, recording: RecordingId, pieces: Pieces) -> io::Result<()> {
    let mut tar = tar::Builder::new(BufWriter::with_capacity(PIECE_BYTES, pieces));
    let at = u64::try_from(bundle.at.unix_seconds()).unwrap_or_default();
    for (path, content) in bundle.files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o444);
        header.set_mtime(at);
        let path = format!("{recording}/{path}");
        match content {
            Content::Made(bytes) => {
                header.set_size(bytes.len() as u64);
                tar.append_data(&mut header, path, bytes.as_slice())?;
            }
            Content::Stored(from, bytes) => {
                header.set_size(bytes);
                tar.append_data(&mut header, path, from.open(bytes)?)?;
            }
        }
    }
    tar.into_inner()?.flush()
}
