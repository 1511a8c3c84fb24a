//! A PostgreSQL for tests: the one at `OYER_TEST_POSTGRES`, or a private cluster on a Unix socket in a temporary
//! folder, started by an unprivileged user and stopped when the test is over.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// A database that nobody else uses.
pub struct Database {
    /// For [`oyer::store::Store::open`].
    pub url: String,
    _cluster: Option<Cluster>,
}

/// A running cluster; stopped and removed when dropped.
struct Cluster {
    folder: PathBuf,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stopped = as_postgres(&["pg_ctl", "-D", &text(&data), "-m", "immediate", "-w", "stop"]);
        if let Err(why) = stopped {
            eprintln!("PostgreSQL was not stopped: {why}");
        }
        if let Err(why) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("{}: {why}", self.folder.display());
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_string()
}

/// Runs one of PostgreSQL's programs; it refuses to run as root, so root steps down to the user `postgres`.
fn as_postgres(command: &[&str]) -> Result<(), String> {
    let program = format!("{BINARIES}/{}", command[0]);
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let mut run = if is_root {
        let mut run = Command::new("runuser");
        run.args(["-u", "postgres", "--", &program]);
        run
    } else {
        Command::new(&program)
    };
    let status = run
        .args(&command[1..])
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|e| format!("{program}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program}: {status}"))
    }
}

fn start_cluster() -> Cluster {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("oyer-pg-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let cluster = Cluster { folder };
    let data = text(&cluster.folder.join("data"));
    as_postgres(&[
        "initdb",
        "-D",
        &data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
    ])
    .unwrap();
    let options = format!(
        "-c listen_addresses= -c unix_socket_directories={} -c fsync=off",
        cluster.folder.display()
    );
    let log = text(&cluster.folder.join("log"));
    as_postgres(&["pg_ctl", "-D", &data, "-l", &log, "-o", &options, "-w", "start"]).unwrap();
    cluster
}

/// A fresh database, or nothing where there is no PostgreSQL.
pub async fn fresh_database() -> Option<Database> {
    let (server, cluster) = match std::env::var("OYER_TEST_POSTGRES") {
        Ok(url) => (url, None),
        Err(_) if Path::new(BINARIES).is_dir() => {
            let cluster = start_cluster();
            (
                format!(
                    "postgres://postgres@localhost/postgres?host={}",
                    cluster.folder.display()
                ),
                Some(cluster),
            )
        }
        Err(_) => return None,
    };
    sqlx::any::install_default_drivers();
    let name = format!("oyer_{}", uuid::Uuid::now_v7().simple());
    let pool = sqlx::AnyPool::connect(&server).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let (address, query) = server.split_once('?').unwrap_or((&server, ""));
    let (address, _) = address.rsplit_once('/').unwrap();
    let url = format!("{address}/{name}?{query}");
    Some(Database {
        url,
        _cluster: cluster,
    })
}
