//! Ends that nobody planned: workers that die.

use std::{sync::Arc, time::Instant};

use super::{
    Exit, StartError, StopProblem,
    child::{Child, Stage},
    how_far::HowFar,
    state::{Phase, State},
};
use crate::{
    blackbox::Snapshot,
    death::{Cause, WorkerDied, in_order},
    id::{Life, WorkerId},
    queue::Staff,
    report,
    supervision::Restart,
    supervisor::{Action, End},
};

/// A life that is over.
struct Over {
    life: Life,
    /// How far it had come.
    was: Stage,
    end: End,
    cause: Cause,
    /// The cause in words.
    how: String,
    /// How far it came with what was sent to it.
    how_far: HowFar,
    snapshot: Snapshot,
    /// It has said that it has stopped.
    orderly: bool,
    /// It was the supervisor's business.
    supervised: bool,
    /// There was still work for it.
    works: bool,
}

/// What becomes of a worker whose life is over.
struct Fate {
    /// Somebody wanted its end.
    asked: bool,
    /// It was one end too many.
    gives_up: bool,
    /// Another life follows.
    returns: bool,
}

/// To `tracing`, or to stderr.
fn tell(died: &WorkerDied, more: &str) {
    let WorkerDied {
        worker,
        life,
        restarts,
        returns,
        ..
    } = died;
    report::died(worker, *life, *restarts, *returns, &format!("{died}{more}"));
}

impl State {
    /// A control link has ended. With its process, as a rule, which tells more;
    /// a process that has closed it and goes on can no longer be led.
    pub(super) fn disconnected(&mut self, life: Life) {
        if let Some(child) = self.child(life).filter(|child| !child.has_ended()) {
            child.port = None;
            if child.stage < Stage::Stopped && child.cause.is_none() {
                child.kill();
            }
        }
    }

    /// A worker's process or thread has ended.
    pub(super) fn exited(&mut self, life: Life, exit: Exit) {
        let id = life.id;
        if self.is_next(life) {
            let how = self.cause_of_next(life, exit);
            self.next_has_ended(life, &how);
            return self.after_exit(id);
        }
        let Some(over) = self.over(life, exit) else {
            return;
        };
        // One that was to be added is unknown to the supervisor until it has started.
        let unknown = self.managed_ended(id, &over.how);
        let supervised = over.supervised && !unknown;
        let actions = match supervised {
            true => self.supervisor.ended(Instant::now(), id, over.end),
            false => Vec::new(),
        };
        // At once, or later.
        let at_once = actions.contains(&Action::Start(id));
        let returns = supervised && (at_once || self.supervisor.returns(id));
        if let Some(child) = self.child(life) {
            child.returns = returns;
        }
        if !returns {
            if let Some(child) = self.child(life) {
                child.discard_next();
            }
            self.managed_gone(id);
            self.checkpoints.forget(id);
        }
        let fails = |action: &Action| matches!(action, Action::Fail { .. });
        let fate = Fate {
            asked: over.works && (unknown || over.end == End::Asked),
            gives_up: actions.iter().any(fails),
            returns,
        };
        if over.orderly && !returns {
            self.tell_stopped(life, &over.how_far);
        } else {
            self.died(over, &fate);
        }
        self.act(actions);
        self.forget(id);
        self.after_exit(id);
    }

    /// Notes that a life is over, and removes what it has left behind.
    fn over(&mut self, life: Life, exit: Exit) -> Option<Over> {
        // While the app starts nobody is told to stop, and the others wait for it.
        let starting = matches!(self.phase, Phase::Starting(_));
        let works = self.still_works() && !starting;
        let child = self.child(life)?;
        let was = child.stage;
        let end = State::end_of(child, was, &exit);
        let orderly = was == Stage::Stopped && !starting;
        let known = child.cause.take();
        let cause = known.unwrap_or_else(|| self.cause_of(exit.cause));
        let how = cause.to_string();
        let child = self.child(life)?;
        child.stage = Stage::Ended;
        child.port = None;
        let told = if orderly { in_order() } else { (*how).into() };
        child.how = Some(told);
        let supervised = child.is_supervised() && works;
        let snapshot = child.snapshot();
        let how_far = HowFar::of(&snapshot);
        self.judge_unheard(life, &snapshot);
        // Who is just stopping may not hear of it any more.
        let stopping = |child: &&mut Child| child.stage == Stage::Stopping;
        for child in self.children.iter_mut().filter(stopping) {
            let own = how_far.with(child.life.id);
            child.judged.extend(own);
        }
        let child = self.child(life)?;
        let untold = snapshot.lost().saturating_sub(child.lost);
        let name = child.name.to_string();
        if untold > 0 {
            let count = untold;
            self.problems.add(StopProblem::Lost { name, count });
        }
        self.sweep(life);
        self.waits_no_more(life);
        self.judge_checkpoint(life.id, was);
        Some(Over {
            life,
            was,
            end,
            cause,
            how,
            how_far,
            snapshot,
            orderly,
            supervised,
            works,
        })
    }

    /// A worker has ended, and was not told to; or another life of it follows.
    fn died(&mut self, over: Over, fate: &Fate) {
        let Over {
            life,
            was,
            end,
            cause,
            how,
            how_far,
            snapshot,
            supervised,
            ..
        } = over;
        let Some(child) = self.children.get(life.id.index()) else {
            return;
        };
        let died = Arc::new(self.report(child, cause, &snapshot, fate.returns));
        let pool = child.pool;
        let restart = child
            .spec
            .as_ref()
            .map(|spec| spec.supervision.policy().restart);
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
        let normal = supervised && end == End::Normal;
        let expected = fate.asked || (normal && restart == Some(Restart::Transient));
        if let (Some(pool), true) = (pool, self.still_works()) {
            tell(&died, "; it is replaced");
            *self.deaths.entry(life.id).or_default() += 1;
            if was < Stage::Started {
                let how = how.clone();
                self.tell_queue(Staff::NotStarted { pool, how });
            }
        } else if fate.returns && !fate.asked {
            tell(&died, "");
            *self.deaths.entry(life.id).or_default() += 1;
        } else if !expected && !self.was_killed_by_us(life.id) {
            tell(&died, "");
            if !fate.gives_up {
                self.problems.add(StopProblem::Died {
                    name,
                    how: how.clone(),
                    stderr,
                    times: 1,
                });
            }
        }
        self.tell_ended(life, &how, fate.returns, &how_far);
        if let Some(child) = self.child(life) {
            child.report = Some(Arc::clone(&died));
        }
        if !expected {
            self.tell_notice(life.id, &*died);
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
}
