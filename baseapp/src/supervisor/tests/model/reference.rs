//! Whom an end concerns, as simply as it can be said: without sequences, turns
//! and pauses.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::super::super::End;
use crate::{
    id::WorkerId,
    supervision::{Restart, Strategy},
};

/// All that is counted is counted within it.
pub(super) const WITHIN: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Worker(WorkerId),
    Group(usize),
}

/// What a worker's life is to end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    Nothing,
    /// Another life.
    Life,
    /// The end.
    End,
}

#[derive(Debug)]
pub(super) struct Counted {
    pub(super) parent: usize,
    pub(super) most: u32,
    pub(super) times: Vec<Instant>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) strategy: Strategy,
    pub(super) counted: Counted,
    pub(super) children: Vec<Child>,
}

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) restart: Restart,
    pub(super) counted: Counted,
    pub(super) owed: Owed,
}

/// The root is the first group, and its own parent.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) groups: Vec<Group>,
    pub(super) workers: BTreeMap<WorkerId, Worker>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Obeyed,
    GivenUp,
    Died,
    /// In that group below the root.
    Fails(Option<usize>),
}

impl Counted {
    pub(super) fn new(parent: usize, most: u32) -> Counted {
        let times = Vec::new();
        Counted {
            parent,
            most,
            times,
        }
    }

    fn is_too_many(&mut self, now: Instant) -> bool {
        self.times.push(now);
        let recent = self.times.iter().filter(|at| now - **at <= WITHIN);
        recent.count() > self.most as usize
    }
}

impl Reference {
    pub(super) fn worker(&mut self, id: WorkerId) -> &mut Worker {
        let worker = self.workers.get_mut(&id);
        worker.unwrap_or_else(|| panic!("{id:?} is not known"))
    }

    /// The workers of a child, in order.
    pub(super) fn workers_of(&self, child: Child) -> Vec<WorkerId> {
        match child {
            Child::Worker(id) => vec![id],
            Child::Group(group) => {
                let children = self.groups[group].children.iter();
                children.flat_map(|inner| self.workers_of(*inner)).collect()
            }
        }
    }

    pub(super) fn ended(
        &mut self,
        now: Instant,
        id: WorkerId,
        end: End,
        was_told: bool,
        had_started: bool,
    ) -> Verdict {
        let worker = self.worker(id);
        let obeyed = was_told && matches!(end, End::Asked | End::Normal);
        let last = match worker.restart {
            _ if worker.owed == Owed::End => true,
            Restart::Permanent => false,
            Restart::Transient => end == End::Normal && !obeyed,
            Restart::Temporary => worker.owed == Owed::Nothing,
        };
        if last {
            worker.owed = Owed::End;
            return Verdict::GivenUp;
        }
        worker.owed = Owed::Life;
        if obeyed {
            return Verdict::Obeyed;
        }
        let parent = worker.counted.parent;
        if !worker.counted.is_too_many(now) {
            if had_started {
                self.restart(Child::Worker(id), parent);
            }
            return Verdict::Died;
        }
        let (mut group, mut failed) = (parent, None);
        while group != 0 {
            failed = Some(group);
            let counted = &mut self.groups[group].counted;
            let around = counted.parent;
            if !counted.is_too_many(now) {
                self.restart(Child::Group(group), around);
                return Verdict::Died;
            }
            group = around;
        }
        Verdict::Fails(failed)
    }

    fn restart(&mut self, child: Child, parent: usize) {
        let group = &self.groups[parent];
        let all = group.children.iter().copied();
        let children: Vec<Child> = match group.strategy {
            Strategy::OneForOne => vec![child],
            Strategy::OneForAll => all.collect(),
            Strategy::RestForOne => all.skip_while(|other| *other != child).collect(),
        };
        for child in children {
            self.begin_anew(child);
            for id in self.workers_of(child) {
                let worker = self.worker(id);
                worker.owed = match worker.owed {
                    Owed::Nothing if worker.restart == Restart::Temporary => Owed::End,
                    Owed::Nothing => Owed::Life,
                    owed => owed,
                };
            }
        }
    }

    /// What is within a group that is restarted is new; a worker is not.
    fn begin_anew(&mut self, child: Child) {
        let Child::Group(group) = child else { return };
        for inner in self.groups[group].children.clone() {
            match inner {
                Child::Worker(id) => {
                    let worker = self.worker(id);
                    worker.counted.times.clear();
                }
                Child::Group(inner) => self.groups[inner].counted.times.clear(),
            }
            self.begin_anew(inner);
        }
    }
}
