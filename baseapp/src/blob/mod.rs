//! [`Blob`]: many bytes that nobody copies on their way.
//!
//! A blob that is long enough lies in a [buffer](buffer): memory that other processes
//! can map. A message then carries where it is, and not the bytes. How a buffer gets to
//! the other process, and how it comes back to be used again, is the business of links
//! ([`Lender`]).

pub(crate) mod attached;
#[cfg(target_os = "linux")]
mod buffer;
#[cfg(not(target_os = "linux"))]
#[path = "buffer/other.rs"]
mod buffer;
mod builder;
#[cfg(target_os = "linux")]
mod file;
mod pool;
mod private;
mod serial;
mod shared;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::{
    fmt::{self, Debug, Formatter},
    ops::Deref,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use crate::copying;

pub use self::builder::BlobMut;
pub(crate) use self::{
    buffer::{Buffer, SharedFile},
    shared::{Back, Lender, Shared},
};

/// Bytes from which on a blob travels as shared memory: 64 KiB. To copy fewer costs
/// less than to say where they are.
pub(crate) const SHARED_FROM: usize = 64 * 1024;

/// Bytes of the longest buffer: as many as a message may have.
pub(crate) const LONGEST: usize = 64 << 20;

/// Bytes that travel in a message without being copied on their way.
///
/// A blob is made once, from a [`BlobMut`] or a `Vec<u8>`, and read by whoever has it: it
/// dereferences to `[u8]`. To clone it copies nothing.
///
/// ```
/// use baseapp::{Blob, BlobMut, message};
///
/// /// One picture of a film.
/// #[message]
/// struct Frame {
///     at: u64,
///     pixels: Blob,
/// }
///
/// let mut pixels = BlobMut::with_capacity(1920 * 1080 * 4);
/// pixels.extend_from_slice(&[0, 0, 0, 255]);
/// let frame = Frame { at: 0, pixels: pixels.freeze() };
/// assert_eq!(frame.pixels[3], 255);
/// ```
///
/// # How it travels
/// In a message, an ask or a reply, from 64 KiB on and where the [lane] of both workers is
/// shared memory: the receiver reads what the sender has written, in place. Bytes in a
/// `BlobMut` are then never copied; those of a `Vec` once. Everywhere else, as in tasks, in
/// the state of a worker, on sockets and between threads of one process, the bytes are copied
/// as those of any message, and nothing else changes. A blob counts toward the size of
/// its message, which is 64 MiB at most, and toward the credit of its receiver.
///
/// # How long it lives
/// As long as anybody has it, in whichever process: who made it may die. When all have
/// dropped it, its memory is used for the next blob of who made it; a process keeps up to
/// 32 MiB for that.
///
/// # Trust
/// Who receives a blob cannot change it. Who has sent it can, if it writes to that memory by
/// other means than this type: what a worker that may be taken over sends must be
/// [copied](slice::to_vec) before it is checked, or sent without shared memory
/// ([`App::shared_memory`](crate::App::shared_memory)).
///
/// [lane]: crate::App::shared_memory
#[derive(Clone)]
pub struct Blob(Repr);

#[derive(Clone)]
enum Repr {
    Heap(Arc<Heap>),
    Shared(Arc<Shared>),
}

/// Bytes that no other process can reach; and, from when they are first lent on, a copy
/// that one can.
struct Heap {
    bytes: Bytes,
    shared: OnceLock<Option<Arc<Shared>>>,
}

impl Blob {
    /// A blob of these bytes, which are not copied.
    fn of(bytes: Bytes) -> Blob {
        let shared = OnceLock::new();
        Blob(Repr::Heap(Arc::new(Heap { bytes, shared })))
    }

    /// A blob of bytes that came with a message.
    pub(crate) fn received(bytes: Bytes) -> Blob {
        Blob::of(bytes)
    }

    /// A blob that lies in a buffer.
    pub(crate) fn shared(shared: Shared) -> Blob {
        Blob(Repr::Shared(Arc::new(shared)))
    }

    /// These bytes in a buffer; `None` where there is none.
    pub(crate) fn in_buffer(bytes: &[u8]) -> Option<Blob> {
        copy(bytes).map(Blob::shared)
    }

    /// The same bytes where no other process can reach them.
    pub(crate) fn to_private(&self) -> Bytes {
        private::copy(self)
    }

    /// The same bytes in a buffer, so that they can be lent; `None` where there is none.
    pub(crate) fn to_shared(&self) -> Option<Arc<Shared>> {
        match &self.0 {
            Repr::Shared(shared) => Some(Arc::clone(shared)),
            Repr::Heap(heap) => {
                let share = || copy(&heap.bytes).map(Arc::new);
                heap.shared.get_or_init(share).clone()
            }
        }
    }
}

/// A copy of these bytes in a buffer.
fn copy(bytes: &[u8]) -> Option<Shared> {
    let mut buffer = pool::take(bytes.len())?;
    copying::copy(bytes, &mut buffer.bytes_mut()[..bytes.len()]);
    Some(Shared::own(buffer, bytes.len()))
}

impl Deref for Blob {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Heap(heap) => &heap.bytes,
            Repr::Shared(shared) => shared.bytes(),
        }
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Blob {
    /// No bytes.
    fn default() -> Self {
        Blob::of(Bytes::new())
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Blob::of(bytes.into())
    }
}

impl From<&[u8]> for Blob {
    /// Copies the bytes.
    fn from(bytes: &[u8]) -> Self {
        let mut blob = BlobMut::with_capacity(bytes.len());
        blob.extend_from_slice(bytes);
        blob.freeze()
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl Eq for Blob {}

impl PartialEq<[u8]> for Blob {
    fn eq(&self, other: &[u8]) -> bool {
        self[..] == *other
    }
}

impl Debug for Blob {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.len())
    }
}
