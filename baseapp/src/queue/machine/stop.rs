//! Alarms, and the end.

use std::collections::hash_map::Entry;

use super::{
    Machine, Now,
    alarms::Alarm,
    settle::Turn,
    tasks::{Place, Task},
};

impl Machine {
    /// Does what is due.
    pub(crate) fn ring(&mut self, now: Now) {
        while let Some(alarm) = self.alarms.take_due(now.at) {
            match alarm {
                Alarm::Deadline(key) => {
                    let waits = |task: &Task| match task.place {
                        Place::Delayed | Place::Chained | Place::Ready => true,
                        // Looked at when it is accepted, or comes back.
                        Place::Accepting | Place::Leased { .. } => false,
                    };
                    if self.tasks.get(key).is_some_and(waits) {
                        self.expired(now, key);
                    }
                }
                Alarm::Due(_, key) => self.ready(key, Turn::Last),
                Alarm::Hand(pool, worker) => self.hand_is_late(now, pool, worker),
                Alarm::Unique(pool, key) => {
                    // If the task is still there, it is the only one until its end.
                    if let Entry::Occupied(unique) = self.uniques.entry((pool, key))
                        && self.tasks.find(unique.get().id).is_none()
                    {
                        unique.remove();
                    }
                }
                // Looked at after every turn.
                Alarm::Pool(pool) => {
                    if let Some(pool) = self.pools.get_mut(usize::from(pool)) {
                        pool.wake = None;
                    }
                }
                Alarm::Beat(id) => self.beat(now, id),
                Alarm::Expire => self.expire(now),
            }
        }
    }

    /// The app stops: what is kept for the next run is left alone, everything
    /// else is to end.
    pub(crate) fn close(&mut self) {
        if std::mem::replace(&mut self.closing, true) {
            return;
        }
        self.clear_schedules();
        for pool in 0..u16::try_from(self.pools.len()).unwrap_or(u16::MAX) {
            self.renew_no_more(pool, "the app stops");
        }
        if self.durable {
            let open: Vec<_> = self.tasks.iter().map(|(key, _)| key).collect();
            open.into_iter().for_each(|key| self.tell_kept(key));
        }
    }

    /// Nothing is left to do before the app stops. What waits for a time that
    /// somebody named does not hold it up.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pools.iter().all(|pool| {
            let runs = pool.counts.accepting + pool.counts.leased;
            if self.durable {
                runs == 0
            } else {
                pool.busy() == 0
            }
        })
    }

    /// Tasks that end with this process, by pool: nobody has kept them.
    pub(crate) fn unfinished(&self) -> Vec<(String, usize)> {
        let pools = self.pools.iter().filter(|_| !self.durable);
        pools
            .map(|pool| (pool.spec.name.to_string(), pool.counts.open()))
            .filter(|(_, open)| *open > 0)
            .collect()
    }
}
