//! [`Memory`]: memory that two processes share, as long as either wants it.
//!
//! It is a file without a name, so that nothing is left behind however they end. Its
//! length is sealed: a file that can be cut short is a signal to whoever reads it.

use std::{
    fs::File,
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::atomic::AtomicU64,
};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{
    MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, ftruncate, memfd_create,
};

use super::ring::Region;

/// What is sealed: the length, and that it is.
const SEALS: SealFlags = SealFlags::SHRINK
    .union(SealFlags::GROW)
    .union(SealFlags::SEAL);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Memory {
    map: MmapRaw,
}

/// A file of shared memory, on its way to the other process.
#[derive(Debug)]
pub(in crate::transport) struct Descriptor(OwnedFd);

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Descriptor {
    fn from(descriptor: OwnedFd) -> Descriptor {
        Descriptor(descriptor)
    }
}

impl Descriptor {
    /// A new file of so many bytes, all zero; none of them is there before it is used.
    pub(super) fn create(length: usize) -> io::Result<Descriptor> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let descriptor = memfd_create("baseapp", flags)?;
        ftruncate(&descriptor, length as u64)?;
        fcntl_add_seals(&descriptor, SEALS)?;
        Ok(Descriptor(descriptor))
    }
}

impl Memory {
    /// Maps a file, which may come from anybody: of that length for good, or not at
    /// all.
    pub(super) fn map(descriptor: &Descriptor, length: usize) -> io::Result<Memory> {
        let sealed = fcntl_get_seals(descriptor)?.contains(SealFlags::SHRINK);
        let file = File::from(descriptor.0.try_clone()?);
        if !sealed || file.metadata()?.len() != length as u64 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is not the shared memory of a connection",
            ));
        }
        let map = MmapOptions::new().len(length).map_raw(&file)?;
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
            std::ptr::copy_nonoverlapping(from, into.as_mut_ptr().cast(), into.len());
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
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 8192;

    #[test]
    fn what_one_writes_the_other_reads() -> io::Result<()> {
        let descriptor = Descriptor::create(LENGTH)?;
        let (ours, theirs) = (
            Memory::map(&descriptor, LENGTH)?,
            Memory::map(&descriptor, LENGTH)?,
        );
        drop(descriptor);
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
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let open = memfd_create("open", flags)?;
        ftruncate(&open, LENGTH as u64)?;
        assert!(Memory::map(&Descriptor(open), LENGTH).is_err());
        let other = Descriptor::create(LENGTH)?;
        assert!(Memory::map(&other, 2 * LENGTH).is_err());
        assert!(ftruncate(&other, 0).is_err(), "it is sealed");
        let (socket, _other) = std::os::unix::net::UnixStream::pair()?;
        assert!(Memory::map(&Descriptor(socket.into()), LENGTH).is_err());
        Ok(())
    }
}
