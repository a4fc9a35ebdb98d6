//! From bytes to a method and back: decode the message, call the handler,
//! encode its reply.

use std::{future::Future, pin::Pin, sync::Arc};

use serde::Serialize;

use super::{Called, Context, Handler, checkpoint::Wish, verdict};
use crate::{
    error::{BoxError, with_causes},
    link::{Link, Refused},
    message::Message,
    node::{Failure, Node},
    task::{Ended, Outcome},
    wire::{
        body::Body,
        codec::{self, CodecError},
        frame::{Kind, MAX_PAYLOAD},
    },
};

/// To whom the reply goes.
pub(crate) enum Answer {
    /// Nobody: the message was sent one way.
    Nobody,
    /// The asker.
    Asker {
        node: Arc<Node>,
        link: Arc<Link>,
        correlation: u64,
    },
    /// The task queue.
    Queue {
        node: Arc<Node>,
        link: Arc<Link>,
        lease: u64,
    },
}

/// A handler that was called.
pub(crate) enum Dispatched<'a> {
    Done(Result<Held, BoxError>),
    Later(Pin<Box<dyn Future<Output = Result<Held, BoxError>> + 'a>>),
}

/// What is still to be told of a handler that has returned: its answer, if the
/// worker's state is to be kept first, as who has the answer relies on that.
pub(crate) struct Held(Option<Box<dyn FnOnce() -> Result<(), BoxError>>>);

impl Held {
    /// Nothing is still to be told.
    pub(crate) const NOTHING: Self = Held(None);

    /// Tells it.
    #[inline]
    pub(crate) fn give(self) -> Result<(), BoxError> {
        self.0.map_or(Ok(()), |give| give())
    }
}

/// Calls a handler that is never awaited.
pub(crate) type Now<W> = fn(&mut W, Body<'_>, &Context<W>, Answer) -> Result<Held, BoxError>;

/// Decodes a message of one type and calls the handler of one worker. What it
/// returns is an error only of a one-way message: those of asks are answered.
pub(crate) enum Dispatch<W> {
    /// The handler has returned when the call has.
    Now(Now<W>),
    /// What the handler does may have to be awaited.
    Later(for<'a> fn(&'a mut W, Body<'_>, &'a Context<W>, Answer) -> Dispatched<'a>),
}

impl<W> Clone for Dispatch<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Dispatch<W> {}

impl<W> Dispatch<W> {
    /// Of a pair of worker and message.
    pub(crate) fn of<M: Message>() -> Self
    where
        W: Handler<M>,
    {
        if W::AWAITS {
            Dispatch::Later(later::<W, M>)
        } else {
            Dispatch::Now(now::<W, M>)
        }
    }

    pub(crate) fn call<'a>(
        self,
        worker: &'a mut W,
        payload: Body<'_>,
        cx: &'a Context<W>,
        answer: Answer,
    ) -> Dispatched<'a> {
        match self {
            Dispatch::Now(call) => Dispatched::Done(call(worker, payload, cx, answer)),
            Dispatch::Later(call) => call(worker, payload, cx, answer),
        }
    }
}

fn now<W: Handler<M>, M: Message>(
    worker: &mut W,
    payload: Body<'_>,
    cx: &Context<W>,
    answer: Answer,
) -> Result<Held, BoxError> {
    let message = match payload.decode::<M>() {
        Ok(message) => message,
        Err(error) => return answer.undecodable(error, cx),
    };
    match worker.call(message, cx) {
        Called::Done(result) => answer.give_or_hold(result, &cx.wish),
        Called::Later(_) => {
            let error = "it returned a future, and its implementation says that it never does";
            answer.give_or_hold::<M::Reply>(Err(error.into()), &cx.wish)
        }
    }
}

fn later<'a, W: Handler<M>, M: Message>(
    worker: &'a mut W,
    payload: Body<'_>,
    cx: &'a Context<W>,
    answer: Answer,
) -> Dispatched<'a> {
    let message = match payload.decode::<M>() {
        Ok(message) => message,
        Err(error) => return Dispatched::Done(answer.undecodable(error, cx)),
    };
    match worker.call(message, cx) {
        Called::Done(result) => Dispatched::Done(answer.give_or_hold(result, &cx.wish)),
        Called::Later(future) => Dispatched::Later(Box::pin(async move {
            answer.give_or_hold(future.await, &cx.wish)
        })),
    }
}

impl Answer {
    /// Answers, or leaves that for when the worker's state has been kept.
    #[inline]
    fn give_or_hold<R: Serialize + 'static>(
        self,
        result: Result<R, BoxError>,
        wish: &Wish,
    ) -> Result<Held, BoxError> {
        match self {
            Answer::Nobody => result.map(|_| Held::NOTHING),
            somebody if wish.is_made() => Ok(Held(Some(Box::new(|| somebody.give(result))))),
            somebody => somebody.give(result).map(|()| Held::NOTHING),
        }
    }

    fn give<R: Serialize + 'static>(self, result: Result<R, BoxError>) -> Result<(), BoxError> {
        match (self, result) {
            (Answer::Nobody, result) => result.map(drop),
            (
                Answer::Asker {
                    node,
                    link,
                    correlation,
                },
                Ok(reply),
            ) => {
                let write = |out: &mut Vec<u8>| codec::encode_any_into(&reply, out, MAX_PAYLOAD);
                match link.reply(Kind::Reply, correlation, write) {
                    Ok(taken) => node.taken_in_turn(&link, taken),
                    Err(Refused::Payload(error)) => {
                        let text = format!("its reply cannot be sent: {error}");
                        node.fail(&link, correlation, &Failure::Codec(text));
                    }
                    // The asker is gone, and its link says so to whoever it is.
                    Err(Refused::Ended(_) | Refused::Full) => {}
                }
                Ok(())
            }
            (Answer::Queue { node, link, lease }, Ok(reply)) => {
                let write = |out: &mut Vec<u8>| {
                    out.push(Ended::DONE);
                    codec::encode_any_into(&reply, out, MAX_PAYLOAD)
                };
                match link.reply(Kind::Outcome, lease, write) {
                    Ok(taken) => node.taken_in_turn(&link, taken),
                    Err(Refused::Payload(error)) => {
                        let text = format!("its reply cannot be sent: {error}");
                        node.tell_outcome(&link, lease, &Outcome::Rejected(text));
                    }
                    // The queue is gone, and with it the app.
                    Err(Refused::Ended(_) | Refused::Full) => {}
                }
                Ok(())
            }
            (Answer::Queue { node, link, lease }, Err(error)) => {
                node.tell_outcome(&link, lease, &verdict::outcome(&error));
                Ok(())
            }
            (
                Answer::Asker {
                    node,
                    link,
                    correlation,
                },
                Err(error),
            ) => {
                node.fail(&link, correlation, &Failure::handler(with_causes(&*error)));
                Ok(())
            }
        }
    }

    #[cold]
    fn undecodable<W>(self, error: CodecError, cx: &Context<W>) -> Result<Held, BoxError> {
        match self {
            Answer::Nobody => {
                cx.node().counters.lost(1);
                return Err(error.into());
            }
            Answer::Queue { node, link, lease } => {
                let text = format!("the message cannot be decoded: {error}");
                node.tell_outcome(&link, lease, &Outcome::Rejected(text));
            }
            Answer::Asker {
                node,
                link,
                correlation,
            } => {
                let text = format!("the message cannot be decoded: {error}");
                node.fail(&link, correlation, &Failure::Codec(text));
            }
        }
        Ok(Held(None))
    }
}
