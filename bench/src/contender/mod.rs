//! The contenders, and what a contender must be able to do to enter a measure.
//!
//! To add one: a file with its link, a name here, and an arm in each measure it
//! enters. The traits are asynchronous because baseapp is; a blocking contender
//! never awaits, and its calls compile to what they would be without `async`.

mod absent;
mod askers;
pub(crate) mod backlog;
pub(crate) mod bare;
pub(crate) mod baseapp;
pub(crate) mod baseapp_tasks;
pub(crate) mod dispatcher;
pub(crate) mod fan_in;
pub(crate) mod fan_out;
pub(crate) mod frame;
#[cfg(feature = "iceoryx2")]
pub(crate) mod iceoryx2;
pub(crate) mod ipc_channel;
pub(crate) mod many;
pub(crate) mod raw;
pub(crate) mod raw_redb;
pub(crate) mod request;
#[cfg(target_os = "linux")]
pub(crate) mod ring;
pub(crate) mod script;
#[cfg(feature = "tarpc")]
pub(crate) mod tarpc;
pub(crate) mod tokio;
mod window;
#[cfg(feature = "zmq")]
pub(crate) mod zmq;

#[cfg(not(feature = "iceoryx2"))]
pub(crate) mod iceoryx2 {
    pub(crate) use super::absent::{ABSENCE, Absent as Iceoryx2, serve_waiting};
}
#[cfg(not(target_os = "linux"))]
pub(crate) mod ring {
    pub(crate) use super::absent::{ABSENCE, Absent as Ring, serve_waiting};
}
#[cfg(not(feature = "tarpc"))]
pub(crate) mod tarpc {
    pub(crate) use super::absent::{ABSENCE, Absent as Tarpc, serve};
}
#[cfg(not(feature = "zmq"))]
pub(crate) mod zmq {
    pub(crate) use super::absent::{ABSENCE, Absent as Zmq, serve};
}

use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::messages::{Report, Small};
use crate::work::{Done, Work};

/// A way to move messages between two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// No messages at all: a process and two pipes.
    Bare,
    /// A blocking interprocess socket, one write per message.
    Raw,
    /// A blocking interprocess socket, written 64 KiB at a time.
    RawCoalesced,
    /// Queues in shared memory, whose ends sleep when they wait.
    Ring,
    /// The same, whose ends spin for a while first.
    RingSpin,
    /// The ipc-channel crate.
    IpcChannel,
    /// The iceoryx2 crate, whose ends spin when they wait.
    Iceoryx2,
    /// The same, whose ends sleep until an event.
    Iceoryx2Events,
    /// The tarpc crate, over a Unix socket.
    Tarpc,
    /// libzmq, over `ipc://`.
    Zmq,
    /// tokio, a socket and a writing task, as one writes it by hand.
    Tokio,
    /// A dispatcher of tasks over such sockets.
    RawDispatcher,
    /// Python's `multiprocessing.Queue`.
    PythonQueue,
    /// Python's `multiprocessing.Pipe`.
    PythonPipe,
    /// Python's `multiprocessing.Pool`.
    PythonPool,
    /// Python's `ProcessPoolExecutor`.
    PythonExecutor,
    /// Celery with Redis.
    Celery,
    /// Two Erlang nodes.
    Erlang,
    /// A redb database that one thread commits to.
    RawRedb,
    /// What all this is about.
    Baseapp,
    /// The same, told to stay on sockets.
    BaseappSockets,
    /// The same with a `Blob`.
    BaseappBlob,
    /// The same with one sender, where it otherwise has several.
    BaseappAlone,
}

