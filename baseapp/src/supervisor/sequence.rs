//! What comes next. Workers of one *sequence* take turns; a worker of none
//! has its turn at once.
//!
//! A sequence is told by its group: that whose strategy has its members
//! restarted together, or that is restarted as a whole. Workers are in it from
//! when they are to end until they are up again or gone, and new ones may join
//! meanwhile. Within a sequence there is no other one: the outer one takes its
//! members in. So whatever two operations meet, they become one, in one order.

use std::{collections::BTreeSet, time::Instant};

use super::{
    Supervisor,
    member::{Aim, Member, State},
    tree::GroupId,
};
use crate::id::WorkerId;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Stop(WorkerId),
    /// As soon as it is time.
    Start {
        worker: WorkerId,
        at: Instant,
    },
}

impl Supervisor {
    /// The next step of each sequence, and of each worker that is in none.
    pub(super) fn steps(&self) -> Vec<Step> {
        // Asked again and again, and mostly nobody has anything to do.
        if self.closed || self.members.values().all(Member::rests) {
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let all = self.in_order(GroupId::ROOT);
        let steps = all.iter().filter_map(|one| match one.1.sequence {
            None => next(None, &[*one]),
            Some(group) if seen.insert(group) => next(Some(group), &self.in_order(group)),
            Some(_) => None,
        });
        steps.collect()
    }

    fn in_order(&self, group: GroupId) -> Vec<(WorkerId, &Member)> {
        let workers = self.tree.workers(group).into_iter();
        let known = workers.filter_map(|id| self.members.get(&id).map(|member| (id, member)));
        known.collect()
    }

    /// The sequence for workers that are to be restarted by `group`: itself, unless an outer one is
    /// under way, which they join then. `None` if each has its turn at once.
    pub(super) fn sequence(&mut self, parent: GroupId, group: Option<GroupId>) -> Option<GroupId> {
        let running: BTreeSet<GroupId> = self.sequences().collect();
        let mut around = self.tree.around(parent).into_iter();
        let outer = around.find(|group| running.contains(group));
        let sequence = outer.or(group)?;
        for worker in self.tree.workers(sequence) {
            if let Some(member) = self.members.get_mut(&worker)
                && member.sequence.is_some()
            {
                member.sequence = Some(sequence);
            }
        }
        Some(sequence)
    }

    fn sequences(&self) -> impl Iterator<Item = GroupId> {
        self.members.values().filter_map(|member| member.sequence)
    }
}

/// The next step of a sequence, of a group with these members.
fn next(sequence: Option<GroupId>, members: &[(WorkerId, &Member)]) -> Option<Step> {
    let own = || {
        let own = members.iter();
        own.filter(|(_, member)| member.sequence == sequence)
    };
    if own().any(|(_, member)| member.state == State::Stopping) {
        return None;
    }
    if let Some((worker, _)) = own().rev().find(|(_, member)| member.is_to_stop()) {
        return Some(Step::Stop(*worker));
    }
    if own().any(|(_, member)| member.state == State::Starting) {
        return None;
    }
    // Whoever comes before it must be up, also one that is not of the sequence.
    let (worker, first) = members.iter().find(|(_, member)| !member.is_settled())?;
    match (first.state, first.aim) {
        (State::Down, Aim::Return { at }) if first.sequence == sequence => Some(Step::Start {
            worker: *worker,
            at,
        }),
        _ => None,
    }
}
