//! `oyer doctor`: what an operator wants to know before people come. What was not looked at is called not checked.

use super::config::Config;
use crate::client::api::Api;
use crate::client::reach::{Offered, Probe, Protocol};
use crate::evidence::key::KeyPlace;
use crate::evidence::{self, Authority, Cosigner, LogStanding};
use crate::folder;
use crate::outside;
use clap::Args;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Nothing that was checked failed, and everything was checked.
const EXIT_WELL: u8 = 0;
/// Something failed.
const EXIT_FAILED: u8 = 1;
/// Nothing failed, but something was not checked: a script must not take this for success.
const EXIT_NOT_CHECKED: u8 = 3;

/// Free space below which a court should not begin a day: an hour of a hearing of five takes about 4 GiB.
const FREE_MIN: u64 = 10 << 30;
/// How far two clocks may be apart. The time of a seal is told in seconds.
const CLOCK_DIFFERENCE_MAX: time::Duration = time::Duration::seconds(5);
/// A head of the log is cosigned within that: cosigners are asked every minute, and have some seconds to answer.
const COSIGNED_WITHIN: Duration = Duration::from_secs(150);
const HTTP_WITHIN: Duration = Duration::from_secs(10);

/// Checks from here whether a server can be used: HTTP, clock, media over UDP and TCP, and for this configuration's own
/// server the disk, FFmpeg, the token with the seal key, the time-stamp authority, the transparency log and its cosigners.
///
/// Exit status: 0 when everything was checked and is well; 1 when something failed; 3 when nothing failed but something
/// was not checked.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// A server somewhere else, such as http://192.0.2.1:8080 (the address behind a TLS proxy); by default the one of this
    /// configuration
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// A participant's link, without which no media port answers anybody. Best of a hearing that is listed for trying:
    /// whoever is in a hearing by the same person's link loses sound and picture for a moment
    #[arg(long, value_name = "LINK")]
    link: Option<String>,
    /// Print the findings as one JSON object
    #[arg(long)]
    json: bool,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok,
    Failed,
    NotChecked,
}

#[derive(Debug, Serialize)]
struct Finding {
    /// Stable word for programs.
    check: &'static str,
    outcome: Outcome,
    /// For people.
    text: String,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn say(&mut self, check: &'static str, outcome: Outcome, text: impl Into<String>) {
        let text = text.into();
        self.findings.push(Finding { check, outcome, text });
    }

    fn has(&self, outcome: Outcome) -> bool {
        self.findings.iter().any(|f| f.outcome == outcome)
    }

    fn exit(&self) -> u8 {
        if self.has(Outcome::Failed) {
            EXIT_FAILED
        } else if self.has(Outcome::NotChecked) {
            EXIT_NOT_CHECKED
        } else {
            EXIT_WELL
        }
    }
}

/// Checks and prints to standard output.
pub async fn run(config: &Config, args: DoctorArgs) -> ExitCode {
    let mut report = Report::default();
    let server = args.server.clone().unwrap_or_else(|| own_address(config.listen));
    if reaches(&mut report, &server).await {
        media(&mut report, &server, args.link.as_deref()).await;
    } else {
        for check in ["udp", "tcp"] {
            let what = check.to_uppercase();
            report.say(
                check,
                Outcome::NotChecked,
                format!("Media over {what}: the server cannot be asked."),
            );
        }
    }
    if args.server.is_none() {
        disk(&mut report, &config.data);
        if let Some(second) = &config.second_spool {
            disk(&mut report, second);
        }
        second_store(&mut report, config).await;
        ffmpeg(&mut report);
        clock(&mut report);
        seal_key(&mut report, config).await;
        authority(&mut report, config).await;
        log(&mut report, config).await;
    } else {
        report.say(
            "machine",
            Outcome::NotChecked,
            "Disk, FFmpeg, clock synchronisation, seal key, time-stamp authority, log and cosigners: they are the server's; run `oyer doctor` there.",
        );
    }
    print(&report, args.json);
    ExitCode::from(report.exit())
}

/// This configuration's server as this machine reaches it.
fn own_address(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

fn print(report: &Report, json: bool) {
    use std::io::Write;
    let mut out = std::io::stdout();
    if json {
        // Whoever closed the output does not want it.
        let _ = serde_json::to_writer(&mut out, report).map(|()| writeln!(out));
        return;
    }
    for finding in &report.findings {
        let mark = match finding.outcome {
            Outcome::Ok => "ok         ",
            Outcome::Failed => "FAILED     ",
            Outcome::NotChecked => "not checked",
        };
        let _ = writeln!(out, "{mark}  {}", finding.text);
    }
    let _ = writeln!(
        out,
        "{}",
        match report.exit() {
            EXIT_FAILED => "Something has to be mended before people come.",
            EXIT_NOT_CHECKED => "Nothing that was checked failed; not everything was checked.",
            _ => "All is well.",
        }
    );
}

fn client_for(server: &str) -> Result<reqwest::Client, String> {
    let url = server.parse::<reqwest::Url>().map_err(|e| e.to_string())?;
    let client = outside::client(&url, None).map_err(|e| e.to_string())?;
    client.timeout(HTTP_WITHIN).build().map_err(|e| e.to_string())
}

/// Whether the server answers and is ready, and what its clock says. False if nothing more can be asked of it.
async fn reaches(report: &mut Report, server: &str) -> bool {
    let client = match client_for(server) {
        Ok(client) => client,
        Err(why) => {
            report.say("http", Outcome::Failed, format!("No request can be made: {why}."));
            return false;
        }
    };
    let url = format!("{}/readyz", server.trim_end_matches('/'));
    let answer = match client.get(&url).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let why = error.without_url();
            report.say(
                "http",
                Outcome::Failed,
                format!("{server} does not answer over HTTP: {why}. Is the server running, and does a firewall let TCP to it through?"),
            );
            return false;
        }
    };
    let status = answer.status();
    if status.is_success() {
        report.say(
            "http",
            Outcome::Ok,
            format!("{server} answers over HTTP and is ready."),
        );
    } else {
        report.say(
            "http",
            Outcome::Failed,
            format!("{server} answers over HTTP with status {status}: it cannot serve. Its log says why."),
        );
    }
    let here = OffsetDateTime::now_utc();
    let date = answer.headers().get(reqwest::header::DATE);
    let date = date.and_then(|d| OffsetDateTime::parse(d.to_str().ok()?, &Rfc2822).ok());
    match date.map(|there| (there - here).abs()) {
        Some(apart) if apart <= CLOCK_DIFFERENCE_MAX => report.say(
            "clock_difference",
            Outcome::Ok,
            "The server's clock and this machine's agree.",
        ),
        Some(apart) => report.say(
            "clock_difference",
            Outcome::Failed,
            format!(
                "The server's clock and this machine's are {} seconds apart. Set the wrong one.",
                apart.whole_seconds()
            ),
        ),
        None => report.say(
            "clock_difference",
            Outcome::NotChecked,
            "The server's clock: its answer has no date.",
        ),
    }
    status.is_success()
}

