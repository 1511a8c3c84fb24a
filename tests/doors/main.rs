//! The doors as strangers find them: a real server on loopback, asked things that no page of ours would ask.
#![cfg(feature = "server")]

mod conditions;
mod courthouse;
mod description;
mod endings;
mod errors;
mod invitations;
mod limits;
mod links;
mod logs;
mod media;
mod permission;
mod reach;
mod redactions;
mod releases;
mod retention;
mod socket;
mod speech;
mod standing;
mod start;
mod testimony;
mod transparency;
