//! [`BlobMut`]: a blob in the making.

use std::{
    fmt::{self, Debug, Formatter},
    io,
    ops::{Deref, DerefMut},
};

use super::{
    Blob, SHARED_FROM,
    pool::{self, Owned},
    shared::Shared,
};
use crate::copying;

/// A [`Blob`] in the making: bytes are appended, or written in place, in the memory in
/// which they will be read.
///
/// It grows as a `Vec` does, which copies what is there: give it the
/// [capacity](BlobMut::with_capacity) that it will need.
#[derive(Default)]
pub struct BlobMut {
    memory: Memory,
    len: usize,
}

enum Memory {
    /// As long as it is.
    Heap(Vec<u8>),
    Shared(Owned),
}

impl Default for Memory {
    fn default() -> Self {
        Memory::Heap(Vec::new())
    }
}

impl Memory {
    fn with_capacity(capacity: usize) -> Memory {
        let shared = (capacity >= SHARED_FROM).then(|| pool::take(capacity));
        match shared.flatten() {
            Some(buffer) => Memory::Shared(buffer),
            None => Memory::Heap(Vec::with_capacity(capacity)),
        }
    }

    fn room(&self) -> usize {
        match self {
            Memory::Heap(bytes) => bytes.capacity(),
            Memory::Shared(buffer) => buffer.capacity(),
        }
    }
}

impl BlobMut {
    /// Empty, without memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empty, with room for so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        let memory = Memory::with_capacity(capacity);
        BlobMut { memory, len: 0 }
    }

    /// So many bytes, all zero, to be written in place.
    pub fn zeroed(len: usize) -> Self {
        let mut blob = Self::with_capacity(len);
        blob.resize(len, 0);
        blob
    }

    /// Bytes that it can hold before it must grow.
    pub fn capacity(&self) -> usize {
        self.memory.room()
    }

    /// Appends bytes.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        match &mut self.memory {
            Memory::Heap(all) => copying::append(all, bytes),
            Memory::Shared(buffer) => {
                copying::copy(bytes, &mut buffer.bytes_mut()[self.len..][..bytes.len()]);
            }
        }
        self.len += bytes.len();
    }

    /// Makes it that long: cuts it, or appends this byte as often as it takes.
    pub fn resize(&mut self, len: usize, byte: u8) {
        self.reserve(len.saturating_sub(self.len));
        match &mut self.memory {
            Memory::Heap(all) => all.resize(len, byte),
            Memory::Shared(buffer) if len > self.len => {
                buffer.bytes_mut()[self.len..len].fill(byte);
            }
            Memory::Shared(_) => {}
        }
        self.len = len;
    }

    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, additional: usize) {
        let wanted = self.len.saturating_add(additional);
        if wanted <= self.memory.room() {
            return;
        }
        let mut grown = BlobMut::with_capacity(wanted.max(2 * self.memory.room()));
        grown.extend_from_slice(self);
        *self = grown;
    }

    /// The blob, whose bytes never change again.
    pub fn freeze(self) -> Blob {
        match self.memory {
            Memory::Heap(bytes) => bytes.into(),
            Memory::Shared(buffer) => Blob::shared(Shared::own(buffer, self.len)),
        }
    }
}

impl Deref for BlobMut {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.memory {
            Memory::Heap(bytes) => bytes,
            Memory::Shared(buffer) => &buffer.bytes()[..self.len],
        }
    }
}

impl DerefMut for BlobMut {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Memory::Heap(bytes) => bytes,
            Memory::Shared(buffer) => &mut buffer.bytes_mut()[..self.len],
        }
    }
}

/// Appends; never fails.
impl io::Write for BlobMut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<BlobMut> for Blob {
    fn from(blob: BlobMut) -> Blob {
        blob.freeze()
    }
}

impl Debug for BlobMut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "BlobMut({} bytes)", self.len)
    }
}
