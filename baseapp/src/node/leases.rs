//! The tasks that a worker has of the queue: which one its handler runs, and
//! which are not wanted any more.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::{Node, lock};
use crate::{
    link::Link,
    task::{Outcome, TaskId},
    wire::{
        codec::{self, CodecError},
        frame::Kind,
    },
};

/// Longest progress that is passed on, in bytes.
const MAX_PROGRESS: usize = 64 << 10;

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Option<Arc<Running>>,
    /// The one before it, whose memory the next one takes.
    last: Option<Arc<Running>>,
    /// Cancelled before they began.
    cancelled: HashSet<u64>,
}

/// A task whose handler runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) id: TaskId,
    pub(crate) attempt: u32,
    pub(crate) lease: u64,
    link: Arc<Link>,
    cancelled: AtomicBool,
    on_cancel: Notify,
}

impl Running {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Ready when the task is not wanted any more.
    pub(crate) async fn cancelled(&self) {
        loop {
            let cancelled = self.on_cancel.notified();
            if self.is_cancelled() {
                return;
            }
            cancelled.await;
        }
    }
}

/// That, where the last one was if nobody holds it any more.
fn renewed(last: Option<Arc<Running>>, next: Running) -> Arc<Running> {
    if let Some(mut last) = last
        && let Some(place) = Arc::get_mut(&mut last)
    {
        *place = next;
        return last;
    }
    Arc::new(next)
}

impl Node {
    /// A handler is about to run a task. `None` if the task was cancelled.
    pub(crate) fn begin_task(
        &self,
        link: &Arc<Link>,
        id: TaskId,
        attempt: u32,
        lease: u64,
    ) -> Option<Arc<Running>> {
        let mut leases = lock(&self.leases.0);
        if !leases.cancelled.is_empty() && leases.cancelled.remove(&lease) {
            return None;
        }
        let next = Running {
            id,
            attempt,
            lease,
            link: Arc::clone(link),
            cancelled: AtomicBool::new(false),
            on_cancel: Notify::new(),
        };
        let running = renewed(leases.last.take(), next);
        leases.running = Some(Arc::clone(&running));
        Some(running)
    }

    pub(crate) fn end_task(&self) {
        let mut leases = lock(&self.leases.0);
        leases.last = leases.running.take();
    }

    /// A task is not wanted any more. Any thread: the worker's own may be busy
    /// with it.
    pub(super) fn cancel_task(&self, lease: u64) {
        let mut leases = lock(&self.leases.0);
        match &leases.running {
            Some(running) if running.lease == lease => {
                running.cancelled.store(true, Ordering::Release);
                running.on_cancel.notify_waiters();
            }
            // It comes, or has ended; the queue asks for few at a time.
            _ => {
                if leases.cancelled.len() >= 4096 {
                    leases.cancelled.clear();
                }
                leases.cancelled.insert(lease);
            }
        }
    }

    /// Tells the queue how a task has ended without a reply.
    pub(crate) fn tell_outcome(&self, link: &Arc<Link>, lease: u64, outcome: &Outcome) {
        let write = |out: &mut Vec<u8>| {
            outcome.append(out);
            Ok::<_, CodecError>(())
        };
        if let Ok(taken) = link.reply(Kind::Outcome, lease, write) {
            self.taken_in_turn(link, taken);
        }
    }

    /// Tells the queue that a handler wants more time.
    pub(crate) fn tell_extended(&self, running: &Running, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let write = |out: &mut Vec<u8>| {
            out.extend_from_slice(&millis.to_le_bytes());
            Ok::<_, CodecError>(())
        };
        if let Ok(taken) = running.link.reply(Kind::Extend, running.lease, write) {
            self.taken(&running.link, taken);
        }
    }

    /// Tells who waits for a task how far it is. Who is behind with reading
    /// misses some of it.
    pub(crate) fn tell_progress<P: serde::Serialize>(
        &self,
        running: &Running,
        progress: &P,
    ) -> Result<(), CodecError> {
        if running.link.is_congested() {
            return Ok(());
        }
        let what = (std::any::type_name::<P>(), progress);
        let write = |out: &mut Vec<u8>| codec::encode_into(&what, out, MAX_PROGRESS);
        match running.link.reply(Kind::Progress, running.lease, write) {
            Ok(taken) => {
                self.taken(&running.link, taken);
                Ok(())
            }
            Err(crate::link::Refused::Payload(error)) => Err(error),
            Err(_) => Ok(()), // the queue is gone, and with it who would hear
        }
    }
}
