//! Blobs beside the bytes of a message: collected while it is encoded, supplied while it
//! is decoded.
//!
//! What a blob writes into the message is then its place among them. The two ends of
//! serde know nothing of each other, so that they meet in the thread.

use std::cell::{Cell, RefCell};

use super::Blob;

thread_local! {
    /// How many blobs there were before those that are collected now; [`NONE`] if none are.
    static BASE: Cell<usize> = const { Cell::new(NONE) };
    /// How many there are.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static COLLECTED: RefCell<Vec<Blob>> = const { RefCell::new(Vec::new()) };
    static SUPPLIED: RefCell<Vec<Option<Blob>>> = const { RefCell::new(Vec::new()) };
}

/// More than there can be: so it is told by the same comparison that there are no more.
const NONE: usize = usize::MAX;

/// For as long as blobs are collected.
struct Collecting {
    before: usize,
    base: usize,
}

impl Collecting {
    #[inline]
    fn begin() -> Collecting {
        let base = COUNT.get();
        let before = BASE.replace(base);
        Collecting { before, base }
    }

    #[inline]
    fn end(self) -> Vec<Blob> {
        match COUNT.get() == self.base {
            true => Vec::new(), // mostly there are none
            false => take_from(self.base),
        }
    }
}

impl Drop for Collecting {
    #[inline]
    fn drop(&mut self) {
        BASE.set(self.before);
        if COUNT.get() != self.base {
            drop(take_from(self.base));
        }
    }
}

#[cold]
fn take_from(base: usize) -> Vec<Blob> {
    COUNT.set(base);
    COLLECTED.with_borrow_mut(|collected| collected.split_off(base))
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
    let (base, count) = (BASE.get(), COUNT.get());
    let at = count.checked_sub(base)?;
    COLLECTED.with_borrow_mut(|collected| collected.push(blob.clone()));
    COUNT.set(count + 1);
    u32::try_from(at).ok()
}

/// Bytes of the blobs that were collected so far.
#[inline]
pub(crate) fn bytes() -> usize {
    match COUNT.get() > BASE.get() {
        true => bytes_from(BASE.get()),
        false => 0,
    }
}

#[cold]
fn bytes_from(base: usize) -> usize {
    COLLECTED.with_borrow(|collected| collected[base..].iter().map(|blob| blob.len()).sum())
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
