//! What workers have in hand, and for how long they may.

use std::time::Duration;

use super::{
    Effect, Lease, Machine, Now,
    alarms::Alarm,
    pools::{Member, Why},
    tasks::later,
};
use crate::id::WorkerId;

impl Machine {
    /// A handler wants more time: as much from now on, instead of what is left.
    pub(crate) fn extend(
        &mut self,
        now: Now,
        pool: u16,
        worker: WorkerId,
        lease: Lease,
        by: Duration,
    ) {
        let state = self.pools.get_mut(usize::from(pool));
        let Some(member) = state.and_then(|state| state.member(worker)) else {
            return;
        };
        let in_hand = member.held.front();
        let in_hand = in_hand.filter(|held| held.lease == lease && held.asked.is_none());
        // What may last for ever needs no more time.
        if in_hand.is_some() && member.rings.is_some() {
            let alarm = Alarm::Hand(pool, worker);
            let at = Some(later(now.at, by));
            self.alarms.put(&mut member.rings, at, alarm);
        }
    }

    /// A worker begins with the first of its tasks, as far as can be known from
    /// here: it has ended all that came before. Its time runs from now on.
    pub(super) fn in_hand(&mut self, now: Now, pool: u16, worker: WorkerId) {
        let Some(state) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        let grace = state.spec.grace;
        let Some(member) = state.member(worker) else {
            return;
        };
        let first = member.held.front().copied();
        let span = match first {
            Some(held) if held.asked.is_some() => Some(grace),
            Some(held) => {
                let task = self.tasks.get(held.task);
                task.and_then(|task| task.limits.timeout())
            }
            None => None,
        };
        let at = span.map(|span| later(now.at, span));
        let alarm = Alarm::Hand(pool, worker);
        self.alarms.put(&mut member.rings, at, alarm);
    }

    fn member(&mut self, pool: u16, worker: WorkerId) -> Option<&mut Member> {
        self.pools.get_mut(usize::from(pool))?.member(worker)
    }

    /// What a worker has in hand has lasted as long as it may; or its handler
    /// was asked to end, and did not.
    pub(super) fn hand_is_late(&mut self, now: Now, pool: u16, worker: WorkerId) {
        let Some(member) = self.member(pool, worker) else {
            return;
        };
        member.rings = None;
        let Some(held) = member.held.front().copied() else {
            return;
        };
        match held.asked {
            None => self.ask_to_end(now, pool, worker, held.lease, Why::Timeout),
            Some(why) if member.killed_for.is_none() => {
                member.killed_for = Some((held.lease, why));
                self.effect(Effect::Kill { worker });
            }
            Some(_) => {}
        }
    }

    /// A worker that should have been killed lives on: it ends its task when it
    /// does.
    pub(crate) fn spared(&mut self, worker: WorkerId) {
        let members = self.pools.iter_mut().flat_map(|pool| &mut pool.members);
        for member in members.filter(|member| member.worker == worker) {
            member.killed_for = None;
        }
    }

    /// Asks a handler to end; it is killed if it does not.
    pub(super) fn ask_to_end(
        &mut self,
        now: Now,
        pool: u16,
        worker: WorkerId,
        lease: Lease,
        why: Why,
    ) {
        let Some(member) = self.member(pool, worker) else {
            return;
        };
        let mut held = member.held.iter_mut().enumerate();
        let Some((at, held)) = held.find(|(_, held)| held.lease == lease) else {
            return;
        };
        if held.asked.is_some() {
            return;
        }
        held.asked = Some(why);
        self.effect(Effect::Cancel { worker, lease });
        if at == 0 {
            self.in_hand(now, pool, worker);
        }
    }
}
