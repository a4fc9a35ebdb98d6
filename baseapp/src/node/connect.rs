//! Making a link's connection.

use std::{
    collections::HashMap,
    future::poll_fn,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Node, lock};
use crate::{
    id::{Incarnation, Life, WorkerId},
    link::{Frame, Link, ReadError, Reader},
    transport::{self, Offer, Prepared, Wire},
    wire::{
        codec,
        control::{Endpoint, ToHub, Way},
        frame::{FrameError, Header, Kind, MAX_FRAME, MAX_HELLO, write_bytes},
        hello::{Hello, Refusal, Welcome},
    },
};

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
    /// A worker's link to itself: through memory, with the same credit.
    pub(super) fn make_to_self(self: &Arc<Self>, link: &Arc<Link>) {
        let (ours, theirs) = transport::memory_pair();
        let other = Arc::new(Link::new(link.peer.clone()));
        lock(&self.links).open.push(Arc::clone(&other));
        for (link, wire) in [(Arc::clone(link), ours), (other, theirs)] {
            let node = Arc::clone(self);
            let serving = node.serve_over(link, Arc::new(wire), Reader::new(MAX_FRAME));
            self.runtime.spawn(serving);
        }
    }

    /// On whatever runtime this is; the connection is one of the node's runtime.
    pub(super) async fn connect(
        &self,
        link: &Link,
    ) -> Result<(Arc<dyn Wire>, Reader), ConnectError> {
        let way = self
            .ask_way(link.peer.id, link.peer.incarnation)
            .await
            .map_err(ConnectError::NoWay)?;
        link.set_connection(way.token.connection(), self.page.as_ref());
        let mut wire = dial(&way.endpoint).await?;
        let offer = if self.link_options.lanes {
            let _at_home = self.runtime.enter();
            wire.make_offer()
        } else {
            None
        };
        let hello = Hello {
            build: self.build,
            token: way.token,
            from: self.me.id,
            lane: offer.is_some(),
        };
        // No time limit: a worker that handles a long message answers after it,
        // one that dies closes the connection, and asks have their deadline.
        let (reader, welcome) = introduce(&*wire, &hello, offer.as_ref()).await?;
        let lane = offer.filter(|_| welcome.lane).map(Offer::into_prepared);
        self.take_home(&mut *wire)?;
        let reader = go_on(&*wire, lane, reader);
        Ok((Arc::from(wire), reader))
    }

    fn take_home(&self, wire: &mut dyn Wire) -> io::Result<()> {
        let _at_home = self.runtime.enter();
        wire.move_here()
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
}

/// What reads what follows the welcome, be it through a lane or not.
pub(super) fn go_on(wire: &dyn Wire, lane: Option<Prepared>, reader: Reader) -> Reader {
    let Some(lane) = lane else { return reader };
    wire.begin_lane(lane);
    // What else was read came along with files.
    Reader::new(MAX_FRAME)
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

/// Says hello and awaits the welcome.
pub(crate) async fn say_hello(wire: &dyn Wire, hello: &Hello) -> Result<Reader, ConnectError> {
    let (reader, _) = introduce(wire, hello, None).await?;
    Ok(reader)
}

/// The same, with shared memory for what follows.
async fn introduce(
    wire: &dyn Wire,
    hello: &Hello,
    offer: Option<&Offer>,
) -> Result<(Reader, Welcome), ConnectError> {
    let payload = codec::encode(hello, MAX_HELLO).map_err(io::Error::other)?;
    let bytes = framed(Kind::Hello, &payload);
    // If the offer does not get through, it is not taken.
    let written = offer.and_then(|offer| wire.try_write_with(&bytes, offer).ok());
    write_all(wire, &bytes[written.unwrap_or(0)..]).await?;
    let mut reader = Reader::new(MAX_HELLO);
    let answer = read_frame(wire, &mut reader).await?;
    match answer.header.kind {
        Kind::Welcome => {
            reader.allow(MAX_FRAME);
            let welcome = codec::decode(&answer.body);
            let welcome = welcome.map_err(|_| ReadError::Frame(FrameError::Unexpected))?;
            Ok((reader, welcome))
        }
        Kind::Refused => {
            let refusal = codec::decode(&answer.body).unwrap_or(Refusal::Build);
            Err(ConnectError::Refused(refusal))
        }
        _ => Err(ReadError::Frame(FrameError::Unexpected).into()),
    }
}

fn framed(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + payload.len());
    write_bytes(&mut bytes, Header::new(kind, 0, 0), payload);
    bytes
}

/// Writes one frame, waiting for room.
pub(crate) async fn write_frame(wire: &dyn Wire, kind: Kind, payload: &[u8]) -> io::Result<()> {
    write_all(wire, &framed(kind, payload)).await
}

async fn write_all(wire: &dyn Wire, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
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
