//! `cargo xtask ci`: all that must hold before a change is merged.

use crate::step::{Cargo, Failure};
use crate::{Command, instructions, kill_loop, soak};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "ci",
    usage: "",
    help: "check formatting, lints, tests, kills, leaks, documentation, the benchmark and the instructions of a message; stop at the first failure",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "ci takes no arguments, not {argument:?}"
        )));
    }
    steps().iter().try_for_each(Cargo::run)?;
    // A hot path that grew longer shows here, however noisy the machine is.
    instructions::check()
}

/// A crate that is no member of the workspace: what a user would write.
const NEWCOMER: &str = "tests/newcomer/Cargo.toml";

/// The benchmark is no member either, so that its peers are built for it alone.
const BENCH: &str = crate::bench::MANIFEST;

/// Nor are the fuzz targets, which need a C++ compiler. They run for a few
/// thousand inputs each with the tests, and for long with `cargo xtask fuzz`.
const FUZZ: &str = "fuzz/Cargo.toml";

/// The steps, the quick ones first.
fn steps() -> Vec<Cargo<'static>> {
    vec![
        Cargo::new(["fmt", "--check"]),
        Cargo::new(["fmt", "--check", "--manifest-path", NEWCOMER]),
        Cargo::new(["fmt", "--check", "--all", "--manifest-path", BENCH]),
        Cargo::new(["fmt", "--check", "--manifest-path", FUZZ]),
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
        feature(""),
        feature("cron"),
        feature("durable"),
        feature("__fuzzing"),
        feature("__bench"),
        Cargo::new([
            "doc",
            "--locked",
            "--no-deps",
            "--workspace",
            "--all-features",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"),
        // As it is for those who have asked for no feature.
        Cargo::new(["doc", "--locked", "--no-deps", "--package", "baseapp"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        // The README's test command. It also builds, runs and tests the newcomer.
        Cargo::new(["test", "--workspace"]),
        // Nothing is lost, whoever is killed: a worker each second, main again
        // and again.
        kill_loop::step(),
        kill_loop::step().args(["--durable", "--main-kills", "20"]),
        // Nor are messages between workers, two of which are killed each second.
        kill_loop::step().args(["--messages", "--seconds", "20"]),
        // Whether they travel through shared memory, as they do then, or sockets.
        kill_loop::step()
            .args(["--messages", "--seconds", "10"])
            .env("BASEAPP_SHARED_MEMORY", "off"),
        // Nothing grows by much; ten minutes tell whether by little.
        soak::step().args(["--minutes", "1"]),
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
        Cargo::new(["check", "--locked", "--workspace", "--manifest-path", BENCH]),
        // With the peers that a Rust toolchain alone can build.
        Cargo::new(["check", "--locked", "--manifest-path", BENCH])
            .args(["--features", "iceoryx2,tarpc"]),
        // Criterion, and the few lines of C in it, are built for these alone.
        Cargo::new(["check", "--locked", "--benches", "--manifest-path", BENCH])
            .args(["--package", crate::bench::MICRO]),
    ]
}

/// The library with one feature, or none.
fn feature(name: &'static str) -> Cargo<'static> {
    Cargo::new(["clippy", "--locked", "--package", "baseapp"]).args([
        "--features",
        name,
        "--",
        "-D",
        "warnings",
    ])
}
