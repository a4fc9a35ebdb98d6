//! `raw` and `raw-coalesced`: what a careful programmer writes by hand over a
//! blocking interprocess local socket, the bar for everyone else.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Stream, prelude::*};

use super::frame::{Flush, Inbox, Kind, Outbox};
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
    pub(super) fn answer<M: serde::de::DeserializeOwned>(
        &mut self,
        kind: Kind,
        id: u64,
    ) -> Result<M> {
        let frame = self
            .inbox
            .next(&mut self.stream)?
            .context("the child closed the socket")?;
        ensure!(
            frame.kind == kind && frame.id == id,
            "expected the answer {id} of kind {kind:?}, not {frame:?}"
        );
        frame.decode()
    }

    /// Whether the next answer is here already.
    pub(super) fn is_ready(&self) -> bool {
        self.inbox.is_ready()
    }

    fn take_report(&mut self) -> Result<Report> {
        self.push(Kind::Report, 0, &())?;
        self.flush()?;
        self.answer(Kind::Report, 0)
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
        self.flush()?;
        self.answer(Kind::Ask, id)
    }
}

impl Pipelines for Raw {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        let (mut asked, mut answered) = (0, 0);
        let start = Instant::now();
        let mut open = true;
        while open || answered < asked {
            while open && asked - answered < window as u64 {
                self.push(Kind::Ask, asked, &Small::new(asked))?;
                asked += 1;
            }
            self.flush()?;
            // Every answer that one read brought, so that the next questions
            // leave together too.
            loop {
                let answer: Small = self.answer(Kind::Ask, answered)?;
                ensure!(
                    answer.sequence() == answered,
                    "the answer to another question"
                );
                answered += 1;
                if answered == asked || !self.is_ready() {
                    break;
                }
            }
            open = start.elapsed() < lasting;
        }
        Ok(answered)
    }
}

impl Sends<Small> for Raw {
    #[inline]
    async fn send(&mut self, message: Small) -> Result<()> {
        self.push(Kind::Small, 0, &message)
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report()
    }
}

impl Sends<Large> for Raw {
    #[inline]
    async fn send(&mut self, message: Large) -> Result<()> {
        self.push(Kind::Large, 0, &message)
    }

    async fn report(&mut self) -> Result<Report> {
        self.take_report()
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
