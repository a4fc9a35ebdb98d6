//! `publish`: as `send`, to every worker that subscribes.

use std::{
    any::{TypeId, type_name},
    error::Error,
    fmt::{self, Debug, Display, Formatter},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    SendErrorKind, Sender,
    send::{NotTaken, put},
    to,
    wait::Patience,
};
use crate::{
    blob::{Blob, attached},
    copying,
    deadline::DEFAULT_TIMEOUT,
    id::WorkerId,
    message::Message,
    node::Node,
    wire::{codec, frame::MAX_PAYLOAD},
};

/// Some subscribers were not sent the message.
#[derive(Debug)]
#[non_exhaustive]
pub struct PublishError {
    /// The message's type.
    pub message: &'static str,
    /// How many workers it was sent to.
    pub sent: usize,
    /// Who was not sent it, and why.
    pub failed: Vec<(String, SendErrorKind)>,
}

impl Display for PublishError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let PublishError {
            message,
            sent,
            failed,
        } = self;
        write!(f, "`{message}` was published to {sent} workers, but not to")?;
        for (at, (name, kind)) in failed.iter().enumerate() {
            write!(f, "{} `{name}`: {kind}", if at == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}

impl Error for PublishError {}

/// A message on its way to all subscribers: what `publish` returns.
///
/// # Cancel safety
/// If it is dropped before it is ready, some subscribers may not get it.
#[must_use = "a message is published when this is awaited"]
pub struct Publish<M> {
    from: Sender,
    message: M,
    patience: Patience,
    progress: Option<Progress>,
}

/// Nothing in it is pinned.
impl<M> Unpin for Publish<M> {}

/// Who is still to be sent a message, encoded once.
struct Progress {
    node: Arc<Node>,
    payload: Vec<u8>,
    blobs: Vec<Blob>,
    left: Vec<(WorkerId, u16)>,
    sent: usize,
    failed: Vec<(String, SendErrorKind)>,
}

impl<M: Message> Publish<M> {
    pub(super) fn new(from: Sender, message: M) -> Self {
        Publish {
            from,
            message,
            patience: Patience::new(DEFAULT_TIMEOUT),
            progress: None,
        }
    }

    /// How long to wait for subscribers that are behind. Default: 10 s, and
    /// never longer than the ask that the publishing handler serves.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.patience.timeout = timeout;
        self
    }

    fn start(&self) -> Result<Progress, SendErrorKind> {
        let node = Arc::clone(self.from.as_ref().map_err(|error| *error)?);
        if !node.knows_others() {
            return Err(SendErrorKind::TooEarly);
        }
        let encode = || codec::encode(&self.message, MAX_PAYLOAD);
        let (payload, blobs) = attached::collect(encode);
        let payload = payload.map_err(SendErrorKind::Encode)?;
        let message = TypeId::of::<M>();
        let left = node.read_directory(|directory| {
            directory.living(|worker| node.table.subscribed(worker, message))
        });
        Ok(Progress {
            node,
            payload,
            blobs,
            left,
            sent: 0,
            failed: Vec::new(),
        })
    }
}

impl Progress {
    /// Sends to all who can take it now. True when none is left.
    fn advance(&mut self, patience: &mut Patience, waker: &Waker) -> bool {
        for (id, route) in std::mem::take(&mut self.left) {
            let (payload, blobs) = (&self.payload, &self.blobs);
            let append = |out: &mut Vec<u8>| {
                copying::append(out, payload);
                for blob in blobs {
                    attached::attach(blob);
                }
                Ok(())
            };
            let link = to::link(&self.node, id).map_err(NotTaken::Never);
            match link.and_then(|link| put(&self.node, link, route, append)) {
                Ok(()) => self.sent += 1,
                Err(NotTaken::Never(kind)) => self.fail(id, kind),
                Err(NotTaken::Full(link)) if patience.wait(&self.node, &link, waker) => {
                    self.left.push((id, route));
                }
                Err(NotTaken::Full(_)) => self.fail(id, SendErrorKind::Full),
            }
        }
        self.left.is_empty()
    }

    fn fail(&mut self, id: WorkerId, kind: SendErrorKind) {
        let name = self
            .node
            .read_directory(|known| known.name_of(id).unwrap_or("?").to_owned());
        self.failed.push((name, kind));
    }
}

impl<M: Message> Future for Publish<M> {
    type Output = Result<usize, PublishError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let message = type_name::<M>();
        let mut progress = match this.progress.take().map_or_else(|| this.start(), Ok) {
            Ok(progress) => progress,
            Err(kind) => {
                let failed = vec![("all".to_owned(), kind)];
                return Poll::Ready(Err(PublishError {
                    message,
                    sent: 0,
                    failed,
                }));
            }
        };
        if !progress.advance(&mut this.patience, cx.waker()) {
            this.progress = Some(progress);
            return Poll::Pending;
        }
        let Progress { sent, failed, .. } = progress;
        Poll::Ready(if failed.is_empty() {
            Ok(sent)
        } else {
            Err(PublishError {
                message,
                sent,
                failed,
            })
        })
    }
}

impl<M> Debug for Publish<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Publish({})", type_name::<M>())
    }
}
