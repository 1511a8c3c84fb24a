//! What becomes of a recording: seal, attach, custody, export.

pub mod key;
