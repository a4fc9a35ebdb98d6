//! Checkpoints: a worker's state, told to the hub between two things that the
//! worker does, so that its next life starts from it.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{Context, Worker, serve::Serving};
use crate::{
    error::BoxError,
    id::WorkerId,
    node::Node,
    report,
    wire::{codec, control::ToHub, encoded::Encoded, frame::MAX_STATE},
};

/// A worker that starts from its own struct: implemented by
/// [`#[worker]`](macro@crate::worker) without `init = ..`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot have checkpoints",
    label = "`{Self}` is made by its `#[init]` method, so it cannot be sent back",
    note = "a checkpoint is the struct itself: declare it with `#[worker]` without `init = ..`, and fill what cannot be sent in `#[start]`, into `#[local]` fields"
)]
pub trait StartsFromItself: Worker<Init = Self> {}

/// Somebody has asked for a checkpoint; shared by all clones of a context.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish(Arc<AtomicBool>);

impl Wish {
    pub(super) fn make(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn is_made(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn grant(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<W> Context<W> {
    /// Keeps the worker's state, as it is when the handler or hook that runs now has
    /// returned: the worker's next life starts from it, if it dies, and not
    /// from the initial state. What it is without:
    /// [`#[worker(checkpoint = "1s")]`](macro@crate::worker), by the clock.
    ///
    /// The state is the struct without its `#[local]` fields. It is with the hub
    /// before the message counts as handled, before who asked has the reply, and
    /// before the next message is begun: who has the reply to an ask may
    /// rely on it, for as long as main lives.
    ///
    /// ```
    /// # use baseapp::prelude::*;
    /// # #[message(reply = u64)] struct Deposit(u64);
    /// #[worker]
    /// struct Account {
    ///     balance: u64,
    /// }
    ///
    /// #[worker]
    /// impl Account {
    ///     #[handler(Deposit)]
    ///     fn deposit(&mut self, Deposit(amount): Deposit, cx: &Context<Self>) -> u64 {
    ///         self.balance += amount;
    ///         cx.checkpoint();
    ///         self.balance // survives, if anybody hears of it
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Called by a task or a thread of the worker, it is about the next handler or
    /// hook that returns. In main, which is not started again, and in the workers of
    /// a pool, which all start from the same state, nothing happens.
    pub fn checkpoint(&self)
    where
        W: StartsFromItself,
    {
        if has_checkpoints(self.node()) {
            self.wish.make();
        }
    }
}

/// The worker is started again as itself.
fn has_checkpoints(node: &Node) -> bool {
    node.pool.is_none() && node.me.id != WorkerId::MAIN
}

/// When a checkpoint is due, and what was told last.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// How long what a worker has done may not be kept, if it said so.
    period: Option<Duration>,
    /// Since something was done that is not kept.
    due: Option<Instant>,
    /// The hash of what was told last, with keys of this life.
    last: Option<u64>,
    keys: RandomState,
    /// What was told last has not left the process yet.
    leaving: Option<oneshot::Receiver<()>>,
    /// The user was told why there is none.
    reported: bool,
}

impl Checkpoints {
    pub(super) fn new<W: Worker>(node: &Node) -> Checkpoints {
        Checkpoints::every(W::CHECKPOINT.filter(|_| has_checkpoints(node)))
    }

    /// Of a life that has not begun: what it has is not its own.
    pub(super) fn none() -> Checkpoints {
        Checkpoints::every(None)
    }

    fn every(period: Option<Duration>) -> Checkpoints {
        Checkpoints {
            period,
            due: None,
            last: None,
            keys: RandomState::new(),
            leaving: None,
            reported: false,
        }
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// One of the worker's methods has returned. True if it is time.
    #[inline]
    fn has_run(&mut self, now: impl FnOnce() -> Instant) -> bool {
        let Some(period) = self.period else {
            return false; // spares the clock
        };
        let now = now();
        if self.due.is_none() {
            // Later than the clock can tell is never.
            self.due = now.checked_add(period);
        }
        self.is_due(now)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// What is known to be kept need not be told again. True if it must be.
    fn is_news(&mut self, state: &[u8]) -> bool {
        let hash = self.keys.hash_one(state);
        self.last.replace(hash) != Some(hash)
    }
}

impl<W: Worker> Serving<W> {
    /// There may be something to do for [`has_run`](Self::has_run).
    #[inline]
    pub(super) fn may_keep_state(&self) -> bool {
        self.checkpoints.period.is_some() || self.cx.wish.is_made()
    }

    /// One of the worker's methods has returned: its state may be to be kept now.
    /// To be awaited before anybody is told that it has.
    #[inline]
    pub(super) async fn has_run(&mut self, worker: &W) {
        if self.cx.wish.is_made() {
            self.checkpoint(worker).await;
            if let Some(leaving) = self.checkpoints.leaving.take() {
                let _ = leaving.await; // an error is an answer, too
            }
        } else if self.checkpoints.has_run(Instant::now) {
            self.checkpoint(worker).await;
        }
    }

    /// Keeps the state if it is time, while nothing else is to be done.
    pub(super) async fn checkpoint_if_due(&mut self, worker: &W) {
        if self.checkpoints.due.is_some() && self.checkpoints.is_due(Instant::now()) {
            self.checkpoint(worker).await;
        }
    }

    /// Keeps the state with which the worker stops, if it keeps any by itself.
    pub(super) async fn last_checkpoint(&mut self, worker: &W) {
        if self.checkpoints.period.is_some() || self.cx.wish.is_made() {
            self.checkpoint(worker).await;
        }
    }

    async fn checkpoint(&mut self, worker: &W) {
        self.cx.wish.grant();
        self.checkpoints.due = None;
        // Not faster than the hub takes them: there are never more than two here.
        if let Some(leaving) = self.checkpoints.leaving.take() {
            let _ = leaving.await;
        }
        let Some(state) = worker.as_init() else {
            return;
        };
        match codec::encode(state, MAX_STATE) {
            Ok(state) if self.checkpoints.is_news(&state) => {
                let state = Encoded(state.into());
                let leaving = self.node.hand_over(ToHub::Checkpoint(state));
                self.checkpoints.leaving = Some(leaving);
            }
            Ok(_) => {}
            Err(error) => self.tell_unkept(error.into()),
        }
    }

    /// A state cannot be kept, and would not the next time: once is enough.
    fn tell_unkept(&mut self, error: BoxError) {
        if !std::mem::replace(&mut self.checkpoints.reported, true) {
            let me = &self.node.me.name;
            report::warn(&format!(
                "the state of `{me}` cannot be kept, and what was kept before stays: {error}; \
                 mark fields with `#[local]` that need not survive"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_was_done_is_kept_within_the_period_and_idle_workers_sleep() {
        let start = Instant::now();
        let mut checkpoints = Checkpoints::every(Some(10 * MS));
        assert_eq!(checkpoints.due(), None);
        assert!(!checkpoints.has_run(|| start));
        assert!(!checkpoints.has_run(|| start + 9 * MS));
        assert_eq!(checkpoints.due(), Some(start + 10 * MS), "of the first");
        assert!(!checkpoints.is_due(start + 9 * MS));
        assert!(checkpoints.is_due(start + 10 * MS));
        assert!(checkpoints.has_run(|| start + 11 * MS));
    }

    #[test]
    fn who_did_not_ask_pays_nothing() {
        let mut checkpoints = Checkpoints::none();
        assert!(!checkpoints.has_run(|| unreachable!("the clock is not read")));
        assert_eq!(checkpoints.due(), None);
    }

    #[test]
    fn the_same_is_not_told_twice_in_a_row() {
        let mut checkpoints = Checkpoints::none();
        let news: Vec<bool> = [&b"a"[..], b"a", b"b", b"a", b"a"]
            .map(|state| checkpoints.is_news(state))
            .into();
        assert_eq!(news, [true, false, true, true, false]);
    }
}
