//! What is told of a worker that died: [`WorkerDied`], and that it lives again:
//! [`WorkerRestarted`]. Both are messages, for whoever has a handler for them.

use std::{
    fmt::{self, Display, Formatter},
    sync::{Arc, LazyLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::message::Message;

/// A worker has ended without having been told to: the report.
///
/// A worker with `#[handler(WorkerDied, subscribe)]` is told of every death in the app;
/// one with `#[handler(WorkerDied)]`, of those workers that it
/// [watches](crate::Context::watch).
///
/// ```no_run
/// use baseapp::{WorkerDied, prelude::*};
///
/// #[worker]
/// struct Logbook;
///
/// #[worker]
/// impl Logbook {
///     #[handler(WorkerDied, subscribe)]
///     fn died(&mut self, died: WorkerDied) {
///         println!("{died}");
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkerDied {
    /// The worker's name.
    pub worker: String,
    /// Which of its lives it was: the first is 1.
    pub life: u32,
    /// What it died of.
    pub cause: Cause,
    /// What it was about, if it was about something.
    pub in_hand: Option<InHand>,
    /// The last lines that it wrote to stderr, at most 20.
    pub last_lines: Vec<String>,
    /// How often it had been started again before.
    pub restarts: u64,
    /// It is started again.
    pub returns: bool,
}

/// What a worker died of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// A panic: its text and its place.
    Panic(String),
    /// A signal, by its number and name, such as `signal 11 (SIGSEGV)`.
    Signal(String),
    /// The system ran out of memory, and chose this process.
    OutOfMemory,
    /// It exited with this code, 0 included.
    Exit(i32),
    /// It was stuck, and was killed for that: its handler, hook or timer took longer than it
    /// may, or the process was stopped by a signal.
    Stuck {
        /// For how long nothing moved.
        lasted: Duration,
    },
    /// `#[init]`, `#[start]` or `#[run]` returned an error: its text.
    Failed(String),
    /// Anything else, in words.
    Other(String),
}

/// How a worker has ended that was told to.
pub(crate) const IN_ORDER: &str = "it has stopped";

/// The same, once in memory however many have.
pub(crate) fn in_order() -> Arc<str> {
    static TEXT: LazyLock<Arc<str>> = LazyLock::new(|| IN_ORDER.into());
    Arc::clone(&TEXT)
}

/// What a worker was about when it died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InHand {
    /// The type of the message, or else what it was: a timer, `#[start]`.
    pub what: String,
    /// Who sent the message, if it was one.
    pub from: Option<String>,
    /// For how long; `None` where the system does not tell. Too short by no more than a tick
    /// of the system's clock (1 to 10 ms). For a message that came together with others, whose
    /// handler is not async, it may include up to 15 messages directly before it, but of a worker
    /// with `hang` no more than 0.4 s of them: the clock is not read for each.
    pub lasted: Option<Duration>,
}

/// A worker that had died, or was stopped with its group, has started again. For those
/// who subscribe to it and who [watch](crate::Context::watch) it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkerRestarted {
    /// The worker's name.
    pub worker: String,
    /// Which of its lives begins: the second is 2.
    pub life: u32,
}

impl WorkerRestarted {
    pub(crate) fn new(worker: String, life: u32) -> WorkerRestarted {
        WorkerRestarted { worker, life }
    }
}

impl Message for WorkerDied {
    type Reply = ();
}

impl Message for WorkerRestarted {
    type Reply = ();
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Panic(text) | Cause::Failed(text) | Cause::Other(text) => f.write_str(text),
            Cause::Signal(signal) => write!(f, "killed by {signal}"),
            Cause::OutOfMemory => f.write_str(
                "killed by signal 9 (SIGKILL), as it seems because the system had run out of memory",
            ),
            Cause::Exit(code) => write!(f, "exited with code {code}"),
            Cause::Stuck { lasted } => write!(f, "stuck for {lasted:.1?}, and killed"),
        }
    }
}

impl Display for InHand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.what)?;
        if let Some(from) = &self.from {
            write!(f, " from `{from}`")?;
        }
        match self.lasted {
            Some(lasted) => write!(f, " for {lasted:.1?}"),
            None => Ok(()),
        }
    }
}

impl Display for WorkerDied {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has died: {}", self.worker, self.cause)?;
        if let Some(in_hand) = &self.in_hand {
            write!(f, "; it was about {in_hand}")?;
        }
        match (self.returns, self.restarts) {
            (true, 0) => f.write_str("; it is started again"),
            (true, restarts) => write!(f, "; it is started again, as {restarts} times before"),
            (false, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_sentence() {
        let died = WorkerDied {
            worker: "printer".into(),
            life: 3,
            cause: Cause::Signal("signal 11 (SIGSEGV)".into()),
            in_hand: Some(InHand {
                what: "app::Print".into(),
                from: Some("main".into()),
                lasted: Some(Duration::from_millis(1500)),
            }),
            last_lines: vec!["ouch".into()],
            restarts: 2,
            returns: true,
        };
        assert_eq!(
            died.to_string(),
            "`printer` has died: killed by signal 11 (SIGSEGV); it was about `app::Print` from `main` \
             for 1.5s; it is started again, as 2 times before"
        );
    }
}
