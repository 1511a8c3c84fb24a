//! Every error is a problem with a code, whatever is asked.

use super::courthouse::{Court, is_problem};
use reqwest::Method;
use serde_json::json;

const JSON: &str = "application/json";
const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Who asks.
#[derive(Clone, Copy)]
enum As {
    Nobody,
    Staff,
    Judge,
}

/// Who asks what, with what type of body, and the status and code that come of it.
type Row<'a> = (As, Method, String, (Option<&'a str>, Vec<u8>), u16, &'a str);

#[tokio::test]
async fn every_error_is_a_problem_with_a_stable_code() {
    let court = Court::open().await;
    let (case, hearing) = (court.case, court.hearing);
    let none = uuid::Uuid::now_v7();
    let large = vec![b'a'; 300 * 1024];
    let new_case = |reference: &str| json!({"reference": reference, "title": "T"}).to_string();
    let listing = |at: i64| json!({"title": "T", "listed_for": at}).to_string();
    let mark = |text: &str| json!({"act": "mark", "text": text}).to_string();
    let (whip, whep) = (
        format!("/hearings/{hearing}/whip"),
        format!("/hearings/{hearing}/whep"),
    );
    let acts = format!("/hearings/{hearing}/acts");
    let no_body = || (None, Vec::new());
    let body = |of: &'static str, bytes: &[u8]| (Some(of), bytes.to_vec());
    use As::*;
    use reqwest::Method as M;
    #[rustfmt::skip]
    let table: Vec<Row> = vec![
        // Identifiers that are none.
        (Staff,  M::GET,    "/hearings/nonsense".into(),                 no_body(), 400, "bad_id"),
        (Staff,  M::GET,    "/cases/1".into(),                           no_body(), 400, "bad_id"),
        (Staff,  M::GET,    "/recordings/%FF".into(),                    no_body(), 400, "bad_id"),
        (Staff,  M::DELETE, "/invitations/x".into(),                     no_body(), 400, "bad_id"),
        (Judge,  M::DELETE, format!("{whip}/x"),                         no_body(), 400, "bad_id"),
        (Judge,  M::GET,    "/hearings/x/ws".into(),                     no_body(), 400, "bad_id"),
        (Nobody, M::GET,    "/tickets/%FF/bundle.tar".into(),            no_body(), 400, "bad_id"),
        // Bodies that are none, or too much.
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, &large), 413, "body_too_large"),
        (Judge,  M::POST,   whip.clone(),                                body(SDP, &large), 413, "body_too_large"),
        (Judge,  M::PATCH,  format!("{whep}/{none}"),                    body(FRAGMENT, &large), 413, "body_too_large"),
        (Judge,  M::POST,   whip.clone(),                                body(SDP, b"v=0\r\n\xff"), 400, "bad_request"),
        (Judge,  M::POST,   whep.clone(),                                body(SDP, b"\xc3\x28"), 400, "bad_request"),
        (Judge,  M::PATCH,  format!("{whip}/{none}"),                    body(FRAGMENT, b"\xff"), 400, "bad_request"),
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, b"{"), 400, "bad_request"),
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, b""), 400, "bad_request"),
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, b"{}"), 422, "bad_request"),
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, b"\xff"), 400, "bad_request"),
        (Nobody, M::POST,   "/invitations/redeem".into(),                body(JSON, b"[1]"), 422, "bad_request"),
        // The wrong type of body, or none named.
        (Staff,  M::POST,   "/cases".into(),                             body("text/plain", b"{}"), 415, "bad_content_type"),
        (Staff,  M::POST,   "/cases".into(),                             (None, b"{}".to_vec()), 415, "bad_content_type"),
        (Judge,  M::POST,   whip.clone(),                                body(JSON, b"{}"), 415, "bad_content_type"),
        (Judge,  M::POST,   whep.clone(),                                (None, b"v=0".to_vec()), 415, "bad_content_type"),
        (Judge,  M::PATCH,  format!("{whip}/{none}"),                    body(SDP, b"v=0"), 415, "bad_content_type"),
        // A WebSocket's address, without one.
        (Judge,  M::GET,    format!("/hearings/{hearing}/ws"),           no_body(), 426, "upgrade_required"),
        // Methods that are not there.
        (Staff,  M::PUT,    "/cases".into(),                             no_body(), 405, "method_not_allowed"),
        (Staff,  M::DELETE, format!("/cases/{case}"),                    no_body(), 405, "method_not_allowed"),
        (Nobody, M::POST,   "/tickets/x/bundle.tar".into(),              no_body(), 405, "method_not_allowed"),
        (Nobody, M::PATCH,  "/openapi.json".into(),                      no_body(), 405, "method_not_allowed"),
        // Addresses that are not there.
        (Nobody, M::GET,    "/nothing".into(),                           no_body(), 404, "not_found"),
        (Nobody, M::PATCH,  "/nothing/at/all".into(),                    no_body(), 404, "not_found"),
        (Staff,  M::GET,    format!("/hearings/{none}"),                 no_body(), 404, "not_found"),
        (Judge,  M::GET,    format!("/hearings/{none}/state"),           no_body(), 404, "not_found"),
        (Judge,  M::DELETE, format!("{whip}/{none}"),                    no_body(), 404, "not_found"),
        (Staff,  M::POST,   format!("/recordings/{none}/tickets"),       no_body(), 404, "not_found"),
        (Nobody, M::GET,    "/tickets/x/bundle.tar".into(),              no_body(), 404, "not_found"),
        (Nobody, M::GET,    "/tickets/x/track/a/b/c.webm".into(),        no_body(), 404, "not_found"),
        (Nobody, M::GET,    "/tickets/x/fragments.tsv".into(),           no_body(), 404, "not_found"),
        (Nobody, M::GET,    "/tickets/x/manifest-sha256.txt".into(),     no_body(), 404, "not_found"),
        // Who asks, and what they may.
        (Nobody, M::GET,    "/me".into(),                                no_body(), 401, "session_invalid"),
        (Judge,  M::POST,   "/cases".into(),                             body(JSON, new_case("2").as_bytes()), 403, "not_permitted"),
        (Nobody, M::POST,   "/invitations/redeem".into(),                body(JSON, br#"{"secret":"x"}"#), 404, "invitation_unknown"),
        // What is asked makes no sense.
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, new_case("1-1001/2026").as_bytes()), 409, "conflict"),
        (Staff,  M::POST,   "/cases".into(),                             body(JSON, new_case("a\u{1b}[2J").as_bytes()), 400, "bad_request"),
        (Staff,  M::POST,   "/persons".into(),                           body(JSON, "{\"name\":\"a\u{202e}b\"}".as_bytes()), 400, "bad_request"),
        (Staff,  M::POST,   format!("/cases/{case}/hearings"),           body(JSON, listing(1_795_426_200).as_bytes()), 400, "bad_request"),
        (Staff,  M::POST,   format!("/cases/{case}/hearings"),           body(JSON, listing(i64::MAX).as_bytes()), 400, "bad_request"),
        (Judge,  M::POST,   acts.clone(),                                body(JSON, mark("a\u{7}b").as_bytes()), 422, "bad_text"),
        (Judge,  M::POST,   acts.clone(),                                body(JSON, mark("two\nlines").as_bytes()), 422, "bad_text"),
        (Judge,  M::POST,   acts.clone(),                                body(JSON, br#"{"act":"dance"}"#), 422, "bad_request"),
        (Judge,  M::POST,   whip.clone(),                                body(SDP, b"not sdp"), 422, "offer_refused"),
    ];
    for (asking, method, path, (content_type, body), status, code) in table {
        let what = format!("{method} {path} {content_type:?}");
        let mut request = court.ask(method, &format!("/api/v1{path}"));
        request = match asking {
            Nobody => request,
            Staff => request.bearer_auth(&court.staff),
            Judge => request.bearer_auth(&court.judge.session),
        };
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.body(body).send().await.unwrap();
        is_problem(answer, status, code, &what).await;
    }
}

