//! A worker as the hub sees it.

use std::{
    collections::HashSet,
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Port, WorkerSpec, stuck::Watched};
use crate::{
    blackbox::{Page, Snapshot},
    death::{Cause, IN_ORDER, WorkerDied},
    id::{Life, WorkerId},
    process::{Debts, LastLines, Outgoing, kill_group, terminate},
    wire::{
        codec,
        control::{Endpoint, Entry, Handled, ToWorker},
        frame::MAX_PAYLOAD,
        roster::Listed,
    },
};

/// How far a worker has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Its process or thread was started.
    Launched,
    /// It is made, and listens.
    Ready,
    /// Its `#[start]` has run.
    Started,
    /// It was told to stop.
    Stopping,
    /// It has said that it has stopped.
    Stopped,
    /// Its process or thread has ended.
    Ended,
}

/// What runs a worker.
#[derive(Debug)]
pub(super) enum Runner {
    /// The main thread of this process.
    Main,
    /// A process. It may be signalled for as long as nobody has waited for it.
    Process {
        pid: u32,
        reaped: Arc<AtomicBool>,
        /// The file of its black box.
        page: PathBuf,
        last_lines: LastLines,
    },
    /// A thread of this process.
    Thread { page: Arc<Page> },
    /// The thread of the task queues.
    Queue,
    /// Nothing: it is gone for good, or there are no task queues.
    Nobody,
}

/// See the [module](self).
///
/// It is kept for as long as the app runs, because addresses are. So what only a worker
/// has that lives stands apart, and goes when the worker is gone for good: see
/// [`State::forget`](super::state::State::forget).
#[derive(Debug)]
pub(super) struct Child {
    pub(super) life: Life,
    pub(super) name: Arc<str>,
    pub(super) worker: Option<u16>,
    /// The pool that it is of.
    pub(super) pool: Option<u16>,
    pub(super) stage: Stage,
    /// Others were told that it has ended, and will live again.
    pub(super) returns: bool,
    /// How it has ended.
    pub(super) how: Option<Arc<str>>,
    /// What was told of its last death.
    pub(super) report: Option<Arc<WorkerDied>>,
    /// What it was started from, unless it is main or the queues.
    pub(super) spec: Option<Arc<WorkerSpec>>,
    living: Option<Box<Living>>,
}

/// What a worker has that lives, or may live again.
#[derive(Debug)]
pub(super) struct Living {
    pub(super) runner: Runner,
    pub(super) port: Option<Port>,
    /// What it has asked for, and not read.
    pub(super) debts: Debts,
    pub(super) endpoint: Option<Endpoint>,
    /// What it dies of, if that is known before it has ended.
    pub(super) cause: Option<Cause>,
    /// Its next life, which is made while this one goes on.
    pub(super) next: Option<Box<Child>>,
    /// How many messages it has said are lost.
    pub(super) lost: u64,
    /// How far others came with what it had sent them that have ended while it stops, by
    /// connection.
    pub(super) judged: Vec<(u64, Handled)>,
    /// Of whose deaths it wants to know.
    pub(super) watches: HashSet<WorkerId>,
    /// Whether it moves, if that matters.
    pub(super) watch: Option<Watched>,
}

impl Living {
    fn by(runner: Runner) -> Living {
        Living {
            runner,
            port: None,
            debts: Debts::default(),
            endpoint: None,
            cause: None,
            next: None,
            lost: 0,
            judged: Vec::new(),
            watches: HashSet::new(),
            watch: None,
        }
    }
}

/// Of one that is gone for good.
static NOTHING: LazyLock<Living> = LazyLock::new(|| Living::by(Runner::Nobody));

impl Deref for Child {
    type Target = Living;

