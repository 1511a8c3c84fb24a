//! Hostile packets against a running server: strangers, a participant, and whoever forges a participant's address. The
//! process lives, nobody else's hearing suffers, and nothing grows.
//!
//! Floods are sent in step with the server's own counters, so that the kernel drops nothing and every packet is read.
#![cfg(feature = "server")]

mod bridge;
mod descriptions;
mod forged;
mod insider;
mod over_tcp;
mod people;
mod relay;
mod server;
#[path = "../sfu_client/mod.rs"]
mod sfu_client;
mod strangers;
mod wire;
