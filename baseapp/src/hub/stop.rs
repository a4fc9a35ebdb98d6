//! Stopping, in order: let the work end, then stop the workers one by one,
//! last started first; by force those that do not.

use std::time::{Duration, Instant};

use super::{
    StopProblem,
    child::{Child, Runner, Stage},
    quiesce::{Quiesce, Step},
    state::{Phase, State},
};
use crate::{
    id::{Life, WorkerId},
    task::cut,
    wire::control::ToWorker,
};

/// Between the polite signal and the one that cannot be refused.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// How soon to ask again when somebody is just being started.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Longest text of a worker that is kept, in bytes.
pub(super) const MAX_TEXT: usize = 16 << 10;

/// How far stopping has come.
#[derive(Debug)]
pub(super) struct Stopping {
    step: Stopper,
    deadline: Instant,
}

#[derive(Debug)]
enum Stopper {
    /// Until all messages are handled, or the grace time is over.
    Quiescing {
        quiesce: Quiesce,
        until: Instant,
        asked: bool,
    },
    /// A worker was told to stop.
    Told(WorkerId),
    /// It did not, and got a signal.
    Terminated(WorkerId),
    /// It did not even then, and was killed.
    Killed(WorkerId),
}

impl Stopping {
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    fn waits_for(&self) -> Option<WorkerId> {
        match self.step {
            Stopper::Quiescing { .. } => None,
            Stopper::Told(id) | Stopper::Terminated(id) | Stopper::Killed(id) => Some(id),
        }
    }
}

impl State {
    /// Whether there is work yet for workers of pools that are started now.
    pub(super) fn still_works(&self) -> bool {
        match &self.phase {
            Phase::Starting(_) | Phase::Running => true,
            Phase::Stopping(stopping) => matches!(stopping.step, Stopper::Quiescing { .. }),
            _ => false,
        }
    }

    /// Begins to stop.
    pub(super) fn stop(&mut self) {
        match self.phase {
            Phase::Running => {
                self.stopping.send_replace(true);
                self.tell_service_stopping();
                self.close_supervision();
                let until = Instant::now() + self.spec.grace;
                self.probe(Quiesce::default(), until);
            }
            // Who starts is let to: then there is something to stop in order.
            Phase::Starting(_) => self.stop_wanted = true,
            Phase::New => self.kill(),
            Phase::Failing(..) | Phase::Stopping(_) | Phase::Killing | Phase::Over => {}
        }
    }

    /// Asks everyone whether there is something left to do.
    fn probe(&mut self, mut quiesce: Quiesce, until: Instant) {
        let up = |child: &&Child| child.is_up();
        if !self.children.iter().any(|child| child.is_up()) {
            return self.stop_next();
        }
        let asked = self.children.iter().filter(up);
        let round = quiesce.begin(asked.map(|child| child.life.id));
        let step = Stopper::Quiescing {
            quiesce,
            until,
            asked: true,
        };
        self.phase = Phase::Stopping(Stopping {
            step,
            deadline: until,
        });
        for child in self.children.iter().filter(up) {
            child.tell(ToWorker::Probe { round });
        }
    }

    /// Someone says that it has nothing left to do.
    pub(super) fn idle(&mut self, id: WorkerId, round: u32, sent: u64, handled: u64) {
        if let Phase::Stopping(Stopping {
            step: Stopper::Quiescing { quiesce, .. },
            ..
        }) = &mut self.phase
        {
            let step = quiesce.answer(id, round, sent, handled);
            self.quiesce_goes_on(step);
        }
    }

    fn quiesce_goes_on(&mut self, step: Step) {
        // One that is just being started cannot be told to stop.
        let starts = |child: &Child| child.stage < Stage::Started;
        let step = match step {
            Step::Quiet if self.children.iter().any(starts) => Step::Again(LOOK_AGAIN),
            step => step,
        };
        let Phase::Stopping(stopping) = &mut self.phase else {
            return;
        };
        let Stopper::Quiescing { until, asked, .. } = &mut stopping.step else {
            return;
        };
        match step {
            Step::Wait => {}
            Step::Again(rest) => {
                *asked = false;
                stopping.deadline = (Instant::now() + rest).min(*until);
                if rest.is_zero() {
                    self.on_deadline();
                }
            }
            Step::Quiet => self.stop_next(),
        }
    }

