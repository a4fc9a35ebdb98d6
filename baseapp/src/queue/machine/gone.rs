//! Workers that are gone, and what becomes of their tasks.

use std::time::Duration;

use super::{Machine, Now, TaskKey, alarms::Alarm, pools::Why, settle::Pause};
use crate::{id::WorkerId, task::DeadReason};

/// Workers that may die of a task.
const DEATHS: u32 = 3;
/// A worker that lived so long has come up, whatever it dies of.
const BOOT: Duration = Duration::from_millis(500);

impl Machine {
    /// A worker is gone, and with it the leases that it had.
    pub(crate) fn gone(
        &mut self,
        now: Now,
        pool: u16,
        worker: WorkerId,
        how: &str,
        in_order: bool,
    ) {
        let Some(state) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        let member = state.members.iter().position(|m| m.worker == worker);
        let Some(member) = member.map(|at| state.members.remove(at)) else {
            return; // it had been retired
        };
        if let Some(at) = member.rings {
            self.alarms.unset(at, Alarm::Hand(pool, worker));
        }
        let mut held = member.held;
        let young = now.at.saturating_duration_since(member.joined) < BOOT;
        // One that leaves by itself, and has done nothing, is no better.
        let failed = !in_order || !self.closing;
        if failed && member.done == 0 && member.killed_for.is_none() {
            self.failed(now, pool, young && held.is_empty(), how);
        }
        match (member.killed_for, held.front().copied()) {
            // It was killed, and that is nobody's fault but this one's.
            (Some((lease, why)), Some(first)) if first.lease == lease => {
                held.pop_front();
                self.killed_for(now, first.task, why);
            }
            (None, Some(only)) if held.len() == 1 && !in_order => {
                held.clear();
                self.died_of(now, only.task, how);
            }
            (None, Some(_)) if !in_order => {
                for held in &held {
                    if let Some(task) = self.tasks.get_mut(held.task) {
                        task.suspect = true;
                    }
                }
            }
            _ => {}
        }
        // Back to where they came from, in their order.
        for held in held.iter().rev() {
            if self.tasks.get(held.task).is_some_and(|task| task.cancelled) {
                self.cancel_now(now, held.task);
            } else {
                self.again(now, held.task, Pause::None);
            }
        }
    }

    /// A worker was killed because of a task.
    fn killed_for(&mut self, now: Now, key: TaskKey, why: Why) {
        let cancelled = self.tasks.get(key).is_some_and(|task| task.cancelled);
        match why {
            Why::Timeout if !cancelled => {
                let error = "it took longer than its timeout, and its worker was killed";
                self.attempt_failed(now, key, error.to_owned(), true);
            }
            Why::Timeout | Why::Cancelled => self.cancel_now(now, key),
        }
    }

    /// A worker died with this task, and no other, in its hands.
    fn died_of(&mut self, now: Now, key: TaskKey, how: &str) {
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        task.deaths += 1;
        task.suspect = true;
        let error = format!("its worker died: {how}");
        if task.cancelled {
            self.cancel_now(now, key);
        } else if task.deaths >= DEATHS {
            task.attempts += 1;
            self.bury(now, key, DeadReason::Poison, error);
        } else {
            self.attempt_failed(now, key, error, false);
        }
    }
}
