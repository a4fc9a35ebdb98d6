//! [`Counted`]: a connection that counts what a link writes to it.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
};

use bytes::BytesMut;

use crate::transport::{Peer, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Counted {
    wire: Box<dyn Wire>,
    written: AtomicU64,
}

impl Counted {
    pub(super) fn new(wire: Box<dyn Wire>) -> Counted {
        Counted {
            wire,
            written: AtomicU64::new(0),
        }
    }

    /// Bytes that the link has written.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Writes behind the link's back.
    pub(super) fn inject(&self, bytes: &[u8]) {
        // Where there is no room, or nobody, it is as if it had not been.
        let _ = self.wire.try_write(bytes);
    }

    fn count(&self, written: &io::Result<usize>) {
        if let Ok(written) = written {
            self.written.fetch_add(*written as u64, Ordering::Relaxed);
        }
    }
}

impl Wire for Counted {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        self.wire.poll_read(cx, into)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.wire.try_write(bytes);
        self.count(&written);
        written
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.wire.poll_write(cx, bytes);
        if let Poll::Ready(written) = &written {
            self.count(written);
        }
        written
    }

    fn peer(&self) -> io::Result<Peer> {
        self.wire.peer()
    }

    fn close(&self) {
        self.wire.close();
    }
}
