//! What the OpenAPI description says beside the routes: who may call, and how every call may fail.

use crate::wire::api;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder, Server};

/// The description before the routes are known.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Oyer",
        description = "Remote hearings and video testimony: live, recorded, sealed. The hearing's WebSocket is described in docs/protocol.md.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/api/v1")),
    components(schemas(api::Problem))
)]
struct Base;

/// The description before the routes are known.
pub fn base() -> OpenApi {
    Base::openapi()
}

/// The component that every answer of 400 and above refers to.
const PROBLEM: &str = "Problem";

/// Completes the description with what is the same everywhere, and with the routes that are not below `/api/v1`.
pub fn complete(mut api: OpenApi, operation: OpenApi) -> OpenApi {
    for (path, mut item) in operation.paths.paths {
        item.servers = Some(vec![Server::new("/")]);
        api.paths.paths.insert(path, item);
    }
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let problem = ResponseBuilder::new()
        .description("A problem (RFC 9457). `code` is stable; `detail` says what happened and what to do.")
        .content(
            "application/problem+json",
            Content::new(Some(Ref::from_schema_name(PROBLEM))),
        )
        .build();
    components.responses.insert(PROBLEM.into(), problem.into());
    api.security = Some(vec![SecurityRequirement::new("session", Vec::<String>::new())]);

    // axum's sign for "the rest of the path" is none in OpenAPI.
    let paths = std::mem::take(&mut api.paths.paths);
    api.paths.paths = paths
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    for (path, item) in &mut api.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            complete_operation(path, operation);
        }
    }
    api
}

fn complete_operation(path: &str, operation: &mut Operation) {
    // `security(())` is how a handler says that it asks for no session; an empty list is how OpenAPI says it.
    let is_open = operation.security.is_some();
    if is_open {
        operation.security = Some(Vec::new());
    }
    let responses = &mut operation.responses.responses;
    let mut failures: Vec<&str> = vec!["500"];
    if !is_open {
        failures.extend(["401", "403", "404", "429"]);
    }
    if path.contains('{') {
        failures.extend(["400", "404"]);
    }
    if operation.request_body.is_some() {
        failures.extend(["400", "413", "415", "422"]);
    }
    // A download takes as long as it takes; everything else has a deadline.
    if !path.starts_with("/tickets/") || path.ends_with("/release") || path.ends_with("/playbacks") {
        failures.push("504");
    }
    if path.starts_with("/hearings/{id}/") {
        failures.push("503");
    }
    let declared = responses
        .keys()
        .filter(|status| status.as_str() >= "400")
        .cloned();
    let failures: Vec<String> = declared.chain(failures.into_iter().map(str::to_owned)).collect();
    for status in failures {
        responses.insert(status, RefOr::Ref(Ref::from_response_name(PROBLEM)));
    }
}
