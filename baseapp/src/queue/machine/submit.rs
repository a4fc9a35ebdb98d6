//! Accepting tasks.

use std::time::{Duration, Instant};

use super::{
    Machine, Now, TaskKey, Unique, Watcher,
    alarms::Alarm,
    settle::Turn,
    tasks::{Extras, Place, Task, later},
};
use crate::{
    queue::store::{Op, Seq},
    task::{Key, Limits, SmallBytes, TaskId},
};

/// Payloads of waiting tasks that are in memory although the store has them:
/// 64 MiB.
const PAYLOAD_CACHE: usize = 64 << 20;

/// A task that somebody submits.
#[derive(Clone, Debug)]
pub(crate) struct NewTask {
    pub(crate) id: TaskId,
    pub(crate) route: u16,
    pub(crate) limits: Limits,
    pub(crate) delay: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) key: Option<Key>,
    pub(crate) unique: Option<(Key, Option<Duration>)>,
    pub(crate) payload: SmallBytes,
}

/// Why tasks are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no room now.
    Full,
    /// There never is so much room.
    TooMany { capacity: usize },
    /// There is no such pool.
    NoSuchPool,
}

impl Machine {
    /// Accepts tasks, all or none; those that are the same as another one are
    /// that one: pairs of the id that was wanted and the id that it is.
    ///
    /// `child`: a task of that pool submits them. It may go beyond the
    /// capacity, up to twice of it, or a pool would wait for itself.
    pub(crate) fn submit(
        &mut self,
        now: Now,
        pool: u16,
        tasks: &mut Vec<NewTask>,
        watcher: Option<Watcher>,
        child: bool,
    ) -> Result<Vec<(TaskId, TaskId)>, Refusal> {
        let Some(state) = self.pools.get(usize::from(pool)) else {
            return Err(Refusal::NoSuchPool);
        };
        let capacity = state.spec.capacity;
        let room = capacity.saturating_mul(if child { 2 } else { 1 });
        if tasks.len() > room {
            return Err(Refusal::TooMany { capacity });
        }
        let room = room.saturating_sub(state.counts.open());
        // Those that are there already need none.
        let is_new = |task: &&NewTask| self.already(now, pool, task).is_none();
        if tasks.len() > room && tasks.iter().filter(is_new).count() > room {
            return Err(Refusal::Full);
        }
        let mut same = Vec::new();
        for task in tasks.drain(..) {
            match self.already(now, pool, &task) {
                Some(id) => {
                    same.push((task.id, id));
                    self.watch(id, watcher);
                }
                None => self.accept(now, pool, task, watcher),
            }
        }
        Ok(same)
    }

    /// A task that is the same as this one.
    fn already(&self, now: Now, pool: u16, task: &NewTask) -> Option<TaskId> {
        if self.tasks.find(task.id).is_some() {
            return Some(task.id); // submitted twice
        }
        let (key, _) = task.unique?;
        let unique = self.uniques.get(&(pool, key))?;
        let recent = unique.until.is_some_and(|until| until > now.at);
        (recent || self.tasks.find(unique.id).is_some()).then_some(unique.id)
    }

    fn accept(&mut self, now: Now, pool: u16, new: NewTask, watcher: Option<Watcher>) {
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        let after = |span| later(now.at, span);
        let plain = new.delay.is_none()
            && new.deadline.is_none()
            && new.key.is_none()
            && new.unique.is_none();
        let extras = || Extras {
            due: new.delay.map(after),
            deadline: new.deadline.map(after),
            key: new.key,
            unique: new.unique.map(|(key, window)| (key, window.map(after))),
            ..Extras::default()
        };
        let extras = (!plain).then(|| Box::new(extras()));
        let task = Task {
            seq,
            id: new.id,
            pool,
            route: Some(new.route),
            place: Place::Accepting,
            limits: new.limits.into(),
            accepted: now.wall,
            deliveries: 0,
            attempts: 0,
            deaths: 0,
            suspect: false,
            cancelled: false,
            retrying: false,
            payload: Some(new.payload),
            watcher,
            extras,
        };
        if self.durable {
            let record = Box::new(self.record(now, &task));
            let payload = task.payload.clone().unwrap_or_default();
            self.batch.ops.push(Op::Insert {
                seq,
                record,
                payload,
            });
        }
        let key = self.admit(task);
        if self.durable {
            self.batch.accepting.push(key);
        } else {
            self.begin(now, key);
        }
    }

