//! `oyer case|hearing|person|export|scrub`: for an operator without a browser. Works on the data folder itself, beside a
//! running server or without one; makes no data folder and no seal key, for a wrong `--data` must not look like an
//! empty court.

use super::config::{self, Config, ConfigError};
use super::serve::{self, ServeError};
use super::verify::printable;
use crate::court::capture::HearingKind;
use crate::court::entry::{self, BadEntry};
use crate::court::id::{CaseId, HearingId, InvitationId, ParticipantId, PersonId, RecordingId};
use crate::court::role::Role;
use crate::court::state::RecordingState;
use crate::evidence::{Damaged, Evidence, EvidenceError};
use crate::http::invitations::{VALID_DAYS, VALID_DAYS_MAX};
use crate::http::{fresh_secret, hash_secret, now_ms};
use crate::store::{NewCase, NewHearing, NewParticipant, Store, StoreError};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// How many cases are fetched in one go.
const CASES_AT_ONCE: u32 = 500;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Cases.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Opens a case.
    Add {
        /// As the court writes it.
        #[arg(long)]
        reference: String,
        /// Title.
        #[arg(long)]
        title: String,
    },
    /// Lists the cases.
    List,
    /// Lists the recordings of decided cases, and whether their time is over: due, kept, or held.
    Due,
}

/// Hearings.
#[derive(Debug, Subcommand)]
pub enum HearingCommand {
    /// Lists a hearing of a case for a date.
    Add {
        /// The case.
        #[arg(long)]
        case: CaseId,
        /// Title.
        #[arg(long)]
        title: String,
        /// When, as RFC 3339: 2026-12-01T09:30:00+05:00.
        #[arg(long)]
        at: String,
        /// Testimony of a witness is recorded there, to be played at a later hearing.
        #[arg(long)]
        testimony: bool,
    },
    /// Lists the hearings of a case, with their recordings.
    List {
        /// The case.
        #[arg(long)]
        case: CaseId,
    },
}

/// People.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Adds a participant to a hearing and prints their link.
    Invite {
        /// The hearing.
        #[arg(long)]
        hearing: HearingId,
        /// Name, as the court writes it.
        #[arg(long)]
        name: String,
        /// judge, panel_member, clerk, prosecutor, defence_counsel, accused, victim, witness, expert, interpreter, …
        #[arg(long, value_parser = role)]
        role: Role,
        /// A person the court knows already.
        #[arg(long)]
        person: Option<PersonId>,
        /// How many days the link opens after the hearing's listed time, or from now if that is later.
        #[arg(long, default_value_t = VALID_DAYS, value_parser = clap::value_parser!(i64).range(1..=VALID_DAYS_MAX))]
        days: i64,
        /// Where the link leads, such as https://hearings.court.example; by default as the configuration says.
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
    },
    /// Lists the participants of a hearing and their invitations.
    List {
        /// The hearing.
        #[arg(long)]
        hearing: HearingId,
    },
    /// Withdraws an invitation. Its sessions end at once; on a running server, pages that it opened end within 5 s.
    Revoke {
        /// The invitation.
        invitation: InvitationId,
    },
    /// Makes an API token for a member of staff: for scripts, through `Authorization: Bearer`.
    Token {
        /// Name of the member of staff.
        #[arg(long)]
        name: String,
        /// How many days it is valid.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=90))]
        days: u16,
    },
    /// Lists the API tokens of staff; never their secrets.
    Tokens,
    /// Withdraws an API token: it opens nothing any more, from now on.
    RevokeToken {
        /// The token's identifier, as `oyer person tokens` lists it.
        token: Uuid,
    },
}

