//! [`Words`]: memory in which each word is stored whole, and stores are seen in
//! their order.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use memmap2::MmapRaw;

use super::layout::WORD;

#[cfg(test)]
pub(super) type Log = std::sync::Mutex<Vec<(usize, u64)>>;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Words {
    memory: Memory,
    /// Every store, for tests that let a kill come between any two.
    #[cfg(test)]
    pub(super) log: Option<Log>,
}

#[derive(Debug)]
enum Memory {
    /// A file, mapped.
    File(MmapRaw),
    Own(Box<[AtomicU64]>),
}

impl Words {
    pub(super) fn map(file: &std::fs::File, words: usize) -> io::Result<Words> {
        let length = words * WORD;
        let map = memmap2::MmapOptions::new().len(length).map_raw(file)?;
        Ok(Words::new(Memory::File(map)))
    }

    /// In memory, all zero.
    pub(super) fn zeros(words: usize) -> Words {
        let zeros = std::iter::repeat_with(|| AtomicU64::new(0)).take(words);
        Words::new(Memory::Own(zeros.collect()))
    }

    fn new(memory: Memory) -> Words {
        Words {
            memory,
            #[cfg(test)]
            log: None,
        }
    }

    #[inline]
    #[allow(
        unsafe_code,
        reason = "memory that a file is mapped into has no type until it is given one"
    )]
    fn all(&self) -> &[AtomicU64] {
        match &self.memory {
            // SAFETY: the memory is mapped for as long as the map lives, which
            // `self` holds; it begins at a page, so it is aligned, and has
            // that many whole words. Any bits are a `u64`. It is reached
            // through atomics alone here, and other processes may write to it
            // at any time, which is what atomics are for. A file that was cut
            // short since is a signal, not a value that cannot be.
            Memory::File(map) => unsafe {
                std::slice::from_raw_parts(map.as_ptr().cast(), map.len() / WORD)
            },
            Memory::Own(words) => words,
        }
    }

    /// To load and store several words: where they are is found out once.
    #[inline]
    pub(super) fn view(&self) -> View<'_> {
        View {
            words: self.all(),
            #[cfg(test)]
            log: self.log.as_ref(),
        }
    }

    /// A copy, each word from another moment.
    pub(super) fn copy(&self) -> Vec<u64> {
        let view = self.view();
        (0..view.words.len()).map(|at| view.load(at)).collect()
    }
}

/// The words.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    words: &'a [AtomicU64],
    #[cfg(test)]
    log: Option<&'a Log>,
}

impl View<'_> {
    /// A word; 0 where none is.
    #[inline]
    pub(super) fn load(&self, at: usize) -> u64 {
        let word = self.words.get(at);
        word.map_or(0, |word| u64::from_le(word.load(Ordering::Acquire)))
    }

    /// Stores a word, after all that was stored before. Whoever sees it, or
    /// finds it after a kill, finds the earlier ones too.
    #[inline]
    pub(super) fn store(&self, at: usize, value: u64) {
        #[cfg(test)]
        if let Some(log) = self.log {
            note(log, at, value);
        }
        if let Some(word) = self.words.get(at) {
            word.store(value.to_le(), Ordering::Release);
        }
    }
}

/// Out of the way, so that what is measured in tests is what runs.
#[cfg(test)]
#[cold]
#[inline(never)]
fn note(log: &Log, at: usize, value: u64) {
    super::page::lock(log).push((at, value));
}
