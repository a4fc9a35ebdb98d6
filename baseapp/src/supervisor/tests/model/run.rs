//! Events, to the supervisor and to the reference; and the bodies of workers,
//! which do as they are told, or not.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    super::super::{Action, End, GroupId, Supervisor},
    events::{Event, Node, What},
    reference::{Child, Counted, Group, Owed, Reference, Verdict, WITHIN, Worker},
};
use crate::{
    id::WorkerId,
    supervision::{Intensity, Restart, Strategy, Supervision},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    None,
    Starting,
    Up,
}

/// A worker, as the supervisor may know it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) life: Life,
    pub(super) told: bool,
    /// It is dead, and the supervisor has not heard of it.
    pub(super) dead: Option<End>,
    pub(super) removed: bool,
    pub(super) starts: u64,
}

pub(super) struct Run {
    pub(super) supervisor: Supervisor,
    pub(super) reference: Reference,
    pub(super) bodies: BTreeMap<WorkerId, Body>,
    groups: Vec<GroupId>,
    pub(super) now: Instant,
    pub(super) over: bool,
}

impl Run {
    pub(super) fn new(tree: Vec<Node>) -> Run {
        let root = Group {
            strategy: Strategy::OneForOne,
            counted: Counted::new(0, 0),
            children: Vec::new(),
        };
        let mut run = Run {
            supervisor: Supervisor::new(),
            reference: Reference {
                groups: vec![root],
                workers: BTreeMap::new(),
            },
            bodies: BTreeMap::new(),
            groups: vec![GroupId::ROOT],
            now: Instant::now(),
            over: false,
        };
        for Node {
            parent,
            what,
            deaths,
        } in tree
        {
            let parent = usize::from(parent) % run.groups.len();
            match what {
                What::Group(strategy) => run.add_group(parent, strategy, deaths),
                What::Worker(restart) => run.add_worker(parent, restart, deaths),
            }
        }
        run
    }

    fn add_group(&mut self, parent: usize, strategy: Strategy, deaths: u32) {
        let index = self.groups.len();
        let (name, within) = (index.to_string().into(), WITHIN);
        let intensity = Intensity { deaths, within };
        let around = self.groups[parent];
        let id = self.supervisor.add_group(around, name, strategy, intensity);
        self.groups.push(id);
        self.reference.groups.push(Group {
            strategy,
            counted: Counted::new(parent, deaths),
            children: Vec::new(),
        });
        let children = &mut self.reference.groups[parent].children;
        children.push(Child::Group(index));
    }

    fn add_worker(&mut self, parent: usize, restart: Restart, deaths: u32) {
        let id = WorkerId(u32::try_from(self.bodies.len()).unwrap_or(u32::MAX));
        let policy = Supervision::new()
            .restart(restart)
            .intensity(deaths, WITHIN)
            .backoff(Duration::from_millis(10), Duration::from_millis(300))
            .policy();
        self.supervisor.add_worker(self.groups[parent], id, policy);
        let worker = Worker {
            restart,
            counted: Counted::new(parent, deaths),
            owed: Owed::Nothing,
        };
        self.reference.workers.insert(id, worker);
        let children = &mut self.reference.groups[parent].children;
        children.push(Child::Worker(id));
        let body = Body {
            life: Life::Up,
            told: false,
            dead: None,
            removed: false,
            starts: 0,
        };
        self.bodies.insert(id, body);
    }

    fn body(&mut self, id: WorkerId) -> &mut Body {
        let body = self.bodies.get_mut(&id);
        body.unwrap_or_else(|| panic!("{id:?} is nobody"))
    }

    /// One of those of whom it is true.
    pub(super) fn one(&self, choice: u8, is: impl Fn(&Body) -> bool) -> Option<WorkerId> {
        let those = self.bodies.iter().filter(|(_, body)| is(body));
        let those: Vec<WorkerId> = those.map(|(id, _)| *id).collect();
        let choice = usize::from(choice).checked_rem(those.len())?;
        Some(those[choice])
    }

