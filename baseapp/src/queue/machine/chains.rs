//! [`Chains`]: tasks of one key, of which the first has its turn.
//!
//! Whatever the length of a chain, its tasks come and go in constant time: one
//! that leaves from the middle is passed over later.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    hash::BuildHasherDefault,
};

use super::{TaskKey, tasks::IdHasher};
use crate::task::Key;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<(u16, Key), Chain, BuildHasherDefault<IdHasher>>);

#[derive(Debug)]
struct Chain {
    first: TaskKey,
    rest: VecDeque<TaskKey>,
    /// So many of the rest are there no more.
    gone: usize,
}

impl Chains {
    /// A task takes its place behind the others, unless it is the first
    /// already. True if it is its turn.
    pub(super) fn enter(&mut self, pool: u16, of: Key, task: TaskKey) -> bool {
        match self.0.entry((pool, of)) {
            Entry::Vacant(vacant) => {
                vacant.insert(Chain {
                    first: task,
                    rest: VecDeque::new(),
                    gone: 0,
                });
                true
            }
            Entry::Occupied(mut chain) => {
                let chain = chain.get_mut();
                if chain.first != task {
                    chain.rest.push_back(task);
                }
                chain.first == task
            }
        }
    }

    /// A task is the first, if there is none.
    pub(super) fn enter_first(&mut self, pool: u16, of: Key, task: TaskKey) {
        if !self.0.contains_key(&(pool, of)) {
            self.enter(pool, of, task);
        }
    }

    /// A task is there no more; `behind` if it stood behind another. The task
    /// whose turn it is because of that.
    pub(super) fn leave(
        &mut self,
        pool: u16,
        of: Key,
        task: TaskKey,
        behind: bool,
        is_there: impl Fn(TaskKey) -> bool,
    ) -> Option<TaskKey> {
        /// Not worth a tidy-up.
        const FEW: usize = 16;

        let chain = self.0.get_mut(&(pool, of))?;
        if chain.first != task {
            chain.gone += usize::from(behind);
            if chain.gone > chain.rest.len() / 2 + FEW {
                chain.rest.retain(|task| is_there(*task));
                chain.gone = 0;
            }
            return None;
        }
        while let Some(next) = chain.rest.pop_front() {
            if is_there(next) {
                chain.first = next;
                return Some(next);
            }
            chain.gone = chain.gone.saturating_sub(1);
        }
        self.0.remove(&(pool, of));
        None
    }

    #[cfg(test)]
    pub(super) fn first(&self, pool: u16, of: Key) -> Option<TaskKey> {
        self.0.get(&(pool, of)).map(|chain| chain.first)
    }

    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.0.values().map(|chain| 1 + chain.rest.len()).sum()
    }
}
