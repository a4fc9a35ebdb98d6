//! What is true between any two events, and at the end.

use super::{
    super::super::End,
    reference::Owed,
    run::{Life, Run},
};
use crate::supervision::Restart;

impl Run {
    /// What is true between any two events.
    pub(super) fn check(&self) {
        if self.over {
            assert!(self.supervisor.is_settled() && self.supervisor.next_alarm().is_none());
            return;
        }
        let mut settled = true;
        for (id, worker) in &self.reference.workers {
            let body = &self.bodies[id];
            let is_down = body.life == Life::None || body.told;
            let returns = is_down && worker.owed == Owed::Life;
            assert_eq!(self.supervisor.returns(*id), returns, "{id:?}");
            assert_eq!(self.supervisor.restarts(*id), body.starts, "{id:?}");
            settled &= match body.life {
                Life::None => worker.owed == Owed::End,
                Life::Starting => false,
                Life::Up => worker.owed == Owed::Nothing,
            };
        }
        assert_eq!(self.supervisor.is_settled(), settled);
    }

    /// Nobody dies any more, and everybody does as told.
    pub(super) fn drain(&mut self) {
        for _ in 0..10_000 {
            if let Some(id) = self.one(0, |body| body.dead.is_some()) {
                self.hears(id);
            } else if let Some(id) = self.one(0, |body| body.told && !body.removed) {
                self.ended(id, End::Asked);
            } else if let Some(id) =
                self.one(0, |body| body.life == Life::Starting && !body.removed)
            {
                self.started(id);
            } else if let Some(at) = self.supervisor.next_alarm() {
                self.now = self.now.max(at);
                let actions = self.supervisor.alarm(self.now);
                assert!(!actions.is_empty(), "an alarm for nothing");
                self.carry_out(actions);
            } else {
                break;
            }
            self.check();
        }
        assert!(self.supervisor.is_settled());
        if self.over {
            return;
        }
        for (id, worker) in &self.reference.workers {
            let is_up = self.bodies[id].life == Life::Up;
            assert!(is_up || worker.restart != Restart::Permanent, "{id:?}");
            assert_eq!(is_up, worker.owed == Owed::Nothing, "{id:?}");
        }
    }
}
