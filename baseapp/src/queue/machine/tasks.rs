//! The tasks that have not ended: a table without decisions.

use std::{
    hash::Hasher,
    time::{Duration, Instant},
};

use super::Lease;
use crate::{
    id::WorkerId,
    queue::store::{Record, Seq, WallMillis},
    task::{Backoff, Key, Limits, SmallBytes, TaskId, TaskMap},
};

/// Names a task in the table: never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TaskKey {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// Who is told how a task ends: a connection, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Watcher(pub(crate) u32);

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is being written down.
    Accepting,
    /// Until its time has come.
    Delayed,
    /// Until another one of its key has ended.
    Chained,
    /// Until a worker is free.
    Ready,
    /// A worker has it.
    Leased { worker: WorkerId, lease: Lease },
}

/// What few tasks have.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// Not before.
    pub(super) due: Option<Instant>,
    /// Not after.
    pub(super) deadline: Option<Instant>,
    pub(super) key: Option<Key>,
    pub(super) unique: Option<(Key, Option<Instant>)>,
    pub(super) error: Option<String>,
    pub(super) watchers: Vec<Watcher>,
    /// The type of a message that this build does not know.
    pub(super) message: Option<String>,
}

/// [`Limits`] in half the space: spans in nanoseconds, up to 584 years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tight {
    /// [`NEVER`](Self::NEVER) if there is none.
    timeout: u64,
    first: u64,
    longest: u64,
    attempts: u32,
    pub(super) priority: u8,
}

impl Tight {
    const NEVER: u64 = u64::MAX;

    pub(super) fn timeout(&self) -> Option<Duration> {
        (self.timeout != Tight::NEVER).then(|| Duration::from_nanos(self.timeout))
    }
}

impl From<Limits> for Tight {
    fn from(limits: Limits) -> Tight {
        let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Tight {
            timeout: limits.timeout.map_or(Tight::NEVER, nanos),
            first: nanos(limits.backoff.first),
            longest: nanos(limits.backoff.longest),
            attempts: limits.attempts,
            priority: limits.priority,
        }
    }
}

impl From<Tight> for Limits {
    fn from(tight: Tight) -> Limits {
        Limits {
            attempts: tight.attempts,
            timeout: tight.timeout(),
            backoff: Backoff {
                first: Duration::from_nanos(tight.first),
                longest: Duration::from_nanos(tight.longest),
            },
            priority: tight.priority,
        }
    }
}

/// A task that has not ended. There may be millions: what few of them have is
/// in [`Extras`].
#[derive(Debug)]
pub(super) struct Task {
    pub(super) seq: Seq,
    pub(super) id: TaskId,
    pub(super) pool: u16,
    /// `None` if this build knows no handler.
    pub(super) route: Option<u16>,
    pub(super) place: Place,
    pub(super) limits: Tight,
    pub(super) accepted: WallMillis,
    pub(super) deliveries: u32,
    pub(super) attempts: u32,
    pub(super) deaths: u32,
    /// One of several that a worker had when it died: runs with no other at
    /// its side, so that it is known whose fault the next death is.
    pub(super) suspect: bool,
    pub(super) cancelled: bool,
    /// It is delayed because it has failed, not because somebody wished it.
    pub(super) retrying: bool,
    /// `None` if only the store has it.
    pub(super) payload: Option<SmallBytes>,
    pub(super) watcher: Option<Watcher>,
    pub(super) extras: Option<Box<Extras>>,
}

impl Task {
    pub(super) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_with(Box::default)
    }

    pub(super) fn key(&self) -> Option<Key> {
        self.extras.as_ref()?.key
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.extras.as_ref()?.deadline
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.extras.as_ref()?.due
    }

    /// `is_there`: the connections that have not ended.
    pub(super) fn watch(&mut self, watcher: Watcher, is_there: impl Fn(&Watcher) -> bool) {
        if self.watcher.is_none_or(|first| first == watcher) {
            self.watcher = Some(watcher);
            return;
        }
        let watchers = &mut self.extras().watchers;
        if !watchers.contains(&watcher) {
            if watchers.len() == watchers.capacity() {
                watchers.retain(is_there);
            }
            watchers.push(watcher);
        }
    }

    /// Those who watch, who do so no more.
    pub(super) fn take_watchers(&mut self) -> Vec<Watcher> {
        let mut watchers: Vec<Watcher> = self.watcher.take().into_iter().collect();
        if let Some(extras) = &mut self.extras {
            watchers.append(&mut extras.watchers);
        }
        watchers
    }

    pub(super) fn watchers(&self) -> impl Iterator<Item = Watcher> {
        let more = self.extras.iter().flat_map(|extras| &extras.watchers);
        self.watcher.into_iter().chain(more.copied())
    }
}

/// This moment on both clocks: the monotonic one decides, the wall clock is
/// written down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) at: Instant,
    pub(crate) wall: WallMillis,
}

impl Now {
    pub(super) fn wall_of(self, instant: Instant) -> WallMillis {
        let behind = self.at.saturating_duration_since(instant);
        self.wall_after(instant.saturating_duration_since(self.at))
            .saturating_sub(millis(behind))
    }

