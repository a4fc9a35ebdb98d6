//! [`Rehearsal`]: a worker that handles what it is handed, as it is, and whose node
//! nobody drives; for benches.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context as Poller, Waker},
};

use super::{Context, Worker, plan::Plan, serve::Serving, turns::in_turns};
use crate::node::{Batch, Node};

/// See the [module](self).
pub(crate) struct Rehearsal<W> {
    serving: Serving<W>,
    worker: W,
    node: Arc<Node>,
}

impl<W: Worker> Rehearsal<W> {
    pub(crate) fn new(node: Arc<Node>, worker: W, plan: Plan<W>) -> Self {
        let cx = Context::new(Arc::clone(&node));
        Rehearsal {
            serving: Serving::new(Arc::clone(&node), cx, plan),
            worker,
            node,
        }
    }

    /// Handles a batch in one turn. False if that waits for something.
    pub(crate) fn handle(&mut self, batch: Batch) -> bool {
        let handled = self.serving.handle_all(&mut self.worker, batch);
        let turn = pin!(in_turns(&self.node, handled));
        turn.poll(&mut Poller::from_waker(Waker::noop())).is_ready()
    }

    pub(crate) fn worker(&self) -> &W {
        &self.worker
    }
}
