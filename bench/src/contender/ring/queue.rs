//! A queue of frames in memory that two processes share: one writes, one reads.
//!
//! A frame is encoded where the reader decodes it. Whoever must wait spins for a
//! while, if it is told to, and then sleeps on a futex.
//!
//! The only file of the benchmark with `unsafe`: the memory of another process
//! is nothing that references can be had to without it. Each process is this
//! same program, starts the other, and gives the mapping to nobody else.

#![allow(unsafe_code, reason = "the memory of another process, see above")]

use std::mem::size_of;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use memmap2::MmapRaw;
use serde::Serialize;

use super::waiting::{wait, wake};
use crate::contender::frame::{Frame, HEADER, Kind, number};

/// What is written waits for its reader until it is so much, or for a flush.
const PUBLISH_AT: u64 = 4096;

/// The kind of a frame that is none: the rest of the lap is not used.
const LAP_ENDS: u32 = u32::MAX;

/// Alone on its cache line, and on the one that is fetched with it.
#[repr(C, align(128))]
#[derive(Debug, Default)]
struct Alone<T>(T);

/// The counters of a queue. The mapping starts as zeros, which is an empty queue.
#[repr(C)]
#[derive(Debug)]
struct Control {
    /// Bytes written since the beginning.
    head: Alone<AtomicU64>,
    /// Bytes read since the beginning.
    tail: Alone<AtomicU64>,
    /// 1 while the reader sleeps, or is about to.
    reader_sleeps: Alone<AtomicU32>,
    /// The same of the writer.
    writer_sleeps: Alone<AtomicU32>,
    /// 1 once the writer is gone.
    closed: Alone<AtomicU32>,
}

/// A queue, as each of its ends sees it.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    map: Arc<MmapRaw>,
    /// Where its counters begin; its bytes follow.
    at: usize,
    /// How many bytes, a power of two.
    capacity: u64,
    /// How long an end spins before it sleeps.
    spin: Duration,
}

impl Queue {
    /// Bytes of a mapping for two queues of `capacity` bytes.
    pub(super) fn bytes_of_two(capacity: u64) -> u64 {
        2 * (size_of::<Control>() as u64 + capacity)
    }

    /// The two queues in a mapping of [`Queue::bytes_of_two`].
    pub(super) fn two(map: MmapRaw, spin: Duration) -> Result<[Self; 2]> {
        let half = map.len() / 2;
        let capacity = half.saturating_sub(size_of::<Control>()) as u64;
        ensure!(capacity.is_power_of_two(), "a mapping of odd size");
        let map = Arc::new(map);
        Ok([0, half].map(|at| Self {
            map: Arc::clone(&map),
            at,
            capacity,
            spin,
        }))
    }

    fn control(&self) -> &Control {
        // SAFETY: `two` has checked that the mapping holds it, and a page's start
        // plus a multiple of 128 is aligned. It is all atomics, of which any bits
        // are a value, and lives as long as the mapping.
        unsafe { &*self.map.as_ptr().add(self.at).cast::<Control>() }
    }

    /// The address of the byte that has a place in the queue.
    fn byte(&self, place: u64) -> *mut u8 {
        let offset = (place & (self.capacity - 1)) as usize;
        let start = self.at + size_of::<Control>();
        // SAFETY: less than the capacity beyond the start, in the mapping.
        unsafe { self.map.as_mut_ptr().add(start + offset) }
    }

    /// Bytes from a place to the end of its lap.
    fn left_in_lap(&self, place: u64) -> u64 {
        self.capacity - (place & (self.capacity - 1))
    }
}

/// The end that writes. There is one.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Queue,
    /// Written, and perhaps not yet published.
    head: u64,
    published: u64,
    /// What the reader had read when we last looked.
    tail: u64,
}

impl Writer {
    pub(super) fn new(queue: Queue) -> Self {
        Self {
            queue,
            head: 0,
            published: 0,
            tail: 0,
        }
    }

