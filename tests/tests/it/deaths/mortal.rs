//! A worker that dies as it is told to.

use std::process::id as own_pid;

use baseapp::{Result, StopProblem, prelude::*};
use tests::proc::{Signal, kill, signal};

use crate::common::problems;

/// Die like this, in a handler.
#[message(reply = u64)]
pub(crate) struct Die(pub How);

/// Die like this.
#[message]
pub(crate) struct DieOneWay(pub How);

/// Ways to die.
#[data]
#[derive(Clone, Copy)]
pub(crate) enum How {
    Panic,
    Abort,
    Exit(i32),
    StackOverflow,
    Segfault,
    Kill,
}

/// Are you there?
#[message(reply = u64)]
pub(crate) struct Ping;

/// See the [module](self).
#[worker(restart = "temporary")]
pub(crate) struct Mortal;

#[worker]
impl Mortal {
    #[handler(Die)]
    fn die(&mut self, Die(how): Die) -> u64 {
        die(how)
    }

    #[handler(DieOneWay)]
    fn die_one_way(&mut self, DieOneWay(how): DieOneWay) {
        die(how);
    }

    #[handler(Ping)]
    fn ping(&self, _: Ping) -> u64 {
        7
    }

    #[handler(crate::common::Hold)]
    fn hold(&mut self, crate::common::Hold(gate): crate::common::Hold) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(crate::common::Note)]
    fn note(&self, _: crate::common::Note) {}
}

#[allow(clippy::exit, reason = "that is what it is for")]
pub(crate) fn die(how: How) -> u64 {
    eprintln!("these are my last words");
    match how {
        How::Panic => panic!("out of cheese"),
        How::Abort => std::process::abort(),
        How::Exit(code) => std::process::exit(code),
        How::StackOverflow => drop([overflow(1)]),
        // The first one restores what the Rust runtime has replaced; those
        // that come at a time count as one.
        How::Segfault => loop {
            drop(signal(own_pid(), Signal::SEGV));
            std::thread::yield_now();
        },
        How::Kill => drop(kill(own_pid())),
    }
    // A signal may be taken by another thread: wait for the end.
    loop {
        std::thread::park();
    }
}

#[allow(unconditional_recursion, reason = "that is what it is for")]
fn overflow(depth: u64) -> u64 {
    let block = std::hint::black_box([depth; 1024]);
    overflow(depth + 1) + block[depth as usize % 1024]
}

/// What the error of a stop says of those that died.
pub(crate) fn deaths(stopped: Result<()>) -> Vec<(String, String, Vec<String>)> {
    let died = problems(stopped)
        .into_iter()
        .filter_map(|problem| match problem {
            StopProblem::Died {
                name, how, stderr, ..
            } => Some((name, how, stderr)),
            _ => None,
        });
    died.collect()
}
