//! A lane: shared memory through which the bytes of a connection travel, one ring per
//! direction. What is left to its socket is to tell the end, and to wake who sleeps.
//!
//! Who connects makes the memory and sends it along with its hello; who was connected
//! to maps it and says so in its welcome, or does not: then the connection stays what
//! it is. From there on the same frames travel another way, and nothing else changes.

mod memory;
mod ring;

use std::{
    fmt::Debug,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::BytesMut;

use self::{
    memory::Memory,
    ring::{Reader, Ring, Writer, length},
};
use super::{End, local::Stream};
use crate::blob::SharedFile;

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
}

/// Memory for a lane: the file for the other end, and this end's map of it.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(super) file: SharedFile,
    mapped: Mapped,
}

/// The memory of a lane, mapped.
#[derive(Debug)]
pub(crate) struct Mapped(Arc<Memory>);

impl Offer {
    pub(super) fn make() -> io::Result<Offer> {
        let file = Memory::create(LENGTH)?;
        let mapped = Mapped::of(&file)?;
        Ok(Offer { file, mapped })
    }

    /// It was taken.
    pub(crate) fn into_mapped(self) -> Mapped {
        self.mapped
    }
}

impl Mapped {
    pub(super) fn of(file: &SharedFile) -> io::Result<Mapped> {
        let memory = Memory::map(file, LENGTH)?;
        Ok(Mapped(Arc::new(memory)))
    }
}

impl Lane {
    pub(super) fn new(Mapped(memory): Mapped, end: End) -> Lane {
        let (writes, reads) = match end {
            End::Connecting => (0, RING),
            End::Accepting => (RING, 0),
        };
        let ring = |at| Ring {
            region: Arc::clone(&memory),
            at,
            capacity: CAPACITY,
        };
        Lane {
            writer: Writer::new(ring(writes)),
            reader: Reader::new(ring(reads)),
        }
    }

    /// Reads what is there, without waiting; 0 if nothing is.
    pub(super) fn try_read(&self, socket: &Stream, into: &mut BytesMut) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        if read > 0 && self.reader.must_wake() {
            socket.wake();
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
            let read = self.try_read(socket, into)?;
            if read > 0 {
                return Poll::Ready(Ok(read));
            }
            match socket.poll_woken(cx) {
                Poll::Ready(Ok(true)) => {}
                // What was written before the end is there now.
                Poll::Ready(Ok(false)) => return Poll::Ready(self.try_read(socket, into)),
                Poll::Ready(Err(error)) => {
                    return Poll::Ready(match self.try_read(socket, into)? {
                        // Only what was to wake the other end was not read by it.
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

    pub(super) fn try_write(&self, socket: &Stream, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        if written == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.writer.must_wake() {
            socket.wake();
        }
        Ok(written)
    }

    /// Who waits here also reads, and is woken by that when there is room.
    pub(super) fn poll_write(&self, socket: &Stream, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.try_write(socket, bytes) {
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
