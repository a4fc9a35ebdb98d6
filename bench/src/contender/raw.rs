//! `raw` and `raw-coalesced`: what a careful programmer writes by hand over a
//! blocking interprocess local socket, the bar for everyone else.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Stream, prelude::*};
use serde::de::DeserializeOwned;

use super::frame::{Flush, Frame, Framed, Inbox, Kind, Outbox};
use super::window::{Windowed, in_window};
use super::{Asks, Link, Pipelines, Sends};
use crate::child::{Peer, Role};
use crate::messages::{Large, Numbered, Report, Small};

/// A socket to the child.
#[derive(Debug)]
pub(crate) struct Raw {
    stream: Stream,
    outbox: Outbox,
    inbox: Inbox,
    peer: Peer,
}

impl Raw {
    /// Starts a child and accepts its connection.
    pub(crate) fn open(flush: Flush) -> Result<Self> {
        Self::open_as(Role::Raw, flush)
    }

    /// Starts a child of some role, and accepts its connection.
    pub(super) fn open_as(role: Role, flush: Flush) -> Result<Self> {
        // Removed at the end of this function: both ends are open by then and
        // nothing is left behind, however the benchmark ends.
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("making a directory for the socket")?;
        let path = directory.path().join("socket");
        let listener = ListenerOptions::new()
            .name(path.as_path().to_fs_name::<GenericFilePath>()?)
            .create_sync()
            .context("listening on a socket")?;
        let peer = Peer::spawn(role, &path)?;
        let stream = listener.accept().context("accepting the child")?;
        Ok(Self {
            stream,
            outbox: Outbox::new(flush),
            inbox: Inbox::new(),
            peer,
        })
    }

    /// Encodes a message, and writes it now or later.
    pub(super) fn push<M: serde::Serialize>(
        &mut self,
        kind: Kind,
        id: u64,
        message: &M,
    ) -> Result<()> {
        self.outbox.push(&mut self.stream, kind, id, message)
    }

    /// Writes what is left.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.outbox.flush(&mut self.stream)
    }

    /// Waits for the answer `id` of a kind.
    pub(super) fn answer_to<M: DeserializeOwned>(&mut self, kind: Kind, id: u64) -> Result<M> {
        let frame = self.next()?;
        ensure!(
            frame.kind == kind && frame.id == id,
            "expected the answer {id} of kind {kind:?}, not {frame:?}"
        );
        frame.decode()
    }

    fn answer_of<M: DeserializeOwned>(&mut self, kind: Kind) -> Result<M> {
        let frame = self.next()?;
        ensure!(frame.kind == kind, "expected a {kind:?}, not {frame:?}");
        frame.decode()
    }

    fn next(&mut self) -> Result<Frame<'_>> {
        let frame = self.inbox.next(&mut self.stream)?;
        frame.context("the child closed the socket")
    }

    /// The child's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.peer.id()
    }

    /// Whether the next answer is here already.
    pub(super) fn is_ready(&self) -> bool {
        self.inbox.is_ready()
    }
}

impl Link for Raw {
    async fn close(self) -> Result<()> {
        drop(self.stream);
        self.peer.join()
    }
}

impl Asks for Raw {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        let id = question.sequence();
        self.push(Kind::Ask, id, &question)?;
        Self::flush(self)?;
        self.answer_to(Kind::Ask, id)
    }
}

impl Windowed for Raw {
    async fn question(&mut self, id: u64) -> Result<()> {
        self.push(Kind::Ask, id, &Small::new(id))
    }

    async fn flush(&mut self) -> Result<()> {
        Self::flush(self)
    }

    async fn answer(&mut self) -> Result<Small> {
        self.answer_of(Kind::Ask)
    }

    fn is_ready(&self) -> bool {
        Self::is_ready(self)
    }
}

impl Pipelines for Raw {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        in_window(self, window, lasting).await
    }
}

impl<M: Framed> Sends<M> for Raw {
    #[inline]
    async fn send(&mut self, message: M) -> Result<()> {
        self.push(M::KIND, 0, &message)
    }

    async fn report(&mut self) -> Result<Report> {
        self.push(Kind::Report, 0, &())?;
        Self::flush(self)?;
        self.answer_of(Kind::Report)
    }
}

/// The child: counts what comes one way, answers questions, reports when asked.
pub(crate) fn serve(path: &Path) -> Result<()> {
    let mut stream = Stream::connect(path.to_fs_name::<GenericFilePath>()?)
        .context("connecting to the benchmark")?;
    let mut inbox = Inbox::new();
    let mut outbox = Outbox::new(Flush::Coalesced);
    let mut taken = Report::default();
    loop {
        let Some(frame) = inbox.next(&mut stream)? else {
            return Ok(());
        };
        let id = frame.id;
        match frame.kind {
            Kind::Small => taken.take(&frame.decode::<Small>()?),
            Kind::Large => taken.take(&frame.decode::<Large>()?),
            Kind::Ask => {
                let question: Small = frame.decode()?;
                outbox.push(&mut stream, Kind::Ask, id, &question)?;
            }
            Kind::Report => {
                outbox.push(&mut stream, Kind::Report, id, &taken)?;
                taken = Report::default();
            }
            Kind::Task | Kind::Burn => bail!("tasks are for the dispatcher's workers"),
        }
        // Answers leave when there is nothing more to handle: at once for a
        // lone question, together for many.
        if !inbox.is_ready() {
            outbox.flush(&mut stream)?;
        }
    }
}
