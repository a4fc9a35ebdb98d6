//! `cargo xtask kill-loop`: many tasks while processes are killed.

use crate::Command;
use crate::step::{Cargo, Failure};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "kill-loop",
    usage: "[--tasks N] [--seconds S] [--workers N] [--prefetch N] [--durable] [--main-kills N] [--seed N]",
    help: "run tasks while a worker is killed every second, or main again and again, and see that none is lost",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    // The program reads its arguments itself.
    step().args(arguments.iter().map(String::as_str)).run()
}

/// The program, without arguments: 200,000 tasks in a minute.
pub(crate) fn step<'a>() -> Cargo<'a> {
    Cargo::new([
        "run",
        "--locked",
        "--package",
        "tests",
        "--bin",
        "kill-loop",
        "--",
    ])
}
