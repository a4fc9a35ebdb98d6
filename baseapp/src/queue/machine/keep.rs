//! What is written down, and what was kept of an earlier run.

use std::time::{Duration, Instant};

use super::{
    Machine, Now,
    alarms::Alarm,
    tasks::{Task, later},
};
use crate::{
    queue::store::{Op, Record, Seq, renewed},
    task::SmallBytes,
};

impl Machine {
    /// Takes over what an earlier run has left. `place` tells the pool of that
    /// name and the route of that message; tasks of pools that are no more are
    /// left where they are, and counted by name.
    pub(crate) fn restore(
        &mut self,
        now: Now,
        tasks: Vec<(Seq, Record)>,
        next: u64,
        place: impl Fn(&Record) -> Option<(u16, Option<u16>)>,
    ) -> Vec<(String, usize)> {
        self.next_seq = self.next_seq.max(next);
        let mut keys = Vec::with_capacity(tasks.len());
        let mut homeless: Vec<(String, usize)> = Vec::new();
        for (seq, record) in tasks {
            let Some((pool, route)) = place(&record) else {
                match homeless.iter_mut().find(|(name, _)| *name == record.pool) {
                    Some((_, count)) => *count += 1,
                    None => homeless.push((record.pool, 1)),
                }
                continue;
            };
            let task = Task::from_record(now, seq, record, pool, route);
            let had_its_turn = task.key().filter(|_| task.deliveries > 0);
            let key = self.admit(task);
            // It is tried again before others of its key have their turn.
            if let Some(of) = had_its_turn {
                self.chains.enter_first(pool, of, key);
            }
            keys.push(key);
        }
        for key in keys {
            self.begin(now, key);
        }
        // It is not known what else was kept, and until when.
        let retention = self.pools.iter().map(|pool| pool.spec.retention).max();
        self.keep_until(later(now.at, retention.unwrap_or_default()));
        homeless
    }

    /// A dead letter is to be tried again, as if it were new.
    pub(crate) fn replay(
        &mut self,
        now: Now,
        seq: Seq,
        record: Record,
        (pool, route): (u16, Option<u16>),
        payload: Option<SmallBytes>,
    ) {
        if self.tasks.find(record.id).is_some() {
            return; // it is being replayed already
        }
        let record = renewed(record);
        let mut task = Task::from_record(now, seq, record.clone(), pool, route);
        task.payload = payload.filter(|_| !self.durable);
        let key = self.admit(task);
        let record = Box::new(record);
        self.batch.ops.push(Op::Replay { seq, record });
        self.batch.accepting.push(key);
    }

    pub(super) fn record(&self, now: Now, task: &Task) -> Record {
        let pool = &self.pools[usize::from(task.pool)].spec.name;
        let message = task
            .route
            .and_then(|route| self.messages.get(usize::from(route)));
        task.record(now, pool, message.copied())
    }

    /// An outcome is kept until then.
    pub(super) fn keep_until(&mut self, until: Instant) {
        self.kept_until = self.kept_until.max(Some(until));
        if self.expire_at.is_none_or(|at| at > until) {
            self.alarms
                .put(&mut self.expire_at, Some(until), Alarm::Expire);
        }
    }

    /// It is time to forget outcomes.
    pub(super) fn expire(&mut self, now: Now) {
        /// Not looked through more often.
        const SELDOM: Duration = Duration::from_secs(1);

        self.batch.ops.push(Op::Expire { now: now.wall });
        self.kept_until = self.kept_until.filter(|until| *until > now.at);
        let retention = self.pools.iter().map(|pool| pool.spec.retention).min();
        let again = later(now.at, retention.unwrap_or_default().max(SELDOM));
        self.expire_at = self.kept_until.map(|until| until.min(again));
        if let Some(at) = self.expire_at {
            self.alarms.set(at, Alarm::Expire);
        }
    }
}