    /// A worker says that it has stopped. False if it has said so before.
    pub(super) fn stopped(&mut self, life: Life, failed: Option<String>, lost: u64) -> bool {
        let id = life.id;
        let before = |child: &&mut Child| child.stage < Stage::Stopped;
        let Some(child) = self.child(life).filter(before) else {
            return false;
        };
        child.stage = Stage::Stopped;
        child.lost = lost;
        let is_main = matches!(child.runner, Runner::Main);
        let name = child.name.to_string();
        if let Some(text) = failed {
            self.problems.add(StopProblem::StopFailed {
                name: name.clone(),
                text: cut(&text, MAX_TEXT).to_owned(),
                times: 1,
            });
        }
        if lost > 0 {
            self.problems.add(StopProblem::Lost { name, count: lost });
        }
        if is_main {
            // Its process goes on, its worker does not.
            if let Some(child) = self.child(life) {
                child.stage = Stage::Ended;
            }
            self.stop_goes_on(id);
        }
        true
    }

    /// That worker has ended: the next.
    pub(super) fn stop_goes_on(&mut self, id: WorkerId) {
        let Phase::Stopping(stopping) = &mut self.phase else {
            return;
        };
        if stopping.waits_for() == Some(id) {
            self.stop_next();
        } else if let Stopper::Quiescing {
            quiesce,
            asked: true,
            ..
        } = &mut stopping.step
        {
            let step = quiesce.ended(id);
            self.quiesce_goes_on(step);
        }
    }

    /// Stops the worker that was started last of those that still run.
    fn stop_next(&mut self) {
        let next = self
            .children
            .iter_mut()
            .rev()
            .find(|child| !child.has_ended());
        let Some(child) = next else {
            self.phase = Phase::Over;
            return;
        };
        if matches!(child.runner, Runner::Main) && child.worker.is_none() {
            child.stage = Stage::Ended;
            self.main_has_lost();
            return self.stop_next();
        }
        let id = child.life.id;
        child.stage = child.stage.max(Stage::Stopping);
        child.tell(ToWorker::Stop);
        let deadline = Instant::now() + self.grace_of(id);
        self.phase = Phase::Stopping(Stopping {
            step: Stopper::Told(id),
            deadline,
        });
    }

    /// Counts what a main that is no worker has lost.
    fn main_has_lost(&mut self) {
        let Some(main) = self.children.first() else {
            return;
        };
        let Some(super::Port::Local(node)) = &main.port else {
            return;
        };
        let name = &main.name;
        let count = node.counters.lost_so_far();
        if count > 0 {
            self.problems.add(StopProblem::Lost {
                name: name.to_string(),
                count,
            });
        }
    }

    /// It has lasted too long, or it is time for the next question.
    pub(super) fn on_deadline(&mut self) {
        self.supervisor_rings();
        let now = Instant::now();
        let Phase::Stopping(stopping) = &mut self.phase else {
            return;
        };
        if stopping.deadline > now {
            return; // it rang for the supervisor
        }
        match &mut stopping.step {
            Stopper::Quiescing { until, .. } if now >= *until => {
                let grace = self.spec.grace;
                self.problems.add(StopProblem::Busy { grace });
                self.stop_next();
            }
            Stopper::Quiescing { quiesce, until, .. } => {
                let (quiesce, until) = (std::mem::take(quiesce), *until);
                self.probe(quiesce, until);
            }
            Stopper::Told(id) => {
                let id = *id;
                self.force(id, now);
            }
            Stopper::Terminated(id) => {
                let id = *id;
                let step = Stopper::Killed(id);
                let deadline = now + LAST_GRACE;
                self.phase = Phase::Stopping(Stopping { step, deadline });
                self.children[id.index()].kill();
            }
            Stopper::Killed(_) => {
                // Not even that: the system will not let it go. Look again.
                stopping.deadline = now + LAST_GRACE;
            }
        }
    }

    /// A worker has not stopped in time.
    fn force(&mut self, id: WorkerId, now: Instant) {
        let grace = self.grace_of(id);
        let child = &mut self.children[id.index()];
        let name = child.name.to_string();
        if let Runner::Process { .. } = child.runner {
            child.terminate();
            let times = 1;
            self.problems
                .add(StopProblem::Killed { name, grace, times });
            let (step, deadline) = (Stopper::Terminated(id), now + LAST_GRACE);
            self.phase = Phase::Stopping(Stopping { step, deadline });
        } else {
            child.stage = Stage::Ended;
            self.problems.add(StopProblem::Stuck { name, grace });
            self.stop_next();
        }
    }

    /// Whether that worker's end is our doing, and reported as such.
    pub(super) fn was_killed_by_us(&self, id: WorkerId) -> bool {
        matches!(
            &self.phase,
            Phase::Stopping(Stopping { step: Stopper::Terminated(of) | Stopper::Killed(of), .. })
                if *of == id
        )
    }
}
