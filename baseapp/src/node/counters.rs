//! What is counted because it must not pass unnoticed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::blackbox::Page;

/// Counters of a node. Relaxed: each stands for itself.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    lost: AtomicU64,
    stray: AtomicU64,
    /// Where losses are noted for when the worker dies before it tells of them.
    page: Option<Arc<Page>>,
}

impl Counters {
    pub(super) fn noted_in(page: Option<Arc<Page>>) -> Counters {
        Counters {
            page,
            ..Counters::default()
        }
    }

    /// Messages that were not handled, or may not have been.
    pub(crate) fn lost(&self, count: u64) {
        if let Some(page) = &self.page {
            page.lost(count);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_stands_in_the_black_box_too() {
        let page = Page::in_memory(1);
        let counters = Counters::noted_in(Some(Arc::clone(&page)));
        counters.lost(3);
        counters.lost(4);
        assert_eq!((counters.lost_so_far(), page.snapshot().lost()), (7, 7));
        page.lost(u64::MAX);
        assert_eq!(page.snapshot().lost(), u64::MAX);
    }
}
