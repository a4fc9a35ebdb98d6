//! [`CurrentTask`]: the task that a handler runs.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;

use crate::{
    node::{Node, Running},
    report,
    task::TaskId,
};

/// The task that a handler runs: what [`Context::task`](crate::Context::task)
/// gives.
///
/// A handler does not know by which verb it was called, and need not: if by
/// `send` or `ask`, there is no task, and everything here does nothing.
///
/// It may be cloned and given to the threads and tasks that do the work.
#[derive(Clone)]
pub struct CurrentTask {
    running: Option<(Arc<Node>, Arc<Running>)>,
}

impl CurrentTask {
    pub(super) fn new(running: Option<(Arc<Node>, Arc<Running>)>) -> CurrentTask {
        CurrentTask { running }
    }

    /// The id of the task; `None` if the handler runs none.
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        self.running.as_ref().map(|(_, running)| running.id)
    }

    /// For the how manyth time the task is given to a worker, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.running
            .as_ref()
            .map_or(1, |(_, running)| running.attempt)
    }

    /// Tells who waits for the task how far it is, in at most 64 KiB.
    ///
    /// Who waits reads it as a `P`, of exactly that type: tell a `String`, and not
    /// a `&str`, to who reads `progress::<String>()`.
    ///
    /// Never waits. Who is behind with reading sees the newest: some of it may
    /// be dropped on the way.
    pub fn progress<P: Serialize>(&self, progress: P) {
        if let Some((node, running)) = &self.running
            && let Err(error) = node.tell_progress(running, &progress)
        {
            let of = std::any::type_name::<P>();
            report::warn(&format!("progress of type `{of}` cannot be sent: {error}"));
        }
    }

    /// The task is not wanted any more: it was cancelled, or takes longer than
    /// its timeout. Return soon: a worker that does not is killed after the
    /// pool's [grace](crate::PoolOptions::grace).
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|(_, running)| running.is_cancelled())
    }

    /// Ready when the task [is cancelled](CurrentTask::is_cancelled); never, if
    /// it is not.
    ///
    /// # Cancel safety
    /// Nothing is lost when it is dropped.
    pub async fn cancelled(&self) {
        match &self.running {
            Some((_, running)) => running.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// This attempt may last that long from now, whatever its timeout was.
    /// Nothing happens if the task has no timeout, or it is too late.
    pub fn extend(&self, by: Duration) {
        if let Some((node, running)) = &self.running {
            node.tell_extended(running, by);
        }
    }
}

impl Debug for CurrentTask {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(f, "CurrentTask({id}, attempt {})", self.attempt()),
            None => f.write_str("CurrentTask(none)"),
        }
    }
}
