//! Writing down: batches that come while one is being written are written
//! together, with one wait for the disk.

use std::{
    io,
    sync::{Arc, mpsc},
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc as channel;

use super::Service;
use crate::{
    queue::{
        machine::{Batch, Effect, Now},
        store::{Op, Store, StoreError},
    },
    report,
    task::TaskId,
};

/// How long to wait before what could not be written is tried again.
pub(super) const TRY_AGAIN: Duration = Duration::from_millis(500);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Commits {
    /// To the thread that writes; `None` if the store is memory, which is
    /// written at once.
    thread: Option<(mpsc::Sender<Vec<Op>>, thread::JoinHandle<()>)>,
    done: channel::UnboundedReceiver<(Vec<Op>, Result<(), StoreError>)>,
    /// What has been written and not been looked at.
    written: Option<(Vec<Op>, Result<(), StoreError>)>,
    /// What follows when the write is done.
    writing: Option<Batch>,
    /// What is written next.
    next: Batch,
    /// The disk did not take it: not before.
    not_before: Option<Instant>,
    /// That was said.
    told: bool,
}

impl Commits {
    pub(super) fn start(store: Arc<dyn Store>) -> io::Result<Commits> {
        let (done, written) = channel::unbounded_channel();
        let thread = if store.is_durable() {
            let (ops, incoming) = mpsc::channel::<Vec<Op>>();
            let thread = thread::Builder::new()
                .name("baseapp-store".into())
                .spawn(move || {
                    for ops in incoming {
                        let result = store.commit(&ops);
                        if done.send((ops, result)).is_err() {
                            return;
                        }
                    }
                })?;
            Some((ops, thread))
        } else {
            None
        };
        Ok(Commits {
            thread,
            done: written,
            written: None,
            writing: None,
            next: Batch::default(),
            not_before: None,
            told: false,
        })
    }

    /// Nothing is left to be written.
    pub(super) fn is_idle(&self) -> bool {
        self.writing.is_none() && self.written.is_none() && self.next.is_empty()
    }

    /// Something is being written, and as far as is known the disk takes it.
    pub(super) fn is_busy(&self) -> bool {
        !self.is_idle() && !self.told
    }

    /// When what could not be written is tried again.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let waits = self.writing.is_none() && !self.next.is_empty();
        self.not_before.filter(|_| waits)
    }

    /// Ready when a write is done.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.written.is_some() {
            return Poll::Ready(());
        }
        match self.done.poll_recv(cx) {
            Poll::Ready(Some(written)) => {
                self.written = Some(written);
                Poll::Ready(())
            }
            _ => Poll::Pending,
        }
    }

    /// Tries now, whatever was before.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.not_before = None;
        self.begin(now);
    }

    /// Writes no more: the file is closed when this returns.
    pub(super) fn end(&mut self) {
        if let Some((ops, thread)) = self.thread.take() {
            drop(ops);
            let _ = thread.join(); // one that panicked has closed it, too
        }
    }

    fn take_done(&mut self) -> Option<(Vec<Op>, Result<(), StoreError>)> {
        self.written.take().or_else(|| self.done.try_recv().ok())
    }

    fn add(&mut self, batch: Batch) {
        self.next.ops.extend(batch.ops);
        self.next.effects.extend(batch.effects);
        self.next.accepting.extend(batch.accepting);
    }

    fn begin(&mut self, now: Instant) {
        let due = self.not_before.is_none_or(|until| until <= now);
        if self.writing.is_some() || self.next.is_empty() || !due {
            return;
        }
        let Some((thread, _)) = &self.thread else {
            return;
        };
        self.not_before = None;
        let mut batch = std::mem::take(&mut self.next);
        let ops = std::mem::take(&mut batch.ops);
        self.writing = Some(batch);
        // A thread that is gone has panicked; then nothing is ever done.
        let _ = thread.send(ops);
    }
}

impl Service {
    /// Does what the machine wants: writes down what must be, and what needs no
    /// writing at once.
    pub(super) fn carry_out(&mut self, now: Now) {
        loop {
            let mut batch = self.machine.take_batch();
            if batch.is_empty() {
                self.machine.reuse(batch);
                break;
            }
            if self.commits.thread.is_some() {
                self.carry_out_durably(now, batch);
                continue;
            }
            if !batch.ops.is_empty()
                && let Err(error) = self.store.commit(&batch.ops)
            {
                report::warn(&format!("the task queue: {error}"));
            }
            self.machine.committed(now, &batch.accepting);
            self.carry_out_effects(now, batch.effects.drain(..));
            self.machine.reuse(batch);
        }
        self.commits.begin(now.at);
    }

    /// What tells somebody something waits until that is on disk, and in its
    /// order; what keeps the workers at work does not.
    fn carry_out_durably(&mut self, now: Now, mut batch: Batch) {
        let (later, at_once) = std::mem::take(&mut batch.effects)
            .into_iter()
            .partition(Effect::tells);
        batch.effects = later;
        self.carry_out_effects(now, at_once);
        if batch.ops.is_empty() && batch.accepting.is_empty() && self.commits.is_idle() {
            self.carry_out_effects(now, batch.effects);
        } else if !batch.is_empty() {
            self.commits.add(batch);
        }
    }

    /// Looks at what has been written. False if it could not be.
    pub(super) fn commits_done(&mut self, now: Now) -> bool {
        let mut well = true;
        while let Some((ops, result)) = self.commits.take_done() {
            let Some(batch) = self.commits.writing.take() else {
                continue;
            };
            match result {
                Ok(()) => {
                    self.commits.told = false;
                    self.machine.committed(now, &batch.accepting);
                    self.carry_out_effects(now, batch.effects);
                }
                Err(error) => {
                    well = false;
                    self.not_written(now, ops, batch, &error);
                }
            }
            self.commits.begin(now.at);
        }
        well
    }

    /// Nothing of it was written: new tasks are refused; everything else must
    /// be written some time, and is tried again.
    fn not_written(&mut self, now: Now, ops: Vec<Op>, batch: Batch, error: &StoreError) {
        if !std::mem::replace(&mut self.commits.told, true) {
            report::warn(&format!(
                "the task queue takes no tasks, and tries again: {error}"
            ));
        }
        let revoked = self.machine.revoke(&batch.accepting);
        let is_new = |op: &Op| matches!(op, Op::Insert { .. } | Op::Replay { .. });
        let (mut later, mut effects) = (Vec::new(), Vec::new());
        later.extend(ops.into_iter().filter(|op| !is_new(op)));
        for effect in batch.effects {
            match effect {
                Effect::Accepted {
                    watcher, request, ..
                }
                | Effect::Reply {
                    watcher, request, ..
                } => self.refuse(watcher, request, error.to_string()),
                effect => effects.push(effect),
            }
        }
        // Who was told that a task is the same as one of these is told now.
        let same_as_revoked = |same: &[(TaskId, TaskId)]| {
            let mut real = same.iter().map(|(_, real)| real);
            real.any(|real| revoked.contains(real))
        };
        for effect in std::mem::take(&mut self.commits.next.effects) {
            match effect {
                Effect::Accepted {
                    watcher,
                    request,
                    same,
                } if same_as_revoked(&same) => self.refuse(watcher, request, error.to_string()),
                effect => effects.push(effect),
            }
        }
        // In the order in which it was decided.
        let next = &mut self.commits.next;
        later.append(&mut next.ops);
        (next.ops, next.effects) = (later, effects);
        self.commits.not_before = Some(now.at + TRY_AGAIN);
    }
}