    /// That much later.
    pub(super) fn wall_after(self, span: Duration) -> WallMillis {
        self.wall.saturating_add(millis(span))
    }

    /// The instant of a time that was written down; now, if that is past.
    pub(super) fn instant_of(self, wall: WallMillis) -> Instant {
        later(
            self.at,
            Duration::from_millis(wall.saturating_sub(self.wall)),
        )
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// That much later; in a hundred years, if the clock cannot tell.
pub(super) fn later(at: Instant, span: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    at.checked_add(span).unwrap_or(at + CENTURY)
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Tasks {
    slots: Vec<(u32, Option<Task>)>,
    free: Vec<u32>,
    by_id: TaskMap<TaskKey>,
}

impl Tasks {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn insert(&mut self, task: Task) -> TaskKey {
        let id = task.id;
        let key = match self.free.pop() {
            Some(index) => {
                let slot = &mut self.slots[index as usize];
                slot.1 = Some(task);
                TaskKey {
                    index,
                    generation: slot.0,
                }
            }
            None => {
                // Bounded by the pools' capacities, which are u32s.
                let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
                self.slots.push((0, Some(task)));
                TaskKey {
                    index,
                    generation: 0,
                }
            }
        };
        self.by_id.insert(id, key);
        key
    }

    pub(super) fn get(&self, key: TaskKey) -> Option<&Task> {
        let (generation, task) = self.slots.get(key.index as usize)?;
        task.as_ref().filter(|_| *generation == key.generation)
    }

    pub(super) fn get_mut(&mut self, key: TaskKey) -> Option<&mut Task> {
        let (generation, task) = self.slots.get_mut(key.index as usize)?;
        task.as_mut().filter(|_| *generation == key.generation)
    }

    pub(super) fn remove(&mut self, key: TaskKey) -> Option<Task> {
        self.get(key)?;
        let (generation, slot) = self.slots.get_mut(key.index as usize)?;
        let task = slot.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(key.index);
        self.by_id.remove(&task.id);
        Some(task)
    }

    pub(super) fn find(&self, id: TaskId) -> Option<TaskKey> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TaskKey, &Task)> {
        self.slots.iter().zip(0..).filter_map(|(slot, index)| {
            let (generation, task) = slot;
            let generation = *generation;
            Some((TaskKey { index, generation }, task.as_ref()?))
        })
    }
}

/// For ids and keys, which are random already.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl IdHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The table looks at the lowest bits and at the highest.
        self.0 ^= self.0 >> 32;
    }
}

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            // What counts up stands at the end of an id.
            self.mix(u64::from_be_bytes(*word));
        }
        for byte in rest {
            self.mix((*byte).into());
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }

    fn write_u128(&mut self, word: u128) {
        self.mix(word as u64);
        self.mix((word >> 64) as u64);
    }

    /// All are of the same length.
    fn write_usize(&mut self, _: usize) {}
}

impl Task {
    /// As it is written down.
    pub(super) fn record(&self, now: Now, pool: &str, message: Option<&str>) -> Record {
        let none = Extras::default();
        let extras = self.extras.as_deref().unwrap_or(&none);
        Record {
            id: self.id,
            pool: pool.to_owned(),
            message: message
                .or(extras.message.as_deref())
                .unwrap_or_default()
                .to_owned(),
            limits: self.limits.into(),
            accepted: self.accepted,
            due: extras.due.map(|due| now.wall_of(due)),
            deadline: extras.deadline.map(|deadline| now.wall_of(deadline)),
            key: extras.key,
            unique: extras
                .unique
                .map(|(key, until)| (key, until.map(|until| now.wall_of(until)))),
            deliveries: self.deliveries,
            attempts: self.attempts,
            deaths: self.deaths,
            error: extras.error.clone(),
        }
    }

    /// From how it was written down.
    pub(super) fn from_record(
        now: Now,
        seq: Seq,
        record: Record,
        pool: u16,
        route: Option<u16>,
    ) -> Task {
        let extras = Extras {
            due: record.due.map(|due| now.instant_of(due)),
            deadline: record.deadline.map(|deadline| now.instant_of(deadline)),
            key: record.key,
            unique: record
                .unique
                .map(|(key, until)| (key, until.map(|until| now.instant_of(until)))),
            error: record.error,
            message: route.is_none().then_some(record.message),
            watchers: Vec::new(),
        };
        let plain = extras.message.is_none()
            && extras.due.is_none()
            && extras.deadline.is_none()
            && extras.key.is_none()
            && extras.unique.is_none()
            && extras.error.is_none();
        Task {
            seq,
            id: record.id,
            pool,
            route,
            place: Place::Accepting,
            limits: record.limits.into(),
            accepted: record.accepted,
            deliveries: record.deliveries,
            attempts: record.attempts,
            deaths: record.deaths,
            suspect: record.deaths > 0,
            cancelled: false,
            retrying: false,
            payload: None,
            watcher: None,
            extras: (!plain).then(|| Box::new(extras)),
        }
    }
}
