//! The verbs as free functions: for code that has no [`Context`](crate::Context)
//! at hand.

use crate::{
    message::Message,
    node::current,
    worker::verbs::{self, Ask, Publish, Send, SendError, To},
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
