//! A hearing of two people in real Chromiums, one of them behind a bad network, judged by the browser's own statistics.
//! The bounds here catch what is broken on any machine; what is measured is printed. It runs alone (`.config/nextest.toml`):
//! three programs of real time share the processor. Needs root (for a network namespace and TUN devices), Chromium, and the built page.
#![cfg(feature = "server")]

mod browser;
mod firewalls;
mod relay;
mod way;

use browser::Browser;
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use way::{Count, Way, Weather};

const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    child: Child,
    folder: tempfile::TempDir,
    demo: Value,
}

impl Server {
    fn start(address: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_oyer"))
            .args([
                "serve",
                "--demo",
                "--media-port",
                "0",
                "--media-address",
                address.trim_matches(['[', ']']),
                "--listen",
            ])
            .arg(format!("{address}:0"))
            .args(more)
            .arg("--data")
            .arg(folder.path().join("data"))
            .env("OYER_LOG", "info,oyer::sfu=debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let demo = loop {
            let read = std::fs::read(folder.path().join("data/demo.json")).ok();
            if let Some(demo) = read.and_then(|b| serde_json::from_slice(&b).ok()) {
                break demo;
            }
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "{log}");
            std::thread::sleep(Duration::from_millis(50));
        };
        Self { child, folder, demo }
    }

    fn person(&self, role: &str, field: &str) -> String {
        let people = self.demo["participants"].as_array().unwrap();
        let person = people.iter().find(|p| p["role"] == role).unwrap();
        person[field].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("{log}");
        }
    }
}

/// Joins through the equipment check. Gives the way that the check says was found.
fn join(browser: &mut Browser, link: &str) -> Value {
    browser.go(link);
    browser.press("join-continue");
    browser.until(
        "the check comes to an end",
        "/^(good|no_sound)/.test(document.querySelector('[data-testid=\"check-verdict\"]')?.dataset.verdict)",
        PATIENCE,
    );
    let path = browser.eval("document.querySelector('[data-testid=\"check-path\"]')?.dataset.path ?? null");
    browser.press("check-continue");
    path
}

/// An act of this page's person.
fn act(browser: &mut Browser, hearing: &str, act: &str) {
    let status = browser.eval(&format!(
        "fetch('/api/v1/hearings/{hearing}/acts', {{method: 'POST', body: JSON.stringify({act}), headers: {{'content-type': 'application/json', \
         authorization: 'Bearer ' + JSON.parse(sessionStorage.getItem('oyer.session')).session}}}}).then((r) => r.status)"
    ));
    assert_eq!(status, 204, "{act}");
}

fn number(value: &Value, field: &str) -> f64 {
    value[field].as_f64().unwrap_or(0.0)
}

/// How much of a sum came in between two readings.
fn between(before: &Value, after: &Value, field: &str) -> f64 {
    number(after, field) - number(before, field)
}

/// A judge on this machine and a counsel at the end of the way, who see and hear each other in session.
struct Hearing {
    counsel: Browser,
    judge: Browser,
    server: Server,
    way: Way,
    id: String,
}

impl Hearing {
    fn begin() -> Self {
        let way = Way::new();
        let server = Server::start(&way.here, &[]);
        Self::of(way, server, "direct")
    }

    /// `counsels_path` is what counsel's equipment check has to say of their way.
    fn of(way: Way, server: Server, counsels_path: &str) -> Self {
        let origin = server.demo["base_url"].as_str().unwrap().to_owned();
        let hearing = server.demo["hearing_id"].as_str().unwrap().to_owned();
        let mut judge = Browser::open(None, &origin);
        let mut counsel = Browser::open(Some(&way.namespace), &origin);
        assert_eq!(join(&mut judge, &server.person("judge", "link")), "direct");
        assert_eq!(
            join(&mut counsel, &server.person("defence_counsel", "link")),
            counsels_path
        );
        judge.until(
            "the bench is shown",
            "document.querySelector('[data-testid=\"bench\"]') !== null",
            PATIENCE,
        );
        act(&mut judge, &hearing, "{act: 'begin'}");
        let id = server.person("defence_counsel", "id");
        act(
            &mut judge,
            &hearing,
            &format!("{{act: 'admit', participant: '{id}'}}"),
        );
        for browser in [&mut judge, &mut counsel] {
            browser.until(
                "the other is seen and heard",
                "window.__sums().then((r) => r.framesDecoded > 50 && r.samples > 48000)",
                PATIENCE,
            );
        }
        Self {
            counsel,
            judge,
            server,
            way,
            id: hearing,
        }
    }

