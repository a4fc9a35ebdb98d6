//! Starting, stopping and starting anew of workers at run time.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::Sender;
use crate::{
    id::{Address, WorkerId},
    manage::{ManageError, ManageErrorKind},
    node::{Done, Node},
    pool::Pool,
    supervision::Supervision,
    wire::{codec, control::Manage, frame::MAX_STATE},
    worker::{Init, Worker},
};

/// Longest description of how a worker is looked after, in bytes.
const MAX_SUPERVISION: usize = 256;

/// A worker that is being started: what [`Context::spawn_worker`](crate::Context::spawn_worker)
/// returns. Ready with its address when it has run its `#[start]`.
#[must_use = "a worker is started when this is awaited"]
pub struct SpawnWorker<W> {
    from: Option<Sender>,
    name: String,
    init: Result<Vec<u8>, String>,
    supervision: Supervision,
    asked: Option<(Arc<Node>, oneshot::Receiver<Done>)>,
    worker: PhantomData<fn() -> W>,
}

impl<W: Worker> SpawnWorker<W> {
    pub(super) fn new(from: Sender, name: String, init: impl Init<W>) -> Self {
        let init: W::Init = init.into();
        SpawnWorker {
            from: Some(from),
            name,
            init: codec::encode(&init, MAX_STATE).map_err(|error| error.to_string()),
            supervision: Supervision::new(),
            asked: None,
            worker: PhantomData,
        }
    }

    /// How it is looked after, where that differs from what its type says.
    pub fn supervision(mut self, how: Supervision) -> Self {
        self.supervision = how;
        self
    }

    fn ask(&mut self, from: Sender) -> Result<(), ManageErrorKind> {
        let node = from.map_err(|error| ManageErrorKind::NoApp(error.to_string()))?;
        let init = std::mem::replace(&mut self.init, Ok(Vec::new()));
        let init = init.map_err(ManageErrorKind::State)?;
        let worker = node.table.worker_index(std::any::type_name::<W>());
        let supervision = codec::encode(&self.supervision, MAX_SUPERVISION);
        let start = Manage::Start {
            name: self.name.clone(),
            worker: worker.ok_or(ManageErrorKind::NoSuchWorker)?,
            init,
            supervision: supervision.map_err(|error| ManageErrorKind::State(error.to_string()))?,
        };
        let asked = node.manage(start);
        self.asked = Some((node, asked));
        Ok(())
    }

    fn fail(&self, kind: ManageErrorKind) -> ManageError {
        let worker = self.name.clone();
        ManageError { worker, kind }
    }
}

/// Nothing in it is pinned.
impl<W> Unpin for SpawnWorker<W> {}

impl<W: Worker> Future for SpawnWorker<W> {
    type Output = Result<Address<W>, ManageError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(from) = this.from.take()
            && let Err(kind) = this.ask(from)
        {
            return Poll::Ready(Err(this.fail(kind)));
        }
        let Some((node, asked)) = &mut this.asked else {
            return Poll::Pending; // polled after it was ready
        };
        let Poll::Ready(done) = poll_done(asked, cx) else {
            return Poll::Pending;
        };
        let run = node.run;
        this.asked = None;
        let name = this.name.as_str();
        Poll::Ready(match done {
            Ok(id) => Ok(Address::new(id, run, name.into())),
            Err(kind) => Err(this.fail(kind)),
        })
    }
}

/// A worker that is being stopped, or started anew: what
/// [`Context::stop_worker`](crate::Context::stop_worker) and
/// [`Context::restart_worker`](crate::Context::restart_worker) return.
#[must_use = "nothing is done until this is awaited"]
pub struct ManageWorker {
    from: Option<Sender>,
    worker: Arc<str>,
    manage: Option<Manage>,
    /// The address is of another app.
    is_foreign: bool,
    asked: Option<oneshot::Receiver<Done>>,
}

impl ManageWorker {
    pub(super) fn new<W>(
        from: Sender,
        worker: &Address<W>,
        manage: fn(WorkerId) -> Manage,
    ) -> ManageWorker {
        let is_foreign = matches!(&from, Ok(node) if node.run != worker.run);
        ManageWorker {
            from: Some(from),
            worker: Arc::clone(&worker.name),
            manage: Some(manage(worker.id)),
            is_foreign,
            asked: None,
        }
    }

    pub(super) fn of_pool<W>(from: Sender, pool: &Pool<W>) -> ManageWorker {
        let is_foreign = matches!(&from, Ok(node) if node.run != pool.run);
        ManageWorker {
            from: Some(from),
            worker: Arc::clone(&pool.name),
            manage: Some(Manage::RestartPool(pool.index)),
            is_foreign,
            asked: None,
        }
    }

    fn ask(&mut self, from: Sender) -> Result<(), ManageErrorKind> {
        let node = from.map_err(|error| ManageErrorKind::NoApp(error.to_string()))?;
        if self.is_foreign {
            return Err(ManageErrorKind::NoSuchWorker);
        }
        self.asked = self.manage.take().map(|manage| node.manage(manage));
        Ok(())
    }

    fn fail(&self, kind: ManageErrorKind) -> ManageError {
        let worker = self.worker.to_string();
        ManageError { worker, kind }
    }
}

impl Future for ManageWorker {
    type Output = Result<(), ManageError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(from) = this.from.take()
            && let Err(kind) = this.ask(from)
        {
            return Poll::Ready(Err(this.fail(kind)));
        }
        let Some(asked) = &mut this.asked else {
            return Poll::Pending; // polled after it was ready
        };
        let Poll::Ready(done) = poll_done(asked, cx) else {
            return Poll::Pending;
        };
        this.asked = None;
        Poll::Ready(done.map(drop).map_err(|kind| this.fail(kind)))
    }
}

fn poll_done(asked: &mut oneshot::Receiver<Done>, cx: &mut Context<'_>) -> Poll<Done> {
    // A hub that is gone has stopped everything.
    let answered = Pin::new(asked).poll(cx);
    answered.map(|done| done.unwrap_or(Err(ManageErrorKind::Stopping)))
}

impl<W> Debug for SpawnWorker<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "SpawnWorker({})", self.name)
    }
}

impl Debug for ManageWorker {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ManageWorker({})", self.worker)
    }
}
