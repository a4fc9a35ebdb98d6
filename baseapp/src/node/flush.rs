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
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use tokio::sync::Notify;

use super::{Node, current, late::Late, lock};
use crate::link::{Link, Taken};

/// A turn may flush so often before its end if the late flush sleeps: that costs less
/// than to wake it, and most turns are about few messages.
const EARLY: u8 = 2;

#[derive(Debug, Default)]
pub(super) struct Dirty {
    links: Mutex<Vec<Arc<Link>>>,
    any: AtomicBool,
    /// Counts flushes, so that the late flush sees that there was one.
    flushes: AtomicU64,
    /// Flushes of this turn before its end.
    early: AtomicU8,
    told: Arc<Notify>,
    pub(super) late: Arc<Late>,
}

impl Dirty {
    fn add(&self, link: &Arc<Link>) {
        let mut links = lock(&self.links);
        links.push(Arc::clone(link));
        // Within the lock: see `falls_asleep`.
        self.any.store(true, Ordering::Release);
    }

    /// The late flush sleeps from now on; false if something waits by now, and nobody may
    /// have seen that it does. Whoever adds something and whoever falls asleep both take
    /// the lock between what they say and what they look at, so that one of them sees the
    /// other.
    pub(super) fn falls_asleep(&self) -> bool {
        self.late.sleeps();
        drop(lock(&self.links));
        !self.any.load(Ordering::Acquire)
    }
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
        self.dirty.add(link);
        if !current::is_turn_of(self) && !current::is_main_of(self) {
            self.dirty.told.notify_one();
        }
        self.dirty.late.expect();
    }

    /// A reply was written in the midst of a turn.
    #[inline]
    pub(crate) fn taken_in_turn(&self, link: &Arc<Link>, taken: Taken) {
        if taken.enlist {
            self.dirty.add(link);
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

    /// Something begins in the midst of a turn, and may last: what waits to be written
    /// must not wait for it.
    #[inline]
    pub(crate) fn may_last(&self) {
        if self.is_dirty() && !self.dirty.late.is_awake() {
            self.leave_before_it();
        }
    }

    #[cold]
    fn leave_before_it(&self) {
        if self.dirty.early.fetch_add(1, Ordering::Relaxed) < EARLY {
            self.flush();
        } else {
            self.dirty.late.expect();
        }
    }

    /// A turn has ended, and with it what it has to say.
    #[inline]
    pub(crate) fn end_turn(&self) {
        self.dirty.early.store(0, Ordering::Relaxed);
        if self.is_dirty() {
            self.flush();
        }
    }

    /// Flushes so far: about as many as turns that had something to say.
    pub(super) fn turns(&self) -> u64 {
        self.dirty.flushes.load(Ordering::Acquire)
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

impl Drop for Dirty {
    fn drop(&mut self) {
        self.told.notify_one(); // the tasks see that the node is gone
        self.late.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{Incarnation, WorkerId},
        link::PeerId,
    };

    /// One adds something and sees whether the late flush is awake; it falls asleep and
    /// sees whether something waits.
    #[test]
    fn the_late_flush_does_not_fall_asleep_while_something_waits() {
        const ROUNDS: u64 = 200_000;

        let dirty = Dirty::default();
        let link = Arc::new(Link::new(PeerId {
            id: WorkerId(7),
            incarnation: Incarnation::FIRST,
            name: "peer".into(),
        }));
        let (begun, added) = (AtomicU64::new(0), AtomicU64::new(0));
        let is_awake = AtomicBool::new(false);
        let until = |count: &AtomicU64, round| {
            for turn in 1_u64.. {
                if count.load(Ordering::Acquire) >= round {
                    return;
                }
                if turn.is_multiple_of(256) {
                    std::thread::yield_now(); // it waits for a core
                }
            }
        };
        let mut lost = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 1..=ROUNDS {
                    until(&begun, round);
                    let _ = dirty.late.is_awake();
                    dirty.add(&link);
                    is_awake.store(dirty.late.is_awake(), Ordering::Relaxed);
                    added.store(round, Ordering::Release);
                }
            });
            for round in 1..=ROUNDS {
                lock(&dirty.links).clear();
                dirty.any.store(false, Ordering::Release);
                dirty.late.expect();
                begun.store(round, Ordering::Release);
                // So that they meet in one round or another.
                (0..round % 100).for_each(|_| std::hint::spin_loop());
                let sleeps = dirty.falls_asleep();
                until(&added, round);
                lost += u64::from(sleeps && is_awake.load(Ordering::Relaxed));
            }
        });
        assert_eq!(lost, 0, "nobody was told");
    }
}
