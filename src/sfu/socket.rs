//! The worker's UDP socket: batches in with recvmmsg, batches out with sendmmsg.
//!
//! What goes to one receiver in a row, as the packets of a picture do, is handed to the kernel as one message that it
//! cuts into datagrams (UDP_SEGMENT, udp(7)): most of what sending costs is paid once for each message.
//!
//! The `unsafe` of the engine's I/O is here and in `epoll`. Buffers are allocated once.

use super::outbox::{Outbox, Span};
use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Socket, Type};
use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

/// Datagrams taken or given in one system call.
const BATCH: usize = 64;
/// Longest datagram that is read; longer ones are dropped whole. SRTP over Ethernet stays below 1500.
const DATAGRAM_MAX: usize = 2048;
/// Datagrams that wait to be sent at most; beyond it they are dropped and counted.
const QUEUE_MAX: usize = 16_384;
/// Datagrams of one message at most: the kernel's own limit (UDP_MAX_SEGMENTS).
const RUN_MAX: usize = 64;
/// Bytes of one message at most: what fits into an IPv4 datagram.
const RUN_BYTES_MAX: usize = 65_507;
/// What the kernel is asked to hold in each direction, in bytes.
const KERNEL_BUFFER: usize = 4 << 20;

/// A bound, non-blocking UDP socket with its buffers.
pub(super) struct MediaSocket {
    socket: UdpSocket,
    local: SocketAddr,
    ipv6: bool,
    buffers: Vec<[u8; DATAGRAM_MAX]>,
    /// Where the kernel writes the senders' addresses.
    names: Vec<SockAddrStorage>,
    received: Vec<(usize, Option<SocketAddr>)>,
    outgoing: Vec<(Span, SocketAddr)>,
    /// False once the network card has refused to cut messages into datagrams.
    cuts: bool,
}

/// What a flush came to.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Flushed {
    pub(super) datagrams: u64,
    pub(super) bytes: u64,
    pub(super) dropped: u64,
}