    pub(super) fn happens(&mut self, event: Event) {
        let lives = |body: &Body| body.life != Life::None && body.dead.is_none();
        match event {
            Event::Dies(who, end) => {
                if let Some(id) = self.one(who, lives) {
                    self.body(id).dead = Some(end);
                }
            }
            Event::Heard(who) => {
                if let Some(id) = self.one(who, |body| body.dead.is_some()) {
                    self.hears(id);
                }
            }
            Event::Obeys(who) => {
                if let Some(id) = self.one(who, |body| lives(body) && body.told) {
                    self.ended(id, End::Asked);
                }
            }
            Event::Started(who) => {
                if let Some(id) = self.one(who, |body| body.life == Life::Starting) {
                    self.started(id);
                }
            }
            Event::Passes(time) => {
                self.now += time;
                let actions = self.supervisor.alarm(self.now);
                self.carry_out(actions);
            }
            Event::Restart(who) => {
                if let Some(id) = self.one(who, |_| true) {
                    self.restart(id);
                }
            }
            Event::Remove(who) => {
                if let Some(id) = self.one(who, |body| !body.removed) {
                    self.remove(id);
                }
            }
            Event::Add(who, restart) => {
                self.add_worker(usize::from(who) % self.groups.len(), restart, 3)
            }
            Event::Nonsense(who, end) => {
                let nobody = WorkerId(u32::MAX);
                let is_down = |body: &Body| body.life == Life::None;
                let id = self.one(who, is_down).unwrap_or(nobody);
                let actions = self.supervisor.started(self.now, id);
                self.carry_out(actions);
                let id = self.one(who, is_down).unwrap_or(nobody);
                let actions = self.supervisor.ended(self.now, id, end);
                self.carry_out(actions);
            }
            Event::Close => {
                self.supervisor.close();
                self.over = true;
            }
        }
        self.check();
    }

    pub(super) fn hears(&mut self, id: WorkerId) {
        if let Some(end) = self.body(id).dead.take() {
            self.ended(id, end);
        }
    }

    pub(super) fn started(&mut self, id: WorkerId) {
        let body = self.body(id);
        if !body.told {
            body.life = Life::Up;
        }
        let actions = self.supervisor.started(self.now, id);
        self.carry_out(actions);
    }

    fn restart(&mut self, id: WorkerId) {
        if let Some(worker) = self.reference.workers.get_mut(&id)
            && worker.owed == Owed::Nothing
        {
            worker.owed = Owed::Life;
        }
        let actions = self.supervisor.restart(self.now, id);
        self.carry_out(actions);
    }

    fn remove(&mut self, id: WorkerId) {
        self.supervisor.remove(id);
        self.body(id).removed = true;
        self.reference.workers.remove(&id);
        for group in &mut self.reference.groups {
            group.children.retain(|child| *child != Child::Worker(id));
        }
    }

    pub(super) fn ended(&mut self, id: WorkerId, end: End) {
        let body = self.body(id);
        let before = std::mem::replace(&mut body.life, Life::None);
        let told = std::mem::take(&mut body.told);
        body.dead = None;
        // Of one that was told to stop, only its end can tell.
        let had_started = (before == Life::Up || told) && end != End::NotStarted;
        let verdict = if body.removed || self.over {
            Verdict::Obeyed
        } else {
            self.reference.ended(self.now, id, end, told, had_started)
        };
        let mut actions = self.supervisor.ended(self.now, id, end);
        let fails = |action: &Action| matches!(action, Action::GiveUp(_) | Action::Fail { .. });
        match &verdict {
            Verdict::GivenUp => assert_eq!(actions.remove(0), Action::GiveUp(id)),
            Verdict::Fails(group) => {
                let group = group.map(|group| group.to_string().into());
                assert_eq!(actions, [Action::Fail { worker: id, group }]);
                actions.clear();
                self.over = true;
            }
            Verdict::Obeyed | Verdict::Died => {}
        }
        assert!(!actions.iter().any(fails), "{verdict:?}: {actions:?}");
        self.carry_out(actions);
    }

    pub(super) fn carry_out(&mut self, actions: Vec<Action>) {
        assert!(!self.over || actions.is_empty(), "at the end: {actions:?}");
        for action in actions {
            match action {
                Action::Start(id) => {
                    self.check_start(id);
                    let body = self.body(id);
                    assert_eq!((body.life, body.removed), (Life::None, false), "{id:?}");
                    body.life = Life::Starting;
                    body.starts += 1;
                    let worker = self.reference.worker(id);
                    assert_eq!(worker.owed, Owed::Life, "{id:?} is started");
                    worker.owed = Owed::Nothing;
                }
                Action::Stop(id) => {
                    self.check_stop(id);
                    let body = self.body(id);
                    assert!(body.life != Life::None && !body.told && !body.removed);
                    body.told = true;
                    let owed = self.reference.workers[&id].owed;
                    assert_ne!(owed, Owed::Nothing, "{id:?} is stopped");
                }
                Action::GiveUp(_) | Action::Fail { .. } => panic!("{action:?}"),
            }
        }
    }
}
