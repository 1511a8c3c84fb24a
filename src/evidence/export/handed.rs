//! A tar file on its way to whoever reads it, and how much of it they took.

use bytes::Bytes;
use std::io;
use tokio::sync::{mpsc, oneshot};

/// How much was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Bytes that were taken.
    pub bytes: u64,
    /// All of it was, up to its end.
    pub is_whole: bool,
}

/// A bundle as it is handed out: pieces of a tar file. What is dropped before its end was broken off there.
pub struct Handed {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    taken: Taken,
    tell: Option<oneshot::Sender<Taken>>,
}

/// The pieces, and what is told of them when they were all taken, or are not wanted any more.
pub(super) fn handed(pieces: mpsc::Receiver<io::Result<Bytes>>) -> (Handed, impl Future<Output = Taken>) {
    let (tell, told) = oneshot::channel();
    let taken = Taken {
        bytes: 0,
        is_whole: false,
    };
    let handed = Handed {
        pieces,
        taken,
        tell: Some(tell),
    };
    (handed, async move { told.await.unwrap_or(taken) })
}

impl Handed {
    /// The next piece; none after the last. An error ends it: what came before is not the whole.
    pub async fn recv(&mut self) -> Option<io::Result<Bytes>> {
        let piece = self.pieces.recv().await;
        match &piece {
            Some(Ok(bytes)) => self.taken.bytes += bytes.len() as u64,
            Some(Err(_)) => self.end(),
            None => {
                // After an error nothing is told again.
                self.taken.is_whole = true;
                self.end();
            }
        }
        piece
    }

    fn end(&mut self) {
        if let Some(tell) = self.tell.take() {
            // Nobody listens any more when the server stops.
            let _ = tell.send(self.taken);
        }
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.end();
    }
}
