//! How starting and stopping an app may end.

use std::{
    fmt::{self, Display, Formatter},
    io,
    time::Duration,
};

use crate::{
    id::NameError, process::RunDirError, queue::StoreError, registry::RegistryError,
    wire::codec::CodecError,
};

/// Why an app did not start. Nothing of it is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The workers of the program do not fit together.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A worker has a name that cannot be.
    #[error("`{name}` cannot be the name of a worker: {source}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        source: NameError,
    },
    /// Two workers have the same name.
    #[error("two workers are called `{name}`")]
    SameName {
        /// The name.
        name: String,
    },
    /// The state of a worker cannot be encoded.
    #[error("the state of `{name}` cannot be sent to its process")]
    State {
        /// The worker's name.
        name: String,
        /// Why not.
        source: CodecError,
    },
    /// A worker could not be made or started, or died before it had.
    #[error("`{name}` did not start: {how}{}", quoted(.stderr))]
    Worker {
        /// The worker's name.
        name: String,
        /// What it says, what its panic said, or how its process ended.
        how: String,
        /// The last lines that it wrote to stderr.
        stderr: Vec<String>,
    },
    /// A process could not be started.
    #[error("cannot start a process for `{name}`")]
    Spawn {
        /// The worker's name.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// There is no place for the sockets of this run.
    #[error(transparent)]
    RunDir(#[from] RunDirError),
    /// The options of a pool make no sense.
    #[error("the pool `{name}` cannot be: {problem}")]
    Pool {
        /// The pool's name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The file of the task queue cannot be used.
    #[error("the task queue cannot be kept there")]
    Store(#[from] StoreError),
    /// The system refused something.
    #[error("cannot start the app")]
    Io(#[from] io::Error),
    /// The app was stopped while it started.
    #[error("the app was stopped while it started")]
    Stopped,
    /// A worker process tried to start an app before it became a worker.
    #[error(
        "this process is a worker: `main` must be marked `#[baseapp::main]`, and a test that starts an app `#[baseapp::test]`"
    )]
    NotDiverted,
    /// Neither `#[baseapp::main]` nor `#[baseapp::test]` has taken over this program.
    #[error(
        "workers need processes that run this program: mark `main` with `#[baseapp::main]`, or the test with `#[baseapp::test]`; `App::in_process` does without"
    )]
    NotPrepared,
    /// The main worker's type differs from that of an address that was given out.
    #[error("the address of main was given out as that of a `{expected}`, but a `{found}` runs")]
    OtherMain {
        /// The type of the address.
        expected: &'static str,
        /// The type of the worker.
        found: &'static str,
    },
    /// The hub is gone.
    #[error("the hub thread has ended")]
    HubGone,
}

fn quoted(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("\n    {line}")).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("; its last words:{lines}")
    }
}

/// After what has happened.
fn often(times: u64) -> String {
    match times {
        0 | 1 => String::new(),
        _ => format!(" {times} times"),
    }
}

/// Before how it was.
fn at_last(times: u64) -> &'static str {
    match times {
        0 | 1 => ": ",
        _ => ", at last: ",
    }
}

fn of_group(group: Option<&str>) -> String {
    let told = |group| format!(", and with it the group `{group}`");
    group.map(told).unwrap_or_default()
}

/// The app has stopped, but not all was well.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StopError {
    /// All that was not well.
    pub problems: Vec<StopProblem>,
}

/// Something that was not well when an app stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StopProblem {
    /// A worker ended while the app ran.
    #[error("`{name}` ended{} while the app ran{}{how}{}", often(*.times), at_last(*.times), quoted(.stderr))]
    Died {
        /// The worker's name.
        name: String,
        /// How it ended, the last time.
        how: String,
        /// The last lines that it wrote to stderr.
        stderr: Vec<String>,
        /// How often: a worker of that name may have been added again.
        times: u64,
    },
    /// A worker had to be killed.
    #[error("`{name}` did not stop within {grace:?} and was killed{}", often(*.times))]
    Killed {
        /// The worker's name.
        name: String,
        /// The grace time.
        grace: Duration,
        /// How often: it may have been started again.
        times: u64,
    },
    /// A worker in this process did not stop, and goes on.
    #[error("`{name}` did not stop within {grace:?}, and its thread cannot be killed")]
    Stuck {
        /// The worker's name.
        name: String,
        /// The grace time.
        grace: Duration,
    },
    /// The `#[stop]` of a worker returned an error.
    #[error("`#[stop]` of `{name}` failed{}{}{text}", often(*.times), at_last(*.times))]
    StopFailed {
        /// The worker's name.
        name: String,
        /// The text of the error, of the last time.
        text: String,
        /// How often: it may have been started again.
        times: u64,
    },
    /// Messages were not handled, or may not have been.
    #[error("{count} messages of `{name}` were lost")]
    Lost {
        /// The sender's name, or the receiver's if that could not handle them.
        name: String,
        /// How many.
        count: u64,
    },
    /// There was still work after the grace time.
    #[error("there was still work to do after {grace:?}")]
    Busy {
        /// The grace time.
        grace: Duration,
    },
    /// A worker died more often than its intensity allows, or the group that it is
    /// of had to be started again too often.
    #[error("`{name}` was given up, because it dies again and again{}: {how}{}", of_group(.group.as_deref()), quoted(.stderr))]
    GivenUp {
        /// The worker's name.
        name: String,
        /// The group that was given up with it.
        group: Option<String>,
        /// How it ended the last time.
        how: String,
        /// The last lines that it wrote to stderr.
        stderr: Vec<String>,
    },
    /// The workers of a pool died before they could do anything, again and
    /// again.
    #[error("the pool `{name}` was given up: its workers die before they can take a task: {how}")]
    PoolFailed {
        /// The pool's name.
        name: String,
        /// How the last of them ended.
        how: String,
    },
    /// Tasks had not ended when the app stopped, and nothing keeps them: a
    /// durable queue (`App::durable`) does.
    #[error("{count} tasks of `{name}` had not ended, and are lost")]
    TasksLost {
        /// The pool's name.
        name: String,
        /// How many.
        count: u64,
    },
    /// What else was not well with workers: of the first 256 it is told one by one.
    #[error("and {count} more problems of workers")]
    More {
        /// How many.
        count: u64,
    },
    /// All workers were killed at once, as a second signal wanted.
    #[error("all workers were killed")]
    AllKilled,
    /// The hub is gone.
    #[error("the hub thread has ended")]
    HubGone,
}

impl Display for StopError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the app has stopped, but not all was well:")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for StopError {}
