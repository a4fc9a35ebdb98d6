//! [`Page`]: the side that writes.
//!
//! All that counts is the order of stores, because a kill may come between any
//! two. Each is a `Release` store, which neither the compiler nor the
//! processor moves before anything earlier, and which on x86 is a plain move.
//! That a store also stays before what the user's code does next is said to
//! the compiler by a fence. The processor need not be told: what a process has
//! done when it is killed is done in the order of its instructions, and what it
//! tells another one by a system call comes after them.
//!
//! Counts have one writer, the thread of the worker. So they are loaded and
//! stored, never added to at once, which would cost twenty times as much.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering, compiler_fence},
    },
};

use super::{
    InHand, Pace, Snapshot,
    in_hand::IDLE,
    layout::{
        self, CONNECTION, FINISHED, HAND, HAND_CONNECTION, LOST, PEER, PROGRESS, SINCE, STARTED,
    },
    platform,
    snapshot::pack_peer,
    words::Words,
};
use crate::id::{Incarnation, WorkerId};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Page {
    pub(super) words: Words,
    /// Where slots begin that no link has; links come and go on any thread.
    free: Mutex<Vec<usize>>,
    /// The worker has ended: what its page says stays.
    closed: AtomicBool,
}

/// The place of an incoming link, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    page: Arc<Page>,
    /// Its first word.
    at: usize,
    connection: u64,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Page {
    /// Makes the file, for this user only, where nothing is yet. All of it is
    /// allocated: a store into a hole of a file, on a disk that is full, ends
    /// the process.
    pub(crate) fn create(path: &Path, slots: usize) -> io::Result<()> {
        let file = platform::create(path)?;
        let slots = layout::allowed(slots);
        let made = platform::fill(&file, &layout::header(slots), layout::words(slots));
        if made.is_err() {
            // The first error says more.
            let _ = fs::remove_file(path);
        }
        made
    }

    /// How long the file is.
    pub(crate) fn bytes(slots: usize) -> u64 {
        (layout::words(layout::allowed(slots)) * layout::WORD) as u64
    }

    /// Maps the file, in the worker's process, which is the only one to do so.
    pub(crate) fn open(path: &Path) -> io::Result<Arc<Page>> {
        let file = platform::open(path, true)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if length == 0 || length >= layout::TOO_MANY_BYTES || length % layout::WORD != 0 {
            return Err(not_a_page());
        }
        let length = length / layout::WORD;
        let words = Words::map(&file, length)?;
        let header = std::array::from_fn(|at| words.view().load(at));
        let slots = layout::check(header, length).ok_or_else(not_a_page)?;
        Ok(Page::new(words, slots))
    }

    /// For a worker that is a thread of this process.
    pub(crate) fn in_memory(slots: usize) -> Arc<Page> {
        let slots = layout::allowed(slots);
        let words = Words::zeros(layout::words(slots));
        for (at, word) in layout::header(slots).into_iter().enumerate() {
            words.view().store(at, word);
        }
        Page::new(words, slots)
    }

    fn new(words: Words, slots: usize) -> Arc<Page> {
        Arc::new(Page {
            words,
            free: Mutex::new((0..slots).rev().map(layout::slot).collect()),
            closed: AtomicBool::new(false),
        })
    }

    /// The worker begins something. Its own thread alone says so.
    #[inline]
    pub(crate) fn begin(&self, what: InHand) {
        self.begin_at(what, Some(platform::clock()));
    }

    /// The worker begins a message that may follow another one without a pause, as
    /// those of a batch do: whether it reads the clock is said by their pace.
    #[inline]
    pub(crate) fn begin_paced(&self, what: InHand, pace: &mut Pace) {
        let now = pace.is_due().then(platform::clock);
        if let Some(now) = now {
            pace.has_read(now);
        }
        self.begin_at(what, now);
    }

    #[inline]
    pub(super) fn begin_at(&self, what: InHand, now: Option<u64>) {
        let words = self.words.view();
        // What was said of the last one goes first: it would be said of this one.
        words.store(HAND_CONNECTION, 0);
        if let Some(now) = now {
            words.store(SINCE, now);
        }
        // In this order: who sees what is in hand, and looks for the progress then,
        // sees that of this one.
        words.store(PROGRESS, words.load(PROGRESS).wrapping_add(1));
        words.store(HAND, what.to_word());
        // The user's code may come next.
        compiler_fence(Ordering::SeqCst);
    }

    /// What was begun has ended. On the same thread.
    #[inline]
    pub(crate) fn end(&self) {
        self.words.view().store(HAND, IDLE);
        compiler_fence(Ordering::SeqCst);
    }

    /// A place for an incoming link; `None` when all are taken, and nothing
    /// can then be said of this link's messages. The number of the connection
    /// is its own among all that the worker ever has, and not 0.
    pub(crate) fn open_slot(
        self: &Arc<Self>,
        peer: WorkerId,
        life: Incarnation,
        connection: u64,
    ) -> Option<Slot> {
        if connection == 0 {
            return None;
        }
        let at = lock(&self.free).pop()?;
        let words = self.words.view();
        words.store(at + PEER, pack_peer(peer, life));
        words.store(at + STARTED, 0);
        words.store(at + FINISHED, 0);
        // Last: until now nobody believes the rest.
        words.store(at + CONNECTION, connection);
        Some(Slot {
            page: Arc::clone(self),
            at,
            connection,
        })
    }

    /// The worker knows of messages that are lost. Any thread, and seldom: so it may
    /// take a lock.
    pub(crate) fn lost(&self, count: u64) {
        let _one = lock(&self.free);
        let words = self.words.view();
        words.store(LOST, words.load(LOST).saturating_add(count));
    }

    /// What a file of it holds.
    #[cfg(test)]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let words = self.words.copy();
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The worker has ended, and takes its links apart: what the page says of them
    /// stays, for who will ask how far it came.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// What is in the page now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::from_words(&self.words.copy()).unwrap_or_default()
    }
}

impl Slot {
    /// One more message of the link is begun: between [`Page::begin`] and the
    /// user's code, on the thread of the worker.
    #[inline]
    pub(crate) fn start(&self) {
        let words = self.page.words.view();
        let at = self.at + STARTED;
        // First: it is in doubt from here on, whatever else is known of it.
        words.store(at, words.load(at).wrapping_add(1));
        words.store(HAND_CONNECTION, self.connection);
        compiler_fence(Ordering::SeqCst);
    }

    /// The message that was begun has been handled. On the same thread.
    #[inline]
    pub(crate) fn finish(&self) {
        let words = self.page.words.view();
        // Not one more, but all: there is one at a time, so that those before
        // it have ended too, also if nobody said so.
        words.store(self.at + FINISHED, words.load(self.at + STARTED));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.page.closed.load(Ordering::Acquire) {
            return;
        }
        // Before another link may have it.
        self.page.words.view().store(self.at + CONNECTION, 0);
        lock(&self.page.free).push(self.at);
    }
}

pub(super) fn not_a_page() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not a worker's black box")
}
