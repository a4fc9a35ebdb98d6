//! Whom a death concerns: strategies, and failures that go up the tree.

use std::{sync::Arc, time::Instant};

use super::{
    Action, Supervisor,
    member::{Aim, Death},
    tree::{Child, GroupId},
};
use crate::{id::WorkerId, supervision::Strategy};

impl Supervisor {
    /// A worker has died, and is to return. What else is to be done, if the app fails.
    pub(super) fn died(&mut self, now: Instant, worker: WorkerId, death: Death) -> Option<Action> {
        let parent = self.members.get(&worker)?.parent;
        if death.too_many {
            return match self.failed(now, parent) {
                Ok(group) => {
                    self.restart_child(Child::Group(group), death.at);
                    None
                }
                Err(group) => {
                    self.closed = true;
                    Some(Action::Fail { worker, group })
                }
            };
        }
        if death.had_started {
            self.restart_child(Child::Worker(worker), death.at);
        } else {
            self.restart_alone(worker, death.at);
        }
        None
    }

    /// A group has failed. The outermost one that fails by that; or the name of
    /// the one below the root, if it has failed too often.
    fn failed(&mut self, now: Instant, group: GroupId) -> Result<GroupId, Option<Arc<str>>> {
        let mut last = None;
        for id in self.tree.around(group) {
            let group = self.tree.group_mut(id);
            if !group.failures.is_too_many(now, group.intensity) {
                return Ok(id);
            }
            last = Some(Arc::clone(&group.name));
        }
        Err(last)
    }

    /// A child has failed: what its group's strategy says is restarted.
    fn restart_child(&mut self, child: Child, at: Instant) {
        let parent = match child {
            Child::Worker(worker) => self.members.get(&worker).map(|member| member.parent),
            Child::Group(group) => Some(self.tree.group(group).parent),
        };
        let Some(parent) = parent else { return };
        let (children, together) = match (self.tree.group(parent).strategy, child) {
            (Strategy::OneForOne, Child::Worker(_)) => (vec![child], None),
            (Strategy::OneForOne, Child::Group(group)) => (vec![child], Some(group)),
            (Strategy::OneForAll, _) => (self.tree.children(parent), Some(parent)),
            (Strategy::RestForOne, _) => (self.tree.from(parent, child), Some(parent)),
        };
        let sequence = self.sequence(parent, together);
        for child in children {
            match child {
                Child::Worker(worker) => self.restart_member(worker, at, sequence),
                Child::Group(group) => {
                    self.begin_anew(group);
                    for worker in self.tree.workers(group) {
                        self.restart_member(worker, at, sequence);
                    }
                }
            }
        }
    }

    /// A worker is restarted, and nobody because of it; but in an order with
    /// those of its group that are restarted too, if the order matters there.
    fn restart_alone(&mut self, worker: WorkerId, at: Instant) {
        let Some(member) = self.members.get(&worker) else {
            return;
        };
        let parent = member.parent;
        let together = match self.tree.group(parent).strategy {
            Strategy::OneForOne => None,
            Strategy::OneForAll | Strategy::RestForOne => Some(parent),
        };
        let sequence = self.sequence(parent, together);
        self.restart_member(worker, at, sequence);
    }

    fn restart_member(&mut self, worker: WorkerId, at: Instant, sequence: Option<GroupId>) {
        if let Some(member) = self.members.get_mut(&worker) {
            member.return_with_others(at, sequence);
        }
    }

    /// Somebody asks for another life of a worker.
    pub(super) fn asked_again(&mut self, now: Instant, worker: WorkerId) {
        let Some(member) = self.members.get_mut(&worker) else {
            return;
        };
        match member.aim {
            Aim::Gone => {}
            Aim::Return { at } => member.aim = Aim::Return { at: at.min(now) },
            Aim::Stay => {
                // Also a temporary one: it is asked for.
                member.aim = Aim::Return { at: now };
                self.restart_alone(worker, now);
            }
        }
    }

    /// A group is new, and so is all that is in it.
    fn begin_anew(&mut self, group: GroupId) {
        for inner in self.tree.groups(group) {
            self.tree.group_mut(inner).failures.clear();
        }
        for worker in self.tree.workers(group) {
            if let Some(member) = self.members.get_mut(&worker) {
                member.begin_anew();
            }
        }
    }
}
