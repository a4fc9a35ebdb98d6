//! How tasks end.

use std::{collections::hash_map::Entry, time::Instant};

use super::{
    Effect, Machine, Now, TaskKey,
    alarms::Alarm,
    pools::Why,
    settle::Turn,
    tasks::{Place, Task, later},
};
use crate::{
    queue::store::{Dead, Op},
    task::{DeadReason, Ended, SmallBytes, TaskId},
};

/// What there was to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// It had not begun, and never will.
    Now,
    /// Its handler was asked to end.
    Asked,
    /// It is not known, or has ended.
    No,
}

impl Machine {
    /// A task is done.
    pub(super) fn done(&mut self, now: Now, key: TaskKey, how: SmallBytes) {
        self.end(now, key, how, true);
    }

    fn end(&mut self, now: Now, key: TaskKey, how: SmallBytes, done: bool) {
        let Some(task) = self.take_out(key) else {
            return;
        };
        self.tell(&task, &how);
        // Whoever submits the same within the window may want to know, too.
        let window = self.release_unique(&task, done.then_some(now));
        let retention = self.pools[usize::from(task.pool)].spec.retention;
        let kept_for = window
            .map(|until| until.saturating_duration_since(now.at))
            .map_or(retention, |window| window.max(retention));
        self.keep_until(later(now.at, kept_for));
        self.batch.ops.push(Op::Finish {
            seq: task.seq,
            id: task.id,
            keep: Some((how, now.wall_after(kept_for))),
        });
    }

    /// A task is a dead letter.
    pub(super) fn bury(&mut self, now: Now, key: TaskKey, reason: DeadReason, error: String) {
        let Some(mut task) = self.take_out(key) else {
            return;
        };
        self.release_unique(&task, None);
        self.pools[usize::from(task.pool)].counts.buried += 1;
        let (id, pool) = (task.id, task.pool);
        let ended = Ended::Dead {
            reason,
            attempts: task.deliveries,
            error: error.clone(),
        };
        self.tell(&task, &ended.to_bytes());
        task.extras().error = Some(error.clone());
        let dead = Dead {
            record: self.record(now, &task),
            reason,
            died: now.wall,
        };
        self.batch.ops.push(Op::Bury {
            seq: task.seq,
            dead: Box::new(dead),
            payload: task.payload.filter(|_| !self.durable),
        });
        self.effect(Effect::Buried {
            pool,
            id,
            reason,
            error,
        });
    }

    /// Buries a task if its deadline has passed.
    pub(super) fn expired(&mut self, now: Now, key: TaskKey) -> bool {
        let task = self.tasks.get(key);
        let over = |deadline| deadline <= now.at;
        let Some(task) = task.filter(|task| task.deadline().is_some_and(over)) else {
            return false;
        };
        let last = task
            .extras
            .as_ref()
            .and_then(|extras| extras.error.as_ref());
        let error = match last {
            Some(last) => format!("its deadline has passed; before, it failed: {last}"),
            None => "its deadline passed before a worker could run it".to_owned(),
        };
        self.bury(now, key, DeadReason::Expired, error);
        true
    }

    /// Ends a task that nobody runs.
    pub(super) fn cancel_now(&mut self, now: Now, key: TaskKey) {
        if let Some(task) = self.tasks.get(key) {
            let pool = usize::from(task.pool);
            self.pools[pool].counts.cancelled += 1;
            self.end(now, key, Ended::Cancelled.to_bytes(), false);
        }
    }

    /// Somebody does not want a task any more.
    pub(crate) fn cancel(&mut self, now: Now, id: TaskId) -> Cancelled {
        let Some(key) = self.tasks.find(id) else {
            return self.cancel_schedule(id);
        };
        let Some(task) = self.tasks.get_mut(key) else {
            return Cancelled::No;
        };
        task.cancelled = true;
        let pool = task.pool;
        match task.place {
            // It is, as soon as it is accepted.
            Place::Accepting => Cancelled::Now,
            Place::Leased { worker, lease } => {
                self.ask_to_end(now, pool, worker, lease, Why::Cancelled);
                Cancelled::Asked
            }
            Place::Delayed | Place::Chained | Place::Ready => {
                self.cancel_now(now, key);
                Cancelled::Now
            }
        }
    }

