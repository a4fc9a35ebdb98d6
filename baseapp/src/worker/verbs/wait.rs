//! Waiting for a receiver that is behind.

use std::{
    task::Waker,
    time::{Duration, Instant},
};

use crate::{
    deadline::Deadline,
    link::Link,
    node::{Node, current},
};

/// How long a sender waits for credit. The clock starts with the first wait.
#[derive(Debug)]
pub(super) struct Patience {
    pub(super) timeout: Duration,
    deadline: Option<Deadline>,
}

impl Patience {
    pub(super) fn new(timeout: Duration) -> Patience {
        Patience {
            timeout,
            deadline: None,
        }
    }

    /// How long it will wait yet.
    pub(super) fn remaining(&self, node: &Node) -> Duration {
        let now = Instant::now();
        let limit = current::deadline_of(node);
        let deadline = self
            .deadline
            .unwrap_or_else(|| Deadline::within(now, self.timeout, limit));
        deadline.remaining(now)
    }

    /// Waits for credit. False if it is too late, or would be for ever.
    pub(super) fn wait(&mut self, node: &Node, link: &Link, waker: &Waker) -> bool {
        let now = Instant::now();
        let timeout = self.timeout;
        let deadline = *self.deadline.get_or_insert_with(|| {
            let limit = current::deadline_of(node);
            Deadline::within(now, timeout, limit)
        });
        // Whoever handles its own messages would wait for itself.
        let for_oneself = link.peer.id == node.me.id && current::is_turn_of(node);
        if deadline.has_passed(now) || for_oneself {
            return false;
        }
        link.wait_for_credit(Some(deadline), waker);
        node.set_alarm(deadline);
        true
    }
}
