//! The seal: what makes a recording provable by somebody who does not trust us.
//!
//! Everything here is pure: bytes and times come in as arguments, nothing opens a file, asks a clock or draws a random
//! number. The same code seals (`manifest`, `cms`, `bundle`) and verifies (`verify`). The format is described for
//! strangers in `recordings-schema/README.md`; that text is normative, and its vectors run against this module.

pub mod bundle;
pub mod case_uco;
pub mod certificate;
pub mod cms;
pub mod custody;
pub mod custody_certificate;
pub mod decimal;
pub mod digest;
pub mod disposal;
pub mod disposal_certificate;
pub mod document;
pub mod fragments;
pub mod instructions;
pub mod ledger;
pub mod lines;
pub mod manifest;
pub mod paper;
pub mod path;
pub mod redaction;
pub mod reseal;
pub mod source;
pub mod stamp;
pub mod strict;
pub mod timestamp;
pub mod tlog;
pub mod verify;
pub mod x509;
