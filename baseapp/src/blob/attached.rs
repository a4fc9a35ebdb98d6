//! Blobs beside the bytes of a message: collected while it is encoded, supplied while it
//! is decoded.
//!
//! What a blob writes into the message is then its place among them. The two ends of
//! serde know nothing of each other, so that they meet in the thread.

use std::cell::{Cell, RefCell};

use super::Blob;

thread_local! {
    /// Blobs are collected: how many there were before.
    static BASE: Cell<Option<usize>> = const { Cell::new(None) };
    /// How many there are.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static COLLECTED: RefCell<Vec<Blob>> = const { RefCell::new(Vec::new()) };
    static SUPPLIED: RefCell<Vec<Option<Blob>>> = const { RefCell::new(Vec::new()) };
}

/// For as long as blobs are collected.
struct Collecting {
    before: Option<usize>,
    base: usize,
}

impl Collecting {
    #[inline]
    fn begin() -> Collecting {
        let base = COUNT.get();
        let before = BASE.replace(Some(base));
        Collecting { before, base }
    }

    #[inline]
    fn end(self) -> Vec<Blob> {
        if COUNT.get() == self.base {
            return Vec::new(); // mostly there are none
        }
        COLLECTED.with_borrow_mut(|collected| collected.split_off(self.base))
    }
}

impl Drop for Collecting {
    #[inline]
    fn drop(&mut self) {
        BASE.set(self.before);
        if COUNT.replace(self.base) != self.base {
            COLLECTED.with_borrow_mut(|collected| collected.truncate(self.base));
        }
    }
}

/// Encodes something: what that returned, and the blobs in it.
#[inline]
pub(crate) fn collect<R>(encode: impl FnOnce() -> R) -> (R, Vec<Blob>) {
    let collecting = Collecting::begin();
    let result = encode();
    (result, collecting.end())
}

/// Takes a blob, if they are collected: its place among them.
pub(crate) fn attach(blob: &Blob) -> Option<u32> {
    let base = BASE.get()?;
    let at = COUNT.get() - base;
    COLLECTED.with_borrow_mut(|collected| collected.push(blob.clone()));
    COUNT.set(base + at + 1);
    u32::try_from(at).ok()
}

/// Bytes of the blobs that were collected so far.
#[inline]
pub(crate) fn bytes() -> usize {
    match BASE.get() {
        Some(base) if COUNT.get() > base => {
            COLLECTED.with_borrow(|collected| collected[base..].iter().map(|blob| blob.len()).sum())
        }
        _ => 0,
    }
}

/// Decodes something that came with blobs.
pub(crate) fn supply<R>(blobs: &[Option<Blob>], decode: impl FnOnce() -> R) -> R {
    struct Supplying(Vec<Option<Blob>>);

    impl Drop for Supplying {
        fn drop(&mut self) {
            let before = std::mem::take(&mut self.0);
            drop(SUPPLIED.replace(before));
        }
    }

    let _supplying = Supplying(SUPPLIED.replace(blobs.to_vec()));
    decode()
}

/// The blob of that place, if it has come.
pub(super) fn supplied(at: u32) -> Option<Blob> {
    SUPPLIED.with_borrow(|supplied| supplied.get(at as usize).cloned()?)
}
