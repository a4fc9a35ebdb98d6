//! What any broker of tasks promises, wherever it keeps them: one suite, which
//! the embedded one passes with each of its stores. A broker of another kind, on
//! a server, implements [`Broker`] and passes it, too.

mod embedded;
mod suite;

use std::time::Duration;

use super::store::Dead;
use crate::task::{Key, SmallBytes, TaskId};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A task as the suite submits it.
#[derive(Clone, Debug)]
struct Job {
    id: TaskId,
    payload: SmallBytes,
    delay: Option<Duration>,
    timeout: Option<Duration>,
    attempts: u32,
    key: Option<Key>,
    unique: Option<Key>,
}

/// A task that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    lease: u64,
    id: TaskId,
    attempt: u32,
    payload: SmallBytes,
}

/// The verbs in which brokers of tasks agree: publish with a duplicate id, fetch,
/// ack, nak with a delay, in progress, term.
trait Broker {
    /// Accepts a task; the id that it has, which is another one's if it is the
    /// same. It is kept when this returns.
    fn submit(&mut self, job: Job) -> Result<TaskId>;

    /// Gives the next task to a worker, if there is one that may run now.
    fn fetch(&mut self, worker: u32) -> Result<Option<Given>>;

    /// The task is done, with that reply. False if the lease is over.
    fn ack(&mut self, worker: u32, lease: u64, reply: &[u8]) -> Result<bool>;

    /// Not now: again after that time.
    fn nak(&mut self, worker: u32, lease: u64, delay: Duration) -> Result<bool>;

    /// It failed: again after its backoff, if it has attempts left.
    fn fail(&mut self, worker: u32, lease: u64, error: &str) -> Result<bool>;

    /// Never again: a dead letter.
    fn term(&mut self, worker: u32, lease: u64, why: &str) -> Result<bool>;

    /// The worker lives and needs that much more time.
    fn in_progress(&mut self, worker: u32, lease: u64, more: Duration) -> Result<()>;

    /// The worker is gone.
    fn gone(&mut self, worker: u32) -> Result<()>;

    /// So much time passes. Workers whose time is over are gone.
    fn wait(&mut self, span: Duration) -> Result<()>;

    /// The reply of a task that is done.
    fn reply(&mut self, id: TaskId) -> Result<Option<SmallBytes>>;

    /// The dead letter of that id, and its payload.
    fn dead(&mut self, id: TaskId) -> Result<Option<(Dead, SmallBytes)>>;

    /// A dead letter becomes a task again.
    fn replay(&mut self, id: TaskId) -> Result<()>;

    /// The broker is killed and starts again. False if it keeps nothing.
    fn crash(&mut self) -> Result<bool>;
}
