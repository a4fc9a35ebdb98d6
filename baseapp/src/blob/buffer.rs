//! [`Buffer`]: memory of a file without a name, which one process writes to, and others
//! read.
//!
//! Its length is sealed, as a file that can be cut short is a signal to whoever reads it;
//! and so is who may write: nobody can map it to write to it but its maker, who has done
//! so before.

use std::{
    io,
    os::fd::AsFd,
    sync::atomic::{AtomicU64, Ordering},
};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::SealFlags;

pub(crate) use super::file::SharedFile;

/// What is sealed besides its length: that it is written to by who receives it.
const SEALS: SealFlags = SealFlags::FUTURE_WRITE;

/// Longest buffer that is taken from another process: that of the longest message.
const LONGEST: u64 = super::LONGEST as u64;

static GONE: AtomicU64 = AtomicU64::new(0);

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
        let file = SharedFile::create("blob.baseapp", capacity)?;
        let map = MmapOptions::new().len(capacity).map_raw(&file.as_fd())?;
        // Only now, or this process could not write to it either.
        file.seal(SEALS)?;
        Ok(Buffer::new(file, map))
    }

    /// The buffer of another process, to be read.
    pub(crate) fn open(file: SharedFile) -> io::Result<Buffer> {
        let length = file.sealed_length(SEALS)?;
        let Some(length) = length.filter(|length| *length <= LONGEST) else {
            let text = "it is not the memory of a blob";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        };
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut options = MmapOptions::new();
        let map = options.len(length).map_raw_read_only(&file.as_fd())?;
        Ok(Buffer::new(file, map))
    }

    fn new(file: SharedFile, map: MmapRaw) -> Buffer {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Buffer {
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            file,
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

    use rustix::fs::{fcntl_add_seals, ftruncate};

    use super::*;

    #[test]
    fn who_receives_it_reads_what_was_written_and_cannot_write() -> io::Result<()> {
        let ours = Buffer::create(8192)?;
        let theirs = Buffer::open(ours.file.try_clone()?)?;
        #[allow(unsafe_code, reason = "as for `bytes_mut`")]
        // SAFETY: nobody has it now.
        let bytes = unsafe { ours.bytes_mut() };
        bytes[100] = 7;
        assert_eq!(theirs.bytes()[100], 7);
        let file = ours.file.as_fd();
        assert!(MmapOptions::new().map_raw(&file).is_err(), "it is sealed");
        assert!(ftruncate(file, 0).is_err(), "it is sealed");
        Ok(())
    }

    #[test]
    fn what_could_change_its_length_or_its_writer_is_not_opened() -> io::Result<()> {
        let open = SharedFile::create("open", 8192)?;
        assert!(Buffer::open(open.try_clone()?).is_err());
        fcntl_add_seals(&open, SealFlags::SHRINK)?;
        assert!(Buffer::open(open).is_err());
        let other = SharedFile::create("other", 8192)?;
        fcntl_add_seals(&other, SEALS)?;
        assert!(Buffer::open(other).is_err());
        let long = SharedFile::create("long", super::super::LONGEST + 1)?;
        long.seal(SEALS)?;
        assert!(Buffer::open(long).is_err());
        let (socket, _other) = UnixStream::pair()?;
        assert!(Buffer::open(SharedFile::from(std::os::fd::OwnedFd::from(socket))).is_err());
        Ok(())
    }
}
