//! The JSON Schemas, against what is written and against the reader in Rust.

use super::*;

#[test]
fn json_schemas_accept_what_is_written_and_refuse_what_the_verifier_refuses() {
    let schema = |name: &str| {
        let text = fs::read(schema_folder().join(name)).unwrap();
        let schema: Value = serde_json::from_slice(&text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap()
    };
    let seal = schema("seal.schema.json");
    let by_line = [
        (bundle::COURT_LOG, schema("court-log-entry.schema.json")),
        (bundle::GAPS, schema("gap.schema.json")),
        (bundle::CUSTODY, schema("custody-entry.schema.json")),
    ];
    let mut checked = 0;
    for vector in vectors().vectors.iter().filter(|v| v.path.starts_with("good/")) {
        let folder = vectors_folder().join(&vector.path);
        for file in files(&folder) {
            let text = || fs::read_to_string(folder.join(&file)).unwrap();
            if file.ends_with(bundle::SEAL_DOCUMENT) {
                let document: Value = serde_json::from_str(&text()).unwrap();
                assert!(seal.is_valid(&document), "{}/{file}", vector.path);
                every_member_counts(&seal, &document, |bytes| {
                    oyer::seal::document::SealDocument::parse(bytes).is_ok()
                });
                checked += 1;
            }
            for (name, schema) in by_line.iter().filter(|(name, _)| file.ends_with(name)) {
                for line in text().lines() {
                    let entry: Value = serde_json::from_str(line).unwrap();
                    assert!(schema.is_valid(&entry), "{name}: {line}");
                    every_member_counts(schema, &entry, |bytes| match *name {
                        bundle::COURT_LOG => parses::<oyer::seal::ledger::CourtLogEntry>(bytes),
                        bundle::GAPS => parses::<oyer::seal::ledger::Gap>(bytes),
                        _ => parses::<oyer::seal::custody::CustodyEntry>(bytes),
                    });
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "{checked}");

    let disposal = schema("disposal.schema.json");
    let good = vectors_folder().join("disposals/good/disposal.json");
    let good: Value = serde_json::from_slice(&fs::read(good).unwrap()).unwrap();
    assert!(disposal.is_valid(&good));
    let id = good["recording"].clone();
    for (copy, fits) in [
        (serde_json::json!({"store": id, "outcome": "deleted"}), true),
        (serde_json::json!({"store": id, "outcome": "not_deleted"}), true),
        (
            serde_json::json!({"store": id, "outcome": "locked", "locked_until": good["issued_at"]}),
            true,
        ),
        (serde_json::json!({"store": id, "outcome": "locked"}), false),
        (
            serde_json::json!({"store": id, "outcome": "deleted", "locked_until": good["issued_at"]}),
            false,
        ),
        (serde_json::json!({"store": id, "outcome": "lost"}), false),
    ] {
        let mut with_copy = good.clone();
        with_copy["second_store"] = copy.clone();
        assert_eq!(disposal.is_valid(&with_copy), fits, "{copy}");
        let read = oyer::seal::disposal::DisposalDocument::parse(with_copy.to_string().as_bytes());
        let by_program = read.is_ok_and(|document| document.second_store.is_some_and(|copy| copy.is_whole()));
        assert_eq!(by_program, fits, "{copy}");
    }
    // Absent where there were none.
    let mut good = good;
    good.as_object_mut().unwrap().remove("annotations").unwrap();
    every_member_counts(&disposal, &good, |bytes| {
        oyer::seal::disposal::DisposalDocument::parse(bytes).is_ok()
    });
}

fn parses<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> bool {
    strict::from_json::<T>(bytes).is_ok()
}

/// Schema and program agree: without any one member, with one more, or with a number for a string, both refuse.
fn every_member_counts(schema: &jsonschema::Validator, good: &Value, parses: impl Fn(&[u8]) -> bool) {
    let both = |value: &Value, about: &str| {
        let by_schema = schema.is_valid(value);
        let by_program = parses(&serde_json::to_vec(value).unwrap());
        assert_eq!((by_schema, by_program), (false, false), "{about}: {value}");
    };
    for pointer in pointers(good, String::new()) {
        let object = good.pointer(&pointer).unwrap().as_object().unwrap();
        if pointer.ends_with("/detail") {
            continue; // open by design
        }
        let mut more = good.clone();
        more.pointer_mut(&pointer).unwrap()["x"] = json!(1);
        both(&more, &format!("{pointer}/x"));
        for name in object.keys() {
            let mut less = good.clone();
            less.pointer_mut(&pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(name);
            both(&less, &format!("without {pointer}/{name}"));
            if object[name].is_string() {
                let mut other = good.clone();
                other.pointer_mut(&pointer).unwrap()[name] = json!(1);
                both(&other, &format!("number at {pointer}/{name}"));
                if let Ok(id) = object[name].as_str().unwrap().parse::<uuid::Uuid>() {
                    let mut braced = good.clone();
                    braced.pointer_mut(&pointer).unwrap()[name] = json!(id.braced().to_string());
                    both(&braced, &format!("braces at {pointer}/{name}"));
                }
            }
        }
    }
}

/// Where the objects in a value are.
fn pointers(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let inner = members
                .iter()
                .flat_map(|(name, v)| pointers(v, format!("{at}/{name}")));
            let inner: Vec<String> = inner.collect();
            [vec![at], inner].concat()
        }
        Value::Array(items) => {
            let inner = items.iter().enumerate();
            inner
                .flat_map(|(i, v)| pointers(v, format!("{at}/{i}")))
                .collect()
        }
        _ => Vec::new(),
    }
}
