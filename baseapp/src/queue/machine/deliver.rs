//! Giving tasks to workers.

use super::{
    Delivery, Effect, Lease, Machine, Now, TaskKey,
    pools::{Member, Pool},
    tasks::Place,
};
use crate::{
    id::WorkerId,
    task::{DeadReason, Key},
};

impl Machine {
    /// Gives tasks that wait to workers that have room.
    pub(crate) fn deliver(&mut self, now: Now) {
        if self.closing && self.durable {
            return; // they are kept for the next run
        }
        for index in 0..self.pools.len() {
            self.deliver_suspects(now, index);
            while let Some(at) = self.pools[index].least_busy() {
                let tasks = &self.tasks;
                let is_there = |key| tasks.get(key).is_some();
                let Some(key) = self.lanes[index].pop(is_there) else {
                    break;
                };
                if self.is_over(now, key) {
                    continue;
                }
                let of = self.tasks.get(key).and_then(|task| task.key());
                let preferred = of.and_then(|of| self.pools[index].preferred(of));
                self.give(now, index, preferred.unwrap_or(at), key);
            }
        }
    }

    /// Each to a worker that has nothing else.
    fn deliver_suspects(&mut self, now: Now, index: usize) {
        while let Some(key) = self.pools[index].suspects.front().copied() {
            let pool = &mut self.pools[index];
            let Some(at) = pool.members.iter().position(Member::is_free) else {
                pool.reserve();
                return;
            };
            pool.suspects.pop_front();
            if self.is_over(now, key) {
                continue;
            }
            let member = &mut self.pools[index].members[at];
            (member.reserved, member.alone) = (false, true);
            self.give(now, index, at, key);
        }
        for member in &mut self.pools[index].members {
            member.reserved = false;
        }
    }

    /// It is too late for a task, or nobody can do it: buried.
    fn is_over(&mut self, now: Now, key: TaskKey) -> bool {
        if self.expired(now, key) {
            return true;
        }
        let Some(task) = self.tasks.get(key) else {
            return true;
        };
        if task.route.is_none() {
            let error = "no worker of the pool handles its message in this build";
            self.bury(now, key, DeadReason::NoHandler, error.to_owned());
            return true;
        }
        false
    }

    fn give(&mut self, now: Now, index: usize, at: usize, key: TaskKey) {
        let durable = self.durable;
        let lease = Lease(self.next_lease);
        self.next_lease += 1;
        let worker = self.pools[index].members[at].worker;
        self.set_place(key, Place::Leased { worker, lease });
        let Some(task) = self.tasks.get_mut(key) else {
            return;
        };
        task.deliveries += 1;
        let payload = if durable {
            task.payload.take()
        } else {
            task.payload.clone()
        };
        let delivery = Delivery {
            worker,
            lease,
            id: task.id,
            seq: task.seq,
            route: task.route.unwrap_or(u16::MAX),
            attempt: task.deliveries,
            deadline: task.deadline(),
            payload,
        };
        if durable {
            self.payload_bytes -= delivery.payload.as_ref().map_or(0, |payload| payload.len());
        }
        let pool = &mut self.pools[index];
        let max_tasks = pool.spec.max_tasks;
        let member = &mut pool.members[at];
        member.give(lease, key, max_tasks);
        let first = member.held.len() == 1;
        self.effect(Effect::Deliver(delivery));
        if first {
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            self.in_hand(now, number, worker);
        }
    }
}

impl Pool {
    /// The member to give a task to, if one has room: that which has the least
    /// to do.
    fn least_busy(&self) -> Option<usize> {
        let at_a_time = self.at_a_time();
        let free = self.members.iter().enumerate();
        let free = free.filter(|(_, member)| member.room(at_a_time) > 0);
        free.min_by_key(|(_, member)| member.held.len())
            .map(|(at, _)| at)
    }

    /// The member for tasks of that key, if it has room.
    fn preferred(&self, key: Key) -> Option<usize> {
        // The highest of the hashes of key and member: it hardly changes when
        // members come and go.
        let staying = self.members.iter().enumerate();
        let staying = staying.filter(|(_, member)| member.stays());
        let (at, preferred) = staying.max_by_key(|(_, member)| mixed(key, member.worker))?;
        (preferred.room(self.at_a_time()) > 0).then_some(at)
    }

    /// Lets one member become free.
    fn reserve(&mut self) {
        for member in &mut self.members {
            member.reserved &= member.stays();
        }
        if self.members.iter().any(|member| member.reserved) {
            return;
        }
        let staying = self.members.iter_mut().filter(|member| member.stays());
        if let Some(member) = staying.min_by_key(|member| member.held.len()) {
            member.reserved = true;
        }
    }
}

/// A hash of both, by the finalizer of MurmurHash3.
fn mixed(key: Key, worker: WorkerId) -> u64 {
    let mut hash = (key.0 as u64) ^ (key.0 >> 64) as u64;
    hash ^= u64::from(worker.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ hash >> 33).wrapping_mul(factor);
    }
    hash ^ hash >> 33
}
