//! What submitters do.

use super::{
    super::{Cancelled, Key, NewTask, Refusal, Watcher, id, task, world::number},
    events::{Wish, millis},
    reference::{End, State, Task},
    run::Run,
};

impl Run {
    pub(super) fn submit(
        &mut self,
        pool: u16,
        wishes: Vec<Wish>,
        watcher: Option<u32>,
        child: bool,
    ) {
        let now = self.now();
        let watcher = watcher.map(|watcher| self.watchers[watcher as usize]);
        let first = self.next_number;
        self.next_number += u16::try_from(wishes.len()).unwrap_or(0);
        let capacity = self.w.specs[usize::from(pool)].capacity;
        let room = if child { 2 * capacity } else { capacity };
        let open = self.r.open(pool);
        let unique = |wish: &Wish| wish.unique.map(|(key, _)| key);
        let new = (first..).zip(&wishes).filter(|(number, wish)| {
            let same = self.r.same(now, pool, *number, unique(wish));
            same.is_none()
        });
        let expected = if wishes.len() > room {
            Err(Refusal::TooMany { capacity })
        } else if new.count() > room.saturating_sub(open) {
            Err(Refusal::Full)
        } else {
            let mut same = Vec::new();
            for (number, wish) in (first..).zip(&wishes) {
                if let Some(other) = self.r.same(now, pool, number, unique(wish)) {
                    same.push((id(number), id(other)));
                    let task = self.r.tasks.get_mut(&other);
                    if let Some(task) = task.filter(|task| task.is_open()) {
                        task.watchers.extend(watcher);
                    }
                } else {
                    self.accept(pool, number, wish, watcher);
                }
            }
            Ok(same)
        };
        let tasks = (first..).zip(&wishes);
        let mut tasks = tasks.map(|(number, wish)| wished(number, wish)).collect();
        let watcher = watcher.map(Watcher);
        let found = self
            .w
            .machine
            .submit(self.w.now(), pool, &mut tasks, watcher, child);
        assert_eq!(found, expected);
    }

    pub(super) fn accept(&mut self, pool: u16, number: u16, wish: &Wish, watcher: Option<u32>) {
        let now = self.now();
        let after = |span: u16| now + millis(span);
        let task = Task {
            pool,
            seq: self.r.next_seq,
            state: State::Accepting { replay: false },
            key: wish.key,
            unique: wish.unique.map(|(key, window)| (key, window.map(after))),
            due: wish.delay.map(after),
            deadline: wish.deadline.map(after),
            most: wish.attempts,
            attempts: 0,
            deaths: 0,
            suspect: false,
            cancelled: false,
            entered: None,
            tried: false,
            holder: None,
            watchers: watcher.into_iter().collect(),
        };
        self.r.next_seq += 1;
        if let Some((key, until)) = task.unique {
            self.r.uniques.insert((pool, key), (number, until));
        }
        self.r.tasks.insert(number, task);
        if self.w.durable {
            self.accepting.push(number);
        } else {
            self.r.begin(now, number);
        }
    }

    /// A number of a task, if there are any.
    pub(super) fn task(&self, at: usize) -> Option<u16> {
        let tasks = &self.r.tasks;
        tasks.keys().nth(at % tasks.len().max(1)).copied()
    }

    pub(super) fn same_again(&mut self, at: usize, watcher: u32) {
        let watcher = self.watchers[watcher as usize];
        let Some(number) = self.task(at) else { return };
        let Some(same) = self.r.tasks.get_mut(&number).filter(|task| task.is_open()) else {
            return;
        };
        same.watchers.insert(watcher);
        let (now, pool, watcher) = (self.w.now(), same.pool, Some(Watcher(watcher)));
        let mut tasks = vec![task(number)];
        let found = self.w.machine.submit(now, pool, &mut tasks, watcher, false);
        assert_eq!(found, Ok(vec![(id(number), id(number))]));
    }

    pub(super) fn watch(&mut self, at: usize, watcher: u32) {
        let watcher = self.watchers[watcher as usize];
        let Some(number) = self.task(at) else { return };
        let task = self.r.tasks.get_mut(&number);
        let open = task.filter(|task| task.is_open());
        let found = self.w.machine.watch(id(number), Some(Watcher(watcher)));
        assert_eq!(found, open.is_some());
        if let Some(task) = open {
            task.watchers.insert(watcher);
        }
    }

    pub(super) fn cancel(&mut self, at: usize) {
        let now = self.now();
        let Some(number) = self.task(at) else { return };
        let Some(task) = self.r.tasks.get_mut(&number) else {
            return;
        };
        let expected = match task.state {
            State::Ended(_) | State::Revoked => Cancelled::No,
            State::Accepting { .. } => Cancelled::Now,
            State::Open if task.holder.is_some() => Cancelled::Asked,
            State::Open => Cancelled::Now,
        };
        let waits = task.waits();
        task.cancelled |= task.is_open();
        if waits {
            self.r.end(now, number, End::Cancelled);
        }
        assert_eq!(self.w.machine.cancel(self.w.now(), id(number)), expected);
    }

    pub(super) fn replay(&mut self, at: usize) {
        let dead = &self.w.kept.dead;
        let dead = dead.values().nth(at % dead.len().max(1));
        let Some(number) = dead.map(|(dead, _)| number(dead.record.id)) else {
            return;
        };
        assert!(self.w.replay(number));
        let Some(task) = self.r.tasks.get_mut(&number) else {
            panic!("{number} is not known");
        };
        if task.is_open() {
            return; // it is being replayed
        }
        task.state = State::Accepting { replay: true };
        (task.attempts, task.deaths) = (0, 0);
        (task.suspect, task.cancelled, task.tried) = (false, false, false);
        (task.due, task.deadline, task.unique) = (None, None, None);
        task.entered = None;
        self.accepting.push(number);
    }
}

fn wished(number: u16, wish: &Wish) -> NewTask {
    let mut task = NewTask {
        delay: wish.delay.map(millis),
        deadline: wish.deadline.map(millis),
        key: wish.key.map(|key| Key(key.into())),
        unique: wish
            .unique
            .map(|(key, window)| (Key(key.into()), window.map(millis))),
        ..task(number)
    };
    task.limits.attempts = wish.attempts;
    task.limits.timeout = wish.timeout.map(millis);
    task.limits.priority = wish.priority;
    task
}
