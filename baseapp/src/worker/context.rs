//! [`Context`]: what a worker may say while it runs.

use std::{
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
    sync::Arc,
};

use super::{
    CurrentTask, Handler, Init, Worker,
    checkpoint::Wish,
    verbs::{
        self, Ask, ManageWorker, Publish, Queue, Send, SendError, SpawnWorker, Submit, SubmitAll,
        To, ToPool,
    },
};
use crate::{
    death::WorkerDied,
    id::Address,
    message::Message,
    node::{Node, current},
    pool::Pool,
    wire::control::ToHub,
};

/// What a method of a worker `W` may say to the rest of the app.
///
/// Methods take it as `cx: &Context<Self>` if they want it. It may be cloned
/// and given to threads and tasks of the worker's process.
pub struct Context<W> {
    node: Arc<Node>,
    /// That its state is kept.
    pub(super) wish: Wish,
    worker: PhantomData<fn() -> W>,
}

impl<W> Context<W> {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        Context {
            node,
            wish: Wish::default(),
            worker: PhantomData,
        }
    }

    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The name of this worker.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.node.me.name
    }

    /// The address of this worker.
    #[must_use]
    pub fn address(&self) -> Address<W> {
        Address::new(
            self.node.me.id,
            self.node.run,
            Arc::clone(&self.node.me.name),
        )
    }

    /// The pool that this worker is of, to submit to it; `None` if it is of none,
    /// and in `#[init]`.
    #[must_use]
    pub fn pool(&self) -> Option<Pool<W>> {
        let index = self.node.pool?;
        let name = self
            .node
            .read_directory(|directory| directory.pool_name(index).map(Arc::from))?;
        Some(Pool::new(index, self.node.run, name))
    }

    /// The task that the running handler runs, if it runs one: see
    /// [`CurrentTask`]. To be called by the handler itself, and not by what it
    /// has started: give that the `CurrentTask`.
    #[must_use]
    pub fn task(&self) -> CurrentTask {
        let running = current::task_of(&self.node);
        CurrentTask::new(running.map(|running| (Arc::clone(&self.node), running)))
    }

    /// Wants to know when another worker dies: from now on, for as long as this one
    /// lives, each of its deaths is told to the `#[handler(WorkerDied)]`, also if it is started
    /// again; and if there is a `#[handler(WorkerRestarted)]`, that it was. If it is dead already
    /// and is not started again, that is told at once.
    ///
    /// ```no_run
    /// use baseapp::{WorkerDied, prelude::*};
    /// # #[worker] struct Camera;
    ///
    /// #[worker]
    /// struct Operator {
    ///     camera: Address<Camera>,
    /// }
    ///
    /// #[worker]
    /// impl Operator {
    ///     #[start]
    ///     fn start(&mut self, cx: &Context<Self>) {
    ///         cx.watch(&self.camera);
    ///     }
    ///
    ///     #[handler(WorkerDied)]
    ///     fn died(&mut self, died: WorkerDied) {
    ///         eprintln!("no pictures for now: {}", died.cause);
    ///     }
    /// }
    /// ```
    ///
    /// In `#[init]` it is too early, as for everything that others hear of.
    pub fn watch<T: Worker>(&self, worker: &Address<T>)
    where
        W: Handler<WorkerDied>,
    {
        self.tell_watch(worker, true);
    }

    /// Does not want to know any more.
    pub fn unwatch<T: Worker>(&self, worker: &Address<T>) {
        self.tell_watch(worker, false);
    }

    fn tell_watch<T>(&self, worker: &Address<T>, watch: bool) {
        // Nobody of another app dies in this one.
        if worker.run == self.node.run {
            self.node.tell(ToHub::Watch {
                id: worker.id,
                watch,
            });
        }
    }

    /// Starts one more worker, at run time: its address, when it has run its
    /// `#[start]`. It is supervised by itself, as its type says, or as
    /// [`SpawnWorker::supervision`](crate::SpawnWorker::supervision) does. Who subscribes to something is published to
    /// from then on. A name that was that of a worker of the same type, which was stopped, may be used again, and
    /// gives it the same address.
    ///
    /// ```no_run
    /// # use baseapp::prelude::*;
    /// # #[worker] struct Camera { port: u16 }
    /// # #[message] struct Plug(u16);
    /// # #[worker] struct Studio { #[local] cameras: Vec<Address<Camera>> }
    /// #[worker]
    /// impl Studio {
    ///     #[handler(Plug)]
    ///     async fn plug(&mut self, Plug(port): Plug, cx: &Context<Self>) -> baseapp::Result<()> {
    ///         let camera = cx.spawn_worker(format!("camera-{port}"), Camera { port }).await?;
    ///         self.cameras.push(camera);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// When the app stops, workers that were started later are stopped earlier.
    pub fn spawn_worker<T: Worker>(
        &self,
        name: impl Into<String>,
        init: impl Init<T>,
    ) -> SpawnWorker<T> {
        verbs::spawn_worker(Ok(Arc::clone(&self.node)), name, init)
    }

    /// Stops a worker for good, in order: ready when it has ended. It handles what has
    /// arrived, runs `#[stop]`, and is killed after its grace. What it never began comes back to its senders. A worker may
    /// stop itself so, and must not await it.
    pub fn stop_worker<T>(&self, worker: &Address<T>) -> ManageWorker {
        verbs::stop_worker(Ok(Arc::clone(&self.node)), worker)
    }

    /// Starts a worker anew, from its last checkpoint or else its initial state, without a gap: its next life is made beside it, and
    /// when it is ready, the old one handles what has arrived, runs `#[stop]`, and ends; what it never began reaches the next
    /// life, in order. Ready when that has run its `#[start]`. If the next life cannot be made, the old one goes on. It costs nothing of
    /// the worker's intensity. A worker must not await its own restart: it would wait for its own end.
    /// `#[init]` runs while the old life still has what it holds: a port, a lock.
    pub fn restart_worker<T>(&self, worker: &Address<T>) -> ManageWorker {
        verbs::restart_worker(Ok(Arc::clone(&self.node)), worker)
    }

    /// Starts the workers of a pool anew, one after the other, without a gap: a new one begins, and then an old one
    /// ends the tasks that it has, and goes. Meanwhile there is one more than the pool's range says. Ready when none of the old ones is left.
    /// If a new one does not start, the others go on.
    pub fn restart_pool<T>(&self, pool: &Pool<T>) -> ManageWorker {
        verbs::restart_pool(Ok(Arc::clone(&self.node)), pool)
    }

    /// Asks the app to stop, in order: see [`RunningApp::stop`](crate::RunningApp::stop).
    /// Returns at once; this worker goes on until it is told to stop.
    pub fn exit(&self) {
        self.node.tell(ToHub::Exit);
    }

    /// Sends a message, one way. See [`baseapp::send`](crate::send).
    pub fn send<M: Message>(&self, to: impl To<M>, message: M) -> Send<M> {
        verbs::send(Ok(Arc::clone(&self.node)), to, message)
    }

    /// Sends a message if it can be taken at once. See
    /// [`baseapp::try_send`](crate::try_send).
    ///
    /// # Errors
    /// As [`send`](Self::send), and [`Full`](crate::SendErrorKind::Full) when
    /// the receiver is behind.
    pub fn try_send<M: Message>(&self, to: impl To<M>, message: M) -> Result<(), SendError<M>> {
        verbs::try_send(Ok(Arc::clone(&self.node)), to, message)
    }

    /// Sends a message and awaits the reply. See [`baseapp::ask`](crate::ask).
    pub fn ask<M: Message>(&self, to: impl To<M>, message: M) -> Ask<M> {
        verbs::ask(Ok(Arc::clone(&self.node)), to, message)
    }

    /// Sends a message to every worker that subscribes to it. See
    /// [`baseapp::publish`](crate::publish).
    pub fn publish<M: Message>(&self, message: M) -> Publish<M> {
        verbs::publish(Ok(Arc::clone(&self.node)), message)
    }

    /// Submits a message to a pool. See [`baseapp::submit`](crate::submit).
    pub fn submit<M: Message>(&self, to: impl ToPool<M>, message: M) -> Submit<M> {
        verbs::submit(Ok(Arc::clone(&self.node)), to, message)
    }

    /// Submits a message to a pool if there is room at once. See
    /// [`baseapp::try_submit`](crate::try_submit).
    pub fn try_submit<M: Message>(&self, to: impl ToPool<M>, message: M) -> Submit<M> {
        verbs::try_submit(Ok(Arc::clone(&self.node)), to, message)
    }

    /// Submits messages to a pool, all or none of them. See
    /// [`baseapp::submit_all`](crate::submit_all).
    pub fn submit_all<M: Message>(
        &self,
        to: impl ToPool<M>,
        messages: impl IntoIterator<Item = M>,
    ) -> SubmitAll<M> {
        verbs::submit_all(Ok(Arc::clone(&self.node)), to, messages)
    }

    /// The queue of a pool, to look after.
    #[must_use]
    pub fn queue<P>(&self, pool: &Pool<P>) -> Queue {
        verbs::queue(Ok(Arc::clone(&self.node)), pool)
    }
}

impl<W> Clone for Context<W> {
    fn clone(&self) -> Self {
        Context {
            node: Arc::clone(&self.node),
            wish: self.wish.clone(),
            worker: PhantomData,
        }
    }
}

impl<W> Debug for Context<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Context({})", self.node.me.name)
    }
}
