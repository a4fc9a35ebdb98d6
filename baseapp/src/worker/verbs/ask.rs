//! `ask`: a message and its reply. Exactly one outcome, in bounded time.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use super::{
    AskError, SendError, SendErrorKind, Sender,
    send::{NotTaken, not_taken},
    to::{self, Target},
};
use crate::{
    deadline::{DEFAULT_TIMEOUT, Deadline},
    id::WorkerId,
    link::{AskKey, Link, Look, Outcome, Refused},
    message::Message,
    node::{Failure, Node, current},
    wire::{
        codec,
        frame::{Fields, MAX_PAYLOAD},
    },
};

/// A message whose reply is awaited: what `ask` returns.
///
/// # Cancel safety
/// If it is dropped after it was polled, the handler may run; its reply is
/// dropped.
#[must_use = "a message is sent when this is awaited"]
pub struct Ask<M> {
    from: Option<Sender>,
    target: Target,
    message: Option<M>,
    timeout: Duration,
    started: Option<(Instant, Deadline)>,
    sent: Option<(Arc<Link>, AskKey)>,
}

/// Nothing in it is pinned.
impl<M> Unpin for Ask<M> {}

impl<M: Message> Ask<M> {
    pub(super) fn new(from: Sender, target: Target, message: M) -> Self {
        let message = Some(message);
        let timeout = DEFAULT_TIMEOUT;
        Ask {
            from: Some(from),
            target,
            message,
            timeout,
            started: None,
            sent: None,
        }
    }

    /// How long to wait for the reply. Default: 10 s, and never longer than
    /// the ask that the asking handler serves: the time that remains is passed
    /// on.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn to(&self) -> String {
        self.target.name().to_owned()
    }

    fn not_sent(&mut self, message: M, kind: SendErrorKind) -> AskError<M> {
        AskError::NotDelivered(SendError {
            message,
            to: self.to(),
            kind,
        })
    }

    /// Sends the message, or waits for credit.
    fn start(&mut self, cx: &Context<'_>) -> Poll<AskError<M>> {
        let (Some(message), Some(from)) = (self.message.take(), self.from.take()) else {
            return Poll::Pending; // polled after it was ready
        };
        let node = match from {
            Ok(node) => node,
            Err(error) => return Poll::Ready(self.not_sent(message, error.into())),
        };
        match self.attempt(&node, &message, cx.waker()) {
            Ok(()) => {}
            Err(Start::Cycle(path)) => return Poll::Ready(AskError::Cycle { path }),
            Err(Start::NotTaken(NotTaken::Never(kind))) => {
                return Poll::Ready(self.not_sent(message, kind));
            }
            Err(Start::NotTaken(NotTaken::Full(link))) => {
                let Some((_, deadline)) = self.started else {
                    return Poll::Pending;
                };
                if deadline.has_passed(Instant::now()) {
                    return Poll::Ready(self.not_sent(message, SendErrorKind::Full));
                }
                link.wait_for_credit(Some(deadline), cx.waker());
                node.set_alarm(deadline);
                self.message = Some(message);
            }
        }
        self.from = Some(Ok(node));
        Poll::Pending
    }

    fn attempt(&mut self, node: &Arc<Node>, message: &M, waker: &Waker) -> Result<(), Start> {
        let never = |kind| Start::NotTaken(NotTaken::Never(kind));
        let (id, route) = self.target.resolve::<M>(node).map_err(never)?;
        let call = current::call_of(node);
        let now = Instant::now();
        let limit = call.as_ref().and_then(|call| call.deadline);
        let timeout = self.timeout;
        let (_, deadline) = *self
            .started
            .get_or_insert_with(|| (now, Deadline::within(now, timeout, limit)));
        let chain = chain(node, call, id).map_err(Start::Cycle)?;
        let fields = Fields {
            deadline: Some(deadline.to_wire(now)),
            chain,
        };

        let payload = |out: &mut Vec<u8>| codec::encode_into(message, out, MAX_PAYLOAD);
        let mut link = to::link(node, id).map_err(never)?;
        let mut asked = link.ask(route, &fields, deadline, waker, payload);
        if let Err(Refused::Ended(_)) = asked {
            link = to::link_again(node, &link).map_err(never)?;
            asked = link.ask(route, &fields, deadline, waker, payload);
        }
        match asked {
            Ok((key, taken)) => {
                node.taken(&link, taken);
                node.set_alarm(deadline);
                self.sent = Some((link, key));
                Ok(())
            }
            Err(refused) => Err(Start::NotTaken(not_taken(link, refused))),
        }
    }

    fn finish(&mut self, outcome: Outcome) -> Result<M::Reply, AskError<M>> {
        let to = self.to();
        match outcome {
            Outcome::Reply(reply) => reply.body().decode().map_err(|error| AskError::Codec {
                to,
                text: error.to_string(),
            }),
            Outcome::Failure(failure) => Err(self.failed(&failure.bytes)),
            Outcome::Timeout => Err(AskError::Timeout {
                to,
                after: self.waited(),
            }),
            Outcome::Lost(None, how) => Err(AskError::Interrupted {
                to,
                how: how.to_string(),
            }),
            Outcome::Lost(Some(payload), how) => match payload.body().decode() {
                Ok(message) => {
                    let kind = SendErrorKind::Ended(how.to_string());
                    Err(AskError::NotDelivered(SendError { message, to, kind }))
                }
                Err(error) => Err(AskError::Codec {
                    to,
                    text: error.to_string(),
                }),
            },
        }
    }

    fn failed(&self, bytes: &[u8]) -> AskError<M> {
        let to = self.to();
        match codec::decode(bytes) {
            Ok(Failure::Handler(text)) => AskError::Handler { to, text },
            Ok(Failure::Codec(text)) => AskError::Codec { to, text },
            Ok(Failure::NoHandler) => AskError::Codec {
                to,
                text: "it has no handler for this message".into(),
            },
            Ok(Failure::Expired) => AskError::Timeout {
                to,
                after: self.waited(),
            },
            Err(error) => AskError::Codec {
                to,
                text: error.to_string(),
            },
        }
    }

    fn waited(&self) -> Duration {
        self.started.map_or(self.timeout, |(start, Deadline(end))| {
            end.duration_since(start)
        })
    }
}

