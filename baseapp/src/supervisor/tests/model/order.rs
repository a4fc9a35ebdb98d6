//! Whether it is somebody's turn.

use super::{
    reference::{Child, Owed},
    run::{Life, Run},
};
use crate::{id::WorkerId, supervision::Strategy};

impl Run {
    /// Those who stand before it and after it, and are restarted with it in an
    /// order: the workers of its group, and those of its sequence.
    fn others(&self, id: WorkerId) -> (Vec<WorkerId>, Vec<WorkerId>) {
        let sequence = |id| self.supervisor.members.get(&id).and_then(|m| m.sequence);
        let own = sequence(id);
        let parent = self.reference.workers[&id].counted.parent;
        let in_order = self.reference.groups[parent].strategy != Strategy::OneForOne;
        assert!(
            !in_order || own.is_some(),
            "{id:?} does not wait for anybody"
        );
        let siblings = &self.reference.groups[parent].children;
        let all = self.reference.workers_of(Child::Group(0)).into_iter();
        let with_it = |other: &WorkerId| {
            (in_order && siblings.contains(&Child::Worker(*other)))
                || (own.is_some() && sequence(*other) == own)
        };
        let (mut before, mut after): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        let mut found = false;
        for other in all {
            if other == id {
                found = true;
            } else if with_it(&other) {
                if found { &mut after } else { &mut before }.push(other);
            }
        }
        (before, after)
    }

    fn is_to_stop(&self, id: WorkerId) -> bool {
        let (body, worker) = (&self.bodies[&id], &self.reference.workers[&id]);
        body.life != Life::None && !body.told && worker.owed != Owed::Nothing
    }

    pub(super) fn check_stop(&self, id: WorkerId) {
        let (before, after) = self.others(id);
        for other in before.iter().chain(&after) {
            assert!(!self.bodies[other].told, "{id:?} while {other:?} stops");
        }
        for other in after {
            assert!(!self.is_to_stop(other), "{id:?} before {other:?}");
        }
    }

    pub(super) fn check_start(&self, id: WorkerId) {
        let (before, after) = self.others(id);
        for other in before.iter().chain(&after) {
            let body = &self.bodies[other];
            assert_ne!(body.life, Life::Starting, "{id:?} while {other:?} starts");
            assert!(!body.told && !self.is_to_stop(*other), "{id:?}, {other:?}");
        }
        for other in before {
            let returns = self.reference.workers[&other].owed == Owed::Life;
            assert!(!returns, "{id:?} before {other:?}");
        }
    }
}
