//! One direction of a lane: a ring of bytes, one writer, one reader.
//!
//! | bytes | what | stored by |
//! | --- | --- | --- |
//! | 0..8 | bytes written in all | the writer |
//! | 64..72 | bytes read in all | the reader |
//! | 128..136 | the reader sleeps: it wants to be woken when there is something | both |
//! | 192..200 | the writer waits: it wants to be woken when there is room | both |
//! | 256.. | the bytes | the writer |
//!
//! Each word has a cache line of its own. Who is about to sleep says so and looks
//! once more; who has written or read looks, after that, whether the other one
//! sleeps. Between the two steps of both stands a fence, so that one of them sees the
//! other (Dekker): nobody sleeps while there is something for him.
//!
//! What the other end stores is checked and never believed further than that: both
//! ends keep their own position for themselves.

use std::{
    io,
    mem::MaybeUninit,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{BufMut, BytesMut};

/// Memory in which rings may be: that of two processes, or that of a model checker.
pub(super) trait Region {
    type Word: Word;

    /// The word at that place, in bytes: a multiple of 8.
    fn word(&self, at: usize) -> &Self::Word;

    /// Copies bytes in.
    fn copy_in(&self, at: usize, bytes: &[u8]);

    /// Copies bytes out, to where there is room for them.
    fn copy_out(&self, at: usize, into: &mut [MaybeUninit<u8>]);
}

/// A word that both ends see.
pub(super) trait Word {
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn swap(&self, value: u64, order: Ordering) -> u64;
    fn fence();
}

impl Word for AtomicU64 {
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    #[inline]
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.swap(value, order)
    }

    #[inline]
    fn fence() {
        std::sync::atomic::fence(Ordering::SeqCst);
    }
}

const WRITTEN: usize = 0;
const READ: usize = 64;
const READER_SLEEPS: usize = 128;
const WRITER_WAITS: usize = 192;
const DATA: usize = 256;

/// Bytes of the memory of a ring that holds so many.
pub(super) const fn length(capacity: usize) -> usize {
    DATA + capacity
}

/// The place of a ring.
#[derive(Debug)]
pub(super) struct Ring<R> {
    pub(super) region: Arc<R>,
    pub(super) at: usize,
    /// Bytes that it holds: a power of two, so that positions may wrap around.
    pub(super) capacity: usize,
}

impl<R: Region> Ring<R> {
    #[inline]
    fn word(&self, word: usize) -> &R::Word {
        self.region.word(self.at + word)
    }

    /// Where the byte of that number is.
    #[inline]
    fn place(&self, number: u64) -> usize {
        (number % self.capacity as u64) as usize
    }

