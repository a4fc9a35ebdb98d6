//! Workers that are started, stopped and started anew at run time, because
//! somebody of the app wants it.

use std::sync::Arc;

use super::{
    Exit, WorkerSpec,
    child::Stage,
    state::{Phase, State},
};
use crate::{
    error::with_causes,
    id::{Life, WorkerId, check_name},
    manage::ManageErrorKind,
    queue::Staff,
    report,
    supervision::Supervision,
    wire::{
        codec,
        control::{Manage, ToWorker},
    },
};

/// What somebody wanted, and is not done yet.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) from: Life,
    request: u32,
    of: WorkerId,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Until it has started.
    Start,
    /// Until its next life has started.
    Restart,
    /// Until it has ended.
    Stop,
    /// Until the workers of the pool of that number are new. It is no worker's.
    Renew,
}

type Done = Result<WorkerId, ManageErrorKind>;

impl State {
    /// Somebody wants something of the workers.
    pub(super) fn manage(&mut self, from: Life, request: u32, manage: Manage) {
        let begun = match manage {
            _ if !matches!(self.phase, Phase::Running) => Err(ManageErrorKind::Stopping),
            Manage::Start {
                name,
                worker,
                init,
                supervision,
            } => self.worker_spec(name, worker, init).and_then(|spec| {
                // Encoded by the same program.
                let own: Supervision = codec::decode(&supervision).unwrap_or_default();
                let spec = WorkerSpec {
                    supervision: own.or(spec.supervision),
                    ..spec
                };
                Ok((self.start_one(Arc::new(spec))?, What::Start))
            }),
            Manage::Stop(id) => self.managed(id).map(|()| {
                self.supervisor.remove(id);
                self.stop_for_good(id);
                (id, What::Stop)
            }),
            Manage::RestartPool(pool) => self.renew_pool(pool).map(|id| (id, What::Renew)),
            Manage::Restart(id) => self
                .managed(id)
                .and_then(|()| self.prepare_next(id))
                .map(|()| (id, What::Restart)),
        };
        match begun {
            Ok((of, What::Stop)) if self.children[of.index()].is_over() => {
                self.answer(from, request, Ok(of));
            }
            Ok((of, what)) => {
                self.wanted.push(Wanted {
                    from,
                    request,
                    of,
                    what,
                });
                self.end_flood(from);
            }
            Err(why) => self.answer(from, request, Err(why)),
        }
    }

    fn answer(&mut self, to: Life, request: u32, done: Done) {
        if let Some(child) = self.child(to) {
            child.answer(ToWorker::Managed { request, done });
        }
        self.end_flood(to);
    }

    /// Answers who wanted that of a worker.
    fn answer_all(&mut self, of: WorkerId, done: &Done, what: impl Fn(What) -> bool) {
        let is_done = |wanted: &mut Wanted| wanted.of == of && what(wanted.what);
        let wanted: Vec<_> = self.wanted.extract_if(.., is_done).collect();
        for Wanted { from, request, .. } in wanted {
            self.answer(from, request, done.clone());
        }
    }

    /// A life of a worker has started.
    pub(super) fn managed_started(&mut self, id: WorkerId) {
        if self.is_new(id) {
            self.supervise_late(id);
        }
        self.answer_all(id, &Ok(id), |what| {
            matches!(what, What::Start | What::Restart)
        });
    }

    /// A life of a worker has ended. True if it had not started yet and nobody knows it:
    /// who wanted it is told.
    pub(super) fn managed_ended(&mut self, id: WorkerId, how: &str) -> bool {
        if self.children[id.index()].next.is_none() {
            self.answer_all(id, &Ok(id), |what| what == What::Stop);
        }
        let failed = Err(ManageErrorKind::Failed(how.to_owned()));
        let new = self.is_new(id);
        self.answer_all(id, &failed, |what| what == What::Start);
        new
    }

    /// A worker has ended for good.
    pub(super) fn managed_gone(&mut self, id: WorkerId) {
        self.answer_all(id, &Err(ManageErrorKind::Ended), |what| {
            what == What::Restart
        });
    }

    fn stop_for_good(&mut self, id: WorkerId) {
        let child = &mut self.children[id.index()];
        child.discard_next();
        if child.has_ended() {
            self.give_up(id); // it is between two lives
            self.forget(id);
        } else {
            self.stop_one(id);
        }
    }

    /// It was added at run time and has not started: nobody knows it yet.
    pub(super) fn is_new(&self, id: WorkerId) -> bool {
        self.is_wanted(id, What::Start)
    }

    fn is_wanted(&self, id: WorkerId, what: What) -> bool {
        self.wanted
            .iter()
            .any(|wanted| wanted.of == id && wanted.what == what)
    }

    /// The app stops: nothing of that will be done.
    pub(super) fn manages_no_more(&mut self) {
        for Wanted { from, request, .. } in std::mem::take(&mut self.wanted) {
            self.answer(from, request, Err(ManageErrorKind::Stopping));
        }
        for child in &mut self.children {
            child.discard_next();
        }
    }

    /// A worker that may be managed: one of the user's, of no pool, that lives.
    fn managed(&self, id: WorkerId) -> Result<(), ManageErrorKind> {
        let child = self.children.get(id.index());
        let child = child.ok_or(ManageErrorKind::NoSuchWorker)?;
        match &child.pool {
            Some(_) => Err(ManageErrorKind::OfPool),
            None if child.spec.is_none() => Err(ManageErrorKind::Main),
            None if child.has_ended() && !child.returns => Err(ManageErrorKind::Ended),
            None => Ok(()),
        }
    }

