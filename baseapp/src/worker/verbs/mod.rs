//! The verbs: send, ask, publish. How a message is sent decides the promise.

mod ask;
mod ask_error;
mod errors;
mod manage;
mod options;
mod publish;
mod queue;
mod request;
mod schedule;
mod send;
mod submit;
mod task;
mod to;
mod to_pool;
mod wait;

use std::sync::Arc;

pub use self::{
    ask::Ask,
    ask_error::AskError,
    errors::{SendError, SendErrorKind},
    manage::{ManageWorker, SpawnWorker},
    publish::{Publish, PublishError},
    queue::{DeadLetter, Queue},
    schedule::{Schedule, Scheduling},
    send::Send,
    submit::{Submit, SubmitAll},
    task::{Progress, Task, TaskError},
    to::To,
    to_pool::ToPool,
};
use super::{Init, Worker};
use crate::{
    id::Address,
    message::Message,
    node::{Node, current::NoApp},
    pool::Pool,
    wire::control::Manage,
};

/// The node that sends, or why there is none.
pub(crate) type Sender = Result<Arc<Node>, NoApp>;

pub(crate) fn send<M: Message>(from: Sender, to: impl To<M>, message: M) -> Send<M> {
    Send::new(from, to.target(), message)
}

pub(crate) fn try_send<M: Message>(
    from: Sender,
    to: impl To<M>,
    message: M,
) -> Result<(), SendError<M>> {
    send::try_send(from, to.target(), message)
}

pub(crate) fn ask<M: Message>(from: Sender, to: impl To<M>, message: M) -> Ask<M> {
    Ask::new(from, to.target(), message)
}

pub(crate) fn publish<M: Message>(from: Sender, message: M) -> Publish<M> {
    Publish::new(from, message)
}

pub(crate) fn submit<M: Message>(from: Sender, to: impl ToPool<M>, message: M) -> Submit<M> {
    Submit::new(from, to.target(), message, true)
}

pub(crate) fn try_submit<M: Message>(from: Sender, to: impl ToPool<M>, message: M) -> Submit<M> {
    Submit::new(from, to.target(), message, false)
}

pub(crate) fn submit_all<M: Message>(
    from: Sender,
    to: impl ToPool<M>,
    messages: impl IntoIterator<Item = M>,
) -> SubmitAll<M> {
    SubmitAll::new(from, to.target(), messages.into_iter().collect())
}

pub(crate) fn spawn_worker<W: Worker>(
    from: Sender,
    name: impl Into<String>,
    init: impl Init<W>,
) -> SpawnWorker<W> {
    SpawnWorker::new(from, name.into(), init)
}

pub(crate) fn stop_worker<W>(from: Sender, worker: &Address<W>) -> ManageWorker {
    ManageWorker::new(from, worker, Manage::Stop)
}

pub(crate) fn restart_worker<W>(from: Sender, worker: &Address<W>) -> ManageWorker {
    ManageWorker::new(from, worker, Manage::Restart)
}

pub(crate) fn restart_pool<W>(from: Sender, pool: &Pool<W>) -> ManageWorker {
    ManageWorker::of_pool(from, pool)
}

pub(crate) fn queue<W>(from: Sender, pool: &Pool<W>) -> Queue {
    Queue::new(from, pool)
}