    /// Says that this end sleeps; false if it must not, as `is_ready` after that.
    fn sleep(&self, flag: usize, is_ready: impl FnOnce() -> bool) -> bool {
        self.word(flag).store(1, Ordering::Relaxed);
        R::Word::fence();
        if is_ready() {
            self.word(flag).store(0, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// After this end has stored how far it is: whether the other one sleeps, and is to
    /// be woken now.
    #[inline]
    fn must_wake(&self, flag: usize) -> bool {
        R::Word::fence();
        let flag = self.word(flag);
        // Mostly nobody sleeps, and then the line stays where it is.
        flag.load(Ordering::Relaxed) != 0 && flag.swap(0, Ordering::Relaxed) != 0
    }
}

/// The end that writes. One thread at a time, in the order of its calls.
#[derive(Debug)]
pub(super) struct Writer<R> {
    ring: Ring<R>,
    /// Bytes written in all.
    written: AtomicU64,
}

/// The end that reads. One thread at a time, in the order of its calls.
#[derive(Debug)]
pub(super) struct Reader<R> {
    ring: Ring<R>,
    /// Bytes read in all.
    read: AtomicU64,
}

impl<R: Region> Writer<R> {
    pub(super) fn new(ring: Ring<R>) -> Self {
        let written = AtomicU64::new(0);
        Writer { ring, written }
    }

    /// How many bytes may be written.
    fn room(&self) -> io::Result<usize> {
        let read = self.ring.word(READ).load(Ordering::Acquire);
        let open = self.written.load(Ordering::Relaxed).wrapping_sub(read);
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        self.ring.capacity.checked_sub(open).ok_or_else(impossible)
    }

    /// Writes as much as there is room for; 0 if there is none.
    #[inline]
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.room()?.min(bytes.len());
        if count == 0 {
            return Ok(0);
        }
        let written = self.written.load(Ordering::Relaxed);
        let at = self.ring.place(written);
        let first = count.min(self.ring.capacity - at);
        let (region, data) = (&self.ring.region, self.ring.at + DATA);
        region.copy_in(data + at, &bytes[..first]);
        region.copy_in(data, &bytes[first..count]);
        let written = written.wrapping_add(count as u64);
        self.written.store(written, Ordering::Relaxed);
        self.ring.word(WRITTEN).store(written, Ordering::Release);
        Ok(count)
    }

    /// After a write: whether the reader is to be woken.
    #[inline]
    pub(super) fn must_wake(&self) -> bool {
        self.ring.must_wake(READER_SLEEPS)
    }

    /// Wants to be woken when there is room; false if there is.
    pub(super) fn sleep(&self) -> bool {
        let is_ready = || self.room().map_or(true, |room| room > 0);
        self.ring.sleep(WRITER_WAITS, is_ready)
    }
}

impl<R: Region> Reader<R> {
    pub(super) fn new(ring: Ring<R>) -> Self {
        let read = AtomicU64::new(0);
        Reader { ring, read }
    }

    /// Nothing is there to be read.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        let written = self.ring.word(WRITTEN).load(Ordering::Acquire);
        written == self.read.load(Ordering::Relaxed)
    }

    /// Reads what is there, as far as there is spare capacity; 0 if nothing is there.
    #[inline]
    pub(super) fn read(&self, into: &mut BytesMut) -> io::Result<usize> {
        let read = self.read.load(Ordering::Relaxed);
        let written = self.ring.word(WRITTEN).load(Ordering::Acquire);
        let there = usize::try_from(written.wrapping_sub(read)).unwrap_or(usize::MAX);
        if there > self.ring.capacity {
            return Err(impossible());
        }
        let count = there.min(into.capacity() - into.len());
        if count == 0 {
            return Ok(0);
        }
        let at = self.ring.place(read);
        let first = count.min(self.ring.capacity - at);
        self.copy(at, first, into);
        self.copy(0, count - first, into);
        let read = read.wrapping_add(count as u64);
        self.read.store(read, Ordering::Relaxed);
        self.ring.word(READ).store(read, Ordering::Release);
        Ok(count)
    }

    #[allow(
        unsafe_code,
        reason = "copies into memory that is not initialized, which is the point"
    )]
    fn copy(&self, at: usize, count: usize, into: &mut BytesMut) {
        if count == 0 {
            return; // where there is no room, some would be made
        }
        // SAFETY: the slice is only written to.
        let spare = unsafe { into.chunk_mut().as_uninit_slice_mut() };
        let place = self.ring.at + DATA + at;
        self.ring.region.copy_out(place, &mut spare[..count]);
        // SAFETY: that many bytes were just written.
        unsafe { into.advance_mut(count) };
    }

    /// After a read: whether the writer is to be woken.
    #[inline]
    pub(super) fn must_wake(&self) -> bool {
        self.ring.must_wake(WRITER_WAITS)
    }

    /// Wants to be woken when there is something; false if there is.
    pub(super) fn sleep(&self) -> bool {
        self.ring.sleep(READER_SLEEPS, || !self.is_empty())
    }

    /// Looks by itself again: need not be woken.
    pub(super) fn stay_awake(&self) {
        self.ring.word(READER_SLEEPS).store(0, Ordering::Relaxed);
    }
}

fn impossible() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the shared memory of the connection says what cannot be",
    )
}

#[cfg(test)]
mod tests;
