//! [`Task`]: what becomes of a message that was submitted.

use std::{
    fmt::{self, Debug, Display, Formatter},
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::{request::Request, wait::Patience};
use crate::{
    deadline::DEFAULT_TIMEOUT,
    error::{BoxError, Error},
    message::Data,
    node::{Node, Watched},
    task::{Answer, DeadReason, Ended, Query, TaskId, TaskState},
    wire::{
        codec,
        frame::{Kind, MAX_PAYLOAD},
    },
    worker::verdict::Verdict,
};

/// A task that was accepted: what `submit` gives.
///
/// Await it for the reply of the handler that has run it. Dropped, it is
/// forgotten, and runs all the same.
///
/// A worker that awaits it handles no other message meanwhile. If it is of the
/// same pool, and all others of it do so, too, they wait for each other: nothing
/// notices, but a timeout. To go on, let
/// another task of the runtime wait: `tokio::spawn(async move { .. task.await .. })`,
/// and have that send the worker a message.
///
/// # Cancel safety
/// Nothing is lost when the future is dropped; await the task by reference,
/// `(&mut task).await`, to go on with it.
pub struct Task<R = ()> {
    node: Arc<Node>,
    watched: Arc<Watched>,
    reply: PhantomData<fn() -> R>,
}

/// How a task ended without a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It is a dead letter, and kept: see [`Queue`](crate::Queue).
    #[error("task {id} is a dead letter after {attempts} attempts: {reason}: {error}")]
    Dead {
        /// The task.
        id: TaskId,
        /// Why it is not tried again.
        reason: DeadReason,
        /// How often it was given to a worker.
        attempts: u32,
        /// How its last attempt failed.
        error: String,
    },
    /// It was cancelled.
    #[error("task {id} was cancelled")]
    Cancelled {
        /// The task.
        id: TaskId,
    },
    /// The app stops, and its queue is in a file: the next run goes on with it.
    #[error("task {id} is kept for the next run of the app")]
    Kept {
        /// The task.
        id: TaskId,
    },
    /// The queue does not know it: it ended, and how is not kept any more; or
    /// it never was there.
    #[error("task {id} is not known: it has ended some time ago, or never was there")]
    Unknown {
        /// The task.
        id: TaskId,
    },
    /// The queue is gone: how the task ends is not heard of here.
    #[error("the task queue is gone: {0}")]
    Lost(String),
    /// The reply, or the progress, is of another type.
    #[error("what is said of task {id} cannot be understood: {text}")]
    Codec {
        /// The task.
        id: TaskId,
        /// What is wrong with it.
        text: String,
    },
}

impl Task<()> {
    /// What a handler returns as its error if its task is not to be tried
    /// again: it becomes a dead letter at once.
    ///
    /// ```
    /// # use baseapp::prelude::*;
    /// # #[message(reply = u32)] struct Decode(Vec<u8>);
    /// # #[worker] struct Decoder;
    /// #[worker]
    /// impl Decoder {
    ///     #[handler(Decode)]
    ///     fn decode(&mut self, Decode(bytes): Decode) -> baseapp::Result<u32> {
    ///         match bytes.try_into() {
    ///             Ok(bytes) => Ok(u32::from_le_bytes(bytes)),
    ///             Err(_) => Err(Task::reject("it has not four bytes")),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn reject(why: impl Into<BoxError>) -> Error {
        Error::from(Verdict::Reject(why.into()))
    }

    /// What a handler returns as its error if its task is to be tried again
    /// after that time. It uses up no attempt.
    #[must_use]
    pub fn snooze(after: Duration) -> Error {
        Error::from(Verdict::Snooze(after))
    }
}

impl<R> Task<R> {
    pub(super) fn new(node: Arc<Node>, watched: Arc<Watched>) -> Task<R> {
        Task {
            node,
            watched,
            reply: PhantomData,
        }
    }

