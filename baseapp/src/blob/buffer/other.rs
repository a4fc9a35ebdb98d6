//! Where no memory is shared: blobs are copied.

use std::io;

/// The file of a buffer: there is none.
#[derive(Debug)]
pub(crate) enum SharedFile {}

/// Memory that others can read: there is none.
#[derive(Debug)]
pub(crate) enum Buffer {}

impl Buffer {
    pub(super) fn create(_capacity: usize) -> io::Result<Buffer> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn open(file: SharedFile) -> io::Result<Buffer> {
        match file {}
    }

    pub(crate) fn gone() -> u64 {
        0
    }

    pub(crate) fn number(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn file(&self) -> &SharedFile {
        match *self {}
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match *self {}
    }

    /// # Safety
    /// There is none to be called with.
    #[allow(unsafe_code, reason = "as where there is one")]
    #[allow(clippy::mut_from_ref, reason = "as where there is one")]
    pub(super) unsafe fn bytes_mut(&self) -> &mut [u8] {
        match *self {}
    }
}
