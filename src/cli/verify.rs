//! `oyer verify`: is this recording as the court sealed it? Needs no server and no connection.

use crate::folder::FolderBundle;
use crate::seal::bundle;
use crate::seal::timestamp::Timestamp;
use crate::seal::tlog::{RECEIPTS_BYTES_MAX, Receipt, VerifierKey};
use crate::seal::verify::{
    Check, Outcome, Progress, Readers, Trust, Verdict, VerificationReport, is_disposal, verify_disposal,
    verify_observed,
};
use clap::Args;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use time::OffsetDateTime;

/// Every proof holds.
const EXIT_HOLDS: u8 = 0;
/// At least one check failed.
const EXIT_FAILED: u8 = 1;
/// The verification could not be made.
const EXIT_TROUBLE: u8 = 2;
/// Every proof holds, but nobody said whose seal to trust: a script must not take this for success.
const EXIT_SIGNER_NOT_CHECKED: u8 = 3;
/// What is there holds, but a proof that was asked for is not there.
const EXIT_PROOFS_MISSING: u8 = 4;

/// Largest file of trusted roots in bytes.
const TRUST_BYTES_MAX: u64 = 1024 * 1024;

/// More readers than this are held up by the disk.
const READERS_MAX: usize = 8;

/// How many entries of a folder that is no bundle are looked at for one, and how many bundles are named.
const LOOKED_AT_MAX: usize = 1_000;
const NAMED_MAX: usize = 3;

/// Verifies a sealed recording, offline and without trusting the server: a bundle that was handed out, or a recording
/// in the store. The certificate of a disposal is verified as well.
///
/// Exit status: 0 when every proof holds under a root that you trust; 1 when a check failed; 2 when the verification
/// could not be made; 3 without --trust, when the bundle is intact but whose seal it is was not checked; 4 when what is
/// there holds, but a proof is missing: of the log when you give --trust-log, of time when you give --trust-time, or the
/// chain of custody, without --stored.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    of: BundleArgs,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Which bundle, and whom one trusts.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// Folder of the bundle: the one that holds manifest-sha256.txt
    bundle: PathBuf,
    /// PEM file with the court's root certificate, which you had from the court and not from the bundle
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// PEM file with the root certificate of the time-stamp authority, which you had from the authority
    #[arg(long, value_name = "FILE")]
    trust_time: Option<PathBuf>,
    /// File with the key of the court's transparency log, and keys of its cosigners if you like, one a line; you had them
    /// from those whose keys they are, and not from the bundle
    #[arg(long, value_name = "FILE")]
    trust_log: Option<PathBuf>,
    /// The recording is as the court stores it, and was not handed out: its chain of custody is not expected
    #[arg(long)]
    stored: bool,
    /// Receipt that somebody saved after the hearing: is this the recording that they were shown? May be repeated
    #[arg(long, value_name = "FILE")]
    receipt: Vec<PathBuf>,
    #[cfg(feature = "server")]
    #[command(flatten)]
    _no_place: super::config::NoPlace,
}

/// Verifies and prints the report to standard output.
pub fn run(args: &VerifyArgs) -> ExitCode {
    let report = match judge(&args.of) {
        Ok(Judged { report, .. }) => report,
        Err(why) => return trouble("verify", &why),
    };
    let text = match args.json {
        true => serde_json::to_string(&report).map(|json| json + "\n"),
        false => Ok(in_words(&report)),
    };
    let written = text
        .map_err(io::Error::from)
        .and_then(|text| io::stdout().write_all(text.as_bytes()));
    if report.outcome == Outcome::Failed && is_encrypted(&args.of.bundle, &report) {
        eprintln!(
            "oyer verify: this is a recording as a court keeps it, encrypted: export it, and verify the bundle."
        );
    }
    match written {
        Ok(()) => exit_code(report.outcome),
        Err(e) => trouble("verify", &format!("the report cannot be written: {e}")),
    }
}

