//! [`Schedule`]: a message that is submitted again and again.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    SendError, TaskError,
    submit::Submitting,
    task::{nonsense, query},
};
use crate::{
    message::Message,
    node::Node,
    task::{Answer, Query, TaskId},
};

/// A schedule on its way to the queue: what [`Submit::every`](super::Submit::every)
/// returns.
#[must_use = "a message is submitted when this is awaited"]
pub struct Scheduling<M> {
    inner: Submitting<M>,
}

/// Nothing in it is pinned.
impl<M> Unpin for Scheduling<M> {}

/// A message that is submitted again and again, until it is cancelled or the
/// app stops. Dropped, it goes on.
///
/// It is not kept: a program sets it up anew in each run.
pub struct Schedule {
    node: Arc<Node>,
    id: TaskId,
}

impl<M: Message> Scheduling<M> {
    pub(super) fn new(inner: Submitting<M>) -> Self {
        Scheduling { inner }
    }
}

impl<M: Message> Future for Scheduling<M> {
    type Output = Result<Schedule, SendError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = &mut self.inner;
        inner.poll(cx.waker()).map(|submitted| match submitted {
            Ok((node, watched)) => {
                let id = watched.first().map(|watched| watched.id());
                // No task of its own: nothing is heard of it.
                watched
                    .iter()
                    .for_each(|watched| node.tasks.unwatch(watched));
                match id {
                    Some(id) => Ok(Schedule { node, id }),
                    None => unreachable!("one message makes one schedule"),
                }
            }
            Err((mut messages, kind)) => match messages.pop() {
                Some(message) => Err(SendError {
                    message,
                    to: inner.target().to_owned(),
                    kind,
                }),
                None => unreachable!("the message is kept until it is accepted"),
            },
        })
    }
}

impl Schedule {
    /// Ends it. Tasks that it has submitted go on. False if it had ended.
    ///
    /// # Errors
    /// [`TaskError::Lost`] when the queue is gone.
    pub async fn cancel(&self) -> Result<bool, TaskError> {
        match query(&self.node, Query::Cancel(self.id)).await? {
            Answer::Done(known) => Ok(known),
            _ => Err(nonsense()),
        }
    }
}

impl<M> Debug for Scheduling<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Scheduling({})", std::any::type_name::<M>())
    }
}

impl Debug for Schedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({})", self.id)
    }
}
