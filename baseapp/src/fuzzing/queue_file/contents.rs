//! [`Contents`]: all that is in a file.

use super::whole::{BATCHES, TASKS, id};
use crate::{
    queue::{Dead, Record, RedbStore, Seq, Store, StoreError},
    task::SmallBytes,
};

/// All that a store tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Contents {
    next: u64,
    tasks: Vec<(Seq, Record)>,
    dead: Vec<(Seq, Dead)>,
    payloads: Vec<Option<SmallBytes>>,
    outcomes: Vec<Option<SmallBytes>>,
}

impl Contents {
    pub(super) fn of(store: &RedbStore) -> Result<Contents, StoreError> {
        let loaded = store.load()?;
        let dead = store.dead(None, usize::MAX)?;
        assert_eq!(loaded.dead, dead.len() as u64);
        for (seq, letter) in &dead {
            let found = store.dead_by_id(letter.record.id)?;
            assert_eq!(found.as_ref(), Some(&(*seq, letter.clone())));
        }
        // Numbers are never many here, whatever a file says.
        let numbers = 0..loaded.next.min((BATCHES + 1) * TASKS);
        Ok(Contents {
            next: loaded.next,
            tasks: loaded.tasks,
            dead,
            payloads: numbers
                .clone()
                .map(|number| store.payload(Seq(number)))
                .collect::<Result<_, _>>()?,
            outcomes: numbers
                .map(|number| store.outcome(id(number)))
                .collect::<Result<_, _>>()?,
        })
    }
}