impl MediaSocket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // Larger than net.core.rmem_max needs a privilege; the ordinary call then takes what is allowed.
        for size in [KERNEL_BUFFER, KERNEL_BUFFER / 4] {
            if socket.set_recv_buffer_size(size).is_ok() && socket.set_send_buffer_size(size).is_ok() {
                break;
            }
        }
        force_buffers(socket.as_raw_fd());
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket: UdpSocket = socket.into();
        let local = socket.local_addr()?;
        Ok(Self {
            socket,
            local,
            ipv6: address.is_ipv6(),
            buffers: vec![[0; DATAGRAM_MAX]; BATCH],
            names: (0..BATCH).map(|_| SockAddrStorage::zeroed()).collect(),
            received: Vec::with_capacity(BATCH),
            outgoing: Vec::with_capacity(BATCH * 4),
            cuts: true,
        })
    }

    pub(super) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Takes up to one batch; gives their number. They are read with [`MediaSocket::datagram`].
    pub(super) fn receive(&mut self) -> usize {
        self.received.clear();
        // SAFETY: zero is a valid value of these plain C structures.
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut slices: [libc::iovec; BATCH] = unsafe { mem::zeroed() };
        for (i, (buffer, name)) in self.buffers.iter_mut().zip(&mut self.names).enumerate() {
            slices[i].iov_base = buffer.as_mut_ptr().cast();
            slices[i].iov_len = DATAGRAM_MAX;
            let header = &mut messages[i].msg_hdr;
            header.msg_iov = &mut slices[i];
            header.msg_iovlen = 1;
            header.msg_name = std::ptr::from_mut(name).cast();
            header.msg_namelen = mem::size_of::<SockAddrStorage>() as libc::socklen_t;
        }
        // SAFETY: every header points to a buffer, a slice and a name that outlive the call, with their true lengths; the count is that of the arrays.
        let n = unsafe {
            libc::recvmmsg(
                self.fd(),
                messages.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let n = usize::try_from(n).unwrap_or(0).min(BATCH);
        for (message, name) in messages.iter().zip(&mut self.names).take(n) {
            let header = &message.msg_hdr;
            let cut = header.msg_flags & libc::MSG_TRUNC != 0;
            let name = mem::replace(name, SockAddrStorage::zeroed());
            // SAFETY: the storage was filled by the kernel, which also set the length.
            let from = unsafe { SockAddr::new(name, header.msg_namelen) }
                .as_socket()
                .map(canonical);
            let length = (message.msg_len as usize).min(DATAGRAM_MAX);
            self.received.push((length, if cut { None } else { from }));
        }
        n
    }

    /// A datagram of the last batch and where it came from. `None` for one that was cut or has no usable address.
    pub(super) fn datagram(&self, i: usize) -> Option<(&[u8], SocketAddr)> {
        let (length, from) = *self.received.get(i)?;
        Some((self.buffers.get(i)?.get(..length)?, from?))
    }

    /// True if another batch may be waiting.
    pub(super) fn was_full(&self) -> bool {
        self.received.len() == BATCH
    }

    /// Queues a datagram of the outbox; false when the queue is full and it is dropped.
    pub(super) fn queue(&mut self, datagram: Span, to: SocketAddr) -> bool {
        if self.outgoing.len() >= QUEUE_MAX {
            return false;
        }
        self.outgoing.push((datagram, to));
        true
    }

    /// Sends what is queued, out of the outbox, and empties both. What the kernel does not take at once is dropped: media
    /// waits for nobody.
    pub(super) fn flush(&mut self, outbox: &mut Outbox) -> Flushed {
        let mut flushed = Flushed::default();
        let queued = mem::take(&mut self.outgoing);
        let mut rest = queued.as_slice();
        let mut cuts = self.cuts;
        while !rest.is_empty() {
            rest = self.send_batch(rest, outbox, &mut cuts, &mut flushed);
        }
        self.outgoing = queued;
        self.outgoing.clear();
        outbox.clear();
        flushed
    }

    /// Sends up to one batch of datagrams, with one system call if all goes well; gives the rest.
    fn send_batch<'a>(
        &mut self,
        queue: &'a [(Span, SocketAddr)],
        outbox: &Outbox,
        cuts: &mut bool,
        flushed: &mut Flushed,
    ) -> &'a [(Span, SocketAddr)] {
        // SAFETY: zero is a valid value of these plain C structures.
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut slices: [libc::iovec; BATCH] = unsafe { mem::zeroed() };
        let mut names: [MaybeUninit<SockAddr>; BATCH] = [const { MaybeUninit::uninit() }; BATCH];
        let mut controls = [Control::EMPTY; BATCH];
        let mut runs = [0; BATCH];
        let (mut count, mut taken) = (0, 0);
        while taken < queue.len().min(BATCH) {
            let run = run(&queue[taken..queue.len().min(BATCH)], *cuts);
            let Some((first, to)) = run.first() else { break };
            for (slice, (span, _)) in slices[taken..].iter_mut().zip(run) {
                let datagram = outbox.get(*span);
                slice.iov_base = datagram.as_ptr().cast_mut().cast();
                slice.iov_len = datagram.len();
            }
            let name = names[count].write(SockAddr::from(self.mapped(*to)));
            let header = &mut messages[count].msg_hdr;
            header.msg_iov = slices[taken..].as_mut_ptr();
            header.msg_iovlen = run.len();
            header.msg_name = name.as_ptr().cast_mut().cast();
            header.msg_namelen = name.len();
            if run.len() > 1 {
                controls[count] = Control::segments_of(first.len() as u16);
                header.msg_control = (&raw mut controls[count]).cast();
                header.msg_controllen = mem::size_of::<Control>();
            }
            runs[count] = run.len();
            taken += run.len();
            count += 1;
        }
        let (mut done, mut sent) = (0, 0);
        while sent < count {
            // SAFETY: the headers from `sent` on point to slices, names and controls that live until the end of this
            // function, and those to datagrams of `outbox`, with their true lengths.
            let n = unsafe {
                libc::sendmmsg(
                    self.fd(),
                    messages[sent..count].as_mut_ptr(),
                    (count - sent) as libc::c_uint,
                    libc::MSG_DONTWAIT,
                )
            };
            match usize::try_from(n) {
                Ok(n) if n > 0 => {
                    for run in &runs[sent..(sent + n).min(count)] {
                        flushed.datagrams += *run as u64;
                        flushed.bytes += slices[done..done + run]
                            .iter()
                            .map(|s| s.iov_len as u64)
                            .sum::<u64>();
                        done += run;
                    }
                    sent += n;
                }
                // Without checksum offload messages are never cut (EIO); EINVAL is said where a datagram is too large
                // for its path uncut, or by a kernel that is too old. What is left of this flush goes one by one.
                _ if runs[sent] > 1 && refusal() == Some(libc::EIO) => {
                    tracing::info!("the network card cuts no UDP messages; datagrams go one by one");
                    (self.cuts, *cuts) = (false, false);
                    return &queue[done..];
                }
                _ if runs[sent] > 1 && refusal() == Some(libc::EINVAL) => {
                    *cuts = false;
                    return &queue[done..];
                }
                // The first of the rest was refused (unreachable, buffer full): leave it out and go on.
                _ => {
                    flushed.dropped += runs[sent] as u64;
                    done += runs[sent];
                    sent += 1;
                }
            }
        }
        &queue[taken..]
    }

    /// The address as a socket of our family needs it.
    fn mapped(&self, to: SocketAddr) -> SocketAddr {
        match to {
            SocketAddr::V4(v4) if self.ipv6 => {
                SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port())
            }
            other => other,
        }
    }
}

