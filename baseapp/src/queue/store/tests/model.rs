//! [`Model`]: what a store should hold, as simply as it can be said.

use std::collections::BTreeMap;

use super::{
    super::{Contents, Dead, Op, Record, Seq, Store, WallMillis},
    workload,
};
use crate::task::{SmallBytes, TaskId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// Tasks that wait are kept.
    waiting: bool,
    tasks: BTreeMap<Seq, Record>,
    payloads: BTreeMap<Seq, SmallBytes>,
    dead: BTreeMap<Seq, Dead>,
    outcomes: BTreeMap<TaskId, (SmallBytes, WallMillis)>,
    next: u64,
}

impl Model {
    pub(super) fn of_memory() -> Model {
        Model::new(false)
    }

    #[cfg(feature = "durable")]
    pub(super) fn of_file() -> Model {
        Model::new(true)
    }

    fn new(waiting: bool) -> Model {
        Model {
            waiting,
            tasks: BTreeMap::new(),
            payloads: BTreeMap::new(),
            dead: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn apply(&mut self, ops: &[Op]) {
        for op in ops {
            self.apply_one(op);
        }
    }

    fn apply_one(&mut self, op: &Op) {
        match op.clone() {
            Op::Insert {
                seq,
                record,
                payload,
            } => {
                self.next = self.next.max(seq.0 + 1);
                if self.waiting {
                    self.tasks.insert(seq, *record);
                    self.payloads.insert(seq, payload);
                }
            }
            Op::Update { seq, record } => {
                if let Some(task) = self.tasks.get_mut(&seq) {
                    *task = *record;
                }
            }
            Op::Finish { seq, id, keep } => {
                if self.tasks.remove(&seq).is_some() {
                    self.payloads.remove(&seq);
                }
                self.outcomes.extend(keep.map(|keep| (id, keep)));
            }
            Op::Bury { seq, dead, payload } => {
                if let Some(payload) = self.payloads.get(&seq).cloned().or(payload) {
                    self.next = self.next.max(seq.0 + 1);
                    self.tasks.remove(&seq);
                    self.dead.insert(seq, *dead);
                    self.payloads.insert(seq, payload);
                }
            }
            Op::Replay { seq, record } => {
                if self.dead.remove(&seq).is_some() {
                    match self.waiting {
                        true => drop(self.tasks.insert(seq, *record)),
                        false => drop(self.payloads.remove(&seq)),
                    }
                }
            }
            Op::Purge { seq } => {
                if self.dead.remove(&seq).is_some() {
                    self.payloads.remove(&seq);
                }
            }
            Op::Expire { now } => self.outcomes.retain(|_, (_, until)| *until > now),
        }
    }

    /// What the store holds otherwise than this.
    pub(super) fn compare(&self, store: &dyn Store) -> Result<(), String> {
        let said = |error: super::StoreError| error.to_string();
        let contents = Contents {
            tasks: self
                .tasks
                .iter()
                .map(|(seq, record)| (*seq, record.clone()))
                .collect(),
            dead: self.dead.len() as u64,
            next: self.next,
        };
        same("contents", store.load().map_err(said)?, contents)?;
        let dead: Vec<_> = self
            .dead
            .iter()
            .map(|(seq, dead)| (*seq, dead.clone()))
            .collect();
        let mut found = Vec::new();
        loop {
            let after = found.last().map(|(seq, _)| *seq);
            match store.dead(after, 3).map_err(said)? {
                more if more.is_empty() => break,
                more => found.extend(more),
            }
        }
        same("dead letters", found, dead)?;
        for seq in 0..=self.next {
            let id = workload::id(seq);
            let by_id = self
                .dead
                .get(&Seq(seq))
                .map(|dead| (Seq(seq), dead.clone()));
            same("dead letter", store.dead_by_id(id).map_err(said)?, by_id)?;
            let payload = self.payloads.get(&Seq(seq)).cloned();
            same("payload", store.payload(Seq(seq)).map_err(said)?, payload)?;
            let outcome = self.outcomes.get(&id).map(|(outcome, _)| outcome.clone());
            same("outcome", store.outcome(id).map_err(said)?, outcome)?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, right: T) -> Result<(), String> {
    if found == right {
        return Ok(());
    }
    let short = |value: T| format!("{value:?}").chars().take(400).collect::<String>();
    Err(format!(
        "{what}: found {}, and {} is right",
        short(found),
        short(right)
    ))
}
