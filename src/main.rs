//! The `oyer` command.

fn main() {}
