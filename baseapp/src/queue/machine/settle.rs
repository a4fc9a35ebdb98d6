//! What workers say of their tasks, and which of them are tried again.

use std::time::Duration;

use super::{
    Lease, Machine, Now, TaskKey,
    pools::Held,
    retry::backoff,
    tasks::{Place, later},
};
use crate::{
    id::WorkerId,
    queue::store::Op,
    task::{DeadReason, Limits, Outcome},
};

impl Machine {
    /// A worker has ended a task. False if it did not have it.
    pub(crate) fn settle(
        &mut self,
        now: Now,
        pool: u16,
        worker: WorkerId,
        lease: Lease,
        outcome: Outcome,
    ) -> bool {
        let Some(held) = self.give_back(now, pool, worker, lease) else {
            return false;
        };
        let key = held.task;
        let Some(task) = self.tasks.get_mut(key) else {
            return false;
        };
        // It ran, and its worker lives.
        task.suspect &= outcome == Outcome::NotRun;
        let cancelled = task.cancelled;
        match outcome {
            Outcome::Done(how) => {
                let state = &mut self.pools[usize::from(pool)];
                state.failures = 0;
                state.counts.done += 1;
                self.done(now, key, how);
            }
            _ if cancelled => self.cancel_now(now, key),
            Outcome::NotRun => self.again(now, key, Pause::None),
            Outcome::Failed(error) => self.attempt_failed(now, key, error, true),
            Outcome::Rejected(error) => self.bury(now, key, DeadReason::Rejected, error),
            Outcome::NoHandler => {
                let error = "its worker has no handler for the message";
                self.bury(now, key, DeadReason::NoHandler, error.to_owned());
            }
            Outcome::Snoozed(span) => {
                self.again(now, key, Pause::Snooze(span));
                self.write_down(now, key);
            }
        }
        true
    }

    /// Takes a task out of a worker's hands.
    fn give_back(&mut self, now: Now, pool: u16, worker: WorkerId, lease: Lease) -> Option<Held> {
        let state = self.pools.get_mut(usize::from(pool))?;
        let member = state.member(worker)?;
        let at = member.held.iter().position(|held| held.lease == lease)?;
        let held = member.held.remove(at)?;
        member.done += 1;
        member.alone = false;
        member.idle_since = now.at;
        if at == 0 {
            self.in_hand(now, pool, worker);
        }
        Some(held)
    }

    pub(super) fn attempt_failed(&mut self, now: Now, key: TaskKey, error: String, pause: bool) {
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        task.attempts += 1;
        let (limits, attempts) = (Limits::from(task.limits), task.attempts);
        if attempts >= limits.attempts {
            return self.bury(now, key, DeadReason::Exhausted, error);
        }
        let backoff = backoff(limits.backoff, attempts, task.id);
        task.extras().error = Some(error);
        let pool = usize::from(task.pool);
        self.pools[pool].counts.retried += 1;
        let pause = if pause {
            Pause::Backoff(backoff)
        } else {
            Pause::None
        };
        self.again(now, key, pause);
        self.write_down(now, key);
    }

    /// A task that a worker had is to be tried again.
    pub(super) fn again(&mut self, now: Now, key: TaskKey, pause: Pause) {
        if self.expired(now, key) {
            return;
        }
        match pause {
            Pause::None => self.ready(key, Turn::First),
            Pause::Backoff(span) => self.delay(key, later(now.at, span), true),
            Pause::Snooze(span) => self.delay(key, later(now.at, span), false),
        }
    }

    /// A task that waits has changed.
    fn write_down(&mut self, now: Now, key: TaskKey) {
        if let Some(task) = self.tasks.get(key).filter(|_| self.durable) {
            let (seq, record) = (task.seq, Box::new(self.record(now, task)));
            self.batch.ops.push(Op::Update { seq, record });
        }
    }

    /// It may run, if no other of its key comes first.
    pub(super) fn ready(&mut self, key: TaskKey, turn: Turn) {
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        if let Some(extras) = &mut task.extras {
            extras.due = None;
        }
        let (pool, priority, suspect) = (task.pool, task.limits.priority, task.suspect);
        if let Some(of) = task.key()
            && !self.chains.enter(pool, of, key)
        {
            return self.set_place(key, Place::Chained);
        }
        self.set_place(key, Place::Ready);
        let lanes = &mut self.lanes[usize::from(pool)];
        let suspects = &mut self.pools[usize::from(pool)].suspects;
        match (suspect, turn) {
            (true, Turn::First) => suspects.push_front(key),
            (true, Turn::Last) => suspects.push_back(key),
            (false, Turn::First) => lanes.push_front(priority, key),
            (false, Turn::Last) => lanes.push(priority, key),
        }
    }
}

/// Before the next attempt.
pub(super) enum Pause {
    None,
    Backoff(Duration),
    Snooze(Duration),
}

/// When a task has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Before those that wait already: it had it, or is older.
    First,
    Last,
}
