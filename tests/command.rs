//! The `oyer` command in an operator's hands.
#![cfg(feature = "server")]

use oyer::evidence::Evidence;
use oyer::store::Store;
use std::path::Path;
use std::process::{Command, Output};

const ID: &str = "00000000-0000-7000-8000-000000000000";

fn oyer(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OYER_")) {
        command.env_remove(name);
    }
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = oyer(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn refused(arguments: &[&str]) -> String {
    let output = oyer(arguments);
    assert!(
        !output.status.success(),
        "{arguments:?}: {}",
        text(&output.stdout)
    );
    text(&output.stderr)
}

/// A data folder as `oyer serve` leaves it.
fn court(data: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open_embedded(data).await.unwrap();
        Evidence::open(store.clone(), data, "Court", time::OffsetDateTime::now_utc()).unwrap();
        store.close().await;
    });
}

#[test]
fn no_command_but_the_server_makes_a_court() {
    let folder = tempfile::tempdir().unwrap();
    let (absent, empty) = (folder.path().join("absent"), folder.path().join("empty"));
    std::fs::create_dir(&empty).unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for data in [&absent, &empty] {
        let path = data.to_str().unwrap();
        for arguments in [
            &["case", "list"][..],
            &["case", "add", "--reference", "1", "--title", "T"],
            &["hearing", "list", "--case", ID],
            &["person", "list", "--hearing", ID],
            &["person", "token", "--name", "N"],
            &["person", "revoke", ID],
            &["export", ID, "--out", out],
        ] {
            let said = refused(&[arguments, &["--data", path]].concat());
            assert!(
                said.contains(&format!("no Oyer data in {path}")),
                "{arguments:?}: {said}"
            );
            assert!(
                said.contains(&format!("oyer serve --data {path}")),
                "{arguments:?}: {said}"
            );
        }
    }
    assert!(!absent.exists());
    assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0);

    // A folder that lost its keys is not given new ones by a look at it.
    court(&empty);
    std::fs::remove_dir_all(empty.join("keys")).unwrap();
    let said = refused(&["case", "list", "--data", empty.to_str().unwrap()]);
    assert!(said.contains("seal key"), "{said}");
    assert!(!empty.join("keys").exists());
}

#[test]
fn a_start_that_finds_its_ports_taken_leaves_nothing_behind_and_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let (http, media) = (
        tcp.local_addr().unwrap().to_string(),
        udp.local_addr().unwrap().port().to_string(),
    );
    for (listen, media, taken, mend) in [
        (http.as_str(), "0", http.as_str(), "--listen"),
        ("127.0.0.1:0", media.as_str(), media.as_str(), "--media-port"),
    ] {
        let said = refused(&[
            "serve",
            "--data",
            data.to_str().unwrap(),
            "--listen",
            listen,
            "--media-port",
            media,
            "--public-address",
            "127.0.0.1",
        ]);
        assert!(said.contains(taken) && said.contains(mend), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!data.exists(), "an empty data folder is left behind: {said}");
    }
}

#[test]
fn the_data_folder_may_be_named_before_and_after_the_command() {
    let folder = tempfile::tempdir().unwrap();
    court(folder.path());
    let data = folder.path().to_str().unwrap();
    let add = ["add", "--title", "State v. Example", "--reference"];
    done(&[&["--data", data, "case"], &add[..], &["1"]].concat());
    done(&[&["case", "--data", data], &add[..], &["2"]].concat());
    let id = done(&[&["case"], &add[..], &["3", "--data", data]].concat());
    let listed = done(&["case", "list", "--data", data]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains(id.trim()), "{listed}");

    let config = folder.path().join("oyer.toml");
    std::fs::write(&config, format!("data = {data:?}\n")).unwrap();
    let config = config.to_str().unwrap();
    for arguments in [
        ["--config", config, "case", "list"],
        ["case", "--config", config, "list"],
        ["case", "list", "--config", config],
    ] {
        assert_eq!(done(&arguments), listed);
    }

    // A flag that would be ignored is not offered, and refused.
    for command in ["verify", "rehearse", "load"] {
        let help = done(&[command, "--help"]);
        for flag in ["--data", "--config", "--database"] {
            // As an option of its own: a text may name --demo-file's folder.
            let is_offered = help.lines().any(|line| line.trim_start().starts_with(flag));
            assert!(!is_offered, "{command} offers {flag}: {help}");
        }
    }
    assert!(done(&["case", "list", "--help"]).contains("--data <DIR>"));
    for command in ["verify", "rehearse"] {
        let said = match command {
            "verify" => refused(&["verify", data, "--data", data]),
            _ => refused(&["--data", data, "rehearse"]),
        };
        assert!(
            said.contains(&format!("`oyer {command}` works on no data folder")),
            "{said}"
        );
    }
}

