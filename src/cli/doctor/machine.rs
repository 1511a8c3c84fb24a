//! What only the server's own machine can look at: disks, FFmpeg, clock, seal key, the time-stamp authority, the log and its cosigners.

use super::super::config::Config;
use super::super::seal_key::place;
use super::{CLOCK_DIFFERENCE_MAX, Outcome, Report};
use crate::evidence::key::KeyPlace;
use crate::evidence::{self, Authority, Cosigner, LogStanding};
use crate::folder;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Free space below which a court should not begin a day: an hour of a hearing of five takes about 4 GiB.
const FREE_MIN: u64 = 10 << 30;

/// A head of the log is cosigned within that: cosigners are asked every minute, and have some seconds to answer.
const COSIGNED_WITHIN: Duration = Duration::from_secs(150);

pub(super) fn disk(report: &mut Report, data: &Path) {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    match folder::free_space(data) {
        Ok(free) if free >= FREE_MIN => report.say(
            "disk",
            Outcome::Ok,
            format!("{} has {:.0} GiB free.", data.display(), gib(free)),
        ),
        Ok(free) => report.say(
            "disk",
            Outcome::Failed,
            format!(
                "{} has {:.1} GiB free; an hour of a hearing of five takes about 4. Make room.",
                data.display(),
                gib(free)
            ),
        ),
        Err(error) => report.say(
            "disk",
            Outcome::Failed,
            format!("The folder {} cannot be looked at: {error}.", data.display()),
        ),
    }
}

/// Looks; begins nothing and writes nothing.
pub(super) async fn second_store(report: &mut Report, config: &Config) {
    let Some(place) = &config.second_store else {
        return;
    };
    let (outcome, text) = match evidence::probe_second_store(place, &config.data).await {
        Ok(true) => (
            Outcome::Ok,
            "The second store answers, and is the one that was begun.".into(),
        ),
        Ok(false) => (
            Outcome::NotChecked,
            "The second store answers, and is begun at the next start of the server.".into(),
        ),
        Err(why) => (
            Outcome::Failed,
            format!("Recordings are not copied: {why}. See second_store."),
        ),
    };
    report.say("second_store", outcome, text);
}

pub(super) fn ffmpeg(report: &mut Report) {
    match Command::new("ffmpeg").arg("-version").output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            let version = text
                .split_whitespace()
                .nth(2)
                .unwrap_or("of no version")
                .to_owned();
            report.say(
                "ffmpeg",
                Outcome::Ok,
                format!("FFmpeg {version} is there, for access copies."),
            );
        }
        Ok(output) => report.say(
            "ffmpeg",
            Outcome::Failed,
            format!(
                "FFmpeg does not run ({}): no access copies can be made.",
                output.status
            ),
        ),
        Err(error) => report.say(
            "ffmpeg",
            Outcome::Failed,
            format!("FFmpeg does not run ({error}): no access copies can be made. Install it."),
        ),
    }
}

/// What the kernel knows of its clock.
pub(super) fn clock(report: &mut Report) {
    // SAFETY: zero is a valid value of this plain C structure; mode 0 changes nothing.
    let mut state: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives until the call returns.
    match unsafe { libc::adjtimex(&mut state) } {
        libc::TIME_ERROR | ..0 => report.say(
            "clock",
            Outcome::NotChecked,
            "This machine's clock: the kernel knows of nothing that keeps it right. Run an NTP client, such as chrony.",
        ),
        _ => report.say(
            "clock",
            Outcome::Ok,
            "This machine's clock is kept right by a time service, as the kernel says.",
        ),
    }
}

/// Whether the token with the seal key, if there is one, answers.
pub(super) async fn seal_key(report: &mut Report, config: &Config) {
    if config.token.is_none() {
        return;
    }
    let asked = match place(config) {
        Ok(KeyPlace::Token { token, .. }) => {
            tokio::task::spawn_blocking(move || token.public_key().map(drop))
                .await
                .map_err(|e| e.to_string())
                .and_then(|asked| asked.map_err(|e| e.to_string()))
        }
        Ok(KeyPlace::File) => return,
        Err(error) => Err(error.to_string()),
    };
    match asked {
        Ok(()) => report.say(
            "seal_key",
            Outcome::Ok,
            "The token with the seal key answers and holds it.",
        ),
        Err(error) => report.say(
            "seal_key",
            Outcome::Failed,
            format!("No seal can be made: {error}. Recordings wait for their seals meanwhile."),
        ),
    }
}

