//! When what was sent leaves: at the end of a turn, so that a flood leaves in
//! large writes and a single message at once.
//!
//! A *turn* of a worker is one poll of its loop: it ends when there is nothing
//! more to do, and flushes. Whoever sends from elsewhere wakes a task that
//! flushes; on the runtime of the sender that task runs when the sender yields.
//! If a turn lasts, the late flush steps in, from another thread.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{Node, current, lock};
use crate::link::{Link, Taken};

/// How often the late flush looks while something is sent. What a handler that
/// holds the thread has sent leaves when two looks find the same turn: after a
/// few milliseconds.
const LATE: Duration = Duration::from_millis(1);

/// The late flush takes one part in so many of the time, as long as it need not wait
/// too long for that: to hundreds of links it is work for everybody, the receivers
/// included, who are woken for what little there is.
const SHARE: u32 = 8;

/// The longest time between two looks: what a handler that holds the thread has sent
/// must not wait for longer, however busy the machine is.
const LATEST: Duration = Duration::from_millis(8);

/// How long to wait before the next look, after a flush that took so long.
fn pause_after(flush: Duration) -> Duration {
    flush.saturating_mul(SHARE).clamp(LATE, LATEST)
}

#[derive(Debug, Default)]
pub(super) struct Dirty {
    links: Mutex<Vec<Arc<Link>>>,
    any: AtomicBool,
    /// Counts flushes, so that the late flush sees that there was one.
    flushes: AtomicU64,
    told: Arc<Notify>,
    late: Arc<Late>,
}

#[derive(Debug, Default)]
struct Late {
    awake: AtomicBool,
    wake: Notify,
}

impl Node {
    /// Sees to it that what a link has taken leaves.
    #[inline]
    pub(crate) fn taken(&self, link: &Arc<Link>, taken: Taken) {
        if taken.enlist {
            self.enlist(link);
        }
        if taken.flush {
            link.flush_early();
        }
    }

    fn enlist(&self, link: &Arc<Link>) {
        lock(&self.dirty.links).push(Arc::clone(link));
        self.dirty.any.store(true, Ordering::Release);
        if !current::is_turn_of(self) && !current::is_main_of(self) {
            self.dirty.told.notify_one();
        }
        self.expect_late_flush();
    }

    /// A reply was written in the midst of a turn.
    #[inline]
    pub(crate) fn taken_in_turn(&self, link: &Arc<Link>, taken: Taken) {
        if taken.enlist {
            lock(&self.dirty.links).push(Arc::clone(link));
            self.dirty.any.store(true, Ordering::Release);
        }
        if taken.flush {
            link.flush_early();
        }
    }

    /// An acknowledgement was written in the midst of a turn. They are few and stand for
    /// many messages: it leaves at once, or the late flush would have to be awake for
    /// it, which costs more.
    #[inline]
    pub(crate) fn acknowledged_in_turn(&self, link: &Link, taken: Taken) {
        if taken.enlist {
            link.flush();
        } else {
            link.flush_early();
        }
    }

    /// Something waits to be written.
    #[inline]
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty.any.load(Ordering::Acquire)
    }

    /// Writes what waits, as far as it goes without waiting.
    pub(crate) fn flush(&self) {
        if !self.dirty.any.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut list = lock(&self.dirty.links);
        if list.len() == 1 {
            // Mostly it is one, and then the list keeps its memory.
            let link = list.pop();
            drop(list);
            link.iter().for_each(|link| link.flush());
        } else {
            let links = std::mem::take(&mut *list);
            drop(list);
            links.iter().for_each(|link| link.flush());
            self.reuse(links);
        }
        self.dirty.flushes.fetch_add(1, Ordering::Release);
    }

    /// Keeps the list's memory.
    fn reuse(&self, mut links: Vec<Arc<Link>>) {
        links.clear();
        let mut list = lock(&self.dirty.links);
        if list.capacity() == 0 {
            *list = links;
        }
    }

    /// The turn goes on and may last: another thread should look after a while.
    #[inline]
    pub(crate) fn expect_late_flush(&self) {
        let late = &self.dirty.late;
        if !late.awake.load(Ordering::Acquire) && !late.awake.swap(true, Ordering::AcqRel) {
            late.wake.notify_one();
        }
    }

    /// Ready when all that was sent has been handed to the system, but for what waits for a
    /// life that is still to come: that may be for long.
    pub(crate) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let open = lock(&self.links).open.clone();
        open.iter()
            .filter(|link| !self.is_to_come(link))
            .map(|link| link.poll_written(cx))
            .fold(Poll::Ready(()), |all, one| {
                if one.is_ready() { all } else { Poll::Pending }
            })
    }
}

/// Flushes when told, for as long as the node lives.
pub(super) async fn flush_when_told(node: Weak<Node>) {
    let Some(told) = node.upgrade().map(|node| Arc::clone(&node.dirty.told)) else {
        return;
    };
    loop {
        told.notified().await;
        let Some(node) = node.upgrade() else { return };
        node.flush();
    }
}

/// Flushes what a long turn has left behind. Runs on another thread than the
/// worker; sleeps while nothing is sent.
pub(super) async fn late_flush(node: Weak<Node>) {
    let Some(late) = node.upgrade().map(|node| Arc::clone(&node.dirty.late)) else {
        return;
    };
    loop {
        late.wake.notified().await;
        let mut seen = None;
        let mut pause = LATE;
        loop {
            tokio::time::sleep(pause).await;
            pause = LATE;
            let Some(node) = node.upgrade() else { return };
            let flushes = node.dirty.flushes.load(Ordering::Acquire);
            let idle = seen == Some(flushes);
            seen = Some(flushes);
            if !idle {
                continue; // turns end by themselves: look again
            }
            if node.is_dirty() {
                let start = Instant::now();
                node.flush();
                pause = pause_after(start.elapsed());
            } else {
                late.awake.store(false, Ordering::Release);
                if node.is_dirty() {
                    node.expect_late_flush();
                }
                break;
            }
        }
    }
}

impl Drop for Dirty {
    fn drop(&mut self) {
        self.told.notify_one(); // the tasks see that the node is gone
        self.late.wake.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_late_flush_takes_a_small_part_of_the_time_and_does_not_wait_for_long() {
        assert_eq!(pause_after(Duration::ZERO), LATE);
        assert_eq!(pause_after(LATE / SHARE), LATE);
        assert_eq!(pause_after(LATE), SHARE * LATE);
        assert_eq!(pause_after(Duration::from_secs(1)), LATEST);
        assert_eq!(pause_after(Duration::MAX), LATEST);
    }
}
