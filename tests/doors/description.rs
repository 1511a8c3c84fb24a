//! The OpenAPI description is the router, and the router is the description.

use super::courthouse::{Court, is_problem};
use oyer::http::{openapi, router};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What asks for no session: it gives one, is public, or has its own proof of permission.
pub const OPEN: [&str; 17] = [
    "GET /court", // who cannot open their link needs help most
    "GET /healthz",
    "GET /log/checkpoint",
    "GET /log/tile/{path}",
    "GET /metrics",
    "GET /readyz",
    "GET /hearings/{id}/ws", // the hello carries the session
    "GET /seal/root.pem",
    "GET /tickets/{ticket}/access.mp4",
    "GET /tickets/{ticket}/bundle.tar",
    "GET /tickets/{ticket}/fragments.tsv",
    "GET /tickets/{ticket}/manifest-sha256.txt",
    "GET /tickets/{ticket}/release",
    "GET /tickets/{ticket}/track/{file}",
    "POST /invitations/redeem",
    "POST /releases/open",
    "POST /tickets/{ticket}/playbacks",
];

/// Routes of the server beside the API.
const BESIDE: [&str; 5] = [
    "/api/docs",
    "/api/docs/",
    "/api/docs/{rest}",
    "/api/v1/openapi.json",
    "/",
];

/// The address of a path: below `/api/v1`, unless it names a server of its own.
fn address(api: &Value, path: &str) -> String {
    let of_path = api["paths"][path]["servers"][0]["url"].as_str();
    let base = of_path.or(api["servers"][0]["url"].as_str()).unwrap();
    format!("{}{path}", base.trim_end_matches('/'))
}

pub fn described() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

pub fn operations(api: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                found.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    found
}

#[test]
fn every_operation_says_who_may_call_and_how_it_fails() {
    let api = described();
    assert_eq!(api["security"][0]["session"], serde_json::json!([]));
    assert_eq!(
        api["components"]["securitySchemes"]["session"]["scheme"],
        "bearer"
    );
    let problem = &api["components"]["responses"]["Problem"]["content"];
    let schema = &problem["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem", "{problem}");
    assert!(api["components"]["schemas"]["Problem"]["properties"]["code"].is_object());

    let mut open = BTreeSet::new();
    for (method, path, operation) in operations(&api) {
        let name = format!("{method} {path}");
        if operation.get("security").is_some() {
            assert_eq!(operation["security"], serde_json::json!([]), "{name}");
            open.insert(name.clone());
        }
        let responses = operation["responses"].as_object().unwrap();
        let (failures, good): (Vec<_>, Vec<_>) =
            responses.iter().partition(|(status, _)| status.as_str() >= "400");
        assert!(!good.is_empty(), "{name} never succeeds");
        for (status, response) in &failures {
            assert_eq!(
                response["$ref"], "#/components/responses/Problem",
                "{name} {status}"
            );
        }
        let declares = |status: &str| failures.iter().any(|(s, _)| *s == status);
        // What is there for everybody can only fail inside.
        assert!(
            path == "/seal/root.pem"
                || path == "/healthz"
                || path == "/readyz"
                || path == "/metrics"
                || path == "/court"
                || failures.iter().any(|(s, _)| s.starts_with('4')),
            "{name}"
        );
        assert!(declares("500"), "{name}");
        assert_eq!(declares("401"), !open.contains(&name), "{name}");
        assert!(declares("429") || open.contains(&name), "{name}");
        assert_eq!(declares("415"), operation.get("requestBody").is_some(), "{name}");
        assert!(!path.contains('*'), "{name} is no path template");
        for part in path.split('/').filter_map(|p| p.strip_prefix('{')) {
            let parameter = part.trim_end_matches('}');
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(
                parameters
                    .iter()
                    .any(|p| p["name"] == parameter && p["in"] == "path"),
                "{name}: {parameter}"
            );
        }
    }
    assert_eq!(open, OPEN.iter().map(|s| (*s).to_owned()).collect());
    let redeem = &api["paths"]["/invitations/redeem"]["post"]["responses"];
    assert!(redeem["410"].is_object() && redeem["429"].is_object());
}

#[tokio::test]
async fn every_route_is_described_and_everything_described_is_a_route() {
    let court = Court::open().await;
    let api = described();
    let mut known: BTreeSet<String> = operations(&api)
        .into_iter()
        .map(|(_, path, _)| address(&api, &path))
        .collect();
    known.extend(BESIDE.iter().map(|s| (*s).to_owned()));
    let routes = routes(&format!("{:?}", router(court.app.clone())));
    assert!(routes.len() > 25, "{routes:?}");
    let unknown: Vec<_> = routes.difference(&known).collect();
    assert!(unknown.is_empty(), "routes that are not described: {unknown:?}");

    for (path, item) in api["paths"].as_object().unwrap() {
        let mut address = address(&api, path);
        for part in ["{id}", "{session}", "{ticket}", "{file}", "{path}"] {
            address = address.replace(part, "00000000-0000-7000-8000-000000000000");
        }
        for method in METHODS {
            let described = item.get(method);
            let method: Method = method.to_uppercase().parse().unwrap();
            let what = format!("{method} {path}");
            let answer = court.ask(method, &address).send().await.unwrap();
            match described {
                None => drop(is_problem(answer, 405, "method_not_allowed", &what).await),
                Some(operation) if operation.get("security").is_none() => {
                    drop(is_problem(answer, 401, "session_invalid", &what).await);
                }
                Some(operation) => {
                    let status = answer.status().as_u16().to_string();
                    assert!(
                        operation["responses"].get(&status).is_some() || status == "426",
                        "{what}: {status} is not described"
                    );
                }
            }
        }
    }
}

/// The patterns in the debug form of an axum router: every quoted text that is a path.
fn routes(debug: &str) -> BTreeSet<String> {
    let quoted = debug.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| text.starts_with('/') && !text.contains("axum_fallback"))
        .map(|text| text.replace("{*", "{"))
        .collect()
}

#[tokio::test]
async fn the_page_to_browse_it_is_as_strict_as_every_other() {
    let court = Court::open().await;
    let served: Value = court
        .ask(Method::GET, "/api/v1/openapi.json")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(served, described());
    for path in [
        "/api/docs/",
        "/api/v1/openapi.json",
        "/api/v1/me",
        "/healthz",
        "/",
    ] {
        let answer = court.ask(Method::GET, path).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
    // Nothing inline, nothing from elsewhere.
    let page = court
        .ask(Method::GET, "/api/docs/")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for tag in page.split('<').filter(|tag| tag.starts_with("script")) {
        assert!(tag.contains("src="), "an inline script: <{tag}");
    }
    assert!(!page.contains("<style") && !page.contains("style="), "{page}");
    assert!(!page.contains("://"), "{page}");
}
