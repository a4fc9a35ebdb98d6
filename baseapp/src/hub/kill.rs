//! Killing everything, and signals.

use super::{
    Place, StartError,
    child::Child,
    state::{Phase, State},
};
use crate::wire::control::ToWorker;

impl State {
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
        if !self.children.iter().filter(awaited).all(Child::is_over) {
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
