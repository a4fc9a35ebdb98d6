//! The control link: the same at the hub and at the guardian, with the
//! directions swapped.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    task::{Context, Poll},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc::UnboundedReceiver, oneshot};

use super::debts::Debt;
use crate::{
    link::{ReadError, Reader},
    transport::Wire,
    wire::{
        codec,
        frame::{Fields, Header, Kind, MAX_PAYLOAD, write},
    },
};

/// How a control link ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlEnd {
    /// This end has said all that it had to say.
    #[error("it was closed")]
    Finished,
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("it could not be written: {0}")]
    Write(#[source] io::Error),
    #[error("something came over it that is no control message: {0}")]
    Garbled(String),
}

/// What is said over a control link.
#[derive(Debug)]
pub(crate) struct Outgoing<T> {
    message: T,
    until_written: Option<Held>,
}

/// Dropped when its message has been written, or never will be.
#[derive(Debug)]
#[allow(dead_code, reason = "they are dropped, which is what they are for")]
enum Held {
    Notice(oneshot::Sender<()>),
    Debt(Debt),
}

impl<T> Outgoing<T> {
    /// The other end of `written` is ready when the message has left the process:
    /// whatever becomes of this one then, it can be read.
    pub(crate) fn noticed(message: T, written: oneshot::Sender<()>) -> Outgoing<T> {
        let until_written = Some(Held::Notice(written));
        Outgoing {
            message,
            until_written,
        }
    }

    /// It is owed until it has been written.
    pub(crate) fn owed(message: T, debt: Debt) -> Outgoing<T> {
        let until_written = Some(Held::Debt(debt));
        Outgoing {
            message,
            until_written,
        }
    }
}

impl<T> From<T> for Outgoing<T> {
    fn from(message: T) -> Outgoing<T> {
        let until_written = None;
        Outgoing {
            message,
            until_written,
        }
    }
}

/// Serves a control link: hands over what comes, writes what `outgoing` gives,
/// and ends when that gives `None` and all is written, or when the other end is
/// gone.
///
/// `outgoing` is unbounded, but what goes into it is not: each worker owes the
/// hub one message per phase, one question per link and one checkpoint, and is owed
/// as many. Of one that asks for more, and does not read, the hub sees it in its
/// [`Debts`](super::Debts).
pub(crate) async fn serve_control<In: DeserializeOwned, Out: Serialize>(
    wire: &dyn Wire,
    reader: &mut Reader,
    mut outgoing: UnboundedReceiver<Option<Outgoing<Out>>>,
    mut incoming: impl FnMut(In),
) -> ControlEnd {
    let mut unwritten = Unwritten::default();
    let mut closed = false;
    poll_fn(|cx| {
        while !closed {
            match outgoing.poll_recv(cx) {
                Poll::Ready(Some(Some(message))) => unwritten.append(message),
                Poll::Ready(Some(None) | None) => closed = true,
                Poll::Pending => break,
            }
        }
        while !unwritten.is_empty() {
            match unwritten.poll_write(wire, cx) {
                Poll::Ready(Ok(())) => {}
                // What the other end said before it went is still to be read.
                Poll::Ready(Err(error)) if closed => return Poll::Ready(ControlEnd::Write(error)),
                Poll::Ready(Err(_)) => unwritten.clear(),
                Poll::Pending => break,
            }
        }
        if closed && unwritten.is_empty() {
            return Poll::Ready(ControlEnd::Finished);
        }
        loop {
            match reader.poll_frame(wire, cx) {
                Poll::Ready(Ok(frame)) if frame.header.kind == Kind::Control => {
                    match codec::decode(&frame.body) {
                        Ok(message) => incoming(message),
                        Err(error) => return Poll::Ready(ControlEnd::Garbled(error.to_string())),
                    }
                }
                Poll::Ready(Ok(frame)) => {
                    let kind = format!("a frame of kind {:?}", frame.header.kind);
                    return Poll::Ready(ControlEnd::Garbled(kind));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(error.into()),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}

/// What was said and is not written yet.
#[derive(Debug, Default)]
struct Unwritten {
    bytes: Vec<u8>,
    /// So many of them are written. They are not taken away each time: a large
    /// state leaves in many small writes.
    written: usize,
    /// By where their messages end in `bytes`.
    held: VecDeque<(usize, Held)>,
}

impl Unwritten {
    fn append<T: Serialize>(&mut self, outgoing: Outgoing<T>) {
        let Outgoing {
            message,
            until_written,
        } = outgoing;
        let header = Header::new(Kind::Control, 0, 0);
        // Ours, of types that serde can always write, and not too long.
        let _ = write(&mut self.bytes, header, &Fields::default(), |out| {
            codec::encode_into(&message, out, MAX_PAYLOAD)
        });
        let end = self.bytes.len();
        self.held.extend(until_written.map(|held| (end, held)));
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn clear(&mut self) {
        *self = Unwritten::default();
    }

    fn poll_write(&mut self, wire: &dyn Wire, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let rest = self.bytes.get(self.written..).unwrap_or_default();
        let written = std::task::ready!(wire.poll_write(cx, rest))?;
        self.written += written;
        while self
            .held
            .front()
            .is_some_and(|(end, _)| *end <= self.written)
        {
            self.held.pop_front();
        }
        if self.written >= self.bytes.len() {
            self.clear();
        } else if self.written > self.bytes.len() / 2 {
            drop(self.bytes.drain(..self.written));
            for (end, _) in &mut self.held {
                *end -= self.written;
            }
            self.written = 0;
        }
        Poll::Ready(Ok(()))
    }
}
