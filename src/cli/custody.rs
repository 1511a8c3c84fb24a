//! `oyer custody`: the chain of custody of a bundle in the terms that forensic tools exchange.

use super::verify::{BundleArgs, Judged, judge};
use crate::folder::FolderBundle;
use crate::seal::bundle;
use crate::seal::case_uco::{self, Exhibit};
use crate::seal::custody::{self, CustodyEntry};
use crate::seal::custody_certificate;
use crate::seal::document::{self, SealDocument};
use crate::seal::source::BundleSource as _;
use crate::seal::timestamp::Timestamp;
use crate::seal::verify::{Outcome, VerificationReport};
use clap::Args;
use std::io::{self, BufReader, Read as _, Write as _};
use std::process::ExitCode;
use time::OffsetDateTime;

/// Prints the chain of custody of a bundle as CASE/UCO (JSON-LD) for forensic tools, or as a certificate for people (HTML), after
/// verifying the bundle.
///
/// Nothing is printed of a bundle in which a check failed. Exit status: as that of `oyer verify`.
#[derive(Debug, Args)]
pub struct CustodyArgs {
    #[command(flatten)]
    of: BundleArgs,
    /// Print a page to read, print and sign, with the draft of a certification under FRE 902(13) and 902(14)
    #[arg(long)]
    certificate: bool,
}

/// Verifies, and prints to standard output. What the verifier says goes to standard error.
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
    let printed =
        text_of(&folder, &report, args.certificate).and_then(|text| io::stdout().write_all(text.as_bytes()));
    if let Err(e) = printed {
        return super::verify::trouble("custody", &format!("the chain of custody cannot be printed: {e}"));
    }
    if report.outcome == Outcome::SignerNotChecked {
        eprintln!(
            "oyer custody: intact, signer NOT checked: give the court's root certificate with --trust."
        );
    }
    code
}

fn text_of(folder: &FolderBundle, report: &VerificationReport, certificate: bool) -> io::Result<String> {
    let (Some(recording), Some(manifest_sha256)) = (report.recording, report.manifest_sha256) else {
        return Err(io::Error::other("the report names no recording"));
    };
    let mut seal = Vec::new();
    let path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
    folder
        .open(&path)?
        .take(document::BYTES_MAX)
        .read_to_end(&mut seal)?;
    let seal = SealDocument::parse(&seal)?;
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
    let exhibit = Exhibit {
        seal: &seal,
        manifest_sha256,
        custody: &entries,
    };
    if certificate {
        let now = Timestamp::new(OffsetDateTime::now_utc());
        return Ok(custody_certificate::html(&exhibit, report, now));
    }
    Ok(serde_json::to_string_pretty(&case_uco::graph(&exhibit))? + "\n")
}