    /// The prosecutor waits outside, connected for media, at the judge's computer.
    fn somebody_waits_outside(&mut self) {
        let link = self.server.person("prosecutor", "link");
        let secret = link.split_once('#').unwrap().1;
        let outside = self
            .judge
            .eval(&format!("window.__wait_outside('{secret}', '{}')", self.id));
        assert_eq!(outside, true);
    }

    /// Nothing has reached the prosecutor until now; then they are admitted, and it does.
    fn nothing_was_overheard(&mut self) {
        assert_eq!(self.judge.eval("window.__overheard()"), 0);
        let prosecutor = self.server.person("prosecutor", "id");
        let admit = format!("{{act: 'admit', participant: '{prosecutor}'}}");
        act(&mut self.judge, &self.id, &admit);
        self.judge.until(
            "whoever is admitted hears",
            "window.__overheard().then((packets) => packets > 100)",
            PATIENCE,
        );
    }

    /// Waits until the counsel has been played so many seconds of sound more.
    fn listen(&mut self, seconds: u32) {
        let samples = number(&self.counsel.sums(), "samples") + f64::from(seconds) * 48_000.0;
        self.counsel.until(
            "sound goes on",
            &format!("window.__sums().then((r) => r.samples > {samples})"),
            PATIENCE,
        );
    }

    /// What both got and the way did within so many seconds of this weather, after so many to get used to it.
    fn in_weather(&mut self, weather: Weather, to_get_used: u32, seconds: u32) -> Measured {
        self.way.set(weather);
        self.listen(to_get_used);
        for browser in [&mut self.counsel, &mut self.judge] {
            browser.watch();
        }
        let before = [self.counsel.sums(), self.judge.sums()];
        let (down, up) = self.way.counts();
        self.listen(seconds);
        let seen = [self.counsel.seen(), self.judge.seen()];
        let after = [self.counsel.sums(), self.judge.sums()];
        let (down_after, up_after) = self.way.counts();
        let [counsel, judge] = [0, 1].map(|i| Got {
            before: before[i].clone(),
            after: after[i].clone(),
            seen: seen[i].clone(),
            sent: between(&before[1 - i], &after[1 - i], "framesSent"),
        });
        let lost = |before: &Count, after: &Count| after.lost + after.dropped - before.lost - before.dropped;
        Measured {
            counsel,
            judge,
            lost_down: lost(&down, &down_after) as f64,
            lost_up: lost(&up, &up_after) as f64,
        }
    }
}

/// Windows of a weather with some loss that are looked at. Seats learn over some seconds how long to wait, and what else runs on the machine
/// is no weather: two browsers, which encode and decode, and a server have two processors in many a place.
const WINDOWS: usize = 5;

impl Hearing {
    /// In one of so many windows of this weather, what `wrong` names is nothing.
    fn holds(
        &mut self,
        what: &str,
        weather: Weather,
        windows: usize,
        wrong: impl Fn(&Measured) -> Vec<String>,
    ) {
        let mut seen = Vec::new();
        for _ in 0..windows {
            let measured = self.in_weather(weather, 8, 20);
            let wrong = wrong(&measured);
            eprintln!("{what}: {measured}");
            if wrong.is_empty() {
                return;
            }
            seen.push(wrong);
        }
        panic!("{what}, in each window: {seen:?}");
    }
}

/// What one of them got in a while.
struct Got {
    before: Value,
    after: Value,
    seen: Value,
    /// Frames that the other sent meanwhile.
    sent: f64,
}

/// Frames that may be on their way when a while ends and were not when it began.
const ON_THE_WAY: f64 = 5.0;

impl Got {
    fn of(&self, field: &str) -> f64 {
        between(&self.before, &self.after, field)
    }

    /// Share of the sound that was made up, silence left out.
    fn made_up(&self) -> f64 {
        (self.of("concealed") - self.of("silent")) / self.of("samples").max(1.0)
    }

    /// Share of the frames that the other sent that were decoded here. What a browser says that it received would leave out
    /// those of which a part never came.
    fn decoded(&self) -> f64 {
        ((self.of("framesDecoded") + ON_THE_WAY) / self.sent.max(1.0)).min(1.0)
    }

