//! What differs between systems: how files are made and opened, and the clock.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::{fs::File, io, io::Write as _};

#[cfg(not(unix))]
use self::other as system;
#[cfg(unix)]
use self::unix as system;
use super::layout;

pub(super) use self::system::{clock, create, open};

/// Gives a new file its blocks and its header.
pub(super) fn fill(mut file: &File, header: &[u64], words: usize) -> io::Result<()> {
    let length = words * layout::WORD;
    if system::allocate(file, length as u64).is_ok() {
        return file.write_all(&layout::to_bytes(header));
    }
    // Not every file system can. What is written has its blocks too, and if
    // there is no room, this says so.
    let mut bytes = layout::to_bytes(header);
    bytes.resize(length, 0);
    file.write_all(&bytes)
}
