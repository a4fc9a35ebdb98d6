//! `zeromq`: a pair of sockets over `ipc://`, with libzmq's own limits.

use std::ffi::OsStr;
use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;
use tempfile::TempDir;
use zmq::{Message, Socket};

use super::request::{Carrier, Over, Reply, Request, Sink};
use crate::child::{Peer, Role};

/// Here it is.
pub(crate) const ABSENCE: Option<&'static str> = None;

/// Ends the child: a socket does not tell that its peer is gone. No request
/// encodes to nothing.
const END: &[u8] = &[];

/// A socket to the child.
pub(crate) struct Zmq {
    link: Half,
    peer: Peer,
    /// Where the socket's file is.
    _directory: TempDir,
}

impl fmt::Debug for Zmq {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Zmq").finish_non_exhaustive()
    }
}

impl Zmq {
    /// Listens, and starts a child that connects.
    pub(crate) async fn open() -> Result<Over<Self>> {
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("making a directory for the socket")?;
        let path = directory.path().join("socket");
        let place = format!("ipc://{}", path.display());
        let link = Half::new()?;
        link.socket.bind(&place).context("listening on a socket")?;
        let peer = Peer::spawn(Role::Zmq, &place)?;
        Ok(Over(Self {
            link,
            peer,
            _directory: directory,
        }))
    }
}

impl Carrier for Zmq {
    async fn request(&mut self, request: Request) -> Result<()> {
        self.link.send(&request)
    }

    async fn reply(&mut self) -> Result<Reply> {
        let reply = self.link.receive()?;
        postcard::from_bytes(&reply).context("decoding a reply")
    }

    async fn close(self) -> Result<()> {
        self.link.socket.send(END, 0).context("ending the child")?;
        self.peer.join()
    }
}

/// A socket, and what both ends do with it.
struct Half {
    socket: Socket,
    buffer: Vec<u8>,
}

impl Half {
    fn new() -> Result<Self> {
        // The socket keeps its context alive.
        let socket = zmq::Context::new().socket(zmq::PAIR);
        Ok(Self {
            socket: socket.context("making a socket")?,
            buffer: Vec::new(),
        })
    }

    fn send<M: Serialize>(&mut self, message: &M) -> Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        self.buffer = postcard::to_extend(message, buffer).context("encoding a message")?;
        // Copied here: the library sends when it likes.
        self.socket.send(&self.buffer, 0).context("sending")?;
        self.buffer.clear();
        Ok(())
    }

    fn receive(&self) -> Result<Message> {
        self.socket.recv_msg(0).context("receiving")
    }
}

/// The child: the same work as the raw one's.
pub(crate) fn serve(place: &OsStr) -> Result<()> {
    let place = place.to_str().context("a socket's place is text")?;
    let mut link = Half::new()?;
    link.socket
        .connect(place)
        .context("connecting to the benchmark")?;
    let mut sink = Sink::default();
    loop {
        let request = link.receive()?;
        if request.is_empty() {
            return Ok(());
        }
        let request = postcard::from_bytes(&request).context("decoding a request")?;
        if let Some(reply) = sink.take(request) {
            link.send(&reply)?;
        }
    }
}
