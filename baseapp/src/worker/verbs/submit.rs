//! `submit`: a task for a pool. At least once: acknowledged, tried again, kept
//! when it cannot be done.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use serde::Serialize;

use super::{
    SendError, SendErrorKind, Sender, Task,
    options::{Options, options},
    request::Request,
    to_pool::PoolTarget,
    wait::Patience,
};
use crate::{
    deadline::DEFAULT_TIMEOUT,
    message::Message,
    node::{Node, Watched},
    task::{Answer, Repeat, SubmitHead, TaskHead, append_head, append_payload, key_of},
    wire::{
        codec::{self, CodecError},
        frame::{Kind, MAX_PAYLOAD},
    },
};

/// A message on its way into the queue of a pool: what `submit` returns.
///
/// Ready when the task is accepted: in a durable queue (`App::durable`),
/// when it is on disk. While the queue is full it waits, for as long as
/// [`patience`](Submit::patience) says.
///
/// # Cancel safety
/// If it is dropped before it is ready, the task may have been accepted.
#[must_use = "a message is submitted when this is awaited"]
pub struct Submit<M> {
    inner: Submitting<M>,
}

/// Several messages on their way into the queue of a pool, all or none of
/// them: what `submit_all` returns.
///
/// # Cancel safety
/// If it is dropped before it is ready, the tasks may have been accepted.
#[must_use = "messages are submitted when this is awaited"]
pub struct SubmitAll<M> {
    inner: Submitting<M>,
}

pub(super) struct Submitting<M> {
    from: Option<Sender>,
    target: PoolTarget,
    messages: Option<Vec<M>>,
    pub(super) options: Options,
    patience: Patience,
    waits: bool,
    sent: Option<Sent>,
}

/// Tasks that were accepted, and the node that watches them.
type Accepted = (Arc<Node>, Vec<Arc<Watched>>);

/// Messages that were not, and why.
type Refused<M> = (Vec<M>, SendErrorKind);

struct Sent {
    request: Request,
    watched: Vec<Arc<Watched>>,
}

/// Nobody waits for them: they were not accepted, or that is not awaited.
impl Drop for Sent {
    fn drop(&mut self) {
        for watched in &self.watched {
            self.request.node().tasks.unwatch(watched);
        }
    }
}

/// Nothing in them is pinned.
impl<M> Unpin for Submit<M> {}
impl<M> Unpin for SubmitAll<M> {}

impl<M: Message> Submit<M> {
    pub(super) fn new(from: Sender, target: PoolTarget, message: M, waits: bool) -> Self {
        let inner = Submitting::new(from, target, vec![message], waits);
        Submit { inner }
    }

    options!();

    /// Again and again, each time that span has passed, until it is
    /// [cancelled](super::Schedule::cancel) or the app stops; not while the last
    /// one has not ended.
    pub fn every(mut self, period: Duration) -> super::Scheduling<M> {
        self.inner.options.repeat = Some(Repeat::Every(period));
        super::Scheduling::new(self.inner)
    }

    /// Again and again, as a line of a crontab says, in UTC:
    /// `"0 3 * * *"` is at three in the morning; with six fields, the first is
    /// the second. Otherwise as [`every`](Submit::every).
    #[cfg(feature = "cron")]
    pub fn cron(mut self, line: &str) -> super::Scheduling<M> {
        self.inner.options.repeat = Some(Repeat::Cron(line.to_owned()));
        super::Scheduling::new(self.inner)
    }
}

impl<M: Message> SubmitAll<M> {
    pub(super) fn new(from: Sender, target: PoolTarget, messages: Vec<M>) -> Self {
        let inner = Submitting::new(from, target, messages, true);
        SubmitAll { inner }
    }

    options!();
}

impl<M: Message> Submitting<M> {
    fn new(from: Sender, target: PoolTarget, messages: Vec<M>, waits: bool) -> Self {
        Submitting {
            from: Some(from),
            target,
            messages: Some(messages),
            options: Options::default(),
            patience: Patience::new(DEFAULT_TIMEOUT),
            waits,
            sent: None,
        }
    }

    pub(super) fn target(&self) -> &str {
        self.target.name()
    }

