//! `cargo xtask bench`: the side-by-side runs against peers.

use crate::Command;
use crate::step::{Cargo, Failure};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "[--quick] [--only NAME]... [--rounds N]",
    help: "build the benchmark in release and print one table of baseapp beside its peers",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    // The benchmark is a workspace of its own and reads its arguments itself.
    Cargo::new([
        "run",
        "--release",
        "--manifest-path",
        "bench/Cargo.toml",
        "--",
    ])
    .args(arguments.iter().map(String::as_str))
    .run()
}
