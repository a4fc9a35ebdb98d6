//! `ring`, `ring-spin`: what a careful programmer could do with shared memory,
//! a queue in it for each direction. The limit of everything else.

mod queue;
mod waiting;

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memmap2::MmapRaw;
use rustix::fs::{MemfdFlags, memfd_create};

use self::queue::{Queue, Reader, Writer};
use super::frame::{Framed, Kind};
use super::window::{Windowed, in_window};
use super::{Asks, Link, Pipelines, Sends, Wait};
use crate::child::{Peer, Role};
use crate::messages::{Large, Report, Small};

/// Bytes of a queue: small messages stay in the fast caches, large ones fit.
const CAPACITY: u64 = 256 * 1024;
const LARGE_CAPACITY: u64 = 4 * 1024 * 1024;

/// What postcard adds to a message, at most.
const ENCODED: u64 = 32;

/// Here it is.
pub(crate) const ABSENCE: Option<&'static str> = None;

/// How long an end that spins does so before it sleeps.
fn spin(wait: Wait) -> Duration {
    match wait {
        Wait::Sleep => Duration::ZERO,
        Wait::Spin => Duration::from_micros(20),
    }
}

/// A pair of queues to the child.
#[derive(Debug)]
pub(crate) struct Ring {
    writer: Writer,
    reader: Reader,
    peer: Peer,
}

impl Ring {
    /// Starts a child that maps the same memory, for messages of so many bytes.
    pub(crate) fn open_waiting(wait: Wait, size: u64) -> Result<Self> {
        let capacity = if size <= 1024 {
            CAPACITY
        } else {
            LARGE_CAPACITY
        };
        // A file without a name: nothing is left behind. The child finds it among
        // our open ones.
        let file = memfd_create("bench-ring", MemfdFlags::CLOEXEC).context("making the memory")?;
        let file = File::from(file);
        file.set_len(Queue::bytes_of_two(capacity))
            .context("giving the memory its size")?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let [there, back] = open_queues(&file, wait)?;
        let role = match wait {
            Wait::Sleep => Role::Ring,
            Wait::Spin => Role::RingSpin,
        };
        let (writer, mut reader) = (Writer::new(there), Reader::new(back));
        let peer = Peer::spawn(role, path)?;
        // Until the child has said that it has the memory, we keep it open.
        let hello = reader.next()?.context("the child has ended")?;
        ensure!(
            hello.kind == Kind::Report,
            "expected a hello, not {hello:?}"
        );
        Ok(Self {
            writer,
            reader,
            peer,
        })
    }
}

fn open_queues(file: &File, wait: Wait) -> Result<[Queue; 2]> {
    let map = MmapRaw::map_raw(file).context("mapping the memory")?;
    Queue::two(map, spin(wait))
}

impl Link for Ring {
    async fn close(self) -> Result<()> {
        drop(self.writer);
        self.peer.join()
    }
}

impl Windowed for Ring {
    async fn question(&mut self, id: u64) -> Result<()> {
        self.writer.push(Kind::Ask, id, ENCODED, &Small::new(id))
    }

    async fn flush(&mut self) -> Result<()> {
        self.writer.flush()
    }

    async fn answer(&mut self) -> Result<Small> {
        let frame = self.reader.next()?.context("the child has ended")?;
        ensure!(frame.kind == Kind::Ask, "expected an answer, not {frame:?}");
        frame.decode()
    }

    fn is_ready(&self) -> bool {
        self.reader.is_ready()
    }
}

impl Asks for Ring {
    async fn ask(&mut self, question: Small) -> Result<Small> {
        self.writer.push(Kind::Ask, 0, ENCODED, &question)?;
        self.writer.flush()?;
        self.answer().await
    }
}

impl Pipelines for Ring {
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64> {
        in_window(self, window, lasting).await
    }
}

impl<M: Framed> Sends<M> for Ring {
    #[inline]
    async fn send(&mut self, message: M) -> Result<()> {
        let bound = message.size() + ENCODED;
        self.writer.push(M::KIND, 0, bound, &message)
    }

    async fn report(&mut self) -> Result<Report> {
        self.writer.push(Kind::Report, 0, ENCODED, &())?;
        self.writer.flush()?;
        let frame = self.reader.next()?.context("the child has ended")?;
        ensure!(
            frame.kind == Kind::Report,
            "expected a report, not {frame:?}"
        );
        frame.decode()
    }
}

/// The child: the same work as the raw one's.
pub(crate) fn serve_waiting(path: &OsStr, wait: Wait) -> Result<()> {
    let file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .context("opening the memory")?;
    let [there, back] = open_queues(&file, wait)?;
    let (mut reader, mut writer) = (Reader::new(there), Writer::new(back));
    let mut taken = Report::default();
    writer.push(Kind::Report, 0, ENCODED, &taken)?;
    writer.flush()?;
    loop {
        let Some(frame) = reader.next()? else {
            return Ok(());
        };
        let id = frame.id;
        match frame.kind {
            Kind::Small => taken.take(&frame.decode::<Small>()?),
            Kind::Large => taken.take(&frame.decode::<Large>()?),
            Kind::Ask => {
                let question: Small = frame.decode()?;
                writer.push(Kind::Ask, id, ENCODED, &question)?;
            }
            Kind::Report => {
                writer.push(Kind::Report, id, ENCODED, &taken)?;
                taken = Report::default();
            }
            Kind::Task | Kind::Burn => bail!("tasks are for the dispatcher's workers"),
        }
        // Answers leave when there is nothing more to handle.
        if !reader.is_ready() {
            writer.flush()?;
        }
    }
}
