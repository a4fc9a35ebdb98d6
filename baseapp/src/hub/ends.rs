//! Ends that nobody planned: workers that die, signals, and killing.

use super::{
    Place, StartError, StopProblem,
    child::{Child, Stage},
    state::{Phase, State},
};
use crate::{
    id::{Life, WorkerId},
    queue::Staff,
    report,
    wire::control::ToWorker,
};

impl State {
    /// A control link has ended. With its process, as a rule, which tells more;
    /// a process that has closed it and goes on can no longer be led.
    pub(super) fn disconnected(&mut self, life: Life) {
        if let Some(child) = self.child(life) {
            child.port = None;
            if child.stage < Stage::Stopped && child.failed.is_none() {
                child.kill();
            }
        }
    }

    /// A worker's process or thread has ended.
    pub(super) fn exited(&mut self, life: Life, how: String) {
        let id = life.id;
        let Some(child) = self.child(life) else {
            return;
        };
        let orderly = child.stage == Stage::Stopped;
        let had_started = child.stage >= Stage::Started;
        let failed = child.failed.take();
        let how = failed.unwrap_or(how);
        child.stage = Stage::Ended;
        child.port = None;
        child.how = Some(if orderly {
            "it has stopped".to_owned()
        } else {
            how.clone()
        });
        self.sweep(life);
        if orderly {
            self.tell_of_end(life);
        } else {
            self.died(life, had_started, how);
        }
        self.after_exit(id);
    }

    /// Main may outlive its workers, and must not send to nobody; and who is of
    /// a pool is replaced while the others go on.
    fn tell_of_end(&self, life: Life) {
        let of_pool = self.children[life.id.index()].pool.is_some();
        let told = if of_pool { self.children.len() } else { 1 };
        for child in self
            .children
            .iter()
            .take(told)
            .filter(|child| !child.has_ended())
        {
            child.tell(ToWorker::Ended {
                id: life.id,
                incarnation: life.incarnation,
                how: "it has stopped".to_owned(),
                returns: false,
                handled: Vec::new(),
            });
        }
    }

    /// A worker has ended, and was not told to.
    fn died(&mut self, life: Life, had_started: bool, how: String) {
        let id = life.id;
        let Some(child) = self.child(life) else {
            return;
        };
        let pool = child.pool;
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
        if let (Some(pool), true) = (pool, self.still_works()) {
            report::warn(&format!("`{name}` has ended, and is replaced: {how}"));
            if !had_started {
                let how = how.clone();
                self.tell_queue(Staff::NotStarted { pool, how });
            }
        } else if !self.was_killed_by_us(id) {
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
            .filter(|child| child.life.id != id && !child.has_ended())
        {
            child.tell(ToWorker::Ended {
                id,
                incarnation: life.incarnation,
                how: how.clone(),
                returns: false,
                handled: Vec::new(),
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
        let awaited = |child: &&Child| child.is_awaited();
        if !self.children.iter().filter(awaited).all(Child::has_ended) {
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