    /// Takes a task from the books.
    pub(super) fn take_out(&mut self, key: TaskKey) -> Option<Task> {
        let task = self.tasks.remove(key)?;
        let pool = &mut self.pools[usize::from(task.pool)];
        pool.uncount(&task);
        self.payload_bytes -= task.payload.as_ref().map_or(0, |payload| payload.len());
        let tasks = &self.tasks;
        let is_there = |key| tasks.get(key).is_some();
        match task.place {
            Place::Ready if task.suspect => pool.suspects.retain(|other| *other != key),
            Place::Ready => {
                self.lanes[usize::from(task.pool)].tidy(pool.counts.ready, is_there);
            }
            Place::Delayed => {
                let alarm = Alarm::Due(task.seq, key);
                task.due().inspect(|due| self.alarms.unset(*due, alarm));
            }
            Place::Accepting | Place::Chained | Place::Leased { .. } => {}
        }
        if let Some(deadline) = task.deadline() {
            self.alarms.unset(deadline, Alarm::Deadline(key));
        }
        if let Some(of) = task.key() {
            let behind = task.place == Place::Chained;
            let next = self.chains.leave(task.pool, of, key, behind, is_there);
            next.inspect(|next| self.has_its_turn(*next));
        }
        Some(task)
    }

    /// The one before it in its chain has ended. What was accepted after it
    /// does not come before it for having had no key.
    fn has_its_turn(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get(key) else {
            return;
        };
        let tasks = &self.tasks;
        let lanes = &mut self.lanes[usize::from(task.pool)];
        let is_there = |key| tasks.get(key).is_some();
        let first = lanes.first(task.limits.priority, is_there);
        let first = first.and_then(|first| tasks.get(first));
        let older = first.is_some_and(|first| first.seq > task.seq);
        self.ready(key, if older { Turn::First } else { Turn::Last });
    }

    /// Others may be like this task from now on; if it is done, when its
    /// window is over. Until then, if that is later.
    pub(super) fn release_unique(&mut self, task: &Task, done: Option<Now>) -> Option<Instant> {
        let (key, until) = task.extras.as_ref().and_then(|extras| extras.unique)?;
        let window = until.filter(|until| done.is_some_and(|now| *until > now.at));
        if let Entry::Occupied(entry) = self.uniques.entry((task.pool, key))
            && entry.get().id == task.id
            && window.is_none()
        {
            entry.remove();
            let alarm = Alarm::Unique(task.pool, key);
            until.inspect(|until| self.alarms.unset(*until, alarm));
        }
        window
    }

    /// Tells everyone who watches.
    fn tell(&mut self, task: &Task, how: &SmallBytes) {
        for watcher in task.watchers() {
            if self.watching.contains(&watcher) {
                self.batch.effects.push(Effect::Ended {
                    watcher,
                    id: task.id,
                    how: how.clone(),
                });
            }
        }
    }

    /// The app stops, and this task waits: whoever watches it hears that it is
    /// kept, and need not wait.
    pub(super) fn tell_kept(&mut self, key: TaskKey) {
        if !(self.closing && self.durable) {
            return;
        }
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        if matches!(task.place, Place::Accepting | Place::Leased { .. }) {
            return;
        }
        let (id, how) = (task.id, Ended::Kept.to_bytes());
        for watcher in task.take_watchers() {
            if self.watching.contains(&watcher) {
                let how = how.clone();
                self.effect(Effect::Ended { watcher, id, how });
            }
        }
    }

    pub(super) fn set_place(&mut self, key: TaskKey, place: Place) {
        if let Some(task) = self.tasks.get_mut(key) {
            let pool = &mut self.pools[usize::from(task.pool)];
            pool.uncount(task);
            task.place = place;
            pool.count(task);
            self.tell_kept(key);
        }
    }
}