/// True for a recording that lies in envelopes, as in the store of a court that encrypts: nobody verifies it without its key.
fn is_encrypted(folder: &Path, report: &VerificationReport) -> bool {
    let Some(recording) = report.recording else {
        return false;
    };
    let path = folder.join(bundle::payload_path(recording, bundle::SEAL_DOCUMENT));
    let mut begins = [0; 8];
    let read = fs::File::open(path).and_then(|mut file| io::Read::read_exact(&mut file, &mut begins));
    read.is_ok() && &begins == b"OYERENC1"
}

/// A bundle that was verified.
pub(super) struct Judged {
    /// The bundle.
    pub folder: FolderBundle,
    /// What was found.
    pub report: VerificationReport,
}

/// Says why a command could not do its work.
pub(super) fn trouble(command: &str, why: &str) -> ExitCode {
    eprintln!("oyer {command}: {why}");
    ExitCode::from(EXIT_TROUBLE)
}

/// The status that tells a script how the verification ended.
pub(super) fn exit_code(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::Proved => EXIT_HOLDS,
        Outcome::SignerNotChecked => EXIT_SIGNER_NOT_CHECKED,
        Outcome::ProofsMissing => EXIT_PROOFS_MISSING,
        Outcome::Failed => EXIT_FAILED,
    })
}

/// Verifies a bundle; the error says why that could not be done.
pub(super) fn judge(args: &BundleArgs) -> Result<Judged, String> {
    let trust = trust(args)?;
    let path = args.bundle.display();
    let folder = FolderBundle::open(&args.bundle).map_err(|e| match e.kind() {
        io::ErrorKind::NotADirectory => {
            format!("{path} is not a folder; if it is a .tar file: tar -xf {path}")
        }
        _ => format!("{path}: {e}"),
    })?;
    let now = Timestamp::new(OffsetDateTime::now_utc());
    if is_disposal(&folder) {
        let report = verify_disposal(&folder, &trust, now);
        return Ok(Judged { folder, report });
    }
    if let Some(why) = no_bundle(&args.bundle) {
        return Err(why);
    }
    let meter = Meter::new();
    let readers = thread::available_parallelism().map_or(1, NonZero::get);
    let report = verify_observed(
        &folder,
        &trust,
        now,
        &Threads(readers.min(READERS_MAX)),
        &|progress| meter.show(progress),
    );
    meter.clear();
    Ok(Judged { folder, report })
}

/// What is said of a folder that has no part of a bundle at its top, with the bundles directly below it; none if it is to be
/// verified. A bundle that lost only some of its parts, `bagit.txt` or another, has failed, and the verifier says so.
fn no_bundle(folder: &Path) -> Option<String> {
    let parts = [
        bundle::BAGIT,
        bundle::BAG_INFO,
        bundle::MANIFEST,
        bundle::TAG_MANIFEST,
        "seal",
    ];
    // What cannot be looked at may be there.
    let is_there = |part: &&str| {
        let found = fs::symlink_metadata(folder.join(part));
        found.map_or_else(|e| e.kind() != io::ErrorKind::NotFound, |_| true)
    };
    if parts.iter().any(is_there) {
        return None;
    }
    // No help from a folder that cannot be listed, but the same answer.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut below: Vec<_> = entries
        .take(LOOKED_AT_MAX)
        .map(|entry| entry.path())
        .filter(|path| path.join(bundle::BAGIT).is_file())
        .map(|path| printable(&path.display().to_string()))
        .collect();
    below.sort();
    let hint = match below.len() {
        0 => "Name the folder that holds it.".into(),
        1..=NAMED_MAX => format!("Did you mean {}?", below.join(" or ")),
        _ => "Several folders in it are bundles: name one of them.".into(),
    };
    let folder = printable(&folder.display().to_string());
    Some(format!(
        "there is no bundle in {folder}: it holds no bagit.txt. {hint}"
    ))
}

