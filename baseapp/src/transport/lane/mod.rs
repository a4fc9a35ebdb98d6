//! A lane: shared memory through which the bytes of a connection travel, one ring per
//! direction, and a bell for each end. What is left to its socket is to tell the end, and
//! to pass files.
//!
//! Who connects makes all of it and sends it along with its hello; who was connected
//! to takes it and says so in its welcome, or does not: then the connection stays what
//! it is. From there on the same frames travel another way, and nothing else changes.

mod bell;
mod memory;
mod offer;
mod ring;

use std::{
    fmt::Debug,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::BytesMut;

pub(super) use self::offer::DESCRIPTORS;
pub(crate) use self::offer::{Offer, Prepared};
use self::{
    bell::{Bell, Watched},
    memory::Memory,
    ring::{Reader, Ring, Writer, length},
};
use super::{End, local::Stream};

/// Bytes that each ring holds: enough for a sender to fill one half while the receiver
/// empties the other, and not more than a processor's cache does.
const CAPACITY: usize = 256 * 1024;

/// Bytes of the memory of one ring, and of both.
const RING: usize = length(CAPACITY);
const LENGTH: usize = 2 * RING;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Lane {
    writer: Writer<Memory>,
    reader: Reader<Memory>,
    /// Wakes the other end.
    bell: Bell,
    /// Wakes this one.
    watched: Watched,
}

impl Lane {
    pub(super) fn new(prepared: Prepared) -> Lane {
        let (writes, reads) = match prepared.end {
            End::Connecting => (0, RING),
            End::Accepting => (RING, 0),
        };
        let ring = |at| Ring {
            region: Arc::clone(&prepared.memory),
            at,
            capacity: CAPACITY,
        };
        Lane {
            writer: Writer::new(ring(writes)),
            reader: Reader::new(ring(reads)),
            bell: prepared.bell,
            watched: prepared.watched,
        }
    }

    /// Reads what is there, without waiting; 0 if nothing is.
    pub(super) fn try_read(&self, into: &mut BytesMut) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        if read > 0 && self.reader.must_wake() {
            self.bell.ring();
        }
        Ok(read)
    }

    pub(super) fn poll_read(
        &self,
        socket: &Stream,
        cx: &mut Context<'_>,
        into: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        loop {
            let read = self.try_read(into)?;
            if read > 0 {
                return Poll::Ready(Ok(read));
            }
            match self.poll_woken(socket, cx) {
                Poll::Ready(Ok(true)) => {}
                // What was written before the end is there now.
                Poll::Ready(Ok(false)) => return Poll::Ready(self.try_read(into)),
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(match self.try_read(into)? {
                        // Only what came along with files was not read by the other end.
                        0 if error.kind() == io::ErrorKind::ConnectionReset => Ok(0),
                        0 => Err(error),
                        read => Ok(read),
                    });
                }
                Poll::Pending if self.reader.sleep() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }

    /// Ready if this end is to look again; false at the end of the connection.
    fn poll_woken(&self, socket: &Stream, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if let Poll::Ready(rung) = self.watched.poll_rung(cx) {
            return Poll::Ready(rung.map(|()| true));
        }
        socket.poll_woken(cx)
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        if written == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.writer.must_wake() {
            self.bell.ring();
        }
        Ok(written)
    }

    /// Who waits here also reads, and is woken by that when there is room.
    pub(super) fn poll_write(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.writer.sleep() {
                        return Poll::Pending;
                    }
                }
                result => return Poll::Ready(result),
            }
        }
    }

    pub(super) fn has_more(&self) -> bool {
        !self.reader.is_empty()
    }

    pub(super) fn stay_awake(&self) {
        self.reader.stay_awake();
    }

    pub(super) fn sleep(&self) -> bool {
        self.reader.sleep()
    }
}
