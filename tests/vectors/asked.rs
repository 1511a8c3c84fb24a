//! What the verifier asks for by naming somebody, and what a time is worth.

use super::*;

/// What the report says of time from elsewhere.
fn independent_time(vector: &str, trust: &Trust) -> (Verdict, String) {
    let report = verify_folder(&vectors_folder().join(vector), trust);
    let mut lines = report
        .checks
        .into_iter()
        .filter(|check| check.check == CheckCode::IndependentTime);
    let line = lines.next().unwrap();
    assert!(lines.next().is_none());
    (line.verdict, line.detail)
}

#[test]
fn a_time_stamp_is_worth_what_its_root_is_trusted_for() {
    let (verdict, detail) = independent_time("good/interrupted", &trust());
    assert_eq!(verdict, Verdict::Trusted);
    assert!(
        detail.starts_with("2026-01-15T09:32:00.000Z, by your trust"),
        "{detail}"
    );

    let court_alone = Trust::from_pem(&fs::read(root_pem()).unwrap()).unwrap();
    for trust in [court_alone, Trust::none()] {
        let (verdict, detail) = independent_time("good/interrupted", &trust);
        assert_eq!(verdict, Verdict::NotChecked);
        assert!(detail.contains("--trust-time"), "{detail}");
    }
    // Who names an authority misses its stamp; who names nobody hears what there is.
    for (trust, expected, none) in [
        (trust(), Verdict::Missing, "although you named an authority"),
        (Trust::none(), Verdict::NotChecked, "holds no time-stamp"),
    ] {
        let (verdict, detail) = independent_time("good/closed", &trust);
        assert_eq!(verdict, expected);
        assert!(detail.contains("court's own service"), "{detail}");
        let (verdict, detail) = independent_time("good/continued", &trust);
        assert_eq!(verdict, expected);
        assert!(detail.contains(none), "{detail}");
    }
    // A root that is named for seals is the court's, and no authority beside it, also when it is not that of this seal.
    let both = [root_pem(), time_root_pem()].map(|pem| fs::read(pem).unwrap());
    let two_roots = Trust::from_pem(&both.concat()).unwrap();
    let (verdict, detail) = independent_time("good/interrupted", &two_roots);
    assert_eq!(verdict, Verdict::NotChecked);
    assert!(
        detail.contains("under a root that you trust for seals"),
        "{detail}"
    );
    let named_twice = two_roots.clone().with_time_roots(&both[1]).unwrap();
    assert_eq!(
        independent_time("good/interrupted", &named_twice).0,
        Verdict::Missing
    );
    // So are its stamps over a reseal.
    let report = verify_folder(&vectors_folder().join("good/resealed"), &two_roots);
    let of = |check: CheckCode| report.checks.iter().filter(move |c| c.check == check);
    let own = of(CheckCode::Reseal).filter(|c| c.detail.contains("the court's own service"));
    assert_eq!(own.count(), 2, "{report:#?}");
    assert!(of(CheckCode::Lasting).all(|c| c.verdict == Verdict::NotChecked));
}

/// Whoever has no key can take every proof out of a bundle. Whoever asked for one notices, whatever they verify with.
#[test]
fn a_bundle_without_the_proofs_that_were_asked_for_is_not_proved() {
    let stripped = copy("good/logged");
    let stamp = [bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT, bundle::LOG_PROOF];
    for file in bundle::EXPORTED_TAG_FILES.iter().chain(&stamp) {
        fs::remove_file(stripped.path().join(file)).unwrap();
    }
    let paths = [root_pem(), time_root_pem(), log_keys()].map(|path| path.display().to_string());
    let [root, time, log] = paths.each_ref().map(String::as_str);
    let root = ["--trust", root];
    for (more, missing) in [
        (&["--trust-time", time][..], &["custody", "independent_time"][..]),
        (&["--trust-time", time, "--stored"], &["independent_time"]),
        (
            &["--trust-log", log, "--stored"],
            &["cosigners", "transparency_log"],
        ),
        (&[], &["custody"]),
        (&["--stored"], &[]),
    ] {
        let outcome = match missing {
            [] => (0, "proved"),
            _ => (4, "proofs_missing"),
        };
        let arguments = [&root[..], more].concat();
        let output = oyer_verify(stripped.path(), &[&arguments[..], &["--json"]].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &report["outcome"]),
            (Some(outcome.0), &json!(outcome.1))
        );
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().filter(|c| c["verdict"] == "missing");
        let found: BTreeSet<&str> = found.map(|c| c["check"].as_str().unwrap()).collect();
        assert_eq!(found, missing.iter().copied().collect(), "{more:?}");
        let said = oyer_verify(stripped.path(), &arguments).stdout;
        let said = String::from_utf8(said).unwrap();
        assert_eq!(
            said.contains("Every proof holds"),
            missing.is_empty(),
            "{more:?}: {said}"
        );
        let logs = more.contains(&"--trust-log");
        let scripts: &[&str] = match logs {
            true => &["logs.py"],
            false => &["verify.py", "reseals.py", "logs.py"],
        };
        for script in scripts {
            let mut python = Command::new("python3");
            python.arg("-B").arg(schema_folder().join(script));
            python.arg(stripped.path()).args(&arguments);
            python.args(["--now", &vectors().now.to_string()]);
            let report: Value = serde_json::from_slice(&python.output().unwrap().stdout).unwrap();
            assert_eq!(report["outcome"], outcome.1, "{script} {more:?}");
            assert_eq!(report["missing"], json!(missing), "{script} {more:?}");
        }
    }
    let said = oyer_verify(stripped.path(), &[&root[..], &["--trust-log", log]].concat()).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(
        said.contains("no proof of the log was found although you named a log"),
        "{said}"
    );
}
