//! `oyer keys`: which keys and certificates there are, and new ones. Works on the data folder itself, beside a running server
//! or without one.

use super::admin::AdminError;
use super::config::Config;
use super::{seal_key, serve};
use crate::evidence::key::{self, KeyFile, KeyFileKind, KeyPlace};
use crate::evidence::{Evidence, EvidenceError};
use crate::seal::instructions::colons;
use crate::seal::x509::Certificate;
use clap::Subcommand;
use time::OffsetDateTime;

/// Seal keys and certificates.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Lists the roots under which this court has sealed, and the keys and certificates, with their validity.
    List,
    /// Makes a new seal key and a new key for time-stamps, with certificates under the same root. Where the seal key is in a
    /// token: a new certificate for it; a new key is made with the token's own tool and named as pkcs11_key. A running server
    /// takes them for its next seal.
    Rotate,
    /// Makes a new root with new keys under it, and prints its fingerprint, which is to be published. What was sealed under
    /// the old one stays provable by it. Start the server anew afterwards.
    NewRoot,
}

/// `oyer keys …`
pub async fn run(config: &Config, command: KeysCommand) -> Result<(), AdminError> {
    let data = serve::existing(config)?;
    let keys = data.join("keys");
    let now = OffsetDateTime::now_utc();
    let failed = |e: key::KeyError| AdminError::Evidence(EvidenceError::Key(e));
    let place = || seal_key::place(config).map_err(serve::ServeError::from);
    match command {
        KeysCommand::List => {
            for file in key::overview(&keys).map_err(failed)? {
                println!("{}", line(&file, now));
            }
            println!();
            for root in Evidence::roots_of(&data)? {
                println!("{}", root_line(&root, now));
            }
        }
        KeysCommand::Rotate => {
            let place = place()?;
            key::rotate(&keys, &config.organisation, now, &place).map_err(failed)?;
            let kind = match place {
                KeyPlace::File => KeyFileKind::Seal,
                KeyPlace::Token { .. } => KeyFileKind::Token,
            };
            let files = key::overview(&keys).map_err(failed)?;
            for file in files
                .iter()
                .filter(|f| f.is_newest && [kind, KeyFileKind::TimeStamps].contains(&f.kind))
            {
                println!("{}", line(file, now));
            }
        }
        KeysCommand::NewRoot => {
            let place = place()?;
            let old = key::new_root(&keys, &config.organisation, now, &place).map_err(failed)?;
            // The new root is among those that are kept, and its keys are tried out.
            let (_, evidence) = serve::open(config, &data).await?;
            println!("The old keys are in {}.", old.display());
            println!(
                "Publish the fingerprint of the new root (SHA-256), keys/root.pem, and start the server anew: {}",
                colons(&evidence.root_fingerprint())
            );
        }
    }
    Ok(())
}

fn line(file: &KeyFile, now: OffsetDateTime) -> String {
    let what = match file.kind {
        KeyFileKind::Root => "root",
        KeyFileKind::Seal => "seals",
        KeyFileKind::Token => "seals, by a token",
        KeyFileKind::TimeStamps => "own time-stamps",
    };
    let use_now = match (file.is_newest, file.certificate.valid_until() < now) {
        (_, true) => "ended",
        (true, _) => "newest",
        (false, _) => "earlier",
    };
    format!(
        "{:<14} {what:<18} {use_now:<8} {}",
        file.name,
        validity(&file.certificate)
    )
}

fn root_line(root: &Certificate, now: OffsetDateTime) -> String {
    let ended = if root.valid_until() < now { ", ended" } else { "" };
    format!(
        "root {}\n     {}{ended}",
        colons(&root.fingerprint()),
        validity(root)
    )
}

fn validity(certificate: &Certificate) -> String {
    let (from, until) = (certificate.valid_from().date(), certificate.valid_until().date());
    format!("{from} to {until}")
}