    /// Its id: by it, it can be found again, also by other workers, and, in a
    /// durable queue (`App::durable`), in later runs. If the message is
    /// unique, it may be that of the task that was there before.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.watched.id()
    }

    /// What its handler says of its [progress](crate::CurrentTask::progress),
    /// as values of type `P`; until it has ended.
    #[must_use]
    pub fn progress<P: Data>(&self) -> Progress<P> {
        Progress {
            watched: Arc::clone(&self.watched),
            progress: PhantomData,
        }
    }

    /// Does not want it any more. If it waits, it ends at once; if it runs, its
    /// handler [is told](crate::CurrentTask::is_cancelled), and its worker
    /// killed if it does not return within the
    /// [grace](crate::PoolOptions::grace). False if it had ended. A handler that
    /// returns its reply all the same has done the task.
    ///
    /// # Errors
    /// [`TaskError::Lost`].
    pub async fn cancel(&self) -> Result<bool, TaskError> {
        match query(&self.node, Query::Cancel(self.id())).await? {
            Answer::Done(known) => Ok(known),
            _ => Err(nonsense()),
        }
    }

    /// How far it is.
    ///
    /// # Errors
    /// [`TaskError::Lost`].
    pub async fn state(&self) -> Result<TaskState, TaskError> {
        match query(&self.node, Query::State(self.id())).await? {
            Answer::State(state) => Ok(state),
            _ => Err(nonsense()),
        }
    }
}

pub(super) fn nonsense() -> TaskError {
    TaskError::Lost("it answered something else".to_owned())
}

/// Asks the queue.
pub(super) async fn query(node: &Arc<Node>, query: Query) -> Result<Answer, TaskError> {
    let mut request = Request::new(Arc::clone(node));
    let mut patience = Patience::new(DEFAULT_TIMEOUT);
    let answer = poll_fn(|cx| {
        if !request.is_asked() {
            let body = |out: &mut Vec<u8>| codec::encode_into(&query, out, MAX_PAYLOAD);
            match request.poll_ask(Kind::Query, &mut patience, cx.waker(), body) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(kind)) => return Poll::Ready(Err(kind)),
                Poll::Pending => return Poll::Pending,
            }
        }
        request.poll_answer(cx.waker())
    });
    match answer.await {
        Ok(Answer::Refused(why)) => Err(TaskError::Lost(why)),
        Ok(answer) => Ok(answer),
        Err(kind) => Err(TaskError::Lost(kind.to_string())),
    }
}

impl<R: Data> Future for Task<R> {
    type Output = Result<R, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let id = self.id();
        let codec = |text: String| TaskError::Codec { id, text };
        self.watched.poll_ended(cx.waker()).map(|ended| {
            let bytes = ended.map_err(|why| TaskError::Lost(why.to_string()))?;
            if bytes.is_empty() {
                return Err(TaskError::Unknown { id });
            }
            if let Some(reply) = Ended::reply(&bytes) {
                return codec::decode_any(reply).map_err(|error| codec(error.to_string()));
            }
            match Ended::from_bytes(&bytes) {
                Some(Ended::Cancelled) => Err(TaskError::Cancelled { id }),
                Some(Ended::Kept) => Err(TaskError::Kept { id }),
                Some(Ended::Dead {
                    reason,
                    attempts,
                    error,
                }) => Err(TaskError::Dead {
                    id,
                    reason,
                    attempts,
                    error,
                }),
                Some(Ended::Done(_)) | None => {
                    Err(codec("the queue says nothing sensible".to_owned()))
                }
            }
        })
    }
}

impl<R> Debug for Task<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.id())
    }
}

impl<R> Display for Task<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.id(), f)
    }
}

/// What a handler says of its progress: a stream, and
/// [`next`](Progress::next) for who does not use streams.
///
/// Who is behind with reading misses some of it: the oldest, beyond 64.
pub struct Progress<P> {
    watched: Arc<Watched>,
    progress: PhantomData<fn() -> P>,
}

impl<P: DeserializeOwned> Progress<P> {
    /// The next; `None` when the task has ended.
    ///
    /// # Errors
    /// [`TaskError::Codec`] if the handler tells values of another type.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<P, TaskError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<P: DeserializeOwned> Stream for Progress<P> {
    type Item = Result<P, TaskError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let id = self.watched.id();
        let codec = |text: String| TaskError::Codec { id, text };
        self.watched.poll_news(cx.waker()).map(|news| {
            let news = news?;
            let wanted = std::any::type_name::<P>();
            Some(
                match codec::decode_pair::<String, P>(&news, |told| told == wanted) {
                    Ok((_, Some(progress))) => Ok(progress),
                    Ok((told, None)) => Err(codec(format!(
                        "its progress is a `{told}`, not a `{wanted}`"
                    ))),
                    Err(error) => Err(codec(error.to_string())),
                },
            )
        })
    }
}

impl<P> Debug for Progress<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Progress({})", self.watched.id())
    }
}