    /// Sends the tasks, and awaits that they are accepted.
    pub(super) fn poll(&mut self, waker: &Waker) -> Poll<Result<Accepted, Refused<M>>> {
        if self.sent.is_none() {
            match self.send(waker) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(sent)) => self.sent = Some(sent),
                Poll::Ready(Err(kind)) => return Poll::Ready(Err(self.give_back(kind))),
            }
        }
        let Some(sent) = &mut self.sent else {
            return Poll::Pending; // set above
        };
        let answer = match sent.request.poll_answer(waker) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(answer) => answer,
        };
        let Some(mut sent) = self.sent.take() else {
            return Poll::Pending; // there a few lines above
        };
        let kind = match answer {
            Ok(Answer::Accepted(_)) => {
                self.messages = None;
                let watched = std::mem::take(&mut sent.watched);
                return Poll::Ready(Ok((Arc::clone(sent.request.node()), watched)));
            }
            Ok(Answer::Full) => SendErrorKind::Full,
            Ok(Answer::TooMany { capacity }) => SendErrorKind::TooMany { capacity },
            Ok(Answer::Refused(why)) => SendErrorKind::Queue(why),
            Ok(_) => SendErrorKind::Queue("it answered something else".to_owned()),
            Err(kind) => kind,
        };
        Poll::Ready(Err(self.give_back(kind)))
    }

    fn give_back(&mut self, kind: SendErrorKind) -> Refused<M> {
        (self.messages.take().unwrap_or_default(), kind)
    }

    fn send(&mut self, waker: &Waker) -> Poll<Result<Sent, SendErrorKind>> {
        let Some(from) = self.from.take() else {
            return Poll::Pending; // polled after it was ready
        };
        let node = match from {
            Ok(node) => node,
            Err(error) => return Poll::Ready(Err(error.into())),
        };
        let prepared = self.prepare(&node);
        let (heads, head) = match prepared {
            Ok(prepared) => prepared,
            Err(kind) => return Poll::Ready(Err(kind)),
        };
        let messages = self.messages.as_deref().unwrap_or_default();
        let body = |out: &mut Vec<u8>| write(out, &head, &heads, messages);
        // Before it is sent: how they end may come at once.
        let watched = heads.iter().map(|head| node.tasks.watch(head.id));
        let mut sent = Sent {
            watched: watched.collect(),
            request: Request::new(Arc::clone(&node)),
        };
        let patience = &mut self.patience;
        match sent.request.poll_ask(Kind::Submit, patience, waker, body) {
            Poll::Ready(Ok(())) => return Poll::Ready(Ok(sent)),
            Poll::Ready(Err(kind)) => return Poll::Ready(Err(kind)),
            Poll::Pending => self.from = Some(Ok(node)),
        }
        Poll::Pending
    }

    fn prepare(&mut self, node: &Arc<Node>) -> Result<(Vec<TaskHead>, SubmitHead), SendErrorKind> {
        let (pool, route) = self.target.resolve::<M>(node)?;
        let messages = self.messages.as_deref().unwrap_or_default();
        let ids = node.tasks.ids();
        let ids = ids.map_err(|error| SendErrorKind::Queue(error.to_string()))?;
        let ids = ids.at_this_moment();
        let heads = messages.iter();
        let heads = heads.map(|message| self.options.head(message, route, ids.next_id()));
        let heads = heads.collect();
        let head = SubmitHead {
            pool,
            patience: self.waits.then(|| self.patience.remaining(node)),
        };
        Ok((heads, head))
    }
}

fn write<M: Message>(
    out: &mut Vec<u8>,
    head: &SubmitHead,
    heads: &[TaskHead],
    messages: &[M],
) -> Result<(), CodecError> {
    let start = out.len();
    append_head(out, head)?;
    for (head, message) in heads.iter().zip(messages) {
        head.append(out)?;
        // All of them go into one frame.
        let room = MAX_PAYLOAD.saturating_sub(out.len() - start);
        append_payload(out, |out| codec::encode_into(message, out, room))?;
    }
    Ok(())
}

fn refused<M>(to: &str, message: M, kind: SendErrorKind) -> SendError<M> {
    SendError {
        message,
        to: to.to_owned(),
        kind,
    }
}

impl<M: Message> Future for Submit<M> {
    type Output = Result<Task<M::Reply>, SendError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = &mut self.inner;
        inner.poll(cx.waker()).map(|submitted| match submitted {
            Ok((node, watched)) => {
                let mut tasks = watched.into_iter();
                match tasks.next() {
                    Some(watched) => Ok(Task::new(node, watched)),
                    None => unreachable!("one message makes one task"),
                }
            }
            Err((mut messages, kind)) => match messages.pop() {
                Some(message) => Err(refused(inner.target(), message, kind)),
                None => unreachable!("the message is kept until it is accepted"),
            },
        })
    }
}

impl<M: Message> Future for SubmitAll<M> {
    type Output = Result<Vec<Task<M::Reply>>, SendError<Vec<M>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = &mut self.inner;
        if inner.messages.as_ref().is_some_and(Vec::is_empty) {
            return Poll::Ready(Ok(Vec::new()));
        }
        inner.poll(cx.waker()).map(|submitted| match submitted {
            Ok((node, watched)) => Ok(watched
                .into_iter()
                .map(|watched| Task::new(Arc::clone(&node), watched))
                .collect()),
            Err((messages, kind)) => Err(refused(inner.target(), messages, kind)),
        })
    }
}

impl<M> Debug for Submit<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let message = std::any::type_name::<M>();
        write!(f, "Submit({message} to {})", self.inner.target.name())
    }
}

impl<M> Debug for SubmitAll<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let message = std::any::type_name::<M>();
        write!(f, "SubmitAll({message} to {})", self.inner.target.name())
    }
}
