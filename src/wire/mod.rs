//! What travels: signalling messages and API bodies. The TypeScript in `web-client/src/core/wire.ts` is generated
//! from these types by `cargo test --lib wire::typescript`, and a test fails when it has drifted.

pub mod api;
pub mod condition;
pub mod media;
pub mod message;
pub mod redaction;
pub mod retention;
pub mod typescript;
pub mod view;

/// Version of the WebSocket protocol. A change that an older client cannot survive raises it.
pub const PROTOCOL_VERSION: u32 = 1;
