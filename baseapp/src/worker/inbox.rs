//! [`Inbox`]: for a worker that owns its thread, a GUI's or another
//! framework's loop, and pulls its messages.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Worker,
    serve::Serving,
    turns::{block_on, in_turns},
};
use crate::node::{Command, Next, Node};

/// Where a worker with a [`#[run]`](macro@crate::run) method finds its messages.
///
/// Messages are handled when the worker [dispatches](Inbox::dispatch) them, on
/// its own thread; connections are served by another one meanwhile, so other
/// workers see no difference. Timers and actions run when the inbox is asked
/// for the next delivery.
pub struct Inbox<W> {
    serving: Serving<W>,
}

/// Messages that have arrived, to be [dispatched](Inbox::dispatch). Dropping
/// it loses them, which is reported.
#[must_use = "messages are lost unless they are dispatched"]
pub struct Delivery {
    node: Arc<Node>,
    next: Option<Next>,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        match self.next.take() {
            Some(Next::Batch(batch)) => self.node.refuse(batch, "which did not dispatch them"),
            Some(Next::Command(Command::Returned(returned))) => {
                let count = returned.messages.len() as u64;
                self.node.tell_undelivered(&returned, count);
            }
            Some(Next::Command(_) | Next::End(..)) | None => {}
        }
    }
}

impl<W: Worker> Inbox<W> {
    pub(super) fn new(serving: Serving<W>) -> Self {
        Inbox { serving }
    }

    pub(super) fn into_serving(self) -> Serving<W> {
        self.serving
    }

    /// Waits for messages. `None` when the worker is to stop: then leave the
    /// loop and return.
    pub fn wait(&mut self, worker: &mut W) -> Option<Delivery> {
        loop {
            if let Some(delivery) = self.try_next(worker) {
                return Some(delivery);
            }
            if self.is_stopping() {
                return None;
            }
            block_on(self.serving.wait(None));
        }
    }

    /// Waits for messages, but not longer than `timeout`. `None` when there
    /// are none by then, or when the worker [is to stop](Inbox::is_stopping).
    pub fn wait_timeout(&mut self, worker: &mut W, timeout: Duration) -> Option<Delivery> {
        let end = Instant::now().checked_add(timeout);
        loop {
            let delivery = self.try_next(worker);
            let late = end.is_some_and(|end| Instant::now() >= end);
            if delivery.is_some() || self.is_stopping() || late {
                return delivery;
            }
            block_on(self.serving.wait(end));
        }
    }

    /// The messages that have arrived, if there are some. Runs timers and
    /// actions that are due.
    pub fn try_next(&mut self, worker: &mut W) -> Option<Delivery> {
        let node = self.serving.node.clone();
        node.flush();
        loop {
            match node.mailbox.try_next() {
                Some(next @ (Next::Batch(_) | Next::Command(Command::Returned(_)))) => {
                    let next = Some(next);
                    return Some(Delivery { node, next });
                }
                Some(command) => block_on(self.serving.do_next(worker, command)),
                None if block_on(in_turns(&node, self.serving.run_due(worker))) => {}
                None => {
                    self.serving.answer_probe();
                    return None;
                }
            }
        }
    }

    /// Handles messages: calls the handlers. Returns when they are done, also
    /// async ones.
    pub fn dispatch(&mut self, worker: &mut W, mut delivery: Delivery) {
        let node = self.serving.node.clone();
        if let Some(next) = delivery.next.take() {
            block_on(in_turns(&node, self.serving.do_next(worker, next)));
        }
    }

    /// The worker is to stop: finish, and return from the `#[run]` method.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.serving.is_stopping()
    }

    /// Calls `notify`, on another thread, whenever something arrives: for a
    /// loop that cannot wait here, to post itself an event and then call
    /// [`try_next`](Inbox::try_next).
    pub fn on_arrival(&self, notify: impl Fn() + Send + Sync + 'static) {
        self.serving.node.mailbox.on_arrival(notify);
    }
}

impl<W: Worker> Debug for Inbox<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox({})", self.serving.node.me.name)
    }
}

impl Debug for Delivery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery")
    }
}