impl Contender {
    /// The name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Raw => "raw",
            Self::RawCoalesced => "raw-coalesced",
            Self::Ring => "ring",
            Self::RingSpin => "ring-spin",
            Self::IpcChannel => "ipc-channel",
            Self::Iceoryx2 => "iceoryx2",
            Self::Iceoryx2Events => "iceoryx2-events",
            Self::Tarpc => "tarpc",
            Self::Zmq => "zeromq",
            Self::Tokio => "tokio-by-hand",
            Self::RawDispatcher => "raw-dispatcher",
            Self::PythonQueue => "python-queue",
            Self::PythonPipe => "python-pipe",
            Self::PythonPool => "python-pool",
            Self::PythonExecutor => "python-executor",
            Self::Celery => "celery",
            Self::Erlang => "erlang",
            Self::RawRedb => "raw-redb",
            Self::Baseapp => "baseapp",
            Self::BaseappSockets => "baseapp, sockets",
            Self::BaseappBlob => "baseapp, Blob",
            Self::BaseappAlone => "baseapp, 1 sender",
        }
    }

    /// What it is, for who does not know the benchmark.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Bare => "a bare process",
            Self::Raw => "raw socket, one write each",
            Self::RawCoalesced => "raw socket, 64 KiB writes",
            Self::Ring => "raw shared memory",
            Self::RingSpin => "raw shared memory, spinning",
            Self::Iceoryx2 => "iceoryx2, busy loop",
            Self::Iceoryx2Events => "iceoryx2, events",
            Self::Zmq => "ZeroMQ, ipc",
            Self::Tokio => "tokio, by hand",
            Self::RawDispatcher => "dispatcher over raw sockets",
            Self::PythonQueue => "Python, Queue",
            Self::PythonPipe => "Python, Pipe",
            Self::PythonPool => "Python, Pool",
            Self::PythonExecutor => "Python, ProcessPoolExecutor",
            Self::Celery => "Celery with Redis",
            Self::Erlang => "Erlang, two nodes",
            Self::RawRedb => "raw redb, group commit",
            Self::IpcChannel
            | Self::Tarpc
            | Self::Baseapp
            | Self::BaseappSockets
            | Self::BaseappBlob
            | Self::BaseappAlone => self.name(),
        }
    }

    /// Why it cannot take part on this machine, if it cannot.
    pub(crate) fn absence(self) -> Option<&'static str> {
        match self {
            Self::PythonQueue | Self::PythonPipe | Self::PythonPool | Self::PythonExecutor => {
                script::python_absence()
            }
            Self::Celery => script::celery_absence(),
            Self::Erlang => script::erlang_absence(),
            Self::Ring | Self::RingSpin => ring::ABSENCE,
            Self::Iceoryx2 | Self::Iceoryx2Events => iceoryx2::ABSENCE,
            Self::Tarpc => tarpc::ABSENCE,
            Self::Zmq => zmq::ABSENCE,
            _ => None,
        }
    }
}

/// How an end in shared memory waits for the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// It sleeps.
    Sleep,
    /// It spins, for a while or for ever.
    Spin,
}

/// An open link to a receiver in another process.
pub(crate) trait Link {
    /// Ends the receiver, and fails unless it ended well.
    async fn close(self) -> Result<()>;
}

/// A link that carries questions.
pub(crate) trait Asks: Link {
    /// One round trip.
    async fn ask(&mut self, question: Small) -> Result<Small>;
}

/// A link that carries questions before the earlier ones are answered.
pub(crate) trait Pipelines: Link {
    /// Asks for as long as `lasting` with `window` questions under way, and
    /// says how many were answered, every answer checked.
    async fn pipeline(&mut self, window: usize, lasting: Duration) -> Result<u64>;
}

/// A link that carries messages one way.
pub(crate) trait Sends<M>: Link {
    /// Hands one message over; it may wait in a buffer until [`Sends::report`].
    async fn send(&mut self, message: M) -> Result<()>;

    /// What the receiver took since the last report, once it took everything.
    async fn report(&mut self) -> Result<Report>;
}

/// A link to several worker processes that do tasks.
pub(crate) trait Tasks: Link {
    /// Gives tasks out for as long as `lasting`, waits for those under way, and
    /// says what was done, every reply checked.
    async fn tasks(&mut self, work: Work, lasting: Duration) -> Result<Done>;
}

/// A queue that may hold many tasks.
pub(crate) trait Queues: Link {
    /// Queues so many empty tasks, faster than they are done if it can, and
    /// waits until all of them are, every reply checked.
    async fn queue(&mut self, tasks: u64) -> Result<()>;
}

/// A receiver before which messages can pile up.
pub(crate) trait Piles: Link {
    /// Holds the receiver until so many small messages wait for it, and lets it
    /// handle them, every one counted. The CPU time that its process used for that.
    async fn pile(&mut self, messages: u64) -> Result<Duration>;
}

/// Bytes of a durable task's message.
pub(crate) const PAYLOAD: usize = 64;

/// A queue that keeps tasks on the disk.
pub(crate) trait Submits: Link {
    /// Queues a task of [`PAYLOAD`] bytes that holds a number, and returns when
    /// it would survive a crash of the machine.
    ///
    /// [`Link::close`] fails unless all of them are there.
    async fn submit(&self, number: u64) -> Result<()>;
}

/// A directory beside this binary: the place for temporary files is often in
/// memory, where nothing is safe and nothing takes time.
fn on_disk() -> Result<TempDir> {
    let binary = std::env::current_exe().context("finding this binary")?;
    let beside = binary.parent().context("this binary is in no directory")?;
    tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)
        .context("making a directory on the disk")
}
