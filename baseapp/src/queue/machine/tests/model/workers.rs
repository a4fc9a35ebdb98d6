//! What workers do.

use std::time::Duration;

use super::{
    super::{super::Lease, DONE, Outcome, TaskState, failed, id, world::number},
    events::{How, millis},
    reference::End,
    run::Run,
};
use crate::{id::WorkerId, task::DeadReason};

impl Run {
    pub(super) fn settle(&mut self, worker: u32, at: usize, how: How) {
        let now = self.now();
        let has = self.w.workers.get(&worker);
        let Some(delivery) = has.and_then(|hands| hands.tasks.get(at)) else {
            return;
        };
        let number = number(delivery.id);
        let outcome = match how {
            How::Done => DONE,
            How::Failed => failed(),
            How::Rejected => Outcome::Rejected("no".into()),
            How::Snoozed(span) => Outcome::Snoozed(millis(span)),
            How::NoHandler => Outcome::NoHandler,
            How::NotRun => Outcome::NotRun,
        };
        assert!(self.w.settle(worker, at, outcome), "{worker} has {number}");
        let Some(task) = self.r.tasks.get_mut(&number) else {
            panic!("{number} is not known");
        };
        assert_eq!(task.holder, Some(worker));
        task.suspect &= matches!(how, How::NotRun);
        match how {
            How::Done => self.r.end(now, number, End::Done),
            _ if task.cancelled => self.r.end(now, number, End::Cancelled),
            How::Failed => {
                if self.r.charge(now, number) {
                    self.learn_pause(number);
                }
            }
            How::Rejected => self.r.end(now, number, End::Dead(DeadReason::Rejected)),
            How::NoHandler => self.r.end(now, number, End::Dead(DeadReason::NoHandler)),
            How::Snoozed(span) => {
                task.tried = true;
                self.r.again(now, number, Some(now + millis(span)));
            }
            How::NotRun => {
                self.r.again(now, number, None);
            }
        }
    }

    /// Retries have pauses by chance, within limits.
    pub(super) fn learn_pause(&mut self, number: u16) {
        let Some(task) = self.r.tasks.get_mut(&number) else {
            return;
        };
        let state = self.w.machine.state(self.w.now(), id(number));
        let Some(TaskState::Delayed(pause)) = state else {
            panic!("{number} is {state:?}");
        };
        let longest = Duration::from_millis(100 << (task.attempts - 1));
        assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
        task.due = Some(self.w.passed + pause);
    }

    pub(super) fn stale(&mut self, at: usize, lease: Lease) {
        let Some(worker) = self.worker(at) else {
            return;
        };
        let hands = &self.w.workers[&worker];
        let pool = hands.pool;
        let members = &self.w.machine.pools[usize::from(pool)].members;
        let held = members.iter().filter(|m| m.worker.0 == worker);
        let mut held = held.flat_map(|member| &member.held);
        if held.all(|held| held.lease != lease) {
            let (now, worker) = (self.w.now(), WorkerId(worker));
            assert!(!self.w.machine.settle(now, pool, worker, lease, DONE));
        }
    }

    pub(super) fn gone(&mut self, worker: u32, in_order: bool) {
        let now = self.now();
        let pool = usize::from(self.w.workers[&worker].pool);
        let members = &self.w.machine.pools[pool].members;
        let Some(member) = members.iter().find(|member| member.worker.0 == worker) else {
            return self.w.gone(worker, in_order); // retired, and not told so yet
        };
        let number = |key| self.w.machine.tasks.get(key).map(|task| number(task.id));
        let held = member.held.iter();
        let mut held: Vec<u16> = held.filter_map(|held| number(held.task)).collect();
        let first = member.held.front().map(|held| held.lease);
        let killed_for = member.killed_for.map(|(lease, _)| lease);
        self.w.gone(worker, in_order);
        if killed_for.is_some() && killed_for == first {
            let number = held.remove(0);
            if self.r.tasks[&number].cancelled {
                self.r.end(now, number, End::Cancelled);
            } else if self.r.charge(now, number) {
                self.learn_pause(number);
            }
        } else if killed_for.is_none() && !in_order && held.len() == 1 {
            self.r.kill(now, held.remove(0));
        } else if killed_for.is_none() && !in_order {
            for number in &held {
                if let Some(task) = self.r.tasks.get_mut(number) {
                    task.suspect = true;
                }
            }
        }
        for number in held {
            if self.r.tasks[&number].cancelled {
                self.r.end(now, number, End::Cancelled);
            } else {
                self.r.again(now, number, None);
            }
        }
    }
}
