//! A bad network in user space: a network namespace for one client, joined to this one by a pair of TUN devices between
//! which this process carries the packets, with loss, delay, jitter and width. (The kernels of many CI machines have no
//! netem; a TUN device, unlike a veth, does not leave checksums and segmentation to hardware that is not there.)

use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a queue of the way holds, as time; the rest is dropped.
const QUEUE: Duration = Duration::from_millis(300);

/// How the way is, in both directions.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss_percent: u64,
    pub delay: Duration,
    /// Each packet takes so much more or less.
    pub jitter: Duration,
    /// Bits a second; 0 is as many as there are.
    pub bits: u64,
    /// A firewall that lets no UDP through.
    pub without_udp: bool,
}

/// What went one way.
#[derive(Debug, Default, Clone)]
pub struct Count {
    pub carried: u64,
    /// By chance.
    pub lost: u64,
    /// For want of room.
    pub dropped: u64,
    /// Carried of UDP, by destination.
    pub to: HashMap<Ipv4Addr, u64>,
}

/// A namespace with one address, and the way to it.
pub struct Way {
    pub namespace: String,
    /// This side's address, for the server.
    pub here: String,
    /// Its IPv6 address.
    pub here_v6: String,
    net: String,
    far: String,
    weather: Arc<Mutex<Weather>>,
    down: Arc<Mutex<Count>>,
    up: Arc<Mutex<Count>>,
    stop: Arc<AtomicBool>,
    carriers: Vec<JoinHandle<()>>,
}