    fn longest(&self, what: &str) -> f64 {
        number(&self.seen, what)
    }
}

impl std::fmt::Display for Got {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} % of sound made up, longest silence {:.0} ms; {:.2} % of {} frames sent decoded, {} freezes of {:.2} s, \
             longest still {:.0} ms, {} key frames; apart {:.0} ms, 95 % {:.0} ms of {} looks",
            100.0 * self.made_up(),
            self.longest("silence"),
            100.0 * self.decoded(),
            self.sent,
            self.of("freezes"),
            self.of("frozen"),
            self.longest("still"),
            self.of("keyFrames"),
            self.longest("apart"),
            self.longest("apartMost"),
            self.seen["looks"],
        )?;
        for field in [
            "framesReceived",
            "framesDecoded",
            "framesDropped",
            "pictures",
            "picturesLost",
            "again",
            "nacks",
            "plis",
            "sounds",
            "soundsLost",
            "soundsLate",
            "soundNacks",
            "sentAgain",
            "audioSent",
            "audioSentAgain",
            "audioNacksGot",
            "videoSent",
            "videoSentAgain",
            "videoNacksGot",
        ] {
            write!(f, ", {field} {}", self.of(field))?;
        }
        let delay = self.of("soundDelay") / self.of("samples").max(1.0);
        write!(
            f,
            ", rtt {:.3}, height {}, delay of sound {delay:.3}, of pictures {:.3}",
            number(&self.after, "rtt"),
            self.after["height"],
            number(&self.after, "pictureDelay")
        )
    }
}

struct Measured {
    counsel: Got,
    judge: Got,
    /// Packets that the way lost, toward the counsel and from there.
    lost_down: f64,
    lost_up: f64,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "lost {} down and {} up\n  counsel: {}\n  judge: {}",
            self.lost_down, self.lost_up, self.counsel, self.judge
        )
    }
}

const FAR: Weather = Weather {
    loss_percent: 0,
    delay: Duration::from_millis(80),
    jitter: Duration::from_millis(20),
    bits: 0,
    without_udp: false,
};

/// 5 % loss, 80 ± 20 ms each way: pictures go on, lips and voice together, what is lost is sent again in measure.
/// 20 % loss: what is said is heard. 300 kbit/s: it goes on without a gap, and the picture comes back.
#[test]
fn a_hearing_goes_on_over_a_bad_network() {
    let mut hearing = Hearing::begin();
    hearing.somebody_waits_outside();
    let some_loss = Weather {
        loss_percent: 5,
        ..FAR
    };
    hearing.holds("5 % loss, 80±20 ms", some_loss, WINDOWS, |m| {
        let mut wrong = Vec::new();
        for (whose, got) in [("counsel", &m.counsel), ("judge", &m.judge)] {
            let bounds = [
                ("frames, too few to judge", got.sent > 300.0),
                ("decoded", got.decoded() >= 0.99),
                ("a freeze", got.longest("still") <= 500.0),
                ("lips and voice", got.longest("apart") <= 100.0),
                ("sound made up", got.made_up() <= 0.02),
            ];
            wrong.extend(
                bounds
                    .iter()
                    .filter(|b| !b.1)
                    .map(|b| format!("{whose}: {}", b.0)),
            );
        }
        if m.counsel.of("again") > 3.0 * m.lost_down || m.counsel.of("sentAgain") > 3.0 * m.lost_up {
            wrong.push("sent again beyond measure".into());
        }
        wrong
    });

    let much_loss = Weather {
        loss_percent: 20,
        ..FAR
    };
    hearing.holds("20 % loss, 80±20 ms", much_loss, 1, |m| {
        let all = [("counsel", &m.counsel), ("judge", &m.judge)];
        let wrong = all.iter().filter(|(_, got)| got.made_up() > 0.05);
        wrong
            .map(|(whose, _)| format!("{whose}: sound made up"))
            .collect()
    });

    hearing.way.set(Weather::default());
    hearing.counsel.until(
        "the loss is forgotten",
        "(async () => { const a = await window.__sums(); await new Promise((done) => setTimeout(done, 3000)); const b = await window.__sums(); \
         return b.framesDecoded - a.framesDecoded > 30 && document.querySelector('[data-testid=\"picture-paused\"]') === null; })()",
        PATIENCE,
    );
    let narrow = Weather {
        delay: Duration::from_millis(20),
        bits: 300_000,
        ..Weather::default()
    };
    let m = hearing.in_weather(narrow, 0, 20);
    eprintln!("300 kbit/s: {m}");
    for (whose, got) in [("counsel", &m.counsel), ("judge", &m.judge)] {
        assert!(
            got.longest("silence") <= 200.0,
            "{whose}: {}",
            got.longest("silence")
        );
    }
    assert!(
        m.judge.of("framesDecoded") > 20.0,
        "counsel's picture goes on, smaller"
    );
    hearing.way.set(Weather::default());
    let frames = number(&hearing.counsel.sums(), "framesDecoded") + 20.0;
    let back = hearing.counsel.until(
        "the picture is back and no sign of a pause is there",
        &format!(
            "window.__sums().then((r) => r.framesDecoded > {frames} && document.querySelector('[data-testid=\"picture-paused\"]') === null)"
        ),
        PATIENCE,
    );
    eprintln!("the picture was back after {back:?}");
    assert!(back <= Duration::from_secs(10), "{back:?}");
    hearing.sound_alone();
    hearing.nothing_was_overheard();
}

