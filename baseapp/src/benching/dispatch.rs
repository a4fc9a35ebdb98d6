//! [`Dispatching`]: a worker that is given the same chunk again and again, without
//! processes.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::BytesMut;
use tokio::runtime::{Builder, Runtime};

use crate::{
    error::{Error, Result},
    id::{Incarnation, WorkerId},
    link::{Chunk, Link, Reader},
    message::Message,
    node::{Batch, fixture},
    registry::registry,
    transport::{Wire, memory_pair},
    wire::{
        codec,
        frame::{Header, Kind, MAX_FRAME, MAX_PAYLOAD, write_bytes},
        link_options::LinkOptions,
    },
    worker::{Handler, Rehearsal, Worker},
};

/// Room for what the worker writes while it handles a chunk: acknowledgements.
const ROOM: usize = 4096;

/// A worker, and what it is given again and again.
pub struct Dispatching<W> {
    rehearsal: Rehearsal<W>,
    link: Arc<Link>,
    chunk: Chunk,
    /// The sender, who hears that its messages were handled.
    sender: Box<dyn Wire>,
    heard: BytesMut,
    /// Never runs: its node wants one.
    _runtime: Runtime,
}

impl<W: Worker> Dispatching<W> {
    /// A worker, and a chunk of so many messages, as they come over a link.
    ///
    /// It has no black box, which a worker in a process of its own has.
    ///
    /// # Errors
    /// When what is linked into the program does not fit together, or so many messages
    /// are more than one read brings.
    pub fn new<M: Message>(worker: W, message: &M, count: u64) -> Result<Self>
    where
        W: Handler<M>,
    {
        let registry = registry().map_err(|error| Error::msg(error.to_string()))?;
        let route = W::route().get();
        let route = route.ok_or_else(|| Error::msg("the handler is not registered"))?;
        let chunk = chunk(route, &codec::encode(message, MAX_PAYLOAD)?, count)?;
        let runtime = Builder::new_current_thread().build()?;
        let (ours, sender) = memory_pair();
        let link = Arc::new(Link::new(fixture::peer(WorkerId(2), Incarnation::FIRST)));
        link.attach(Arc::new(ours));
        let routes = (registry.build, &registry.table);
        let node = fixture::node(WorkerId(3), routes, runtime.handle(), LinkOptions::PLAIN);
        Ok(Dispatching {
            rehearsal: Rehearsal::new(node, worker, registry.plan()),
            link,
            chunk,
            sender: Box::new(sender),
            heard: BytesMut::with_capacity(ROOM),
            _runtime: runtime,
        })
    }

    /// The worker handles all messages of the chunk, in a turn of its own. False if it
    /// could not without waiting.
    #[inline]
    #[must_use]
    pub fn run(&mut self) -> bool {
        let (link, chunk) = (Arc::clone(&self.link), self.chunk.clone());
        let done = self.rehearsal.handle(Batch { link, chunk });
        // Read on, because a connection that is full would be another thing to time. It
        // is part of a run: a lock, and an acknowledgement in every some chunks.
        self.heard.clear();
        let mut cx = Context::from_waker(Waker::noop());
        let _ = self.sender.poll_read(&mut cx, &mut self.heard);
        done
    }

    /// The worker.
    pub fn worker(&self) -> &W {
        self.rehearsal.worker()
    }
}

impl<W> Debug for Dispatching<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Dispatching({:?})", self.link)
    }
}

/// What one read brings of so many messages.
fn chunk(route: u16, payload: &[u8], count: u64) -> Result<Chunk> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        write_bytes(&mut bytes, Header::new(Kind::Message, route, 0), payload);
    }
    let (sender, ours) = memory_pair();
    sender.try_write(&bytes)?;
    let mut cx = Context::from_waker(Waker::noop());
    match Reader::new(MAX_FRAME).poll_chunk(&ours, &mut cx) {
        Poll::Ready(chunk) => {
            chunk
                .map_err(Error::from)
                .and_then(|chunk| match chunk.messages_alone() {
                    Some((read, _)) if read == count => Ok(chunk),
                    _ => Err(Error::msg("they are more than one read brings")),
                })
        }
        Poll::Pending => Err(Error::msg("there are none")),
    }
}
