//! The tree: groups and the order of their children. It decides nothing.

use std::sync::Arc;

use super::window::Window;
use crate::{
    id::WorkerId,
    supervision::{Intensity, Strategy},
};

/// A group of a [`Supervisor`](super::Supervisor).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(u32);

impl GroupId {
    /// The app. It is one-for-one.
    pub(crate) const ROOT: GroupId = GroupId(0);

    /// Its place among the nested groups.
    fn index(self) -> Option<usize> {
        self.0.checked_sub(1).map(|index| index as usize)
    }
}

/// What a group has in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Worker(WorkerId),
    Group(GroupId),
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) parent: GroupId,
    pub(super) name: Arc<str>,
    pub(super) strategy: Strategy,
    pub(super) intensity: Intensity,
    /// When it has failed as a whole.
    pub(super) failures: Window,
    children: Vec<Child>,
}

#[derive(Debug)]
pub(super) struct Tree {
    root: Group,
    nested: Vec<Group>,
}

impl Tree {
    pub(super) fn new() -> Tree {
        let root = Group {
            parent: GroupId::ROOT,
            name: "".into(),
            strategy: Strategy::OneForOne,
            intensity: Intensity::OF_GROUP, // never asked for: the root cannot be restarted
            failures: Window::default(),
            children: Vec::new(),
        };
        Tree {
            root,
            nested: Vec::new(),
        }
    }

    pub(super) fn add_group(
        &mut self,
        parent: GroupId,
        name: Arc<str>,
        strategy: Strategy,
        intensity: Intensity,
    ) -> GroupId {
        self.nested.push(Group {
            parent,
            name,
            strategy,
            intensity,
            failures: Window::default(),
            children: Vec::new(),
        });
        let id = GroupId(u32::try_from(self.nested.len()).unwrap_or(u32::MAX));
        self.group_mut(parent).children.push(Child::Group(id));
        id
    }

    pub(super) fn add_worker(&mut self, parent: GroupId, worker: WorkerId) {
        self.group_mut(parent).children.push(Child::Worker(worker));
    }

    pub(super) fn remove_worker(&mut self, parent: GroupId, worker: WorkerId) {
        let children = &mut self.group_mut(parent).children;
        children.retain(|child| *child != Child::Worker(worker));
    }

    pub(super) fn group(&self, id: GroupId) -> &Group {
        let nested = id.index().and_then(|index| self.nested.get(index));
        nested.unwrap_or(&self.root)
    }

    pub(super) fn group_mut(&mut self, id: GroupId) -> &mut Group {
        let nested = id.index().and_then(|index| self.nested.get_mut(index));
        nested.unwrap_or(&mut self.root)
    }

    /// The children of a group from that one on.
    pub(super) fn from(&self, group: GroupId, child: Child) -> Vec<Child> {
        let all = self.group(group).children.iter().copied();
        all.skip_while(|other| *other != child).collect()
    }

    pub(super) fn children(&self, group: GroupId) -> Vec<Child> {
        self.group(group).children.clone()
    }

    /// The workers of a group and of those within it, in order.
    pub(super) fn workers(&self, group: GroupId) -> Vec<WorkerId> {
        let mut found = Vec::new();
        self.visit(group, &mut |child| {
            if let Child::Worker(worker) = child {
                found.push(worker);
            }
        });
        found
    }

    /// The groups within a group.
    pub(super) fn groups(&self, group: GroupId) -> Vec<GroupId> {
        let mut found = Vec::new();
        self.visit(group, &mut |child| {
            if let Child::Group(group) = child {
                found.push(group);
            }
        });
        found
    }

    fn visit(&self, group: GroupId, visitor: &mut impl FnMut(Child)) {
        for child in &self.group(group).children {
            visitor(*child);
            if let Child::Group(inner) = child {
                self.visit(*inner, visitor);
            }
        }
    }

    /// A group and those around it, outermost last; not the root.
    pub(super) fn around(&self, group: GroupId) -> Vec<GroupId> {
        let below_root = |group: GroupId| (group != GroupId::ROOT).then_some(group);
        let outer = |group: &GroupId| below_root(self.group(*group).parent);
        std::iter::successors(below_root(group), outer).collect()
    }
}