/// Exports a bundle.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The recording.
    pub recording: RecordingId,
    /// The folder to write; it must not exist yet.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Who exports, for the chain of custody.
    #[arg(long, default_value = "operator")]
    pub by: String,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The data folder, store or evidence cannot be opened.
    #[error(transparent)]
    Open(#[from] ServeError),
    /// The store refused.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Evidence refused.
    #[error("{0}")]
    Evidence(#[from] EvidenceError),
    /// No random numbers.
    #[error(transparent)]
    Randomness(#[from] crate::http::NoRandomness),
    /// A text or a date is not as the court writes them.
    #[error(transparent)]
    Entry(#[from] BadEntry),
    /// The address of the page is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The date cannot be read.
    #[error("--at is no date and time as in RFC 3339, such as 2026-12-01T09:30:00+05:00")]
    Date,
    /// There is no such thing.
    #[error("There is no such {0}.")]
    Unknown(&'static str),
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| {
        let all: Vec<_> = Role::ALL.iter().map(|r| r.name()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// Unix milliseconds as RFC 3339 in UTC, to the second.
fn moment(unix_ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000))
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{unix_ms} ms"))
}

async fn open(config: &Config) -> Result<(Store, Evidence), AdminError> {
    let data = serve::existing(config)?;
    Ok(serve::open(config, &data).await?)
}

/// `oyer case …`
pub async fn case(config: &Config, command: CaseCommand) -> Result<(), AdminError> {
    let (store, evidence) = open(config).await?;
    match command {
        CaseCommand::Add { reference, title } => {
            let id = CaseId(Uuid::now_v7());
            store
                .create_case(NewCase {
                    id,
                    reference: entry::line("reference", &reference)?,
                    title: entry::line("title", &title)?,
                    created_at: now_ms(),
                })
                .await?;
            println!("{id}");
        }
        CaseCommand::List => {
            let mut before = None;
            loop {
                let cases = store.cases(before, CASES_AT_ONCE).await?;
                for case in &cases {
                    println!("{}  {}  {}", case.id, case.reference, case.title);
                }
                let Some(last) = cases.last() else { break };
                before = Some(last.id);
            }
        }
        CaseCommand::Due => {
            let now = now_ms();
            for (id, kept) in evidence.all_kept_by().await? {
                let case = store.case(id).await?.ok_or(AdminError::Unknown("case"))?;
                let holds = store.legal_holds(id).await?;
                let held = holds.iter().any(|hold| hold.lifted.is_none());
                let stands = match (kept.due_at <= now, held) {
                    (_, true) => "held",
                    (true, false) => "due",
                    (false, false) => "kept",
                };
                for one in evidence.list_case(id).await? {
                    if one.state == RecordingState::Attached {
                        let until = &kept.rule.kept_until;
                        println!(
                            "{}  {stands}  kept until {until}  {}",
                            one.recording_id, case.reference
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

/// `oyer hearing …`
pub async fn hearing(config: &Config, command: HearingCommand) -> Result<(), AdminError> {
    let (store, _) = open(config).await?;
    match command {
        HearingCommand::Add {
            case,
            title,
            at,
            testimony,
        } => {
            let at = OffsetDateTime::parse(&at, &Rfc3339).map_err(|_| AdminError::Date)?;
            store.case(case).await?.ok_or(AdminError::Unknown("case"))?;
            let id = HearingId(Uuid::now_v7());
            let listed_for = entry::listed_for("at", at.unix_timestamp().saturating_mul(1000))?;
            store
                .create_hearing_of(
                    NewHearing {
                        id,
                        case_id: case,
                        title: entry::line("title", &title)?,
                        listed_for,
                        created_at: now_ms(),
                    },
                    if testimony {
                        HearingKind::Testimony
                    } else {
                        HearingKind::Hearing
                    },
                )
                .await?;
            println!("{id}");
        }
        HearingCommand::List { case } => {
            store.case(case).await?.ok_or(AdminError::Unknown("case"))?;
            for hearing in store.hearings_of_case(case).await? {
                println!("{}  {}  {}", hearing.id, hearing.state.name(), hearing.title);
                for recording in store.recordings_of_hearing(hearing.id).await? {
                    println!("  recording {}  {}", recording.id, recording.state.name());
                }
            }
        }
    }
    Ok(())
}

/// `oyer person …`
pub async fn person(config: &Config, command: PersonCommand) -> Result<(), AdminError> {
    let (store, _) = open(config).await?;
    let now = now_ms();
    match command {
        PersonCommand::Invite {
            hearing,
            name,
            role,
            person,
            days,
            base_url,
        } => {
            let name = entry::line("name", &name)?;
            let base_url = base_url.map(config::base_url).transpose()?;
            let listed_for = store
                .hearing(hearing)
                .await?
                .ok_or(AdminError::Unknown("hearing"))?
                .listed_for;
            let person = match person {
                Some(id) => store.person(id).await?.ok_or(AdminError::Unknown("person"))?.id,
                None => {
                    let id = PersonId(Uuid::now_v7());
                    store.create_person(id, &name, now).await?;
                    id
                }
            };
            let id = ParticipantId(Uuid::now_v7());
            store
                .add_participant(NewParticipant {
                    id,
                    hearing_id: hearing,
                    person_id: person,
                    role,
                    name,
                })
                .await?;
            let secret = fresh_secret::<16>()?;
            let invitation = InvitationId(Uuid::now_v7());
            store
                .create_invitation(
                    invitation,
                    id,
                    &secret.hash,
                    now,
                    now.max(listed_for) + days * DAY_MS,
                )
                .await?;
            let base = base_url
                .or_else(|| config.base_url.clone())
                .unwrap_or_else(|| format!("http://{}", config.listen));
            println!(
                "participant {id}\ninvitation  {invitation}\n{base}/join#{}",
                secret.text
            );
        }
        PersonCommand::List { hearing } => {
            let known = store.hearing(hearing).await?;
            known.ok_or(AdminError::Unknown("hearing"))?;
            let invitations = store.invitations(hearing).await?;
            for p in store.participants(hearing).await? {
                println!("{}  {}  {}", p.id, p.role.name(), p.name);
                for i in invitations.iter().filter(|i| i.participant == p.id) {
                    let state = match i.revoked_at {
                        Some(_) => "withdrawn",
                        None if i.expires_at <= now => "expired",
                        None => "open",
                    };
                    println!("  invitation {}  {state}  until {}", i.id, moment(i.expires_at));
                }
            }
        }
        PersonCommand::Revoke { invitation } => {
            store.revoke_invitation(invitation, now).await?;
            store.end_sessions_of_invitation(invitation).await?;
        }
        PersonCommand::Token { name, days } => {
            let name = entry::line("name", &name)?;
            let person = PersonId(Uuid::now_v7());
            store.create_person(person, &name, now).await?;
            let secret = fresh_secret::<32>()?;
            store
                .create_staff_token(
                    Uuid::now_v7(),
                    person,
                    &hash_secret(&secret.text),
                    now + i64::from(days) * DAY_MS,
                )
                .await?;
            println!("{}", secret.text);
        }
        PersonCommand::Tokens => {
            for token in store.staff_tokens().await? {
                let state = match token.revoked_at {
                    Some(_) => "withdrawn",
                    None if token.expires_at <= now => "expired",
                    None => "open",
                };
                println!(
                    "{}  {state}  until {}  {}",
                    token.id,
                    moment(token.expires_at),
                    token.name
                );
            }
        }
        PersonCommand::RevokeToken { token } => store.revoke_staff_token(token, now).await?,
    }
    Ok(())
}

/// `oyer export`
pub async fn export(config: &Config, args: ExportArgs) -> Result<(), AdminError> {
    // Whoever sits at the server's console can write any name: the chain of custody must not take it for a participant's.
    let by = format!("{} (operator, at the command line)", entry::line("by", &args.by)?);
    let (_, evidence) = open(config).await?;
    evidence.export_folder(args.recording, &by, &args.out).await?;
    println!("{}", args.out.display());
    Ok(())
}

/// `oyer scrub`: status 1 when a recording is or was not as it was sealed, 3 when the second store could not be read.
pub async fn scrub(config: &Config) -> Result<ExitCode, AdminError> {
    let (_, evidence) = open(config).await?;
    let scrubbed = evidence
        .scrub(None, |recording, damaged| match damaged {
            None => println!("as sealed    {recording}"),
            Some(damaged) => print!("{}", found(damaged)),
        })
        .await?;
    let recordings = scrubbed.recordings;
    let damaged = scrubbed.damaged.len();
    let left = scrubbed
        .damaged
        .iter()
        .filter(|damaged| !damaged.is_mended())
        .count();
    match (damaged, left) {
        (0, _) => println!("{recordings} recordings are as they were sealed."),
        (_, 0) => println!(
            "{damaged} of {recordings} recordings were NOT as they were sealed, and are mended. See to the disk."
        ),
        _ => println!(
            "{left} of {recordings} recordings are NOT as they were sealed. Restore them from a backup; `oyer verify` shows each \
             check."
        ),
    }
    if let Some(why) = &scrubbed.second_unread {
        println!(
            "NOT CHECKED: the second store was not read, or not all of it: {}",
            printable(why)
        );
    }
    Ok(match (damaged, scrubbed.second_unread) {
        (0, None) => ExitCode::SUCCESS,
        // Nothing failed, but not everything was looked at.
        (0, Some(_)) => ExitCode::from(NOT_CHECKED),
        _ => ExitCode::FAILURE,
    })
}

/// Exit status where nothing failed and something was not checked, as of `oyer doctor`.
const NOT_CHECKED: u8 = 3;

/// What is said of a recording that is not, or was not, as it was sealed.
fn found(damaged: &Damaged) -> String {
    let Damaged {
        hearing, recording, ..
    } = damaged;
    let word = match damaged.is_mended() {
        true => "MENDED ",
        false => "DAMAGED",
    };
    let mut out = format!("{word}      {recording}  of hearing {hearing}\n");
    let mut say = |what: &str, line: &str| out.push_str(&format!("             {what}{}\n", printable(line)));
    damaged.what.iter().for_each(|line| say("", line));
    for file in &damaged.mended {
        say("put back from the second store: ", &file.path);
    }
    for file in &damaged.mended_there {
        say("put back in the second store: ", &file.path);
    }
    for line in &damaged.left_there {
        say("damaged in the second store: ", line);
    }
    out
}
