//! `oyer custody`: the chain of custody of a bundle in the terms that forensic tools exchange, or as a certificate to sign.

use super::verify::{BundleArgs, Judged, judge};
use crate::folder::FolderBundle;
use crate::seal::bundle;
use crate::seal::case_uco::{self, Exhibit};
use crate::seal::custody::{self, CustodyEntry};
use crate::seal::custody_certificate;
use crate::seal::disposal::{self, DisposalDocument};
use crate::seal::disposal_certificate;
use crate::seal::document::{self, SealDocument};
use crate::seal::paper::Paper;
use crate::seal::source::BundleSource as _;
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{Outcome, VerificationReport, is_disposal};
use clap::Args;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use time::OffsetDateTime;

/// Prints the chain of custody of a bundle as CASE/UCO (JSON-LD) for forensic tools, or as a certificate for people (HTML or PDF),
/// after verifying the bundle. Of the folder of a disposal it prints the certificate of the disposal.
///
/// Nothing is printed of a bundle in which a check failed. Exit status: as that of `oyer verify`.
#[derive(Debug, Args)]
pub struct CustodyArgs {
    #[command(flatten)]
    of: BundleArgs,
    /// A certificate to read, print and sign, with the draft of a certification under FRE 902(13) and 902(14): to standard output
    /// as HTML, or into a new file whose name ends in .pdf or .html
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_parser = form_of)]
    #[expect(
        clippy::option_option,
        reason = "the option may be given with and without a file"
    )]
    certificate: Option<Option<Target>>,
}

/// A file for a certificate.
#[derive(Debug, Clone)]
struct Target {
    path: PathBuf,
    pdf: bool,
}

fn form_of(name: &str) -> Result<Target, String> {
    let path = PathBuf::from(name);
    let pdf = match path.extension().and_then(|e| e.to_str()) {
        Some("pdf") if cfg!(feature = "pdf") => true,
        Some("pdf") => return Err("this build makes no PDF; name a file that ends in .html".into()),
        Some("html") => false,
        _ => return Err("the file of a certificate ends in .pdf or .html".into()),
    };
    Ok(Target { path, pdf })
}

/// Verifies, and prints. What the verifier says goes to standard error.
pub fn run(args: &CustodyArgs) -> ExitCode {
    let Judged { folder, report } = match judge(&args.of) {
        Ok(judged) => judged,
        Err(why) => return super::verify::trouble("custody", &why),
    };
    let code = super::verify::exit_code(report.outcome);
    if report.outcome == Outcome::Failed {
        eprint!("{}", super::verify::in_words(&report));
        return code;
    }
    let printed = match &args.certificate {
        Some(target) => certificate(&folder, &report).and_then(|paper| put(&paper, target.as_ref())),
        None => graph(&folder, &report).and_then(|text| io::stdout().write_all(text.as_bytes())),
    };
    if let Err(e) = printed {
        return super::verify::trouble("custody", &format!("the chain of custody cannot be printed: {e}"));
    }
    if report.outcome == Outcome::SignerNotChecked {
        eprintln!(
            "oyer custody: intact, signer NOT checked: give the court's root certificate with --trust."
        );
    }
    if report.outcome == Outcome::ProofsMissing {
        for check in report.missing() {
            eprintln!("oyer custody: MISSING {}: {}", check.what, check.detail);
        }
    }
    code
}

fn put(paper: &Paper, target: Option<&Target>) -> io::Result<()> {
    let Some(Target { path, pdf }) = target else {
        return io::stdout().write_all(paper.html().as_bytes());
    };
    let content = match pdf {
        true => pdf_of(paper)?,
        false => paper.html().into_bytes(),
    };
    write_new(path, &content).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
}

/// A certificate that was signed shall not be written over.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(feature = "pdf")]
fn pdf_of(paper: &Paper) -> io::Result<Vec<u8>> {
    paper.pdf().map_err(io::Error::other)
}

/// Never called: [`form_of`] refuses such a file.
#[cfg(not(feature = "pdf"))]
fn pdf_of(_: &Paper) -> io::Result<Vec<u8>> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// What a bundle says of its recording, with its chain of custody.
struct Told {
    seal: SealDocument,
    entries: Vec<CustodyEntry>,
}

fn told(folder: &FolderBundle, report: &VerificationReport) -> io::Result<Told> {
    let recording = report
        .recording
        .ok_or_else(|| io::Error::other("the report names no recording"))?;
    let mut seal = Vec::new();
    let path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
    folder
        .open(&path)?
        .take(document::BYTES_MAX)
        .read_to_end(&mut seal)?;
    let seal = SealDocument::parse(&seal)?;
    Ok(Told {
        seal,
        entries: chain(folder)?,
    })
}

fn chain(folder: &FolderBundle) -> io::Result<Vec<CustodyEntry>> {
    let ledger = match folder.open(bundle::CUSTODY) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let why = "this is the stored form, which has none: export the recording";
            return Err(io::Error::new(e.kind(), why));
        }
        ledger => ledger?,
    };
    let mut entries: Vec<CustodyEntry> = Vec::new();
    let ledger = BufReader::new(ledger.take(bundle::TAG_FILE_BYTES_MAX));
    custody::check(ledger, |entry| entries.push(entry.clone())).map_err(io::Error::other)?;
    Ok(entries)
}

fn exhibit<'a>(told: &'a Told, report: &VerificationReport) -> io::Result<Exhibit<'a>> {
    let manifest_sha256 = report
        .manifest_sha256
        .ok_or_else(|| io::Error::other("the report names no manifest"))?;
    Ok(Exhibit {
        seal: &told.seal,
        manifest_sha256,
        custody: &told.entries,
    })
}

fn graph(folder: &FolderBundle, report: &VerificationReport) -> io::Result<String> {
    if is_disposal(folder) {
        let why = "of a recording that was destroyed there is a certificate: --certificate";
        return Err(io::Error::other(why));
    }
    let told = told(folder, report)?;
    Ok(serde_json::to_string_pretty(&case_uco::graph(&exhibit(&told, report)?))? + "\n")
}

fn certificate(folder: &FolderBundle, report: &VerificationReport) -> io::Result<Paper> {
    let now = Timestamp::new(OffsetDateTime::now_utc());
    if is_disposal(folder) {
        let mut document = Vec::new();
        folder
            .open(disposal::DOCUMENT)?
            .take(disposal::BYTES_MAX)
            .read_to_end(&mut document)?;
        let sha256 = crate::seal::digest::Digest::of(&document);
        let document = DisposalDocument::parse(&document)?;
        let verified = Some((report.outcome, report.root_fingerprint));
        return Ok(disposal_certificate::paper(
            &document,
            sha256,
            &chain(folder)?,
            verified,
            now,
        ));
    }
    let told = told(folder, report)?;
    Ok(custody_certificate::paper(&exhibit(&told, report)?, report, now))
}
