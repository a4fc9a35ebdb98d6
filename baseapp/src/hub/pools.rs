//! The workers of pools: started, replaced and stopped while the app runs, as
//! the task queues wish.

use std::sync::Arc;

use super::{
    Event, Place, StopProblem, WorkerSpec,
    child::{Child, Stage},
    state::State,
};
use crate::{
    error::with_causes,
    id::{Incarnation, Life, WorkerId},
    queue::{Crew, Staff},
    report,
    supervision::Supervision,
    wire::{
        control::{PoolEntry, ToWorker},
        encoded::Encoded,
    },
};

/// What the task queues want.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// One more worker of a pool.
    Spawn(u16),
    /// A worker has nothing to do, and is to stop.
    Retire(Life),
    /// A worker is to be killed.
    Kill(Life),
    /// The handler of a lease is to be asked to end.
    Cancel(WorkerId, u64),
    /// A pool's workers were started anew, or why not.
    Renewed(u16, Option<String>),
    /// A pool cannot go on.
    GaveUp(u16, String),
    /// Tasks end with the app.
    Lost(String, u64),
}

/// The task queues' way to the hub.
pub(super) struct Wishes(pub(super) tokio::sync::mpsc::UnboundedSender<Event>);

impl Wishes {
    fn wish(&self, wish: Wish) {
        // A hub that is gone has stopped everything.
        let _ = self.0.send(Event::Wish(wish));
    }
}

impl Crew for Wishes {
    fn spawn(&self, pool: u16) {
        self.wish(Wish::Spawn(pool));
    }

    fn retire(&self, id: WorkerId, incarnation: Incarnation) {
        self.wish(Wish::Retire(Life { id, incarnation }));
    }

    fn kill(&self, id: WorkerId, incarnation: Incarnation) {
        self.wish(Wish::Kill(Life { id, incarnation }));
    }

    fn cancel(&self, worker: WorkerId, lease: u64) {
        self.wish(Wish::Cancel(worker, lease));
    }

    fn renewed(&self, pool: u16, failed: Option<String>) {
        self.wish(Wish::Renewed(pool, failed));
    }

    fn gave_up(&self, pool: u16, how: String) {
        self.wish(Wish::GaveUp(pool, how));
    }

    fn lost(&self, pool: String, tasks: u64) {
        self.wish(Wish::Lost(pool, tasks));
    }
}

impl State {
    /// The workers that pools begin with.
    pub(super) fn first_of_pools(&self) -> Vec<WorkerSpec> {
        let pools = self.spec.pools.iter().zip(0_u16..);
        pools
            .flat_map(|(pool, index)| (1..=pool.min).map(move |number| (index, number)))
            .map(|(index, number)| self.member(index, number))
            .collect()
    }

    fn member(&self, pool: u16, number: u32) -> WorkerSpec {
        let plan = &self.spec.pools[usize::from(pool)];
        WorkerSpec {
            pool: Some(pool),
            // No worker of the user's can have this name.
            name: format!("{}#{number}", plan.name).into(),
            worker: plan.worker,
            init: Arc::clone(&plan.init),
            group: 0,
            supervision: Supervision::new(),
        }
    }

