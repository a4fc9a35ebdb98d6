//! [`Memory`]: memory that two processes share, as long as either wants it.
//!
//! It is a [`SharedFile`], so that nothing is left behind however they end.

use std::{io, mem::MaybeUninit, os::fd::AsFd, sync::atomic::AtomicU64};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::SealFlags;

use super::ring::Region;
use crate::{blob::SharedFile, copying};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Memory {
    map: MmapRaw,
}

impl Memory {
    /// A new file of so many bytes, to be mapped by both.
    pub(super) fn create(length: usize) -> io::Result<SharedFile> {
        let file = SharedFile::create("baseapp", length)?;
        file.seal(SealFlags::empty())?;
        Ok(file)
    }

    /// Maps a file, which may come from anybody: of that length for good, or not at
    /// all.
    pub(super) fn map(file: &SharedFile, length: usize) -> io::Result<Memory> {
        if file.sealed_length(SealFlags::empty())? != Some(length as u64) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is not the shared memory of a connection",
            ));
        }
        let map = MmapOptions::new().len(length).map_raw(&file.as_fd())?;
        Ok(Memory { map })
    }
}

impl Region for Memory {
    type Word = AtomicU64;

    #[inline]
    #[allow(
        unsafe_code,
        reason = "memory that a file is mapped into has no type until it is given one"
    )]
    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at + 8 <= self.map.len());
        // SAFETY: the place is aligned, as the map begins at a page, and within the
        // map, which lives as long as `self` and is never made shorter: its file is
        // sealed. Any bits are a `u64`. Words are reached through atomics alone, here
        // and in the other process.
        unsafe { &*self.map.as_ptr().add(at).cast::<AtomicU64>() }
    }

    #[inline]
    #[allow(
        unsafe_code,
        reason = "copies from memory that another process may write to at any time"
    )]
    fn copy_out(&self, at: usize, into: &mut [MaybeUninit<u8>]) {
        assert!(at + into.len() <= self.map.len());
        // SAFETY: both places are as long as what is copied, and do not overlap: one is
        // the map, which nobody has a reference into but to its words, and the other is
        // memory of this process. A peer that keeps to the protocol does not write here
        // meanwhile; what one that does not leaves are bytes like any other, and nothing
        // is concluded of them before they are copied.
        unsafe {
            let from = self.map.as_ptr().add(at);
            copying::copy_raw(from, into.as_mut_ptr().cast(), into.len());
        }
    }

    #[inline]
    #[allow(
        unsafe_code,
        reason = "copies to memory that another process may read at any time"
    )]
    fn copy_in(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.map.len());
        // SAFETY: as for `copy_out`, the other way.
        unsafe {
            let to = self.map.as_mut_ptr().add(at);
            copying::copy_raw(bytes.as_ptr(), to, bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::{fd::OwnedFd, unix::net::UnixStream};

    use rustix::fs::ftruncate;

    use super::*;

    const LENGTH: usize = 8192;

    #[test]
    fn what_one_writes_the_other_reads() -> io::Result<()> {
        let file = Memory::create(LENGTH)?;
        let (ours, theirs) = (Memory::map(&file, LENGTH)?, Memory::map(&file, LENGTH)?);
        drop(file);
        ours.copy_in(4090, b"across pages");
        let mut read = vec![MaybeUninit::uninit(); 12];
        theirs.copy_out(4090, &mut read);
        ours.word(8).store(7, std::sync::atomic::Ordering::Release);
        let word = theirs.word(8).load(std::sync::atomic::Ordering::Acquire);
        assert_eq!(word, 7);
        Ok(())
    }

    #[test]
    fn a_file_that_could_be_cut_short_is_not_mapped() -> io::Result<()> {
        let open = SharedFile::create("open", LENGTH)?;
        assert!(Memory::map(&open, LENGTH).is_err());
        let other = Memory::create(LENGTH)?;
        assert!(Memory::map(&other, 2 * LENGTH).is_err());
        assert!(ftruncate(&other, 0).is_err(), "it is sealed");
        let (socket, _other) = UnixStream::pair()?;
        let socket = SharedFile::from(OwnedFd::from(socket));
        assert!(Memory::map(&socket, LENGTH).is_err());
        Ok(())
    }
}
