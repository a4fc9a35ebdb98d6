//! Moves bytes between workers; knows no frames and no messages.
//!
//! A [`Wire`] is one connection. Writing never waits and may be done from any
//! thread, because a sender flushes by itself; waiting for room is done by the one
//! task that owns the connection, and reading by it or by who looks, one at a time.

#[cfg(target_os = "linux")]
mod lane;
#[cfg(not(target_os = "linux"))]
#[path = "lane/other.rs"]
mod lane;
mod local;
mod memory;

use std::{
    fmt::Debug,
    io,
    path::PathBuf,
    task::{Context, Poll},
};

use bytes::BytesMut;

use crate::{blob::SharedFile, wire::control::Endpoint};

/// What the system says about the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its process id, where the system tells.
    pub(crate) pid: Option<u32>,
    /// Its effective user id, where the system tells.
    pub(crate) uid: Option<u32>,
}

pub(crate) use self::lane::{Offer, Prepared};

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "there are no lanes elsewhere")
)]
pub(crate) enum End {
    Connecting,
    Accepting,
}

/// How a connection can be looked at, by who does not want to be woken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "not every system has every way")
)]
pub(crate) enum Looks {
    /// It cannot.
    Not,
    /// By asking the system. The runtime that watches the connection is told nevertheless
    /// when something comes.
    AtSystem,
    /// In memory.
    InMemory,
}

/// One connection.
pub(crate) trait Wire: Debug + Send + Sync {
    /// Reads what is there into the spare capacity of `into`; 0 is the end.
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>>;

    /// Writes as much as goes without waiting. Any thread may call it.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes as much as goes, waiting until something does.
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// From now on the runtime within which this is called watches it. One that cannot be
    /// moved is woken by way of another thread.
    fn move_here(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// What the system says about the other end.
    fn peer(&self) -> io::Result<Peer>;

    /// Ends both directions; the other end reads what was written, then the end.
    fn close(&self);

    /// A lane over which the bytes of this connection could travel, to be
    /// [offered](Wire::try_write_with) to the other end; `None` where that cannot be. Must
    /// be called within the runtime that will watch the connection.
    fn make_offer(&self) -> Option<Offer> {
        None
    }

    /// The first bytes of who connects, and an offer.
    fn try_write_with(&self, bytes: &[u8], _offer: &Offer) -> io::Result<usize> {
        self.try_write(bytes)
    }

    /// The offer that came with the first bytes that were read, if it can be taken. Must
    /// be called within the runtime that watches the connection.
    fn take_offer(&self) -> Option<Prepared> {
        None
    }

    /// From now on the bytes travel through shared memory: both ends have it. Nothing
    /// that was written before may still be on its way.
    fn begin_lane(&self, _prepared: Prepared) {}

    /// Files can be [passed](Wire::pass) to the other end.
    fn can_pass(&self) -> bool {
        false
    }

    /// Passes a file to the other end, which has it before anything that is written
    /// later. False if that cannot be, or not now.
    fn pass(&self, _file: &SharedFile) -> bool {
        false
    }

    /// The next file that the other end has passed; an error if it was passed and could
    /// not be taken. `None` if none was.
    fn take_passed(&self) -> Option<io::Result<SharedFile>> {
        None
    }

    /// How it can be looked at.
    fn looks(&self) -> Looks {
        Looks::Not
    }

    /// Whether something may be there to be read; if not, that takes no call of the
    /// system.
    fn may_have_more(&self) -> bool {
        false
    }

    /// Reads what is there, for who [looks](Wire::looks) and was not woken; 0 if nothing
    /// is, or if it is the end, which is left to who is woken.
    fn try_read(&self, _into: &mut BytesMut) -> io::Result<usize> {
        Ok(0)
    }

    /// This end looks by itself whether [there is more](Wire::may_have_more) and need not be
    /// woken, until it [sleeps](Wire::sleep).
    fn stay_awake(&self) {}

    /// Wants to be woken again; false if there is something by now.
    fn sleep(&self) -> bool {
        true
    }
}

/// Accepts connections.
#[derive(Debug)]
pub(crate) enum Listener {
    Socket(local::Listener),
    Memory(memory::Listener),
}

impl Listener {
    /// Listens on a local socket file that does not exist yet, for this user
    /// only. Must be called within a runtime.
    pub(crate) fn socket(path: PathBuf) -> io::Result<Listener> {
        local::Listener::bind(path).map(Listener::Socket)
    }

    /// Listens within this process.
    pub(crate) fn memory() -> Listener {
        Listener::Memory(memory::Listener::bind())
    }

    /// Where to connect to.
    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Listener::Socket(listener) => Endpoint::Socket(listener.path().to_owned()),
            Listener::Memory(listener) => Endpoint::Memory(listener.id()),
        }
    }

    /// The next connection.
    pub(crate) async fn accept(&mut self) -> io::Result<Box<dyn Wire>> {
        match self {
            Listener::Socket(listener) => Ok(Box::new(listener.accept().await?)),
            Listener::Memory(listener) => Ok(Box::new(listener.accept().await?)),
        }
    }
}

/// Connects. Must be called within a runtime.
pub(crate) async fn connect(endpoint: &Endpoint) -> io::Result<Box<dyn Wire>> {
    match endpoint {
        Endpoint::Socket(path) => Ok(Box::new(local::Stream::connect(path).await?)),
        Endpoint::Memory(id) => Ok(Box::new(memory::connect(*id)?)),
    }
}

/// Two ends of a connection within this process: what a worker's link to
/// itself runs over.
pub(crate) fn memory_pair() -> (memory::Pipe, memory::Pipe) {
    memory::pair()
}

/// The user on whose behalf this process runs, where the system tells.
pub(crate) fn own_uid() -> Option<u32> {
    local::own_uid()
}

/// For tests: what waits for something that never comes fails.
#[cfg(all(test, unix))]
pub(crate) fn within_a_runtime<T>(test: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build()?;
    runtime.block_on(async {
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, test).await?
    })
}
