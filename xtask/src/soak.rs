//! `cargo xtask soak`: everything at once, for long.

use crate::Command;
use crate::step::{Cargo, Failure};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "soak",
    usage: "[--minutes N] [--seed N] [--names N]",
    help: "do everything at once for ten minutes while workers are killed, and see that nothing grows or is left; or measure what a name costs",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    // The program reads its arguments itself.
    step().args(arguments.iter().map(String::as_str)).run()
}

/// The program, without arguments: ten minutes.
pub(crate) fn step<'a>() -> Cargo<'a> {
    Cargo::new([
        "run",
        "--locked",
        "--package",
        "tests",
        "--bin",
        "soak",
        "--",
    ])
}
