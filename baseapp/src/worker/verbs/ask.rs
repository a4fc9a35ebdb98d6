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
    deadline::{Arrived, DEFAULT_TIMEOUT, Deadline},
    id::WorkerId,
    link::{AskKey, Link, Look, Outcome, Refused},
    message::Message,
    node::{Failure, Node, current},
    wire::{
        body::Payload,
        codec::{self, CodecError},
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
    from: Sender,
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
            from,
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

    /// The message comes back, and why; once.
    fn not_sent(&mut self, kind: SendErrorKind) -> Poll<AskError<M>> {
        let Some(message) = self.message.take() else {
            return Poll::Pending;
        };
        let to = self.to();
        Poll::Ready(AskError::NotDelivered(SendError { message, to, kind }))
    }

    /// Sends the message, or waits for credit.
    fn start(&mut self, waker: &Waker) -> Poll<AskError<M>> {
        match self.attempt(waker) {
            Ok(()) => {
                self.message = None;
                Poll::Pending
            }
            Err(start) => self.not_started(start, waker),
        }
    }

    #[cold]
    fn not_started(&mut self, start: Start, waker: &Waker) -> Poll<AskError<M>> {
        let link = match start {
            Start::Cycle(path) => {
                self.message = None;
                return Poll::Ready(AskError::Cycle { path });
            }
            Start::NotTaken(NotTaken::Never(kind)) => return self.not_sent(kind),
            Start::NotTaken(NotTaken::Full(link)) => link,
        };
        let (Some((_, deadline)), Ok(node)) = (self.started, &self.from) else {
            return Poll::Pending; // who has tried has both
        };
        if deadline.has_passed(Instant::now()) {
            return self.not_sent(SendErrorKind::Full);
        }
        link.wait_for_credit(Some(deadline), waker);
        node.set_alarm(deadline);
        Poll::Pending
    }

    fn attempt(&mut self, waker: &Waker) -> Result<(), Start> {
        let never = |kind| Start::NotTaken(NotTaken::Never(kind));
        // Nothing is moved before it must be: that costs as much as to encode it.
        let Some(message) = &self.message else {
            return Ok(()); // polled after it was ready
        };
        let node = self.from.as_ref().map_err(|error| never((*error).into()))?;
        let (id, route) = self.target.resolve::<M>(node).map_err(never)?;
        let call = current::call_of(node);
        let now = Instant::now();
        let timeout = self.timeout;
        let (_, deadline) = *self.started.get_or_insert_with(|| {
            let limit = call.as_ref().and_then(|call| call.deadline);
            let limit = limit.map(Arrived::deadline);
            (now, Deadline::within(now, timeout, limit))
        });
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
                node.give_back(Arc::clone(&link));
                self.sent = Some((link, key));
                Ok(())
            }
            Err(refused) => Err(Start::NotTaken(not_taken(link, refused))),
        }
    }

    fn finish(&self, outcome: Outcome) -> Result<M::Reply, AskError<M>> {
        match outcome {
            Outcome::Reply(reply) => {
                let decoded = reply.body().decode();
                decoded.map_err(|error| self.undecodable(&error))
            }
            Outcome::Failure(failure) => Err(self.failed(&failure.bytes)),
            Outcome::Timeout => Err(AskError::Timeout {
                to: self.to(),
                after: self.waited(),
            }),
            Outcome::Lost(payload, how) => Err(self.lost(payload, how.to_string())),
        }
    }

    #[cold]
    fn lost(&self, payload: Option<Payload>, how: String) -> AskError<M> {
        let to = self.to();
        let Some(payload) = payload else {
            return AskError::Interrupted { to, how };
        };
        match payload.body().decode() {
            Ok(message) => {
                let kind = SendErrorKind::Ended(how);
                AskError::NotDelivered(SendError { message, to, kind })
            }
            Err(error) => self.undecodable(&error),
        }
    }

    #[cold]
    fn undecodable(&self, error: &CodecError) -> AskError<M> {
        let (to, text) = (self.to(), error.to_string());
        AskError::Codec { to, text }
    }

    #[cold]
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
            return this.start(cx.waker()).map(Err);
        }
        while let Some((link, key)) = &this.sent {
            match link.look_at_ask(*key, cx) {
                Look::Waiting => break,
                Look::Moved(link, key) => this.sent = Some((link, key)),
                Look::Done(outcome) => {
                    this.sent = None;
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
