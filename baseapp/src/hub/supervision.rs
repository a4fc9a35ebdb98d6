//! Workers that have ended are started again, or given up: what the supervisor
//! decides is done here.

use std::{sync::Arc, time::Instant};

use super::{
    Event, Exit, StopProblem, WorkerSpec,
    child::{Child, Stage},
    how_far::HowFar,
    state::State,
};
use crate::{
    death::in_order,
    error::with_causes,
    id::{Incarnation, Life, WorkerId},
    report,
    supervisor::{Action, End, GroupId},
    wire::control::ToWorker,
};

impl State {
    /// Tells the supervisor of the groups.
    pub(super) fn supervise_groups(&mut self) {
        self.groups = vec![GroupId::ROOT];
        for group in &self.spec.groups {
            let parent = self.groups[group.parent];
            let name = Arc::clone(&group.name);
            let group = self
                .supervisor
                .add_group(parent, name, group.strategy, group.intensity);
            self.groups.push(group);
        }
    }

    /// Tells the supervisor of a worker that was started. Those of pools are the
    /// business of their queue.
    pub(super) fn supervise(&mut self, id: WorkerId, spec: &WorkerSpec) {
        if spec.pool.is_none() {
            let group = self.groups[spec.group];
            self.supervisor
                .add_worker(group, id, spec.supervision.policy());
        }
    }

    /// A worker has run its `#[start]`.
    pub(super) fn has_started(&mut self, id: WorkerId) {
        self.checkpoints.started(id);
        let child = self.children.get(id.index());
        if let Some(life) = child.map(|child| child.life)
            && life.incarnation != Incarnation::FIRST
        {
            self.tell_restarted(life);
        }
        self.managed_started(id);
        let actions = self.supervisor.started(Instant::now(), id);
        self.act(actions);
    }

    /// A pause is over, or it is time to look at somebody.
    pub(super) fn supervisor_rings(&mut self) {
        let now = Instant::now();
        self.look(now);
        self.beat(now);
        if self.supervisor.next_alarm().is_some_and(|at| at <= now) {
            let actions = self.supervisor.alarm(now);
            self.act(actions);
        }
    }

    /// Does what the supervisor wants.
    pub(super) fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Start(id) => self.start_again(id),
                Action::Stop(id) => self.stop_one(id),
                Action::GiveUp(id) => self.give_up(id),
                Action::Fail { worker, group } => self.fail(worker, group),
            }
        }
    }

    fn start_again(&mut self, id: WorkerId) {
        let Some(child) = self.children.get(id.index()) else {
            return;
        };
        let Some(spec) = child.spec.clone() else {
            return;
        };
        let life = child.life.next();
        if self.promote(id) {
            return;
        }
        let start = self.next_start(id, &spec);
        match self.launch(life, &start) {
            Ok(mut child) => {
                child.report = self.children[id.index()].report.take();
                child.spec = Some(spec);
                self.children[id.index()] = child;
            }
            Err(error) => {
                let how = with_causes(&error);
                report::warn(&format!("`{}` cannot be started again: {how}", spec.name));
                // A life that never began.
                let child = &mut self.children[id.index()];
                child.life = life;
                let _ = self.events.send(Event::Exited(life, Exit::failed(how)));
            }
        }
    }

    /// Stops a worker that is to be started again, with others.
    pub(super) fn stop_one(&mut self, id: WorkerId) {
        let Some(child) = self.children.get_mut(id.index()) else {
            return;
        };
        if child.stage < Stage::Stopping {
            child.stage = Stage::Stopping;
            child.tell(ToWorker::Stop);
        }
        let life = child.life;
        self.give_grace(life);
    }

    /// Kills a worker that was told to stop when its grace is over.
    pub(super) fn give_grace(&self, life: Life) {
        let (grace, events) = (self.grace_of(life.id), self.events.clone());
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            let _ = events.send(Event::Overdue(life)); // a hub that is gone has killed it
        });
    }

    /// How long a worker may take to stop.
    pub(super) fn grace_of(&self, id: WorkerId) -> std::time::Duration {
        let spec = self
            .children
            .get(id.index())
            .and_then(|child| child.spec.as_ref());
        let own = spec.and_then(|spec| spec.supervision.grace_time());
        own.unwrap_or(self.spec.grace)
    }

    /// A worker that was to stop has had its grace.
    pub(super) fn overdue(&mut self, life: Life) {
        let grace = self.grace_of(life.id);
        let works = self.still_works();
        if let Some(child) = self.child(life).filter(|child| !child.has_ended() && works) {
            let name = &child.name;
            report::warn(&format!(
                "`{name}` did not stop within {grace:?} and is killed"
            ));
            let name = name.to_string();
            child.kill_life(); // a next one may be prepared
            let times = 1;
            self.problems
                .add(StopProblem::Killed { name, grace, times });
        }
    }

    /// A worker of which others believe that it returns will not. Its next life
    /// ends without having begun: who waits for it is told.
    pub(super) fn give_up(&mut self, id: WorkerId) {
        let Some(child) = self.children.get_mut(id.index()) else {
            return;
        };
        if !std::mem::replace(&mut child.returns, false) {
            return; // nobody believes that
        }
        child.life = child.life.next();
        child.stage = Stage::Ended;
        let life = child.life;
        let how = child.how.clone().unwrap_or_else(in_order);
        child.discard_next();
        self.checkpoints.forget(id);
        self.tell_ended(life, &how, false, &HowFar::default());
        self.managed_gone(id);
        self.introduce_waiting(life);
    }

    /// A worker is gone for good: its address is kept, but not what it was started from.
    pub(super) fn forget(&mut self, id: WorkerId) {
        let gone = |child: &&mut Child| child.is_over() && !child.returns && child.pool.is_none();
        let Some(child) = self.children.get_mut(id.index()).filter(gone) else {
            return;
        };
        let Some(spec) = &child.spec else {
            return; // main, or the queues
        };
        let of_type = self.gone.entry(spec.worker).or_insert_with(|| {
            let init = Arc::from([]);
            Arc::new(WorkerSpec {
                init,
                ..WorkerSpec::clone(spec)
            })
        });
        child.leave(Arc::clone(of_type));
    }

    /// Nobody is started again any more.
    pub(super) fn close_supervision(&mut self) {
        self.supervisor.close();
        self.manages_no_more();
        let down: Vec<_> = self
            .children
            .iter()
            .filter(|child| child.returns)
            .map(|child| child.life.id)
            .collect();
        for id in down {
            self.give_up(id);
        }
    }

    /// A worker dies too often: the app cannot go on.
    fn fail(&mut self, worker: WorkerId, group: Option<Arc<str>>) {
        let Some(child) = self.children.get(worker.index()) else {
            return;
        };
        let name = child.name.to_string();
        let how = child.how.as_deref().unwrap_or_default().to_owned();
        self.problems.add(StopProblem::GivenUp {
            name,
            group: group.map(|group| group.to_string()),
            how,
            stderr: child.last_lines(),
        });
        self.stop();
    }

    /// What the supervisor is told of an end.
    pub(super) fn end_of(child: &Child, was: Stage, exit: &Exit) -> End {
        match was {
            Stage::Stopping | Stage::Stopped => End::Asked,
            Stage::Launched | Stage::Ready | Stage::Ended => End::NotStarted,
            _ if exit.is_success() && child.cause.is_none() => End::Normal,
            _ => End::Abnormal,
        }
    }
}