    fn renew_pool(&mut self, pool: u16) -> Result<WorkerId, ManageErrorKind> {
        if usize::from(pool) >= self.spec.pools.len() {
            return Err(ManageErrorKind::NoSuchWorker);
        }
        self.tell_queue(Staff::Renew { pool });
        Ok(WorkerId(pool.into()))
    }

    /// The workers of a pool are new, or why not.
    pub(super) fn pool_renewed(&mut self, pool: u16, failed: Option<String>) {
        let id = WorkerId(pool.into());
        let done = failed.map_or(Ok(id), |how| Err(ManageErrorKind::Failed(how)));
        self.answer_all(id, &done, |what| what == What::Renew);
    }

    fn worker_spec(
        &self,
        name: String,
        worker: u16,
        init: Vec<u8>,
    ) -> Result<WorkerSpec, ManageErrorKind> {
        check_name(&name).map_err(|error| ManageErrorKind::Name(error.to_string()))?;
        let registry = self.spec.registry;
        let worker = registry.table.worker_name(worker);
        let entry = registry.worker(worker);
        let entry = entry.ok_or(ManageErrorKind::NoSuchWorker)?;
        Ok(WorkerSpec {
            pool: None,
            name: name.into(),
            worker,
            init: init.into(),
            group: 0,
            supervision: entry.supervision(),
        })
    }

    /// Starts a worker that is new, or was stopped for good.
    fn start_one(&mut self, spec: Arc<WorkerSpec>) -> Result<WorkerId, ManageErrorKind> {
        let of_name = self.children.iter().find(|child| child.name == spec.name);
        let is_pool = self.spec.pools.iter().any(|pool| pool.name == spec.name);
        let life = match of_name {
            _ if is_pool => return Err(ManageErrorKind::SameName),
            None => self.newcomer(),
            // It has the address of the one that was.
            Some(child) if child.is_free_for(&spec) => child.life.next(),
            Some(_) => return Err(ManageErrorKind::SameName),
        };
        self.want_descriptors(self.children.len() as u64 + 1);
        self.checkpoints.forget(life.id); // of another worker of that name
        let child = self
            .launch(life, &spec)
            .map_err(|error| ManageErrorKind::Failed(with_causes(&error)))?;
        match self.children.get_mut(life.id.index()) {
            Some(slot) => *slot = child,
            None => self.children.push(child),
        }
        Ok(life.id)
    }

    /// Starts the next life of a worker beside the one that it has: until that
    /// is ready, the old one goes on.
    fn prepare_next(&mut self, id: WorkerId) -> Result<(), ManageErrorKind> {
        let child = &self.children[id.index()];
        let Some(spec) = child.spec.clone() else {
            return Err(ManageErrorKind::Main);
        };
        if child.next.is_some() || child.stage != Stage::Started {
            return Ok(()); // a next life comes already
        }
        let next = self
            .launch(child.life.next(), &spec)
            .map_err(|error| ManageErrorKind::Failed(with_causes(&error)))?;
        self.children[id.index()].next = Some(Box::new(next));
        Ok(())
    }

    /// The next life of a worker is made and waits: the old one may end its work.
    pub(super) fn next_is_ready(&mut self, id: WorkerId) {
        let actions = self.supervisor.restart(std::time::Instant::now(), id);
        self.act(actions);
    }

    /// Why a life has ended that was only prepared.
    pub(super) fn cause_of_next(&mut self, life: Life, exit: Exit) -> String {
        let known = self.child(life).and_then(|next| next.cause.take());
        known.unwrap_or(exit.cause).to_string()
    }

    /// The next life of a worker has ended before it had begun: the old one goes on.
    pub(super) fn next_has_ended(&mut self, life: Life, how: &str) {
        let id = life.id;
        let child = &mut self.children[id.index()];
        child.next = None;
        let (name, goes_on) = (Arc::clone(&child.name), child.is_up());
        if child.has_ended() {
            // Nobody has that life any more.
            child.life.incarnation = child.life.incarnation.max(life.incarnation);
            self.answer_all(id, &Ok(id), |what| what == What::Stop);
        }
        self.forget(id);
        self.sweep(life);
        if goes_on {
            report::warn(&format!(
                "the next life of `{name}` did not start, and the one that it has goes on: {how}"
            ));
        }
        let failed = Err(ManageErrorKind::Failed(how.to_owned()));
        self.answer_all(id, &failed, |what| what == What::Restart);
    }

    /// Lets the life begin that was prepared, if there is one.
    pub(super) fn promote(&mut self, id: WorkerId) -> bool {
        let child = &mut self.children[id.index()];
        let Some(mut next) = child.next.take() else {
            return false;
        };
        next.report = child.report.take();
        let life = next.life;
        let is_ready = next.stage >= Stage::Ready;
        *child = *next;
        self.checkpoints.is_behind(id);
        if is_ready {
            self.introduce_newcomer(life);
            self.introduce_waiting(life);
        }
        true
    }

    /// A worker that was added at run time is supervised from now on.
    fn supervise_late(&mut self, id: WorkerId) {
        let child = self.children.get(id.index());
        if let Some(spec) = child.and_then(|child| child.spec.clone()) {
            self.supervise(id, &spec);
        }
    }
}
