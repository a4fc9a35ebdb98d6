//! The control link: the same at the hub and at the guardian, with the
//! directions swapped.

use std::{future::poll_fn, io, task::Poll};

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    link::{ReadError, Reader},
    transport::Wire,
    wire::{
        codec,
        frame::{Header, Kind, MAX_PAYLOAD, write_bytes},
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

/// Serves a control link: hands over what comes, writes what `outgoing` gives,
/// and ends when that gives `None` and all is written, or when the other end is
/// gone.
///
/// `outgoing` is unbounded, but what goes into it is not: each worker owes the
/// hub one message per phase and one question per link, and is owed as many.
pub(crate) async fn serve_control<In: DeserializeOwned, Out: Serialize>(
    wire: &dyn Wire,
    reader: &mut Reader,
    mut outgoing: UnboundedReceiver<Option<Out>>,
    mut incoming: impl FnMut(In),
) -> ControlEnd {
    let mut unwritten = Vec::new();
    let mut closed = false;
    poll_fn(|cx| {
        while !closed {
            match outgoing.poll_recv(cx) {
                Poll::Ready(Some(Some(message))) => append(&mut unwritten, &message),
                Poll::Ready(Some(None) | None) => closed = true,
                Poll::Pending => break,
            }
        }
        while !unwritten.is_empty() {
            match wire.poll_write(cx, &unwritten) {
                Poll::Ready(Ok(written)) => drop(unwritten.drain(..written)),
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

fn append<T: Serialize>(out: &mut Vec<u8>, message: &T) {
    // Ours, small, and of types that serde can always write.
    if let Ok(payload) = codec::encode(message, MAX_PAYLOAD) {
        write_bytes(out, Header::new(Kind::Control, 0, 0), &payload);
    }
}
