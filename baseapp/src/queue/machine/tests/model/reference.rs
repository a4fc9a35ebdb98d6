//! What should become of every task, without lanes, chains, alarms or counters.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::task::DeadReason;

/// Time since the beginning.
pub(super) type At = Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Cancelled,
    Dead(DeadReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Being written down, as new or as a replay.
    Accepting {
        replay: bool,
    },
    Open,
    Ended(End),
    /// Never accepted after all.
    Revoked,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) pool: u16,
    pub(super) seq: u64,
    pub(super) state: State,
    pub(super) key: Option<u8>,
    pub(super) unique: Option<(u8, Option<At>)>,
    pub(super) due: Option<At>,
    pub(super) deadline: Option<At>,
    pub(super) most: u32,
    pub(super) attempts: u32,
    pub(super) deaths: u32,
    pub(super) suspect: bool,
    pub(super) cancelled: bool,
    /// Its place among those of its key, when it has one.
    pub(super) entered: Option<u64>,
    /// It was tried and is to be tried again, and that is written down.
    pub(super) tried: bool,
    pub(super) holder: Option<u32>,
    pub(super) watchers: BTreeSet<u32>,
}

impl Task {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Accepting { .. })
    }

    pub(super) fn waits(&self) -> bool {
        self.state == State::Open && self.holder.is_none()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Reference {
    pub(super) tasks: BTreeMap<u16, Task>,
    /// Whose turn a unique key is, and until when even if that one is done.
    pub(super) uniques: BTreeMap<(u16, u8), (u16, Option<At>)>,
    pub(super) connected: BTreeSet<u32>,
    /// Who is to be told what.
    pub(super) telling: Vec<(u32, u16, End)>,
    /// Tasks done, buried and cancelled, by pool.
    pub(super) ends: BTreeMap<u16, [u64; 3]>,
    pub(super) next_seq: u64,
    next_place: u64,
}

impl Reference {
    pub(super) fn open(&self, pool: u16) -> usize {
        let tasks = self.tasks.values();
        tasks
            .filter(|task| task.pool == pool && task.is_open())
            .count()
    }

    /// The task that this one is the same as.
    pub(super) fn same(&self, now: At, pool: u16, number: u16, unique: Option<u8>) -> Option<u16> {
        let is_open = |number| self.tasks.get(number).is_some_and(Task::is_open);
        if is_open(&number) {
            return Some(number);
        }
        let (other, until) = self.uniques.get(&(pool, unique?))?;
        (until.is_some_and(|until| until > now) || is_open(other)).then_some(*other)
    }

    pub(super) fn end(&mut self, now: At, number: u16, end: End) {
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        task.state = State::Ended(end);
        task.holder = None;
        let kind = match end {
            End::Done => 0,
            End::Dead(_) => 1,
            End::Cancelled => 2,
        };
        self.ends.entry(task.pool).or_default()[kind] += 1;
        let watchers = std::mem::take(&mut task.watchers);
        let told = watchers.intersection(&self.connected);
        self.telling
            .extend(told.map(|watcher| (*watcher, number, end)));
        let window = task.unique.and_then(|(_, until)| until);
        let kept = end == End::Done && window.is_some_and(|until| until > now);
        if !kept {
            self.release(number);
        }
    }

    pub(super) fn release(&mut self, number: u16) {
        self.uniques.retain(|_, (owner, _)| *owner != number);
    }

    /// It is accepted. Waits from now on, if it does not end at once.
    pub(super) fn begin(&mut self, now: At, number: u16) {
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        task.state = State::Open;
        if task.cancelled {
            self.end(now, number, End::Cancelled);
        } else if task.deadline.is_some_and(|deadline| deadline <= now) {
            self.end(now, number, End::Dead(DeadReason::Expired));
        } else if task.due.is_none_or(|due| due <= now) {
            task.due = None;
            self.enter(number);
        }
    }

    fn enter(&mut self, number: u16) {
        if let Some(task) = self.tasks.get_mut(&number)
            && task.entered.is_none()
        {
            task.entered = Some(self.next_place);
            self.next_place += 1;
        }
    }

    /// Time has passed.
    pub(super) fn ring(&mut self, now: At) {
        let waiting = self.tasks.iter().filter(|(_, task)| task.waits());
        let due = |(_, task): &(&u16, &Task)| task.due.is_some_and(|due| due <= now);
        let mut due: Vec<(Option<At>, u64, u16)> = waiting
            .clone()
            .filter(due)
            .map(|(number, task)| (task.due, task.seq, *number))
            .collect();
        due.sort_unstable();
        let late = waiting.filter(|(_, task)| task.deadline.is_some_and(|at| at <= now));
        let late: Vec<u16> = late.map(|(number, _)| *number).collect();
        for (_, _, number) in due {
            self.enter(number);
            if let Some(task) = self.tasks.get_mut(&number) {
                task.due = None;
            }
        }
        for number in late {
            self.end(now, number, End::Dead(DeadReason::Expired));
        }
    }

    /// A worker had it and it is to be tried again, not before `due`. False if
    /// it is too late for that.
    pub(super) fn again(&mut self, now: At, number: u16, due: Option<At>) -> bool {
        let Some(task) = self.tasks.get_mut(&number) else {
            return false;
        };
        task.holder = None;
        task.due = due;
        let late = task.deadline.is_some_and(|deadline| deadline <= now);
        if late {
            self.end(now, number, End::Dead(DeadReason::Expired));
        }
        !late
    }

    /// An attempt has failed. False if it was the last.
    pub(super) fn charge(&mut self, now: At, number: u16) -> bool {
        let Some(task) = self.tasks.get_mut(&number) else {
            return false;
        };
        task.attempts += 1;
        if task.attempts >= task.most {
            self.end(now, number, End::Dead(DeadReason::Exhausted));
            return false;
        }
        task.tried = true;
        self.again(now, number, None)
    }

    /// A worker died of it.
    pub(super) fn kill(&mut self, now: At, number: u16) {
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        task.deaths += 1;
        task.suspect = true;
        if task.cancelled {
            self.end(now, number, End::Cancelled);
        } else if task.deaths >= 3 {
            task.attempts += 1;
            self.end(now, number, End::Dead(DeadReason::Poison));
        } else {
            self.charge(now, number);
        }
    }

    /// Main has died; this is what was written down, taken over by another.
    pub(super) fn restore(&mut self, now: At) {
        self.connected = BTreeSet::from([0]);
        self.uniques.clear();
        self.ends.clear();
        let mut order: Vec<(bool, u64, u16)> = Vec::new();
        for (number, task) in &mut self.tasks {
            if let State::Accepting { replay } = task.state {
                task.state = if replay {
                    // Which reason is of no interest any more.
                    State::Ended(End::Dead(DeadReason::Rejected))
                } else {
                    State::Revoked
                };
            }
            if task.state != State::Open {
                continue;
            }
            (task.holder, task.entered, task.cancelled) = (None, None, false);
            task.watchers.clear();
            task.suspect = task.deaths > 0;
            let whole = |at: At| Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0));
            task.due = task.due.map(whole);
            if let Some((key, until)) = task.unique {
                let until = until.map(|until| until.max(now));
                self.uniques.insert((task.pool, key), (*number, until));
            }
            order.push((!task.tried, task.seq, *number));
        }
        order.sort_unstable();
        for (new, _, number) in order {
            if !new {
                self.enter(number);
            }
            self.begin(now, number);
        }
    }
}