/// Asks for a session with a participant's link, and checks every candidate of the answer.
async fn media(report: &mut Report, server: &str, link: Option<&str>) {
    let Some(link) = link else {
        report.say(
            "udp",
            Outcome::NotChecked,
            "Media over UDP: give a participant's link with --link; the ports answer nobody without one.",
        );
        report.say(
            "tcp",
            Outcome::NotChecked,
            "Media over TCP: it needs --link as well.",
        );
        return;
    };
    let Some((_, secret)) = link.split_once('#') else {
        report.say(
            "link",
            Outcome::Failed,
            "What --link gives is no participant's link: it has no # with a secret behind it.",
        );
        return;
    };
    let api = match Api::new(server) {
        Ok(api) => api,
        Err(error) => return report.say("link", Outcome::Failed, format!("{error}.")),
    };
    let session = match api.redeem(secret).await {
        Ok(session) => session,
        Err(error) => {
            return report.say(
                "link",
                Outcome::Failed,
                format!("The link does not open: {error}."),
            );
        }
    };
    let api = api.with_session(&session.session);
    let probe = Probe::new();
    let path = format!("/hearings/{}/whep", session.me.hearing);
    let (location, answer) = match api.offer(&path, probe.offer()).await {
        Ok(answered) => answered,
        Err(error) => {
            return report.say(
                "whep",
                Outcome::Failed,
                format!("No media session is given: {error}."),
            );
        }
    };
    match probe.offered(&answer) {
        Some(offered) => candidates(report, &offered).await,
        None => report.say(
            "whep",
            Outcome::Failed,
            "The server's answer has no ICE credentials.",
        ),
    }
    if let Err(error) = api.end_media_session(&location).await {
        report.say(
            "whep",
            Outcome::Failed,
            format!("The media session could not be ended: {error}. It ends by itself within a minute."),
        );
    }
}

async fn candidates(report: &mut Report, offered: &Offered) {
    for (protocol, check, name) in [(Protocol::Udp, "udp", "UDP"), (Protocol::Tcp, "tcp", "TCP")] {
        let mut any = false;
        for candidate in offered.candidates.iter().filter(|c| c.protocol == protocol) {
            any = true;
            let address = candidate.address;
            match offered.check(*candidate).await {
                Ok(took) => report.say(
                    check,
                    Outcome::Ok,
                    format!(
                        "Media over {name} comes through: {address} answered in {} ms.",
                        took.as_millis()
                    ),
                ),
                Err(why) => report.say(
                    check,
                    Outcome::Failed,
                    format!(
                        "Media over {name} does not come through to {address}: {why}. Let it through the firewall, and see whether \
                         people reach the server at this address (--public-address)."
                    ),
                ),
            }
        }
        match (any, protocol) {
            (true, Protocol::Udp) => report.say(
                "udp_other_workers",
                Outcome::NotChecked,
                "The media ports of the server's other workers, if it has several: each hearing has one of them.",
            ),
            (true, Protocol::Tcp) => {}
            (false, _) => report.say(
                check,
                Outcome::Failed,
                format!("The server offers no media over {name}."),
            ),
        }
    }
}

fn disk(report: &mut Report, data: &Path) {
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
async fn second_store(report: &mut Report, config: &Config) {
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

fn ffmpeg(report: &mut Report) {
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
fn clock(report: &mut Report) {
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
async fn seal_key(report: &mut Report, config: &Config) {
    if config.token.is_none() {
        return;
    }
    let asked = match super::seal_key::place(config) {
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

async fn authority(report: &mut Report, config: &Config) {
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
async fn log(report: &mut Report, config: &Config) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_weighs_more_than_what_was_not_checked() {
        let mut report = Report::default();
        assert_eq!(report.exit(), EXIT_WELL);
        report.say("a", Outcome::Ok, "a");
        assert_eq!(report.exit(), EXIT_WELL);
        report.say("b", Outcome::NotChecked, "b");
        assert_eq!(report.exit(), EXIT_NOT_CHECKED);
        report.say("c", Outcome::Failed, "c");
        assert_eq!(report.exit(), EXIT_FAILED);
    }

    #[test]
    fn the_own_server_is_reached_where_it_listens() {
        let at = |listen: &str| own_address(listen.parse().unwrap());
        assert_eq!(at("0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(at("[::]:8080"), "http://[::1]:8080");
        assert_eq!(at("192.0.2.1:80"), "http://192.0.2.1:80");
    }
}
