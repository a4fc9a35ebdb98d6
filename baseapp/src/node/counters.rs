//! What is counted because it must not pass unnoticed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a node. Relaxed: each stands for itself.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    lost: AtomicU64,
    stray: AtomicU64,
}

impl Counters {
    /// Messages that were not handled, or may not have been.
    pub(crate) fn lost(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// A reply that nobody awaits: late, doubled, or never asked for.
    pub(crate) fn stray_reply(&self) {
        self.stray.fetch_add(1, Ordering::Relaxed);
    }

    /// Replies that nobody awaited.
    #[cfg(any(test, feature = "__fuzzing"))]
    pub(crate) fn strays(&self) -> u64 {
        self.stray.load(Ordering::Relaxed)
    }

    pub(crate) fn lost_so_far(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
