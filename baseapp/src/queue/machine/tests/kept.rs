//! What a store would hold, from what the machine says.

use std::collections::{BTreeMap, HashMap};

use crate::{
    queue::store::{Dead, Op, Record},
    task::{SmallBytes, TaskId},
};

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) tasks: BTreeMap<u64, (Record, SmallBytes)>,
    pub(super) dead: BTreeMap<u64, (Dead, SmallBytes)>,
    pub(super) outcomes: HashMap<TaskId, (SmallBytes, u64)>,
}

impl Kept {
    /// Refers only to what is there.
    pub(super) fn apply(&mut self, op: Op, durable: bool) {
        match op {
            Op::Insert {
                seq,
                record,
                payload,
            } => {
                let before = self.tasks.insert(seq.0, (*record, payload));
                assert!(durable && before.is_none(), "{seq:?} is inserted twice");
            }
            Op::Update { seq, record } => match self.tasks.get_mut(&seq.0) {
                Some(task) => task.0 = *record,
                None => panic!("{seq:?} is updated and not there"),
            },
            Op::Finish { seq, id, keep } => {
                let there = self.tasks.remove(&seq.0).is_some();
                assert!(there || !durable, "{seq:?} is finished and not there");
                self.outcomes.extend(keep.map(|keep| (id, keep)));
            }
            Op::Bury { seq, dead, payload } => {
                let there = self.tasks.remove(&seq.0);
                assert!(there.is_some() == durable, "{seq:?}: {there:?}");
                assert!(payload.is_some() != durable, "a payload must not be lost");
                let payload = payload.or(there.map(|(_, payload)| payload));
                self.dead
                    .insert(seq.0, (*dead, payload.unwrap_or_default()));
            }
            Op::Replay { seq, record } => match self.dead.remove(&seq.0) {
                Some((_, payload)) if durable => {
                    self.tasks.insert(seq.0, (*record, payload));
                }
                Some(_) => {}
                None => panic!("{seq:?} is replayed and not there"),
            },
            Op::Purge { seq } => drop(self.dead.remove(&seq.0)),
            Op::Expire { now } => self.outcomes.retain(|_, (_, until)| *until > now),
        }
    }
}
