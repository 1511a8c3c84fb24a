//! The page and the migrations are built into the binary: a change of theirs, and none of tests or documents, is a reason
//! to compile anew.

fn main() {
    for path in ["build.rs", "migrations", "web-client/dist"] {
        println!("cargo:rerun-if-changed={path}");
    }
}
