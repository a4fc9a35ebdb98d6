//! [`Debts`]: what the hub has answered to a worker, and that one has not read.
//!
//! What the hub says of its own accord is bounded by what happens in the app. What it
//! is asked is not: a guardian that asks and does not read would fill main's memory
//! with answers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The answers that a worker may leave unread, in bytes: 40,000 introductions, or 400
/// reports of deaths. An honest guardian has a thread that does nothing but read, and
/// what it asks is bounded by what its worker awaits: one introduction to each other
/// worker, one answer to each call that is open. If it is stopped by a signal it asks
/// for nothing more, however long that lasts.
const MOST: usize = 8 << 20;

/// Of one worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Debts(Arc<AtomicUsize>);

/// Of one answer, until it is dropped: it was read, or never will be.
#[derive(Debug)]
pub(crate) struct Debt {
    of: Debts,
    bytes: usize,
}

impl Debts {
    /// One more answer, of that many bytes.
    pub(crate) fn owe(&self, bytes: usize) -> Debt {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Debt {
            of: self.clone(),
            bytes,
        }
    }

    /// More is left unread than an honest worker ever would leave.
    pub(crate) fn are_too_many(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_owed_no_more() {
        let debts = Debts::default();
        let first = debts.owe(MOST);
        assert!(!debts.are_too_many());
        let second = debts.owe(1);
        assert!(debts.are_too_many());
        drop(first);
        assert!(!debts.are_too_many());
        drop(second);
        let _all = debts.owe(MOST);
        assert!(!debts.are_too_many());
    }
}
