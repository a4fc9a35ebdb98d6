//! [`HowFar`] a life that is over came with what was sent to it, and who is told.

use super::{child::Child, state::State};
use crate::{
    blackbox::Snapshot,
    death::IN_ORDER,
    id::{Life, WorkerId},
    wire::control::{Handled, ToWorker},
};

/// By connection, and whose it was.
#[derive(Default)]
pub(super) struct HowFar(Vec<(WorkerId, u64, Handled)>);

impl HowFar {
    /// As a black box says.
    pub(super) fn of(snapshot: &Snapshot) -> HowFar {
        let slots = snapshot.slots().map(|slot| {
            let (started, finished) = (slot.started, slot.finished);
            (slot.peer, slot.connection, Handled { started, finished })
        });
        HowFar(slots.collect())
    }

    /// With what one worker had sent, by connection.
    pub(super) fn with(&self, sender: WorkerId) -> Vec<(u64, Handled)> {
        let of_it = self.0.iter().filter(|(of, ..)| *of == sender);
        of_it
            .map(|(_, connection, handled)| (*connection, *handled))
            .collect()
    }
}

/// Tells all of them that live how the life of another one has ended.
fn tell(some: &[Child], life: Life, how: &str, returns: bool, how_far: &HowFar) {
    let others = |child: &&Child| child.life.id != life.id && !child.has_ended();
    for child in some.iter().filter(others) {
        child.tell(ToWorker::Ended {
            id: life.id,
            incarnation: life.incarnation,
            how: how.to_owned(),
            returns,
            handled: how_far.with(child.life.id),
        });
    }
}

impl State {
    /// Tells all others how a life has ended, and how far it came.
    pub(super) fn tell_ended(&self, life: Life, how: &str, returns: bool, how_far: &HowFar) {
        tell(&self.children, life, how, returns, how_far);
    }

    /// A worker has stopped in order. Main may outlive it, and must not send to
    /// nobody; and who is of a pool is replaced while the others go on.
    pub(super) fn tell_stopped(&self, life: Life, how_far: &HowFar) {
        let main = self.children.get(..1).unwrap_or_default();
        let told = match self.still_works() {
            true => &self.children[..],
            false => main,
        };
        tell(told, life, IN_ORDER, false, how_far);
    }
}
