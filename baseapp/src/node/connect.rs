//! Making a link's connection, and serving it until it ends.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Node, lock};
use crate::{
    id::{Incarnation, Life, WorkerId},
    link::{Chunk, Frame, Link, ReadError, Reader},
    transport::{self, Wire},
    wire::{
        codec,
        control::{Endpoint, ToHub, Way},
        frame::{FrameError, Header, Kind, MAX_FRAME, MAX_HELLO, write_bytes},
        hello::{Hello, Refusal},
    },
};

/// A read this large is followed by others: let handlers run in between.
const LARGE_READ: usize = 32 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("{0}")]
    NoWay(String),
    #[error("cannot connect: {0}")]
    Io(#[from] io::Error),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("it did not answer the hello: {0}")]
    NoWelcome(#[from] ReadError),
}

/// Questions to the hub that are open.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    next: AtomicU32,
    open: Mutex<HashMap<u32, (Life, Answer)>>,
}

type Answer = oneshot::Sender<Result<Way, String>>;

impl Lookups {
    pub(super) fn answer(&self, request: u32, way: Result<Way, String>) {
        if let Some((_, answer)) = lock(&self.open).remove(&request) {
            let _ = answer.send(way); // nobody waits any more: fine
        }
    }

    pub(super) fn peer_ended(&self, id: WorkerId, life: Incarnation, how: &str) {
        let ended = lock(&self.open)
            .extract_if(|_, (to, _)| to.id == id && to.incarnation <= life)
            .collect::<Vec<_>>();
        for (_, (_, answer)) in ended {
            let _ = answer.send(Err(how.to_owned()));
        }
    }
}

impl Node {
    /// Starts to make the connection of a link.
    pub(super) fn make(self: &Arc<Self>, link: Arc<Link>) {
        let node = Arc::clone(self);
        if link.peer.id == self.me.id {
            return self.make_to_self(&link);
        }
        self.runtime.spawn(async move {
            match node.connect(&link).await {
                Ok((wire, reader)) => node.serve(&link, wire, reader).await,
                Err(error) => {
                    node.learn_how_it_ended(&link).await;
                    node.end_link(&link, &error.to_string());
                }
            }
        });
    }

    /// A worker's link to itself: through memory, with the same credit.
    fn make_to_self(self: &Arc<Self>, link: &Arc<Link>) {
        let (ours, theirs) = transport::memory_pair();
        let other = Arc::new(Link::new(link.peer.clone()));
        lock(&self.links).open.push(Arc::clone(&other));
        self.spawn_serve(Arc::clone(link), Arc::new(ours), Reader::new(MAX_FRAME));
        self.spawn_serve(other, Arc::new(theirs), Reader::new(MAX_FRAME));
    }

    fn spawn_serve(self: &Arc<Self>, link: Arc<Link>, wire: Arc<dyn Wire>, reader: Reader) {
        let node = Arc::clone(self);
        self.runtime
            .spawn(async move { node.serve(&link, wire, reader).await });
    }

    async fn connect(&self, link: &Link) -> Result<(Arc<dyn Wire>, Reader), ConnectError> {
        let way = self
            .ask_way(link.peer.id, link.peer.incarnation)
            .await
            .map_err(ConnectError::NoWay)?;
        link.set_connection(way.token.connection(), self.page.as_ref());
        let wire = dial(&way.endpoint).await?;
        let hello = Hello {
            build: self.build,
            token: way.token,
            from: self.me.id,
        };
        // No time limit: a worker that handles a long message answers after it,
        // one that dies closes the connection, and asks have their deadline.
        let reader = say_hello(&*wire, &hello).await?;
        Ok((Arc::from(wire), reader))
    }

    async fn ask_way(&self, to: WorkerId, incarnation: Incarnation) -> Result<Way, String> {
        let request = self.lookups.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        let id = to;
        lock(&self.lookups.open).insert(request, (Life { id, incarnation }, answer));
        self.tell(ToHub::Connect {
            request,
            to,
            incarnation,
        });
        answered
            .await
            .unwrap_or_else(|_| Err("the app is stopping".to_owned()))
    }

