//! How fast a copy for watching is made: `cargo bench --bench access_copy`. Four people at 720p with sound, on one core, by
//! the code and the FFmpeg of the server, sandbox included.

#[path = "../tests/evidence/courthouse.rs"]
#[allow(dead_code, reason = "the tests of evidence need more of it")]
mod courthouse;

use courthouse::{Court, Tape, ffmpeg};
use oyer::evidence::AccessCopyStatus;
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

const SECONDS: u64 = 60;
const PEOPLE: u32 = 4;
const ROUNDS: usize = 3;

fn main() {
    one_core();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut speeds: Vec<f64> = (0..ROUNDS).map(|_| runtime.block_on(speed())).collect();
    speeds.sort_by(f64::total_cmp);
    println!(
        "{PEOPLE} people at 720p, one core: {:.2} times as fast as real time [{:.2}..{:.2}], median of {ROUNDS} rounds of {SECONDS} s",
        speeds[ROUNDS / 2],
        speeds[0],
        speeds[ROUNDS - 1]
    );
}

/// Seconds of media a second.
async fn speed() -> f64 {
    let court = Court::new().await;
    let begun = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc());
    let (recording, dir) = begun.await.expect("a recording");
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, SECONDS * 1000);
    for n in 1..=PEOPLE {
        // A different part of the pattern for each, with noise as a camera has it; encoded as a browser does.
        let picture = format!(
            "testsrc2=s=1280x720:r=30:d={SECONDS},noise=alls=8:allf=t,hue=h={}",
            90 * n
        );
        let name = format!("segment-001/person-{n}-camera.webm");
        ffmpeg(
            &[
                "-f",
                "lavfi",
                "-i",
                &picture,
                "-c:v",
                "libvpx",
                "-b:v",
                "1200k",
                "-deadline",
                "realtime",
                "-cpu-used",
                "8",
                "-g",
                "300",
            ],
            &dir.join(&name),
        );
        tape.enter(name, court.witness, Source::Camera, Codec::Vp8, 1);
        let sound = format!("sine=frequency={}:duration={SECONDS}:sample_rate=48000", 220 * n);
        let name = format!("segment-001/person-{n}-microphone.webm");
        ffmpeg(
            &["-f", "lavfi", "-i", &sound, "-c:a", "libopus", "-b:a", "32k"],
            &dir.join(&name),
        );
        tape.enter(name, court.witness, Source::Microphone, Codec::Opus, 1);
    }
    court
        .evidence
        .seal(recording, tape.finish())
        .await
        .expect("a seal");
    let began = Instant::now();
    let asked = court.evidence.start_access_copy(recording, "Clerk").await;
    asked.expect("a copy in the making");
    loop {
        match court.evidence.access_copy(recording) {
            AccessCopyStatus::Running { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
            AccessCopyStatus::Done => return SECONDS as f64 / began.elapsed().as_secs_f64(),
            other => panic!("{other:?}"),
        }
    }
}

/// This process and all that it starts get one processor.
fn one_core() {
    // SAFETY: an all-zero set is valid; the call reads it, with its true size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(0, &mut set);
        assert_eq!(libc::sched_setaffinity(0, size_of_val(&set), &set), 0);
    }
}