    fn deref(&self) -> &Living {
        self.living.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Child {
    fn deref_mut(&mut self) -> &mut Living {
        let nothing = || Box::new(Living::by(Runner::Nobody));
        self.living.get_or_insert_with(nothing)
    }
}

impl Child {
    /// One that was just started, of which nothing more is known.
    pub(super) fn new(life: Life, name: Arc<str>, runner: Runner) -> Child {
        Child {
            life,
            name,
            worker: None,
            pool: None,
            stage: Stage::Launched,
            returns: false,
            how: None,
            report: None,
            spec: None,
            living: Some(Box::new(Living::by(runner))),
        }
    }

    /// It is gone for good: what is left of it is its name, and how it has ended.
    pub(super) fn leave(&mut self, spec: Arc<WorkerSpec>) {
        self.living = None;
        self.spec = Some(spec);
    }

    /// As a worker that begins is told of it.
    pub(super) fn listed(&self) -> Listed<'_> {
        Listed {
            id: self.life.id,
            incarnation: self.life.incarnation,
            name: &self.name,
            worker: self.worker,
            stopped: self.has_stopped(),
        }
    }

    /// In order, and for good.
    pub(super) fn has_stopped(&self) -> bool {
        !self.returns && self.how.as_deref() == Some(IN_ORDER)
    }

    pub(super) fn entry(&self) -> Entry {
        Entry {
            id: self.life.id,
            incarnation: self.life.incarnation,
            name: self.name.to_string(),
            worker: self.worker,
        }
    }

    /// The process that it runs in.
    pub(super) fn pid(&self) -> u32 {
        match &self.runner {
            Runner::Process { pid, .. } => *pid,
            _ => std::process::id(),
        }
    }

    pub(super) fn last_lines(&self) -> Vec<String> {
        match &self.runner {
            Runner::Process { last_lines, .. } => last_lines.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Tells it something, if it can be reached.
    pub(super) fn tell(&self, message: ToWorker) {
        match &self.port {
            Some(Port::Remote(outgoing)) => drop(outgoing.send(Some(message.into()))),
            Some(Port::Local(node)) => node.hear(message),
            None => {}
        }
    }

    /// Tells it something that it has asked for.
    pub(super) fn answer(&self, message: ToWorker) {
        self.tell_for(self, message);
    }

    /// Tells it something that another one has asked for: that owes it until it is read.
    pub(super) fn tell_for(&self, asker: &Child, message: ToWorker) {
        let Some(Port::Remote(outgoing)) = &self.port else {
            return self.tell(message);
        };
        let encoded = codec::encode(&message, MAX_PAYLOAD).map_or(0, |bytes| bytes.len());
        let debt = asker.debts.owe(size_of::<ToWorker>() + encoded);
        let _ = outgoing.send(Some(Outgoing::owed(message, debt))); // it is gone: fine
    }

    /// Its end is waited for when everything is killed: its process, or the
    /// file that it has open, is gone then.
    pub(super) fn is_awaited(&self) -> bool {
        matches!(self.runner, Runner::Process { .. } | Runner::Queue)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// Nothing of it runs any more.
    pub(super) fn is_over(&self) -> bool {
        self.has_ended() && self.next.is_none()
    }

    /// It can take messages.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::Started)
    }

    /// What its black box says. Nothing, if it cannot be read: then nobody is told
    /// how far it came, and what was sent to it may have been handled or not.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut snapshot = match &self.runner {
            Runner::Process { page, .. } => Snapshot::read(page).unwrap_or_default(),
            Runner::Thread { page } => page.snapshot(),
            Runner::Main | Runner::Queue | Runner::Nobody => Snapshot::default(),
        };
        if let Some(watched) = &self.watch {
            watched.correct(&mut snapshot);
        }
        snapshot
    }

    /// Another worker may have its place and its address.
    pub(super) fn is_free_for(&self, spec: &WorkerSpec) -> bool {
        let same = self
            .spec
            .as_ref()
            .is_some_and(|own| own.worker == spec.worker);
        same && self.is_over() && !self.returns && self.pool.is_none()
    }

    /// Its end is the supervisor's business.
    pub(super) fn is_supervised(&self) -> bool {
        self.pool.is_none() && self.spec.is_some()
    }

    fn living_process(&self) -> Option<u32> {
        match &self.runner {
            Runner::Process { pid, reaped, .. } if !reaped.load(Ordering::Acquire) => Some(*pid),
            _ => None,
        }
    }

    pub(super) fn terminate(&self) {
        if let Some(pid) = self.living_process() {
            terminate(pid);
        }
    }

    /// Kills it. False if it cannot be killed, because it is no process.
    pub(super) fn kill(&self) -> bool {
        if let Some(next) = &self.next {
            next.kill_life();
        }
        self.kill_life()
    }

    /// The life that was prepared is not wanted any more. It stays until it has ended: until then its
    /// number is in use.
    pub(super) fn discard_next(&mut self) {
        if self.next.is_none() {
            return; // of most
        }
        if let Some(next) = &mut self.next
            && !next.kill_life()
        {
            // A thread, which is told again when it can be reached, if it cannot be yet.
            next.stage = next.stage.max(Stage::Stopping);
            next.tell(ToWorker::Stop);
        }
    }

    /// Kills the life that it has, and not the one that is prepared.
    pub(super) fn kill_life(&self) -> bool {
        match self.living_process() {
            Some(pid) => kill_group(pid),
            None => return matches!(self.runner, Runner::Process { .. }),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_worker_that_is_gone_is_small() {
        // Besides its name. In a list that grows, there is room for as many again.
        assert!(size_of::<Child>() <= 88, "{}", size_of::<Child>());
    }
}
