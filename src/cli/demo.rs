//! The demo case: one person per role, a link for each, and `<data>/demo.json` for tools.

use crate::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use crate::court::role::Role;
use crate::http::{App, hash_secret, invitations, now_ms};
use crate::store::{NewCase, NewHearing, NewParticipant};
use serde::{Deserialize, Serialize};
use std::path::Path;
use uuid::Uuid;

/// What `<data>/demo.json` holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Demo {
    /// Where the server is.
    pub base_url: String,
    /// The demo case.
    pub case_id: CaseId,
    /// Its next hearing.
    pub hearing_id: HearingId,
    /// One per role.
    pub participants: Vec<DemoParticipant>,
    /// What this start changed of what an earlier one said.
    #[serde(skip)]
    pub note: Option<&'static str>,
}

/// A participant of the demo hearing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoParticipant {
    /// Identifier.
    pub id: ParticipantId,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The link.
    pub link: String,
}

const PEOPLE: [(&str, Role); 7] = [
    ("Judge Nilufar Karimova", Role::Judge),
    ("Clerk Daniel Reed", Role::Clerk),
    ("Aziza Rahimova", Role::Witness),
    ("Prosecutor Timur Saidov", Role::Prosecutor),
    ("Counsel Maria Orlova", Role::DefenceCounsel),
    ("Interpreter Jasur Tosh", Role::Interpreter),
    ("Emma Clarke", Role::Observer),
];

const LINK_MS: i64 = 30 * 24 * 3600 * 1000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// `<data>/demo.json` of an earlier start cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be read ({why}). Remove it, and the next start makes a new demo case with new links.")]
struct Unreadable {
    path: String,
    why: Failure,
}

/// Makes the demo case, or keeps the one that is there. When its hearing is over a further one is listed; links that have
/// expired are replaced; when the database knows nothing of the case it is made anew. What changed is in [`Demo::note`].
pub async fn prepare(app: &App, data: &Path) -> Result<Demo, Failure> {
    let file = data.join("demo.json");
    let unreadable = |why: Failure| Unreadable {
        path: file.display().to_string(),
        why,
    };
    let kept = match std::fs::read(&file) {
        Ok(bytes) => {
            let read = serde_json::from_slice::<Demo>(&bytes);
            Some(read.map_err(|e| unreadable(e.into()))?)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(unreadable(e.into()).into()),
    };
    let demo = match kept {
        None => new_case(app).await?,
        Some(kept) => match app.store.hearing(kept.hearing_id).await? {
            Some(hearing) if !hearing.state.is_over() => renewed(app, moved(kept, &app.base_url)).await?,
            _ if app.store.case(kept.case_id).await?.is_some() => list_hearing(app, kept.case_id).await?,
            _ => Demo {
                note: Some("The demo case of the start before is not in this database: this is a new one."),
                ..new_case(app).await?
            },
        },
    };
    write_private(&file, &serde_json::to_vec_pretty(&demo)?)?;
    Ok(demo)
}

async fn new_case(app: &App) -> Result<Demo, Failure> {
    // Of a random identifier: the first digits of one that begins with the time are the same for a minute.
    let number = Uuid::new_v4().simple().to_string();
    let case = NewCase {
        id: CaseId(Uuid::now_v7()),
        reference: format!("DEMO-{}", number.get(..8).unwrap_or(&number)),
        title: "The State v. Demo".into(),
        created_at: now_ms(),
    };
    let id = case.id;
    app.store.create_case(case).await?;
    list_hearing(app, id).await
}

/// The same people, with a new link for each whose link has expired or is not known. One that the court took back stays so.
async fn renewed(app: &App, mut demo: Demo) -> Result<Demo, Failure> {
    for p in &mut demo.participants {
        let secret = p.link.split_once('#').map_or("", |(_, secret)| secret);
        let known = app.store.invitation_by_secret(&hash_secret(secret)).await?;
        if known.is_some_and(|link| link.revoked_at.is_some() || now_ms() < link.expires_at) {
            continue;
        }
        p.link = invitations::create(app, p.id, LINK_MS).await?.link;
        demo.note = Some("Links of the start before had expired: these are new ones.");
    }
    Ok(demo)
}

async fn list_hearing(app: &App, case_id: CaseId) -> Result<Demo, Failure> {
    let hearing_id = HearingId(Uuid::now_v7());
    app.store
        .create_hearing(NewHearing {
            id: hearing_id,
            case_id,
            title: "Main hearing".into(),
            listed_for: now_ms(),
            created_at: now_ms(),
        })
        .await?;
    let mut participants = Vec::new();
    for (name, role) in PEOPLE {
        let (person, id) = (PersonId(Uuid::now_v7()), ParticipantId(Uuid::now_v7()));
        app.store.create_person(person, name, now_ms()).await?;
        app.store
            .add_participant(NewParticipant {
                id,
                hearing_id,
                person_id: person,
                role,
                name: name.into(),
            })
            .await?;
        let invitation = invitations::create(app, id, LINK_MS).await?;
        participants.push(DemoParticipant {
            id,
            name: name.into(),
            role,
            link: invitation.link,
        });
    }
    Ok(Demo {
        base_url: app.base_url.to_string(),
        case_id,
        hearing_id,
        participants,
        note: None,
    })
}

/// The same links at the address where the server is now.
fn moved(mut demo: Demo, base_url: &str) -> Demo {
    for p in &mut demo.participants {
        if let Some((_, secret)) = p.link.split_once('#') {
            p.link = format!("{base_url}/join#{secret}");
        }
    }
    demo.base_url = base_url.to_owned();
    demo
}

/// Written beside and renamed, so that a reader never sees half of it; the links are secrets.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let fresh = file.with_extension("json.new");
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&fresh, file)
}

impl std::fmt::Display for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(note) = self.note {
            writeln!(f, "\n{note}")?;
        }
        writeln!(f, "\nThe demo hearing. Open each link in a window of its own:\n")?;
        for p in &self.participants {
            writeln!(
                f,
                "  {:<18} {:<26} {}",
                p.role.name().replace('_', " "),
                p.name,
                p.link
            )?;
        }
        Ok(())
    }
}
