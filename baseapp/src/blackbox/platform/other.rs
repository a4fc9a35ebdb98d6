//! Systems without Unix files and clocks.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// No clock that processes share: for how long something lasts is not told.
pub(in crate::blackbox) fn clock() -> u64 {
    0
}

/// A new file. Its directory says who may read it.
pub(in crate::blackbox) fn create(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

pub(in crate::blackbox) fn open(path: &Path, write: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(write).open(path)
}

pub(super) fn allocate(_file: &File, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
