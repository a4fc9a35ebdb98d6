//! [`MemoryStore`]: what outlives nothing.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Contents, Dead, Op, Seq, Store, StoreError, outcomes::Outcomes};
use crate::task::{SmallBytes, TaskId};

/// The most dead letters that are kept; from then on the oldest goes first.
pub(crate) const MAX_DEAD: usize = 10_000;

/// Keeps dead letters with their payloads, and outcomes, for as long as the
/// process lives: at most [`MAX_DEAD`] of the one and
/// [`MAX_OUTCOMES`](super::outcomes::MAX_OUTCOMES) of the other. Tasks that
/// wait are kept by who uses the store.
#[derive(Debug)]
pub(crate) struct MemoryStore(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    dead: Newest<Seq, (Dead, SmallBytes)>,
    dead_ids: BTreeMap<TaskId, Seq>,
    outcomes: Outcomes,
    next: u64,
}

impl MemoryStore {
    pub(crate) fn new() -> MemoryStore {
        MemoryStore(Mutex::new(Kept {
            dead: Newest::new(MAX_DEAD),
            dead_ids: BTreeMap::new(),
            outcomes: Outcomes::default(),
            next: 0,
        }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn is_durable(&self) -> bool {
        false
    }

    fn load(&self) -> Result<Contents, StoreError> {
        let kept = self.kept();
        Ok(Contents {
            tasks: Vec::new(),
            dead: kept.dead.values.len() as u64,
            next: kept.next,
        })
    }

    fn commit(&self, ops: &[Op]) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for op in ops {
            kept.apply(op);
        }
        Ok(())
    }

    fn payload(&self, seq: Seq) -> Result<Option<SmallBytes>, StoreError> {
        let kept = self.kept();
        Ok(kept.dead.get(&seq).map(|(_, payload)| payload.clone()))
    }

    fn outcome(&self, id: TaskId) -> Result<Option<SmallBytes>, StoreError> {
        Ok(self.kept().outcomes.get(id).cloned())
    }

    fn dead(&self, after: Option<Seq>, limit: usize) -> Result<Vec<(Seq, Dead)>, StoreError> {
        let kept = self.kept();
        let from = after.map_or(Some(0), |Seq(after)| after.checked_add(1));
        let Some(from) = from else {
            return Ok(Vec::new());
        };
        let letters = kept.dead.values.range(Seq(from)..).take(limit);
        Ok(letters
            .map(|(seq, (_, (dead, _)))| (*seq, dead.clone()))
            .collect())
    }

    fn dead_by_id(&self, id: TaskId) -> Result<Option<(Seq, Dead)>, StoreError> {
        let kept = self.kept();
        let seq = kept.dead_ids.get(&id);
        Ok(seq.and_then(|seq| Some((*seq, kept.dead.get(seq)?.0.clone()))))
    }
}

impl Kept {
    fn apply(&mut self, op: &Op) {
        match op {
            Op::Insert { seq, .. } => self.used(*seq),
            Op::Update { .. } => {}
            Op::Finish { id, keep, .. } => {
                if let Some((outcome, until)) = keep {
                    self.outcomes.insert(*id, outcome, *until);
                }
            }
            Op::Bury { seq, dead, payload } => self.bury(*seq, dead, payload.as_ref()),
            Op::Replay { seq, .. } | Op::Purge { seq } => {
                let letter = self.dead.remove(seq);
                self.forget(letter);
            }
            Op::Expire { now } => self.outcomes.expire(*now),
        }
    }

    fn used(&mut self, seq: Seq) {
        self.next = self.next.max(seq.0.saturating_add(1));
    }

    fn bury(&mut self, seq: Seq, dead: &Dead, payload: Option<&SmallBytes>) {
        let known = self.dead.get(&seq).map(|(_, payload)| payload);
        let Some(payload) = known.or(payload).cloned() else {
            return;
        };
        self.used(seq);
        let before = self.dead.remove(&seq);
        self.forget(before);
        let oldest = self.dead.insert(seq, (dead.clone(), payload));
        self.forget(oldest);
        self.dead_ids.insert(dead.record.id, seq);
    }

    fn forget(&mut self, letter: Option<(Dead, SmallBytes)>) {
        if let Some((dead, _)) = letter {
            self.dead_ids.remove(&dead.record.id);
        }
    }
}

/// The values that came last, at most so many.
#[derive(Debug)]
struct Newest<K, V> {
    max: usize,
    /// With the place of each in the order of arrival.
    values: BTreeMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    arrivals: u64,
}

impl<K: Ord + Copy, V> Newest<K, V> {
    fn new(max: usize) -> Self {
        Newest {
            max,
            values: BTreeMap::new(),
            order: BTreeMap::new(),
            arrivals: 0,
        }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(_, value)| value)
    }

    /// The oldest value, if it has to go.
    fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.remove(&key);
        self.arrivals += 1;
        self.order.insert(self.arrivals, key);
        self.values.insert(key, (self.arrivals, value));
        if self.values.len() <= self.max {
            return None;
        }
        let (_, oldest) = self.order.pop_first()?;
        self.values.remove(&oldest).map(|(_, value)| value)
    }

    fn remove(&mut self, key: &K) -> Option<V> {
        let (arrival, value) = self.values.remove(key)?;
        self.order.remove(&arrival);
        Some(value)
    }
}