enum Start {
    Cycle(Vec<String>),
    NotTaken(NotTaken),
}

/// Who will wait for the answer, this worker last; or the path of the cycle if
/// the receiver is among them. Code outside of handlers blocks nobody.
fn chain(
    node: &Node,
    call: Option<current::Call>,
    to: WorkerId,
) -> Result<Vec<WorkerId>, Vec<String>> {
    let Some(call) = call else {
        return Ok(Vec::new());
    };
    let mut chain = call.chain;
    chain.push(node.me.id);
    let Some(at) = chain.iter().position(|id| *id == to) else {
        return Ok(chain);
    };
    let path = chain[at..].iter().chain([&to]);
    Err(node.read_directory(|directory| {
        path.map(|id| directory.name_of(*id).unwrap_or("?").to_owned())
            .collect()
    }))
}

impl<M: Message> Future for Ask<M> {
    type Output = Result<M::Reply, AskError<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.sent.is_none() {
            return this.start(cx).map(Err);
        }
        while let Some((link, key)) = &this.sent {
            match link.look_at_ask(*key, cx) {
                Look::Waiting => break,
                Look::Moved(link, key) => this.sent = Some((link, key)),
                Look::Done(outcome) => {
                    this.sent = None;
                    this.from = None;
                    return Poll::Ready(this.finish(outcome));
                }
            }
        }
        Poll::Pending
    }
}

impl<M> Drop for Ask<M> {
    fn drop(&mut self) {
        if let Some((link, key)) = self.sent.take() {
            link.forget_ask(key);
        }
    }
}

impl<M> Debug for Ask<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Ask({} to {})",
            std::any::type_name::<M>(),
            self.target.name()
        )
    }
}
