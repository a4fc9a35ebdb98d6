//! What one turn of the machine comes to. Batches are used again, as each of them would
//! grow anew, and what is in them is large.

use super::{Effect, Machine, TaskKey};
use crate::queue::store::Op;

/// Room that an idle batch keeps, in entries of each kind.
const KEEP: usize = 1024;

/// What belongs together: changes to commit, and what to do when they are.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) ops: Vec<Op>,
    pub(crate) effects: Vec<Effect>,
    /// Tasks that are accepted when this is committed.
    pub(crate) accepting: Vec<TaskKey>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.ops.is_empty() && self.effects.is_empty() && self.accepting.is_empty()
    }

    /// Empties it; what is unusually long gives its memory back.
    fn clear(&mut self) {
        self.ops.clear();
        self.effects.clear();
        self.accepting.clear();
        self.ops.shrink_to(KEEP);
        self.effects.shrink_to(KEEP);
        self.accepting.shrink_to(KEEP);
    }
}

impl Machine {
    /// What is to be committed and done. Empty if there is nothing.
    pub(crate) fn take_batch(&mut self) -> Batch {
        std::mem::replace(&mut self.batch, std::mem::take(&mut self.spare))
    }

    /// A batch that was dealt with: its memory is for another one.
    pub(crate) fn reuse(&mut self, mut batch: Batch) {
        batch.clear();
        self.spare = batch;
    }
}
