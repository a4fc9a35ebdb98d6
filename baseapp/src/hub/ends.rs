//! Ends that nobody planned: workers that die, signals, and killing.

use super::{
    Place, StartError, StopProblem,
    child::{Child, Runner, Stage},
    state::{Phase, State},
};
use crate::{id::WorkerId, report, wire::control::ToWorker};

impl State {
    /// A control link has ended. With its process, as a rule, which tells more;
    /// a process that has closed it and goes on can no longer be led.
    pub(super) fn disconnected(&mut self, id: WorkerId) {
        if let Some(child) = self.child(id) {
            child.port = None;
            if child.stage < Stage::Stopped && child.failed.is_none() {
                child.kill();
            }
        }
    }

    /// A worker's process or thread has ended.
    pub(super) fn exited(&mut self, id: WorkerId, how: String) {
        let Some(child) = self.child(id) else { return };
        let orderly = child.stage == Stage::Stopped;
        let failed = child.failed.take();
        let how = failed.unwrap_or(how);
        child.stage = Stage::Ended;
        child.port = None;
        child.how = Some(if orderly {
            "it has stopped".to_owned()
        } else {
            how.clone()
        });
        if orderly {
            self.tell_main(id);
        } else {
            self.died(id, how);
        }
        self.after_exit(id);
    }

    /// Main may outlive its workers, and must not send to nobody.
    fn tell_main(&self, id: WorkerId) {
        if let Some(main) = self.children.first() {
            let how = "it has stopped".to_owned();
            main.tell(ToWorker::Ended { id, how });
        }
    }

    /// A worker has ended, and was not told to.
    fn died(&mut self, id: WorkerId, how: String) {
        let Some(child) = self.child(id) else { return };
        let (name, stderr) = (child.name.to_string(), child.last_lines());
        match std::mem::replace(&mut self.phase, Phase::Killing) {
            Phase::Starting(reply) => {
                let why = StartError::Worker { name, how, stderr };
                self.phase = Phase::Failing(reply, why);
                self.kill_all();
                return;
            }
            phase => self.phase = phase,
        }
        if matches!(self.phase, Phase::Killing | Phase::Failing(..)) {
            return; // as it should be
        }
        if !self.was_killed_by_us(id) {
            report::warn(&format!("`{name}` has ended: {how}"));
            self.problems.push(StopProblem::Died {
                name,
                how: how.clone(),
                stderr,
            });
        }
        for child in self
            .children
            .iter()
            .filter(|child| child.id != id && !child.has_ended())
        {
            child.tell(ToWorker::Ended {
                id,
                how: how.clone(),
            });
        }
    }

    /// Goes on with what waited for that worker.
    fn after_exit(&mut self, id: WorkerId) {
        match &mut self.phase {
            Phase::Stopping(_) => self.stop_goes_on(id),
            Phase::Failing(..) | Phase::Killing => self.check_killed(),
            Phase::New | Phase::Starting(_) | Phase::Running | Phase::Over => {}
        }
    }

    /// Kills everything, now.
    pub(super) fn kill(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Killing) {
            Phase::Starting(reply) => {
                self.phase = Phase::Failing(reply, StartError::Stopped);
            }
            phase @ (Phase::Failing(..) | Phase::Over) => self.phase = phase,
            Phase::New => {
                self.phase = Phase::Over;
                return;
            }
            Phase::Running | Phase::Stopping(_) | Phase::Killing => {}
        }
        self.kill_all();
        self.check_killed();
    }

    pub(super) fn kill_all(&mut self) {
        self.stopping.send_replace(true);
        for child in &self.children {
            if !child.kill() {
                child.tell(ToWorker::Stop); // a thread: all that can be done
            }
        }
    }

    pub(super) fn check_killed(&mut self) {
        let process = |child: &&Child| matches!(child.runner, Runner::Process { .. });
        if !self.children.iter().filter(process).all(Child::has_ended) {
            return;
        }
        if let Phase::Failing(reply, why) = std::mem::replace(&mut self.phase, Phase::Over) {
            self.not_started = Some((reply, why));
        }
    }

    /// Ctrl-C, or a polite kill. The second one is no more polite.
    #[allow(
        clippy::exit,
        reason = "the second signal ends the program, whatever its main does"
    )]
    pub(super) fn on_signal(&mut self, signal: i32) {
        if !std::mem::replace(&mut self.signalled, true) && !self.is_over() {
            return match self.phase {
                // Nothing has begun: whoever begins it is told.
                Phase::New => self.stop_wanted = true,
                Phase::Starting(_) => self.kill(),
                _ => self.stop(),
            };
        }
        self.kill_all();
        self.place = Place::Threads; // the run directory goes with what was
        std::process::exit(128 + signal);
    }
}
