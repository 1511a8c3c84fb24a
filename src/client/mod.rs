//! A client of Oyer without a page: it redeems a link, speaks the hearing's WebSocket, publishes by WHIP and
//! subscribes by WHEP, over real ICE, DTLS and SRTP. The rehearsal, the load generator and the tests use it.
//!
//! It stands outside the server: of the house it imports only the words (`court`, `rtp`, `wire`); everything else
//! reaches it over HTTP, WebSocket and UDP, as it would reach a stranger's program.

pub mod api;
pub mod fleet;
pub mod interceptors;
pub mod media;
pub mod peer;
pub mod person;
pub mod publish;
pub mod reach;
pub mod reception;
pub mod runtime;
pub mod socket;
pub mod subscribe;