pub(super) async fn authority(report: &mut Report, config: &Config) {
    let Some((url, root)) = &config.timestamp else {
        return;
    };
    let opened = std::fs::read(root)
        .map_err(|e| e.to_string())
        .and_then(|pem| Authority::new(url, &pem).map_err(|e| e.to_string()));
    let asked = match opened {
        Ok(authority) => authority.clock_difference().await.map_err(|e| e.to_string()),
        Err(error) => Err(error),
    };
    match asked {
        Ok(apart) if apart.abs() <= CLOCK_DIFFERENCE_MAX => report.say(
            "time_stamp_authority",
            Outcome::Ok,
            "The time-stamp authority answers under the configured root, and its time agrees with this machine's.",
        ),
        Ok(apart) => report.say(
            "time_stamp_authority",
            Outcome::Failed,
            format!(
                "The time-stamp authority answers, but its time and this machine's are {} seconds apart. Set this machine's clock.",
                apart.abs().whole_seconds()
            ),
        ),
        Err(error) => report.say(
            "time_stamp_authority",
            Outcome::Failed,
            format!("The time-stamp authority cannot be used: {error}. Seals wait for their stamps meanwhile."),
        ),
    }
}

/// How the log stands, and whether its cosigners answer and have signed it.
pub(super) async fn log(report: &mut Report, config: &Config) {
    let data = config.data.clone();
    let found = tokio::task::spawn_blocking(move || LogStanding::of(&data)).await;
    let standing = match found
        .map_err(|e| e.to_string())
        .map(|found| found.map_err(|e| e.to_string()))
    {
        Ok(Ok(standing)) => standing,
        Ok(Err(error)) | Err(error) => {
            let text =
                format!("The transparency log cannot be read: {error}. Seals wait to be entered meanwhile.");
            return report.say("log", Outcome::Failed, text);
        }
    };
    match &standing {
        None => report.say("log", Outcome::Ok, "The transparency log has no entry yet; the first recording begins it."),
        Some(standing) => report.say(
            "log",
            Outcome::Ok,
            format!(
                "The transparency log has {} entries; its head is signed with the log's key and was written {} ago.",
                standing.head.size(),
                ago(standing.written)
            ),
        ),
    }
    for line in &config.cosigners {
        match Cosigner::of_line(line) {
            Ok(cosigner) => log_cosigner(report, &cosigner, standing.as_ref()).await,
            Err(error) => report.say("cosigner", Outcome::Failed, format!("{error}.")),
        }
    }
}

async fn log_cosigner(report: &mut Report, cosigner: &Cosigner, standing: Option<&LogStanding>) {
    let name = cosigner.key().name();
    if let Err(error) = cosigner.answers().await {
        let text = format!(
            "The cosigner {name} cannot be used: {error}. Heads of the log go without its signature meanwhile."
        );
        return report.say("cosigner", Outcome::Failed, text);
    }
    let Some(standing) = standing else {
        let text = format!("The cosigner {name} answers; there is no head of the log for it to sign yet.");
        return report.say("cosigner", Outcome::Ok, text);
    };
    let signed = standing.head.cosigned_at(cosigner.key());
    let waited = standing.written.elapsed().unwrap_or_default();
    let (outcome, said) = match signed {
        Ok(Some(at)) => (
            Outcome::Ok,
            format!(
                "has signed the newest head of the log, {} ago",
                ago(UNIX_EPOCH + Duration::from_secs(at))
            ),
        ),
        // It is asked every minute.
        Ok(None) if waited < COSIGNED_WITHIN => (
            Outcome::NotChecked,
            "has not signed the newest head of the log, which was only just made".into(),
        ),
        Ok(None) => (
            Outcome::Failed,
            "has not signed the newest head of the log. The server's log says why; is the server running?"
                .into(),
        ),
        Err(error) => (Outcome::Failed, format!("has signed badly: {error}")),
    };
    report.say(
        "cosigner",
        outcome,
        format!("The cosigner {name} answers, and {said}."),
    );
}

/// How long ago, for people. What is to come, by another clock, is now.
fn ago(at: SystemTime) -> String {
    let seconds = at.elapsed().unwrap_or_default().as_secs();
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
