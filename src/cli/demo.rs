//! The demo case: one person per role, a link for each, and `<data>/demo.json` for tools.

use crate::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use crate::court::role::Role;
use crate::http::{App, invitations, now_ms};
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

/// Makes the demo case, or keeps the one that is there. When its hearing is over a further one is listed.
pub async fn prepare(app: &App, data: &Path) -> Result<Demo, Failure> {
    let file = data.join("demo.json");
    let kept = match std::fs::read(&file) {
        Ok(bytes) => Some(serde_json::from_slice::<Demo>(&bytes)?),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(e.into()),
    };
    let demo = match kept {
        Some(kept) => match app.store.hearing(kept.hearing_id).await? {
            Some(hearing) if !hearing.state.is_over() => moved(kept, &app.base_url),
            _ => list_hearing(app, kept.case_id).await?,
        },
        None => {
            let case = NewCase {
                id: CaseId(Uuid::now_v7()),
                reference: format!("DEMO-{}", &Uuid::now_v7().simple().to_string()[..8]),
                title: "The State v. Demo".into(),
                created_at: now_ms(),
            };
            let id = case.id;
            app.store.create_case(case).await?;
            list_hearing(app, id).await?
        }
    };
    write_private(&file, &serde_json::to_vec_pretty(&demo)?)?;
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
