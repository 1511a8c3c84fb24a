//! `oyer custody`: the chain of custody of a bundle in the terms that forensic tools exchange.

use super::verify::{Judged, VerifyArgs, judge};
use crate::folder::FolderBundle;
use crate::seal::bundle;
use crate::seal::case_uco::{self, Exhibit};
use crate::seal::custody::{self, CustodyEntry};
use crate::seal::document::{self, SealDocument};
use crate::seal::source::BundleSource as _;
use crate::seal::verify::{Outcome, VerificationReport};
use clap::Args;
use std::io::{self, BufReader, Read as _, Write as _};
use std::process::ExitCode;

/// Prints the chain of custody of a bundle as CASE/UCO (JSON-LD), after verifying the bundle.
///
/// Nothing is printed of a bundle in which a check failed. Exit status: as that of `oyer verify`.
#[derive(Debug, Args)]
pub struct CustodyArgs {
    #[command(flatten)]
    verify: VerifyArgs,
}

/// Verifies, and prints to standard output. What the verifier says goes to standard error.
pub fn run(args: &CustodyArgs) -> ExitCode {
    let Judged { folder, report, text } = match judge(&args.verify) {
        Ok(judged) => judged,
        Err(why) => return super::verify::trouble("custody", &why),
    };
    let code = super::verify::exit_code(report.outcome);
    if report.outcome == Outcome::Failed {
        eprint!("{text}");
        return code;
    }
    let printed = graph(&folder, &report).and_then(|graph| io::stdout().write_all(graph.as_bytes()));
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

fn graph(folder: &FolderBundle, report: &VerificationReport) -> io::Result<String> {
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
    let graph = case_uco::graph(&Exhibit {
        seal: &seal,
        manifest_sha256,
        custody: &entries,
    });
    Ok(serde_json::to_string_pretty(&graph)? + "\n")
}
