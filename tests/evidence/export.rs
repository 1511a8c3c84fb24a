//! Bundles that are handed out, with outside tools as judges.

use crate::courthouse::{Court, Tape, check_with_other_tools, tool};
use crate::{custody_acts, eventually};
use oyer::evidence::EvidenceError;
use oyer::evidence::key::{self, KeyPlace};
use oyer::folder::FolderBundle;
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict};
use oyer::seal::{custody, verify};
use std::fs;
use std::path::Path;
use time::OffsetDateTime;

/// What a stranger does with a bundle that was handed out.
fn check_bundle(folder: &Path, root: &Path) {
    for list in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        check_with_other_tools(folder, root, list).unwrap();
    }
    let trust = Trust::from_pem(&fs::read(root).unwrap()).unwrap();
    let bundle = FolderBundle::open(folder).unwrap();
    let report = verify::verify(&bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let how = fs::read_to_string(folder.join("VERIFY.txt")).unwrap();
    let openssl = |pem: &Path| {
        tool(
            folder,
            "openssl",
            &[
                "x509",
                "-in",
                pem.to_str().unwrap(),
                "-noout",
                "-fingerprint",
                "-sha256",
            ],
        )
    };
    let fingerprint = openssl(root).unwrap();
    assert!(
        how.contains(fingerprint.trim().split_once('=').unwrap().1),
        "{how}"
    );
    let page = fs::read_to_string(folder.join("certificate.html")).unwrap();
    assert!(page.contains("O‘. Rahimov &lt;b&gt;"), "names are escaped");
    let tags = fs::read_to_string(folder.join("tagmanifest-sha256.txt")).unwrap();
    for file in [
        "custody.jsonl",
        "certificate.html",
        "VERIFY.txt",
        "seal/certs/root.pem",
        "seal/manifest-sha256.txt.p7s",
    ] {
        assert!(tags.contains(&format!("  {file}\n")), "{file}");
    }
    let ledger = fs::File::open(folder.join("custody.jsonl")).unwrap();
    let mut last = None;
    custody::check(std::io::BufReader::new(ledger), |entry| {
        last = Some(entry.clone())
    })
    .unwrap();
    let last = last.unwrap();
    assert_eq!(
        (last.act.name(), last.by.as_str()),
        ("exported", "Clerk D. Yusupova"),
        "it says that it was handed out"
    );
}

#[tokio::test]
async fn a_bundle_is_handed_out_as_a_folder_and_never_overwrites() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("deep/bundle");
    let early = court.evidence.export_folder(recording, "Clerk", &to).await;
    assert!(matches!(early, Err(EvidenceError::NotSealed(_))));
    court.evidence.seal(recording, summary).await.unwrap();

    court
        .evidence
        .export_folder(recording, "Clerk D. Yusupova", &to)
        .await
        .unwrap();
    check_bundle(&to, &court.root());
    let left: Vec<_> = fs::read_dir(to.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
    let expected = [
        "recorded",
        "sealed",
        "attached",
        "exported begun",
        "exported completed ok=true",
    ];
    assert_eq!(custody_acts(&court, recording).await, expected);

    let before = fs::metadata(to.join("VERIFY.txt")).unwrap().modified().unwrap();
    let again = court.evidence.export_folder(recording, "Clerk", &to).await;
    assert!(matches!(again, Err(EvidenceError::Exists(path)) if path == to));
    assert_eq!(
        fs::metadata(to.join("VERIFY.txt")).unwrap().modified().unwrap(),
        before
    );

    let file = to
        .join("data")
        .join(recording.to_string())
        .join("segment-001/judge-1-camera.webm");
    let mut content = fs::read(&file).unwrap();
    content[100] ^= 1;
    fs::write(&file, content).unwrap();
    assert!(check_with_other_tools(&to, &court.root(), "manifest-sha256.txt").is_err());
}

#[tokio::test]
async fn a_bundle_is_handed_out_as_a_tar_file() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let mut pieces = court
        .evidence
        .export_tar(recording, "Clerk D. Yusupova")
        .await
        .unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut tar = Vec::new();
    while let Some(piece) = pieces.recv().await {
        let piece = piece.unwrap();
        assert!(piece.len() <= 64 * 1024);
        tar.extend_from_slice(&piece);
    }
    fs::write(out.path().join("bundle.tar"), tar).unwrap();
    tool(out.path(), "tar", &["xf", "bundle.tar"]).unwrap();
    check_bundle(&out.path().join(recording.to_string()), &court.root());
}