    /// Encodes a message of at most `bound` bytes.
    pub(super) fn push<M: Serialize>(
        &mut self,
        kind: Kind,
        id: u64,
        bound: u64,
        message: &M,
    ) -> Result<()> {
        let room = (HEADER as u64 + bound).next_multiple_of(HEADER as u64);
        let left = self.queue.left_in_lap(self.head);
        if left < room {
            self.reserve(left)?;
            self.header(0, LAP_ENDS, 0);
            self.head += left;
        }
        self.reserve(room)?;
        let start = self.queue.byte(self.head + HEADER as u64);
        // SAFETY: `reserve` has seen that the reader is done with these bytes,
        // which lie in one lap, and it reads none beyond what is published.
        let slot = unsafe { slice::from_raw_parts_mut(start, room as usize - HEADER) };
        let length = postcard::to_slice(message, slot)
            .context("encoding a message")?
            .len();
        self.header(u32::try_from(length)?, kind as u32, id);
        self.head += (HEADER + length).next_multiple_of(HEADER) as u64;
        if self.head - self.published >= PUBLISH_AT {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the header of the frame that comes next.
    fn header(&mut self, length: u32, kind: u32, id: u64) {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&length.to_le_bytes());
        header[4..8].copy_from_slice(&kind.to_le_bytes());
        header[8..].copy_from_slice(&id.to_le_bytes());
        // SAFETY: reserved, as in `push`; a lap is a multiple of headers, and so
        // is every frame.
        unsafe {
            self.queue
                .byte(self.head)
                .cast::<[u8; HEADER]>()
                .write(header)
        };
    }

    /// Waits until so many bytes are free.
    fn reserve(&mut self, bytes: u64) -> Result<()> {
        let free = |head: u64, tail: u64| self.queue.capacity - (head - tail) >= bytes;
        if free(self.head, self.tail) {
            return Ok(());
        }
        ensure!(bytes <= self.queue.capacity, "a frame of {bytes} bytes");
        let control = self.queue.control();
        self.tail = control.tail.0.load(Ordering::Acquire);
        if !free(self.head, self.tail) {
            self.flush()?;
            let control = self.queue.control();
            let tail = || control.tail.0.load(Ordering::Acquire);
            let free = |tail| self.queue.capacity - (self.head - tail) >= bytes;
            wait(&control.writer_sleeps.0, self.queue.spin, || free(tail()))?;
            self.tail = tail();
        }
        Ok(())
    }

    /// Lets the reader have what was written.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.published == self.head {
            return Ok(());
        }
        let control = self.queue.control();
        control.head.0.store(self.head, Ordering::Release);
        self.published = self.head;
        wake(&control.reader_sleeps.0)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let control = self.queue.control();
        control.closed.0.store(1, Ordering::Release);
        // A reader that was not woken is killed by who started it.
        let _ = wake(&control.reader_sleeps.0);
    }
}

/// The end that reads. There is one.
#[derive(Debug)]
pub(super) struct Reader {
    queue: Queue,
    /// What the writer had published when we last looked.
    head: u64,
    /// Where the frame in hand begins.
    tail: u64,
    /// Where it ends.
    next: u64,
    /// How far the writer knows that we have read.
    released: u64,
}

impl Reader {
    pub(super) fn new(queue: Queue) -> Self {
        Self {
            queue,
            head: 0,
            tail: 0,
            next: 0,
            released: 0,
        }
    }

    /// Whether [`Reader::next`] would return without waiting.
    pub(super) fn is_ready(&self) -> bool {
        self.next < self.queue.control().head.0.load(Ordering::Acquire)
    }

    /// The next frame, which ends the one before; `None` when the writer is gone.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'_>>> {
        loop {
            self.tail = self.next;
            if self.tail - self.released >= self.queue.capacity / 8 {
                self.release()?;
            }
            if self.tail == self.head && !self.look()? {
                return Ok(None);
            }
            // SAFETY: published, whole, and the writer leaves it alone until it
            // is released, which is when `next` is called again.
            let header = unsafe { slice::from_raw_parts(self.queue.byte(self.tail), HEADER) };
            let (length, kind) = (number(header), number(&header[4..]));
            if kind == LAP_ENDS {
                self.next = self.tail + self.queue.left_in_lap(self.tail);
                continue;
            }
            let end = HEADER + length as usize;
            ensure!(
                end as u64 <= self.head - self.tail
                    && end as u64 <= self.queue.left_in_lap(self.tail),
                "a frame of {length} bytes"
            );
            self.next = self.tail + end.next_multiple_of(HEADER) as u64;
            // SAFETY: as above, and in one lap.
            let frame = unsafe { slice::from_raw_parts(self.queue.byte(self.tail), end) };
            return Frame::parse(frame).map(Some);
        }
    }

    /// Waits for more; false if there will be none.
    fn look(&mut self) -> Result<bool> {
        if !self.is_ready() {
            // Who waits for us to read on must not wait for what we wait for.
            self.release()?;
            let control = self.queue.control();
            let closed = || control.closed.0.load(Ordering::Acquire) == 1;
            wait(&control.reader_sleeps.0, self.queue.spin, || {
                self.is_ready() || closed()
            })?;
        }
        self.head = self.queue.control().head.0.load(Ordering::Acquire);
        Ok(self.head != self.tail)
    }

    /// Lets the writer have what was read.
    fn release(&mut self) -> Result<()> {
        let control = self.queue.control();
        control.tail.0.store(self.tail, Ordering::Release);
        self.released = self.tail;
        wake(&control.writer_sleeps.0)
    }
}
