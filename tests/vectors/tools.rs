//! The commands of `VERIFY.txt`, run as a person would.

use super::*;

/// The commands of `VERIFY.txt`, taken from that very file, each with whether it succeeded.
pub fn outside_tools(folder: &Path, instructions: &str) -> Vec<(String, bool)> {
    outside_tools_where(folder, instructions, None)
}

/// The same on a computer that trusts the authorities in the folder `store`.
fn outside_tools_where(folder: &Path, instructions: &str, store: Option<&Path>) -> Vec<(String, bool)> {
    let commands = instructions.replace("\\\n", " ");
    let commands = commands
        .lines()
        .filter_map(|line| line.strip_prefix("       "))
        .filter(|line| {
            ["sha256sum", "find", "openssl cms", "openssl ts"]
                .iter()
                .any(|c| line.starts_with(c))
        });
    let run = |command: &str| {
        // TIME-ROOT.pem has ROOT.pem in it.
        let filled = command.replace("../", "");
        let filled = filled.replace("TIME-ROOT.pem", time_root_pem().to_str().unwrap());
        let filled = filled.replace(" ROOT.pem", &format!(" {}", root_pem().display()));
        let mut bash = Command::new("bash");
        if let Some(store) = store {
            bash.env("SSL_CERT_DIR", store);
        }
        let output = bash.args(["-c", &filled]).current_dir(folder).output().unwrap();
        (command.to_owned(), output.status.success())
    };
    commands.map(run).collect()
}

pub fn instructions(vector: &str) -> String {
    fs::read_to_string(vectors_folder().join(vector).join(bundle::INSTRUCTIONS)).unwrap()
}

#[test]
fn outside_tools_accept_the_good_ones() {
    for (vector, commands) in [
        ("good/closed", 6),
        ("good/interrupted", 6),
        ("good/continued", 5),
        ("good/logged", 6),
    ] {
        let results = outside_tools(&vectors_folder().join(vector), &instructions(vector));
        assert_eq!(results.len(), commands, "{results:?}");
        for (command, success) in results {
            assert!(success, "{vector}: {command}");
        }
    }
}

#[test]
fn an_authority_that_the_computer_trusts_is_no_court() {
    let folder = copy("good/closed");
    let keys = vectors_folder().join("keys/TEST-ONLY-authority");
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let root = keys.join("root.pem");
    let hash = openssl(&["x509", "-noout", "-hash", "-in", root.to_str().unwrap()]);
    let store = tempfile::tempdir().unwrap();
    fs::copy(&root, store.path().join(format!("{}.0", hash.trim()))).unwrap();
    // A stranger with a certificate of that authority seals.
    let key = keys.join("seal-001.pem");
    let key = key.to_str().unwrap();
    let sign = "cms -sign -binary -cades -nosmimecap -outform DER -in manifest-sha256.txt -out";
    let sign: Vec<&str> = sign.split(' ').chain([bundle::MANIFEST_SIGNATURE]).collect();
    openssl(&[&sign[..], &["-signer", key, "-inkey", key]].concat());

    let how = instructions("good/closed");
    let sealed = |how: &str| {
        let results = outside_tools_where(folder.path(), how, Some(store.path()));
        let mut seal = results
            .into_iter()
            .filter(|(command, _)| command.starts_with("openssl cms") && command.contains("/manifest"));
        seal.next().unwrap().1
    };
    assert!(!sealed(&how));
    // And this is why the options are there.
    assert!(sealed(&how.replace("-no-CApath -no-CAstore ", "")));
}