    /// Takes a task into the books.
    pub(super) fn admit(&mut self, task: Task) -> TaskKey {
        let (id, pool) = (task.id, task.pool);
        let unique = task.extras.as_ref().and_then(|extras| extras.unique);
        if let Some((key, until)) = unique {
            let alarm = Alarm::Unique(pool, key);
            let before = self.uniques.insert((pool, key), Unique { id, until });
            // Its window is over, and the alarm has not rung yet.
            if let Some(over) = before.and_then(|before| before.until) {
                self.alarms.unset(over, alarm);
            }
            if let Some(until) = until {
                self.alarms.set(until, alarm);
            }
        }
        self.payload_bytes += task.payload.as_ref().map_or(0, |payload| payload.len());
        self.pools[usize::from(pool)].count(&task);
        let deadline = task.deadline();
        let key = self.tasks.insert(task);
        if let Some(deadline) = deadline {
            self.alarms.set(deadline, Alarm::Deadline(key));
        }
        key
    }

    /// Tasks are written down: from now on they are the queue's.
    pub(crate) fn committed(&mut self, now: Now, accepted: &[TaskKey]) {
        for key in accepted {
            self.trim(*key);
            self.begin(now, *key);
        }
    }

    /// Tasks could not be written down, and were never accepted.
    pub(crate) fn revoke(&mut self, tasks: &[TaskKey]) -> Vec<TaskId> {
        let mut revoked = Vec::with_capacity(tasks.len());
        for key in tasks {
            if let Some(task) = self.take_out(*key) {
                self.release_unique(&task, None);
                revoked.push(task.id);
            }
        }
        revoked
    }

    /// A task has been accepted: it waits for its time, or for a worker.
    pub(super) fn begin(&mut self, now: Now, key: TaskKey) {
        let Some(task) = self.tasks.get(key) else {
            return;
        };
        let due = task.due();
        if task.cancelled {
            self.cancel_now(now, key);
        } else if self.expired(now, key) {
            // It took so long to write it down.
        } else if let Some(due) = due.filter(|due| *due > now.at) {
            self.delay(key, due, false);
        } else {
            self.ready(key, Turn::Last);
        }
    }

    /// Tells how a task ends, over that connection. False if it is not known.
    pub(crate) fn watch(&mut self, id: TaskId, watcher: Option<Watcher>) -> bool {
        let Some(key) = self.tasks.find(id) else {
            return false;
        };
        if let (Some(task), Some(watcher)) = (self.tasks.get_mut(key), watcher) {
            task.watch(watcher, |watcher| self.watching.contains(watcher));
            self.tell_kept(key);
        }
        true
    }

    /// It waits for its time; `retrying` because it has failed.
    pub(super) fn delay(&mut self, key: TaskKey, due: Instant, retrying: bool) {
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        task.retrying = retrying;
        task.extras().due = Some(due);
        self.alarms.set(due, Alarm::Due(task.seq, key));
        self.set_place(key, Place::Delayed);
    }

    /// Payloads in memory are a cache if the store has them: a small one.
    fn trim(&mut self, key: TaskKey) {
        let (durable, held) = (self.durable, self.payload_bytes);
        let task = self.tasks.get_mut(key);
        if let Some(task) = task.filter(|_| durable && held > PAYLOAD_CACHE)
            && let Some(payload) = task.payload.take()
        {
            self.payload_bytes -= payload.len();
        }
    }
}
