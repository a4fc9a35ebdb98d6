//! The verbs: send, ask, publish. How a message is sent decides the promise.

mod ask;
mod ask_error;
mod errors;
mod publish;
mod send;
mod to;
mod wait;

use std::sync::Arc;

pub use self::{
    ask::Ask,
    ask_error::AskError,
    errors::{SendError, SendErrorKind},
    publish::{Publish, PublishError},
    send::Send,
    to::To,
};
use crate::{
    message::Message,
    node::{Node, current::NoApp},
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
