//! Many descriptors watched at once: epoll(7), level-triggered.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Descriptors that one wait tells of at most; the others are told by the next.
const EVENTS: usize = 64;

/// A set of descriptors. One that is closed leaves it by itself.
#[derive(Debug)]
pub(super) struct Epoll(OwnedFd);

/// What a descriptor is ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ready {
    /// As given when it was added.
    pub(super) token: u64,
    /// There is something to read, or the end, or an error that reading tells.
    pub(super) readable: bool,
    /// It takes more.
    pub(super) writable: bool,
}

impl Epoll {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 takes no pointers; a non-negative result is a fresh descriptor that nobody else owns.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: see above.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Watches a descriptor for reading.
    pub(super) fn add(&self, fd: RawFd, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token, false)
    }

    /// Watches it for writing as well, or no longer.
    pub(super) fn want_write(&self, fd: RawFd, token: u64, write: bool) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, token, write)
    }

    /// Watches it no longer.
    pub(super) fn remove(&self, fd: RawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd, 0, false)
    }

    fn control(&self, what: libc::c_int, fd: RawFd, token: u64, write: bool) -> io::Result<()> {
        let write = if write { libc::EPOLLOUT } else { 0 };
        let mut event = libc::epoll_event {
            events: (libc::EPOLLIN | write) as u32,
            u64: token,
        };
        // SAFETY: the event lives until the call returns; a descriptor that is not open is an error, not a danger.
        let result = unsafe { libc::epoll_ctl(self.0.as_raw_fd(), what, fd, &mut event) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Waits until a descriptor is ready or the time is up (`None`: for ever), and puts those that are in place of what
    /// `ready` holds.
    pub(super) fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) {
        ready.clear();
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // Rounded up: a wait that ends before its time would only be made again.
        let milliseconds = timeout.map_or(-1, |t| t.as_micros().div_ceil(1000).min(60_000) as libc::c_int);
        // SAFETY: the array lives until the call returns and its length is given. An error (a signal) is an early return.
        let n = unsafe {
            libc::epoll_wait(
                self.0.as_raw_fd(),
                events.as_mut_ptr(),
                EVENTS as libc::c_int,
                milliseconds,
            )
        };
        let n = usize::try_from(n).unwrap_or(0).min(EVENTS);
        ready.extend(events[..n].iter().map(|event| {
            // By value: the structure is packed.
            let (flags, token) = (event.events, event.u64);
            let has = |flag: libc::c_int| flags & flag as u32 != 0;
            Ready {
                token,
                readable: has(libc::EPOLLIN | libc::EPOLLHUP | libc::EPOLLERR | libc::EPOLLRDHUP),
                writable: has(libc::EPOLLOUT),
            }
        }));
    }

    pub(super) fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