    pub(super) fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Spawn(pool) => self.spawn(pool),
            Wish::Retire(life) => {
                self.retire(life);
            }
            Wish::Kill(life) => {
                let Some(child) = self.child(life) else {
                    return;
                };
                if !child.kill() && child.stage < Stage::Stopped {
                    let name = Arc::clone(&child.name);
                    report::warn(&format!(
                        "`{name}` does not end its task, and its thread cannot be killed"
                    ));
                    self.tell_queue(Staff::Immortal { worker: life.id });
                }
            }
            Wish::Cancel(worker, lease) => {
                if let Some(child) = self.children.get(worker.index()) {
                    child.tell(ToWorker::Cancel { lease });
                }
            }
            Wish::Renewed(pool, failed) => self.pool_renewed(pool, failed),
            Wish::GaveUp(pool, how) => {
                let name = self.spec.pools[usize::from(pool)].name.to_string();
                self.problems.add(StopProblem::PoolFailed { name, how });
                self.stop();
            }
            Wish::Lost(name, count) => {
                self.problems.add(StopProblem::TasksLost { name, count });
            }
        }
    }

    /// Stops a worker that has nothing to do.
    pub(super) fn retire(&mut self, life: Life) {
        let works = self.still_works();
        let Some(child) = self.child(life).filter(|child| child.is_up() && works) else {
            return;
        };
        child.stage = Stage::Stopping;
        child.tell(ToWorker::Stop);
        self.give_grace(life);
    }

    /// Starts one more worker of a pool: in the place of one that has ended, if
    /// there is one.
    fn spawn(&mut self, pool: u16) {
        if !self.still_works() {
            return;
        }
        let of_pool = |child: &&Child| child.pool == Some(pool);
        let members = self.children.iter().filter(of_pool);
        let (life, name) = match members.clone().find(|child| child.has_ended()) {
            Some(child) => (child.life.next(), Some(Arc::clone(&child.name))),
            None => (self.newcomer(), None),
        };
        let number = u32::try_from(members.count()).unwrap_or(u32::MAX);
        let mut spec = self.member(pool, number.saturating_add(1));
        spec.name = name.unwrap_or(spec.name);
        match self.launch(life, &Arc::new(spec)) {
            Ok(mut child) => match self.children.get_mut(life.id.index()) {
                Some(slot) => {
                    child.report = slot.report.take();
                    *slot = child;
                }
                None => self.children.push(child),
            },
            Err(error) => {
                let how = with_causes(&error);
                self.tell_queue(Staff::NotStarted { pool, how });
            }
        }
    }

    /// What a worker is told when it may begin.
    pub(super) fn begin(&self) -> ToWorker {
        // One that is being started again will be there: what is sent to it waits.
        let again = |child: &Child| child.is_supervised() && !self.is_new(child.life.id);
        let here = |child: &&Child| child.endpoint.is_some() || child.how.is_some() || again(child);
        let roster = self.children.iter().filter(here).map(Child::listed);
        let pools = self.spec.pools.iter().map(|pool| PoolEntry {
            name: pool.name.to_string(),
            worker: self
                .spec
                .registry
                .table
                .worker_index(pool.worker)
                .unwrap_or(u16::MAX),
        });
        ToWorker::Begin {
            roster: roster.collect(),
            pools: pools.collect(),
        }
    }

    /// A worker that was started when the others had begun is ready: everybody hears
    /// of it, and it of everybody.
    pub(super) fn introduce_newcomer(&mut self, life: Life) {
        if !self.begun {
            return; // then everybody is told at once
        }
        let begin = self.begin();
        let state = self.checkpoints.catch_up(life.id);
        let Some(child) = self.children.get(life.id.index()) else {
            return;
        };
        let entry = child.entry();
        let others = |other: &&Child| other.life.id != life.id && !other.has_ended();
        for other in self.children.iter().filter(others) {
            other.tell(ToWorker::Joined(entry.clone()));
        }
        if let Some(state) = state {
            child.tell(ToWorker::StartFrom(Encoded(state)));
        }
        child.tell(begin);
        // Who had ended by now is known to have, and whether it lives again. Who has stopped
        // stands as such in the list: there may have been many.
        for ended in self.children.iter().filter(|child| !child.has_stopped()) {
            if let Some(how) = &ended.how {
                child.tell(ToWorker::Ended {
                    id: ended.life.id,
                    incarnation: ended.life.incarnation,
                    how: how.to_string(),
                    returns: ended.returns,
                    handled: Vec::new(),
                });
            }
        }
    }

    /// A worker of a pool takes tasks from now on.
    pub(super) fn check_in(&self, life: Life) {
        let child = self.children.get(life.id.index());
        if let Some(child) = child
            && let Some(pool) = child.pool
        {
            self.tell_queue(Staff::Joined {
                pool,
                worker: life.id,
                life: life.incarnation,
                pid: child.pid(),
            });
        }
    }

    pub(super) fn tell_queue(&self, staff: Staff) {
        if let Some(queue) = &self.staff {
            let _ = queue.send(staff); // it has stopped: nobody is needed
        }
    }

    /// Removes what a life has left behind.
    pub(super) fn sweep(&self, life: Life) {
        if let Place::Processes { dir, doors, .. } = &self.place {
            doors.forget(life);
            let socket = dir.worker_socket(life.id.0, life.incarnation.0);
            let page = dir.black_box(life.id.0, life.incarnation.0);
            // One that ended in order has removed its socket.
            let _ = std::fs::remove_file(socket);
            let _ = std::fs::remove_file(page);
        }
    }
}
