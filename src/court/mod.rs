//! The court: its words, its rules, its states. Pure; everything else asks here who may do, see and hear what.

pub mod id;