/// Whom the person trusts, from the files that they name.
fn trust(args: &BundleArgs) -> Result<Trust, String> {
    let mut trust = Trust::none();
    if let Some(path) = &args.trust {
        trust = Trust::from_pem(&read_small(path, TRUST_BYTES_MAX)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let Some(path) = &args.trust_time {
        let roots = trust.with_time_roots(&read_small(path, TRUST_BYTES_MAX)?);
        trust = roots.map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let Some(path) = &args.trust_log {
        let bytes = read_small(path, TRUST_BYTES_MAX)?;
        let keys = VerifierKey::all_from_text(&String::from_utf8_lossy(&bytes))
            .map_err(|(line, why)| format!("{}: line {line}: {why}", path.display()))?;
        if keys.is_empty() {
            return Err(format!("{}: there is no key in it", path.display()));
        }
        trust = trust.with_log_keys(keys);
    }
    if args.stored {
        trust = trust.with_stored_form();
    }
    for path in &args.receipt {
        let bytes = read_small(path, RECEIPTS_BYTES_MAX)?;
        let receipts = Receipt::all_from_file(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        trust = receipts.into_iter().fold(trust, Trust::with_receipt);
    }
    Ok(trust)
}

/// A file that the person names, of bounded size.
fn read_small(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let bytes = fs::metadata(path)
        .map_err(|e| format!("{}: {e}", path.display()))?
        .len();
    if bytes > bytes_max {
        return Err(format!("{}: larger than {bytes_max} bytes", path.display()));
    }
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The report for a person: one line a check.
pub(super) fn in_words(report: &VerificationReport) -> String {
    let mut text = String::new();
    if let Some(recording) = report.recording {
        text.push_str(&format!("Recording {recording}\n\n"));
    }
    for check in &report.checks {
        text.push_str(&line(check));
    }
    let failures = report.failures().count();
    text.push_str(&match report.outcome {
        Outcome::Proved => {
            "\nEvery proof holds: the recording is as it was sealed, under a root that you trust.\n".into()
        }
        Outcome::SignerNotChecked => {
            "\nIntact, signer NOT checked: every file is as it was sealed, but anybody could have made \
             this bundle and its seal.\nGet the court's root certificate from the court and give it with --trust.\n"
                .into()
        }
        Outcome::ProofsMissing => format!(
            "\nNOT proved as you asked: what is there is as it was sealed, under a root that you trust, but {}.\nSomebody may \
             have taken them out: ask the court for the whole bundle.\n",
            match report.missing().count() {
                1 => "1 proof is MISSING".into(),
                some => format!("{some} proofs are MISSING"),
            }
        ),
        Outcome::Failed if failures == 1 => "\nThis recording is NOT proved: 1 check failed.\n".into(),
        Outcome::Failed => format!("\nThis recording is NOT proved: {failures} checks failed.\n"),
    });
    text
}

fn line(check: &Check) -> String {
    let file = match (&check.file, check.verdict) {
        (Some(file), Verdict::Failed) => format!("{file}: "),
        _ => String::new(),
    };
    format!(
        "{:<12} {:<27} {file}{}\n",
        check.verdict,
        check.what,
        printable(&check.detail)
    )
}

/// Text out of a bundle must not steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// So many threads that read.
#[derive(Debug, Clone, Copy)]
pub struct Threads(pub usize);

impl Readers for Threads {
    fn read(&self, files: usize, read: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                match next.fetch_add(1, Ordering::Relaxed) {
                    file if file < files => read(file),
                    _ => break,
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.0.min(files) {
                // Those that the system does not give are missed by nobody: what they would have read is read here.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }
}

/// Shows on a terminal how far the reading has come; silent otherwise.
struct Meter {
    terminal: bool,
    /// One more than was shown last; 0 before.
    shown: AtomicU64,
}

impl Meter {
    fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            shown: AtomicU64::new(0),
        }
    }

    fn show(&self, progress: Progress) {
        let done = progress.bytes_done.saturating_mul(100);
        let percent = done.checked_div(progress.bytes_total).unwrap_or(100);
        if self.terminal && self.shown.fetch_max(percent + 1, Ordering::Relaxed) <= percent {
            eprint!("\rreading {percent:>3} %");
        }
    }

    fn clear(&self) {
        if self.shown.load(Ordering::Relaxed) > 0 {
            eprint!("\r             \r");
        }
    }
}
