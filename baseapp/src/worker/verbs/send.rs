//! `send`: one way, in order, at most once; what is lost is reported.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    SendError, SendErrorKind, Sender,
    to::{self, Target},
    wait::Patience,
};
use crate::{
    deadline::DEFAULT_TIMEOUT,
    link::{Link, Refused},
    message::Message,
    node::Node,
    wire::{
        codec::{self, CodecError},
        frame::MAX_PAYLOAD,
    },
};

/// A message on its way into the outbox: what `send` returns.
///
/// Ready when the message is taken; it then leaves by itself. While the
/// receiver is behind, it waits for as long as the [timeout](Send::timeout)
/// says.
///
/// # Cancel safety
/// If it is dropped before it is ready, the message is not sent.
#[must_use = "a message is sent when this is awaited"]
pub struct Send<M> {
    from: Sender,
    target: Target,
    /// Until it is taken.
    message: Option<M>,
    patience: Patience,
}

/// Nothing in it is pinned.
impl<M> Unpin for Send<M> {}

impl<M: Message> Send<M> {
    pub(super) fn new(from: Sender, target: Target, message: M) -> Self {
        let patience = Patience::new(DEFAULT_TIMEOUT);
        Send {
            from,
            target,
            message: Some(message),
            patience,
        }
    }

    /// How long to wait while the receiver is behind. Default: 10 s, and never
    /// longer than the ask that the sending handler serves.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.patience.timeout = timeout;
        self
    }

    /// The message comes back, and why; once.
    #[cold]
    fn fail(&mut self, kind: SendErrorKind) -> Poll<Result<(), SendError<M>>> {
        let Some(message) = self.message.take() else {
            return Poll::Pending;
        };
        Poll::Ready(Err(SendError {
            message,
            to: self.target.name().to_owned(),
            kind,
        }))
    }
}

impl<M: Message> Future for Send<M> {
    type Output = Result<(), SendError<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // Nothing is moved before it must be: that costs as much as to encode it.
        let Some(message) = &this.message else {
            return Poll::Pending; // polled after it was ready
        };
        let node = match &this.from {
            Ok(node) => node,
            Err(error) => {
                let kind = SendErrorKind::from(*error);
                return this.fail(kind);
            }
        };
        match attempt(node, &this.target, message) {
            Ok(()) => {
                this.message = None;
                Poll::Ready(Ok(()))
            }
            Err(NotTaken::Full(link)) => {
                if this.patience.wait(node, &link, cx.waker()) {
                    return Poll::Pending;
                }
                this.fail(SendErrorKind::Full)
            }
            Err(NotTaken::Never(kind)) => this.fail(kind),
        }
    }
}

impl<M> Debug for Send<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Send({} to {})",
            std::any::type_name::<M>(),
            self.target.name()
        )
    }
}

/// Sends if the message can be taken at once.
pub(super) fn try_send<M: Message>(
    from: Sender,
    target: Target,
    message: M,
) -> Result<(), SendError<M>> {
    let result = from.map_err(|error| NotTaken::Never(error.into()));
    let kind = match result.and_then(|node| attempt(&node, &target, &message)) {
        Ok(()) => return Ok(()),
        Err(NotTaken::Full(_)) => SendErrorKind::Full,
        Err(NotTaken::Never(kind)) => kind,
    };
    Err(SendError {
        message,
        to: target.name().to_owned(),
        kind,
    })
}

/// Why a message was not taken now.
pub(super) enum NotTaken {
    /// It may be later.
    Full(Arc<Link>),
    Never(SendErrorKind),
}

#[inline]
fn attempt<M: Message>(node: &Arc<Node>, target: &Target, message: &M) -> Result<(), NotTaken> {
    let (id, route) = target.resolve::<M>(node).map_err(NotTaken::Never)?;
    let link = to::link(node, id).map_err(NotTaken::Never)?;
    put(node, link, route, |out| {
        codec::encode_into(message, out, MAX_PAYLOAD)
    })
}

/// Puts a payload into the outbox of a link; of another one, if that has ended
/// and the worker has not.
#[inline]
pub(super) fn put(
    node: &Arc<Node>,
    link: Arc<Link>,
    route: u16,
    payload: impl Fn(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), NotTaken> {
    match link.send(route, &payload) {
        Ok(taken) => {
            node.taken(&link, taken);
            node.give_back(link);
            Ok(())
        }
        Err(Refused::Ended(_)) => put_again(node, &link, route, payload),
        Err(refused) => Err(not_taken(link, refused)),
    }
}

#[cold]
fn put_again(
    node: &Arc<Node>,
    ended: &Arc<Link>,
    route: u16,
    payload: impl Fn(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), NotTaken> {
    let link = to::link_again(node, ended).map_err(NotTaken::Never)?;
    match link.send(route, &payload) {
        Ok(taken) => {
            node.taken(&link, taken);
            Ok(())
        }
        Err(refused) => Err(not_taken(link, refused)),
    }
}

#[cold]
pub(super) fn not_taken(link: Arc<Link>, refused: Refused<CodecError>) -> NotTaken {
    match refused {
        Refused::Full => NotTaken::Full(link),
        Refused::Payload(error) => NotTaken::Never(SendErrorKind::Encode(error)),
        Refused::Ended(why) => NotTaken::Never(SendErrorKind::Ended(why.to_string())),
    }
}
