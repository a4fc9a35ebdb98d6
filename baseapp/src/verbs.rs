//! The verbs as free functions: for code that has no [`Context`](crate::Context)
//! at hand.

use crate::{
    message::Message,
    node::current,
    pool::Pool,
    worker::verbs::{self, Ask, Publish, Queue, Send, SendError, Submit, SubmitAll, To, ToPool},
};

/// Sends a message, one way: in order with what this worker has sent there
/// before, at most once; what is lost is reported.
///
/// Awaiting it waits only while the receiver is behind: until its window has
/// room, for 10 s unless [told otherwise](Send::timeout).
///
/// Works in every process of an app, on any thread of it, also outside of
/// handlers. If several apps run in one process, code on threads that belong
/// to none of them must use the methods of [`RunningApp`](crate::RunningApp)
/// or [`Context`](crate::Context).
///
/// # Errors
/// [`SendError`], with the message in it.
pub fn send<M: Message>(to: impl To<M>, message: M) -> Send<M> {
    verbs::send(current::node(), to, message)
}

/// Sends a message as [`send`] does, if it can be taken at once.
///
/// # Errors
/// [`SendError`], with the message in it; its kind is
/// [`Full`](crate::SendErrorKind::Full) when the receiver is behind.
pub fn try_send<M: Message>(to: impl To<M>, message: M) -> Result<(), SendError<M>> {
    verbs::try_send(current::node(), to, message)
}

/// Sends a message and awaits the reply, for 10 s unless
/// [told otherwise](Ask::timeout).
///
/// An ask from within a handler that serves an ask itself ends no later than
/// that one; if it would wait for itself, through whatever other workers, it
/// is refused at once.
///
/// # Errors
/// [`AskError`](crate::AskError): exactly one of its outcomes.
pub fn ask<M: Message>(to: impl To<M>, message: M) -> Ask<M> {
    verbs::ask(current::node(), to, message)
}

/// Sends a message, as [`send`] does, to every worker with a
/// `#[handler(M, subscribe)]`: to how many.
///
/// # Errors
/// [`PublishError`](crate::PublishError): who was not sent it, and why.
pub fn publish<M: Message>(message: M) -> Publish<M> {
    verbs::publish(current::node(), message)
}

/// Submits a message to a pool: a task, which one of its workers runs.
///
/// Ready when the task is accepted; from then on it is the queue's: given to a
/// worker, to another one if that dies, tried again if its handler fails, and
/// kept as a dead letter if all that is in vain. [`Task`](crate::Task) tells how
/// it ends. What `#[message(..)]` does not say of it, the methods of [`Submit`]
/// do.
///
/// # Errors
/// [`SendError`], with the message in it: the task was not accepted. If the
/// link to the queue broke before its answer came
/// ([`Ended`](crate::SendErrorKind::Ended)), it may have been.
pub fn submit<M: Message>(to: impl ToPool<M>, message: M) -> Submit<M> {
    verbs::submit(current::node(), to, message)
}

/// Submits a message as [`submit`] does, if the queue has room for it now.
///
/// # Errors
/// As [`submit`]; the kind is [`Full`](crate::SendErrorKind::Full) when there is
/// no room.
pub fn try_submit<M: Message>(to: impl ToPool<M>, message: M) -> Submit<M> {
    verbs::try_submit(current::node(), to, message)
}

/// Submits messages to a pool, all or none of them: in one round trip and, if
/// the queue is durable, with one wait for the disk. Together they may have
/// 64 MiB.
///
/// # Errors
/// [`SendError`], with the messages in it.
pub fn submit_all<M: Message>(
    to: impl ToPool<M>,
    messages: impl IntoIterator<Item = M>,
) -> SubmitAll<M> {
    verbs::submit_all(current::node(), to, messages)
}

/// The queue of a pool, to look after.
#[must_use]
pub fn queue<W>(pool: &Pool<W>) -> Queue {
    verbs::queue(current::node(), pool)
}
