//! `cargo xtask ci`: all that must hold before a change is merged.

use crate::Command;
use crate::step::{Cargo, Failure};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "ci",
    usage: "",
    help: "check formatting, lints, tests, documentation and the benchmark; stop at the first failure",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "ci takes no arguments, not {argument:?}"
        )));
    }
    steps().iter().try_for_each(Cargo::run)
}

/// The steps, the quick ones first.
fn steps() -> [Cargo<'static>; 5] {
    [
        Cargo::new(["fmt", "--check"]),
        Cargo::new([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
        Cargo::new(["test", "--workspace"]),
        Cargo::new(["doc", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-D warnings"),
        // No other step sees the benchmark; its lockfile must fit what it depends on.
        Cargo::new(["check", "--locked", "--manifest-path", "bench/Cargo.toml"]),
    ]
}