#[test]
fn what_an_operator_writes_is_checked_as_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    court(folder.path());
    let data = folder.path().to_str().unwrap();
    let case = done(&["--data", data, "case", "add", "--reference", "1", "--title", "T"]);
    let case = case.trim();
    let long = "x".repeat(201);
    for (arguments, named) in [
        (
            &["case", "add", "--reference", "\u{1b}[2J", "--title", "T"][..],
            "`reference`",
        ),
        (&["case", "add", "--reference", "2", "--title", &long], "`title`"),
        (&["case", "add", "--reference", "1", "--title", "T"], "exists"),
        (
            &[
                "hearing",
                "add",
                "--case",
                case,
                "--title",
                " ",
                "--at",
                "2026-12-01T09:30:00+05:00",
            ],
            "`title`",
        ),
        (
            &[
                "hearing",
                "add",
                "--case",
                case,
                "--title",
                "T",
                "--at",
                "1026-12-01T09:30:00+05:00",
            ],
            "`at`",
        ),
        (
            &[
                "hearing", "add", "--case", case, "--title", "T", "--at", "tomorrow",
            ],
            "RFC 3339",
        ),
        (&["person", "token", "--name", "a\nb"], "`name`"),
        (&["person", "revoke", ID], "no such invitation"),
        (&["hearing", "list", "--case", ID], "no such case"),
        (&["person", "list", "--hearing", ID], "no such hearing"),
        (
            &["export", ID, "--out", "/nonexistent", "--by", "\u{202e}x"],
            "`by`",
        ),
    ] {
        let said = refused(&[arguments, &["--data", data]].concat());
        assert!(said.contains(named), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let hearing = done(&[
        "--data",
        data,
        "hearing",
        "add",
        "--case",
        case,
        "--title",
        "T",
        "--at",
        "2126-12-01T09:30:00+05:00",
    ]);
    let invite = [
        "--data",
        data,
        "person",
        "invite",
        "--role",
        "witness",
        "--hearing",
        hearing.trim(),
        "--name",
    ];
    assert!(refused(&[&invite[..], &["\u{7}"]].concat()).contains("`name`"));
    let link = done(
        &[
            &invite[..],
            &["Aziza", "--base-url", "https://hearings.court.example/"],
        ]
        .concat(),
    );
    assert!(link.contains("https://hearings.court.example/join#"), "{link}");
    // The link outlasts the hearing, however far that is, by as many days as one that is made on the page.
    let list = done(&["--data", data, "person", "list", "--hearing", hearing.trim()]);
    assert!(list.contains("open  until 2126-12-08T04:30:00Z"), "{list}");
    let secret = refused(
        &[
            &invite[..],
            &["Aziza", "--base-url", "https://u:secret@court.example"],
        ]
        .concat(),
    );
    assert!(!secret.contains("secret"), "{secret}");

    // Wrapped by the width of the terminal.
    let help = done(&["person", "revoke", "--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("end within 5 s"), "{help}");
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let shown = done(&[
        "config",
        "--database",
        "postgres://u:secret@db.example/oyer?password=secret",
        "--base-url",
        "https://hearings.court.example",
        "--trusted-proxy",
        "10.0.0.0/8",
        "--trusted-proxy",
        "::1",
        "--court-name",
        "Tashkent City Court",
        "--court-telephone",
        "+998 71 200 00 00",
    ]);
    assert!(shown.contains(r#"court_name = "Tashkent City Court""#), "{shown}");
    assert!(
        shown.contains(r#"court_telephone = "+998 71 200 00 00""#),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("postgres://db.example/oyer"), "{shown}");
    assert!(
        shown.contains(r#"trusted_proxies = ["10.0.0.0/8", "::1/128"]"#),
        "{shown}"
    );
    let said = refused(&["config", "--base-url", "https://u:secret@court.example"]);
    assert!(!said.contains("secret") && said.contains("`base_url`"), "{said}");
}

#[test]
fn many_requests_left_half_said_neither_close_the_doors_nor_hold_up_the_end() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir().unwrap();
    // Fewer descriptors than there will be connections, until the server asks for more.
    let mut server = Command::new("sh")
        .args([
            "-c",
            "ulimit -S -n 128 && exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_oyer"),
        ])
        .args(["serve", "--listen", "127.0.0.1:0", "--media-port", "0", "--data"])
        .arg(folder.path().join("data"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("Oyer is ready: http://").map(str::to_owned))
        .unwrap();
    let held: Vec<_> = (0..400)
        .map(|_| {
            let mut half = std::net::TcpStream::connect(&address).unwrap();
            half.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
            half
        })
        .collect();
    // Connections are taken in order: when this is answered, those before it are held.
    let mut asked = std::net::TcpStream::connect(&address).unwrap();
    asked
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    asked.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = String::new();
    asked.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let pid = server.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = server.try_wait().unwrap() {
            break Some(status);
        }
        if begun.elapsed() > Duration::from_secs(20) {
            server.kill().unwrap();
            server.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    drop(held);
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
}

#[test]
fn what_cannot_be_read_is_called_as_the_operator_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oyer.toml");
    let path = file.to_str().unwrap();
    for (text, expected) in [
        (
            "listn = \"x\"",
            "`listn` in PATH is no setting; there are data, second_spool, second_store, ",
        ),
        ("listen = 8080", "`listen` in PATH is 8080: write text in quotes"),
        (
            "workers = \"two\"",
            "`workers` in PATH is \"two\": write a whole number",
        ),
        (
            "media_port = 99999",
            "`media_port` in PATH is 99999: write a whole number from 0 to 65535",
        ),
        (
            "turn_secret = 1234567",
            "`turn_secret` in PATH: write the secret in quotes",
        ),
        // The line of the file is not repeated: it may hold a secret.
        (
            "turn_secret = \"1234567",
            "PATH: TOML parse error at line 1, column 23: invalid basic string",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = refused(&["config", "--config", path]);
        assert!(said.contains(&expected.replace("PATH", path)), "{said}");
        assert!(!said.contains("default.") && !said.contains("1234567"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for (name, value, expected) in [
        (
            "OYER_LISTN",
            "x",
            "`OYER_LISTN` is no setting; there are OYER_DATA, OYER_SECOND_SPOOL, OYER_SECOND_STORE, ",
        ),
        (
            "OYER_WORKERS",
            "two",
            "`OYER_WORKERS` is \"two\": write a whole number",
        ),
        (
            "OYER_PUBLIC_ADDRESS",
            "here",
            "`OYER_PUBLIC_ADDRESS`: invalid IP address syntax",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
            .arg("config")
            .env(name, value)
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{said}");
    }
}

#[test]
fn a_file_in_the_place_of_the_data_folder_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "a letter").unwrap();
    let (file, below) = (
        file.display().to_string(),
        file.join("below").display().to_string(),
    );
    for data in [&file, &below] {
        for arguments in [
            &["case", "list"][..],
            &["serve", "--listen", "127.0.0.1:0", "--media-port", "0"],
        ] {
            let said = refused(&[arguments, &["--data", data]].concat());
            assert!(
                said.contains(&format!("{file} is a file, and the data need a folder")),
                "{arguments:?}: {said}"
            );
        }
    }
}

#[test]
fn the_environment_is_taken_as_it_is_written() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
    command.arg("config");
    for (name, value) in [
        ("OYER_COURT_TELEPHONE", "+998712000000"),
        ("OYER_ORGANISATION", "103"),
        ("OYER_PUBLIC_ADDRESS", "10.0.0.1, 192.0.2.7"),
        ("OYER_TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
        ("OYER_WORKERS", "3"),
        ("OYER_LOG_JSON", "true"),
        (
            "OYER_TIMESTAMP_URL",
            "http://user:hunter2@tsa.example/stamp?token=SECRET",
        ),
        ("OYER_TIMESTAMP_ROOT", "root.pem"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for line in [
        "court_telephone = \"+998712000000\"",
        "organisation = \"103\"",
        "public_address = [\"10.0.0.1\", \"192.0.2.7\"]",
        "trusted_proxies = [\"10.0.0.0/8\"]",
        "workers = 3",
        "log_json = true",
        "timestamp_url = \"http://tsa.example/stamp\"",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(!shown.contains("hunter2") && !shown.contains("SECRET"), "{shown}");
}

#[test]
fn tokens_of_staff_are_listed_and_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    court(folder.path());
    let data = folder.path().to_str().unwrap();
    let secret = done(&["person", "token", "--name", "Registrar", "--data", data]);
    let listed = done(&["person", "tokens", "--data", data]);
    assert!(
        listed.contains("Registrar") && listed.contains("open"),
        "{listed}"
    );
    assert!(!listed.contains(secret.trim()), "no secret is shown again");
    let id = listed.split_whitespace().next().unwrap();
    done(&["person", "revoke-token", id, "--data", data]);
    let listed = done(&["person", "tokens", "--data", data]);
    assert!(listed.contains("withdrawn"), "{listed}");
    let said = refused(&["person", "revoke-token", ID, "--data", data]);
    assert!(said.contains("staff token"), "{said}");
}

#[test]
fn a_data_folder_is_closed_to_others_and_one_that_is_somebody_elses_is_not_touched() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let make = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let (empty, others) = (make("empty"), make("others"));
    std::fs::write(others.join("letter"), "private").unwrap();
    oyer::cli::serve::data_folder(&empty).unwrap();
    assert_eq!(mode(&empty), 0o700);
    let said = oyer::cli::serve::data_folder(&others).unwrap_err().to_string();
    assert!(said.contains("chmod 700"), "{said}");
    assert_eq!(mode(&others), 0o755);
}
