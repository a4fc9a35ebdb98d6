//! Unix: Linux, macOS and the BSDs.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::{
    fs::OFlags,
    time::{ClockId, clock_gettime},
};

/// Where a few milliseconds are fine enough, a clock that is only read from
/// memory.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const CLOCK: ClockId = ClockId::MonotonicCoarse;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const CLOCK: ClockId = ClockId::Monotonic;

/// Microseconds on a monotonic clock that all processes of this host share.
#[inline]
pub(in crate::blackbox) fn clock() -> u64 {
    let now = clock_gettime(CLOCK);
    // It begins when the host does: neither is negative.
    (now.tv_sec as u64)
        .wrapping_mul(1_000_000)
        .wrapping_add(now.tv_nsec as u64 / 1_000)
}

/// A new file, for this user only.
pub(in crate::blackbox) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path)
}

/// Opens a file that should be a page: no link to another file is followed, and
/// nothing that is no file is waited for, whatever a worker has put there.
pub(in crate::blackbox) fn open(path: &Path, write: bool) -> io::Result<File> {
    let careful = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut options = OpenOptions::new();
    options.read(true).write(write).custom_flags(careful as i32);
    options.open(path)
}

/// Gives a new file its length and its blocks.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn allocate(file: &File, length: u64) -> io::Result<()> {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, length)?;
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn allocate(_file: &File, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