impl Hearing {
    /// The way carries sound and no picture: the page says so on the tile, what is said is heard, and the picture returns.
    fn sound_alone(&mut self) {
        self.way.set(Weather {
            delay: Duration::from_millis(20),
            bits: 90_000,
            ..Weather::default()
        });
        let paused = self.counsel.until(
            "the tile says that the picture is paused",
            "document.querySelector('[data-testid=\"picture-paused\"]') !== null",
            PATIENCE,
        );
        self.listen(3);
        let before = self.counsel.sums();
        self.listen(5);
        let after = self.counsel.sums();
        let samples = between(&before, &after, "samples");
        let made_up = between(&before, &after, "concealed") - between(&before, &after, "silent");
        eprintln!(
            "sound alone after {paused:?}: {:.2} % made up",
            100.0 * made_up / samples
        );
        assert!(made_up <= 0.05 * samples, "{made_up} of {samples}");
        self.way.set(Weather::default());
        let frames = number(&after, "framesDecoded") + 20.0;
        let back = self.counsel.until(
            "the picture returns, and the sign goes",
            &format!(
                "window.__sums().then((r) => r.framesDecoded > {frames} && document.querySelector('[data-testid=\"picture-paused\"]') === null)"
            ),
            PATIENCE,
        );
        eprintln!("the picture was back after {back:?}");
    }
}

/// A phone leaves its wireless network: its address is gone, and it has another.
#[test]
fn a_phone_changes_its_address() {
    let mut hearing = Hearing::begin();
    hearing.somebody_waits_outside();
    hearing.way.set(Weather {
        delay: Duration::from_millis(20),
        ..Weather::default()
    });
    hearing.listen(5);
    let old = hearing.way.address();
    let before = [hearing.counsel.sums(), hearing.judge.sums()];
    hearing.way.move_away();
    let moved = Instant::now();
    let (mut sound, mut welcome) = ([None; 2], None);
    while sound.contains(&None) || welcome.is_none() {
        let now = [hearing.counsel.sums(), hearing.judge.sums()];
        let past = moved.elapsed();
        for i in 0..2 {
            // More than was on its way.
            if between(&before[i], &now[i], "sounds") > 8.0 {
                sound[i].get_or_insert(past);
            }
        }
        if between(&before[0], &now[0], "welcomes") > 0.0 {
            welcome.get_or_insert(past);
        }
        assert!(past < PATIENCE, "{sound:?} {welcome:?} {now:?}");
    }
    eprintln!("sound was back after {sound:?}, the socket after {welcome:?}");
    let to_old = |hearing: &Hearing| hearing.way.counts().0.to.get(&old).copied().unwrap_or(0);
    let sent_before = to_old(&hearing);
    hearing.listen(3);
    let sent_after = to_old(&hearing);
    assert_eq!(sent_after, sent_before, "to the address that is another's now");
    let after = [hearing.counsel.sums(), hearing.judge.sums()];
    for i in 0..2 {
        assert_eq!(before[i]["seats"], after[i]["seats"], "in the same seat");
    }
    for back in sound.into_iter().chain([welcome]) {
        assert!(back.is_some_and(|b| b <= Duration::from_secs(3)), "{back:?}");
    }
    hearing.nothing_was_overheard();
}
