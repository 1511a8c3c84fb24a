//! `oyer doctor`: what an operator wants to know before people come. What was not looked at is called not checked.

mod machine;
mod relay;

use super::config::Config;
use crate::client::api::Api;
use crate::client::reach::{Offered, Probe, Protocol};
use crate::outside;
use clap::Args;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Nothing that was checked failed, and everything was checked.
const EXIT_WELL: u8 = 0;
/// Something failed.
const EXIT_FAILED: u8 = 1;
/// Nothing failed, but something was not checked: a script must not take this for success.
const EXIT_NOT_CHECKED: u8 = 3;

/// How far two clocks may be apart. The time of a seal is told in seconds.
const CLOCK_DIFFERENCE_MAX: time::Duration = time::Duration::seconds(5);
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
        machine::disk(&mut report, &config.data);
        if let Some(second) = &config.second_spool {
            machine::disk(&mut report, second);
        }
        machine::second_store(&mut report, config).await;
        relay::relay(&mut report, config).await;
        machine::ffmpeg(&mut report);
        machine::clock(&mut report);
        machine::seal_key(&mut report, config).await;
        machine::authority(&mut report, config).await;
        machine::log(&mut report, config).await;
    } else {
        report.say(
            "machine",
            Outcome::NotChecked,
            "Disk, relay, FFmpeg, clock synchronisation, seal key, time-stamp authority, log and cosigners: they are the server's; run `oyer doctor` there.",
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
