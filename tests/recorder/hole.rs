//! Thirty seconds in which no sound came: whoever plays the recording hears what was said afterwards at its time. FFmpeg and
//! Chromium put it thirty seconds early where a file leaves such a time out.

use super::S;
use super::media;
use super::stage::{Sender, Stage, examine, gaps};
use oyer::recorder::Cause;
use oyer::rtp::{codec::Codec, source::Source};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender as Found, channel};
use std::time::Duration;
use uuid::Uuid;

const HOLE_S: std::ops::Range<i64> = 10..40;
const END_S: i64 = 46;
const BEFORE_HZ: u32 = 440;
const AFTER_HZ: u32 = 880;
const RATE: usize = 48_000;
const STEP: usize = RATE / 50;

/// A recording of one tone up to the hole and of another after it.
async fn recorded() -> (tempfile::TempDir, PathBuf) {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    let (before, after) = (media::tone(BEFORE_HZ), media::tone(AFTER_HZ));
    for packet in before.iter().take_while(|p| p.at_us < HOLE_S.start * S) {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    for packet in after
        .iter()
        .filter(|p| (HOLE_S.end * S..END_S * S).contains(&p.at_us))
    {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    stage.play().await;
    stage.end(END_S * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let declared: Vec<_> = gaps(&dir).iter().map(|g| (g.from_ms, g.to_ms, g.cause)).collect();
    assert_eq!(declared, [(10_000, 40_000, Cause::Stalled)]);
    (stage.dir, dir.join(&summary.tracks[0].file))
}

/// How much of the sound is this tone, from 0 to 1.
fn share(samples: &[f64], hz: u32) -> f64 {
    let turn = std::f64::consts::TAU * f64::from(hz) / RATE as f64;
    let (mut re, mut im, mut all) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (turn * n as f64).sin_cos();
        re += sample * cos;
        im += sample * sin;
        all += sample * sample;
    }
    if all < 1e-4 * samples.len() as f64 {
        return 0.0;
    }
    2.0 * (re * re + im * im) / (all * samples.len() as f64)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_hole_of_thirty_seconds_ffmpeg_and_chromium_play_what_follows_at_its_time() {
    let (_folder, file) = recorded().await;

    // FFmpeg's samples, one after another: no timestamp helps them.
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-f", "s16le", "-ac", "1", "-ar", "48000", "-"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let samples: Vec<f64> = output
        .stdout
        .chunks_exact(2)
        .map(|s| f64::from(i16::from_le_bytes([s[0], s[1]])) / 32_768.0)
        .collect();
    let steps: Vec<&[f64]> = samples.chunks_exact(STEP).collect();
    let seconds = |step: usize| step as f64 * STEP as f64 / RATE as f64;
    let first_after = steps
        .iter()
        .position(|s| share(s, AFTER_HZ) > 0.5)
        .expect("the tone after the hole");
    let last_before = steps
        .iter()
        .rposition(|s| share(s, BEFORE_HZ) > 0.5)
        .expect("the tone before the hole");
    let (after, before) = (seconds(first_after), seconds(last_before + 1));
    println!(
        "FFmpeg: the first tone up to {before:.2} s, the second from {after:.2} s, {:.2} s in all",
        seconds(steps.len())
    );
    assert!(
        (after - 40.0).abs() <= 0.06 && (before - 10.0).abs() <= 0.06,
        "{before} {after}"
    );
    assert!((samples.len() as f64 / RATE as f64 - 46.0).abs() < 0.05);
    let loud = |s: &&[f64]| s.iter().any(|sample| sample.abs() > 0.01);
    assert!(
        !steps[last_before + 4..first_after - 4].iter().any(loud),
        "the hole is silent"
    );

    let found = in_chromium(&file);
    println!("Chromium: {found}");
    let at = |what: &str| found[what].as_f64().unwrap_or_else(|| panic!("{what}: {found}"));
    assert!(
        (at("decodedAt") - 40.0).abs() <= 0.06 && (at("duration") - 46.0).abs() < 0.05,
        "{found}"
    );
    // Played four times as fast, so that what is on its way to the loudspeaker, and a busy computer, count four times. Without the
    // filled hole it is heard thirty seconds early.
    assert!(
        (at("playedAt") - 40.0).abs() < 8.0 && at("before") < 20.0,
        "{found}"
    );
    assert!((at("appendedAt") - 40.0).abs() < 0.5, "{found}");
}

struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        // It has helpers in its process group.
        // SAFETY: a plain system call on the group that this test made.
        unsafe { libc::kill(-libc::pid_t::try_from(self.0.id()).unwrap(), libc::SIGKILL) };
        let _ = self.0.wait();
    }
}

/// What a page in Chromium found in the file.
fn in_chromium(file: &Path) -> serde_json::Value {
    use std::os::unix::process::CommandExt as _;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (found, finds) = channel();
    let track: Arc<[u8]> = std::fs::read(file).unwrap().into();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser opens connections on which it asks nothing: each has a thread of its own.
            let (track, found) = (track.clone(), found.clone());
            std::thread::spawn(move || answer(stream, &track, &found));
        }
    });
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new("/usr/bin/chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--autoplay-policy=no-user-gesture-required",
        ])
        .arg("--remote-debugging-port=0")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{address}/"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let _browser = Browser(command.spawn().expect("Chromium at /usr/bin/chromium"));
    finds
        .recv_timeout(Duration::from_secs(90))
        .expect("the page did not say what it found")
}

/// One request to the page's server.
fn answer(stream: TcpStream, track: &[u8], found: &Found<serde_json::Value>) {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    let (mut first, mut length) = (None, 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        first.get_or_insert(std::mem::take(&mut line));
        line.clear();
    }
    let first = first.unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, kind, content) = match first.split(' ').nth(1) {
        Some("/") => ("200 OK", "text/html", &include_bytes!("hole.html")[..]),
        Some("/track.webm") => ("200 OK", "audio/webm", track),
        Some("/found") => {
            found.send(serde_json::from_slice(&body).unwrap()).unwrap();
            ("204 No Content", "text/plain", &b""[..])
        }
        _ => ("404 Not Found", "text/plain", &b""[..]),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    let mut stream = &stream;
    // A browser that has gone needs no answer.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(content));
}
