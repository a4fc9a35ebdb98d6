//! [`Buffer`]: memory of a file without a name, which one process writes to, and others
//! read.
//!
//! Its length is sealed, as a file that can be cut short is a signal to whoever reads it;
//! and so is who may write: nobody can map it to write to it but its maker, who has done
//! so before.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::atomic::{AtomicU64, Ordering},
};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{
    MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, ftruncate, memfd_create,
};

/// What is sealed of who receives it: that it becomes shorter, or is written to.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::FUTURE_WRITE);

/// Longest buffer that is taken from another process: that of the longest message.
const LONGEST: u64 = super::LONGEST as u64;

static GONE: AtomicU64 = AtomicU64::new(0);

/// The file of a buffer, on its way to another process.
#[derive(Debug)]
pub(crate) struct SharedFile(OwnedFd);

impl SharedFile {
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

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Buffer {
    /// Tells buffers of this process apart.
    number: u64,
    file: SharedFile,
    map: MmapRaw,
}

impl Buffer {
    pub(super) fn create(capacity: usize) -> io::Result<Buffer> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let descriptor = memfd_create("blob.baseapp", flags)?;
        ftruncate(&descriptor, capacity as u64)?;
        let file = File::from(descriptor);
        let map = MmapOptions::new().len(capacity).map_raw(&file)?;
        // Only now, or this process could not write to it either.
        fcntl_add_seals(&file, SEALS | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(Buffer::new(file, map))
    }

    /// The buffer of another process, to be read.
    pub(crate) fn open(SharedFile(descriptor): SharedFile) -> io::Result<Buffer> {
        let sealed = fcntl_get_seals(&descriptor)?.contains(SEALS);
        let file = File::from(descriptor);
        let length = file.metadata()?.len();
        if !sealed || length > LONGEST {
            let text = "it is not the memory of a blob";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let map = MmapOptions::new().len(length).map_raw_read_only(&file)?;
        Ok(Buffer::new(file, map))
    }

    fn new(file: File, map: MmapRaw) -> Buffer {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Buffer {
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            file: SharedFile(file.into()),
            map,
        }
    }

    /// How many buffers of this process are no more.
    #[inline]
    pub(crate) fn gone() -> u64 {
        GONE.load(Ordering::Acquire)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn file(&self) -> &SharedFile {
        &self.file
    }

    /// All of it.
    #[inline]
    #[allow(
        unsafe_code,
        reason = "memory that a file is mapped into has no type until it is given one"
    )]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the map lives as long as `self`, and its file is never made shorter, as it
        // is sealed. It is not written to meanwhile: by this process only through
        // `bytes_mut`, whose caller sees to that; by another one only if that is the maker of
        // the blob and does not keep to the protocol, which says that it is lent until it is
        // given back. See `Blob` for what that means.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr(), self.map.len()) }
    }

    /// All of it, of a buffer that this process has made.
    ///
    /// # Safety
    /// Nobody may read or write it for as long, in whichever process, and it must have been
    /// [created](Self::create) here.
    #[allow(unsafe_code, reason = "as for `bytes`")]
    #[allow(clippy::mut_from_ref, reason = "what it is borrowed of is the memory")]
    pub(super) unsafe fn bytes_mut(&self) -> &mut [u8] {
        // SAFETY: as for `bytes`; and the caller says that nobody else has it.
        unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr(), self.map.len()) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Who looks for those that are gone finds this one: its last owner is.
        GONE.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn who_receives_it_reads_what_was_written_and_cannot_write() -> io::Result<()> {
        let ours = Buffer::create(8192)?;
        let copy = || Ok::<_, io::Error>(SharedFile(ours.file.0.try_clone()?));
        let theirs = Buffer::open(copy()?)?;
        #[allow(unsafe_code, reason = "as for `bytes_mut`")]
        // SAFETY: nobody has it now.
        let bytes = unsafe { ours.bytes_mut() };
        bytes[100] = 7;
        assert_eq!(theirs.bytes()[100], 7);
        let file = File::from(copy()?.0);
        assert!(MmapOptions::new().map_raw(&file).is_err(), "it is sealed");
        assert!(ftruncate(&file, 0).is_err(), "it is sealed");
        Ok(())
    }

    #[test]
    fn what_could_change_its_length_or_its_writer_is_not_opened() -> io::Result<()> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let open = memfd_create("open", flags)?;
        ftruncate(&open, 8192)?;
        assert!(Buffer::open(SharedFile(open.try_clone()?)).is_err());
        fcntl_add_seals(&open, SealFlags::SHRINK)?;
        assert!(Buffer::open(SharedFile(open)).is_err());
        let long = memfd_create("long", flags)?;
        ftruncate(&long, LONGEST + 1)?;
        fcntl_add_seals(&long, SEALS)?;
        assert!(Buffer::open(SharedFile(long)).is_err());
        let (socket, _other) = UnixStream::pair()?;
        assert!(Buffer::open(SharedFile(socket.into())).is_err());
        Ok(())
    }
}
