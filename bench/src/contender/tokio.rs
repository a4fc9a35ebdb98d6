//! `tokio`: what a program with tokio usually writes for itself: a Unix socket,
//! postcard behind a length, and a channel to a task that owns the writing half.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use bytes::{Buf, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::request::{Carrier, Over, Reply, Request, Sink};
use crate::child::{Peer, Role};

/// Bytes of the length before each message.
const HEADER: usize = 4;

/// No message may be longer; checked before room is made for it.
const LONGEST: usize = 2 * 1024 * 1024;

/// Room in the channel, messages taken from it at a time, and bytes that are
/// written at once.
const CHANNEL: usize = 256;
const TOGETHER: usize = 256;
const CHUNK: usize = 64 * 1024;

/// A socket to the child.
#[derive(Debug)]
pub(crate) struct Tokio {
    outbox: mpsc::Sender<Request>,
    writer: JoinHandle<Result<()>>,
    inbox: Inbox,
    peer: Peer,
}

impl Tokio {
    /// Starts a child and accepts its connection.
    pub(crate) async fn open() -> Result<Over<Self>> {
        let (stream, peer) = accept(Role::Tokio).await?;
        let (reading, writing) = stream.into_split();
        let (outbox, queue) = mpsc::channel(CHANNEL);
        Ok(Over(Self {
            outbox,
            writer: tokio::spawn(write(writing, queue)),
            inbox: Inbox::new(reading),
            peer,
        }))
    }
}

/// Starts a child and accepts its connection.
pub(super) async fn accept(role: Role) -> Result<(UnixStream, Peer)> {
    // Removed at the end of this function, when both ends are open.
    let directory = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir()
        .context("making a directory for the socket")?;
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).context("listening on a socket")?;
    let peer = Peer::spawn(role, &path)?;
    let (stream, _) = listener.accept().await.context("accepting the child")?;
    Ok((stream, peer))
}

impl Carrier for Tokio {
    async fn request(&mut self, request: Request) -> Result<()> {
        let sent = self.outbox.send(request).await;
        sent.map_err(|_| anyhow!("the writing task has ended"))
    }

    async fn reply(&mut self) -> Result<Reply> {
        let reply = self.inbox.next().await?;
        reply.context("the child closed the socket")
    }

    fn is_ready(&self) -> bool {
        self.inbox.is_ready()
    }

    async fn close(self) -> Result<()> {
        drop(self.outbox);
        self.writer
            .await
            .context("the writing task has panicked")??;
        drop(self.inbox);
        self.peer.join()
    }
}

/// The task that writes what comes over the channel, as much at once as there is.
async fn write<M: Serialize>(
    mut stream: OwnedWriteHalf,
    mut queue: mpsc::Receiver<M>,
) -> Result<()> {
    let mut messages = Vec::with_capacity(TOGETHER);
    let mut buffer = Vec::new();
    while queue.recv_many(&mut messages, TOGETHER).await > 0 {
        for message in messages.drain(..) {
            let start = buffer.len();
            buffer.extend([0; HEADER]);
            buffer = postcard::to_extend(&message, buffer).context("encoding a message")?;
            let length = u32::try_from(buffer.len() - start - HEADER)?;
            buffer[start..start + HEADER].copy_from_slice(&length.to_le_bytes());
            if buffer.len() >= CHUNK {
                flush(&mut stream, &mut buffer).await?;
            }
        }
        flush(&mut stream, &mut buffer).await?;
    }
    Ok(())
}

async fn flush(stream: &mut OwnedWriteHalf, buffer: &mut Vec<u8>) -> Result<()> {
    let written = stream.write_all(buffer).await;
    buffer.clear();
    written.context("writing to the socket")
}

/// Messages that arrive.
#[derive(Debug)]
struct Inbox {
    stream: OwnedReadHalf,
    buffer: BytesMut,
}

impl Inbox {
    fn new(stream: OwnedReadHalf) -> Self {
        Self {
            stream,
            buffer: BytesMut::with_capacity(CHUNK),
        }
    }

    /// The length of the next message, if it is here.
    fn length(&self) -> Option<usize> {
        let header = self.buffer.first_chunk::<HEADER>()?;
        Some(u32::from_le_bytes(*header) as usize)
    }

    fn is_ready(&self) -> bool {
        self.length()
            .is_some_and(|length| self.buffer.len() - HEADER >= length)
    }

    /// The next message; `None` when the other side has closed.
    async fn next<M: DeserializeOwned>(&mut self) -> Result<Option<M>> {
        while !self.is_ready() {
            let length = self.length().unwrap_or_default();
            ensure!(length <= LONGEST, "a message of {length} bytes");
            self.buffer.reserve((length + HEADER).max(CHUNK));
            let read = self.stream.read_buf(&mut self.buffer).await;
            if read.context("reading from the socket")? == 0 {
                ensure!(self.buffer.is_empty(), "the socket closed inside a message");
                return Ok(None);
            }
        }
        let end = HEADER + self.length().unwrap_or_default();
        let message = postcard::from_bytes(&self.buffer[HEADER..end]);
        self.buffer.advance(end);
        message.context("decoding a message").map(Some)
    }
}

/// The child: the same work as the raw one's.
pub(crate) fn serve(path: &Path) -> Result<()> {
    runtime()?.block_on(async {
        let stream = UnixStream::connect(path)
            .await
            .context("connecting to the benchmark")?;
        let (reading, writing) = stream.into_split();
        let (outbox, queue) = mpsc::channel::<Reply>(CHANNEL);
        let writer = tokio::spawn(write(writing, queue));
        let mut inbox = Inbox::new(reading);
        let mut sink = Sink::default();
        while let Some(request) = inbox.next().await? {
            if let Some(reply) = sink.take(request) {
                outbox
                    .send(reply)
                    .await
                    .map_err(|_| anyhow!("the writing task has ended"))?;
            }
        }
        drop(outbox);
        writer.await.context("the writing task has panicked")?
    })
}

/// A child's runtime, of one thread as the benchmark's own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")
}
