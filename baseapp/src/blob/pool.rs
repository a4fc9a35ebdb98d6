//! Buffers of this process that nobody uses: the next blob is written into one of them,
//! which costs nothing, where a new one costs as much as to copy the bytes.

use std::sync::{Arc, Mutex, PoisonError};

use super::{LONGEST, SHARED_FROM, buffer::Buffer};

/// Bytes of buffers that are kept, in all.
const KEEP: usize = 32 << 20;

/// Those that were used last come last: they are still in the processor's cache.
static FREE: Mutex<Vec<Owned>> = Mutex::new(Vec::new());

/// A buffer that one value of this process may write to, and nobody reads meanwhile.
pub(super) struct Owned(Arc<Buffer>);

impl Owned {
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    #[allow(
        unsafe_code,
        reason = "memory that a file is mapped into belongs to nobody for the compiler"
    )]
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: there is one `Owned` of a buffer, which is borrowed for as long. Nobody
        // else of this process reads it, as `Arc`s of it are handed out for blobs that
        // borrow the `Owned` by owning it ([`Shared`](super::Shared)), and other processes
        // have given it back, or it is not used again.
        unsafe { self.0.bytes_mut() }
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.bytes().len()
    }

    pub(super) fn buffer(&self) -> &Arc<Buffer> {
        &self.0
    }
}

/// A buffer of at least so many bytes, which may hold what was written to it before;
/// `None` where there is none.
pub(super) fn take(len: usize) -> Option<Owned> {
    let capacity = len.checked_next_power_of_two()?.max(SHARED_FROM);
    if capacity > LONGEST {
        return None;
    }
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |owned: &Owned| owned.capacity() == capacity;
    if let Some(at) = free.iter().rposition(fits) {
        return Some(free.remove(at));
    }
    drop(free);
    let buffer = Buffer::create(capacity).ok()?;
    Some(Owned(Arc::new(buffer)))
}

/// Nobody has the blob any more that was in it.
pub(super) fn give(owned: Owned) {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    free.push(owned);
    let mut kept: usize = free.iter().map(Owned::capacity).sum();
    let mut gone = Vec::new();
    while kept > KEEP {
        let oldest = free.remove(0);
        kept -= oldest.capacity();
        gone.push(oldest);
    }
    drop(free);
    drop(gone); // to give memory back takes a while
}
