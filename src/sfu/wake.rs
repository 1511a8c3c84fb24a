//! Waking a worker that sleeps in `poll`: an eventfd (see eventfd(2)).

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::Arc;

/// Wakes the worker. Cheap to clone; never blocks.
#[derive(Debug, Clone)]
pub(super) struct Waker(Arc<File>);

impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes no pointers; a non-negative result is a fresh descriptor that nobody else owns.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: see above; the File becomes its only owner.
        Ok(Self(Arc::new(unsafe { File::from_raw_fd(fd) })))
    }

    /// Makes the descriptor readable.
    pub(super) fn wake(&self) {
        // The only error of a non-blocking eventfd is a full counter, which means it is readable already.
        let _ = (&*self.0).write(&1u64.to_ne_bytes());
    }

    /// Makes the descriptor unreadable again.
    pub(super) fn clear(&self) {
        // An error means that it was clear already.
        let _ = (&*self.0).read(&mut [0u8; 8]);
    }

    pub(super) fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
