//! `cargo xtask kill-loop`: many tasks, or messages, while processes are killed.

use crate::Command;
use crate::step::{Cargo, Failure};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "kill-loop",
    usage: "[--tasks N] [--seconds S] [--workers N] [--prefetch N] [--durable] [--main-kills N] [--seed N]
       or: --messages [--seconds S] [--workers N] [--kills-per-second N] [--pause MS] [--seed N]
       or: --restarts [--kills N] [--workers N] [--pause MS | --full-rate] [--seed N]
       or: --stuck [--rounds N] [--workers N] [--hang MS] [--seed N]",
    help: "run tasks while a worker is killed every second, or main again and again, and see that none is lost;
    or send messages among workers that are killed, and see that none is lost, doubled or out of order;
    or see how soon a worker that was killed answers again; or one that is stuck, which is to be within its `hang` and a second",
    run,
};

fn run(arguments: &[String]) -> Result<(), Failure> {
    // At full rate it is the messages that shall be many, not their cost; and what is
    // timed shall be what users have.
    let is_quick =
        |argument: &String| matches!(&**argument, "--messages" | "--restarts" | "--stuck");
    let profile = match arguments.iter().any(is_quick) {
        true => "release",
        false => "dev",
    };
    // The program reads its arguments itself.
    let arguments = arguments.iter().map(String::as_str);
    with_profile(profile).args(arguments).run()
}

/// The program, without arguments: 200,000 tasks in a minute.
pub(crate) fn step<'a>() -> Cargo<'a> {
    with_profile("dev")
}

fn with_profile(profile: &str) -> Cargo<'_> {
    Cargo::new(["run", "--locked", "--profile", profile]).args([
        "--package",
        "tests",
        "--bin",
        "kill-loop",
        "--",
    ])
}