/// The datagrams at the head of the queue that can go in one message: to one place, and of one size but for a shorter
/// last one.
fn run(queue: &[(Span, SocketAddr)], cuts: bool) -> &[(Span, SocketAddr)] {
    let Some((first, to)) = queue.first().filter(|_| cuts) else {
        return &queue[..queue.len().min(1)];
    };
    let (mut count, mut bytes) = (1, first.len());
    for (datagram, _) in queue[1..].iter().take_while(|(_, other)| other == to) {
        bytes += datagram.len();
        if datagram.len() > first.len() || bytes > RUN_BYTES_MAX || count == RUN_MAX {
            break;
        }
        count += 1;
        if datagram.len() < first.len() {
            break;
        }
    }
    &queue[..count]
}

/// Why the last system call failed.
fn refusal() -> Option<i32> {
    io::Error::last_os_error().raw_os_error()
}

/// A control message that gives the size of the datagrams to cut a message into (UDP_SEGMENT).
#[derive(Clone, Copy)]
#[repr(C)]
struct Control {
    header: libc::cmsghdr,
    size: u16,
    // A control message ends where the next one would begin.
    padding: [u8; mem::size_of::<usize>() - 2],
}

impl Control {
    const EMPTY: Self = Self::segments_of(0);

    const fn segments_of(size: u16) -> Self {
        Self {
            header: libc::cmsghdr {
                cmsg_len: mem::size_of::<libc::cmsghdr>() + mem::size_of::<u16>(),
                cmsg_level: libc::SOL_UDP,
                cmsg_type: libc::UDP_SEGMENT,
            },
            size,
            padding: [0; mem::size_of::<usize>() - 2],
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// With CAP_NET_ADMIN the kernel's limit may be passed; without it the call fails and the limit stands.
fn force_buffers(fd: RawFd) {
    let size = KERNEL_BUFFER as libc::c_int;
    for option in [libc::SO_RCVBUFFORCE, libc::SO_SNDBUFFORCE] {
        // SAFETY: the pointer and the length describe `size`, which outlives the call.
        unsafe {
            libc::setsockopt(
                fd,
                libc::SOL_SOCKET,
                option,
                (&raw const size).cast(),
                mem::size_of::<libc::c_int>() as libc::socklen_t,
            );
        }
    }
}

/// Sleeps until one of the descriptors is readable or the time is up; tells which are. A descriptor below zero is none.
pub(super) fn wait<const N: usize>(fds: [RawFd; N], timeout: std::time::Duration) -> [bool; N] {
    let mut polled = fds.map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    let timeout = libc::timespec {
        tv_sec: timeout.as_secs().min(60) as libc::time_t,
        tv_nsec: libc::c_long::from(timeout.subsec_nanos() as i32),
    };
    // SAFETY: the array and the time live until the call returns; the count is the array's. Errors (a signal) only
    // mean an early return, which the loop of the worker takes as nothing to do.
    let ready = unsafe {
        libc::ppoll(
            polled.as_mut_ptr(),
            polled.len() as libc::nfds_t,
            &timeout,
            std::ptr::null(),
        )
    };
    polled.map(|p| ready > 0 && p.revents != 0)
}

/// Has this thread's sleeps end on time. The kernel's default is to be up to 50 µs late, to wake several at once.
pub(super) fn sleep_precisely() {
    // SAFETY: prctl with this option takes numbers only. If it is refused, sleeps are a little longer.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_000 as libc::c_ulong) };
}

/// The addresses of the interfaces that are up: those of the other hosts first, loopback last. IPv6 only if
/// `ipv4_only` is false, link-local ones never (they need a scope).
pub(super) fn interface_addresses(ipv4_only: bool) -> io::Result<Vec<IpAddr>> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: getifaddrs writes one pointer, which is given back to freeifaddrs below.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = list;
    while !next.is_null() {
        // SAFETY: the list is valid until freeifaddrs, and its end is a null pointer.
        let entry = unsafe { &*next };
        next = entry.ifa_next;
        if entry.ifa_addr.is_null() || entry.ifa_flags & libc::IFF_UP as libc::c_uint == 0 {
            continue;
        }
        // SAFETY: an address with family AF_INET or AF_INET6 is the structure of that family.
        let ip = unsafe {
            match libc::c_int::from((*entry.ifa_addr).sa_family) {
                libc::AF_INET => {
                    let raw = &*entry.ifa_addr.cast::<libc::sockaddr_in>();
                    IpAddr::from(raw.sin_addr.s_addr.to_ne_bytes())
                }
                libc::AF_INET6 if !ipv4_only => {
                    let raw = &*entry.ifa_addr.cast::<libc::sockaddr_in6>();
                    IpAddr::V6(Ipv6Addr::from(raw.sin6_addr.s6_addr))
                }
                _ => continue,
            }
        };
        let link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if !link_local && !found.contains(&ip) {
            found.push(ip);
        }
    }
    // SAFETY: `list` came from getifaddrs and is freed once.
    unsafe { libc::freeifaddrs(list) };
    found.sort_by_key(|ip| ip.is_loopback());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn batches_go_out_and_come_in() {
        let mut a = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut b = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut outbox = Outbox::default();
        for i in 0..100u8 {
            let span = outbox.put(&[i; 20]).unwrap();
            assert!(a.queue(span, b.local_addr()));
        }
        let flushed = a.flush(&mut outbox);
        assert_eq!(
            (flushed.datagrams, flushed.bytes, flushed.dropped),
            (100, 2000, 0)
        );
        let mut seen = Vec::new();
        while seen.len() < 100 {
            wait([b.fd(), a.fd()], Duration::from_secs(5));
            for i in 0..b.receive() {
                let (bytes, from) = b.datagram(i).unwrap();
                assert_eq!(from, a.local_addr());
                seen.push(bytes[0]);
            }
        }
        assert_eq!(seen, (0..100).collect::<Vec<u8>>());
        assert!(!b.was_full());
    }

    /// Sizes of the datagrams as they come out, and in how many messages they went.
    fn sent(a: &mut MediaSocket, sizes: &[usize]) -> (Vec<usize>, Flushed) {
        let mut b = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut outbox = Outbox::default();
        for (i, size) in sizes.iter().enumerate() {
            let span = outbox.put(&vec![i as u8; *size]).unwrap();
            assert!(a.queue(span, b.local_addr()));
        }
        let flushed = a.flush(&mut outbox);
        let mut seen = Vec::new();
        while seen.len() < sizes.len() {
            assert_eq!(wait([b.fd(), b.fd()], Duration::from_secs(5)), [true, true]);
            for i in 0..b.receive() {
                let (bytes, _) = b.datagram(i).unwrap();
                assert!(bytes.iter().all(|byte| usize::from(*byte) == seen.len()));
                seen.push(bytes.len());
            }
        }
        (seen, flushed)
    }

    #[test]
    fn runs_arrive_as_the_datagrams_they_were() {
        let sizes = [1200, 1200, 1200, 900, 1200, 80, 80, 81, 1200, 1200];
        let mut a = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (seen, flushed) = sent(&mut a, &sizes);
        assert_eq!(seen, sizes);
        assert_eq!((flushed.datagrams, flushed.dropped), (10, 0));
        assert_eq!(flushed.bytes, sizes.iter().sum::<usize>() as u64);
        a.cuts = false;
        assert_eq!(sent(&mut a, &sizes).0, sizes);
    }

    #[test]
    fn a_run_has_one_place_one_size_and_the_kernels_limits() {
        let to = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let queue = |sizes: &[(usize, u16)]| -> Vec<(Span, SocketAddr)> {
            let mut outbox = Outbox::default();
            sizes
                .iter()
                .map(|(size, port)| (outbox.put(&vec![0; *size]).unwrap(), to(*port)))
                .collect()
        };
        let run = |sizes: &[(usize, u16)]| run(&queue(sizes), true).len();
        assert_eq!(run(&[(9, 1), (9, 1), (9, 2)]), 2);
        assert_eq!(run(&[(9, 1), (8, 1), (8, 1)]), 2);
        assert_eq!(run(&[(9, 1), (10, 1)]), 1);
        assert_eq!(run(&[(9, 1); 70]), RUN_MAX);
        assert_eq!(run(&[(2000, 1); 64]), 32);
        assert_eq!(run(&[]), 0);
        assert_eq!(super::run(&queue(&[(9, 1), (9, 1)]), false).len(), 1);
    }

    #[test]
    fn an_oversized_datagram_is_not_passed_on() {
        let mut b = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let a = UdpSocket::bind("127.0.0.1:0").unwrap();
        a.send_to(&[1; 4000], b.local_addr()).unwrap();
        wait([b.fd(), b.fd()], Duration::from_secs(5));
        assert_eq!(b.receive(), 1);
        assert!(b.datagram(0).is_none());
    }

    #[test]
    fn the_interfaces_have_an_address() {
        let all = interface_addresses(true).unwrap();
        assert!(all.iter().all(IpAddr::is_ipv4));
        assert!(!all.is_empty());
    }
}
