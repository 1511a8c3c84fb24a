use super::*;

fn in_force(flags: Written) -> Result<Config, ConfigError> {
    load(Place::default(), flags)
}

#[test]
fn flags_win_and_nonsense_is_named() {
    let flags = Written {
        listen: Some("[::1]:0".into()),
        workers: Some(3),
        trusted_proxies: vec!["10.0.0.0/8".into(), "::1".into()],
        ..Written::default()
    };
    let config = in_force(flags).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:0");
    assert_eq!(config.workers, 3);
    assert!(config.media_address.is_loopback());
    assert_eq!(config.media_tcp_port, Some(0));
    // What nobody configured is said nowhere.
    assert_eq!(
        (config.court_name.as_ref(), config.court_telephone.as_ref()),
        (None, None)
    );
    let shown = config.display();
    assert!(
        shown.contains(r#"trusted_proxies = ["10.0.0.0/8", "::1/128"]"#),
        "{shown}"
    );

    let wrong = |flags| in_force(flags).unwrap_err().to_string();
    let listen = wrong(Written {
        listen: Some("8080".into()),
        ..Written::default()
    });
    assert!(listen.contains("`listen` is \"8080\""), "{listen}");
    let proxy = wrong(Written {
        trusted_proxies: vec!["proxy.example".into()],
        ..Written::default()
    });
    assert!(
        proxy.contains("`trusted_proxies` is \"proxy.example\""),
        "{proxy}"
    );
    let organisation = wrong(Written {
        organisation: Some("Court\u{1b}[2J".into()),
        ..Written::default()
    });
    assert!(organisation.contains("`organisation`"), "{organisation}");
    for number in [
        "",
        "call me",
        "+",
        "12",
        "1+2345",
        "javascript:123",
        "+998 71 200 00 00 71 200 00 00 9",
    ] {
        let error = wrong(Written {
            court_telephone: Some(number.into()),
            ..Written::default()
        });
        assert!(error.contains("`court_telephone`"), "{error}");
    }
    let name = wrong(Written {
        court_name: Some(" ".into()),
        ..Written::default()
    });
    assert!(name.contains("`court_name`"), "{name}");
    let missing = Place {
        config: Some("/nonexistent.toml".into()),
        ..Place::default()
    };
    assert!(load(missing, Written::default()).is_err());
}

#[test]
fn media_over_tcp_is_beside_the_pages_unless_it_is_said_otherwise() {
    let port = |listen: &str, media_tcp_port| {
        let flags = Written {
            listen: Some(listen.into()),
            media_tcp_port,
            ..Written::default()
        };
        in_force(flags).map(|config| config.media_tcp_port)
    };
    assert_eq!(port("127.0.0.1:8080", None).unwrap(), Some(8081));
    assert_eq!(port("127.0.0.1:8080", Some(443)).unwrap(), Some(443));
    assert_eq!(port("127.0.0.1:8080", Some(0)).unwrap(), None);
    for wrong in [port("127.0.0.1:8080", Some(8080)), port("127.0.0.1:65535", None)] {
        assert!(wrong.unwrap_err().to_string().contains("`media_tcp_port`"));
    }
}

#[test]
fn a_relay_needs_its_secret_and_shows_it_nowhere() {
    let with = |url: Option<&str>, secret: Option<&str>| {
        in_force(Written {
            turn_url: url.map(Into::into),
            turn_secret: secret.map(|s| Hidden(s.into())),
            ..Written::default()
        })
    };
    let url = "turns:turn.court.example:443?transport=tcp";
    let config = with(Some(url), Some("not a word of it shown")).unwrap();
    for shown in [config.display(), format!("{config:?}")] {
        assert!(shown.contains("turn.court.example:443"), "{shown}");
        assert!(!shown.contains("word of it"), "{shown}");
    }
    for (url, secret) in [
        (Some(url), None),
        (Some(url), Some("short")),
        (None, Some("not a word of it shown")),
        (Some("https://turn.court.example"), Some("not a word of it shown")),
        (
            Some("turns:u:a word of it@turn.court.example"),
            Some("not a word of it shown"),
        ),
        (Some("turns:u:a%20word of it@turn.court.example:443"), None),
        (Some("turns:turn>;"), Some("not a word of it shown")),
        (Some("turns:"), Some("not a word of it shown")),
    ] {
        let error = with(url, secret).unwrap_err().to_string();
        assert!(
            error.contains("`turn_") && !error.contains("word of it"),
            "{error}"
        );
    }
}

#[test]
fn a_second_store_without_tls_is_on_this_machine() {
    let with = |endpoint: &str| {
        in_force(Written {
            second_store: Some("s3://court/oyer".into()),
            second_store_endpoint: Some(endpoint.into()),
            second_store_key: Some("AK".into()),
            second_store_secret: Some(Hidden("a word of it".into())),
            ..Written::default()
        })
    };
    for good in [
        "https://s3.court.example:9000",
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
        "http://localhost:9000/",
    ] {
        assert!(with(good).is_ok(), "{good}");
    }
    for bad in [
        "http://s3.court.example:9000",
        "http://192.0.2.7",
        "http://[2001:db8::1]:9000",
    ] {
        let error = with(bad).unwrap_err().to_string();
        assert!(
            error.starts_with("`second_store_endpoint`") && error.contains("write https:// and not http://"),
            "{error}"
        );
    }
    for bad in [
        "https://",
        "s3.court.example",
        "https://[::1",
        "https://u:p@s3.court.example",
    ] {
        assert!(with(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_secret_of_digits_is_not_repeated_in_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oyer.toml");
    for secret in ["1234567890123456789", "-12345678901234567", "12345678901.2345"] {
        let text = format!("turn_url = \"turns:turn.court.example\"\nturn_secret = {secret}\n");
        std::fs::write(&file, text).unwrap();
        let place = Place {
            config: Some(file.clone()),
            ..Place::default()
        };
        let error = load(place, Written::default()).unwrap_err().to_string();
        assert!(error.contains("in quotes"), "{error}");
        assert!(!error.contains("1234567"), "{error}");
    }
}

#[test]
fn addresses_of_both_families_are_taken_where_they_can_be_reached() {
    let with = |listen: &str, public: &[&str]| {
        in_force(Written {
            listen: Some(listen.into()),
            public_address: public.iter().map(|a| a.parse().unwrap()).collect(),
            ..Written::default()
        })
    };
    let both = with("[::]:8080", &["192.0.2.1", "2001:db8::1"]).unwrap();
    assert_eq!(both.media_address.to_string(), "::");
    assert_eq!(both.public_addresses.len(), 2);
    let four = with("0.0.0.0:8080", &["192.0.2.1"]).unwrap();
    assert_eq!(four.media_address.to_string(), "0.0.0.0");
    for (listen, public) in [
        ("0.0.0.0:8080", "2001:db8::1"),
        ("[::]:8080", "0.0.0.0"),
        ("[::]:8080", "ff02::1"),
    ] {
        let error = with(listen, &[public]).unwrap_err().to_string();
        assert!(error.contains("`public_address`"), "{error}");
    }
}

#[test]
fn what_is_shown_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oyer.toml");
    let config = in_force(Written {
        base_url: Some("https://hearings.court.example/".into()),
        trusted_proxies: vec!["10.0.0.1".into()],
        database: None,
        court_name: Some("Suv \"City\" Court".into()),
        court_telephone: Some("+998 (71) 200-00-00".into()),
        ..Written::default()
    });
    let shown = config.unwrap().display();
    std::fs::write(&file, &shown).unwrap();
    let place = Place {
        config: Some(file),
        ..Place::default()
    };
    assert_eq!(load(place, Written::default()).unwrap().display(), shown);
}

#[test]
fn no_form_of_a_database_url_shows_a_password() {
    for (url, expected) in [
        (
            "postgres://u:secret@db.example/oyer?sslkey=secret",
            "postgres://db.example/oyer",
        ),
        (
            "postgres://u:secret@db.example:5433/oyer",
            "postgres://db.example:5433/oyer",
        ),
        (
            "postgresql://db.example/oyer?user=u&password=secret",
            "postgresql://db.example/oyer",
        ),
        (
            "postgres:///oyer?host=/run/postgresql&password=secret",
            "postgres:///oyer",
        ),
        ("postgres://db.example/oyer#secret", "postgres://db.example/oyer"),
        (
            "postgres://u:p%40secret@db.example/oyer",
            "postgres://db.example/oyer",
        ),
        ("sqlite:///tmp/x.sqlite", "sqlite:///tmp/x.sqlite"),
        ("sqlite:x.sqlite?key=secret", "sqlite:x.sqlite"),
    ] {
        assert_eq!(shown(url), expected, "{url}");
    }
    // Passwords that should have been escaped, and texts that are no URL at all.
    for url in [
        "postgres://u:se/secret@db.example/oyer",
        "postgres://u:se?secret@db.example/oyer",
        "postgres://u:se#secret@db.example/oyer",
        "postgres://u:12/secret@db.example/oyer",
        "postgres:u:secret@db.example/oyer",
        "u:secret@db.example/oyer",
        "host=db.example password=secret",
        "mysql://u:secret@db.example/oyer",
    ] {
        assert!(!shown(url).contains("secret"), "{url} is shown as {}", shown(url));
    }
}

#[test]
fn the_address_of_the_page_holds_no_secret_and_is_an_address() {
    let ok = |url: &str| base_url(url.into());
    assert_eq!(
        ok("https://court.example/hearings/").unwrap(),
        "https://court.example/hearings"
    );
    assert_eq!(ok("http://[::1]:8080").unwrap(), "http://[::1]:8080");
    for bad in [
        "court.example",
        "ftp://court.example",
        "https://",
        "https://court.example/#x",
        "https://court.example/?x",
        "https://court .example",
        "https://court.example/\u{7}",
        "http://:80",
    ] {
        assert!(ok(bad).is_err(), "{bad}");
    }
    for secret in [
        "https://u:secret@court.example",
        "https://secret@court.example",
        "u:secret@court.example",
    ] {
        let error = ok(secret).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_token_is_named_whole_and_its_pin_is_shown_nowhere() {
    let whole = || Written {
        pkcs11_module: Some("/usr/lib/hsm.so".into()),
        pkcs11_token: Some("court".into()),
        pkcs11_key: Some("seal".into()),
        pkcs11_pin: Some(Hidden("58-secret".into())),
        ..Written::default()
    };
    let config = in_force(whole()).unwrap();
    for shown in [config.display(), format!("{config:?}")] {
        assert!(
            shown.contains("/usr/lib/hsm.so") && !shown.contains("58-secret"),
            "{shown}"
        );
    }
    assert!(
        config
            .display()
            .contains("pkcs11_token = \"court\"\npkcs11_key = \"seal\"\n# pkcs11_pin: set")
    );
    type Change = fn(&mut Written);
    let cases: [(&str, Change); 6] = [
        ("pkcs11_token", |w| w.pkcs11_module = None),
        ("pkcs11_token", |w| w.pkcs11_token = None),
        ("pkcs11_token", |w| w.pkcs11_slot = Some(1)),
        ("pkcs11_key", |w| w.pkcs11_key = None),
        ("pkcs11_pin", |w| w.pkcs11_pin = None),
        ("pkcs11_pin", |w| w.pkcs11_pin_file = Some("/pin".into())),
    ];
    for (field, change) in cases {
        let mut written = whole();
        change(&mut written);
        let error = in_force(written).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("`{field}`")) && !error.contains("58-secret"),
            "{error}"
        );
    }
    let written = Written {
        pkcs11_pin: None,
        pkcs11_pin_file: Some("/etc/oyer/pin".into()),
        ..whole()
    };
    let shown = in_force(written).unwrap().display();
    assert!(shown.contains("pkcs11_pin_file = \"/etc/oyer/pin\""), "{shown}");
}
