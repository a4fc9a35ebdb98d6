//! A link that is served: its connection is read, and what a flush could not write is
//! written.
//!
//! The task that owns the connection does that when the system wakes it. A worker that
//! [looks by itself](super::spin) reads too.

use std::{
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::{Arc, Mutex, atomic::AtomicBool},
    task::{Context, Poll},
};

use super::{Node, giver::Giver, lock};
use crate::{
    link::{Chunk, Link, ReadError, Reader},
    report,
    transport::Wire,
};

/// A read this large is followed by others: let handlers run in between.
const LARGE_READ: usize = 32 * 1024;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Served {
    pub(super) link: Arc<Link>,
    pub(super) wire: Arc<dyn Wire>,
    /// Held until what was read is taken: that keeps the order.
    reader: Mutex<Reader>,
    /// It is among what the node looks at.
    pub(super) is_looked_at: AtomicBool,
}

/// What was said over a link that nobody says by mistake, if it ended for that.
fn lie_of(reason: &ReadError) -> Option<String> {
    match reason {
        ReadError::Frame(error) => Some(format!("it sent {error}")),
        ReadError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Some(error.to_string())
        }
        ReadError::Io(_) | ReadError::End | ReadError::Torn => None,
    }
}

enum Event {
    Read { is_large: bool },
    End(ReadError),
    Attention,
}

impl Node {
    /// Gives a link its connection: what is written to it leaves from now on.
    pub(super) fn begin_to_serve(
        self: &Arc<Self>,
        link: &Arc<Link>,
        wire: Arc<dyn Wire>,
        reader: Reader,
    ) -> Arc<Served> {
        let served = Arc::new(Served {
            link: Arc::clone(link),
            wire,
            reader: Mutex::new(reader),
            is_looked_at: AtomicBool::new(false),
        });
        link.attach(Arc::clone(&served.wire));
        link.set_lender(Arc::new(Giver {
            node: Arc::downgrade(self),
            link: Arc::downgrade(link),
        }));
        served
    }

    /// Gives a link its connection, and serves it until it ends.
    pub(super) async fn serve_over(
        self: Arc<Self>,
        link: Arc<Link>,
        wire: Arc<dyn Wire>,
        reader: Reader,
    ) {
        let served = self.begin_to_serve(&link, wire, reader);
        self.serve(served).await;
    }

    /// Serves a link until it ends.
    pub(super) async fn serve(self: Arc<Self>, served: Arc<Served>) {
        let link = &served.link;
        self.look_at(&served);
        let reason = loop {
            match self.next_event(&served).await {
                Event::Read { is_large: true } => tokio::task::yield_now().await,
                Event::Read { is_large: false } => {}
                Event::End(error) => break error,
                Event::Attention if link.ended().is_some() => break ReadError::End,
                Event::Attention => {}
            }
        };
        self.look_away_from(&served);
        if let Some(lie) = lie_of(&reason) {
            let peer = &link.peer.name;
            report::warn(&format!("closing the link to `{peer}`: {lie}"));
        }
        if link.ended().is_none() {
            self.learn_how_it_ended(link).await;
        }
        let reason = if link.heard_goodbye() {
            "it has stopped".to_owned()
        } else {
            reason.to_string()
        };
        self.end_link(link, &reason);
    }

    /// Reads; and writes, for as long as something waits. A write that fails is
    /// not the end: what the peer wrote before it went must still be read.
    async fn next_event(&self, served: &Arc<Served>) -> Event {
        let link = &served.link;
        let mut attention = pin!(link.attention());
        let mut writing = true;
        poll_fn(|cx| {
            if let Poll::Ready(event) = self.poll_read(served, cx) {
                self.look_at_rather(served);
                return Poll::Ready(event);
            }
            if writing {
                match link.poll_flush(cx) {
                    Poll::Pending => {}
                    Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                        return Poll::Ready(Event::End(ReadError::Io(error)));
                    }
                    Poll::Ready(_) => writing = false,
                }
            }
            attention.as_mut().poll(cx).map(|()| Event::Attention)
        })
        .await
    }

    fn poll_read(&self, served: &Served, cx: &mut Context<'_>) -> Poll<Event> {
        let mut reader = lock(&served.reader);
        let chunk = reader.poll_chunk(&*served.wire, cx);
        chunk.map(|chunk| self.take_chunk(served, chunk))
    }

    fn take_chunk(&self, served: &Served, chunk: Result<Chunk, ReadError>) -> Event {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return Event::End(error),
        };
        let is_large = chunk.len() >= LARGE_READ;
        match self.take(&served.link, chunk) {
            Ok(()) => Event::Read { is_large },
            Err(error) => Event::End(ReadError::Frame(error)),
        }
    }

    /// Takes what has come, for who is woken in place of the task that owns the
    /// connection. False if that is for that task.
    pub(super) fn poll_take(&self, served: &Served, cx: &mut Context<'_>) -> Poll<bool> {
        let mut reader = lock(&served.reader);
        let chunk = reader.poll_chunk(&*served.wire, cx);
        chunk.map(|chunk| self.take_for_owner(served, &mut reader, chunk))
    }

    /// Takes what is there, for who looks by itself. True if something was. What else
    /// there is to know of the connection is left to the task that owns it.
    pub(super) fn take_what_is_there(&self, served: &Served) -> bool {
        let mut reader = lock(&served.reader);
        let chunk = reader.try_chunk(&*served.wire).transpose();
        chunk.is_some_and(|chunk| self.take_for_owner(served, &mut reader, chunk))
    }

    /// Takes what was read by somebody else than the task that owns the connection, which
    /// is told if that is the end.
    fn take_for_owner(
        &self,
        served: &Served,
        reader: &mut Reader,
        chunk: Result<Chunk, ReadError>,
    ) -> bool {
        let Event::End(error) = self.take_chunk(served, chunk) else {
            return true;
        };
        reader.fail(error);
        served.link.call_for_attention();
        false
    }
}
