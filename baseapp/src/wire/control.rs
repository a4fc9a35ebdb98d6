//! What the hub and a worker's guardian say to each other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{encoded::Encoded, roster::Roster};
use crate::{
    id::{Incarnation, Token, WorkerId},
    manage::ManageErrorKind,
};

/// How far a receiver came with the messages of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handled {
    /// It began so many of them,
    pub(crate) started: u64,
    /// and ended so many.
    pub(crate) finished: u64,
}

/// What a worker that has stopped had sent over a connection, and does not know to be
/// handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) to: WorkerId,
    pub(crate) incarnation: Incarnation,
    /// By what both ends know it.
    pub(crate) connection: u64,
    /// So many messages,
    pub(crate) count: u64,
    /// of which it knows so many to be handled.
    pub(crate) handled: u64,
}

/// Where a worker listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Endpoint {
    /// A local socket: its file.
    Socket(PathBuf),
    /// A listener in this process.
    Memory(u64),
}

/// A worker as everybody knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: WorkerId,
    pub(crate) incarnation: Incarnation,
    pub(crate) name: String,
    /// Index of its type in the table; `None` for a main that is no worker.
    pub(crate) worker: Option<u16>,
}

/// A pool as everybody knows it; its number is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PoolEntry {
    pub(crate) name: String,
    /// Index of the type of its workers in the table.
    pub(crate) worker: u16,
}

/// From a worker to the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ToHub {
    /// The worker is made and listens.
    Ready(Endpoint),
    /// Its `#[start]` has run.
    Started,
    /// It could not be made, or started; or its loop has failed.
    Failed(String),
    /// Its thread panicked.
    Panicked(String),
    /// It wants a worker to be started, stopped or started anew.
    Manage { request: u32, manage: Manage },
    /// It wants to know, or not any more, of the deaths of that worker.
    Watch { id: WorkerId, watch: bool },
    /// It wants to connect to another.
    Connect {
        request: u32,
        to: WorkerId,
        incarnation: Incarnation,
    },
    /// Answer to [`ToWorker::Probe`]: nothing left to do.
    Idle { round: u32, sent: u64, handled: u64 },
    /// It has stopped, and is about to exit.
    Stopped {
        /// The text of an error in `#[stop]`.
        failed: Option<String>,
        /// Messages that it knows to be lost.
        lost: u64,
        /// Messages of which it does not know whether they were handled.
        open: Vec<Sent>,
    },
    /// The app should stop.
    Exit,
    /// Its state is this now: its next life starts from it.
    Checkpoint(Encoded),
}

/// What may be done with workers at run time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Manage {
    /// One more.
    Start {
        name: String,
        /// Index of its type in the table.
        worker: u16,
        /// Its encoded init value.
        #[serde(with = "serde_bytes")]
        init: Vec<u8>,
        /// How it is looked after, encoded.
        supervision: Vec<u8>,
    },
    /// For good.
    Stop(WorkerId),
    /// With a next life.
    Restart(WorkerId),
    /// All workers of a pool, one after the other.
    RestartPool(u16),
}

/// From the hub to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// Everybody is ready: run `#[start]`, then handle messages.
    Begin {
        roster: Roster,
        pools: Vec<PoolEntry>,
    },
    /// A worker was started in place of another, or besides.
    Joined(Entry),
    /// The worker `from` will connect, with this token, from this process.
    Expect { token: Token, from: Entry, pid: u32 },
    /// Answer to [`ToHub::Connect`].
    Connect {
        request: u32,
        way: Result<Way, String>,
    },
    /// A worker has ended, and how.
    Ended {
        id: WorkerId,
        incarnation: Incarnation,
        how: String,
        /// Another life follows.
        returns: bool,
        /// How far it came with what was sent to it over each connection, if
        /// its black box tells.
        handled: Vec<(u64, Handled)>,
    },
    /// Answer to [`ToHub::Manage`]: done, or why not.
    Managed {
        request: u32,
        done: Result<WorkerId, ManageErrorKind>,
    },
    /// A message of the hub itself for the worker's handler of that route.
    Notice {
        route: u16,
        #[serde(with = "serde_bytes")]
        payload: Vec<u8>,
    },
    /// The task of that lease is not wanted any more.
    Cancel { lease: u64 },
    /// The app stops: no more timers; say when there is nothing left to do.
    Probe { round: u32 },
    /// Handle what has arrived, run `#[stop]`, exit.
    Stop,
    /// Be made of this state instead: it was told after this life was prepared.
    StartFrom(Encoded),
}

/// How to reach a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Way {
    pub(crate) endpoint: Endpoint,
    pub(crate) token: Token,
}