#[tokio::test]
async fn outside_the_api_errors_are_problems_too_and_name_the_methods() {
    let court = Court::open().await;
    for (method, path, status, code) in [
        (Method::POST, "/", 405, "method_not_allowed"),
        (Method::DELETE, "/cases/1", 405, "method_not_allowed"),
        (Method::POST, "/healthz", 405, "method_not_allowed"),
        (Method::POST, "/api/docs/", 405, "method_not_allowed"),
        (Method::GET, "/api", 404, "not_found"),
        (Method::POST, "/api/v2/cases", 404, "not_found"),
        (Method::GET, "/assets/none.js", 404, "not_found"),
    ] {
        let answer = court.ask(method, path).send().await.unwrap();
        let allow = answer.headers().get("allow").cloned();
        is_problem(answer, status, code, path).await;
        assert_eq!(allow.is_some(), status == 405, "{path}: {allow:?}");
    }
    let put = court.ask(Method::PUT, "/api/v1/cases").send().await.unwrap();
    let allow = put.headers()["allow"].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    let plain = court
        .ask(Method::GET, &format!("/api/v1/hearings/{}/ws", court.hearing))
        .send()
        .await
        .unwrap();
    assert_eq!(plain.headers()["upgrade"], "websocket");
}

#[tokio::test]
async fn a_path_that_is_no_page_is_not_found_and_a_body_is_told_by_its_field() {
    let court = Court::open().await;
    for path in [
        "/nothing",
        "/case/1",
        "/hearing/x",
        "/wp-login.php",
        "/join/x/y",
        "/.env",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = court.ask(method, path).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{path}");
        }
    }
    for (path, field) in [("/cases", "reference"), ("/persons", "name")] {
        let ask = court
            .ask(Method::POST, &format!("/api/v1{path}"))
            .bearer_auth(&court.staff);
        let answer = ask.json(&json!({"title": "T"})).send().await.unwrap();
        let detail = is_problem(answer, 422, "bad_request", path).await;
        assert!(detail.contains(&format!("`{field}`")), "{detail}");
        assert!(
            !detail.contains("deserialize") && !detail.contains("column"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_as_such() {
    let court = Court::open().await;
    let ready = court.ask(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    court.app.store.close().await;
    let ready = court.ask(Method::GET, "/readyz").send().await.unwrap();
    is_problem(ready, 503, "not_ready", "/readyz").await;
    let me = court
        .ask(Method::GET, "/api/v1/me")
        .bearer_auth(&court.judge.session);
    let detail = is_problem(me.send().await.unwrap(), 500, "internal", "/me").await;
    assert!(
        !detail.contains("pool"),
        "what happened inside is logged, not told: {detail}"
    );
}
