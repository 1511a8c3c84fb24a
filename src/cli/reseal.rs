//! `oyer reseal`: proofs that are added in later years. Works on the data folder itself, beside a running server or without
//! one.

use super::admin::AdminError;
use super::config::Config;
use super::serve;
use crate::court::entry;
use crate::court::id::RecordingId;
use crate::evidence::{Evidence, NewestProof, Resealed};
use std::path::PathBuf;
use std::process::ExitCode;
use time::{Duration, OffsetDateTime};

/// Adds a further signature and time-stamp to a sealed recording, over what it was sealed with and over earlier reseals, so
/// that it stays provable when certificates run out and hash functions grow weak. Nothing that is there is touched.
///
/// Exit status: 1 when something could not be resealed.
#[derive(Debug, clap::Args)]
pub struct ResealArgs {
    /// The recording; or the folder of a bundle of this court
    #[arg(
        required_unless_present_any = ["all_older_than", "all_ending_within"],
        conflicts_with_all = ["all_older_than", "all_ending_within"]
    )]
    what: Option<String>,
    /// Every recording whose newest proof is older than so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    all_older_than: Option<u32>,
    /// Every recording whose newest proof is under a certificate that has run out or does so within so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    all_ending_within: Option<u32>,
    /// Cover every file of the recording by SHA-512 as well, so that the proof no longer rests on SHA-256
    #[arg(long)]
    every_file: bool,
    /// Who reseals, for the chain of custody
    #[arg(long, default_value = "operator")]
    by: String,
}

/// Reseals, and prints a line for each.
pub async fn run(config: &Config, args: ResealArgs) -> Result<ExitCode, AdminError> {
    // Whoever sits at the server's console can write any name: the chain of custody must not take it for a participant's.
    let by = format!("{} (operator, at the command line)", entry::line("by", &args.by)?);
    let data = serve::existing(config)?;
    let (_, evidence) = serve::open(config, &data).await?;
    let all = args.all_older_than.is_some() || args.all_ending_within.is_some();
    let what = args.what.unwrap_or_default();
    if !all && what.parse::<RecordingId>().is_err() {
        let made = evidence
            .reseal_bundle(&PathBuf::from(&what), args.every_file)
            .await?;
        said(&what, &made);
        println!("The bundle's chain of custody and its list of files are signed and do not speak of it.");
        return Ok(ExitCode::SUCCESS);
    }
    let recordings = match what.parse() {
        Ok(recording) => vec![recording],
        Err(_) => due(&evidence, args.all_older_than, args.all_ending_within).await?,
    };
    let (mut resealed, mut failed) = (0, 0);
    for recording in recordings {
        match evidence.reseal(recording, &by, args.every_file).await {
            Ok(made) => {
                said(&recording.to_string(), &made);
                resealed += 1;
            }
            Err(why) => {
                eprintln!("oyer reseal: {recording} was NOT resealed: {why}");
                failed += 1;
            }
        }
    }
    if all {
        println!("{resealed} resealed, {failed} not.");
    }
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn due(
    evidence: &Evidence,
    older_than: Option<u32>,
    ending_within: Option<u32>,
) -> Result<Vec<RecordingId>, AdminError> {
    let now = OffsetDateTime::now_utc();
    let days = |days: u32| Duration::days(days.into());
    let is_due = move |proof: &NewestProof| {
        older_than.is_some_and(|older| proof.at < now - days(older))
            || ending_within.is_some_and(|within| proof.valid_until < now + days(within))
    };
    Ok(evidence.due_for_reseal(is_due).await?)
}

fn said(what: &str, made: &Resealed) {
    println!("{what}  {}  stamped {}", made.reseal, made.at);
}