    /// Serves a link until it ends: reads, and writes what a flush could not.
    pub(super) async fn serve(
        self: Arc<Self>,
        link: &Arc<Link>,
        wire: Arc<dyn Wire>,
        mut reader: Reader,
    ) {
        link.attach(Arc::clone(&wire));
        let reason = loop {
            match next_event(link, &*wire, &mut reader).await {
                Event::Chunk(Ok(chunk)) => {
                    let large = chunk.len() >= LARGE_READ;
                    if let Err(error) = self.take(link, chunk) {
                        let peer = &link.peer.name;
                        crate::report::warn(&format!(
                            "closing the link to `{peer}`: it sent {error}"
                        ));
                        break ReadError::Frame(error);
                    }
                    if large {
                        tokio::task::yield_now().await;
                    }
                }
                Event::Chunk(Err(error)) => {
                    if let ReadError::Frame(_) = error {
                        let peer = &link.peer.name;
                        crate::report::warn(&format!("closing the link to `{peer}`: {error}"));
                    }
                    break error;
                }
                Event::Attention if link.ended().is_some() => break ReadError::End,
                Event::Attention => {}
            }
        };
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
}

/// Connects, again and again while the listener's queue is full: a worker
/// that is busy takes no connections, and nothing tells when it does again.
pub(crate) async fn dial(endpoint: &Endpoint) -> io::Result<Box<dyn Wire>> {
    let mut rest = Duration::from_millis(1);
    loop {
        match transport::connect(endpoint).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(Duration::from_millis(50));
            }
            result => return result,
        }
    }
}

enum Event {
    Chunk(Result<Chunk, ReadError>),
    Attention,
}

/// Reads; and writes, for as long as something waits. A write that fails is
/// not the end: what the peer wrote before it went must still be read.
async fn next_event(link: &Link, wire: &dyn Wire, reader: &mut Reader) -> Event {
    let mut attention = pin!(link.attention());
    let mut writing = true;
    poll_fn(|cx| {
        if let Poll::Ready(chunk) = reader.poll_chunk(wire, cx) {
            return Poll::Ready(Event::Chunk(chunk));
        }
        if writing {
            writing = link.poll_flush(cx).is_pending();
        }
        attention.as_mut().poll(cx).map(|()| Event::Attention)
    })
    .await
}

/// Says hello and awaits the welcome.
pub(crate) async fn say_hello(wire: &dyn Wire, hello: &Hello) -> Result<Reader, ConnectError> {
    let payload = codec::encode(hello, MAX_HELLO).map_err(io::Error::other)?;
    write_frame(wire, Kind::Hello, &payload).await?;
    let mut reader = Reader::new(MAX_HELLO);
    let answer = read_frame(wire, &mut reader).await?;
    match answer.header.kind {
        Kind::Welcome => {
            reader.allow(MAX_FRAME);
            Ok(reader)
        }
        Kind::Refused => {
            let refusal = codec::decode(&answer.body).unwrap_or(Refusal::Build);
            Err(ConnectError::Refused(refusal))
        }
        _ => Err(ReadError::Frame(FrameError::Unexpected).into()),
    }
}

/// Writes one frame, waiting for room.
pub(crate) async fn write_frame(wire: &dyn Wire, kind: Kind, payload: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(64 + payload.len());
    write_bytes(&mut bytes, Header::new(kind, 0, 0), payload);
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let written = poll_fn(|cx| wire.poll_write(cx, rest)).await?;
        rest = &rest[written..];
    }
    Ok(())
}

/// Reads one frame.
pub(crate) async fn read_frame(wire: &dyn Wire, reader: &mut Reader) -> Result<Frame, ReadError> {
    poll_fn(|cx| reader.poll_frame(wire, cx)).await
}
