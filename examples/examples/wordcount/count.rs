//! Counting a file, chunk by chunk: the work that workers are asked for.
//!
//! A chunk ends when it has many bytes or many words, so that neither a reply
//! nor the memory of a worker grows with the file. Counting goes on from any
//! [`Place`] in any process: a worker keeps nothing between two chunks, and
//! nothing is lost with it.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use baseapp::prelude::*;

use crate::scan::{Scanner, Tally};

/// Bytes after which a chunk ends.
const CHUNK_BYTES: u64 = 4 << 20;

/// Different words after which it ends.
const CHUNK_WORDS: usize = 20_000;

/// Bytes that are read at once.
const BLOCK: usize = 64 << 10;

/// A file with a NUL among so many of its first bytes is binary.
const HEAD: u64 = 8 << 10;

/// Counts a chunk of a file.
#[message(reply = Chunk)]
pub(crate) struct Count {
    /// No `PathBuf`, because that cannot be sent if it is not UTF-8.
    pub(crate) path: OsString,
    pub(crate) place: Place,
}

/// How far a file is counted.
#[data]
#[derive(Clone, Default)]
pub(crate) struct Place {
    offset: u64,
    scanner: Scanner,
}

/// What was counted of a file, and from where to go on unless that was all.
#[data]
pub(crate) struct Chunk {
    pub(crate) tally: Tally,
    pub(crate) rest: Option<Place>,
}

/// Why a file is not counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Skip {
    #[error("binary")]
    Binary,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A file that is to be counted, and what was counted of it so far.
pub(crate) struct Task {
    pub(crate) path: PathBuf,
    pub(crate) place: Place,
    pub(crate) tally: Tally,
}

impl Task {
    pub(crate) fn new(path: PathBuf) -> Task {
        Task {
            path,
            place: Place::default(),
            tally: Tally::default(),
        }
    }
}

/// Counts chunks of files, one at a time.
#[worker(restart = "temporary")] // the job gives what it had to others
pub(crate) struct Counter;

#[worker]
impl Counter {
    #[handler(Count)]
    fn count(&mut self, Count { path, place }: Count) -> Result<Chunk, Skip> {
        count_chunk(Path::new(&path), place)
    }
}

/// Counts a chunk of a file.
pub(crate) fn count_chunk(path: &Path, mut place: Place) -> Result<Chunk, Skip> {
    let mut file = File::open(path)?;
    let mut tally = Tally::default();
    let mut block = Vec::with_capacity(BLOCK);
    if place.offset == 0 {
        file.by_ref().take(HEAD).read_to_end(&mut block)?;
        if block.contains(&0) {
            return Err(Skip::Binary);
        }
        place.scanner.feed(&block, &mut tally);
    } else {
        file.seek(SeekFrom::Start(place.offset))?;
    }
    loop {
        block.clear();
        file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            place.scanner.finish(&mut tally);
            return Ok(Chunk { tally, rest: None });
        }
        place.scanner.feed(&block, &mut tally);
        if tally.bytes >= CHUNK_BYTES || tally.frequencies.len() >= CHUNK_WORDS {
            place.offset += tally.bytes;
            let rest = Some(place);
            return Ok(Chunk { tally, rest });
        }
    }
}
