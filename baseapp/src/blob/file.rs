//! [`SharedFile`]: memory as a file without a name, which other processes map.
//!
//! Nothing of it is left behind however they end. Its length is sealed, as a file that can
//! be cut short is a signal to whoever reads it.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::fs::{
    MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create,
};

/// What is sealed of each: its length, and that it is.
const SEALS: SealFlags = SealFlags::SHRINK
    .union(SealFlags::GROW)
    .union(SealFlags::SEAL);

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct SharedFile(OwnedFd);

impl SharedFile {
    /// A new one of so many bytes, all zero; none of them is there before it is used. It is
    /// not sealed yet. The system shows the title to who looks.
    pub(crate) fn create(title: &str, length: usize) -> io::Result<SharedFile> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let descriptor = memfd_create(title, flags)?;
        ftruncate(&descriptor, length as u64)?;
        Ok(SharedFile(descriptor))
    }

    /// Seals its length, and that besides, for good.
    pub(crate) fn seal(&self, besides: SealFlags) -> io::Result<()> {
        Ok(fcntl_add_seals(self, SEALS | besides)?)
    }

    /// How long it is, which may come from anybody. `None` if it could be cut short, or that
    /// is not sealed besides.
    pub(crate) fn sealed_length(&self, besides: SealFlags) -> io::Result<Option<u64>> {
        let sealed = fcntl_get_seals(self)?.contains(SealFlags::SHRINK | besides);
        let length = u64::try_from(fstat(self)?.st_size).map_err(io::Error::other)?;
        Ok(sealed.then_some(length))
    }

    #[cfg(test)]
    pub(crate) fn try_clone(&self) -> io::Result<SharedFile> {
        self.0.try_clone().map(SharedFile)
    }
}

impl AsFd for SharedFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for SharedFile {
    fn from(descriptor: OwnedFd) -> Self {
        SharedFile(descriptor)
    }
}