#[tokio::test]
async fn a_download_that_broke_off_is_in_the_ledger() {
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(1, 2_000);
    let file = "segment-001/judge-1-camera.webm".to_string();
    fs::File::create_new(dir.join(&file))
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    tape.enter(file, court.judge, Source::Camera, Codec::Vp8, 1);
    court.evidence.seal(recording, tape.finish()).await.unwrap();

    let mut pieces = court.evidence.export_tar(recording, "Clerk").await.unwrap();
    pieces.recv().await.unwrap().unwrap();
    drop(pieces);
    let ledger = eventually(async || {
        let acts = custody_acts(&court, recording).await;
        (acts.len() == 5).then_some(acts)
    });
    assert_eq!(ledger.await.last().unwrap(), "exported completed ok=false");
}

/// The command lines of VERIFY.txt that run OpenSSL, as they stand there.
fn openssl_commands(how: &str) -> Vec<String> {
    let lines = how.replace("\\\n", " ");
    let commands = lines.lines().map(str::trim);
    let commands = commands.filter(|line| line.starts_with("openssl cms") || line.starts_with("openssl ts"));
    commands.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_recording_of_before_a_new_root_is_verified_with_both_as_it_says() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let old_root = fs::read(court.root()).unwrap();
    let keys = court.folder.path().join("keys");
    let now = OffsetDateTime::now_utc();
    key::new_root(&keys, crate::courthouse::ORGANISATION, now, &KeyPlace::File).unwrap();
    let court = court.restarted().await;
    let new_root = fs::read(court.root()).unwrap();
    assert_ne!(old_root, new_root);

    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("bundle");
    court
        .evidence
        .export_folder(recording, "Clerk", &to)
        .await
        .unwrap();
    fs::write(out.path().join("ROOT.pem"), &old_root).unwrap();
    fs::write(out.path().join("NEW-ROOT.pem"), &new_root).unwrap();
    let how = fs::read_to_string(to.join("VERIFY.txt")).unwrap();
    for root in ["ROOT.pem", "NEW-ROOT.pem"] {
        let file = out.path().join(root);
        let arguments = [
            "x509",
            "-in",
            file.to_str().unwrap(),
            "-noout",
            "-fingerprint",
            "-sha256",
        ];
        let fingerprint = tool(&to, "openssl", &arguments).unwrap();
        let (_, digits) = fingerprint.trim().split_once('=').unwrap();
        assert!(how.contains(digits), "{root}: {how}");
    }
    let commands = openssl_commands(&how);
    assert!(commands.len() >= 2, "{how}");
    for command in commands {
        tool(&to, "bash", &["-c", &command]).unwrap_or_else(|why| panic!("{command}: {why}"));
    }
    let both = [old_root.as_slice(), b"\n", new_root.as_slice()].concat();
    let bundle = FolderBundle::open(&to).unwrap();
    let judged = |roots: &[u8]| {
        let trust = Trust::from_pem(roots).unwrap();
        verify::verify(&bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()))
    };
    assert_eq!(judged(&both).outcome, Outcome::Proved);
    assert!(how.contains("oyer verify . --trust ../ROOTS.pem"));
    // Without any it is intact, and whose it is stays open: by both signatures, and by the word of neither root.
    let open = verify::verify(&bundle, &Trust::none(), Timestamp::new(OffsetDateTime::now_utc()));
    assert_eq!(open.outcome, Outcome::SignerNotChecked, "{open:#?}");
    let of_tags = open.checks.iter().filter(|c| c.check == CheckCode::TagFiles);
    let verdicts: Vec<_> = of_tags.map(|c| c.verdict).collect();
    assert_eq!(verdicts, [Verdict::NotChecked, Verdict::Proved]);
    let signature = to.join(oyer::seal::bundle::TAG_MANIFEST_SIGNATURE);
    tool(&to, "chmod", &["-R", "u+w", "."]).unwrap();
    let whole = fs::read(&signature).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&signature, changed).unwrap();
    let open = verify::verify(&bundle, &Trust::none(), Timestamp::new(OffsetDateTime::now_utc()));
    assert_eq!(open.outcome, Outcome::Failed, "a signature that does not hold");
    fs::write(&signature, whole).unwrap();
    // One of them is not enough, and the reader is told which file is meant.
    assert_eq!(judged(&old_root).outcome, Outcome::Failed);
}
