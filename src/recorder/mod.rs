//! Recording: tap -> timeline -> FFmpeg mux -> append-only hashed file. Knows no judge.

pub mod tap;
