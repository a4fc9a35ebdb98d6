//! Ends asks and waits whose deadline has passed. One timer for a node, set to
//! the earliest deadline; when it rings it looks at all links. As deadlines
//! are seconds and answers take microseconds, it hardly ever rings.

use std::{
    sync::{Arc, Mutex, Weak},
    time::Instant,
};

use tokio::sync::Notify;

use super::{Node, lock};
use crate::deadline::Deadline;

#[derive(Debug, Default)]
pub(super) struct Alarm {
    earliest: Mutex<Option<Deadline>>,
    earlier: Arc<Notify>,
}

impl Node {
    /// Makes sure that the alarm rings at `deadline`, or before.
    pub(crate) fn set_alarm(&self, deadline: Deadline) {
        let mut earliest = lock(&self.alarm.earliest);
        if earliest.is_none_or(|earliest| deadline < earliest) {
            *earliest = Some(deadline);
            drop(earliest);
            self.alarm.earlier.notify_one();
        }
    }

    fn expire(&self) {
        // Cleared first: a deadline that is set from here on is not missed.
        *lock(&self.alarm.earliest) = None;
        let now = Instant::now();
        let open = lock(&self.links).open.clone();
        if let Some(next) = open.iter().filter_map(|link| link.expire(now)).min() {
            self.set_alarm(next);
        }
    }
}

/// Rings for as long as the node lives.
pub(super) async fn ring(node: Weak<Node>) {
    let Some(earlier) = node.upgrade().map(|node| Arc::clone(&node.alarm.earlier)) else {
        return;
    };
    loop {
        let Some(next) = node.upgrade().map(|node| *lock(&node.alarm.earliest)) else {
            return;
        };
        match next {
            None => earlier.notified().await,
            Some(Deadline(at)) => {
                if tokio::time::timeout_at(at.into(), earlier.notified())
                    .await
                    .is_err()
                {
                    let Some(node) = node.upgrade() else { return };
                    node.expire();
                }
            }
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.earlier.notify_one(); // the task sees that the node is gone
    }
}
