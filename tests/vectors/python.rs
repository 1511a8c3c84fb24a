//! The verifiers in Python, which were written from the text of the format alone.

use super::*;

#[test]
fn a_verifier_in_150_lines_of_python_comes_to_the_same_verdicts() {
    let [script, with_reseals, with_log] =
        ["verify.py", "reseals.py", "logs.py"].map(|name| schema_folder().join(name));
    for tool in [&script, &with_reseals, &with_log] {
        assert!(fs::read_to_string(tool).unwrap().lines().count() <= 150);
    }
    let list = vectors();
    let outcome = |script: &Path, judged: &Vector, trusting: bool| {
        let mut python = Command::new("python3");
        // No files of Python's beside the schemas.
        python.arg("-B").arg(script);
        let vector = vectors_folder().join(&judged.path).display().to_string();
        python.arg(&vector).args(["--now", &list.now.to_string()]);
        if trusting {
            python.args(judged.arguments(*script == with_log));
        }
        let output = python.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{vector}: {said}"));
        report
    };
    for vector in &list.vectors {
        let path = &vector.path;
        let all = files(&vectors_folder().join(path));
        let reseals = all.iter().any(|file| file.starts_with("reseal-"));
        let proof = all.iter().any(|file| file == bundle::LOG_PROOF);
        let more = [(reseals, &with_reseals), (proof, &with_log)];
        let tools = more.iter().filter(|(is, _)| *is).map(|(_, tool)| *tool);
        for tool in std::iter::once(&script).chain(tools) {
            // Each leaves something aside, and says so.
            let resealing = tool == &with_reseals;
            let unchecked = !resealing && reseals && vector.failures.iter().all(|f| f.check == "reseal");
            let aside = unchecked || vector.log && tool != &with_log;
            let [proved, not] = [json!("proved"), json!("signer_not_checked")];
            for (trusting, expected, unseen) in [
                (true, &vector.outcome, &proved),
                (false, &vector.outcome_without_trust, &not),
            ] {
                let report = outcome(tool, vector, trusting);
                let expected = if aside { unseen } else { expected };
                assert_eq!(&report["outcome"], expected, "{path}: {report}");
                let left = report["not_checked"].as_array().unwrap();
                let log = left
                    .iter()
                    .filter(|l| *l == "transparency_log" || *l == "cosigners");
                let open = match tool == &with_log && trusting {
                    true => vector.failures.len(),
                    false => 2,
                };
                assert!(log.clone().count() >= open, "{path}: {report}");
                assert!(path != "good/logged" || log.count() == open, "{path}: {report}");
                let of_reseals = left.iter().any(|l| l.as_str().unwrap().starts_with("reseal-"));
                assert_eq!(of_reseals, !resealing && reseals, "{path}: {report}");
            }
        }
    }
}

/// Two more, written from the text of the format alone: one for redacted copies, one for certificates of disposals.
#[test]
fn python_comes_to_the_same_verdicts_of_redacted_copies_and_of_disposals() {
    let list = vectors();
    let outcome = |script: &str, folder: &Path, arguments: &[String]| {
        let mut python = Command::new("python3");
        python.arg("-B").arg(schema_folder().join(script));
        python.arg(folder).args(["--now", &list.now.to_string()]);
        let output = python.args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{folder:?}: {said}"));
        report
    };
    for vector in &list.disposals {
        let folder = vectors_folder().join(&vector.path);
        let report = outcome("disposals.py", &folder, &vector.arguments(false));
        assert_eq!(report["outcome"], vector.outcome, "{}: {report}", vector.path);
        let report = outcome("disposals.py", &folder, &[]);
        assert_eq!(
            report["outcome"], vector.outcome_without_trust,
            "{}: {report}",
            vector.path
        );
    }
    let copies = |v: &&Vector| {
        let all = files(&vectors_folder().join(&v.path));
        all.iter().any(|file| file.ends_with("/redaction.json"))
    };
    let mut good = 0;
    for vector in list.vectors.iter().filter(copies) {
        let folder = vectors_folder().join(&vector.path);
        let report = outcome("redacted.py", &folder, &vector.arguments(false));
        assert_eq!(report["outcome"], vector.outcome, "{}: {report}", vector.path);
        good += usize::from(vector.failures.is_empty());
    }
    assert!(good > 0);

    // What a redacted copy says of itself is held against the rest, although verify.py and the digests say that anyway.
    let failed = |file: &str, change: &dyn Fn(&str) -> String| {
        let changed = copy("good/redacted");
        let all = files(changed.path());
        let path = all.iter().find(|path| path.ends_with(file)).unwrap();
        let text = fs::read_to_string(changed.path().join(path)).unwrap();
        let other = change(&text);
        assert_ne!(other, text);
        fs::write(changed.path().join(path), other).unwrap();
        let report = outcome("redacted.py", changed.path(), &[]);
        let failures = report["failures"].as_array().unwrap();
        failures.iter().any(|f| f[0] == "derived")
    };
    assert!(failed("redaction.json", &|text| {
        text.replace("\"margin_ms\": \"200\"", "\"margin_ms\": \"100000\"")
    }));
    assert!(failed("redaction.json", &|text| {
        text.replace("\"to_ms\": \"1700\"", "\"to_ms\": \"3001\"")
    }));
    assert!(failed("redaction.json", &|text| text.replace("film-001", "film-002")));
    assert!(failed("court-log.jsonl", &|text| {
        let first = text.lines().next().unwrap();
        let there = first.replace(
            "\"segment\":null,\"media_ms\":null",
            "\"segment\":1,\"media_ms\":\"1000\"",
        );
        format!("{text}{there}\n")
    }));
}
