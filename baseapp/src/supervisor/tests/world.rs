//! Around the supervisor: a clock, and letters for workers. What is to be done
//! is told as text, such as `stop c, start a`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::super::{Action, End, GroupId, Supervisor};
use crate::{
    id::WorkerId,
    supervision::{Intensity, Policy, Restart, Strategy, Supervision},
};

pub(super) struct World {
    pub(super) supervisor: Supervisor,
    pub(super) now: Instant,
}

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// `WorkerId(2)` is `a`.
pub(super) fn id(letter: char) -> WorkerId {
    WorkerId(u32::from(letter) - u32::from('a') + 2)
}

fn letter(id: WorkerId) -> char {
    char::from_u32(id.0 - 2 + u32::from('a')).unwrap_or('?')
}

pub(super) fn policy(restart: Restart) -> Policy {
    Supervision::new().restart(restart).policy()
}

/// So many within 10 s.
pub(super) fn deaths(deaths: u32) -> Intensity {
    Intensity {
        deaths,
        within: 10 * SECOND,
    }
}

impl World {
    pub(super) fn new() -> World {
        World {
            supervisor: Supervisor::new(),
            now: Instant::now(),
        }
    }

    /// Permanent workers directly under the root.
    pub(super) fn of(letters: &str) -> World {
        let mut world = World::new();
        world.add(GroupId::ROOT, letters);
        world
    }

    /// Permanent workers in a group under the root.
    pub(super) fn group_of(strategy: Strategy, letters: &str) -> World {
        let mut world = World::new();
        let group = world.group(GroupId::ROOT, "g", strategy);
        world.add(group, letters);
        world
    }

    /// A group that may fail once within 10 s.
    pub(super) fn group(&mut self, parent: GroupId, name: &str, strategy: Strategy) -> GroupId {
        let name = Arc::from(name);
        self.supervisor.add_group(parent, name, strategy, deaths(1))
    }

    pub(super) fn add(&mut self, parent: GroupId, letters: &str) {
        for letter in letters.chars() {
            self.add_as(parent, letter, policy(Restart::Permanent));
        }
    }

    pub(super) fn add_as(&mut self, parent: GroupId, letter: char, policy: Policy) {
        self.supervisor.add_worker(parent, id(letter), policy);
    }

    pub(super) fn ends(&mut self, letter: char, end: End) -> String {
        told(self.supervisor.ended(self.now, id(letter), end))
    }

    pub(super) fn dies(&mut self, letter: char) -> String {
        self.ends(letter, End::Abnormal)
    }

    pub(super) fn obeys(&mut self, letter: char) -> String {
        self.ends(letter, End::Asked)
    }

    pub(super) fn started(&mut self, letter: char) -> String {
        told(self.supervisor.started(self.now, id(letter)))
    }

    pub(super) fn restart(&mut self, letter: char) -> String {
        told(self.supervisor.restart(self.now, id(letter)))
    }

    pub(super) fn passes(&mut self, time: Duration) -> String {
        self.now += time;
        told(self.supervisor.alarm(self.now))
    }

    /// Goes to the next alarm, which there is.
    pub(super) fn rings(&mut self) -> String {
        let next = self.supervisor.next_alarm();
        self.now = next.unwrap_or_else(|| panic!("there is no alarm"));
        told(self.supervisor.alarm(self.now))
    }

    /// It dies and is started, that many times, each after its pause.
    pub(super) fn dies_and_returns(&mut self, letter: char, times: u32) {
        for _ in 0..times {
            let mut told = self.dies(letter);
            if told.is_empty() {
                told = self.rings();
            }
            assert_eq!(told, format!("start {letter}"));
            assert_eq!(self.started(letter), "");
        }
    }

    /// Everybody does as told from here on, one after the other; what was told in
    /// all.
    pub(super) fn follows(&mut self, told: &str) -> String {
        let mut all = Vec::new();
        let mut next = told.to_owned();
        loop {
            if next.is_empty() {
                if self.supervisor.next_alarm().is_none() {
                    break;
                }
                next = self.rings();
            }
            all.push(next.clone());
            let mut more = Vec::new();
            for action in next.split(", ") {
                let letter = action.chars().last().unwrap_or('?');
                let then = match action.split(' ').next() {
                    Some("start") => self.started(letter),
                    Some("stop") => self.obeys(letter),
                    _ => String::new(),
                };
                more.push(then);
            }
            more.retain(|then| !then.is_empty());
            next = more.join(", ");
        }
        assert!(self.supervisor.is_settled());
        all.join(", ")
    }
}

fn told(actions: Vec<Action>) -> String {
    let told = actions.into_iter().map(|action| match action {
        Action::Start(id) => format!("start {}", letter(id)),
        Action::Stop(id) => format!("stop {}", letter(id)),
        Action::GiveUp(id) => format!("give up {}", letter(id)),
        Action::Fail { worker, group } => match group {
            Some(group) => format!("fail {} in {group}", letter(worker)),
            None => format!("fail {}", letter(worker)),
        },
    });
    told.collect::<Vec<_>>().join(", ")
}
