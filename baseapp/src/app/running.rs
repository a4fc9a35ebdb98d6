//! [`RunningApp`]: an app whose workers run.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use crate::{
    error::Result,
    hub::{HubHandle, Main, StartError},
    id::Address,
    message::Message,
    node::{Node, current},
    pool::Pool,
    routes::Route,
    worker::{
        Init, Worker,
        verbs::{
            self, Ask, ManageWorker, Publish, Queue, Send, SendError, SpawnWorker, Submit,
            SubmitAll, To, ToPool,
        },
    },
};

/// An app whose workers run: what [`App::start`](crate::App::start) gives.
///
/// Dropping it kills the workers at once; [`stop`](RunningApp::stop) lets them
/// end their work.
#[must_use = "dropping a running app kills its workers: call `stop`"]
pub struct RunningApp {
    hub: HubHandle,
    node: Arc<Node>,
}

impl RunningApp {
    pub(super) fn new(hub: HubHandle, node: Arc<Node>) -> RunningApp {
        RunningApp { hub, node }
    }

    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(super) fn start_workers(
        &self,
        main: Main,
    ) -> impl Future<Output = Result<(), StartError>> + use<> {
        self.hub.start_workers(main)
    }

    /// The app did not start: what was sent meanwhile is no news.
    pub(super) fn not_started(&self, error: StartError) -> StartError {
        self.node.mute();
        error
    }

    /// The main worker has ended: by itself, if with an error.
    pub(super) fn main_ended(&self, ended: Result<(), String>) {
        if let Err(how) = ended {
            self.hub.main_failed(how);
        }
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
    pub fn queue<W>(&self, pool: &Pool<W>) -> Queue {
        verbs::queue(Ok(Arc::clone(&self.node)), pool)
    }

    /// Starts one more worker. See [`Context::spawn_worker`](crate::Context::spawn_worker).
    pub fn spawn_worker<W: Worker>(
        &self,
        name: impl Into<String>,
        init: impl Init<W>,
    ) -> SpawnWorker<W> {
        verbs::spawn_worker(Ok(Arc::clone(&self.node)), name, init)
    }

    /// Stops a worker for good. See [`Context::stop_worker`](crate::Context::stop_worker).
    pub fn stop_worker<W>(&self, worker: &Address<W>) -> ManageWorker {
        verbs::stop_worker(Ok(Arc::clone(&self.node)), worker)
    }

    /// Starts a worker anew, without a gap. See
    /// [`Context::restart_worker`](crate::Context::restart_worker).
    pub fn restart_worker<W>(&self, worker: &Address<W>) -> ManageWorker {
        verbs::restart_worker(Ok(Arc::clone(&self.node)), worker)
    }

    /// Starts the workers of a pool anew, one after the other. See
    /// [`Context::restart_pool`](crate::Context::restart_pool).
    pub fn restart_pool<W>(&self, pool: &Pool<W>) -> ManageWorker {
        verbs::restart_pool(Ok(Arc::clone(&self.node)), pool)
    }

    /// Who handles what in this program.
    #[must_use]
    pub fn routes(&self) -> &'static [Route] {
        self.node.table.routes()
    }

    /// Waits until the app begins to stop, because somebody called
    /// [`Context::exit`](crate::Context::exit), a signal came, or it was told
    /// to: for a main that should leave its own work then.
    pub async fn stopping(&self) {
        self.hub.stopping().await;
    }

    /// Waits until the app has stopped because somebody called
    /// [`Context::exit`](crate::Context::exit), or a signal came.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub async fn stopped(&self) -> Result<()> {
        Ok(self.hub.outcome().await?)
    }

    /// Stops the app: lets every message that was sent be handled, then stops
    /// the workers one by one, last started first. What takes longer than the
    /// [grace](crate::App::grace) is forced.
    ///
    /// # Errors
    /// A [`StopError`](crate::StopError) when not all was well since the app
    /// was started: a worker died or had to be killed, or messages were lost.
    /// The app has stopped all the same.
    pub async fn stop(self) -> Result<()> {
        self.node.flush();
        self.hub.stop();
        let outcome = self.hub.outcome().await;
        self.node.hear_the_queue_out().await;
        self.node.leave("the app has stopped", outcome.is_ok());
        Ok(outcome?)
    }
}

impl Drop for RunningApp {
    fn drop(&mut self) {
        current::unregister(&self.node);
        self.node.leave("the app was dropped", false);
    }
}

impl Debug for RunningApp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningApp")
            .field("main", &self.node)
            .finish_non_exhaustive()
    }
}
