//! The contenders, and what a contender must be able to do to enter a measure.
//!
//! To add one: a file with its link, a name here, and an arm in each measure it
//! enters. The traits are asynchronous because baseapp is; a blocking contender
//! never awaits, and its calls compile to what they would be without `async`.

pub(crate) mod bare;
pub(crate) mod baseapp;
pub(crate) mod fan_in;
pub(crate) mod frame;
pub(crate) mod ipc_channel;
pub(crate) mod raw;

use std::time::Duration;

use anyhow::Result;

use crate::messages::{Report, Small};

/// A way to move messages between two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// No messages at all: a process and two pipes.
    Bare,
    /// A blocking interprocess socket, one write per message.
    Raw,
    /// A blocking interprocess socket, written 64 KiB at a time.
    RawCoalesced,
    /// The ipc-channel crate.
    IpcChannel,
    /// What all this is about.
    Baseapp,
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
            Self::IpcChannel => "ipc-channel",
            Self::Baseapp => "baseapp",
            Self::BaseappAlone => "baseapp, 1 sender",
        }
    }
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
