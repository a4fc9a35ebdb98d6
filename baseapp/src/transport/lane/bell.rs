//! Bells: what wakes the ends of a lane that sleep.
//!
//! A bell is an event counter that is not read: whoever watches it for edges is told of
//! each ring. A byte through the socket would do the same for twice the price, as it
//! needs a buffer, and must be read.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    task::{Context, Poll, ready},
};

use rustix::{
    event::{EventfdFlags, eventfd},
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::{Errno, read, write},
};
use tokio::io::{Interest, unix::AsyncFd};

use crate::transport::local::watch;

/// A new one.
pub(super) fn make() -> io::Result<OwnedFd> {
    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
    Ok(eventfd(0, flags)?)
}

/// What comes from somebody else as a bell is one, and nothing that could hold who
/// rings it or wake who watches it for ever.
pub(super) fn check(descriptor: &OwnedFd) -> io::Result<()> {
    let link = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
    if std::fs::read_link(link)?.as_os_str() == "anon_inode:[eventfd]" {
        return Ok(());
    }
    let text = "it is not the bell of a connection";
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// The bell of the other end.
#[derive(Debug)]
pub(super) struct Bell(OwnedFd);

impl Bell {
    pub(super) fn new(descriptor: OwnedFd) -> io::Result<Bell> {
        let flags = fcntl_getfl(&descriptor)?;
        fcntl_setfl(&descriptor, flags | OFlags::NONBLOCK)?;
        Ok(Bell(descriptor))
    }

    /// Wakes the other end, if it watches. That it has ended is noticed elsewhere.
    pub(super) fn ring(&self) {
        let ring = || write(&self.0, &1_u64.to_ne_bytes());
        if ring() == Err(Errno::AGAIN) && read(&self.0, &mut [0; 8]).is_ok() {
            let _ = ring(); // it could count no further, and begins anew
        }
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The bell of this end.
#[derive(Debug)]
pub(super) struct Watched(AsyncFd<OwnedFd>);

impl Watched {
    /// Must be called within the runtime that watches it.
    pub(super) fn new(descriptor: OwnedFd) -> io::Result<Watched> {
        watch(descriptor, Interest::READABLE).map(Watched)
    }

    /// Ready once for all rings so far.
    pub(super) fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut rung = ready!(self.0.poll_read_ready(cx))?;
        rung.clear_ready();
        Poll::Ready(Ok(()))
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use super::*;
    use crate::transport::within_a_runtime;

    #[test]
    fn each_ring_is_heard_though_it_is_not_read() -> io::Result<()> {
        within_a_runtime(async {
            let ours = make()?;
            let bell = Bell::new(ours.try_clone()?)?;
            let watched = Watched::new(ours)?;
            for _ in 0..100 {
                bell.ring();
                poll_fn(|cx| watched.poll_rung(cx)).await?;
            }
            bell.ring();
            bell.ring();
            poll_fn(|cx| watched.poll_rung(cx)).await?;
            // What follows would wait for ever.
            let again = poll_fn(|cx| watched.poll_rung(cx));
            let again = tokio::time::timeout(Duration::ZERO, again).await;
            assert!(again.is_err());
            Ok(())
        })
    }

    #[test]
    fn one_that_was_rung_as_often_as_it_can_count_is_heard() -> io::Result<()> {
        within_a_runtime(async {
            let ours = make()?;
            write(&ours, &(u64::MAX - 1).to_ne_bytes())?;
            let bell = Bell::new(ours.try_clone()?)?;
            let watched = Watched::new(ours)?;
            poll_fn(|cx| watched.poll_rung(cx)).await?;
            bell.ring();
            poll_fn(|cx| watched.poll_rung(cx)).await
        })
    }

    #[test]
    fn nothing_else_is_taken_for_a_bell() -> io::Result<()> {
        check(&make()?)?;
        let (socket, _other) = std::os::unix::net::UnixStream::pair()?;
        let file = std::fs::File::open("/dev/null")?;
        let memory = rustix::fs::memfd_create("bell", rustix::fs::MemfdFlags::CLOEXEC)?;
        for other in [socket.into(), file.into(), memory] {
            let error = check(&other).map_err(|error| error.kind());
            assert_eq!(error, Err(io::ErrorKind::InvalidData));
        }
        Ok(())
    }
}
