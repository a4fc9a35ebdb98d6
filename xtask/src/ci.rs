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

/// A crate that is no member of the workspace: what a user would write.
const NEWCOMER: &str = "tests/newcomer/Cargo.toml";

/// The benchmark is no member either, so that its peers are built for it alone.
const BENCH: &str = "bench/Cargo.toml";

/// The steps, the quick ones first.
fn steps() -> Vec<Cargo<'static>> {
    vec![
        Cargo::new(["fmt", "--check"]),
        Cargo::new(["fmt", "--check", "--manifest-path", NEWCOMER]),
        Cargo::new(["fmt", "--check", "--manifest-path", BENCH]),
        Cargo::new([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
        // Each feature alone, and none: the workspace uses all.
        Cargo::new([
            "clippy",
            "--locked",
            "--package",
            "baseapp",
            "--",
            "-D",
            "warnings",
        ]),
        Cargo::new([
            "clippy",
            "--locked",
            "--package",
            "baseapp",
            "--features",
            "cron",
            "--",
            "-D",
            "warnings",
        ]),
        Cargo::new([
            "clippy",
            "--locked",
            "--package",
            "baseapp",
            "--features",
            "durable",
            "--",
            "-D",
            "warnings",
        ]),
        // The README's test command. It also builds, runs and tests the newcomer.
        Cargo::new(["test", "--workspace"]),
        Cargo::new([
            "doc",
            "--locked",
            "--no-deps",
            "--workspace",
            "--all-features",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"),
        Cargo::new([
            "clippy",
            "--locked",
            "--all-targets",
            "--manifest-path",
            NEWCOMER,
            "--target-dir",
            "target/newcomer",
            "--",
            "-D",
            "warnings",
        ]),
        Cargo::new(["check", "--locked", "--manifest-path", BENCH]),
    ]
}