impl Way {
    pub fn new() -> Self {
        let id = std::process::id();
        let namespace = format!("oyer{id}");
        let net = format!("10.203.{}", id % 250);
        let net_v6 = format!("fd00:203:{:x}:", id % 65_536);
        let (near_v6, far_v6) = (format!("{net_v6}:1"), format!("{net_v6}:2"));
        let (near, far) = (format!("oyn{id}"), format!("oyf{id}"));
        ip(&["netns", "add", &namespace]);
        let here = open_tun(&near);
        let there = in_namespace(&namespace, {
            let far = far.clone();
            move || open_tun(&far)
        });
        ip(&["addr", "add", &format!("{net}.1/24"), "dev", &near]);
        ip(&[
            "-6",
            "addr",
            "add",
            &format!("{near_v6}/64"),
            "dev",
            &near,
            "nodad",
        ]);
        ip(&["link", "set", &near, "up"]);
        for args in [
            vec!["link", "set", "lo", "up"],
            vec!["addr", "add", &format!("{net}.2/24"), "dev", &far],
            vec!["-6", "addr", "add", &format!("{far_v6}/64"), "dev", &far, "nodad"],
            vec!["link", "set", &far, "up"],
        ] {
            ip(&[&["-n", namespace.as_str()], &args[..]].concat());
        }
        let weather = Arc::new(Mutex::new(Weather::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (down, up) = <(Arc<Mutex<Count>>, Arc<Mutex<Count>>)>::default();
        let carriers = [
            (here.try_clone(), there.try_clone(), 7, down.clone()),
            (Ok(there), Ok(here), 8, up.clone()),
        ]
        .into_iter()
        .map(|(from, to, seed, count)| {
            let (from, to) = (from.unwrap(), to.unwrap());
            let (weather, stop) = (weather.clone(), stop.clone());
            std::thread::spawn(move || carry(from, to, seed, &weather, &count, &stop))
        })
        .collect();
        Self {
            namespace,
            here: format!("{net}.1"),
            here_v6: near_v6,
            net,
            far,
            weather,
            down,
            up,
            stop,
            carriers,
        }
    }

    pub fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
    }

    /// What went toward the namespace so far, and from there.
    pub fn counts(&self) -> (Count, Count) {
        (self.down.lock().unwrap().clone(), self.up.lock().unwrap().clone())
    }

    /// The namespace's first address.
    pub fn address(&self) -> Ipv4Addr {
        format!("{}.2", self.net).parse().unwrap()
    }

    /// The namespace gets another address, and its first is gone: what becomes of a phone that leaves its wireless network.
    pub fn move_away(&self) {
        let [first, second, net] = [".2/24", ".130/32", ".0/24"].map(|end| format!("{}{end}", self.net));
        let second_address = format!("{}.130", self.net);
        for args in [
            vec!["addr", "add", &second, "dev", &self.far],
            vec!["addr", "del", &first, "dev", &self.far],
            vec!["route", "add", &net, "dev", &self.far, "src", &second_address],
        ] {
            ip(&[&["-n", self.namespace.as_str()], &args[..]].concat());
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for carrier in self.carriers.drain(..) {
            let _ = carrier.join();
        }
        // The devices go with their descriptors, the namespace with its last process.
        let _ = Command::new("ip")
            .args(["netns", "del", &self.namespace])
            .status();
    }
}

fn ip(args: &[&str]) {
    let output = Command::new("ip").args(args).output().expect("the ip command");
    assert!(
        output.status.success(),
        "ip {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs it on a thread of its own inside the namespace.
pub fn in_namespace<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> T {
    let file = File::open(format!("/var/run/netns/{name}")).unwrap();
    std::thread::spawn(move || {
        // SAFETY: a plain system call with a descriptor that is open; it moves this thread only.
        assert_eq!(unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) }, 0);
        run()
    })
    .join()
    .unwrap()
}

fn open_tun(name: &str) -> File {
    let file = File::options()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
        .unwrap();
    // SAFETY: all zeroes is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the request lives through the call, and the descriptor is a TUN control device.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF as _, &request) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: fcntl on an open descriptor.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    file
}

/// A packet on its way, the one that is due first on top.
struct Flying(Instant, u64, Vec<u8>);

impl PartialEq for Flying {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Flying {}
impl PartialOrd for Flying {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Flying {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.0, other.1).cmp(&(self.0, self.1))
    }
}

fn carry(
    mut from: File,
    mut to: File,
    seed: u64,
    weather: &Mutex<Weather>,
    counted: &Mutex<Count>,
    stop: &AtomicBool,
) {
    let mut random = seed;
    let mut chance = move |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % n.max(1)
    };
    let mut flying = BinaryHeap::new();
    let (mut count, mut free) = (0u64, Instant::now());
    let mut buffer = vec![0; 65_536];
    while !stop.load(Ordering::Relaxed) {
        let wait = flying.peek().map_or(Duration::from_millis(50), |f: &Flying| {
            f.0.saturating_duration_since(Instant::now())
        });
        let mut poll = libc::pollfd {
            fd: from.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let nanos = libc::timespec {
            tv_sec: 0,
            tv_nsec: wait.as_nanos().min(50_000_000) as _,
        };
        // SAFETY: one descriptor, which is open; no signal mask.
        unsafe { libc::ppoll(&mut poll, 1, &nanos, std::ptr::null()) };
        let weather = *weather.lock().unwrap();
        while let Ok(length) = from.read(&mut buffer) {
            let now = Instant::now();
            // Where the protocol stands in a header of IPv4 and of IPv6.
            let protocol = if buffer.first().is_some_and(|b| b >> 4 == 4) {
                9
            } else {
                6
            };
            let is_udp = buffer.get(protocol) == Some(&17);
            if weather.without_udp && is_udp || chance(100) < weather.loss_percent {
                counted.lock().unwrap().lost += 1;
                continue;
            }
            let mut at = now;
            let nanos = length as u64 * 8_000_000_000;
            if let Some(nanos) = nanos.checked_div(weather.bits) {
                let start = free.max(now);
                if start - now > QUEUE {
                    counted.lock().unwrap().dropped += 1;
                    continue;
                }
                free = start + Duration::from_nanos(nanos);
                at = free;
            }
            let jitter = Duration::from_micros(chance(2 * weather.jitter.as_micros() as u64 + 1));
            at += weather.delay.saturating_sub(weather.jitter) + jitter;
            count += 1;
            flying.push(Flying(at, count, buffer[..length].to_vec()));
        }
        while flying.peek().is_some_and(|f| f.0 <= Instant::now()) {
            if let Some(Flying(_, _, packet)) = flying.pop() {
                note(&mut counted.lock().unwrap(), &packet);
                // A device that is full loses packets as any does.
                let _ = to.write(&packet);
            }
        }
    }
}

/// Counts a packet that arrives. IPv4: the protocol at 9, 17 for UDP, and the destination at 16.
fn note(count: &mut Count, packet: &[u8]) {
    count.carried += 1;
    if packet.get(9) == Some(&17)
        && let Some(to) = packet.get(16..20).and_then(<[u8]>::first_chunk::<4>)
    {
        *count.to.entry(Ipv4Addr::from(*to)).or_default() += 1;
    }
}

/// A pair of connected pipes' ends: for reading, for writing.
pub fn pipe() -> (File, File) {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors, which belong to nobody else.
    unsafe {
        assert_eq!(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC), 0);
        (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1]))
    }
}
