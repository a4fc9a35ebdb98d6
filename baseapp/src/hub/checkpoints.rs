//! The states that workers have told of themselves: their next lives start from
//! them.

use std::{collections::HashMap, sync::Arc};

use super::{
    WorkerSpec,
    child::{Child, Stage},
    state::State,
};
use crate::{
    id::{Life, WorkerId},
    report,
    wire::encoded::Encoded,
};

/// Lives in a row that start from a checkpoint and do not get through their
/// `#[start]`; then it is the checkpoint's fault.
const ENOUGH: u32 = 2;

/// The newest one of each worker.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    kept: HashMap<WorkerId, Checkpoint>,
}

#[derive(Debug)]
struct Checkpoint {
    state: Arc<[u8]>,
    /// The worker's life has started from it, or from one that was told in its place.
    is_taken: bool,
    /// The worker's life was made of another state, and is to be told this one
    /// before it begins.
    is_untold: bool,
    failures: u32,
}

impl Checkpoints {
    fn keep(&mut self, id: WorkerId, state: Arc<[u8]>) {
        let kept = self.kept.entry(id).or_insert_with(|| Checkpoint {
            state: Arc::default(),
            is_taken: false,
            is_untold: false,
            failures: 0,
        });
        kept.state = state;
    }

    /// A life begins: what it starts from, unless it is the initial state.
    fn begin(&mut self, id: WorkerId) -> Option<Arc<[u8]>> {
        let kept = self.kept.get_mut(&id)?;
        kept.is_taken = true;
        kept.is_untold = false;
        Some(Arc::clone(&kept.state))
    }

    /// The life that is to begin was made beside the one before it, of the initial state.
    pub(super) fn is_behind(&mut self, id: WorkerId) {
        if let Some(kept) = self.kept.get_mut(&id) {
            kept.is_untold = true;
        }
    }

    /// A life is about to begin: what it is to be made of instead, if anything.
    pub(super) fn catch_up(&mut self, id: WorkerId) -> Option<Arc<[u8]>> {
        let is_untold = self.kept.get(&id).is_some_and(|kept| kept.is_untold);
        is_untold.then(|| self.begin(id)).flatten()
    }

    /// The worker has ended for good.
    pub(super) fn forget(&mut self, id: WorkerId) {
        self.kept.remove(&id);
    }

    /// A life has run its `#[start]`.
    pub(super) fn started(&mut self, id: WorkerId) {
        if let Some(kept) = self.kept.get_mut(&id) {
            kept.failures = 0;
        }
    }

    /// A life has ended. True if the checkpoint is at fault, and is dropped.
    fn ended(&mut self, id: WorkerId, had_started: bool) -> bool {
        let Some(kept) = self.kept.get_mut(&id) else {
            return false;
        };
        if std::mem::take(&mut kept.is_taken) && !had_started {
            kept.failures += 1;
        }
        let is_at_fault = kept.failures >= ENOUGH;
        if is_at_fault {
            self.kept.remove(&id);
        }
        is_at_fault
    }
}

impl State {
    /// A worker tells its state. Those of pools start from one and the same, and
    /// main is not started again.
    pub(super) fn keep_checkpoint(&mut self, life: Life, Encoded(state): Encoded) {
        let child = self.children.get(life.id.index());
        // Not of a life that is only prepared: it has done nothing.
        let child = child.filter(|child| child.life == life);
        if child.is_some_and(Child::is_supervised) {
            self.checkpoints.keep(life.id, state);
        }
    }

    /// What the next life of a worker starts from.
    pub(super) fn next_start(&mut self, id: WorkerId, spec: &Arc<WorkerSpec>) -> Arc<WorkerSpec> {
        match self.checkpoints.begin(id) {
            None => Arc::clone(spec),
            Some(init) => Arc::new(WorkerSpec {
                init,
                ..WorkerSpec::clone(spec)
            }),
        }
    }

    /// A life has ended that had come so far.
    pub(super) fn judge_checkpoint(&mut self, id: WorkerId, was: Stage) {
        // Whoever was told to stop before it had started is not judged.
        let had_started = !matches!(was, Stage::Launched | Stage::Ready);
        if self.checkpoints.ended(id, had_started) {
            let name = self.children.get(id.index()).map(|child| &*child.name);
            report::warn(&format!(
                "`{}` twice did not start from its checkpoint, which is dropped: \
                 it starts from its initial state",
                name.unwrap_or_default()
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: WorkerId = WorkerId(7);

    fn state(byte: u8) -> Arc<[u8]> {
        Arc::from([byte])
    }

    #[test]
    fn the_newest_is_kept_and_one_per_worker() {
        let mut checkpoints = Checkpoints::default();
        assert_eq!(checkpoints.begin(ID), None);
        checkpoints.keep(ID, state(1));
        checkpoints.keep(ID, state(2));
        checkpoints.keep(WorkerId(8), state(3));
        assert_eq!(checkpoints.begin(ID), Some(state(2)));
        assert!(!checkpoints.ended(ID, true));
        assert_eq!(checkpoints.begin(ID), Some(state(2)), "as often as needed");
        assert_eq!(checkpoints.kept.len(), 2);
    }

    #[test]
    fn one_that_nobody_starts_from_is_dropped() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.keep(ID, state(1));
        assert!(!checkpoints.ended(ID, false), "it had not started from it");
        assert!(checkpoints.begin(ID).is_some());
        assert!(!checkpoints.ended(ID, false));
        assert!(checkpoints.begin(ID).is_some());
        assert!(checkpoints.ended(ID, false));
        assert_eq!(checkpoints.begin(ID), None);
        assert!(!checkpoints.ended(ID, false), "the initial state's fault");
    }

    #[test]
    fn a_life_that_has_started_clears_it_of_blame() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.keep(ID, state(1));
        for _ in 0..5 {
            assert!(checkpoints.begin(ID).is_some());
            assert!(!checkpoints.ended(ID, false));
            assert!(checkpoints.begin(ID).is_some());
            checkpoints.started(ID);
            assert!(!checkpoints.ended(ID, true));
        }
    }

    #[test]
    fn a_life_that_was_prepared_is_told_the_newest_before_it_begins() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.is_behind(ID);
        assert_eq!(checkpoints.catch_up(ID), None, "there is none");
        checkpoints.keep(ID, state(1));
        assert_eq!(checkpoints.begin(ID), Some(state(1)));
        assert_eq!(checkpoints.catch_up(ID), None, "it was made of it");
        checkpoints.keep(ID, state(2));
        checkpoints.is_behind(ID);
        assert_eq!(checkpoints.catch_up(ID), Some(state(2)));
        assert_eq!(checkpoints.catch_up(ID), None, "once");
        assert!(!checkpoints.ended(ID, false), "it is judged as well");
        checkpoints.is_behind(ID);
        assert_eq!(checkpoints.catch_up(ID), Some(state(2)));
        assert!(checkpoints.ended(ID, false));
        checkpoints.keep(ID, state(3));
        checkpoints.forget(ID);
        assert_eq!(checkpoints.begin(ID), None);
    }

    #[test]
    fn what_is_told_before_the_start_is_blamed_as_well() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.keep(ID, state(1));
        for number in 2..4 {
            assert!(checkpoints.begin(ID).is_some());
            checkpoints.keep(ID, state(number));
            assert_eq!(checkpoints.ended(ID, false), number == 3);
        }
    }
}
